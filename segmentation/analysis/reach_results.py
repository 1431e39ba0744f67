"""What the reachability analysis of one device answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from segmentation.device.device import BaseChain, Hook, NotUnderstood, Rule
from segmentation.model.addresses import Family
from segmentation.model.finding import Packet
from segmentation.model.text import Text
from segmentation.packetset.box import Box


class Relation(enum.StrEnum):
    """Which packets are asked about."""

    #: Packets that open a session: conntrack state NEW, for TCP initial SYN only (SYN set; ACK, RST, FIN clear).
    INITIATE = "initiate"
    #: Packets of no session that are not an initial SYN: a bare ACK, RST, FIN …, state NEW or INVALID.
    #: (Linux takes a bare ACK for NEW unless nf_conntrack_tcp_loose is 0: linux/net/netfilter/nf_conntrack_proto_tcp.c.)
    UNSOLICITED = "unsolicited"


class PairVerdict(enum.StrEnum):
    """What passes from one zone to another, beside what the decisions permit."""

    EQUAL = "equal"
    WIDER = "wider"
    NARROWER = "narrower"
    BOTH = "both"
    NOT_DECIDABLE = "not_decidable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Packets of one zone pair that one rule lets through (or, in ``missing``, stops) and one decision speaks of.

    ``certain`` is false when the packets only *may* pass (or be stopped): then ``reasons`` says why, in the words of
    the configuration.  ``packets`` counts different (source, destination, protocol, source port, destination port) as
    they arrive, before DNAT; it is an upper bound when ``packets_exact`` is false.
    """

    src_zone: str  # "" for addresses of no zone
    dst_zone: str  # of the destination after DNAT
    decision: int  # position in the given decisions; -1 when none matches
    certain: bool
    rule: Rule | None  # the rule that decided; None when a policy did, or when nothing filters here
    policy: BaseChain | None  # the base chain whose policy decided, when no rule did
    trace: tuple[Rule, ...]  # of the witness: every jump, goto, NAT and accept taken, in order
    reasons: tuple[Text, ...]
    packets: int
    packets_exact: bool
    boxes: tuple[Box, ...]  # the lowest few, disjoint
    boxes_total: int
    witness: Packet  # the first packet of the lowest box; the same on every run


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The passages of one device, family, hook and relation, sorted by zones, decision and rule.

    ``undecided`` lists the ordered zone pairs for which a limit was reached: what is listed for them is true but
    may not be all.  ``problems`` are faults of the program itself (jump loops, targets that do not exist), which were
    over-approximated.
    """

    device: str
    family: Family
    hook: Hook
    relation: Relation
    passages: tuple[Passage, ...]
    undecided: tuple[tuple[str, str], ...] = ()
    problems: tuple[NotUnderstood, ...] = ()
    filtered: bool = True  # False: no base chain exists at the hook, so everything passes


@dataclass(frozen=True, slots=True, kw_only=True)
class PairComparison:
    """One cell of the zone matrix."""

    src_zone: str
    dst_zone: str
    verdict: PairVerdict
    passing_empty: bool  # nothing passes, not even perhaps
    permitted_empty: bool  # the decisions permit nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What passes, what is permitted but stopped, and the verdict of every ordered zone pair asked about."""

    passing: Reach
    missing: Reach
    pairs: tuple[PairComparison, ...]
