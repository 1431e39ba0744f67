"""The two ends of each declared conduit, resolved to zones and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentation.model.addresses import NO_ADDRESSES, AddressSet
from segmentation.model.conduits import Conduit
from segmentation.model.network import ZoneModel
from segmentation.model.zonemap import UNASSIGNED, ZoneMap
from segmentation.model.zones import Party, Zone, ZoneKind


@dataclass(frozen=True, slots=True)
class End:
    """One end: who it is, the innermost zones it lies in, and its addresses.

    ``unassigned`` are those of its literal networks that belong to no zone.
    """

    party: Party
    zones: tuple[Zone, ...]
    addresses: AddressSet
    unassigned: AddressSet = NO_ADDRESSES

    @property
    def kinds(self) -> frozenset[ZoneKind]:
        """The kinds of its zones."""
        return frozenset(z.kind for z in self.zones)

    @property
    def blank(self) -> bool:
        """Whether nothing was written for it."""
        return not (self.party.zones or self.party.endpoints or self.party.networks or self.party.addresses)

    @property
    def zone_id(self) -> str:
        """The ID of its first zone, or ``""``."""
        return self.zones[0].id if self.zones else UNASSIGNED


@dataclass(frozen=True, slots=True)
class Ends:
    """A conduit with both of its ends."""

    conduit: Conduit
    initiator: End
    responder: End

    def sides(self, kinds: Iterable[ZoneKind]) -> tuple[End, End] | None:
        """``(inside, other)`` when exactly one end lies in zones of *kinds*, else ``None``.

        An end that lies in several kinds counts as inside when any of its zones is.
        """
        wanted = frozenset(kinds)
        a, b = bool(self.initiator.kinds & wanted), bool(self.responder.kinds & wanted)
        if a and not b:
            return self.initiator, self.responder
        if b and not a:
            return self.responder, self.initiator
        # both ends touch the kinds: a crossing only if one of them also lies elsewhere
        if a and b and self.responder.kinds - wanted:
            return self.initiator, self.responder
        if a and b and self.initiator.kinds - wanted:
            return self.responder, self.initiator
        return None

    def between(self, kinds: Iterable[ZoneKind], others: Iterable[ZoneKind]) -> bool:
        """Whether one end touches *kinds* and the other *others*, in either direction."""
        a, b = frozenset(kinds), frozenset(others)
        i, r = self.initiator.kinds, self.responder.kinds
        return bool((i & a and r & b) or (i & b and r & a))


def resolve(model: ZoneModel, zone_map: ZoneMap, party: Party) -> End:
    """Resolve one party; names that do not exist are ignored here, the zone file's reader reports them."""
    zones = dict.fromkeys(z for z in party.zones if z in model.zones)
    named = tuple(model.endpoints[e] for e in party.endpoints if e in model.endpoints)
    zones |= dict.fromkeys(e.zone for e in named if e.zone in model.zones)
    known = AddressSet.union([zone_map.sets[w] for z in party.zones if z in model.zones for w in model.zones_within(z)])
    listed = AddressSet.union(e.addresses for e in named)
    # ``addresses`` repeats what zones and endpoints say; only what they do not explain has to be looked up.
    literal = party.networks | (party.addresses - known - listed)
    parts = zone_map.split(literal) if literal else {}
    unassigned = parts.pop(UNASSIGNED, NO_ADDRESSES)
    zones |= dict.fromkeys(parts)
    return End(party, tuple(model.zones[z] for z in zones), known | listed | literal, unassigned)


def resolve_all(model: ZoneModel, zone_map: ZoneMap) -> tuple[Ends, ...]:
    """Every conduit with its ends, in file order."""
    return tuple(
        Ends(c, resolve(model, zone_map, c.initiator), resolve(model, zone_map, c.responder)) for c in model.conduits.values()
    )
