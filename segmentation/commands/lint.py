"""``sekisho lint``: configurations against the zone model, with findings, matrix and witnesses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from segmentation.commands import exit_codes
from segmentation.commands.basis import Basis, basis_options, load_basis
from segmentation.commands.bilingual import command, option
from segmentation.commands.fix_plan import publish_plan
from segmentation.commands.fix_plan import refusal as plan_refusal
from segmentation.commands.language import current_lang
from segmentation.commands.lint_examine import Examined, NotExamined, Outcome, examine, examine_devices, guarded
from segmentation.commands.lint_inputs import VENDORS, Group, Refused, collection_paused, read_groups, read_live
from segmentation.commands.lint_workers import examine_in_workers
from segmentation.commands.progress import progress
from segmentation.commands.reporting import Reporting, load_baseline, publish, reporting_options, write_file
from segmentation.device.device import Device
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.report.run import (
    LintRun,
    PolicyInfo,
    ToolInfo,
    exception_notes,
    zone_names,
)
from segmentation.report.width import printable

_ABOUT = Text(
    "ファイアウォール設定がゾーン定義と規程のとおりかを証明します。違反には、通過するパケットの実例と、"
    "それを許した規則の行、根拠となる条項を示します。CONFIG は nft list ruleset、nft -j list ruleset、"
    "iptables-save、ip6tables-save、ipset save の出力、または各社のファイアウォールとルーターの設定です（--vendor を参照）。",
    "Prove that firewall configurations do what zone model and policy say. Each difference comes with a packet that "
    "passes, the line of the rule that lets it, and the clause. CONFIG is the output of nft list ruleset, "
    "nft -j list ruleset, iptables-save, ip6tables-save or ipset save, or the configuration of a device (see --vendor).",
)
_FORMATS = ", ".join(VENDORS)
_VENDOR = Text(
    f"設定の形式（{_FORMATS}）。省略時は内容から判別します。",
    f"Format of the configurations ({_FORMATS}); else recognised from their text.",
)
_LIVE = Text(
    "この装置で今動作している nftables を netlink で読みます（Linux、管理者権限が必要。設定は変更しません）。",
    "Read the nftables rules now in force on this host over netlink (Linux, needs administrator rights; changes nothing).",
)
_NETNS = Text(
    "--live で読むネットワーク名前空間（ip netns の名前）。",
    "The network namespace that --live reads (a name of ip netns).",
)
_DEVICE = Text(
    "ファイルをこの装置のものとして扱います（ゾーン定義の装置ID）。",
    "Treat all files as those of this device (its ID in the zone model).",
)
_WITNESS = Text("証拠パケットをキャプチャファイル（pcap）に書きます。", "Write the witness packets as a capture (pcap).")
_ONE_FILE = Text(
    "--output と --witness-pcap が同じファイル {file} を指しています。別の名前にしてください。",
    "--output and --witness-pcap name one file, {file}; give them different names.",
)
_FIX_PLAN = Text(
    "指摘の代わりに、安全に削除・統合できる規則の整理案を出します。通信が変わらないことを証明できたものだけを載せます。",
    "Instead of findings, print which rules can be deleted or merged: only what is proved to change no packet's fate.",
)
_ANALYSING = Text("設定を読み取り、解析しています…", "Reading and analysing …")
_NOT_GIVEN = Text(
    "ゾーン定義にある次の装置は、設定が渡されていないため検査していません: {devices}",
    "These devices of the zone model were not examined, because no configuration was given: {devices}",
)
_UNKNOWN_DEVICE = Text(
    "{device} はゾーン定義に無い装置です。インターフェースの先にあるゾーンが不明なため、全ゾーンをアドレスだけで判定しました。",
    "{device} is not a device of the zone model. Its interfaces are not known, so all zones were judged by addresses alone.",
)
_NO_SUCH_DEVICE = Text(
    "装置 {device} はゾーン定義にありません。あるもの: {known}", "The zone model has no device {device}; it has: {known}"
)
#: Characters of several devices from which they are examined in processes of their own: starting one takes a second.
SIDE_BY_SIDE = 1 << 19


@command("lint", _ABOUT)
@click.argument("configs", metavar="CONFIG...", nargs=-1, type=click.Path(path_type=Path))
@basis_options
@option("--vendor", text=_VENDOR, type=click.Choice(list(VENDORS)), metavar="FORMAT")
@option("--device", text=_DEVICE, metavar="NAME")
@option("--live", text=_LIVE, is_flag=True)
@option("--netns", text=_NETNS, metavar="NAME")
@reporting_options
@option("--witness-pcap", text=_WITNESS, type=click.Path(path_type=Path, dir_okay=False))
@option("--fix-plan", text=_FIX_PLAN, is_flag=True)
def lint(
    configs: tuple[Path, ...],
    zones: Path | None,
    profile: str | None,
    overlays: tuple[Path, ...],
    at: dt.datetime | None,
    vendor: str | None,
    device: str | None,
    netns: str | None,
    reporting: Reporting,
    witness_pcap: Path | None,
    *,
    live: bool,
    fix_plan: bool,
) -> int:
    """Read everything, analyse, report; returns the exit code."""
    live = live or netns is not None
    if not configs and not live:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=next(p for p in context.command.params if p.name == "configs"))
    if fix_plan and (code := plan_refusal(reporting)) is not None:
        return code
    if witness_pcap is not None and reporting.output is not None and witness_pcap.resolve() == reporting.output.resolve():
        click.echo(_ONE_FILE.format(file=witness_pcap).in_(current_lang()), err=True)
        return exit_codes.USAGE
    baseline = load_baseline(reporting, LintRun.schema)
    if isinstance(baseline, int):
        return baseline
    basis = load_basis(zones, profile, overlays, at)
    if isinstance(basis, int):
        return basis
    if device is not None and device not in basis.model.devices:
        # Not an error: a device that the model does not have yet can be examined; but it may be mistyped.
        known = ", ".join(basis.model.devices) or "-"
        click.echo(_NO_SUCH_DEVICE.format(device=device, known=known).in_(current_lang()), err=True)
    groups: list[Group | Refused] = [*(read_groups(configs, basis.model, vendor=vendor, device=device) if configs else ())]
    running: list[Device | Refused] = [*(read_live(device if not configs else None, netns) if live else ())]
    refused = [d for d in (*running, *groups) if isinstance(d, Refused)]
    if refused:
        for each in refused:
            click.echo(printable(each.message.in_(current_lang())), err=True)
        return exit_codes.USAGE if any(r.usage for r in refused) else exit_codes.NOT_UNDERSTOOD
    given = [g for g in groups if isinstance(g, Group)]
    kernels = [d for d in running if isinstance(d, Device)]
    if fix_plan:
        with progress(_ANALYSING, len(given) + len(kernels)), collection_paused():
            return publish_plan([*kernels, *(g.device() for g in given)], reporting)
    run, complete = examine_all(given, kernels, basis)
    if witness_pcap is not None:
        from segmentation.report.witness_capture import witness_capture  # noqa: PLC0415 - loads scapy

        code = write_file(witness_pcap, witness_capture(run.findings, basis.at))
        if code != exit_codes.CLEAN:
            return code
    code = publish(run, reporting, baseline)
    return code if complete or code == exit_codes.USAGE else exit_codes.NOT_UNDERSTOOD


def examine_all(groups: Sequence[Group], kernels: Sequence[Device], basis: Basis) -> tuple[LintRun, bool]:
    """The run over the files of *groups* and the devices already read; and whether every one was examined.

    Large inputs are examined side by side.  Of a device that could not be examined, a message goes to stderr.
    """
    outcomes: list[Outcome] = [examine_devices([d], basis) for d in kernels]
    with progress(_ANALYSING, len(groups)) as steps:
        if len(groups) > 1 and sum(g.size for g in groups) >= SIDE_BY_SIDE:
            outcomes += examine_in_workers(groups, basis, done=steps.advance)
        elif len(groups) == 1:
            outcomes.append(examine(groups[0], basis))
        else:
            for group in groups:
                outcomes.append(guarded(group, basis))
                steps.advance()
    for each in outcomes:
        if isinstance(each, NotExamined):
            click.echo(printable(each.message.in_(current_lang())), err=True)
    return merged(outcomes, basis), not any(isinstance(o, NotExamined) for o in outcomes)


def analyse(devices: Sequence[Device], basis: Basis) -> LintRun:
    """The run of the linter over *devices*."""
    with progress(_ANALYSING, len(devices)):
        return merged([examine_devices(devices, basis)], basis)


def merged(outcomes: Sequence[Outcome], basis: Basis) -> LintRun:
    """One run of what the devices gave, in the order given: the same whether they were examined together or apart."""
    found = [o for o in outcomes if isinstance(o, Examined)]
    return LintRun(
        tool=ToolInfo(at=basis.at),
        policy=PolicyInfo.of(basis.policy, basis.model),
        findings=tuple(sorted((f for o in found for f in o.findings), key=lambda f: f.sort_key)),
        zones=zone_names(basis.model),
        exceptions=exception_notes(basis.model, basis.at),
        undecided=tuple(dict.fromkeys(t for o in found for t in o.undecided)),
        not_visible=tuple(_not_visible(outcomes, basis.model)),
        utc_offset_minutes=basis.model.utc_offset_minutes,
        inputs=tuple(each for o in outcomes for each in o.inputs),
        matrix=tuple(c for o in found for c in o.matrix),
        unproven=sum(o.unproven for o in found),
    )


def _not_visible(outcomes: Sequence[Outcome], model: ZoneModel) -> Iterator[Text]:
    examined = {name for o in outcomes if isinstance(o, Examined) for name in o.devices}
    given = examined | {o.device for o in outcomes if isinstance(o, NotExamined)}
    for name in sorted(examined - set(model.devices)):
        yield _UNKNOWN_DEVICE.format(device=name)
    missing = [d for d in model.devices.values() if d.id not in given]
    if missing:
        ja = "、".join(f"{d.name.ja}（{d.id}）" for d in missing)
        en = ", ".join(f"{d.name.en} ({d.id})" for d in missing)
        yield _NOT_GIVEN.format(devices=Text(ja, en))
