"""A device as a program over packet boxes: its base chains in the order of the packet's way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from segmentation.device.device import Action, BaseChain, Chain, Device, Hook, NotUnderstood, Rule, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ALL_PROTOCOLS, ICMP, ICMPV6, PORT_PROTOCOLS, TCP
from segmentation.model.text import Text
from segmentation.packetset.program import Op, ProgramBuilder, Rewrite, Stage
from segmentation.packetset.space import Dim, SpaceBuilder

_DIM_OF = {
    Field.SRC: Dim.SRC, Field.DST: Dim.DST, Field.PROTO: Dim.PROTO, Field.SPORT: Dim.SPORT, Field.DPORT: Dim.DPORT,
    Field.FLAGS: Dim.FLAGS, Field.STATE: Dim.STATE, Field.SMAC: Dim.SMAC,
}  # fmt: skip
_OP_OF = {
    Verb.ACCEPT: Op.ACCEPT, Verb.DROP: Op.DROP, Verb.JUMP: Op.JUMP, Verb.GOTO: Op.GOTO, Verb.RETURN: Op.RETURN,
    Verb.DNAT: Op.NAT, Verb.SNAT: Op.NAT, Verb.STOP: Op.STOP,
}  # fmt: skip
#: The hooks a packet meets on its way, for the hook that is asked about (linux/netfilter.h; nft(8), "ADDRESS FAMILIES").
_WAY: dict[Hook, tuple[Hook, ...]] = {
    Hook.FORWARD: (Hook.INGRESS, Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING, Hook.EGRESS),
    Hook.INPUT: (Hook.INGRESS, Hook.PREROUTING, Hook.INPUT),
    Hook.OUTPUT: (Hook.OUTPUT, Hook.POSTROUTING, Hook.EGRESS),
}
#: Operations that end the way through a base chain.
ENDING = frozenset({Op.ACCEPT, Op.DROP, Op.NAT, Op.STOP, Op.UNSURE})
#: Jumps planned in copies of chains; beyond it an uncertain jump is followed both ways, which doubts more.
_MOST_COPIES = 20_000
#: Bound to an interface that the device model does not name: whether their rules apply to a packet is not known.
_BOUND = frozenset({Hook.INGRESS, Hook.EGRESS})
# nf_nat_inet_fn (linux/net/netfilter/nf_nat_core.c) consults the rules only for the first packet of a connection.
#: linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK: base chains before it see no connection yet.
CONNTRACK_PRIORITY = -200
_TCP = IntervalSet.single(TCP)
#: Protocols whose first octets the fields SPORT and DPORT hold, by family: ports, or ICMP type and code.
WITH_PORTS: dict[Family, IntervalSet] = {
    f: IntervalSet.from_iter((p, p) for p in (*PORT_PROTOCOLS, ICMP if f == 4 else ICMPV6)) for f in FAMILIES
}
_PORTED = IntervalSet.from_iter((p, p) for p in PORT_PROTOCOLS)
_UNTRACKED = IntervalSet.single(CtState.UNTRACKED)
_TRACKED = IntervalSet(((CtState.NEW, CtState.INVALID),))
_NO_NAT = IntervalSet.from_iter((s, s) for s in (CtState.ESTABLISHED, CtState.INVALID, CtState.UNTRACKED))

#: The latest plans: one device is asked many questions, and a plan of 100,000 rules takes seconds.  Only references are ever
#: added to a plan, so that sharing one changes no answer.
_LATEST: list[DevicePlan] = []
_KEPT = 3

Ref = Rule | BaseChain | Text
_CHOSEN_AT_RUN_TIME = Text(
    "変換後のアドレスまたはポートは実行時に決まる", "the translated address or port is chosen at run time"
)
_NOT_KNOWN = Text(
    "チェーンが特定のインターフェースに結び付いているか、飛び先が分からない",
    "the chain is bound to an interface, or its target is not known",
)
_LOOP = Text("チェーンのジャンプが循環している", "chains jump in a loop")
_NO_TARGET = Text("飛び先のチェーンがない", "the target chain does not exist")


class View(NamedTuple):
    """How a chain sees packets; depends on the base chain that calls it."""

    tracked: bool = True  # the connection's state is known
    iif: bool = True  # the packet has an in-interface
    oif: bool = True  # its out-interface is known
    #: What makes it uncertain that the chain is run at all: the reference of an uncertain jump, or of a reason; -1: nothing.
    unsure: int = -1


Key = tuple[str, View]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, ready to be emitted: sets in the dimensions, an operation, whether the match is uncertain."""

    rule: Rule
    ref: int
    sets: Mapping[Dim, IntervalSet]
    op: Op
    target: Key | None
    may: bool

    @property
    def continues(self) -> bool:
        """Whether the rule's own action may let the packet go on with the next rule."""
        action = self.rule.action
        return self.op is Op.UNSURE and not (action.uncertain and action.verb in (Verb.ACCEPT, Verb.DROP))


@dataclass(slots=True)
class DevicePlan:
    """What of a device takes part for one family and hook.  Make one with :func:`build`.

    ``refs`` says what the reference numbers on traces mean; callers may append reasons of their own.
    """

    device: Device
    family: Family
    hook: Hook
    interfaces: tuple[str, ...]
    stages: tuple[BaseChain, ...]
    chains: dict[Key, list[Step]] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    policy_refs: list[int] = field(default_factory=list)
    problems: list[NotUnderstood] = field(default_factory=list)
    bound_ref: int = -1
    because: dict[int, int] = field(default_factory=dict)  # reference of a rule -> of what makes its chain uncertain
    copies: int = 0  # steps planned in uncertain views
    _matching: dict[InterfaceMatch, IntervalSet] = field(default_factory=dict)

    @property
    def filtered(self) -> bool:
        """Whether any base chain exists at the hook itself."""
        return any(s.hook is self.hook for s in self.stages)

    @property
    def rewrites_destination(self) -> bool:
        """Whether any rule on the way changes a destination."""
        return any(s.rule.action.verb is Verb.DNAT for steps in self.chains.values() for s in steps)

    def entry(self, base: BaseChain) -> Key:
        """The chain of a stage, as that stage sees packets."""
        early = base.hook in (Hook.PREROUTING, Hook.OUTPUT) and base.priority < CONNTRACK_PRIORITY
        view = View(
            tracked=not early and base.hook is not Hook.INGRESS,
            iif=base.hook is not Hook.OUTPUT,
            oif=base.hook not in (Hook.INGRESS, Hook.PREROUTING, Hook.INPUT),
            unsure=self.bound_ref if base.hook in _BOUND else -1,
        )
        return base.chain, view

    def names_matching(self, match: InterfaceMatch) -> IntervalSet:
        """The numbers of the interfaces a match means."""
        found = self._matching.get(match)
        if found is None:
            found = IntervalSet.from_iter((i, i) for i, n in enumerate(self.interfaces) if match.matches(n))
            self._matching[match] = found
        return found

    def interface_set(self, names: Iterable[str]) -> IntervalSet:
        """The numbers of interface names; names that the plan does not know are left out."""
        wanted = set(names)
        return IntervalSet.from_iter((i, i) for i, n in enumerate(self.interfaces) if n in wanted)

    def collect(self, space: SpaceBuilder) -> None:
        """Give every set of the plan to the space."""
        space.add(Dim.STATE, _NO_NAT)
        space.add(Dim.PROTO, _PORTED)
        for steps in self.chains.values():
            for step in steps:
                for dim, values in step.sets.items():
                    space.add(dim, values)
                translation = step.rule.action.translation
                if translation is not None:
                    source = step.rule.action.verb is Verb.SNAT
                    for lo, hi in translation.addresses or ():
                        space.add(Dim.SRC if source else Dim.DST, IntervalSet(((lo, hi),)))
                    for lo, hi in translation.ports or ():
                        space.add(Dim.SPORT if source else Dim.DPORT, IntervalSet(((lo, hi),)))

    def emit(self, program: ProgramBuilder) -> None:
        """Emit the chains and append the stages."""
        ids = {name: program.chain() for name in self.chains}
        late = [i for i, s in enumerate(self.stages) if s.hook in (Hook.POSTROUTING, Hook.EGRESS)]
        for name, steps in self.chains.items():
            for step in steps:
                if step.op is Op.NAT:
                    self._emit_nat(program, ids[name], step, precise_source=len(late) <= 1)
                elif step.target is not None:
                    program.emit(ids[name], step.sets, step.op, ids[step.target], ref=step.ref, may=step.may)
                else:
                    program.emit(ids[name], step.sets, step.op, ref=step.ref, may=step.may)
                if name[1].unsure >= 0 and step.op in ENDING and not step.rule.match.may and not step.continues:
                    # Had the chain been run, the rule would have decided; else nothing below it matters either.
                    program.emit(ids[name], step.sets, Op.RETURN)
        for base, ref in zip(self.stages, self.policy_refs, strict=True):
            entry = program.chain()
            if base.kind == "nat":
                program.emit(entry, {Dim.STATE: _NO_NAT}, Op.ACCEPT)
            program.emit(entry, {}, Op.JUMP, ids[self.entry(base)])
            drops = base.policy.verb is Verb.DROP
            if base.policy.uncertain or (drops and base.hook in _BOUND):
                program.emit(entry, {}, Op.UNSURE, ref=ref)
            program.stage(Stage(entry, Op.DROP if drops else Op.ACCEPT, ref))

    def _emit_nat(self, program: ProgramBuilder, chain: int, step: Step, *, precise_source: bool) -> None:
        translation = step.rule.action.translation
        source = step.rule.action.verb is Verb.SNAT
        if translation is None or (translation.local and self.hook is Hook.FORWARD):
            # No translation: the packet goes on unchanged.  To the device itself: it is not forwarded.
            program.emit(chain, step.sets, Op.ACCEPT if translation is None else Op.DISCARD, ref=step.ref, may=step.may)
            return
        a_dim, p_dim = (Dim.SRC, Dim.SPORT) if source else (Dim.DST, Dim.DPORT)
        space = program.space
        addresses: list[tuple[int, int] | None] = [
            space.encode(a_dim, IntervalSet((i,)))[0] for i in translation.addresses or ()
        ]
        if translation.unknown:
            addresses = [(0, space.counts[a_dim] - 1)]
        ports: list[tuple[int, int] | None] = [space.encode(p_dim, IntervalSet((i,)))[0] for i in translation.ports or ()]
        several = (
            translation.unknown
            or (translation.addresses or IntervalSet(((0, 0),))).size > 1
            or (translation.ports or IntervalSet(((0, 0),))).size > 1
        )
        # The source is judged as it was before SNAT; the new one matters only to base chains behind it.
        uncertain = several and not (source and precise_source)
        protocols = step.sets.get(Dim.PROTO, ALL_PROTOCOLS)
        for part, new_ports in ((protocols & _PORTED, ports or [None]), (protocols - _PORTED, [None])):
            if part:
                rewrites = [Rewrite(source, a, p, uncertain) for a in addresses or [None] for p in new_ports]
                sets = {**step.sets, Dim.PROTO: part}
                program.emit(chain, sets, Op.NAT, program.nat(rewrites), ref=step.ref, may=step.may)


def interface_names(device: Device, extra: Iterable[str] = ()) -> tuple[str, ...]:
    """Every interface the device or *extra* names, one per wildcard (``eth*``) for the others of its prefix, and ``""``."""
    names = {i.name for i in device.interfaces} | set(extra)
    for chain in device.chains.values():
        for rule in chain.rules:
            for match in (rule.match.in_interface, rule.match.out_interface):
                names.update(match.patterns if match else ())
    return ("", *sorted(n for n in names if n))


def build(device: Device, family: Family, hook: Hook, *, interfaces: Iterable[str] = ()) -> DevicePlan:
    """Plan the program of *device* for packets of *family* asked about at *hook*.

    *interfaces* are further interface names the caller will speak of.  Loops of jumps and unknown targets, which no
    kernel would load, are reported in ``problems`` and become "may accept, may drop".
    """
    names = interface_names(device, interfaces)
    for known in _LATEST:
        if known.device is device and (known.family, known.hook, known.interfaces) == (family, hook, names):
            return known
    way = _WAY.get(hook, (hook,))
    stages = sorted(
        (b for b in device.base_chains if b.hook in way and family in b.families),
        key=lambda b: (way.index(b.hook), b.priority),
    )
    plan = DevicePlan(device, family, hook, names, tuple(stages))
    plan.bound_ref = len(plan.refs)
    plan.refs.append(_NOT_KNOWN)
    for base in stages:
        _add_chains(plan, plan.entry(base))
    _break_loops(plan)
    for base in stages:
        plan.policy_refs.append(len(plan.refs))
        plan.refs.append(base)
    _LATEST.insert(0, plan)
    del _LATEST[_KEPT:]
    return plan


def _add_chains(plan: DevicePlan, entry: Key) -> None:
    """Plan a chain and all chains that can be reached from it (without recursion: configurations may nest deeply)."""
    waiting = [entry]
    while waiting:
        key = waiting.pop()
        if key in plan.chains:
            continue
        steps = plan.chains[key] = []
        chain = plan.device.chains.get(key[0])
        for rule in _rules(chain, plan.family):
            step = _step(plan, rule, key[1])
            if step is None:
                continue
            steps.append(step)
            if step.target is not None:
                waiting.append(step.target)


def _rules(chain: Chain | None, family: Family) -> list[Rule]:
    return [r for r in chain.rules if family in r.families] if chain else []


def _step(plan: DevicePlan, rule: Rule, view: View) -> Step | None:
    """The rule as a step, or ``None`` when it matches no packet or changes nothing."""
    action = rule.action
    if action.verb is Verb.CONTINUE and not action.uncertain:
        return None
    sets = match_sets(plan, rule.match, view)
    if sets is None:
        return None
    ref = len(plan.refs)
    plan.refs.append(rule)
    may = rule.match.may
    if action.uncertain:
        may = may or view.unsure >= 0 or action.verb not in (Verb.ACCEPT, Verb.DROP)
        return Step(rule, ref, sets, Op.UNSURE, None, may)
    if action.verb not in (Verb.JUMP, Verb.GOTO):
        op = _OP_OF[action.verb]
        if view.unsure >= 0 and op in ENDING:
            plan.because[ref] = view.unsure
            may = True
        return Step(rule, ref, sets, op, None, may)
    if action.target not in plan.device.chains:
        plan.problems.append(_problem(rule, _NO_TARGET))
        return Step(rule, ref, sets, Op.UNSURE, None, may=True)
    if may and action.verb is Verb.JUMP and plan.copies < _MOST_COPIES:
        # "May jump" is a jump into a copy of the chain in which whatever ends a packet's way only may do so: then a chain
        # that returns leaves no doubt behind, and one that decides leaves it only on the packets it decides about.
        if view.unsure < 0:
            view = view._replace(unsure=ref)
        may = False
    plan.copies += view.unsure >= 0
    return Step(rule, ref, sets, _OP_OF[action.verb], (action.target, view), may)


def match_sets(plan: DevicePlan, match: Match, view: View) -> dict[Dim, IntervalSet] | None:
    """The match in dimensions, or ``None`` when no packet can match."""
    sets = {_DIM_OF[f]: s for f, s in match.fields.items()}
    # Protocols without ports have no port to match (xt_tcpudp.c, nft_payload.c), only TCP has flags (xt_tcpudp.c).
    for dim, having in ((Dim.SPORT, WITH_PORTS[plan.family]), (Dim.DPORT, WITH_PORTS[plan.family]), (Dim.FLAGS, _TCP)):
        if dim in sets:
            sets[Dim.PROTO] = sets.get(Dim.PROTO, ALL_PROTOCOLS) & having
    if not view.tracked and Dim.STATE in sets:
        # Before conntrack a packet has no connection: its state is invalid (xt_conntrack.c, nft_ct.c), or untracked.
        wanted = sets[Dim.STATE]
        sets[Dim.STATE] = (wanted & _UNTRACKED) | (_TRACKED if CtState.INVALID in wanted else EMPTY)
    for dim, wanted_interface, known in ((Dim.IIF, match.in_interface, view.iif), (Dim.OIF, match.out_interface, view.oif)):
        if wanted_interface is None:
            continue
        if not known:
            if not wanted_interface.matches(""):  # an absent device has the empty name
                return None
            continue
        sets[dim] = plan.names_matching(wanted_interface)
    return sets if all(sets.values()) else None


def _problem(rule: Rule, why: Text) -> NotUnderstood:
    return NotUnderstood(location=rule.location, text=rule.text, reason=why.en, sentence=why)


def _break_loops(plan: DevicePlan) -> None:
    """Replace every jump that leads back into a chain on the way to itself."""
    done: set[Key] = set()
    for start in list(plan.chains):
        if start in done:
            continue
        on_way: dict[Key, int] = {start: 0}
        while on_way:
            key, position = next(reversed(on_way.items()))
            steps = plan.chains[key]
            while position < len(steps) and steps[position].target is None:
                position += 1
            if position == len(steps):
                done.add(key)
                del on_way[key]
                continue
            on_way[key] = position + 1
            step = steps[position]
            assert step.target is not None, "the search stopped at a jump"
            if step.target in on_way:
                plan.problems.append(_problem(step.rule, _LOOP))
                steps[position] = Step(step.rule, step.ref, step.sets, Op.UNSURE, None, may=True)
            elif step.target not in done:
                on_way[step.target] = 0


def doubt_reasons(plan: DevicePlan, number: int) -> tuple[Text, ...]:
    """Why the instruction with this reference is uncertain: the words of the configuration, or a sentence of ours."""
    ref = plan.refs[number]
    if number in plan.because and not (isinstance(ref, Rule) and (ref.match.may or ref.action.uncertain)):
        ref = plan.refs[plan.because[number]]
    if isinstance(ref, Text):
        return (ref,)
    action: Action = ref.policy if isinstance(ref, BaseChain) else ref.action
    words = () if isinstance(ref, BaseChain) else ref.match.uncertain
    if action.uncertain:
        words = (*words, action.uncertain)
    if words:
        return tuple(Text(w, w) for w in words)
    if isinstance(ref, Rule) and action.translation is not None:
        return (_CHOSEN_AT_RUN_TIME,)
    return (_NOT_KNOWN,)
