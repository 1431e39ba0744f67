"""The flow table: an index of hashes (open addressing, linear probing) over densely stored rows.

An index slot is 0 or ``upper half of the hash | row number + 1``.  Rows stay where they are, so an
event may hold a row's number; in a replay they stand in the order of their first packet, whatever
the hash.  The index has at least twice as many slots as there are rows, so probes are short.
"""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.layout import (
    D_A_HI,
    D_A_LO,
    D_B_HI,
    D_B_LO,
    D_HASH,
    D_KEY,
    D_WORDS,
    R_A_HI,
    R_A_LO,
    R_B_HI,
    R_B_LO,
    R_HASH,
    R_KEY,
    R_LAST_NS,
    R_WORDS,
)
from sensors.kernels.loads import Ints, Memory, Words, bump, get, put, signed

U = np.uint64
TAG = U(0xFFFFFFFF00000000)
ROW = U(0xFFFFFFFF)
# The table's integers: rows ever used, head of the free list (row + 1), rows in use, events listed, sweep position,
# bindings, strays
T_USED, T_FREE, T_LIVE, T_EVENTS, T_HAND, T_BINDINGS, T_STRAYS = range(7)
T_WORDS = 8
TCP, FIN_OR_RST = 6, 0x05


@inlined
def find(index: Memory, mask: np.uint64, rows: Memory, words: Memory, i: int) -> tuple[int, int]:
    """Row number of the flow of decoded row *i* of *words* (-1: none) and the slot where it is or would be.

    *mask*: slots of the index less one.
    """
    at = i * D_WORDS
    digest, key = get(words, at + D_HASH), get(words, at + D_KEY)
    slot = signed(digest & mask)
    while True:
        entry = get(index, slot)
        if entry == U(0):
            return -1, slot
        if (entry ^ digest) & TAG == U(0):
            row = signed(entry & ROW) - 1
            r = row * R_WORDS
            if (
                get(rows, r + R_KEY) == key
                and get(rows, r + R_A_LO) == get(words, at + D_A_LO)
                and get(rows, r + R_B_LO) == get(words, at + D_B_LO)
                and get(rows, r + R_A_HI) == get(words, at + D_A_HI)
                and get(rows, r + R_B_HI) == get(words, at + D_B_HI)
            ):
                return row, slot
        slot = signed(U(slot + 1) & mask)


@kernel
def claim(index: Memory, rows: Memory, capacity: int, state: Memory, words: Memory, i: int, slot: int) -> int:
    """A new, zeroed row with the key of decoded row *i*, entered at *slot*; -1 when there is no room."""
    free, used = signed(get(state, T_FREE)), signed(get(state, T_USED))
    if free:
        row = free - 1
        put(state, T_FREE, get(rows, row * R_WORDS + R_HASH))
        put(rows, row * R_WORDS + R_HASH, U(0))
    elif used < capacity:
        row = used
        bump(state, T_USED)
    else:
        return -1
    bump(state, T_LIVE)
    at, r = i * D_WORDS, row * R_WORDS
    put(index, slot, (get(words, at + D_HASH) & TAG) | U(row + 1))
    for word in range(D_KEY + 1):  # addresses and key stand alike in both
        put(rows, r + word, get(words, at + word))
    put(rows, r + R_HASH, get(words, at + D_HASH))
    return row


@kernel
def rebuild(index: Words, rows: Words, used: int) -> None:
    """Enter the first *used* rows into an empty index."""
    mask = U(index.shape[0] - 1)
    for row in range(used):
        if rows[row, R_KEY] == U(0):
            continue
        digest = rows[row, R_HASH]
        slot = signed(digest & mask)
        while index[slot] != U(0):
            slot = signed(U(slot + 1) & mask)
        index[slot] = (digest & TAG) | U(row + 1)


@kernel
def forget(index: Words, rows: Words, state: Ints, row: int) -> None:
    """Take a row out: backward-shift deletion in the index (Knuth 6.4, algorithm R), the row to the free list."""
    size = index.shape[0]
    mask = U(size - 1)
    slot = signed(rows[row, R_HASH] & mask)
    while signed(index[slot] & ROW) != row + 1:
        slot = signed(U(slot + 1) & mask)
    hole = following = slot
    while True:
        following = signed(U(following + 1) & mask)
        entry = index[following]
        if entry == U(0):
            break
        home = signed(rows[signed(entry & ROW) - 1, R_HASH] & mask)
        if (following - home) & (size - 1) >= (following - hole) & (size - 1):
            index[hole] = entry
            hole = following
    index[hole] = U(0)
    rows[row, :] = U(0)
    rows[row, R_HASH] = U(state[T_FREE])
    state[T_FREE] = row + 1
    state[T_LIVE] -= 1


@kernel
def sweep(index: Words, rows: Words, state: Ints, budget: int, now: int, idle: Ints, out: Words) -> int:
    """Look at *budget* rows from where the last sweep ended; move those idle at *now* (ns) into *out*, return how many.

    *idle* holds three times in ns: TCP, everything else, TCP after FIN or RST.  For live capture only.
    """
    moved = 0
    row = state[T_HAND]
    for _ in range(budget):
        if moved == out.shape[0] or state[T_USED] == 0:
            break
        if row >= state[T_USED]:
            row = 0
        key = rows[row, R_KEY]
        if key != U(0):
            limit = idle[1]
            if signed((key >> U(24)) & U(0xFF)) == TCP:
                facts = rows[row, 12]
                flags = facts | (facts >> U(8))
                limit = idle[2] if signed(flags & U(FIN_OR_RST)) else idle[0]
            if now - signed(rows[row, R_LAST_NS]) > limit:
                out[moved] = rows[row]
                moved += 1
                forget(index, rows, state, row)
        row += 1
    state[T_HAND] = row
    return moved
