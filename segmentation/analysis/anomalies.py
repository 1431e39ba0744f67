"""Faults inside a rule base: rules that are never reached or do nothing, proved over exact packet sets."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from segmentation.device.device import Device, Rule
from segmentation.model.addresses import Family
from segmentation.model.finding import Packet
from segmentation.packetset.box import Limits

DEFAULT_LIMITS = Limits()


class AnomalyKind(enum.StrEnum):
    """What is wrong with a rule."""

    EMPTY = "empty"  # its own match holds for no packet
    SHADOWED = "shadowed"  # one earlier rule of the chain takes every packet it matches
    SHADOWED_UNION = "shadowed_union"  # several earlier rules together take every packet it matches
    UNREACHED = "unreached"  # no packet it matches arrives there: through the jumps that lead to its chain
    UNREFERENCED = "unreferenced"  # nothing leads to its chain
    REDUNDANT = "redundant"  # it is reached, but without it every packet would fare the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One rule and what makes it so.

    ``culprits``: for shadowing, a minimal covering set of earlier rules; for unreached, rules that take its packets;
    for redundancy, the later rules that do the same (none: the policy does).  ``conflict`` says whether a culprit does
    something else than the rule: then the rule's intent has no effect (an ineffective deny is the grave case).
    """

    kind: AnomalyKind
    chain: str
    position: int  # of the rule in the chain, from 0
    rule: Rule
    culprits: tuple[Rule, ...] = ()
    conflict: bool = False
    example: Packet | None = None  # a packet that the rule matches; None when it matches none


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyReport:
    """All anomalies of one device and family, in the order of the configuration.

    ``correlated`` counts pairs of rules of one chain with different actions that overlap without one holding the
    other.  ``undecided`` holds the rules about which a limit was reached: (chain, position).
    """

    device: str
    family: Family
    anomalies: tuple[Anomaly, ...]
    rules: int  # examined
    correlated: int = 0
    undecided: tuple[tuple[str, int], ...] = ()


def find(device: Device, family: Family, *, limits: Limits = DEFAULT_LIMITS) -> AnomalyReport:
    """Examine every rule of *device* that exists for *family*.

    Rules whose match is uncertain never count as culprits, and are reported only when certainly without effect.
    """
    raise NotImplementedError
