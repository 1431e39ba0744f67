"""Sets of packets as decision diagrams (OxiDD, BCDD) over the bits of ranks: the second layer.

Boxes explain; diagrams compare.  Equality is a pointer comparison, union, intersection and difference are exact
whatever the shape, and a set of a million boxes may be a diagram of a few hundred nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from segmentation.model.intervals import Interval
from segmentation.packetset.program import Ints
from segmentation.packetset.space import DIMS, Dim, Space

#: Orders of the dimensions: access lists are smaller with addresses first, lists of wildcards with the protocol first.
ADDRESSES_FIRST = (Dim.IIF, Dim.OIF, Dim.STATE, Dim.DST, Dim.SRC, Dim.DPORT, Dim.SPORT, Dim.PROTO, Dim.FLAGS, Dim.SMAC)
PROTOCOL_FIRST = (Dim.IIF, Dim.OIF, Dim.STATE, Dim.PROTO, Dim.DPORT, Dim.SPORT, Dim.DST, Dim.SRC, Dim.FLAGS, Dim.SMAC)
_CACHE_SHARE = 4  # one entry of the operation cache for so many nodes


class BudgetExceededError(Exception):
    """A set needs more nodes than its budget: the question is not decided."""


class PacketSets:
    """Makes and combines the :class:`PacketSet` objects of one space; *nodes* bounds their memory together.

    Every operation raises :class:`BudgetExceededError` when the bound is reached.
    """

    def __init__(self, space: Space, *, nodes: int = 4_000_000, order: Sequence[Dim] = ADDRESSES_FIRST) -> None:
        from oxidd.bcdd import BCDDManager  # noqa: PLC0415 -- only questions that need the second layer load it

        self.space = space
        self.order = tuple(order)
        self._manager = BCDDManager(nodes, max(nodes // _CACHE_SHARE, 1024), 1)
        self.widths = tuple((space.counts[d] - 1).bit_length() for d in Dim)
        self._manager.add_vars(sum(self.widths))
        self.first: dict[Dim, int] = {}
        at = 0
        for d in self.order:
            self.first[d] = at
            at += self.widths[d]
        self._ranges: dict[tuple[Dim, int, int], Any] = {}
        self.full = PacketSet(self, self._manager.true())
        self.empty = PacketSet(self, self._manager.false())

    def _range(self, dim: Dim, lo: int, hi: int) -> Any:
        """The ranks *lo* to *hi*.  Codes above the last rank count as the last, so that "everything" needs no node."""
        key = (dim, lo, hi)
        found = self._ranges.get(key)
        if found is None:
            width, first, top = self.widths[dim], self.first[dim], self.space.counts[dim] - 1
            if hi == top:
                hi = (1 << width) - 1
            above, below = self._manager.true(), self._manager.true()
            for bit in range(width):  # from the least significant
                v = self._manager.var(first + width - 1 - bit)
                above = (v & above) if lo >> bit & 1 else (v | above)
                below = (~v | below) if hi >> bit & 1 else (~v & below)
            found = self._ranges[key] = above & below
        return found

    def product(self, ranks: Mapping[Dim, Sequence[Interval]]) -> PacketSet:
        """All packets whose fields lie in the given intervals of ranks; an absent dimension is free."""
        return PacketSet(self, _guard(lambda: self._product(ranks)))

    def _product(self, ranks: Mapping[Dim, Sequence[Interval]]) -> Any:
        out = self._manager.true()
        for d in reversed(self.order):  # the last variables first: each step only adds nodes on top
            if d in ranks:
                part = self._manager.false()
                for lo, hi in ranks[d]:
                    part = part | self._range(d, lo, hi)
                out = out & part
        return out

    def boxes(self, rows: Ints) -> PacketSet:
        """The union of boxes, int32[k, 20 or more]."""
        top = self.space.counts
        parts = [
            self._product({d: ((r[2 * d], r[2 * d + 1]),) for d in Dim if r[2 * d] > 0 or r[2 * d + 1] < top[d] - 1})
            for r in rows[:, : 2 * DIMS].tolist()
        ]
        return PacketSet(self, _guard(lambda: _union(parts) if parts else self._manager.false()))


def _union(parts: list[Any]) -> Any:
    """The union by divide and conquer: operands stay of similar size."""
    while len(parts) > 1:
        parts = [parts[i] | parts[i + 1] if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
    return parts[0]


def _guard(compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except MemoryError as error:
        raise BudgetExceededError("the set needs more nodes than its budget") from error


class PacketSet:
    """An immutable set of packets.  Two sets of one :class:`PacketSets` are equal exactly when ``==`` says so."""

    __slots__ = ("_sets", "node")

    def __init__(self, sets: PacketSets, node: Any) -> None:
        self._sets = sets
        self.node = node

    def __and__(self, other: PacketSet) -> PacketSet:
        """Intersection."""
        return PacketSet(self._sets, _guard(lambda: self.node & other.node))

    def __or__(self, other: PacketSet) -> PacketSet:
        """Union."""
        return PacketSet(self._sets, _guard(lambda: self.node | other.node))

    def __sub__(self, other: PacketSet) -> PacketSet:
        """Difference."""
        return PacketSet(self._sets, _guard(lambda: self.node & ~other.node))

    def __xor__(self, other: PacketSet) -> PacketSet:
        """Symmetric difference."""
        return PacketSet(self._sets, _guard(lambda: self.node ^ other.node))

    def __invert__(self) -> PacketSet:
        """Complement."""
        return PacketSet(self._sets, _guard(lambda: ~self.node))

    def __bool__(self) -> bool:
        """Whether there is any packet in it."""
        return bool(self.node.satisfiable())

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same packets."""
        return isinstance(other, PacketSet) and bool(self.node == other.node)

    def __hash__(self) -> int:
        """Consistent with equality."""
        return hash(self.node)

    def issubset(self, other: PacketSet) -> bool:
        """Whether every packet is in *other*."""
        return not self - other

    def count(self, dims: Sequence[Dim] = tuple(Dim)) -> int:
        """The exact number of packets, each rank counted with the values it stands for; *dims* are those that count.

        A dimension left out counts once, which is right only where the set does not depend on it.
        """
        return _Counter(self._sets, frozenset(dims)).count(self.node, 0)

    def rows(self) -> Iterator[dict[Dim, Interval]]:
        """Disjoint boxes of ranks, the lowest first in the order of the dimensions.  There may be very many."""
        return _Segments(self._sets).boxes(self.node, 0, {})

    def lowest(self) -> dict[Dim, Interval] | None:
        """The first box of :meth:`rows`, or ``None`` when the set is empty."""
        return next(self.rows(), None)

    def __str__(self) -> str:
        """The first few boxes."""
        shown = []
        for n, box in enumerate(self.rows()):
            if n == 8:
                shown.append("…")
                break
            shown.append(" ".join(f"{d.name.lower()} {_show(self._sets.space, d, r)}" for d, r in sorted(box.items())) or "all")
        return "; ".join(shown) or "none"


def _show(space: Space, dim: Dim, ranks: Interval) -> str:
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in space.decode(dim, *ranks))


class _Segments:
    """Cuts a diagram at the borders of its dimensions."""

    def __init__(self, sets: PacketSets) -> None:
        self.sets = sets
        self._known: dict[tuple[Any, int], tuple[tuple[int, int, Any], ...]] = {}

    def of(self, node: Any, position: int) -> tuple[tuple[int, int, Any], ...]:
        """Runs of ranks of the dimension at *position* of the order, each with the diagram that is left below them."""
        key = (node, position)
        found = self._known.get(key)
        if found is None:
            dim = self.sets.order[position]
            out: list[tuple[int, int, Any]] = []
            self._walk(node, dim, 0, 0, out)
            found = self._known[key] = tuple(out)
        return found

    def _walk(self, node: Any, dim: Dim, bit: int, lo: int, out: list[tuple[int, int, Any]]) -> None:
        width, first, top = self.sets.widths[dim], self.sets.first[dim], self.sets.space.counts[dim] - 1
        if lo > top or not node.satisfiable():
            return
        level = node.node_level()
        if level is None or level >= first + width or bit == width:
            hi = min(lo + (1 << (width - bit)) - 1, top)
            if out and out[-1][1] == lo - 1 and out[-1][2] == node:
                out[-1] = (out[-1][0], hi, node)
            else:
                out.append((lo, hi, node))
            return
        high, low = node.cofactors() if level == first + bit else (node, node)
        self._walk(low, dim, bit + 1, lo, out)
        self._walk(high, dim, bit + 1, lo + (1 << (width - bit - 1)), out)

    def boxes(self, node: Any, position: int, box: dict[Dim, Interval]) -> Iterator[dict[Dim, Interval]]:
        """The boxes of *node*, with those fields that are not free."""
        if position == len(self.sets.order):
            yield dict(box)
            return
        dim = self.sets.order[position]
        top = self.sets.space.counts[dim] - 1
        for lo, hi, below in self.of(node, position):
            if (lo, hi) == (0, top):
                yield from self.boxes(below, position + 1, box)
            else:
                box[dim] = (lo, hi)
                yield from self.boxes(below, position + 1, box)
                del box[dim]


class _Counter(_Segments):
    """Counts packets, every shared part of the diagram once."""

    def __init__(self, sets: PacketSets, dims: frozenset[Dim]) -> None:
        super().__init__(sets)
        self._dims = dims
        self._counts: dict[tuple[Any, int], int] = {}

    def count(self, node: Any, position: int) -> int:
        """The number of packets below *node* in the dimensions from *position* of the order on."""
        if position == len(self.sets.order):
            return 1
        key = (node, position)
        found = self._counts.get(key)
        if found is None:
            dim = self.sets.order[position]
            found = 0
            for lo, hi, below in self.of(node, position):
                size = self.sets.space.size(dim, lo, hi) if dim in self._dims else 1
                found += size * self.count(below, position + 1)
            self._counts[key] = found
        return found
