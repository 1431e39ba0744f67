"""``sekisho demo``: the main job on the reference city, checked against what is known to be planted in it.

The half about packets is found when it is needed, by name: nothing here imports it.
"""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import command, option
from segmentation.commands.demo_view import NOTHING, Check, rules_text, shown_finding, table, with_consequences
from segmentation.commands.language import current_lang
from segmentation.model.network import ZoneModel
from segmentation.model.os_reasons import os_reason
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.report.output import encode, write_atomically

if TYPE_CHECKING:
    from segmentation.model.finding import Finding
    from segmentation.report.formats import Format
    from segmentation.report.run import LintRun

#: The days that the examples are about: an ordinary one, and the one on which the configurations were fetched.
CHECK_DAY, LINT_DAY = dt.date(2026, 8, 20), dt.date(2026, 10, 1)
CONFIGS = ("cdr-gw.nft", "relay-gw.nft")
#: Where the half about packets has its part.
_PACKETS = "sensors.example.demo"

_ABOUT = Text(
    "架空の市（みどり野市）を例に、ゾーン定義の検査、設定の検査、通信の判定を通しで実演します。仕込んだ違反がすべて見つかり、"
    "それ以外に何も見つからなければ終了コード0で終わります。",
    "Run the whole job on the fictional city of Midorino: check its zone model, lint its gateways, judge captured traffic. "
    "Exits with 0 only if every planted fault was found and nothing else.",
)
_KEEP = Text("出力先のフォルダー。", "Folder for what is written.")
_INTRO = Text(
    "みどり野市（架空）の例で実演します。外部への通信はありません。出力先: {folder}",
    "A demonstration on the (fictional) city of Midorino. Nothing leaves this machine. Output: {folder}",
)
_STEP_CHECK = Text("1. ゾーン定義を検査します（{day} 時点）", "1. Checking the zone model (as of {day})")
_CITY = Text(
    "ゾーン {zones}、ホスト {endpoints}、承認された通信 {conduits}、例外措置 {exceptions}",
    "{zones} zones, {endpoints} endpoints, {conduits} conduits, {exceptions} exceptions",
)
_STEP_LINT = Text(
    "2. 2台のゲートウェイの設定を検査します（{day} 取得、nftables）",
    "2. Linting the configurations of two gateways (fetched on {day}, nftables)",
)
_ALSO = Text(
    "修正済みの設定（city/clean）にもある指摘: {n}件（全件は {file}）",
    "Findings that the repaired configurations (city/clean) have as well: {n} (all of them in {file})",
)
_RESULT = Text("4. 期待と結果", "4. Expected and found")
_ALL_WELL = Text(
    "仕込んだ違反はすべて見つかり、それ以外の指摘はありませんでした。", "Every planted fault was found, and nothing else."
)
_NOT_WELL = Text(
    "期待と異なる結果があります（上の ! の行）。インストールを確かめてください。",
    "Something differs from what is expected (the lines with !). Check the installation.",
)
_NEXT = Text("次に試すこと", "What to try next")
_NEXT_LINES = (
    ("sekisho init --profile national mycity", Text("自組織の zones.toml のひな形を作る", "start a zones.toml of your own")),
    ("sekisho check --at 2026-08-20", Text("ゾーン定義の要約を見る", "see the summary of a zone model")),
    ("nft list ruleset | sekisho lint /dev/stdin", Text("この機器の設定を検査する", "lint this machine's own rules")),
    (
        "sekisho replay {folder}/captures/v11-wrong-way-screen.pcap",
        Text("通信の記録を判定する", "judge a capture"),
    ),
    ("sekisho rules show LG-06", Text("規則とその根拠を読む", "read a rule and the clause behind it")),
)
_CANNOT = Text("{folder} に書けません（{why}）。", "Cannot write to {folder}: {why}.")
_NO_PACKETS = Text(
    "通信を判定する部分（sensors）がインストールされていません。", "The part that judges packets (sensors) is not installed."
)
_ZONES = Text("ゾーン定義", "zone model")
_V08 = Text("無害化装置がパケットを転送する", "The file sanitizer forwards packets")
_V09 = Text("インターネット接続系からLGWAN接続系へのメールの許可", "Mail permitted from the Internet side into the LGWAN side")
_REST = Text("そのほかの新しい違反", "Any other new violation")
_NOT_UNDERSTOOD = Text("理解できない行が {n} 行あります。", "{n} lines were not understood.")
_UNREAD = Text("読めない設定: {message}", "A configuration could not be read: {message}")


@command("demo", _ABOUT)
@option("--keep", text=_KEEP, type=click.Path(path_type=Path, file_okay=False), default=Path("demo-output"), show_default=True)
def demo(keep: Path) -> int:
    """All steps; the exit code says whether everything was as expected."""
    lang = current_lang()
    click.echo(_INTRO.format(folder=keep).in_(lang))
    try:
        packets = import_module(_PACKETS)
    except ModuleNotFoundError:
        click.echo(_NO_PACKETS.in_(lang), err=True)
        return exit_codes.USAGE
    try:
        for folder in ("city/clean", "captures", "reports"):
            (keep / folder).mkdir(parents=True, exist_ok=True)
        model, checks = _check_city()
        if model is not None:
            policy = _policy(model)
            checks += _lint_gateways(keep, model, policy)
            checks += packets.replay_city(keep, model, policy, lang, click.echo)
    except OSError as error:
        click.echo(_CANNOT.format(folder=error.filename or keep, why=os_reason(error)).in_(lang), err=True)
        return exit_codes.USAGE
    return _conclude(keep, checks)


def _conclude(keep: Path, checks: list[Check]) -> int:
    lang = current_lang()
    click.echo("\n" + _RESULT.in_(lang))
    for line in table(checks, lang):
        click.echo(line)
    well = not any(c.differences for c in checks)
    click.echo("\n" + (_ALL_WELL if well else _NOT_WELL).in_(lang))
    click.echo("\n" + _NEXT.in_(lang))
    for words, text in _NEXT_LINES:
        click.echo(f"  {words.format(folder=keep)}\n      {text.in_(lang)}")
    return exit_codes.CLEAN if well else exit_codes.FINDINGS


def _policy(model: ZoneModel) -> Policy:
    from segmentation.profiles.loader import load_policy  # noqa: PLC0415 - help must not load it

    return load_policy(model.profile)


def _check_city() -> tuple[ZoneModel | None, list[Check]]:
    """The reference city without a problem, and without a finding on an ordinary day."""
    from segmentation.rules.registry import check_model  # noqa: PLC0415 - help must not load it
    from segmentation.zonefile.embedded import default_path  # noqa: PLC0415
    from segmentation.zonefile.reader import load  # noqa: PLC0415
    from segmentation.zonefile.summary import numbers  # noqa: PLC0415

    lang = current_lang()
    click.echo("\n" + _STEP_CHECK.format(day=CHECK_DAY).in_(lang))
    read = load(default_path(), "zones.toml")
    wrong = [p.message for p in read.problems]
    found: list[Finding] = []
    if read.model is not None:
        click.echo("  " + _CITY.format(**numbers(read.model)).in_(lang))
        found = check_model(read.model, _policy(read.model), CHECK_DAY)
    wrong += [f.message for f in found]
    return read.model, [Check("-", _ZONES, NOTHING, rules_text(f.rule for f in found), tuple(wrong))]


def _lint_gateways(keep: Path, model: ZoneModel, policy: Policy) -> list[Check]:
    """V08 and V09 among what the gateways have and their repaired versions have not."""
    from segmentation.report.formats import render  # noqa: PLC0415 - help must not load it
    from segmentation.report.grouping import blocks  # noqa: PLC0415

    lang = current_lang()
    click.echo("\n" + _STEP_LINT.format(day=LINT_DAY).in_(lang))
    run, repaired = (_linted(keep / "city" / sub, model, policy) for sub in ("", "clean"))
    if isinstance(run, Text) or isinstance(repaired, Text):
        wrong = run if isinstance(run, Text) else repaired
        assert isinstance(wrong, Text)
        return [Check("V08", _V08, rules_text(["LG-04"]), NOTHING, (wrong,))]
    known = {f.fingerprint for f in repaired.findings}
    planted = blocks(f for f in run.findings if f.fingerprint not in known)
    checks = []
    for number, title, file, rules in (("V08", _V08, CONFIGS[0], ("LG-04",)), ("V09", _V09, CONFIGS[1], ("LG-02", "LG-03"))):
        block = next((b for b in planted if Path(b.lead.where.location.file).name == file), None)
        members = [] if block is None else [f for _, f in block.members]
        if block is not None:
            planted.remove(block)
        shown = next((f for f in members if f.rule == rules[0]), None)
        missing = [_missing(r) for r in rules if r not in {f.rule for f in members}]
        if shown is not None:
            missing += [] if shown.witness is not None and shown.clauses else [_missing(rules[0])]
            for line in shown_finding(run, shown, lang):
                click.echo(line)
        checks.append(
            Check(number, title, rules_text(rules), with_consequences(rules, (f.rule for f in members)), tuple(missing))
        )
    rest = [b.lead.message for b in planted]
    if unread := run.not_understood + repaired.not_understood:
        rest.append(_NOT_UNDERSTOOD.format(n=unread))
    checks.append(Check("-", _REST, NOTHING, rules_text(b.lead.rule for b in planted), tuple(rest)))
    reports: tuple[tuple[str, Format, Lang], ...] = (
        ("lint.json", "json", lang),
        ("lint.sarif", "sarif", lang),
        ("lint.ja.txt", "text", "ja"),
        ("lint.en.txt", "text", "en"),
    )
    for name, form, language in reports:
        write_atomically(keep / "reports" / name, encode(render(run, form, language)))
    shared = len(blocks(f for f in run.findings if f.fingerprint in known))
    click.echo("  " + _ALSO.format(n=shared, file=keep / "reports" / "lint.json").in_(lang))
    return checks


def _missing(rule: str) -> Text:
    return Text(f"{rule} の指摘がないか、証拠または根拠が欠けています。", f"{rule} is missing, or it lacks witness or clause.")


def embedded_city() -> Path:
    """The folder of the city's configurations, beside its zone model wherever that is installed."""
    from segmentation.zonefile.embedded import default_path  # noqa: PLC0415 - help must not load it

    return default_path().parent / "city"


def _linted(folder: Path, model: ZoneModel, policy: Policy) -> LintRun | Text:
    """Copy the city's configurations into *folder* and lint them there, so that the reader can do the same."""
    from segmentation.commands.basis import Basis  # noqa: PLC0415 - help must not load it
    from segmentation.commands.lint import analyse  # noqa: PLC0415
    from segmentation.commands.lint_inputs import read_devices  # noqa: PLC0415
    from segmentation.device.device import Device  # noqa: PLC0415

    source = embedded_city() / ("clean" if folder.name == "clean" else "")
    for name in CONFIGS:
        write_atomically(folder / name, (source / name).read_bytes())
    devices = read_devices([folder / name for name in CONFIGS], model)
    read = [d for d in devices if isinstance(d, Device)]
    if len(read) != len(CONFIGS):
        return _UNREAD.format(message=next(d.message for d in devices if not isinstance(d, Device)))
    return analyse(read, Basis(model, policy, LINT_DAY))
