"""What the left side of a match speaks of: a packet field, or something a configuration cannot know.

nft adds dependencies by itself (``tcp dport`` in an inet table means TCP over either family; ``icmp`` means IPv4), see
nftables, src/payload.c; they are part of a selector here.  One expression may have several *variants*: ``th dport`` is the
destination port for the protocols that have one, and an unknown pair of octets for the others.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from functools import lru_cache

from segmentation.device.match import Field
from segmentation.model.addresses import ANY
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ALL_PROTOCOLS, PORT_PROTOCOLS
from segmentation.model.text import Text
from segmentation.vendors.nftables.syntax import Ct, Expression, Meta, Opaque, Payload, RawPayload
from segmentation.vendors.nftables.vocabulary import HEADER_FAMILY, HEADER_PROTOCOL


class Pseudo(enum.Enum):
    """Dimensions of a match that are not packet fields of the device model."""

    FAMILY = "family"  # 4 or 6
    IN = "in"
    OUT = "out"


class Kind(enum.Enum):
    """How constants beside a selector are written."""

    IPV4 = Text("IPv4アドレス", "IPv4 address")
    IPV6 = Text("IPv6アドレス", "IPv6 address")
    PROTOCOL = Text("プロトコル", "protocol")
    SERVICE = Text("ポート", "port")
    ICMP_TYPE = Text("ICMPタイプ", "ICMP type")
    ICMP_CODE = Text("ICMPコード", "ICMP code")
    ICMPV6_TYPE = Text("ICMPv6タイプ", "ICMPv6 type")
    ICMPV6_CODE = Text("ICMPv6コード", "ICMPv6 code")
    FLAGS = Text("TCPフラグ", "TCP flag")
    STATE = Text("接続状態", "connection state")
    MAC = Text("MACアドレス", "MAC address")
    NFPROTO = Text("アドレスファミリー", "address family")
    ETHER_TYPE = Text("EtherType", "EtherType")
    INTERFACE = Text("インターフェース名", "interface name")
    VERSION = Text("IPバージョン", "IP version")
    NUMBER = Text("数値", "number")
    UNKNOWN = Text("値", "value")


Dimension = Field | Pseudo
PORTS = IntervalSet.from_iter((p, p) for p in PORT_PROTOCOLS)
NO_PORTS = ALL_PROTOCOLS - PORTS
BOTH = IntervalSet.of((4, 4), (6, 6))
#: Why ``ip6 nexthdr`` is not exact: it looks at the first header only (RFC 8200 section 4).
NEXT_HEADER = "ip6 nexthdr"

#: Bits of each dimension, for masks.
WIDTH: dict[Dimension, int] = {
    Field.PROTO: 8, Field.SPORT: 16, Field.DPORT: 16, Field.FLAGS: 8, Field.SMAC: 48,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selector:
    """One variant of an expression."""

    dimension: Dimension | None = None  # None: the value cannot be known
    kind: Kind = Kind.UNKNOWN
    families: IntervalSet = BOTH
    protocols: IntervalSet | None = None
    inexact: str = ""  # the dimension bounds the match, but does not decide it

    @property
    def domain(self) -> IntervalSet:
        """All values of the dimension; not for interfaces."""
        if self.dimension is Pseudo.FAMILY:
            return BOTH
        if self.dimension in (Field.SRC, Field.DST):
            return ANY[6 if self.kind is Kind.IPV6 or 4 not in self.families else 4]
        if self.dimension is Field.STATE:
            return IntervalSet.of((0, 4))
        return IntervalSet.of((0, (1 << self.width) - 1))

    @property
    def width(self) -> int:
        """Bits of the dimension."""
        if self.dimension in (Field.SRC, Field.DST):
            return 128 if self.domain is ANY[6] else 32
        return 0 if self.dimension is None else WIDTH.get(self.dimension, 8)


def _family(number: int | None) -> IntervalSet:
    return BOTH if number is None else IntervalSet.single(number)


def _protocol(number: int | None) -> IntervalSet | None:
    return None if number is None else IntervalSet.single(number)


_PORT_FIELDS = {"sport": Field.SPORT, "dport": Field.DPORT}
_ADDRESS_FIELDS = {"saddr": Field.SRC, "daddr": Field.DST}
_NETWORK_FIELDS: dict[str, tuple[Dimension, Kind, str]] = {
    "protocol": (Field.PROTO, Kind.PROTOCOL, ""),
    "nexthdr": (Field.PROTO, Kind.PROTOCOL, NEXT_HEADER),
    "version": (Pseudo.FAMILY, Kind.VERSION, ""),
}
_FIELDS: dict[tuple[str, str], tuple[Dimension, Kind, str]] = {
    ("icmp", "type"): (Field.SPORT, Kind.ICMP_TYPE, ""),
    ("icmp", "code"): (Field.DPORT, Kind.ICMP_CODE, ""),
    ("icmpv6", "type"): (Field.SPORT, Kind.ICMPV6_TYPE, ""),
    ("icmpv6", "code"): (Field.DPORT, Kind.ICMPV6_CODE, ""),
    ("tcp", "flags"): (Field.FLAGS, Kind.FLAGS, ""),
    ("ether", "saddr"): (Field.SMAC, Kind.MAC, ""),
    # nft adds "meta iiftype ether": on a PPP or tunnel interface the match never holds.
    ("ether", "type"): (Pseudo.FAMILY, Kind.ETHER_TYPE, "ether type"),
}


@lru_cache(maxsize=4096)  # a ruleset names few fields, in every rule
def _header(expression: Payload) -> tuple[Selector, ...]:
    """A header field with its dependencies."""
    protocol, name = expression.protocol, expression.field
    if protocol == "th" and name in _PORT_FIELDS:
        return _transport(_PORT_FIELDS[name])
    base = Selector(families=_family(HEADER_FAMILY.get(protocol)), protocols=_protocol(HEADER_PROTOCOL.get(protocol)))
    return (_field(base, protocol, name),)


def _field(base: Selector, protocol: str, name: str) -> Selector:
    """*base* with the dimension of a field, where it has one."""
    if protocol in ("ip", "ip6"):
        if name in _ADDRESS_FIELDS:
            return replace(base, dimension=_ADDRESS_FIELDS[name], kind=Kind.IPV4 if protocol == "ip" else Kind.IPV6)
        if name in _NETWORK_FIELDS:
            dimension, kind, inexact = _NETWORK_FIELDS[name]
            return replace(base, dimension=dimension, kind=kind, inexact=inexact)
    if name in _PORT_FIELDS and HEADER_PROTOCOL.get(protocol) in PORT_PROTOCOLS:
        return replace(base, dimension=_PORT_FIELDS[name], kind=Kind.SERVICE)
    known = _FIELDS.get((protocol, name))
    if known is not None:
        return replace(base, dimension=known[0], kind=known[1], inexact=known[2])
    return replace(base, families=EMPTY) if protocol == "arp" else base


def _transport(dimension: Field, kind: Kind = Kind.SERVICE) -> tuple[Selector, ...]:
    """Two octets at the start of whatever transport header there is."""
    return Selector(dimension, kind, protocols=PORTS), Selector(protocols=NO_PORTS)


_RAW = {
    # RFC 791 figure 4, RFC 8200 section 3: offsets in bits
    ("nh", 72, 8): (4, Field.PROTO), ("nh", 96, 32): (4, Field.SRC), ("nh", 128, 32): (4, Field.DST),
    ("nh", 64, 128): (6, Field.SRC), ("nh", 192, 128): (6, Field.DST),
}  # fmt: skip


def _raw(expression: RawPayload, families: IntervalSet) -> tuple[Selector, ...]:
    """Raw bits, where they are exactly a known field."""
    key = (expression.base, expression.offset, expression.length)
    if key in (("th", 0, 16), ("th", 16, 16)):
        return _transport(Field.SPORT if key[1] == 0 else Field.DPORT, Kind.NUMBER)
    known = _RAW.get(key)
    if known is not None and families == IntervalSet.single(known[0]):
        return (Selector(known[1], Kind.NUMBER, families=families),)
    return (Selector(),)


_META: dict[str, Selector] = {
    "l4proto": Selector(Field.PROTO, Kind.PROTOCOL),
    "nfproto": Selector(Pseudo.FAMILY, Kind.NFPROTO),
    "protocol": Selector(Pseudo.FAMILY, Kind.ETHER_TYPE),
    "iif": Selector(Pseudo.IN, Kind.INTERFACE),
    "iifname": Selector(Pseudo.IN, Kind.INTERFACE),
    "oif": Selector(Pseudo.OUT, Kind.INTERFACE),
    "oifname": Selector(Pseudo.OUT, Kind.INTERFACE),
}


@lru_cache(maxsize=1024)
def selectors(expression: Expression, families: IntervalSet) -> tuple[Selector, ...]:
    """The variants of *expression*, in a rule that so far holds for *families*; one without dimension is unknowable."""
    if isinstance(expression, Payload):
        return _header(expression)
    if isinstance(expression, Meta):
        return (_META.get(expression.key, Selector()),)
    if isinstance(expression, Ct):
        if expression.key == "state":
            return (Selector(Field.STATE, Kind.STATE),)
        family = {"ip": 4, "ip6": 6}.get(expression.family)
        return (Selector(families=_family(family)),)
    if isinstance(expression, RawPayload):
        return _raw(expression, families)
    if isinstance(expression, Opaque):
        family = {"ip": 4, "ip6": 6}.get(expression.family)
        return (Selector(families=_family(family), protocols=_protocol(HEADER_PROTOCOL.get(expression.protocol))),)
    return (Selector(),)
