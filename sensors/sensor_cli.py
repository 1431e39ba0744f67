"""``sekisho sensor``: watch mirror ports until told to stop; with ``self-check`` say what is known of its isolation."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segmentation.commands import exit_codes
from segmentation.commands.basis import load_basis, policy_options
from segmentation.commands.bilingual import command, option
from segmentation.commands.language import current_lang
from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from segmentation.report.width import printable

if TYPE_CHECKING:
    from segmentation.model.judge import Judge
    from sensors.metrics import Snapshot
    from sensors.service.outputs import Moment
    from sensors.service.supervisor import Supervisor

_ABOUT = Text(
    "ミラーポートの通信を、ゾーン定義と規程で判定し続けます（self-check: 自身の隔離の確認、manifest: "
    "ファイルの一覧、prepare: 起動の準備）。",
    "Judge the traffic of mirror ports by zone model and policy until stopped (self-check: what can be verified about its "
    "own isolation; manifest: hashes of the installed files; prepare: compile what the service runs).",
)
_INTERFACE = Text("取得するインターフェース。繰り返し指定できます。", "Interface to capture from; may be repeated.")
_ZONES = Text(
    "ゾーン定義ファイル。省略時は同梱の架空の市（みどり野市）を使います。",
    "Zone model; without it the embedded example city (Midorino) is used.",
)
_WORKERS = Text(
    "インターフェースごとの取得プロセスの数（トンネルのミラーでは1にしてください）。",
    "Capture processes for each interface (leave it at 1 for mirrors inside tunnels).",
)
_LISTEN = Text("Prometheusが読む /metrics の待ち受け（アドレス:ポート）。", "Where Prometheus reads /metrics: address:port.")
_EVE = Text("違反をEVE JSON（1行1件）で追記するファイル。", "File to which violations are appended as EVE JSON lines.")
_STATE = Text(
    "証拠のパケットを残すフォルダー（省略時は残しません）。", "Folder for evidence packets; without it none are kept."
)
_WATCH = Text("端末に区間ごとの通信と検知を表示し続けます。", "Show zone pairs, rates and findings on the terminal.")
_SEGMENT = Text(
    "VLANタグのないフレームが属する区間（ゾーンID）。繰り返し指定できます。",
    "Zone on whose own segment untagged frames are captured; may be repeated.",
)
_FLOWS = Text("覚えておくフローの数（開始時に固定）。", "Flows kept at a time; fixed at the start.")
_RING = Text("取得バッファの大きさ（MiB、インターフェースごと）。", "Size of the capture ring of each interface, MiB.")
_DURATION = Text("この秒数で終わります（試験用）。", "End after so many seconds (for tests).")
_MANIFEST = Text("self-check が照合するファイルの一覧。", "List of files for self-check to compare with.")
_NO_INTERFACE = Text("--interface を指定してください。", "--interface is required.")
_BAD_LISTEN = Text(
    "--listen の {value} を「アドレス:ポート」として読めません（例 127.0.0.1:9477）。",
    "--listen {value}: expected address:port, such as 127.0.0.1:9477.",
)
_SYSLOG = Text("違反をsyslog（RFC 5424、TCP）で送るサーバー。", "Log server for RFC 5424 messages over TCP.")
_SYSLOG_TLS = Text("違反をsyslog（RFC 5425、TLS）で送るサーバー。", "Log server for RFC 5424 messages over TLS.")
_SYSLOG_CA = Text(
    "--syslog-tls のサーバー証明書を発行した認証局の証明書（PEM）。省略時はこの機械の信頼する認証局。",
    "Certificate (PEM) of the authority behind --syslog-tls; else those this machine trusts.",
)
_CEF = Text("違反をCEF（1行1件）で追記するファイル。", "File to which violations are appended as CEF lines.")
_BAD_SYSLOG = Text(
    "{value} はログサーバーとして読めません。log.example.lg.jp:6514 の形で指定してください。",
    "{value} is no log server: expected host:port, such as log.example.lg.jp:6514.",
)
_BAD_CA = Text("{file} を証明書として読めません（{why}）。", "Cannot read {file} as a certificate: {why}.")
_NO_LISTEN = Text("{value} で待ち受けできません（{why}）。", "Cannot listen on {value}: {why}.")
_NO_ZONE = Text("--segment の {zone} というゾーンはありません。", "--segment: the zone model has no zone {zone}.")
_NO_STATE = Text("{folder} を使えません（{why}）。", "Cannot use {folder}: {why}.")
_PRIVILEGED = Text("余分な権限を手放せませんでした（{why}）。", "Could not give up privileges: {why}.")
_STARTED = Text("{interfaces} の監視を始めます（プロセス {pid}）。", "Watching {interfaces} (process {pid}).")
_RELOADED = Text("ゾーン定義を読み直しました（{sha256}）。", "The zone model was read again ({sha256}).")
_REFUSED = Text(
    "新しいゾーン定義に誤りがあるため、元の定義のまま続けます。",
    "The new zone model is not valid; the one in force stays.",
)
_NOT_A_TERMINAL = Text("端末ではないため --watch の表示はしません。", "Not a terminal: --watch shows nothing.")
_FINAL = Text(
    "終了しました。パケット {packets:,}、フロー {flows:,}、違反 {violations:,}、取りこぼし {dropped:,}、追跡外 {lost:,}。",
    "Stopped. Packets {packets:,}, flows {flows:,}, violations {violations:,}, dropped {dropped:,}, not tracked {lost:,}.",
)
_BLIND = Text(
    "{interface} からは1つのパケットも取得していません。この区間は監視できていません。",
    "Not one packet came from {interface}: what it should mirror was not watched.",
)
_PREPARED = Text(
    "解析用のプログラムの準備ができました（{seconds:.0f}秒）。", "The compiled kernels are ready ({seconds:.0f} s)."
)
_ACTIONS = ("self-check", "manifest", "prepare")


@command("sensor", _ABOUT)
@click.argument("action", metavar="[self-check|manifest|prepare]", required=False, type=click.Choice(_ACTIONS))
@option("--interface", "interfaces", text=_INTERFACE, metavar="NAME", multiple=True)
@option("--zones", text=_ZONES, type=click.Path(path_type=Path, dir_okay=False))
@policy_options
@option("--segment", "segments", text=_SEGMENT, metavar="ZONE", multiple=True)
@option("--workers", text=_WORKERS, type=click.IntRange(1, 64), default=1)
@option("--flows", text=_FLOWS, type=click.IntRange(1024, 1 << 26), default=1 << 18)
@option("--ring", "ring_mib", text=_RING, type=click.IntRange(1, 4096), default=64)
@option("--listen", text=_LISTEN, metavar="ADDRESS:PORT")
@option("--eve", text=_EVE, type=click.Path(path_type=Path, dir_okay=False))
@option("--syslog", text=_SYSLOG, metavar="HOST[:PORT]")
@option("--syslog-tls", text=_SYSLOG_TLS, metavar="HOST[:PORT]")
@option("--syslog-ca", text=_SYSLOG_CA, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option("--cef", text=_CEF, type=click.Path(path_type=Path, dir_okay=False))
@option("--state", text=_STATE, type=click.Path(path_type=Path, file_okay=False))
@option("--watch", text=_WATCH, is_flag=True)
@option("--duration", text=_DURATION, type=click.FloatRange(0.1), metavar="SECONDS")
@option("--manifest", text=_MANIFEST, type=click.Path(path_type=Path, dir_okay=False))
def sensor(
    action: str | None,
    interfaces: tuple[str, ...],
    zones: Path | None,
    profile: str | None,
    overlays: tuple[Path, ...],
    segments: tuple[str, ...],
    workers: int,
    flows: int,
    ring_mib: int,
    listen: str | None,
    eve: Path | None,
    syslog: str | None,
    syslog_tls: str | None,
    syslog_ca: Path | None,
    cef: Path | None,
    state: Path | None,
    watch: bool,  # noqa: FBT001  # options arrive as arguments
    duration: float | None,
    manifest: Path | None,
) -> int:
    """Run the sensor, or one of its actions; the exit code."""
    if action in ("manifest", "prepare"):
        return _manifest() if action == "manifest" else _prepare(zones, profile, overlays)
    if not interfaces:
        return _usage(_NO_INTERFACE)
    if action == "self-check":
        return _self_check(interfaces, manifest)
    servers = [(_server(syslog, 601), False), (_server(syslog_tls, 6514), True)]  # RFC 6587 3, RFC 5425 9.2: their ports
    if (problem := _misread(listen, syslog, syslog_tls)) is not None:
        return _usage(problem)
    address = _address(listen) or ("", -1)

    def read() -> Judge | int:
        from segmentation.model.judge import Judge  # noqa: PLC0415  # after the options are known to be right

        basis = load_basis(zones, profile, overlays, None)
        return basis if isinstance(basis, int) else Judge.of(basis.model, basis.policy)

    judge = read()
    if isinstance(judge, int):
        return judge
    for segment in segments:
        if segment not in judge.model.zones:
            return _usage(_NO_ZONE.format(zone=segment))
    from sensors.capture.ring import RingConfig  # noqa: PLC0415  # loads numpy and Numba
    from sensors.service.supervisor import SensorConfig, Supervisor  # noqa: PLC0415

    native = frozenset(z for s in segments for z in (judge.model.zones[s].id, *judge.model.zones_within(s)))
    evidence = None if state is None else state / "evidence"
    try:
        if evidence is not None:
            evidence.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _usage(_NO_STATE.format(folder=evidence, why=os_reason(error)))
    config = SensorConfig(
        interfaces=tuple(dict.fromkeys(interfaces)), workers=workers, flows=flows, native=native, evidence=evidence,
        memory=None if state is None else state / "memory.json",
        ring=RingConfig(blocks=max(2, ring_mib // workers)),
    )  # fmt: skip
    supervisor = Supervisor(config, judge, _say)
    if (code := _outputs(supervisor, address, listen, eve)) != exit_codes.CLEAN:
        return code
    try:
        _further_outputs(supervisor, servers, syslog_ca, cef)
    except (OSError, ValueError) as error:
        return _usage(_BAD_CA.format(file=syslog_ca, why=os_reason(error) if isinstance(error, OSError) else error))
    _drop_privileges()
    return _run(supervisor, read, duration, watch=watch)


def _manifest() -> int:
    from sensors.service.selfcheck import manifest_text  # noqa: PLC0415  # only this action needs it

    click.echo(manifest_text(), nl=False)
    return exit_codes.CLEAN


def _prepare(zones: Path | None, profile: str | None, overlays: tuple[Path, ...]) -> int:
    """Compile the kernels into the cache, so that no start of the service has to."""
    from segmentation.model.judge import Judge  # noqa: PLC0415  # only this action needs them here
    from sensors.service.prepare import prepare  # noqa: PLC0415

    basis = load_basis(zones, profile, overlays, None)
    if isinstance(basis, int):
        return basis
    begun = time.monotonic()
    prepare(Judge.of(basis.model, basis.policy))
    _say(_PREPARED.format(seconds=time.monotonic() - begun))
    return exit_codes.CLEAN


def _say(text: Text) -> None:
    click.echo(printable(text.in_(current_lang())), err=True)


def _usage(text: Text) -> int:
    _say(text)
    return exit_codes.USAGE


def _address(listen: str | None) -> tuple[str, int] | None:
    """(address, port), port -1 where nothing shall listen; ``None`` if it cannot be read."""
    if listen is None:
        return "", -1
    address, _, port = listen.rpartition(":")
    if not address or not port.isdecimal() or int(port) > 65535:
        return None
    return address.strip("[]"), int(port)


def _outputs(supervisor: Supervisor, address: tuple[str, int], listen: str | None, eve: Path | None) -> int:
    from sensors.events.journal import Journal  # noqa: PLC0415  # only the running sensor needs them
    from sensors.service.outputs import EveOutput, MetricsOutput  # noqa: PLC0415

    if eve is not None:
        offset = supervisor.state.judge.model.utc_offset_minutes
        supervisor.outputs.append(EveOutput(Journal(eve), current_lang(), offset))
    if address[1] >= 0:
        try:
            supervisor.outputs.append(MetricsOutput.listen(*address, supervisor.snapshot(time.time_ns())))
        except OSError as error:
            return _usage(_NO_LISTEN.format(value=listen, why=os_reason(error)))
    return exit_codes.CLEAN


def _misread(listen: str | None, *log_servers: str | None) -> Text | None:
    """What is wrong with an address that was given, if anything."""
    if _address(listen) is None:
        return _BAD_LISTEN.format(value=listen)
    bad = next((v for v in log_servers if v is not None and _server(v, 601) is None), None)
    return None if bad is None else _BAD_SYSLOG.format(value=bad)


def _server(value: str | None, port: int) -> tuple[str, int] | None:
    """Host and port of a log server; ``None`` where there is none, or it cannot be read."""
    if not value:
        return None
    host, colon, written = value.rpartition(":")
    if not colon or value.endswith("]") or (":" in host and not host.startswith("[")):
        host, written = value, str(port)
    host = host.strip("[]")
    return (host, int(written)) if host and written.isdecimal() and 0 < int(written) <= 65535 else None


def _further_outputs(
    supervisor: Supervisor, servers: list[tuple[tuple[str, int] | None, bool]], authority: Path | None, cef: Path | None
) -> None:
    """Log servers and CEF.  Raises :class:`OSError`, :class:`ValueError` for certificates that cannot be read."""
    import socket  # noqa: PLC0415  # only the running sensor needs them
    import ssl  # noqa: PLC0415

    from segmentation.report.run import ToolInfo  # noqa: PLC0415
    from sensors.events.journal import Journal  # noqa: PLC0415
    from sensors.events.syslog import SyslogSender  # noqa: PLC0415
    from sensors.service.outputs import CefOutput, SyslogOutput  # noqa: PLC0415

    lang = current_lang()
    for server, encrypted in servers:
        if server is not None:
            context = ssl.create_default_context(cafile=None if authority is None else str(authority)) if encrypted else None
            name = "syslog_tls" if encrypted else "syslog"
            supervisor.outputs.append(SyslogOutput(SyslogSender(*server, context), socket.gethostname(), lang, name))
    if cef is not None:
        supervisor.outputs.append(CefOutput(Journal(cef), ToolInfo().version, lang))


def _drop_privileges() -> None:
    from sensors.service.privileges import keep_only_net_raw  # noqa: PLC0415  # only the running sensor needs it

    try:
        keep_only_net_raw()
    except OSError as error:
        _say(_PRIVILEGED.format(why=os_reason(error)))


class _Flags:
    """What signals ask for."""

    def __init__(self) -> None:
        self.stop = self.reload = False
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)

    def _on_stop(self, *_: object) -> None:
        self.stop = True

    def _on_reload(self, *_: object) -> None:
        self.reload = True


def _run(supervisor: Supervisor, read: Callable[[], Judge | int], duration: float | None, *, watch: bool) -> int:
    from sensors.service.view import CLEAR  # noqa: PLC0415  # only the running sensor needs it

    flags = _Flags()
    import os  # noqa: PLC0415  # the process number, for the log alone

    _say(_STARTED.format(interfaces=", ".join(supervisor.config.interfaces), pid=os.getpid()))
    if watch and not sys.stdout.isatty():
        _say(_NOT_A_TERMINAL)
        watch = False
    if watch:
        click.echo(CLEAR, nl=False)
    supervisor.start()
    begun = due = time.monotonic()
    before: Snapshot | None = None
    while not flags.stop and (duration is None or time.monotonic() - begun < duration):
        supervisor.poll(0.1)
        if flags.reload:
            flags.reload = False
            _reload(supervisor, read)
        if time.monotonic() >= due:
            due = max(due + 1.0, time.monotonic())
            moment = supervisor.tick(time.time_ns())
            if watch:
                _draw(supervisor, moment, before)
                before = moment.snapshot
    last = supervisor.stop()
    _final(last.snapshot, supervisor.sum().new)
    return exit_codes.CLEAN


def _reload(supervisor: Supervisor, read: Callable[[], Judge | int]) -> None:
    judge = read()
    if isinstance(judge, int):
        supervisor.refused()
        _say(_REFUSED)
        return
    supervisor.reload(judge)
    _say(_RELOADED.format(sha256=judge.model.sha256[:16]))


def _draw(supervisor: Supervisor, moment: Moment, before: Snapshot | None) -> None:
    from sensors.service.view import painted, screen  # noqa: PLC0415  # only --watch needs it

    size = shutil.get_terminal_size()
    lines = screen(
        moment.snapshot, before, 1.0, supervisor.state.notices, moment.now_ns, lang=current_lang(), columns=size.columns,
        rows=size.lines - 1,
    )  # fmt: skip
    click.echo(painted(lines), nl=False)


def _final(snapshot: Snapshot, flows: int) -> None:
    """The report at the end, on stdout."""
    lang, health = current_lang(), snapshot.health
    interfaces = health.interfaces if health is not None else ()
    counted = _FINAL.format(
        packets=snapshot.packets, flows=flows, violations=sum((snapshot.violations or {}).values()),
        dropped=sum(i.dropped for i in interfaces), lost=snapshot.flows_not_tracked,
    )  # fmt: skip
    click.echo(counted.in_(lang))
    for i in interfaces:
        if not i.packets:
            click.echo(_BLIND.format(interface=i.interface).in_(lang))


def _self_check(interfaces: tuple[str, ...], manifest: Path | None) -> int:
    """Print what could be verified; 0 when nothing failed, 1 when something did, 3 when something could not be told."""
    from sensors.service.links import links  # noqa: PLC0415  # only this action needs them
    from sensors.service.selfcheck import Standing, check  # noqa: PLC0415

    before, seconds = links(interfaces), 1.0
    _drop_privileges()
    time.sleep(seconds)
    statements = check(interfaces, before, seconds, manifest)
    lang = current_lang()
    for s in statements:
        click.echo(printable(f"[{s.standing.text.in_(lang)}] {s.text.in_(lang)}"))
    standings = {s.standing for s in statements if s.key != "switch"}
    if Standing.FAILED in standings:
        return exit_codes.FINDINGS
    return exit_codes.NOT_UNDERSTOOD if Standing.UNKNOWN in standings else exit_codes.CLEAN
