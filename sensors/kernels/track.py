"""Decoded words to flow rows: counters, initiator, verdict, duplicates, fragments, refusals, bindings."""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.layout import (
    ANSWERED,
    ASKED,
    B_COUNT,
    B_FIRST_NO,
    B_FIRST_NS,
    B_IP_HI,
    B_IP_LO,
    B_LAST_NO,
    B_LAST_NS,
    B_MAC,
    D_A_HI,
    D_A_LO,
    D_B_HI,
    D_B_LO,
    D_FACTS,
    D_FRAGMENT,
    D_HASH,
    D_IDENT,
    D_KEY,
    D_MAC_DST,
    D_MAC_SRC,
    D_PAYLOAD,
    D_SIGN,
    D_WORDS,
    E_REFUSES,
    F_FIRST_FRAGMENT,
    F_LATER_FRAGMENT,
    F_PURE_SYN,
    F_REVERSE,
    F_SENDER_ANSWERS,
    F_SENDER_ASKS,
    F_STRONG_SIGN,
    F_SYN_ACK,
    F_VLAN,
    FIRST_SEEN,
    G_EVIDENCE_SHIFT,
    G_FRAGMENTS,
    G_INITIATOR_B,
    G_MIDSTREAM,
    G_REFUSED_AB,
    G_REFUSED_BA,
    G_SYN_AB,
    G_SYNACK_AB,
    G_VLAN,
    KEY_LATER_FRAGMENT,
    KEY_PORTS_UNKNOWN,
    KEY_V6,
    P_COUNT,
    P_DST_HI,
    P_DST_LO,
    P_IDENT,
    P_PORTS,
    P_RANGES,
    P_SEEN_NS,
    P_SRC_HI,
    P_SRC_LO,
    PIECES,
    R_A_HI,
    R_A_LO,
    R_B_HI,
    R_B_LO,
    R_BYTES_AB,
    R_FACTS,
    R_FIRST_NO,
    R_FIRST_NS,
    R_KEY,
    R_LAST_NO,
    R_LAST_NS,
    R_MAC_AB_SRC,
    R_PACKETS,
    R_PAYLOAD_AB,
    R_SEEN,
    R_SIGNS,
    R_VERDICT,
    R_WORDS,
    SERVICE_PORT,
)
from sensors.kernels.loads import Ints, Memory, Words, bump, get, memory_of, put, signed
from sensors.kernels.lookup import Tables, decide, zone
from sensors.kernels.reasons import Note
from sensors.kernels.table import T_BINDINGS, T_EVENTS, claim, find
from sensors.kernels.words import ICMP, ICMPV6, TCP, UDP, hash_key

U = np.uint64
LOW32 = U(0xFFFFFFFF)
N_LOST, N_UNKNOWN, N_BINDINGS = int(Note.EVENTS_LOST), int(Note.FRAGMENT_PORTS_UNKNOWN), int(Note.BINDINGS_FULL)
N_DUPLICATE, N_OVERLAP = int(Note.DUPLICATE), int(Note.FRAGMENT_OVERLAP)
N_SWITCH, N_ROUTED = int(Note.DUPLICATE_SWITCH), int(Note.DUPLICATE_ROUTED)
#: Mirrored copies arrive within these times of each other (ns); the shorter where nothing but the header tells.
STRONG_WINDOW, WEAK_WINDOW = 2_000_000, 200_000
FRAGMENT_LIFETIME = 30_000_000_000  # RFC 8200 4.5: 60 s at most; RFC 791 3.2: 15 s suggested
FRAGMENT_PROBES = 8


@kernel
def judge(tables: Tables, rows: Words, row: int) -> None:
    """Write the decision about a row, by the initiator it has now."""
    key, verdict = rows[row, R_KEY], rows[row, R_VERDICT]
    zone_a, zone_b = signed((verdict >> U(32)) & U(0xFFFF)), signed(verdict >> U(48))
    rows[row, R_VERDICT] = verdict & ~LOW32
    if key & U(KEY_PORTS_UNKNOWN):
        return
    v6 = (key & U(KEY_V6)) != U(0)
    protocol = signed((key >> U(24)) & U(0xFF))
    port_a, port_b = signed(key >> U(48)), signed((key >> U(32)) & U(0xFFFF))
    a_hi, a_lo, b_hi, b_lo = rows[row, R_A_HI], rows[row, R_A_LO], rows[row, R_B_HI], rows[row, R_B_LO]
    if rows[row, R_FACTS] & U(G_INITIATOR_B):
        if protocol != (ICMPV6 if v6 else ICMP):  # type and code keep their places
            port_a, port_b = port_b, port_a
        chosen = decide(tables, v6, zone_b, zone_a, b_hi, b_lo, a_hi, a_lo, protocol, port_a, port_b)
    else:
        chosen = decide(tables, v6, zone_a, zone_b, a_hi, a_lo, b_hi, b_lo, protocol, port_a, port_b)
    rows[row, R_VERDICT] |= U(chosen + 1)


@kernel
def infer(tables: Tables, key: np.uint64, reverse: int, midstream: bool) -> tuple[int, int]:  # noqa: FBT001
    """(1 if b is the initiator, evidence) of a flow of which neither SYN nor SYN-ACK was seen.

    In mid-stream (TCP) the first to speak may be either side; the lower port is the server's in 94 of 100 public
    captures.  That is still a guess and not better evidence than being seen first.
    """
    protocol = signed((key >> U(24)) & U(0xFF))
    if protocol in (TCP, UDP):
        bit = 1 if protocol == TCP else 2
        port_a, port_b = signed(key >> U(48)), signed((key >> U(32)) & U(0xFFFF))
        serves_a, serves_b = tables.services[port_a] & bit, tables.services[port_b] & bit
        if serves_a and not serves_b:
            return 1, SERVICE_PORT
        if serves_b and not serves_a:
            return 0, SERVICE_PORT
        if midstream and port_a != port_b:
            return (1 if port_a < port_b else 0), FIRST_SEEN
    return reverse, FIRST_SEEN


@kernel
def announce(tables: Tables, rows: Words, row: int, state: Ints, events: Ints, notes: Ints) -> None:
    """Put a row on the event list if its decision is watched."""
    if tables.watch[signed(rows[row, R_VERDICT] & LOW32)]:
        if state[T_EVENTS] < events.shape[0]:
            events[state[T_EVENTS]] = row
            state[T_EVENTS] += 1
        else:
            notes[N_LOST] += 1


@kernel
def fragment_place(fragments: Words, words: Words, i: int, now: np.uint64) -> tuple[int, bool, np.uint64]:
    """The place of a datagram among the fragments (else the oldest of its places), whether it is there, its identity."""
    facts, key = words[i, D_FACTS], words[i, D_KEY]
    # One datagram: addresses in order of travel, protocol, identification (RFC 791 2.3, RFC 8200 4.5).
    ident = (
        words[i, D_IDENT] | ((key >> U(24)) & U(0xFF)) << U(32) | (facts & U(F_REVERSE)) << U(40) | (key & U(KEY_V6)) << U(48)
    )
    mask = U(fragments.shape[0] - 1)
    digest = hash_key(words[i, D_A_HI], words[i, D_A_LO], words[i, D_B_HI], words[i, D_B_LO], ident, U(0))
    best, oldest = -1, now
    for probe in range(FRAGMENT_PROBES):
        place = signed((digest + U(probe)) & mask)
        seen = fragments[place, P_SEEN_NS]
        if (
            fragments[place, P_IDENT] == ident
            and fragments[place, P_SRC_LO] == words[i, D_A_LO]
            and fragments[place, P_DST_LO] == words[i, D_B_LO]
            and fragments[place, P_SRC_HI] == words[i, D_A_HI]
            and fragments[place, P_DST_HI] == words[i, D_B_HI]
            and signed(now) - signed(seen) <= FRAGMENT_LIFETIME
            and fragments[place, P_PORTS] != U(0)
        ):
            return place, True, ident
        if best < 0 or seen < oldest:
            best, oldest = place, seen
    return best, False, ident


@kernel
def keep_range(fragments: Words, place: int, fragment: np.uint64, notes: Ints) -> None:
    """Note a fragment that overlaps one already seen of its datagram, but is not the same one again.

    RFC 5722 4 forbids overlaps in IPv6; in IPv4 they are a way to show a sensor another text than the receiver's.
    """
    start = signed(fragment & U(0xFFFF))
    end = start + signed((fragment >> U(16)) & U(0xFFFF))
    count = signed(fragments[place, P_COUNT])
    for k in range(count):
        word = fragments[place, P_RANGES + (k >> 1)] >> U(32 * (k & 1))
        low, high = signed(word & U(0xFFFF)), signed((word >> U(16)) & U(0xFFFF))
        if low == start and high == min(end, 0xFFFF):
            return
        if start < high and low < end:
            notes[N_OVERLAP] += 1
            return
    if count < PIECES:
        at, shift = P_RANGES + (count >> 1), U(32 * (count & 1))
        kept = fragments[place, at] & ~(LOW32 << shift)
        fragments[place, at] = kept | (U(start | (min(end, 0xFFFF) << 16)) << shift)
        fragments[place, P_COUNT] = U(count + 1)


@kernel
def follow_first_fragment(
    fragments: Words, words: Words, i: int, now: np.uint64, join: int, seed: np.uint64, notes: Ints
) -> None:
    """Remember a first fragment's ports, or give a later fragment those of its first."""
    if words[i, D_FACTS] & U(F_FIRST_FRAGMENT):
        place, known, ident = fragment_place(fragments, words, i, now)
        fragments[place, P_IDENT] = ident
        fragments[place, P_SRC_HI] = words[i, D_A_HI]
        fragments[place, P_SRC_LO] = words[i, D_A_LO]
        fragments[place, P_DST_HI] = words[i, D_B_HI]
        fragments[place, P_DST_LO] = words[i, D_B_LO]
        fragments[place, P_PORTS] = words[i, D_KEY]
        fragments[place, P_SEEN_NS] = now
        if not known:
            fragments[place, P_COUNT] = U(0)
        keep_range(fragments, place, words[i, D_FRAGMENT], notes)
        return
    place, known, _ident = fragment_place(fragments, words, i, now)
    if known:
        keep_range(fragments, place, words[i, D_FRAGMENT], notes)
        words[i, D_KEY] = fragments[place, P_PORTS] | U(0 if join else KEY_LATER_FRAGMENT)
    else:
        words[i, D_KEY] |= U(KEY_PORTS_UNKNOWN)
        notes[N_UNKNOWN] += 1
    words[i, D_HASH] = hash_key(words[i, D_A_HI], words[i, D_A_LO], words[i, D_B_HI], words[i, D_B_LO], words[i, D_KEY], seed)


@kernel
def inherit(index: Words, rows: Words, scratch: Words, row: int, seed: np.uint64) -> None:
    """A new row of later fragments takes initiator and evidence from the row of its first fragments."""
    key = rows[row, R_KEY] & ~U(KEY_LATER_FRAGMENT)
    scratch[0, :4] = rows[row, :4]
    scratch[0, D_KEY] = key
    scratch[0, D_HASH] = hash_key(rows[row, R_A_HI], rows[row, R_A_LO], rows[row, R_B_HI], rows[row, R_B_LO], key, seed)
    parent, _slot = find(memory_of(index), U(index.shape[0] - 1), memory_of(rows), memory_of(scratch), 0)
    if parent >= 0:
        rows[parent, R_FACTS] |= U(G_FRAGMENTS)
        bits = U(G_INITIATOR_B | (3 << G_EVIDENCE_SHIFT))
        rows[row, R_FACTS] = (rows[row, R_FACTS] & ~bits) | (rows[parent, R_FACTS] & bits)


@kernel
def open_row(rows: Memory, r: int, words: Memory, at: int, ts: np.uint64, number: int) -> None:
    """Fill a new row's once-written words from its first packet; :func:`settle` does what needs the zone model."""
    facts, key = get(words, at + D_FACTS), get(words, at + D_KEY)
    put(rows, r + R_FIRST_NS, ts)
    put(rows, r + R_LAST_NS, ts)
    put(rows, r + R_FIRST_NO, U(number))
    reverse = signed(facts & U(F_REVERSE))
    initiator, evidence = reverse, FIRST_SEEN
    if facts & U(F_SENDER_ASKS):
        evidence = ASKED
    elif facts & U(F_SENDER_ANSWERS):
        initiator, evidence = 1 - reverse, ANSWERED
    bits = (evidence << G_EVIDENCE_SHIFT) | (G_INITIATOR_B if initiator else 0)
    if signed((key >> U(24)) & U(0xFF)) == TCP and not facts & U(F_PURE_SYN | F_SYN_ACK | F_LATER_FRAGMENT):
        bits |= G_MIDSTREAM
    put(rows, r + R_FACTS, U(bits) | (facts & U(0xFFFF000000000000)))
    put(rows, r + R_SIGNS, get(words, at + D_SIGN) << U(32 * reverse))


@kernel
def locate(tables: Tables, rows: Words, row: int) -> None:
    """Write the zones of a new row's ends, and infer its initiator where its first packet did not tell."""
    key = rows[row, R_KEY]
    v6 = (key & U(KEY_V6)) != U(0)
    zone_a = zone(tables, v6, rows[row, R_A_HI], rows[row, R_A_LO])
    zone_b = zone(tables, v6, rows[row, R_B_HI], rows[row, R_B_LO])
    rows[row, R_VERDICT] = (U(zone_a) << U(32)) | (U(zone_b) << U(48))
    facts = rows[row, R_FACTS]
    if (facts >> U(G_EVIDENCE_SHIFT)) & U(3) == U(FIRST_SEEN):
        initiator, evidence = infer(tables, key, 1 if facts & U(G_INITIATOR_B) else 0, (facts & U(G_MIDSTREAM)) != U(0))
        facts &= ~U(G_INITIATOR_B | (3 << G_EVIDENCE_SHIFT))
        rows[row, R_FACTS] = facts | U((evidence << G_EVIDENCE_SHIFT) | (G_INITIATOR_B if initiator else 0))


@kernel
def settle(
    index: Words, rows: Words, todo: Ints, count: int, scratch: Words, tables: Tables, seed: np.uint64, state: Ints,
    events: Ints, notes: Ints,
) -> None:  # fmt: skip
    """Zones, inferred initiator, decision and event of the rows that a batch opened or turned round.

    ``todo[k]`` is a row number times 2, plus 1 if the row is new.
    """
    for k in range(count):
        row = todo[k] >> 1
        if todo[k] & 1:
            key = rows[row, R_KEY]
            locate(tables, rows, row)
            if key & U(KEY_LATER_FRAGMENT) and not key & U(KEY_PORTS_UNKNOWN):
                inherit(index, rows, scratch, row, seed)
        judge(tables, rows, row)
        announce(tables, rows, row, state, events, notes)


@inlined
def is_duplicate(rows: Memory, r: int, facts: np.uint64, sign: np.uint64, shift: np.uint64, ts: np.uint64) -> bool:
    """Whether the packet repeats the last one of its direction within the time a mirror takes; remembers its signature.

    *shift*: 0 for a packet from a to b, 32 for one from b to a.
    """
    signs = get(rows, r + R_SIGNS)
    put(rows, r + R_SIGNS, (signs & ~(LOW32 << shift)) | (sign << shift))
    if (signs >> shift) & LOW32 != sign:
        return False
    window = STRONG_WINDOW if facts & U(F_STRONG_SIGN) else WEAK_WINDOW
    # Both ways: a clock that was set back makes nothing a copy of what is an hour away.
    return -window <= signed(ts) - signed(get(rows, r + R_LAST_NS)) <= window


@kernel
def first_of_direction(rows: Memory, r: int, words: Memory, at: int, reverse: int) -> None:
    """Keep the MACs of a direction's first packet and the flow's first VLAN ID."""
    put(rows, r + R_MAC_AB_SRC + 2 * reverse, get(words, at + D_MAC_SRC))
    put(rows, r + R_MAC_AB_SRC + 2 * reverse + 1, get(words, at + D_MAC_DST))
    facts, known = get(words, at + D_FACTS), get(rows, r + R_FACTS)
    if facts & U(F_VLAN) and not known & U(G_VLAN):
        put(rows, r + R_FACTS, known | U(G_VLAN) | (facts & U(0xFFF << 32)))


@inlined
def learn(known: np.uint64, facts: np.uint64, reverse: int) -> tuple[np.uint64, bool]:
    """A row's facts with this packet's, and whether another side turned out to be the initiator."""
    known |= ((facts >> U(8)) & U(0xFF)) << U(8 * reverse)
    if not facts & U(F_SENDER_ASKS | F_SENDER_ANSWERS):
        return known, False
    if facts & U(F_PURE_SYN):
        known |= U(G_SYN_AB << reverse)
    elif facts & U(F_SYN_ACK):
        known |= U(G_SYNACK_AB << reverse)
    evidence = signed((known >> U(G_EVIDENCE_SHIFT)) & U(3))
    better, initiator = (ASKED, reverse) if facts & U(F_SENDER_ASKS) else (ANSWERED, 1 - reverse)
    if better <= evidence:
        return known, False
    before = 1 if known & U(G_INITIATOR_B) else 0
    known &= ~U(G_INITIATOR_B | (3 << G_EVIDENCE_SHIFT))
    known |= U((better << G_EVIDENCE_SHIFT) | (G_INITIATOR_B if initiator else 0))
    return known, before != initiator


@inlined
def count_packet(
    index: Memory, mask: np.uint64, rows: Memory, capacity: int, state: Memory, words: Memory, i: int, ts: np.uint64,
    wire: int, number: int, drop_duplicates: int, todo: Memory, todos: int, notes: Memory,
) -> tuple[int, int]:  # fmt: skip
    """Add one decoded packet to its row.

    The row (-1 if the table is full, -2 for a duplicate that is not added) and the entries of *todo* in use.
    """
    at = i * D_WORDS
    facts, sign = get(words, at + D_FACTS), get(words, at + D_SIGN)
    reverse = signed(facts & U(F_REVERSE))
    shift = U(32 * reverse)
    row, slot = find(index, mask, rows, words, i)
    if row < 0:
        row = claim(index, rows, capacity, state, words, i, slot)
        if row < 0:
            return -1, todos
        open_row(rows, row * R_WORDS, words, at, ts, number)
        put(todo, todos, U(2 * row + 1))
        todos += 1
    elif sign and is_duplicate(rows, row * R_WORDS, facts, sign, shift, ts):
        bump(notes, N_DUPLICATE)
        routed = get(words, at + D_MAC_SRC) != get(rows, row * R_WORDS + R_MAC_AB_SRC + 2 * reverse)
        bump(notes, N_ROUTED if routed else N_SWITCH)
        bump(rows, row * R_WORDS + R_SEEN)
        if drop_duplicates:
            put(rows, row * R_WORDS + R_LAST_NO, U(number))
            return -2, todos
    r = row * R_WORDS
    packets = get(rows, r + R_PACKETS)
    so_far = (packets >> shift) & LOW32
    if so_far == U(0):
        first_of_direction(rows, r, words, at, reverse)
    if so_far != LOW32:  # saturate instead of spilling into the other direction
        put(rows, r + R_PACKETS, packets + (U(1) << shift))
    known, turned = learn(get(rows, r + R_FACTS), facts, reverse)
    put(rows, r + R_FACTS, known)
    if turned:
        put(todo, todos, U(2 * row))
        todos += 1
    put(rows, r + R_BYTES_AB + reverse, get(rows, r + R_BYTES_AB + reverse) + U(wire))
    put(rows, r + R_PAYLOAD_AB + reverse, get(rows, r + R_PAYLOAD_AB + reverse) + get(words, at + D_PAYLOAD))
    if signed(ts) >= signed(get(rows, r + R_LAST_NS)):
        put(rows, r + R_LAST_NS, ts)
    elif signed(ts) < signed(get(rows, r + R_FIRST_NS)):
        put(rows, r + R_FIRST_NS, ts)
    put(rows, r + R_LAST_NO, U(number))
    if facts & U(F_FIRST_FRAGMENT | F_LATER_FRAGMENT):
        put(rows, r + R_SEEN, get(rows, r + R_SEEN) + U(1 << 32))
    return row, todos


@kernel
def refuse(index: Words, rows: Words, errors: Words, quotation: Words, i: int) -> bool:
    """Mark the flow that an ICMP error quotes; whether it is in the table.  *quotation*: one decoded row to work in."""
    quotation[0, : D_HASH + 1] = errors[i, : D_HASH + 1]
    row, _slot = find(memory_of(index), U(index.shape[0] - 1), memory_of(rows), memory_of(quotation), 0)
    if row < 0:
        return False
    which = signed(errors[i, E_REFUSES])
    if which:
        rows[row, R_FACTS] |= U(G_REFUSED_AB if which == 1 else G_REFUSED_BA)
    return True


@kernel
def bind(table: Words, state: Ints, found: Words, i: int, ts: np.uint64, number: int, notes: Ints) -> None:
    """Enter an (address, MAC, VLAN, how) into the bindings, or count it again."""
    mask = U(table.shape[0] - 1)
    place = signed(hash_key(found[i, 0], found[i, 1], U(0), U(0), found[i, 2], U(0)) & mask)
    while table[place, B_COUNT] != U(0):
        if table[place, B_IP_LO] == found[i, 1] and table[place, B_MAC] == found[i, 2] and table[place, B_IP_HI] == found[i, 0]:
            table[place, B_LAST_NS] = ts
            table[place, B_LAST_NO] = U(number)
            table[place, B_COUNT] += U(1)
            return
        place = signed(U(place + 1) & mask)
    if 2 * state[T_BINDINGS] >= table.shape[0]:
        notes[N_BINDINGS] += 1
        return
    state[T_BINDINGS] += 1
    table[place, B_IP_HI] = found[i, 0]
    table[place, B_IP_LO] = found[i, 1]
    table[place, B_MAC] = found[i, 2]
    table[place, B_FIRST_NS] = ts
    table[place, B_LAST_NS] = ts
    table[place, B_FIRST_NO] = U(number)
    table[place, B_LAST_NO] = U(number)
    table[place, B_COUNT] = U(1)
