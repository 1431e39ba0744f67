"""Conversations of application protocols as octets, and what their readers make of them, without packets."""

from __future__ import annotations

import gzip
import struct
from collections import Counter
from collections.abc import Sequence

import brotli
import zstandard

from sensors.streams.side import Side, SideLimits
from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Shared, Transfer
from sensors.transfer.protocols.bodies import Quota
from sensors.transfer.protocols.recognise import reader_of

Said = tuple[bool, bytes]  # whether the client says it, and what
FILE = b"PK\x03\x04" + bytes(range(256)) * 40
CLIENT, SERVER = (0x0A000001, 50000), 0x0A000002


class Table:
    """Connections between one client and one server."""

    def __init__(self) -> None:
        self.found: list[Transfer] = []
        self.counts: Counter[str] = Counter()
        self._ends: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {}
        self.shared = Shared(Quota(counts=self.counts), self.found.append, self.counts, lambda c: self._ends[c.row])

    def connection(
        self, server_port: int, client_port: int = 50000, *, opened_by_server: bool = False, protocol: int = 6
    ) -> Connection:  # fmt: skip
        """A new one: side 0 is the client's host."""
        row = len(self._ends)
        limits = SideLimits()
        sides = (Side(limits, self.counts), Side(limits, self.counts))
        for side in sides:
            side.seen, side.fin = True, 0
        self._ends[row] = ((CLIENT[0], client_port), (SERVER, server_port))
        return Connection(
            row=row,
            protocol=protocol,
            initiator=int(opened_by_server),
            midstream=False,
            now_ns=row + 1,
            number=row + 1,
            sides=sides,
        )

    def talk(
        self, said: Sequence[Said], server_port: int, *, step: int = 0, client_port: int = 50000, opened_by_server: bool = False
    ) -> None:  # fmt: skip
        """One TCP connection, cut into pieces of *step* octets."""
        connection = self.connection(server_port, client_port, opened_by_server=opened_by_server)
        reader = reader_of(self.shared, connection, connection.initiator)
        for from_client, octets in said:
            for at in range(0, len(octets), step or max(len(octets), 1)):
                reader.data(0 if from_client else 1, octets[at : at + (step or len(octets))])
        reader.end(0)
        reader.end(1)
        reader.close()


def text(*said: tuple[bool, str]) -> list[Said]:
    """The same out of text."""
    return [(c, t.encode("utf-8")) for c, t in said]


def smtp(message: bytes, *, chunks: bool = False, pipelined: bool = False) -> list[Said]:
    """A mail by DATA, or by BDAT in two chunks."""
    said = text((False, "220 mx.example ESMTP\r\n"), (True, "EHLO a.example\r\n"),
                (False, "250-mx.example\r\n250-SIZE 1000000\r\n250 CHUNKING\r\n"))  # fmt: skip
    commands = [b"MAIL FROM:<x@a.example>\r\n", b"RCPT TO:<y@b.example>\r\n", b"RCPT TO:<z@b.example>\r\n"]
    if pipelined:
        said += [(True, b"".join(commands)), (False, b"250 ok\r\n250 ok\r\n550 no\r\n")]
    else:
        for command, reply in zip(commands, (b"250 ok\r\n", b"250 ok\r\n", b"550 no\r\n"), strict=True):
            said += [(True, command), (False, reply)]
    if chunks:
        half = len(message) // 2
        said += [(True, b"BDAT %d\r\n" % half + message[:half] + b"BDAT %d LAST\r\n" % (len(message) - half) + message[half:])]
        said += [(False, b"250 ok\r\n250 queued\r\n")]
    else:
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        said += [(True, b"DATA\r\n"), (False, b"354 go\r\n"), (True, stuffed + b".\r\n"), (False, b"250 queued\r\n")]
    return [*said, (True, b"QUIT\r\n"), (False, b"221 bye\r\n")]


def coded(body: bytes, coding: str) -> bytes:
    """*body* under a content coding."""
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "br":
        return brotli.compress(body)
    if coding == "zstd":
        return zstandard.ZstdCompressor().compress(body)
    return body


def chunked(body: bytes, size: int = 1000) -> bytes:
    """*body* in chunks with an extension and a trailer (RFC 9112 7.1)."""
    out = b"".join(
        b"%x;name=value\r\n%s\r\n" % (len(body[at : at + size]), body[at : at + size]) for at in range(0, len(body), size)
    )
    return out + b"0\r\nX-Trailer: yes\r\n\r\n"


def http(body: bytes, *, coding: str = "", upload: bool = False, in_chunks: bool = False) -> list[Said]:
    """A file up or down."""
    content = coded(body, coding)
    framing = b"Transfer-Encoding: chunked\r\n" if in_chunks else b"Content-Length: %d\r\n" % len(content)
    fields = framing + (b"Content-Encoding: " + coding.encode() + b"\r\n" if coding else b"")
    content = chunked(content) if in_chunks else content
    if upload:
        return [
            (True, b"PUT /dir/%E5%9B%B3.zip HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n" + content),
            (False, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        ]
    return [
        (True, b"GET /dir/%E5%9B%B3.zip HTTP/1.1\r\nHost: h\r\n\r\n"),
        (False, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + content),
    ]


def smb2(
    command: int, body: bytes, *, number: int, reply: bool = False, status: int = 0, step: int = 0, tree: int = 5
) -> bytes:
    """One SMB 2 message without its frame; *step*: offset of the next in a chain."""
    return struct.pack("<4sHHIHHIIQIIQ16x", b"\xfeSMB", 64, 0, status, command, 1, int(reply), step, number, 0, tree, 77) + body


def framed(*messages: bytes) -> bytes:
    """Messages behind their lengths (RFC 1002 4.3.1)."""
    return b"".join(struct.pack(">I", len(m)) + m for m in messages)


def smb2_write(name: str, data: bytes, *, related: bool = False) -> list[Said]:
    """A file created, written and closed: one by one, or as a chain of related requests."""
    raw = name.encode("utf-16-le")
    handle = b"\x11" * 16
    used = b"\xff" * 16 if related else handle
    create = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 120, len(raw), 0, 0) + raw
    write = struct.pack("<HHIQ16sIIHHI", 49, 112, len(data), 0, used, 0, 0, 0, 0, 0) + data
    close = struct.pack("<HHI16s", 24, 0, 0, used)
    created = struct.pack("<HBBI32xQQII16sII", 89, 0, 0, 2, 0, 0, 0, 0, handle, 0, 0)
    wrote, closed = struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0), struct.pack("<HHI52x", 60, 0, 0)
    asks, answers = [(5, create), (9, write), (6, close)], [(5, created), (9, wrote), (6, closed)]

    def chain(parts: list[tuple[int, bytes]], *, reply: bool) -> bytes:
        out = b""
        for n, (command, bare) in enumerate(parts):
            body = bare + b"\0" * (-len(bare) % 8)
            out += smb2(command, body, number=n, reply=reply, step=0 if n == len(parts) - 1 else 64 + len(body))
        return out

    if related:
        return [(True, framed(chain(asks, reply=False))), (False, framed(chain(answers, reply=True)))]
    said: list[Said] = []
    for n, ((command, ask), (_, answer)) in enumerate(zip(asks, answers, strict=True)):
        said += [(True, framed(smb2(command, ask, number=n))), (False, framed(smb2(command, answer, number=n, reply=True)))]
    return said
