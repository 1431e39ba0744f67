"""Outlook messages (MS-OXMSG): attachments of any depth, bodies that are more than text."""

from __future__ import annotations

from typing import Any, Final

from sensors.transfer.content import kinds, markup
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.mail.charsets import decode_as, member_name
from sensors.transfer.verdict import Factor, MailText, Reason

_STREAM: Final = 100 << 20
_MESSAGES: Final = 8
# MS-OXPROPS: property identifier and type, as they stand in stream names.
_LONG_NAME: Final = ("3707001F", "3707001E", "3704001F", "3704001E")
_DATA: Final = "37010102"
_OBJECT: Final = "3701000D"
_HTML: Final = ("10130102", "1013001F", "1013001E")
_RTF: Final = "10090102"


def examine_msg(ole: Any, item: Item, notes: Notebook) -> None:
    """Examine an Outlook message that is open as a compound file."""
    paths = [tuple(p) for p in ole.listdir(streams=True, storages=True)]
    top = item.inside is not Inside.MAIL
    _message(ole, paths, (), item, notes, 0)
    if top:
        html = any(_has(paths, (), f"__substg1.0_{tag}") for tag in _HTML)
        if html:
            notes.breach("html_body", item)
        elif _has(paths, (), f"__substg1.0_{_RTF}"):
            notes.breach("rtf_body", item)
        if notes.breaches:
            notes.mail_text = MailText.VIOLATES
        else:
            notes.mail_text = MailText.UNVERIFIABLE if notes.gaps else MailText.CONFORMS


def _has(paths: list[tuple[str, ...]], storage: tuple[str, ...], name: str) -> bool:
    wanted = (*storage, name)
    return any(len(p) == len(wanted) and tuple(x.lower() for x in p) == tuple(x.lower() for x in wanted) for p in paths)


def _message(ole: Any, paths: list[tuple[str, ...]], storage: tuple[str, ...], item: Item, notes: Notebook, depth: int) -> None:
    if depth > _MESSAGES:
        notes.unseen(Reason.TOO_DEEP, item, "/".join(storage))
        return
    level = len(storage)
    for tag in _HTML:
        body = _stream(ole, paths, (*storage, f"__substg1.0_{tag}"), item, notes)
        if body:
            step = f"__substg1.0_{tag}"
            page = Item(data=body, at=(*item.at, step), inside=Inside.MAIL, depth=item.depth + 1, by_name=False)
            markup.examine_markup(page, "html", notes, body=True)
    folders = sorted(
        {
            p[: level + 1]
            for p in paths
            if p[:level] == storage and len(p) > level and p[level].lower().startswith("__attach_version1.0_")
        }
    )
    for number, folder in enumerate(folders, 1):
        name = _name(ole, paths, folder)
        shown = name or f"attachment {number}"
        inner = (*folder, f"__substg1.0_{_OBJECT}")
        data = _stream(ole, paths, (*folder, f"__substg1.0_{_DATA}"), item, notes)
        if data is not None:
            kind = kinds.identify(data)
            notes.found(Factor.ATTACHMENT, item, "attachment", shown, kind=kind)
            notes.breach("attachment", item, shown, kind=kind)
            notes.inner(item, data, name, Inside.MAIL, step=shown, by_name=bool(name))
        elif any(p[: len(inner)] == inner for p in paths):
            # 2.2.2.1: an embedded message is a storage of its own.
            notes.found(Factor.ATTACHMENT, item, "attached_message", shown)
            notes.breach("attached_message", item, shown)
            _message(ole, paths, inner, item, notes, depth + 1)
        else:
            notes.found(Factor.ATTACHMENT, item, "attachment", shown, kind="?")
            notes.breach("attachment", item, shown, kind="?")
            notes.unseen(Reason.MISSING_BYTES, item, shown)


def _name(ole: Any, paths: list[tuple[str, ...]], folder: tuple[str, ...]) -> str:
    for tag in _LONG_NAME:
        data = _stream(ole, paths, (*folder, f"__substg1.0_{tag}"), None, None)
        if data:
            text = decode_as(data, "utf-16-le") if tag.endswith("1F") else member_name(data)
            return (text or "").rstrip("\0")
    return ""


def _stream(
    ole: Any, paths: list[tuple[str, ...]], path: tuple[str, ...], item: Item | None, notes: Notebook | None
) -> bytes | None:
    found = next((p for p in paths if tuple(x.lower() for x in p) == tuple(x.lower() for x in path)), None)
    if found is None or ole.get_type(list(found)) != 2:  # STGTY_STREAM
        return None
    if ole.get_size(list(found)) > _STREAM:
        if notes is not None and item is not None:
            notes.unseen(Reason.TOO_LARGE, item, "/".join(found))
        return None
    return bytes(ole.openstream(list(found)).read())
