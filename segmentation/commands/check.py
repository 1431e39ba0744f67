"""``sekisho check``: whether the zone file is right, and what it says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from segmentation.commands import exit_codes
from segmentation.commands.basis import policy_options
from segmentation.commands.bilingual import command, option
from segmentation.commands.check_view import summary_lines
from segmentation.commands.language import current_lang
from segmentation.model.finding import Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.problem import LoadResult, Problem, render_all
from segmentation.zonefile.reader import Names, load
from segmentation.zonefile.schema import schema
from segmentation.zonefile.summary import exception_states, matrix, numbers

CHECK_SCHEMA = "sekisho.check/1"

_ABOUT = Text(
    "ゾーン定義（zones.toml）を検証し、要約します。FILE を省くと組み込みの架空の市を使います。",
    "Validate a zone model (zones.toml) and summarise it. Without FILE the embedded example city is used.",
)
_AT = Text("判定の基準日（YYYY-MM-DD）。省略時は今日。", "The day to judge by (YYYY-MM-DD); today by default.")
_SCHEMA = Text("エディター用の JSON Schema を表示して終わります。", "Print the JSON Schema for editors and exit.")
_FORMAT = Text("出力の形式。", "Format of the output.")
_ALL_ZONES = Text("マトリクスを系ごとではなく下位ゾーンごとに表示します。", "Show the matrix by sub-zones instead of layers.")
_BAD_DAY = Text("YYYY-MM-DD の形の日付を指定してください", "a date of the form YYYY-MM-DD is needed")
_WRONG = Text(
    "{errors} 件のエラーがあるため、このゾーン定義は使えません。", "This zone file cannot be used: {errors} error(s) in it."
)


def parse_day(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
    """Click callback of ``--at``.  Raises :class:`click.BadParameter` for anything but a date of the calendar."""
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(_BAD_DAY.in_(current_lang(ctx)), ctx=ctx, param=param) from None


def today(model: ZoneModel) -> dt.date:
    """The current day at the place the model is about."""
    return dt.datetime.now(tz=dt.timezone(dt.timedelta(minutes=model.utc_offset_minutes))).date()


@command("check", _ABOUT)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@option("--at", text=_AT, callback=parse_day, metavar="DATE")
@policy_options
@option("--all-zones", text=_ALL_ZONES, is_flag=True)
@option("--schema", "print_schema", text=_SCHEMA, is_flag=True)
@option("--format", "output_format", text=_FORMAT, type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(
    file: Path | None,
    at: dt.date | None,
    profile: str | None,
    overlays: tuple[Path, ...],
    *,
    all_zones: bool,
    print_schema: bool,
    output_format: str,
) -> int:
    """Read, judge and print; the return value is the exit code."""
    if print_schema:
        click.echo(json.dumps(schema(), ensure_ascii=False, indent=2))
        return exit_codes.CLEAN
    from segmentation.profiles.loader import NAMES, rule_ids  # noqa: PLC0415 - `check --schema` needs no policy

    result = load(default_path(), "zones.toml") if file is None else load(file, names=Names(NAMES, rule_ids()))
    model = result.model
    day = at or (today(model) if model else None)
    findings, refused = _judge(model, day, profile or model.profile, overlays) if model and day else ([], ())
    if output_format == "json":
        tree = _tree(result, day, findings, refused, all_zones=all_zones)
        click.echo(json.dumps(tree, ensure_ascii=False, indent=2))
    else:
        _print(result, day, findings, refused, all_zones=all_zones)
    if file is not None and not file.exists():
        return exit_codes.USAGE
    if model is None or refused:
        return exit_codes.NOT_UNDERSTOOD
    loud = any(f.severity > Severity.INFO and not f.silenced for f in findings)
    return exit_codes.FINDINGS if loud or result.problems else exit_codes.CLEAN


def _judge(model: ZoneModel, day: dt.date, profile: str, overlays: Sequence[Path]) -> tuple[list[Finding], tuple[Text, ...]]:
    """Findings of the registry rules, or why the policy profile cannot be used."""
    from segmentation.profiles.loader import load_policy  # noqa: PLC0415 - `check --schema` and bad files need no policy
    from segmentation.profiles.problem import ProfileError  # noqa: PLC0415
    from segmentation.rules.registry import check_model  # noqa: PLC0415

    try:
        policy = load_policy(profile, overlays)
    except ProfileError as error:
        return [], tuple(p.message for p in error.problems)
    return check_model(model, policy, day), ()


def _print(
    result: LoadResult, day: dt.date | None, findings: list[Finding], refused: tuple[Text, ...], *, all_zones: bool
) -> None:
    lang = current_lang()
    if result.problems:
        click.echo(render_all(result.problems, lang) + "\n", err=result.model is None)
    if result.model is None or day is None:
        click.echo(_WRONG.format(errors=len(result.errors)).in_(lang), err=True)
        return
    for line in summary_lines(result.model, day, findings, result.warnings, lang, all_zones=all_zones):
        click.echo(line)
    for message in refused:
        click.echo(message.in_(lang), err=True)


def _tree(
    result: LoadResult, day: dt.date | None, findings: list[Finding], refused: tuple[Text, ...], *, all_zones: bool
) -> dict[str, Any]:
    from segmentation.report.json_document import finding_tree  # noqa: PLC0415 - only for JSON

    tree: dict[str, Any] = {
        "schema": CHECK_SCHEMA,
        "at": None if day is None else day.isoformat(),
        "problems": [_problem_tree(p) for p in result.problems],
        "policy_problems": [_both(t) for t in refused],
    }
    model = result.model
    if model is None or day is None:
        return tree | {"model": None, "findings": []}
    grid = matrix(model, day, all_zones=all_zones)
    cells = [{"src_zone": a, "dst_zone": b, "conduits": list(ids)} for (a, b), ids in grid.cells.items()]
    head = {"organisation": _both(model.organisation), "kind": model.kind.value, "profile": model.profile}
    exceptions = [
        {
            "id": s.exception.id,
            "name": _both(s.exception.name),
            "state": s.state,
            "expires_on": None if s.exception.expires_on is None else s.exception.expires_on.isoformat(),
            "days_left": s.days_left,
        }
        for s in exception_states(model, day)
    ]
    return tree | {
        "model": head | {"file": model.file, "sha256": model.sha256},
        "numbers": numbers(model),
        "exceptions": exceptions,
        "matrix": {"zones": list(grid.zones), "cells": cells, "never": [list(pair) for pair in sorted(grid.never)]},
        "findings": [finding_tree(f) for f in findings],
    }


def _problem_tree(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "file": problem.location.file,
        "line": problem.location.line or None,
        "column": problem.location.column or None,
        "length": problem.length,
        "text": problem.text,
        "message": _both(problem.message),
        "expected": _both(problem.expected),
        "suggestion": problem.suggestion,
    }


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}
