"""``sekisho rules``: the rules, and the page of one with its clause in a policy profile."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import BilingualGroup, command, lang_option, option
from segmentation.commands.language import current_lang
from segmentation.commands.rule_view import list_lines, rule_json, rule_lines, summary_json
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.profiles.loader import BASE, NAMES, load_policy
from segmentation.profiles.problem import ProfileError
from segmentation.report.width import printable
from segmentation.rules.registry import RULE_IDS, all_rules, get

LIST_SCHEMA = "sekisho.rules/1"
SHOW_SCHEMA = "sekisho.rule/1"

_ABOUT = Text("検査規則とその根拠条項を表示します。", "List the rules and show the page of one, with its clause.")
_LIST = Text(
    "検査規則を、重大度・検査の方法・実装の有無とともに一覧にします。",
    "List the rules with severity, the sides that check them, and whether they do so yet.",
)
_SHOW = Text(
    "規則の頁を、選んだ規程プロファイルでの条項とともに表示します。RULE は MN-01 のような番号です。",
    "Show a rule's page with its clause in the chosen profile. RULE is an ID such as MN-01.",
)
_PROFILE = Text(
    "条項を示す規程プロファイル。名前か .toml ファイルです。", "Policy profile to cite the clause from: a name or a .toml file."
)
_OVERLAY = Text(
    "重ねる上書きファイル（非公開の対策基準など）。繰り返し指定できます。",
    "Overlay file to lay on top of the profile (e.g. non-public standards); may be repeated.",
)
_FORMAT = Text("出力の形式。", "Format of the output.")
_UNKNOWN = Text("規則 {name} はありません。", "There is no rule {name}.")
_NEAR = Text("もしかして：{names}", "Did you mean: {names}")
_SEE_LIST = Text("`sekisho rules list` で全ての規則を確認できます。", "`sekisho rules list` shows every rule.")


def _complete_rule(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [rule_id for rule_id in RULE_IDS if rule_id.startswith(incomplete.upper())]


def _complete_profile(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in NAMES if name.startswith(incomplete)]


_profile_option = option(
    "--profile", text=_PROFILE, default=BASE, show_default=True, metavar="NAME", shell_complete=_complete_profile
)
_overlay_option = option("--overlay", "overlays", text=_OVERLAY, type=click.Path(path_type=Path, dir_okay=False), multiple=True)
_format_option = option(
    "--format", "output_format", text=_FORMAT, type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.group("rules", cls=BilingualGroup, text=_ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@lang_option
def rules() -> None:
    """Hold the two commands."""


@command("list", _LIST)
@_profile_option
@_overlay_option
@_format_option
def list_rules(profile: str, overlays: tuple[Path, ...], output_format: str) -> int:
    """Print one line a rule."""
    policy = _load(profile, overlays)
    if policy is None:
        return _refused(profile)
    if output_format == "json":
        document = {"schema": LIST_SCHEMA, "profile": policy.profile}
        return _print_json(document | {"rules": [summary_json(each, policy) for each in all_rules()]})
    for line in list_lines(policy, current_lang()):
        click.echo(printable(line))
    return exit_codes.CLEAN


@command("show", _SHOW)
@click.argument("rule", shell_complete=_complete_rule)
@_profile_option
@_overlay_option
@_format_option
def show(rule: str, profile: str, overlays: tuple[Path, ...], output_format: str) -> int:
    """Print the page of one rule."""
    rule_id = canonical(rule)
    if rule_id not in RULE_IDS:
        raise click.UsageError(_unknown(rule).in_(current_lang()))
    policy = _load(profile, overlays)
    if policy is None:
        return _refused(profile)
    if output_format == "json":
        return _print_json({"schema": SHOW_SCHEMA, "profile": policy.profile} | rule_json(get(rule_id), policy))
    for line in rule_lines(get(rule_id), policy, current_lang()):
        click.echo(printable(line))
    return exit_codes.CLEAN


for _member in (list_rules, show):
    rules.add_command(_member)


def canonical(name: str) -> str:
    """The ID as the registry writes it: ``mn1``, ``mn_01`` and ``MN-1`` are ``MN-01``."""
    match = re.fullmatch(r"([A-Za-z]+)[-_ ]?0*(\d{1,3})", name.strip(), re.ASCII)
    return f"{match[1].upper()}-{int(match[2]):02d}" if match else name


def _unknown(name: str) -> Text:
    guesses = difflib.get_close_matches(canonical(name), RULE_IDS, n=3, cutoff=0.6)
    more = _NEAR.format(names=", ".join(guesses)) if guesses else _SEE_LIST
    said = _UNKNOWN.format(name=printable(name))
    return Text(f"{said.ja}{more.ja}", f"{said.en} {more.en}")


def _load(name: str, overlays: Sequence[Path]) -> Policy | None:
    """The policy, or ``None`` after printing every problem."""
    try:
        return load_policy(name, overlays)
    except ProfileError as error:
        for problem in error.problems:
            click.echo(printable(problem.in_(current_lang())), err=True)
        return None


def _refused(name: str) -> int:
    """A name that does not exist is a usage error; a file that cannot be read is not understood."""
    return exit_codes.NOT_UNDERSTOOD if name in NAMES or name.endswith(".toml") else exit_codes.USAGE


def _print_json(document: dict[str, Any]) -> int:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    return exit_codes.CLEAN
