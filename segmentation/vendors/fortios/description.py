"""Everything a FortiGate says beside its filters, and which parts of it are read completely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.device.management import Aspect, ConfigObject, Management, Route, Software
from segmentation.vendors.fortios import own_services
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.interfaces import Interfaces
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.references import objects
from segmentation.vendors.fortios.routes import routes, static_only
from segmentation.vendors.fortios.tree import Entry
from segmentation.vendors.fortios.tunnels import remote_access, tunnels

#: Of any text with policies; the rest is told only by the configuration of a whole device.
_ALWAYS = frozenset({Aspect.OBJECTS, Aspect.COMMENTS, Aspect.LOGGING})
_WHOLE = frozenset({
    Aspect.SERVICES, Aspect.ACCOUNTS, Aspect.SYSLOG, Aspect.TIME, Aspect.PORTS, Aspect.TUNNELS, Aspect.WIRELESS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """The fields of a device that are not its chains."""

    management: Management
    objects: tuple[ConfigObject, ...]
    routes: tuple[Route, ...]
    aspects: frozenset[Aspect]


def describe(
    roots: Sequence[Entry], domains: Sequence[Domain], interfaces: Interfaces, admins: Sequence[Entry],
    software: tuple[Software, ...], elsewhere: set[str], notes: Notes,
) -> Description:  # fmt: skip
    """Read them; *roots* are the whole, the shared and every VDOM's part of the configuration, each once."""
    system = next((b for r in roots if (b := r.block("system global")) is not None), None)
    # A backup names its version; what "show" prints of a whole device has its interfaces and its global settings.
    whole = bool(interfaces.known.keys() - interfaces.assumed) and (bool(software) or system is not None)
    aspects = set(_ALWAYS)
    if whole:
        aspects |= _WHOLE
        if static_only(roots):
            aspects.add(Aspect.ROUTES)
        if software:
            aspects.add(Aspect.SOFTWARE)
    return Description(
        Management(
            services=tuple(own_services.management_services(interfaces, system, admins, roots, notes)),
            accounts=tuple(own_services.accounts(admins, notes, whole=whole)),
            syslog=tuple(own_services.syslog_targets(roots, notes)),
            time_servers=tuple(own_services.time_servers(roots, notes)),
            ports=tuple(own_services.physical_ports(interfaces, roots, notes)), tunnels=tuple(tunnels(roots, notes)),
            wireless=tuple(own_services.wireless(roots, notes)), software=software,
            remote_access=tuple(remote_access(roots, notes)),
        ),
        objects(domains, elsewhere, notes), tuple(routes(domains, interfaces, notes)), frozenset(aspects),
    )  # fmt: skip
