from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from segmentation import cli
from segmentation.commands.bilingual import command
from segmentation.commands.language import lang_of_environment
from segmentation.model.text import Text
from segmentation.report.width import width

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "numba", "scapy", "rich", "lark", "pyroute2", "oxidd", "prometheus_client", "netaddr", "xml", "json")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "SEKISHO_LANG", "SEKISHO_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in {"LC_ALL", "LC_MESSAGES", "LANG", "SEKISHO_LANG", "SEKISHO_DEBUG"}}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--lang", "ja", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from segmentation.cli import main\n"
        f"code = main({arguments!r})\n"
        f"loaded = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "print('loaded:', loaded, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = _run("-c", program)
    assert done.returncode == 0
    assert done.stderr == "loaded: []\n"


def test_help_names_every_command_in_the_language_asked_for() -> None:
    english, japanese = _run("-m", "segmentation", "--help"), _run("-m", "segmentation", "--help", SEKISHO_LANG="ja")
    for name in ("check", "lint", "init", "profiles", "rules", "demo", "completion"):
        assert f"\n  {name} " in english.stdout
        assert f"\n  {name} " in japanese.stdout
    assert english.stdout.startswith("Usage: ")
    assert japanese.stdout.startswith("使い方: ")
    assert "コマンド:" in japanese.stdout
    assert english.stderr == japanese.stderr == ""


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "jab_XX"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "SEKISHO_LANG": "en"}, "en"),
        ({"LANG": "", "SEKISHO_LANG": "JA"}, "ja"),
        ({"LANG": "ja_JP", "SEKISHO_LANG": "fr"}, "ja"),
    ],
)
def test_language_from_the_environment(environment: dict[str, str], lang: str) -> None:
    assert lang_of_environment(environment) == lang


@pytest.mark.parametrize("where", [["--lang", "ja", "completion", "-x"], ["completion", "-x", "--lang=ja"]])
def test_usage_errors_obey_lang_wherever_it_stands(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(where) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "エラー: オプション -x はありません。\n使い方は「sekisho completion --help」で表示できます。\n"


def test_unknown_command_is_usage_with_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completio"]) == 2
    assert capsys.readouterr().err.startswith("Error: There is no command completio.")


def test_bad_value_names_what_was_read_and_what_was_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "tcsh"]) == 2
    err = capsys.readouterr().err
    assert "'tcsh'" in err
    assert "'bash', 'zsh', 'fish'" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["completion", "tcsh"], "'tcsh' は使えません。使えるもの: 'bash', 'zsh', 'fish'"),
        (["lint", "--at", "2026-13-40", "x"], "'2026-13-40' は日付として読めません"),
        (["lint", "-o", "/", "x"], "'/' はフォルダーです"),
        (["lint", "--at"], "--at には値を指定してください"),
    ],
)
def test_bad_values_are_told_in_japanese(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--lang", "ja", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_without_arguments_the_help_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: sekisho")


def _with_command(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    @command("probe", Text("試験", "probe"))
    def probe() -> object:
        if isinstance(act, BaseException):
            raise act
        return act

    monkeypatch.setattr(cli.Root, "get_command", lambda _self, _ctx, _name: probe)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (None, 0),
        (1, 1),
        (3, 3),
        (click.exceptions.Exit(3), 3),
        (SystemExit(3), 3),
        (SystemExit(), 0),
        (click.UsageError("no"), 2),
        (click.FileError("x", "gone"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (RecursionError("deep"), 70),
        (MemoryError(), 70),
        (KeyError("set password hunter2"), 70),
    ],
)
def test_every_ending_has_its_exit_code(
    act: object, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_command(monkeypatch, act)
    assert cli.main(["probe"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "hunter2" not in err
    if code == 70:
        assert err.count("\n") == 1
        assert "SEKISHO_DEBUG=1" in err
        assert type(act).__name__ in err


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SEKISHO_DEBUG", "1")
    _with_command(monkeypatch, KeyError("x"))
    assert cli.main(["probe"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_broken_pipe_is_quiet() -> None:
    # The reader closes at once; the help is long enough to be written after that.
    program = "import sys, time\ntime.sleep(0.3)\nfrom segmentation.cli import main\nsys.exit(main(['--help']))\n"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


@pytest.mark.parametrize(
    ("call", "where", "code"),
    [("rules list", ">&-", 0), ("rules list", "2>&-", 0), ("rules list", ">/dev/full", 2), ("check --format json", ">&-", 1)],
)
def test_output_that_cannot_be_written_is_no_traceback(call: str, where: str, code: int) -> None:
    line = f"{sys.executable} -m segmentation --lang en {call} {where}"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == ("Cannot write: the disk is full, or its quota is used up.\n" if code == 2 else "")


def test_a_terminal_without_japanese_gets_escapes_instead_of_an_error() -> None:
    done = _run("-m", "segmentation", "--lang", "ja", "--help", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert "\\u4f7f" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_made_without_calling_the_shell(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = _run("-m", "segmentation", "completion", shell, PATH="")
    assert done.returncode == 0
    assert "_SEKISHO_COMPLETE" in done.stdout
    assert f"{shell}_complete" in done.stdout


def test_completion_answers_the_shell() -> None:
    # What the bash script runs when the user presses Tab.
    done = _run("-m", "segmentation", _SEKISHO_COMPLETE="bash_complete", COMP_WORDS="sekisho comp", COMP_CWORD="1")
    assert done.stdout == "plain,completion\n"


def test_plugins_are_listed_without_import_and_loaded_on_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Point:
        name = "probe"
        value = "other.package:probe"

        def load(self) -> click.Command:
            return click.Command("probe", callback=lambda: 1)

    monkeypatch.setattr(cli, "_plugins", lambda: {"probe": Point()})
    assert cli.main(["--help"]) == 0
    assert "probe       Provided by other.package" in capsys.readouterr().out
    assert cli.main(["probe"]) == 1


def test_help_fits_eighty_columns_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("ja", "en"):
        for arguments in (["--help"], ["completion", "--help"], ["lint", "--help"]):
            assert cli.main([*arguments, "--lang", lang]) == 0
            lines = capsys.readouterr().out.splitlines()
            assert len(lines) > 5
            assert [line for line in lines if width(line) > 80] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_bash_script_is_valid() -> None:
    script = _run("-m", "segmentation", "completion", "bash").stdout
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_an_interruption_is_told_in_the_language_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_command(monkeypatch, KeyboardInterrupt())
    assert cli.main(["probe", "--lang", "ja"]) == 130
    assert capsys.readouterr().err == "中断しました。\n"
