"""Captures compared with what tshark said of them; every difference that is known, with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.model.services import PROTOCOL_NUMBERS
from sensors.capture.reader import open_capture
from sensors.capture.summary import CaptureError, CaptureSummary
from sensors.kernels.conversations import Ends, Totals, conversations, ends
from sensors.kernels.layout import ASKED
from sensors.kernels.tracker import Tracker, TrackerConfig

#: Reasons for which a count differs; the first words are the class.
NOT_OPENED = "not opened by tshark 4.0: the link type is unknown to it; we read the records and count every frame as link_type"
NO_NEXT = "no next header: the inner IPv6 packet has none (59), and the reference pairs inner addresses with outer UDP ports"
OUR_BOUND = "our bound: more shims around one packet than we remove"
ESP_IN_UDP = "ESP in UDP: the reference names the inside (ESP); we keep UDP port 4500, by which firewalls judge (RFC 3948)"
LEGACY_TUNNEL = "tunnel not opened: {what}; counted, and judged, by its outside"
EXPLAINED: dict[str, str] = {
    "tcpdump__dsa-high-vid.pcap": NOT_OPENED,
    "tcpdump__dsa.pcap": NOT_OPENED,
    "tcpdump__edsa-high-vid.pcap": NOT_OPENED,
    "tcpdump__edsa.pcap": NOT_OPENED,
    "tcpdump__frf16_magic_ie-oobr.pcap": NOT_OPENED,
    "tcpdump__hoobr_juniper3.pcap": NOT_OPENED,
    "tcpdump__juniper_es_oobr.pcap": NOT_OPENED,
    "tcpdump__vtp_asan-2.pcap": NOT_OPENED,
    "tcpdump__vtp_asan-3.pcap": NOT_OPENED,
    "tcpdump__vtp_asan.pcap": NOT_OPENED,
    "tcpdump__802_15_4-data.pcap": "link type not decoded: IEEE 802.15.4 with 6LoWPAN; counted as link_type",
    "tcpdump__LINKTYPE_IPV6_invalid.pcap": "wrong link type: an IPv4 packet in a file that declares bare IPv6; we decode it",
    "tcpdump__icmp-icmp_print-oobr-2.pcap": "lying lengths: a wire length below the captured length; we count the captured one",
    "tcpdump__ipv6-next-header-oobr-2.pcap": "crafted extension headers: a header cut short; we name it, tshark the one before",
    "pcpp__PacketppTest_PacketExamples_ipv4-options.pcap": "source route: tshark shows an address out of the route option "
    "(RFC 791 3.1) as the destination; we keep the header's",
    "tcpdump__arista_ether.pcap": "more decoded here: time stamp shims of a version that tshark 4.0 does not know",
    "tcpdump__esp_truncated.pcap": ESP_IN_UDP,
    "tcpdump__espudp1.pcap": ESP_IN_UDP,
    "tcpdump__hoobr_pimv1.pcap": "name only: PIM version 1 is carried in IGMP (protocol 2); the reference names it PIM",
    "zeek__cisco-fabric-path.pcap": "SCTP without chunks: tshark shows no ports of such a header behind FabricPath",
    "zeek__ipv6-mobility-dst-opts.pcap": "Mobile IPv6: tshark reads a UDP header behind one pair of mobility options and not "
    "behind another; packets and octets are equal",
    "zeek__pbb-recursive-frames.pcapng": OUR_BOUND,
    "zeek__trunc_ipv4-internally-truncated-header.pcap": "more counted here: a header cut in its options has addresses",
    "zeek__trunc_mpls-6in6-broken.pcap.gz": "fuzzed labels and lengths: few of its 1,230 conversations differ, where a damaged "
    "inner header is a packet to one side and none to the other",
    "zeek__tunnels_Teredo.pcap": NO_NEXT,
    "zeek__tunnels_gtp_gtp8_teredo.pcap": NO_NEXT,
    "zeek__tunnels_teredo_bubble_with_payload.pcap": NO_NEXT,
    "zeek__tunnels_ayiya-large-identity.pcap": LEGACY_TUNNEL.format(what="AYIYA, a broker's protocol out of use since 2017"),
    "zeek__tunnels_ayiya3.pcap": LEGACY_TUNNEL.format(what="AYIYA, a broker's protocol out of use since 2017"),
    "zeek__tunnels_gre-aruba-amsdu.pcap": LEGACY_TUNNEL.format(what="wireless frames of a vendor's access point in GRE"),
    "zeek__tunnels_gre-aruba.pcap": LEGACY_TUNNEL.format(what="wireless frames of a vendor's access point in GRE"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One capture, read here, beside its truth."""

    name: str
    truth: dict[str, Any]
    summary: CaptureSummary | None  # None: not recognised as a capture
    link: int | None
    packets: int
    counted: int  # frames in flows and frames with a reason
    not_counted: dict[str, int]
    ours: dict[Ends, Totals]
    theirs: dict[Ends, Totals]
    initiators: tuple[tuple[str, str], ...]  # (our initiator, sender of the SYN) where both are known

    @property
    def ethernet(self) -> bool:
        """Whether its first interface is Ethernet."""
        return self.link == 1

    @property
    def equal(self) -> bool:
        """Packets and every conversation, both directions, packets and octets."""
        return self.packets == self.truth["packets"] and self.ours == self.theirs

    def differences(self) -> tuple[int, int, int]:
        """Conversations only here, only there, and with other totals."""
        common = self.ours.keys() & self.theirs.keys()
        return (
            len(self.ours.keys() - common),
            len(self.theirs.keys() - common),
            sum(self.ours[k] != self.theirs[k] for k in common),
        )


def _theirs(truth: dict[str, Any]) -> dict[Ends, Totals]:
    """The truth's conversations under our names."""
    out: dict[Ends, Totals] = {}
    for c in truth["conversations"]:
        a, b, row = c["a"], c["b"], [c["pk_ab"], c["pk_ba"], c["by_ab"], c["by_ba"]]
        l4 = c["l4"] if c["l4"] in ("tcp", "udp") else str(PROTOCOL_NUMBERS.get(c["l4"], c["l4"]))
        if a > b:
            a, b, row = b, a, [row[1], row[0], row[3], row[2]]
        if a == b:
            row = [row[0] + row[1], 0, row[2] + row[3], 0]
        known = out.get(Ends(a, b, l4), Totals())
        out[Ends(a, b, l4)] = Totals(*(x + y for x, y in zip(known, row, strict=True)))
    return out


def compare(path: Path, truth: dict[str, Any]) -> Comparison:
    """Read one capture and lay it beside its truth."""
    tracker = Tracker(config=TrackerConfig(flows=1 << 10, bindings=1 << 10, fragments=1 << 10, events=16))
    summary = None
    try:
        reader = open_capture(path, name=path.name)
        for block in reader:
            tracker.feed(block)
        summary = reader.summary()
    except CaptureError:
        pass
    flows = tracker.flows()
    syn = {(c["a"], c["b"]): c["syn_from"] for c in truth["conversations"] if "syn_from" in c}
    # The reference puts an IPv4 sender inside IPv6 into brackets.
    syn = {pair: bare if (bare := sender.replace("[", "").replace("]", "")) in pair else sender for pair, sender in syn.items()}
    syn |= {(b, a): sender for (a, b), sender in syn.items()}
    initiators = []
    for flow in flows[(flows["protocol"] == 6) & (flows["evidence"] == ASKED) & ~flows["carrier"] & ~flows["later_fragment"]]:
        a, b, _l4 = ends(flow)
        if (a, b) in syn and a != b:
            initiators.append((b if flow["initiator_b"] else a, syn[a, b]))
    return Comparison(
        path.name,
        truth,
        summary,
        summary.interfaces[0].link if summary and summary.interfaces else None,
        tracker.packets,
        tracker.in_flows() + sum(tracker.not_counted().values()),
        tracker.not_counted(),
        conversations(flows),
        _theirs(truth),
        tuple(initiators),
    )


def comparisons(folder: Path) -> Iterator[Comparison]:
    """Every capture of the folder that has a truth, by name."""
    for file in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(file.read_text())
        yield compare(folder / "captures" / truth["file"], truth)
