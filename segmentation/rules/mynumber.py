"""Crossings of My Number zones, and how far their peers reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.model.addresses import FAMILIES, NO_ADDRESSES, AddressSet
from segmentation.model.conduits import SANITIZING_KINDS, ConduitKind
from segmentation.model.gateways import Gateway, GatewayKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import End, Ends, resolve
from segmentation.rules.rule import RuleContext

#: Zones that are, or lead straight to, the Internet.
INTERNET_SIDE = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD, ZoneKind.GUEST})
#: Zones from which the Internet is reached without any further step of ours: itself, and the egress that exists for it.
INTERNET_REACHED = frozenset({ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD, ZoneKind.GUEST})
#: Zones of other organisations, whose own reachability only they can state.
FOREIGN = frozenset({ZoneKind.EXTERNAL_PEER, ZoneKind.LGWAN_NETWORK})
#: Gateways that make data safe; a way through one of them is not an open one.
SANITIZERS = frozenset({GatewayKind.MAIL_SANITIZER, GatewayKind.FILE_SANITIZER, GatewayKind.SCREEN_SERVER})


@dataclass(frozen=True, slots=True)
class MynumberCrossing:
    """A conduit with exactly one end in My Number zones."""

    ends: Ends
    inside: End
    peer: End

    @property
    def inside_side(self) -> str:
        """``initiator`` or ``responder``: which end is ours."""
        return "initiator" if self.inside is self.ends.initiator else "responder"


def mynumber_crossings(context: RuleContext) -> Iterator[MynumberCrossing]:
    """Every declared conduit that leaves a My Number zone, in file order."""
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.MYNUMBER,))
        if sides is not None:
            yield MynumberCrossing(ends, *sides)


def exempt(context: RuleContext, ends: Ends) -> bool:
    """Whether the peer is registered as a public institution, and the policy exempts those."""
    registered = ends.conduit.kind is ConduitKind.PUBLIC_INSTITUTION or ends.conduit.institution is not None
    return registered and context.policy.mynumber.institution_exempt


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a way: over a conduit, or to a relay in the same layer that lists the host as a client."""

    conduit: str
    relay: str
    to_zone: str

    def __str__(self) -> str:
        """For messages and details."""
        name = " ".join(n for n in (self.conduit, self.relay and f"[{self.relay}]") if n)
        return f"{name} → {self.to_zone}" if self.to_zone else name


class Relays:
    """The application relays of the model with their clients resolved (sanitizers are none), and what leads on.

    Built once a check: with thousands of conduits only the few that lead to a relay or outside are searched.
    """

    def __init__(self, context: RuleContext) -> None:
        """Resolve faces and clients, and sort out the conduits that can be a step towards the Internet."""
        model, zone_map = context.model, context.zone_map
        self.gateways: list[tuple[Gateway, AddressSet, AddressSet]] = [
            (g, AddressSet.union(f.addresses for f in g.faces), resolve(model, zone_map, g.clients).addresses)
            for g in model.gateways.values()
            if g.kind not in SANITIZERS
        ]
        faces = AddressSet.union(f for _, f, _ in self.gateways)
        #: conduits between our zones and the Internet side, each with its near and far end
        self.outward: list[tuple[Ends, End, End]] = [
            (ends, near, far)
            for ends in context.conduits
            for near, far in ((ends.initiator, ends.responder), (ends.responder, ends.initiator))
            if far.kinds & INTERNET_SIDE and ZoneKind.MYNUMBER not in near.kinds
        ]
        self.joined = AddressSet.union(near.addresses for _, near, _ in self.outward)
        #: conduits from other organisations to a relay of ours
        self.callers: list[Ends] = [
            ends for ends in context.conduits if ends.initiator.kinds & FOREIGN and ends.responder.addresses & faces
        ]
        self.ways: dict[AddressSet, tuple[Hop, ...] | None] = {}
        #: conduits that reach the Internet or a relay without making anything safe
        self.steps: list[Ends] = [
            ends
            for ends in context.conduits
            if ends.conduit.kind not in SANITIZING_KINDS
            and (ends.responder.kinds & INTERNET_REACHED or ends.responder.addresses & faces)
        ]

    def serving(self, client: AddressSet) -> Iterator[tuple[Gateway, AddressSet]]:
        """Relays that list any of these addresses as a client, with the addresses of all their faces."""
        for gateway, faces, clients in self.gateways:
            if clients & client and faces:
                yield gateway, faces

    def clients_of(self, host: AddressSet) -> Iterator[tuple[Gateway, AddressSet]]:
        """Relays that have one of these addresses, with their clients."""
        for gateway, faces, clients in self.gateways:
            if faces & host and clients:
                yield gateway, clients


def way_to_internet(context: RuleContext, start: AddressSet, relays: Relays) -> tuple[Hop, ...] | None:
    """The shortest way from *start* to the Internet over conduits and relays, or ``None``.

    A conduit leads on only from a relay that lists the host before as its client; being in the same network is no
    step.  A sanitizing conduit ends the way.  Breadth first, in file order, so the answer is reproducible.
    """
    if start not in relays.ways:
        relays.ways[start] = _search(context, start, relays)
    return relays.ways[start]


def _search(context: RuleContext, start: AddressSet, relays: Relays) -> tuple[Hop, ...] | None:
    queue: deque[tuple[AddressSet, tuple[Hop, ...]]] = deque([(start, ())])
    seen: set[str] = set()
    while queue:
        here, path = queue.popleft()
        for ends in relays.steps:
            if not ends.initiator.addresses & here:
                continue
            if ends.responder.kinds & INTERNET_REACHED:
                return (*path, Hop(ends.conduit.id, "", ends.responder.zone_id))
            for gateway, faces, clients in relays.gateways:
                # Whoever is named one by one as a sender to a relay is its client, whether its own list was kept up or not.
                client = clients & here or (_named(context, ends) & here)
                if gateway.id not in seen and client and faces & ends.responder.addresses:
                    seen.add(gateway.id)
                    queue.append((faces, (*path, Hop(ends.conduit.id, gateway.id, ends.responder.zone_id))))
        for gateway, faces in relays.serving(here):
            if gateway.id not in seen and _same_layer(context, here, faces):  # within a layer no conduit is needed
                seen.add(gateway.id)
                queue.append((faces, (*path, Hop("", gateway.id, _first_zone(context, faces)))))
    return None


def _named(context: RuleContext, ends: Ends) -> AddressSet:
    """The initiators of a conduit that are written one by one, not as a zone or a network."""
    party = ends.conduit.initiator
    hosts = [e.addresses for i in party.endpoints if (e := context.model.endpoints.get(i)) is not None]
    singles = AddressSet(*(IntervalSet(tuple(p for p in party.networks.family(f) if p[0] == p[1])) for f in FAMILIES))
    return AddressSet.union([*hosts, singles])


def _layers(context: RuleContext, addresses: AddressSet) -> set[str]:
    return {context.model.layer(z).id for z in context.zone_map.split(addresses) if z}


def _same_layer(context: RuleContext, a: AddressSet, b: AddressSet) -> bool:
    return bool(_layers(context, a) & _layers(context, b))


def _first_zone(context: RuleContext, addresses: AddressSet) -> str:
    return next((z for z in context.zone_map.split(addresses) if z), "")


def hidden_clients(relays: Relays, peer: AddressSet) -> AddressSet:
    """Who stands behind a peer that is a relay itself: its clients, and theirs."""
    found, frontier, done = NO_ADDRESSES, peer, set[str]()
    while frontier:
        more = NO_ADDRESSES
        for gateway, clients in relays.clients_of(frontier):
            if gateway.id not in done:
                done.add(gateway.id)
                more |= clients
        found, frontier = found | more, more
    return found
