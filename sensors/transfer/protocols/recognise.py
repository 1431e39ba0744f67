"""Which protocol a connection speaks: by what is said, and only where that is silent by the port."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.protocols import http1, smtp
from sensors.transfer.protocols.base import Conversation, Shared, Unseen
from sensors.transfer.protocols.ftp import Ftp, FtpData, expected_plan
from sensors.transfer.protocols.http2 import PREFACE, Http2
from sensors.transfer.protocols.mailbox import Imap, Pop3
from sensors.transfer.protocols.nfs import Nfs, is_rpc_call, is_rpc_reply
from sensors.transfer.protocols.opaque import Opaque
from sensors.transfer.protocols.payload import Request
from sensors.transfer.protocols.printing import Lpd, RawPrint
from sensors.transfer.protocols.screens import Rdp, Rfb, Screen
from sensors.transfer.protocols.smb import Smb
from sensors.transfer.protocols.socks import Socks, is_socks

_ROOM: Final = 8192  # octets of a side looked at
_TURNS: Final = 24
_ENOUGH: Final = 512
Made = tuple[Conversation, int]
_FTP: Final = re.compile(
    rb"(?:USER|PASS|ACCT|FEAT|SYST|AUTH (?:TLS|SSL)|PASV|EPSV|PORT|EPRT|RETR|STOR|CWD|TYPE|OPTS|CLNT|PBSZ)\b", re.IGNORECASE
)
_ESMTP: Final = re.compile(rb"220[ -][^\r\n]*(?:SMTP|sendmail|postfix|exim)", re.IGNORECASE)
_FTP_HELLO: Final = re.compile(rb"220[ -][^\r\n]*(?:FTP|FileZilla)", re.IGNORECASE)
_IMAP_TAG: Final = re.compile(rb"[A-Za-z0-9.]{1,20} (?:LOGIN|CAPABILITY|AUTHENTICATE|SELECT|STARTTLS|ID|NOOP)\b", re.IGNORECASE)
_POP_HELLO: Final = re.compile(rb"\+OK[ \r]")


class Recogniser:
    """Gathers the first octets of both sides until their protocol is known, then hands everything to its reader."""

    def __init__(self, shared: Shared, connection: Connection, initiator: int, ports: tuple[int, int]) -> None:
        self._shared, self._connection = shared, connection
        self._client, self._ports = initiator, ports
        self._pieces: list[tuple[int, bytes | int]] = []
        self._said = [b"", b""]
        self._clean = [True, True]  # no gap before what is in ``_said``
        self.reader: Conversation | None = None
        self._ended: list[int] = []

    def data(self, side: int, octets: bytes) -> None:
        """The next octets of a side."""
        if self.reader is not None:
            self.reader.data(side, octets)
            return
        self._pieces.append((side, octets))
        if len(self._said[side]) < _ROOM:
            self._said[side] += octets[:_ROOM]
        said = len(self._said[0]) + len(self._said[1])
        self._decide(last=said >= _ROOM or (said >= _ENOUGH and len(self._pieces) >= _TURNS) or len(self._pieces) >= _ENOUGH)

    def gap(self, side: int, length: int) -> None:
        """Missing octets of a side."""
        if self.reader is not None:
            self.reader.gap(side, length)
            return
        self._pieces.append((side, length))
        self._decide(last=len(self._pieces) >= _TURNS)

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """Not of a stream."""

    def end(self, side: int) -> None:
        """A side has ended."""
        if self.reader is None and self._pieces:
            self._decide(last=True)
        if self.reader is not None:
            self.reader.end(side)
        else:
            self._ended.append(side)

    def close(self) -> None:
        """The connection is over."""
        if self.reader is None and self._pieces:
            self._decide(last=True)
        if self.reader is not None:
            self.reader.close()

    def _decide(self, *, last: bool) -> None:
        made = self._by_content() or (self._by_port() if last else None)
        if made is None:
            if not last:
                return
            reader: Conversation = Opaque(
                self._shared, self._connection, self._client, protocol="unknown", unseen=Unseen.UNKNOWN
            )  # fmt: skip
        else:
            reader = made[0]
        self.reader = reader
        pieces, self._pieces = self._pieces, []
        self._said = [b"", b""]
        for side, piece in pieces:
            if isinstance(piece, int):
                reader.gap(side, piece)
            else:
                reader.data(side, piece)
        for side in self._ended:
            reader.end(side)

    def _made(self, make: Callable[..., Conversation], client: int, **more: object) -> Made:
        return make(self._shared, self._connection, client, **more), client

    def _by_content(self) -> Made | None:
        for side in (self._client, 1 - self._client):
            said = self._said[side]
            if said and (made := self._from(side, said)) is not None:
                return made
        return None

    def _from(self, side: int, said: bytes) -> Made | None:  # noqa: PLR0911, PLR0912 - one line a protocol
        """What the first octets of *side* tell; it is the client's side unless they say otherwise."""
        other = 1 - side
        answer = self._said[other]
        if said.startswith(PREFACE):
            return self._made(Http2, side)
        line, end, _ = said.partition(b"\n")
        if end and http1.REQUEST.match(line.rstrip(b"\r")):
            return self._made(_http, side)
        if (socks := is_socks(said, answer)) is not None:
            return self._made(Socks, side, greeting=socks, inner=_inner)
        if http1.STATUS.match(said[:13]) and len(said) >= 12:
            return self._made(_http, other)
        if said[:1] == b"\x16" and said[1:2] == b"\x03":
            server = len(said) > 5 and said[5] == 2  # RFC 8446 4: server_hello
            return self._made(Opaque, other if server else side, protocol="tls", unseen=Unseen.TLS)
        if said.startswith(b"SSH-"):
            return self._made(Opaque, self._client, protocol="ssh", unseen=Unseen.SSH)
        if said.startswith(b"RFB 0"):
            return self._made(Rfb, self._client)
        if len(said) >= 8 and said[4:8] in (b"\xffSMB", b"\xfeSMB", b"\xfdSMB", b"\xfcSMB") and said[0] == 0:
            return self._made(Smb, self._client)
        if len(said) >= 4 and said[0] == 0x81 and said[1] == 0 and 139 in self._ports:  # RFC 1002 4.3.2 session request
            return self._made(Smb, side)
        if len(said) >= 7 and said[:2] == b"\x03\x00" and said[5] & 0xF0 in (0xE0, 0xD0):  # RFC 1006 6, X.224 CR and CC
            return self._made(Rdp, side if said[5] & 0xF0 == 0xE0 else other)
        if said.startswith((b"\x7f\x7fICA\x00", b"\x1aCGP/")):
            return self._made(Screen, self._client, protocol="ica")
        if (
            smtp.COMMAND.match(said)
            and b"\n" in said
            and not _FTP.match(said)
            and said[:4].upper() not in (b"NOOP", b"QUIT", b"HELP")
        ):
            return self._made(smtp.Smtp, side)
        if _ESMTP.match(said):
            return self._made(smtp.Smtp, other)
        if _FTP_HELLO.match(said) or (_FTP.match(said) and (answer[:3] == b"220" or 21 in self._ports)):
            return self._made(Ftp, other if said[:3] == b"220" else side)
        if _POP_HELLO.match(said) and (
            not answer or answer[:4].upper() in (b"USER", b"CAPA", b"APOP", b"AUTH", b"STLS", b"QUIT")
        ):
            return self._made(Pop3, other)
        if said[:4].upper() in (b"* OK", b"* PR"):
            return self._made(Imap, other)
        if _IMAP_TAG.match(said):
            return self._made(Imap, side)
        if is_rpc_call(said):
            return self._made(Nfs, side)
        if is_rpc_reply(said) and {2049, 111} & set(self._ports):
            return self._made(Nfs, other)
        return None

    def _by_port(self) -> Made | None:  # noqa: PLR0911 - one line a protocol
        """What the responder's port is for, once nothing was recognised."""
        server_port = self._ports[1 - self._client]
        ports = {server_port, *(self._ports if self._connection.midstream else ())}
        if ports & {25, 587, 465}:
            return self._made(smtp.Smtp, self._at(ports & {25, 587, 465}))
        if 21 in ports:
            return self._made(Ftp, self._at({21}))
        if 110 in ports:
            return self._made(Pop3, self._at({110}))
        if 143 in ports:
            return self._made(Imap, self._at({143}))
        if 515 in ports:
            return self._made(Lpd, self._at({515}))
        if 9100 in ports:
            return self._made(RawPrint, self._at({9100}))
        if ports & {445, 139}:
            return self._made(Smb, self._at(ports & {445, 139}))
        if 2049 in ports:
            return self._made(Nfs, self._at({2049}))
        if 4172 in ports:
            return self._made(Screen, self._at({4172}), protocol="pcoip")
        if ports & {1494, 2598}:
            return self._made(Screen, self._at(ports & {1494, 2598}), protocol="ica")
        if ports & {80, 8080, 631, 3128}:
            return self._made(_http, self._at(ports & {80, 8080, 631, 3128}))
        return None

    def _at(self, ports: set[int]) -> int:
        """The client's side, the server's port being one of *ports*."""
        return self._client if self._ports[1 - self._client] in ports else 1 - self._client


def _http(shared: Shared, connection: Connection, client: int) -> http1.Http1:
    return http1.Http1(shared, connection, client, inner=_inner, h2=_upgraded)


def _inner(shared: Shared, connection: Connection, client: int) -> Recogniser:
    a, b = shared.ends(connection)
    return Recogniser(shared, connection, client, (a[1], b[1]))


def _upgraded(shared: Shared, connection: Connection, client: int, request: Request | None) -> Http2:
    reader = Http2(shared, connection, client)
    reader.upgraded(request or Request())
    return reader


def reader_of(shared: Shared, connection: Connection, initiator: int) -> Conversation | Recogniser:
    """The reader of a new TCP connection: what an FTP session announced, else whatever its first octets tell."""
    ends = shared.ends(connection)
    plan = expected_plan(shared, ends)
    if plan is not None:
        return FtpData(shared, connection, initiator, plan)
    return Recogniser(shared, connection, initiator, (ends[0][1], ends[1][1]))
