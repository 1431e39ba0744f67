"""Which rows of a live flow table changed or went idle since the last look, a slice of rows at a time.

Beside each flow row stands a row of marks: what was told of the flow last.  Idleness is measured by ticks of a clock that
only goes forward, never by the packets' own times, so a clock that is set back or forward evicts nothing.
"""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import kernel
from sensors.kernels.layout import G_EVIDENCE_SHIFT, G_INITIATOR_B, R_FACTS, R_KEY, R_LAST_NO, R_VERDICT
from sensors.kernels.loads import Ints, Words, signed
from sensors.kernels.lookup import Tables
from sensors.kernels.table import FIN_OR_RST, TCP, forget
from sensors.kernels.track import judge, locate

U = np.uint64
_INITIATOR = G_INITIATOR_B | (3 << G_EVIDENCE_SHIFT)
# A row of marks: packets and octets told, the tick's time (ns, of a clock that only goes forward), and
M_PACKETS, M_OCTETS, M_AT, M_KNOWN = range(4)
M_WORDS = 4
# M_KNOWN: bit 0 the row was told, bit 1 tell it at the next tick again, 8-15 its verdict, 16-62 its signature
TOLD, AGAIN = 1, 2
VERDICT_SHIFT, SIGNATURE_SHIFT = 8, 16
# Kinds of change
NEW, ENDED = 1, 2
# Idle limits in ns: TCP, everything else, TCP after FIN or RST, TCP of which only one side spoke (a flood of SYNs)
I_TCP, I_OTHER, I_CLOSED, I_UNANSWERED = range(4)


@kernel
def changed(
    rows: Words, start: int, stop: int, since: int, now: int, idle: Ints, marks: Ints, numbers: Ints, kinds: Ints
) -> int:
    """Rows from *start* to before *stop* with a packet of number *since* or later, and idle ones; how many.

    *numbers* and *kinds* (NEW, ENDED) are filled; both have room for the slice.
    """
    count = 0
    for row in range(start, stop):
        key = rows[row, R_KEY]
        if key == U(0):
            continue
        known = marks[row, M_KNOWN]
        kind = 0 if known & TOLD else NEW
        if kind == 0 and not known & AGAIN and signed(rows[row, R_LAST_NO]) < since:
            limit = idle[I_OTHER]
            if signed((key >> U(24)) & U(0xFF)) == TCP:
                facts = rows[row, R_FACTS]
                limit = idle[I_TCP]
                if signed((facts | (facts >> U(8))) & U(FIN_OR_RST)):
                    limit = idle[I_CLOSED]
                elif signed(facts & U(0xFF)) == 0 or signed((facts >> U(8)) & U(0xFF)) == 0:
                    limit = idle[I_UNANSWERED]
            if now - marks[row, M_AT] <= limit:
                continue
            kind = ENDED
        numbers[count] = row
        kinds[count] = kind
        count += 1
    return count


@kernel
def forget_rows(index: Words, rows: Words, state: Ints, marks: Ints, numbers: Ints) -> None:
    """Take rows out of the table, and their marks."""
    for k in range(numbers.shape[0]):
        forget(index, rows, state, numbers[k])
        marks[numbers[k], :] = 0


@kernel
def judge_ahead(tables: Tables, rows: Words, start: int, stop: int, ahead: Words) -> None:
    """What *tables* say of the rows from *start* to before *stop*, into *ahead*; the rows stay as they are.

    *ahead*: (n, 2), the verdict word and the initiator's bits of the facts.
    """
    one = np.zeros((1, rows.shape[1]), np.uint64)
    for row in range(start, stop):
        if rows[row, R_KEY] != U(0):
            for k in range(rows.shape[1]):
                one[0, k] = rows[row, k]
            locate(tables, one, 0)
            judge(tables, one, 0)
            ahead[row, 0], ahead[row, 1] = one[0, R_VERDICT], one[0, R_FACTS] & U(_INITIATOR)


@kernel
def judge_again(tables: Tables, rows: Words, used: int, marks: Ints, ahead: Words, done: int, since: int) -> None:
    """Zones, inferred initiators and decisions of all rows by other tables; every row is told at the next tick.

    The first *done* rows were judged ahead; those that had a packet of number *since* or later meanwhile (and places that
    another flow took) are judged now.
    """
    for row in range(used):
        if rows[row, R_KEY] != U(0):
            if row < done and signed(rows[row, R_LAST_NO]) < since:
                rows[row, R_VERDICT] = ahead[row, 0]
                rows[row, R_FACTS] = (rows[row, R_FACTS] & ~U(_INITIATOR)) | ahead[row, 1]
            else:
                locate(tables, rows, row)
                judge(tables, rows, row)
            marks[row, M_KNOWN] = (marks[row, M_KNOWN] & TOLD) | AGAIN
