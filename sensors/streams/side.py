"""One direction of a TCP connection: segments in whatever order, octets and gaps out in stream order.

RFC 9293 3.4: sequence numbers are compared modulo 2^32.  Where two segments disagree about the same octets the first reading
goes on and the other is kept and counted: which of the two the receiver took cannot be known from outside.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, deque
from dataclasses import dataclass

_MASK, _HALF = 0xFFFFFFFF, 0x80000000
#: Farther ahead than any window in use (RFC 7323 2.3 allows 1 GiB; stacks stay far below): a stray or a resumed stream.
_FAR = 1 << 26
_RECENT = 12  # segments kept to compare retransmissions with
_RECENT_OCTETS = 4096  # of each
_CONFLICTS = 16  # kept of one direction
_CONFLICT_OCTETS = 2048
Piece = bytes | int  # octets, or the length of a gap


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two readings of the same octets of a stream; ``offset`` from its beginning as it was seen."""

    offset: int
    first: bytes
    second: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLimits:
    """Bounds of one direction: octets and segments held out of order, and how long a hole is waited for."""

    held_bytes: int = 1 << 20
    held_segments: int = 4096
    patience_ns: int = 10_000_000_000  # while nothing says that the hole will never be filled
    acked_patience_ns: int = 1_000_000_000  # once the receiver has acknowledged what is behind the hole
    acked_patience_segments: int = 64


class Side:
    """Puts segments in order.  ``next`` is the sequence number expected (-1 before the first), ``delivered`` the offset of it.

    ``counts``: ``retransmitted``, ``not_compared``, ``conflicts``, ``gaps``, ``gap_bytes``, ``held_limit``, ``out_of_window``.
    """

    __slots__ = (
        "_candidate",
        "_held_at",
        "_hole_segments",
        "_hole_since",
        "acked",
        "conflicts",
        "counts",
        "delivered",
        "fin",
        "gaps",
        "held",
        "held_bytes",
        "limits",
        "next",
        "recent",
        "seen",
    )  # fmt: skip

    def __init__(self, limits: SideLimits, counts: Counter[str]) -> None:
        self.limits, self.counts = limits, counts
        self.next = -1
        self.delivered = 0
        self.seen = False  # any packet of this direction
        self.acked = -1  # offset that the receiver has acknowledged
        self.fin = -1  # offset at which the sender ended
        self.gaps = 0
        self.conflicts: list[Conflict] = []
        self.held: list[bytes] = []
        self._held_at: list[int] = []
        self.held_bytes = 0
        self.recent: deque[bytes] = deque(maxlen=_RECENT)
        self._hole_since = 0
        self._hole_segments = 0
        self._candidate = -1

    def start(self, seq: int) -> None:
        """The next octet is *seq*."""
        self.next = seq & _MASK

    def offset(self, seq: int) -> int:
        """Where a sequence number stands in the stream; may be negative."""
        return self.delivered + ((seq - self.next + _HALF & _MASK) - _HALF)

    def acknowledge(self, ack: int) -> None:
        """The receiver has everything before *ack*."""
        if self.next >= 0:
            at = self.offset(ack)
            if self.acked < at < self.delivered + _FAR:
                self.acked = at

    def segment(self, seq: int, data: bytes, now_ns: int) -> list[Piece]:
        """Take a segment; what can now be handed on."""
        if self.next < 0:
            self.start(seq)
        at = self.offset(seq)
        if at > self.delivered + _FAR or at < self.delivered - _FAR:
            return self._stray(seq, data)
        self._candidate = -1
        out: list[Piece] = []
        if at < self.delivered:
            data = self._again(at, data)
            at = self.delivered
            if not data:
                return self.waited(now_ns)
        if at > self.delivered:
            if not self.held:
                self._hole_since, self._hole_segments = now_ns, 0
            self._hold(at, data)
        else:
            data = self._against_held(at, data)
            self._deliver(data, out)
            self._drain(out)
        self._hole_segments += 1
        out.extend(self.waited(now_ns))
        return out

    def waited(self, now_ns: int) -> list[Piece]:
        """Give up holes that have been waited for long enough."""
        out: list[Piece] = []
        while self.held:
            first = self._held_at[0]
            full = self.held_bytes > self.limits.held_bytes or len(self.held) > self.limits.held_segments
            waited = now_ns - self._hole_since
            lost = self.acked >= first and (
                waited > self.limits.acked_patience_ns or self._hole_segments > self.limits.acked_patience_segments
            )
            if not (full or lost or waited > self.limits.patience_ns):
                break
            if full:
                self.counts["held_limit"] += 1
            self._skip(out)
            self._hole_since, self._hole_segments = now_ns, 0
        return out

    def missing(self, length: int) -> list[Piece]:
        """The next *length* octets were on the wire but not captured."""
        out: list[Piece] = []
        self._gap(length, out)
        self.next = (self.next + length) & _MASK
        self._drain(out)
        return out

    def rest(self) -> list[Piece]:
        """The stream is over: everything held, with its gaps; a gap up to the sender's end, where that is known."""
        out: list[Piece] = []
        while self.held:
            self._skip(out)
        tail = max(self.fin, self.acked if self.fin < 0 else -1) - self.delivered
        if 0 < tail <= _FAR and (self.fin >= 0 or tail > 1):  # an acknowledged FIN that was not seen counts one
            self._gap(tail, out)
            self.next = (self.next + tail) & _MASK
        return out

    def _stray(self, seq: int, data: bytes) -> list[Piece]:
        """Far away: dropped, unless the next one goes on from there."""
        self.counts["out_of_window"] += 1
        if seq != self._candidate:
            self._candidate = (seq + len(data)) & _MASK
            return []
        out = self.rest()
        self._gap(0, out)
        self.start(seq)
        self._candidate = -1
        self._deliver(data, out)
        return out

    def _deliver(self, data: bytes, out: list[Piece]) -> None:
        if data:
            out.append(data)
            self.delivered += len(data)
            self.next = (self.next + len(data)) & _MASK
            self.recent.append(data[-_RECENT_OCTETS:] if len(data) > _RECENT_OCTETS else data)

    def _gap(self, length: int, out: list[Piece]) -> None:
        self.gaps += 1
        self.counts["gaps"] += 1
        self.counts["gap_bytes"] += length
        self.delivered += length
        self.recent.clear()
        out.append(length)

    def _drain(self, out: list[Piece]) -> None:
        while self.held and self._held_at[0] <= self.delivered:
            at, data = self._held_at.pop(0), self.held.pop(0)
            self.held_bytes -= len(data)
            self._deliver(data[self.delivered - at :], out)
        if not self.held:
            self._hole_segments = 0

    def _skip(self, out: list[Piece]) -> None:
        """Give the first hole up."""
        length = self._held_at[0] - self.delivered
        if length > 0:
            self._gap(length, out)
            self.next = (self.next + length) & _MASK
        self._drain(out)

    def _again(self, at: int, data: bytes) -> bytes:
        """Compare what was delivered before with what comes again; the new rest."""
        if len(data) == 1 and at == self.delivered - 1:
            return b""  # a keep-alive may carry one octet of garbage (RFC 9293 3.8.4)
        old = data[: self.delivered - at]
        self.counts["retransmitted"] += 1
        known = b"".join(self.recent)
        begin = len(known) - (self.delivered - at)
        if begin < 0:
            # A segment longer than what is kept of it leaves a hole in the history: compare only what is contiguous.
            self.counts["not_compared"] += 1
            old, begin = old[-begin:], 0
        if any(len(d) == _RECENT_OCTETS for d in self.recent):
            self.counts["not_compared"] += 1
        elif old and known[begin : begin + len(old)] != old:
            self._conflict(max(at, self.delivered - len(known)), known[begin : begin + len(old)], old)
        return data[self.delivered - at :]

    def _conflict(self, at: int, first: bytes, second: bytes) -> None:
        self.counts["conflicts"] += 1
        if len(self.conflicts) < _CONFLICTS:
            self.conflicts.append(Conflict(at, first[:_CONFLICT_OCTETS], second[:_CONFLICT_OCTETS]))

    def _against_held(self, at: int, data: bytes) -> bytes:
        """What came first stands, in what is held as well: *data* fills holes, and is compared where it overlaps."""
        end = at + len(data)
        for held_at, held in zip(self._held_at, self.held, strict=True):
            if held_at >= end:
                break
            low, high = max(at, held_at), min(end, held_at + len(held))
            if low < high:
                new, old = data[low - at : high - at], held[low - held_at : high - held_at]
                if new != old:
                    self._conflict(low, old, new)
                    data = data[: low - at] + old + data[high - at :]
        return data

    def _hold(self, at: int, data: bytes) -> None:
        data = self._against_held(at, data)
        end = at + len(data)
        where = bisect_right(self._held_at, at)
        if where and self._held_at[where - 1] + len(self.held[where - 1]) > at:
            before = self._held_at[where - 1] + len(self.held[where - 1])
            data, at = data[before - at :], before
        while data:
            # Cut around what is already there.
            follows = self._held_at[where] if where < len(self.held) else end
            piece = data[: follows - at]
            if piece:
                self._held_at.insert(where, at)
                self.held.insert(where, piece)
                self.held_bytes += len(piece)
                where += 1
            if where >= len(self.held):
                break
            after = self._held_at[where] + len(self.held[where])
            data, at = data[after - at :], after
            where += 1
