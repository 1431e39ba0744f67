"""FortiOS: what each statement means for a packet."""

from __future__ import annotations

import ipaddress

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Rule
from segmentation.device.match import CtState, Field
from segmentation.vendors.fortios import parse
from segmentation.vendors.reading import SourceText

INTERFACES = """
config system global
    set allow-traffic-redirect disable
    set ipv6-allow-traffic-redirect disable
end
config system interface
    edit "lan"
        set vdom "root"
        set ip 10.0.1.1 255.255.255.0
        set allowaccess ping ssh
    next
    edit "dmz"
        set ip 10.0.2.1/24
    next
    edit "wan"
        set ip 203.0.113.1 255.255.255.0
    next
end
config firewall address
    edit "web"
        set subnet 10.0.2.10 255.255.255.255
    next
    edit "clients"
        set type iprange
        set start-ip 10.0.1.10
        set end-ip 10.0.1.19
    next
    edit "site"
        set type fqdn
        set fqdn "example.jp"
    next
end
"""


def read(text: str, *, head: str = INTERFACES) -> Device:
    return parse([SourceText("fw.conf", head + text, "0" * 64)])


def policy(number: int = 1, **options: str) -> str:
    given = {
        "srcintf": "lan", "dstintf": "dmz", "srcaddr": "all", "dstaddr": "all", "action": "accept", "schedule": "always",
        "service": "ALL",
    } | {k.replace("_", "-"): v for k, v in options.items()}  # fmt: skip
    return "\n".join((f"edit {number}", *(f"set {k} {v}" for k, v in given.items() if v), "next")) + "\n"


def policies(*parts: str, table: str = "firewall policy") -> str:
    return f"config {table}\n{''.join(parts)}end\n"


def sent(
    device: Device, src: str = "10.0.1.15", dst: str = "10.0.2.10", dport: int = 443, *, came: str = "lan", goes: str = "dmz",
    protocol: int = 6, sport: int = 40000, state: CtState = CtState.NEW, hook: str = "forward",
) -> bool | None:  # fmt: skip
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    packet = Packet(family=6 if a.version == 6 else 4, src=int(a), dst=int(b), protocol=protocol, sport=sport, dport=dport,
                    ct_state=state, in_interface=came, out_interface=goes)  # fmt: skip
    return simulate(device, packet, hook).accepted


def understood(device: Device) -> None:
    assert [(n.location.line, n.text, n.reason) for n in device.not_understood] == []


def reasons(device: Device) -> str:
    return " | ".join(n.reason for n in device.not_understood)


def rules(device: Device) -> list[Rule]:
    return [r for r in device.chains["root policy"].rules if not r.text.startswith("implicit")]


def test_the_first_policy_that_matches_decides_and_the_rest_is_denied() -> None:
    device = read(
        policies(policy(7, service="SSH", action="deny"), policy(3, dstaddr="web"), policy(5, status="disable", dstintf="wan"))
    )
    understood(device)
    assert [r.id for r in rules(device)] == ["7", "3"]
    assert sent(device, dport=22) is False
    assert sent(device) is True
    assert sent(device, dst="10.0.2.11") is False
    assert sent(device, goes="wan") is False
    assert sent(device, state=CtState.ESTABLISHED, dst="10.0.2.11") is True
    assert device.base_chains[0].policy.verb == "drop"


def test_move_delete_rename_and_clone() -> None:
    moved = policies(
        policy(1), policy(2), policy(3), "move 3 before 1\nmove 1 after 2\ndelete 2\nrename 3 to 9\nclone 9 to 4\n"
    )
    device = read(moved)
    understood(device)
    assert [r.id for r in rules(device)] == ["9", "1", "4"]
    assert reasons(read(policies(policy(1), "move 7 before 1\n"))) == "This cannot be applied: there is no such entry."


def test_a_denial_is_the_default_action_and_end_closes_an_open_entry() -> None:
    device = read(
        "config firewall policy\nedit 1\nset srcintf any\nset dstintf any\nset srcaddr all\n"
        "set dstaddr all\nset service ALL\nend\n" + policies(policy(2))
    )
    understood(device)
    assert sent(device) is False


def test_append_unset_select_and_unselect() -> None:
    changed = policies(
        policy(srcintf="lan wan")
        + "edit 1\nunselect srcintf wan\nappend service DNS\nset service HTTPS\nappend service SSH\nunset comments\nnext\n"
    )
    device = read(changed)
    understood(device)
    assert (sent(device), sent(device, dport=22), sent(device, dport=53), sent(device, came="wan")) == (
        True,
        True,
        False,
        False,
    )
    assert sent(read(policies(policy(srcintf="lan wan") + "edit 1\nselect srcintf wan\nnext\n")), came="lan") is False


@pytest.mark.parametrize(
    ("service", "dport", "sport", "protocol", "expected"),
    [
        ("set tcp-portrange 80 8000-8080", 8040, 40000, 6, True), ("set tcp-portrange 80 8000-8080", 81, 40000, 6, False),
        ("set tcp-portrange 12:11", 12, 11, 6, True), ("set tcp-portrange 12:11", 12, 13, 6, False),
        ("set udp-portrange 53", 53, 40000, 6, False), ("set udp-portrange 53", 53, 40000, 17, True),
        ("set sctp-portrange 9", 9, 1, 132, True), ("set protocol IP\nset protocol-number 47", 0, 0, 47, True),
        ("set protocol IP\nset protocol-number 47", 0, 0, 50, False), ("set protocol IP", 7, 7, 99, True),
        ("set protocol ICMP\nset icmptype 8", 0, 8, 1, True), ("set protocol ICMP\nset icmptype 8", 0, 0, 1, False),
        ("set protocol ICMP\nset icmptype 3\nset icmpcode 4", 3, 3, 1, False), ("set protocol ICMP", 9, 9, 1, True),
        ("set protocol ICMP\nset icmptype 3\nset icmpcode 1\nunset icmpcode", 9, 3, 1, True),
        ("set tcp-portrange 5\nset iprange 10.0.2.1-10.0.2.5", 5, 1, 6, None),
        ("set tcp-portrange 5\nset strange 1", 5, 1, 6, None),
    ],
)  # fmt: skip
def test_services(service: str, dport: int, sport: int, protocol: int, expected: bool | None) -> None:
    device = read(f"config firewall service custom\nedit s\n{service}\nnext\nend\n" + policies(policy(service="s")))
    assert sent(device, dport=dport, sport=sport, protocol=protocol) is expected


def test_service_groups_negation_and_what_is_not_defined() -> None:
    group = "config firewall service group\nedit g\nset member HTTPS SSH h\nnext\nedit h\nset member DNS\nnext\nend\n"
    device = read(group + policies(policy(service="g")))
    assert (sent(device), sent(device, dport=53, protocol=17), sent(device, dport=80)) == (True, True, False)
    negated = read(group + policies(policy(service="g", service_negate="enable")))
    assert (sent(negated), sent(negated, dport=53, protocol=17), sent(negated, dport=80), sent(negated, protocol=47)) == (
        False,
        False,
        True,
        True,
    )
    unknown = read(policies(policy(service="nowhere")))
    assert sent(unknown) is None
    assert reasons(unknown) == "The service nowhere is not defined."
    looped = read("config firewall service group\nedit g\nset member g HTTPS\nnext\nend\n" + policies(policy(service="g")))
    assert "contains itself" in reasons(looped)
    assert (sent(looped), sent(looped, dport=1)) == (True, None)


@pytest.mark.parametrize(
    ("options", "inside", "outside"),
    [
        ("set subnet 10.0.2.0 255.255.255.0", "10.0.2.7", "10.0.3.7"), ("set subnet 10.0.2.128/25", "10.0.2.200", "10.0.2.7"),
        ("set type iprange\nset start-ip 10.0.2.5\nset end-ip 10.0.2.7", "10.0.2.6", "10.0.2.8"),
        ("set type wildcard\nset wildcard 10.0.0.7 255.255.0.255", "10.0.99.7", "10.0.99.8"),
        ("set type interface-subnet\nset interface dmz", "10.0.2.99", "10.0.3.1"), ("", "8.8.8.8", ""),
    ],
)  # fmt: skip
def test_addresses(options: str, inside: str, outside: str) -> None:
    device = read(f"config firewall address\nedit a\n{options}\nnext\nend\n" + policies(policy(dstaddr="a")))
    understood(device)
    assert sent(device, dst=inside) is True
    if outside:
        assert sent(device, dst=outside) is False
        negated = read(
            f"config firewall address\nedit a\n{options}\nnext\nend\n" + policies(policy(dstaddr="a", dstaddr_negate="enable"))
        )
        assert (sent(negated, dst=inside), sent(negated, dst=outside)) == (False, True)


@pytest.mark.parametrize("kind", ["fqdn", "geography", "dynamic", "mac", "wildcard-fqdn"])
def test_what_only_the_running_device_knows_is_possible_in_permits_and_denials(kind: str) -> None:
    named = f"config firewall address\nedit x\nset type {kind}\nnext\nend\n"
    both = read(named + policies(policy(dstaddr="x web")))
    assert (sent(both), sent(both, dst="10.0.2.11")) == (True, None)  # the certain part stays certain
    denied = read(named + policies(policy(1, dstaddr="x", action="deny"), policy(2)))
    assert sent(denied) is None
    assert sent(read(named + policies(policy(dstaddr="x", dstaddr_negate="enable")))) is None


def test_groups_exclude_nest_and_may_not_contain_themselves() -> None:
    group = """config firewall addrgrp
    edit outer
        set member inner
    next
    edit inner
        set member clients
        set exclude enable
        set exclude-member one
    next
    end
    config firewall address
    edit one
        set subnet 10.0.1.15/32
    next
    end
    """
    device = read(group + policies(policy(srcaddr="outer")))
    understood(device)
    assert (sent(device, src="10.0.1.14"), sent(device, src="10.0.1.15"), sent(device, src="10.0.1.20")) == (True, False, False)
    loop = read(
        "config firewall addrgrp\nedit a\nset member b clients\nnext\nedit b\nset member a\nnext\nend\n"
        + policies(policy(srcaddr="a"))
    )
    assert "contains itself" in reasons(loop)
    assert (sent(loop), sent(loop, src="9.9.9.9")) == (True, None)


def test_a_scattered_mask_is_expanded_or_outlined() -> None:
    wide = "config firewall address\nedit w\nset type wildcard\nset wildcard 2.2.2.2 255.0.0.255\nnext\nend\n"
    device = read(wide + policies(policy(dstaddr="w")))
    assert "not contiguous" in reasons(device)
    assert (sent(device, dst="2.9.9.2"), sent(device, dst="3.0.0.2")) == (None, False)


@pytest.mark.parametrize(
    ("option", "value"),
    [("users", '"a"'), ("groups", '"g"'), ("internet-service-src", "enable"), ("schedule", '"night"'),
     ("fsso-groups", "x"), ("strange", "1")],
)  # fmt: skip
def test_conditions_beyond_the_packet_make_a_permit_possible_and_a_denial_too(option: str, value: str) -> None:
    schedule = 'config firewall schedule recurring\nedit "night"\nset day monday\nset start 18:00\nset end 19:00\nnext\nend\n'
    accept = read(schedule + policies(policy(1, **{option: value})))
    assert sent(accept) is None
    assert any(option in u or "night" in u for r in rules(accept) for u in r.match.uncertain)
    assert sent(read(schedule + policies(policy(1, action="deny", **{option: value}), policy(2)))) is None


def test_internet_service_takes_the_place_of_addresses_and_service() -> None:
    device = read(policies(policy(dstaddr="", service="", internet_service="enable", internet_service_name='"Google-DNS"')))
    understood(device)
    assert sent(device, dst="8.8.8.8") is None
    assert sent(device, src="10.0.1.15", goes="wan") is False


def test_schedules_that_always_hold() -> None:
    week = "set day sunday monday tuesday wednesday thursday friday saturday"
    always = f"config firewall schedule recurring\nedit all-week\n{week}\nnext\nend\n"
    assert sent(read(always + policies(policy(schedule="all-week")))) is True
    assert sent(read(policies(policy(schedule="none")))) is False
    assert "schedule gone is not defined" in reasons(read(policies(policy(schedule="gone"))))


def test_zones_and_traffic_inside_them() -> None:
    zone = "config system zone\nedit z\nset interface lan dmz\nset intrazone {}\nnext\nend\n"
    inner = read(zone.format("allow") + policies(policy(1, srcintf="z", dstintf="wan", service="HTTPS")))
    assert (sent(inner, dport=1), sent(inner, goes="wan"), sent(inner, came="dmz", goes="wan")) == (True, True, True)
    assert sent(read(zone.format("deny")), dport=1) is False
    # Policies come before what the zone allows.
    stopped = read(zone.format("allow") + policies(policy(1, srcintf="any", dstintf="any", action="deny")))
    assert sent(stopped) is False
    assert inner.interfaces[0].zone == "z"


def test_sdwan_zones_stand_for_their_members() -> None:
    sdwan = (
        'config system sdwan\nset status enable\nconfig zone\nedit "virtual-wan-link"\nnext\nend\n'
        'config members\nedit 1\nset interface "wan"\nnext\nend\nend\n'
    )
    device = read(sdwan + policies(policy(dstintf="virtual-wan-link")))
    understood(device)
    assert (sent(device, goes="wan"), sent(device)) == (True, False)


def test_unified_policies_keep_the_families_apart() -> None:
    six = 'config firewall address6\nedit "web"\nset ip6 2001:db8::10/128\nnext\nend\n'
    device = read(six + policies(policy(srcaddr6="all", dstaddr6="web", dstaddr="none")))
    understood(device)
    assert (sent(device, "2001:db8:1::1", "2001:db8::10"), sent(device, "2001:db8:1::1", "2001:db8::11"), sent(device)) == (
        True,
        False,
        False,
    )
    old = read(six + policies(policy(dstaddr="web"), table="firewall policy6"))
    assert (sent(old, "2001:db8:1::1", "2001:db8::10"), sent(old)) == (True, False)
    consolidated = read(
        six + policies(policy(srcaddr="", dstaddr="", srcaddr4="all", dstaddr4="web"), table="firewall consolidated policy")
    )
    assert (sent(consolidated), sent(consolidated, dst="10.0.2.9")) == (True, False)


def test_packets_back_through_the_same_interface_need_no_policy_before_the_default_changed() -> None:
    free = "\nconfig system interface\nedit lan\nset ip 10.0.1.1/24\nnext\nend\n"
    old, new = ("#config-version=FGT60F-7.4.8-FW-build1:opmode=0", "#config-version=FGT60F-7.4.10-FW-build1:opmode=0")
    assert sent(read("", head=old + free), goes="lan") is True
    assert sent(read("", head=new + free), goes="lan") is False
    assert sent(read("", head=free), goes="lan") is None
    assert sent(read("config system global\nset allow-traffic-redirect enable\nend\n", head=new + free), goes="lan") is True


VIP = """config firewall vip
edit "web-vip"
set extip 203.0.113.10
set mappedip "10.0.2.10"
set extintf "wan"
set portforward enable
set extport 443
set mappedport 8443
next
end
config firewall service custom
edit inner
set tcp-portrange 8443
next
end
"""


def vip(device: Device, dst: str = "203.0.113.10", dport: int = 443) -> bool | None:
    return sent(device, "198.51.100.7", dst, dport, came="wan")


def test_only_a_policy_with_the_virtual_ip_speaks_of_its_packets() -> None:
    named = read(VIP + policies(policy(1, srcintf="wan", dstaddr='"web-vip"', service="inner")))
    understood(named)
    # The mapped address itself is not opened, nor another port of the outer address.
    assert (vip(named), vip(named, "10.0.2.10", 8443), vip(named, dport=80)) == (True, False, False)
    assert vip(read(VIP + policies(policy(1, srcintf="wan", dstaddr='"web-vip"', service="HTTPS")))) is False
    both = read(VIP + policies(policy(1, srcintf="wan", dstaddr='"web-vip"', srcaddr="clients"), policy(2, srcintf="wan")))
    assert vip(both) is False
    grouped = 'config firewall vipgrp\nedit "g"\nset interface "wan"\nset member "web-vip"\nnext\nend\n'
    assert vip(read(VIP + grouped + policies(policy(1, srcintf="wan", dstaddr='"g"')))) is True
    assert (
        vip(
            read(
                VIP.replace("set portforward", "set status disable\nset portforward")
                + policies(policy(1, srcintf="wan", dstaddr='"web-vip"'))
            )
        )
        is None
    )


def test_the_destination_becomes_the_mapped_one() -> None:
    device = read(VIP + policies(policy(1, srcintf="wan", dstaddr='"web-vip"')))
    packet = Packet(family=4, src=1, dst=int(ipaddress.ip_address("203.0.113.10")), protocol=6, sport=1, dport=443,
                    in_interface="wan", out_interface="dmz")  # fmt: skip
    outcome = simulate(device, packet)
    assert outcome.accepted is True
    assert outcome.translated is not None
    assert (outcome.translated.dst.low, outcome.translated.dport.low) == (int(ipaddress.ip_address("10.0.2.10")), 8443)


@pytest.mark.parametrize(
    ("version", "option", "expected"),
    [
        ("7.0.12", "", True), ("7.2.3", "", True), ("7.2.4", "", False), ("7.4.8", "", False), ("7.4.8", "disable", True),
        ("6.4.9", "enable", False), ("", "", None),
    ],
)  # fmt: skip
def test_a_plain_denial_stops_packets_of_virtual_ips_only_with_match_vip(
    version: str, option: str, expected: bool | None
) -> None:
    head = f"#config-version=FGT60F-{version}-FW-build1:opmode=0\n" if version else ""
    text = VIP + policies(
        policy(1, srcintf="wan", action="deny", match_vip=option), policy(2, srcintf="wan", dstaddr='"web-vip"')
    )
    assert vip(read(text, head=head + INTERFACES)) is expected


def test_with_central_nat_policies_name_the_mapped_address() -> None:
    central = "config system settings\nset central-nat enable\nend\n"
    device = read(central + VIP + policies(policy(1, srcintf="wan", dstaddr="web", service="inner")))
    understood(device)
    assert (vip(device), vip(device, dport=80), vip(device, "10.0.2.10", 8443)) == (True, False, True)


def test_sources_are_translated_by_policy_pool_or_central_table() -> None:
    def source(text: str) -> tuple[int, int] | None:
        packet = Packet(family=4, src=int(ipaddress.ip_address("10.0.1.15")), dst=1, protocol=6, sport=5, dport=443,
                        in_interface="lan", out_interface="wan")  # fmt: skip
        outcome = simulate(read(text), packet)
        assert outcome.accepted is True
        return None if outcome.translated is None else (outcome.translated.src.low, outcome.translated.src.high)

    pool = "config firewall ippool\nedit p\nset startip 203.0.113.50\nset endip 203.0.113.52\nnext\nend\n"
    out = int(ipaddress.ip_address("203.0.113.1"))
    assert source(policies(policy(dstintf="wan"))) is None
    assert source(policies(policy(dstintf="wan", nat="enable"))) == (out, out)
    assert source(pool + policies(policy(dstintf="wan", nat="enable", ippool="enable", poolname="p"))) == (out + 49, out + 51)
    central = (
        "config system settings\nset central-nat enable\nend\nconfig firewall central-snat-map\nedit 1\nset srcintf lan\n"
        "set dstintf wan\nset orig-addr clients\nset dst-addr all\nset nat-ippool p\nnext\nend\n"
    )
    assert source(pool + central + policies(policy(dstintf="wan"))) == (out + 49, out + 51)


def test_packets_to_the_device_itself() -> None:
    local = policies(
        policy(1, srcintf="", dstintf="", intf="lan", srcaddr="clients", service="SSH", action="deny"),
        table="firewall local-in-policy",
    )
    device = read(local + "config system global\nset admin-ssh-port 2022\nend\n")
    understood(device)
    assert sent(device, dst="10.0.1.1", dport=2022, hook="input") is True
    assert sent(device, dst="10.0.1.1", dport=22, hook="input") is False
    assert sent(device, dst="10.0.1.1", protocol=1, sport=8, dport=0, hook="input") is True
    assert sent(device, dst="10.0.2.1", dport=2022, came="dmz", hook="input") is False
    assert sent(read(local), dst="10.0.1.1", dport=22, hook="input") is False
    assert sent(read(local), src="10.0.1.99", dst="10.0.1.1", dport=22, hook="input") is True


def test_trusted_hosts_count_when_every_administrator_has_them() -> None:
    one = "config system admin\nedit a\nset trusthost1 10.0.1.30 255.255.255.255\nset trusthost2 0.0.0.0 0.0.0.0\nnext\n"
    limited = read(one + "end\n")
    assert sent(limited, src="10.0.1.30", dst="10.0.1.1", dport=22, hook="input") is True
    assert sent(limited, src="10.0.1.31", dst="10.0.1.1", dport=22, hook="input") is False
    assert sent(limited, src="10.0.1.31", dst="10.0.1.1", protocol=1, sport=8, dport=0, hook="input") is True
    opened = read(one + "edit b\nset accprofile audit\nnext\nend\n")
    assert sent(opened, src="10.0.1.31", dst="10.0.1.1", dport=22, hook="input") is True


def test_logging_comments_and_the_implicit_deny() -> None:
    logged = "config log setting\nset fwpolicy-implicit-log enable\nset fwpolicy6-implicit-log enable\nend\n"
    device = read(logged + policies(policy(1, name='"web"', comments='"for the web"', logtraffic="all"), policy(2)))
    first, second = rules(device)
    assert (first.log, second.log, first.comment, first.id) == (True, False, "web; for the web", "1")
    last = device.chains["root policy"].rules[-1]
    assert (last.text, last.log) == ("implicit: deny", True)
    everything = policy(9, srcintf="any", dstintf="any", action="deny", srcaddr6="all", dstaddr6="all")
    assert read(logged + policies(everything)).chains["root policy"].rules[-1].id == "9"


def test_secrets_never_show() -> None:
    device = read(
        'config firewall address\nedit x\nset secret ENC AAAAsecretAAAA\nset psksecret "hunter2hunter2"\nnext\nend\n'
        "config system admin\nedit a\nset password ENC SH2abcdefgh\nnext\nend\nhello ENC c2VjcmV0\n"
    )
    shown = " ".join(n.text for n in device.not_understood)
    assert len(device.not_understood) == 3
    assert not any(word in shown for word in ("AAAAsecret", "hunter2", "SH2abc", "c2VjcmV0"))


def test_quotes_span_lines_and_every_oddity_is_reported() -> None:
    device = read(
        'config system replacemsg\nedit "x"\nset buffer "<p>\nconfig firewall policy\nend\n</p>"\nnext\nend\n'
        + policies(policy())
    )
    understood(device)
    assert sent(device) is True
    odd = read(
        "next\nend\nedit 3\nset a b\nfoo\nconfig firewall nonsense\nedit 1\nset q 1\nnext\nend\n"
        'config firewall policy\nedit 1\nset name "open\n'
    )
    assert [n.location.line - INTERFACES.count("\n") for n in odd.not_understood][:5] == [1, 2, 3, 4, 5]
    assert "firewall nonsense is not known" in reasons(odd)
    assert "never closed" in reasons(odd)
    assert "quotation mark" in reasons(odd)
    assert "The action" in reasons(read(policies(policy(action="maybe"))))
    assert sent(read(policies(policy(action="maybe")))) is None


def test_what_passes_beside_the_policies_is_named() -> None:
    device = read(
        "config firewall multicast-policy\nedit 1\nset srcintf lan\nset dstintf dmz\nnext\nend\n"
        "config firewall proxy-policy\nend\nconfig system settings\nset asymroute enable\nend\n"
    )
    assert "firewall multicast-policy" in reasons(device)
    assert "proxy-policy" not in reasons(device)
    assert "Asymmetric" in reasons(device)


VDOMS = """config vdom
edit A
next
edit M
next
edit B
next
edit Z
next
end
config global
config system global
set allow-traffic-redirect disable
set ipv6-allow-traffic-redirect disable
end
config system vdom-link
edit "am"
next
edit "mb"
next
end
config system interface
edit "a1"
set vdom "A"
next
edit "b1"
set vdom "B"
next
edit "m1"
set vdom "M"
next
edit "z1"
set vdom "Z"
next
edit "am0"
set vdom "A"
next
edit "am1"
set vdom "M"
next
edit "mb0"
set vdom "M"
next
edit "mb1"
set vdom "B"
next
end
end
"""


def vdom(name: str, *parts: str) -> str:
    return f"config vdom\nedit {name}\n{policies(*parts)}end\n"


def test_between_virtual_domains_every_one_on_the_way_must_permit() -> None:
    def way(a: str, m: str, b: str) -> bool | None:
        permits = {
            "A": policy(1, srcintf="a1", dstintf="am0", service=a), "M": policy(1, srcintf="am1", dstintf="mb0", service=m),
            "B": policy(1, srcintf="mb1", dstintf="b1", service=b),
        }  # fmt: skip
        device = read("".join(vdom(n, p) for n, p in permits.items()), head=VDOMS)
        understood(device)
        assert sent(device, came="b1", goes="a1") is False
        assert sent(device, came="a1", goes="z1") is False
        return sent(device, came="a1", goes="b1")

    assert way("HTTPS", "ALL", "HTTPS") is True
    for stopped in (("SSH", "ALL", "ALL"), ("ALL", "SSH", "ALL"), ("ALL", "ALL", "SSH")):
        assert way(*stopped) is False


def test_several_files_are_one_device_and_places_name_their_file() -> None:
    first, second = VDOMS + "foo\n", vdom("A", policy(1, srcintf="a1", dstintf="a1")) + "bar\n"
    device = parse([SourceText("global.conf", first, "0" * 64), SourceText("a.conf", second, "1" * 64)])
    where = [(n.location.file, n.location.line) for n in device.not_understood]
    assert sorted(where) == sorted([("global.conf", first.count("\n")), ("a.conf", second.count("\n"))])
    assert (device.chains["A policy"].rules[0].location.file, device.chains["A policy"].rules[0].location.line) == ("a.conf", 4)
    assert sent(device, came="a1", goes="a1") is True


def test_virtual_domains_without_the_global_part() -> None:
    head = "config vdom\nedit A\nnext\nedit B\nnext\nend\n"
    device = read(
        vdom("A", policy(1, srcintf="a1", dstintf="a2")) + vdom("B", policy(1, srcintf="b1", dstintf="any")), head=head
    )
    assert "config global is missing" in reasons(device)
    assert sent(device, came="a1", goes="a2") is True
    assert sent(device, came="a2", goes="a1") is False
    assert sent(device, came="b1", goes="b1") is True
    assert device.interfaces == ()


def test_policies_of_ngfw_mode_by_application_are_taken_to_permit() -> None:
    mode = "config system settings\nset ngfw-mode policy-based\nend\n"
    device = read(mode + policies(policy(action="")))
    assert "NGFW mode" in reasons(device)
    assert sent(device) is True


def test_a_virtual_domain_has_its_own_objects_zones_and_any() -> None:
    own = "config vdom\nedit {}\nconfig firewall address\nedit host\nset subnet {} 255.255.255.255\nnext\nend\nend\n"
    device = read(
        own.format("A", "10.0.2.10") + own.format("B", "10.0.2.11")
        + vdom("A", policy(1, srcintf="any", dstintf="any", dstaddr="host"))
        + vdom("B", policy(1, srcintf="any", dstintf="any", dstaddr="host")),
        head=VDOMS,
    )  # fmt: skip
    understood(device)
    assert sent(device, came="a1", goes="a1") is True
    assert sent(device, came="b1", goes="b1") is False
    assert sent(device, dst="10.0.2.11", came="b1", goes="b1") is True
    assert sent(device, came="a1", goes="b1") is False
    assert sent(device, came="z1", goes="z1") is False
    assert next(r.text for r in device.chains["A policy"].rules).startswith("vdom A: edit 1")


def test_interfaces_show_addresses_and_vlans() -> None:
    device = read(
        "config system interface\nedit v\nset vdom root\nset interface lan\nset vlanid 110\nset ip 10.9.0.1 255.255.0.0\n"
        "set secondary-IP enable\nconfig secondaryip\nedit 1\nset ip 10.8.0.1/16\nnext\nend\n"
        "config ipv6\nset ip6-address 2001:db8::1/64\nend\nnext\nend\n"
    )
    understood(device)
    found = next(i for i in device.interfaces if i.name == "v")
    assert (found.vlan, [(f, n) for f, _, n in found.addresses]) == (110, [(4, 16), (4, 16), (6, 64)])


def test_fields_that_hold_for_every_packet_are_left_out() -> None:
    (rule,) = rules(read(policies(policy(srcintf="any", dstintf="any"))))
    assert rule.match.fields == {}
    assert rule.match.in_interface is None
    (narrow,) = rules(read(policies(policy(dstaddr="web", service="HTTPS"))))
    assert set(narrow.match.fields) == {Field.DST, Field.PROTO, Field.DPORT}


BALANCED = """config firewall vip
edit "pool"
set type server-load-balance
set server-type udp
set extip 203.0.113.20
set extintf "wan"
set extport 53
config realservers
edit 1
set ip 10.0.2.10
set port 5353
next
edit 2
set ip 10.0.2.11
set port 5353
next
end
next
end
"""


def test_balanced_virtual_ips_have_the_protocol_and_ports_of_their_servers() -> None:
    device = read(BALANCED + policies(policy(1, srcintf="wan", dstaddr='"pool"')))
    understood(device)

    def asked(protocol: int, dport: int = 53) -> bool | None:
        return sent(device, "198.51.100.7", "203.0.113.20", dport, came="wan", protocol=protocol)

    assert (asked(17), asked(6), asked(17, 54)) == (True, False, False)
    packet = Packet(
        family=4, src=1, dst=int(ipaddress.ip_address("203.0.113.20")), protocol=17, sport=4000, dport=53,
        in_interface="wan", out_interface="dmz",
    )  # fmt: skip
    translated = simulate(device, packet, "forward").translated
    assert translated is not None
    assert list(translated.dport) == [(5353, 5353)]
    assert translated.dst.size == 2
    whole = read(BALANCED.replace("udp", "ip") + policies(policy(1, srcintf="wan", dstaddr='"pool"')))
    assert sent(whole, "198.51.100.7", "203.0.113.20", 9, came="wan", protocol=47) is True
