"""How the device itself is managed: its services, their sources, its accounts (NC-21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from segmentation.device.management import Account, Aspect, ManagementService, ServiceKind
from segmentation.lint.management import filters_input
from segmentation.lint.subject import Subject, examples
from segmentation.model.finding import Finding, Severity
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind

_CLEARTEXT = Text(
    "{device}の管理に、内容が暗号化されない{service}を使えます。パスワードや設定が盗み見られるおそれがあります。"
    "停止し、SSHやHTTPSなど暗号化されるものに替えるよう、保守業者に依頼してください。",
    "{device} can be managed by {service}, which is not encrypted: passwords and settings can be read on the way. Ask the "
    "contractor to switch it off and to use an encrypted one such as SSH or HTTPS.",
)
_OLD_SNMP = Text(
    "{device}の状態監視に、暗号化も利用者の確認もないSNMP（版{version}）を使っています。版3に替えるか、停止してください。",
    "{device} is watched by SNMP version {version}, which has neither encryption nor user authentication. Use version 3 or "
    "switch it off.",
)
_KNOWN_SECRET = Text(
    "{device}の{service}に、出荷時や例示のまま知れ渡った合言葉（publicなど）が設定されています。誰でも使えるため、"
    "直ちに変更するよう保守業者に依頼してください。",
    "{service} of {device} has a password that everybody knows (such as public). Anybody can use it: have the contractor "
    "change it at once.",
)
_WRITABLE = Text(
    "{device}のSNMPは、設定の書き換えまで許しています。読み取りだけに変更してください。",
    "SNMP of {device} may change settings. Limit it to reading.",
)
_UNLIMITED = Text(
    "{device}の{service}は、接続元を限定していません。管理用の端末のアドレスだけに限定してください。",
    "{service} of {device} is not limited to any source. Limit it to the addresses of the management hosts.",
)
_FROM_OUTSIDE = Text(
    "{device}の{service}は、管理用ではない{zones}からも接続できます。接続元を管理用のゾーンに限定してください。",
    "{service} of {device} can be reached from {zones}, which is no management zone. Limit it to the management zone.",
)
_WIDE_SOURCES = Text(
    "{device}の{service}に許した接続元に、管理用のゾーンにないアドレス（{addresses}）が含まれています。"
    "そのアドレスの機器を使っているのが誰かを確認し、不要なら外してください。",
    "The sources allowed to use {service} of {device} include addresses outside the management zone ({addresses}). Find out "
    "who uses them, and take them out if nobody needs them.",
)
_NO_PASSWORD = Text(
    "{device}に、パスワードのない利用者が{count}件あります: {names}。パスワードを設定するか、削除してください。",
    "{device} has {count} accounts without a password: {names}. Set one, or delete them.",
)
_FACTORY = Text(
    "{device}に、出荷時と同じ名前の利用者が{count}件残っています: {names}。個人ごとの利用者に替え、"
    "出荷時のものは無効にするよう保守業者に依頼してください。",
    "{device} still has {count} accounts under the vendor's own names: {names}. Use personal accounts and have the contractor "
    "disable these.",
)
_WEAK_HASH = Text(
    "{device}では、{count}件の利用者のパスワードが元に戻せる形や古い方式で保存されています: {names}。"
    "設定ファイルを見た人に知られます。強い方式で保存し直してください。",
    "{device} keeps the passwords of {count} accounts in a reversible or outdated form: {names}. Whoever sees the file knows "
    "them. Store them anew in a strong form.",
)
_CLEAR = frozenset({ServiceKind.TELNET, ServiceKind.HTTP, ServiceKind.FTP, ServiceKind.TFTP})
_HARMLESS = frozenset({ServiceKind.PING})
#: SNMPv1 and v2c carry the community in the clear (RFC 1157 4.1, RFC 1901); RFC 3411-3418 define version 3.
_OLD_VERSIONS = frozenset({"1", "2", "2c"})


def service_findings(subject: Subject) -> Iterator[Finding]:
    """NC-21 from what the configuration says about management services and accounts."""
    if subject.asks("NC-21", Aspect.SERVICES):
        yield from _services(subject)
    if subject.asks("NC-21", Aspect.ACCOUNTS):
        yield from _accounts(subject)


def _services(subject: Subject) -> Iterator[Finding]:
    grouped: defaultdict[tuple[Text, str, Severity | None], list[ManagementService]] = defaultdict(list)
    for service in subject.device.management.services:
        for message, key, severity in _faults(subject, service):
            grouped[message, key, severity].append(service)
    for (message, key, severity), services in grouped.items():
        first = services[0]
        yield subject.finding(
            "NC-21", message, first.location, key=key, rule_text=first.text, severity=severity, count=len(services)
        )


def _faults(subject: Subject, service: ManagementService) -> Iterator[tuple[Text, str, Severity | None]]:
    if service.kind in _HARMLESS:
        return
    name, device = _label(service), subject.device.name
    if service.well_known_secret:
        yield _KNOWN_SECRET.format(device=device, service=name), f"secret|{service.kind}", Severity.CRITICAL
    if service.kind in _CLEAR:
        yield _CLEARTEXT.format(device=device, service=name), f"clear|{service.kind}", None
    elif service.kind is ServiceKind.SNMP and service.version in _OLD_VERSIONS:
        yield _OLD_SNMP.format(device=device, version=service.version), f"snmp|{service.version}", Severity.MEDIUM
    elif service.kind is ServiceKind.SSH and service.version == "1":  # RFC 4253 replaced it; its keys can be recovered
        yield _CLEARTEXT.format(device=device, service=Text("SSH（版1）", "SSH version 1")), "clear|ssh1", None
    if service.writable:
        yield _WRITABLE.format(device=device), "writable", None
    yield from _sources(subject, service, name)


def _sources(subject: Subject, service: ManagementService, name: Text) -> Iterator[tuple[Text, str, Severity | None]]:
    """Whether anybody but the management zone may use the service, by its own limits and by the zones it listens to."""
    device = subject.device
    if service.sources is not None and not service.sources:
        return
    if service.sources is None:
        # A filter on packets to the device itself may hold them back: then what passes it is judged, not the service.
        if filters_input(device):
            return
        zones = [z for i in service.interfaces for z in subject.zones_behind(i)]
        if zones and subject.judge is not None and subject.management:
            other = sorted({z for z in zones if subject.judge.model.zones[z].kind is not ZoneKind.MANAGEMENT})
            if other:
                message = _FROM_OUTSIDE.format(device=device.name, service=name, zones=subject.named(other))
                yield message, f"zones|{service.kind}|{','.join(other)}", None
        elif not (service.interfaces and subject.judge is not None and not zones):
            yield _UNLIMITED.format(device=device.name, service=name), f"unlimited|{service.kind}", Severity.MEDIUM
        return
    if subject.management and (other_sources := service.sources - subject.management):
        texts = other_sources.texts()
        addresses = ", ".join(texts[:5]) + (" …" if len(texts) > 5 else "")
        message = _WIDE_SOURCES.format(device=device.name, service=name, addresses=addresses)
        yield message, f"sources|{service.kind}|{addresses}", None


def _label(service: ManagementService) -> Text:
    name = service.kind.value.upper() if service.kind is not ServiceKind.OTHER else "管理サービス"
    english = service.kind.value.upper() if service.kind is not ServiceKind.OTHER else "a management service"
    return Text(name, english)


def _accounts(subject: Subject) -> Iterator[Finding]:
    accounts = subject.device.management.accounts
    for message, key, severity, some in (
        (_NO_PASSWORD, "no-password", Severity.CRITICAL, [a for a in accounts if a.no_password]),
        (_FACTORY, "factory", Severity.MEDIUM, [a for a in accounts if a.factory and not a.no_password]),
        (_WEAK_HASH, "weak-hash", Severity.MEDIUM, [a for a in accounts if a.weak_hash]),
    ):
        if some:
            yield subject.finding(
                "NC-21", message.format(device=subject.device.name, count=len(some), names=examples(_named(some))),
                some[0].location, key=f"account|{key}", severity=severity, count=len(some),
            )  # fmt: skip


def _named(accounts: list[Account]) -> list[tuple[str, Location]]:
    return [(f"{a.name} [{a.weak_hash}]" if a.weak_hash else a.name, a.location) for a in accounts]
