"""Crossings between the LGWAN zone and the Internet side, and whether a method makes them safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.model.conduits import Conduit, ConduitKind, DataDirection
from segmentation.model.gateways import Gateway, GatewayKind
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import End, Ends
from segmentation.rules.mynumber import INTERNET_SIDE
from segmentation.rules.rule import RuleContext

#: Which gateways can do what a sanitizing kind promises.
GATEWAYS_FOR: dict[ConduitKind, frozenset[GatewayKind]] = {
    ConduitKind.MAIL_TEXT: frozenset({GatewayKind.MAIL_SANITIZER}),
    ConduitKind.SCREEN_TRANSFER: frozenset({GatewayKind.SCREEN_SERVER}),
    ConduitKind.FILE_CDR: frozenset({GatewayKind.FILE_SANITIZER}),
    ConduitKind.FILE_VERIFY: frozenset({GatewayKind.FILE_SANITIZER}),
}


@dataclass(frozen=True, slots=True)
class LgwanCrossing:
    """A conduit with one end in the LGWAN zone and the other on the Internet side."""

    ends: Ends
    inside: End
    outside: End

    @property
    def opened_inside(self) -> bool:
        """Whether the LGWAN side opens the connection."""
        return self.inside is self.ends.initiator

    @property
    def imports(self) -> bool:
        """Whether data enters the LGWAN zone: direction of data, not of the connection."""
        toward = DataDirection.TO_INITIATOR if self.opened_inside else DataDirection.TO_RESPONDER
        return self.ends.conduit.data in (DataDirection.BOTH, toward)

    @property
    def exports(self) -> bool:
        """Whether data leaves the LGWAN zone."""
        away = DataDirection.TO_RESPONDER if self.opened_inside else DataDirection.TO_INITIATOR
        return self.ends.conduit.data in (DataDirection.BOTH, away)


def lgwan_crossings(context: RuleContext) -> Iterator[LgwanCrossing]:
    """Every declared conduit between the LGWAN zone and the Internet side, in file order."""
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.LGWAN,))
        if sides is not None and sides[1].kinds & INTERNET_SIDE:
            yield LgwanCrossing(ends, *sides)


def imports_into_lgwan(context: RuleContext) -> Iterator[LgwanCrossing]:
    """Those that carry data in."""
    return (c for c in lgwan_crossings(context) if c.imports)


def has_method(context: RuleContext, conduit: Conduit) -> bool:
    """Whether the conduit's kind is a method of the policy, or another measure that the policy admits."""
    sanitize = context.policy.sanitize
    if conduit.kind is ConduitKind.OTHER_MEASURE:
        return sanitize.allow_other_with_reason  # K-01 asks for the reason
    return conduit.kind in sanitize.methods


def gateway_of(context: RuleContext, conduit: Conduit) -> Gateway | None:
    """The registered gateway of a conduit."""
    return context.model.gateways.get(conduit.gateway)
