"""Cisco ASA: what each statement means."""

from __future__ import annotations

import hashlib

from segmentation.analysis.simulate import Outcome, Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors import asa
from segmentation.vendors.reading import SourceText

INSIDE, OUTSIDE, DMZ = "inside", "outside", "dmz"
INTERFACES = (
    "interface GigabitEthernet0/0", " nameif inside", " ip address 10.0.0.1 255.255.255.0",
    "interface GigabitEthernet0/1", " nameif outside", " security-level 0", " ip address 203.0.113.1 255.255.255.0",
    "interface GigabitEthernet0/2.30", " vlan 30", " nameif dmz", " security-level 50", " ip address 10.3.0.1 255.255.255.0",
)  # fmt: skip


def device(*lines: str, interfaces: tuple[str, ...] = INTERFACES) -> Device:
    text = "\n".join(("ASA Version 9.18(2)", *interfaces, *lines)) + "\n"
    return asa.parse([SourceText("fw.cfg", text, hashlib.sha256(text.encode()).hexdigest())])


def understood(*lines: str, interfaces: tuple[str, ...] = INTERFACES) -> Device:
    found = device(*lines, interfaces=interfaces)
    assert found.not_understood == ()
    return found


def outcome(
    found: Device, came: str, src: str, goes: str, dst: str, service: str = "tcp/80", hook: str = "forward", **more: object
) -> Outcome:
    name, _, port = service.partition("/")
    a, b = Address.parse(src), Address.parse(dst)
    number = int(port or 0)
    ports = (number, 0) if name.startswith("icmp") else (40000, number)
    fields: dict[str, object] = {"sport": ports[0], "dport": ports[1]} | more
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol={"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}[name],
        in_interface=came, out_interface=goes, **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    return simulate(found, packet, hook)


def passes(found: Device, came: str, src: str, goes: str, dst: str, service: str = "tcp/80", **more: object) -> bool | None:
    return outcome(found, came, src, goes, dst, service, **more).accepted


def test_security_levels_without_lists() -> None:
    found = understood()
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7") is True
    assert passes(found, INSIDE, "10.0.0.5", DMZ, "10.3.0.5") is True
    assert passes(found, DMZ, "10.3.0.5", OUTSIDE, "198.51.100.7") is True
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5") is False
    assert passes(found, DMZ, "10.3.0.5", INSIDE, "10.0.0.5") is False
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5", ct_state=CtState.ESTABLISHED) is True
    assert passes(found, INSIDE, "2001:db8::5", OUTSIDE, "2001:db8:1::5") is True
    assert {i.name: (i.zone, i.vlan) for i in found.interfaces}[DMZ] == (DMZ, 30)


EQUAL = (
    "interface Gi0/0", " nameif a", " security-level 50", "interface Gi0/1", " nameif b", " security-level 50",
)  # fmt: skip


def test_same_security_switches_are_separate() -> None:
    for lines, between, back in (
        ((), False, False),
        (("same-security-traffic permit inter-interface",), True, False),
        (("same-security-traffic permit intra-interface",), False, True),
        (("same-security-traffic permit inter-interface", "same-security-traffic permit intra-interface"), True, True),
    ):
        found = understood(*lines, interfaces=EQUAL)
        assert passes(found, "a", "10.0.0.5", "b", "10.3.0.5") is between
        assert passes(found, "a", "10.0.0.5", "a", "10.0.0.6") is back


def test_a_list_does_not_replace_same_security_traffic() -> None:
    lines = ("access-list A extended permit ip any any", "access-group A in interface a")
    assert passes(understood(*lines, interfaces=EQUAL), "a", "10.0.0.5", "b", "10.3.0.5") is False
    lines = (*lines, "same-security-traffic permit inter-interface")
    assert passes(understood(*lines, interfaces=EQUAL), "a", "10.0.0.5", "b", "10.3.0.5") is True


def test_an_inbound_list_replaces_the_levels() -> None:
    found = understood(
        "access-list IN extended permit tcp any4 10.3.0.0 255.255.255.0 eq https",
        "access-list LIMIT extended permit udp 10.0.0.0 255.255.255.0 any eq domain",
        "access-group IN in interface outside", "access-group LIMIT in interface inside",
    )  # fmt: skip
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5", "tcp/443") is True
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5", "tcp/80") is False
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/80") is False
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "udp/53") is True


def test_interface_list_then_global_list_then_deny() -> None:
    found = understood(
        "access-list IN extended deny tcp any any eq 22", "access-list ALL extended permit tcp any any range 20 30",
        "access-group IN in interface outside", "access-group ALL global",
    )  # fmt: skip
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5", "tcp/22") is False
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5", "tcp/25") is True
    assert passes(found, OUTSIDE, "198.51.100.7", DMZ, "10.3.0.5", "tcp/80") is False
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/80") is False


def test_outbound_lists() -> None:
    found = understood("access-list OUT extended permit tcp any any eq 443", "access-group OUT out interface outside")
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/443") is True
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/80") is False
    assert passes(found, INSIDE, "10.0.0.5", DMZ, "10.3.0.5", "tcp/80") is True
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5", "tcp/443") is False


def test_inactive_entries_and_time_ranges() -> None:
    found = understood(
        "access-list IN extended permit tcp any any eq 22 inactive",
        "access-list IN extended permit tcp any any eq 23 time-range NIGHT", "access-list IN extended deny ip any any log",
        "access-group IN in interface outside",
    )  # fmt: skip
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5", "tcp/22") is False
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5", "tcp/23") is None
    assert found.chains["access-list IN"].rules[-1].log


def test_objects_and_groups() -> None:
    found = understood(
        "name 10.0.0.9 nine",
        "object network WEB", " host 10.3.0.80", "object network NET", " subnet 10.4.0.0 255.255.255.0",
        "object network SPAN", " range 10.5.0.1 10.5.0.9",
        "object service HIGH", " service tcp source range 1024 65535 destination eq 8443",
        "object-group network INNER", " network-object object NET", " network-object host 10.6.0.1",
        "object-group network OUTER", " group-object INNER", " network-object object SPAN", " network-object host nine",
        "object-group service PORTS tcp", " port-object eq www", " port-object range 8000 8080",
        "object-group service MIXED", " service-object object HIGH", " service-object udp destination eq 53",
        " service-object icmp echo",
        "object-group protocol TUNNEL", " protocol-object gre", " protocol-object esp",
        "object-group icmp-type PING", " icmp-object echo", " icmp-object echo-reply",
        "access-list IN extended permit tcp object-group OUTER object WEB object-group PORTS",
        "access-list IN extended permit object-group MIXED any object-group OUTER",
        "access-list IN extended permit object-group TUNNEL any host 10.7.0.1",
        "access-list IN extended permit icmp any host 10.7.0.2 object-group PING",
        "access-group IN in interface outside",
    )  # fmt: skip

    def goes(src: str, dst: str, service: str, **more: object) -> bool | None:
        return passes(found, OUTSIDE, src, INSIDE, dst, service, **more)

    for source in ("10.4.0.77", "10.5.0.9", "10.6.0.1", "10.0.0.9"):
        assert goes(source, "10.3.0.80", "tcp/8001") is True
    assert goes("10.5.0.10", "10.3.0.80", "tcp/8001") is False
    assert goes("10.4.0.77", "10.3.0.80", "tcp/443") is False
    assert goes("192.0.2.1", "10.4.0.1", "tcp/8443") is True
    assert goes("192.0.2.1", "10.4.0.1", "tcp/8443", sport=99) is False
    assert goes("192.0.2.1", "10.4.0.1", "udp/53") is True
    assert goes("192.0.2.1", "10.4.0.1", "icmp/8") is True
    assert goes("192.0.2.1", "10.7.0.2", "icmp/0") is True
    assert goes("192.0.2.1", "10.7.0.2", "icmp/3") is False


def test_host_names_looked_up_at_run_time_are_doubt() -> None:
    found = understood(
        "object network SITE", " fqdn www.example.jp",
        "access-list IN extended permit tcp any object SITE eq 443", "access-group IN in interface inside",
    )  # fmt: skip
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/443") is None
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7", "tcp/80") is False


def test_netmasks_are_not_wildcards() -> None:
    found = understood("access-list IN extended permit ip 10.1.2.0 255.255.255.0 any", "access-group IN in interface outside")
    assert passes(found, OUTSIDE, "10.1.2.9", INSIDE, "10.0.0.5") is True
    assert passes(found, OUTSIDE, "10.9.9.0", INSIDE, "10.0.0.5") is False


def test_any_means_both_families_and_any4_one() -> None:
    found = understood("access-list IN extended permit tcp any any eq 80", "access-list IN extended permit tcp any4 any4 eq 81",
                       "access-group IN in interface outside")  # fmt: skip
    assert passes(found, OUTSIDE, "2001:db8::7", INSIDE, "2001:db8:1::7", "tcp/80") is True
    assert passes(found, OUTSIDE, "2001:db8::7", INSIDE, "2001:db8:1::7", "tcp/81") is False
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5", "tcp/81") is True


def translated(found: Outcome) -> tuple[str, int] | None:
    if found.translated is None:
        return None
    return str(Address(4, found.translated.dst.low)), found.translated.dport.low


def test_lists_see_real_addresses() -> None:
    found = understood(
        "object network WEB", " host 10.3.0.80", " nat (dmz,outside) static 203.0.113.80",
        "access-list IN extended permit tcp any object WEB eq 443", "access-group IN in interface outside",
    )  # fmt: skip
    result = outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.80", "tcp/443")
    assert (result.accepted, translated(result)) == (True, ("10.3.0.80", 443))
    old = understood(
        "object network WEB", " host 10.3.0.80", " nat (dmz,outside) static 203.0.113.80",
        "access-list IN extended permit tcp any host 203.0.113.80 eq 443", "access-group IN in interface outside",
    )  # fmt: skip
    assert passes(old, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.80", "tcp/443") is False


def test_static_port_translation_to_the_interface_address() -> None:
    found = understood(
        "object network WEB", " host 10.3.0.80", " nat (dmz,outside) static interface service tcp 8443 https",
        "access-list IN extended permit tcp any object WEB eq 8443", "access-group IN in interface outside",
    )  # fmt: skip
    result = outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.1", "tcp/443")
    assert (result.accepted, translated(result)) == (True, ("10.3.0.80", 8443))
    assert translated(outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.1", "tcp/444")) is None


def test_sections_of_translation_and_identity() -> None:
    lines = (
        "object network A", " host 10.3.0.1", "object network B", " host 10.3.0.2", "object network M", " host 203.0.113.9",
        "object network A", " nat (dmz,outside) static M",
        "nat (dmz,outside) after-auto source static B M", "access-group IN in interface outside",
        "access-list IN extended permit ip any any",
    )  # fmt: skip
    found = understood(*lines)
    assert translated(outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.9")) == ("10.3.0.1", 80)
    found = understood(*lines, "nat (dmz,outside) source static B M")
    assert translated(outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.9")) == ("10.3.0.2", 80)
    found = understood(*lines, "nat (dmz,outside) source static M M")
    assert translated(outcome(found, OUTSIDE, "198.51.100.7", DMZ, "203.0.113.9")) is None


def test_twice_translation_of_both_ends() -> None:
    found = understood(
        "object network R", " subnet 10.3.0.0 255.255.255.0", "object network M", " subnet 192.0.2.0 255.255.255.0",
        "object network DM", " host 10.3.9.9", "object network DR", " host 198.51.100.7",
        "nat (dmz,outside) source static R M destination static DM DR no-proxy-arp",
        "access-group IN in interface outside", "access-list IN extended permit ip any any",
    )  # fmt: skip
    assert translated(outcome(found, DMZ, "10.3.0.5", OUTSIDE, "10.3.9.9")) == ("198.51.100.7", 80)
    assert translated(outcome(found, OUTSIDE, "198.51.100.7", DMZ, "192.0.2.77")) == ("10.3.0.77", 80)
    assert translated(outcome(found, OUTSIDE, "198.51.100.8", DMZ, "192.0.2.77")) is None


def test_translation_of_old_is_reported() -> None:
    found = device("static (dmz,outside) 203.0.113.80 10.3.0.80 netmask 255.255.255.255", "nat (inside) 1 0.0.0.0 0.0.0.0")
    assert len(found.not_understood) == 2
    assert all("8.3" in n.reason and n.widened for n in found.not_understood)


def test_tunnels_bypass_the_lists_unless_told_otherwise() -> None:
    lines = (
        "access-list VPN extended permit tcp 10.0.0.0 255.255.255.0 10.9.0.0 255.255.255.0 eq 443",
        "access-list OUT extended deny ip any any", "access-group OUT in interface outside",
        "crypto map M 10 match address VPN", "crypto map M 10 set peer 198.51.100.1", "crypto map M interface outside",
    )  # fmt: skip
    found = understood(*lines)
    assert "access-list VPN" not in found.chains
    back: dict[str, object] = {"sport": 443, "dport": 50000}
    assert passes(found, OUTSIDE, "10.9.0.5", INSIDE, "10.0.0.5", "tcp/80", **back) is None
    assert passes(found, OUTSIDE, "10.9.1.5", INSIDE, "10.0.0.5", "tcp/80", **back) is False
    assert passes(found, OUTSIDE, "10.9.0.5", INSIDE, "10.0.0.5", sport=444, dport=50000) is False
    # The list of a crypto map speaks of mapped addresses; behind a translation the own side may be any.
    mapped = understood(*lines, "object network other", " host 10.0.0.200", " nat (inside,outside) static 10.0.0.201")
    assert passes(mapped, OUTSIDE, "10.9.0.5", INSIDE, "10.7.0.5", "tcp/80", **back) is None
    assert passes(mapped, OUTSIDE, "10.9.1.5", INSIDE, "10.0.0.5", "tcp/80", **back) is False
    filtered = understood(*lines, "no sysopt connection permit-vpn")
    assert passes(filtered, OUTSIDE, "10.9.0.5", INSIDE, "10.0.0.5", "tcp/80", **back) is False


def test_clients_of_the_portal_come_from_their_pool() -> None:
    lines = (
        "access-list OUT extended deny ip any any", "access-group OUT in interface outside", "webvpn", " enable outside",
        "ip local pool CLIENTS 10.8.0.10-10.8.0.20 mask 255.255.255.0",
    )  # fmt: skip
    found = understood(*lines)
    assert passes(found, OUTSIDE, "10.8.0.15", INSIDE, "10.0.0.5") is None
    assert passes(found, OUTSIDE, "10.8.0.25", INSIDE, "10.0.0.5") is False
    assigned = understood(*lines, "aaa-server R protocol radius")  # a server may give any address
    assert passes(assigned, OUTSIDE, "10.8.0.25", INSIDE, "10.0.0.5") is None


def test_twice_translation_with_ports() -> None:
    found = understood(
        "object network real", " host 10.0.0.5", "object network mapped", " host 203.0.113.5",
        "object service inner", " service tcp source eq 8080", "object service outer", " service tcp source eq 80",
        "object network peer", " host 198.51.100.9", "object network peer-inside", " host 10.0.0.99",
        "object service asked", " service tcp destination eq 2222", "object service told", " service tcp destination eq 22",
        "nat (inside,outside) source static real mapped service inner outer",
        "nat (inside,outside) source dynamic any interface destination static peer-inside peer service asked told",
        "access-list OUT extended permit tcp any host 10.0.0.5 eq 8080", "access-group OUT in interface outside",
    )  # fmt: skip
    reached = outcome(found, OUTSIDE, "198.51.100.7", INSIDE, "203.0.113.5", "tcp/80")
    assert reached.accepted is True
    assert reached.translated is not None
    assert (reached.translated.dst.low, reached.translated.dport.low) == (Address.parse("10.0.0.5").value, 8080)
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "203.0.113.5", "tcp/81") is False
    out = outcome(found, INSIDE, "10.0.0.7", OUTSIDE, "10.0.0.99", "tcp/2222")
    assert out.translated is not None
    assert (out.translated.dst.low, out.translated.dport.low) == (Address.parse("198.51.100.9").value, 22)


def test_lists_of_frames_and_of_the_portal_are_named() -> None:
    found = device("access-list FRAMES ethertype permit any", "access-group FRAMES in interface inside",
                   "access-list WEB webtype permit url any")  # fmt: skip
    assert [n.text for n in found.not_understood] == [
        "access-list FRAMES ethertype permit any", "access-list WEB webtype permit url any",
    ]  # fmt: skip
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7") is True  # the levels still hold for IP
    assert [b.defined for b in found.bindings] == [True]


def test_lists_of_users_replace_those_of_the_interface_where_somebody_can_log_in() -> None:
    lines = ("access-list IN extended deny ip any any", "access-group IN in interface inside per-user-override")
    assert passes(understood(*lines), INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7") is False
    asked = understood(*lines, "aaa authentication match WHO inside LOCAL")
    assert passes(asked, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7") is None


def test_lists_for_the_device_itself() -> None:
    found = understood(
        "ssh 10.0.0.0 255.255.255.0 inside", "access-list BOX extended deny udp any any eq 500",
        "access-list BOX extended deny tcp any any eq 22", "access-group BOX in interface inside control-plane",
    )  # fmt: skip

    def taken(service: str) -> bool | None:
        return outcome(found, INSIDE, "10.0.0.5", "", "10.0.0.1", service, hook="input").accepted

    assert (taken("udp/500"), taken("udp/501"), taken("tcp/22")) == (False, True, True)


def test_a_list_that_does_not_exist_is_doubt() -> None:
    found = device("access-group GONE in interface outside")
    assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5") is None
    assert "GONE" in found.not_understood[0].reason


def test_interfaces_without_name_shut_or_for_management_pass_nothing() -> None:
    extra = ("interface Management0/0", " management-only", " nameif mgmt", " security-level 100",
             "interface Gi0/9", " shutdown", " nameif off", " security-level 90")  # fmt: skip
    found = understood(interfaces=(*INTERFACES, *extra))
    assert passes(found, "mgmt", "10.9.0.5", OUTSIDE, "198.51.100.7") is False
    assert passes(found, "off", "10.9.0.5", OUTSIDE, "198.51.100.7") is False


def test_management_of_the_device() -> None:
    found = understood("ssh 10.0.0.0 255.255.255.0 inside", "http server enable 8443", "http 10.0.0.9 255.255.255.255 inside",
                       "ssh timeout 5", "snmp-server host inside 10.0.0.7 community *****")  # fmt: skip

    def reached(came: str, src: str, service: str) -> bool | None:
        return outcome(found, came, src, came, "10.0.0.1", service, "input").accepted

    assert reached(INSIDE, "10.0.0.5", "tcp/22") is True
    assert reached(OUTSIDE, "10.0.0.5", "tcp/22") is False
    assert reached(INSIDE, "10.0.0.5", "tcp/23") is False
    assert reached(INSIDE, "10.0.0.9", "tcp/8443") is True
    assert reached(INSIDE, "10.0.0.5", "tcp/8443") is False
    assert reached(INSIDE, "10.0.0.7", "udp/161") is True


def test_a_single_list_without_interfaces_filters_everything() -> None:
    found = understood("access-list A extended permit tcp any host 10.0.0.5 eq 80", interfaces=())
    assert passes(found, "", "198.51.100.7", "", "10.0.0.5") is True
    assert passes(found, "", "198.51.100.7", "", "10.0.0.5", "tcp/81") is False
    assert found.notes


def test_unknown_statements_are_reported_with_their_line() -> None:
    found = device("frobnicate everything", "access-list IN extended permit tcp any any eq 80 glitter",
                   "access-group IN in interface outside", interfaces=EQUAL)  # fmt: skip
    assert [(n.location.line, n.text) for n in found.not_understood if "glitter" in n.reason or "frob" in n.text] == [
        (8, "frobnicate everything"), (9, "access-list IN extended permit tcp any any eq 80 glitter"),
    ]  # fmt: skip


def test_users_are_doubt_and_addresses_stay_exact() -> None:
    found = understood(
        "access-list IN extended permit tcp user CITY\\tanaka 10.0.0.0 255.255.255.0 any eq 80",
        "access-list IN extended permit icmp any any unreachable 3", "access-group IN in interface inside",
    )  # fmt: skip
    assert passes(found, INSIDE, "10.0.0.5", OUTSIDE, "198.51.100.7") is None
    assert passes(found, INSIDE, "10.0.1.5", OUTSIDE, "198.51.100.7") is False
    assert passes(found, INSIDE, "10.0.1.5", OUTSIDE, "198.51.100.7", "icmp/3", dport=3) is True
    assert passes(found, INSIDE, "10.0.1.5", OUTSIDE, "198.51.100.7", "icmp/3", dport=1) is False


def test_what_opens_and_is_not_analysed_leaves_nothing_proven() -> None:
    for lines in (("context mn", " allocate-interface GigabitEthernet0/1"), ("established tcp 5000 permitto tcp 0",)):
        found = device(*lines)
        assert [n.text for n in found.not_understood] == [lines[0]]
        assert passes(found, OUTSIDE, "198.51.100.7", INSIDE, "10.0.0.5") is None
