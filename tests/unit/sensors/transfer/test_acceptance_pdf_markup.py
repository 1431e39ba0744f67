"""Acceptance of PDF, HTML, SVG and XML, with clean twins."""

# ruff: noqa: E501 - rows of tables with the text of whole files

from __future__ import annotations

import base64
import io
import zlib
from typing import Literal

import forged_files as made
import pikepdf
import pytest
from forged_files import PE, docx, pdf, stream_object

from sensors.transfer.content.examine import examine
from sensors.transfer.verdict import Content, Reason

SCRIPT = "<</S/JavaScript/JS(app.alert\\(1\\))>>"
OUTLINE = "<</Title(1)/Dest[3 0 R/Fit]/Parent 4 0 R>>"


def factors(data: bytes, name: str = "a.pdf") -> set[str]:
    return {f.value for f in examine(data, name).names}


def packed(*objects: str) -> bytes:
    """An object stream (ISO 32000-2 7.5.7) holding *objects* from number 10."""
    heads, body = [], ""
    for number, text in enumerate(objects, 10):
        heads.append(f"{number} {len(body)}")
        body += text + " "
    head = " ".join(heads) + " "
    return stream_object((head + body).encode(), f"/Type/ObjStm/N {len(objects)}/First {len(head)}")


def with_object_stream(root: str, *objects: str) -> bytes:
    """A PDF whose numbered objects from 10 stand in an object stream, with a cross-reference stream (7.5.8)."""
    plain = [
        f"<</Type/Catalog/Pages 2 0 R {root}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        packed(*objects),
    ]
    out, rows = bytearray(b"%PDF-1.7\n"), [(0, 0, 65535)]
    for number, data in enumerate(plain, 1):
        rows.append((1, len(out), 0))
        out += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    rows += [(0, 0, 0)] * (10 - len(rows)) + [(2, 4, index) for index in range(len(objects))]
    start = len(out)
    rows.append((1, start, 0))
    table = zlib.compress(b"".join(bytes((a,)) + b.to_bytes(3, "big") + c.to_bytes(2, "big") for a, b, c in rows))
    head = f"<</Type/XRef/Size {len(rows)}/W[1 3 2]/Root 1 0 R/Filter/FlateDecode/Length {len(table)}>>"
    out += (
        f"{len(rows) - 1} 0 obj\n{head}\nstream\n".encode()
        + table
        + f"\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)


FILES = "<</Names[(a)<</Type/Filespec/F(a.exe)/UF(a.exe)/EF<</F 5 0 R>>>>]>>"
PDF = {
    "plain": (pdf([]), set()),
    "prose": (pdf([stream_object(b"BT (/JavaScript /OpenAction /Launch) Tj ET")]), set()),
    "outline": (pdf(["<</Type/Outlines/First 5 0 R/Last 5 0 R/Count 1>>", OUTLINE], "/Outlines 4 0 R/PageMode/UseOutlines"), set()),
    "open at a page": (pdf([], "/OpenAction[3 0 R/Fit]"), set()),
    "open by goto": (pdf([], "/OpenAction<</S/GoTo/D[3 0 R/Fit]>>"), set()),
    "internal links": (pdf(["<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/GoTo/D[3 0 R/Fit]>>>>", "<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/Dest/a>>"]), set()),
    "named action": (pdf(["<</Type/Annot/Subtype/Widget/Rect[0 0 1 1]/A<</S/Named/N/NextPage>>>>"]), set()),
    "form": (pdf(["<</Fields[5 0 R]/DA(/Helv 0 Tf)>>", "<</FT/Tx/T(name)/V(x)/Rect[0 0 1 1]/Subtype/Widget>>"], "/AcroForm 4 0 R"), set()),
    "metadata": (pdf([stream_object(b"<?xpacket?><x:xmpmeta xmlns:x='adobe:ns:meta/'>JavaScript</x:xmpmeta>", "/Type/Metadata/Subtype/XML", deflated=False)], "/Metadata 4 0 R"), set()),
    "signature": (pdf(["<</Fields[5 0 R]/SigFlags 3>>", "<</FT/Sig/T(s)/Subtype/Widget/Rect[0 0 0 0]/V<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/Contents<00>/ByteRange[0 1 2 3]>>>>"], "/AcroForm 4 0 R"), set()),
    "uri": (pdf(["<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(https://h.example/)>>>>"]), {"uri"}),
    "script on opening": (pdf([], f"/OpenAction{SCRIPT}"), {"javascript", "open_action"}),
    "script named": (pdf([], f"/Names<</JavaScript<</Names[(a){SCRIPT}]>>>>"), {"javascript", "open_action"}),
    "script in hex names": (pdf([], "/Open#41ction<</S/J#61va#53cript/#4aS(x)>>"), {"javascript", "open_action"}),
    "script in a stream": (pdf([stream_object(b"app.alert(1)"), "<</S/JavaScript/JS 4 0 R>>"], "/OpenAction 5 0 R"), {"javascript", "open_action"}),
    "script in an object stream": (with_object_stream("/OpenAction 10 0 R", SCRIPT), {"javascript", "open_action"}),
    "nothing in an object stream": (with_object_stream("/OpenAction 10 0 R", "<</S/GoTo/D[3 0 R/Fit]>>"), set()),
    "script after another action": (pdf([], f"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next {SCRIPT}>>"), {"javascript", "open_action"}),
    "script on an unused object": (pdf([SCRIPT]), {"javascript"}),
    "additional actions of the page": (pdf([f"<</O {SCRIPT}>>", "<</Type/Page/AA 4 0 R/Parent 2 0 R>>"]), {"javascript", "open_action"}),
    "launch": (pdf([], "/OpenAction<</S/Launch/F(cmd.exe)/Win<</F(cmd.exe)/P(/c calc)>>>>"), {"launch", "open_action"}),
    "submit": (pdf(["<</Subtype/Widget/Rect[0 0 1 1]/A<</S/SubmitForm/F<</FS/URL/F(https://h.example/)>>>>>>"]), {"submit_form"}),
    "remote": (pdf(["<</Subtype/Link/Rect[0 0 1 1]/A<</S/GoToR/F(b.pdf)/D[0/Fit]>>>>"]), {"goto_remote"}),
    "attached program": (pdf([FILES, stream_object(PE, "/Type/EmbeddedFile")], "/Names<</EmbeddedFiles 4 0 R>>"), {"embedded_file", "embedded_executable"}),
    "attached document": (pdf([FILES.replace("a.exe", "a.docx"), stream_object(docx(), "/Type/EmbeddedFile")], "/Names<</EmbeddedFiles 4 0 R>>"), {"embedded_file"}),
    "attached locked archive": (pdf([FILES.replace("a.exe", "a.zip"), stream_object(made.locked(made.zipped({"a": b"x"})), "/Type/EmbeddedFile")], "/Names<</EmbeddedFiles 4 0 R>>"), {"embedded_file", "encrypted"}),
    "file as an annotation": (pdf(["<</Subtype/FileAttachment/Rect[0 0 1 1]/FS<</F(a.txt)/EF<</F 5 0 R>>>>>>", stream_object(b"x", "/Type/EmbeddedFile")]), {"embedded_file"}),
    "xfa": (pdf([stream_object(b"<xdp/>"), "<</Fields[]/XFA 4 0 R>>"], "/AcroForm 5 0 R"), {"xfa"}),
    "xfa with a script": (pdf([stream_object(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template><script contentType='application/x-javascript'>app.alert(1)</script></template></xdp:xdp>"), "<</Fields[]/XFA 4 0 R>>"], "/AcroForm 5 0 R"), {"xfa", "javascript"}),
    "rich media": (pdf(["<</Type/Annot/Subtype/RichMedia/Rect[0 0 1 1]>>"]), {"richmedia"}),
    "incremental update": (pdf([]) + b"5 0 obj\n" + SCRIPT.encode() + b"\nendobj\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>\nendobj\ntrailer\n<</Size 6/Root 1 0 R>>\nstartxref\n9\n%%EOF\n", None),
}  # fmt: skip


@pytest.mark.parametrize("case", PDF)
def test_pdf(case: str) -> None:
    data, want = PDF[case]
    if want is None:
        assert factors(data) >= {"javascript"}
    else:
        assert factors(data) == want


def saved(data: bytes, **options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize(
    "options", [{"linearize": True}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"qdf": True}]
)
def test_a_pdf_in_another_form_is_the_same(options: dict[str, object]) -> None:
    assert factors(saved(PDF["script on opening"][0], **options)) == {"javascript", "open_action"}
    assert factors(saved(PDF["outline"][0], **options)) == set()


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_passwords(revision: Literal[3, 4, 6]) -> None:
    user = pikepdf.Encryption(owner="o", user="u", R=revision, aes=revision > 3, metadata=revision > 3)
    closed = examine(saved(pdf([]), encryption=user), "a.pdf")
    assert closed.content is Content.UNVERIFIABLE
    assert ({f.value for f in closed.names}, {g.reason for g in closed.gaps}) == ({"encrypted"}, {Reason.ENCRYPTED})
    owner = pikepdf.Encryption(owner="o", user="", R=revision, aes=revision > 3, metadata=revision > 3)
    assert factors(saved(PDF["script on opening"][0], encryption=owner)) == {"encrypted", "javascript", "open_action"}
    assert not examine(saved(pdf([]), encryption=owner), "a.pdf").gaps


def test_broken_tables_do_not_hide() -> None:
    data = PDF["script on opening"][0]
    start = data.rfind(b"startxref")
    for broken in (
        data[:start] + b"startxref\n99999\n%%EOF",
        data[: data.rfind(b"xref\n0")],
        data.replace(b"0000000", b"0000009"),
        b"\r\n\r\n" + data,
        data + bytes(700),
    ):
        assert factors(broken) >= {"javascript"}
    cut = examine(data[: len(data) // 2], "a.pdf")
    assert cut.content is not Content.NONE_FOUND


HTML: dict[str, tuple[str | bytes, str, set[str]]] = {
    "plain": ("<!doctype html><html><head><title>市</title><style>p{color:red}</style></head><body><p>javascript:</p></body></html>", "a.html", set()),
    "link": ("<html><a href='https://h.example/'>x</a></html>", "a.html", {"uri"}),
    "anchors and mail": ("<html><a href='#top'>x</a><a href='mailto:a@a.example'>y</a><a href='b.html'>z</a></html>", "a.html", set()),
    "json data": ("<html><script type='application/ld+json'>{}</script></html>", "a.html", set()),
    "picture in the file": ("<html><img src='data:image/png;base64," + base64.b64encode(made.PNG).decode() + "'></html>", "a.html", set()),
    "script": ("<html><script>x()</script></html>", "a.html", {"javascript"}),
    "event": ("<html><body onload=x()></html>", "a.html", {"javascript"}),
    "svg in html": ("<html><svg><a xlink:href='java\tscript:x()'/></svg></html>", "a.html", {"javascript"}),
    "entity in the address": ("<html><a href='&#106;avascript:x()'>a</a></html>", "a.html", {"javascript"}),
    "frame": ("<html><iframe src='//h.example/'></iframe></html>", "a.html", {"external_link"}),
    "refresh": ("<html><meta http-equiv=refresh content='0;url=http://h.example/'></html>", "a.html", {"external_link"}),
    "form": ("<html><form action='https://h.example/' method=post><input name=a></form></html>", "a.html", {"submit_form"}),
    "form at home": ("<html><form><input name=a></form></html>", "a.html", set()),
    "utf-16": ("<html><script>x()</script></html>".encode("utf-16"), "a.html", {"javascript"}),
    "utf-7": ("<html><head><meta charset=utf-7></head>+ADw-script+AD4-x()+ADw-/script+AD4-</html>", "a.html", {"javascript"}),
    "iso-2022-jp": ("<html><p>市役所</p><script>x()</script></html>".encode("iso-2022-jp"), "a.html", {"javascript"}),
    "smuggled zip": ("<html><script>var b='" + base64.b64encode(made.zipped({"a.exe": PE})).decode() + "';</script></html>", "a.html", {"javascript", "embedded_object", "executable"}),
    "svg": ('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/><a href="#x"><text>script</text></a></svg>', "a.svg", set()),
    "svg of a drawing program": ('<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', "a.svg", set()),
    "svg script": ('<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>', "a.svg", {"javascript"}),
    "svg event": ('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "a.svg", {"javascript"}),
    "svg animate": ('<svg xmlns="http://www.w3.org/2000/svg"><a><animate attributeName="href" values="javascript:x()"/></a></svg>', "a.svg", {"javascript"}),
    "svg with html": ('<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="http://h.example/"/></foreignObject></svg>', "a.svg", {"external_link"}),
    "xhtml in xml": ('<?xml version="1.0"?><a xmlns:h="http://www.w3.org/1999/xhtml"><h:script>x()</h:script></a>', "a.xml", {"javascript"}),
    "style sheet": ('<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="http://h.example/a.xsl"?><a/>', "a.xml", {"external_link"}),
    "xslt script": ('<?xml version="1.0"?><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:ms="urn:schemas-microsoft-com:xslt"><ms:script language="JScript">x()</ms:script></xsl:stylesheet>', "a.xsl", {"javascript"}),
    "data xml": ('<?xml version="1.0" encoding="Shift_JIS"?><住民><氏名>script</氏名></住民>'.encode("cp932"), "a.xml", set()),
    "entities": ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;&b;&b;">]><a>&d;</a>', "a.xml", {"archive_bomb"}),
    "external entity": ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "http://h.example/x">]><a>&b;</a>', "a.xml", {"external_link"}),
    "word 2003": ('<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:fldSimple w:instr="DDEAUTO a b"/></w:wordDocument>', "a.xml", {"dde"}),
}  # fmt: skip


@pytest.mark.parametrize("case", HTML)
def test_markup(case: str) -> None:
    text, name, want = HTML[case]
    assert factors(text if isinstance(text, bytes) else text.encode(), name) == want
