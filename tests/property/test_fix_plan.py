"""Fix plans on random small devices, against the plain reading of the rules; and a proof that cannot be talked round."""

from __future__ import annotations

import dataclasses

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_bases import addresses, base, device, jump

from segmentation.analysis.anomalies import AnomalyKind
from segmentation.analysis.equivalence import Verdict, equivalence, unchanged
from segmentation.analysis.repair import Change, ChangeKind, apply, plan
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import ACCEPT, CONTINUE, DROP, RETURN, Action, Device, Hook, Rule, Translation, Verb
from segmentation.device.match import CtState, Field, Match
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location

HOSTS = [addresses("10.0.0.0").low + i for i in range(4)]
PORTS = [22, 23, 24]
FOUR: frozenset[Family] = frozenset({4})
UNIVERSE = [
    Packet(
        family=4, src=s, dst=d, protocol=p, sport=1024 if p != 50 else 0, dport=q if p != 50 else 0,
        flags=2 if p == 6 else 0, ct_state=CtState.NEW,
    )
    for s in [*HOSTS, 1] for d in [*HOSTS[:2], 1] for p in (6, 17, 50) for q in [*PORTS, 9]
]  # fmt: skip


def spans(of: list[int]) -> st.SearchStrategy[IntervalSet]:
    pairs = st.tuples(st.sampled_from(of), st.sampled_from(of))
    return pairs.map(lambda p: IntervalSet.of((min(p), max(p))))


MATCHES = st.fixed_dictionaries(
    {},
    optional={
        Field.SRC: spans(HOSTS), Field.DST: spans(HOSTS[:2]), Field.PROTO: spans([6, 17]), Field.DPORT: spans(PORTS),
    },
)  # fmt: skip


@st.composite
def devices(draw: st.DrawFn, *, uncertain: bool = False) -> Device:
    lines = iter(range(1, 100))

    def chain(later: list[str], most: int) -> list[Rule]:
        verbs = [ACCEPT, DROP, ACCEPT, DROP, RETURN, *(jump(c) for c in later), *(jump(c, Verb.GOTO) for c in later[:1])]
        if uncertain:
            verbs += [CONTINUE]
        out = []
        for _ in range(draw(st.integers(1, most))):
            line = next(lines)
            may = ("limit",) if uncertain and draw(st.integers(0, 3)) == 0 else ()
            out.append(
                Rule(
                    match=Match(fields=draw(MATCHES), uncertain=may), action=draw(st.sampled_from(verbs)),
                    location=Location("fw", line), text=f"rule {line}", families=FOUR,
                )
            )  # fmt: skip
        return out

    chains = {"FORWARD": chain(["A", "B"], 7), "A": chain(["B"], 4), "B": chain([], 3)}
    if draw(st.booleans()):
        chains = {"FORWARD": [r for r in chains["FORWARD"] if r.action in (ACCEPT, DROP)]}
    return device(chains, base("FORWARD", Hook.FORWARD, policy=draw(st.sampled_from([ACCEPT, DROP]))))


def fates(fw: Device) -> list[bool | None]:
    return [simulate(fw, p).accepted for p in UNIVERSE]


SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@given(devices())
@SLOW
def test_a_plan_changes_no_fate_and_leaves_nothing_to_plan(fw: Device) -> None:
    found = plan(fw)
    assert fates(found.after) == fates(fw)
    assert apply_all(fw, found.changes).rules <= fw.rules
    assert plan(found.after).changes == ()


def apply_all(fw: Device, changes: tuple[Change, ...]) -> Device:
    return apply(fw, [c for c in changes if c.kind is ChangeKind.DELETE])


@given(devices(), st.data())
@SLOW
def test_the_proof_refuses_exactly_the_deletions_that_matter(fw: Device, data: st.DataObject) -> None:
    """A planner gone wrong: it suggests any rule at all.  What the proof lets through is what brute force lets through."""
    rules = [(n, r) for n, c in fw.chains.items() for r in c.rules]
    chain, rule = data.draw(st.sampled_from(rules)) if rules else ("", None)
    if rule is None:
        return
    wrong = Change(kind=ChangeKind.DELETE, chain=chain, rule=rule, why=AnomalyKind.REDUNDANT)
    assert unchanged(fw, apply(fw, [wrong])) == (fates(apply(fw, [wrong])) == fates(fw))
    found = plan(fw, suggest=lambda _: [wrong])
    assert fates(found.after) == fates(fw)
    taken = any(c.rule is rule for c in found.steps[0].changes) if found.steps else False
    if fates(apply(fw, [wrong])) != fates(fw):
        assert not (taken and found.steps[0].changes == (wrong,))


@given(devices(uncertain=True), st.data())
@SLOW
def test_what_is_not_known_is_never_leant_on(fw: Device, data: st.DataObject) -> None:
    """Whatever the unknown conditions are (each always true or always false here), the plan changes no fate."""
    found = plan(fw)
    holds = {r.location: data.draw(st.booleans()) for c in fw.chains.values() for r in c.rules if r.match.may}
    assert fates(settled(found.after, holds)) == fates(settled(fw, holds))


def settled(fw: Device, holds: dict[Location, bool]) -> Device:
    """The device with every unknown condition decided."""
    chains = {}
    for name, chain in fw.chains.items():
        rules = []
        for rule in chain.rules:
            if rule.match.may and not holds[rule.location]:
                continue
            rules.append(dataclasses.replace(rule, match=dataclasses.replace(rule.match, uncertain=())))
        chains[name] = dataclasses.replace(chain, rules=tuple(rules))
    return dataclasses.replace(fw, chains=chains)


def rule(line: int, fields: dict[Field, IntervalSet], action: Action, *, may: str = "", log: bool = False) -> Rule:
    return Rule(
        match=Match(fields=fields, uncertain=(may,) if may else ()), action=action, location=Location("fw", line),
        text=f"rule {line}", families=FOUR, log=log,
    )  # fmt: skip


HOST = {Field.SRC: IntervalSet.single(HOSTS[0])}


def without(fw: Device, line: int) -> Device:
    (gone,) = [r for c in fw.chains.values() for r in c.rules if r.location.line == line]
    return apply(fw, [Change(kind=ChangeKind.DELETE, chain="", rule=gone)])


def test_two_rules_with_the_same_rate_limit_are_two_conditions() -> None:
    """Over-approximated sets of both states are equal here; the packets of either rule still need its own condition."""
    fw = device({"FORWARD": [rule(1, HOST, ACCEPT, may="limit"), rule(2, HOST, ACCEPT, may="limit")]})
    (answer,) = equivalence(fw, without(fw, 2))[:1]
    assert answer.verdict is Verdict.DIFFERENT
    assert plan(fw).changes == ()


def test_a_rule_before_a_rate_limit_keeps_packets_from_its_counter() -> None:
    """Without line 1 the packets pass all the same, but use up the bucket of line 2."""
    fw = device({"FORWARD": [rule(1, HOST, ACCEPT), rule(2, {}, DROP, may="limit"), rule(3, HOST, ACCEPT)]})
    assert not unchanged(fw, without(fw, 1))
    assert [c.rule.location.line for c in plan(fw).changes] == [3]  # behind line 1 it never acts


def test_marks_and_logs_on_the_way_count() -> None:
    """A deny before "log everything" is redundant for packets, but keeps noise out of the log."""
    for noise in (rule(2, {}, CONTINUE), rule(2, {}, DROP, log=True)):
        fw = device({"FORWARD": [rule(1, HOST, DROP), noise]})
        assert plan(fw).changes == ()
    written_end = plan(device({"FORWARD": [rule(1, HOST, DROP), rule(2, {}, DROP)]}))
    assert [c.rule.location.line for c in written_end.changes] == [1]
    assert written_end.kept == 1  # a final deny stays, though the policy would do the same


def test_a_refusal_is_not_a_drop() -> None:
    refusal = dataclasses.replace(rule(1, HOST, DROP), text="-A FORWARD -s 10.0.0.0 -j REJECT")
    assert plan(device({"FORWARD": [refusal]})).changes == ()


def test_translations_are_compared_as_such() -> None:
    """Two rules that both translate, to different addresses: neither stands for the other."""
    to = [
        Action(verb=Verb.DNAT, translation=Translation(addresses=IntervalSet.single(a))) for a in (HOSTS[1], HOSTS[2], HOSTS[2])
    ]
    fw = device(
        {"PRE": [rule(1, HOST, to[0]), rule(2, {}, to[1]), rule(3, HOST, to[2])]},
        base("PRE", Hook.PREROUTING, policy=ACCEPT, kind="nat"),
    )
    assert not unchanged(fw, without(fw, 1))
    assert [c.rule.location.line for c in plan(fw).changes] == [3]
    same = device({"PRE": [rule(1, HOST, to[1]), rule(2, {}, to[2])]}, base("PRE", Hook.PREROUTING, policy=ACCEPT, kind="nat"))
    assert unchanged(same, without(same, 1))


def test_a_difference_is_shown_by_a_packet_that_meets_it() -> None:
    fw = device({"FORWARD": [rule(1, HOST, ACCEPT), rule(2, {Field.PROTO: IntervalSet.single(6)}, ACCEPT)]})
    (answer,) = [a for a in equivalence(fw, without(fw, 1)) if a.verdict is Verdict.DIFFERENT]
    assert answer.example is not None
    assert answer.example.src == HOSTS[0]
    assert answer.example.protocol != 6


def test_moving_a_rule_is_seen() -> None:
    """A deny above the permit that hides it: the same rules, another order, another device."""
    permit, deny = rule(1, {}, ACCEPT), rule(2, HOST, DROP)
    fw, moved = device({"FORWARD": [permit, deny]}), device({"FORWARD": [deny, permit]})
    assert not unchanged(fw, moved)
    other = rule(3, {Field.SRC: IntervalSet.single(HOSTS[1])}, DROP)
    assert unchanged(device({"FORWARD": [deny, other, permit]}), device({"FORWARD": [other, deny, permit]}))


def test_a_proof_that_runs_out_of_room_proves_nothing() -> None:
    fw = device(
        {"FORWARD": [rule(n, {Field.DPORT: IntervalSet.single(n)}, ACCEPT) for n in range(1, 40)] + [rule(99, {}, DROP)]}
    )
    assert plan(fw, nodes=16).changes == ()


def test_the_last_line_of_an_access_list_stays() -> None:
    """An access list without entries is no list on IOS: what it guards would be open."""
    fw = dataclasses.replace(device({"FORWARD": [rule(1, HOST, DROP)]}), vendor="ios")
    found = plan(fw)
    assert found.changes == ()
    assert found.kept == 1


def test_a_counter_that_is_not_zero_is_heeded() -> None:
    """The analysis says that no packet arrives; the device has counted some."""
    dead = rule(2, HOST, DROP)
    for hits, changes in ((0, 1), (7, 0)):
        counted = dataclasses.replace(dead, hits=hits)
        found = plan(device({"FORWARD": [rule(1, HOST, ACCEPT), counted]}))
        assert len(found.changes) == changes
        assert found.kept == 1 - changes
