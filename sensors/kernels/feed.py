"""A block of frames through decoding and tracking, one batch after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensors.kernels.compiled import kernel
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
    D_PAYLOAD,
    D_WORDS,
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
    R_BYTES_AB,
    R_FACTS,
    R_KEY,
    R_LAST_NO,
    R_PACKETS,
    R_PAYLOAD_AB,
    R_WORDS,
)
from sensors.kernels.loads import Bytes, Ints, Small, Words, bump, get, memory_of, prefetch, put, signed
from sensors.kernels.lookup import Tables, decide, zone
from sensors.kernels.reasons import NotCounted, Note
from sensors.kernels.table import ROW, T_STRAYS, T_USED
from sensors.kernels.tapping import tap_batch
from sensors.kernels.taps import TapTables
from sensors.kernels.track import (
    bind,
    count_packet,
    first_of_direction,
    follow_first_fragment,
    infer,
    judge,
    learn,
    locate,
    open_row,
    refuse,
    settle,
)
from sensors.kernels.words import ICMP, ICMPV6, TCP

U = np.uint64
N_PACKETS, N_FLOWS, N_ERROR = int(Note.NOT_TRACKED_PACKETS), int(Note.NOT_TRACKED_FLOWS), int(Note.ICMP_ERROR)
# Bench.row_of: row number + AT; below AT these
NO_FLOW, COPY, NO_ROOM, AT = range(4)
R_FULL, R_DUPLICATE = int(NotCounted.TABLE_FULL), int(NotCounted.DUPLICATE)
#: Rows that one batch can open at most: every frame and its carriers.
BATCH_ROWS = BATCH * 5
# The options array
O_KEY_VLAN, O_JOIN_FRAGMENTS, O_DROP_DUPLICATES, O_MAY_GROW, O_TAP, O_STRAYS = range(6)


class Store(NamedTuple):
    """Everything that outlives a block, as arrays."""

    slots: Words  # (2**k,): see sensors.kernels.table
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
    strays: Words  # (n, R_WORDS): rows of forbidden flows that found no room, for :meth:`Tracker.take_strays`
    stray_quota: Ints  # (nd + 1,): how many more each decision may put there


class Bench(NamedTuple):
    """Working space of one batch."""

    words: Words  # (BATCH, D_WORDS)
    carriers: Words  # (4 * BATCH, D_WORDS)
    errors: Words  # (BATCH, E_WORDS)
    found: Words  # (2 * BATCH, N_WORDS)
    scratch: Words  # (2, 64): see decode.quoted_packet
    used: Ints  # (4,)
    row_of: Ints  # (BATCH,): row of each packet + AT; or NO_ROOM, COPY (not added), NO_FLOW
    todo: Ints  # (2 * BATCH_ROWS,): rows to settle


@kernel
def not_tracked(tables: Tables, words: Words, i: int, wire: int, untracked: Ints, unjudged: Ints, notes: Ints) -> int:
    """Classify a packet without a row by its zone pair and by what the judge says of it alone. The decision + 1."""
    facts, key = words[i, D_FACTS], words[i, D_KEY]
    v6 = (key & U(KEY_V6)) != U(0)
    a_hi, a_lo, b_hi, b_lo = words[i, D_A_HI], words[i, D_A_LO], words[i, D_B_HI], words[i, D_B_LO]
    source, target = zone(tables, v6, a_hi, a_lo), zone(tables, v6, b_hi, b_lo)
    protocol = signed((key >> U(24)) & U(0xFF))
    sport, dport = signed(key >> U(48)), signed((key >> U(32)) & U(0xFFFF))
    reverse = signed(facts & U(F_REVERSE))
    if facts & U(F_SENDER_ASKS):
        initiator = reverse
        notes[N_FLOWS] += 1
    elif facts & U(F_SENDER_ANSWERS):
        initiator = 1 - reverse
    else:
        initiator, _evidence = infer(tables, key, reverse, protocol == TCP)
    if initiator:
        source, target = target, source
        a_hi, a_lo, b_hi, b_lo = b_hi, b_lo, a_hi, a_lo
        if protocol != (ICMPV6 if v6 else ICMP):
            sport, dport = dport, sport
    zones = signed(np.sqrt(untracked.shape[0]))
    notes[N_PACKETS] += 1
    untracked[source * zones + target, 0] += 1
    untracked[source * zones + target, 1] += wire
    chosen = -1
    if not key & U(KEY_PORTS_UNKNOWN):
        chosen = decide(tables, v6, source, target, a_hi, a_lo, b_hi, b_lo, protocol, sport, dport)
    unjudged[chosen + 1] += 1
    return chosen + 1


@kernel
def stray(tables: Tables, store: Store, words: Words, i: int, decision: int, ts: np.uint64, wire: int, number: int) -> None:
    """Keep a packet that found no room as a row of its own, if its decision may have one more.

    *decision*: as :func:`not_tracked` gave it.  The quota is by decision, so a flood cannot hide what another one forbids.
    """
    used = store.state[T_STRAYS]
    if store.stray_quota[decision] == 0 or used == store.strays.shape[0]:
        return
    store.stray_quota[decision] -= 1
    store.state[T_STRAYS] = used + 1
    store.strays[used, :] = U(0)
    rows, decoded, r, at = memory_of(store.strays), memory_of(words), used * R_WORDS, i * D_WORDS
    for word in range(D_KEY + 1):
        put(rows, r + word, get(decoded, at + word))
    open_row(rows, r, decoded, at, ts, number)
    facts = get(decoded, at + D_FACTS)
    reverse = signed(facts & U(F_REVERSE))
    first_of_direction(rows, r, decoded, at, reverse)
    known, _turned = learn(get(rows, r + R_FACTS), facts, reverse)
    put(rows, r + R_FACTS, known)
    put(rows, r + R_PACKETS, U(1) << U(32 * reverse))
    put(rows, r + R_BYTES_AB + reverse, U(wire))
    put(rows, r + R_PAYLOAD_AB + reverse, get(decoded, at + D_PAYLOAD))
    put(rows, r + R_LAST_NO, U(number))
    locate(tables, store.strays, used)
    judge(tables, store.strays, used)


@kernel
def count_carriers(
    index: Words, rows: Words, state: Ints, words: Words, count: int, ts: Ints, wire: Ints, start: int, first_number: int,
    todo: Ints, todos: int, notes: Ints,
) -> int:  # fmt: skip
    """Add the outsides of a batch's tunnels to their rows; entries of *todo* in use."""
    slots, mask, table, capacity = memory_of(index), U(index.shape[0] - 1), memory_of(rows), rows.shape[0]
    for k in range(count):
        j = start + signed(words[k, D_INDEX])
        _row, todos = count_packet(
            slots, mask, table, capacity, memory_of(state), memory_of(words), k, U(ts[j]), wire[j], first_number + j, 0,
            memory_of(todo), todos, memory_of(notes),
        )  # fmt: skip
    return todos


@kernel
def count_batch(
    index: Words, rows: Words, state: Ints, words: Words, count: int, ts: Ints, wire: Ints, start: int, first_number: int,
    drop: int, todo: Ints, row_of: Ints, reasons: Ints, notes: Ints,
) -> int:  # fmt: skip
    """Add a batch's packets to their rows and reasons; entries of *todo* in use."""
    slots, mask, table, capacity = memory_of(index), U(index.shape[0] - 1), memory_of(rows), rows.shape[0]
    integers, decoded, list_, counters = memory_of(state), memory_of(words), memory_of(todo), memory_of(notes)
    why, where = memory_of(reasons), memory_of(row_of)
    times, lengths = memory_of(ts), memory_of(wire)
    todos = 0
    for i in range(count):
        if get(decoded, i * D_WORDS + D_KEY) == U(0):
            bump(why, signed(get(decoded, i * D_WORDS + D_IDENT)))
            put(where, i, U(NO_FLOW))
            continue
        j = start + i
        row, todos = count_packet(
            slots, mask, table, capacity, integers, decoded, i, get(times, j), signed(get(lengths, j)), first_number + j,
            drop, list_, todos, counters,
        )  # fmt: skip
        put(where, i, U(row + AT))
        if row >= 0:
            bump(why, 0)
        else:
            bump(why, R_FULL if row == -1 else R_DUPLICATE)
    return todos


@kernel
def side_rows(
    index: Words, rows: Words, state: Ints, bench: Bench, bindings: Words, notes: Ints, ts: Ints, start: int, first_number: int
) -> None:
    """What a batch said besides its flows: ICMP errors about flows, bindings of addresses to MACs."""
    for k in range(bench.used[1]):
        if refuse(index, rows, bench.errors, bench.words, k):
            row = bench.row_of[signed(bench.errors[k, E_INDEX])] - AT
            if row >= 0:
                rows[row, R_FACTS] |= U(G_ICMP_RELATED)
    for k in range(bench.used[2]):
        j = start + signed(bench.found[k, N_INDEX])
        bind(bindings, state, bench.found, k, U(ts[j]), first_number + j, notes)


@kernel
def feed(
    buffer: Bytes, offsets: Ints, captured: Ints, wire: Ints, ts: Ints, link: Small, vlan: Small, first_number: int,
    start: int, bench: Bench, store: Store, tables: Tables, taps: TapTables, seed: np.uint64,
) -> int:  # fmt: skip
    """Take frames from *start* on; returns the first frame not taken: fewer than all when the table must grow first."""
    total = offsets.shape[0]
    options = store.options
    join, drop, key_vlan = options[O_JOIN_FRAGMENTS], options[O_DROP_DUPLICATES], options[O_KEY_VLAN]
    # Members of a tuple are taken out once: doing so in the loop costs reference counting a packet.
    index, rows, state, notes, reasons = store.slots, store.rows, store.state, store.notes, store.reasons
    fragments, words, used, todo, row_of = store.fragments, bench.words, bench.used, bench.todo, bench.row_of
    carriers, errors, found, scratch = bench.carriers, bench.errors, bench.found, bench.scratch
    slots, mask, table = memory_of(index), U(index.shape[0] - 1), memory_of(rows)
    while start < total:
        if options[O_MAY_GROW] and rows.shape[0] - state[T_USED] < BATCH_ROWS:
            return start
        count = min(BATCH, total - start)
        decode_batch(
            buffer, offsets, captured, wire, link, vlan, start, count, key_vlan, seed, words, carriers, errors, found,
            scratch, notes, used,
        )  # fmt: skip
        for i in range(count):
            if words[i, D_FACTS] & U(F_FIRST_FRAGMENT | F_LATER_FRAGMENT) and words[i, D_KEY]:
                follow_first_fragment(fragments, words, i, U(ts[start + i]), join, seed, notes)
            prefetch(slots, signed(words[i, D_HASH] & mask))
        for i in range(count):  # the index lines have arrived: ask for the rows they name (usually the right ones)
            entry = get(slots, signed(words[i, D_HASH] & mask)) & ROW
            if entry:
                prefetch(table, (signed(entry) - 1) * R_WORDS)
                prefetch(table, (signed(entry) - 1) * R_WORDS + 8)
        todos = count_batch(index, rows, state, words, count, ts, wire, start, first_number, drop, todo, row_of, reasons, notes)
        if used[0]:
            todos = count_carriers(index, rows, state, carriers, used[0], ts, wire, start, first_number, todo, todos, notes)
        if todos:
            settle(index, rows, todo, todos, scratch, tables, seed, state, store.events, notes)
        if state[T_USED] == rows.shape[0]:
            for i in range(count):
                if row_of[i] == NO_ROOM:
                    decision = not_tracked(tables, words, i, wire[start + i], store.untracked, store.unjudged, notes)
                    if options[O_STRAYS]:
                        j = start + i
                        stray(tables, store, words, i, decision, U(ts[j]), wire[j], first_number + j)
        if used[1] or used[2]:
            side_rows(index, rows, state, bench, store.bindings, notes, ts, start, first_number)
        if options[O_TAP]:
            tap_batch(buffer, offsets, captured, ts, start, count, first_number, words, row_of, rows, taps)
        start += count
    return start


__all__ = ["R_KEY", "R_WORDS", "Bench", "Store", "feed"]
