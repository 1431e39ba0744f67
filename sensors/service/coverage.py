"""How much of what should be visible on the mirror ports has been seen: VLANs, and the two sides of each boundary."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.model.judge import Judge
from segmentation.model.zones import ZoneKind


def unseen_vlans(judge: Judge, spoke: Mapping[int, int]) -> tuple[int, ...]:
    """VLANs of the model that have not spoken; none where the interface shows no tag at all (they were taken off)."""
    if not any(vlan >= 0 for vlan in spoke):
        return ()
    expected = {v for zone in judge.model.zones.values() for v in zone.vlans}
    return tuple(sorted(expected - {v for v in spoke if v >= 0}))


def coverage(judge: Judge, spoke: Mapping[str, int]) -> dict[str, float]:
    """For each boundary between two layers inside, the share of its zones from which anything was seen, 0.0 to 1.0.

    The key names the two layers, ``a-b``.  A boundary of which nothing is seen is not watched, however quiet it is.
    """
    zones: dict[str, list[str]] = {}
    for zone in judge.model.zones.values():
        if zone.kind is not ZoneKind.OUTSIDE:
            zones.setdefault(judge.model.layer(zone.id).id, []).append(zone.id)
    layers = sorted(zones)
    out = {}
    for i, a in enumerate(layers):
        for b in layers[i + 1 :]:
            both = zones[a] + zones[b]
            out[f"{a}-{b}"] = sum(z in spoke for z in both) / len(both)
    return out
