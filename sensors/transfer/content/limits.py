"""Bounds of one examination, and the running account of what was used of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds; sizes in bytes, times in seconds.  A bound that is hit gives ``incomplete``, never ``none_found``."""

    file_bytes: int = 100 << 20  # as Zeek's extraction limit and the advice of gateway vendors
    depth: int = 5  # archives inside archives
    nesting: int = 12  # containers of any kind: mails, documents, archives
    members: int = 10_000
    expanded: int = 1 << 30
    ratio: int = 200
    #: XML and tables of zeros of ordinary files shrink a thousandfold; below this much output no ratio is judged.
    ratio_floor: int = 4 << 20
    places: int = 20  # of one factor of one kind
    factors: int = 200
    gaps: int = 50
    cpu_seconds: int = 20
    wall_seconds: int = 60
    memory: int = 2 << 30


class BoundHitError(Exception):
    """A bound of the examination is reached: ``what`` is ``members``, ``expanded`` or ``ratio``."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Account:
    """What one examination has used so far."""

    limits: Limits
    members: int = 0
    expanded: int = 0
    opened: set[bytes] = field(default_factory=set)

    def member(self) -> None:
        """Count one member.  Raises :class:`BoundHitError`."""
        self.members += 1
        if self.members > self.limits.members:
            raise BoundHitError("members")

    def output(self, more: int) -> None:
        """Count *more* bytes of expanded output.  Raises :class:`BoundHitError`."""
        self.expanded += more
        if self.expanded > self.limits.expanded:
            raise BoundHitError("expanded")

    def ratio(self, out: int, into: int) -> None:
        """Judge running output against the compressed input of one member or stream.  Raises :class:`BoundHitError`."""
        if out > self.limits.ratio_floor and out > self.limits.ratio * max(into, 1):
            raise BoundHitError("ratio")
