"""Multipart bodies (RFC 2046 5.1, RFC 7578) split as they arrive."""

from __future__ import annotations

from typing import Protocol

_HEAD = 64 << 10
_PARTS = 10_000


class Parts(Protocol):
    """Who takes the parts."""

    def part(self, head: bytes) -> None:
        """A part begins; *head*: its header lines."""

    def octets(self, data: bytes) -> None:
        """Content of the part."""

    def part_end(self) -> None:
        """The part is over."""


class Splitter:
    """Feeds *taker*.  ``parts``: how many began; ``broken``: a bound was reached; ``finished``: the closing line was seen."""

    def __init__(self, boundary: bytes, taker: Parts) -> None:
        self._mark = b"\r\n--" + boundary
        self._taker = taker
        self._held = b"\r\n"  # the first boundary stands at a line's beginning
        self._in_head = False
        self._in_part = False
        self.parts = 0
        self.broken = False
        self.finished = False

    def feed(self, data: bytes) -> None:
        """More octets."""
        if self.broken or self.finished:
            return
        self._held += data
        while not (self.finished or self.broken) and (self._head() if self._in_head else self._content()):
            pass

    def close(self) -> None:
        """No more octets."""
        if self._in_part:
            self._taker.octets(self._held)
            self._taker.part_end()
            self._in_part = False

    def _content(self) -> bool:
        at = self._held.find(self._mark)
        if at < 0:
            keep = len(self._mark) - 1
            if self._in_part and len(self._held) > keep:
                self._taker.octets(self._held[:-keep])
            self._held = self._held[-keep:]
            return False
        after = at + len(self._mark)
        line = self._held.find(b"\n", after)
        if line < 0 and len(self._held) - after < 200 and not self._held.startswith(b"--", after):
            return False
        if line < 0 and not self._held.startswith(b"--", after):
            self.broken = True
            return False
        if self._in_part:
            self._taker.octets(self._held[:at])
            self._taker.part_end()
            self._in_part = False
        if self._held.startswith(b"--", after):
            self.finished = True
            return False
        # The line break stays: a part without header lines begins with an empty line.
        self._held = self._held[line + 1 :]
        self._in_head = True
        return True

    def _head(self) -> bool:
        for mark in (b"\r\n\r\n", b"\n\n"):
            at = self._held.find(mark)
            if at >= 0:
                head, rest = self._held[:at], self._held[at + len(mark) :]
                break
        else:
            if self._held.startswith((b"\r\n", b"\n")):
                head, rest = b"", self._held[2 if self._held.startswith(b"\r\n") else 1 :]
            else:
                self.broken = len(self._held) > _HEAD
                return False
        if self._held.startswith(b"\r\n"):
            head, rest = b"", self._held[2:]
        self.parts += 1
        if self.parts > _PARTS:
            self.broken = True
            return False
        self._taker.part(head)
        self._in_part, self._in_head = True, False
        self._held = b"\r\n" + rest if rest.startswith(self._mark[2:]) else rest
        return True
