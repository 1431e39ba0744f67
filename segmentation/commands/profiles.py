"""``sekisho profiles``: the policy profiles, one in full, and what separates two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import BilingualGroup, command, lang_option, option
from segmentation.commands.language import current_lang
from segmentation.commands.profile_view import (
    LIST_HEAD,
    difference_json,
    difference_lines,
    info_json,
    info_row,
    policy_json,
    policy_lines,
)
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.profiles.difference import differences
from segmentation.profiles.loader import NAMES, available, load_policy
from segmentation.profiles.problem import ProfileError
from segmentation.report.width import printable, table

LIST_SCHEMA = "sekisho.profiles/1"
SHOW_SCHEMA = "sekisho.profile/1"
DIFF_SCHEMA = "sekisho.profile-diff/1"

_ABOUT = Text("規程プロファイルの一覧・内容・差分を表示します。", "List, show and compare policy profiles.")
_LIST = Text("使える規程プロファイルを一覧にします。", "List the policy profiles.")
_SHOW = Text(
    "プロファイルの内容を、規則ごとの条項と由来とともに表示します。NAME は名前か .toml ファイルです。",
    "Show a profile in full, with the clause and origin of each rule. NAME is a name or a .toml file.",
)
_DIFF = Text(
    "二つのプロファイルを分ける点を、その意味とともに表示します。", "Show what separates two profiles, and what it means."
)
_FORMAT = Text("出力の形式。", "Format of the output.")
_OVERLAY = Text(
    "重ねる上書きファイル（非公開の対策基準など）。繰り返し指定でき、後のものが優先します。",
    "Overlay file to lay on top (e.g. non-public standards); may be repeated, later ones win.",
)


def _complete_name(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in NAMES if name.startswith(incomplete)]


_format_option = option(
    "--format", "output_format", text=_FORMAT, type=click.Choice(["text", "json"]), default="text", show_default=True
)
_overlay_option = option("--overlay", "overlays", text=_OVERLAY, type=click.Path(path_type=Path, dir_okay=False), multiple=True)


@click.group("profiles", cls=BilingualGroup, text=_ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@lang_option
def profiles() -> None:
    """Hold the three commands."""


@command("list", _LIST)
@_format_option
def list_profiles(output_format: str) -> int:
    """Print one line a profile."""
    lang, infos = current_lang(), available()
    if output_format == "json":
        return _print_json({"schema": LIST_SCHEMA, "profiles": [info_json(info) for info in infos]})
    head = [text.in_(lang) for text in LIST_HEAD]
    for line in table([head, *(info_row(info, lang) for info in infos)]):
        click.echo(line)
    return exit_codes.CLEAN


@command("show", _SHOW)
@click.argument("name", shell_complete=_complete_name)
@_overlay_option
@_format_option
def show(name: str, overlays: tuple[Path, ...], output_format: str) -> int:
    """Print one profile in full."""
    policy = _load(name, overlays)
    if policy is None:
        return exit_codes.NOT_UNDERSTOOD if name in NAMES or name.endswith(".toml") else exit_codes.USAGE
    if output_format == "json":
        return _print_json({"schema": SHOW_SCHEMA} | policy_json(policy))
    for line in policy_lines(policy, current_lang()):
        click.echo(printable(line))
    return exit_codes.CLEAN


@command("diff", _DIFF)
@click.argument("left", shell_complete=_complete_name)
@click.argument("right", shell_complete=_complete_name)
@_format_option
def diff(left: str, right: str, output_format: str) -> int:
    """Print what separates two profiles; exit 1 if anything does."""
    policies = [_load(name, ()) for name in (left, right)]
    if policies[0] is None or policies[1] is None:
        return (
            exit_codes.USAGE
            if any(name not in NAMES and not name.endswith(".toml") for name in (left, right))
            else exit_codes.NOT_UNDERSTOOD
        )
    found = differences(policies[0], policies[1])
    if output_format == "json":
        document = {"schema": DIFF_SCHEMA, "left": policies[0].profile, "right": policies[1].profile}
        _print_json(document | {"differences": [difference_json(each) for each in found]})
    else:
        for line in difference_lines(policies[0], policies[1], found, current_lang()):
            click.echo(printable(line))
    return exit_codes.FINDINGS if found else exit_codes.CLEAN


for _member in (list_profiles, show, diff):
    profiles.add_command(_member)


def _load(name: str, overlays: Sequence[Path]) -> Policy | None:
    """The policy, or ``None`` after printing every problem."""
    try:
        return load_policy(name, overlays)
    except ProfileError as error:
        for problem in error.problems:
            click.echo(printable(problem.in_(current_lang())), err=True)
        return None


def _print_json(document: dict[str, Any]) -> int:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    return exit_codes.CLEAN
