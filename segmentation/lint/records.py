"""Where the device's log goes, and where its clock comes from (LT-01, LT-05, Y-03, MN-13)."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Aspect, SyslogTarget, TimeServer
from segmentation.lint.subject import Subject, address_of
from segmentation.model.addresses import AddressSet
from segmentation.model.finding import Finding, Severity
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import TCP, UDP
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind

_NO_SYSLOG = Text(
    "{device}は、ログをほかの機器に送っていません。装置の中だけのログは、故障や侵入のときに失われます。"
    "ログの保管先（syslog）を設定するよう、保守業者に依頼してください。",
    "{device} sends its log nowhere. A log that exists only on the device is lost when the device fails or is broken into. "
    "Have the contractor set a log store (syslog).",
)
_SYSLOG_OFF = Text(
    "{device}のログの送信先（{host}）は、設定されていますが無効になっています。有効にしてください。",
    "The log target {host} of {device} is set but switched off. Switch it on.",
)
_SYSLOG_ELSEWHERE = Text(
    "{device}は、ログを管理用のゾーンでも登録された通信経路でもない送信先（{host}、{zone}）へ送っています。"
    "保管先が正しいかを確認し、正しければ通信経路として登録してください。",
    "{device} sends its log to {host} in {zone}, which is neither in the management zone nor declared. Find out whether that "
    "is the log store; if so, declare the conduit.",
)
_NO_TIME = Text(
    "{device}に時刻合わせ（NTP）の設定がありません。時刻がずれると、ログを突き合わせて調べることができません。"
    "庁内の時刻サーバを設定するよう、保守業者に依頼してください。",
    "{device} has no time server (NTP). With a clock that drifts, logs cannot be put side by side. Have the contractor set the "
    "organisation's time server.",
)
_TIME_OFF = Text(
    "{device}の時刻サーバ（{host}）は、設定されていますが無効になっています。有効にしてください。",
    "The time server {host} of {device} is set but switched off. Switch it on.",
)
_TIME_ELSEWHERE = Text(
    "{device}は、登録されていない時刻サーバ（{host}、{zone}）に合わせています。庁内の時刻サーバに替えるか、"
    "通信経路として登録してください。",
    "{device} takes its clock from {host} in {zone}, which is not declared. Use the organisation's time server, or declare "
    "the conduit.",
)
_CLOSED_SILENT = Text(
    "閉域のネットワークにつながる{device}が、ログを保管先へ送っていません。利用の記録と点検ができません。",
    "{device}, which joins the closed network, sends its log nowhere: its use cannot be recorded and reviewed.",
)
_SYSLOG_PORTS = {"udp": (UDP,), "tcp": (TCP,), "tls": (TCP,)}
_NTP = 123


def record_findings(subject: Subject) -> Iterator[Finding]:
    """What is wrong with where log and clock come from and go to."""
    device = subject.device
    if Aspect.SYSLOG in device.aspects:
        targets = device.management.syslog
        active = [t for t in targets if t.enabled]
        if not active:
            if subject.policy.applies("LT-01"):
                yield _absent(subject, targets)
            if subject.policy.applies("Y-03") and _on_closed(subject):
                yield subject.finding("Y-03", _CLOSED_SILENT.format(device=device.name), subject.first, key="syslog")
        elif subject.policy.applies("LT-01"):
            for target in active:
                yield from _elsewhere(subject, target)
    if subject.asks("LT-05", Aspect.TIME):
        yield from _clock(subject)


def _absent(subject: Subject, targets: tuple[SyslogTarget, ...]) -> Finding:
    name = subject.device.name
    if targets:
        message = _SYSLOG_OFF.format(device=name, host=targets[0].host)
        return subject.finding("LT-01", message, targets[0].location, key="syslog|off")
    return subject.finding("LT-01", _NO_SYSLOG.format(device=name), subject.first, key="syslog|none")


def _elsewhere(subject: Subject, target: SyslogTarget) -> Iterator[Finding]:
    zone = subject.zone_of(target.host)
    if zone is None or subject.judge is None or not subject.management:
        return
    if zone and subject.judge.model.zones[zone].kind is ZoneKind.MANAGEMENT:
        return
    if not _declared(subject, target.host, _SYSLOG_PORTS.get(target.protocol, (UDP, TCP)), target.port):
        message = _SYSLOG_ELSEWHERE.format(
            device=subject.device.name, host=target.host, zone=subject.named([zone] if zone else [])
        )
        yield subject.finding("LT-01", message, target.location, key=f"syslog|{target.host}", dst_zone=zone)


def _clock(subject: Subject) -> Iterator[Finding]:
    servers = subject.device.management.time_servers
    active = [s for s in servers if s.enabled]
    name = subject.device.name
    if not servers:
        yield subject.finding("LT-05", _NO_TIME.format(device=name), subject.first, key="none")
    elif not active:
        message = _TIME_OFF.format(device=name, host=servers[0].host)
        yield subject.finding("LT-05", message, servers[0].location, key="off")
    for server in active:
        yield from _undeclared_clock(subject, server)


def _undeclared_clock(subject: Subject, server: TimeServer) -> Iterator[Finding]:
    zone = subject.zone_of(server.host)
    if zone is None or subject.judge is None:
        return
    model = subject.judge.model
    address = address_of(server.host)
    registered = AddressSet.union(e.addresses for e in model.endpoints.values() if "ntp" in e.tags)
    if address in registered or (zone and model.zones[zone].kind is ZoneKind.MANAGEMENT):
        return
    if _declared(subject, server.host, (UDP,), _NTP):
        return
    message = _TIME_ELSEWHERE.format(device=subject.device.name, host=server.host, zone=subject.named([zone] if zone else []))
    mynumber = zone and model.zones[zone].kind is ZoneKind.OUTSIDE and ZoneKind.MYNUMBER in _kinds(subject)
    rule = "MN-13" if mynumber and subject.policy.applies("MN-13") else "LT-05"
    severity = None if rule == "MN-13" else Severity.MEDIUM
    yield subject.finding(rule, message, server.location, key=f"clock|{server.host}", dst_zone=zone, severity=severity)


def _declared(subject: Subject, host: str, protocols: tuple[int, ...], port: int) -> bool:
    """Whether a declared conduit leads to this host and port, from anywhere: the device may send from any of its addresses."""
    address = address_of(host)
    if address is None or subject.judge is None:
        return False
    there = AddressSet.of(address.family, IntervalSet.single(address.value))
    return any(
        d.kind.allows and d.conduit and d.dst & there and any(
            p in t.protocols and port in t.dst_ports for t in d.terms for p in protocols
        )
        for d in subject.judge.decisions
    )  # fmt: skip


def _kinds(subject: Subject) -> frozenset[ZoneKind]:
    """The kinds of the zones the device stands in."""
    mapped = subject.scope.interfaces if subject.scope is not None else None
    names = [*(mapped or ()), *subject.interfaces]
    return subject.kinds(z for n in names for z in subject.zones_behind(n))


def _on_closed(subject: Subject) -> bool:
    return subject.judge is not None and ZoneKind.CLOSED in _kinds(subject)
