"""A device as a program over packet boxes: its base chains in the order of the packet's way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segmentation.device.device import Action, BaseChain, Chain, Device, Hook, NotUnderstood, Rule, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
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
#: Bound to an interface that the device model does not name: whether their rules apply to a packet is not known.
_BOUND = frozenset({Hook.INGRESS, Hook.EGRESS})
# nf_nat_inet_fn (linux/net/netfilter/nf_nat_core.c) consults the rules only for the first packet of a connection.
_NO_NAT = IntervalSet.from_iter((s, s) for s in (CtState.ESTABLISHED, CtState.INVALID, CtState.UNTRACKED))

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


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, ready to be emitted: sets in the dimensions, an operation, whether the match is uncertain."""

    rule: Rule
    ref: int
    sets: Mapping[Dim, IntervalSet]
    op: Op
    target: str
    may: bool


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
    chains: dict[str, list[Step]] = field(default_factory=dict)
    refs: list[Ref] = field(default_factory=list)
    policy_refs: list[int] = field(default_factory=list)
    problems: list[NotUnderstood] = field(default_factory=list)

    @property
    def filtered(self) -> bool:
        """Whether any base chain exists at the hook itself."""
        return any(s.hook is self.hook for s in self.stages)

    @property
    def rewrites_destination(self) -> bool:
        """Whether any rule on the way changes a destination."""
        return any(s.rule.action.verb is Verb.DNAT for steps in self.chains.values() for s in steps)

    def interface_set(self, names: Iterable[str]) -> IntervalSet:
        """The numbers of interface names; names that the plan does not know are left out."""
        wanted = set(names)
        return IntervalSet.from_iter((i, i) for i, n in enumerate(self.interfaces) if n in wanted)

    def collect(self, space: SpaceBuilder) -> None:
        """Give every set of the plan to the space."""
        space.add(Dim.STATE, _NO_NAT)
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
                elif step.op in (Op.JUMP, Op.GOTO):
                    program.emit(ids[name], step.sets, step.op, ids[step.target], ref=step.ref, may=step.may)
                else:
                    program.emit(ids[name], step.sets, step.op, ref=step.ref, may=step.may)
        for base, ref in zip(self.stages, self.policy_refs, strict=True):
            entry = program.chain()
            if base.kind == "nat":
                program.emit(entry, {Dim.STATE: _NO_NAT}, Op.ACCEPT)
            program.emit(entry, {}, Op.JUMP, ids[base.chain])
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
        rewrites = [Rewrite(source, a, p, uncertain) for a in addresses or [None] for p in ports or [None]]
        program.emit(chain, step.sets, Op.NAT, program.nat(rewrites), ref=step.ref, may=step.may)


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
    way = _WAY.get(hook, (hook,))
    stages = sorted(
        (b for b in device.base_chains if b.hook in way and family in b.families),
        key=lambda b: (way.index(b.hook), b.priority),
    )
    plan = DevicePlan(device, family, hook, interface_names(device, interfaces), tuple(stages))
    sets_of: dict[InterfaceMatch, IntervalSet] = {}
    bound = {b.chain for b in stages if b.hook in _BOUND}
    for base in stages:
        _add_chain(plan, base.chain, sets_of, bound)
    _break_loops(plan)
    for base in stages:
        plan.policy_refs.append(len(plan.refs))
        plan.refs.append(base)
    return plan


def _add_chain(plan: DevicePlan, name: str, sets_of: dict[InterfaceMatch, IntervalSet], bound: set[str]) -> None:
    """Plan a chain and all chains that can be reached from it (without recursion: configurations may nest deeply)."""
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in plan.chains:
            continue
        steps: list[Step] = []
        plan.chains[current] = steps
        chain = plan.device.chains.get(current)
        for rule in _rules(chain, plan.family):
            sets = _sets(plan, rule, sets_of)
            if any(not s for s in sets.values()):
                continue
            may = rule.match.may or current in bound
            ref = len(plan.refs)
            plan.refs.append(rule)
            action = rule.action
            if action.uncertain:
                steps.append(Step(rule, ref, sets, Op.UNSURE, "", may or action.verb not in (Verb.ACCEPT, Verb.DROP)))
                continue
            if action.verb is Verb.CONTINUE:
                continue
            if action.verb in (Verb.JUMP, Verb.GOTO):
                if action.target not in plan.device.chains:
                    plan.problems.append(_problem(rule, _NO_TARGET))
                    steps.append(Step(rule, ref, sets, Op.UNSURE, "", may=True))
                    continue
                if current in bound:
                    bound.add(action.target)
                waiting.append(action.target)
            steps.append(Step(rule, ref, sets, _OP_OF[action.verb], action.target, may))


def _problem(rule: Rule, why: Text) -> NotUnderstood:
    return NotUnderstood(location=rule.location, text=rule.text, reason=why.en, sentence=why)


def _rules(chain: Chain | None, family: Family) -> list[Rule]:
    return [r for r in chain.rules if family in r.families] if chain else []


def _sets(plan: DevicePlan, rule: Rule, sets_of: dict[InterfaceMatch, IntervalSet]) -> dict[Dim, IntervalSet]:
    sets = {_DIM_OF[f]: s for f, s in rule.match.fields.items()}
    for dim, match in ((Dim.IIF, rule.match.in_interface), (Dim.OIF, rule.match.out_interface)):
        if match is not None:
            if match not in sets_of:
                sets_of[match] = IntervalSet.from_iter((i, i) for i, n in enumerate(plan.interfaces) if match.matches(n))
            sets[dim] = sets_of[match]
    return sets


def _break_loops(plan: DevicePlan) -> None:
    """Replace every jump that leads back into a chain on the way to itself."""
    done: set[str] = set()
    for start in list(plan.chains):
        if start in done:
            continue
        on_way: dict[str, int] = {start: 0}
        while on_way:
            name, position = next(reversed(on_way.items()))
            steps = plan.chains[name]
            while position < len(steps) and steps[position].op not in (Op.JUMP, Op.GOTO):
                position += 1
            if position == len(steps):
                done.add(name)
                del on_way[name]
                continue
            on_way[name] = position + 1
            step = steps[position]
            if step.target in on_way:
                plan.problems.append(_problem(step.rule, _LOOP))
                steps[position] = Step(step.rule, step.ref, step.sets, Op.UNSURE, "", may=True)
            elif step.target not in done:
                on_way[step.target] = 0


def doubt_reasons(ref: Ref) -> tuple[Text, ...]:
    """Why an instruction is uncertain: the words of the configuration, or a sentence of ours."""
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
