"""Anomalies on rule bases built by hand, and against brute force."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_bases import addresses, base, device, jump, match, rule

from segmentation.analysis.anomalies import Anomaly, AnomalyKind, find
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import ACCEPT, CONTINUE, DROP, RETURN, Action, Chain, Device, Hook, Rule, Verb
from segmentation.device.match import CtState, Field, Match
from segmentation.model.intervals import IntervalSet


def summary(fw: Device) -> list[tuple[AnomalyKind, int, list[int]]]:
    report = find(fw, 4)
    assert report.undecided == ()
    return [(a.kind, a.rule.location.line, [c.location.line for c in a.culprits]) for a in report.anomalies]


def test_a_union_in_two_dimensions_shadows_a_deny() -> None:
    """Four permits cover a deny that no single one does (case 2); the minimal cover is exactly those four."""
    sources, targets = ("10.0.0.0/9", "10.128.0.0/9"), ("10.10.0.0/17", "10.10.128.0/17")
    permits = [
        rule(n, match(s, d, proto=6, dport=80), ACCEPT) for n, (s, d) in enumerate(itertools.product(sources, targets), 1)
    ]
    other = rule(5, match("10.3.0.0/16", "10.10.0.0/16", proto=6, dport=80), ACCEPT)
    deny = rule(6, match("10.0.0.0/8", "10.10.0.0/16", proto=6, dport=80), DROP)
    fw = device({"FORWARD": [*permits, other, deny, rule(7, match(), ACCEPT)]})
    report = find(fw, 4)
    (a,) = [x for x in report.anomalies if x.rule is deny]
    assert a.kind is AnomalyKind.SHADOWED_UNION
    assert [c.location.line for c in a.culprits] == [1, 2, 3, 4]
    assert a.conflict
    assert a.example is not None
    assert a.example.dport == 80
    hole = device({"FORWARD": [*permits[:3], other, deny, rule(7, match(), ACCEPT)]})
    assert all(x.rule is not deny for x in find(hole, 4).anomalies)


def test_one_rule_shadows_another() -> None:
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.0.0.0/8", proto=6), ACCEPT),
                rule(2, match("10.1.0.0/16", proto=6, dport=22), DROP),
                rule(3, match("10.2.0.0/16", proto=6, dport=22), ACCEPT),
                rule(4, match("10.3.0.0/16", proto=17, may="limit"), DROP),
                rule(5, match("10.3.0.0/16", proto=17), ACCEPT),
            ]
        }
    )
    report = find(fw, 4)
    assert [(a.kind, a.rule.location.line, a.conflict) for a in report.anomalies] == [
        (AnomalyKind.SHADOWED, 2, True),
        (AnomalyKind.SHADOWED, 3, False),
    ]


def test_a_rule_that_changes_nothing_is_redundant() -> None:
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.1.0.0/16", proto=6), ACCEPT),
                rule(2, match("192.0.2.0/24"), DROP),
                rule(3, match("10.0.0.0/8", proto=6), ACCEPT),
            ]
        }
    )
    assert summary(fw) == [(AnomalyKind.REDUNDANT, 1, [3]), (AnomalyKind.REDUNDANT, 2, [])]


def test_rules_behind_jumps_are_followed() -> None:
    """Protocol of the jump against protocol of the rule; a rule that only repeats what follows the return."""
    fw = device(
        {
            "FORWARD": [
                rule(1, match(proto=6), jump("tcp")),
                rule(2, match(proto=17, dport=53), ACCEPT),
                rule(3, match("10.0.0.0/8"), DROP),
                rule(4, match(), ACCEPT),
            ],
            "tcp": [
                rule(5, match(proto=17), DROP),
                rule(6, match("10.1.0.0/16"), DROP),
                rule(7, match(dport=22), RETURN),
                rule(8, match("10.2.0.0/16"), ACCEPT),
            ],
            "old": [rule(9, match(), DROP)],
        }
    )
    assert summary(fw) == [
        (AnomalyKind.UNREACHED, 5, []),
        (AnomalyKind.REDUNDANT, 6, []),
        (AnomalyKind.UNREFERENCED, 9, []),
    ]


def test_correlated_pairs_are_counted() -> None:
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.1.0.0/16", proto=6), ACCEPT),
                rule(2, match(proto=6, dport=22), DROP),
                rule(3, match(), ACCEPT),
            ]
        }
    )
    assert find(fw, 4).correlated == 1


def test_an_empty_match_is_told() -> None:
    fw = device({"FORWARD": [rule(1, match(proto=47, dport=80), ACCEPT), rule(2, match(), CONTINUE)]})
    report = find(fw, 4)
    assert [(a.kind, a.example) for a in report.anomalies] == [(AnomalyKind.EMPTY, None)]
    assert report.rules == 1


HOSTS = [addresses("10.0.0.0").low + i for i in range(4)]
PORTS = [22, 23]
UNIVERSE = [
    Packet(
        family=4,
        src=s,
        dst=d,
        protocol=p,
        sport=1024 if p != 50 else 0,
        dport=q if p != 50 else 0,
        flags=2 if p == 6 else 0,
        ct_state=CtState.NEW,
    )
    for s in [*HOSTS, 1]
    for d in [*HOSTS[:2], 1]
    for p in (6, 17, 132, 50)
    for q in [*PORTS, 9]
]


def values(of: list[int]) -> st.SearchStrategy[IntervalSet]:
    return st.sets(st.sampled_from(of), min_size=1).map(lambda vs: IntervalSet.from_iter((v, v) for v in vs))


MATCHES = st.fixed_dictionaries(
    {},
    optional={Field.SRC: values(HOSTS), Field.DST: values(HOSTS[:2]), Field.PROTO: values([6, 17]), Field.DPORT: values(PORTS)},
)


@st.composite
def devices(draw: st.DrawFn) -> Device:
    def chain(name: str, later: list[str], most: int) -> list[Rule]:
        out = []
        for n in range(draw(st.integers(1, most))):
            verbs = [ACCEPT, DROP, ACCEPT, DROP, RETURN, *(jump(c) for c in later), *(jump(c, Verb.GOTO) for c in later[:1])]
            out.append(rule(n, Match(fields=draw(MATCHES)), draw(st.sampled_from(verbs))))
        return out

    chains = {"FORWARD": chain("FORWARD", ["A", "B"], 6), "A": chain("A", ["B"], 4), "B": chain("B", [], 3)}
    if draw(st.booleans()):
        chains = {"FORWARD": [r for r in chains["FORWARD"] if r.action in (ACCEPT, DROP)]}
    return device(chains, base("FORWARD", Hook.FORWARD, policy=draw(st.sampled_from([ACCEPT, DROP]))))


def without(fw: Device, name: str, position: int, action: Action | None) -> Device:
    """The device without a rule, or with another action there."""
    rules = list(fw.chains[name].rules)
    old = rules.pop(position)
    if action is not None:
        rules.insert(position, Rule(match=old.match, action=action, location=old.location, text="", families=old.families))
    chains = {**fw.chains, name: Chain(name=name, rules=tuple(rules))}
    return Device(name="fw", vendor="", inputs=(), chains=chains, base_chains=fw.base_chains)


def fates(fw: Device) -> list[bool | None]:
    return [simulate(fw, p).accepted for p in UNIVERSE]


@given(devices())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_rule_against_brute_force(fw: Device) -> None:
    """A rule is never reached when accepting and dropping there are the same; redundant when leaving it out is.

    The universe holds a packet of every class that the rules can tell apart, so brute force decides exactly.
    """
    report = find(fw, 4)
    assert report.undecided == ()
    found: dict[tuple[str, int], Anomaly] = {(a.chain, a.position): a for a in report.anomalies}
    plain = fates(fw)
    for name, chain in fw.chains.items():
        for position, r in enumerate(chain.rules):
            reached = fates(without(fw, name, position, ACCEPT)) != fates(without(fw, name, position, DROP))
            kind = found[name, position].kind if (name, position) in found else None
            dead = kind in (
                AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION, AnomalyKind.UNREACHED, AnomalyKind.UNREFERENCED,
            )  # fmt: skip
            assert dead == (not reached), (name, position)
            if r.action in (ACCEPT, DROP) and reached:
                changed = fates(without(fw, name, position, None)) != plain
                assert (kind is AnomalyKind.REDUNDANT) == (not changed), (name, position)
            if kind in (AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION):
                culprits = found[name, position].culprits
                assert culprits
                assert all(c in chain.rules[:position] for c in culprits)
