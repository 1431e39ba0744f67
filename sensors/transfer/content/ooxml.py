"""Office Open XML and its kin (ECMA-376): relationships, content types, fields, macros, embedded parts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.external import destination, local_path
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.officexml import examine_xml_part
from sensors.transfer.content.vba import AUTO_XLM
from sensors.transfer.content.xml import attributes, events, local, note_entities
from sensors.transfer.content.ziparchive import read_member
from sensors.transfer.verdict import Factor, Reason

#: Main content type -> type, by the part after the last dot-separated vendor prefix.
_MAIN: Final[tuple[tuple[str, str], ...]] = (
    ("wordprocessingml.document.main", "docx"), ("ms-word.document.macroenabled.main", "docm"),
    ("wordprocessingml.template.main", "dotx"), ("ms-word.template.macroenabledtemplate.main", "dotm"),
    ("spreadsheetml.sheet.main", "xlsx"), ("ms-excel.sheet.macroenabled.main", "xlsm"),
    ("spreadsheetml.template.main", "xltx"), ("ms-excel.template.macroenabled.main", "xltm"),
    ("ms-excel.sheet.binary.macroenabled.main", "xlsb"), ("ms-excel.addin.macroenabled.main", "xlam"),
    ("presentationml.presentation.main", "pptx"), ("ms-powerpoint.presentation.macroenabled.main", "pptm"),
    ("presentationml.template.main", "potx"), ("ms-powerpoint.template.macroenabled.main", "potm"),
    ("presentationml.slideshow.main", "ppsx"), ("ms-powerpoint.slideshow.macroenabled.main", "ppsm"),
    ("ms-powerpoint.addin.macroenabled.main", "ppam"), ("ms-visio.drawing.main", "vsdx"),
    ("ms-visio.drawing.macroenabled.main", "vsdm"), ("ms-visio.stencil.main", "vssx"), ("ms-visio.template.main", "vstx"),
    ("ms-visio.stencil.macroenabled.main", "vssm"), ("ms-visio.template.macroenabled.main", "vstm"),
    ("ms-package.xps-fixeddocumentsequence", "xps"), ("presentationml.slide.main", "sldx"),
)  # fmt: skip
_MACRO_TYPES: Final = ("vbaproject",)
_XLM_TYPES: Final = ("macrosheet", "intlmacrosheet")
#: Relationship types that only matter to a click.
_CLICK: Final = frozenset({"hyperlink"})
#: Relationship types of embedded files (ECMA-376 part 1, 15.2.11 and part 4, 14.x; MS-OE376 for the last).
_EMBEDDED: Final = frozenset({"oleObject", "package", "attachedToolbars"})


def package_type(names: Mapping[str, zipfile.ZipInfo], content_types: bytes) -> str:
    """The type that ``[Content_Types].xml`` gives the main part; empty when the ZIP is no such package."""
    low = content_types.decode("utf-8", "replace").lower() if content_types[:2] not in {b"\xff\xfe", b"\xfe\xff"} else (
        content_types.decode("utf-16", "replace").lower()
    )  # fmt: skip
    for mark, kind in _MAIN:
        if mark in low:
            return kind
    for folder, kind in (
        ("word/", "docx"),
        ("xl/", "xlsx"),
        ("ppt/", "pptx"),
        ("visio/", "vsdx"),
        ("fixeddocseq.fdseq", "xps"),
    ):
        if any(n.lower().startswith(folder) for n in names):
            return kind
    return "opc"


def examine_package(archive: zipfile.ZipFile, item: Item, notes: Notebook, content_types: bytes) -> None:
    """Examine every part of an OOXML package."""
    types = _part_types(content_types, item, notes)
    embedded: dict[str, str] = {}
    parts = sorted({i.filename: i for i in archive.infolist() if not i.is_dir()}.items())
    wanted = [(n, i) for n, i in parts if n.lower().endswith(".rels")] + [
        (n, i) for n, i in parts if not n.lower().endswith(".rels")
    ]
    for name, info in wanted:
        notes.account.member()
        data = read_member(archive, info, item, notes)
        if data is None:
            continue
        if name.lower().endswith(".rels"):
            embedded |= _relationships(data, name, item, notes)
        else:
            _part(data, name, types, embedded, item, notes)


def _part_types(data: bytes, item: Item, notes: Notebook) -> dict[str, str]:
    """Part name or ``*.extension`` -> content type in lower case; part names ignore case (ECMA-376 part 2, 6.2.2.3)."""
    out: dict[str, str] = {}
    for event, element in events(data, item, notes, "[Content_Types].xml"):
        if event == "start":
            a = attributes(element)
            if local(element.tag) == "Override":
                out[a.get("PartName", "").lstrip("/").lower()] = a.get("ContentType", "").lower()
            elif local(element.tag) == "Default":
                out["*." + a.get("Extension", "").lower()] = a.get("ContentType", "").lower()
    return out


def _relationships(data: bytes, name: str, item: Item, notes: Notebook) -> dict[str, str]:
    """External targets become factors; returns the parts that are embedded files, by kind of relationship."""
    note_entities(data, item, notes, name)
    inner: dict[str, str] = {}
    base = name.replace("_rels/", "").rpartition("/")[0]
    for event, element in events(data, item, notes, name):
        if event != "start" or local(element.tag) != "Relationship":
            continue
        a = attributes(element)
        kind, target = a.get("Type", "").rstrip("/").rpartition("/")[2], a.get("Target", "")
        if a.get("TargetMode", "").lower() == "external":
            _external(kind, target, name, item, notes)
            continue
        if kind in _EMBEDDED or kind in {
            "aFChunk",
            "control",
            "activeXControlBinary",
            "vbaProject",
            "wordVbaData",
            "xlMacrosheet",
            "xlIntlMacrosheet",
        }:
            inner[_resolve(base, target)] = kind
        if kind == "aFChunk":
            notes.found(Factor.EMBEDDED_OBJECT, item, "altchunk", name)
        elif kind == "control":
            notes.found(Factor.ACTIVEX, item, "activex", name)
    return inner


def _resolve(base: str, target: str) -> str:
    parts: list[str] = [] if target.startswith("/") else [p for p in base.split("/") if p]
    for step in target.split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in {"", "."}:
            parts.append(step)
    return "/".join(parts).lower()


def _external(kind: str, target: str, name: str, item: Item, notes: Notebook) -> None:
    outside = destination(target)
    if kind == "attachedTemplate":
        # A local Normal.dotm stands in every document that Word writes.
        if outside:
            notes.found(Factor.TEMPLATE_INJECTION, item, "remote_template", name, target=outside)
    elif kind in _CLICK:
        if not target.startswith("#"):
            notes.found(Factor.URI, item, "hyperlink", name, target=outside or "…")
    elif outside or not local_path(target) or kind in {"oleObject", "externalLinkPath", "frame", "subDocument", "externalLink"}:
        notes.found(Factor.EXTERNAL_LINK, item, "relation_external", name, target=outside or "…", name=kind)
    elif kind in {"xlPathMissing", "xlStartup", "image", "audio", "video", "media"}:
        notes.found(Factor.EXTERNAL_LINK, item, "relation_external", name, target="…", name=kind)


def _part(data: bytes, name: str, types: Mapping[str, str], embedded: Mapping[str, str], item: Item, notes: Notebook) -> None:
    low = name.lower()
    kind = types.get(low) or types.get("*." + low.rpartition(".")[2], "")
    relation = embedded.get(low, "")
    is_vba = any(m in kind for m in _MACRO_TYPES) or relation == "vbaProject" or low.endswith("vbaproject.bin")
    is_sheet = (
        any(m in kind for m in _XLM_TYPES)
        or relation in {"xlMacrosheet", "xlIntlMacrosheet"}
        or re.search(r"(?:^|/)macrosheets/[^/]+\.(?:xml|bin)$", low)
    )
    if is_sheet and "binaryindex" not in low:
        notes.found(Factor.MACRO, item, "xlm", name)
    if relation in {"oleObject", "package"} or "/embeddings/" in low:
        notes.found(Factor.EMBEDDED_OBJECT, item, *_object_words(data), name, **_object_kind(data))
    if "activex" in kind or re.search(r"/activex/activex\d*\.(?:xml|bin)$", low):
        notes.found(Factor.ACTIVEX, item, "activex", name)
    true_kind = kinds.identify(data, low.rpartition(".")[2])
    if (
        is_vba
        or true_kind == "ole"
        or relation
        or "/embeddings/" in low
        or true_kind in kinds.EXECUTABLE | {"rtf", "pdf", "html"}
    ):
        if is_vba and true_kind != "ole":
            notes.found(Factor.MACRO, item, "vba", name)
        if low.endswith((".xml", ".vml")) and true_kind in {"html", "svg", "xml"} and relation != "aFChunk":
            examine_xml_part(data, name, item, notes)
            return
        notes.inner(item, data, name, Inside.DOCUMENT, by_name=False)
    elif low.endswith((".xml", ".vml")) or "xml" in kind:
        examine_xml_part(data, name, item, notes)
    elif low.endswith(".bin") and low.startswith("xl/"):
        _binary_sheet(data, name, item, notes)
    elif true_kind in kinds.IMAGES:
        notes.inner(item, data, name, Inside.DOCUMENT, by_name=False)


def _object_words(data: bytes) -> tuple[str, ...]:
    return ("ole_object",) if data[:4] == b"\xd0\xcf\x11\xe0" else ("package",)


def _object_kind(data: bytes) -> dict[str, str]:
    return {} if data[:4] == b"\xd0\xcf\x11\xe0" else {"kind": kinds.identify(data)}


def _binary_sheet(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    """MS-XLSB parts: names that run by themselves (2.4.714 BrtName) and DDE supporting links (2.4.812 BrtBeginSupBook)."""
    low = data.lower()
    for key, shown in AUTO_XLM.items():
        # Names stand in the workbook part; the same words in a cell are words.
        if name.lower().endswith("workbook.bin") and key.encode("utf-16-le") in low:
            notes.found(Factor.AUTO_EXEC, item, "auto_macro", name, name=shown)
    if "externallinks/" in name.lower():
        # BrtBeginSupBook, type 360: sbt 0 workbook, 1 DDE, 2 OLE.
        at = 0
        while at < len(data) - 3:
            kind, size, at = _record(data, at)
            if kind == 360 and size >= 2:
                sort = int.from_bytes(data[at : at + 2], "little")
                if sort == 1:
                    notes.found(Factor.DDE, item, "dde_link", name)
            at += size


def _record(data: bytes, at: int) -> tuple[int, int, int]:
    """MS-XLSB 2.1.4: type in one or two octets, size in one to four, seven bits each; returns both and where it starts."""
    kind = data[at]
    at += 1
    if kind & 0x80 and at < len(data):
        kind |= data[at] << 8
        kind = (kind & 0x7F) | ((kind >> 1) & 0x3F80)
        at += 1
    size = 0
    for shift in (0, 7, 14, 21):
        if at >= len(data):
            break
        octet = data[at]
        at += 1
        size |= (octet & 0x7F) << shift
        if not octet & 0x80:
            break
    return kind, size, at


def note_unreadable(item: Item, notes: Notebook, kind: str) -> None:
    """A package whose structure does not hold together."""
    notes.found(Factor.MALFORMED, item, "malformed", kind=kind)
    notes.unseen(Reason.DAMAGED, item)
