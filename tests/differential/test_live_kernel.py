"""What is read of the running kernel is what ``nft -j list ruleset`` says of it, rule by rule and packet by packet.

A child process in a network namespace of its own loads each ruleset, lets nft list it, and reads it over netlink.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kernel_oracle import OraclePacket, first_state, needs_kernel
from nftables_generator import IN_IF, OUT_IF, RulesetMaker, packets

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState, InterfaceMatch
from segmentation.vendors import iptables
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText

pytestmark = pytest.mark.kernel
STATES = {"new": CtState.NEW, "invalid": CtState.INVALID, "untracked": CtState.UNTRACKED}
CHILD = """
import json, subprocess, sys
from segmentation.live import netlink
from segmentation.live.document import document
from segmentation.live.host import names
out = []
asked = json.load(sys.stdin)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for text in asked["rulesets"]:
    done = subprocess.run(["nft", "-f", "-"], input="flush ruleset\\n" + text, text=True, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr + text)
    add = ["nft", "add", "rule", "inet", "hard", "f"]
    refused = [r for r in asked["rules"] if subprocess.run([*add, r], capture_output=True).returncode]
    listed = subprocess.run(["nft", "-j", "list", "ruleset"], text=True, capture_output=True, check=True).stdout
    out.append([listed, document(netlink.dump_nftables(), names(netlink.dump_host())), refused])
json.dump(out, sys.stdout)
"""


def asked(rulesets: list[str], rules: list[str] | None = None) -> list[tuple[str, str, list[str]]]:
    """For each ruleset nft's listing, the text made of the kernel's own answers, and which *rules* the kernel refused."""
    needs_kernel("nft")
    order = json.dumps({"rulesets": rulesets, "rules": rules or []})
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", CHILD], input=order, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [(a, b, refused) for a, b, refused in json.loads(done.stdout)]


def seen(rulesets: list[str]) -> list[tuple[Device, Device]]:
    """For each ruleset the device of nft's listing and that of the kernel's own answers."""
    return [(read(a, "nft -j"), read(b, "kernel")) for a, b, _ in asked(rulesets)]


def read(text: str, name: str) -> Device:
    device = parse([SourceText(name, text, "")])
    assert not device.not_understood, (text, device.not_understood)
    return device


def interface(found: InterfaceMatch | None) -> object:
    return found and (sorted(found.patterns), found.negated)


def rules(device: Device) -> dict[str, list[str]]:
    """The rules of every chain, without places and words; those of one line (a map's elements) in any order."""
    out: dict[str, list[str]] = {}
    for chain in device.chains.values():
        lines: dict[str, list[str]] = {}
        for r in chain.rules:
            fields = sorted((f.value, s.intervals) for f, s in r.match.fields.items())
            meaning = (
                sorted(r.families), fields, interface(r.match.in_interface), interface(r.match.out_interface),
                bool(r.match.uncertain), r.action.verb, r.action.target, r.action.translation, bool(r.action.uncertain),
                r.comment, r.log, r.hits,
            )  # fmt: skip
            lines.setdefault(r.id, []).append(repr(meaning))
        out[chain.name] = [f"{handle} {meaning}" for handle, found in lines.items() for meaning in sorted(found)]
    return out


def bases(device: Device) -> list[object]:
    return [(b.chain, b.hook, b.priority, b.policy, b.families, b.kind) for b in device.base_chains]


def as_packet(p: OraclePacket) -> Packet:
    return Packet(
        family=p.family, src=p.src, dst=p.dst, protocol=p.protocol, sport=p.sport, dport=p.dport, flags=p.flags,
        ct_state=STATES[first_state(p)], in_interface=IN_IF, out_interface=OUT_IF,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["ip", "ip6", "inet"])
@pytest.mark.parametrize("nat", [False, True])
def test_random_rulesets_are_read_alike(kind: str, nat: bool) -> None:
    if nat and kind != "inet":
        pytest.skip("translations are generated for inet tables only")
    source = random.Random(f"{kind} {nat}")
    made = [RulesetMaker(source, kind, state=True, bases=1 + i % 3, nat=nat).generate() for i in range(25)]
    verdicts = {True: 0, False: 0, None: 0}
    for one, (listed, kernel) in zip(made, seen([m.text for m in made]), strict=True):
        assert bases(kernel) == bases(listed)
        assert rules(kernel) == rules(listed), one.text
        assert [(s.name, s.size, s.dynamic, s.used) for s in kernel.sets] == [
            (s.name, s.size, s.dynamic, s.used) for s in listed.sets
        ]
        for packet in packets(source, one, 60, stateful=True):
            a, b = simulate(listed, as_packet(packet)), simulate(kernel, as_packet(packet))
            assert (a.accepted, a.translated) == (b.accepted, b.translated), (one.text, packet, a.lines(), b.lines())
            verdicts[a.accepted] += 1
    assert verdicts[True] > 100
    assert verdicts[False] > 100


def test_every_kind_of_expression_is_read_alike() -> None:
    here = Path(__file__).parent
    frame = (here / "live_frame.nft").read_text(encoding="utf-8")
    lines = (here / "live_rules.txt").read_text(encoding="utf-8").splitlines()
    ((listed, kernel, refused),) = asked([frame], lines)
    assert len(refused) < 8, refused  # kernels differ in what they were built with
    a, b = parse([SourceText("nft -j", listed, "")]), parse([SourceText("kernel", kernel, "")])
    assert [(n.reason, n.widened) for n in a.not_understood] == [(n.reason, n.widened) for n in b.not_understood]
    assert [(s.name, s.size, s.dynamic, s.used) for s in a.sets] == [(s.name, s.size, s.dynamic, s.used) for s in b.sets]
    assert bases(a) == bases(b)
    found, wanted = rules(b), rules(a)
    # A chain without a name has another number in each, and nft adds the family to a rewritten header only in the kernel.
    differing = [
        (x, y)
        for name, listed_rules in wanted.items() if "__chain" not in name
        for x, y in zip(listed_rules, found[name], strict=True) if re.sub(r"__chain\d+", "", x) != re.sub(r"__chain\d+", "", y)
    ]  # fmt: skip
    assert [x.replace("[4, 6]", "[4]", 1) for x, _ in differing] == [y for _, y in differing]
    assert len(differing) == 2
    assert sum(len(c) for c in wanted.values()) > 80


COMPATIBLE = """*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m state --state NEW -p tcp -m multiport --dports 80,443,1000:2000 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 22 --tcp-flags SYN,ACK SYN -m comment --comment hi -j ACCEPT
-A FORWARD -p udp -m udp ! --sport 1:5 -j REJECT
-A FORWARD -p icmp -m icmp --icmp-type 8 -j LOG
-A FORWARD -s 10.0.0.0/30 -p udp -m multiport ! --sports 1,2 -j ACCEPT
-A FORWARD -p tcp --sport 22 -m conntrack ! --ctstate INVALID -j RETURN
-A FORWARD -p tcp --dport 25 -m limit --limit 5/min --limit-burst 9 -j ACCEPT
COMMIT
"""


def test_rules_of_iptables_are_read_with_their_parameters() -> None:
    """``nft`` names extensions only; the kernel gives what they compare, so the packets are those of iptables-save."""
    needs_kernel("nft", "iptables-nft-restore")
    child = CHILD.replace('["nft", "-f", "-"], input="flush ruleset\\n" + text', '["iptables-nft-restore"], input=text')
    assert child != CHILD
    order = json.dumps({"rulesets": [COMPATIBLE], "rules": []})
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", child], input=order, text=True, capture_output=True, check=True
    )
    ((_listed, kernel, _),) = json.loads(done.stdout)
    live, saved = read(kernel, "kernel"), iptables.parse([SourceText("rules.v4", COMPATIBLE, "")])
    source = random.Random(7)
    made = RulesetMaker(source, "ip").generate()
    verdicts = []
    for packet in packets(source, made, 400):
        a, b = (simulate(d, as_packet(packet)).accepted for d in (live, saved))
        assert a is b, packet
        verdicts.append(a)
    assert 5 < sum(v is True for v in verdicts) < 380


def test_the_ruleset_of_firewalld_is_read_alike() -> None:
    text = (Path(__file__).resolve().parents[1] / "cases" / "firewalld" / "ruleset.nft").read_text(encoding="utf-8")
    ((listed, kernel),) = seen([text])
    assert bases(kernel) == bases(listed)
    assert rules(kernel) == rules(listed)
