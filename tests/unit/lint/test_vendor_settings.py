"""Settings as vendors write them, through their readers: each fault with its clean twin, in one small configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cities import STRICT
from devices import DAY, MODEL

from segmentation.device.device import Device
from segmentation.lint.settings import setting_findings
from segmentation.lint.subject import Subject
from segmentation.model.judge import Judge
from segmentation.vendors import ios, rtx
from segmentation.vendors.reading import SourceText

IOS = """hostname gw
dot1x system-auth-control
username tanaka secret 9 $9$salt$hash
ntp server 10.90.0.53
logging host 10.90.0.60
interface GigabitEthernet1/0/1
 description counter
 switchport mode access
 switchport access vlan 111
 authentication port-control auto
 dot1x pae authenticator
interface Vlan111
 ip address 10.10.11.1 255.255.255.0
 ip access-group BOTH in
interface Vlan211
 ip address 10.20.16.1 255.255.248.0
 ip access-group BOTH in
ip access-list extended BOTH
 deny ip any any log
ip access-list standard MGMT
 permit 10.90.0.0 0.0.0.255
line vty 0 4
 access-class MGMT in
 transport input ssh
end
"""
RTX = """# RTX1210 Rev.14.01.42 (Fri Jul  8 2022)
login password encrypted *
administrator password encrypted *
ip lan1 address 10.30.0.1/16
ip lan2 address 10.254.1.1/24
ip route default gateway 10.254.1.2
ip filter 101 reject-log * * * * *
ip lan1 secure filter in 101
ip lan2 secure filter in 101
syslog host 10.90.0.60
ntpdate 10.90.0.53
telnetd service off
httpd service off
"""


def keys(device: Device) -> set[str]:
    subject = Subject(replace(device, name="gw"), STRICT, DAY, Judge.of(MODEL, STRICT))
    return {f"{f.rule} {f.key}" for f in setting_findings(subject)}


def read_ios(text: str) -> Device:
    return ios.parse([SourceText("gw.conf", text, "0" * 64)])


def read_rtx(text: str) -> Device:
    return rtx.parse([SourceText("gw.conf", text, "0" * 64)])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ntp server 10.90.0.53\n", "", "LT-05 none"),
        ("logging host 10.90.0.60\n", "", "LT-01 syslog|none"),
        ("transport input ssh", "transport input telnet ssh", "NC-21 clear|telnet"),
        ("secret 9 $9$salt$hash", "password 7 0822455D0A16", "NC-21 account|weak-hash"),
        (" authentication port-control auto\n dot1x pae authenticator\n", "", "NC-13 ports|identification"),
        (" description counter\n", "", "NC-15 ports|description"),
        ("10.10.11.1 255.255.255.0\n ip access-group BOTH in", "10.10.11.1 255.255.255.0", "NC-05 bare|Vlan111"),
        ("ip access-group BOTH in\ninterface Vlan211", "ip access-group B0TH in\ninterface Vlan211", "NC-03 undefined"),
    ],
)
def test_ios(old: str, new: str, expected: str) -> None:
    assert old in IOS
    clean, broken = keys(read_ios(IOS)), keys(read_ios(IOS.replace(old, new)))
    assert not any(k.startswith(expected) for k in clean)
    assert any(k.startswith(expected) for k in broken), broken


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ntpdate 10.90.0.53\n", "", "LT-05 none"),
        ("syslog host 10.90.0.60\n", "", "LT-01 syslog|none"),
        ("telnetd service off", "telnetd service on", "NC-21 clear|telnet"),
        ("gateway 10.254.1.2", "gateway pp 1", "IN-01 way|pp"),
    ],
)
def test_rtx(old: str, new: str, expected: str) -> None:
    assert old in RTX
    clean, broken = keys(read_rtx(RTX)), keys(read_rtx(RTX.replace(old, new)))
    assert not any(k.startswith(expected) for k in clean)
    assert any(k.startswith(expected) for k in broken), broken
