"""What every reader of a protocol shares: the record of a transfer, the client's and the server's side, lines, bounds."""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sensors.streams.table import Connection
from sensors.transfer.protocols.bodies import Body, Quota, Sparse

#: Longest line, header block and name that a reader takes.
LINE_ROOM = 64 << 10
NAME_ROOM = 1000


class Kind(enum.StrEnum):
    """What a record is about."""

    FILE = "file"
    MAIL = "mail"  # a whole message
    OPAQUE = "opaque"  # data that cannot be read: only its size, direction and perhaps name are known
    SCREEN = "screen"  # a session of a screen protocol


class Unseen(enum.StrEnum):
    """Why content was not observed; the values are keys of reports."""

    NONE = ""
    TLS = "tls"
    SSH = "ssh"
    QUIC = "quic"
    SMB_ENCRYPTED = "smb_encrypted"
    RPC_PRIVACY = "rpc_privacy"
    SCREEN = "screen"
    UNKNOWN = "unknown_protocol"
    CODING = "unknown_coding"
    TOO_LARGE = "too_large"
    WEBSOCKET = "websocket"


@dataclass(slots=True, kw_only=True)
class Envelope:
    """What the commands of a mail transaction said; addresses are kept as their domains only.

    ``accepted``: the reply to the whole message was 2xx; ``None``: not seen.  ``size_limit``: announced with SIZE (RFC 1870),
    0: announced without a figure, ``None``: not announced; ``greeted``: the server's extensions were seen.
    """

    sender_domain: str = ""
    recipient_domains: tuple[str, ...] = ()
    recipients: int = 0
    accepted_domains: tuple[str, ...] = ()  # of recipients answered with 25x
    accepted: bool | None = None
    size_limit: int | None = None
    greeted: bool = False
    authenticated: bool = False
    server_name: str = ""  # as the server names itself in its greeting


@dataclass(slots=True, kw_only=True)
class Transfer:
    """One file, message or session.

    ``sender``: side (0, 1) whose octets these are; ``client``: side that asked; ``operation``: the verb of the protocol;
    ``container``: its parts have records of their own; ``piece``: part of a file whose record follows;
    ``ambiguous``: the stream had two readings; ``size`` and ``sha256``: as for the body, of opaque data octets on the wire.
    """

    protocol: str
    kind: Kind
    connection: Connection
    sender: int
    client: int
    operation: str = ""
    name: str = ""
    declared: str = ""
    size: int = 0
    sha256: str = ""
    wire_sha256: str = ""  # before a content coding was undone, where there was one
    missing: bool = False
    ambiguous: bool = False
    container: bool = False
    piece: bool = False
    unseen: Unseen = Unseen.NONE
    notes: tuple[tuple[str, str], ...] = ()
    envelope: Envelope | None = None
    claims_sanitized: bool = False
    body: Body | None = None
    first_ns: int = 0
    last_ns: int = 0
    first_number: int = 0
    last_number: int = 0
    related: Connection | None = None  # the connection that carried the octets, if another (FTP)


@dataclass(slots=True)
class Shared:
    """What connections have in common: announced data connections, ranges of one file, files by handle."""

    quota: Quota
    emit: Callable[[Transfer], None]
    counts: Counter[str]
    ends: Callable[[Connection], tuple[tuple[int, int], tuple[int, int]]]  # (address, port) of a and of b
    expected: OrderedDict[tuple[int, int], Any] = field(default_factory=OrderedDict)
    ranges: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    handles: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    resumable: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)

    def remember(self, table: OrderedDict[Any, Any], key: Any, value: Any, room: int, lost: str) -> Any:
        """Put into a bounded table; what was there longest goes, and is handed back."""
        table[key] = value
        table.move_to_end(key)
        if len(table) > room:
            self.counts[lost] += 1
            return table.popitem(last=False)[1]
        return None


class Conversation:
    """A reader in terms of client and server; the base does nothing.  *client* is the client's side (0 or 1)."""

    protocol = ""

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        self.shared, self.connection, self.client_side = shared, connection, client

    def client(self, octets: bytes) -> None:
        """What the client says next."""

    def server(self, octets: bytes) -> None:
        """What the server says next."""

    def client_gap(self, length: int) -> None:
        """Something the client said is missing."""

    def server_gap(self, length: int) -> None:
        """Something the server said is missing."""

    def client_end(self) -> None:
        """The client says no more."""

    def server_end(self) -> None:
        """The server says no more."""

    def close(self) -> None:
        """It is over; everything unfinished is told as it is."""

    # --- as the stream table calls it
    def data(self, side: int, octets: bytes) -> None:
        """The next octets of a side."""
        (self.client if side == self.client_side else self.server)(octets)

    def gap(self, side: int, length: int) -> None:
        """Missing octets of a side."""
        (self.client_gap if side == self.client_side else self.server_gap)(length)

    def end(self, side: int) -> None:
        """A side has ended."""
        (self.client_end if side == self.client_side else self.server_end)()

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """A UDP payload."""

    # --- for readers
    @property
    def server_side(self) -> int:
        """The other side."""
        return 1 - self.client_side

    def begin(self, *, from_client: bool, kind: Kind = Kind.FILE, **fields: Any) -> Transfer:
        """A record that begins now."""
        c = self.connection
        return Transfer(
            protocol=fields.pop("protocol", self.protocol), kind=kind, connection=c, client=self.client_side,
            sender=self.client_side if from_client else 1 - self.client_side, first_ns=c.now_ns, first_number=c.number,
            last_ns=c.now_ns, last_number=c.number, **fields,
        )  # fmt: skip

    def tell(self, transfer: Transfer, body: Body | Sparse | None = None) -> None:
        """The record is complete: take size and hash from its body, and hand it on."""
        c = self.connection
        transfer.last_ns, transfer.last_number = c.now_ns, c.number
        transfer.ambiguous = transfer.ambiguous or bool(c.ambiguous)
        if isinstance(body, Sparse):
            body = body.body()
        if body is not None:
            transfer.body, transfer.size, transfer.sha256 = body, body.size, body.sha256
            transfer.missing = transfer.missing or body.missing
        transfer.name = transfer.name[:NAME_ROOM]
        self.shared.emit(transfer)


class Lines:
    """Splits octets into lines (CRLF or a bare LF), bounded."""

    __slots__ = ("held", "overlong", "room")

    def __init__(self, room: int = LINE_ROOM) -> None:
        self.held = b""
        self.room = room
        self.overlong = 0

    def add(self, octets: bytes) -> None:
        """More octets."""
        self.held += octets

    def next(self) -> bytes | None:
        """The next whole line without its end, or ``None``."""
        at = self.held.find(b"\n")
        if at < 0:
            if len(self.held) > self.room:
                self.held, self.overlong = b"", self.overlong + 1
            return None
        line, self.held = self.held[:at], self.held[at + 1 :]
        return line[:-1] if line.endswith(b"\r") else line

    def rest(self) -> bytes:
        """What is held, which is then gone."""
        held, self.held = self.held, b""
        return held
