"""Every iptables file of the shared data is read, and what is not understood in it is exactly what is listed here."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from kernel_oracle import needs_kernel
from shared_data import SHARED, needs_shared

from segmentation.vendors.detect import IPTABLES_FORMATS, Recognised, detect
from segmentation.vendors.iptables import parse
from segmentation.vendors.reading import SourceText, read_source

if TYPE_CHECKING:
    from segmentation.device.device import Device, Rule

#: File below ``data/firewalls`` to the number of neutral rules and of uncertain ones.
FILES: dict[str, tuple[int, int]] = {
    "aerleon-equiv60/mt_iptables": (125, 0),
    "aerleon-equiv60/mt_speedway.ipt": (125, 0),
    "aerleon-generated/sample_multitarget.ipt": (69, 0),
    "aerleon-generated/sample_speedway.ipt": (25, 0),
    "aerleon-generated/sample_test.ipt": (2, 0),
    "batfish-networks/networks/example/live/iptables/host1.iptables": (2, 0),
    "batfish-networks/networks/example/live/iptables/host2.iptables": (2, 0),
    "batfish-networks/networks/iptables-firewall/iptables/z1-firewall.v4": (3, 0),
    "batfish-networks/networks/iptables-firewall/iptables/z2-firewall.v4": (8, 0),
    "batfish-networks/networks/iptables-firewall/iptables/z2-host2.v4": (1, 0),
    "iptables/Contrived/iptables-save": (13, 2),
    "iptables/IPPartEval/worst_case/iptables-save": (1, 0),
    "iptables/Parser_Test/data/iptables-save": (44, 4),
    "iptables/SQRL_Shorewall/2015_aug_iptables-save-spoofing-protection": (102, 2),
    "iptables/Synology_Diskstation_DS414/iptables-save": (21, 6),
    "iptables/Synology_Diskstation_DS414/iptables-save_jun_2015_cleanup": (23, 6),
    "iptables/TUM_Net_Firewall/iptables-save-2015-05-15_15-23-41_cheating": (4840, 1651),
    "iptables/containern/iptables-save.topos1": (35, 2),
    "iptables/containern/iptables-save.topos4.1": (37, 4),
    "iptables/containern/iptables-save.topos4.1.established": (36, 4),
    "iptables/topoS_generated/imaginray_factory_network.iptables-save": (20, 0),
    "iptables/topoS_generated/imaginray_factory_network.iptables-save.by-linux-kernel": (20, 0),
    "kernel-cases/chain.ipt": (10, 0),
    "kernel-cases/dnat.ipt": (4, 0),
    "kernel-cases/dnat2.ipt": (3, 0),
    "kernel-cases/state.ipt": (2, 0),
    "rulehawk-samples/samples/iptables_save.txt": (5, 0),
}
#: What is not understood, by file: the words, and how often.
NOT_UNDERSTOOD = {
    "iptables/Parser_Test/data/iptables-save": {"--something-else": 1, "-m icmp6": 2, "--icmpv6-type 133": 2},
}


def load(file: str) -> Device:
    source = read_source(needs_shared("data", "firewalls", *file.split("/")), file)
    assert isinstance(source, SourceText)
    found = detect(source.text)
    assert isinstance(found, Recognised)
    assert found.format in IPTABLES_FORMATS
    return parse([source])


@pytest.mark.parametrize("file", sorted(FILES))
def test_file(file: str) -> None:
    device = load(file)
    every = [r for c in device.chains.values() for r in c.rules]
    assert (len(every), sum(r.match.may or bool(r.action.uncertain) for r in every)) == FILES[file]
    assert Counter(p.text for p in device.not_understood) == NOT_UNDERSTOOD.get(file, {})
    lines = needs_shared("data", "firewalls", *file.split("/")).read_text().splitlines()
    written = {n for n, line in enumerate(lines, 1) if line.lstrip().startswith(("-A", "-I"))}
    assert {r.location.line for r in every} == written  # no rule line is lost


def test_no_file_is_forgotten() -> None:
    base = needs_shared("data", "firewalls")
    wanted = {
        str(p.relative_to(base))
        for pattern in ("iptables/*/**/*iptables-save*", "batfish-networks/**/iptables/*", "*/*.ipt")
        for p in base.glob(pattern)
        if p.is_file() and "configs" not in p.parts
    }  # fmt: skip
    assert wanted <= FILES.keys()
    assert SHARED.is_dir()


def plain(rule: Rule) -> tuple[object, ...]:
    return rule.match, rule.action


def test_handwritten_and_printed_form_of_one_firewall_are_equal() -> None:
    folder = "iptables/topoS_generated/imaginray_factory_network.iptables-save"
    by_hand, by_kernel = load(folder), load(f"{folder}.by-linux-kernel")
    chain = "ip filter FORWARD"
    assert [plain(r) for r in by_hand.chains[chain].rules] == [plain(r) for r in by_kernel.chains[chain].rules]
    assert {b.chain: b.policy for b in by_hand.base_chains} == {b.chain: b.policy for b in by_kernel.base_chains}


def test_two_generators_of_one_policy_are_equal() -> None:
    one, other = load("aerleon-equiv60/mt_iptables"), load("aerleon-equiv60/mt_speedway.ipt")
    assert {n: [plain(r) for r in c.rules] for n, c in one.chains.items()} == {
        n: [plain(r) for r in c.rules] for n, c in other.chains.items()
    }  # fmt: skip


def essence(rule: Rule) -> tuple[object, ...]:
    """Everything but the words of uncertain parts, which iptables writes in its own way."""
    match = rule.match
    return match.fields, match.in_interface, match.out_interface, match.may, rule.action.verb, rule.action.target


LOADABLE = [f for f in sorted(FILES) if f not in NOT_UNDERSTOOD and "mt_iptables" not in f]


@pytest.mark.kernel
@pytest.mark.parametrize("file", LOADABLE)
def test_what_the_kernel_prints_back_is_read_alike(file: str) -> None:
    """Load the file into a namespace, print it with ``iptables-save -c``, and compare the readings."""
    needs_kernel("iptables-restore", "iptables-save")
    assert shutil.which("sh")
    path = needs_shared("data", "firewalls", *file.split("/"))
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", 'iptables-restore "$1" && iptables-save -c', "sh", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"this kernel or iptables does not load the file: {done.stderr.strip()[:200]}")
    printed = parse([SourceText("printed", done.stdout, "")])
    assert printed.not_understood == ()
    original = load(file)
    for name, chain in original.chains.items():
        rules = printed.chains[name].rules if name in printed.chains else ()
        assert [essence(r) for r in chain.rules] == [essence(r) for r in rules]
        assert all(r.hits == 0 for r in rules)
