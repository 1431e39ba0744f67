"""SOCKS 4, 4a and 5 (RFC 1928, 1929): the way through a proxy is taken off, and what it carries is read as if it were bare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Shared

_ROOM = 2048


def is_socks(said: bytes, answer: bytes) -> int | None:
    """The version (4 or 5) that a client's first octets and the server's answer show, else ``None``."""
    if len(said) >= 3 and said[0] == 5 and 0 < said[1] <= 16 and len(said) >= 2 + said[1] and answer[:1] == b"\x05":
        return 5
    if (
        len(said) >= 9
        and said[0] == 4
        and said[1] in (1, 2)
        and b"\0" in said[8:]
        and answer[:1] == b"\x00"
        and len(answer) >= 8
    ):
        return 4
    return None


def _address(held: bytes, at: int) -> int:
    """How long a SOCKS 5 address and port are (RFC 1928 5); 0 if they are not all there."""
    if len(held) < at + 2:
        return 0
    length = {1: 5, 4: 17}.get(held[at], 2 + held[at + 1]) + 2
    return length if len(held) >= at + length else 0


class Socks(Conversation):
    """Waits for both sides to be through, then hands on."""

    protocol = "socks"

    def __init__(
        self, shared: Shared, connection: Connection, client: int, *, greeting: int, inner: Callable[..., Any]
    ) -> None:  # fmt: skip
        super().__init__(shared, connection, client)
        self._version, self._make = greeting, inner
        self._held = [b"", b""]  # from the client, from the server
        self._method = -1
        self._inner: Any = None
        self._through = [False, False]
        self._step = [0, 0]

    def client(self, octets: bytes) -> None:
        """Greeting, perhaps a log-in, the request; then whatever is carried."""
        self._take(0, octets)

    def server(self, octets: bytes) -> None:
        """The answers; then whatever is carried."""
        self._take(1, octets)

    def _take(self, at: int, octets: bytes) -> None:
        if self._inner is not None:
            self._inner.data(self.client_side if at == 0 else self.server_side, octets)
            return
        self._held[at] += octets
        if len(self._held[at]) > _ROOM and not self._through[at]:
            self.shared.counts["socks_too_long"] += 1
            self._through = [True, True]
        moved = True
        while moved:
            moved = any([self._advance(0), self._advance(1)])
        if all(self._through):
            self._inner = self._make(self.shared, self.connection, self.client_side)
            for side, held in ((self.client_side, self._held[0]), (self.server_side, self._held[1])):
                if held:
                    self._inner.data(side, held)
            self._held = [b"", b""]

    def _advance(self, at: int) -> bool:
        """Take one message off a side; whether there was one."""
        held = self._held[at]
        if self._through[at]:
            return False
        size = self._four(at, held) if self._version == 4 else self._five(at, held)
        if size:
            self._held[at] = held[size:]
            self._step[at] += 1
        return bool(size)

    def _four(self, at: int, held: bytes) -> int:
        if at == 1:
            size = 8 if len(held) >= 8 else 0
        else:
            end = held.find(b"\0", 8)
            if end >= 0 and held[4:7] == bytes(3) and held[7]:  # 4a: a name follows
                end = held.find(b"\0", end + 1)
            size = end + 1
        self._through[at] = self._through[at] or size > 0
        return size

    def _five(self, at: int, held: bytes) -> int:
        """RFC 1928 3, 4, 6; RFC 1929 2 where the server chose method 2."""
        step = self._step[at]
        if step == 0:
            if at == 0:
                return 2 + held[1] if len(held) >= 2 and len(held) >= 2 + held[1] else 0
            if len(held) < 2:
                return 0
            self._method = held[1]
            return 2
        if self._method < 0:
            return 0
        if self._method == 2 and step == 1:
            if at == 1:
                return 2 if len(held) >= 2 else 0
            if len(held) < 2 or len(held) < 3 + held[1]:
                return 0
            size = 3 + held[1] + held[2 + held[1]]
            return size if len(held) >= size else 0
        length = _address(held, 3)
        self._through[at] = length > 0
        return 3 + length if length else 0

    def client_gap(self, length: int) -> None:
        """A hole."""
        if self._inner is not None:
            self._inner.gap(self.client_side, length)

    def server_gap(self, length: int) -> None:
        """A hole."""
        if self._inner is not None:
            self._inner.gap(self.server_side, length)

    def client_end(self) -> None:
        """The client says no more."""
        if self._inner is not None:
            self._inner.end(self.client_side)

    def server_end(self) -> None:
        """The server says no more."""
        if self._inner is not None:
            self._inner.end(self.server_side)

    def close(self) -> None:
        """Over."""
        if self._inner is not None:
            self._inner.close()
