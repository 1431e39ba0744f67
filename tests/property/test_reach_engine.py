"""The symbolic engine against the plain reading of the rules, packet by packet, on random small devices."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_bases import DENY, addresses, base, decision, device

from segmentation.analysis.reach import Relation
from segmentation.analysis.reach_question import Question, Scope
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import ACCEPT, CONTINUE, DROP, RETURN, Action, Device, Hook, Rule, Translation, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch, Match, flag_set
from segmentation.model.addresses import AddressSet
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ANY_SERVICE
from segmentation.packetset.bdd import PacketSets
from segmentation.packetset.box import Limits
from segmentation.packetset.fates import fates
from segmentation.packetset.program import Ints, Op
from segmentation.packetset.space import Dim
from segmentation.packetset.walk import DOUBT, Walk, original_boxes

HOSTS = [addresses("10.0.0.0").low + i for i in range(6)]
PORTS = [22, 80, 443]
PROTOCOLS = [1, 6, 17, 50]
STATES = [CtState.NEW, CtState.INVALID]
SYN, ACK = 2, 16
UNSURE = Action(verb=Verb.DROP, uncertain="queue")
USER = ("A", "B", "C")
ALLOW = decision(0, "", "", (ANY_SERVICE,), VerdictKind.PERMITTED)
ZONES = {"in": AddressSet.parse("10.0.0.0-10.0.0.2"), "out": AddressSet.parse("10.0.0.3-10.0.0.5")}


def some(values: list[int]) -> st.SearchStrategy[IntervalSet]:
    return st.sets(st.sampled_from(values), min_size=1).map(lambda vs: IntervalSet.from_iter((v, v) for v in vs))


ONE_FIELD = st.one_of(
    st.tuples(st.just(Field.SRC), some(HOSTS)),
    st.tuples(st.just(Field.DST), some(HOSTS)),
    st.tuples(st.just(Field.DST), some(HOSTS)),
    st.tuples(st.just(Field.PROTO), some(PROTOCOLS)),
    st.tuples(st.just(Field.DPORT), some(PORTS)),
    st.tuples(st.just(Field.SPORT), some([1024, 8])),
    st.tuples(st.just(Field.STATE), some([0, 1, 3])),
    st.tuples(st.just(Field.FLAGS), st.sampled_from([flag_set(23, 2), flag_set(16, 16), flag_set(2, 2)])),
)
INTERFACE = st.builds(InterfaceMatch, st.sampled_from([("eth0",), ("eth1",), ("eth*",), ("eth0", "ppp*")]), st.booleans())
#: Most rules test one field, so that chains of several rules are really walked through.
MATCHES = st.builds(
    lambda fields, sides, may: Match(
        fields=dict(fields),
        in_interface=sides if may % 8 == 1 else None,
        out_interface=sides if may % 8 == 2 else None,
        uncertain=("limit",) if may == 3 else (),
    ),
    st.lists(ONE_FIELD, min_size=0, max_size=2),
    INTERFACE,
    st.integers(0, 15),
)


@st.composite
def actions(draw: st.DrawFn, chain: str) -> Action:
    later = [c for c in USER if c > chain]
    choices = [ACCEPT, ACCEPT, ACCEPT, DROP, DROP, DROP, RETURN, RETURN, CONTINUE, UNSURE]
    verb = draw(st.sampled_from([None, None, Verb.JUMP, Verb.JUMP, Verb.GOTO] if later else [None]))
    if verb is None:
        return draw(st.sampled_from(choices))
    return Action(verb=verb, target=draw(st.sampled_from(later)))


def rules(chain: str, most: int = 6) -> st.SearchStrategy[list[Rule]]:
    return st.lists(st.tuples(MATCHES, actions(chain)), max_size=most).map(
        lambda rs: [
            Rule(match=m, action=a, location=Location(chain, i), text=f"{chain} {i}", families=frozenset({4}))
            for i, (m, a) in enumerate(rs)
        ]
    )


TRANSLATIONS = st.builds(
    lambda host, port: Action(
        verb=Verb.DNAT,
        translation=Translation(addresses=IntervalSet.single(host), ports=IntervalSet.single(port) if port else None),
    ),
    st.sampled_from(HOSTS),
    st.sampled_from([0, 22, 80]),
)
NAT_RULES = st.lists(st.tuples(MATCHES, TRANSLATIONS | st.sampled_from([ACCEPT, RETURN])), max_size=2).map(
    lambda rs: [
        Rule(match=m, action=a, location=Location("NAT", i), text=f"NAT {i}", families=frozenset({4}))
        for i, (m, a) in enumerate(rs)
    ]
)
SOURCE_NAT = st.lists(st.sampled_from(HOSTS), max_size=1).map(
    lambda hosts: [
        Rule(
            match=Match(),
            action=Action(verb=Verb.SNAT, translation=Translation(addresses=IntervalSet.single(h))),
            location=Location("SNAT"),
            text="SNAT",
            families=frozenset({4}),
        )
        for h in hosts
    ]
)


@st.composite
def devices(draw: st.DrawFn) -> Device:
    policies = st.sampled_from([ACCEPT, DROP])
    chains = {name: draw(rules(name)) for name in ("FORWARD", *USER)}
    bases = [base("FORWARD", policy=draw(policies))]
    if draw(st.booleans()):
        chains["NAT"] = draw(NAT_RULES)
        bases.append(base("NAT", Hook.PREROUTING, -100, ACCEPT, "nat"))
    if draw(st.booleans()):
        chains["RAW"] = draw(rules("Z", 2))
        bases.append(base("RAW", Hook.PREROUTING, -300, draw(policies)))
    if draw(st.booleans()):
        chains["SNAT"] = draw(SOURCE_NAT)
        chains["LATE"] = draw(rules("A", 2))
        bases += [base("SNAT", Hook.POSTROUTING, 100, ACCEPT, "nat"), base("LATE", Hook.POSTROUTING, 150, draw(policies))]
    return device(chains, *bases)


PACKETS = st.builds(
    lambda src, dst, proto, sport, dport, state, iif, oif, flags: Packet(
        family=4,
        src=src,
        dst=dst,
        protocol=proto,
        sport=sport if proto in (6, 17) else 8 if proto == 1 else 0,
        dport=dport if proto in (6, 17) else 0,
        flags=flags if proto == 6 else 0,
        ct_state=CtState.NEW if proto != 6 or flags == SYN else state,
        in_interface=iif,
        out_interface=oif,
    ),
    st.sampled_from(HOSTS),
    st.sampled_from(HOSTS),
    st.sampled_from(PROTOCOLS),
    st.sampled_from([1024, 2000]),
    st.sampled_from(PORTS),
    st.sampled_from(STATES),
    st.sampled_from(["eth0", "eth1", "eth7", "ppp0", "wlan0"]),
    st.sampled_from(["eth0", "eth1", "ppp0"]),
    st.sampled_from([SYN, ACK]),
)


def holds(question: Question, boxes: Iterable[Ints], packet: Packet) -> list[bool]:
    """Which rows hold the packet; an interface nobody names is its wildcard's representative."""
    names = question.space.interfaces

    def number(name: str | None) -> int:
        assert name is not None
        if name in names:
            return names.index(name)
        prefixes = [n for n in names if n.endswith("*") and name.startswith(n[:-1])]
        return names.index(max(prefixes, key=len, default=""))

    values = {
        Dim.IIF: number(packet.in_interface), Dim.OIF: number(packet.out_interface), Dim.SRC: packet.src,
        Dim.DST: packet.dst, Dim.PROTO: packet.protocol, Dim.SPORT: packet.sport, Dim.DPORT: packet.dport,
        Dim.FLAGS: packet.flags, Dim.STATE: int(packet.ct_state),
    }  # fmt: skip
    return [
        all(value in question.space.decode(d, int(box[2 * d]), int(box[2 * d + 1])) for d, value in values.items())
        for box in boxes
    ]


def answers(fw: Device, relation: Relation, wanted: Op) -> tuple[Question, list[Ints]]:
    question = Question(Scope(fw, [DENY], ZONES, 4, Hook.FORWARD, relation, None, None))
    program = question.passing_program() if wanted is Op.ACCEPT else question.missing_program([])
    queries, _ = question.queries(any_destination=True)
    walk = Walk(program, queries, wanted, Limits())
    rows = [r for block in walk for r in block]
    assert walk.undecided == []
    return question, rows


def check(fw: Device, packets: list[Packet]) -> None:
    """The engine may be less sure than the plain reading, never surer, and never blind."""
    known = {relation: answers(fw, relation, Op.ACCEPT) for relation in Relation}
    exact = not any(r.match.may or r.action.uncertain for c in fw.chains.values() for r in c.rules)
    for packet in packets:
        initial = packet.protocol != 6 or packet.flags == SYN
        question, rows = known[Relation.INITIATE if initial else Relation.UNSOLICITED]
        hits = [
            r for r, h in zip(rows, holds(question, [original_boxes(r[None, :])[0] for r in rows], packet), strict=True) if h
        ]
        outcome = simulate(fw, packet)
        certain = any(not r[DOUBT] for r in hits)
        if outcome.accepted is False:
            assert not hits, packet
        elif outcome.accepted is None:
            assert hits, packet
            assert not certain, packet
        else:
            assert hits, packet
            assert certain or not exact, packet
        if exact and hits and outcome.translated:
            arrives = question.space.decode(Dim.DST, int(hits[0][6]), int(hits[0][7]))
            assert outcome.translated.dst.low in arrives, packet
        if exact:
            assert len(hits) <= 1, packet  # certain pieces are disjoint


@given(devices(), st.lists(PACKETS, min_size=20, max_size=40))
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_packet_fares_as_the_rules_say(fw: Device, packets: list[Packet]) -> None:
    check(fw, packets)


@given(devices(), st.lists(PACKETS, min_size=10, max_size=30))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_is_not_passed_is_stopped(fw: Device, packets: list[Packet]) -> None:
    """Without NAT and uncertainty, the dropped pieces are exactly the complement of the passed ones."""
    plain = all(not r.match.may and not r.action.uncertain for c in fw.chains.values() for r in c.rules)
    if not plain or any(r.action.translation for c in fw.chains.values() for r in c.rules):
        return
    question = Question(Scope(fw, [ALLOW], ZONES, 4, Hook.FORWARD, Relation.INITIATE, None, None))
    queries, _ = question.queries(any_destination=False)
    passed = [r for b in Walk(question.passing_program(), queries, Op.ACCEPT, Limits()) for r in b]
    stopped = [r for b in Walk(question.missing_program([]), queries, Op.DROP, Limits()) for r in b]
    for packet in packets:
        if packet.protocol == 6 and packet.flags != SYN:
            continue
        assert (
            sum(holds(question, [r[:20] for r in passed], packet)) + sum(holds(question, [r[:20] for r in stopped], packet))
            == 1
        )


@given(devices())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_both_layers_agree_on_devices(fw: Device) -> None:
    """The walk's pieces and the composed diagrams are the same sets, uncertain rules included."""
    if any(r.action.translation for c in fw.chains.values() for r in c.rules):
        return
    question = Question(Scope(fw, [ALLOW], ZONES, 4, Hook.FORWARD, Relation.INITIATE, None, None))
    queries, _ = question.queries(any_destination=False)
    sets = PacketSets(question.space)
    boxes = np.array([q.box for q in queries], np.int32)
    for program, wanted in ((question.passing_program(), Op.ACCEPT), (question.missing_program([]), Op.DROP)):
        rows = np.concatenate([*Walk(program, queries, wanted, Limits()), np.zeros((0, 40), np.int32)])
        found = fates(program, sets, boxes)
        assert found is not None
        assert sets.boxes(rows) == (found.passed if wanted is Op.ACCEPT else found.dropped)
        certain = sets.boxes(rows[rows[:, DOUBT] == 0])
        other = found.dropped if wanted is Op.ACCEPT else found.passed
        assert not certain & other


def test_the_kernel_runs_uncompiled() -> None:
    """The same cases without the compiler, so that what is tested is what is written."""
    tests = Path(__file__).resolve().parents[1]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            str(tests / "unit/analysis/test_reach_cases.py"),
        ],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=tests.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
