"""``make demo-live``: the reference city in network namespaces, a sensor on its mirror port, real clients, real alerting.

Started as root; everything runs in namespaces of its own (network, processes, mounts), which end with it however it ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click

from segmentation.commands import exit_codes
from segmentation.commands.bilingual import command, option, usage_message
from segmentation.commands.language import current_lang, lang_in, lang_of_environment
from segmentation.model.judge import Judge
from segmentation.model.text import Lang, Text
from segmentation.profiles.loader import load_policy
from segmentation.report.width import printable
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.example import live_faults, live_sensor
from sensors.example.alerting import Alerting, UnavailableError, alerting
from sensors.example.city import City
from sensors.example.live_network import CityNetwork
from sensors.example.live_silence import silence
from sensors.example.live_view import Pair, Row, Seen, replayed, row, strangers, table

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
#: Programs that build the city and make its traffic.
_PROGRAMS = ("unshare", "nsenter", "setpriv", "ip", "nft", "curl", "openssl", "ping", "mount")
#: Where the sensor has its state, as its systemd unit says; a mount of this process alone.
_STATE = Path("/var/lib/sekisho")
#: Set where the program runs inside its own namespaces.
_INSIDE = "SEKISHO_DEMO_LIVE_INSIDE"
_WINDOW_SECONDS = 8
#: A closed session leaves the flow table after 5 s, an idle tick later.
_SETTLE_SECONDS = 7.0

_ABOUT = Text(
    "参照用の市をネットワーク名前空間に作り、センサー・Prometheus・Alertmanagerを実際に動かして、仕込んだ違反が"
    "すべて見つかるかを確かめます（root）。",
    "Build the reference city in network namespaces, run sensor, Prometheus and Alertmanager for real, and check that every "
    "planted fault is found (root).",
)
_OUTPUT = Text("結果を書くフォルダー。", "Folder for what is written.")
_ROOT = Text(
    "demo-live はネットワーク名前空間を作るため、rootで実行してください（例: sudo make demo-live）。",
    "demo-live makes network namespaces and must be run as root, for instance: sudo make demo-live",
)
_PROGRAM = Text(
    "{program} がありません。rootで make system を実行すると入ります。",
    "{program} is not installed; make system (as root) installs it.",
)
_NO_NAMESPACE = Text("この環境ではネットワーク名前空間を作れません（{why}）。", "No network namespace can be made here: {why}.")
_STEPS = (
    Text("1. 市のネットワークを作ります（名前空間とveth）", "1. Building the city's network (namespaces and veth)"),
    Text(
        "2. センサーを権限なしで起動します（初回は解析部の準備に1分ほどかかります）",
        "2. Starting the sensor without privileges (the first run prepares the kernels, about a minute)",
    ),
    Text("3. PrometheusとAlertmanagerを起動します", "3. Starting Prometheus and Alertmanager"),
    Text("4. 正しい通信を流します", "4. Traffic that is allowed"),
    Text("5. 違反を1つずつ仕込みます", "5. Planting the faults, one by one"),
    Text("6. 通知を待ち、センサーを止めて証拠を検証します", "6. Waiting for alerts, then verifying the evidence"),
)
_PRIVILEGES = Text("  利用者ID {user}、権限 {mask}（CAP_NET_RAWのみ）", "  user {user}, capabilities {mask} (CAP_NET_RAW only)")
_NOT_READABLE = Text(
    "  このフォルダーは他の利用者から読めないため、利用者は変えず、権限だけを手放します。",
    "  Other users cannot read this folder: the sensor keeps its user and gives up its capabilities alone.",
)
_RELOADED = Text(
    "  ゾーン定義を読み直させました（保守の時間帯を閉じました）。",
    "  The zone model was reloaded: the maintenance window is closed now.",
)
_CALENDAR = Text(
    "市の台帳の日付は、今日が2026年8月19日に当たるようにずらし、保守の時間帯は今に合わせてあります。8日間の無通信（V22）は"
    "待てないため、時刻を付けた記録を再生して判定しました。",
    "The dates of the city's registers are moved so that today is their 19 August 2026, and the maintenance window is set "
    "around the present. Eight days of silence (V22) cannot be waited for: a replayed capture with its own times shows them.",
)
_SILENCE = (
    Text("更新の通信が8日間ない", "No update traffic for 8 days"),
    Text("更新の通信が5日ごとにある", "Update traffic every 5 days"),
)
_VERIFIED = Text("証拠 {slices}個を検証し、改変はありませんでした。", "{slices} evidence slices verified, nothing was changed.")
_NOT_VERIFIED = Text("証拠を検証できませんでした: {what}", "The evidence did not verify: {what}")
_LOST = Text(
    "パケット {packets:,}、取りこぼし {dropped}、解析不能 {bad}", "Packets {packets:,}, dropped {dropped}, not decoded {bad}"
)
_NOT_CAPTURING = Text("センサーがミラーポートからパケットを取得しません。", "The sensor captures nothing from the mirror port.")
_NOT_SCRAPED = Text("Prometheusがセンサーを読みません。", "Prometheus does not scrape the sensor.")
_NOT_RELOADED = Text("ゾーン定義の読み直しができませんでした。", "The zone model was not reloaded.")
_GOOD = Text(
    "仕込んだ違反はすべて見つかり、それ以外の指摘はありません。", "Every planted fault was found, and nothing else was told."
)
_BAD = Text("結果が予定と違います。", "The result is not what was planted.")
_FILES = Text("イベント・証拠・ログは {folder} にあります。", "Events, evidence and logs are in {folder}.")


@command("demo-live", _ABOUT)
@option("--output", text=_OUTPUT, type=click.Path(path_type=Path, file_okay=False), default=Path("demo-live-output"))
def demo_live(output: Path) -> int:
    """Run it; 0 when every planted fault was found and nothing else."""
    if os.environ.get(_INSIDE):
        return _inside(output.resolve(), current_lang())
    if sys.platform != "linux" or os.geteuid() != 0:
        return _usage(_ROOT)
    for program in (*_PROGRAMS, "prometheus", "prometheus-alertmanager"):
        if shutil.which(program) is None:
            return _usage(_PROGRAM.format(program=program))
    return _in_namespaces([*sys.argv[1:]])


def _usage(text: Text) -> int:
    click.echo(text.in_(current_lang()), err=True)
    return exit_codes.USAGE


def _in_namespaces(arguments: Sequence[str]) -> int:
    """Run this program again with its own network, processes and mounts: when it ends, everything in them ends."""
    walls = ["unshare", "--net", "--pid", "--mount", "--mount-proc", "--fork", "--kill-child=KILL", "--"]
    probe = subprocess.run([*walls, "true"], capture_output=True, check=False)
    if probe.returncode:
        return _usage(_NO_NAMESPACE.format(why=probe.stderr.decode("utf-8", "replace").strip()))
    command_ = ["setpriv", "--pdeathsig=KILL", *walls, sys.executable, "-m", "sensors.example.live_city", *arguments]
    process = subprocess.Popen(command_, env={**os.environ, _INSIDE: "1"}, start_new_session=True)
    asked: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        asked.append(number)
        process.kill()  # unshare takes its child with it, and with process 1 of the namespace everything else

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    code = process.wait()
    return exit_codes.INTERRUPTED if asked else code if code >= 0 else exit_codes.INTERNAL


def _inside(output: Path, lang: Lang) -> int:
    """The demonstration itself."""

    def say(text: Text) -> None:
        click.echo(text.in_(lang))

    _prepare(output)
    now = time.time()
    live_sensor.write_zones(_STATE, now, maintenance=True)
    live_sensor.seed_kernels(_STATE / "kernels")
    model = load(default_path(), "zones.toml").model
    assert model is not None
    say(_STEPS[0])
    with CityNetwork(City.of(model)) as network:
        live_faults.build(network, output)
        say(_STEPS[1])
        if not live_sensor.readable():
            live_sensor.open_the_way(_STATE.parent, output)
        user = live_sensor.USER if live_sensor.readable() else os.geteuid()
        if user != live_sensor.USER:
            say(_NOT_READABLE)
        with live_sensor.sensor(_STATE, network.mirror, lang=lang, user=user) as running:
            try:
                code = _watched(network, running, output, lang)
            except live_sensor.SensorEndedError as error:
                click.echo(printable(str(error)), err=True)
                code = exit_codes.FINDINGS
            except UnavailableError as error:
                code = _usage(_PROGRAM.format(program=error))
    _hand_over(output)
    say(_FILES.format(folder=output))
    return code


def _watched(network: CityNetwork, running: live_sensor.RunningSensor, output: Path, lang: Lang) -> int:
    def say(text: Text) -> None:
        click.echo(text.in_(lang))

    def arrived() -> bool:
        network.hosts["madoguchi-30"].run("ping", "-c", "1", "-W", "1", str(network.city.host("madoguchi-31")), check=False)
        return running.metric("sekisho_capture_packets_total") > 0

    if not running.until(arrived, 240):
        return _failed(_NOT_CAPTURING, lang)
    user, mask = running.privileges()
    say(_PRIVILEGES.format(user=user, mask=f"0x{mask:x}"))
    say(_STEPS[2])
    with alerting(DASHBOARDS, output / "alerting", [running.target], window_seconds=_WINDOW_SECONDS) as stack:
        if not stack.wait(lambda: bool(stack.query("sekisho_violations_total")), 30):
            return _failed(_NOT_SCRAPED, lang)
        say(_STEPS[3])
        _act(network, live_faults.TWINS, lang)
        time.sleep(_SETTLE_SECONDS)  # an increase needs a scrape at the old value; what is allowed must be told of by now
        clean = _seen(network, running, stack)
        say(_STEPS[4])
        _act(network, live_faults.FAULTS[:-1], lang)
        live_sensor.write_zones(_STATE, time.time(), maintenance=False)
        if not running.reload():
            return _failed(_NOT_RELOADED, lang)
        say(_RELOADED)
        _act(network, live_faults.FAULTS[-1:], lang)
        say(_STEPS[5])
        expected = {clean.pair(t) for p in live_faults.FAULTS for t in p.told if t.alert}
        stack.wait(lambda: expected <= _delivered(stack) and expected <= _scraped(stack), 40)
        time.sleep(2)  # what nobody expects must have its chance to come
        last = running.metrics()
        seen = _seen(network, running, stack)
    running.stop()
    slices, problem = _evidence(running.folder / "state" / "evidence", lang)
    seen = replace(seen, events=tuple(running.events()), slices=slices)
    return _report(clean, seen, last, problem, lang)


def _report(clean: Seen, seen: Seen, metrics: dict[str, float], problem: str, lang: Lang) -> int:
    """Print the table; the exit code."""

    def say(text: Text) -> None:
        click.echo(text.in_(lang))

    rows: list[Row] = [row(p, clean) for p in live_faults.TWINS] + [row(p, seen) for p in live_faults.FAULTS]
    for number, title, expected, found in zip(("V22", "V22c"), _SILENCE, (["MN-15"], []), silence(_judge()), strict=True):
        rows.append(replayed(number, title, expected, found))
    click.echo()
    for line in table(rows, lang):
        click.echo(line)
    click.echo()
    others = [*strangers(live_faults.TWINS, clean), *strangers((*live_faults.TWINS, *live_faults.FAULTS), seen)]
    for text in others:
        say(text)

    def total(name: str) -> int:
        return int(sum(v for k, v in metrics.items() if k.partition("{")[0] == name))

    dropped = total("sekisho_kernel_dropped_packets_total")
    # ARP has no flow, and what the mirror shows before and after the router is one packet.
    expected = [f'sekisho_not_decoded_packets_total{{reason="{reason}"}}' for reason in ("arp", "duplicate")]
    bad = total("sekisho_not_decoded_packets_total") - int(sum(metrics.get(name, 0) for name in expected))
    say(_LOST.format(packets=total("sekisho_capture_packets_total"), dropped=dropped, bad=bad))
    say(_NOT_VERIFIED.format(what=problem) if problem else _VERIFIED.format(slices=len(seen.slices)))
    say(_CALENDAR)
    good = not (others or problem or dropped or any(r.differences for r in rows)) and bool(seen.slices)
    say(_GOOD if good else _BAD)
    return exit_codes.CLEAN if good else exit_codes.FINDINGS


def _judge() -> Judge:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return Judge.of(model, load_policy(model.profile))


def _failed(text: Text, lang: Lang) -> int:
    click.echo(text.in_(lang), err=True)
    return exit_codes.FINDINGS


def _act(network: CityNetwork, plants: Sequence[live_faults.Plant], lang: Lang) -> None:
    for plant in plants:
        click.echo(f"  {plant.id:5} {plant.title.in_(lang)}")
        plant.act(network)


def _seen(network: CityNetwork, running: live_sensor.RunningSensor, stack: Alerting) -> Seen:
    alerts = frozenset((a["labels"]["alertname"], _pair(a["labels"])) for a in stack.received.alerts("firing"))
    layer = {z: network.city.model.layer(z).id for z in network.city.model.zones}
    return Seen(events=tuple(running.events()), series=_scraped(stack), alerts=alerts, slices=(), layer=layer)


def _delivered(stack: Alerting) -> frozenset[Pair]:
    return frozenset(_pair(a["labels"]) for a in stack.received.alerts("firing"))


def _scraped(stack: Alerting) -> frozenset[Pair]:
    return frozenset(_pair(v["metric"]) for v in stack.query("sekisho_violations_total > 0"))


def _pair(labels: dict[str, str]) -> Pair:
    return labels.get("rule", ""), labels.get("src_zone", ""), labels.get("dst_zone", "")


def _evidence(folder: Path, lang: Lang) -> tuple[tuple[Pair, ...], str]:
    """The pairs of the slices, and what ``sekisho evidence verify`` has against them."""
    sekisho = [sys.executable, "-m", "segmentation", "evidence"]
    verified = subprocess.run([*sekisho, "verify", str(folder), "--lang", lang], capture_output=True, text=True, check=False)
    listed = subprocess.run([*sekisho, "list", str(folder), "--format", "json"], capture_output=True, text=True, check=False)
    rows = json.loads(listed.stdout)["slices"] if listed.returncode == 0 else []
    problem = "" if verified.returncode == 0 else (verified.stdout + verified.stderr).strip()
    return tuple((str(r.get("rule")), str(r.get("src_zone")), str(r.get("dst_zone"))) for r in rows), problem


def _prepare(output: Path) -> None:
    """An empty place for the sensor's state, below *output*; only kernels compiled by an earlier run are kept."""
    state = output / "sensor"
    for old in (output / "alerting", *(p for p in state.glob("*") if p.name != "kernels")):
        shutil.rmtree(old, ignore_errors=True)
        old.unlink(missing_ok=True)
    state.mkdir(parents=True, exist_ok=True)
    # The mounts are this process's own.  The state's usual place can be reached by any user, the output folder may not.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(_STATE.parent)], check=True)
    _STATE.mkdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(state), str(_STATE)], check=True)


def _hand_over(output: Path) -> None:
    """Give everything to the owner of the folder in which the output lies."""
    owner = output.parent.stat()
    for place in (output, *output.rglob("*")):
        os.chown(place, owner.st_uid, owner.st_gid, follow_symlinks=False)


def main() -> int:
    """The program; its exit code."""
    lang = lang_in(sys.argv[1:]) or lang_of_environment(os.environ)
    try:
        code = demo_live.main(sys.argv[1:], prog_name="demo-live", standalone_mode=False)
    except click.ClickException as error:
        click.echo(usage_message(error, lang), err=True)
        return exit_codes.USAGE
    return code if isinstance(code, int) else exit_codes.CLEAN


if __name__ == "__main__":
    sys.exit(main())
