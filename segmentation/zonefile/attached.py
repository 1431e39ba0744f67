"""Files a zone file refers to: ledgers are read, attachments are hashed, configurations must be there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.zonefile import positions
from segmentation.zonefile.ledger import read_ledger
from segmentation.zonefile.names import Registry
from segmentation.zonefile.source import read_bytes

_NO_LEDGER = Text("台帳「{file}」がありません。", "The ledger '{file}' is missing.")
_NO_CONFIG = Text(
    "装置「{id}」の設定ファイル「{file}」がありません。", "The configuration '{file}' of device '{id}' is missing."
)
_NO_ATTACHMENT = Text("添付文書「{file}」がありません。", "The attachment '{file}' is missing.")
_CHANGED = Text(
    "添付文書「{file}」の内容が記録された SHA-256 と違います。",
    "The attachment '{file}' is not the one whose SHA-256 is recorded.",
)
_ACTUAL = Text(
    "今の値は {sha256} です。差し替えた経緯を確かめてから書き換えてください。",
    "its value is now {sha256}; find out why it was replaced before writing that here",
)
_BELOW = Text("このファイルからの相対パスで、ある場所", "a path relative to this file that exists")


def read_ledgers(reg: Registry, base: Path | None) -> None:
    """Read every ledger CSV; one that is missing is a warning."""
    files = reg.tree.get("ledger", {}).get("files", ())
    for n, file in enumerate(files):
        path = ("ledger", "files", n)
        if base is None or not _is_file(base, file):
            reg.sink.warning(path, _NO_LEDGER.format(file=file), _BELOW)
            continue
        name = str(Path(reg.sink.name).parent / file)  # beside the zone file, under the name the user gave that
        source = read_bytes(base / file, name)
        if source.problem is not None:
            reg.sink.add(source.problem)
        else:
            read_ledger(reg, source.data, name)


def check_attached(reg: Registry, model: ZoneModel, base: Path | None) -> None:
    """Configurations and attachments: missing ones are warnings, a hash that differs is an error."""
    if base is None:
        return
    for device in model.devices.values():
        if device.config and not _exists(base, device.config):
            path = ("devices", reg.ids["devices"][device.id], "config")
            reg.sink.warning(path, _NO_CONFIG.format(id=device.id, file=device.config), _BELOW)
    for exception in model.exceptions.values():
        row = ("exceptions", reg.ids["exceptions"][exception.id], "attachments")
        for n, attachment in enumerate(exception.attachments):
            _check_hash(reg, base, attachment.path, attachment.sha256, (*row, n))


def _check_hash(reg: Registry, base: Path, file: str, recorded: str, path: positions.Path) -> None:
    if not _is_file(base, file):
        reg.sink.warning((*path, "path"), _NO_ATTACHMENT.format(file=file), _BELOW)
        return
    if not recorded:
        return
    source = read_bytes(base / file, file)
    if source.problem is not None:
        reg.sink.warning((*path, "path"), source.problem.message)
    elif (actual := hashlib.sha256(source.data).hexdigest()) != recorded:
        reg.sink.error((*path, "sha256"), _CHANGED.format(file=file), _ACTUAL.format(sha256=actual))


def _is_file(base: Path, file: str) -> bool:
    try:
        return bool(file) and (base / file).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _exists(base: Path, file: str) -> bool:
    try:
        return (base / file).exists()
    except (OSError, ValueError):
        return False
