"""One packet through a device: stages, jumps, policies, uncertainty."""

from __future__ import annotations

import dataclasses

import pytest

from segmentation.analysis.simulate import Outcome, Packet, explain, simulate
from segmentation.device.device import (
    ACCEPT,
    CONTINUE,
    DROP,
    RETURN,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    Rule,
    Translation,
    Verb,
)
from segmentation.device.match import ANY_PACKET, CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location

BOTH: frozenset[Family] = frozenset({4, 6})
PACKET = Packet(family=4, src=1, dst=2, protocol=6, sport=1000, dport=80, in_interface="in", out_interface="out")
ONE = IntervalSet.single


def port(value: int) -> Match:
    return Match(fields={Field.PROTO: ONE(6), Field.DPORT: ONE(value)})


MAYBE = Match(uncertain=("-m limit",))


def rule(match: Match, action: Action, line: int = 1) -> Rule:
    return Rule(match=match, action=action, location=Location("f", line), text=f"rule {line}", families=BOTH)


def jump(target: str, verb: Verb = Verb.JUMP) -> Action:
    return Action(verb=verb, target=target)


def device(policy: Action, base: list[Rule], *more: BaseChain, **chains: list[Rule]) -> Device:
    every = {"base": base, **chains}
    hooked = BaseChain(chain="base", hook=Hook.FORWARD, priority=0, policy=policy, families=BOTH)
    return Device(
        name="d", vendor="t", inputs=(), base_chains=(hooked, *more),
        chains={n: Chain(name=n, rules=tuple(r)) for n, r in every.items()},
    )  # fmt: skip


def verdict(dev: Device, packet: Packet = PACKET, hook: str = "forward") -> bool | None:
    return simulate(dev, packet, hook).accepted


def test_first_match_and_policy() -> None:
    dev = device(DROP, [rule(port(22), DROP), rule(port(80), ACCEPT, 2), rule(ANY_PACKET, DROP, 3)])
    outcome = simulate(dev, PACKET)
    assert outcome.accepted is True
    assert outcome.lines() == ("f:2 rule 2",)
    by_policy = simulate(device(DROP, [rule(port(22), ACCEPT)]), PACKET)
    assert by_policy.accepted is False
    assert by_policy.policy is not None
    assert by_policy.policy.chain == "base"


@pytest.mark.parametrize(
    ("inner", "verb", "expected"),
    [
        ([RETURN], Verb.JUMP, True), ([RETURN], Verb.GOTO, False), ([], Verb.JUMP, True), ([], Verb.GOTO, False),
        ([CONTINUE, ACCEPT], Verb.JUMP, True), ([DROP], Verb.JUMP, False), ([CONTINUE], Verb.GOTO, False),
    ],
)  # fmt: skip
def test_jump_comes_back_and_goto_does_not(inner: list[Action], verb: Verb, expected: bool) -> None:
    dev = device(
        DROP, [rule(ANY_PACKET, jump("a", verb)), rule(ANY_PACKET, ACCEPT, 2)], a=[rule(ANY_PACKET, x, 9) for x in inner]
    )  # fmt: skip
    assert verdict(dev) is expected


def test_goto_returns_to_the_caller_of_its_chain() -> None:
    dev = device(
        DROP,
        [rule(ANY_PACKET, jump("a")), rule(ANY_PACKET, ACCEPT, 2)],
        a=[rule(ANY_PACKET, jump("b", Verb.GOTO), 3), rule(ANY_PACKET, DROP, 4)],
        b=[rule(ANY_PACKET, RETURN, 5)],
    )
    assert simulate(dev, PACKET).lines() == ("f:1 rule 1", "f:3 rule 3", "f:5 rule 5", "f:2 rule 2")


def test_return_in_a_base_chain_is_the_policy() -> None:
    assert verdict(device(ACCEPT, [rule(ANY_PACKET, RETURN), rule(ANY_PACKET, DROP)])) is True
    assert verdict(device(DROP, [rule(ANY_PACKET, RETURN), rule(ANY_PACKET, ACCEPT)])) is False


def test_every_base_chain_of_the_way_decides() -> None:
    def late(hook: Hook, priority: int = 10) -> BaseChain:
        return BaseChain(chain="late", hook=hook, priority=priority, policy=ACCEPT, families=BOTH)

    for hook in (Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING):
        assert verdict(device(ACCEPT, [rule(ANY_PACKET, ACCEPT)], late(hook), late=[rule(port(80), DROP)])) is False
    for hook in (Hook.INPUT, Hook.OUTPUT):
        assert verdict(device(ACCEPT, [], late(hook), late=[rule(port(80), DROP)])) is True
    dev = device(ACCEPT, [], late(Hook.INPUT), late=[rule(port(80), DROP)])
    assert (verdict(dev, hook="input"), verdict(dev, hook="output")) == (False, True)


def test_no_base_chain_passes_everything() -> None:
    assert verdict(Device(name="d", vendor="t", inputs=())) is True


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(MAYBE, DROP), rule(ANY_PACKET, ACCEPT)], None), ([rule(MAYBE, ACCEPT), rule(ANY_PACKET, ACCEPT)], True),
        ([rule(MAYBE, CONTINUE), rule(ANY_PACKET, ACCEPT)], True), ([rule(MAYBE, ACCEPT)], None),
        ([rule(MAYBE, DROP), rule(ANY_PACKET, DROP)], False), ([rule(MAYBE, jump("a")), rule(ANY_PACKET, ACCEPT)], None),
        ([rule(ANY_PACKET, Action(verb=Verb.ACCEPT, uncertain="NFQUEUE"))], None),
        ([rule(ANY_PACKET, ACCEPT), rule(MAYBE, DROP)], True), ([rule(MAYBE, RETURN), rule(ANY_PACKET, ACCEPT)], None),
    ],
)  # fmt: skip
def test_uncertain_parts_are_followed_both_ways(rules: list[Rule], expected: bool | None) -> None:
    assert verdict(device(DROP, rules, a=[rule(ANY_PACKET, DROP)])) is expected


def test_unknown_interfaces_and_macs() -> None:
    inside = Match(in_interface=InterfaceMatch(("eth*",)))
    dev = device(DROP, [rule(inside, ACCEPT)])
    for name, expected in (("eth0", True), ("ppp0", False), (None, None)):
        assert verdict(dev, dataclasses.replace(PACKET, in_interface=name)) is expected
    everywhere = device(DROP, [rule(Match(in_interface=InterfaceMatch(("*",))), ACCEPT)])
    assert verdict(everywhere, dataclasses.replace(PACKET, in_interface=None)) is True
    mac = device(DROP, [rule(Match(fields={Field.SMAC: ONE(7)}), ACCEPT)])
    for value, sure in ((7, True), (8, False), (None, None)):
        assert verdict(mac, dataclasses.replace(PACKET, smac=value)) is sure


def test_fields_that_a_protocol_does_not_have_never_match() -> None:
    ports = device(DROP, [rule(Match(fields={Field.DPORT: IntervalSet.of((0, 65535))}), ACCEPT)])
    flags = device(DROP, [rule(Match(fields={Field.FLAGS: IntervalSet.of((0, 255))}), ACCEPT)])
    for proto, has_ports, has_flags in ((6, True, True), (17, True, False), (1, True, False), (47, False, False)):
        packet = dataclasses.replace(PACKET, protocol=proto)
        assert (verdict(ports, packet), verdict(flags, packet)) == (has_ports, has_flags)


def test_before_connection_tracking_the_state_is_invalid() -> None:
    new = Match(fields={Field.STATE: ONE(CtState.NEW)})
    for priority, expected in ((-300, True), (-150, False)):
        early = BaseChain(chain="early", hook=Hook.PREROUTING, priority=priority, policy=ACCEPT, families=BOTH)
        assert verdict(device(ACCEPT, [], early, early=[rule(new, DROP)])) is expected


def test_translation_before_the_filter_and_only_for_new_connections() -> None:
    to = Action(verb=Verb.DNAT, translation=Translation(addresses=ONE(77), ports=ONE(8080)))
    nat = BaseChain(chain="nat", hook=Hook.PREROUTING, priority=-100, policy=ACCEPT, families=BOTH, kind="nat")
    dev = device(
        DROP, [rule(Match(fields={Field.DST: ONE(77), Field.DPORT: ONE(8080)}), ACCEPT)], nat, nat=[rule(port(80), to)]
    )
    outcome = simulate(dev, PACKET)
    assert outcome.accepted is True
    assert outcome.translated is not None
    assert (outcome.translated.dst, outcome.translated.dport) == (ONE(77), ONE(8080))
    assert verdict(dev, dataclasses.replace(PACKET, ct_state=CtState.ESTABLISHED)) is False
    assert verdict(dev, dataclasses.replace(PACKET, ct_state=CtState.RELATED)) is None


def test_a_pool_is_followed_as_a_set() -> None:
    to = Action(verb=Verb.DNAT, translation=Translation(addresses=IntervalSet.of((70, 79))))
    nat = BaseChain(chain="nat", hook=Hook.PREROUTING, priority=-100, policy=ACCEPT, families=BOTH, kind="nat")
    for allowed, expected in (((70, 79), True), ((70, 75), None), ((80, 90), False)):
        dev = device(DROP, [rule(Match(fields={Field.DST: IntervalSet.of(allowed)}), ACCEPT)], nat, nat=[rule(ANY_PACKET, to)])
        assert verdict(dev) is expected


def test_loops_and_missing_chains_end_and_are_uncertain() -> None:
    dev = device(DROP, [rule(ANY_PACKET, jump("a"))], a=[rule(ANY_PACKET, jump("a"))])
    assert verdict(dev) is None
    assert verdict(device(DROP, [rule(ANY_PACKET, jump("nowhere"))])) is None


def test_many_jumps_to_one_chain_take_linear_time() -> None:
    """Each of 60 levels jumps twice to the next: 2**60 paths."""
    chains = {f"c{i}": [rule(ANY_PACKET, jump(f"c{i + 1}")), rule(ANY_PACKET, jump(f"c{i + 1}"))] for i in range(60)}
    assert verdict(device(ACCEPT, [rule(ANY_PACKET, jump("c0"))], **chains, c60=[rule(port(1), DROP)])) is True


def test_explanations() -> None:
    dev = device(DROP, [rule(port(22), ACCEPT), rule(port(80), CONTINUE, 2)])
    sentences = explain(PACKET, simulate(dev, PACKET))
    assert sentences[0].en == "The packet 0.0.0.1 → 0.0.0.2 tcp/80 does not pass."
    assert [s.en for s in sentences[1:]] == ["The rule at f:2 matches: rule 2", "The policy of the chain base drops it."]
    assert all(s.ja for s in sentences)
    assert explain(PACKET, Outcome(accepted=None))[0].ja.endswith("設定だけでは決まりません。")


def test_another_hook_is_an_error() -> None:
    with pytest.raises(KeyError):
        simulate(device(DROP, []), PACKET, "sideways")
