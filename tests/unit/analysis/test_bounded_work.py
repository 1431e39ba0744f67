"""Rule bases made to cost much: the work stays within a number of steps given, and what is said stays true."""

from __future__ import annotations

import dataclasses

import pytest
from rule_bases import DENY, base, classbench, device, host, jump, match, one, rule
from shared_data import needs_shared

from segmentation.analysis.anomalies import AnomalyKind, find
from segmentation.analysis.reach import DEFAULT_LIMITS, passing
from segmentation.analysis.reach_crowds import Crowds
from segmentation.analysis.reach_question import Question, Scope
from segmentation.analysis.reach_results import Relation
from segmentation.device.device import ACCEPT, DROP, Action, Hook, Translation, Verb
from segmentation.device.match import Field, Match
from segmentation.model.addresses import TOP, AddressSet
from segmentation.model.intervals import IntervalSet

ZONES = {"corp": AddressSet.parse("10.20.0.0/16"), "pci": AddressSet.parse("10.10.0.0/16")}
PAIR = {("corp", "pci")}


def scattered(count: int) -> IntervalSet:
    """Addresses of which no two are neighbours, from 10.16.0.0 on: each is an interval of its own."""
    start = host("10.16.0.0")
    return IntervalSet.from_iter((start + 2 * i, start + 2 * i) for i in range(count))


def test_a_set_of_50_000_prefixes_in_two_rules() -> None:
    hosts = IntervalSet.from_iter((host("10.20.0.0") + 2 * i,) * 2 for i in range(30_000)) | IntervalSet.from_iter(
        (host("172.16.0.0") + 4 * i,) * 2 for i in range(20_000)
    )
    some = Match(fields={Field.SRC: hosts})
    limits = dataclasses.replace(DEFAULT_LIMITS, steps=300_000)
    closed = passing(
        device({"FORWARD": [rule(1, some, DROP), rule(2, some, ACCEPT)]}), [DENY], ZONES, family=4, pairs=PAIR, limits=limits
    )
    assert closed.undecided == ()
    assert closed.passages == ()
    fw = device({"FORWARD": [rule(1, some, ACCEPT), rule(2, some, DROP)]})
    opened = passing(fw, [DENY], ZONES, family=4, pairs=PAIR, limits=limits)
    assert opened.undecided == ()
    (p,) = opened.passages
    assert p.rule is not None
    assert p.rule.location.line == 1
    assert p.certain
    assert p.witness.src in hosts


def test_too_few_steps_are_said_to_be_too_few() -> None:
    some = Match(fields={Field.SRC: IntervalSet.from_iter((host("10.20.0.0") + 2 * i,) * 2 for i in range(30_000))})
    fw = device({"FORWARD": [rule(1, some, DROP), rule(2, match(), ACCEPT)]})
    limits = dataclasses.replace(DEFAULT_LIMITS, steps=10_000, nodes=1_000)
    assert passing(fw, [DENY], ZONES, family=4, pairs=PAIR, limits=limits).undecided == (("corp", "pci"),)


def test_50_000_addresses_and_all_others() -> None:
    zones = {"wide": AddressSet.parse("10.16.0.0/12"), "pci": AddressSet.parse("10.10.0.0/16")}
    hosts = scattered(50_000)
    rules = [
        rule(1, Match(fields={Field.SRC: hosts, Field.PROTO: one(6)}), ACCEPT),
        rule(2, Match(fields={Field.SRC: hosts.complement(TOP[4]), Field.PROTO: one(6)}), ACCEPT),
        rule(3, match(), DROP),
    ]
    limits = dataclasses.replace(DEFAULT_LIMITS, all_pieces=20_000)
    reach = passing(device({"FORWARD": rules}), [DENY], zones, family=4, pairs={("wide", "pci")}, crowds=True, limits=limits)
    assert reach.undecided == ()
    (crowd,) = reach.crowds
    assert crowd.certain
    assert [m.location.line for m in crowd.members] == [1, 2]
    by_line = {p.rule.location.line: p.witness for p in crowd.leads if p.rule is not None}
    assert by_line[1].src in hosts
    assert by_line[2].src not in hosts


def test_a_translation_to_what_is_not_known_of_everything() -> None:
    """Where packets go is chosen at run time: each may reach every zone, none certainly."""
    unknown = Action(verb=Verb.DNAT, translation=Translation(unknown=True))
    nat = base("PRE", Hook.PREROUTING, -100, ACCEPT, "nat")
    fw = device({"PRE": [rule(1, match(), unknown)], "FORWARD": [rule(2, match(proto=6), ACCEPT)]}, nat, base("FORWARD"))
    zones = {f"z{n}": AddressSet.parse(f"10.{n}.0.0/16") for n in range(40)}
    limits = dataclasses.replace(DEFAULT_LIMITS, steps=20_000)
    reach = passing(fw, [DENY], zones, family=4, limits=limits)
    assert reach.undecided == ()
    assert {(p.src_zone, p.dst_zone) for p in reach.passages} == {(s, d) for s in (*zones, "") for d in (*zones, "")}
    assert not any(p.certain for p in reach.passages)


def test_3_000_nested_jumps() -> None:
    depth = 3_000
    chains = {f"C{n}": [rule(n + 2, match(proto=6), jump(f"C{n + 1}"))] for n in range(depth)}
    chains[f"C{depth}"] = [rule(depth + 2, match(dport=22), ACCEPT)]
    fw = device({"FORWARD": [rule(1, match(), jump("C0"))], **chains}, base("FORWARD"))
    limits = dataclasses.replace(DEFAULT_LIMITS, steps=50_000)
    reach = passing(fw, [DENY], ZONES, family=4, pairs=PAIR, limits=limits)
    assert reach.undecided == ()
    (p,) = reach.passages
    assert p.certain
    assert len(p.trace) == depth + 2
    report = find(fw, 4)
    assert not [a for a in report.anomalies if a.kind is not AnomalyKind.REDUNDANT]


@pytest.mark.parametrize("relation", list(Relation))
def test_64_zones_over_wildcards(relation: Relation) -> None:
    """A thousand rules full of wildcards between 64 zones: every pair is decided, and few questions need a walk."""
    text = needs_shared("data", "firewalls", "classbench", "classbench", "fw1_1k").read_text()
    # Sixty-four zones that divide all addresses, so that no rule is left out.
    zones = {f"z{n}": AddressSet.parse(f"{4 * n}.0.0.0-{4 * n + 3}.255.255.255") for n in range(64)}
    fw = classbench(text)
    question = Question(Scope(fw, [DENY], zones, 4, Hook.FORWARD, relation, None, None))
    crowds = Crowds(question, question.passing_program(), dataclasses.replace(DEFAULT_LIMITS, all_steps=400_000_000))
    assert crowds.available
    queries, pairs = question.queries(any_destination=False)
    of_pair = {pair: [q for q, p in zip(queries, pairs, strict=True) if p == pair] for pair in pairs[:: len(pairs) // 200]}
    named = 0
    for _, found, complete in crowds.of(of_pair):
        assert complete
        named += sum(len(c.members) for c in found)
    points, covers, walks = crowds.asking.decided
    assert named > 1_000
    assert walks * 4 < points + covers
    assert crowds.asking.steps > 0
    first = next(iter(crowds.of({pairs[1]: [queries[1]]})))[1]
    assert all(lead.packets > 0 for c in first for lead in c.leads)
