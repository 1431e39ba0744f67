"""``sekisho evidence``: verify the record, list it, and freeze or release its expiry."""

from __future__ import annotations

import getpass
import json
import time
from pathlib import Path

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import BilingualGroup, command, lang_option, option
from segmentation.commands.language import current_lang
from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from segmentation.report.width import printable

VERIFY_SCHEMA = "sekisho.evidence/1"

_ABOUT = Text("証拠として残したパケットの記録を確認、保全します。", "Check and preserve the packets kept as evidence.")
_VERIFY = Text(
    "記録の連鎖と、各ファイルのハッシュ値を確認します。",
    "Check the chain of the record and the hash of every file in it.",
)
_LIST = Text("残っているパケットのファイルを一覧にします。", "List the slices that are kept.")
_FREEZE = Text(
    "保全命令: 期限や容量による削除を止めます。誰の命令か、理由とともに記録します。",
    "Freeze order: stop the removal by age and room. Recorded with who ordered it and why.",
)
_UNFREEZE = Text("保全命令を解きます。", "End the freeze order.")
_HEAD = Text(
    "別に控えておいたハッシュ値。記録の末尾が切り取られていないことを確かめられます。",
    "A hash noted elsewhere: shows that the end of the record was not cut off.",
)
_FORMAT = Text("出力の形式。", "Format of the output.")
_BY = Text("命令した人または課。省略時は実行した利用者名。", "Who ordered it; else the user who runs the command.")
_REASON = Text("理由（例: 警察への提出、調査中）。", "Why, e.g. handed to the police, under investigation.")
_NO_RECORD = Text(
    "{folder}に証拠の記録（{file}）がありません（{why}）。センサーの --evidence で指定したフォルダーを指定してください。",
    "There is no evidence record ({file}) in {folder}: {why}. Name the folder given to the sensor's --evidence.",
)
_GOOD = Text(
    "記録{entries}行、ファイル{slices}個を確認しました。改変は見つかりませんでした。末尾のハッシュ値: {head}",
    "Checked {entries} entries and {slices} slices: nothing was changed. Hash of the last entry: {head}",
)
_BAD = Text(
    "記録{entries}行、ファイル{slices}個を確認し、問題が{count}件ありました。",
    "Checked {entries} entries and {slices} slices: {count} problems.",
)
_FROZEN = Text("保全命令中です（期限が来ても削除しません）。", "A freeze order is in force: nothing expires.")
_ALREADY = Text("すでに保全命令中です。", "A freeze order is already in force.")
_NOT_FROZEN = Text("保全命令は出ていません。", "No freeze order is in force.")
_DONE = Text("記録しました（記録{number}、ハッシュ値 {hash}）。", "Recorded as entry {number}, hash {hash}.")
_CANNOT = Text("{folder}に書けません（{why}）。", "Cannot write to {folder}: {why}.")

_FOLDER = click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
_FORMAT_OPTION = option(
    "--format", "output_format", text=_FORMAT, type=click.Choice(["text", "json"]), default="text", show_default=True
)  # fmt: skip


@click.group("evidence", cls=BilingualGroup, text=_ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@lang_option
def evidence() -> None:
    """Hold the commands."""


@command("verify", _VERIFY)
@_FOLDER
@option("--head", text=_HEAD, default="", metavar="SHA256")
@_FORMAT_OPTION
def verify_command(folder: Path, head: str, output_format: str) -> int:
    """Check a folder; 1 where something is not as recorded."""
    from sensors.evidence.verify import verify  # noqa: PLC0415

    lang = current_lang()
    try:
        result = verify(folder, head.strip().lower())
    except OSError as e:
        return _no_record(folder, e)
    if output_format == "json":
        document = {
            "schema": VERIFY_SCHEMA, "entries": result.entries, "slices": result.slices, "expired": result.expired,
            "frozen": result.frozen, "head": result.head,
            "problems": [{"ja": p.ja, "en": p.en} for p in result.problems],
        }  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for problem in result.problems:
            click.echo(printable(problem.in_(lang)))
        last = _BAD if result.problems else _GOOD
        values = {"entries": result.entries, "slices": result.slices, "head": result.head, "count": len(result.problems)}
        click.echo(last.format(**values).in_(lang))
        if result.frozen:
            click.echo(_FROZEN.in_(lang))
    return exit_codes.FINDINGS if result.problems else exit_codes.CLEAN


@command("list", _LIST)
@_FOLDER
@_FORMAT_OPTION
def list_command(folder: Path, output_format: str) -> int:
    """One line a slice that is still there, oldest first."""
    from sensors.evidence import manifest  # noqa: PLC0415

    kept: dict[str, manifest.Entry] = {}
    try:
        for _, entry in manifest.entries(folder):
            if entry is not None and entry.kind == "slice":
                kept[str(entry.values.get("file"))] = entry
            elif entry is not None and entry.kind == "expired":
                kept.pop(str(entry.values.get("file")), None)
    except OSError as e:
        return _no_record(folder, e)
    if output_format == "json":
        rows = [{"number": e.number, "at": e.at, **e.values} for e in kept.values()]
        click.echo(json.dumps({"schema": VERIFY_SCHEMA, "slices": rows}, ensure_ascii=False, indent=2))
        return exit_codes.CLEAN
    for entry in kept.values():
        v = entry.values
        pair = f"{v.get('src_zone') or '-'} → {v.get('dst_zone') or '-'}"
        click.echo(printable(f"{entry.at}  {v.get('rule', ''):6}  {pair}  {v.get('packets', 0)}  {v.get('file', '')}"))
    return exit_codes.CLEAN


@command("freeze", _FREEZE)
@_FOLDER
@option("--by", text=_BY, default="")
@option("--reason", text=_REASON, required=True)
def freeze_command(folder: Path, by: str, reason: str) -> int:
    """Put a freeze order in force."""
    return _order(folder, by, reason, frozen=True)


@command("unfreeze", _UNFREEZE)
@_FOLDER
@option("--by", text=_BY, default="")
@option("--reason", text=_REASON, required=True)
def unfreeze_command(folder: Path, by: str, reason: str) -> int:
    """End it."""
    return _order(folder, by, reason, frozen=False)


def _order(folder: Path, by: str, reason: str, *, frozen: bool) -> int:
    from sensors.evidence.manifest import MANIFEST  # noqa: PLC0415
    from sensors.evidence.store import freeze, unfreeze  # noqa: PLC0415

    lang = current_lang()
    try:
        (folder / MANIFEST).stat()
    except OSError as e:
        return _no_record(folder, e)
    try:
        entry = (freeze if frozen else unfreeze)(folder, by=by or getpass.getuser(), reason=reason, at_ns=time.time_ns())
    except FileExistsError:
        click.echo(_ALREADY.in_(lang), err=True)
        return exit_codes.USAGE
    except FileNotFoundError:
        click.echo(_NOT_FROZEN.in_(lang), err=True)
        return exit_codes.USAGE
    except OSError as e:
        click.echo(printable(_CANNOT.format(folder=folder, why=os_reason(e)).in_(lang)), err=True)
        return exit_codes.NOT_UNDERSTOOD
    click.echo(_DONE.format(number=entry.number, hash=entry.hash).in_(lang))
    return exit_codes.CLEAN


def _no_record(folder: Path, error: OSError) -> int:
    from sensors.evidence.manifest import MANIFEST  # noqa: PLC0415

    text = _NO_RECORD.format(folder=folder, file=MANIFEST, why=os_reason(error))
    click.echo(printable(text.in_(current_lang())), err=True)
    return exit_codes.NOT_UNDERSTOOD


for _member in (verify_command, list_command, freeze_command, unfreeze_command):
    evidence.add_command(_member)
