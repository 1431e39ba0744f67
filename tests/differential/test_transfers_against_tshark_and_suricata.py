"""Files on which tshark and Suricata agree, in every capture that has a truth: ours have the same SHA-256."""

from __future__ import annotations

import json

from tests.shared_data import needs_shared
from tests.transfer_captures import exchanged

#: Files that we do not have, by capture: how many, and why.
DIFFERENT = {
    # The mirror's own GRE packets are IP fragments; what was mirrored inside them is not put together again.
    "zeek__erspan.pcap": 4,
}
FEWEST = 300


def test_agreed_files() -> None:
    truths = needs_shared("data", "pcaps", "truth")
    agreed_in_all = 0
    for file in sorted(truths.glob("*.json")):
        truth = json.loads(file.read_text("utf-8"))
        agreed = set(truth.get("files_agreed_sha256") or ())
        if not agreed:
            continue
        agreed_in_all += len(agreed)
        found, _ = exchanged(truths.parent / "captures" / truth["file"])
        ours = {h for t in found for h in (t.sha256, t.wire_sha256)}
        assert len(agreed - ours) == DIFFERENT.get(truth["file"], 0), truth["file"]
    assert agreed_in_all > FEWEST
