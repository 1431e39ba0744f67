"""PDF (ISO 32000-2): actions, scripts, attached files, forms; every object is asked, those in object streams too."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final

from sensors.transfer.content import pdfraw
from sensors.transfer.content.external import destination
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.limits import BoundHitError
from sensors.transfer.verdict import Factor, Reason

#: 12.6.4: action types by their /S entry.
ACTIONS: Final = {
    "/JavaScript": (Factor.JAVASCRIPT, "pdf_javascript"),
    "/Launch": (Factor.LAUNCH, "pdf_launch"),
    "/SubmitForm": (Factor.SUBMIT_FORM, "pdf_submit"),
    "/ImportData": (Factor.SUBMIT_FORM, "pdf_submit"),
    "/GoToR": (Factor.GOTO_REMOTE, "pdf_goto_remote"),
    "/GoToE": (Factor.GOTO_REMOTE, "pdf_goto_remote"),
    "/Rendition": (Factor.RICHMEDIA, "pdf_richmedia"),
    "/RichMediaExecute": (Factor.RICHMEDIA, "pdf_richmedia"),
}
#: 12.5.6: annotation types that play media.
MEDIA: Final = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
#: Nesting of direct objects; ISO 32000 sets none, hostile files do.
_DEPTH: Final = 40
_OBJECTS: Final = 200_000


def examine_pdf(item: Item, notes: Notebook) -> None:
    """Examine a PDF by pikepdf; what that cannot open is read by pypdf and by our own scan, and is never called seen."""
    import pikepdf  # noqa: PLC0415 - loaded in the worker only

    try:
        document = pikepdf.open(io.BytesIO(item.data), suppress_warnings=True, attempt_recovery=True)
    except pikepdf.PasswordError:
        notes.found(Factor.ENCRYPTED, item, "encrypted_pdf")
        notes.unseen(Reason.ENCRYPTED, item)
        pdfraw.examine_raw(item, notes, encrypted=True)
        return
    except Exception:  # noqa: BLE001 - a parser of hostile input; what it raises is not documented in full
        _broken(item, notes)
        return
    with document:
        if document.is_encrypted:
            notes.found(Factor.ENCRYPTED, item, "encrypted_pdf_open")
        try:
            _document(document, item, notes, pikepdf)
        except (BoundHitError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the same
            _broken(item, notes)


def _broken(item: Item, notes: Notebook) -> None:
    locked = pdfraw.has_encryption(item.data)
    if locked:
        notes.found(Factor.ENCRYPTED, item, "encrypted_pdf")
    else:
        notes.found(Factor.MALFORMED, item, "malformed", kind="pdf")
    notes.unseen(Reason.ENCRYPTED if locked else Reason.DAMAGED, item)
    pdfraw.examine_raw(item, notes, encrypted=locked)
    _by_pypdf(item, notes)


def _document(document: Any, item: Item, notes: Notebook, pikepdf: Any) -> None:
    root = document.Root
    _open_action(root.get("/OpenAction"), item, notes)
    names = root.get("/Names")
    # An empty tree is inert today and a place to hook into tomorrow; a rewriter has no reason to leave it.
    if isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names:
        notes.found(Factor.JAVASCRIPT, item, "pdf_document_javascript", "obj Root")
        notes.found(Factor.OPEN_ACTION, item, "pdf_document_javascript", "obj Root")
    # What qpdf had to guess for want of a trailer, another reader guesses otherwise.
    if any("unable to find" in str(w) for w in document.get_warnings()):
        notes.found(Factor.MALFORMED, item, "malformed", kind="pdf")
    try:
        len(document.pages)
    except Exception:  # noqa: BLE001 - a loop or a hole in the page tree
        notes.found(Factor.MALFORMED, item, "malformed", kind="pdf")
        notes.unseen(Reason.DAMAGED, item)
    for count, thing in enumerate(document.objects):
        if count > _OBJECTS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
            _object(thing, f"obj {thing.objgen[0]} {thing.objgen[1]}", item, notes, pikepdf)


def _open_action(action: Any, item: Item, notes: Notebook) -> None:
    """An action on opening; a destination (an array), or /GoTo, only chooses the page."""
    import pikepdf  # noqa: PLC0415 - loaded in the worker only

    if isinstance(action, pikepdf.Dictionary):
        chain = [action, *_chain(action, pikepdf)]
        for one in chain:
            sort = str(one.get("/S", ""))
            if sort != "/GoTo":
                notes.found(Factor.OPEN_ACTION, item, "pdf_open_action", "obj Root", name=sort.lstrip("/") or "?")


def _chain(action: Any, pikepdf: Any) -> list[Any]:
    """12.6.2: actions that follow an action."""
    out: list[Any] = []
    waiting = [action.get("/Next")]
    while waiting and len(out) < 100:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting.extend(list(one)[:100])
        elif isinstance(one, pikepdf.Dictionary):
            out.append(one)
            waiting.append(one.get("/Next"))
    return out


def _object(thing: Any, place: str, item: Item, notes: Notebook, pikepdf: Any) -> None:
    """One indirect object with the direct ones in it; those that are indirect themselves come by their own number."""
    waiting = [(thing, 0)]
    steps = 0
    while waiting:
        current, depth = waiting.pop()
        steps += 1
        if depth > _DEPTH or steps > 50_000:
            notes.unseen(Reason.TOO_DEEP, item, place)
            return
        children: Iterator[Any]
        if isinstance(current, pikepdf.Array):
            children = iter(current)
        else:
            _dictionary(current, place, item, notes, pikepdf)
            children = (v for _, v in current.items())
        waiting.extend(
            (c, depth + 1) for c in children if isinstance(c, pikepdf.Dictionary | pikepdf.Array) and not c.is_indirect
        )


def _dictionary(entry: Any, place: str, item: Item, notes: Notebook, pikepdf: Any) -> None:
    keys = set(entry.keys())
    sort, subtype = str(entry.get("/S", "")), str(entry.get("/Subtype", ""))
    if sort in ACTIONS and not (sort == "/JavaScript" and "/JS" not in keys):
        factor, detail = ACTIONS[sort]
        notes.found(factor, item, detail, place)
    elif "/JS" in keys:
        notes.found(Factor.JAVASCRIPT, item, "pdf_javascript", place)
    if sort == "/URI" and "/URI" in keys:
        target = str(entry.get("/URI", ""))
        notes.found(Factor.URI, item, "hyperlink", place, target=destination(target) or target.partition(":")[0][:20])
    if "/AA" in keys:
        notes.found(Factor.OPEN_ACTION, item, "pdf_additional_actions", place)
    if subtype in MEDIA and ("/Rect" in keys or "/Contents" not in keys) and str(entry.get("/Type", "/Annot")) == "/Annot":
        notes.found(Factor.RICHMEDIA, item, "pdf_richmedia", place)
    if "/XFA" in keys:
        notes.found(Factor.XFA, item, "pdf_xfa", place)
        _forms(entry.get("/XFA"), place, item, notes, pikepdf)
    if "/EF" in keys or (subtype == "/FileAttachment" and "/FS" in keys) or str(entry.get("/Type", "")) == "/EmbeddedFile":
        notes.found(Factor.EMBEDDED_FILE, item, "pdf_embedded_file", place)
    files = entry.get("/EF")
    if isinstance(files, pikepdf.Dictionary):
        _attached(files, _file_name(entry), place, item, notes, pikepdf)


def _forms(value: Any, place: str, item: Item, notes: Notebook, pikepdf: Any) -> None:
    """The XML of an XFA form, one stream or packets in order (12.7.8): its scripts run as those of the document do."""
    packets = list(value)[:200] if isinstance(value, pikepdf.Array) else [value]
    text = bytearray()
    for packet in packets:
        if not isinstance(packet, pikepdf.Stream):
            continue
        try:
            text += bytes(packet.read_bytes())
        except Exception:  # noqa: BLE001 - broken or unknown filters
            notes.unseen(Reason.DAMAGED, item, place)
        notes.account.output(len(text))
    if re.search(rb"<(?:[\w.-]+:)?script\b[^>]*(?<!/)>\s*[^<\s]", text):
        notes.found(Factor.JAVASCRIPT, item, "xfa_script", place)


def _file_name(entry: Any) -> str:
    for key in ("/UF", "/F"):
        if key in entry:
            try:
                return str(entry.get(key))
            except (ValueError, UnicodeError):
                continue
    return ""


def _attached(files: Any, name: str, place: str, item: Item, notes: Notebook, pikepdf: Any) -> None:
    """The bytes of an attached file, once even when several keys name it (7.11.4)."""
    seen: set[tuple[int, int]] = set()
    for key in ("/F", "/UF", "/DOS", "/Mac", "/Unix"):
        stream = files.get(key)
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in seen:
            continue
        seen.add(stream.objgen)
        try:
            data = bytes(stream.read_bytes())
        except Exception:  # noqa: BLE001 - broken or unknown filters
            notes.unseen(Reason.DAMAGED, item, place)
            continue
        notes.account.output(len(data))
        notes.account.ratio(len(data), len(item.data))
        if len(data) > notes.limits.file_bytes:
            notes.unseen(Reason.TOO_LARGE, item, place)
            data = data[: notes.limits.file_bytes]
        notes.inner(item, data, name, Inside.DOCUMENT, step=f"{place} {name}".strip(), by_name=bool(name))


def _by_pypdf(item: Item, notes: Notebook) -> None:
    """The second reader repairs other things than the first one; its findings are added, its silence proves nothing."""
    try:
        import pypdf  # noqa: PLC0415 - only where the first reader failed
    except ImportError:
        return
    try:
        reader = pypdf.PdfReader(io.BytesIO(item.data), strict=False)
        numbers = [n for table in reader.xref.values() for n in table] + list(reader.xref_objStm)
        for number in sorted(set(numbers))[:20_000]:
            thing = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
            _plain(thing, f"obj {number} 0", item, notes)
    except (BoundHitError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a parser of hostile input; the gap is noted already
        return


def _plain(thing: Any, place: str, item: Item, notes: Notebook, depth: int = 0) -> None:
    if depth > _DEPTH:
        return
    if isinstance(thing, list):
        for child in thing[:10_000]:
            if isinstance(child, dict | list):
                _plain(child, place, item, notes, depth + 1)
    elif isinstance(thing, dict):
        report_names(
            {str(k): str(v) for k, v in thing.items() if not isinstance(v, dict | list)},
            set(map(str, thing)),
            place,
            item,
            notes,
        )
        for child in list(thing.values())[:10_000]:
            if isinstance(child, dict | list):
                _plain(child, place, item, notes, depth + 1)


def report_names(entry: dict[str, str], keys: set[str], place: str, item: Item, notes: Notebook) -> None:
    """The factors of one dictionary given by its keys and its plain values."""
    sort = entry.get("/S", "")
    if sort in ACTIONS:
        notes.found(ACTIONS[sort][0], item, ACTIONS[sort][1], place)
    elif "/JS" in keys:
        notes.found(Factor.JAVASCRIPT, item, "pdf_javascript", place)
    for key, factor, detail in (
        ("/AA", Factor.OPEN_ACTION, "pdf_additional_actions"),
        ("/XFA", Factor.XFA, "pdf_xfa"),
        ("/EF", Factor.EMBEDDED_FILE, "pdf_embedded_file"),
    ):
        if key in keys:
            notes.found(factor, item, detail, place)
    if entry.get("/Subtype") in MEDIA and "/Rect" in keys:
        notes.found(Factor.RICHMEDIA, item, "pdf_richmedia", place)
