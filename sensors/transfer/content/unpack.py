"""Archives through libarchive: 7z, RAR, CAB, ISO, tar, cpio, ar, compressed streams, and ZIP methods Python does not know."""

from __future__ import annotations

import contextlib
import re
from typing import Any, Final

from sensors.transfer.content import kinds, lzh, streams
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.limits import BoundHitError
from sensors.transfer.mail.charsets import member_name
from sensors.transfer.verdict import Factor, Reason

#: libarchive's words for a lock; it has no code for it before 3.7.
_LOCKED: Final = re.compile(r"encrypt|passphrase|password|cannot decrypt", re.IGNORECASE)
_UNSUPPORTED: Final = re.compile(r"not supported|unsupported|unknown|not implemented|can't", re.IGNORECASE)
_STEP: Final = 256 << 10
_FATAL: Final = -30
#: Compressed streams that are left to libarchive, by the name of its filter.
_FORMATS: Final = {
    "7z": "7zip",
    "rar": "rar",
    "cab": "cab",
    "iso": "iso9660",
    "tar": "tar",
    "cpio": "cpio",
    "ar": "ar",
    "xar": "xar",
}
_FILTERS: Final = {"lz4": "lz4", "z": "compress", "lzip": "lzip"}


class _StoppedError(Exception):
    """An archive that cannot be read on; what is wrong is noted already."""


def libarchive() -> Any | None:
    """The bindings, or ``None`` where the system library is missing."""
    try:
        import libarchive as bindings  # noqa: PLC0415 - looks for the system library on import
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    return bindings


def examine_archive(item: Item, kind: str, notes: Notebook) -> None:
    """Examine the members of any archive that is not a ZIP."""
    if kind == "lzh":
        lzh.examine_lzh(item, notes)
        return
    if streams.readable(kind):
        try:
            data = streams.expand(item, kind, notes)
        except BoundHitError as error:
            notes.bound(error, item)
            return
        if data:
            examine_member(data, _stem(item.name), item, notes)
        return
    bindings = libarchive()
    if bindings is None:
        notes.unseen(Reason.TOOL_MISSING, item)
        return
    before = (len(notes.factors), notes.account.members)
    try:
        _members(bindings, item, kind, notes)
    except BoundHitError as error:
        notes.bound(error, item)
    except _StoppedError:
        pass
    except bindings.exception.ArchiveError as error:
        _refused(str(error), item, kind, notes)
    if kind in {"7z", "rar"} and (before[1] == notes.account.members or kind == "rar"):
        _flags(item, kind, notes)


def _members(bindings: Any, item: Item, kind: str, notes: Notebook) -> None:
    single = kind in _FILTERS
    # Only the outermost filter: a stream that holds itself would be peeled without end.
    # And only the format it is: asked for all of them, libarchive prefers a ZIP that is stored inside to the RAR around it.
    form = "rar5" if item.data[6:7] == b"\x01" and kind == "rar" else _FORMATS.get(kind, "all")
    with bindings.memory_reader(item.data, format_name=form, filter_name=_FILTERS.get(kind, "none")) as archive:
        try:
            for entry in archive:
                raw = bindings.ffi.entry_pathname(entry._entry_p) or b""  # noqa: SLF001 - names must be had as bytes
                name = _name(raw)
                if not (single and raw in {b"", b"data"}):
                    examine_path(name, item, notes)
                if entry.islnk or entry.issym:
                    examine_link(name, str(entry.linkname or ""), item, notes)
                    continue
                if not entry.isfile:
                    continue
                data = _content(bindings, entry, name, item, notes)
                if data is not None:
                    examine_member(data, name, item, notes)
                else:
                    notes.account.member()
                    examine_unread_name(name, item, notes)
        except bindings.exception.ArchiveError as error:
            if not single or notes.account.members:
                raise
            failure = str(error)
        else:
            return
    _single_stream(bindings, item, kind, notes, failure)


def _name(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return member_name(raw)


def _content(bindings: Any, entry: Any, name: str, item: Item, notes: Notebook) -> bytes | None:
    out = bytearray()
    try:
        for block in entry.get_blocks(_STEP):
            out += block
            notes.account.output(len(block))
            notes.account.ratio(len(out), len(item.data))
            if len(out) > notes.limits.file_bytes:
                notes.unseen(Reason.TOO_LARGE, item, name)
                break
    except bindings.exception.ArchiveError as error:
        _refused(str(error), item, "", notes, name)
        # archive_read(3): after ARCHIVE_FATAL (-30) nothing more may be asked; 3.6.2 crashes on a broken CAB if it is.
        if (error.retcode or 0) <= _FATAL:
            raise _StoppedError from error
        return bytes(out) or None
    return bytes(out)


def _single_stream(bindings: Any, item: Item, kind: str, notes: Notebook, failure: str) -> None:
    """A compressed file that is no archive of files; the name is the outer one without its last extension."""
    out = bytearray()
    try:
        with bindings.memory_reader(item.data, format_name="raw", filter_name=_FILTERS[kind]) as archive:
            for entry in archive:
                for block in entry.get_blocks(_STEP):
                    out += block
                    notes.account.output(len(block))
                    notes.account.ratio(len(out), len(item.data))
                    if len(out) > notes.limits.file_bytes:
                        notes.unseen(Reason.TOO_LARGE, item)
                        break
                break
    except bindings.exception.ArchiveError as error:
        _refused(str(error) or failure, item, kind, notes)
        if not out:
            return
    examine_member(bytes(out), _stem(item.name), item, notes)


def _stem(name: str) -> str:
    """The name of what a compressed stream holds: the outer one without its last extension."""
    stem, _, suffix = name.rpartition("/")[2].rpartition(".")
    if suffix.lower() in {"tgz", "tbz", "txz"}:
        return f"{stem}.tar"
    return stem if suffix.lower() in {"gz", "bz2", "xz", "zst", "z", "lz4", "lz", "lzma"} else ""


def _refused(words: str, item: Item, kind: str, notes: Notebook, *where: str) -> None:
    """What libarchive said when it would not read on."""
    if _LOCKED.search(words):
        notes.found(Factor.ENCRYPTED, item, "encrypted_member" if where else "encrypted_archive", *where)
        notes.unseen(Reason.ENCRYPTED, item, *where)
    elif _UNSUPPORTED.search(words) or (item.data[:4] == b"Rar!" and _listed_by_another(item.data)):
        # What one reader does not know, or knows and cannot unpack, is not broken for that.
        notes.unseen(Reason.UNSUPPORTED, item, *where)
    else:
        notes.found(Factor.MALFORMED, item, "malformed", *where, kind=kind or kinds.identify(item.data))
        notes.unseen(Reason.DAMAGED, item, *where)


def _flags(item: Item, kind: str, notes: Notebook) -> None:
    """Encryption by the archive's own flags, where libarchive 3.6 does not tell it."""
    if kind == "7z":
        # 7zFormat.txt: method 06 F1 07 01 is AES-256 with SHA-256; it stands in the headers, or the headers are in it.
        if b"\x24\x06\xf1\x07\x01" in item.data[32:]:
            _unlock(item, notes)
            notes.found(Factor.ENCRYPTED, item, "encrypted_archive")
            notes.unseen(Reason.ENCRYPTED, item)
        return
    locked = _rar_locked(item.data)
    if locked:
        _unlock(item, notes)
        notes.found(Factor.ENCRYPTED, item, "encrypted_archive")
        notes.unseen(Reason.ENCRYPTED, item)


def _unlock(item: Item, notes: Notebook) -> None:
    """An encrypted archive looks broken to a reader without the password; that is not a second fault."""
    place = item.place()
    for found in [f for f in notes.factors if f.factor is Factor.MALFORMED and f.where.startswith(place)]:
        del notes.factors[found]
    for gap in [g for g in notes.gaps if g.reason is Reason.DAMAGED and g.where.startswith(place)]:
        del notes.gaps[gap]


def _rar_locked(data: bytes) -> bool:
    import io  # noqa: PLC0415 - with the library that needs it

    try:
        import rarfile  # noqa: PLC0415 - only for RAR

        with rarfile.RarFile(io.BytesIO(data)) as archive:
            return bool(archive.needs_password())
    except rarfile.NeedFirstVolume:
        return False
    except Exception as error:  # noqa: BLE001 - a reader of hostile headers
        return "password" in str(error).lower() or "encrypt" in str(error).lower()


def _listed_by_another(data: bytes) -> bool:
    """Whether rarfile reads the headers of a RAR to their end."""
    import io  # noqa: PLC0415 - with the library that needs it

    try:
        import rarfile  # noqa: PLC0415 - only for RAR

        with rarfile.RarFile(io.BytesIO(data), errors="strict") as archive:
            return bool(archive.infolist())
    except Exception:  # noqa: BLE001 - a reader of hostile headers
        return False


def one_member(item: Item, notes: Notebook, wanted: str) -> bytes | None:
    """The content of one ZIP member by libarchive; ``None`` where it cannot be read.  Raises :class:`BoundHitError`."""
    bindings = libarchive()
    if bindings is None:
        return None
    reader = bindings.memory_reader(item.data, format_name="zip", filter_name="none")
    with contextlib.suppress(bindings.exception.ArchiveError, UnicodeError), reader as archive:
        for entry in archive:
            raw = bindings.ffi.entry_pathname(entry._entry_p) or b""  # noqa: SLF001 - names must be had as bytes
            if wanted.encode("utf-8", "replace") != raw and wanted.encode("cp437", "replace") != raw:
                continue
            out = bytearray()
            for block in entry.get_blocks(_STEP):
                out += block
                notes.account.output(len(block))
                notes.account.ratio(len(out), len(item.data))
                if len(out) > notes.limits.file_bytes:
                    notes.unseen(Reason.TOO_LARGE, item, wanted)
                    break
            return bytes(out)
    return None


def examine_member(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    """Examine one member that was unpacked from *item*; archives in it are named, and opened down to the depth bound."""
    kind = kinds.identify(data, name.rpartition(".")[2].lower())
    outer = kinds.identify(item.data)
    # tar.gz and the like are one archive of two layers.
    layered = kind in {"tar", "cpio"} and outer in {"gz", "bz2", "xz", "zst", "lz4", "z", "lzip", "lzma"}
    if kind in kinds.ARCHIVE and not layered and not _is_document(kind, data):
        notes.found(Factor.NESTED_ARCHIVE, item, "nested_archive", name or "data", kind=kind)
        if item.archives + 1 >= notes.limits.depth:
            # The archive at the last depth is named and not opened.
            notes.unseen(Reason.TOO_DEEP, item, name)
            if kind == outer and kind in {"gz", "bz2", "xz", "zip"} and item.archives + 1 >= notes.limits.depth:
                notes.found(Factor.ARCHIVE_BOMB, item, "bomb_depth")
            return
    notes.inner(item, data, name, Inside.ARCHIVE, step=name or "data", by_name=bool(name), layer=layered)


def _is_document(kind: str, data: bytes) -> bool:
    """Whether a ZIP is a document by its members' names; looked for in the raw bytes, which is enough to tell them apart."""
    return kind == "zip" and (b"[Content_Types].xml" in data or data[30:38] == b"mimetype" or b"META-INF/MANIFEST.MF" in data)


def examine_path(name: str, item: Item, notes: Notebook) -> None:
    """A member name that leaves the target folder: absolute, with a drive, or with ``..``."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/"):
        notes.found(Factor.PATH_TRAVERSAL, item, "traversal", name)


def examine_link(name: str, target: str, item: Item, notes: Notebook) -> None:
    """A link in an archive whose target is outside."""
    plain = target.replace("\\", "/")
    depth = len([p for p in name.replace("\\", "/").split("/")[:-1] if p not in {"", "."}])
    for step in plain.split("/"):
        depth += -1 if step == ".." else 1 if step not in {"", "."} else 0
        if depth < 0:
            break
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or depth < 0:
        notes.found(Factor.PATH_TRAVERSAL, item, "link_traversal", name)


def examine_unread_name(name: str, item: Item, notes: Notebook) -> None:
    """A member whose content is locked still shows its name, and a name that runs is a factor."""
    from sensors.transfer.content.names import RUN  # noqa: PLC0415 - names looks at archives too

    made = Item(data=b"", name=name, at=(*item.at, name), inside=Inside.ARCHIVE)
    if made.suffix in RUN:
        notes.found(Factor.EXECUTABLE, made, "executable_name", suffix=made.suffix)
