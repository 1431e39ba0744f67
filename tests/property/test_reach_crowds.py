"""Rules asked one by one let through the same zone pairs as the full enumeration, on random small devices."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_bases import decision
from test_reach_engine import ZONES, devices

from segmentation.analysis.reach import DEFAULT_LIMITS
from segmentation.analysis.reach_crowds import Crowds
from segmentation.analysis.reach_groups import Passages
from segmentation.analysis.reach_question import Question, Scope
from segmentation.analysis.reach_results import Relation
from segmentation.device.device import BaseChain, Device, Hook, Rule
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ANY_SERVICE, ServiceTerm
from segmentation.packetset.program import Op
from segmentation.packetset.walk import Query, Walk

_WEB = (ServiceTerm(IntervalSet.single(6), dst_ports=IntervalSet.of((80, 443))),)
DECISIONS = [
    decision(0, "", "", _WEB, VerdictKind.PERMITTED),
    decision(1, "", "", (ANY_SERVICE,), VerdictKind.FORBIDDEN),
]
By = tuple[str, str, int, int]  # zones, whether permitted, what decided


def by(who: Rule | BaseChain | None) -> int:
    return 0 if who is None else id(who)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(devices(), st.sampled_from(list(Relation)))
def test_the_same_rules_as_the_enumeration(fw: Device, relation: Relation) -> None:
    question = Question(Scope(fw, DECISIONS, ZONES, 4, Hook.FORWARD, relation, None, None))
    asking = Crowds(question, question.passing_program(), DEFAULT_LIMITS)
    if not asking.available:
        return
    queries, pairs = question.queries(any_destination=False)
    walk = Walk(question.passing_program(), queries, Op.ACCEPT, DEFAULT_LIMITS)
    groups = Passages(question, walk)
    for rows in walk:
        groups.add(rows)
    assert not walk.undecided
    every: dict[By, bool] = {}
    for p in groups.result():
        key = (p.src_zone, p.dst_zone, p.decision, by(p.rule or p.policy))
        every[key] = every.get(key, False) or p.certain
    of_pair: dict[tuple[int, int], list[Query]] = {}
    for query, pair in zip(queries, pairs, strict=True):
        of_pair.setdefault(pair, []).append(query)
    found: dict[By, bool] = {}
    answered = set()
    for pair, crowds, complete in asking.of(of_pair):
        assert complete
        answered.add(pair)
        for crowd in crowds:
            for member in crowd.members:
                key = (crowd.src_zone, crowd.dst_zone, crowd.decision, by(member))
                found[key] = found.get(key, False) or crowd.certain
    assert answered == set(of_pair)
    named = {key: certain for key, certain in every.items() if key[3]}
    assert found.keys() == named.keys()
    assert all(named[key] for key, certain in found.items() if certain)
