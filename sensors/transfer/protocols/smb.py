"""SMB 1, 2 and 3 (MS-SMB, MS-SMB2) on the framing of RFC 1002 4.3.1: files by what is read and written, whatever is signed.

Encrypted messages are counted and not observed, compressed ones are not decoded and said to be so.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Transfer, Unseen
from sensors.transfer.protocols.bodies import Sparse

_MESSAGE: Final = (1 << 24) + 4
_PENDING: Final = 4096
_FILES: Final = 4096
_MARKS: Final = (b"\xffSMB", b"\xfeSMB", b"\xfdSMB", b"\xfcSMB")
_CREATE, _CLOSE, _READ, _WRITE, _TREE, _SET_INFO = 5, 6, 8, 9, 3, 0x11
_RELATED = b"\xff" * 16


def u16(data: bytes, at: int) -> int:
    """Two octets, little end first; 0 beyond the end."""
    return int.from_bytes(data[at : at + 2], "little")


def u32(data: bytes, at: int) -> int:
    """Four octets, little end first."""
    return int.from_bytes(data[at : at + 4], "little")


def u64(data: bytes, at: int) -> int:
    """Eight octets, little end first."""
    return int.from_bytes(data[at : at + 8], "little")


@dataclass(slots=True)
class OpenFile:
    """A file of a server that somebody has open.  Index 0: written by the client, 1: read by it."""

    name: str
    reader: Conversation
    pipe: bool = False
    size: int = -1  # as the server said
    parts: list[Sparse | None] = field(default_factory=lambda: [None, None])
    records: list[Transfer | None] = field(default_factory=lambda: [None, None])
    lost: bool = False

    def put(self, reader: Conversation, which: int, at: int, data: bytes) -> None:
        """Octets read or written."""
        if self.pipe or not data:
            return
        sparse = self.parts[which]
        if sparse is None:
            sparse = self.parts[which] = Sparse(reader.shared.quota)
            self.records[which] = reader.begin(from_client=which == 0, operation="read" if which else "write", name=self.name)
        sparse.put(at, data)

    def over(self, reader: Conversation) -> None:
        """Tell what was seen of it."""
        for which in (0, 1):
            sparse, record = self.parts[which], self.records[which]
            self.parts[which] = None
            if sparse is None or record is None:
                continue
            record.name = self.name.replace("/", "\\").rpartition("\\")[2]
            size = None
            if which and self.size > 0 and not sparse.whole(self.size):
                size = max(self.size, sparse.end)
            body = sparse.body(size)
            body.missing = body.missing or self.lost
            reader.tell(record, body)


class _Framer:
    """Messages of one direction."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.lost = False

    def feed(self, octets: bytes, counts: Any) -> list[bytes]:
        self.held += octets
        out: list[bytes] = []
        while True:
            if self.lost:
                found = [at for at in (self.held.find(m) for m in _MARKS) if at >= 4]
                if not found:
                    del self.held[: max(0, len(self.held) - 8)]
                    return out
                del self.held[: min(found) - 4]
                self.lost = False
            if len(self.held) < 4:
                return out
            length = int.from_bytes(self.held[1:4], "big")
            if self.held[0] not in (0, 0x81, 0x82, 0x83, 0x84, 0x85) or (
                self.held[0] == 0 and len(self.held) >= 8 and bytes(self.held[4:8]) not in _MARKS
            ):
                counts["smb_resync"] += 1
                del self.held[:1]
                self.lost = True
                continue
            if len(self.held) < 4 + length:
                return out
            if self.held[0] == 0:
                out.append(bytes(self.held[4 : 4 + length]))
            del self.held[: 4 + length]

    def gap(self) -> None:
        self.held.clear()
        self.lost = True


class Smb(Conversation):
    """Reads a connection; files are shared between the channels of a session (MS-SMB2 3.2.4.1.7)."""

    protocol = "smb"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._framers = (_Framer(), _Framer())
        self._pending: OrderedDict[Any, tuple[Any, ...]] = OrderedDict()
        self._trees: dict[tuple[int, int], str] = {}
        self._mine: set[tuple[Any, ...]] = set()
        self._held: dict[int, list[tuple[int, bytes]]] = {}
        self._encrypted = [0, 0]
        self._compressed = [0, 0]
        self._server = shared.ends(connection)[1 - client][0]

    def client(self, octets: bytes) -> None:
        """Requests."""
        self._turn(0, octets)

    def server(self, octets: bytes) -> None:
        """Responses."""
        self._turn(1, octets)

    def client_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """A hole: what was written there is missing."""
        self._lose(0)

    def server_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """A hole: what was read there is missing."""
        self._lose(1)

    def _lose(self, at: int) -> None:
        self._framers[at].gap()
        # Which file the hole belongs to cannot be told: the read ones have their size, the written ones do not.
        for key in self._mine:
            file = self.shared.handles.get(key)
            if isinstance(file, OpenFile) and file.parts[at] is not None and at == 0:
                file.lost = True

    def _turn(self, at: int, octets: bytes) -> None:
        for message in self._framers[at].feed(octets, self.shared.counts):
            mark = message[:4]
            if mark == b"\xfdSMB":
                self._encrypted[at] += len(message)
            elif mark == b"\xfcSMB":
                self._compressed[at] += len(message)
            elif mark == b"\xfeSMB":
                self._compound(at, message)
            elif mark == b"\xffSMB":
                self._smb1(message)

    # --- SMB 2 and 3
    def _compound(self, at: int, message: bytes) -> None:
        last: Any = None
        for _ in range(1000):
            if len(message) < 64:
                return
            step = u32(message, 20)
            part = message[:step] if 64 <= step < len(message) else message
            last = self._request(part, last) if at == 0 and not u32(part, 16) & 1 else self._response(part, last)
            if not 64 <= step < len(message):
                return
            message = message[step:]

    def _key(self, message: bytes, handle: bytes) -> tuple[Any, ...]:
        return ("smb2", self._server, u64(message, 40), handle)

    def _ask(self, message: bytes, what: tuple[Any, ...]) -> None:
        self._pending[u64(message, 24)] = what
        if len(self._pending) > _PENDING:
            self._pending.popitem(last=False)
            self.shared.counts["smb_pending_limit"] += 1

    def _request(self, m: bytes, last: Any) -> Any:
        """One request; *last*: what a related request before it was about (MS-SMB2 3.2.4.1.4)."""
        command, body = u16(m, 12), m[64:]
        if command == _CREATE:
            at, length = u16(body, 44), u16(body, 46)
            name = m[at : at + length].decode("utf-16-le", "replace")
            self._ask(m, (_CREATE, name, u32(m, 36)))
            return ("create", u64(m, 24))
        if command == _TREE:
            at, length = u16(body, 4), u16(body, 6)
            self._ask(m, (_TREE, m[at : at + length].decode("utf-16-le", "replace")))
        elif command == _READ:
            handle = self._handle(m, body[16:32], last)
            self._ask(m, (_READ, handle, u64(body, 8)))
        elif command == _WRITE:
            at, length = u16(body, 2), u32(body, 4)
            handle = self._handle(m, body[16:32], last)
            data = m[at : at + length]
            if isinstance(handle, tuple) and handle[0] == "create":
                # The file has no handle yet: a create in the same chain asks for it.
                self._held.setdefault(handle[1], []).append((u64(body, 8), data))
                if len(self._held) > 64:
                    self._held.pop(next(iter(self._held)))
            else:
                self._file(handle, m).put(self, 0, u64(body, 8), data)
        elif command == _CLOSE:
            self._ask(m, (_CLOSE, self._handle(m, body[8:24], last)))
        elif command == _SET_INFO and body[2:4] == b"\x01\x0a":  # FileRenameInformation (MS-FSCC 2.4.43)
            at = u16(body, 8)
            length = u32(m, at + 16)
            self._ask(
                m, (_SET_INFO, self._handle(m, body[16:32], last), m[at + 20 : at + 20 + length].decode("utf-16-le", "replace"))
            )
        return last

    def _handle(self, m: bytes, handle: bytes, last: Any) -> Any:
        return last if handle == _RELATED and last is not None else self._key(m, handle)

    def _file(self, key: Any, m: bytes) -> OpenFile:
        file = self.shared.handles.get(key)
        if not isinstance(file, OpenFile):
            file = OpenFile("", self)
            file.pipe = self._trees.get((u64(m, 40), u32(m, 36)), "").upper().endswith("IPC$")
            self._keep(key, file)
        return file

    def _keep(self, key: tuple[Any, ...], file: OpenFile) -> None:
        self._mine.add(key)
        lost = self.shared.remember(self.shared.handles, key, file, _FILES, "open_handles_limit")
        if isinstance(lost, OpenFile):
            lost.over(lost.reader)

    def _response(self, m: bytes, last: Any) -> Any:  # noqa: PLR0912 - one branch a kind of message
        status, flags, number = u32(m, 8), u32(m, 16), u64(m, 24)
        if status == 0x103 and flags & 2:  # STATUS_PENDING: the answer comes later
            return last
        what = self._pending.pop(number, None)
        if what is None:
            return last
        body = m[64:]
        if what[0] == _CREATE:
            held = self._held.pop(number, ())
            if status:
                return ("failed", number)
            key = self._key(m, body[64:80])
            file = OpenFile(what[1], self, size=u64(body, 48))
            tree = what[2] if not flags & 2 else 0
            file.pipe = self._trees.get((u64(m, 40), tree or u32(m, 36)), "").upper().endswith("IPC$")
            known = self.shared.handles.get(key)
            if isinstance(known, OpenFile):
                known.name = known.name or file.name
            else:
                self._keep(key, file)
            for at, data in held:
                self._file(key, m).put(self, 0, at, data)
            return key
        if what[0] == _TREE and not status:
            self._trees[u64(m, 40), u32(m, 36)] = what[1]
            if len(self._trees) > 1000:
                self._trees.pop(next(iter(self._trees)))
        elif what[0] == _READ and status in (0, 0x80000005):
            key = self._resolved(what[1], last)
            if key is not None:
                at, length = body[2], u32(body, 4)
                self._file(key, m).put(self, 1, what[2], m[at : at + length])
        elif what[0] == _CLOSE and not status:
            key = self._resolved(what[1], last)
            closed = self.shared.handles.pop(key, None) if key is not None else None
            if isinstance(closed, OpenFile):
                self._mine.discard(key)
                closed.over(self)
        elif what[0] == _SET_INFO and not status:
            renamed = self.shared.handles.get(self._resolved(what[1], last))
            if isinstance(renamed, OpenFile):
                renamed.name = what[2]
                for record in renamed.records:
                    if record is not None:
                        record.notes = (*record.notes, ("renamed", "yes"))
        return last

    @staticmethod
    def _resolved(handle: Any, last: Any) -> Any:
        """A handle of a related request is what the create in the same chain gave."""
        if isinstance(handle, tuple) and handle and handle[0] == "create":
            return last if isinstance(last, tuple) and last and last[0] == "smb2" else None
        return handle

    # --- SMB 1 (MS-CIFS 2.2.4, MS-SMB 2.2.4)
    def _smb1(self, m: bytes) -> None:
        if len(m) < 35:
            return
        reply = bool(m[9] & 0x80)
        tree, process, number = u16(m, 24), u16(m, 26), u16(m, 30)
        wide = bool(u16(m, 10) & 0x8000)
        command, block = m[4], 32
        for _ in range(8):  # chained commands (AndX)
            words = m[block] * 2 if block < len(m) else 0
            p = m[block + 1 : block + 1 + words]
            data_at = block + 3 + words
            key = ("smb1", command, tree, process, number)
            if reply:
                self._reply1(command, m, p, key, tree)
            else:
                self._request1(command, m, p, key, data_at, wide=wide)
            if command not in (0x24, 0x2D, 0x2E, 0x2F, 0x73, 0x74, 0x75, 0xA2) or len(p) < 4 or p[0] == 0xFF:
                return
            command, step = p[0], u16(p, 2)
            if step <= block:
                return
            block = step

    def _request1(self, command: int, m: bytes, p: bytes, key: tuple[Any, ...], data_at: int, *, wide: bool) -> None:
        tree = key[2]
        if command in (0xA2, 0x2D):
            at = data_at + (1 if wide and command == 0xA2 and data_at % 2 else 0)
            raw = m[at : at + 2000]
            if wide:
                at += at % 2 if command == 0x2D else 0
                text = m[at : at + 2000].decode("utf-16-le", "replace").partition("\0")[0]
            else:
                text = raw.partition(b"\0")[0].decode("cp932", "replace")
            self._put1(key, text)
        elif command == 0x75:
            password = u16(p, 6)
            at = data_at + password
            at += at % 2 if wide else 0
            text = m[at:].decode("utf-16-le", "replace") if wide else m[at:].decode("cp932", "replace")
            self._put1(key, text.partition("\0")[0])
        elif command == 0x2E and len(p) >= 10:
            high = u32(p, 20) << 32 if len(p) >= 24 else 0
            self._put1(key, (u16(p, 4), u32(p, 6) | high))
        elif command == 0x2F and len(p) >= 24:
            high = u32(p, 24) << 32 if len(p) >= 28 else 0
            length = u16(p, 20) | u16(p, 18) << 16
            at = u16(p, 22)
            self._file1(tree, u16(p, 4)).put(self, 0, u32(p, 6) | high, m[at : at + length])
        elif command == 0x0B and len(p) >= 10:
            self._file1(tree, u16(p, 0)).put(self, 0, u32(p, 4), m[data_at + 3 : data_at + 3 + u16(p, 2)])
        elif command == 0x0A and len(p) >= 10:
            self._put1(key, (u16(p, 0), u32(p, 4)))
        elif command == 0x04 and len(p) >= 2:
            file = self.shared.handles.pop(("smb1", self.connection.row, tree, u16(p, 0)), None)
            if isinstance(file, OpenFile):
                file.over(self)

    def _put1(self, key: tuple[Any, ...], value: Any) -> None:
        self._pending[key] = (value,)
        if len(self._pending) > _PENDING:
            self._pending.popitem(last=False)
            self.shared.counts["smb_pending_limit"] += 1

    def _reply1(self, command: int, m: bytes, p: bytes, key: tuple[Any, ...], tree: int) -> None:
        waiting = self._pending.pop(key, None)
        if command == 0x75 and waiting is None:  # the tree has its number only in the answer
            same = next((k for k in self._pending if isinstance(k, tuple) and k[:2] == key[:2] and k[3:] == key[3:]), None)
            waiting = self._pending.pop(same, None) if same is not None else None
        if waiting is None or u32(m, 5):
            return
        value = waiting[0]
        if command == 0x75:
            self._trees[-1, tree] = str(value)
        elif command in (0xA2, 0x2D) and len(p) >= 8:
            handle = u16(p, 5) if command == 0xA2 else u16(p, 4)
            size = u64(p, 55) if command == 0xA2 and len(p) >= 63 else -1
            file = OpenFile(str(value), self, size=size)
            file.pipe = self._trees.get((-1, tree), "").upper().endswith("IPC$")
            self._keep(("smb1", self.connection.row, tree, handle), file)
        elif command == 0x2E and len(p) >= 14:
            length, at = u16(p, 10) | u16(p, 14) << 16, u16(p, 12)
            self._file1(tree, value[0]).put(self, 1, value[1], m[at : at + length])
        elif command == 0x0A and len(p) >= 10:
            at = 33 + len(p) + 2 + 3
            self._file1(tree, value[0]).put(self, 1, value[1], m[at : at + u16(p, 0)])

    def _file1(self, tree: int, handle: int) -> OpenFile:
        key = ("smb1", self.connection.row, tree, handle)
        file = self.shared.handles.get(key)
        if not isinstance(file, OpenFile):
            file = OpenFile("", self)
            file.pipe = self._trees.get((-1, tree), "").upper().endswith("IPC$")
            self._keep(key, file)
        return file

    def close(self) -> None:
        """Over: what is still open is told as it is."""
        for key in sorted(self._mine, key=repr):
            file = self.shared.handles.get(key)
            if isinstance(file, OpenFile) and file.reader is self:
                del self.shared.handles[key]
                file.over(self)
        for octets, unseen in ((self._encrypted, Unseen.SMB_ENCRYPTED), (self._compressed, Unseen.CODING)):
            for at in (0, 1):
                if octets[at]:
                    self.tell(self.begin(from_client=at == 0, kind=Kind.OPAQUE, size=octets[at], unseen=unseen))
