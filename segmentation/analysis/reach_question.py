"""The question put to the kernel: a device's program between a relation, zones and the decisions of the model."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segmentation.analysis.program import WITH_PORTS, DevicePlan, build
from segmentation.analysis.reach_results import Passage, Relation
from segmentation.device.device import Device, Hook, Rule, Verb
from segmentation.device.match import CtState, flag_set
from segmentation.model.addresses import ANY, AddressSet, Family
from segmentation.model.decision import Decision
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ALL_PROTOCOLS, ICMP, ICMPV6, TCP
from segmentation.model.text import Text
from segmentation.packetset.program import Block, Ints, Op, Program, ProgramBuilder, Stage
from segmentation.packetset.space import DIMS, Dim, Space, SpaceBuilder
from segmentation.packetset.walk import Query

#: RFC 9293 3.1: FIN 1, SYN 2, RST 4, ACK 16.  The octets of a packet that opens a connection.
INITIAL_SYN = flag_set(0b10111, 0b00010)
_OTHER_FLAGS = INITIAL_SYN.complement(255)
_ZERO = IntervalSet.single(0)
_TCP = IntervalSet.single(TCP)
_OCTET = IntervalSet(((0, 255),))
_NEW, _INVALID, _UNTRACKED = (IntervalSet.single(s) for s in (CtState.NEW, CtState.INVALID, CtState.UNTRACKED))
_NOTRACK = Text(
    "接続追跡の対象外とする規則があり、どの通信が対象外になるかは確定できない",
    "a rule exempts packets from connection tracking, and which packets it exempts was not worked out",
)
#: Linux receives on the loopback device only what it sent to itself, and never forwards it.
_LOOPBACK = "lo"
#: Decisions whose packets are more boxes are looked at as one.
_FEW_BOXES = 8192


def _relation(relation: Relation, family: Family) -> tuple[dict[Dim, IntervalSet], ...]:
    """The products of fields that are packets of a relation.

    Fields that a protocol does not have are 0: ports of protocols without ports, flags of all but TCP.
    """
    if relation is Relation.UNSOLICITED:
        return ({Dim.PROTO: _TCP, Dim.FLAGS: _OTHER_FLAGS, Dim.STATE: _NEW | _INVALID | _UNTRACKED},)
    opens = {Dim.STATE: _NEW | _UNTRACKED}
    icmp = IntervalSet.single(ICMP if family == 4 else ICMPV6)
    ported = WITH_PORTS[family] - _TCP - icmp
    return (
        {Dim.PROTO: _TCP, Dim.FLAGS: INITIAL_SYN, **opens},
        {Dim.PROTO: icmp, Dim.SPORT: _OCTET, Dim.DPORT: _OCTET, Dim.FLAGS: _ZERO, **opens},
        {Dim.PROTO: ported, Dim.FLAGS: _ZERO, **opens},
        {Dim.PROTO: ALL_PROTOCOLS - WITH_PORTS[family], Dim.SPORT: _ZERO, Dim.DPORT: _ZERO, Dim.FLAGS: _ZERO, **opens},
    )


@dataclass(frozen=True, slots=True)
class Zoned:
    """The addresses of one family, divided: every zone's own, then those of no zone (``""``)."""

    names: tuple[str, ...]
    parts: tuple[IntervalSet, ...]

    @classmethod
    def of(cls, zones: Mapping[str, AddressSet], family: Family) -> Zoned:
        """Divide; an address given twice stays with the zone that comes first."""
        names, parts = [], []
        left = ANY[family]
        for name, addresses in zones.items():
            part = addresses.family(family) & left
            left = left - part
            names.append(name)
            parts.append(part)
        return cls((*names, ""), (*parts, left))


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a question is about, before it is compiled."""

    device: Device
    decisions: Sequence[Decision]
    zones: Mapping[str, AddressSet]
    family: Family
    hook: Hook
    relation: Relation
    interfaces: Mapping[str, Collection[str]] | None
    pairs: Collection[tuple[str, str]] | None


class Ground:
    """What all questions about one device, family and hook share: plan, division into zones, space, and the device compiled.

    *decisions* are all that will be asked about: the space tells their packets apart.
    """

    def __init__(
        self,
        device: Device,
        decisions: Sequence[Decision],
        zones: Mapping[str, AddressSet],
        *,
        family: Family,
        hook: Hook = Hook.FORWARD,
        interfaces: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        mapped = interfaces or {}
        self.device = device
        self.plan: DevicePlan = build(device, family, hook, interfaces=mapped)
        self.zoned = Zoned.of(zones, family)
        self.through = {z: self.plan.interface_set(n for n, zs in mapped.items() if z in zs) for z in self.zoned.names}
        names = IntervalSet.from_iter((i, i) for i in range(len(self.plan.interfaces)))
        if hook is Hook.FORWARD:
            names = names - self.plan.interface_set([_LOOPBACK])
        self.every = names
        self.notrack = len(self.plan.refs)
        self.plan.refs.append(_NOTRACK)
        self.space = self._space(decisions)

    @classmethod
    def of(cls, scope: Scope) -> Ground:
        """The ground of one question that stands alone."""
        return cls(
            scope.device, scope.decisions, scope.zones, family=scope.family, hook=scope.hook, interfaces=scope.interfaces
        )

    def _space(self, decisions: Sequence[Decision]) -> Space:
        family = self.plan.family
        builder = SpaceBuilder(family, self.plan.interfaces)
        self.plan.collect(builder)
        for state in (_NEW, _INVALID, _UNTRACKED):
            builder.add(Dim.STATE, state)
        for relation in Relation:
            for sets in _relation(relation, family):
                for dim, values in sets.items():
                    builder.add(dim, values)
        for zone, part in zip(self.zoned.names, self.zoned.parts, strict=True):
            for a, i in ((Dim.SRC, Dim.IIF), (Dim.DST, Dim.OIF)):
                builder.add(a, part)
                builder.add(i, self.through[zone] or self.every)
        for decision in decisions:
            builder.add(Dim.SRC, decision.src.family(family))
            builder.add(Dim.DST, decision.dst.family(family))
            for term in decision.terms:
                builder.add(Dim.PROTO, term.protocols)
                builder.add(Dim.SPORT, term.src_ports)
                builder.add(Dim.DPORT, term.dst_ports)
        return builder.build()

    @cached_property
    def block(self) -> Block:
        """The device's chains and stages, compiled."""
        program = ProgramBuilder(self.space)
        self.plan.emit(program)
        return program.block()

    def references(self, lines: Collection[tuple[Location, str]]) -> frozenset[int] | None:
        """The references of what *lines* do but drop; ``None`` where taking them out is more than to leave them out.

        That is where chains are run uncertainly: there a rule is more than its own instructions.
        """
        if self.plan.copies or self.plan.because:
            return None
        found = (r for line in lines for r in self._of_line.get(line, ()))
        return frozenset(found)

    @cached_property
    def _of_line(self) -> dict[tuple[Location, str], list[int]]:
        out: dict[tuple[Location, str], list[int]] = {}
        for number, ref in enumerate(self.plan.refs):
            if isinstance(ref, Rule) and ref.action.verb is not Verb.DROP:
                out.setdefault((ref.location, ref.text), []).append(number)
        return out


class Question:
    """A scope in ranks, on a ground it may share with others: how to make programs and queries.

    *removed* are references of rules that the device is asked without.
    """

    def __init__(self, scope: Scope, ground: Ground | None = None, removed: frozenset[int] = frozenset()) -> None:
        self.scope = scope
        ground = ground if ground is not None else Ground.of(scope)
        assert (ground.plan.family, ground.plan.hook) == (scope.family, scope.hook), "a ground is of one family and hook"
        self._ground = ground
        self._removed = removed
        self.plan = ground.plan
        self.zoned = ground.zoned
        self._through = ground.through
        self._every = ground.every
        self.notrack = ground.notrack
        self.space = ground.space

    def through(self, zone: str) -> IntervalSet:
        """The interfaces behind which a zone lies: all, unless the map says."""
        return self._through[zone] or self._every

    def crosses(self, src: int, dst: int) -> bool:
        """Whether packets between two zones (by number) must pass the device, as far as the interface map says."""
        if self.scope.interfaces is None:
            return True
        a, b = (self._through[self.zoned.names[z]] for z in (src, dst))
        return bool(a and b) and (a != b or a.size > 1)

    def named(self, pair: tuple[int, int]) -> tuple[str, str]:
        """The names of two zones given by number."""
        return self.zoned.names[pair[0]], self.zoned.names[pair[1]]

    def differs(self, passage: Passage, wanted: Op) -> bool:
        """Whether a passage goes against the decisions: what passes and is not permitted, or is permitted and stopped."""
        if wanted is Op.DROP or passage.decision < 0:
            return True
        return not self.scope.decisions[passage.decision].kind.allows

    def _emit_device(self, program: ProgramBuilder) -> None:
        block = self._ground.block
        program.include(block.without(self._removed) if self._removed else block)

    def passing_program(self) -> Program:
        """Relation, device, zone of the destination, decision."""
        program = ProgramBuilder(self.space)
        self._emit_relation(program)
        self._emit_device(program)
        program.stop_here()
        self._emit_zones(program)
        self._emit_decisions(program, permitted_only=False)
        return program.build()

    def decision_boxes(self, position: int) -> tuple[Ints, bool]:
        """Boxes that hold at least the packets of a decision, int32[k, 20], and whether they hold no others.

        Few, so that looking at them costs little.
        """
        decision = self.scope.decisions[position]
        boxes: list[list[int]] = []
        exact = True
        for term in decision.terms:
            sets = {
                Dim.SRC: decision.src.family(self.scope.family), Dim.DST: decision.dst.family(self.scope.family),
                Dim.PROTO: term.protocols, Dim.SPORT: term.src_ports, Dim.DPORT: term.dst_ports,
            }  # fmt: skip
            encoded = [(dim, self.space.encode(dim, values)) for dim, values in sets.items()]
            if not all(ranks for _, ranks in encoded):
                continue
            if math.prod(len(ranks) for _, ranks in encoded) > _FEW_BOXES:
                encoded = [(dim, ((ranks[0][0], ranks[-1][1]),)) for dim, ranks in encoded]
                exact = False
            for choice in itertools.product(*(ranks for _, ranks in encoded)):
                box = self.space.full()
                for (dim, _), (lo, hi) in zip(encoded, choice, strict=True):
                    box[2 * dim], box[2 * dim + 1] = lo, hi
                boxes.append(box)
        return np.array(boxes, np.int32).reshape(-1, 2 * DIMS), exact

    def missing_program(self, reached: Sequence[Mapping[Dim, tuple[int, int]]]) -> Program:
        """Relation, decisions that permit, zones, packets not *reached* another way (boxes of ranks), then the device."""
        program = ProgramBuilder(self.space)
        self._emit_relation(program)
        self._emit_decisions(program, permitted_only=True)
        self._emit_zones(program)
        images = program.chain()
        for box in reached:
            program.emit_ranks(images, [(d, (r,)) for d, r in box.items()], (Op.DISCARD, 0, -1, 0, 0, False))
        program.stage(Stage(images, Op.ACCEPT))
        self._emit_device(program)
        program.stop_here()
        return program.build()

    def permitted_program(self) -> Program:
        """Relation, decisions that permit, zones: what the device is expected to pass."""
        program = ProgramBuilder(self.space)
        self._emit_relation(program)
        self._emit_decisions(program, permitted_only=True)
        self._emit_zones(program)
        return program.build()

    def _emit_relation(self, program: ProgramBuilder) -> None:
        chain = program.chain()
        for sets in _relation(self.scope.relation, self.scope.family):
            program.emit(chain, sets, Op.ACCEPT)
        program.stage(Stage(chain, Op.DISCARD))

    def _emit_zones(self, program: ProgramBuilder) -> None:
        chain = program.chain()
        for number, (zone, part) in enumerate(zip(self.zoned.names, self.zoned.parts, strict=True)):
            program.emit(chain, {Dim.DST: part, Dim.OIF: self.through(zone)}, Op.MARK, number, slot=1)
        program.stage(Stage(chain, Op.DISCARD, restore_source=True))

    def _emit_decisions(self, program: ProgramBuilder, *, permitted_only: bool) -> None:
        chain = program.chain()
        for position, decision in enumerate(self.scope.decisions):
            op = Op.DISCARD if permitted_only and not decision.kind.allows else Op.MARK
            self._emit_decision(program, chain, position, op)
        program.stage(Stage(chain, Op.DISCARD if permitted_only else Op.ACCEPT))

    def _emit_decision(self, program: ProgramBuilder, chain: int, position: int, op: Op) -> None:
        decision = self.scope.decisions[position]
        ends = {
            Dim.SRC: decision.src.family(self.scope.family),
            Dim.DST: decision.dst.family(self.scope.family),
        }
        for term in decision.terms:
            sets = {**ends, Dim.PROTO: term.protocols, Dim.SPORT: term.src_ports, Dim.DPORT: term.dst_ports}
            program.emit(chain, sets, op, position)

    def queries(self, *, any_destination: bool) -> tuple[list[Query], list[tuple[int, int]]]:
        """One box per source interval, destination interval and run of interfaces, and the zones' numbers of each.

        The tag of a query is its source zone's number.

        With *any_destination* (the device rewrites destinations) the pair and the out-interface are left to the
        program's zone stage.
        """
        pairs = self.scope.pairs
        full = self.space.full()
        last_tracked = self.space.encode(Dim.STATE, _UNTRACKED)[0][0] - 1
        states = [((0, last_tracked), -1)]
        if self.scope.device.conntrack_notrack:
            states.append((self.space.encode(Dim.STATE, _UNTRACKED)[0], self.notrack))
        numbers = range(len(self.zoned.names))
        encoded = [
            (
                self.space.encode(Dim.SRC, self.zoned.parts[n]),
                self.space.encode(Dim.DST, self.zoned.parts[n]),
                self.space.encode(Dim.IIF, self.through(self.zoned.names[n])),
                self.space.encode(Dim.OIF, self._every if any_destination else self.through(self.zoned.names[n])),
            )
            for n in numbers
        ]
        out: list[Query] = []
        asked: list[tuple[int, int]] = []
        for s, d in itertools.product(numbers, numbers):
            names = (self.zoned.names[s], self.zoned.names[d])
            if pairs is not None and names not in pairs and not (any_destination and any(p[0] == names[0] for p in pairs)):
                continue
            for src, iif, dst, oif, (state, doubt) in itertools.product(
                encoded[s][0], encoded[s][2], encoded[d][1], encoded[d][3], states
            ):
                box = full.copy()
                for dim, (lo, hi) in ((Dim.SRC, src), (Dim.IIF, iif), (Dim.DST, dst), (Dim.OIF, oif), (Dim.STATE, state)):
                    box[2 * dim], box[2 * dim + 1] = lo, hi
                out.append(Query(tuple(box), s, doubt))
                asked.append((s, d))
        return out, asked
