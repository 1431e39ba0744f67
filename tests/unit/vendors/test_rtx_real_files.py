"""Yamaha configurations and command examples of other projects."""

from __future__ import annotations

import re

import pytest
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText
from segmentation.vendors.rtx import parse

REAL = ("data", "firewalls", "rtx", "sftp-config-parsing-fixes", "test-data", "rtx_config_raw.txt")


def real() -> tuple[str, Device]:
    text = needs_shared(*REAL).read_text(encoding="utf-8")
    return text, parse([SourceText("rtx1210.txt", text, "")])


def test_the_real_configuration_is_understood_but_for_its_frame_filters() -> None:
    text, device = real()
    assert detect(text) == Recognised(Format.RTX, 48)
    assert [(p.location.line, p.widened) for p in device.not_understood] == [
        (200, False), (203, False), (204, False), (207, False), (208, False),
    ]  # fmt: skip
    assert {c for c in device.chains if " lan2 " in c or "tunnel1" in c} == {
        "ip lan2 in", "ip lan2 out", "ip tunnel1 in", "ipv6 lan2 in", "ipv6 lan2 out",
    }  # fmt: skip


def test_no_secret_of_it_is_shown() -> None:
    text, device = real()
    secrets = set(re.findall(r"(?:password|text|auth on|login user \S+|username \S+) (\S{8,})$", text, re.MULTILINE))
    assert len(secrets) >= 3
    shown = "\n".join(
        [p.text for p in device.not_understood] + [r.text + r.comment for c in device.chains.values() for r in c.rules]
    )
    assert not any(secret in shown for secret in secrets)


@pytest.mark.parametrize(
    ("src", "dst", "service", "came", "goes", "expected"),
    [
        ("198.51.100.7", "192.168.1.20", (6, 50000, 55000), "lan2", "bridge1", True),  # its input list ends in pass-all
        ("198.51.100.7", "192.168.1.20", (6, 50000, 80), "lan2", "bridge1", True),
        ("198.51.100.7", "192.168.1.20", (6, 135, 80), "lan2", "bridge1", False),  # 200020 stands before
        ("198.51.100.7", "192.168.1.253", (17, 500, 4500), "lan2", "bridge1", True),
        ("192.168.1.20", "198.51.100.7", (6, 50000, 443), "bridge1", "lan2", True),
        ("192.168.1.20", "198.51.100.7", (6, 50000, 445), "bridge1", "lan2", False),
        ("10.0.0.9", "192.168.1.20", (17, 68, 67), "tunnel1", "bridge1", False),
        ("10.0.0.9", "192.168.1.20", (17, 68, 53), "tunnel1", "bridge1", True),
        ("2001:db8::1", "2001:db8:1::1", (6, 50000, 80), "lan2", "bridge1", True),  # ipv6 filter 101099 passes everything
    ],
)
def test_what_it_lets_through(
    src: str, dst: str, service: tuple[int, int, int], came: str, goes: str, expected: bool
) -> None:  # fmt: skip
    _, device = real()
    a, b = Address.parse(src), Address.parse(dst)
    protocol, sport, dport = service
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport, in_interface=came,
        out_interface=goes,
    )  # fmt: skip
    assert simulate(device, packet).accepted is expected


def test_replies_to_its_dynamic_filters() -> None:
    _, device = real()
    answer = Packet(
        family=4, src=Address.parse("198.51.100.7").value, dst=Address.parse("192.168.1.20").value, protocol=6, sport=25,
        dport=50000, flags=16, ct_state=CtState.ESTABLISHED, in_interface="lan2", out_interface="bridge1",
    )  # fmt: skip
    assert simulate(device, answer).accepted is True


@pytest.mark.parametrize("part", ["ip_filter/config", "ipv6/config", "nat/masquerade", "nat/static"])
def test_every_command_example_is_understood(part: str) -> None:
    text = needs_shared("data", "firewalls", "rtx", "specs", *f"{part}.yaml".split("/")).read_text(encoding="utf-8")
    commands = re.findall(r'^ +rtx: "(.*)"$', text, re.MULTILINE)
    assert len(commands) > 8
    for command in commands:
        context = "pp select 1\n " if command.startswith("ip pp") else ""
        device = parse([SourceText("example", f"{context}{command}\n", "")])
        reasons = [p.reason for p in device.not_understood]
        # A command that stands alone names filters and descriptors that are not there.
        assert all("not defined" in r for r in reasons), (command, reasons)
