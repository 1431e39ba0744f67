"""``ipset save`` text, and what ``-m set --match-set`` means with it (ipset(8); net/netfilter/ipset/)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segmentation.device.match import Field
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, TCP, UDP
from segmentation.vendors.iptables import names, reasons, values
from segmentation.vendors.iptables.terms import Condition, Term, both, doubtful, negation
from segmentation.vendors.iptables.tokens import Misread

if TYPE_CHECKING:
    from segmentation.model.addresses import Family
    from segmentation.model.location import Location

#: Elements of one set; ipset's own default maximum is 65,536, and large block lists raise it.
ELEMENT_LIMIT = 1_000_000
#: Products a set may become in one rule.
_TERM_LIMIT = 2048
#: What each type's dimensions hold.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "bitmap:ip": ("ip",), "bitmap:ip,mac": ("ip", "mac"), "bitmap:port": ("tcpudp",), "hash:ip": ("ip",), "hash:mac": ("mac",),
    "hash:ip,mac": ("ip", "mac"), "hash:net": ("net",), "hash:net,net": ("net", "net"), "hash:ip,port": ("ip", "port"),
    "hash:net,port": ("net", "port"), "hash:ip,port,ip": ("ip", "port", "ip"), "hash:ip,port,net": ("ip", "port", "net"),
    "hash:net,port,net": ("net", "port", "net"), "hash:ip,mark": ("ip", "mark"), "hash:net,iface": ("net", "iface"),
    "list:set": ("set",),
}  # fmt: skip
# The names of ipset 4 (still printed by old appliances).
_OLD_TYPES = {"iphash": "hash:ip", "nethash": "hash:net", "ipmap": "bitmap:ip", "portmap": "bitmap:port", "setlist": "list:set"}

Part = IntervalSet | tuple[int, IntervalSet] | str | None


@dataclass(frozen=True, slots=True)
class Element:
    """One element: a part per dimension (addresses; protocol and ports; MAC; interface or set name; ``None``: any)."""

    parts: tuple[Part, ...]
    nomatch: bool = False
    wildcard: bool = False


@dataclass(slots=True)
class IpSet:
    """A set as declared and filled."""

    name: str
    kind: str
    family: Family | None  # None: the type has no family
    location: Location
    dynamic: bool = False  # elements expire or are added by rules
    partial: bool = False  # some element was not understood
    elements: list[Element] = field(default_factory=list)
    used: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What each dimension holds."""
        return DIMENSIONS[self.kind]


def create(words: list[str], location: Location) -> IpSet:
    """The set that a ``create`` line declares (*words* after it).  Raises :class:`Misread`."""
    if len(words) < 2:
        raise Misread(reasons.SET_LINE)
    kind = _OLD_TYPES.get(words[1], words[1])
    if kind not in DIMENSIONS:
        raise Misread(reasons.SET_TYPE.format(kind=words[1]))
    options = words[2:]
    family: Family | None = 4
    if kind in ("list:set", "bitmap:port", "hash:mac"):
        family = None
    elif "family" in options[:-1] and options[options.index("family") + 1] in ("inet6", "ipv6"):
        family = 6
    return IpSet(words[0], kind, family, location, dynamic="timeout" in options)


def add(ipset: IpSet, words: list[str]) -> None:
    """Put the element of an ``add`` line (*words* after the set's name) into the set.  Raises :class:`Misread`."""
    if not words:
        raise Misread(reasons.SET_LINE)
    if len(ipset.elements) >= ELEMENT_LIMIT:
        ipset.partial = True
        raise Misread(reasons.SET_TOO_LARGE.format(name=ipset.name))
    bad = Misread(reasons.SET_ENTRY.format(name=ipset.name, entry=words[0][:80]))
    pieces = words[0].split(",")
    dimensions = ipset.dimensions
    # ipset(8): in bitmap:ip,mac the MAC may be missing.
    if len(pieces) != len(dimensions) and not (ipset.kind == "bitmap:ip,mac" and len(pieces) == 1):
        ipset.partial = True
        raise bad
    try:
        parts = tuple(_part(kind, piece, ipset.family or 4) for kind, piece in zip(dimensions, pieces, strict=False))
    except Misread:
        ipset.partial = True
        raise bad from None
    if "timeout" in words[1:]:
        ipset.dynamic = True
    ipset.elements.append(Element(parts, "nomatch" in words[1:], "wildcard" in words[1:]))


def _part(kind: str, text: str, family: Family) -> Part:
    if kind in ("ip", "net"):
        return values.address_range(text, family) if "-" in text and "/" not in text else values.addresses(text, family)
    if kind == "port":
        return _proto_port(text)
    if kind == "tcpudp":
        return _port_range(text.rpartition(":")[2])
    if kind == "mac":
        return values.mac(text)
    if kind == "mark":
        return None
    return text  # interface or set name


def _port_range(text: str) -> IntervalSet:
    first, dash, last = text.partition("-")
    try:
        lo = values.port(first)
        hi = values.port(last) if dash else lo
    except Misread:  # service names may hold dashes
        lo = hi = values.port(text)
    return IntervalSet.of((lo, hi))


def _proto_port(text: str) -> tuple[int, IntervalSet]:
    """``tcp:80``, ``udp:1-9``, ``80`` (TCP), ``icmp:8/0``, ``icmpv6:echo-request``, ``gre:0``."""
    name, colon, rest = text.partition(":")
    proto = values.protocol(name) if colon else TCP
    if proto is None:
        raise Misread(reasons.BAD_PROTOCOL.format(text=name))
    if proto in (ICMP, ICMPV6):
        table = names.ICMP_TYPES if proto == ICMP else names.ICMPV6_TYPES
        if rest.lower() in table:
            kind, low, _ = table[rest.lower()]
            return proto, IntervalSet.single(kind << 8 | low)
        kind_text, _, code_text = rest.partition("/")
        kind_number, code = values.number(kind_text, 255), values.number(code_text or "0", 255)
        if kind_number is None or code is None:
            raise Misread(reasons.BAD_ICMP.format(text=rest))
        return proto, IntervalSet.single(kind_number << 8 | code)
    return proto, _port_range(rest if colon else text)


def match_set(sets: dict[str, IpSet], name: str, flags: str, family: Family, text: str, *, negated: bool) -> Condition:
    """The condition ``[!] --match-set name flags``; *text* names it where it is doubtful."""
    ipset = sets.get(name)
    directions = flags.split(",")
    if ipset is None or not all(d in ("src", "dst") for d in directions):
        return doubtful(text)
    positive = _resolve(sets, ipset, directions, family)
    if positive is None:
        return doubtful(text)
    if any(t.uncertain for t in positive):
        return doubtful(text) if negated else positive
    if not negated:
        return positive
    complement = negation(positive, family)
    return doubtful(text) if complement is None else complement


def _resolve(sets: dict[str, IpSet], ipset: IpSet, directions: list[str], family: Family) -> Condition | None:
    """The products of a set, or ``None`` if its content cannot be known."""
    ipset.used = True
    if ipset.dynamic or ipset.partial:
        return None
    if ipset.kind == "list:set":
        out: list[Term] = []
        for element in ipset.elements:
            member = sets.get(str(element.parts[0]))
            if member is None or member.kind == "list:set":
                return None
            terms = _resolve(sets, member, directions, family)
            if terms is None:
                return None
            out += terms
        return tuple(out)
    # ip_set_core.c, ip_set_test: fewer directions than dimensions, or another family, never match.
    if len(directions) < len(ipset.dimensions) or ipset.family not in (None, family):
        return ()
    return _terms(ipset, directions)


def _terms(ipset: IpSet, directions: list[str]) -> Condition | None:
    nets = [i for i, kind in enumerate(ipset.dimensions) if kind == "net"]
    if any(e.nomatch for e in ipset.elements) and len(nets) != 1:
        return None  # the order in which two prefixes are tried decides
    at = nets[0] if nets else next((i for i, kind in enumerate(ipset.dimensions) if kind in ("ip", "tcpudp", "mac")), 0)
    groups: dict[tuple[Part, ...], list[Element]] = {}
    for element in ipset.elements:
        key = (*element.parts[:at], *element.parts[at + 1 :], "*" if element.wildcard else "")
        groups.setdefault(key, []).append(element)
    merged: dict[IntervalSet, list[tuple[Part, ...]]] = {}
    for key, elements in groups.items():
        merged.setdefault(_longest_prefix(elements, at), []).append(key)
    out: list[Term] = []
    for covered, keys in merged.items():
        for key in _joined_ports(keys):
            parts = (*key[:at], covered, *key[at:-1])
            term: Term | None = Term()
            for kind, part, direction in zip(ipset.dimensions, parts, directions, strict=False):
                piece = _dimension(kind, part, direction, wildcard=key[-1] == "*")
                term = None if piece is None or term is None else both(term, piece)
            if term is None:
                return None
            out.append(term)
            if len(out) > _TERM_LIMIT:
                return None
    return tuple(out)


def _longest_prefix(elements: list[Element], at: int) -> IntervalSet:
    """Addresses found in a group: the longest prefix decides, ``nomatch`` ones except (ipset(8), hash:net)."""
    if not any(e.nomatch for e in elements):
        return IntervalSet.from_iter(p for e in elements for p in _addresses(e, at))
    covered = IntervalSet()
    for element in sorted(elements, key=lambda e: (-_addresses(e, at).size, e.nomatch)):
        found = _addresses(element, at)
        covered = covered - found if element.nomatch else covered | found
    return covered


def _addresses(element: Element, at: int) -> IntervalSet:
    part = element.parts[at] if at < len(element.parts) else None
    return part if isinstance(part, IntervalSet) else IntervalSet()


def _joined_ports(keys: list[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """Keys that differ only in the ports of one protocol, joined."""
    joined: dict[tuple[object, ...], tuple[int, list[IntervalSet], tuple[Part, ...]]] = {}
    out: list[tuple[Part, ...]] = []
    for key in keys:
        where = next((i for i, part in enumerate(key) if isinstance(part, tuple)), None)
        part = None if where is None else key[where]
        if where is None or not isinstance(part, tuple) or part[0] in (ICMP, ICMPV6):
            out.append(key)
            continue
        rest = (*key[:where], part[0], *key[where + 1 :])
        joined.setdefault(rest, (where, [], key))[1].append(part[1])
    for where, ports, key in joined.values():
        proto = key[where]
        assert isinstance(proto, tuple)
        whole = IntervalSet.from_iter(p for s in ports for p in s)
        out.append((*key[:where], (proto[0], whole), *key[where + 1 :]))
    return out


def _dimension(kind: str, part: Part, direction: str, *, wildcard: bool) -> Term | None:
    """One dimension of an element as a product; ``None`` if it cannot be said in packet fields."""
    source = direction == "src"
    if kind in ("ip", "net") and isinstance(part, IntervalSet):
        return Term({Field.SRC if source else Field.DST: part})
    if kind == "tcpudp" and isinstance(part, IntervalSet):
        # pfxlen.c / ip_set_getport.c, ip_set_get_ip_port: only TCP and UDP have a port here.
        tcp_or_udp = IntervalSet.of((TCP, TCP), (UDP, UDP))
        return Term({Field.PROTO: tcp_or_udp, Field.SPORT if source else Field.DPORT: part})
    if kind == "port" and isinstance(part, tuple):
        return _port_term(part[0], part[1], source=source)
    if kind == "mac":
        # ip_set_hash_mac.c looks at the source address unless told ``dst``, which the ingress frame of a router has, too.
        return (Term({Field.SMAC: part}) if isinstance(part, IntervalSet) else Term()) if source else None
    if kind == "iface" and isinstance(part, str) and not part.startswith("physdev:"):
        named = values.interface(part + "+" if wildcard else part, negated=False)
        return Term(in_interface=named) if source else Term(out_interface=named)
    if kind == "mark":
        return Term(uncertain=("mark",))
    return None


def _port_term(proto: int, ports: IntervalSet, *, source: bool) -> Term:
    if proto in (ICMP, ICMPV6):
        # ip_set_getport.c: type and code together are the port, whatever the direction.
        value = ports.low
        kind_code = {Field.SPORT: IntervalSet.single(value >> 8), Field.DPORT: IntervalSet.single(value & 255)}
        return Term({Field.PROTO: IntervalSet.single(proto), **kind_code})
    if proto not in (6, 17, 132, 136):
        return Term({Field.PROTO: IntervalSet.single(proto)} if 0 in ports else {Field.PROTO: IntervalSet()})
    return Term({Field.PROTO: IntervalSet.single(proto), Field.SPORT if source else Field.DPORT: ports})
