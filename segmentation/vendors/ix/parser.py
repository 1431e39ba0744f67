"""Lines of a NEC UNIVERGE IX configuration into lists, interfaces, filters bound to them, and NAT."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from segmentation.device.lexical import Misread, Problems, address_value, decimal, mask_length, prefix_values
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import PROTOCOL_NUMBERS
from segmentation.model.text import Text
from segmentation.vendors.ix import reasons
from segmentation.vendors.ix.lists import AccessList, application, read_entry
from segmentation.vendors.ix.system import Said
from segmentation.vendors.reading import MASK, SourceText, shown

LINE_LIMIT = 20_000
_FAMILY: dict[str, Family] = {"ip": 4, "ipv6": 6}
_SECRETS = (
    re.compile(r"(?i)(\bpassword (?:hash|secret|plain|hashed) )\S+"),
    re.compile(r"(?i)(\bsecret-password )\S+"),
    re.compile(r"(?i)(\bauthentication password \S+ )\S+"),
    re.compile(r"(?i)(\bkey (?:char |secret |hex )?)\S+"),
    re.compile(r"(?i)(\bcommunity (?:secret |plain )?)\S+"),
)
_HEADS = (
    "aaa arp bgp bridge cfm class-map clock connection console ddns device dhcp dns dns-cache eap end ether-oam exit "
    "ebgp flow-label gre hostname http-server http-username ike ikev2 ipsec isdn l2tp ldp led line lldp logging mac mail "
    "managed-switch map mobile mpls netmeister network-monitor nm no ntp password policy-map pp ppp pppoe proxy-arp "
    "proxy-dns qos radius rmon route route-map router sflow snmp-agent snmp sntp ssh-server syslog system telnet-server "
    "telnet terminal tftp timezone tracker track url-list username usb vrf vrrp watch-group web-console web-auth wireless "
    "zero-config hardware software"
)
#: First words of lines that do not decide what is forwarded, with all that is indented below them.
IRRELEVANT = frozenset(_HEADS.split())
_IP_WORDS = (
    "address-pool arp as-path cef community-list dhcp domain-name dynamic-filter dynamic-dns forwarding host icmp igmp local "
    "mroute multicast multicast-routing name-server nd neighbor policy prefix-list rip route routing source-route "
    "tcp ufs-cache unicast-routing reassembly redirects ping snooping extcommunity-list local-policy"
)
IRRELEVANT_IP = frozenset(_IP_WORDS.split())
_INTERFACE_WORDS = (
    "auto-connect bandwidth bgp bridge bridge-group channel-group description dialer dot1x duplex eap ether-oam idle-time "
    "ikev2 ike ipsec isdn keepalive l2tp linkmgr lldp mac-address mdix media mobile mpls mtu no packet-size ppp pppoe "
    "network-monitor port proxy-arp qos rate-limit service-policy shutdown snmp speed standby switchport traffic track "
    "tunnel url-filter vlan-group vrf vrrp web-auth wireless watch-group"
)
INTERFACE_WORDS = frozenset(_INTERFACE_WORDS.split())
_INTERFACE_IP = (
    "access-control arp dhcp df-bit directed-broadcast helper-address icmp idscan igmp mtu mss nd ospf pim policy proxy-arp "
    "proxy-nd redirects rip router tcp traffic unreachables autoconfig enable prefix multicast ufs-cache reassembly "
    "source-route ddns dynamic-filter local-proxy-arp accounting"
)
INTERFACE_IP = frozenset(_INTERFACE_IP.split())
_VLAN = re.compile(r"dot1q (\d{1,4})")


@dataclass(frozen=True, slots=True)
class Bound:
    """A filter bound to an interface: the lists of one direction are asked in the order of ``sequence``."""

    sequence: int
    name: str
    quiet: bool  # suppress-logging
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Static:
    """A static translation: packets to the interface's own (or *outer*) address and port go to *inner*."""

    outer: int | None
    inner: int
    protocols: IntervalSet | None
    outer_ports: IntervalSet | None
    inner_ports: IntervalSet | None
    location: Location
    text: str


@dataclass(slots=True)
class InterfaceDraft:
    """An interface as far as it was read."""

    name: str
    location: Location
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    dynamic: bool = False
    vlan: int | None = None
    bound: dict[tuple[Family, str], list[Bound]] = field(default_factory=dict)
    statics: list[Static] = field(default_factory=list)
    napt: tuple[Location, str] | None = None
    description: str = ""
    enabled: bool = True
    vrf: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place; ``deep`` when it is indented, that is part of the block above."""

    words: tuple[str, ...]
    text: str
    location: Location
    deep: bool
    comment: str


@dataclass(slots=True)
class Parser:
    """The state while lines are read."""

    problems: Problems = field(default_factory=Problems)
    lists: dict[tuple[Family, str], AccessList] = field(default_factory=dict)
    dynamic: dict[tuple[Family, str], AccessList] = field(default_factory=dict)
    interfaces: dict[str, InterfaceDraft] = field(default_factory=dict)
    has_ipv6: bool = False
    level: str = ""  # of log messages of filters
    block: InterfaceDraft | None = None
    skipped: bool = True  # the block is not about forwarding
    said: list[Said] = field(default_factory=list)

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read every line."""
        for text in texts:
            self._leave_block()
            above: tuple[str, ...] = ()
            for line in _lines(text):
                above = above if line.deep else line.words
                self.said.append(Said(line.words, line.text, line.location, above if line.deep else ()))
                if line.words == ("",):
                    self.report(line, reasons.LINE_TOO_LONG)
                elif line.deep and self.block is not None:
                    self._interface(line, self.block)
                elif not (line.deep and self.skipped):
                    self._top(line)

    def _leave_block(self) -> None:
        self.block, self.skipped = None, True

    def report(self, line: Line, reason: Text) -> None:
        """Record what is not understood of a line."""
        self.problems.add(line.location, line.text, reason)

    def _top(self, line: Line) -> None:
        words = line.words
        head = words[0].lower()
        if not line.deep:
            self._leave_block()
        if head == "interface" and len(words) > 1:
            self.block = self.interfaces.setdefault(words[1], InterfaceDraft(words[1], line.location))
        elif head in _FAMILY:
            self._ip(line, words, _FAMILY[head])
        elif head == "logging":
            if words[1:2] == ("subsystem",) and words[2:3] in (("all",), ("flt",)) and len(words) > 3:
                self.level = words[3]
        elif head == "no" and words[1:2] and words[1] in _FAMILY:
            self._negated(line, words[2:], _FAMILY[words[1]])
        elif head == "upnp" or words[:2] == ("ip", "upnp"):
            self.report(line, reasons.UPNP)
        elif head not in IRRELEVANT:
            self.skipped = False
            self.report(line, reasons.UNKNOWN)

    def _ip(self, line: Line, words: Sequence[str], family: Family) -> None:
        second = words[1].lower() if len(words) > 1 else ""
        if second == "access-list":
            self._access_list(line, words[2:], family)
        elif second == "upnp":
            self.report(line, reasons.UPNP)
        elif second not in IRRELEVANT_IP:
            self.report(line, reasons.UNKNOWN)
        else:
            self.has_ipv6 |= family == 6 and second == "route"

    def _access_list(self, line: Line, words: Sequence[str], family: Family) -> None:
        if len(words) < 2:
            self.report(line, reasons.SHORT)
            return
        if words[0] == "dynamic":
            self._dynamic(line, words[1:], family)
            return
        listed = self.lists.setdefault((family, words[0]), AccessList(words[0], line.location))
        if words[1] in ("option", "remark", "description"):
            return
        place = (line.location, line.text, line.comment)
        entry = read_entry(words[1:], family, place, lambda reason: self.report(line, reason))
        if entry is not None:
            listed.entries.append(entry)

    def _negated(self, line: Line, words: Sequence[str], family: Family) -> None:
        """``no ip access-list NAME [ENTRY]`` takes back a list, or the entry written like this."""
        if words[:1] != ("access-list",) or len(words) < 2:
            return
        if words[1] == "dynamic" and len(words) > 2:
            self.dynamic.pop((family, words[2]), None)
            return
        listed = self.lists.get((family, words[1]))
        if listed is None:
            return
        if len(words) == 2:
            del self.lists[family, words[1]]
            return
        text = " ".join(words)
        kept = [e for e in listed.entries if not " ".join(e.text.split()).endswith(text)]
        if len(kept) == len(listed.entries):
            self.report(line, reasons.UNKNOWN)  # not known which entry is meant: it is not relied upon that any is there
            kept = [
                replace(e, terms=tuple(replace(t, uncertain=(*t.uncertain, line.text[:80])) for t in e.terms)) for e in kept
            ]
        listed.entries = kept

    def _dynamic(self, line: Line, words: Sequence[str], family: Family) -> None:
        """``dynamic NAME access LIST`` or ``dynamic NAME APPLICATION src A dest B``; timers and cache sizes are skipped."""
        if words[0] in ("cache", "timer") or len(words) < 2:
            return
        listed = self.dynamic.setdefault((family, words[0]), AccessList(words[0], line.location))
        if words[1] == "access" and len(words) > 2:
            listed.access.append((words[2], line.location, line.text))
            for word in words[3:]:
                self.report(line, reasons.EXTRA.format(text=word[:80]))
            return
        terms = application(words[1:], family, lambda reason: self.report(line, reason))
        entry = read_entry(("permit", "ip"), family, (line.location, line.text, line.comment), lambda _: None)
        if entry is not None:
            listed.entries.append(type(entry)(entry.permit, terms, line.location, line.text, line.comment))

    def _interface(self, line: Line, draft: InterfaceDraft) -> None:
        words = line.words
        head = words[0].lower()
        second = words[1].lower() if len(words) > 1 else ""
        if head in _FAMILY:
            self._interface_ip(line, draft, second, _FAMILY[head])
        elif head == "encapsulation":
            found = _VLAN.search(" ".join(words))
            draft.vlan = int(found.group(1)) if found else draft.vlan
        elif head == "description":
            draft.description = shown(" ".join(words[1:]))
        elif head == "shutdown" or (head == "no" and second == "shutdown"):
            draft.enabled = head == "no"
        elif head == "no" and second in _FAMILY:
            _taken_back(draft, words[2:], _FAMILY[second])
        elif head == "vrf" and second == "forwarding" and len(words) > 2:
            draft.vrf = words[2]
        elif head == "filter":
            self.problems.add(line.location, line.text, reasons.FRAMES, widened=False)
        elif head not in INTERFACE_WORDS:
            self.report(line, reasons.UNKNOWN)

    def _interface_ip(self, line: Line, draft: InterfaceDraft, second: str, family: Family) -> None:
        words = line.words[2:]
        if second == "filter":
            self._filter(line, draft, words, family)
        elif second == "address":
            self._address(line, draft, words, family)
        elif second in ("napt", "nat"):
            self._nat(line, draft, second, words)
        elif second == "unnumbered":
            draft.dynamic = True
        elif second == "upnp":
            self.report(line, reasons.UPNP)
        elif second in INTERFACE_IP:
            self.has_ipv6 |= family == 6 and second in ("enable", "autoconfig", "dhcp")
        else:
            self.report(line, reasons.UNKNOWN)

    def _filter(self, line: Line, draft: InterfaceDraft, words: Sequence[str], family: Family) -> None:
        sequence = decimal(words[1], 65535) if len(words) > 2 else None
        if sequence is None or words[2] not in ("in", "out"):
            self.report(line, reasons.BAD_FILTER.format(text=" ".join(words)[:80]))
            return
        for word in words[3:]:
            if word != "suppress-logging":
                self.report(line, reasons.EXTRA.format(text=word[:80]))
        bound = Bound(sequence, words[0], "suppress-logging" in words[3:], line.location, line.text)
        draft.bound.setdefault((family, words[2]), []).append(bound)

    def _address(self, line: Line, draft: InterfaceDraft, words: Sequence[str], family: Family) -> None:
        self.has_ipv6 |= family == 6
        text = words[0] if words else ""
        host, slash, length = text.partition("/")
        value = address_value(host, family)
        size = decimal(length, 32 if family == 4 else 128) if slash else None
        if value is not None and not slash and family == 4 and len(words) > 1:
            mask = address_value(words[1], 4)
            size = mask_length(mask) if mask is not None else None
        if value is not None and size is not None:
            draft.addresses.append((family, value, size))
        elif family == 6 or text in ("dhcp", "ipcp", "negotiated"):
            draft.dynamic = True
        else:
            self.report(line, reasons.BAD_ADDRESS.format(text=text[:80], family=family))

    def _nat(self, line: Line, draft: InterfaceDraft, kind: str, words: Sequence[str]) -> None:
        what = words[0].lower() if words else ""
        if what == "enable":
            draft.napt = (line.location, line.text)
        elif what in ("static", "service"):
            try:
                made = _static(line, kind, what, words[1:])
            except Misread as misread:
                self.report(line, misread.reason)
                return
            if made is not None:
                draft.statics.append(made)
        elif what in ("reserve", "outside", "dynamic", "inside", "translation", "hairpinning", "eim-mode", "port-assign"):
            if what == "hairpinning":
                self.report(line, reasons.BAD_TRANSLATION.format(text=what))
        else:
            self.report(line, reasons.BAD_TRANSLATION.format(text=" ".join(words)[:80]))


def _taken_back(draft: InterfaceDraft, words: Sequence[str], family: Family) -> None:
    """``no ip filter NAME SEQUENCE DIRECTION``, ``no ip address``, ``no ip napt …`` below an interface."""
    what = words[0] if words else ""
    if what == "filter":
        for (of, direction), bound in draft.bound.items():
            if of == family and (len(words) < 4 or words[3] == direction):
                bound[:] = [b for b in bound if words[1:2] not in ((), (b.name,)) or words[2:3] not in ((), (str(b.sequence),))]
        draft.bound = {key: bound for key, bound in draft.bound.items() if bound}
    elif what == "address":
        draft.addresses = [a for a in draft.addresses if a[0] != family]
    elif words[:2] == ("napt", "enable"):
        draft.napt = None
    elif what in ("napt", "nat"):
        draft.statics = [s for s in draft.statics if not " ".join(s.text.split()).endswith(" ".join(words))]


def _static(line: Line, kind: str, what: str, words: Sequence[str]) -> Static | None:
    """``napt static HOST PROTOCOL [PORT]``, ``napt service NAME HOST PORT PROTOCOL PORT``, ``nat static INNER OUTER``."""
    bad = Misread(reasons.BAD_TRANSLATION.format(text=" ".join(words)[:80]))
    if kind == "nat":
        inner, outer = (address_value(w, 4) if w else None for w in (*words[:2], "", "")[:2])
        if inner is None or outer is None:
            raise bad
        return Static(outer, inner, None, None, None, line.location, line.text)
    listed = list(words[1:] if what == "service" else words)
    if not listed:
        raise bad
    target = address_value(listed[0], 4)
    if target is None:
        if re.match(r"[A-Z][A-Za-z]+\d", listed[0]):
            return None  # to an address of the router itself, which is not forwarded
        raise bad
    inner_port = listed.pop(1) if what == "service" and len(listed) > 2 else "none"
    protocol = listed[1].lower() if len(listed) > 1 else "any"
    number = PROTOCOL_NUMBERS.get(protocol, decimal(protocol, 255))
    if number is None and protocol != "any":
        raise bad
    outer_ports = _ports(listed[2]) if len(listed) > 2 else None
    inner_ports = _ports(listed[3]) if what == "static" and len(listed) > 3 else _ports(inner_port)
    protocols = None if number is None else IntervalSet.single(number)
    return Static(None, target, protocols, outer_ports, inner_ports, line.location, line.text)


def _ports(text: str) -> IntervalSet | None:
    if text in ("none", "any"):
        return None
    first, _, last = text.partition("-")
    low = decimal(first, 65535)
    high = decimal(last, 65535) if last else low
    if low is None or high is None or low > high:
        raise Misread(reasons.BAD_PORT.format(text=text[:80]))
    return IntervalSet.of((low, high))


def _lines(text: SourceText) -> Iterator[Line]:
    comment: list[str] = []
    for number, raw in enumerate(text.lines(), 1):
        stripped = raw.strip()
        if not stripped or stripped[0] in "!#":
            word = stripped.lstrip("!# \t")
            comment = [*comment, word][-3:] if word else []
            continue
        words = ("",) if len(raw) > LINE_LIMIT else tuple(raw.split())
        # An indented "ip access-list" stands by itself: no block of the configuration has such a line in it.
        deep = raw[:1] in " \t" and words[:2] not in (("ip", "access-list"), ("ipv6", "access-list"))
        yield Line(words, masked(stripped), Location(text.name, number), deep, shown(" ".join(comment)))
        comment = []


def masked(line: str) -> str:
    """The line as it may be shown."""
    cut = line[:2_000]
    for pattern in _SECRETS:
        cut = pattern.sub(lambda m: m.group(1) + MASK, cut)
    return shown(cut)


def own_addresses(draft: InterfaceDraft) -> IntervalSet | None:
    """The interface's own IPv4 addresses; ``None`` when one is learnt at run time."""
    values = IntervalSet.from_iter(p for f, a, _ in draft.addresses if f == 4 for p in prefix_values(a, 32, 4))
    return values if values and not draft.dynamic else None
