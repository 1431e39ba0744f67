"""Correlated and generalised rules, by what is left of the earlier one; against brute force."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rule_bases import addresses, device, match, rule

from segmentation.analysis.anomalies_pairs import OverlapReport, overlaps
from segmentation.device.device import ACCEPT, DROP, Device
from segmentation.device.match import Field, Match
from segmentation.model.intervals import IntervalSet


def lines(report: OverlapReport) -> list[tuple[int, int, int, list[tuple[int, bool]]]]:
    return [
        (g.rule.location.line, g.generalised, g.correlated, [(e.rule.location.line, e.generalised) for e in g.examples])
        for g in report.groups
    ]


def test_both_kinds_with_examples() -> None:
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.1.0.0/16", proto=6), ACCEPT),
                rule(2, match(proto=6, dport=22), DROP),
                rule(3, match("10.1.0.0/16"), DROP),
            ]
        }
    )
    report = overlaps(fw, 4)
    assert lines(report) == [(2, 0, 1, [(1, False)]), (3, 1, 0, [(1, True)])]
    assert (report.generalised, report.correlated, report.exact, report.undecided) == (1, 1, True, 0)
    packet = report.groups[0].examples[0].packet
    assert packet.protocol == 6
    assert packet.dport == 22
    assert packet.src is not None
    assert packet.src in addresses("10.1.0.0/16")


def test_what_other_rules_take_first_is_no_conflict() -> None:
    """Lines 2 and 3 overlap only where line 1 decides already."""
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.1.1.0/24"), DROP),
                rule(2, match("10.1.0.0/23", dport=22, proto=6), ACCEPT),
                rule(3, match("10.1.1.0/24", dport=IntervalSet.of((1, 100)), proto=6), DROP),
            ]
        }
    )
    assert lines(overlaps(fw, 4)) == [(2, 0, 1, [(1, False)])]


def test_uncertain_rules_take_no_part() -> None:
    fw = device({"FORWARD": [rule(1, match("10.1.0.0/16", may="limit"), ACCEPT), rule(2, match(), DROP)]})
    assert lines(overlaps(fw, 4)) == []


HOSTS = [addresses("10.0.0.0").low + i for i in range(4)]


def spans(of: list[int]) -> st.SearchStrategy[IntervalSet]:
    return st.tuples(st.sampled_from(of), st.sampled_from(of)).map(lambda p: IntervalSet.of((min(p), max(p))))


@st.composite
def lists(draw: st.DrawFn) -> Device:
    fields = st.fixed_dictionaries({}, optional={Field.SRC: spans(HOSTS), Field.DST: spans(HOSTS)})
    rules = [
        rule(n, Match(fields=draw(fields)), draw(st.sampled_from([ACCEPT, DROP]))) for n in range(1, draw(st.integers(2, 8)))
    ]
    return device({"FORWARD": rules})


@given(lists())
@settings(deadline=None, max_examples=80)
def test_counts_are_those_of_brute_force(fw: Device) -> None:
    """Every packet of a small universe through every pair of rules."""
    rules = fw.chains["FORWARD"].rules
    universe = [(s, d) for s in [*HOSTS, 1] for d in [*HOSTS, 1]]

    def packets(position: int) -> set[tuple[int, int]]:
        fields = rules[position].match.fields
        held = [(s, d) for s, d in universe if s in fields.get(Field.SRC, ANY) and d in fields.get(Field.DST, ANY)]
        return set(held)

    expected = []
    for later in range(len(rules)):
        kinds = [0, 0]
        for earlier in range(later):
            taken = set().union(*(packets(n) for n in range(earlier)))
            shared = (packets(earlier) & packets(later)) - taken
            if shared and rules[earlier].action != rules[later].action:
                kinds[0 if packets(earlier) <= packets(later) else 1] += 1
        if any(kinds):
            expected.append((rules[later].location.line, *kinds))
    assert [entry[:3] for entry in lines(overlaps(fw, 4))] == expected


ANY = IntervalSet.of((0, (1 << 32) - 1))
