"""All streams at once: taps of a block in, octets to the reader of each connection out.

Every connection stands alone: what one of them holds, waits for or breaks never stops another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from sensors.kernels.block import Block
from sensors.kernels.layout import TAP_FIELDS
from sensors.kernels.taps import Taps
from sensors.streams.datagrams import Fragments
from sensors.streams.side import Piece, Side, SideLimits

_COLUMNS = (
    "row", "direction", "ts_ns", "payload", "captured", "length", "seq", "ack", "flags", "number", "protocol", "fragment",
    "network",
)  # fmt: skip
_AT = [TAP_FIELDS.index(c) for c in _COLUMNS]
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_TCP, _UDP = 6, 17
_MASK = 0xFFFFFFFF


class Reader(Protocol):
    """What reads a connection.  Side 0 is the flow's a, 1 its b.  It may raise nothing that is the peer's fault."""

    def data(self, side: int, octets: bytes) -> None:
        """The next octets of a side."""

    def gap(self, side: int, length: int) -> None:
        """*length* octets of a side are missing here (0: nobody knows how many)."""

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """A UDP payload; *length* on the wire."""

    def end(self, side: int) -> None:
        """A side has said that it will send no more."""

    def close(self) -> None:
        """The connection is over."""


@dataclass(slots=True, kw_only=True)
class Connection:
    """One connection as its reader sees it.

    ``row`` in the flow table; ``initiator``: 0, 1, or -1 if only the flow table can tell; ``midstream``: no SYN was seen;
    ``now_ns``, ``number``: of the newest packet; ``first_ns``, ``first_number``: of the first.
    """

    row: int
    protocol: int
    initiator: int = -1
    midstream: bool = True
    first_ns: int = 0
    first_number: int = 0
    now_ns: int = 0
    number: int = 0
    sides: tuple[Side, Side] = field(repr=False)
    octets: list[int] = field(default_factory=lambda: [0, 0])  # payload on the wire, by side

    @property
    def ambiguous(self) -> int:
        """Conflicting readings so far, of both directions."""
        return len(self.sides[0].conflicts) + len(self.sides[1].conflicts)

    def one_sided(self, side: int) -> bool:
        """Whether nothing at all was seen of *side*."""
        return not self.sides[side].seen


@dataclass(slots=True)
class _Session:
    connection: Connection
    reader: Reader | None
    side: int = 0  # whose octets wait in ``parts``
    parts: list[bytes] = field(default_factory=list)
    ended: list[bool] = field(default_factory=lambda: [False, False])
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Bounds: of one direction, of everything held out of order, of connections, and of one connection's octets."""

    side: SideLimits = field(default_factory=SideLimits)
    held_bytes: int = 256 << 20
    connections: int = 1 << 14
    connection_bytes: int = 1 << 40


class Streams:
    """Reassembles tapped packets; *open_reader* makes the reader of a new connection, or ``None`` to leave it alone.

    ``counts``: those of :class:`~sensors.streams.side.Side`; ``connections``, ``segments``, ``evicted`` (more connections than
    the limit: the one longest silent was ended), ``total_held_limit``, ``connection_too_long``, ``reader_failed``,
    ``fragments_lost``.  *contain* counts a reader's failure and ends its connection; otherwise it is raised.
    """

    def __init__(
        self, open_reader: Callable[[Connection], Reader | None], *, limits: StreamLimits | None = None, contain: bool = True
    ) -> None:
        self.limits = limits or StreamLimits()
        self.counts: Counter[str] = Counter()
        self.failure = ""
        self._open = open_reader
        self._contain = contain
        self._sessions: dict[int, _Session] = {}
        self._held = 0
        self._touched: dict[int, _Session] = {}
        self._fragments = Fragments(self.counts)
        self._now = 0

    def __len__(self) -> int:
        """Connections open now."""
        return len(self._sessions)

    def feed(self, block: Block, taps: Taps) -> None:  # noqa: PLR0912, PLR0915 - one loop a packet: calls would cost half the speed
        """Take the packets of *taps*, which are rows of *block*, in their order."""
        memory = memoryview(block.buffer)  # type: ignore[arg-type]  # numpy arrays are buffers
        columns = np.ascontiguousarray(taps).view(np.int64).reshape(len(taps), -1)[:, _AT]
        touched, sessions = self._touched, self._sessions
        for row, direction, ts, at, captured, length, seq, ack, flags, number, protocol, fragment, network in columns.tolist():
            if row < 0:
                continue
            if fragment:
                joined = self._joined(memory, fragment, protocol, at, captured, network, (seq, ack, flags))
                if joined is None:
                    continue
                memory_of, at, (seq, ack, flags) = memoryview(joined[0]), 0, joined[1]  # noqa: PLW2901 - the whole stands for it
                captured = length = len(joined[0])  # noqa: PLW2901
            else:
                memory_of = memory
            if protocol != _TCP:
                self._datagram(memory_of, row, direction, ts, at, captured, length, number, protocol)
                continue
            session = sessions.get(row)
            if session is None or (flags & _SYN):
                session = self._begin(session, row, direction, ts, seq, flags, number)
            connection = session.connection
            connection.now_ns, connection.number = ts, number
            if session.over:
                continue
            side = connection.sides[direction]
            n = min(length, captured)
            if length > 0 and n >= 0 and not flags & _RST:
                if flags & _SYN:
                    seq = (seq + 1) & _MASK  # noqa: PLW2901
                connection.octets[direction] += length
                if n == length and seq == side.next and not side.held:
                    # The usual case, inlined: the next segment of a side with nothing out of order.
                    data = bytes(memory_of[at : at + n])
                    side.next = (seq + n) & _MASK
                    side.delivered += n
                    side.recent.append(data if n <= 4096 else data[-4096:])
                    if session.side != direction:
                        if session.parts:
                            self._flush(session)
                        session.side = direction
                    session.parts.append(data)
                else:
                    self._segment(session, direction, seq, bytes(memory_of[at : at + n]), length - n, ts)
                touched[row] = session
            side.seen = True
            other = connection.sides[1 - direction]
            if flags & _ACK:
                if other.next >= 0:
                    if ack != other.next:
                        other.acknowledge(ack)
                    if other.held:
                        self._pieces(session, 1 - direction, other, lambda s=other, t=ts: s.waited(t))  # type: ignore[misc]
                        touched[row] = session
                elif not other.seen:
                    pass  # one-sided mirror
            if flags & (_FIN | _RST):
                self._ending(session, direction, seq, length, flags)
        self.counts["segments"] += len(taps)
        if len(columns):
            self._now = max(self._now, int(columns[-1][2]))
        self._hand_on()

    def _hand_on(self) -> None:
        """Give every reader what waits for it."""
        touched = list(self._touched.values())
        self._touched.clear()
        for session in touched:
            if session.parts:
                self._flush(session)

    def end(self, row: int) -> None:
        """The flow of *row* is over, or its row is given to another."""
        session = self._sessions.pop(row, None)
        if session is not None:
            self._finish(session)

    def finish(self) -> None:
        """The capture is over."""
        for row in list(self._sessions):
            self.end(row)

    def idle(self, now_ns: int) -> None:
        """Give up holes that nobody fills, by the time of the packets."""
        for session in self._sessions.values():
            for direction, side in enumerate(session.connection.sides):
                if side.held:
                    self._pieces(session, direction, side, lambda s=side: s.waited(now_ns))  # type: ignore[misc]
            if session.parts:
                self._flush(session)

    def _begin(
        self, session: _Session | None, row: int, direction: int, ts: int, seq: int, flags: int, number: int
    ) -> _Session:  # fmt: skip
        """The session of a packet that is the first of its row, or bears a SYN."""
        if session is not None:
            side = session.connection.sides[direction]
            start = (seq + 1) & _MASK
            fresh = side.next < 0 or (not side.delivered and side.next == start)
            if fresh or (not session.over and abs(side.offset(start)) <= side.delivered and side.offset(start) == 0):
                if side.next < 0 and not session.over:
                    side.start(start)
                return session
            if not session.over and side.offset(start) < side.delivered and not all(session.ended):
                return session  # a SYN of old, again
            self.end(row)  # the same ports, another connection
        connection = Connection(
            row=row, protocol=_TCP, first_ns=ts, first_number=number, now_ns=ts, number=number,
            sides=(Side(self.limits.side, self.counts), Side(self.limits.side, self.counts)),
        )  # fmt: skip
        if flags & _SYN:
            connection.midstream = False
            connection.initiator = direction if not flags & _ACK else 1 - direction
            connection.sides[direction].start((seq + 1) & _MASK)
        return self._admit(row, connection)

    def _admit(self, row: int, connection: Connection) -> _Session:
        if len(self._sessions) >= self.limits.connections:
            oldest = min(self._sessions, key=lambda r: self._sessions[r].connection.now_ns)
            self.counts["evicted"] += 1
            self.end(oldest)
        self.counts["connections"] += 1
        self._hand_on()  # what was said before may announce this connection
        session = self._sessions[row] = _Session(connection, self._open(connection))
        session.over = session.reader is None
        return session

    def _segment(self, session: _Session, direction: int, seq: int, data: bytes, cut: int, ts: int) -> None:
        side = session.connection.sides[direction]

        def take() -> list[Piece]:
            out = side.segment(seq, data, ts) if data or side.next >= 0 else []
            if cut and side.next >= 0 and side.offset((seq + len(data)) & _MASK) == side.delivered:
                out += side.missing(cut)
            return out

        if side.next < 0:
            side.start(seq)
        self._pieces(session, direction, side, take)
        if self._held > self.limits.held_bytes:
            self.counts["total_held_limit"] += 1
            self._pieces(session, direction, side, side.rest)

    def _pieces(self, session: _Session, direction: int, side: Side, take: Callable[[], list[Piece]]) -> None:
        """Do something with a side, and hand on what comes out."""
        before = side.held_bytes
        pieces = take()
        self._held += side.held_bytes - before
        for piece in pieces:
            if session.side != direction and session.parts:
                self._flush(session)
            session.side = direction
            if isinstance(piece, int):
                if session.parts:
                    self._flush(session)
                self._tell(session, "gap", direction, piece)
            else:
                session.parts.append(piece)

    def _flush(self, session: _Session) -> None:
        data = session.parts[0] if len(session.parts) == 1 else b"".join(session.parts)
        session.parts.clear()
        if sum(session.connection.octets) > self.limits.connection_bytes and not session.over:
            self.counts["connection_too_long"] += 1
            self._finish(session)
            return
        self._tell(session, "data", session.side, data)
        side = session.connection.sides[session.side]
        if 0 <= side.fin <= side.delivered:
            self._side_over(session, session.side)

    def _tell(self, session: _Session, what: str, *arguments: Any) -> None:
        """Call the reader; its failure ends this connection and no other."""
        if session.reader is None or session.over:
            return
        try:
            getattr(session.reader, what)(*arguments)
        except Exception as error:
            if not self._contain:
                raise
            self.counts["reader_failed"] += 1
            self.failure = f"{type(error).__name__}: {error}"
            session.over = True

    def _ending(self, session: _Session, direction: int, seq: int, length: int, flags: int) -> None:
        if session.parts:
            self._flush(session)
        side = session.connection.sides[direction]
        if flags & _RST:
            # RFC 9293 3.5.3: only a reset in the window counts; a forged one elsewhere changes nothing here.
            if side.next < 0 or abs(side.offset(seq) - side.delivered) <= 1 << 20:
                self._finish(session)
            return
        if side.next >= 0:
            side.fin = side.offset((seq + length) & _MASK)
            if side.fin <= side.delivered:
                self._side_over(session, direction)

    def _side_over(self, session: _Session, direction: int) -> None:
        if not session.ended[direction]:
            session.ended[direction] = True
            self._tell(session, "end", direction)
            if all(session.ended):
                self._finish(session)

    def _finish(self, session: _Session) -> None:
        """Hand over what is left and close; the entry stays until its row is taken again."""
        if session.parts:
            self._flush(session)
        for direction, side in enumerate(session.connection.sides):
            if side.next >= 0:
                self._pieces(session, direction, side, side.rest)
                if session.parts:
                    self._flush(session)
        self._tell(session, "close")
        session.over = True
        session.reader = None
        for side in session.connection.sides:
            self._held -= side.held_bytes
            side.recent.clear()

    def _joined(
        self, memory: memoryview, fragment: int, protocol: int, at: int, captured: int, network: int,
        begin: tuple[int, int, int],
    ) -> tuple[bytes, tuple[int, int, int]] | None:  # fmt: skip
        """A datagram out of its fragments, once all are there."""
        header = bytes(memory[network : network + 96])
        lead = at - network - ((header[0] & 15) * 4 if header[:1] and header[0] >> 4 == 4 else 48)
        return self._fragments.take(header, bytes(memory[at : at + max(captured, 0)]), fragment, protocol, lead, begin)

    def _datagram(
        self, memory: memoryview, row: int, direction: int, ts: int, at: int, captured: int, length: int, number: int,
        protocol: int,
    ) -> None:  # fmt: skip
        """UDP."""
        if protocol != _UDP:
            return
        octets = bytes(memory[at : at + max(min(captured, length), 0)])
        session = self._sessions.get(row)
        if session is None:
            limits = self.limits.side
            session = self._admit(
                row,
                Connection(
                    row=row, protocol=_UDP, midstream=False, first_ns=ts, first_number=number, initiator=-1,
                    sides=(Side(limits, self.counts), Side(limits, self.counts)),
                ),
            )  # fmt: skip
        connection = session.connection
        connection.now_ns, connection.number = ts, number
        connection.octets[direction] += length
        connection.sides[direction].seen = True
        self._tell(session, "datagram", direction, octets, length)
