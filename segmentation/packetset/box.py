"""What a set of packets looks like to the rest of the program: boxes of plain values, and limits on the work."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.addresses import Family, format_range
from segmentation.model.intervals import EMPTY, IntervalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A product of field sets: every combination of their members is a packet of the box.

    ``in_interfaces`` and ``out_interfaces`` hold names; ``()`` means every interface.  A name that ends in ``*``
    stands for the interfaces of that prefix which no rule names, ``""`` for every other interface.
    For ICMP and ICMPv6 ``sports`` are the types and ``dports`` the codes.
    ``translated_dst`` and ``translated_dports`` are the destination after DNAT; ``None`` where it is unchanged.
    """

    family: Family
    src: IntervalSet
    dst: IntervalSet
    protocols: IntervalSet
    sports: IntervalSet
    dports: IntervalSet
    flags: IntervalSet = EMPTY
    states: IntervalSet = EMPTY
    macs: IntervalSet = EMPTY
    in_interfaces: tuple[str, ...] = ()
    out_interfaces: tuple[str, ...] = ()
    translated_dst: IntervalSet | None = None
    translated_dports: IntervalSet | None = None

    def __str__(self) -> str:
        """``10.0.0.0/8 -> 10.1.0.0/16 proto 6 sport 0-65535 dport 443``."""
        src, dst = (", ".join(format_range(self.family, lo, hi) for lo, hi in s) for s in (self.src, self.dst))
        proto, sport, dport = (
            ",".join(str(lo) if lo == hi else f"{lo}-{hi}" for lo, hi in s) for s in (self.protocols, self.sports, self.dports)
        )
        return f"{src} -> {dst} proto {proto} sport {sport} dport {dport}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much work one question may cost before its answer is "not decided".

    ``steps``: instructions looked at, per query box; ``all_steps``: by all query boxes of one walk together.
    ``stack``: boxes waiting, per query box (96 bytes of 4 each).
    ``pieces``: boxes given out, per query box; ``all_pieces``: by all query boxes of one walk together.
    ``nodes``: inner nodes of the decision diagram of the second layer;
    ``second_layer``: instructions it is built from, over all zone pairs that the walk could not finish.
    """

    steps: int = 20_000_000
    all_steps: int = 4_000_000_000
    stack: int = 200_000
    pieces: int = 2_000_000
    all_pieces: int = 1_000_000
    nodes: int = 4_000_000
    second_layer: int = 200_000
