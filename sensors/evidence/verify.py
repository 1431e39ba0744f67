"""Checking a folder of evidence: the chain of its record, and every slice against its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segmentation.model.text import Text
from sensors.evidence import manifest
from sensors.evidence.store import FREEZE, SLICES

_NO_ENTRY = Text(
    "{line}行目は記録として正しくありません（書き換え、または破損）。",
    "Line {line} is no valid entry: changed or damaged.",
)
_BROKEN = Text(
    "{line}行目は前の行につながっていません（行の削除、挿入、並べ替え）。",
    "Line {line} does not follow the line before it: lines were removed, added or moved.",
)
_MISSING = Text("{file}がありません（記録{number}）。", "{file} is missing (entry {number}).")
_CHANGED = Text("{file}の中身が記録{number}の値と一致しません。", "{file} is not what entry {number} says.")
_UNKNOWN = Text("{file}は記録にありません。", "{file} is not in the record.")
_DURING_FREEZE = Text(
    "保全命令の間に{file}が削除されています（記録{number}）。",
    "{file} was removed while a freeze order was in force (entry {number}).",
)
_NO_HEAD = Text(
    "指定されたハッシュ値{head}は記録にありません。記録の末尾が失われているか、別の記録です。",
    "The hash {head} is not in the record: its end was cut off, or it is another record.",
)
_FREEZE_FILE = Text(
    "保全命令の有無が記録と一致しません（freeze.json）。",
    "Whether a freeze order is in force differs between the record and freeze.json.",
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked; no *problems* means that record and slices agree."""

    entries: int
    slices: int
    expired: int
    frozen: bool
    head: str
    problems: tuple[Text, ...]


def verify(folder: Path, head: str = "") -> Verified:
    """Check the whole folder; *head* is a hash noted elsewhere that must stand in the record.  Raises :class:`OSError`."""
    problems: list[Text] = []
    kept: dict[str, manifest.Entry] = {}
    seen: set[str] = set()
    previous, count, expired, frozen = manifest.GENESIS, 0, 0, False
    for line, entry in manifest.entries(folder):
        if entry is None:
            problems.append(_NO_ENTRY.format(line=line))
            previous = ""
            continue
        if entry.previous != previous or entry.number != count + 1:
            problems.append(_BROKEN.format(line=line))
        previous, count = entry.hash, entry.number
        seen.add(entry.hash)
        file = str(entry.values.get("file", ""))
        if entry.kind == "slice":
            kept[file] = entry
        elif entry.kind == "expired":
            expired += 1
            kept.pop(file, None)
            if frozen:
                problems.append(_DURING_FREEZE.format(file=file, number=entry.number))
        elif entry.kind in {"freeze", "unfreeze"}:
            frozen = entry.kind == "freeze"
    problems.extend(_slices(folder, kept))
    if head and head not in seen:
        problems.append(_NO_HEAD.format(head=head))
    if (folder / FREEZE).exists() != frozen:
        problems.append(_FREEZE_FILE)
    return Verified(count, len(kept), expired, frozen, previous, tuple(problems))


def _slices(folder: Path, kept: dict[str, manifest.Entry]) -> Iterator[Text]:
    for file, entry in kept.items():
        path = folder / SLICES / Path(file).name  # the record's own folder, whatever path a forged line names
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            yield _MISSING.format(file=file, number=entry.number)
            continue
        if digest != entry.values.get("sha256"):
            yield _CHANGED.format(file=file, number=entry.number)
    known = {Path(f).name for f in kept}
    for path in sorted((folder / SLICES).glob("*")):
        if path.name not in known:
            yield _UNKNOWN.format(file=f"{SLICES}/{path.name}")
