"""One policy of 60 terms, written for each router, lets the same packets through as its nftables rendering."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

import pytest
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.model.addresses import AddressSet
from segmentation.vendors import awplus, ix, nftables, rtx
from segmentation.vendors.reading import SourceText

Term = tuple[list[str], list[str], str, str, bool]  # sources, destinations, protocol, ports, accept


def source(name: str) -> str:
    return needs_shared("data", "firewalls", "aerleon-equiv60", name).read_text(encoding="utf-8")


def policy() -> list[Term]:
    """The terms of the policy with their networks and ports."""
    networks: dict[str, list[str]] = {}
    name = ""
    for line in source("n.net").splitlines():
        left, equal, right = line.partition("=")
        name = left.strip() if equal else name
        networks.setdefault(name, []).extend((right if equal else left).split())
    services = {
        a.strip(): b.split()[0].partition("/")[0] for a, _, b in (x.partition("=") for x in source("s.svc").splitlines())
    }
    terms: list[Term] = []
    for block in re.findall(r"term \S+ \{(.*?)\}", source("policy.pol"), re.DOTALL):
        words = dict(re.findall(r"(\S+):: (\S+)", block))
        src, dst = (networks.get(words.get(k, ""), []) for k in ("source-address", "destination-address"))
        port = services.get(words.get("destination-port", ""), "")
        terms.append((src, dst, words.get("protocol", ""), port, words["action"] == "accept"))
    return terms


def as_rtx(terms: list[Term]) -> str:
    lines = []
    for n, (src, dst, protocol, port, accept) in enumerate(terms, 1):
        verb = "pass" if accept else "reject"
        lines.append(f"ip filter {n} {verb} {','.join(src) or '*'} {','.join(dst) or '*'} {protocol or '*'} * {port or '*'}")
    return "\n".join([*lines, "ip lan1 secure filter in " + " ".join(str(n + 1) for n in range(len(terms)))])


def as_ix(terms: list[Term]) -> str:
    lines: list[str] = []
    for src, dst, protocol, port, accept in terms:
        low, _, high = port.partition("-")
        ports = f" dport {f'range {low} {high}' if high else f'eq {low}'}" if port else ""
        lines += [
            f"ip access-list p {'permit' if accept else 'deny'} {protocol or 'ip'} src {a} dest {b}{ports}"
            for a in src or ["any"] for b in dst or ["any"]
        ]  # fmt: skip
    return "\n".join([*lines, "interface lan1", "  ip filter p 1 in"])


def as_awplus(terms: list[Term]) -> str:
    lines = ["access-list hardware p"]
    for src, dst, protocol, port, accept in terms:
        low, _, high = port.partition("-")
        ports = f" {f'range {low} {high}' if high else f'eq {low}'}" if port else ""
        lines += [
            f" {'permit' if accept else 'deny'} {protocol or 'ip'} {a} {b}{ports}"
            for a in src or ["any"] for b in dst or ["any"]
        ]  # fmt: skip
    return "\n".join([*lines, "interface lan1", " access-group p"])


@cache
def reference() -> Device:
    return nftables.parse([SourceText("n", source("mt_nftables.nft"), "")])


def verdict(device: Device, packet: Packet) -> bool | None:
    """What the rules say; the direction the reference is hooked at does not matter."""
    hooks = {b.hook.value for b in device.base_chains}
    return simulate(
        device, packet, "forward" if "forward" in hooks else next(iter(sorted(hooks & {"input", "output"})))
    ).accepted


@pytest.mark.parametrize(
    ("parse", "render"), [(rtx.parse, as_rtx), (ix.parse, as_ix), (awplus.parse, as_awplus)], ids=["rtx", "ix", "awplus"]
)
def test_same_packets_as_the_nftables_rendering(
    parse: Callable[[list[SourceText]], Device], render: Callable[[list[Term]], str]
) -> None:  # fmt: skip
    terms = policy()
    assert len(terms) == 61
    device = parse([SourceText("p", render(terms), "")])
    assert device.not_understood == ()
    draw = random.Random(3)
    ends = [AddressSet.parse(t).v4 for src, dst, *_ in terms for t in (*src, *dst)]
    ports = sorted({int(p) + d for *_, port, _ in terms if port for p in port.split("-") for d in (-1, 0, 1)})
    seen = set()
    for _ in range(1_500):
        src, dst, protocol, port, _ = draw.choice(terms)
        a, b = (AddressSet.parse(draw.choice(t)).v4 if t and draw.random() < 0.9 else draw.choice(ends) for t in (src, dst))
        packet = Packet(
            family=4, src=a.low + draw.choice((0, a.size - 1, a.size)), dst=b.low + draw.choice((0, b.size - 1, b.size)),
            protocol={"tcp": 6, "udp": 17}.get(protocol, 1) if draw.random() < 0.9 else 6, sport=40000,
            dport=int(port.split("-")[0]) if port and draw.random() < 0.6 else draw.choice(ports), in_interface="lan1",
            out_interface="lan2",
        )  # fmt: skip
        expected = verdict(reference(), packet)
        seen.add(expected)
        assert verdict(device, packet) is expected, packet
    assert seen == {True, False}
