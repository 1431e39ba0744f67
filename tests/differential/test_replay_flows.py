"""``--flows`` against the conversations tshark counted: ends, transport, packets, octets and who began."""

from __future__ import annotations

import json

import pytest
from shared_data import needs_shared

from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.replay import replay

NAMES = (
    "arkime__http-simple-get.pcap", "arkime__mpls-basic.pcap", "arkime__gre-erspan.pcap", "arkime__dns-udp.pcap",
    "arkime__bigendian.pcap", "arkime__http2-nghttp2.pcap", "arkime__dot1ad.pcap",
)  # fmt: skip
#: How tshark's truth spells what we give by number.
NUMBERS = {"icmp": 1, "igmp": 2, "gre": 47, "esp": 50, "icmpv6": 58, "ospf": 89, "pim": 103, "vrrp": 112, "sctp": 132}


@pytest.mark.parametrize("name", NAMES)
def test_flows_equal_the_truth(name: str) -> None:
    capture = needs_shared("data", "pcaps", "captures", name)
    truth = json.loads(needs_shared("data", "pcaps", "truth", f"{name}.json").read_text())
    model = load(default_path()).model
    assert model is not None
    replayed = replay([capture], model, load_policy("daisen"))
    ours = {(f["a"], f["b"], f["l4"]): f for f in map(json.loads, replayed.flow_lines())}
    expected = {}
    for c in truth["conversations"]:
        l4 = c["l4"] if c["l4"] in ("tcp", "udp") else NUMBERS.get(c["l4"]) or int(c["l4"])
        expected[c["a"], c["b"], l4] = c
    assert set(ours) == set(expected)
    for key, c in expected.items():
        flow = ours[key]
        assert [flow[k] for k in ("packets_ab", "packets_ba", "bytes_ab", "bytes_ba")] == [
            c[k] for k in ("pk_ab", "pk_ba", "by_ab", "by_ba")
        ]  # fmt: skip
        if c.get("syn_from"):
            assert (flow["a"], flow["b"])[flow["initiator"] == "b"] == c["syn_from"]
    assert replayed.run.captures[0].packets == truth["packets"]
