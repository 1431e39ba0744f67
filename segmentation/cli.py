"""The command line's root: finds commands lazily, and turns every ending into an exit code.

``sekisho --help`` must answer at once, so nothing here imports a command, numpy or a parser before it is asked for.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click

from segmentation import __version__
from segmentation.commands import exit_codes
from segmentation.commands.bilingual import BilingualGroup, lang_option, option, usage_message
from segmentation.commands.language import COMPLETE_VARIABLE, current_lang, lang_in, lang_of_environment
from segmentation.model.text import Text

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: Commands of this half: name -> (module:attribute, line in the list of commands).
_COMMANDS: dict[str, tuple[str, Text]] = {
    "check": (
        "segmentation.commands.check:check",
        Text("ゾーン定義（zones.toml）を検証し、要約します。", "Validate a zone model (zones.toml) and summarise it."),
    ),
    "lint": (
        "segmentation.commands.lint:lint",
        Text("ファイアウォール設定がゾーン定義どおりかを証明します。", "Prove firewall configurations against the zone model."),
    ),
    "init": (
        "segmentation.commands.init:init",
        Text("記入用の zones.toml をひな形から作ります。", "Write a commented zones.toml to fill in."),
    ),
    "profiles": (
        "segmentation.commands.profiles:profiles",
        Text("規程プロファイルの一覧・内容・差分を表示します。", "List, show and compare policy profiles."),
    ),
    "rules": (
        "segmentation.commands.rules:rules",
        Text("検査規則とその根拠条項を表示します。", "List rules and show the page of one, with its clause."),
    ),
    "demo": (
        "segmentation.commands.demo:demo",
        Text("架空の市を例に、一連の検査を実演します。", "Run the main job on an example city."),
    ),
    "completion": (
        "segmentation.commands.completion:completion",
        Text("シェルの補完スクリプトを出力します。", "Print the completion script of a shell."),
    ),
}

#: Lines for commands that other packages bring, so that listing them does not import them.
_KNOWN_PLUGINS: dict[str, Text] = {
    "replay": Text("通信の記録（pcap）を同じゾーン定義で判定します。", "Judge a capture (pcap) by the same zone model."),
}

_GROUP = "sekisho.commands"
_FROM = Text("{package} が提供するコマンド", "Provided by {package}")
_VERSION_HELP = Text("版を表示して終わります。", "Show the version and exit.")
_ABOUT = Text(
    "ネットワークが本当に分離されているかを、設定と通信の両面から同じゾーン定義で確かめます。",
    "Prove from configurations, and watch in traffic, that a network is really segmented: one zone model for both.",
)
_INTERNAL = Text(
    "内部エラーのため終了しました（{kind}）。詳細は環境変数 SEKISHO_DEBUG=1 を付けて再実行すると表示されます。",
    "Stopped by an internal error ({kind}). Run again with SEKISHO_DEBUG=1 in the environment for the details.",
)
_DISK_FULL = Text(
    "書き込めません。ディスクの空き容量がないか、割り当てを超えています。",
    "Cannot write: the disk is full, or its quota is used up.",
)
_INTERRUPTED = Text("中断しました。", "Interrupted.")


class Root(BilingualGroup):
    """The group of all commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands: ours in the order of work, then those of other packages by name."""
        del ctx
        return [*_COMMANDS, *sorted(set(_plugins()) - set(_COMMANDS))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name; ``None`` when there is none."""
        del ctx
        if cmd_name in _COMMANDS:
            module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
            return cast("click.Command", getattr(import_module(module), attribute))
        plugin = _plugins().get(cmd_name)
        return None if plugin is None else cast("click.Command", plugin.load())

    def short_text(self, ctx: click.Context, name: str) -> str:
        """The command's line, without importing it."""
        if name in _COMMANDS:
            text = _COMMANDS[name][1]
        elif name in _KNOWN_PLUGINS:
            text = _KNOWN_PLUGINS[name]
        else:
            text = _FROM.format(package=_plugins()[name].value.partition(":")[0])
        return text.in_(current_lang(ctx))


def _plugins() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - 50 ms that most calls do not need

    return {point.name: point for point in entry_points(group=_GROUP)}


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"sekisho {__version__}")
        ctx.exit()


@click.group("sekisho", cls=Root, text=_ABOUT, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@lang_option
@option("--version", "-V", text=_VERSION_HELP, is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
def sekisho() -> None:
    """Every command hangs below this group."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; *arguments* without the program name, default ``sys.argv``."""
    _write_any_text()
    try:
        if (wanted := os.environ.get(COMPLETE_VARIABLE)) is not None:
            return _complete(wanted)
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        return _quiet_broken_pipe()
    return code


def _run(arguments: list[str]) -> int:
    lang = lang_in(arguments) or lang_of_environment(os.environ)
    # Not click's own main(): it answers a broken pipe with 1, which here means findings.
    try:
        with sekisho.make_context("sekisho", arguments) as ctx:
            returned: Any = sekisho.invoke(ctx)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        click.echo(usage_message(error, lang), err=True)
        return exit_codes.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(_INTERRUPTED.in_(lang), err=True)
        return exit_codes.INTERRUPTED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else exit_codes.CLEAN if stop.code is None else exit_codes.INTERNAL
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line and a code
        if os.environ.get("SEKISHO_DEBUG", "") not in {"", "0"}:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            click.echo(_DISK_FULL.in_(lang), err=True)
            return exit_codes.USAGE
        # A bug ends in one line and a code. Its kind only: its message could quote a line of a secret configuration.
        click.echo(_INTERNAL.format(kind=type(error).__name__).in_(lang), err=True)
        return exit_codes.INTERNAL
    return returned if isinstance(returned, int) else exit_codes.CLEAN


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete  # noqa: PLC0415 - only when a shell asks

    return shell_complete(sekisho, {}, "sekisho", COMPLETE_VARIABLE, instruction)


def _write_any_text() -> None:
    """Never fail on a character the terminal's encoding lacks (or an undecodable byte of a file): escape it."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed by the caller (``>&-``)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _quiet_broken_pipe() -> int:
    """The reader went away (``| head``): nothing to say to anyone; Python must not complain at exit either."""
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_codes.BROKEN_PIPE
