"""Captures sent over a veth pair give the findings that replay gives from the file; malformed frames give only counters."""

from __future__ import annotations

import resource

import pytest
from shared_data import needs_shared
from veth_pair import needs_veth, veth
from veth_replay import compare, frames_of, malformed, open_ring

from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

#: Parts of names that stand for a family of captures each.
FAMILIES = (
    "vlan", "qinq", "gre", "erspan", "vxlan", "geneve", "mpls", "pppoe", "ip6", "ipv6", "frag", "smb", "ftp", "smtp", "http",
    "dns", "dhcp", "tls", "quic", "icmp", "arp", "teredo", "ipip", "nfs", "rdp", "sctp", "ssh", "ntp",
)  # fmt: skip


@pytest.fixture(scope="module")
def judge() -> Judge:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return Judge.of(model, load_policy(model.profile))


@pytest.mark.kernel
def test_a_sample_of_every_family_is_judged_alike(judge: Judge) -> None:
    needs_veth()
    folder = needs_shared("data", "pcaps", "captures")
    files = [p for p in sorted(folder.iterdir()) if p.stat().st_size < 200_000]
    tried, wrong = set(), []
    with veth():
        ring = open_ring()
        for family in FAMILIES:
            fitting = (p for p in files if family in p.name.lower() and p not in tried)
            found = next(((p, frames) for p in fitting if (frames := frames_of(p))), None)
            if found is None:
                continue
            capture, frames = found
            tried.add(capture)
            got = compare(judge, capture, frames, ring)
            if (got.missing, got.live) != (0, got.file):
                wrong.append(capture.name)
        ring.close()
    assert wrong == []
    assert len(tried) >= 15


def test_malformed_frames_give_counters_and_no_memory(judge: Judge) -> None:
    folder = needs_shared("data", "pcaps", "captures")
    pool = [f for p in sorted(folder.iterdir())[::40] for f in (frames_of(p) or [])[:10]]
    malformed(judge, pool, 10_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    live = malformed(judge, pool, 100_000, seed=2)
    assert live.tracker.packets == 100_000
    assert live.tracker.in_flows() + sum(live.not_counted().values()) == 100_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10 < 60
