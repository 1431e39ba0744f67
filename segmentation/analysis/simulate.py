"""One concrete packet through a device, rule by rule, as netfilter does it.

This is the plain reading of the rules: it explains a verdict, and tests hold the symbolic engine equal to it and it
equal to the kernel.  Whatever is uncertain (a rate limit, a mark, an unknown interface) is followed both ways; the
answer is given only if all ways agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segmentation.device.device import BaseChain, Chain, Device, Hook, Rule, Translation, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import TOP, Family, format_address
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, PORT_PROTOCOLS, format_service
from segmentation.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The hooks a packet passes, in order (linux/netfilter.h), by where it goes.
WAYS: dict[str, tuple[Hook, ...]] = {
    "forward": (Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING),
    "input": (Hook.PREROUTING, Hook.INPUT),
    "output": (Hook.OUTPUT, Hook.POSTROUTING),
}
#: linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK: chains before it see no connection yet.
CONNTRACK_PRIORITY = -200
#: Rules kept of a path; beyond it the middle is left out (two jumps to each next chain make 2**n rules).
PATH_LIMIT = 200
#: Depth of jumps that is followed; nf_tables allows 16.
DEPTH_LIMIT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A packet's fields.  ``sport``/``dport`` are type and code for ICMP; an interface of ``None`` is not known."""

    family: Family
    src: int
    dst: int
    protocol: int
    sport: int = 0
    dport: int = 0
    flags: int = 2
    ct_state: CtState = CtState.NEW
    smac: int | None = None
    in_interface: str | None = None
    out_interface: str | None = None

    def __str__(self) -> str:
        """``198.51.100.7 → 10.1.1.1 tcp/22``."""
        service = format_service(self.protocol, self.sport, self.dport)
        return f"{format_address(self.family, self.src)} → {format_address(self.family, self.dst)} {service}"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Addresses and ports after NAT, as sets: one value each where the rule says which."""

    src: IntervalSet
    dst: IntervalSet
    sport: IntervalSet
    dport: IntervalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happens to a packet.

    ``accepted`` is ``None`` when it depends on something uncertain.  ``path`` has the rules that matched on the way
    that was taken (the accepting one, if any way accepts), last the deciding one; a policy decided if it is not a verdict.
    ``translated`` is set when NAT changed the packet on that way; ``local``: NAT sent it to the device itself.
    """

    accepted: bool | None
    path: tuple[Rule, ...] = ()
    translated: Rewritten | None = None
    policy: BaseChain | None = None  # the base chain whose policy dropped it
    local: bool = False

    def lines(self) -> tuple[str, ...]:
        """The path as ``file:line text``."""
        return tuple(f"{r.location} {r.text}" for r in self.path)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way through a chain: how it ended, and the rules that matched."""

    verb: Verb  # ACCEPT, DROP, DNAT, SNAT, STOP, or RETURN for the end of the chain
    path: tuple[Rule, ...]
    translation: Translation | None = None
    by_policy: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """The packet between two base chains."""

    values: Rewritten
    path: tuple[Rule, ...] = ()
    changed: bool = False
    local: bool = False


def simulate(device: Device, packet: Packet, hook: str = "forward") -> Outcome:
    """Send *packet* through all base chains on the way *hook* (``forward``, ``input``, ``output``).

    NAT chains are asked only for the first packet of a connection (state new; related: perhaps), as the kernel does;
    for other states give the addresses that the connection's translation leads to.  Raises :class:`KeyError` for
    another *hook*.
    """
    one = IntervalSet.single
    states = [_State(Rewritten(one(packet.src), one(packet.dst), one(packet.sport), one(packet.dport)))]
    denied: list[Outcome] = []
    for base in _stages(device, packet.family, hook):
        following: list[_State] = []
        for state in states:
            if state.local and base.hook in (Hook.FORWARD, Hook.POSTROUTING):
                following.append(state)  # delivered to the device: the chains of forwarding do not see it
                continue
            for way in _base_chain(device, base, packet, state):
                path = _joined(state.path, way.path)
                if way.verb is Verb.DROP:
                    translated = state.values if state.changed else None
                    denied.append(
                        Outcome(accepted=False, path=path, translated=translated, policy=base if way.by_policy else None)
                    )
                elif way.translation is not None:
                    following.append(_translate(packet, replace(state, path=path), way))
                else:
                    following.append(replace(state, path=path))
        states = _distinct(following)
    here = [s for s in states if not s.local or hook != "forward"]
    denied += [Outcome(accepted=False, path=s.path, translated=s.values, local=True) for s in states if s not in here]
    if not here:
        return denied[0] if denied else Outcome(accepted=False)
    first = here[0]
    translated = first.values if first.changed else None
    return Outcome(accepted=None if denied else True, path=first.path, translated=translated, local=first.local)


def _stages(device: Device, family: Family, hook: str) -> Iterator[BaseChain]:
    for passed in WAYS[hook]:
        at = [b for b in device.base_chains if b.hook is passed and family in b.families]
        yield from sorted(at, key=lambda b: b.priority)


def _distinct(states: list[_State]) -> list[_State]:
    """One state for each packet: what happens next depends on nothing else."""
    seen: dict[tuple[Rewritten, bool], _State] = {}
    for state in states:
        seen.setdefault((state.values, state.local), state)
    return list(seen.values())


def _joined(first: tuple[Rule, ...], second: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Two pieces of a path, bounded."""
    whole = first + second
    return whole if len(whole) <= PATH_LIMIT else whole[: PATH_LIMIT // 2] + whole[-PATH_LIMIT // 2 :]


def _base_chain(device: Device, base: BaseChain, packet: Packet, state: _State) -> list[_Way]:
    """All ways through one base chain, its policy applied."""
    chain = device.chains.get(base.chain)
    if chain is None or (base.kind == "nat" and packet.ct_state not in (CtState.NEW, CtState.RELATED)):
        # nf_nat_core.c, nf_nat_inet_fn: later packets of a connection, untracked and invalid ones never reach the rules.
        return [_Way(Verb.ACCEPT, ())]
    ways = _Evaluation(device, base, packet, state.values).chain(chain, 0)
    out = [w if w.verb is not Verb.RETURN else _Way(base.policy.verb, w.path, by_policy=True) for w in ways]
    if base.policy.uncertain:
        out += [_Way(Verb.DROP, w.path, by_policy=True) for w in ways if w.verb is Verb.RETURN]
    if base.kind == "nat" and packet.ct_state is CtState.RELATED:
        out.append(_Way(Verb.ACCEPT, ()))
    return out


#: A chain whose content is not known may do anything.
_UNKNOWN_CHAIN = (_Way(Verb.DROP, ()), _Way(Verb.ACCEPT, ()), _Way(Verb.RETURN, ()))


class _Evaluation:
    """The rules of one base chain for one packet; user chains are evaluated once each."""

    def __init__(self, device: Device, base: BaseChain, packet: Packet, values: Rewritten) -> None:
        self.device = device
        self.known: dict[str, tuple[_Way, ...]] = {}
        self.family = packet.family
        # net/netfilter: an absent device has the empty name.
        self.came = "" if base.hook is Hook.OUTPUT else packet.in_interface
        self.goes = "" if base.hook in (Hook.PREROUTING, Hook.INPUT) else packet.out_interface
        early = base.hook in (Hook.PREROUTING, Hook.OUTPUT) and base.priority < CONNTRACK_PRIORITY
        # xt_conntrack.c, nft_ct.c: without a connection the state is invalid.
        state = CtState.INVALID if early and packet.ct_state is not CtState.UNTRACKED else packet.ct_state
        one = IntervalSet.single
        self.fields: dict[Field, IntervalSet] = {
            Field.SRC: values.src, Field.DST: values.dst, Field.PROTO: one(packet.protocol), Field.STATE: one(int(state)),
        }  # fmt: skip
        if packet.protocol in PORT_PROTOCOLS or packet.protocol == (ICMP if packet.family == 4 else ICMPV6):
            self.fields |= {Field.SPORT: values.sport, Field.DPORT: values.dport}
        if packet.protocol == 6:
            self.fields[Field.FLAGS] = one(packet.flags)
        if packet.smac is not None:
            self.fields[Field.SMAC] = one(packet.smac)
        self.smac_unknown = packet.smac is None

    def chain(self, chain: Chain, depth: int) -> tuple[_Way, ...]:
        """Every distinct way through a chain."""
        if chain.name in self.known:
            return self.known[chain.name]
        if depth > DEPTH_LIMIT:
            return _UNKNOWN_CHAIN
        self.known[chain.name] = _UNKNOWN_CHAIN  # while it is open: a loop is uncertain
        ways = self.known[chain.name] = self._rules(chain, depth)
        return ways

    def _rules(self, chain: Chain, depth: int) -> tuple[_Way, ...]:
        done: dict[tuple[Verb, Translation | None], _Way] = {}
        path: tuple[Rule, ...] = ()  # of the one way that is still going on
        for rule in chain.rules:
            held = self._holds(rule) if self.family in rule.families else False
            if held is False:
                continue
            ended, path_on, on = self._act(rule, path, depth)
            for way in ended:
                done.setdefault((way.verb, way.translation), way)
            if held and not on:
                break
            path = path_on if on and held else path
        else:
            done.setdefault((Verb.RETURN, None), _Way(Verb.RETURN, path))
        return tuple(done.values())

    def _act(self, rule: Rule, path: tuple[Rule, ...], depth: int) -> tuple[list[_Way], tuple[Rule, ...], bool]:
        """What a matching rule leads to: ways that end the chain, the path of the way that goes on, whether one does."""
        action = rule.action
        here = _joined(path, (rule,))
        if action.uncertain:
            verbs = {action.verb, Verb.ACCEPT, Verb.DROP} - {Verb.JUMP, Verb.GOTO, Verb.CONTINUE}
            return [_Way(v, here) for v in sorted(verbs)], here, True
        if action.verb is Verb.CONTINUE:
            return [], here, True
        if action.verb not in (Verb.JUMP, Verb.GOTO):
            return [_Way(action.verb, here, action.translation)], path, False
        target = self.device.chains.get(action.target)
        ended: list[_Way] = []
        back: _Way | None = None
        for way in _UNKNOWN_CHAIN if target is None else self.chain(target, depth + 1):
            joined = _Way(way.verb, _joined(here, way.path), way.translation)
            if way.verb is Verb.RETURN and action.verb is Verb.JUMP:
                back = joined
            else:
                ended.append(joined)  # ip_tables.c: the end of a goto chain returns to the caller of this chain
        return ended, back.path if back else here, back is not None

    def _holds(self, rule: Rule) -> bool | None:
        """Whether the match holds; ``None`` if that is uncertain."""
        match: Match = rule.match
        sure = not match.uncertain
        for axis, wanted in match.fields.items():
            value = self.fields.get(axis)
            if value is None:
                if axis is Field.SMAC and self.smac_unknown and wanted:
                    sure = False
                    continue
                return False  # ports of a protocol without ports, flags of what is not TCP
            if not value.overlaps(wanted):
                return False
            sure &= value.issubset(wanted)
        for named, name in ((match.in_interface, self.came), (match.out_interface, self.goes)):
            held = _interface_holds(named, name)
            if held is False:
                return False
            sure &= held is not None
        return True if sure else None


def _interface_holds(named: InterfaceMatch | None, name: str | None) -> bool | None:
    if named is None or (name is None and "*" in named.patterns and not named.negated):
        return True
    return None if name is None else named.matches(name)


def _translate(packet: Packet, state: _State, way: _Way) -> _State:
    """The packet after a NAT rule."""
    to = way.translation
    assert to is not None
    values = state.values
    source = way.verb is Verb.SNAT
    address, port = (values.src, values.sport) if source else (values.dst, values.dport)
    if to.unknown:
        address = to.addresses if to.addresses is not None else IntervalSet.of((0, TOP[packet.family]))
    elif to.addresses is not None:
        address = _mapped(address, to)
    if packet.protocol in PORT_PROTOCOLS and to.ports is not None:
        port = to.ports  # without a port range nf_nat_core.c keeps the port unless another connection has it
    changed = (
        Rewritten(address, values.dst, port, values.dport) if source else Rewritten(values.src, address, values.sport, port)
    )
    return _State(changed, state.path, changed=True, local=state.local or to.local)


def _mapped(address: IntervalSet, to: Translation) -> IntervalSet:
    assert to.addresses is not None
    size = to.addresses.size
    if to.keep_host_bits and len(to.addresses) == 1 and address.size == 1 and size & (size - 1) == 0:
        return IntervalSet.single(to.addresses.low | (address.low & (size - 1)))
    return to.addresses


_MATCHED = Text("{where} の規則に一致しました: {rule}", "The rule at {where} matches: {rule}")
_POLICY = Text("チェーン「{chain}」の既定の方針により破棄されます。", "The policy of the chain {chain} drops it.")
_LOCAL = Text("機器自身宛てに変換されるため、転送されません。", "It is translated to the device itself and not forwarded.")
_ENDS = {
    True: Text("パケット {packet} は通過します。", "The packet {packet} passes."),
    False: Text("パケット {packet} は通過しません。", "The packet {packet} does not pass."),
    None: Text(
        "パケット {packet} が通過するかどうかは、設定だけでは決まりません。",
        "Whether the packet {packet} passes cannot be told from the configuration alone.",
    ),
}


def explain(packet: Packet, outcome: Outcome) -> tuple[Text, ...]:
    """The outcome in sentences: the verdict, then every rule that matched on the way, then what else decided."""
    out = [_ENDS[outcome.accepted].format(packet=packet)]
    out += [_MATCHED.format(where=r.location, rule=r.text) for r in outcome.path]
    if outcome.policy is not None:
        out.append(_POLICY.format(chain=outcome.policy.chain))
    if outcome.local:
        out.append(_LOCAL)
    return tuple(out)
