"""The older AlliedWare (AR routers, Rapier, AT-8800 …): IP traffic filters and firewall policies.

AlliedWare OS Software Reference 2.9.1 (C613-03129), chapters "Internet Protocol (IP)" and "Firewall".  What the reference
says of defaults is from memory: a filter discards what none of its entries names; a policy lets sessions out of private
interfaces and none in through public ones.  Keywords may be cut short (``poli=``, ``int=``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems, Term, address_value, decimal
from segmentation.device.match import Field, flag_set
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ICMP, PROTOCOL_NUMBERS, TCP, UDP
from segmentation.vendors.awplus import reasons
from segmentation.vendors.reading import MASK, SourceText, shown

#: Lines that only this system writes.
CLASSIC = re.compile(
    r"(?i)(?:create|add|enable) fire(?:wall)? poli(?:cy)?=|(?:add|set) ip (?:int(?:erface)?|fil(?:ter)?)=|create vlan=\S+ vid="
    r"|set (?:user=\S+ (?:pass|priv)|system name=)"
)
_SECRETS = re.compile(r"(?i)(\b(?:pass\w*|secret|community|key|pw|authpassword)=)(\"[^\"]*\"|\S+)")
_WORD = re.compile(r'[^\s="]+="[^"]*"|[^\s"]+')
#: What services are called in rules, as protocol and port.
_PORTS = {
    "ftp": 21, "telnet": 23, "smtp": 25, "domain": 53, "dns": 53, "http": 80, "www": 80, "pop3": 110, "ntp": 123, "snmp": 161,
    "https": 443, "isakmp": 500, "tftp": 69, "ssh": 22, "pptp": 1723,
}  # fmt: skip
_HEADS = frozenset({"create", "add", "set", "enable", "disable", "delete", "destroy", "activate", "reset", "load", "purge"})
#: RFC 9293 3.1: a session starts with SYN and without ACK; packets with ACK belong to one.
_SESSIONS = {"established": flag_set(16, 16), "start": flag_set(18, 2)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an IP filter."""

    number: int
    permit: bool
    term: Term
    log: bool
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule of a firewall policy: sessions that come in by *interface*."""

    number: int
    action: str
    interface: str
    local: IntervalSet | None  # addresses on the private side
    remote: IntervalSet | None
    outer: IntervalSet | None  # the public address of a translation
    outer_ports: IntervalSet | None
    protocols: IntervalSet | None
    ports: IntervalSet | None
    source_ports: IntervalSet | None
    uncertain: tuple[str, ...]
    location: Location
    text: str


@dataclass(slots=True)
class Face:
    """An IP interface."""

    location: Location
    addresses: list[tuple[int, int]] = field(default_factory=list)  # address, prefix length
    filter: str = ""
    bound: tuple[Location, str] | None = None


@dataclass(slots=True)
class ClassicParser:
    """The state while commands are read."""

    problems: Problems = field(default_factory=Problems)
    name: str = ""
    filters: dict[str, list[Entry]] = field(default_factory=dict)
    faces: dict[str, Face] = field(default_factory=dict)
    sides: dict[str, bool] = field(default_factory=dict)  # interface -> private
    rules: list[PolicyRule] = field(default_factory=list)
    hidden: list[tuple[str, str, Location, str]] = field(default_factory=list)  # NAT: private, public interface
    firewall: Location | None = None
    enabled: bool = False

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read every command."""
        for text in texts:
            for number, raw in enumerate(text.lines(), 1):
                stripped = raw[:4_000].strip()
                if not stripped or stripped[0] in "#!":
                    continue
                location = Location(text.name, number)
                shown_text = shown(_SECRETS.sub(lambda m: m.group(1) + MASK, stripped))
                words = _WORD.findall(stripped)
                if not words:
                    continue
                try:
                    self._command([w.lower() for w in words], location, shown_text)
                except Misread as wrong:
                    self.problems.add(location, shown_text, wrong.reason)

    def _command(self, words: list[str], location: Location, text: str) -> None:
        verb = words[0]
        plain = [w for w in words[1:] if "=" not in w]
        values = dict(w.split("=", 1) for w in words[1:] if "=" in w)
        values = {k: v.strip('"') for k, v in values.items()}
        first = words[1].partition("=")[0] if len(words) > 1 else ""
        about = _about(first, words)
        if verb not in _HEADS:
            raise Misread(reasons.UNKNOWN)
        if about == "firewall":
            self._firewall(verb, values, location, text)
        elif about == "ip filter" and verb in ("add", "set"):
            self._filter(values, location, text)
        elif about == "ip interface" and verb in ("add", "set"):
            self._interface(values, location, text)
        elif about == "system" and "name" in values:
            self.name = values["name"]
        elif about == "switch" and any(w.startswith("hwf") for w in (*plain, *values)):
            self.problems.add(location, text, reasons.OTHER_FILTER, widened=False)

    def _firewall(self, verb: str, values: dict[str, str], location: Location, text: str) -> None:
        get = _getter(values)
        if verb == "enable" and not get("policy"):
            self.enabled = True
        if verb == "create" and get("policy"):
            self.firewall = self.firewall or location
        interface = get("interface").partition("-0")[0]
        if verb not in ("add", "set") or not interface:
            return
        if kind := get("type"):
            self.sides[interface] = kind.startswith("pri")
        elif get("nat"):
            public = get("gblinterface").partition("-0")[0]
            self.hidden.append((interface, public, location, text))
        elif get("rule"):
            try:
                self.rules.append(_rule(get, interface, location, text))
            except Misread as wrong:
                # Kept: it may allow anything, or deny nothing.
                self.problems.add(location, text, wrong.reason)
                number = decimal(get("rule"), 65535) or 0
                action = "den" if get("action")[:3] == "den" else "all"
                anything = (None,) * 7
                self.rules.append(PolicyRule(number, action, interface, *anything, (text[:80],), location, text))

    def _filter(self, values: dict[str, str], location: Location, text: str) -> None:
        get = _getter(values)
        number = values.get("filter") or values.get("fil") or ""
        if (decimal(number, 999) or 0) >= 100:
            return  # filters of policy, priority and routes discard nothing
        listed = self.filters.setdefault(number, [])
        order = decimal(get("entry"), 65535) or 1 + max((e.number for e in listed), default=0)
        action = get("action")[:3]
        permit = not (action and "exclude".startswith(action))
        uncertain = [f"{k}={get(k)}" for k in ("size", "icmpcode", "options") if get(k)]
        fields: dict[Field, IntervalSet] = {}
        try:
            if action not in ("inc", "exc"):
                raise Misread(reasons.BAD_ACTION.format(text=get("action")))  # noqa: TRY301  # one way out of a line
            fields = _conditions(get)
        except Misread as wrong:
            self.problems.add(location, text, wrong.reason)
            uncertain.append(text[:80])
        log = get("log") not in ("", "none")
        listed.append(Entry(order, permit, Term(fields, tuple(uncertain)), log, location, text))

    def _interface(self, values: dict[str, str], location: Location, text: str) -> None:
        get = _getter(values)
        name = get("interface").partition("-0")[0]
        face = self.faces.setdefault(name, Face(location))
        address, mask = address_value(get("ipaddress"), 4), address_value(get("mask"), 4)
        if address is not None:
            face.addresses.append((address, mask.bit_count() if mask is not None else 24))
        if get("filter"):
            face.filter, face.bound = ("" if get("filter") == "none" else get("filter")), (location, text)


def _conditions(get: Callable[[str], str]) -> dict[Field, IntervalSet]:
    """The fields of one entry of an IP filter."""
    fields: dict[Field, IntervalSet] = {}
    for address, mask, axis in (("source", "smask", Field.SRC), ("destination", "dmask", Field.DST)):
        found = _masked(get(address), get(mask))
        if found is not None:
            fields[axis] = found
    protocols = _protocols(get("protocol"))
    if protocols is not None:
        fields[Field.PROTO] = protocols
    for name, axis in (("sport", Field.SPORT), ("dport", Field.DPORT), ("icmptype", Field.SPORT)):
        ports = _ports(get(name))
        if ports is not None:
            fields[axis] = ports
    if get("session") in _SESSIONS:
        fields[Field.FLAGS] = _SESSIONS[get("session")]
    return fields


#: Keywords in the order in which a short form is given to them.
_NAMES = (
    "policy", "port", "interface", "type", "nat", "gblinterface", "rule", "action", "ip", "protocol", "source", "sourceport",
    "remoteip", "gblip", "gblport", "gblremoteip", "encapsulation", "days", "after", "before", "list", "natmask", "ipaddress",
    "mask", "filter", "smask", "destination", "dmask", "sport", "dport", "icmptype", "icmpcode", "session", "size", "log",
    "entry", "options",
)  # fmt: skip
#: Short forms that would fit two keywords.
_SHORT = {"po": "port", "ip": "ip"}


def _getter(values: dict[str, str]) -> Callable[[str], str]:
    """The value of a keyword, which may be cut short as long as it means one thing."""
    named: dict[str, str] = {}
    for key, value in values.items():
        fitting = [n for n in _NAMES if n == _SHORT.get(key, key)]
        fitting = fitting or [n for n in _NAMES if n.startswith(key) and len(key) > 1]
        for name in fitting[:1]:
            named.setdefault(name, value)
    return lambda name: named.get(name, "")


def _about(first: str, words: list[str]) -> str:
    if first.startswith("fire") and "firewall".startswith(first):
        return "firewall"
    if first == "ip" and len(words) > 2:
        second = words[2].partition("=")[0]
        if len(second) > 2 and "filter".startswith(second):
            return "ip filter"
        if len(second) > 2 and "interface".startswith(second):
            return "ip interface"
    return "switch" if first and "switch".startswith(first) else "system" if first[:3] == "sys" else first


def _rule(get: Callable[[str], str], interface: str, location: Location, text: str) -> PolicyRule:
    action = get("action")[:3]
    uncertain = tuple(f"{k}={get(k)}" for k in ("days", "after", "before", "list", "encapsulation", "gblremoteip") if get(k))
    if action not in ("all", "den", "nat", "non"):
        raise Misread(reasons.BAD_ACTION.format(text=get("action")))
    protocol = get("protocol")
    ports = _ports(get("port"))
    return PolicyRule(
        number=decimal(get("rule"), 65535) or 0, action=action, interface=interface, local=_span(get("ip")),
        remote=_span(get("remoteip")), outer=_span(get("gblip")), outer_ports=_ports(get("gblport")),
        protocols=_protocols(protocol), ports=ports, source_ports=_ports(get("sourceport")), uncertain=uncertain,
        location=location, text=text,
    )  # fmt: skip


def _masked(address: str, mask: str) -> IntervalSet | None:
    if not address or address == "any":
        return None
    base, fixed = address_value(address, 4), address_value(mask or "255.255.255.255", 4)
    if base is None or fixed is None:
        raise Misread(reasons.BAD_ADDRESS.format(text=f"{address} {mask}".strip()[:80]))
    free = ~fixed & 0xFFFFFFFF
    if fixed == 0:
        return None
    if free & (free + 1):
        raise Misread(reasons.BAD_ADDRESS.format(text=mask[:80]))
    return IntervalSet.of((base & fixed, base & fixed | free))


def _span(text: str) -> IntervalSet | None:
    if not text or text == "all":
        return None
    first, _, last = text.partition("-")
    low, high = address_value(first, 4), address_value(last or first, 4)
    if low is None or high is None or low > high:
        raise Misread(reasons.BAD_ADDRESS.format(text=text[:80]))
    return IntervalSet.of((low, high))


def _protocols(text: str) -> IntervalSet | None:
    if text in ("", "any", "all"):
        return None
    number = PROTOCOL_NUMBERS.get(text, decimal(text, 255))
    if number is None:
        raise Misread(reasons.BAD_PROTOCOL.format(text=text[:80]))
    return IntervalSet.single(number)


def _ports(text: str) -> IntervalSet | None:
    if text in ("", "any", "all"):
        return None
    if text in _PORTS:
        return IntervalSet.single(_PORTS[text])
    first, _, last = text.replace(":", "-").partition("-")
    low, high = decimal(first, 65535), decimal(last or first, 65535)
    if low is None or high is None or low > high:
        raise Misread(reasons.BAD_PORT.format(text=text[:80]))
    return IntervalSet.of((low, high))


def products(rule: PolicyRule, *, inward: bool) -> Iterator[Term]:
    """The conditions of a rule: its addresses are those of the private side, wherever the session comes from."""
    sides = ((Field.DST if inward else Field.SRC, rule.local), (Field.SRC if inward else Field.DST, rule.remote))
    fields = {axis: values for axis, values in sides if values is not None}
    protocols = rule.protocols
    if protocols is None and (rule.ports is not None or rule.source_ports is not None):
        protocols = IntervalSet.of((TCP, TCP), (UDP, UDP))
    if protocols is not None:
        fields[Field.PROTO] = protocols
    if protocols != IntervalSet.single(ICMP):
        fields |= {a: v for a, v in ((Field.DPORT, rule.ports), (Field.SPORT, rule.source_ports)) if v is not None}
    yield Term(fields, rule.uncertain)
