"""``sekisho lint --fix-plan``: what can go from a rule base without changing it, instead of the report."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from segmentation.commands import exit_codes
from segmentation.commands.language import current_lang
from segmentation.commands.reporting import Reporting, write_file
from segmentation.device.device import Device
from segmentation.model.text import Text
from segmentation.report.output import encode
from segmentation.report.run import ToolInfo

_FORMATS = ("text", "json")
_NO_SUCH_FORMAT = Text(
    "--fix-plan の出力形式は text と json だけです（指定: {form}）。",
    "--fix-plan is written as text or json only, not as {form}.",
)
_NO_BASELINE = Text("--fix-plan に --baseline は使えません。", "--fix-plan cannot be combined with --baseline.")


def refusal(reporting: Reporting) -> int | None:
    """The exit code for options that do not go together with a plan, told on stderr; ``None`` when all is well."""
    problem = None
    if reporting.form not in _FORMATS:
        problem = _NO_SUCH_FORMAT.format(form=reporting.form)
    elif reporting.baseline is not None:
        problem = _NO_BASELINE
    if problem is None:
        return None
    click.echo(problem.in_(current_lang()), err=True)
    return exit_codes.USAGE


def publish_plan(devices: Sequence[Device], reporting: Reporting) -> int:
    """Plan, prove and write.  3 when a line was not understood (unless allowed), 1 when the plan has changes, else 0."""
    from segmentation.analysis.repair import plan  # noqa: PLC0415 - loads numpy and Numba
    from segmentation.report import fix_plan  # noqa: PLC0415 - the same

    plans = [plan(d) for d in devices]
    tool = ToolInfo()
    written = (
        fix_plan.render_json(plans, tool) if reporting.form == "json" else fix_plan.render_text(plans, tool, current_lang())
    )
    if reporting.output is not None:
        code = write_file(reporting.output, encode(written))
        if code != exit_codes.CLEAN:
            return code
    elif reporting.form == "text":
        sys.stdout.write(written)
    else:
        # Formats for programs are UTF-8 whatever the terminal speaks.
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(written))
    if not reporting.allow_not_understood and any(d.not_understood for d in devices):
        return exit_codes.NOT_UNDERSTOOD
    return exit_codes.FINDINGS if any(p.changes for p in plans) else exit_codes.CLEAN
