"""HTTP/2 in the clear (RFC 9113): prior knowledge or upgrade, header tables by hpack, each stream's content as in HTTP/1."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import hpack

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Unseen
from sensors.transfer.protocols.headers import Headers
from sensors.transfer.protocols.payload import Payload, Request

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAME: Final = 1 << 24
_HEADER_BLOCK: Final = 256 << 10
_STREAMS: Final = 1000
_DATA, _HEADERS, _RESET, _SETTINGS, _PUSH, _CONTINUATION = 0, 1, 3, 4, 5, 9
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY = 1, 4, 8, 32


class _Direction:
    """Frames of one side."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.skip = 0
        self.decoder = hpack.Decoder(max_header_list_size=_HEADER_BLOCK)
        self.decoder.max_allowed_table_size = 65536
        self.lost = False  # frames or table entries are missing: nothing behind can be believed
        self.block = b""  # of headers that go on
        self.block_stream = 0
        self.block_ends = False
        self.octets = 0
        self.blind = 0  # octets behind the loss


class _Stream:
    def __init__(self, request: Request) -> None:
        self.request = request
        self.payloads: list[Payload | None] = [None, None]  # from the client, from the server


class Http2(Conversation):
    """Reads a connection from its first octet; from the middle, or behind a gap, it is not observed."""

    protocol = "http2"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._sides = (_Direction(), _Direction())
        self._streams: OrderedDict[int, _Stream] = OrderedDict()
        self._preface = PREFACE

    def upgraded(self, request: Request) -> None:
        """The request of an upgrade is stream 1 (RFC 7540 3.2); its content was read before."""
        self._streams[1] = _Stream(request)

    def client(self, octets: bytes) -> None:
        """Frames of the client, behind the preface."""
        if self._preface:
            side = self._sides[0]
            side.held += octets
            if len(side.held) < len(PREFACE):
                return
            if not side.held.startswith(PREFACE):
                side.lost = True
            octets = bytes(side.held[len(PREFACE) :])
            side.held.clear()
            self._preface = b""
        self._frames(0, octets)

    def server(self, octets: bytes) -> None:
        """Frames of the server."""
        self._frames(1, octets)

    def client_gap(self, length: int) -> None:
        """Nothing behind a gap can be read."""
        self._lose(0, length)

    def server_gap(self, length: int) -> None:
        """Nothing behind a gap can be read."""
        self._lose(1, length)

    def _lose(self, at: int, length: int) -> None:
        side = self._sides[at]
        side.lost = True
        side.blind += length + len(side.held)
        side.held.clear()
        for stream in self._streams.values():
            payload, stream.payloads[at] = stream.payloads[at], None
            if payload is not None:
                payload.gap(length)
                payload.finish(whole=False)

    def _frames(self, at: int, octets: bytes) -> None:
        side = self._sides[at]
        if side.lost:
            side.blind += len(octets)
            return
        side.held += octets
        position = 0
        while len(side.held) - position >= 9 and not side.lost:
            length = int.from_bytes(side.held[position : position + 3], "big")
            if len(side.held) - position < 9 + length:
                break
            kind, flags = side.held[position + 3], side.held[position + 4]
            stream = int.from_bytes(side.held[position + 5 : position + 9], "big") & 0x7FFFFFFF
            body = bytes(side.held[position + 9 : position + 9 + length])
            position += 9 + length
            self._frame(at, kind, flags, stream, body)
        if position:
            del side.held[:position]

    def _frame(self, at: int, kind: int, flags: int, number: int, body: bytes) -> None:  # noqa: PLR0912 - one branch a kind of message
        side = self._sides[at]
        if kind in (_DATA, _HEADERS, _PUSH) and flags & _PADDED:
            pad = body[0] if body else 0
            body = body[1 : len(body) - pad] if pad < len(body) else b""
        if kind == _DATA:
            stream = self._streams.get(number)
            payload = stream.payloads[at] if stream is not None else None
            if payload is not None:
                payload.write(body)
            if flags & _END_STREAM:
                self._over(number, at)
        elif kind in (_HEADERS, _PUSH):
            if kind == _PUSH:
                number, body = int.from_bytes(body[:4], "big") & 0x7FFFFFFF, body[4:]
            elif flags & _PRIORITY:
                body = body[5:]
            side.block, side.block_stream, side.block_ends = body, number, bool(flags & _END_STREAM) and kind == _HEADERS
            if flags & _END_HEADERS:
                self._head(at, pushed=kind == _PUSH)
        elif kind == _CONTINUATION:
            side.block += body
            if len(side.block) > _HEADER_BLOCK:
                self._lose(at, 0)
            elif flags & _END_HEADERS:
                self._head(at, pushed=False)
        elif kind == _RESET:
            stream = self._streams.pop(number, None)
            for payload in stream.payloads if stream is not None else ():
                if payload is not None:
                    payload.finish(whole=False)

    def _head(self, at: int, *, pushed: bool) -> None:
        side = self._sides[at]
        try:
            decoded = side.decoder.decode(side.block, raw=True)
        except (hpack.HPACKError, ValueError, IndexError, OverflowError):
            self.shared.counts["http2_headers_lost"] += 1
            self._lose(at, 0)
            return
        fields: Headers = {}
        for name, value in decoded:
            fields.setdefault(bytes(name).lower().decode("latin-1"), []).append(bytes(value))
        number = side.block_stream
        method = fields.get(":method")
        if method and (at == 0 or pushed):
            host = (fields.get(":authority") or fields.get("host") or [b""])[0]
            request = Request(method=method[0].decode("latin-1").upper()[:20], target=fields.get(":path", [b""])[0], host=host)
            self._streams[number] = _Stream(request)
            if len(self._streams) > _STREAMS:
                self.shared.counts["http2_streams_limit"] += 1
                oldest, _ = next(iter(self._streams.items()))
                self._drop(oldest)
            if pushed:
                return
        stream = self._streams.setdefault(number, _Stream(Request()))
        if stream.payloads[at] is None and not side.block_ends:
            status = fields.get(":status", [b"0"])[0]
            code = int(status) if status.isdigit() and len(status) == 3 else 0
            if not 100 <= code < 200:
                fields.pop("transfer-encoding", None)  # RFC 9113 8.2.2: there is none
                stream.payloads[at] = Payload(self, stream.request, fields, from_client=at == 0, status=code)
        if side.block_ends:
            self._over(number, at)

    def _over(self, number: int, at: int) -> None:
        stream = self._streams.get(number)
        if stream is None:
            return
        payload, stream.payloads[at] = stream.payloads[at], None
        if payload is not None:
            payload.finish(whole=True)
        if at == 1 and stream.payloads[0] is None:
            del self._streams[number]

    def _drop(self, number: int) -> None:
        stream = self._streams.pop(number)
        for payload in stream.payloads:
            if payload is not None:
                payload.finish(whole=False)

    def close(self) -> None:
        """Over."""
        for number in list(self._streams):
            self._drop(number)
        for at, side in enumerate(self._sides):
            if side.blind:
                self.tell(
                    self.begin(from_client=at == 0, kind=Kind.OPAQUE, size=side.blind, unseen=Unseen.CODING, missing=True)
                )
