"""Write docs/captures.md: what is decoded, and how our counts of the public captures differ from tshark's."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from capture_truth import EXPLAINED, comparisons  # noqa: E402 -- lives with the tests that hold it

from sensors.kernels.reasons import NotCounted, Note  # noqa: E402

HEAD = """# Captures: what is read, and what is counted

<!-- written by bench/captures.py; edit that -->

## Files

pcap in either byte order, with micro- or nanoseconds, and the modified format of old Linux patches; pcapng with any
number of sections (each with its own byte order) and interfaces, time resolutions in powers of ten and of two, time
offsets, enhanced, simple and obsolete packet blocks; gzip of either. A file is read in pieces of 2 MiB; its size does
not matter to memory. It is hashed while it is read. A damaged file gives every frame before the damage, then the offset
and the reason; no frame above 262,144 octets is believed.

## Layers

Ethernet II and 802.3 with LLC/SNAP, 802.1Q and 802.1ad tags (four), MPLS, PPPoE, PPP, 802.1ah, 802.1BR, VN-Tag,
FabricPath, integrity-only MACsec, NSH, metadata and time-stamp shims; raw IP, Linux cooked (both), BSD loopback, Cisco
HDLC, frame relay, FDDI, radiotap and plain 802.11, PPI, NFLOG, PKTAP. ARP and neighbour discovery give bindings of
addresses to MACs. IPv4 with options and AH; IPv6 with up to eight extension headers. Tunnels that are opened, four deep:
GRE (all versions, WCCP, PPTP, in UDP), ERSPAN I to III, VXLAN and GPE, GENEVE, IP in IP, Ethernet in IPv6, GTP-U and
GTP', Teredo, MPLS in UDP. A frame is counted by its innermost IP packet; each IP packet around it keeps a *carrier* row,
so that the outside can be judged as well.

Rows are finer than tshark's conversations: ICMP has one for each type and asking side; later fragments have rows of their
own with the ports of their first fragment (tshark, without reassembly: port 0). `sensors.kernels.conversations` sums them up.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "captures.md")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("SEKISHO_SHARED", ROOT.parent / "shared"))
    results = list(comparisons(shared / "data" / "pcaps"))
    ethernet = [c for c in results if c.ethernet]
    equal = sum(c.equal for c in results)
    syn = [pair for c in results for pair in c.initiators]
    frames: Counter[str] = Counter()
    for c in results:
        frames.update(c.not_counted)
    lines = [HEAD, "## A frame in no flow has exactly one reason", "", "| reason | meaning | 意味 | in the public captures |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| `{r.key}` | {r.text.en} | {r.text.ja} | {frames[r.key]:,} |" for r in NotCounted if r]
    lines += ["", "Besides, frames are noted, not exclusively, as:", "", "| note | meaning | 意味 |", "|---|---|---|"]
    lines += [f"| `{n.key}` | {n.text.en} | {n.text.ja} |" for n in Note]
    lines += [
        "",
        "## Beside tshark",
        "",
        f"{len(results):,} public captures, {sum(c.packets for c in results):,} packets, compared with tshark 4.0.17",
        "(defragmentation off): packets, and every conversation with packets and octets both ways.",
        "",
        f"- equal: {equal:,} of {len(results):,}; Ethernet: {sum(c.equal for c in ethernet):,} of {len(ethernet):,}",
        f"  ({100 * sum(c.equal for c in ethernet) / len(ethernet):.1f} %)",
        f"- initiator: {sum(a == b for a, b in syn):,} of {len(syn):,} with a SYN in sight are its sender",
        "- every SHA-256 is equal",
        "",
        "Differences, all of them:",
        "",
        "| capture | packets here / there | conversations only here / only there / other totals | why |",
        "|---|---|---|---|",
    ]
    for c in results:
        if not c.equal:
            only_here, only_there, other = c.differences()
            lines.append(
                f"| {c.name} | {c.packets} / {c.truth['packets']} | {only_here} / {only_there} / {other} "
                f"| {EXPLAINED.get(c.name, '**not explained**')} |"
            )
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
