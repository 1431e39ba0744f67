"""Who stands where in the reference city: MACs, VLANs and the gateways between them, as a mirror of the core switch sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from segmentation.model.addresses import FAMILIES, Address, Family, Mac
from segmentation.model.network import ZoneModel
from segmentation.model.zonemap import ZoneMap
from segmentation.model.zones import Endpoint, Party

#: Hosts taken from an endpoint or zone that holds whole networks.
_HOSTS_OF_RANGE = 8
#: The device that routes for a VLAN; the core firewall for all others.
_GATEWAYS = {119: "rtx-br-mgmt", 211: "l3sw-mgmt", 214: "l3sw-mgmt"}
_CORE = "fw-core-mgmt"
#: Zones that lie beyond a router: the VLAN by which they are reached and the MAC of that router there.
_BEYOND = {
    "lw": (212, Mac.parse("00:00:5e:00:53:80")),
    "sc": (399, Mac.parse("00:00:5e:00:53:a0")),
    "net": (399, Mac.parse("00:00:5e:00:53:a0")),
    "ex": (380, Mac.parse("00:00:5e:00:53:f0")),
    "mn-gc": (115, Mac.parse("00:00:5e:00:53:f1")),
}
#: Hosts in no ledger (printers, planned desktops): a MAC made of the last octets of the address.
_UNLISTED = 0x00005EFE0000


@dataclass(frozen=True, slots=True)
class View:
    """One look at a routed packet: the VLAN with the MACs it has there, and how many routers it has passed."""

    vlan: int
    src: Mac
    dst: Mac
    routed: int


@dataclass(slots=True)
class City:
    """The zone model seen from the wire.  Build it with :meth:`of`."""

    model: ZoneModel
    zonemap: ZoneMap
    _macs: dict[tuple[Family, int], Mac]
    _reached: dict[Address, tuple[int, Mac]] = field(default_factory=dict)  # where each address has been found to be

    @classmethod
    def of(cls, model: ZoneModel) -> City:
        """Index the MACs of single hosts; of a register entry with several addresses, the n-th MAC is the n-th host's."""
        macs: dict[tuple[Family, int], Mac] = {}
        for endpoint in model.endpoints.values():
            for address, mac in zip(hosts_of(endpoint), endpoint.macs, strict=False):
                macs[address.family, address.value] = mac
        return cls(model, ZoneMap.of(model), macs)

    def host(self, endpoint: str) -> Address:
        """The first address of an endpoint.  Raises :class:`KeyError`."""
        return next(hosts_of(self.model.endpoints[endpoint]))

    def zone(self, address: Address) -> str:
        """The innermost zone of an address, or ``""``."""
        return self.zonemap.zone_of(address.family, address.value)

    def mac(self, address: Address) -> Mac:
        """The MAC that speaks for *address* on the segment where it is reached."""
        return self._reach(address)[1]

    def ipv6(self, host: Address) -> Address:
        """The IPv6 address of a registered IPv4 host: its zone's prefix and its last octet."""
        prefix = self.model.zones[self.zone(host)].networks.v6.low
        address = Address(6, prefix | host.value & 0xFF)
        self._macs[6, address.value] = self._macs[4, host.value]
        return address

    def registered(self, address: Address) -> bool:
        """Whether the register has the host's own MAC."""
        return (address.family, address.value) in self._macs

    def vlan(self, address: Address) -> int:
        """The VLAN on which *address* is reached."""
        return self._reach(address)[0]

    def _reach(self, address: Address) -> tuple[int, Mac]:
        known = self._reached.get(address)
        if known is None:
            known = self._beyond(address)
            if known is None:
                own = self._macs.get((address.family, address.value)) or Mac(_UNLISTED | address.value & 0xFFFF)
                known = self.model.zones[self.zone(address)].vlans[0], own
            self._reached[address] = known
        return known

    def gateway(self, vlan: int) -> Mac:
        """The MAC of the device that routes for a VLAN."""
        return self.model.endpoints[_GATEWAYS.get(vlan, _CORE)].macs[0]

    def gateway_address(self, vlan: int) -> Address:
        """The first address of the network on a VLAN, which its router has (``.1``)."""
        zone = next(z for z in self.model.zones.values() if vlan in z.vlans)
        return Address(4, zone.networks.v4.low + 1)

    def views(self, src: Address, dst: Address) -> tuple[View, ...]:
        """How a mirror of all VLANs sees a packet: once within a VLAN, else before and after the router."""
        here, there = self.vlan(src), self.vlan(dst)
        if here == there:
            return (View(here, self.mac(src), self.mac(dst), 0),)
        return (
            View(here, self.mac(src), self.gateway(here), 0),
            View(there, self.gateway(there), self.mac(dst), 1),
        )

    def members(self, party: Party) -> list[Address]:
        """Hosts of a party: its endpoints, and the endpoints of its zones."""
        out = [a for e in party.endpoints for a in hosts_of(self.model.endpoints[e])]
        for zone in party.zones:
            inside = self.model.zones_within(zone)
            out += [a for e in self.model.endpoints.values() if e.zone in inside for a in hosts_of(e)]
        return out

    def in_zone(self, zone: str) -> list[Address]:
        """Hosts of a zone itself."""
        return [a for e in self.model.endpoints.values() if e.zone == zone for a in hosts_of(e)]

    def _beyond(self, address: Address) -> tuple[int, Mac] | None:
        zone = self.zone(address)
        for name in (zone, self.model.layer(zone).id) if zone else ("net",):
            if name in _BEYOND:
                return _BEYOND[name]
        return None


def hosts_of(endpoint: Endpoint) -> Iterator[Address]:
    """The first few hosts of an endpoint; of a network, not its own address."""
    left = _HOSTS_OF_RANGE
    for family in FAMILIES:
        for lo, hi in endpoint.addresses.family(family):
            first = lo + 1 if hi - lo >= 255 else lo
            for value in range(first, min(hi, first + left - 1) + 1):
                yield Address(family, value)
                left -= 1
