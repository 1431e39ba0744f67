"""Everything an ASA says beside its filters, and which parts of it are read completely."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.device.management import Aspect, Binding, ConfigObject, Management, Route
from segmentation.vendors.asa import own_services
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.asa.references import bindings, objects
from segmentation.vendors.asa.routes import routes, static_only
from segmentation.vendors.asa.tunnels import crypto, remote_access

#: Of any text with lists; the rest is told only by the configuration of a whole device.
_ALWAYS = frozenset({Aspect.OBJECTS, Aspect.COMMENTS})
_WHOLE = frozenset({
    Aspect.SERVICES, Aspect.ACCOUNTS, Aspect.SYSLOG, Aspect.TIME, Aspect.PORTS, Aspect.TUNNELS, Aspect.BINDINGS,
    Aspect.LOGGING,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """The fields of a device that are not its chains."""

    management: Management
    objects: tuple[ConfigObject, ...]
    bindings: tuple[Binding, ...]
    routes: tuple[Route, ...]
    aspects: frozenset[Aspect]


def describe(parser: Parser, used_lists: set[str]) -> Description:
    """Read them; *used_lists* are the names of the lists that filter traffic."""
    made = crypto(parser)
    told = own_services.whole(parser.blocks)
    listed = tuple(own_services.software(parser))
    aspects = set(_ALWAYS) | ({Aspect.HITS} if parser.hits else set())
    if told:
        aspects |= _WHOLE
        if static_only(parser):
            aspects.add(Aspect.ROUTES)
        if listed:
            aspects.add(Aspect.SOFTWARE)
    return Description(
        Management(
            services=tuple(own_services.management_services(parser)), accounts=tuple(own_services.accounts(parser)),
            syslog=tuple(own_services.syslog_targets(parser)), time_servers=tuple(own_services.time_servers(parser)),
            ports=tuple(own_services.physical_ports(parser)), tunnels=tuple(made.tunnels()), software=listed,
            remote_access=tuple(remote_access(parser, made)),
        ),
        objects(parser, used_lists), tuple(bindings(parser)), tuple(routes(parser)), frozenset(aspects),
    )  # fmt: skip
