"""Whether two states of one device treat every packet alike, proved base chain by base chain.

Each base chain is summed up as one set of packets per outcome: accepted, dropped, translated so or so, and also which
packets meet a rule that goes on (a log, a mark) or ask a condition the configuration does not tell (a rate limit).  When
all these sets are equal, no packet fares otherwise, whatever the device does before or behind the base chain and whatever
the unknown conditions are.  What is compared is more than the packets that open a session: every state, flag, port and
interface, so replies are compared too.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segmentation.analysis.program import DevicePlan, View, build, interface_names, match_sets
from segmentation.device.device import BaseChain, Device, Rule, Verb
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.finding import Packet
from segmentation.model.intervals import IntervalSet
from segmentation.packetset.bdd import ADDRESSES_FIRST, PROTOCOL_FIRST, BudgetExceededError, PacketSet, PacketSets
from segmentation.packetset.decode import box_of, witness_of
from segmentation.packetset.space import DIMS, Dim, Space, SpaceBuilder
from segmentation.packetset.walk import ROW

#: Inner nodes of one decision diagram; two orders of the fields are tried.
DEFAULT_NODES = 4_000_000
#: Conditions the configuration does not tell, each a variable of its own; more of them are not decided.
_MOST_UNKNOWN = 400
#: linux/netfilter/ipt_REJECT.h, RFC 792: a refusal answers, a drop is silent; the sender can tell them apart.
_REFUSAL = re.compile(r"\b(?:reject|refuse|reset(?:-both|-client|-server)?|tcp-rst|tcp-reset|unreachable)\b", re.IGNORECASE)
#: Depth of chains that call chains; beyond it is a loop.
_DEPTH = 128
#: Packets that fare otherwise, beyond the first.
_FURTHER = 24
#: Changed rules that are compared with every other one before anything is compiled.
_MOST_NEAR = 4_000
#: Bits of an address of IPv6 beyond the 62 that are looked at for that; and every value of a field.
_CUT, _ALL = 66, (0, (1 << 62) - 1)


class Verdict(enum.StrEnum):
    """What a comparison says."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One base chain of two states of a device, for one family; ``example`` is a packet that fares otherwise.

    ``further`` are more of them, none of which meets a changed rule that one before it meets.
    """

    chain: str
    hook: str
    family: Family
    verdict: Verdict
    example: Packet | None = None
    further: tuple[Packet, ...] = ()


def equivalence(before: Device, after: Device, *, nodes: int = DEFAULT_NODES) -> tuple[Comparison, ...]:
    """Compare *before* and *after* for every packet, one answer per base chain and family, in the order of the device.

    Rules are told apart by identity: *after* holds the very rules of *before* where they were not changed.  A base chain
    below which nothing changed is equal.  Other base chains than those of *before* are different.
    """
    if before.base_chains != after.base_chains:
        return tuple(_answer(b, f, Verdict.DIFFERENT) for b in before.base_chains for f in FAMILIES if f in b.families)
    out: list[Comparison] = []
    for base in before.base_chains:
        changed = _changed(before, after, base.chain)
        for family in FAMILIES:
            if family not in base.families:
                continue
            mine = [r for r in changed if family in r.families]
            out.append(_compare(before, after, base, family, mine, nodes) if mine else _answer(base, family, Verdict.EQUAL))
    return tuple(out)


def unchanged(before: Device, after: Device, *, nodes: int = DEFAULT_NODES) -> bool:
    """Whether it is proved that no packet fares otherwise in *after*."""
    return all(c.verdict is Verdict.EQUAL for c in equivalence(before, after, nodes=nodes))


def _answer(base: BaseChain, family: Family, verdict: Verdict, example: Packet | None = None) -> Comparison:
    return Comparison(chain=base.chain, hook=base.hook.value, family=family, verdict=verdict, example=example)


def _changed(before: Device, after: Device, entry: str) -> list[Rule]:
    """The rules that stand in one of both only, or at another place among the others, below one chain."""
    out: list[Rule] = []
    for name in _below(before, entry) | _below(after, entry):
        old, new = (d.chains[name].rules if name in d.chains else () for d in (before, after))
        if old == new and all(a is b for a, b in zip(old, new, strict=True)):
            continue
        # A rule may stand in a list twice: it has stayed only if it stands there as often as before.
        times, again = Counter(map(id, old)), Counter(map(id, new))
        out += [r for r in (*old, *new) if times[id(r)] != again[id(r)]]
        stayed, now = ([r for r in rules if times[id(r)] == again[id(r)]] for rules in (old, new))
        out += [r for a, b in zip(stayed, now, strict=True) if a is not b for r in (a, b)]
    return out


def _below(device: Device, entry: str) -> set[str]:
    """A chain and all that it can lead to."""
    seen: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        rules = device.chains[name].rules if name in device.chains else ()
        waiting += [r.action.target for r in rules if r.action.verb in (Verb.JUMP, Verb.GOTO)]
    return seen


def _compare(before: Device, after: Device, base: BaseChain, family: Family, changed: Sequence[Rule], nodes: int) -> Comparison:
    sides = [_Side.of(d, base, family, (before, after)) for d in (before, after)]
    if any(s is None for s in sides):
        return _answer(base, family, Verdict.UNDECIDED)
    one, other = (s for s in sides if s is not None)
    _keep_near(one, other, changed)
    space = _space(family, one, other)
    for order in (ADDRESSES_FIRST, PROTOCOL_FIRST):
        sets = _Sets(space, nodes=nodes, order=order)
        try:
            # A packet that no changed rule can match takes the same way in both.
            region = sets.union([s.matches[id(r)] for r in changed for s in (one, other) if id(r) in s.matches])
            difference = _difference(sets, *(_Outcomes(s, sets, region).run() for s in (one, other)))
        except BudgetExceededError:
            continue
        if difference is None:
            return _answer(base, family, Verdict.EQUAL)
        example = _packet(space, difference)
        asked = {id(r): s.matches[id(r)] for r in changed for s in (one, other) if id(r) in s.matches}
        return replace(
            _answer(base, family, Verdict.DIFFERENT, example), further=tuple(_further(sets, difference, list(asked.values())))
        )
    return _answer(base, family, Verdict.UNDECIDED)


def _keep_near(one: _Side, other: _Side, changed: Sequence[Rule]) -> None:
    """Take out of both sides the rules that share no packet with a changed one: in both they do nothing to those packets.

    Told by the least and greatest value of each field, so a few rules too many stay.
    """
    matches = {**one.matches, **other.matches}
    asked = [matches[id(r)] for r in {id(r): r for r in changed}.values() if id(r) in matches]
    if len(asked) > _MOST_NEAR:
        return
    numbers = list(matches)
    hulls = np.array([_hull(matches[n], one.family) for n in numbers], np.int64).reshape(len(numbers), 2, DIMS)
    far = np.arange(len(numbers))
    for sets in asked:
        lo, hi = np.array(_hull(sets, one.family), np.int64).reshape(2, DIMS)
        far = far[((hulls[far, 0] > hi) | (hulls[far, 1] < lo)).any(axis=1)]
    gone = {numbers[i] for i in far.tolist()}
    for side in (one, other):
        side.chains = {name: [r for r in rules if id(r) not in gone] for name, rules in side.chains.items()}
        side.matches = {n: m for n, m in side.matches.items() if n not in gone}


def _hull(sets: Sets, family: Family) -> list[int]:
    """The least value of every dimension, then the greatest, as 62-bit numbers; addresses of IPv6 without their last bits."""
    spans = [(found[0][0], found[-1][1]) if (found := sets[d].intervals if d in sets else ()) else _ALL for d in Dim]
    cut = [_CUT if family == 6 and d in (Dim.SRC, Dim.DST) and d in sets else 0 for d in Dim]
    return [lo >> c for (lo, _), c in zip(spans, cut, strict=True)] + [hi >> c for (_, hi), c in zip(spans, cut, strict=True)]


def _difference(sets: PacketSets, one: Mapping[Hashable, PacketSet], other: Mapping[Hashable, PacketSet]) -> PacketSet | None:
    """Packets of which the two say something else, or ``None``."""
    for key in dict.fromkeys((*one, *other)):
        differ = one.get(key, sets.empty) ^ other.get(key, sets.empty)
        if differ:
            return differ
    return None


def _further(sets: _Sets, differ: PacketSet, changed: Sequence[Sets]) -> Iterator[Packet]:
    """More packets of *differ*, each time without those that the changed rules of the last one match."""
    encoded = [{d: sets.space.encode(d, s) for d, s in match.items()} for match in changed]
    try:
        for _ in range(_FURTHER):
            lowest = differ.lowest()
            if lowest is None:
                return
            for ranks in encoded:
                if all(any(lo <= lowest[d][0] <= hi for lo, hi in ranks[d]) for d in ranks if d in lowest):
                    differ -= sets.product(ranks)
            found = _packet(sets.space, differ)
            if found is None:
                return
            yield found
    except BudgetExceededError:
        return


def _packet(space: Space, some: PacketSet) -> Packet | None:
    lowest = some.lowest()
    if lowest is None:
        return None
    row = np.zeros(ROW, np.int32)
    row[: 2 * DIMS] = space.full()
    for d, (lo, hi) in lowest.items():
        row[2 * d], row[2 * d + 1] = lo, hi
    return witness_of(box_of(space, row))


Sets = Mapping[Dim, IntervalSet]


@dataclass(slots=True)
class _Side:
    """One base chain of one state of the device: its rules with their matches in the dimensions."""

    device: Device
    base: BaseChain
    family: Family
    plan: DevicePlan
    view: View
    chains: dict[str, list[Rule]] = field(default_factory=dict)
    matches: dict[int, Sets] = field(default_factory=dict)  # by the identity of the rule

    @classmethod
    def of(cls, device: Device, base: BaseChain, family: Family, both: Iterable[Device]) -> _Side | None:
        """``None`` when the base chain cannot be summed up: loops, unknown targets, uncertain jumps, too many unknowns."""
        names = {n for d in both for n in interface_names(d)}
        # Only what is named counts: the plan itself is made of an empty device, the rules are read below.
        plan = build(Device(name="", vendor="", inputs=(), interfaces=device.interfaces), family, base.hook, interfaces=names)
        side = cls(device, base, family, plan, plan.entry(base)[1]._replace(unsure=-1))
        return side if side._read() else None

    def _read(self) -> bool:
        unknown = 0
        for name in sorted(_below(self.device, self.base.chain)):
            if name not in self.device.chains:
                return False
            rules = self.chains[name] = []
            for rule in self.device.chains[name].rules:
                if self.family not in rule.families:
                    continue
                sets = match_sets(self.plan, rule.match, self.view)
                if sets is None:
                    continue
                if rule.action.uncertain and rule.action.verb in (Verb.JUMP, Verb.GOTO):
                    return False
                unknown += rule.match.may + bool(rule.action.uncertain)
                rules.append(rule)
                self.matches[id(rule)] = sets
        return unknown <= _MOST_UNKNOWN and self._order() is not None

    def _order(self) -> list[str] | None:
        """The chains, targets first; ``None`` for a loop."""
        out: list[str] = []
        state: dict[str, int] = {}
        waiting = [self.base.chain]
        while waiting:
            name = waiting[-1]
            if state.get(name) == 1:
                waiting.pop()
                if name not in out:
                    out.append(name)
                state[name] = 2
                continue
            if state.get(name) == 2:
                waiting.pop()
                continue
            state[name] = 1
            for rule in self.chains[name]:
                if rule.action.verb in (Verb.JUMP, Verb.GOTO):
                    if state.get(rule.action.target) == 1:
                        return None
                    if rule.action.target not in state:
                        waiting.append(rule.action.target)
        return out

    def ordered(self) -> list[str]:
        """The chains, targets before those that lead to them."""
        found = self._order()
        assert found is not None, "loops were refused when the side was read"
        return found


def _space(family: Family, *sides: _Side) -> Space:
    builder = SpaceBuilder(family, sides[0].plan.interfaces)
    for side in sides:
        side.plan.collect(builder)
        for sets in side.matches.values():
            for dim, values in sets.items():
                builder.add(dim, values)
    return builder.build()


class _Sets(PacketSets):
    """Packet sets with a further variable for every condition that the configuration does not tell."""

    def __init__(self, space: Space, *, nodes: int, order: Sequence[Dim]) -> None:
        super().__init__(space, nodes=nodes, order=order)
        self._known: dict[Hashable, PacketSet] = {}

    def of(self, match: Sets) -> PacketSet:
        """The packets of a match, its uncertain parts left out."""
        return self.product({d: self.space.encode(d, s) for d, s in match.items()})

    def union(self, matches: Sequence[Sets]) -> PacketSet:
        """The packets of any of *matches*."""
        parts = [self.of(m) for m in matches] or [self.empty]
        while len(parts) > 1:
            parts = [parts[i] | parts[i + 1] if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
        return parts[0]

    def unknown(self, condition: Hashable) -> PacketSet:
        """The packets for which an unknown condition holds: any set at all."""
        found = self._known.get(condition)
        if found is None:
            first = sum(self.widths) + len(self._known)
            self._manager.add_vars(1)
            found = self._known[condition] = PacketSet(self, self._manager.var(first))
        return found


_FELL, _RETURNED = "falls off the end", "returns"
_Sum = dict[Hashable, PacketSet]


class _Outcomes:
    """Sums up the chains of one side, for the packets of a region."""

    def __init__(self, side: _Side, sets: _Sets, region: PacketSet) -> None:
        self._side = side
        self._sets = sets
        self._region = region
        self._chains: dict[str, _Sum] = {}

    def run(self) -> _Sum:
        """Packets by what becomes of them in the base chain."""
        for name in self._side.ordered():
            self._chains[name] = self._chain(self._side.chains[name])
        done = dict(self._chains[self._side.base.chain])
        rest = done.pop(_FELL) | done.pop(_RETURNED, self._sets.empty)
        policy = self._side.base.policy
        key: Hashable = ("policy", policy) if policy.uncertain else (policy.verb.value, False, False)
        done[key] = done.get(key, self._sets.empty) | rest
        return done

    def _chain(self, rules: Sequence[Rule]) -> _Sum:
        parts = [p for p in map(self._rule, rules) if p is not None]
        while len(parts) > 1:
            parts = [self._then(parts[i], parts[i + 1]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
        return parts[0] if parts else {_FELL: self._region}

    def _then(self, first: _Sum, second: _Sum) -> _Sum:
        out = dict(first)
        going_on = out.pop(_FELL)
        for key, packets in second.items():
            reached = going_on & packets
            if key == _FELL:
                out[_FELL] = reached
            elif reached:
                out[key] = out[key] | reached if key in out else reached
        return out

    def _rule(self, rule: Rule) -> _Sum | None:
        """The summary of one rule, or ``None`` when no packet of the region matches it."""
        asked = self._sets.of(self._side.matches[id(rule)]) & self._region
        if not asked:
            return None
        out: _Sum = {}
        match = asked
        if rule.match.may:
            # A rate limit counts the packets that ask it: the same packets must ask it in both.
            out["asked", id(rule)] = asked
            match = asked & self._sets.unknown(("match", id(rule)))
        out[_FELL] = self._region - match
        action = rule.action
        if action.uncertain:
            ends = match & self._sets.unknown(("action", id(rule)))
            out["uncertain", id(rule)] = ends
            out[_FELL] |= match - ends
        elif action.verb is Verb.CONTINUE:
            out["passes", id(rule)] = match
            out[_FELL] = self._region
        elif action.verb in (Verb.JUMP, Verb.GOTO):
            self._jump(rule, match, out)
        elif action.verb is Verb.RETURN:
            out[_RETURNED] = match
        elif action.translation is not None or action.verb in (Verb.DNAT, Verb.SNAT):
            out[action.verb.value, action.translation] = match
        else:
            refuses = action.verb is Verb.DROP and _REFUSAL.search(rule.text) is not None
            out[action.verb.value, rule.log, refuses] = match
        return out

    def _jump(self, rule: Rule, match: PacketSet, out: _Sum) -> None:
        for key, packets in self._chains[rule.action.target].items():
            part = match & packets
            if key not in (_FELL, _RETURNED):
                out[key] = out[key] | part if key in out else part
            elif rule.action.verb is Verb.JUMP:
                out[_FELL] |= part
            else:
                out[_RETURNED] = out[_RETURNED] | part if _RETURNED in out else part
