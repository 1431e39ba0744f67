"""The older AlliedWare: filters of incoming packets, firewall policies, NAT, short keywords, no secret shown."""

from __future__ import annotations

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.model.addresses import Address
from segmentation.vendors import awplus
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText

FILTERS = """\
set system name="shisho"
set user=manager pass=HIMITSU priv=manager
create vlan="mn" vid=111
enable ip
add ip int=vlan111 ip=10.10.11.1 mask=255.255.255.0
add ip int=vlan211 ip=10.20.16.1 mask=255.255.248.0 filter=1
add ip fil=1 so=10.20.16.0 sm=255.255.248.0 dest=10.10.11.0 dm=255.255.255.0 prot=tcp dp=443 ac=incl ent=2
add ip filter=1 source=10.20.16.5 destination=any action=exclude entry=1
add ip filter=1 source=any destination=any protocol=tcp session=established action=include
"""
FIREWALL = """\
enable firewall
create firewall policy="naka"
add firewall policy="naka" int=vlan1-0 type=private
add firewall policy="naka" int=ppp0-0 type=public
add firewall poli="naka" nat=enhanced int=vlan1-0 gblin=ppp0-0
add firewall poli="naka" ru=1 ac=allo int=ppp0-0 prot=tcp po=8080 ip=192.168.1.5 gblip=203.0.113.1 gblpo=80
add firewall poli="naka" ru=2 ac=deny int=vlan1 prot=tcp po=25
add ip int=vlan1-0 ip=192.168.1.1 mask=255.255.255.0
add ip int=ppp0-0 ip=203.0.113.1 mask=255.255.255.255
"""


def read(text: str) -> Device:
    return awplus.parse([SourceText("ar.cfg", text, "0" * 64)])


def passes(
    device: Device, src: str, dst: str, port: int, came: str, goes: str, *, flags: int = 2, protocol: int = 6
) -> bool | None:  # fmt: skip
    a, b = Address.parse(src), Address.parse(dst)
    packet = Packet(
        family=4, src=a.value, dst=b.value, protocol=protocol, sport=40000, dport=port, flags=flags, in_interface=came,
        out_interface=goes,
    )  # fmt: skip
    return simulate(device, packet).accepted


def test_filters_of_incoming_packets() -> None:
    device = read(FILTERS)
    assert device.not_understood == ()
    assert device.name == "shisho"
    assert passes(device, "10.20.16.9", "10.10.11.5", 443, "vlan211", "vlan111") is True
    assert passes(device, "10.20.16.5", "10.10.11.5", 443, "vlan211", "vlan111") is False
    assert passes(device, "10.20.16.9", "10.10.11.5", 80, "vlan211", "vlan111") is False
    assert passes(device, "10.20.16.9", "10.10.11.5", 80, "vlan211", "vlan111", flags=16) is True
    assert passes(device, "10.10.11.5", "10.20.16.9", 80, "vlan111", "vlan211") is True


def test_a_firewall_policy_with_a_published_server() -> None:
    device = read(FIREWALL)
    assert device.not_understood == ()
    assert passes(device, "192.168.1.9", "198.51.100.1", 443, "vlan1", "ppp0") is True
    assert passes(device, "192.168.1.9", "198.51.100.1", 25, "vlan1", "ppp0") is False
    assert passes(device, "198.51.100.1", "203.0.113.1", 80, "ppp0", "vlan1") is True
    assert passes(device, "198.51.100.1", "203.0.113.1", 22, "ppp0", "vlan1") is False
    assert passes(device, "198.51.100.1", "192.168.1.5", 22, "ppp0", "vlan1") is False


def test_a_rule_without_meaning_may_allow() -> None:
    device = read(FIREWALL + 'add firewall policy="naka" rule=3 action=allow int=ppp0 prot=quux ip=192.168.1.7\n')
    assert [p.location.line for p in device.not_understood] == [10]
    assert passes(device, "198.51.100.1", "192.168.1.7", 22, "ppp0", "vlan1") is None


def test_it_is_recognised_and_no_secret_is_shown() -> None:
    found = detect(FIREWALL)
    assert isinstance(found, Recognised)
    assert found.format is Format.AWPLUS
    device = read(FILTERS + "set user=taro pass=HIMITSU2 frobnicate\nquux pass=HIMITSU3\n")
    assert "HIMITSU" not in repr(device)
    assert device.not_understood[-1].text == "quux pass=****"
