"""Which zone an address is in: a partition of both address spaces."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.model.addresses import ANY, FAMILIES, PRIVATE, SPECIAL, AddressSet, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.network import ZoneModel
from segmentation.model.zones import ZoneKind

#: What an address in no zone is called in tables and outputs.
UNASSIGNED = ""


@dataclass(frozen=True, slots=True)
class ZoneMap:
    """The partition of the IPv4 and IPv6 address spaces into innermost zones.

    ``zones[0]`` is :data:`UNASSIGNED`: private addresses nobody listed, and special addresses
    (:data:`~segmentation.model.addresses.SPECIAL`).  ``starts[f][i]`` is the first address of the
    i-th piece and ``ids[f][i]`` its index into ``zones``; pieces cover the whole space.
    """

    zones: tuple[str, ...]
    starts: Mapping[Family, tuple[int, ...]]
    ids: Mapping[Family, tuple[int, ...]]
    sets: Mapping[str, AddressSet]  # innermost zone (or UNASSIGNED) -> its addresses

    @classmethod
    def of(cls, model: ZoneModel) -> ZoneMap:
        """Build the partition: a sub-zone cuts its networks out of its parent's; the outside is the rest that is public."""
        depth = {z: len(model.ancestry(z)) for z in model.zones}
        outside = next((z.id for z in model.zones.values() if z.kind is ZoneKind.OUTSIDE and not z.networks), UNASSIGNED)
        owned: dict[str, dict[Family, IntervalSet]] = {z: {} for z in (UNASSIGNED, *model.zones)}
        for family in FAMILIES:
            taken = EMPTY
            for zone in sorted(model.zones, key=lambda z: -depth[z]):  # innermost first; stable, so file order decides ties
                networks = model.zones[zone].networks.family(family)
                owned[zone][family] = networks - taken
                taken |= networks
            rest = ANY[family] - taken
            nobody = rest & (PRIVATE[family] | SPECIAL[family])
            owned[UNASSIGNED][family] = nobody
            if outside == UNASSIGNED:
                owned[UNASSIGNED][family] = rest
            else:
                owned[outside][family] = owned[outside][family] | (rest - nobody)
        zones = (UNASSIGNED, *model.zones)
        starts: dict[Family, tuple[int, ...]] = {}
        ids: dict[Family, tuple[int, ...]] = {}
        for family in FAMILIES:
            pieces = sorted((lo, i) for i, z in enumerate(zones) for lo, _hi in owned[z][family])
            starts[family] = tuple(lo for lo, _ in pieces)
            ids[family] = tuple(i for _, i in pieces)
        return cls(zones, starts, ids, {z: AddressSet(o[4], o[6]) for z, o in owned.items()})

    def zone_of(self, family: Family, value: int) -> str:
        """The innermost zone of an address, or :data:`UNASSIGNED`."""
        return self.zones[self.ids[family][bisect_right(self.starts[family], value) - 1]]

    def split(self, addresses: AddressSet) -> dict[str, AddressSet]:
        """*addresses* by innermost zone, empty parts left out, in the order of ``zones``."""
        parts = ((z, addresses & self.sets[z]) for z in self.zones)
        return {z: part for z, part in parts if part}
