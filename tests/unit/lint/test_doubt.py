"""Lines without meaning in every device's language: what is a possibility in the rules, what is not, what is harmless."""
# ruff: noqa: E501 - configurations, a statement a line

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from devices import MODEL, STRICT, run
from rule_renderings import RENDERINGS, R

from segmentation.analysis.reach import PairVerdict
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import ACCEPT, DROP, BaseChain, Chain, Device, Hook, NotUnderstood, Rule
from segmentation.device.match import Match
from segmentation.lint import lint
from segmentation.lint.doubt import opening
from segmentation.model.addresses import Address
from segmentation.model.location import Location
from segmentation.vendors import asa, awplus, fortios, ios, iptables, ix, junos, nftables, panos, rtx
from segmentation.vendors.reading import SourceText

RULES = [
    R(True, "tcp", "10.20.0.0/24", "10.10.0.5/32", (443, 443)),
    R(False, "tcp", "10.30.0.0/24", "10.10.0.0/24", (22, 22)),
    R(True, "tcp", "10.30.0.0/16", "10.10.0.0/24", (22, 22)),
]
PARSERS = {
    "iptables": iptables.parse, "nftables": nftables.parse, "ios": ios.parse, "nxos": ios.parse, "asa": asa.parse,
    "junos": junos.parse, "srx": junos.parse, "fortios": fortios.parse, "panos": panos.parse, "rtx": rtx.parse,
    "ix": ix.parse, "awplus": awplus.parse,
}  # fmt: skip


@dataclass(frozen=True)
class Edits:
    """For one language: what is put behind a permit and a deny, a statement that may filter, one that does not."""

    permit: tuple[str, str]
    deny: tuple[str, str]
    beside: str
    harmless: str


EDITS = {
    "iptables": Edits(
        ("--dport 443", "--dport 443 -m wonder --wonder 7"), ("0/24 -p tcp -m tcp --dport 22", "0/24 -p tcp -m wonder --dport 22"),
        "*wonder\n:W ACCEPT [0:0]\n-A W -j ACCEPT\nCOMMIT\n", "# Warning: iptables-legacy tables absent\n",
    ),
    "nftables": Edits(
        ("dport 443 accept", "dport 443 wonder 7 accept"), ("dport 22 drop", "dport 22 wonder 7 drop"), "wonder table x { }\n", "# wonder\n",
    ),
    "ios": Edits(("eq 443", "eq 443 wonder"), ("0.0.0.255 eq 22", "0.0.0.255 eq 22 wonder"), "wonder permit all\n",
                 "aaa wonder permit all\nrouter ospf 1\n wonder 7\n"),
    "nxos": Edits(("eq 443", "eq 443 wonder"), ("10.10.0.0/24 eq 22", "10.10.0.0/24 eq 22 wonder"), "wonder permit all\n",
                  "aaa wonder permit all\nrouter ospf 1\n  wonder 7\n"),
    "asa": Edits(("eq 443", "eq 443 wonder"), ("255.255.255.0 eq 22", "255.255.255.0 eq 22 wonder"), "wonder permit all\n",
                 "aaa wonder permit all\nrouter ospf 1\n wonder 7\n"),
    "junos": Edits(
        ("set firewall family inet filter CASE term t0 then accept",
         "set firewall family inet filter CASE term t0 from wonder 7\nset firewall family inet filter CASE term t0 then accept"),
        ("set firewall family inet filter CASE term t1 then discard",
         "set firewall family inet filter CASE term t1 from wonder 7\nset firewall family inet filter CASE term t1 then discard"),
        "set wonder permit all\n", "set protocols ospf wonder 7\n",
    ),
    "srx": Edits(
        ("policy p0 match application", "policy p0 match wonder 7\nset security policies from-zone a to-zone b policy p0 match application"),
        ("policy p1 match application", "policy p1 match wonder 7\nset security policies from-zone a to-zone b policy p1 match application"),
        "set security wonder permit all\n", "set system login wonder 7\nset protocols ospf wonder 7\n",
    ),
    "fortios": Edits(
        ('        set service "v0"', '        set wonder 7\n        set service "v0"'), ('        set service "v1"', '        set wonder 7\n        set service "v1"'),
        "config firewall wonder\n    edit 1\n        set action accept\n    next\nend\n",
        "config router ospf\n    set wonder 7\nend\nconfig system admin\n    edit a\n        set accprofile x\n    next\nend\n",
    ),
    "panos": Edits(
        ("security rules p0 action", "security rules p0 wonder 7\nset rulebase security rules p0 action"),
        ("security rules p1 action", "security rules p1 wonder 7\nset rulebase security rules p1 action"),
        "set rulebase wonder rules w action allow\n", "set deviceconfig system wonder 7\n",
    ),
    "rtx": Edits(("* 443", "* 443 wonder"), ("* 22", "* 22 wonder"), "wonder pass all\n", "ospf wonder pass all\n"),
    "ix": Edits(("dport eq 443", "dport eq 443 wonder"), ("dest 10.10.0.0/24 dport eq 22", "dest 10.10.0.0/24 dport eq 22 wonder"),
                "wonder permit all\n", "router ospf 1\n  wonder 7\n"),
    "awplus": Edits(("eq 443", "eq 443 wonder"), ("10.10.0.0/24 eq 22", "10.10.0.0/24 eq 22 wonder"), "wonder permit all\n",
                    "router ospf 1\n wonder 7\n"),
}  # fmt: skip
VENDORS = sorted(EDITS)


def read(vendor: str, text: str) -> Device:
    return PARSERS[vendor]([SourceText("case", text, "")])


def passes(device: Device, vendor: str, src: str, dst: str, port: int) -> bool | None:
    found = RENDERINGS[vendor](RULES)
    packet = Packet(
        family=4, src=Address.parse(src).value, dst=Address.parse(dst).value, protocol=6, sport=40000, dport=port, flags=2,
        in_interface=found.came, out_interface=found.goes,
    )  # fmt: skip
    return simulate(device, packet).accepted


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_word_in_a_permit_may_pass_and_in_a_deny_may_not_stop(vendor: str) -> None:
    """The line is a rule that may match: the analysis counts with it, and no more doubt is needed."""
    text, edits = RENDERINGS[vendor](RULES).text, EDITS[vendor]
    whole = read(vendor, text)
    assert whole.not_understood == ()
    assert passes(whole, vendor, "10.20.0.9", "10.10.0.5", 443) is True
    assert passes(whole, vendor, "10.30.0.9", "10.10.0.7", 22) is False

    permit = read(vendor, text.replace(*edits.permit, 1))
    assert permit.not_understood
    assert passes(permit, vendor, "10.20.0.9", "10.10.0.5", 443) is None
    assert opening(permit) == ()

    deny = read(vendor, text.replace(*edits.deny, 1))
    assert deny.not_understood
    assert passes(deny, vendor, "10.30.0.9", "10.10.0.7", 22) is not False
    assert opening(deny) == ()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_statement_beside_the_rules_leaves_nothing_proved(vendor: str) -> None:
    text, edits = RENDERINGS[vendor](RULES).text, EDITS[vendor]
    assert opening(read(vendor, text + edits.beside))
    harmless = read(vendor, text + edits.harmless)
    assert opening(harmless) == ()
    assert passes(harmless, vendor, "10.20.0.9", "10.10.0.5", 443) is True


# -- objects that stand in rules: a member without meaning widens the rule that names them

OBJECTS = {
    "ios": ("object-group network G\n 10.20.0.0 255.255.255.0\n wonder 7\nip access-list extended CASE\n"
            " permit tcp object-group G host 10.10.0.5 eq 443\ninterface GigabitEthernet0/0\n ip address 10.255.0.1 255.255.255.0\n"
            " ip access-group CASE in\ninterface GigabitEthernet0/1\n ip address 10.254.0.1 255.255.255.0\n"),
    "asa": ("interface GigabitEthernet0/0\n nameif inside\n security-level 100\n ip address 10.255.0.1 255.255.255.0\n"
            "interface GigabitEthernet0/1\n nameif outside\n security-level 0\n ip address 10.254.0.1 255.255.255.0\n"
            "object-group network G\n network-object 10.20.0.0 255.255.255.0\n wonder 7\n"
            "access-list CASE extended permit tcp object-group G host 10.10.0.5 eq 443\naccess-group CASE in interface inside\n"),
    "srx": (RENDERINGS["srx"](RULES).text.replace("match source-address s0", "match source-address g")
            + "set security address-book global address-set g address s0\nset security address-book global address-set g address gone\n"),
    "junos": RENDERINGS["junos"](RULES).text.replace(
        "term t0 from source-address 10.20.0.0/24",
        "term t0 from source-address 10.20.0.0/24\nset firewall family inet filter CASE term t0 from source-address 10.300.0.0/24"),
    "fortios": (RENDERINGS["fortios"](RULES).text.replace('set srcaddr "s0"', 'set srcaddr "g"')
                + 'config firewall addrgrp\n    edit "g"\n        set member "s0" "gone"\n    next\nend\n'),
    "rtx": RENDERINGS["rtx"](RULES).text.replace("pass 10.20.0.0/24", "pass 10.20.0.0/24,10.300.0.0/24"),
    "nftables": RENDERINGS["nftables"](RULES).text.replace("ip saddr 10.20.0.0/24", "ip saddr { 10.20.0.0/24, 10.300.0.0/24 }"),
    "iptables": RENDERINGS["iptables"](RULES).text.replace("-s 10.20.0.0/24", "-s 10.20.0.0/24,10.300.0.0/24"),
    "panos": (RENDERINGS["panos"](RULES).text.replace("p0 source 10.20.0.0/24", "p0 source g")
              + "set address-group g static [ s0 gone ]\nset address s0 ip-netmask 10.20.0.0/24\n"),
}  # fmt: skip


@pytest.mark.parametrize("vendor", sorted(OBJECTS))
def test_what_a_member_without_meaning_stands_for_may_pass(vendor: str) -> None:
    device = read(vendor, OBJECTS[vendor])
    assert device.not_understood
    assert passes(device, vendor, "10.99.0.9", "10.10.0.5", 443) is None or opening(device)
    assert passes(device, vendor, "10.20.0.9", "10.10.0.5", 443) is not False
    assert passes(device, vendor, "10.99.0.9", "10.10.0.6", 443) is False


# -- what the report says


def _closed(*unread: NotUnderstood, rules: tuple[Rule, ...] = ()) -> Device:
    chain = Chain(name="f", rules=rules)
    base = BaseChain(
        chain="f", hook=Hook.FORWARD, priority=0, policy=DROP, families=frozenset((4, 6))
    )  # fmt: skip
    return Device(name="gw", vendor="test", inputs=(), chains={"f": chain}, base_chains=(base,), not_understood=unread)


def _line(number: int, column: int = 1, **how: bool) -> NotUnderstood:
    return NotUnderstood(location=Location("gw.conf", number, column), text="wonder 7", reason="Not known.", **how)


def test_no_cell_is_closed_beside_a_line_that_could_open() -> None:
    proved = run(_closed())
    assert {c.permitted_empty for c in proved.matrix} == {True}
    assert {c.verdict for c in proved.matrix} <= {PairVerdict.EQUAL, PairVerdict.NARROWER}
    assert proved.unproven == 0

    found = run(_closed(_line(3)))
    assert {(c.verdict, c.permitted_empty) for c in found.matrix} == {(PairVerdict.NOT_DECIDABLE, False)}
    assert found.unproven >= len(found.matrix)
    (said,) = (t for t in found.undecided if "wonder 7" in t.en)
    assert "gw.conf:3" in said.en and "gw.conf:3" in said.ja  # noqa: PT018  # one sentence in two languages

    for harmless in (_line(3, widened=False), _line(3, covered=True)):
        assert run(_closed(harmless)).matrix == proved.matrix


def test_a_possibility_at_the_place_counts_and_another_rule_of_the_line_does_not() -> None:
    may = Rule(
        match=Match(uncertain=("wonder 7",)), action=ACCEPT, location=Location("gw.conf", 3, 1), text="wonder 7",
        families=frozenset((4, 6)),
    )  # fmt: skip
    assert opening(_closed(_line(3, 9), rules=(may,))) == ()
    other = replace(may, location=Location("gw.conf", 3, 40), match=Match())
    assert opening(_closed(_line(3, 9), rules=(may, other)))
    assert opening(_closed(_line(3, 1), rules=(may, other))) == ()
    assert opening(_closed(_line(3, 9, covered=False), rules=(may,)))


def test_a_wider_cell_stays_wider() -> None:
    opened = Rule(match=Match(), action=ACCEPT, location=Location("gw.conf", 2), text="permit", families=frozenset((4, 6)))
    result = lint([_closed(_line(3), rules=(opened,))], MODEL, STRICT, dt.date(2026, 8, 20))
    assert PairVerdict.WIDER in {c.verdict for c in result.matrix}
    assert PairVerdict.EQUAL not in {c.verdict for c in result.matrix}


def test_an_unknown_object_of_json_in_one_line_is_not_covered_by_a_rule_beside_it() -> None:
    head = (
        '{"nftables":[{"table":{"family":"inet","name":"f"}},{"chain":{"family":"inet","table":"f","name":"c","type":"filter",'
    )
    head += '"hook":"forward","prio":0,"policy":"drop"}},'
    rule = '{"rule":{"family":"inet","table":"f","chain":"c","expr":[{"wonder":1},{"accept":null}]}}'
    assert opening(read("nftables", head + rule + "]}")) == ()
    assert len(opening(read("nftables", head + rule + ',{"wonder":{}}]}'))) == 1
