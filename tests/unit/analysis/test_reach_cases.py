"""Hard cases of reachability on devices built by hand, with exact sets."""

from __future__ import annotations

from rule_bases import DENY, addresses, base, decision, device, host, jump, match, one, rule

from segmentation.analysis.reach import PairVerdict, Relation, compare, missing, passing
from segmentation.analysis.reach_question import Question, Scope
from segmentation.device.device import ACCEPT, DROP, RETURN, Action, Device, Hook, Translation, Verb
from segmentation.device.match import CtState, Field, Match
from segmentation.model.addresses import AddressSet
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ANY_SERVICE, ServiceTerm
from segmentation.packetset.box import Limits

ZONES = {"corp": AddressSet.parse("10.20.0.0/16"), "pci": AddressSet.parse("10.10.0.0/16")}


def test_the_first_witness_does_not_hide_the_rest() -> None:
    """A denied host in front of a permitted network: the rest of the network still reaches (case 1)."""
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.20.0.1", proto=6, dport=445), DROP),
                rule(2, match("10.20.0.0/24", "10.10.0.0/24", proto=6, dport=445), ACCEPT),
            ]
        }
    )
    reach = passing(fw, [DENY], ZONES, family=4, pairs={("corp", "pci")})
    (p,) = reach.passages
    assert p.rule.location.line == 2
    assert (p.src_zone, p.dst_zone, p.decision, p.certain) == ("corp", "pci", 0, True)
    assert p.packets == 255 * 256 * 65536
    assert p.packets_exact
    pairs = sum(b.src.size * b.dst.size for b in p.boxes)
    assert p.boxes_total == len(p.boxes)
    assert pairs == 255 * 256
    assert not any(host("10.20.0.1") in b.src for b in p.boxes)
    assert p.witness.src == host("10.20.0.0")
    assert (p.witness.dport, p.witness.tcp_flags, p.witness.ct_state) == (445, 2, "new")


def test_goto_returns_to_where_the_chain_was_jumped_from() -> None:
    """chain_goto of the kernel cases: udp/53 is forwarded after goto, dropped after jump (case 4)."""

    def fw(verb: Verb) -> Device:
        return device(
            {
                "FORWARD": [rule(1, match(), jump("A")), rule(2, match(proto=17, dport=53), ACCEPT)],
                "A": [rule(3, match("198.51.100.7"), jump("B", verb)), rule(4, match(), DROP)],
                "B": [rule(5, match(proto=6), DROP)],
            }
        )

    zones = {"a": AddressSet.parse("198.51.100.7"), "b": AddressSet.parse("203.0.113.5"), "in": AddressSet.parse("10.0.0.0/8")}
    through = passing(fw(Verb.GOTO), [DENY], zones, family=4, pairs={("a", "in"), ("b", "in")})
    (p,) = through.passages
    assert p.src_zone == "a"
    assert p.packets == 2**24 * 65536
    assert [r.location.line for r in p.trace] == [2]
    assert passing(fw(Verb.JUMP), [DENY], zones, family=4, pairs={("a", "in"), ("b", "in")}).passages == ()


def test_state_tells_initiators_from_answers() -> None:
    """A stateful rule: outside cannot initiate, and no unsolicited ACK enters (case 5)."""
    established = one(CtState.ESTABLISHED, CtState.RELATED)
    new = one(CtState.NEW)
    fw = device(
        {
            "FORWARD": [
                rule(1, match(state=established), ACCEPT),
                rule(2, match("10.1.0.0/16", state=new), ACCEPT),
            ]
        }
    )
    zones = {"in": AddressSet.parse("10.1.0.0/16"), "out": AddressSet.parse("198.51.100.0/24")}
    initiate = passing(fw, [DENY], zones, family=4, pairs={("in", "out"), ("out", "in")})
    assert {(p.src_zone, p.dst_zone) for p in initiate.passages} == {("in", "out")}
    unsolicited = passing(fw, [DENY], zones, family=4, relation=Relation.UNSOLICITED, pairs={("in", "out"), ("out", "in")})
    assert {p.src_zone for p in unsolicited.passages} == {"in"}
    assert unsolicited.passages[0].witness.tcp_flags == 16
    stateless = device({"FORWARD": [rule(1, Match(fields={Field.PROTO: one(6)}), ACCEPT)]})
    assert passing(stateless, [DENY], zones, family=4, relation=Relation.UNSOLICITED, pairs={("out", "in")}).passages


def test_destination_after_dnat_is_judged() -> None:
    """A port forward: the filter sees the real server, and the server's zone is the destination's (case 6)."""
    to_server = Action(verb=Verb.DNAT, translation=Translation(addresses=addresses("10.1.1.10"), ports=one(8443)))
    fw = device(
        {
            "PREROUTING": [rule(1, match(dst="203.0.113.10", proto=6, dport=443), to_server)],
            "FORWARD": [
                rule(2, match(dst="203.0.113.10"), ACCEPT),
                rule(3, match(dst="10.1.1.10", proto=6, dport=8443), ACCEPT),
            ],
        },
        base("PREROUTING", Hook.PREROUTING, -100, ACCEPT, "nat"),
        base("FORWARD"),
    )
    zones = {"dmz": AddressSet.parse("10.1.1.0/24"), "out": AddressSet.parse("198.51.100.0/24")}
    reach = passing(fw, [DENY], zones, family=4, pairs={("out", "dmz")})
    (p,) = reach.passages
    assert p.rule.location.line == 3
    translated = [b for b in p.boxes if b.translated_dst is not None]
    assert len(translated) == 1
    assert translated[0].dst == addresses("203.0.113.10")
    assert translated[0].translated_dst == addresses("10.1.1.10")
    assert p.packets == 2 * 256 * 65536
    (direct,) = [b for b in p.boxes if b.translated_dst is None]
    assert direct.dst == addresses("10.1.1.10")


def test_missing_is_the_converse() -> None:
    """What is permitted and stopped is narrower; both directions of difference make `both`."""
    web = (ServiceTerm(one(6), dst_ports=one(80, 443)),)
    decisions = [
        decision(0, "10.20.0.0/16", "10.10.0.0/16", web, VerdictKind.PERMITTED),
        decision(1, "", "", (ANY_SERVICE,), VerdictKind.FORBIDDEN),
    ]
    fw = device({"FORWARD": [rule(1, match("10.20.0.0/16", "10.10.0.0/16", proto=6, dport=one(443, 22)), ACCEPT)]})
    result = compare(fw, decisions, ZONES, family=4)
    cells = {(c.src_zone, c.dst_zone): c for c in result.pairs}
    assert cells["corp", "pci"].verdict is PairVerdict.BOTH
    assert cells["pci", "corp"].verdict is PairVerdict.EQUAL
    assert cells["pci", "corp"].passing_empty
    (lost,) = result.missing.passages
    assert lost.policy is not None
    assert lost.witness.dport == 80
    assert lost.packets == 2**16 * 2**16 * 65536
    forbidden = [p for p in result.passing.passages if p.decision == 1]
    assert [p.witness.dport for p in forbidden] == [22]


def test_an_uncertain_drop_leaves_a_possible_passage() -> None:
    """What only may be dropped may pass; what may be accepted and is accepted later certainly passes."""
    fw = device(
        {
            "FORWARD": [
                rule(1, match("10.20.0.0/24", may="limit 3/s"), DROP),
                rule(2, match("10.20.1.0/24", may="limit 3/s"), ACCEPT),
                rule(3, match("10.20.2.0/24", may="mark 1"), ACCEPT),
                rule(4, match("10.20.0.0/23"), ACCEPT),
            ]
        }
    )
    reach = passing(fw, [DENY], ZONES, family=4, pairs={("corp", "pci")})
    seen = {(p.rule.location.line, p.certain) for p in reach.passages}
    assert seen == {(2, False), (3, False), (4, False), (4, True)}
    (sure,) = [p for p in reach.passages if p.certain]
    assert {str(b.src) for b in sure.boxes} == {str(addresses("10.20.1.0/24"))}
    assert {t.en for p in reach.passages for t in p.reasons} == {"limit 3/s", "mark 1"}
    assert missing(fw, [DENY], ZONES, family=4).passages == ()


def test_zones_stay_behind_their_interfaces() -> None:
    """A rule that accepts by interface permits only what is really behind it."""
    fw = device({"FORWARD": [rule(1, match(iif="eth1", oif="eth0"), ACCEPT), rule(2, match(iif="lo"), ACCEPT)]})
    mapped = {"eth0": ["pci"], "eth1": ["corp"]}
    both = {("corp", "pci"), ("pci", "corp")}
    (p,) = passing(fw, [DENY], ZONES, family=4, interfaces=mapped, pairs=both).passages[:1]
    assert (p.src_zone, p.witness.in_interface, p.witness.out_interface) == ("corp", "eth1", "eth0")
    assert {q.src_zone for q in passing(fw, [DENY], ZONES, family=4, interfaces=mapped, pairs=both).passages} == {"corp"}
    assert {q.src_zone for q in passing(fw, [DENY], ZONES, family=4, pairs=both).passages} == {"corp", "pci"}


def test_an_uncertain_jump_casts_doubt_only_on_what_its_chain_decides() -> None:
    """Docker's nat chain behind `addrtype`: it returns, or translates one port; all other packets are certain."""
    to_web = Action(verb=Verb.DNAT, translation=Translation(addresses=addresses("10.10.0.2"), ports=one(80)))
    fw = device(
        {
            "PREROUTING": [rule(1, match(may="addrtype LOCAL"), jump("DOCKER"))],
            "DOCKER": [rule(2, match(iif="docker0"), RETURN), rule(3, match(proto=6, dport=8080), to_web)],
            "FORWARD": [rule(4, match(proto=6, dport=one(22, 8080)), ACCEPT)],
        },
        base("PREROUTING", Hook.PREROUTING, -100, ACCEPT, "nat"),
        base("FORWARD"),
    )
    reach = passing(fw, [DENY], ZONES, family=4, pairs={("corp", "pci")})
    by_port = {b.dports.low: p for p in reach.passages for b in p.boxes if b.in_interfaces != ("docker0",)}
    assert set(by_port) == {22, 8080}
    assert by_port[22].certain
    assert not by_port[8080].certain
    assert [t.en for t in by_port[8080].reasons] == ["addrtype LOCAL"]


def test_what_the_walk_cannot_finish_is_decided_by_diagrams() -> None:
    """The same culprits, and the same verdicts, when the walk may take no more than a few steps."""
    hosts = [
        rule(n, match(f"10.20.{n}.0/24", f"10.10.{n}.0/24", proto=6, dport=n), ACCEPT if n % 3 else DROP) for n in range(1, 40)
    ]
    fw = device(
        {"FORWARD": [rule(0, match("10.20.4.0/22"), jump("A")), *hosts], "A": [rule(99, match(proto=17, dport=53), ACCEPT)]}
    )
    web = (ServiceTerm(one(6), dst_ports=IntervalSet.of((1, 30))),)
    decisions = [
        decision(0, "10.20.0.0/16", "10.10.0.0/16", web, VerdictKind.PERMITTED),
        decision(1, "", "", (ANY_SERVICE,), VerdictKind.FORBIDDEN),
    ]

    def culprits(limits: Limits) -> tuple[set[int], tuple[tuple[str, str], ...], PairVerdict]:
        result = compare(fw, decisions, ZONES, family=4, pairs={("corp", "pci")}, limits=limits)
        lines = {p.rule.location.line for p in result.passing.passages if p.rule and p.decision == 1}
        return lines, result.passing.undecided, result.pairs[0].verdict

    full = culprits(Limits())
    assert full == ({31, 32, 34, 35, 37, 38, 99}, (), PairVerdict.BOTH)
    assert culprits(Limits(steps=150)) == full
    assert culprits(Limits(steps=150, nodes=60))[1] == (("corp", "pci"),)
    # Neither the walk nor diagrams: every rule is asked for one packet, and the rules are the same.
    asked = compare(
        fw, decisions, ZONES, family=4, pairs={("corp", "pci")}, limits=Limits(steps=150, nodes=60), crowds=True
    ).passing
    assert not asked.undecided
    assert not asked.listed
    nothing = Limits(steps=150, nodes=60, all_steps=0)
    given_up = compare(fw, decisions, ZONES, family=4, pairs={("corp", "pci")}, limits=nothing, crowds=True).passing
    assert (given_up.crowds, given_up.undecided) == ((), (("corp", "pci"),))
    (crowd,) = [c for c in asked.crowds if c.decision == 1]
    assert {by.location.line for by in crowd.members} == full[0]
    assert [p.rule for p in crowd.leads] == list(crowd.members[:4])
    assert all(p.certain and p.trace[-1] is p.rule and not p.packets_exact for p in crowd.leads)
    (way,) = [t for by, t in zip(crowd.members, crowd.traces, strict=True) if by.location.line == 99]
    assert [r.location.line for r in way] == [0, 99]


def test_ipv6_is_a_universe_of_its_own() -> None:
    """128-bit addresses cost and count as exactly as 32-bit ones; rules of the other family do not exist."""
    zones = {"a": AddressSet.parse("2001:db8:1::/48"), "b": AddressSet.parse("2001:db8:2::/48")}
    fw = device(
        {
            "FORWARD": [
                rule(1, match("2001:db8:1::1", proto=6, dport=22), DROP),
                rule(2, match("2001:db8:1::/64", "2001:db8:2::/64", proto=6, dport=22), ACCEPT),
            ]
        }
    )
    (p,) = passing(fw, [DENY], zones, family=6, pairs={("a", "b")}).passages
    assert p.packets == (2**64 - 1) * 2**64 * 65536
    assert p.packets_exact
    assert p.witness.family == 6
    assert passing(device({"FORWARD": []}), [DENY], zones, family=6).passages == ()


def test_a_device_without_filter_passes_everything() -> None:
    reach = passing(device({}, base("PREROUTING", Hook.PREROUTING)), [DENY], ZONES, family=4, pairs={("corp", "pci")})
    assert not reach.filtered
    open_device = device({"PRE": []}, base("PRE", Hook.PREROUTING, -300, ACCEPT))
    reach = passing(open_device, [DENY], ZONES, family=4, pairs={("corp", "pci")})
    assert not reach.filtered
    assert reach.passages
    assert all(p.rule is None and p.policy is None for p in reach.passages)


def test_many_intervals_on_both_sides_do_not_multiply() -> None:
    """Sets of thousands of hosts times each other: the program grows with their sum."""
    some = IntervalSet.from_iter((host("10.20.0.0") + 2 * i,) * 2 for i in range(3000))
    others = IntervalSet.from_iter((host("10.10.0.0") + 2 * i,) * 2 for i in range(3000))
    both = Match(fields={Field.SRC: some, Field.DST: others, Field.PROTO: one(6), Field.DPORT: one(22)})
    fw = device({"FORWARD": [rule(1, both, ACCEPT)]})
    scope = Scope(fw, [DENY], ZONES, 4, Hook.FORWARD, Relation.INITIATE, None, None)
    assert len(Question(scope).passing_program().rows) < 7000
    pairs = {("corp", "pci")}
    inside = {"corp": AddressSet.parse("10.20.0.0/27"), "pci": AddressSet.parse("10.10.0.0/27")}
    (p,) = passing(fw, [DENY], inside, family=4, pairs=pairs).passages
    assert p.packets == 16 * 16 * 65536
