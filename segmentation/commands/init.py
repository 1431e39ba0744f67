"""``sekisho init``: a commented zone file to fill in."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import command, option
from segmentation.commands.language import current_lang
from segmentation.model.text import Text
from segmentation.zonefile.starter import TEMPLATES, starter

FILE = "zones.toml"
_ABOUT = Text(
    "記入用の zones.toml をひな形から作ります。DIR を省くと今のフォルダーに作ります。既にあるファイルは上書きしません。",
    "Write a commented zones.toml to fill in, in DIR or the current folder. An existing file is never overwritten.",
)
_PROFILE = Text("規程プロファイルの名前。", "Name of the policy profile.")
_EXISTS = Text(
    "{path} は既にあるため、何も書きませんでした。別のフォルダーを指定するか、元のファイルを移してください。",
    "{path} exists already; nothing was written. Name another folder, or move the file away.",
)
_FAILED = Text("{path} に書けません（{why}）。", "{path} cannot be written ({why}).")
_WRITTEN = Text("{path} を作りました。", "Wrote {path}.")
_NEXT = Text(
    "次は、書き換えてから「sekisho check {path}」を実行してください。未記入の台帳や承認は、指摘として表示されます。",
    "Next: fill it in, then run 'sekisho check {path}'. Registers and approvals not entered yet are shown as findings.",
)


@command("init", _ABOUT)
@click.argument("directory", metavar="[DIR]", required=False, default=".", type=click.Path(path_type=Path))
@option("--profile", text=_PROFILE, type=click.Choice(list(TEMPLATES)), required=True)
def init(directory: Path, profile: str) -> int:
    """Write the starter; the return value is the exit code."""
    lang = current_lang()
    path = directory / FILE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        create(path, starter(profile, lang).encode("utf-8"))
    except FileExistsError:
        there = path if os.path.lexists(path) else directory
        click.echo(_EXISTS.format(path=there).in_(lang), err=True)
        return exit_codes.USAGE
    except OSError as error:
        click.echo(_FAILED.format(path=path, why=error.strerror or "?").in_(lang), err=True)
        return exit_codes.USAGE
    click.echo(_WRITTEN.format(path=path).in_(lang))
    click.echo(_NEXT.format(path=path).in_(lang))
    return exit_codes.CLEAN


def create(path: Path, data: bytes) -> None:
    """Create *path* with *data*, whole or not at all.  Raises :class:`FileExistsError` rather than replace anything."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)  # mkstemp gives 0600; a zone file is read by colleagues and by the sensor's account
        path.hardlink_to(temporary)  # link(2) fails if the name exists, even as a dangling link; rename(2) would replace it
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
