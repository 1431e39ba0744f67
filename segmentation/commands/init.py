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
from segmentation.model.os_reasons import os_reason
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
_NEXT = (
    Text("次にすること:", "What to do next:"),
    Text(
        "1. {path} を開き、例として入っているアドレスや名称を自団体のものに書き換えます。",
        "1. Open {path} and replace the example addresses and names by your own.",
    ),
    Text(
        "2. 「sekisho check {path}」を実行します。誤りは行番号とともに表示されます（終了コード 3）。",
        "2. Run 'sekisho check {path}'. Mistakes are shown with their lines (exit code 3).",
    ),
    Text(
        "   承認・点検・連絡先などを記入するまでは、それらが「ない」という指摘が並び、終了コードは 1 になります。"
        "ひな形の誤りではありません。行頭の「#」を外した記入例で、1 件ずつ埋めてください。",
        "   Until approvals, checks, contacts and so on are entered, it lists what is missing and ends with exit code 1: "
        "that is no fault of the file. Fill in the examples that begin with '#', finding by finding.",
    ),
    Text(
        "   指摘の意味と直し方は「sekisho rules show 番号 --profile {profile}」で調べられます。",
        "   What a finding means and what to do: 'sekisho rules show ID --profile {profile}'.",
    ),
    Text(
        "3. 装置の設定を「sekisho lint --zones {path} 設定ファイル」で点検します。",
        "3. Check the configurations of devices with 'sekisho lint --zones {path} CONFIGURATION'.",
    ),
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
        click.echo(_FAILED.format(path=path, why=os_reason(error)).in_(lang), err=True)
        return exit_codes.USAGE
    click.echo(_WRITTEN.format(path=path).in_(lang))
    for line in _NEXT:
        click.echo(line.format(path=path, profile=profile).in_(lang))
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
