"""Anomalies that show only through jumps: rules that are not reached from a base chain, or change no verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from segmentation.analysis.anomalies_chain import boxes_of
from segmentation.analysis.program import ENDING, DevicePlan, Step
from segmentation.device.device import BaseChain
from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op, Program, ProgramBuilder
from segmentation.packetset.space import DIMS, Space
from segmentation.packetset.walk import ROW


@dataclass(slots=True)
class FlowAnswer:
    """References of the rules that are never reached, that change no verdict, and of those about which nothing is known."""

    unreached: set[int] = field(default_factory=set)
    redundant: set[int] = field(default_factory=set)
    undecided: set[int] = field(default_factory=set)


def examine_flow(space: Space, plan: DevicePlan, base: BaseChain, limits: Limits) -> FlowAnswer:
    """Ask both questions of every rule below one base chain.

    Uncertain matches are followed both ways, so "never reached" and "changes nothing" are certain.
    """
    from segmentation.packetset import sweep  # noqa: PLC0415 -- numba costs 0.4 s to import

    builder = ProgramBuilder(space)
    plan.emit(builder)
    program = builder.build()
    steps = [s for steps in plan.chains.values() for s in steps]
    boxes = [boxes_of(space, s) for s in steps]
    answer = FlowAnswer(undecided={s.ref for s, b in zip(steps, boxes, strict=True) if b is None})
    asked = [(s, b) for s, b in zip(steps, boxes, strict=True) if b is not None]
    reached = _Sweep(program, limits).ask(_only_discard(program), asked, notes=False)
    for (step, _), yes in zip(asked, reached, strict=True):
        if yes == sweep.NO:
            answer.unreached.add(step.ref)
        elif yes == sweep.UNKNOWN:
            answer.undecided.add(step.ref)
    if base.kind != "filter":
        return answer
    deciding = [
        (s, b) for s, b in asked
        if s.op in (Op.ACCEPT, Op.DROP) and not s.may and s.ref not in answer.unreached and s.ref not in answer.undecided
    ]  # fmt: skip
    changes = _Sweep(program, limits).ask(program, deciding, notes=True)
    for (step, _), yes in zip(deciding, changes, strict=True):
        if yes == sweep.NO:
            answer.redundant.add(step.ref)
        elif yes == sweep.UNKNOWN:
            answer.undecided.add(step.ref)
    return answer


def _only_discard(program: Program) -> Program:
    """The program in which whatever ends a packet's way counts for nothing."""
    ops = program.ops.copy()
    ops[np.isin(ops, list(ENDING))] = Op.DISCARD
    stages = tuple(dataclasses.replace(s, default=Op.DISCARD) for s in program.stages[:-1])
    return dataclasses.replace(program, ops=ops, stages=(*stages, program.stages[-1]))


class _Sweep:
    """Puts a question to every rule of a program."""

    def __init__(self, program: Program, limits: Limits) -> None:
        self._limits = limits
        order = np.argsort(program.refs, kind="stable")
        self._order = order.astype(np.int32)
        self._sorted = program.refs[order]

    def ask(self, program: Program, asked: Sequence[tuple[Step, Ints]], *, notes: bool) -> list[int]:
        """The kernel's answer for each step."""
        from segmentation.packetset import sweep  # noqa: PLC0415 -- numba costs 0.4 s to import

        mine: list[Ints] = []
        for step, _ in asked:
            a, b = np.searchsorted(self._sorted, [step.ref, step.ref + 1])
            mine.append(self._order[a:b])
        p = program
        stages = np.array([[s.chain, s.default, -1, s.restore_source] for s in p.stages], np.int32).reshape(-1, 4)
        answers = np.zeros(len(asked), np.int8)
        sweep.sweep(
            p.rows, p.ops.copy(), p.targets.copy(), np.full_like(p.refs, -1), p.depths, p.slots, p.may, p.chain_of,
            p.chain_start, p.chain_end, stages, p.nat, p.nat_start, p.nat_end,
            _joined(mine, ()), _offsets(mine), _joined([b for _, b in asked], (2 * DIMS,)), _offsets([b for _, b in asked]),
            notes, self._limits.steps, self._limits.stack, answers, np.zeros((len(asked), ROW), np.int32),
        )  # fmt: skip
        return [int(a) for a in answers]


def _joined(parts: Sequence[Ints], shape: tuple[int, ...]) -> Ints:
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros((0, *shape), np.int32)


def _offsets(parts: Sequence[Ints]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.cumsum([0, *(len(p) for p in parts)], dtype=np.int64)
