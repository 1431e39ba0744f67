"""What one device lets through, split by the decisions of the model: exact, never a sample."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from segmentation.analysis.reach_results import (
    Comparison,
    PairComparison,
    PairVerdict,
    Passage,
    Reach,
    Relation,
)
from segmentation.device.device import Device, Hook
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.decision import Decision
from segmentation.packetset.box import Limits

__all__ = [
    "Comparison", "PairComparison", "PairVerdict", "Passage", "Reach", "Relation", "compare", "missing", "passing",
]  # fmt: skip

DEFAULT_LIMITS = Limits()


def passing(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reach:
    """All packets of *relation* that *device* lets through at *hook*, split by the first decision that matches them.

    *zones* gives every zone's own addresses (disjoint: an address belongs to the deepest zone); addresses in none are
    zone ``""``.  *interfaces* maps interface names to the zones behind them; a packet from (to) a zone that is mapped
    must come in (go out) by one of its interfaces, a zone that is mapped nowhere leaves the interface free.  *pairs*
    restricts the ordered zone pairs, after DNAT; ``None`` asks for all, ``("", z)`` for addresses of no zone.
    The destination after DNAT and the source before SNAT are judged.
    """
    raise NotImplementedError


def missing(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reach:
    """All packets that the decisions permit and *device* stops; ``rule`` or ``policy`` is what stops them.

    Arguments as for :func:`passing`.  A packet that reaches the same destination through DNAT is not missing.
    """
    raise NotImplementedError


def compare(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """:func:`passing` and :func:`missing`, and the verdict of every ordered pair of different zones.

    ``wider``: something passes that no decision permits; ``narrower``: something is permitted and stopped; ``both``;
    ``equal``; ``not_decidable``: a limit was reached, or the difference rests on uncertain matches only.
    """
    raise NotImplementedError
