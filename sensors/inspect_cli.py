"""``sekisho inspect``: what is in files at rest, mail, archives, documents, by the same examination as in transfers."""

from __future__ import annotations

import datetime as dt
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from segmentation.commands import exit_codes
from segmentation.commands.basis import basis_options, load_basis
from segmentation.commands.bilingual import command, option
from segmentation.commands.language import current_lang
from segmentation.commands.reporting import Reporting, load_baseline, reporting_options, wants_colour, write_file
from segmentation.model.os_reasons import os_reason
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.profiles.loader import BASE, load_policy
from segmentation.report.output import encode
from segmentation.report.run import PolicyInfo, ToolInfo
from segmentation.report.width import printable

if TYPE_CHECKING:
    from sensors.transfer.report import InspectRun
    from sensors.transfer.sink import FileSink
    from sensors.transfer.verdict import ContentVerdict
    from sensors.transfer.worker.pool import Inspector

_ABOUT = Text(
    "ファイル（メール、書庫、文書など）の中身に、無害化で取り除くべき危険因子があるかを調べます。"
    "フォルダーはその中すべて、- は標準入力です。",
    "Look into files (mail, archives, documents) for what sanitizing should have removed. "
    "Folders with all they hold; - is standard input.",
)
_RULES = Text("検査ルール（YARA-X）のフォルダー。省略可。", "Folder of YARA-X rules to apply as well.")
_CLAMD = Text("ClamAV（clamd）のソケット。省略可。", "Socket of ClamAV's clamd to ask as well.")
_NAME = Text("標準入力のファイル名（種類との不一致を調べるため）。", "Name of standard input, to compare with its type.")
_SECONDS = Text("1ファイルにかける時間の上限（秒）。", "Time limit for one file, in seconds.")
_CANNOT_READ = Text("{file} を読めません（{why}）。", "Cannot read {file}: {why}.")
_NOT_REGULAR = Text("{file} は通常のファイルではないため、調べません。", "{file} is not a regular file and is not looked into.")
_NO_WORKER = Text("検査プロセスを起動できません（{why}）。", "The inspecting process cannot be started: {why}.")
_BAD_RULES = Text("検査ルールを読めません（{why}）。", "The rules cannot be read: {why}.")
_LESS = Text(
    "この環境では検査プロセスの隔離の一部ができません: {what}",
    "On this machine the inspecting process lacks a part of its isolation: {what}",
)
_STEPS: Final = {
    "separate": Text("別の利用者での実行", "another user"),
    "namespaces": Text("ネットワークなどの名前空間の分離", "namespaces of its own (network)"),
    "no_new_privs": Text("権限取得の禁止", "no new privileges"),
    "private": Text("専用の一時フォルダー", "private temporary folders"),
}
_WRITTEN = Text("レポートを {file} に書きました。", "Wrote the report to {file}.")
_PROGRESS = Text("{done} / {all} ファイル", "{done} of {all} files")
_STDIN: Final = "-"


@command("inspect", _ABOUT)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True, readable=False)
)
@basis_options
@reporting_options
@option("--rules", text=_RULES, type=click.Path(path_type=Path, exists=True))
@option("--clamd", text=_CLAMD, type=click.Path(path_type=Path))
@option("--name", "stdin_name", text=_NAME, default="", metavar="NAME")
@option("--seconds", text=_SECONDS, type=click.IntRange(1, 3600), default=60, show_default=True)
def inspect(
    files: tuple[Path, ...],
    zones: Path | None,
    profile: str | None,
    overlays: tuple[Path, ...],
    at: dt.datetime | None,
    reporting: Reporting,
    rules: Path | None,
    clamd: Path | None,
    stdin_name: str,
    seconds: int,
) -> int:
    """Examine everything, write the report; returns the exit code."""
    from sensors.transfer.content.limits import Limits  # noqa: PLC0415 - only who inspects pays
    from sensors.transfer.worker.pool import Inspector, WorkerUnavailableError  # noqa: PLC0415 - the same

    baseline = load_baseline(reporting, "sekisho.inspect/1")
    if isinstance(baseline, int):
        return baseline
    judged = _policy(zones, profile, overlays, at)
    if isinstance(judged, int):
        return judged
    missing = [f for f in files if str(f) != _STDIN and not os.path.lexists(f)]
    for path in missing:
        _say(_CANNOT_READ.format(file=path, why=Text("ファイルがありません", "no such file")))
    if missing:
        return exit_codes.USAGE
    limits = Limits(wall_seconds=seconds, cpu_seconds=min(seconds, Limits().cpu_seconds))
    try:
        with Inspector(limits, rules=rules) as inspector:
            if inspector.rules_problem:
                _say(_BAD_RULES.format(why=inspector.rules_problem))
                return exit_codes.USAGE
            if inspector.missing:
                _say(_less(inspector.missing))
            verdicts, unread = _examine_all(files, stdin_name, inspector, clamd)
    except WorkerUnavailableError as error:
        _say(_NO_WORKER.format(why=str(error)))
        return exit_codes.INTERNAL
    run = _run(verdicts, unread, *judged, at)
    if baseline is not None:
        from segmentation.report.baseline import compare  # noqa: PLC0415 - only with a baseline
        from sensors.transfer import report  # noqa: PLC0415 - the same

        compared = compare(run, baseline, str(reporting.baseline))
        assert isinstance(compared, report.InspectRun)
        run = compared
    return _publish(run, reporting)


def _less(missing: Sequence[str]) -> Text:
    """What the inspecting process could not give up here."""
    parts = [_STEPS.get(m.partition(" ")[0], Text(m, m)) for m in missing]
    return _LESS.format(what=Text("、".join(p.ja for p in parts), ", ".join(p.en for p in parts)))


def _policy(
    zones: Path | None, profile: str | None, overlays: tuple[Path, ...], at: dt.datetime | None
) -> tuple[Policy, PolicyInfo, int] | int:
    """The policy whose clauses are cited; without a zone model or a profile the report cites none."""
    if zones is None and profile is None and not overlays:
        policy = replace(load_policy(BASE), clauses={})
        return policy, PolicyInfo(profile=""), 540
    basis = load_basis(zones, profile, overlays, at)
    if isinstance(basis, int):
        return basis
    info = PolicyInfo.of(basis.policy, basis.model if zones is not None else None)
    return basis.policy, info, basis.model.utc_offset_minutes


def _examine_all(
    files: Sequence[Path], stdin_name: str, inspector: Inspector, clamd: Path | None
) -> tuple[list[ContentVerdict], list[Text]]:
    """The verdicts in order, and a sentence for each file or folder that could not be read at all."""
    verdicts: list[ContentVerdict] = []
    unread: list[Text] = []
    found = list(_listed(files, unread))
    for number, path in enumerate(found, 1):
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{_PROGRESS.format(done=number, all=len(found)).in_(current_lang())}", err=True, nl=False)
        shown = (stdin_name or _STDIN) if str(path) == _STDIN else str(path)
        sink = _sink(path, inspector)
        if isinstance(sink, Text):
            unread.append(sink)
        else:
            verdicts.append(_one(sink, path, shown, stdin_name, inspector, clamd))
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)  # ECMA-48 8.3.41 EL: erase to the end of the line
    for problem in unread:
        _say(problem)
    return verdicts, unread


def _one(sink: FileSink, path: Path, shown: str, stdin_name: str, inspector: Inspector, clamd: Path | None) -> ContentVerdict:
    """One file; ClamAV is asked before the spool is given back."""
    from sensors.transfer import clamd as clam  # noqa: PLC0415 - only who inspects pays

    handle = os.dup(sink.spooled().handle)
    try:
        verdict = inspector.inspect_sink(sink, stdin_name if str(path) == _STDIN else path.name)
        if clamd is not None:
            verdict = clam.ask(str(clamd), handle, verdict, limit=inspector.limits.file_bytes)
    finally:
        os.close(handle)
    return replace(verdict, name=shown)


def _listed(files: Sequence[Path], unread: list[Text]) -> Iterator[Path]:
    """Files and the regular files below folders, in a fixed order; links are not followed out of a folder.

    Links, pipes and devices in a folder hold no content of their own and are told on stderr; a folder that cannot be read goes
    to *unread*.
    """

    def problem(error: OSError) -> None:
        unread.append(_CANNOT_READ.format(file=error.filename, why=os_reason(error)))

    for path in files:
        if str(path) == _STDIN or not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=problem, followlinks=False):
            folders.sort()
            for name in folders:
                if (Path(folder) / name).is_symlink():
                    _say(_NOT_REGULAR.format(file=Path(folder) / name))
            for name in sorted(names):
                found = Path(folder) / name
                try:
                    regular = stat.S_ISREG(os.lstat(found).st_mode)
                except OSError as error:
                    problem(error)
                    continue
                if regular:
                    yield found
                else:
                    _say(_NOT_REGULAR.format(file=found))


def _sink(path: Path, inspector: Inspector) -> FileSink | Text:
    """The file read as a stream, or why it cannot be."""
    from sensors.transfer.sink import FileSink  # noqa: PLC0415 - only who inspects pays

    sink = FileSink(limit=inspector.limits.file_bytes)
    try:
        if str(path) == _STDIN:
            while block := sys.stdin.buffer.read(1 << 20):
                sink.write(block)
            return sink
        # O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                while block := stream.read(1 << 20):
                    sink.write(block)
                return sink
        problem = _NOT_REGULAR.format(file=path)
    except OSError as error:
        problem = _CANNOT_READ.format(file=path, why=os_reason(error))
    except BaseException:
        sink.close()
        raise
    sink.close()
    return problem


def _run(
    verdicts: Sequence[ContentVerdict],
    unread: Sequence[Text],
    policy: Policy,
    info: PolicyInfo,
    offset: int,
    at: dt.datetime | None,
) -> InspectRun:
    from sensors.transfer import report  # noqa: PLC0415 - only who inspects pays

    return report.InspectRun(
        policy=info,
        findings=tuple(sorted(report.findings(verdicts, policy), key=lambda f: f.sort_key)),
        tool=ToolInfo(at=None if at is None else at.date()),
        undecided=(*report.unseen(verdicts), *unread),
        unread=len(unread),
        not_visible=report.not_visible(),
        utc_offset_minutes=offset,
        files=tuple(verdicts),
    )


def _publish(run: InspectRun, reporting: Reporting) -> int:
    """Write the report and say how it ended."""
    from segmentation.report.formats import render  # noqa: PLC0415 - only who inspects pays
    from sensors.transfer import report  # noqa: PLC0415 - the same

    lang = current_lang()
    if reporting.form == "json":
        written = report.render_json(run)
    elif reporting.form == "text":
        written = report.render_text(run, lang, colour=reporting.output is None and wants_colour())
    else:
        written = render(run, reporting.form, lang)
    if reporting.output is None:
        click.echo(written, nl=False)
    else:
        code = write_file(reporting.output, encode(written))
        if code != exit_codes.CLEAN:
            return code
        _say(_WRITTEN.format(file=reporting.output))
    if run.not_understood and not reporting.allow_not_understood:
        return exit_codes.NOT_UNDERSTOOD
    return exit_codes.FINDINGS if any(f.severity >= reporting.fail_on for f in run.open) else exit_codes.CLEAN


def _say(text: Text) -> None:
    click.echo(printable(text.in_(current_lang())), err=True)
