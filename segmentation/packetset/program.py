"""Programs over packet boxes: chains of instructions and the stages that call them.

A match that is a product of sets of many intervals would need one instruction per combination.  Above
:data:`FLAT_PRODUCT` combinations the builder factors it: an instruction per interval of one field jumps to a
*virtual* chain that tests the next field, so the number of instructions is the sum and not the product.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.model.intervals import Interval, IntervalSet
from segmentation.packetset.space import DIMS, Dim, Space

Ints = npt.NDArray[np.int32]
#: Up to this many combinations of intervals become instructions of their own.
FLAT_PRODUCT = 16


class Op(enum.IntEnum):
    """What an instruction does with the packets it matches; the kernel knows the numbers."""

    ACCEPT = 0  # ends the stage; the next stage goes on
    DROP = 1  # ends everything
    JUMP = 2
    GOTO = 3
    RETURN = 4
    NAT = 5  # rewrites, then as ACCEPT
    STOP = 6  # as ACCEPT, but past all stages before the stop stage
    MARK = 7  # notes `target` in slot `slot` of the piece, then as ACCEPT
    DISCARD = 8  # ends everything and counts neither as passed nor as stopped
    NOTE = 10  # notes as MARK, and goes on with the next instruction
    UNSURE = 9  # does what is asked about (passing or stopping), uncertainly


@dataclass(frozen=True, slots=True)
class Rewrite:
    """New ranks of a NAT instruction; ``None`` keeps the old value.  One packet gets one value of the interval."""

    source: bool  # SRC and SPORT, else DST and DPORT
    address: Interval | None
    port: Interval | None
    uncertain: bool  # which value it gets, or whether this row is taken, is not known


@dataclass(frozen=True, slots=True)
class Stage:
    """A chain run on every packet that the stages before accepted."""

    chain: int
    default: Op  # ACCEPT, DROP or DISCARD: for packets that fall off the chain
    ref: int = -1  # put on the trace when the default decides
    restore_source: bool = False  # judge the source as it was before SNAT, from here on


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program.  ``rows`` is int32 of shape (instructions, 20): lo and hi of every dimension in turn."""

    space: Space
    rows: Ints
    ops: Ints
    targets: Ints
    refs: Ints
    depths: Ints  # virtual frames around the instruction
    slots: Ints
    may: npt.NDArray[np.bool_]
    chain_of: Ints
    chain_start: Ints
    chain_end: Ints
    stages: tuple[Stage, ...]
    stop_stage: int
    nat: Ints  # (rows, 6): source, address lo, hi (-1: keep), port lo, hi (-1: keep), uncertain
    nat_start: Ints  # per NAT target
    nat_end: Ints


@dataclass(frozen=True, slots=True)
class Block:
    """Chains and stages compiled once, to be put into many programs of one space: a device, which is asked many questions.

    ``meta`` is int32 of shape (instructions, 6): op, target, ref, depth, slot, may; targets are numbered within the block.
    """

    rows: Ints
    meta: Ints
    lengths: tuple[int, ...]  # instructions of each chain
    stages: tuple[Stage, ...]
    nat: tuple[tuple[Rewrite, ...], ...]

    def without(self, refs: Collection[int]) -> Block:
        """The block without the instructions of some references; its chains keep their numbers."""
        kept = ~np.isin(self.meta[:, 2], list(refs))
        chains = np.repeat(np.arange(len(self.lengths)), self.lengths)[kept]
        lengths = tuple(np.bincount(chains, minlength=len(self.lengths)).tolist())
        return dataclasses.replace(self, rows=self.rows[kept], meta=self.meta[kept], lengths=lengths)

    def at(self, chain: int, nat: int) -> Ints:
        """``meta`` where the block's chains are numbered from *chain* and its translations from *nat*."""
        meta = self.meta.copy()
        meta[np.isin(meta[:, 0], (Op.JUMP, Op.GOTO)), 1] += chain
        meta[meta[:, 0] == Op.NAT, 1] += nat
        return meta


@dataclass(slots=True)
class _Rows:
    # Numbers in a row and not lists of lists: a device may have a million instructions.
    boxes: array[int] = field(default_factory=lambda: array("i"))
    meta: array[int] = field(default_factory=lambda: array("i"))  # op target ref depth slot may

    def add(self, box: list[int], meta: tuple[int, int, int, int, int, bool]) -> None:
        self.boxes.extend(box)
        self.meta.extend(meta)


class ProgramBuilder:
    """Makes a :class:`Program` in a finished :class:`~segmentation.packetset.space.Space`."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._full = space.full()
        self._chains: list[_Rows | None] = []  # None: of a block
        self._blocks: dict[int, tuple[Block, int]] = {}  # number of the first chain -> block, number of its first translation
        self._nat: list[list[Rewrite]] = []
        self._stages: list[Stage] = []
        self._stop = -1

    def chain(self) -> int:
        """A new, empty chain."""
        self._chains.append(_Rows())
        return len(self._chains) - 1

    def nat(self, rewrites: Sequence[Rewrite]) -> int:
        """A NAT target: each of *rewrites* is tried on every packet."""
        self._nat.append(list(rewrites))
        return len(self._nat) - 1

    def stage(self, stage: Stage) -> int:
        """Append a stage; returns its number."""
        self._stages.append(stage)
        return len(self._stages) - 1

    def include(self, block: Block) -> None:
        """Append the chains and stages of a block of the same space."""
        first = len(self._chains)
        self._blocks[first] = block, len(self._nat)
        self._chains.extend([None] * len(block.lengths))
        self._nat.extend(list(r) for r in block.nat)
        self._stages.extend(dataclasses.replace(s, chain=s.chain + first) for s in block.stages)

    def stop_here(self) -> None:
        """Let STOP continue with the stage that is appended next."""
        self._stop = len(self._stages)

    def emit(
        self,
        chain: int,
        sets: Mapping[Dim, IntervalSet],
        op: Op,
        target: int = 0,
        *,
        ref: int = -1,
        may: bool = False,
        slot: int = 0,
    ) -> None:
        """Append an instruction for the packets in the product of *sets*; an absent dimension is not tested."""
        encoded = [(d, self.space.encode(d, s)) for d, s in sets.items()]
        self.emit_ranks(chain, encoded, (op, target, ref, 0, slot, may))

    def emit_ranks(
        self,
        chain: int,
        encoded: Sequence[tuple[Dim, Sequence[Interval]]],
        meta: tuple[int, int, int, int, int, bool],
    ) -> None:
        """As :meth:`emit`, with intervals of ranks and (op, target, ref, depth, slot, may)."""
        rows = self._chains[chain]
        assert rows is not None, "the chains of a block are complete"
        if math.prod(len(s) for _, s in encoded) <= FLAT_PRODUCT:
            for choice in itertools.product(*(s for _, s in encoded)):
                box = self._full.copy()
                for (d, _), (lo, hi) in zip(encoded, choice, strict=True):
                    box[2 * d], box[2 * d + 1] = lo, hi
                rows.add(box, meta)
            return
        # The field with most intervals goes last: the chain of jumps in front of it stays short.
        *head, last = sorted(encoded, key=lambda e: len(e[1]))
        single = [e for e in head if len(e[1]) == 1]
        many = [e for e in head if len(e[1]) > 1]
        if not many:
            base = self._full.copy()
            for d, s in single:
                base[2 * d], base[2 * d + 1] = s[0]
            for lo, hi in last[1]:
                box = base.copy()
                box[2 * last[0]], box[2 * last[0] + 1] = lo, hi
                rows.add(box, meta)
            return
        first, *rest = many
        virtual = self.chain()
        op, target, ref, depth, slot, may = meta
        self.emit_ranks(virtual, [*rest, last], (op, target, ref, depth + 1, slot, may))
        for interval in first[1]:
            self.emit_ranks(chain, [*single, (first[0], (interval,))], (Op.JUMP, virtual, -1, depth, 0, False))

    def block(self) -> Block:
        """What was built so far, to be included in other builders."""
        lengths, rows, meta = self._compiled()
        return Block(rows, meta, tuple(lengths), tuple(self._stages), tuple(tuple(r) for r in self._nat))

    def _compiled(self) -> tuple[list[int], Ints, Ints]:
        """Instructions of each chain, and the rows and metas of all."""
        lengths: list[int] = []
        rows, metas = [np.zeros((0, 2 * DIMS), np.int32)], [np.zeros((0, 6), np.int32)]
        for number, chain in enumerate(self._chains):
            if chain is not None:
                lengths.append(len(chain.meta) // 6)
                if chain.meta:
                    rows.append(np.array(chain.boxes, np.int32).reshape(-1, 2 * DIMS))
                    metas.append(np.array(chain.meta, np.int32).reshape(-1, 6))
            elif number in self._blocks:
                block, nat = self._blocks[number]
                lengths.extend(block.lengths)
                rows.append(block.rows)
                metas.append(block.at(number, nat))
        return lengths, np.concatenate(rows), np.concatenate(metas)

    def build(self) -> Program:
        """The finished program.  A last, empty stage that accepts is added: the kernel counts on it."""
        self._stages.append(Stage(self.chain(), Op.ACCEPT))
        lengths, rows, meta = self._compiled()
        ends = np.cumsum(lengths, dtype=np.int32)
        nat = [_nat_row(r) for rewrites in self._nat for r in rewrites]
        nat_ends = np.cumsum([len(r) for r in self._nat], dtype=np.int32) if self._nat else np.zeros(0, np.int32)
        return Program(
            space=self.space,
            rows=rows,
            ops=meta[:, 0].copy(),
            targets=meta[:, 1].copy(),
            refs=meta[:, 2].copy(),
            depths=meta[:, 3].copy(),
            slots=meta[:, 4].copy(),
            may=meta[:, 5].astype(np.bool_),
            chain_of=np.repeat(np.arange(len(lengths), dtype=np.int32), lengths),
            chain_start=(ends - np.array(lengths, np.int32)).astype(np.int32),
            chain_end=ends,
            stages=tuple(self._stages),
            stop_stage=self._stop if self._stop >= 0 else len(self._stages) - 1,
            nat=np.array(nat, np.int32).reshape(-1, 6),
            nat_start=(nat_ends - np.array([len(r) for r in self._nat], np.int32)).astype(np.int32),
            nat_end=nat_ends,
        )


def _nat_row(rewrite: Rewrite) -> list[int]:
    address, port = rewrite.address or (-1, -1), rewrite.port or (-1, -1)
    return [int(rewrite.source), *address, *port, int(rewrite.uncertain)]
