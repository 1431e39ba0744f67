"""The gateways of the reference city: the planted faults are there, the clean counterparts have none, nft accepts all four."""

from __future__ import annotations

import ipaddress
import subprocess
from pathlib import Path

import pytest
from kernel_oracle import needs_kernel

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText

CITY = Path(__file__).resolve().parents[3] / "city"
FILES = ["cdr-gw.nft", "relay-gw.nft", "clean/cdr-gw.nft", "clean/relay-gw.nft"]
IN, LG = "eth0", "eth1"


def read(name: str) -> Device:
    return parse([SourceText(name, (CITY / name).read_text(encoding="utf-8"), "")])


def passes(
    device: Device, came: str, goes: str, src: str, dst: str, dport: int, state: CtState = CtState.NEW, hook: str = "forward"
) -> bool | None:
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    packet = Packet(family=a.version, src=int(a), dst=int(b), protocol=6, sport=40000, dport=dport, ct_state=state,
                    in_interface=came, out_interface=goes)  # fmt: skip
    return simulate(device, packet, hook).accepted


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_left_uncertain(name: str) -> None:
    device = read(name)
    assert device.not_understood == ()
    assert not any(r.match.uncertain or r.action.uncertain for c in device.chains.values() for r in c.rules)
    assert all(s.used for s in device.sets)


@pytest.mark.kernel
@pytest.mark.parametrize("name", FILES)
def test_nft_accepts_the_file_and_prints_it_unchanged(name: str) -> None:
    needs_kernel("nft")
    text = (CITY / name).read_text(encoding="utf-8")
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", "nft -f - && nft list ruleset"], input=text, text=True, capture_output=True, check=True
    )
    assert done.stdout == "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


@pytest.mark.parametrize("folder", ["", "clean/"])
def test_conduits_of_the_relay(folder: str) -> None:
    relay = read(f"{folder}relay-gw.nft")
    assert passes(relay, LG, IN, "10.20.16.21", "10.30.20.11", 443) is True  # C20
    assert passes(relay, LG, IN, "10.20.23.254", "10.30.20.14", 443) is True
    assert passes(relay, LG, IN, "10.20.16.21", "10.30.20.15", 443) is False
    assert passes(relay, LG, IN, "10.20.16.21", "10.30.20.11", 3389) is False
    assert passes(relay, LG, IN, "10.20.10.25", "10.30.40.6", 25) is True  # C23
    assert passes(relay, LG, IN, "10.20.10.12", "10.30.40.6", 25) is False
    assert passes(relay, IN, LG, "10.30.20.11", "10.20.16.21", 40000) is False
    assert passes(relay, IN, LG, "10.30.20.11", "10.20.16.21", 40000, CtState.ESTABLISHED) is True
    assert passes(relay, IN, LG, "10.20.16.21", "10.20.10.25", 25) is False  # a forged source
    assert passes(relay, LG, IN, "fd00:10:20:211::21", "fd00:10:30:311::11", 443) is False


def test_v09_is_in_the_relay_only() -> None:
    assert passes(read("relay-gw.nft"), IN, LG, "10.30.10.53", "10.20.10.25", 25) is True
    assert passes(read("clean/relay-gw.nft"), IN, LG, "10.30.10.53", "10.20.10.25", 25) is False


def test_v08_is_in_the_sanitizer_only() -> None:
    for src, dst in (("10.30.16.20", "10.20.10.13"), ("fd00:10:30:310::20", "fd00:10:20:210::13")):
        assert passes(read("cdr-gw.nft"), IN, LG, src, dst, 445) is True
        assert passes(read("clean/cdr-gw.nft"), IN, LG, src, dst, 445) is False


@pytest.mark.parametrize("folder", ["", "clean/"])
def test_faces_of_the_sanitizer(folder: str) -> None:
    cdr = read(f"{folder}cdr-gw.nft")
    assert passes(cdr, IN, "", "10.30.16.20", "10.30.40.5", 443, hook="input") is True
    assert passes(cdr, LG, "", "10.20.16.21", "10.20.40.5", 443, hook="input") is True  # C22
    assert passes(cdr, IN, "", "10.30.16.20", "10.20.40.5", 443, hook="input") is False  # the other face's address
    assert passes(cdr, LG, "", "10.20.16.21", "10.20.40.5", 22, hook="input") is False
    assert passes(cdr, "", LG, "10.20.40.5", "10.20.10.13", 445, hook="output") is False
