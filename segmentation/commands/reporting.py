"""The options about reports that every judging command shares, and what they do with a run."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import option
from segmentation.commands.language import current_lang
from segmentation.model.finding import Severity
from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from segmentation.report.baseline import Known, compare, counted, read_baseline
from segmentation.report.formats import FORMATS, Format, stream
from segmentation.report.output import encode, write_atomically
from segmentation.report.run import LintRun, Run

F = TypeVar("F", bound=Callable[..., Any])

#: A report of 100,000 findings is about 200 MB.
BASELINE_LIMIT = 1 << 30

_FORMAT = Text("レポートの形式。", "Format of the report.")
_OUTPUT = Text(
    "レポートの出力先。完成してから置き換え、所有者だけが読める権限で作ります。",
    "File to write the report to: replaced only when complete, readable by its owner only.",
)
_BASELINE = Text(
    "比較する前回のレポート（JSON）。新しい指摘だけを数えます。",
    "Earlier report (JSON) to compare with: only new findings count.",
)
_FAIL_ON = Text("この重大度以上の指摘があれば終了コード1にします。", "Exit with 1 only for findings of at least this severity.")
_ALLOW = Text(
    "理解できない箇所があっても終了コード3にしません（レポートには残ります）。",
    "Do not exit with 3 for what was not understood (it stays in the report).",
)
_CANNOT_READ = Text("{file} を読めません（{why}）。", "Cannot read {file}: {why}.")
_CANNOT_WRITE = Text("{file} に書けません（{why}）。", "Cannot write {file}: {why}.")
_TOO_LARGE = Text("{file} は大きすぎます。", "{file} is too large.")
_WRITTEN = Text("レポートを {file} に書きました。", "Wrote the report to {file}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The choices of one call."""

    form: Format
    output: Path | None
    baseline: Path | None
    fail_on: Severity
    allow_not_understood: bool


def reporting_options(function: F) -> F:
    """Decorator: ``--format``, ``--output``, ``--baseline``, ``--fail-on`` and ``--allow-not-understood``.

    They arrive as one argument, ``reporting``.
    """

    @functools.wraps(function)  # it also hands on the options that click keeps on the function
    def gathered(*args: Any, **values: Any) -> Any:
        values["reporting"] = Reporting(
            form=cast("Format", values.pop("form")),
            output=values.pop("output"),
            baseline=values.pop("baseline"),
            fail_on=Severity.of(values.pop("fail_on")),
            allow_not_understood=values.pop("allow_not_understood"),
        )
        return function(*args, **values)

    file = click.Path(path_type=Path, dir_okay=False)
    severities = click.Choice([s.key for s in sorted(Severity, reverse=True)])
    made: Any = option("--allow-not-understood", text=_ALLOW, is_flag=True)(gathered)
    made = option("--fail-on", text=_FAIL_ON, type=severities, default="info", show_default=True)(made)
    made = option("--baseline", text=_BASELINE, type=file)(made)
    made = option("--output", "-o", text=_OUTPUT, type=file)(made)
    made = option("--format", "form", text=_FORMAT, type=click.Choice(FORMATS), default="text", show_default=True)(made)
    return cast("F", made)


def load_baseline(reporting: Reporting, schema: str) -> tuple[Known, ...] | int | None:
    """The baseline asked for, ``None`` without one; problems go to stderr and give an exit code.

    To be called before the work, so that a mistyped name costs nothing.
    """
    if reporting.baseline is None:
        return None
    lang, file = current_lang(), str(reporting.baseline)
    try:
        with reporting.baseline.open("rb") as stream:
            data = stream.read(BASELINE_LIMIT + 1)
    except OSError as error:
        click.echo(_CANNOT_READ.format(file=file, why=os_reason(error)).in_(lang), err=True)
        return exit_codes.USAGE
    if len(data) > BASELINE_LIMIT:
        click.echo(_TOO_LARGE.format(file=file).in_(lang), err=True)
        return exit_codes.NOT_UNDERSTOOD
    found = read_baseline(data.decode("utf-8", "replace"), file, schema)
    if isinstance(found, Text):
        click.echo(found.in_(lang), err=True)
        return exit_codes.NOT_UNDERSTOOD
    return found


def publish(run: Run, reporting: Reporting, baseline: tuple[Known, ...] | None) -> int:
    """Compare with the baseline, write the report, and return the exit code."""
    if baseline is not None:
        run = compare(run, baseline, str(reporting.baseline))
    lang = current_lang()
    colour = reporting.output is None and reporting.form == "text" and wants_colour()
    written = stream(run, reporting.form, lang, colour=colour)
    if reporting.output is not None:
        code = write_file(reporting.output, map(encode, written))
        if code != exit_codes.CLEAN:
            return code
        click.echo(_WRITTEN.format(file=reporting.output).in_(lang), err=True)
    elif reporting.form == "text":
        sys.stdout.writelines(written)
    else:
        # Formats for programs are UTF-8 whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.writelines(map(encode, written))
    return exit_code(run, reporting)


def write_file(path: Path, data: bytes | Iterable[bytes]) -> int:
    """Write a result atomically; a failure is told on stderr and gives an exit code."""
    try:
        write_atomically(path, data)
    except OSError as error:
        click.echo(_CANNOT_WRITE.format(file=path, why=os_reason(error)).in_(current_lang()), err=True)
        return exit_codes.USAGE
    return exit_codes.CLEAN


def exit_code(run: Run, reporting: Reporting) -> int:
    """3 when a part of the input has no meaning (unless that is allowed), else 1 when findings count, else 0.

    3 wins over 1: the findings are printed all the same, but their list may not be complete.  A cell of the matrix that
    is "not decidable" because something *permitted* may be stopped at times gives no 3: whatever may pass beyond it is a
    finding.
    """
    if not reporting.allow_not_understood and (run.not_understood or (isinstance(run, LintRun) and run.unproven)):
        return exit_codes.NOT_UNDERSTOOD
    return exit_codes.FINDINGS if counted(run, reporting.fail_on) else exit_codes.CLEAN


def wants_colour() -> bool:
    """Whether standard output is a terminal that shows colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
