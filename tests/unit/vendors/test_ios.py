"""Cisco IOS, NX-OS and EOS: what each statement means."""

from __future__ import annotations

import hashlib

from segmentation.analysis.anomalies import find
from segmentation.analysis.reach import passing
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Verb
from segmentation.device.match import CtState
from segmentation.model.addresses import ALL_ADDRESSES, Address, AddressSet
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.services import ANY_SERVICE
from segmentation.model.text import Text
from segmentation.vendors import ios
from segmentation.vendors.reading import SourceText


def device(*lines: str) -> Device:
    text = "\n".join(lines) + "\n"
    return ios.parse([SourceText("r.cfg", text, hashlib.sha256(text.encode()).hexdigest())])


def understood(*lines: str) -> Device:
    found = device(*lines)
    assert found.not_understood == ()
    return found


def packet(src: str, dst: str, service: str = "tcp/80", **more: object) -> Packet:
    name, _, port = service.partition("/")
    protocol = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "gre": 47}[name]
    a, b = Address.parse(src), Address.parse(dst)
    number = int(port or 0)
    sport, dport = (number, 0) if name.startswith("icmp") else (40000, number)
    fields: dict[str, object] = {"sport": sport, "dport": dport, "flags": 2} | more
    return Packet(family=a.family, src=a.value, dst=b.value, protocol=protocol, **fields)  # type: ignore[arg-type]


def passes(found: Device, src: str, dst: str, service: str = "tcp/80", **more: object) -> bool | None:
    return simulate(found, packet(src, dst, service, **more)).accepted


def listed(*entries: str) -> Device:
    """A single list, which filters everything."""
    return understood("ip access-list extended A", *(f" {e}" for e in entries))


def test_first_match_and_implicit_deny() -> None:
    found = listed("deny tcp host 10.20.0.1 any eq 445", "permit tcp 10.20.0.0 0.0.0.255 10.10.0.0 0.0.255.255 eq 445")
    assert passes(found, "10.20.0.1", "10.10.0.5", "tcp/445") is False
    assert passes(found, "10.20.0.2", "10.10.0.5", "tcp/445") is True
    assert passes(found, "10.20.1.2", "10.10.0.5", "tcp/445") is False
    assert found.chains["ip access-list A"].rules[-1].text == "implicit: deny ip any any"


def test_a_written_final_deny_replaces_the_implicit_one() -> None:
    found = listed("permit tcp any any eq www", "deny ip any any log")
    last = found.chains["ip access-list A"].rules[-1]
    assert last.log
    assert last.text == "deny ip any any log"


def test_port_operators() -> None:
    found = listed(
        "permit tcp any any neq telnet", "permit udp any gt 1023 any range 5000 5010", "permit udp any any lt 20",
        "permit udp any any eq 53 ntp",
    )  # fmt: skip
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/23") is False
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/24") is True
    assert passes(found, "10.0.0.1", "10.1.0.1", "udp/5010") is True
    assert passes(found, "10.0.0.1", "10.1.0.1", "udp/5010", sport=1023) is False
    assert passes(found, "10.0.0.1", "10.1.0.1", "udp/19") is True
    assert passes(found, "10.0.0.1", "10.1.0.1", "udp/20") is False
    assert passes(found, "10.0.0.1", "10.1.0.1", "udp/123") is True


def test_established_looks_at_flags_and_not_at_sessions() -> None:
    found = listed("permit tcp any any established")
    assert passes(found, "198.51.100.7", "10.1.1.1", "tcp/22", flags=2) is False
    assert passes(found, "198.51.100.7", "10.1.1.1", "tcp/22", flags=16, ct_state=CtState.INVALID) is True
    assert passes(found, "198.51.100.7", "10.1.1.1", "tcp/22", flags=4) is True


def test_flags() -> None:
    found = listed("permit tcp any any match-all +syn -ack", "permit tcp any any rst")
    assert passes(found, "10.0.0.1", "10.1.0.1", flags=2) is True
    assert passes(found, "10.0.0.1", "10.1.0.1", flags=18) is False
    assert passes(found, "10.0.0.1", "10.1.0.1", flags=4) is True


def test_wildcards_need_not_be_contiguous() -> None:
    found = listed("permit ip 10.0.0.1 0.0.255.0 any")
    assert passes(found, "10.0.77.1", "192.0.2.1") is True
    assert passes(found, "10.0.77.2", "192.0.2.1") is False
    assert passes(found, "10.1.77.1", "192.0.2.1") is False


def test_a_wildcard_of_too_many_intervals_is_doubt_and_reported() -> None:
    found = device("ip access-list extended A", " permit ip 10.0.0.1 0.255.255.0 any")
    assert [n.location.line for n in found.not_understood] == [2]
    assert passes(found, "10.0.77.1", "192.0.2.1") is None


def test_icmp_messages() -> None:
    found = listed("permit icmp any any echo", "permit icmp any any port-unreachable", "permit icmp any any 11 0")
    assert passes(found, "10.0.0.1", "10.1.0.1", "icmp/8") is True
    assert passes(found, "10.0.0.1", "10.1.0.1", "icmp/0") is False
    assert passes(found, "10.0.0.1", "10.1.0.1", "icmp/3", dport=3) is True
    assert passes(found, "10.0.0.1", "10.1.0.1", "icmp/3", dport=1) is False
    assert passes(found, "10.0.0.1", "10.1.0.1", "icmp/11", dport=0) is True


def test_sequence_numbers_order_the_entries() -> None:
    found = understood("ip access-list extended A", " 20 permit ip any any", " 10 deny ip host 10.0.0.1 any", " remark end")
    assert passes(found, "10.0.0.1", "10.1.0.1") is False
    assert passes(found, "10.0.0.2", "10.1.0.1") is True
    assert [r.id for r in found.chains["ip access-list A"].rules] == ["10", "20", ""]


def test_remarks_are_comments_of_what_follows() -> None:
    found = listed("remark web", "remark for all", "permit tcp any any eq 80", "permit tcp any any eq 443", "remark dns",
                   "permit udp any any eq 53")  # fmt: skip
    assert [r.comment for r in found.chains["ip access-list A"].rules[:3]] == ["web for all", "web for all", "dns"]


def test_time_ranges_make_an_entry_uncertain() -> None:
    found = understood("ip access-list extended A", " permit tcp any any eq 22 time-range NIGHT", "time-range NIGHT",
                       " periodic daily 1:00 to 5:00")  # fmt: skip
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/22") is None
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/23") is False


def test_unknown_words_widen_a_permit_and_never_hide_it() -> None:
    found = device("ip access-list extended A", " permit tcp any any eq 22 sparkling", " deny ip any any")
    assert "sparkling" in found.not_understood[0].reason
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/22") is None
    assert passes(found, "10.0.0.1", "10.1.0.1", "tcp/23") is False


def test_fragments() -> None:
    found = listed("deny ip any any fragments", "permit tcp any any eq 80")
    assert passes(found, "10.0.0.1", "10.1.0.1") is True
    assert passes(listed("permit ip any any fragments"), "10.0.0.1", "10.1.0.1") is None


def test_numbered_lists_standard_and_extended() -> None:
    found = understood(
        "interface Vlan10", " ip address 10.0.0.1 255.255.255.0", " ip access-group 10 in",
        "interface Vlan20", " ip address 10.1.0.1 255.255.255.0", " ip access-group 110 out",
        "access-list 10 deny   10.0.0.66", "access-list 10 permit 10.0.0.0 0.0.0.255",
        "access-list 110 permit tcp any any eq 443",
    )  # fmt: skip
    way = {"in_interface": "Vlan10", "out_interface": "Vlan20"}
    assert passes(found, "10.0.0.5", "10.1.0.5", "tcp/443", **way) is True
    assert passes(found, "10.0.0.66", "10.1.0.5", "tcp/443", **way) is False
    assert passes(found, "10.0.0.5", "10.1.0.5", "tcp/80", **way) is False
    assert passes(found, "10.1.0.5", "10.0.0.5", "tcp/80", in_interface="Vlan20", out_interface="Vlan10") is True
    assert {i.name: i.vlan for i in found.interfaces} == {"Vlan10": 10, "Vlan20": 20}


def test_an_applied_list_that_does_not_exist_lets_everything_pass() -> None:
    found = device("interface Vlan10", " ip address 10.0.0.1 255.255.255.0", " ip access-group GONE in")
    assert passes(found, "10.0.0.5", "10.1.0.5", in_interface="Vlan10") is True
    assert "GONE" in found.not_understood[0].reason


def test_a_list_that_is_not_applied_is_seen_as_such() -> None:
    found = understood("interface Vlan10", " ip address 10.0.0.1 255.255.255.0", "ip access-list standard IDLE", " permit any")
    assert passes(found, "10.0.0.5", "10.1.0.5", in_interface="Vlan10") is True
    assert {a.kind for a in find(found, 4).anomalies} == {"unreferenced"}


def test_lists_of_route_maps_are_no_filters() -> None:
    found = understood(
        "interface Vlan10", " ip address 10.0.0.1 255.255.255.0", "access-list 101 permit ip any any",
        "route-map M permit 10", " match ip address 101",
    )  # fmt: skip
    assert not [name for name in found.chains if "access-list" in name]


def test_shut_interfaces_pass_nothing() -> None:
    found = understood("interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", " shutdown")
    assert passes(found, "10.0.0.5", "10.1.0.5", in_interface="Gi0/0") is False


def test_object_groups_nested_and_in_ports() -> None:
    found = understood(
        "object-group network INNER", " host 10.0.0.5", " 10.0.1.0 255.255.255.0",
        "object-group network OUTER", " group-object INNER", " range 10.0.2.1 10.0.2.9",
        "object-group service WEB", " tcp eq www", " tcp source gt 1023 eq 443", " udp range 50 60", " icmp echo",
        "ip access-list extended A", " permit object-group WEB object-group OUTER any",
    )  # fmt: skip
    assert passes(found, "10.0.0.5", "192.0.2.1", "tcp/80") is True
    assert passes(found, "10.0.2.9", "192.0.2.1", "tcp/443") is True
    assert passes(found, "10.0.2.9", "192.0.2.1", "tcp/443", sport=99) is False
    assert passes(found, "10.0.1.200", "192.0.2.1", "udp/60") is True
    assert passes(found, "10.0.1.200", "192.0.2.1", "icmp/8") is True
    assert passes(found, "10.0.3.1", "192.0.2.1", "tcp/80") is False


def test_groups_that_contain_themselves_or_do_not_exist() -> None:
    found = device(
        "object-group network LOOP", " host 10.0.0.5", " group-object LOOP",
        "ip access-list extended A", " permit tcp object-group LOOP any eq 80", " permit udp object-group NONE any",
    )  # fmt: skip
    assert {n.location.line for n in found.not_understood} == {3, 6}
    assert passes(found, "10.0.0.5", "192.0.2.1") is True
    assert passes(found, "10.0.0.6", "192.0.2.1") is None
    assert passes(found, "10.0.0.6", "192.0.2.1", "tcp/81") is False


def test_reflexive_lists() -> None:
    found = understood(
        "interface Gi0/0", " ip address 203.0.113.1 255.255.255.0", " ip access-group FROM in", " ip access-group TO out",
        "interface Gi0/1", " ip address 10.0.0.1 255.255.255.0",
        "ip access-list extended TO", " permit tcp any any reflect SESSIONS timeout 60",
        "ip access-list extended FROM", " evaluate SESSIONS",
    )  # fmt: skip
    inward = {"in_interface": "Gi0/0", "out_interface": "Gi0/1"}
    assert passes(found, "198.51.100.7", "10.0.0.5", **inward) is False
    assert passes(found, "198.51.100.7", "10.0.0.5", ct_state=CtState.ESTABLISHED, **inward) is None
    assert passes(found, "10.0.0.5", "198.51.100.7", in_interface="Gi0/1", out_interface="Gi0/0") is True


def test_ipv6_lists_permit_neighbour_discovery_before_the_implicit_deny() -> None:
    base = (
        "ipv6 unicast-routing", "interface Gi0/0", " ipv6 address 2001:db8::1/64", " ipv6 traffic-filter V6 in",
        "ipv6 access-list V6", " sequence 10 permit tcp 2001:db8::/64 any eq 443",
    )  # fmt: skip
    found = understood(*base)
    assert passes(found, "2001:db8::5", "2001:db8:1::5", "tcp/443", in_interface="Gi0/0") is True
    assert passes(found, "2001:db8::5", "2001:db8:1::5", "tcp/80", in_interface="Gi0/0") is False
    assert passes(found, "2001:db8::5", "2001:db8:1::5", "icmpv6/135", in_interface="Gi0/0") is True
    assert passes(understood(*base, " deny ipv6 any any"), "2001:db8::5", "2001:db8:1::5", "icmpv6/135",
                  in_interface="Gi0/0") is False  # fmt: skip


def test_ipv6_is_not_routed_where_it_is_not_configured() -> None:
    found = understood("interface Gi0/0", " ip address 10.0.0.1 255.255.255.0")
    assert passes(found, "2001:db8::5", "2001:db8:1::5", in_interface="Gi0/0") is False


def test_nxos_forms() -> None:
    found = understood(
        "feature interface-vlan", "object-group ip address HOSTS", "  10 host 10.0.0.5", "  20 10.0.1.0 0.0.0.255",
        "object-group ip port WEB", "  10 eq 80", "  20 range 8000 8080",
        "ip access-list NX", "  statistics per-entry", "  10 permit tcp addrgroup HOSTS any portgroup WEB",
        "  20 permit udp 10.0.2.0/24 10.3.0.0/16 eq 53", "  30 permit ip 10.0.9.9 any",
        "interface Vlan10", "  no shutdown", "  vrf member RED", "  ip address 10.0.0.1/16", "  ip access-group NX in",
        "interface Ethernet1/1", "  switchport", "  switchport access vlan 30", "  ip port access-group NX in",
    )  # fmt: skip
    assert found.vendor == "nxos"
    assert passes(found, "10.0.1.200", "10.3.0.5", "tcp/8080", in_interface="Vlan10") is True
    assert passes(found, "10.0.2.200", "10.3.0.5", "udp/53", in_interface="Ethernet1/1") is True
    assert passes(found, "10.0.2.200", "10.3.0.5", "tcp/80", in_interface="Vlan10") is False
    assert passes(found, "10.0.9.9", "10.3.0.5", "gre", in_interface="Vlan10") is True


def test_static_translation_comes_after_the_ingress_list() -> None:
    found = understood(
        "interface Gi0/0", " ip address 203.0.113.1 255.255.255.0", " ip nat outside", " ip access-group OUTSIDE in",
        "interface Gi0/1", " ip address 10.0.0.1 255.255.255.0", " ip nat inside",
        "ip nat inside source static tcp 10.0.0.80 8443 203.0.113.80 443",
        "ip nat inside source list 1 interface Gi0/0 overload",
        "ip access-list extended OUTSIDE", " permit tcp any host 203.0.113.80 eq 443",
        "access-list 1 permit 10.0.0.0 0.0.0.255",
    )  # fmt: skip
    inward = {"in_interface": "Gi0/0", "out_interface": "Gi0/1"}
    outcome = simulate(found, packet("198.51.100.7", "203.0.113.80", "tcp/443", **inward))
    assert outcome.accepted is True
    assert outcome.translated is not None
    assert (outcome.translated.dst.low, outcome.translated.dport.low) == (Address.parse("10.0.0.80").value, 8443)
    assert passes(found, "198.51.100.7", "10.0.0.80", "tcp/8443", **inward) is False


ZONES = (
    "zone security INSIDE", "zone security OUTSIDE",
    "interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", " zone-member security INSIDE",
    "interface Gi0/1", " ip address 10.0.1.1 255.255.255.0", " zone-member security INSIDE",
    "interface Gi0/2", " ip address 203.0.113.1 255.255.255.0", " zone-member security OUTSIDE",
    "interface Gi0/3", " ip address 192.0.2.1 255.255.255.0",
    "ip access-list extended WEB", " deny ip host 10.0.0.66 any", " permit ip 10.0.0.0 0.0.0.255 any",
    "class-map type inspect match-all WEB", " match access-group name WEB", " match protocol http",
    "policy-map type inspect OUT", " class type inspect WEB", "  inspect", " class class-default", "  drop log",
    "zone-pair security P source INSIDE destination OUTSIDE", " service-policy type inspect OUT",
)  # fmt: skip


def test_zone_pairs() -> None:
    found = understood(*ZONES)
    out = {"in_interface": "Gi0/0", "out_interface": "Gi0/2"}
    back = {"in_interface": "Gi0/2", "out_interface": "Gi0/0"}
    assert passes(found, "10.0.0.5", "198.51.100.7", "tcp/80", **out) is True
    assert passes(found, "10.0.0.66", "198.51.100.7", "tcp/80", **out) is False
    assert passes(found, "10.0.0.5", "198.51.100.7", "tcp/443", **out) is False
    assert passes(found, "198.51.100.7", "10.0.0.5", "tcp/80", **back) is False
    assert passes(found, "198.51.100.7", "10.0.0.5", "tcp/40000", ct_state=CtState.ESTABLISHED, **back) is True
    assert passes(found, "10.0.0.5", "10.0.1.5", "tcp/22", in_interface="Gi0/0", out_interface="Gi0/1") is True
    assert passes(found, "10.0.0.5", "192.0.2.5", "tcp/80", in_interface="Gi0/0", out_interface="Gi0/3") is False
    assert passes(found, "192.0.2.9", "192.0.2.5", "tcp/80", in_interface="Gi0/3", out_interface="Gi0/3") is True
    assert {i.name: i.zone for i in found.interfaces}["Gi0/2"] == "OUTSIDE"


def test_a_class_map_that_does_not_exist_is_doubt() -> None:
    found = device(*ZONES[:-6], "policy-map type inspect OUT", " class type inspect NONE", "  inspect",
                   "zone-pair security P source INSIDE destination OUTSIDE", " service-policy type inspect OUT")  # fmt: skip
    assert passes(found, "10.0.0.5", "198.51.100.7", in_interface="Gi0/0", out_interface="Gi0/2") is None
    assert [n.text for n in found.not_understood] == ["class type inspect NONE"]


def test_unknown_statements_are_reported_with_their_line() -> None:
    found = device("hostname r1", "frobnicate all", "interface Gi0/0", " blink fast")
    assert [(n.location.line, n.text) for n in found.not_understood] == [(2, "frobnicate all"), (4, "blink fast")]


def test_banners_are_skipped_and_secrets_masked() -> None:
    found = device("banner motd ^C", "interface of doom", "^C", "hostname r1", "sparkle password 7 0822455D0A16")
    assert found.name == "r1"
    assert [(n.location.line, n.text) for n in found.not_understood] == [(5, "sparkle password 7 ****")]


def test_the_device_itself_is_reached_through_the_ingress_list() -> None:
    found = understood("interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", " ip access-group A in",
                       "ip access-list extended A", " deny tcp any any eq 22", " permit ip any any")  # fmt: skip
    assert simulate(found, packet("10.0.0.5", "10.0.0.1", "tcp/22", in_interface="Gi0/0"), "input").accepted is False
    assert simulate(found, packet("10.0.0.5", "10.0.0.1", "tcp/443", in_interface="Gi0/0"), "input").accepted is True


def test_every_rule_keeps_file_line_and_text() -> None:
    found = listed("permit tcp any any eq 80 log")
    rule = found.chains["ip access-list A"].rules[0]
    assert (str(rule.location), rule.text, rule.log, rule.action.verb) == ("r.cfg:2:2", "permit tcp any any eq 80 log", True,
                                                                          Verb.ACCEPT)  # fmt: skip


def test_the_rule_to_blame_is_the_one_of_the_inbound_list() -> None:
    found = understood(
        "interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", " ip access-group A in",
        "interface Gi0/1", " ip address 10.1.0.1 255.255.255.0", " ip access-group B out",
        "interface Gi0/2", " ip address 10.2.0.1 255.255.255.0",
        "ip access-list extended A", " permit tcp any any eq 80", "ip access-list extended B", " permit ip any any",
    )  # fmt: skip
    decision = Decision(index=0, src=ALL_ADDRESSES, dst=ALL_ADDRESSES, terms=(ANY_SERVICE,), kind=VerdictKind.FORBIDDEN,
                        reason=Text("", ""))  # fmt: skip
    zones = {"a": AddressSet.parse("10.0.0.0/24"), "c": AddressSet.parse("10.2.0.0/24")}
    reach = passing(found, (decision,), zones, family=4, pairs=(("a", "c"),), interfaces={"Gi0/0": ("a",), "Gi0/2": ("c",)})
    assert [p.rule.text for p in reach.passages if p.rule is not None] == ["permit tcp any any eq 80"]


def test_statements_pasted_without_indent() -> None:
    found = understood("interface Gi0/0", "ip address 10.0.0.1 255.255.255.0", "ip access-group A in", "no shutdown",
                       "ip access-list extended A", "permit tcp any any eq 80", "hostname r9")  # fmt: skip
    assert found.name == "r9"
    assert passes(found, "10.0.0.5", "10.1.0.5", in_interface="Gi0/0") is True
    assert passes(found, "10.0.0.5", "10.1.0.5", "tcp/22", in_interface="Gi0/0") is False


def test_terminal_lines_and_services_of_the_device() -> None:
    found = understood(
        "interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", "no ip http server", "ip http secure-server",
        "access-list 7 permit 10.0.0.9", "line con 0", "line vty 0 4", " access-class 7 in", " transport input ssh",
        "line vty 5 15", " access-class 7 in", " transport input ssh",
    )  # fmt: skip

    def reached(src: str, service: str) -> bool | None:
        return simulate(found, packet(src, "10.0.0.1", service, in_interface="Gi0/0"), "input").accepted

    assert reached("10.0.0.9", "tcp/22") is True
    assert reached("10.0.0.5", "tcp/22") is False
    assert reached("10.0.0.9", "tcp/23") is False
    assert reached("10.0.0.9", "tcp/80") is False
    assert reached("10.0.0.5", "tcp/443") is True
    assert reached("10.0.0.5", "udp/161") is False


def test_a_terminal_line_without_a_list_is_open() -> None:
    found = understood(
        "interface Gi0/0", " ip address 10.0.0.1 255.255.255.0", "access-list 7 permit 10.0.0.9", "snmp-server community x RO",
        "line vty 0 4", " access-class 7 in", "line vty 5 15", " login",
    )  # fmt: skip
    assert simulate(found, packet("10.0.0.5", "10.0.0.1", "tcp/22", in_interface="Gi0/0"), "input").accepted is True
    assert simulate(found, packet("10.0.0.5", "10.0.0.1", "udp/161", in_interface="Gi0/0"), "input").accepted is True
