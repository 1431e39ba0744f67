"""Junos and SRX: what each statement means."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.analysis.anomalies import find
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors import junos
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText

ZONES = (
    "set security zones security-zone trust interfaces ge-0/0/0.0",
    "set security zones security-zone untrust interfaces ge-0/0/1.0",
    "set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/16",
    "set interfaces ge-0/0/1 unit 0 family inet address 192.0.2.1/24",
)
POLICY = "set security policies from-zone trust to-zone untrust policy "


def device(*lines: str) -> Device:
    return junos.parse([SourceText("s.cfg", "\n".join(lines) + "\n", "0" * 64)])


def understood(*lines: str) -> Device:
    found = device(*lines)
    assert found.not_understood == ()
    return found


def policies(*lines: str) -> Device:
    return understood(*ZONES, *(POLICY + line for line in lines))


def packet(src: str, dst: str, service: str = "tcp/80", **more: object) -> Packet:
    name, _, port = service.partition("/")
    protocol = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "gre": 47}[name]
    a, b = Address.parse(src), Address.parse(dst)
    number = int(port or 0)
    sport, dport = (number, 0) if name.startswith("icmp") else (40000, number)
    fields: dict[str, object] = {
        "sport": sport, "dport": dport, "flags": 2, "in_interface": "ge-0/0/0.0", "out_interface": "ge-0/0/1.0",
    } | more  # fmt: skip
    return Packet(family=a.family, src=a.value, dst=b.value, protocol=protocol, **fields)  # type: ignore[arg-type]


def passes(found: Device, src: str, dst: str, service: str = "tcp/80", hook: str = "forward", **more: object) -> bool | None:
    return simulate(found, packet(src, dst, service, **more), hook).accepted


def backwards() -> dict[str, Any]:
    return {"in_interface": "ge-0/0/1.0", "out_interface": "ge-0/0/0.0"}


def filtered(*terms: str, family: str = "inet") -> Device:
    """A filter that is applied nowhere, which filters everything."""
    return understood(*(f"set firewall family {family} filter F term {t}" for t in terms))


def test_policies_in_order_then_the_default() -> None:
    found = policies(
        "a match source-address any", "a match destination-address any", "a match application junos-ssh", "a then deny",
        "b match source-address any", "b match destination-address any", "b match application any", "b then permit",
    )  # fmt: skip
    assert passes(found, "10.1.0.5", "192.0.2.9", "tcp/22") is False
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    assert passes(found, "192.0.2.9", "10.1.0.5", **backwards()) is False
    assert found.chains["security policies"].rules[-1].text == "implicit: default-policy deny-all"
    answer = packet("192.0.2.9", "10.1.0.5", ct_state=CtState.ESTABLISHED, **backwards())
    assert simulate(found, answer).accepted is True


def test_traffic_within_a_zone_needs_a_policy_too() -> None:
    found = understood(*ZONES, "set security zones security-zone trust interfaces ge-0/0/2.0",
                       "set security policies from-zone trust to-zone untrust policy p then permit")  # fmt: skip
    assert passes(found, "10.1.0.5", "10.2.0.5", out_interface="ge-0/0/2.0") is False


def test_a_pair_goes_before_global_policies_and_these_before_the_default() -> None:
    found = understood(
        *ZONES, POLICY + "p match source-address NET", POLICY + "p then permit",
        "set security address-book global address NET 10.1.0.0/24",
        "set security address-book global address WIDE 10.1.0.0/16",
        "set security policies global policy g match source-address WIDE", "set security policies global policy g then deny",
        "set security policies default-policy permit-all",
    )  # fmt: skip
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    assert passes(found, "10.1.1.5", "192.0.2.9") is False
    assert passes(found, "10.3.0.5", "192.0.2.9") is True
    # An interface in no zone forwards nothing, whatever the default policy is.
    assert passes(found, "10.3.0.5", "192.0.2.9", in_interface="ge-0/0/7.0") is False


def test_global_policies_may_name_zones() -> None:
    found = understood(
        *ZONES, "set security policies global policy g match from-zone untrust",
        "set security policies global policy g match to-zone trust", "set security policies global policy g then permit",
    )  # fmt: skip
    assert passes(found, "192.0.2.9", "10.1.0.5", **backwards()) is True
    assert passes(found, "10.1.0.5", "192.0.2.9") is False


def test_address_books() -> None:
    found = understood(
        *ZONES,
        "set security zones security-zone trust address-book address A 10.1.1.0/24",
        "set security zones security-zone trust address-book address-set S address A",
        "set security zones security-zone trust address-book address-set S2 address-set S",
        "set security address-book global address A 10.9.0.0/16",
        "set security address-book global address R range-address 192.0.2.10 to 192.0.2.20",
        "set security address-book global address W wildcard-address 192.0.0.30/255.255.0.255",
        POLICY + "p match source-address S2", POLICY + "p match destination-address [ R W ]", POLICY + "p then permit",
    )  # fmt: skip
    assert passes(found, "10.1.1.5", "192.0.2.10") is True
    assert passes(found, "10.1.1.5", "192.0.2.21") is False
    assert passes(found, "10.1.1.5", "192.0.77.30") is True
    assert passes(found, "10.9.1.5", "192.0.2.10") is False  # the zone's own book goes before the global one


def test_attached_books_and_exclusion() -> None:
    found = understood(
        *ZONES, "set security address-book B address A 10.1.1.0/24", "set security address-book B attach zone trust",
        POLICY + "p match source-address A", POLICY + "p match source-address-excluded", POLICY + "p then permit",
    )  # fmt: skip
    assert passes(found, "10.1.1.5", "192.0.2.10") is False
    assert passes(found, "10.1.2.5", "192.0.2.10") is True


@pytest.mark.parametrize(
    "condition",
    ["match source-identity staff", "match dynamic-application junos:HTTP", "scheduler-name night",
     "match destination-address N", "then permit firewall-authentication pass-through"],
)  # fmt: skip
def test_what_cannot_be_known_is_doubt(condition: str) -> None:
    book = "set security address-book global address N dns-name www.example.jp"
    found = understood(*ZONES, book, POLICY + "p then permit", POLICY + "p " + condition)
    assert passes(found, "10.1.0.5", "192.0.2.9") is None


def test_unknown_and_undefined_parts_widen_a_permit_and_are_listed() -> None:
    found = device(*ZONES, POLICY + "p match application NONE", POLICY + "p then permit", POLICY + "q match colour red",
                   POLICY + "q then deny", POLICY + "r then permit")  # fmt: skip
    assert [n.location.line for n in found.not_understood] == [5, 7]
    assert passes(found, "10.1.0.5", "192.0.2.9") is None  # q may deny it before r permits it
    only = device(*ZONES, POLICY + "p match application NONE", POLICY + "p then permit")
    assert passes(only, "10.1.0.5", "192.0.2.9") is None


def test_loops_of_sets_are_listed() -> None:
    found = device(
        *ZONES, "set security address-book global address-set A address-set B",
        "set security address-book global address-set B address-set A", POLICY + "p match source-address A",
        "set applications application-set X application-set Y", "set applications application-set Y application-set X",
        POLICY + "p match application X", POLICY + "p then permit",
    )  # fmt: skip
    assert len(found.not_understood) == 2
    assert passes(found, "10.1.0.5", "192.0.2.9") is None


def test_applications() -> None:
    found = understood(
        *ZONES, "set applications application A protocol tcp source-port 1024-65535 destination-port 8080",
        "set applications application B term 1 protocol udp destination-port domain",
        "set applications application B term 2 protocol icmp icmp-type echo-request",
        "set applications application-set S application A", "set applications application-set S application junos-https",
        "set applications application-set T application-set S", "set applications application-set T application B",
        POLICY + "p match application T", POLICY + "p then permit",
    )  # fmt: skip
    for service, expected in (("tcp/8080", True), ("tcp/443", True), ("udp/53", True), ("icmp/8", True), ("tcp/80", False),
                              ("icmp/0", False), ("udp/8080", False)):  # fmt: skip
        assert passes(found, "10.1.0.5", "192.0.2.9", service) is expected
    assert passes(found, "10.1.0.5", "192.0.2.9", "tcp/8080", sport=80) is False


def test_inactive_statements_do_not_count() -> None:
    found = policies("a then deny", "b then permit")
    assert passes(found, "10.1.0.5", "192.0.2.9") is False
    lines = [*ZONES, POLICY + "a then deny", POLICY + "b then permit", "deactivate" + (POLICY + "a").removeprefix("set")]
    assert passes(understood(*lines), "10.1.0.5", "192.0.2.9") is True
    braces = """
interfaces { ge-0/0/0 { unit 0; } }
security {
    zones {
        security-zone trust { interfaces { ge-0/0/0.0; } }
        security-zone untrust { interfaces { ge-0/0/1.0; } }
    }
    policies {
        from-zone trust to-zone untrust {
            inactive: policy a {
                match { source-address any; destination-address any; application [ junos-ssh any ]; }
                then { deny; }
            }
            /* a note
               over two lines */
            policy b { then { permit; log { session-init; } } } ## why
        }
    }
}
"""
    found = understood(*braces.splitlines())
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    rule = found.chains["from-zone trust to-zone untrust"].rules[0]
    assert (rule.id, rule.log, rule.location.line) == ("b", True, 16)


def test_groups_with_wildcards_come_after_what_the_place_says() -> None:
    lines = (
        "set groups LAST security policies from-zone <*> to-zone <*> policy last match source-address any",
        "set groups LAST security policies from-zone <*> to-zone <*> policy last then permit",
        "set groups LAST security policies from-zone <un*> to-zone <*> policy never then permit",
        "set apply-groups LAST", POLICY + "own match application junos-ssh", POLICY + "own then deny",
    )  # fmt: skip
    found = understood(*ZONES, *lines)
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    assert passes(found, "10.1.0.5", "192.0.2.9", "tcp/22") is False
    assert [r.id for r in found.chains["from-zone trust to-zone untrust"].rules if 4 in r.families] == ["own", "last"]
    refused = "set security policies from-zone trust to-zone untrust apply-groups-except LAST"
    assert passes(understood(*ZONES, *lines, refused), "10.1.0.5", "192.0.2.9") is False
    assert "GONE" in device("set apply-groups GONE").not_understood[0].reason


def test_wildcards_may_be_ranges_of_characters_in_both_forms() -> None:
    own = ("set interfaces ge-0/0/1 unit 0 family inet address 192.0.2.1/24",
           "set interfaces ge-0/0/7 unit 0 family inet mtu 1400", "set apply-groups G",
           "set firewall filter F term t then discard")  # fmt: skip
    found = understood(*own, "set groups G interfaces <ge-0/0/[0-3]> unit <*> family inet filter input F")
    assert [
        r.match.in_interface.patterns
        for r in found.chains["input filters"].rules
        if not r.text.startswith("implicit") and r.match.in_interface
    ] == [("ge-0/0/1.0",)]
    braces = """
groups { G { interfaces { <ge-0/0/[0-3]> { unit <*> { family inet { filter { input F; } } } } } } }
apply-groups G;
interfaces {
    ge-0/0/1 { unit 0 { family inet { address 192.0.2.1/24; } } }
    ge-0/0/7 { unit 0 { family inet { mtu 1400; } } }
}
firewall { filter F { term t { then { discard; } } } }
"""
    same = understood(*braces.splitlines())
    assert [r.match for r in same.chains["input filters"].rules] == [r.match for r in found.chains["input filters"].rules]


def test_both_forms_mean_the_same() -> None:
    braces = """
security {
    zones {
        security-zone trust { interfaces { ge-0/0/0.0; } }
        security-zone untrust { interfaces { ge-0/0/1.0; } }
    }
    policies {
        from-zone trust to-zone untrust {
            policy a {
                match { source-address [ 10.1.1.0/24 10.1.2.0/24 ]; application junos-ssh; }
                then { permit; }
            }
        }
    }
}
interfaces {
    ge-0/0/0 { unit 0 { family inet { address 10.1.0.1/16; } } }
    ge-0/0/1 { unit 0 { family inet { address 192.0.2.1/24; } } }
}
"""
    lines = policies("a match source-address [ 10.1.1.0/24 10.1.2.0/24 ]", "a match application junos-ssh", "a then permit")
    same = understood(*braces.splitlines())
    assert [r.match for r in same.chains["from-zone trust to-zone untrust"].rules] == [
        r.match for r in lines.chains["from-zone trust to-zone untrust"].rules
    ]
    assert passes(same, "10.1.2.9", "192.0.2.9", "tcp/22") is True
    assert passes(same, "10.1.3.9", "192.0.2.9", "tcp/22") is False


def test_filters_end_with_a_discard_and_interfaces_without_one_pass() -> None:
    found = understood(
        "set interfaces ge-0/0/0 unit 0 family inet filter input F", "set interfaces ge-0/0/1 unit 0 family inet",
        "set firewall family inet filter F term web from protocol tcp",
        "set firewall family inet filter F term web from destination-port [ http 443 ]",
        "set firewall family inet filter F term web then accept",
    )  # fmt: skip
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    assert passes(found, "10.1.0.5", "192.0.2.9", "tcp/25") is False
    assert passes(found, "192.0.2.9", "10.1.0.5", "tcp/25", **backwards()) is True
    assert passes(found, "2001:db8::1", "2001:db8::2", "tcp/25") is True


def test_the_longest_prefix_decides_an_exception() -> None:
    found = filtered("t from source-address 10.0.0.0/8", "t from source-address 10.1.0.0/16 except",
                     "t from source-address 10.1.1.0/24", "t then accept")  # fmt: skip
    assert passes(found, "10.2.0.1", "192.0.2.9") is True
    assert passes(found, "10.1.0.1", "192.0.2.9") is False
    assert passes(found, "10.1.1.1", "192.0.2.9") is True


def test_flags_ports_and_icmp() -> None:
    found = filtered("a from protocol tcp", "a from tcp-established", "a then accept", "b from protocol tcp",
                     'b from tcp-flags "(syn & !ack) & !fin"', "b from port 22", "b then accept", "c from protocol icmp",
                     "c from icmp-type [ echo-request 0 ]", "c then accept", "d from protocol udp",
                     "d from destination-port-except 1-1023", "d then accept")  # fmt: skip
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/99", flags=16) is True
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/99", flags=2) is False
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/22", flags=2) is True
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/99", flags=2, sport=22) is True
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/22", flags=3) is False
    assert passes(found, "10.0.0.1", "10.0.0.2", "icmp/8") is True
    assert passes(found, "10.0.0.1", "10.0.0.2", "icmp/5") is False
    assert passes(found, "10.0.0.1", "10.0.0.2", "udp/1023") is False
    assert passes(found, "10.0.0.1", "10.0.0.2", "udp/1024") is True


def test_ports_without_a_protocol_are_certain_for_protocols_that_have_them() -> None:
    found = filtered("t from destination-port 22", "t then accept")
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/22") is True
    assert passes(found, "10.0.0.1", "10.0.0.2", "gre") is None
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/23") is False


def test_actions() -> None:
    found = filtered("a from protocol udp", "a then next term", "a then policer P", "b from protocol udp", "b then count c",
                     "c then reject tcp-reset")  # fmt: skip
    assert passes(found, "10.0.0.1", "10.0.0.2", "udp/9") is True  # modifiers alone accept
    assert passes(found, "10.0.0.1", "10.0.0.2", "tcp/9") is False


def test_fragments_and_lengths() -> None:
    found = filtered("a from is-fragment", "a then discard", "b from packet-length 0-99", "b then accept", "c then discard")
    assert passes(found, "10.0.0.1", "10.0.0.2") is None
    assert passes(filtered("a from is-fragment", "a then discard", "b then accept"), "10.0.0.1", "10.0.0.2") is True


def test_prefix_lists_and_paths() -> None:
    found = understood(
        "set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/16",
        "set interfaces ge-0/0/0 unit 0 family inet filter input F",
        'set policy-options prefix-list own apply-path "interfaces <ge-*> unit <*> family inet address <*>"',
        "set policy-options prefix-list bad 10.1.9.0/24",
        "set firewall family inet filter F term t from source-prefix-list own",
        "set firewall family inet filter F term t from source-prefix-list bad except",
        "set firewall family inet filter F term t then accept",
    )  # fmt: skip
    assert passes(found, "10.1.0.5", "192.0.2.9") is True
    assert passes(found, "10.1.9.5", "192.0.2.9") is False
    assert passes(found, "10.2.0.5", "192.0.2.9") is False


def test_lists_of_filters_and_filters_in_filters() -> None:
    base = (
        "set interfaces ge-0/0/0 unit 0 family inet filter input-list [ A B ]",
        "set firewall family inet filter A term 1 from protocol icmp", "set firewall family inet filter A term 1 then discard",
        "set firewall family inet filter B term 1 filter C", "set firewall family inet filter B term 2 from protocol tcp",
        "set firewall family inet filter B term 2 then accept", "set firewall family inet filter C term 1 from protocol udp",
        "set firewall family inet filter C term 1 then accept",
    )  # fmt: skip
    found = understood(*base)
    for service, expected in (("icmp/8", False), ("udp/1", True), ("tcp/1", True), ("gre", False)):
        assert passes(found, "10.0.0.1", "10.0.0.2", service) is expected
    # What is bound last replaces what was bound before, of the two kinds.
    later = understood(*base, "set interfaces ge-0/0/0 unit 0 family inet filter input A")
    assert passes(later, "10.0.0.1", "10.0.0.2", "tcp/1") is False


def test_a_filter_that_is_not_defined_may_let_everything_pass() -> None:
    found = device("set interfaces ge-0/0/0 unit 0 family inet filter input GONE")
    assert len(found.not_understood) == 1
    assert passes(found, "10.0.0.1", "10.0.0.2") is None


def test_destination_nat_goes_before_the_policies() -> None:
    found = understood(
        *ZONES, "set security nat destination pool P address 10.1.1.10/32",
        "set security nat destination pool P address port 8443",
        "set security nat destination rule-set R from zone untrust",
        "set security nat destination rule-set R rule 1 match destination-address 192.0.2.10/32",
        "set security nat destination rule-set R rule 1 match destination-port 443",
        "set security nat destination rule-set R rule 1 then destination-nat pool P",
        "set security address-book global address IN 10.1.1.10/32",
        "set applications application A protocol tcp destination-port 8443",
        "set security policies from-zone untrust to-zone trust policy p match destination-address IN",
        "set security policies from-zone untrust to-zone trust policy p match application A",
        "set security policies from-zone untrust to-zone trust policy p then permit",
    )  # fmt: skip
    assert passes(found, "198.51.100.7", "192.0.2.10", "tcp/443", **backwards()) is True
    assert passes(found, "198.51.100.7", "192.0.2.10", "tcp/8443", **backwards()) is False
    assert passes(found, "198.51.100.7", "10.1.1.10", "tcp/8443", **backwards()) is True


def test_static_nat_maps_prefixes_both_ways_and_off_stops_the_search() -> None:
    found = understood(
        *ZONES, "set security nat static rule-set S from zone untrust",
        "set security nat static rule-set S rule 1 match destination-address 192.0.2.16/28",
        "set security nat static rule-set S rule 1 then static-nat prefix 10.1.5.16/28",
        "set security nat source rule-set N from zone trust", "set security nat source rule-set N to zone untrust",
        "set security nat source rule-set N rule 0 match destination-address 198.51.100.0/24",
        "set security nat source rule-set N rule 0 then source-nat off",
        "set security nat source rule-set N rule 1 match source-address 0.0.0.0/0",
        "set security nat source rule-set N rule 1 then source-nat interface",
        "set security policies default-policy permit-all",
    )  # fmt: skip
    inward = simulate(found, packet("198.51.100.7", "192.0.2.19", **backwards())).translated
    assert inward is not None
    assert inward.dst.low == Address.parse("10.1.5.19").value
    outward = simulate(found, packet("10.1.5.19", "203.0.113.9")).translated
    assert outward is not None
    assert outward.src.low == Address.parse("192.0.2.19").value
    assert simulate(found, packet("10.1.7.1", "198.51.100.9")).translated is None
    assert simulate(found, packet("10.1.7.1", "203.0.113.9")).translated is not None


def test_traffic_to_the_device() -> None:
    found = understood(
        *ZONES, "set security zones security-zone trust host-inbound-traffic system-services all",
        "set security zones security-zone trust host-inbound-traffic system-services telnet except",
        "set security zones security-zone untrust interfaces ge-0/0/1.0 host-inbound-traffic system-services ike",
        "set interfaces lo0 unit 0 family inet filter input RE",
        "set firewall family inet filter RE term a from source-address 10.1.99.0/24",
        "set firewall family inet filter RE term a from protocol tcp",
        "set firewall family inet filter RE term a from destination-port ssh",
        "set firewall family inet filter RE term a then discard", "set firewall family inet filter RE term b then accept",
    )  # fmt: skip
    assert passes(found, "10.1.0.5", "10.1.0.1", "tcp/22", "input") is True
    assert passes(found, "10.1.0.5", "10.1.0.1", "tcp/23", "input") is False
    assert passes(found, "10.1.99.5", "10.1.0.1", "tcp/22", "input") is False
    assert passes(found, "198.51.100.7", "192.0.2.1", "tcp/22", "input", **backwards()) is False
    assert passes(found, "198.51.100.7", "192.0.2.1", "udp/500", "input", **backwards()) is True


def test_policies_towards_the_device() -> None:
    found = understood(
        *ZONES, "set security zones security-zone trust host-inbound-traffic system-services ssh",
        "set security address-book global address ADMIN 10.1.9.0/24",
        "set security policies from-zone trust to-zone junos-host policy a match source-address ADMIN",
        "set security policies from-zone trust to-zone junos-host policy a then permit",
        "set security policies from-zone trust to-zone junos-host policy b then deny",
    )  # fmt: skip
    assert passes(found, "10.1.9.5", "10.1.0.1", "tcp/22", "input") is True
    assert passes(found, "10.1.8.5", "10.1.0.1", "tcp/22", "input") is False
    assert passes(found, "10.1.9.5", "10.1.0.1", "tcp/80", "input") is False


def test_ipv6_in_packet_mode_passes_the_policies_by() -> None:
    found = policies("p then deny")
    assert passes(found, "2001:db8::1", "2001:db8::2") is False
    open6 = understood(*ZONES, POLICY + "p then deny", "set security forwarding-options family inet6 mode packet-based")
    assert passes(open6, "2001:db8::1", "2001:db8::2") is True
    assert passes(open6, "10.1.0.1", "192.0.2.9") is False


def test_interfaces_with_zone_and_vlan() -> None:
    found = understood(*ZONES, "set interfaces irb unit 10 family inet6 address 2001:db8::1/64", "set vlans v vlan-id 10",
                       "set vlans v l3-interface irb.10", "set interfaces ge-0/0/1 unit 7 vlan-id 7")  # fmt: skip
    shown = {i.name: (i.zone, i.vlan) for i in found.interfaces}
    assert shown == {"ge-0/0/0.0": ("trust", None), "ge-0/0/1.0": ("untrust", None), "irb.10": ("", 10), "ge-0/0/1.7": ("", 7)}


def test_shadowed_policies_are_found() -> None:
    found = policies("a match application junos-http", "a then permit", "b match application junos-http", "b then deny")
    (dead,) = [a for a in find(found, 4).anomalies if a.rule.id == "b"]
    assert dead.conflict
    assert [r.id for r in dead.culprits] == ["a"]


def test_nothing_implicit_counts_as_an_anomaly() -> None:
    found = understood(
        *ZONES, "set security policies global policy last match source-address any",
        "set security policies global policy last then deny", POLICY + "p match application junos-http",
        POLICY + "p then permit",
        "set interfaces ge-0/0/0 unit 0 family inet filter input F", "set firewall filter F term a from protocol tcp",
        "set firewall filter F term a then accept", "set firewall filter F term z then discard",
    )  # fmt: skip
    assert [a.rule.text for a in find(found, 4).anomalies] == []


@pytest.mark.parametrize(
    "text", ["version 21.4R3;\n", "security {\n", POLICY + "p then permit\n", "set version 20.2R3.9\n", "## Last commit: now\n"]
)
def test_recognised(text: str) -> None:
    found = detect(text)
    assert isinstance(found, Recognised)
    assert found.format is Format.JUNOS
