"""HTML, SVG, XML and HTA: scripts, event attributes, frames, addresses that are scripts, programs smuggled as text."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import replace
from typing import Any, Final

from sensors.transfer.content import kinds
from sensors.transfer.content.external import destination
from sensors.transfer.content.fields import examine_field
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.xml import has_entities, stopped_early
from sensors.transfer.verdict import Factor, Reason

#: Elements that load something by themselves, by the attribute with the address.
_LOADING: Final = {
    "iframe": "src", "frame": "src", "object": "data", "embed": "src", "applet": "code", "img": "src", "image": "href",
    "video": "src",
    "audio": "src", "source": "src", "track": "src", "input": "src", "use": "href", "feimage": "href", "bgsound": "src",
    "portal": "src",
    "body": "background", "table": "background", "td": "background", "link": "href", "script": "src", "import": "src",
}  # fmt: skip
#: Loading an image tells the sender that it was read, which is why these count only for frames, objects and the like.
_FRAMES: Final = frozenset(
    {"iframe", "frame", "object", "embed", "applet", "portal", "bgsound", "use", "feimage", "script", "img", "image"}
)
_ADDRESS: Final = frozenset(
    {"href", "src", "action", "formaction", "data", "background", "poster", "to", "from", "values", "srcdoc"}
)
_SCRIPT_ADDRESS: Final = re.compile(
    r"(javascript|vbscript|livescript)\s*:|data\s*:\s*(?:text/html|image/svg\+xml|application/(?:xhtml|java|x-java))",
    re.IGNORECASE,
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}")
_DATA_URL: Final = re.compile(r"data:([\w.+/-]{0,80})(?:;[\w=\"'.-]{1,60}){0,4};base64,([A-Za-z0-9+/=\s%]{16,})", re.IGNORECASE)
#: Name spaces whose script elements are run; the last is that of style sheets (MSXML).
_RUNS: Final = re.compile(r"svg|html|\{urn:schemas-microsoft-com:xslt\}")
#: Elements of a document are few; hostile ones are not.
_ELEMENTS: Final = 200_000
_MAX_BLOBS: Final = 50


def examine_markup(item: Item, kind: str, notes: Notebook, *, body: bool = False) -> None:
    """Examine HTML, SVG, HTA or another XML text; *body*: it is the body of a mail."""
    from lxml import etree, html  # noqa: PLC0415 - loaded in the worker only

    if item.data[:1] == b"\0":  # browsers skip NULs
        item = replace(item, data=item.data.lstrip(b"\0"))
    text = kinds.decode_text(item.data)
    if text is None:
        text = item.data.decode("latin-1")
    if kind in {"svg", "xml", "wsf", "hta"} and has_entities(item.data):
        _entities(text, item, notes)
    smuggled(text, item, notes)
    parser: Any = html.HTMLParser(no_network=True, huge_tree=False, recover=True, remove_blank_text=True)
    if kind in {"svg", "xml"}:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        # An XML declaration with an encoding is refused beside decoded text, so bytes go in.
        tree = etree.fromstring(_octets(text, item), parser)
    except (etree.XMLSyntaxError, ValueError):
        tree = None
    if stopped_early(parser.error_log):
        notes.unseen(Reason.TOO_DEEP, item)
        _by_pattern(text, item, notes)
    if tree is None:
        _by_pattern(text, item, notes)
        return
    for count, element in enumerate(tree.iter()):
        if count > _ELEMENTS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            break
        if isinstance(element.tag, str):
            _element(element, kind, item, notes, body=body)
    if kind == "html":
        _comments(text, item, notes)
    _style_sheets(text, item, notes)


def _style_sheets(text: str, item: Item, notes: Notebook) -> None:
    """Processing instructions that fetch a style sheet (xml-stylesheet 1.0)."""
    for match in re.finditer(r"<\?xml-stylesheet[^>]{0,500}?href\s*=\s*[\"']([^\"']{1,2000})", text[: 64 << 10]):
        if target := destination(match.group(1)):
            notes.found(Factor.EXTERNAL_LINK, item, "frame", name="xml-stylesheet", target=target)


_ENTITY: Final = re.compile(
    r"<!ENTITY\s+(?:%\s+)?([\w.-]{1,100})\s+(?:(SYSTEM|PUBLIC)\b[^>]*?[\"']([^\"']*)[\"']\s*>|([\"'])(.*?)\4)", re.DOTALL
)
#: Drawing programs declare name spaces as entities; only what grows is a bomb.
_GROWTH: Final = 1 << 20


def _entities(text: str, item: Item, notes: Notebook) -> None:
    """Entities that hold entities, or large ones used often, expand without bound; external ones fetch."""
    for count, match in enumerate(_ENTITY.finditer(text[: 4 << 20])):
        name, external, address, value = match.group(1), match.group(2), match.group(3), match.group(5)
        place = f":{text.count(chr(10), 0, match.start()) + 1}"
        if external:
            if target := destination(address):
                notes.found(Factor.EXTERNAL_LINK, item, "frame", place, name="ENTITY", target=target)
        elif count > 500 or (value and (re.search(r"&[A-Za-z_]", value) or len(value) * text.count(f"&{name};") > _GROWTH)):
            notes.found(Factor.ARCHIVE_BOMB, item, "entity", place)
            return


def _octets(text: str, item: Item) -> bytes:
    if item.data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in item.data[:256]:
        return re.sub(r"(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", r"\1", text, count=1).encode("utf-8", "replace")
    return item.data.replace(b"\0", b"")


def _element(element: Any, kind: str, item: Item, notes: Notebook, *, body: bool) -> None:
    tag = element.tag.rpartition("}")[2].rpartition(":")[2].lower()
    place = f":{element.sourceline}" if element.sourceline else ""
    if tag == "script" and (kind != "xml" or element.tag.lower() == "script" or _RUNS.search(element.tag) is not None):
        sort = str(element.get("type", "")).lower()
        # HTML 4.12.1: a data block (JSON, a template) is not run.
        if not re.search(r"json|template|text/plain|speculationrules|importmap", sort):
            notes.found(Factor.JAVASCRIPT, item, "script_element", place)
    for raw, value in element.attrib.items():
        name = str(raw).rpartition("}")[2].rpartition(":")[2].lower()
        if kind != "xml" and len(name) > 3 and name.startswith("on") and name.isalpha() and str(value).strip():
            notes.found(Factor.JAVASCRIPT, item, "event_attribute", place, name=name)
        if name in _ADDRESS and (match := _SCRIPT_ADDRESS.search(_squeezed(str(value)))) is not None:
            notes.found(Factor.JAVASCRIPT, item, "script_address", place, name=(match.group(1) or "data").lower())
        if name == "srcdoc" and "<script" in str(value).lower():
            notes.found(Factor.JAVASCRIPT, item, "script_element", place)
    if kind == "xml":
        return
    _loading(element, tag, place, item, notes, body=body)


def _loading(element: Any, tag: str, place: str, item: Item, notes: Notebook, *, body: bool) -> None:
    attribute = _LOADING.get(tag)
    values = {str(k).rpartition("}")[2].rpartition(":")[2].lower(): str(v) for k, v in element.attrib.items()}
    if attribute is not None and (target := destination(_squeezed(values.get(attribute, "")))):
        if tag in _FRAMES or body:
            notes.found(Factor.EXTERNAL_LINK, item, "frame", place, name=tag, target=target)
    elif (
        # A form that asks by GET searches; one that posts hands over what was typed in.
        values.get("method" if tag == "form" else "formmethod", "").strip().lower() == "post"
        and (target := destination(_squeezed(values.get("action" if tag == "form" else "formaction", ""))))
    ):
        notes.found(Factor.SUBMIT_FORM, item, "form_address", place, target=target)
    elif tag in {"a", "area"} and (target := destination(values.get("href", ""))):
        notes.found(Factor.URI, item, "hyperlink", place, target=target)
    elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
        refresh = re.search(r"url\s*=\s*['\"]?([^'\">\s]+)", values.get("content", ""), re.IGNORECASE)
        if refresh is not None and (target := destination(refresh.group(1))):
            notes.found(Factor.EXTERNAL_LINK, item, "frame", place, name="meta refresh", target=target)


def _squeezed(address: str) -> str:
    """Browsers drop tabs and line ends inside an address (WHATWG URL 4.4)."""
    return re.sub(r"[\t\r\n\x00-\x08]", "", address).strip()


def _comments(text: str, item: Item, notes: Notebook) -> None:
    """Conditional comments: old Windows programs run what stands in them."""
    for match in re.finditer(r"<!--\[if[^\]]*\]>(.{0,20000}?)<!\[endif\]", text, re.DOTALL | re.IGNORECASE):
        if re.search(r"<script", match.group(1), re.IGNORECASE):
            notes.found(Factor.JAVASCRIPT, item, "script_element", f":{text.count(chr(10), 0, match.start()) + 1}")


def _by_pattern(text: str, item: Item, notes: Notebook) -> None:
    """Markup that no parser takes: browsers still show it."""
    for pattern, factor, detail in (
        (r"<script[\s>/]", Factor.JAVASCRIPT, "script_element"),
        (r"(?:javascript|vbscript)\s*:", Factor.JAVASCRIPT, "script_element"),
    ):
        if re.search(pattern, text, re.IGNORECASE):
            notes.found(factor, item, detail)


def smuggled(text: str, item: Item, notes: Notebook) -> None:
    """Programs and archives in base64: in data addresses and in the strings of scripts (HTML smuggling)."""
    for blobs, match in enumerate(_BASE64.finditer(text)):
        if blobs >= _MAX_BLOBS:
            break
        head = decode_base64(match.group()[:1368])
        kind = kinds.identify(head) if len(head) >= 16 else ""
        if kind in kinds.EXECUTABLE | (kinds.ARCHIVE - {"cpio"}) | {"ole", "one"} and _believable(kind, head):
            data = decode_base64(match.group())
            place = f":{text.count(chr(10), 0, match.start()) + 1}"
            if kind in kinds.EXECUTABLE:
                notes.found(Factor.EMBEDDED_EXECUTABLE, item, "encoded_executable", place, kind=kind)
            else:
                notes.found(Factor.EMBEDDED_OBJECT, item, "encoded_archive", place, kind=kind)
                notes.inner(item, data, "", Inside.DOCUMENT, step=f"base64{place}", by_name=False)
    if kinds.identify(item.data, item.suffix) in {"svg", "html"}:
        return
    for match in _DATA_URL.finditer(text):
        if match.group(1).lower() in {"text/html", "application/hta"}:
            notes.found(Factor.JAVASCRIPT, item, "script_address", name="data")


def _believable(kind: str, head: bytes) -> bool:
    """Two or three octets prove little in random letters: gzip, bzip2 and old formats need their next fields to hold."""
    if kind == "gz":
        return head[2] == 8 and head[3] < 32
    if kind == "bz2":
        return head[4:10] == b"1AY&SY"
    if kind in {"pe", "dos"}:
        return len(head) >= 64
    return kind in {"elf", "zip", "7z", "rar", "cab", "ole", "lnk", "xz", "one", "iso", "macho", "class"}


def decode_base64(text: str) -> bytes:
    """The octets of base64 that may lack its padding; empty if it is none."""
    whole = text.rstrip("=")
    try:
        return base64.b64decode(whole[: len(whole) - (len(whole) % 4 == 1)] + "=" * (-len(whole) % 4), validate=False)
    except (binascii.Error, ValueError):
        return b""


def examine_word_xml(item: Item, notes: Notebook) -> None:  # noqa: PLR0912 - one branch an element
    """Office in one XML file: Word 2003, flat OPC, Excel 2003 (XML Spreadsheet); binary parts stand in base64."""
    from sensors.transfer.content.formulas import examine_formula  # noqa: PLC0415 - ooxml reads markup parts itself
    from sensors.transfer.content.xml import attributes, events, local  # noqa: PLC0415 - the same

    stack: list[list[str]] = []
    for event, element in events(item.data, item, notes):
        tag, place = local(element.tag), f":{element.sourceline}"
        a = attributes(element) if event == "start" else {}
        if event == "start":
            if tag == "fldSimple":
                examine_field(a.get("instr", ""), item, notes, place)
            elif tag == "fldChar":
                mark = a.get("fldCharType", "")
                if mark == "begin" and len(stack) < 64:
                    stack.append([])
                elif mark in {"separate", "end"} and stack:
                    examine_field("".join(stack[-1]), item, notes, place)
                    stack[-1].clear()
                    if mark == "end":
                        stack.pop()
            if tag == "Cell" and "Formula" in a:
                examine_formula(a["Formula"], item, notes, place)
            _flat_relation(tag, a, place, item, notes)
        elif tag == "instrText":
            (stack[-1] if stack else []).append(element.text or "")
            if not stack:
                examine_field(element.text or "", item, notes, place)
        elif tag in {"binData", "binaryData", "OleData"} and element.text:
            _binary(element, tag, place, item, notes)
        elif (
            (tag == "Path" and "|" in (element.text or ""))
            or tag == "DDETopic"
            or (tag == "SupBook" and element.find("{*}DDE") is not None)
        ):  # XML Spreadsheet: server and topic of a supporting book
            notes.found(Factor.DDE, item, "dde_link", place)
    while stack:
        examine_field("".join(stack.pop()), item, notes)


def _flat_relation(tag: str, a: dict[str, str], place: str, item: Item, notes: Notebook) -> None:
    from sensors.transfer.content import ooxml  # noqa: PLC0415 - ooxml reads markup parts itself

    if tag == "Relationship" and a.get("TargetMode", "").lower() == "external":
        ooxml._external(a.get("Type", "").rpartition("/")[2], a.get("Target", ""), place, item, notes)  # noqa: SLF001 - one judgement for both forms
    elif tag == "attachedTemplate" and (target := destination(a.get("val", ""))):
        notes.found(Factor.TEMPLATE_INJECTION, item, "remote_template", place, target=target)
    elif tag == "DDE" or (tag == "link" and a.get("ddeService")):
        notes.found(Factor.DDE, item, "dde_link", place)


def _binary(element: Any, tag: str, place: str, item: Item, notes: Notebook) -> None:
    data = decode_base64(re.sub(r"\s+", "", element.text))
    kind = kinds.identify(data)
    name = str(next(iter(element.attrib.values()), ""))
    if kind == "mso":
        notes.inner(item, data, "", Inside.DOCUMENT, step=f"{tag}{place}", by_name=False)
    elif kind == "ole" or name.lower().endswith(".mso") or kind in kinds.EXECUTABLE | kinds.ARCHIVE:
        if "vba" not in name.lower():
            notes.found(Factor.EMBEDDED_OBJECT, item, "package", place, kind=kind)
        notes.inner(item, data, "", Inside.DOCUMENT, step=f"{tag}{place}", by_name=False)


def examine_active_mime(item: Item, notes: Notebook) -> None:
    """The wrapper in which Word's web archives and XML keep projects and objects: a header, then a deflated compound file."""
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", item.data[:4096]):
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(item.data[match.start() :], notes.limits.file_bytes)
        except zlib.error:
            continue
        notes.account.output(len(data))
        notes.account.ratio(len(data), len(item.data))
        if kinds.identify(data) != "ole":
            continue
        if engine.unconsumed_tail or not engine.eof:
            notes.unseen(Reason.MISSING_BYTES, item)
        notes.inner(item, data, "", Inside.DOCUMENT, step="ActiveMime", by_name=False)
        return
    # Nothing but a project is kept in it as a rule; one that does not open is taken for one.
    notes.found(Factor.MACRO, item, "vba")
    notes.unseen(Reason.DAMAGED, item)
