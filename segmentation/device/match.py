"""Matches of filter rules over packet fields."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.model.intervals import IntervalSet


class Field(enum.StrEnum):
    """The packet fields a match can speak of, and their integer domains."""

    SRC = "src"  # 32 or 128 bits, by the rule's family
    DST = "dst"
    PROTO = "proto"  # 0..255; the transport protocol, after IPv6 extension headers
    SPORT = "sport"  # 0..65535; ICMP and ICMPv6: the type
    DPORT = "dport"  # 0..65535; ICMP and ICMPv6: the code
    FLAGS = "flags"  # 0..255: TCP FIN=1 SYN=2 RST=4 PSH=8 ACK=16 URG=32 ECE=64 CWR=128 (RFC 9293 3.1)
    STATE = "state"  # see CtState
    SMAC = "smac"  # 48 bits: source MAC of the frame that came in


class CtState(enum.IntEnum):
    """Connection-tracking states as values of :attr:`Field.STATE` (linux/netfilter/nf_conntrack_common.h)."""

    NEW = 0
    ESTABLISHED = 1
    RELATED = 2
    INVALID = 3
    UNTRACKED = 4


#: Largest value of each field whose domain does not depend on the family.
FIELD_TOP: dict[Field, int] = {
    Field.PROTO: 255, Field.SPORT: 65535, Field.DPORT: 65535, Field.FLAGS: 255, Field.STATE: 4, Field.SMAC: (1 << 48) - 1,
}  # fmt: skip


def flag_set(mask: int, value: int) -> IntervalSet:
    """All TCP flag octets whose bits under *mask* equal *value*."""
    return IntervalSet.from_iter((f, f) for f in range(256) if f & mask == value)


@dataclass(frozen=True, slots=True)
class InterfaceMatch:
    """A match on an interface name: any of *patterns* (``eth+`` / ``eth*`` written as ``eth*``), or none of them."""

    patterns: tuple[str, ...]
    negated: bool = False

    def matches(self, name: str) -> bool:
        """Whether an interface of this name is meant."""
        hit = any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in self.patterns)
        return hit != self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A product of field sets; a field that is absent matches every value.

    ``uncertain`` lists, in the file's own words, the parts that cannot be known from the configuration
    (marks, rate limits, sets filled at run time) or were not understood.  A match with such parts *may*
    hold for a packet that the known fields allow, and never holds for another.
    """

    fields: Mapping[Field, IntervalSet] = field(default_factory=dict)
    in_interface: InterfaceMatch | None = None
    out_interface: InterfaceMatch | None = None
    uncertain: tuple[str, ...] = ()

    @property
    def may(self) -> bool:
        """Whether the match is only known to be possible."""
        return bool(self.uncertain)

    @property
    def empty(self) -> bool:
        """Whether no packet can match."""
        return any(not s for s in self.fields.values())


ANY_PACKET = Match()
