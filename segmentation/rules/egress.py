"""Ways out to the Internet as the zone model declares them."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import AddressSet
from segmentation.model.gateways import GatewayKind
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import Ends
from segmentation.rules.rule import RuleContext

#: Lines that carry the open Internet.
INTERNET_LINES = frozenset({"internet", "pppoe", "mobile", "broadband"})
#: Zones with a way out of their own that no policy counts: visitors, and the egress itself.
_NOT_OURS = frozenset({ZoneKind.GUEST, ZoneKind.SECURITY_CLOUD, ZoneKind.OUTSIDE})
#: Zones for which other rules (MN-02, LG-14, LG-15, Y-01) speak.
_OTHER_RULES = frozenset({ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.CLOSED})


def egress_conduits(context: RuleContext) -> Iterator[Ends]:
    """Declared conduits from our zones to the Internet itself."""
    for ends in context.conduits:
        if ZoneKind.OUTSIDE in ends.responder.kinds and not ends.initiator.kinds & (_NOT_OURS | _OTHER_RULES):
            yield ends


def through(context: RuleContext, ends: Ends, kinds: frozenset[GatewayKind]) -> bool:
    """Whether a conduit names, or starts at, a gateway of one of these kinds."""
    gateways = [g for g in context.model.gateways.values() if g.kind in kinds]
    if any(g.id in (ends.conduit.gateway, *ends.conduit.via) for g in gateways):
        return True
    faces = AddressSet.union(f.addresses for g in gateways for f in g.faces)
    return bool(ends.initiator.addresses) and not ends.initiator.addresses - faces
