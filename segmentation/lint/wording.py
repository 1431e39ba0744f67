"""The sentences of the linter, and how rules, services and zones are named in them."""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.analysis.reach import Passage
from segmentation.device.device import Device, Rule
from segmentation.device.match import FIELD_TOP, Field
from segmentation.model.addresses import ANY as ANY_ADDRESS
from segmentation.model.finding import Step, Where, Witness
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.services import ICMP, ICMPV6, PORT_PROTOCOLS, PROTOCOL_NAMES
from segmentation.model.text import Text

CROSSING = Text(
    "{where}が、{src}から{dst}への{service}を通します。{reason}", "{where} lets {service} pass from {src} to {dst}. {reason}"
)
ACK_ONLY = Text(
    "{where}が、{src}から{dst}への、接続に属さないTCPパケット（{service}）を通します。新しい接続は開始できません。{reason}",
    "{where} lets TCP packets that belong to no session ({service}) pass from {src} to {dst}; none can be opened. {reason}",
)
NOT_ROUTING = Text(
    "無害化を行う機器は、パケットを転送（ルーティング）してはなりません。",
    "A sanitizing host must not forward packets.",
)
ANY_MATCH = Text(
    "{where}は、{fields}を限定せずにゾーン間の通信を許可しています。",
    "{where} permits traffic between zones without limiting the {fields}.",
)
IPV6_OPEN = Text(
    "{where}により、IPv4では閉じている{src}から{dst}への通信がIPv6では通ります。",
    "{where} lets traffic from {src} to {dst} pass over IPv6 while it is closed over IPv4.",
)
UNLOGGED = Text(
    "{device}では、ゾーン間の通信を許可する{count}件の規則がログに記録しません（行: {lines}）。",
    "On {device}, {count} rules that permit traffic between zones write no log entry (lines: {lines}).",
)
LAPSED = Text("通信経路{conduit}は、この日には登録されていません。", "Conduit {conduit} is not declared for this day.")
POSSIBLE = Text(
    "設定だけでは分からない条件があります: {parts}",
    "It depends on something the configuration does not tell: {parts}",
)
UNDECIDED = Text(
    "{device}: IPv{family}の{src}から{dst}への通信は、計算量の上限に達したため判定できませんでした。",
    "{device}: IPv{family} from {src} to {dst} was not decided: the limit of work was reached.",
)
UNREAD_FAMILY = Text(
    "{device}: IPv{family}の設定が与えられていないため、IPv{family}は検査していません。",
    "{device}: no IPv{family} configuration was given, so IPv{family} was not examined.",
)
MANAGEMENT = Text(
    "{where}が、管理用ではない{src}から装置自身への{service}を許可しています。",
    "{where} lets {src}, which is not a management zone, reach {service} of the device itself.",
)
UNMENTIONED = Text(
    "{device}: ゾーン定義のインターフェース{interface}が設定に出てきません。"
    "名前が違えば、その先のゾーンの判定は正しくありません。",
    "{device}: the configuration does not have interface {interface} of the zone model; if its name differs, the zones "
    "behind it were not judged rightly.",
)
ELSEWHERE = Text(
    "{device}: 許可の規則{count}件は、ゾーン定義ではこの装置のどのインターフェースの先にもないゾーンだけを対象としているため、"
    "判定していません（{rules}）。その先に経路がないことを確かめ、不要なら規則を消すか、ゾーン定義を直してください。",
    "{device}: {count} permits speak only of zones that lie behind none of its interfaces by the zone model, so they were not "
    "judged ({rules}). Make sure that no way leads there; delete the rules, or correct the zone model.",
)
NO_ADDRESS = Text(
    "{device}: 装置自身のアドレスが、ゾーン定義にも設定にもないため、管理用の通信（NC-21）は検査していません。",
    "{device}: neither the zone model nor the configuration has the device's own address, so its management plane (NC-21) was "
    "not examined.",
)
NO_FILTER = Text("転送を制限する設定がないこと", "The absence of a filter on forwarded packets")
_RULE = Text("{location} の規則", "The rule at {location}")
_POLICY = Text("{location} の既定の動作（許可）", "The default action (accept) at {location}")
_UNASSIGNED = Text("どのゾーンにも属さないアドレス", "addresses of no zone")
_ANYTHING = Text("すべての通信", "everything")
_AND_MORE = Text("{shown}ほか", "{shown} and more")
_AND = Text("、", ", ")
_NO_PORTS = IntervalSet()
_FIELDS = {
    "src": Text("送信元", "source"),
    "dst": Text("宛先", "destination"),
    "service": Text("サービス", "service"),
}


def zone_name(model: ZoneModel, zone: str) -> Text:
    """A zone's display name with its ID, or the words for addresses of no zone."""
    if not zone:
        return _UNASSIGNED
    name = model.zones[zone].name
    return Text(*(n if n == zone else f"{n}({zone})" for n in (name.ja, name.en)))


def device_rule(device: Device, passage: Passage) -> tuple[Where, Text]:
    """Where a passage was decided, and the words for it in a sentence."""
    if passage.rule is not None:
        location, text = passage.rule.location, passage.rule.text
        words = _RULE.format(location=location)
    elif passage.policy is not None:
        location, text = passage.policy.location, f"policy {passage.policy.policy.verb.value}"
        words = _POLICY.format(location=location)
    else:
        location, text, words = Location(device.inputs[0].file if device.inputs else device.name), "", NO_FILTER
    return Where(location=location, device=device.name, rule_text=text), words


def cause_of(device: Device, passage: Passage) -> str:
    """What to repair: the deciding rule, the policy of a chain, or the absence of a filter."""
    if passage.rule is not None:
        return f"{device.name}:{passage.rule.location}"
    file = passage.policy is not None and passage.policy.location.file
    return f"{device.name}:{passage.policy.location}" if passage.policy and file else f"{device.name}:{NO_FILTER.en}"


def rule_at(rule: Rule) -> Text:
    """The words for a rule in a sentence."""
    return _RULE.format(location=rule.location)


def witness_of(passage: Passage) -> Witness:
    """The witness of a passage with the rules that let it through, the deciding one last."""
    rules = passage.trace if passage.rule is None or passage.rule in passage.trace else (*passage.trace, passage.rule)
    return Witness(packet=passage.witness, path=steps(rules))


def steps(rules: Iterable[Rule]) -> tuple[Step, ...]:
    """Rules as the steps of a witness."""
    return tuple(Step(location=r.location, text=r.text) for r in rules)


def services(passage: Passage) -> Text:
    """The services of a passage in a few words: those of its lowest boxes, each named once."""
    names: dict[str, IntervalSet | None] = {}  # protocol, and its ports; None for all of them
    for box in passage.boxes:
        if box.protocols.size == 256 and box.dports.size == 65536:
            return _ANYTHING
        for lo, hi in box.protocols:
            if lo != hi:
                names[f"proto/{lo}-{hi}"] = None
                continue
            name = PROTOCOL_NAMES.get(lo, f"proto/{lo}")
            values = box.sports if lo in (ICMP, ICMPV6) else box.dports if lo in PORT_PROTOCOLS else None
            before = names.get(name, _NO_PORTS)
            names[name] = None if values is None or values.size >= 65536 or before is None else before | values
    different: list[str] = []
    for name, ports in names.items():
        different += [name] if ports is None else [f"{name}/{a}" if a == b else f"{name}/{a}-{b}" for a, b in ports]
    shown = ", ".join(different[:6])
    more = len(different) > 6 or passage.boxes_total > len(passage.boxes)
    return _AND_MORE.format(shown=shown) if more else Text(shown, shown)


def listed(parts: Iterable[Text]) -> Text:
    """Several sentences or terms as one, in each language."""
    texts = tuple(parts)
    return Text(" / ".join(t.ja for t in texts), " / ".join(t.en for t in texts))


def wide_fields(rule: Rule, trace: tuple[Rule, ...]) -> Text | None:
    """Which of source, destination and service neither the rule nor a rule that led to it limits; ``None`` if all are."""
    rules = (*trace, rule)
    matches = [r.match for r in rules]

    def limited(*fields: Field) -> bool:
        return any(f in r.match.fields and not is_whole(f, r) for r in rules for f in fields)

    open_fields = [
        _FIELDS[name]
        for name, is_limited in (
            ("src", limited(Field.SRC) or any(m.in_interface for m in matches)),
            ("dst", limited(Field.DST) or any(m.out_interface for m in matches)),
            ("service", limited(Field.PROTO, Field.DPORT, Field.SPORT)),
        )
        if not is_limited
    ]
    if not open_fields:
        return None
    return Text(_AND.ja.join(t.ja for t in open_fields), _AND.en.join(t.en for t in open_fields))


def is_whole(field: Field, rule: Rule) -> bool:
    """Whether a written set is every value there is: two halves of the address space are "any" in other words.

    Port 0 is not used (RFC 6335 6), so ports from 1 are all of them.
    """
    values = rule.match.fields[field]
    if field in (Field.SRC, Field.DST):
        return all(ANY_ADDRESS[f].issubset(values) for f in rule.families)
    return IntervalSet(((1, FIELD_TOP[field]),)).issubset(values)
