"""OpenDocument (ODF 1.3): scripts, events, embedded objects, references outside, encryption."""

from __future__ import annotations

import re
import zipfile
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.external import destination
from sensors.transfer.content.formulas import examine_formula
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.xml import attributes, events, local, note_entities
from sensors.transfer.content.ziparchive import read_member
from sensors.transfer.verdict import Factor, Reason

_TYPES: Final = {
    "text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg", "text-template": "ott",
    "spreadsheet-template": "ots", "presentation-template": "otp", "text-master": "odm", "database": "odb", "formula": "odf",
}  # fmt: skip
#: Elements whose reference is followed without a click (ODF 1.3 part 3).
_FOLLOWED: Final = frozenset({
    "image", "object", "object-ole", "plugin", "applet", "floating-frame", "section-source", "table-source",
    "cell-range-source",
    "fill-image", "background-image", "sound", "database-source",
})  # fmt: skip


def package_type(mimetype: bytes) -> str:
    """The type that the first member gives, empty if it is no OpenDocument."""
    match = re.match(rb"application/vnd\.(?:oasis\.opendocument|sun\.xml)\.([a-z-]+)", mimetype.strip())
    return _TYPES.get(match.group(1).decode(), "odf") if match is not None else ""


def examine_odf(archive: zipfile.ZipFile, item: Item, notes: Notebook) -> None:
    """Examine an OpenDocument package."""
    for name, info in sorted({i.filename: i for i in archive.infolist() if not i.is_dir()}.items()):
        notes.account.member()
        data = read_member(archive, info, item, notes)
        if data is None:
            continue
        low = name.lower()
        if low == "meta-inf/manifest.xml":
            _manifest(data, name, item, notes)
        elif low.startswith(("basic/", "scripts/")):
            # script-lc.xml and script-lb.xml are the lists of libraries; empty ones stand in many files.
            if not low.endswith(("script-lc.xml", "dialog-lc.xml", "script-lb.xml", "dialog-lb.xml")):
                notes.found(Factor.MACRO, item, "basic", name)
        elif low in {"content.xml", "styles.xml"} or low.endswith(("/content.xml", "/styles.xml")):
            _content(data, name, item, notes)
        else:
            _other(data, name, item, notes)


def _manifest(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    for event, element in events(data, item, notes, name):
        if event == "start" and local(element.tag) in {"encryption-data", "encrypted-key"}:
            notes.found(Factor.ENCRYPTED, item, "encrypted_office", name)
            notes.unseen(Reason.ENCRYPTED, item)
            return


def _content(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    if note_entities(data, item, notes, name):
        return
    for event, element in events(data, item, notes, name):
        if event != "start":
            continue
        tag, a = local(element.tag), attributes(element)
        if tag == "event-listener" and "script" in (a.get("language", "") + a.get("href", "")).lower():
            notes.found(Factor.MACRO, item, "script_event", name)
            if a.get("event-name", "").lower() in {"office:load-finished", "dom:load", "office:load", "office:open"}:
                notes.found(Factor.AUTO_EXEC, item, "auto_macro", name, name=a["event-name"])
        elif tag == "script" and "script" in element.tag and (a.get("language") or element.text):
            notes.found(Factor.MACRO, item, "basic", name)
        elif tag in {"dde-source", "dde-connection-decl", "dde-link", "dde-connection"}:
            notes.found(Factor.DDE, item, "dde_link", name)
        target = destination(a.get("href", ""))
        if target and tag in _FOLLOWED:
            notes.found(Factor.EXTERNAL_LINK, item, "relation_external", name, target=target, name=tag)
        elif target and tag == "a":
            notes.found(Factor.URI, item, "hyperlink", name, target=target)
        elif tag == "control" and a.get("control-implementation", "").lower().endswith("activex"):
            notes.found(Factor.ACTIVEX, item, "activex", name)
        if a.get("formula"):
            examine_formula(a["formula"], item, notes, name)


def _other(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    kind = kinds.identify(data)
    if name.lower() == "mimetype" or kind in {"empty", "xml", "txt"}:
        return
    if kind in kinds.IMAGES:
        notes.inner(item, data, name, Inside.DOCUMENT, by_name=False)
        return
    if "objectreplacements/" in name.lower() or name.lower().startswith("thumbnails/"):
        return
    if kind in {"ole", "zip", "pdf", "rtf"} | kinds.EXECUTABLE | kinds.ARCHIVE:
        notes.found(
            Factor.EMBEDDED_OBJECT,
            item,
            "ole_object" if kind == "ole" else "package",
            name,
            **({} if kind == "ole" else {"kind": kind}),
        )
        notes.inner(item, data, name, Inside.DOCUMENT, by_name=False)
