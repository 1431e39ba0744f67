"""What a zone model says, in numbers and tables: the content of ``sekisho check`` without its layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.model.network import ZoneModel
from segmentation.model.registers import PolicyException
from segmentation.model.zonemap import UNASSIGNED, ZoneMap
from segmentation.model.zones import ModelKind, Party, ZoneKind


@dataclass(frozen=True, slots=True)
class ExceptionState:
    """An exception on a day: ``open`` (no end), ``in_force``, ``ending`` (within the warning days), ``ended``, ``not_yet``."""

    exception: PolicyException
    state: str
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Conduits by ordered pair of zones; the first zone is the initiator's.

    ``never`` holds the pairs that no conduit can ever join, ``within`` those inside which no conduit is needed.
    """

    zones: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[str, ...]]
    never: frozenset[tuple[str, str]]
    within: frozenset[tuple[str, str]]


#: What is the Internet, stands on its side, or leads to it.
_INTERNET_SIDE = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD, ZoneKind.GUEST})


def never_joined(a: ZoneKind, b: ZoneKind, scheme: ModelKind) -> bool:
    """Whether a crossing between these kinds can never be declared, in either direction."""
    pair = {a, b}
    if ZoneKind.MYNUMBER in pair and pair & _INTERNET_SIDE:
        return True
    # A closed network of a two-network scheme meets neither the internal network nor the Internet (山武郡市 2(6)).
    apart = _INTERNET_SIDE | {ZoneKind.GENERIC}
    return scheme is ModelKind.TWO_NETWORK and ZoneKind.CLOSED in pair and bool(pair & apart)


def party_zones(model: ZoneModel, party: Party, zone_map: ZoneMap) -> tuple[str, ...]:
    """The zones a party lies in: as named, those of its endpoints, and the innermost ones of literal networks."""
    found = dict.fromkeys(party.zones)
    found |= dict.fromkeys(model.endpoints[e].zone for e in party.endpoints)
    if party.networks:
        found |= dict.fromkeys(z for z in zone_map.split(party.networks) if z != UNASSIGNED)
    return tuple(z for z in found if z in model.zones)


def matrix(model: ZoneModel, at: dt.date, *, all_zones: bool = False) -> Matrix:
    """The zone-to-zone matrix for the conduits that exist on the day *at*; by layers unless *all_zones*."""
    zone_map = ZoneMap.of(model)
    if all_zones:
        parents = {z.parent for z in model.zones.values()}
        shown = tuple(z for z in model.zones if z not in parents)
    else:
        shown = tuple(z for z, record in model.zones.items() if not record.parent)
    cells: dict[tuple[str, str], dict[str, None]] = {}
    for conduit in model.conduits.values():
        if not conduit.valid_on(at):
            continue
        sources = _shown(model, party_zones(model, conduit.initiator, zone_map), shown, all_zones=all_zones)
        targets = _shown(model, party_zones(model, conduit.responder, zone_map), shown, all_zones=all_zones)
        for a in sources:
            for b in targets:
                cells.setdefault((a, b), {})[conduit.id] = None
    pairs = [(a, b) for a in shown for b in shown]
    return Matrix(
        zones=shown,
        cells={pair: tuple(cells[pair]) for pair in pairs if pair in cells},
        never=frozenset(p for p in pairs if never_joined(model.zones[p[0]].kind, model.zones[p[1]].kind, model.kind)),
        within=frozenset((a, b) for a, b in pairs if _open_within(model, a, b)),
    )


def _shown(model: ZoneModel, zones: tuple[str, ...], shown: tuple[str, ...], *, all_zones: bool) -> list[str]:
    if not all_zones:
        return list(dict.fromkeys(model.layer(z).id for z in zones))
    return list(dict.fromkeys(inner for z in zones for inner in model.zones_within(z) if inner in shown))


def _open_within(model: ZoneModel, a: str, b: str) -> bool:
    """Whether two zones are one, or parts of one layer of which neither is isolated."""
    if a == b:
        return True
    return model.layer(a) is model.layer(b) and not (model.zones[a].isolated or model.zones[b].isolated)


def exception_states(model: ZoneModel, at: dt.date) -> tuple[ExceptionState, ...]:
    """Every exception with its state on the day *at*, those that end first on top."""
    states = [ExceptionState(e, _state(e, at, model), e.days_left(at)) for e in model.exceptions.values()]
    return tuple(sorted(states, key=lambda s: (s.exception.expires_on or dt.date.max, s.exception.id)))


def _state(exception: PolicyException, at: dt.date, model: ZoneModel) -> str:
    left = exception.days_left(at)
    if left is not None and left < 0:
        return "ended"
    if not exception.in_force(at):
        return "not_yet"
    if left is None:
        return "open"
    return "ending" if left <= max(model.settings.exception_warning_days, default=0) else "in_force"


def numbers(model: ZoneModel) -> dict[str, int]:
    """How many of everything, under stable keys."""
    return {
        "zones": len(model.zones),
        "endpoints": len(model.endpoints),
        "services": len(model.services),
        "conduits": len(model.conduits),
        "gateways": len(model.gateways),
        "exceptions": len(model.exceptions),
        "devices": len(model.devices),
        "devices_with_config": sum(bool(d.config) for d in model.devices.values()),
        "sensors": len(model.sensors),
        "external_connections": len(model.external_connections),
        "wireless_networks": len(model.wireless_networks),
        "cloud_services": len(model.cloud_services),
        "log_stores": len(model.log_stores),
        "changes": len(model.changes),
        "reviews": len(model.reviews),
        "attestations": len(model.attestations),
    }
