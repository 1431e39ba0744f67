"""The reading of nft rulesets agrees with the Linux kernel, packet by packet, in every form a ruleset has.

Each random ruleset is loaded into the kernel; what the kernel does with a few hundred packets is compared with the
simulation of the hand-written text, of ``nft -a list ruleset`` and of ``nft -j list ruleset``.
"""

from __future__ import annotations

import random
import subprocess

import pytest
from kernel_oracle import OraclePacket, Ruleset, first_state, needs_kernel, observe
from nftables_generator import IN_IF, OUT_IF, RulesetMaker, packets

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText

pytestmark = pytest.mark.kernel
STATES = {"new": CtState.NEW, "invalid": CtState.INVALID, "untracked": CtState.UNTRACKED}


def listed(text: str) -> tuple[str, str]:
    """What ``nft -a list ruleset`` and ``nft -j list ruleset`` print after the kernel has loaded *text*."""
    script = "nft -f - && nft -a list ruleset && echo ======== && nft -j list ruleset"
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr, text)
    plain, _, as_json = done.stdout.partition("========\n")
    return plain, as_json


def read(text: str, name: str) -> Device:
    device = parse([SourceText(name, text, "")])
    assert not device.not_understood, (text, device.not_understood)
    return device


def meaning(device: Device) -> object:
    """Everything that is the same in both listings: all but places, texts and the wording of doubts."""
    chains = {
        c.name: [
            (
                r.families, dict(r.match.fields), r.match.in_interface, r.match.out_interface, len(r.match.uncertain),
                r.action.verb, r.action.target, r.action.translation, bool(r.action.uncertain), r.comment, r.log, r.hits, r.id,
            )
            for r in c.rules
        ]
        for c in device.chains.values()
    }  # fmt: skip
    bases = [(b.chain, b.hook, b.priority, b.policy, b.families, b.kind) for b in device.base_chains]
    return chains, bases, [(s.name, s.size, s.dynamic, s.used) for s in device.sets], device.conntrack_notrack


def as_packet(p: OraclePacket) -> Packet:
    return Packet(
        family=p.family, src=p.src, dst=p.dst, protocol=p.protocol, sport=p.sport, dport=p.dport, flags=p.flags,
        ct_state=STATES[first_state(p)], in_interface=IN_IF, out_interface=OUT_IF,
    )  # fmt: skip


def compare(text: str, sent: list[OraclePacket]) -> tuple[int, int]:
    """Assert agreement on every packet in every form; return how many passed and how many were translated."""
    plain, as_json = listed(text)
    written, shown, machine = read(text, "hand"), read(plain, "list"), read(as_json, "json")
    assert meaning(shown) == meaning(machine), text
    seen = observe([Ruleset("nft", text)], sent, in_if=IN_IF, out_if=OUT_IF)
    translated = 0
    for packet, kernel in zip(sent, seen, strict=True):
        for device in (written, shown):
            outcome = simulate(device, as_packet(packet))
            if outcome.accepted is None:  # translated to one address of several, and the filter tells them apart
                assert outcome.path
                assert "dnat ip to 10.0.1.1-10.0.1.4" in text
                continue
            assert outcome.accepted is (kernel is not None), (device.name, text, packet, kernel, outcome.lines())
            if kernel is None:
                continue
            after = outcome.translated
            if after is None:
                assert (kernel.src, kernel.dst) == (packet.src, packet.dst), (text, packet, kernel)
                continue
            translated += 1
            assert kernel.src in after.src, (text, packet, kernel, after)
            assert kernel.dst in after.dst, (text, packet, kernel, after)
            if packet.protocol in (6, 17):
                assert kernel.dport in after.dport, (text, packet, kernel, after)
    return sum(k is not None for k in seen), translated


@pytest.mark.parametrize("kind", ["inet", "ip", "ip6"])
def test_random_rulesets(kind: str) -> None:
    needs_kernel("nft")
    passed = total = 0
    for seed in range(16):
        source = random.Random(f"{kind}/{seed}")
        made = RulesetMaker(source, kind).generate()
        sent = packets(source, made, 220)
        total += len(sent)
        passed += compare(made.text, sent)[0]
    assert total // 20 < passed < total - total // 20  # the comparison can fail in both directions


def test_random_rulesets_with_state_and_several_base_chains() -> None:
    needs_kernel("nft")
    passed = total = 0
    for seed in range(16):
        source = random.Random(f"state/{seed}")
        made = RulesetMaker(source, "inet", state=True, bases=3).generate()
        sent = packets(source, made, 220, stateful=True)
        total += len(sent)
        passed += compare(made.text, sent)[0]
    assert total // 20 < passed < total - total // 20


def test_random_destination_and_source_translation() -> None:
    needs_kernel("nft")
    passed = translated = 0
    for seed in range(18):
        source = random.Random(f"nat/{seed}")
        made = RulesetMaker(source, "inet", nat=True).generate()
        found = compare(made.text, packets(source, made, 200, stateful=True, ports_only=True))
        passed, translated = passed + found[0], translated + found[1]
    assert passed > 200
    assert translated > 150
