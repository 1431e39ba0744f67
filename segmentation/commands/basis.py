"""What a command judges by: zone model, policy and day, read from the options that every judging command shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import option
from segmentation.commands.language import current_lang
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.profiles.loader import BASE, NAMES, load_policy, rule_ids
from segmentation.profiles.problem import ProfileError
from segmentation.report.width import printable
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.problem import render_all
from segmentation.zonefile.reader import Names, load

F = TypeVar("F", bound=Callable[..., Any])

#: How the embedded model is called in reports, wherever it is installed.
EMBEDDED = "zones.toml"

_ZONES = Text(
    "ゾーン定義ファイル。省略時は同梱の架空の市（みどり野市）を使います。",
    "Zone model; without it the embedded example city (Midorino) is used.",
)
_PROFILE = Text(
    "規程プロファイル（名前または .toml ファイル）。省略時はゾーン定義の指定に従います。",
    "Policy profile (a name or a .toml file); else the one the zone model names.",
)
_OVERLAY = Text(
    "重ねる上書きファイル（非公開の対策基準など）。繰り返し指定でき、後のものが優先します。",
    "Overlay file to lay on top (e.g. non-public standards); may be repeated, later ones win.",
)
_AT = Text(
    "基準日（YYYY-MM-DD）。例外や期限をこの日で判定します。省略時は今日です。",
    "Day to judge for (YYYY-MM-DD): exceptions and periods are judged by it; else today.",
)
_EXAMPLE_CITY = Text(
    "--zones の指定がないため、同梱の架空の市（{name}）のゾーン定義で判定します。",
    "No --zones given: judging by the embedded example city ({name}).",
)


@dataclass(frozen=True, slots=True)
class Basis:
    """Model, policy and day."""

    model: ZoneModel
    policy: Policy
    at: dt.date


def policy_options(function: F) -> F:
    """Decorator: ``--profile`` and ``--overlay``."""
    file = click.Path(path_type=Path, dir_okay=False)
    function = option("--overlay", "overlays", text=_OVERLAY, type=file, multiple=True)(function)
    return option("--profile", text=_PROFILE, metavar="NAME")(function)


def basis_options(function: F) -> F:
    """Decorator: ``--zones``, ``--profile``, ``--overlay`` and ``--at``."""
    file = click.Path(path_type=Path, dir_okay=False)
    function = option("--at", text=_AT, type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")(function)
    return option("--zones", text=_ZONES, type=file)(policy_options(function))


def load_basis(zones: Path | None, profile: str | None, overlays: Sequence[Path], at: dt.datetime | None) -> Basis | int:
    """Read model and policy.  Problems go to stderr in the language of the run; then the exit code is returned."""
    lang = current_lang()
    read = load(default_path(), EMBEDDED) if zones is None else load(zones, names=Names(NAMES, rule_ids()))
    if read.problems:
        click.echo(render_all(read.problems, lang), err=True)
    if read.model is None:
        absent = zones is not None and not zones.exists()  # the call names no file, as against a file that says nothing
        return exit_codes.USAGE if absent else exit_codes.NOT_UNDERSTOOD
    model = read.model
    if zones is None:
        click.echo(_EXAMPLE_CITY.format(name=model.organisation).in_(lang), err=True)
    name = profile or model.profile or BASE
    try:
        policy = load_policy(name, overlays)
    except ProfileError as error:
        for problem in error.problems:
            click.echo(printable(problem.in_(lang)), err=True)
        mistyped = profile is not None and profile not in NAMES and not (profile.endswith(".toml") and Path(profile).exists())
        absent = not all(overlay.exists() for overlay in overlays)
        return exit_codes.USAGE if mistyped or absent else exit_codes.NOT_UNDERSTOOD
    return Basis(model, policy, _today(model) if at is None else at.date())


def _today(model: ZoneModel) -> dt.date:
    """The local day of the organisation; the only place where the command reads the clock."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=model.utc_offset_minutes)).date()
