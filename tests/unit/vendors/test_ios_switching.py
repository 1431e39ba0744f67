"""Cisco and Arista: VLAN maps, switch ports, routing instances, the router's own zone, inspection, NAT, traffic policies."""

from __future__ import annotations

from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.vendors import ios
from segmentation.vendors.reading import SourceText, read_source
from tests.shared_data import needs_shared
from tests.unit.vendors.test_ios import device, passes, understood

VLANS = ("interface Vlan10", " ip address 10.0.10.1 255.255.255.0", "interface Vlan20", " ip address 10.0.20.1 255.255.255.0")


def across(found: Device, src: str, dst: str, service: str = "tcp/80", **more: object) -> bool | None:
    return passes(found, src, dst, service, **({"in_interface": "Vlan10", "out_interface": "Vlan20"} | more))


def test_a_vlan_map_forwards_what_its_list_permits_and_drops_the_rest() -> None:
    found = understood(
        "ip access-list extended WEB", " deny tcp host 10.0.10.66 any eq 80", " permit tcp any any eq 80",
        "vlan access-map M 10", " match ip address WEB", " action forward", "vlan filter M vlan-list 5,10", *VLANS,
    )  # fmt: skip
    assert across(found, "10.0.10.5", "10.0.20.5") is True
    assert across(found, "10.0.10.66", "10.0.20.5") is False
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/22") is False
    # Also on the way into the VLAN.
    back = {"in_interface": "Vlan20", "out_interface": "Vlan10"}
    assert across(found, "10.0.20.5", "10.0.10.5", "tcp/22", **back) is False
    assert across(found, "10.0.20.5", "10.0.10.5", "tcp/80", **back) is True


def test_a_vlan_map_that_drops_what_a_list_permits() -> None:
    found = understood(
        "ip access-list extended SMB", " permit tcp any any eq 445", "vlan access-map M 10", " match ip address SMB",
        " action drop", "vlan access-map M 20", " action forward", "vlan filter M vlan-list 10", *VLANS,
    )  # fmt: skip
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/445") is False
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/80") is True


def test_frames_of_a_switch_port_meet_the_list_of_its_vlan() -> None:
    found = understood(
        "ip access-list extended A", " deny tcp any any eq 23", " permit ip any any",
        "interface GigabitEthernet1/0/1", " switchport mode access", " switchport access vlan 10",
        "interface GigabitEthernet1/0/2", " switchport mode trunk", " switchport trunk allowed vlan 10,20",
        "interface Vlan10", " ip address 10.0.10.1 255.255.255.0", " ip access-group A in",
        "interface Vlan20", " ip address 10.0.20.1 255.255.255.0",
    )  # fmt: skip
    port = {"in_interface": "GigabitEthernet1/0/1"}
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/23", **port) is False
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/80", **port) is True
    # Which VLAN a frame of the trunk is in is not known: VLAN 20 has no list.
    assert across(found, "10.0.10.5", "10.0.20.5", "tcp/23", in_interface="GigabitEthernet1/0/2") is None


def test_routing_instances_are_apart() -> None:
    lines = (
        "vrf definition RED", "interface Vlan10", " vrf forwarding RED", " ip address 10.0.10.1 255.255.255.0",
        "interface Vlan20", " ip address 10.0.20.1 255.255.255.0",
    )  # fmt: skip
    assert across(understood(*lines), "10.0.10.5", "10.0.20.5") is False
    for leak in ("ip route vrf RED 10.0.20.0 255.255.255.0 Vlan20", "ip route vrf RED 0.0.0.0 0.0.0.0 10.0.20.1 global"):
        found = device(*lines, leak)
        assert across(found, "10.0.10.5", "10.0.20.5") is True
        assert "leak" in found.notes[0]
    assert across(device("vrf definition RED", " route-target import 1:1", *lines[1:]), "10.0.10.5", "10.0.20.5") is True


def test_the_zone_of_the_router_itself() -> None:
    found = understood(
        "zone security A", "class-map type inspect match-any SSH", " match protocol ssh",
        "policy-map type inspect P", " class type inspect SSH", "  inspect", " class class-default", "  drop",
        "zone-pair security SELF source A destination self", " service-policy type inspect P",
        "snmp-server community abc RO", "interface Gi0/0", " zone-member security A", " ip address 10.0.0.1 255.255.255.0",
    )  # fmt: skip
    (base,) = [b for b in found.base_chains if b.chain == "zone pairs to self"]
    assert base.hook.value == "input"
    assert [r.action.verb.value for r in found.chains["policy-map P"].rules][-1] == "drop"


def test_inspection_opens_for_answers_only() -> None:
    found = understood(
        "ip inspect name FW tcp", "ip access-list extended OUT", " deny ip any any",
        "interface Gi0/0", " ip address 192.0.2.1 255.255.255.0", " ip access-group OUT in", " ip inspect FW out",
        "interface Gi0/1", " ip address 10.0.0.1 255.255.255.0",
    )  # fmt: skip
    ways = {"in_interface": "Gi0/0", "out_interface": "Gi0/1"}
    assert passes(found, "198.51.100.1", "10.0.0.5", **ways) is False
    assert passes(found, "198.51.100.1", "10.0.0.5", ct_state=CtState.ESTABLISHED, **ways) is None


def test_an_outbound_list_sees_the_translated_source() -> None:
    lines = (
        "access-list 1 permit 10.0.0.0 0.0.0.255", "ip nat inside source list 1 interface Gi0/0 overload",
        "ip access-list extended OUT", " permit ip host 192.0.2.1 any",
        "interface Gi0/0", " ip address 192.0.2.1 255.255.255.0", " ip nat outside", " ip access-group OUT out",
        "interface Gi0/1", " ip address 10.0.0.1 255.255.255.0", " ip nat inside",
    )  # fmt: skip
    ways = {"in_interface": "Gi0/1", "out_interface": "Gi0/0"}
    assert passes(understood(*lines), "10.0.0.5", "198.51.100.1", **ways) is True
    assert passes(understood(*lines), "10.0.1.5", "198.51.100.1", **ways) is False


def test_a_static_translation_under_a_route_map_may_hold() -> None:
    found = understood(
        "ip nat inside source static 10.0.0.5 192.0.2.5 route-map RM", "route-map RM permit 10",
        "ip access-list extended IN", " permit tcp any host 192.0.2.5 eq 443",
        "interface Gi0/0", " ip address 192.0.2.1 255.255.255.0", " ip nat outside", " ip access-group IN in",
        "interface Gi0/1", " ip address 10.0.0.1 255.255.255.0", " ip nat inside",
    )  # fmt: skip
    rule = found.chains["ip nat"].rules[0]
    assert rule.match.uncertain == ("route-map RM",)


TRAFFIC = (
    "traffic-policies",
    "   field-set ipv4 prefix SRV",
    "      10.1.0.0/16",
    "      except 10.1.9.0/24",
    "   !",
    "   traffic-policy P",
    "      counter c",
    "      match ipv4-all-default ipv4",
    "         actions",
    "            drop",
    "      match web ipv4",
    "         destination prefix field-set SRV",
    "         protocol tcp source port all destination port 80,443 8080",
    "         protocol icmp type 8 code all",
    "         actions",
    "            count c",
    "      match answers ipv4",
    "         protocol tcp flags established source port 443",
)


def test_traffic_policies() -> None:
    found = understood(*TRAFFIC)
    assert passes(found, "10.0.0.1", "10.1.0.5", "tcp/443") is True
    assert passes(found, "10.0.0.1", "10.1.0.5", "tcp/8080") is True
    assert passes(found, "10.0.0.1", "10.1.9.5", "tcp/443") is False
    assert passes(found, "10.0.0.1", "10.1.0.5", "tcp/22") is False
    assert passes(found, "10.0.0.1", "10.1.0.5", "icmp/8") is True
    assert passes(found, "10.0.0.1", "10.9.0.5", "tcp/5000", sport=443, flags=16) is True
    assert passes(found, "10.0.0.1", "10.9.0.5", "tcp/5000", sport=443, flags=2) is False


def test_a_traffic_policy_at_an_interface() -> None:
    found = understood(
        *TRAFFIC, "interface Ethernet1", "   no switchport", "   ip address 10.0.0.254/24", "   traffic-policy input P",
        "interface Ethernet2", "   no switchport", "   ip address 10.9.0.254/24",
    )  # fmt: skip
    assert passes(found, "10.0.0.1", "10.9.0.5", "tcp/22", in_interface="Ethernet1", out_interface="Ethernet2") is False
    assert passes(found, "10.9.0.1", "10.0.0.5", "tcp/22", in_interface="Ethernet2", out_interface="Ethernet1") is True


def test_the_shared_traffic_policies_are_read() -> None:
    folder = needs_shared("data", "firewalls", "aerleon-generated")
    for name in ("sample_arista_tp.atp", "sample_arista_tp_yaml.atp"):
        source = read_source(folder / name)
        assert isinstance(source, SourceText)
        found = ios.parse([source])
        # The rendering names a set that it does not define.
        assert {n.text for n in found.not_understood} == {"source prefix field-set configured-neighbors-only"}
        assert len(found.not_understood) == 4


def test_counters_of_show_access_lists_are_read() -> None:
    found = understood("ip access-list extended A", " 10 permit tcp any any eq 22 (123 matches)", " 20 deny ip any any")
    assert [r.hits for r in found.chains["ip access-list A"].rules] == [123, None]
