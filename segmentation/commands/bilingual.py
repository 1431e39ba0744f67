"""Click commands and options whose help exists in Japanese and English, and usage errors in both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from segmentation.commands.help_layout import HelpContext
from segmentation.commands.language import choose_lang, current_lang, remember_lang
from segmentation.model.text import Lang, Text

F = TypeVar("F", bound=Callable[..., Any])

_USAGE = Text("使い方: ", "Usage: ")
_OPTIONS = Text("オプション", "Options")
_HELP = Text("この説明を表示して終わります。", "Show this message and exit.")
_LANG_HELP = Text(
    "表示の言語。省略時は環境変数 SEKISHO_LANG、次にロケールに従います。",
    "Language of the output; else SEKISHO_LANG, else the locale decides.",
)
_DEFAULT = Text("[既定値: {value}]", "[default: {value}]")
_NO_OPTION = Text("オプション {name} はありません。", "There is no option {name}.")
_NO_COMMAND = Text("コマンド {name} はありません。", "There is no command {name}.")
_DID_YOU_MEAN = Text(" {names} のことでしょうか。", " Did you mean {names}?")
_MISSING = Text("{name} を指定してください。", "{name} is required.")
_NO_VALUE = Text("{name} には値を指定してください。", "{name} needs a value.")
_BAD_VALUE = Text("{name} の値が正しくありません（{reason}）。", "The value of {name} is not valid: {reason}")
#: What click says of a bad value, by its English sentence (click/types.py: Choice, DateTime, Path), and our words for it.
_REASONS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (
        re.compile(r"(?P<value>'.*') is not one of (?P<known>.*)\."),
        Text("{value} は使えません。使えるもの: {known}", "{value} is not one of {known}."),
    ),
    (
        re.compile(r"(?P<value>'.*') does not match the formats? .*%Y-%m-%d.*"),
        Text("{value} は日付として読めません。2026-04-01 の形で指定してください", "{value} is not a date such as 2026-04-01."),
    ),
    (
        re.compile(r"(?:File|Path|Directory) (?P<value>'.*') is a directory\."),
        Text("{value} はフォルダーです。ファイルの名前を指定してください", "{value} is a folder, not a file."),
    ),
)
_SEE_HELP = Text("使い方は「{command} --help」で表示できます。", "Run '{command} --help' for the usage.")
_ERROR = Text("エラー: ", "Error: ")


class BilingualOption(click.Option):
    """An option with its help in both languages."""

    def __init__(self, *args: Any, text: Text, **attrs: Any) -> None:
        self.text = text
        super().__init__(*args, **(attrs | {"help": text.en}))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The help line in the language of the run."""
        record = super().get_help_record(ctx)
        if record is None or self.help is None:
            return None
        lang = current_lang(ctx)
        written = self.text.in_(lang)
        if self.show_default and self.default is not None:
            written += "  " + _DEFAULT.format(value=self.default).in_(lang)
        return record[0], written


class _BilingualHelp(click.Command):
    """Writes usage, description and options in the language of the run."""

    context_class = HelpContext

    def __init__(self, *args: Any, text: Text, **attrs: Any) -> None:
        self.text = text
        super().__init__(*args, **(attrs | {"help": text.en}))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for ``--lang`` first: ``-h --lang ja`` and errors before it must obey it too."""
        remember_lang(ctx, args)
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.text.in_(current_lang(ctx)))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), _USAGE.in_(current_lang(ctx)))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The ``--help`` option with its own help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP.in_(current_lang(ctx))
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [r for p in self.get_params(ctx) if isinstance(p, click.Option) and (r := p.get_help_record(ctx))]
        if records:
            with formatter.section(_OPTIONS.in_(current_lang(ctx))):
                formatter.write_dl(records)


class BilingualCommand(_BilingualHelp):
    """A command with its help in both languages."""


class BilingualGroup(_BilingualHelp, click.Group):
    """A group with its help in both languages; :meth:`short_text` gives the line of each member."""

    def short_text(self, ctx: click.Context, name: str) -> str:
        """One line about the member *name*."""
        member = self.get_command(ctx, name)
        if isinstance(member, BilingualCommand | BilingualGroup):
            return member.text.in_(current_lang(ctx)).split("\n", 1)[0]
        return "" if member is None else member.get_short_help_str(limit=80)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and then the members."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line a member."""
        rows = [(name, self.short_text(ctx, name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section(Text("コマンド", "Commands").in_(current_lang(ctx))):
                formatter.write_dl(rows)


def command(name: str, text: Text) -> Callable[[Callable[..., Any]], BilingualCommand]:
    """Decorator: a bilingual command that also takes ``--lang`` and ``-h``."""

    def decorate(function: Callable[..., Any]) -> BilingualCommand:
        settings = {"help_option_names": ["-h", "--help"]}
        made = click.command(name, cls=BilingualCommand, text=text, context_settings=settings)(lang_option(function))
        assert isinstance(made, BilingualCommand)
        return made

    return decorate


def option(*declarations: str, text: Text, **attrs: Any) -> Callable[[F], F]:
    """Decorator: a bilingual option; *attrs* are those of :class:`click.Option`."""
    return click.option(*declarations, cls=BilingualOption, text=text, **attrs)


def lang_option(function: F) -> F:
    """Decorator: ``--lang ja|en``, read before everything else so that help and errors obey it."""
    decorate = option(
        "--lang", text=_LANG_HELP, type=click.Choice(["ja", "en"]), is_eager=True, expose_value=False, callback=choose_lang
    )
    return decorate(function)


def usage_message(error: click.ClickException, lang: Lang) -> str:
    """A usage error as the one or two lines an officer reads; *lang* where the error does not know the run's language."""
    ctx = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # click 8.2 and later: the message is the help itself
        return error.message
    lang = lang if ctx is None else current_lang(ctx)
    lines = [_ERROR.in_(lang) + _what_is_wrong(error).in_(lang)]
    if ctx is not None:
        lines.append(_SEE_HELP.format(command=ctx.command_path).in_(lang))
    return "\n".join(lines)


def _what_is_wrong(error: click.ClickException) -> Text:
    if isinstance(error, click.NoSuchOption):
        return _with_guesses(_NO_OPTION.format(name=error.option_name), error.possibilities)
    if (name := getattr(error, "command_name", None)) is not None:
        return _with_guesses(_NO_COMMAND.format(name=name), getattr(error, "possibilities", None))
    if isinstance(error, click.BadOptionUsage) and error.message.endswith("requires an argument."):
        return _NO_VALUE.format(name=error.option_name)
    if isinstance(error, click.MissingParameter):
        return _MISSING.format(name=_parameter_name(error))
    if isinstance(error, click.BadParameter):
        return _BAD_VALUE.format(name=_parameter_name(error), reason=_reason(error.message))
    written = error.format_message()
    return Text(written, written)


def _reason(said: str) -> Text:
    for pattern, text in _REASONS:
        if (found := pattern.fullmatch(said)) is not None:
            return text.format(**found.groupdict())
    return Text(said, said)


def _parameter_name(error: click.BadParameter) -> str:
    if error.param is not None and error.ctx is not None:
        return error.param.get_error_hint(error.ctx)
    hint = error.param_hint
    return hint if isinstance(hint, str) else ", ".join(hint or ())


def _with_guesses(text: Text, guesses: list[str] | None) -> Text:
    if not guesses:
        return text
    more = _DID_YOU_MEAN.format(names=", ".join(guesses))
    return Text(text.ja + more.ja, text.en + more.en)
