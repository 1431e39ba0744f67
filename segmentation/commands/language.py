"""Which language an officer reads: ``--lang``, else ``SEKISHO_LANG``, else the locale, else English."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import cast

import click

from segmentation.model.text import Lang

#: The environment variable by which the scripts of ``sekisho completion`` ask the program.
COMPLETE_VARIABLE = "_SEKISHO_COMPLETE"

_META = "sekisho.lang"
_LANGS = ("ja", "en")
# POSIX.1-2017 8.2: the first of these that is set and not empty decides about messages.
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def lang_of_environment(environment: Mapping[str, str]) -> Lang:
    """The language that ``SEKISHO_LANG`` or the locale variables ask for; English when neither is Japanese."""
    wanted = environment.get("SEKISHO_LANG", "").strip().lower()
    if wanted in _LANGS:
        return cast("Lang", wanted)
    locale = next((environment[v] for v in _LOCALE_VARIABLES if environment.get(v)), "")
    return "ja" if locale.lower().split("_")[0].split(".")[0] in {"ja", "japanese"} else "en"


def current_lang(ctx: click.Context | None = None) -> Lang:
    """The language of this run, from the click context where ``--lang`` was read."""
    ctx = ctx or click.get_current_context(silent=True)
    chosen = ctx.meta.get(_META) if ctx is not None else None
    return cast("Lang", chosen) if chosen in _LANGS else lang_of_environment(os.environ)


def lang_in(arguments: Sequence[str]) -> Lang | None:
    """The value of the last ``--lang`` among arguments that are not parsed yet."""
    found: Lang | None = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, value = argument.partition("=")
        if argument == "--":
            break
        if name == "--lang" and (value or following) in _LANGS:
            found = cast("Lang", value or following)
    return found


def remember_lang(ctx: click.Context, arguments: Sequence[str]) -> None:
    """Let ``--lang`` decide before anything is parsed."""
    found = lang_in(arguments)
    if found is not None:
        ctx.meta[_META] = found


def choose_lang(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Click callback of ``--lang``: the innermost one given wins, for the whole run."""
    if value is not None:
        ctx.meta[_META] = value
    return value
