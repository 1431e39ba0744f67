"""Messages between the sensor's own processes over a socket pair."""

from __future__ import annotations

import pickle
import select
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
_READ = 1 << 18


class Channel:
    """One end.  Both ends are the same program under the same user: pickles are a safe form between them."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._buffer = bytearray()
        self._outgoing = bytearray()
        self.closed = False

    def fileno(self) -> int:
        """For ``select``."""
        return self._socket.fileno()

    def post(self, message: object) -> None:
        """Queue a message, for :meth:`flush`: a worker must not wait while its ring fills."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._outgoing += _LENGTH.pack(len(data)) + data

    def flush(self) -> None:
        """Hand over as much of the queue as the other end has room for now."""
        self._socket.setblocking(False)
        while self._outgoing and not self.closed:
            try:
                done = self._socket.send(memoryview(self._outgoing)[:_READ])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.closed = True
                return
            del self._outgoing[:done]

    def send(self, message: object) -> bool:
        """Send the queue and then a message; waits until the other end has room.  Whether that end is still there."""
        self.post(message)
        try:
            self._socket.setblocking(True)
            self._socket.sendall(self._outgoing)
            self._outgoing.clear()
        except OSError:
            self.closed = True
        return not self.closed

    def receive(self, timeout: float = 0.0) -> list[Any]:
        """The messages that are complete; waits up to *timeout* seconds for octets."""
        if self.closed:
            return []
        ready, _, _ = select.select([self._socket], [], [], timeout)
        self._socket.setblocking(False)
        while ready:
            try:
                octets = self._socket.recv(_READ)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                octets = b""
            if not octets:
                self.closed = True
                break
            self._buffer += octets
        return [*self._complete()]

    def _complete(self) -> list[Any]:
        messages = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if len(self._buffer) < _LENGTH.size + length:
                break
            data = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            messages.append(pickle.loads(data))  # noqa: S301  # from our own process, see the class
        return messages

    def close(self) -> None:
        """Close this end."""
        self.closed = True
        self._socket.close()
