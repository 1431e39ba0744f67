"""NFS versions 3 (RFC 1813) and 4 (RFC 7530, 8881) over ONC RPC (RFC 5531), on TCP and UDP: files by their handles."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from sensors.streams.table import Connection
from sensors.transfer.mail.charsets import guess
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Unseen
from sensors.transfer.protocols.smb import OpenFile

_PROGRAM: Final = 100003
_RECORD: Final = 8 << 20
_PENDING: Final = 4096
_FILES: Final = 4096
_NAMES: Final = 8192
_GSS: Final = 6
_LOOKUP, _READ, _WRITE, _CREATE, _COMMIT = 3, 6, 7, 8, 21


class _Short(Exception):  # noqa: N818 - not an error: the message ends here
    """The message is shorter than it says."""


class Xdr:
    """Reads RFC 4506 items."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def number(self) -> int:
        """An unsigned int."""
        self.at += 4
        if self.at > len(self.data):
            raise _Short
        return int.from_bytes(self.data[self.at - 4 : self.at], "big")

    def long(self) -> int:
        """An unsigned hyper."""
        return self.number() << 32 | self.number()

    def opaque(self, room: int = _RECORD) -> bytes:
        """Counted octets."""
        length = self.number()
        if length > room:
            raise _Short
        begin = self.at
        self.at += (length + 3) & ~3
        if begin + length > len(self.data):
            raise _Short
        return self.data[begin : begin + length]

    def skip(self, octets: int) -> None:
        """Fixed octets."""
        self.at += octets
        if self.at > len(self.data):
            raise _Short


def is_rpc_call(said: bytes) -> bool:
    """Whether a TCP stream begins with a call of NFS."""
    return (
        len(said) >= 24
        and said[0] & 0x80 == 0x80
        and said[8:16] == b"\0\0\0\0\0\0\0\2"
        and said[16:20] == _PROGRAM.to_bytes(4, "big")
    )


def is_rpc_reply(said: bytes) -> bool:
    """Whether a TCP stream begins with an RPC reply."""
    return len(said) >= 16 and said[0] & 0x80 == 0x80 and said[8:16] == b"\0\0\0\1\0\0\0\0"


class _Records:
    """Record marking (RFC 5531 11)."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.record = bytearray()
        self.lost = False

    def feed(self, octets: bytes) -> list[bytes]:
        if self.lost:
            # A segment that begins like a message is where it goes on.
            if not (len(octets) >= 16 and octets[0] == 0x80 and octets[8:12] in (b"\0\0\0\0", b"\0\0\0\1")):
                return []
            self.lost = False
        self.held += octets
        out = []
        while len(self.held) >= 4:
            mark = int.from_bytes(self.held[:4], "big")
            length = mark & 0x7FFFFFFF
            if length > _RECORD or len(self.record) + length > _RECORD:
                self.gap()
                break
            if len(self.held) < 4 + length:
                break
            self.record += self.held[4 : 4 + length]
            del self.held[: 4 + length]
            if mark & 0x80000000:
                out.append(bytes(self.record))
                self.record.clear()
        return out

    def gap(self) -> None:
        self.held.clear()
        self.record.clear()
        self.lost = True


class Nfs(Conversation):
    """Reads a connection, or a UDP flow."""

    protocol = "nfs"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._records = (_Records(), _Records())
        self._calls: OrderedDict[int, tuple[Any, ...]] = OrderedDict()
        self._names: OrderedDict[bytes, str] = OrderedDict()
        self._server = shared.ends(connection)[1 - client][0]
        self._mine: set[tuple[Any, ...]] = set()
        self._private = [0, 0]
        self._privacy = False

    def client(self, octets: bytes) -> None:
        """Calls."""
        for record in self._records[0].feed(octets):
            self._message(0, record)

    def server(self, octets: bytes) -> None:
        """Replies."""
        for record in self._records[1].feed(octets):
            self._message(1, record)

    def client_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """Calls are missing."""
        self._lose(0)

    def server_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """Replies are missing."""
        self._lose(1)

    def _lose(self, at: int) -> None:
        self._records[at].gap()
        for key in self._mine:
            file = self.shared.handles.get(key)
            if isinstance(file, OpenFile) and file.parts[at] is not None:
                file.lost = True

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """One message."""
        if len(octets) < length:
            self.shared.counts["nfs_cut"] += 1
        self._message(0 if side == self.client_side else 1, octets)

    def _message(self, at: int, record: bytes) -> None:
        try:
            if at == 0:
                self._call(record)
            else:
                self._reply(record)
        except _Short:
            self.shared.counts["nfs_short"] += 1

    def _call(self, record: bytes) -> None:
        x = Xdr(record)
        xid, kind, version = x.number(), x.number(), x.number()
        program, edition, procedure = x.number(), x.number(), x.number()
        if kind != 0 or version != 2 or program != _PROGRAM:
            return
        flavour = x.number()
        credentials = x.opaque(400)
        x.number()
        x.opaque(400)
        if flavour == _GSS and len(credentials) >= 16:
            service = int.from_bytes(credentials[12:16], "big")
            if service == 3:  # RFC 2203 5.3.1: privacy
                self._privacy = True
                self._private[0] += len(record)
                return
            if service == 2:  # integrity: a length and the sequence number stand before the arguments
                x.skip(8)
        if edition == 3:
            self._call3(xid, procedure, x)
        elif edition == 4 and procedure == 1:
            self._call4(xid, x)

    def _remember(self, xid: int, what: tuple[Any, ...]) -> None:
        self._calls[xid] = what
        if len(self._calls) > _PENDING:
            self._calls.popitem(last=False)
            self.shared.counts["nfs_pending_limit"] += 1

    def _named(self, handle: bytes, name: str) -> None:
        self._names[handle] = name
        if len(self._names) > _NAMES:
            self._names.popitem(last=False)
        file = self.shared.handles.get(("nfs", self._server, handle))
        if isinstance(file, OpenFile) and not file.name:
            file.name = name

    def _file(self, handle: bytes) -> OpenFile:
        key = ("nfs", self._server, handle)
        file = self.shared.handles.get(key)
        if not isinstance(file, OpenFile):
            file = OpenFile(self._names.get(handle, ""), self)
            self._mine.add(key)
            lost = self.shared.remember(self.shared.handles, key, file, _FILES, "open_handles_limit")
            if isinstance(lost, OpenFile):
                lost.over(lost.reader)
        return file

    def _over(self, handle: bytes) -> None:
        key = ("nfs", self._server, handle)
        file = self.shared.handles.pop(key, None)
        self._mine.discard(key)
        if isinstance(file, OpenFile):
            file.over(self)

    def _call3(self, xid: int, procedure: int, x: Xdr) -> None:
        if procedure in (_LOOKUP, _CREATE):
            x.opaque(64)
            self._remember(xid, (3, procedure, guess(x.opaque(255))))
        elif procedure == _READ:
            handle, at = x.opaque(64), x.long()
            self._remember(xid, (3, procedure, handle, at))
        elif procedure == _WRITE:
            handle, at = x.opaque(64), x.long()
            x.skip(8)
            self._file(handle).put(self, 0, at, x.opaque())
        elif procedure == _COMMIT:
            self._over(x.opaque(64))

    def _reply(self, record: bytes) -> None:
        x = Xdr(record)
        xid, kind, accepted = x.number(), x.number(), x.number()
        if kind != 1 or accepted:
            return
        flavour = x.number()
        x.opaque(400)
        status = x.number()
        what = self._calls.pop(xid, None)
        if what is None:
            if self._privacy:
                self._private[1] += len(record)
            return
        if status:
            return
        if flavour == _GSS:
            x.skip(8)
        if what[0] == 4:
            self._reply4(what, x)
        elif x.number() == 0:
            self._reply3(what, x)

    def _reply3(self, what: tuple[Any, ...], x: Xdr) -> None:
        if what[1] == _LOOKUP:
            self._named(x.opaque(64), what[2])
        elif what[1] == _CREATE:
            if x.number():
                self._named(x.opaque(64), what[2])
        elif what[1] == _READ:
            size = -1
            if x.number():  # RFC 1813 2.5.3: fattr3, 84 octets, the size behind type, mode, links, owner and group
                size = int.from_bytes(x.data[x.at + 20 : x.at + 28], "big")
                x.skip(84)
            x.number()
            end = x.number()
            data = x.opaque()
            file = self._file(what[2])
            file.size = size
            file.put(self, 1, what[3], data)
            sparse = file.parts[1]
            if end and sparse is not None and sparse.whole(what[3] + len(data)):
                self._over(what[2])

    # --- version 4: the operations of a compound, as far as they are understood
    def _call4(self, xid: int, x: Xdr) -> None:  # noqa: PLR0912 - one branch an operation
        x.opaque(1024)
        x.number()
        handle, name, steps = b"", "", []
        for _ in range(min(x.number(), 64)):
            op = x.number()
            fact: Any = None
            if op == 22:  # PUTFH
                handle = x.opaque(128)
            elif op in (24, 10, 31, 32, 23):  # PUTROOTFH, GETFH, RESTOREFH, SAVEFH, PUTPUBFH
                fact = name if op == 10 else None
            elif op == 53:  # SEQUENCE
                x.skip(32)
            elif op == 3:  # ACCESS
                x.skip(4)
            elif op == 9:  # GETATTR
                x.skip(4 * x.number())
            elif op == 15:  # LOOKUP
                name = guess(x.opaque(255))
            elif op == 25:  # READ
                x.skip(16)
                fact = (handle, x.long())
                x.skip(4)
            elif op == 38:  # WRITE
                x.skip(16)
                at = x.long()
                x.skip(4)
                self._file(handle).put(self, 0, at, x.opaque())
            elif op == 4:  # CLOSE
                x.skip(20)
                fact = handle
            elif op == 5:  # COMMIT
                x.skip(12)
            elif op == 18:  # OPEN
                name = self._open4(x)
            else:
                break
            steps.append((op, fact))
        self._remember(xid, (4, tuple(steps)))

    @staticmethod
    def _open4(x: Xdr) -> str:
        """The arguments of OPEN (RFC 7530 16.16.1) up to the name."""
        x.skip(12)
        x.skip(8)
        x.opaque(1024)
        if x.number() == 1:
            mode = x.number()
            if mode in (0, 1, 3):
                if mode == 3:
                    x.skip(8)
                x.skip(4 * x.number())
                x.opaque(1 << 16)
            else:
                x.skip(8)
        claim = x.number()
        return guess(x.opaque(255)) if claim == 0 else ""

    def _reply4(self, what: tuple[Any, ...], x: Xdr) -> None:
        x.number()
        x.opaque(1024)
        count = x.number()
        for op, fact in what[1][:count]:
            if x.number() != op or x.number():
                return
            if op == 53:
                x.skip(36)
            elif op == 3:
                x.skip(8)
            elif op == 9:
                x.skip(4 * x.number())
                x.opaque(1 << 16)
            elif op == 10:
                self._named(x.opaque(128), fact)
            elif op == 38:
                x.skip(16)
            elif op == 5:
                x.skip(8)
            elif op == 4:
                x.skip(16)
                self._over(fact)
            elif op == 18:
                x.skip(16 + 20 + 4)
                x.skip(4 * x.number())
                if x.number() not in (0, 3):
                    return
            elif op == 25:
                x.number()
                self._file(fact[0]).put(self, 1, fact[1], x.opaque())

    def close(self) -> None:
        """Over."""
        for key in sorted(self._mine, key=repr):
            file = self.shared.handles.get(key)
            if isinstance(file, OpenFile) and file.reader is self:
                del self.shared.handles[key]
                file.over(self)
        for at in (0, 1):
            if self._private[at]:
                record = self.begin(from_client=at == 0, kind=Kind.OPAQUE, size=self._private[at], unseen=Unseen.RPC_PRIVACY)
                self.tell(record)
