"""What the reachability analysis of one device answers."""

from __future__ import annotations

import enum
from collections.abc import Callable
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
class Evidence:
    """What shows a passage: packets, their number, and the rules on the way of one of them."""

    trace: tuple[Rule, ...]  # of the witness: every jump, goto, NAT and accept taken, in order
    reasons: tuple[Text, ...]
    packets: int
    packets_exact: bool
    boxes: tuple[Box, ...]  # the lowest few, disjoint
    boxes_total: int
    witness: Packet  # the first packet of the lowest box; the same on every run


class Passage:
    """Packets of one zone pair that one rule lets through (or, in ``missing``, stops) and one decision speaks of.

    ``certain`` is false when the packets only *may* pass (or be stopped): then ``reasons`` says why, in the words of
    the configuration.  ``packets`` counts different (source, destination, protocol, source port, destination port) as
    they arrive, before DNAT; it is an upper bound when ``packets_exact`` is false.

    There may be a million passages of which a report shows a few: their evidence is worked out when it is asked for.
    """

    __slots__ = ("_known", "_show", "_way", "certain", "decision", "dst_zone", "policy", "rule", "src_zone")

    def __init__(
        self,
        *,
        src_zone: str,  # "" for addresses of no zone
        dst_zone: str,  # of the destination after DNAT
        decision: int,  # position in the given decisions; -1 when none matches
        certain: bool,
        rule: Rule | None,  # the rule that decided; None when a policy did, or when nothing filters here
        policy: BaseChain | None,  # the base chain whose policy decided, when no rule did
        show: Callable[[], Evidence],
        way: Callable[[], tuple[Rule, ...]] | None = None,  # the trace alone, where that is cheaper
    ) -> None:
        self.src_zone = src_zone
        self.dst_zone = dst_zone
        self.decision = decision
        self.certain = certain
        self.rule = rule
        self.policy = policy
        self._show = show
        self._way = way
        self._known: Evidence | None = None

    @property
    def evidence(self) -> Evidence:
        """Worked out at the first call."""
        if self._known is None:
            self._known = self._show()
        return self._known

    @property
    def trace(self) -> tuple[Rule, ...]:
        """Every jump, goto, NAT and accept that the witness takes, in order."""
        return self.evidence.trace if self._known is not None or self._way is None else self._way()

    @property
    def reasons(self) -> tuple[Text, ...]:
        """Why the passage is not certain, in the words of the configuration."""
        return self.evidence.reasons

    @property
    def packets(self) -> int:
        """The number of different five-tuples; an upper bound unless :attr:`packets_exact`."""
        return self.evidence.packets

    @property
    def packets_exact(self) -> bool:
        """Whether :attr:`packets` is exact."""
        return self.evidence.packets_exact

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The lowest few boxes, disjoint."""
        return self.evidence.boxes

    @property
    def boxes_total(self) -> int:
        """How many boxes there are; at least, where not all were worked out."""
        return self.evidence.boxes_total

    @property
    def witness(self) -> Packet:
        """The first packet of the lowest box; the same on every run."""
        return self.evidence.witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """All rules that let packets of one zone pair and decision through, where that is too much to list as boxes.

    Which packets each lets through was not worked out; that it lets some through was, with a packet for each of ``leads``.
    """

    src_zone: str
    dst_zone: str
    decision: int
    certain: bool
    members: tuple[Rule | BaseChain, ...]  # in the order of the configuration; a base chain stands for its policy
    traces: tuple[tuple[Rule, ...], ...]  # for each of them, the rules on the way; empty where no rule jumps
    leads: tuple[Passage, ...]  # the first few


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The passages of one device, family, hook and relation, sorted by zones, decision and rule.

    A zone pair between which too much passes has ``crowds``; of its passages only their leads are listed.

    ``undecided`` lists the ordered zone pairs for which a limit was reached: what is listed for them is true but
    may not be all.  ``problems`` are faults of the program itself (jump loops, targets that do not exist), which were
    over-approximated.
    """

    device: str
    family: Family
    hook: Hook
    relation: Relation
    passages: tuple[Passage, ...]
    crowds: tuple[Crowd, ...] = ()
    undecided: tuple[tuple[str, str], ...] = ()
    problems: tuple[NotUnderstood, ...] = ()
    filtered: bool = True  # False: no base chain exists at the hook, so everything passes

    @property
    def listed(self) -> tuple[Passage, ...]:
        """The passages of zone pairs whose passages were all listed."""
        crowded = {(c.src_zone, c.dst_zone) for c in self.crowds}
        return tuple(p for p in self.passages if (p.src_zone, p.dst_zone) not in crowded)


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
