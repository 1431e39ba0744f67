"""Devices that the register does not know (NC-11).

Only zones whose ledger holds MACs are watched, and only frames on such a zone's own segment: a source MAC there belongs
to a host of the zone or to a gateway of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.model.addresses import Address, Mac
from segmentation.model.network import ZoneModel
from segmentation.model.zonemap import ZoneMap
from sensors.watch.addresses import AddressRegister


@dataclass(frozen=True, slots=True)
class Unknown:
    """A MAC in no ledger, with the zone whose segment it was on."""

    zone: str
    mac: Mac
    address: Address

    @property
    def random(self) -> bool:
        """Whether the MAC is locally administered: made up by the device, as telephones do, or set by hand."""
        return self.mac.locally_administered


@dataclass(slots=True)
class DeviceRegister:
    """The MACs that may appear, by zone.  Build it with :meth:`of`."""

    zonemap: ZoneMap
    addresses: AddressRegister
    _known: Mapping[str, frozenset[Mac]]  # zone -> MACs of its ledger; a zone without any is not watched
    _gateways: frozenset[Mac]

    @classmethod
    def of(cls, model: ZoneModel, zonemap: ZoneMap, addresses: AddressRegister) -> DeviceRegister:
        """Collect the MACs of endpoints by zone, and those of gateway faces, which may appear in every zone."""
        known: dict[str, set[Mac]] = {}
        for endpoint in model.endpoints.values():
            for zone in {endpoint.zone, *endpoint.mac_scope}:
                known.setdefault(zone, set()).update(endpoint.macs)
        gateways = {m for g in model.gateways.values() for f in g.faces for m in f.macs}
        gateways |= {m for e in model.endpoints.values() if "router" in e.tags or "gateway" in e.tags for m in e.macs}
        return cls(zonemap, addresses, {z: frozenset(m) for z, m in known.items() if m}, frozenset(gateways))

    def unknown(self, address: Address, mac: Mac, vlan: int | None, day: dt.date | None) -> Unknown | None:
        """What a sighting says of a device nobody registered, or ``None``.

        An address of another zone is a router's doing, and an address that a registered host should have is a drift
        (MN-05), not a new device.
        """
        zone = self.zonemap.zone_of(address.family, address.value)
        known = self._known.get(zone)
        if known is None or mac.group or mac in known or mac in self._gateways:
            return None
        if not self.addresses.believable(address.family, address.value, vlan):
            return None
        return None if self.addresses.drift(address, mac, vlan, day) is not None else Unknown(zone, mac, address)
