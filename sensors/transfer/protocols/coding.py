"""Content codings of HTTP undone as octets arrive (RFC 9110 8.4.1, RFC 7932, RFC 8878), with a bound on what comes out."""

from __future__ import annotations

import zlib
from typing import Any, Final

import brotli
import zstandard

_STEP: Final = 1 << 20
_OUTPUT: Final = 1 << 30
_RATIO: Final = 1100  # deflate cannot do more than 1032; more output than that for the input is a bomb
_ZSTD_WINDOW: Final = 8 << 20  # RFC 8878 3.1.1.1.2: decoders should take at least 8 MiB; RFC 9659 makes it the limit
KNOWN: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


class CodingError(ValueError):
    """The octets are not what the coding says, or expand out of all proportion."""


class Decoder:
    """Undoes one coding.  Raises :class:`CodingError` from :meth:`feed`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken = self.given = 0
        self._gzip = name in ("gzip", "x-gzip")
        self._tool: Any = None
        if name == "br":
            self._tool = brotli.Decompressor()
        elif name == "zstd":
            self._tool = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        elif self._gzip:
            self._tool = zlib.decompressobj(31)

    def feed(self, data: bytes) -> bytes:
        """The octets that *data* stands for."""
        if not data:
            return b""
        self.taken += len(data)
        try:
            if self._tool is None:  # deflate: with the zlib header as written, or without as some send it
                zlib_header = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
                self._tool = zlib.decompressobj(15 if zlib_header else -15)
            out = self._inflate(data) if self.name not in ("br", "zstd") else self._other(data)
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError, MemoryError) as error:
            raise CodingError(str(error)) from error
        return out

    @property
    def done(self) -> bool:
        """Whether the end of the coded data was seen."""
        if self._tool is None:
            return True
        return bool(self._tool.is_finished() if self.name == "br" else getattr(self._tool, "eof", True))

    def _inflate(self, data: bytes) -> bytes:
        out = bytearray()
        while data:
            if self._tool.eof:
                if not self._gzip or not data.startswith(b"\x1f\x8b"):
                    break  # octets behind the end belong to nothing
                self._tool = zlib.decompressobj(31)  # RFC 1952 2.2: members follow one another
            out += self._tool.decompress(data, _STEP)
            data = self._tool.unconsumed_tail or self._tool.unused_data
            self._check(len(out))
        self.given += len(out)
        return bytes(out)

    def _other(self, data: bytes) -> bytes:
        out = bytearray()
        for at in range(0, len(data), 4096):  # small steps: neither library bounds its output
            out += (
                self._tool.process(data[at : at + 4096]) if self.name == "br" else self._tool.decompress(data[at : at + 4096])
            )
            self._check(len(out))
        self.given += len(out)
        return bytes(out)

    def _check(self, more: int) -> None:
        total = self.given + more
        if total > _OUTPUT or (self.name not in ("br", "zstd") and total > _RATIO * self.taken + _STEP):
            raise CodingError("expands too far")
        if self.name in ("br", "zstd") and total > 20_000 * self.taken + 16 * _STEP:
            raise CodingError("expands too far")


def decoders(codings: list[str]) -> list[Decoder] | None:
    """Decoders to be applied in order for codings as listed in a header; ``None`` if one of them is not known."""
    named = [c for c in codings if c and c != "identity"]
    if any(c not in KNOWN for c in named) or len(named) > 4:
        return None
    return [Decoder(c) for c in reversed(named)]
