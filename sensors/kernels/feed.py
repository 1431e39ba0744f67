"""A block of frames through decoding and tracking, one batch after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sensors.kernels.decode import decode_batch
from sensors.kernels.layout import (
    BATCH,
    D_A_HI,
    D_A_LO,
    D_B_HI,
    D_B_LO,
    D_FACTS,
    D_HASH,
    D_IDENT,
    D_INDEX,
    D_KEY,
    E_INDEX,
    F_FIRST_FRAGMENT,
    F_LATER_FRAGMENT,
    F_REVERSE,
    F_SENDER_ANSWERS,
    F_SENDER_ASKS,
    G_ICMP_RELATED,
    KEY_PORTS_UNKNOWN,
    KEY_V6,
    N_INDEX,
    R_FACTS,
    R_KEY,
    R_WORDS,
)
from sensors.kernels.loads import Bytes, Ints, Small, Words, prefetch
from sensors.kernels.lookup import Tables, decide, zone
from sensors.kernels.reasons import Note, NotCounted
from sensors.kernels.table import T_USED
from sensors.kernels.track import bind, count_packet, follow_first_fragment, infer, refuse
from sensors.kernels.words import ICMP, ICMPV6

U = np.uint64
N_PACKETS, N_FLOWS, N_ERROR = int(Note.NOT_TRACKED_PACKETS), int(Note.NOT_TRACKED_FLOWS), int(Note.ICMP_ERROR)
R_FULL, R_DUPLICATE = int(NotCounted.TABLE_FULL), int(NotCounted.DUPLICATE)
#: Rows that one batch can open at most: every frame and its carriers.
BATCH_ROWS = BATCH * 5
# The options array
O_KEY_VLAN, O_JOIN_FRAGMENTS, O_DROP_DUPLICATES, O_MAY_GROW = range(4)


class Store(NamedTuple):
    """Everything that outlives a block, as arrays."""

    index: Words  # (2**k,): see sensors.kernels.table
    rows: Words  # (capacity, R_WORDS)
    state: Ints  # (T_WORDS,)
    events: Ints  # (n,): row numbers
    bindings: Words  # (2**k, B_WORDS)
    fragments: Words  # (2**k, P_WORDS)
    reasons: Ints  # (64,): frames by NotCounted
    notes: Ints  # (64,): frames by Note
    untracked: Ints  # (nz * nz, 2): packets and octets of flows that found no room, by zone pair
    unjudged: Ints  # (nd + 1,): packets of those flows by decision index + 1
    options: Ints  # (8,)


class Bench(NamedTuple):
    """Working space of one batch."""

    words: Words  # (BATCH, D_WORDS)
    carriers: Words  # (4 * BATCH, D_WORDS)
    errors: Words  # (BATCH, E_WORDS)
    found: Words  # (2 * BATCH, N_WORDS)
    scratch: Words  # (2, 64)
    used: Ints  # (4,)
    row_of: Ints  # (BATCH,)


@njit(cache=True, nogil=True)
def not_tracked(tables: Tables, words: Words, i: int, wire: int, untracked: Ints, unjudged: Ints, notes: Ints) -> None:
    """Classify a packet without a row by its zone pair and by what the judge says of it alone."""
    facts, key = words[i, D_FACTS], words[i, D_KEY]
    v6 = (key & U(KEY_V6)) != U(0)
    a_hi, a_lo, b_hi, b_lo = words[i, D_A_HI], words[i, D_A_LO], words[i, D_B_HI], words[i, D_B_LO]
    source, target = zone(tables, v6, a_hi, a_lo), zone(tables, v6, b_hi, b_lo)
    protocol = np.int64((key >> U(24)) & U(0xFF))
    sport, dport = np.int64(key >> U(48)), np.int64((key >> U(32)) & U(0xFFFF))
    reverse = np.int64(facts & U(F_REVERSE))
    if facts & U(F_SENDER_ASKS):
        initiator = reverse
        notes[N_FLOWS] += 1
    elif facts & U(F_SENDER_ANSWERS):
        initiator = 1 - reverse
    else:
        initiator, _evidence = infer(tables, key, reverse)
    if initiator:
        source, target = target, source
        a_hi, a_lo, b_hi, b_lo = b_hi, b_lo, a_hi, a_lo
        if protocol != (ICMPV6 if v6 else ICMP):
            sport, dport = dport, sport
    zones = np.int64(np.sqrt(untracked.shape[0]))
    notes[N_PACKETS] += 1
    untracked[source * zones + target, 0] += 1
    untracked[source * zones + target, 1] += wire
    chosen = -1
    if not key & U(KEY_PORTS_UNKNOWN):
        chosen = decide(tables, v6, source, target, a_hi, a_lo, b_hi, b_lo, protocol, sport, dport)
    unjudged[chosen + 1] += 1


@njit(cache=True, nogil=True)
def side_rows(
    bench: Bench, store: Store, tables: Tables, ts: Ints, wire: Ints, start: int, first_number: int, seed: np.uint64
) -> None:
    """What a batch said besides its flows: carriers, ICMP errors, bindings."""
    for k in range(bench.used[0]):
        j = start + np.int64(bench.carriers[k, D_INDEX])
        count_packet(
            store.index, store.rows, store.state, bench.carriers, k, U(ts[j]), wire[j], first_number + j, tables, 0, seed,
            store.events, store.notes,
        )  # fmt: skip
    for k in range(bench.used[1]):
        if refuse(store.index, store.rows, bench.errors, k):
            row = bench.row_of[np.int64(bench.errors[k, E_INDEX])]
            if row >= 0:
                store.rows[row, R_FACTS] |= U(G_ICMP_RELATED)
    for k in range(bench.used[2]):
        j = start + np.int64(bench.found[k, N_INDEX])
        bind(store.bindings, store.state, bench.found, k, U(ts[j]), first_number + j, store.notes)


@njit(cache=True, nogil=True)
def feed(
    buffer: Bytes, offsets: Ints, captured: Ints, wire: Ints, ts: Ints, link: Small, vlan: Small, first_number: int,
    start: int, bench: Bench, store: Store, tables: Tables, seed: np.uint64,
) -> int:  # fmt: skip
    """Take frames from *start* on; returns the first frame not taken: fewer than all when the table must grow first."""
    total = offsets.shape[0]
    join, drop = store.options[O_JOIN_FRAGMENTS], store.options[O_DROP_DUPLICATES]
    slots = U(store.index.shape[0] - 1)
    words = bench.words
    while start < total:
        if store.options[O_MAY_GROW] and store.rows.shape[0] - store.state[T_USED] < BATCH_ROWS:
            return start
        count = min(BATCH, total - start)
        decode_batch(
            buffer, offsets, captured, wire, link, vlan, start, count, store.options[O_KEY_VLAN], seed, words,
            bench.carriers, bench.errors, bench.found, bench.scratch, store.notes, bench.used,
        )  # fmt: skip
        for i in range(count):
            if words[i, D_FACTS] & U(F_FIRST_FRAGMENT | F_LATER_FRAGMENT) and words[i, D_KEY]:
                follow_first_fragment(store.fragments, words, i, U(ts[start + i]), join, seed, store.notes)
            prefetch(store.index, np.int64(words[i, D_HASH] & slots))
        for i in range(count):
            j = start + i
            if words[i, D_KEY] == U(0):
                store.reasons[np.int64(words[i, D_IDENT])] += 1
                bench.row_of[i] = -1
                continue
            row = count_packet(
                store.index, store.rows, store.state, words, i, U(ts[j]), wire[j], first_number + j, tables, drop, seed,
                store.events, store.notes,
            )  # fmt: skip
            bench.row_of[i] = row
            if row == -1:
                store.reasons[R_FULL] += 1
                not_tracked(tables, words, i, wire[j], store.untracked, store.unjudged, store.notes)
            elif row == -2:
                store.reasons[R_DUPLICATE] += 1
            else:
                store.reasons[0] += 1
        if bench.used[0] or bench.used[1] or bench.used[2]:
            side_rows(bench, store, tables, ts, wire, start, first_number, seed)
        start += count
    return start


__all__ = ["Bench", "R_KEY", "R_WORDS", "Store", "feed"]
