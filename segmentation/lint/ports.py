"""Switch ports: what identifies a device that is plugged in, what is unused, which zones a trunk carries (NC-05, 13, 15)."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Aspect, PhysicalPort
from segmentation.lint.subject import Subject, examples
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind

_UNIDENTIFIED = Text(
    "{device}の{count}個のアクセスポート（{names}）に、つないだ機器を確認する設定（IEEE 802.1X、MAC認証、ポートセキュリティ）"
    "がありません。持ち込まれた機器がそのままつながります。認証を設定するか、別の手段で確認している証跡を残してください。",
    "{count} access ports of {device} ({names}) do not identify what is plugged in (IEEE 802.1X, MAC authentication or port "
    "security): a device that somebody brings along is connected. Set up authentication, or file evidence of another means.",
)
_OPEN_UNUSED = Text(
    "{device}で、使っていないと見られる{count}個のポート（{names}）が閉じられていません。使っていないことを現地で確認し、"
    "閉じる（shutdown）よう保守業者に依頼してください。",
    "{count} ports of {device} that seem unused ({names}) are not shut. Check on site that nothing uses them and have the "
    "contractor shut them.",
)
_UNDESCRIBED = Text(
    "{device}の使用中の{count}個のポート（{names}）に、接続先の説明がありません。何がつながっているかを記入してください。",
    "{count} ports of {device} in use ({names}) have no description. Write down what is connected to them.",
)
_TRUNK = Text(
    "{device}のポート{port}は、{zones}のVLANを一本のケーブルでまとめて流します。相手の装置が系の間を中継すると、"
    "ファイアウォールを通らずにつながります。相手の装置を確認し、必要なVLANだけに限定してください。",
    "Port {port} of {device} carries VLANs of {zones} on one cable. If the device at its other end relays between them, they "
    "are joined past the firewall. Find out what that device is and allow only the VLANs it needs.",
)
_NATIVE = Text(
    "{device}のトランクポート{port}では、タグのないフレームがゾーン{zone}のVLAN {vlan}に入ります。"
    "使っていないVLANに変更してください。",
    "On the trunk port {port} of {device}, untagged frames enter VLAN {vlan} of the zone {zone}. Use a VLAN that nothing uses.",
)
_NO_LEFTOVER = Text("相手の装置は、この設定からは分かりません。", "The configuration does not tell what is at the other end.")
#: IEEE 802.1Q: untagged frames belong to VLAN 1 unless the port says otherwise.
_DEFAULT_VLAN = 1


def port_findings(subject: Subject) -> Iterator[Finding]:
    """What is wrong with the physical ports."""
    if Aspect.PORTS not in subject.device.aspects:
        return
    ports = subject.device.management.ports
    access = [p for p in ports if p.enabled and p.configured and p.mode == "access" and not p.identification]
    unused = [p for p in ports if p.enabled and _seems_unused(p)]
    bare = [p for p in ports if p.enabled and not _seems_unused(p) and not p.description]
    for rule, key, message, some in (
        ("NC-13", "identification", _UNIDENTIFIED, access),
        ("NC-15", "unused", _OPEN_UNUSED, unused),
        ("NC-15", "description", _UNDESCRIBED, bare),
    ):
        if some and subject.policy.applies(rule):
            text = message.format(device=subject.device.name, count=len(some), names=examples(_named(some)))
            yield subject.finding(rule, text, some[0].location, key=f"ports|{key}", count=len(some))
    if subject.judge is not None and subject.policy.applies("NC-05"):
        for port in ports:
            if port.enabled and port.mode == "trunk":
                yield from _trunk(subject, port)


def _seems_unused(port: PhysicalPort) -> bool:
    """Whether nothing but the port's name is written, or it was left in the default VLAN without a word."""
    left = port.mode == "access" and not port.description and port.vlans in ((), (_DEFAULT_VLAN,))
    return not port.configured or (left and not port.identification)


def _named(ports: list[PhysicalPort]) -> list[tuple[str, Location]]:
    return [(p.name, p.location) for p in ports]


def _trunk(subject: Subject, port: PhysicalPort) -> Iterator[Finding]:
    """A trunk that carries layers together with a protected one, and untagged frames that land in a zone."""
    assert subject.judge is not None
    model, name = subject.judge.model, subject.device.name
    zoned = {v: z.id for z in model.zones.values() for v in z.vlans}
    carried = [z for v, z in sorted(zoned.items()) if not port.vlans or v in port.vlans]
    layers = {model.layer(z).id: model.layer(z) for z in carried}
    protected = {z.kind for z in layers.values()} & {ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.CLOSED}
    if len(layers) > 1 and protected:
        message = _TRUNK.format(device=name, port=port.name, zones=subject.named(list(layers)))
        yield subject.finding(
            "NC-05", message, port.location, key=f"trunk|{port.name}", severity=Severity.MEDIUM,
            confidence=Confidence.POSSIBLE, confidence_reason=_NO_LEFTOVER,
        )  # fmt: skip
    native = port.native_vlan
    if native is not None and native in zoned:
        message = _NATIVE.format(device=name, port=port.name, zone=subject.named([zoned[native]]), vlan=native)
        yield subject.finding("NC-05", message, port.location, key=f"native|{port.name}", severity=Severity.MEDIUM)
