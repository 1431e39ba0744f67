"""Whether addresses and MACs stay together where the true MAC can be seen (MN-05).

A router replaces the source MAC, so a MAC is believed only inside an endpoint's ``mac_scope``: frames tagged with a VLAN
of such a zone, or untagged frames of a capture that is said to be taken on such a zone's segment.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.model.addresses import Address, Family, Mac
from segmentation.model.network import ZoneModel
from segmentation.model.zonemap import ZoneMap
from segmentation.model.zones import Endpoint


class DriftKind(enum.StrEnum):
    """Which half of the pair moved."""

    OTHER_MAC = "other_mac"  # a registered address speaks with another MAC
    OTHER_ADDRESS = "other_address"  # a registered MAC speaks with another address of the same zone


@dataclass(frozen=True, slots=True)
class Drift:
    """A sighting that contradicts the register."""

    kind: DriftKind
    zone: str
    endpoint: Endpoint
    address: Address
    mac: Mac


@dataclass(slots=True)
class AddressRegister:
    """The registered pairs of address and MAC, indexed both ways.  Build it with :meth:`of`."""

    model: ZoneModel
    zonemap: ZoneMap
    native: frozenset[str]  # zones whose segment an untagged capture is said to see
    _by_address: Mapping[tuple[Family, int], tuple[Endpoint, ...]]
    _by_mac: Mapping[Mac, tuple[Endpoint, ...]]
    _zones_of_vlan: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, model: ZoneModel, zonemap: ZoneMap, native: frozenset[str] = frozenset()) -> AddressRegister:
        """Index the endpoints that have MACs.  *native*: the zones an untagged capture was taken on."""
        by_address: dict[tuple[Family, int], list[Endpoint]] = {}
        by_mac: dict[Mac, list[Endpoint]] = {}
        families: tuple[Family, Family] = (4, 6)
        for endpoint in model.endpoints.values():
            if not endpoint.macs:
                continue
            for mac in endpoint.macs:
                by_mac.setdefault(mac, []).append(endpoint)
            for family in families:
                for lo, hi in endpoint.addresses.family(family):
                    if hi - lo < 256:  # hosts, not networks
                        for value in range(lo, hi + 1):
                            by_address.setdefault((family, value), []).append(endpoint)
        vlans: dict[int, set[str]] = {}
        for zone in model.zones.values():
            for vlan in zone.vlans:
                vlans.setdefault(vlan, set()).add(zone.id)
        return cls(
            model, zonemap, native,
            {k: tuple(v) for k, v in by_address.items()}, {k: tuple(v) for k, v in by_mac.items()},
            {k: frozenset(v) for k, v in vlans.items()},
        )  # fmt: skip

    def segment(self, vlan: int | None) -> frozenset[str]:
        """The zones whose own segment a frame with this tag was on; empty when that is not known."""
        return self.native if vlan is None else self._zones_of_vlan.get(vlan, frozenset())

    def visible(self, endpoint: Endpoint, vlan: int | None) -> bool:
        """Whether a frame with this tag shows the endpoint's true MAC."""
        return bool(self.segment(vlan) & frozenset(endpoint.mac_scope or (endpoint.zone,)))

    def believable(self, family: Family, value: int, vlan: int | None) -> bool:
        """Whether a frame with this tag was on the address's own segment, so that its MAC is the host's own."""
        return self.zonemap.zone_of(family, value) in self.segment(vlan)

    def drift(self, address: Address, mac: Mac, vlan: int | None, day: dt.date | None) -> Drift | None:
        """What a sighting contradicts, or ``None``.  Rows of the ledger that do not apply on *day* are left out."""
        if mac.group:
            return None
        known = [e for e in self._by_address.get((address.family, address.value), ()) if day is None or e.valid_on(day)]
        seen = [e for e in known if self.visible(e, vlan)]
        if seen:
            if any(mac in e.macs for e in seen):
                return None
            return Drift(DriftKind.OTHER_MAC, seen[0].zone, seen[0], address, mac)
        zone = self.zonemap.zone_of(address.family, address.value)
        for endpoint in self._by_mac.get(mac, ()):
            # Only within one zone, and not a router's: its MAC speaks for every address behind it, also where the zone
            # goes on there.  IPv6 hosts make up addresses of their own (RFC 8981) where the register has none.
            if "router" in endpoint.tags:
                continue
            same_family = bool(endpoint.addresses.family(address.family))
            if (
                endpoint.zone == zone
                and same_family
                and self.visible(endpoint, vlan)
                and (day is None or endpoint.valid_on(day))
            ):
                return Drift(DriftKind.OTHER_ADDRESS, zone, endpoint, address, mac)
        return None
