"""Everything a firewall says beside its rules, and which parts of it are read completely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation.device.management import Aspect, ConfigObject, Management, Route
from segmentation.vendors.panos import own_services
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.places import Places
from segmentation.vendors.panos.references import named_beside, objects
from segmentation.vendors.panos.routes import routes, static_only
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.tunnels import remote_access, tunnels
from segmentation.vendors.panos.zones import Interface
from segmentation.vendors.reading import SourceText

_ALWAYS = frozenset({Aspect.OBJECTS, Aspect.COMMENTS, Aspect.LOGGING})
#: The product has no wireless networks: that there are none is all there is to read.
_WHOLE = frozenset({
    Aspect.SERVICES, Aspect.SYSLOG, Aspect.TIME, Aspect.PORTS, Aspect.TUNNELS, Aspect.WIRELESS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """The fields of a device that are not its chains."""

    management: Management
    objects: tuple[ConfigObject, ...]
    routes: tuple[Route, ...]
    aspects: frozenset[Aspect]


def describe(
    root: Node, places: Places, interfaces: dict[str, Interface], value: Callable[[Node], str], texts: Sequence[SourceText],
    notes: Notes,
) -> Description:  # fmt: skip
    """Read them; *value* gives the prefix of an address object that a node names."""
    containers = [*places.systems, *places.pushed, *(v for p in places.pushed for v in p.entries("vsys")),
                  *places.groups.values(), *places.shared]  # fmt: skip
    beside = named_beside(root)
    listed = tuple(own_services.software(texts))
    whole = bool(interfaces) and any(d.at("deviceconfig", "system") is not None for d in places.devices)
    aspects = set(_ALWAYS)
    if whole:
        aspects |= _WHOLE
        if root.at("mgt-config", "users") is not None:
            aspects.add(Aspect.ACCOUNTS)
        if static_only(places.networks, containers):
            aspects.add(Aspect.ROUTES)
        if listed:
            aspects.add(Aspect.SOFTWARE)
    return Description(
        Management(
            services=tuple(own_services.management_services(places, interfaces)), accounts=tuple(own_services.accounts(root)),
            syslog=tuple(own_services.syslog_targets([*containers, *_outer(places)], beside)),
            time_servers=tuple(own_services.time_servers(places.devices)),
            ports=tuple(own_services.physical_ports(places)), tunnels=tuple(tunnels(places.networks)), software=listed,
            remote_access=tuple(remote_access(containers)),
        ),
        objects(containers, beside), tuple(routes(places.networks, interfaces, value, notes)), frozenset(aspects),
    )  # fmt: skip


def _outer(places: Places) -> list[Node]:
    """Where Panorama keeps its own log settings."""
    return [p for d in places.devices if (p := d.at("panorama")) is not None]
