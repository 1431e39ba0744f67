"""The examination: what a piece of content is decides who looks into it; whatever goes wrong there is noted, never silent."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sensors.transfer.content import (
    executables,
    images,
    kinds,
    markup,
    odf,
    onenote,
    ooxml,
    pdf,
    rtf,
    signatures,
    tables,
    unpack,
    ziparchive,
)
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.limits import BoundHitError, Limits
from sensors.transfer.content.names import examine_name
from sensors.transfer.content.ole import examine_ole
from sensors.transfer.mail import message, smime, tnef
from sensors.transfer.verdict import ContentVerdict, Factor, Gap, Reason

#: Disk images and archives that nothing here opens.
_CLOSED: Final = frozenset(
    {
        "vhd",
        "vhdx",
        "vmdk",
        "qcow",
        "img",
        "wim",
        "squashfs",
        "installshield",
        "egg",
        "alz",
        "arj",
        "ace",
        "xdw",
        "pst",
        "mdb",
        "accdb",
    }
)
_TEXTUAL: Final = frozenset({"txt", "csv", "json", "md", "html", "svg", "xml", "hta", "eml", "slk", "iqy", "url", "reg", "wsf"})
#: Types without an inside in which anything could act, once they were recognised.
_INERT: Final = frozenset(
    {"txt", "json", "md", "ps", "wav", "avi", "mp3", "mp4", "ogg", "flac", "mkv", "riff", "empty", "sqlite", "emf"}
)


def examine(
    data: bytes,
    name: str = "",
    declared: str = "",
    *,
    limits: Limits | None = None,
    size: int | None = None,
    sha256: str = "",
    time_over: type[BaseException] | None = None,
) -> ContentVerdict:
    """The verdict about one file given as bytes.

    ``size`` and ``sha256``: of the whole file, when *data* is only its beginning; the verdict is then incomplete.
    ``time_over``: what a signal handler raises when the time is up; what was found until then is kept.
    """
    limits = limits or Limits()
    notes = Notebook(look, limits)
    whole = len(data) if size is None else size
    item = Item(data=data[: limits.file_bytes], name=name, declared=declared, missing=whole > min(len(data), limits.file_bytes))
    if item.missing:
        notes.unseen(Reason.TOO_LARGE if whole > limits.file_bytes else Reason.MISSING_BYTES, item)
    kind = kinds.identify(item.data, item.suffix)
    try:
        kind = look(notes, item)
    except BaseException as error:
        if time_over is None or not isinstance(error, time_over):
            raise
        notes.unseen(Reason.OUT_OF_TIME, item)
    return ContentVerdict(
        name=name,
        size=whole,
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        type=kind,
        factors=tuple(sorted(notes.factors)),
        gaps=tuple(sorted(notes.gaps)),
        mail_text=notes.mail_text,
        breaches=tuple(notes.breaches),
        members=notes.account.members,
    )


def look(notes: Notebook, item: Item) -> str:
    """Examine one piece of content, of the file or inside it; returns its type."""
    kind = kinds.identify(item.data, item.suffix)
    if kind in _TEXTUAL and b"\0" in item.data and (plain := kinds.without_padding(item.data)) is not item.data:
        item = replace(item, data=plain)
    if item.declared == "message/rfc822" and kind in {"txt", "data", "csv", "html", "md", "json"}:
        kind = "eml"  # SMTP carried it, so its receiver reads it as a message
    try:
        signatures.examine_signatures(item, notes)
        kind = _inside(item, kind, notes)
    except BoundHitError as error:
        notes.bound(error, item)
        if item.depth:
            examine_name(item, kind, notes)
            raise
    except MemoryError:
        notes.unseen(Reason.OUT_OF_MEMORY, item)
    except RecursionError:
        notes.unseen(Reason.TOO_DEEP, item)
    except ImportError:
        notes.unseen(Reason.TOOL_MISSING, item)
    except Exception:  # noqa: BLE001 - hostile input reached a fault in a reader: the rest of the file is still judged
        notes.found(Factor.MALFORMED, item, "malformed", kind=kind)
        notes.unseen(Reason.DAMAGED, item)
    # Of a container that does not open it is not known what it was meant to be.
    unopened = kind in {"zip", "ole"} and Gap(Reason.DAMAGED, item.place()) in notes.gaps
    examine_name(item, "data" if unopened else kind, notes)
    return kind


Reader = Callable[[Item, str, Notebook], None]


def _inside(item: Item, kind: str, notes: Notebook) -> str:
    """Who looks into which type; some types show only when they are opened."""
    if kind == "zip" or (kind in {"data", "txt"} and ziparchive.ends_as_zip(item.data)):
        return _zip(item, notes)
    if kind == "ole":
        kind = examine_ole(item, notes)
        images.examine_polyglot(item, "ole", notes)
        return kind
    if kind == "iso" and _bare_image(item):
        return kind
    if (reader := _READERS.get(kind)) is not None:
        reader(item, kind, notes)
    elif kind in kinds.EXECUTABLE:
        executables.examine_executable(item, kind, notes)
    elif kind in _CLOSED:
        notes.unseen(Reason.UNSUPPORTED, item)
    elif kind in kinds.ARCHIVE:
        if item.archives >= notes.limits.depth:
            notes.unseen(Reason.TOO_DEEP, item)
        else:
            unpack.examine_archive(item, kind, notes)
    elif kind in kinds.IMAGES:
        images.examine_image(item, kind, notes)
    elif kind == "data":
        _unknown(item, notes)
    elif kinds.libmagic() is None and kind not in _INERT:
        notes.unseen(Reason.TOOL_MISSING, item)
    images.examine_polyglot(item, kind, notes)
    return kind


def _unknown(item: Item, notes: Notebook) -> None:
    """Bytes of no known type: nothing is known about them, which is not the same as nothing being in them."""
    if item.inside is not Inside.DOCUMENT:  # a document is full of parts that only its program knows
        notes.unseen(Reason.UNSUPPORTED, item)
    if kinds.libmagic() is None:
        notes.unseen(Reason.TOOL_MISSING, item)
    elif item.inside is not Inside.DOCUMENT:
        text = kinds.decode_text(item.data)
        if text is not None:
            executables.examine_script(item, "data", text, notes)


def _bare_image(item: Item) -> bool:
    """A volume descriptor and nothing behind it: an image without files."""
    return len(item.data) < 34816


def _text(item: Item, kind: str, notes: Notebook) -> None:
    text = kinds.decode_text(item.data)
    if text is None:
        text = item.data.decode("latin-1")
    executables.examine_script(item, kind, text, notes)
    if kind in {"csv", "txt"}:
        tables.examine_csv(item, text, notes, certain=kind == "csv" or item.suffix in {"csv", "tsv"})
    if item.inside is not Inside.MAIL:
        markup.smuggled(text, item, notes)


def _script(item: Item, kind: str, notes: Notebook) -> None:
    executables.examine_executable(item, kind, notes)
    markup.smuggled(kinds.decode_text(item.data) or item.data.decode("latin-1"), item, notes)


def _hta(item: Item, kind: str, notes: Notebook) -> None:
    executables.examine_executable(item, kind, notes)
    markup.examine_markup(item, kind, notes)


def _markup(item: Item, kind: str, notes: Notebook) -> None:
    markup.examine_markup(item, kind, notes)
    if kind == "xml":
        markup.examine_word_xml(item, notes)


def _program(item: Item, kind: str, notes: Notebook) -> None:
    executables.examine_executable(item, kind, notes)
    if kind in {"pe", "dos"}:
        images.examine_sfx(item, notes)


_READERS: Final[dict[str, Reader]] = {
    "pe": _program, "dos": _program, "lnk": lambda i, _, n: executables.examine_lnk(i, n),
    "url": lambda i, _, n: executables.examine_url(i, n), "iqy": lambda i, _, n: executables.examine_iqy(i, n),
    "pdf": lambda i, _, n: pdf.examine_pdf(i, n), "rtf": lambda i, _, n: rtf.examine_rtf(i, n),
    "one": lambda i, _, n: onenote.examine_onenote(i, n), "slk": lambda i, _, n: tables.examine_slk(i, n),
    "html": _markup, "svg": _markup, "xml": _markup, "hta": _hta, "txt": _text, "csv": _text, "json": _text,
    "md": _text, "php": _text,
    "eml": lambda i, _, n: message.examine_message(i, n), "tnef": lambda i, _, n: tnef.examine_tnef(i, n),
    "mso": lambda i, _, n: markup.examine_active_mime(i, n),
    "p7m": lambda i, _, n: smime.examine_cms(i, n), **dict.fromkeys(("sh", "bat", "py", "reg", "wsf", "script"), _script),
}  # fmt: skip


def _zip(item: Item, notes: Notebook) -> str:
    archive = ziparchive.open_zip(item.data)
    if archive is None and ziparchive.locked(item.data):
        notes.found(Factor.ENCRYPTED, item, "encrypted_archive")
        notes.unseen(Reason.ENCRYPTED, item)
        return "zip"
    if archive is None:
        notes.found(Factor.MALFORMED, item, "malformed", kind="zip")
        notes.unseen(Reason.DAMAGED, item)
        if b"PK\x01\x02" not in item.data[-65557:] or not item.missing:
            unpack.examine_archive(item, "zip", notes)
        return "zip"
    with archive:
        names = {i.filename: i for i in archive.infolist()}
        kind = _zip_type(archive, names, item, notes)
        if kind in {"jar", "apk"}:
            executables.examine_executable(item, kind, notes)
        if kind == "zip" or kind in {"jar", "apk"}:
            if item.archives >= notes.limits.depth:
                notes.unseen(Reason.TOO_DEEP, item)
            else:
                ziparchive.examine_zip(archive, item, notes)
        elif kind.startswith(("od", "ot")):
            odf.examine_odf(archive, item, notes)
        else:
            ziparchive.examine_directory(archive, item, notes)
            ooxml.examine_package(archive, item, notes, _content_types(archive, names, item, notes))
        if (start := ziparchive.prefix(item.data, archive)) > 0:
            _prefix(item, start, kind, notes)
    return kind


def _content_types(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], item: Item, notes: Notebook) -> bytes:
    info = next((i for n, i in names.items() if n.lower() == "[content_types].xml"), None)
    return b"" if info is None else ziparchive.read_member(archive, info, item, notes) or b""


def _zip_type(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], item: Item, notes: Notebook) -> str:
    low = {n.lower() for n in names}
    if "[content_types].xml" in low:
        return ooxml.package_type(names, _content_types(archive, names, item, notes))
    if "mimetype" in names and (
        found := odf.package_type(ziparchive.read_member(archive, names["mimetype"], item, notes) or b"")
    ):
        return found
    if "androidmanifest.xml" in low and "classes.dex" in low:
        return "apk"
    if "meta-inf/manifest.mf" in low and any(n.endswith(".class") for n in low):
        return "jar"
    return "zip"


def _prefix(item: Item, start: int, kind: str, notes: Notebook) -> None:
    """Bytes before the first member: a program makes it self-extracting, another file makes it two files."""
    first = kinds.identify(item.data[:start])
    if first in kinds.EXECUTABLE | kinds.IMAGES | {"pdf", "html", "rtf"}:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=first, second=kind)


def head_type(data: bytes) -> str:
    """The type of a file by its first bytes, for names and records; the inside is not opened."""
    try:
        return kinds.identify(data)
    except (struct.error, IndexError, ValueError):
        return "data"
