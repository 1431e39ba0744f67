"""FTP (RFC 959, 2428, 3659, 4217): the control connection announces data connections, which are read beside it."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.mail.charsets import guess
from sensors.transfer.protocols.base import Conversation, Kind, Lines, Shared, Transfer, Unseen
from sensors.transfer.protocols.bodies import Body, Sparse

_PORTS: Final = re.compile(rb"(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})")
#: RFC 2428 3: the delimiter is any character; the address is left out in replies.
_EPSV: Final = re.compile(rb"\(([!-~])\1\1(\d{1,5})\1\)")
_EPRT: Final = re.compile(rb"([!-~])([12])\1([0-9A-Fa-f.:%]{2,60})\1(\d{1,5})\1")
_TRANSFERS: Final = frozenset({"RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"})
_ROOM: Final = 4096
_FILES: Final = 64


@dataclass(slots=True)
class Plan:
    """A data connection that was agreed on."""

    verb: str = ""
    name: str = ""
    offset: int = 0
    ascii: bool = False
    client: tuple[int, int] = (0, 0)  # address and port of the control connection's client
    waiting: list[tuple[Transfer, Conversation]] = field(default_factory=list)  # data that came before its command


def expected_plan(shared: Shared, ends: tuple[tuple[int, int], tuple[int, int]]) -> Plan | None:
    """The plan that a new connection belongs to; it is used once."""
    for end in ends:
        plan = shared.expected.pop(end, None)
        if plan is not None:
            for key in [k for k, p in shared.expected.items() if p is plan]:
                del shared.expected[key]
            return plan if isinstance(plan, Plan) else None
    return None


class Ftp(Conversation):
    """The control connection."""

    protocol = "ftp"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._commands, self._replies = Lines(), Lines()
        self._queue: deque[tuple[str, bytes]] = deque(maxlen=200)
        self._plan: Plan | None = None
        self._folder = ""
        self._offset = 0
        self._ascii = True  # RFC 959 3.1.1.1: the default
        self._tls = False
        self._tls_octets = [0, 0]
        self._tls_record: Transfer | None = None

    def client(self, octets: bytes) -> None:
        """Commands."""
        if self._tls:
            self._tls_octets[0] += len(octets)
            return
        self._commands.add(octets)
        while (line := self._commands.next()) is not None:
            self._command(line.lstrip(b"\xff\xf4\xf2"))  # Telnet IP and Synch before ABOR (RFC 959 4.1.3)

    def _command(self, line: bytes) -> None:
        verb_octets, _, argument = line.partition(b" ")
        verb = verb_octets.upper().decode("latin-1")[:8]
        if verb == "PORT" and (found := _PORTS.search(argument)) is not None:
            self._expect(*_address(found))
        elif verb == "EPRT" and (extended := _EPRT.search(argument)) is not None:
            try:
                self._expect(int(ipaddress.ip_address(extended[3].decode("ascii"))), int(extended[4]))
            except ValueError:
                self.shared.counts["ftp_bad_address"] += 1
        elif verb == "TYPE":
            self._ascii = argument[:1].upper() == b"A"
        elif verb == "REST":
            self._offset = int(argument) if argument.isdigit() and len(argument) < 16 else 0
        elif verb in _TRANSFERS:
            self._transfer(verb, argument)
        self._queue.append((verb, argument))

    def _transfer(self, verb: str, argument: bytes) -> None:
        plan = self._plan or Plan()
        plan.verb, plan.ascii, plan.offset = verb, self._ascii, self._offset
        plan.name = guess(argument)
        if plan.name and not plan.name.startswith("/"):
            plan.name = f"{self._folder}/{plan.name}"
        self._offset = 0
        self._plan = None
        for transfer, reader in plan.waiting:
            settle(reader, transfer, plan)
        plan.waiting.clear()

    def server(self, octets: bytes) -> None:
        """Replies."""
        if self._tls:
            self._tls_octets[1] += len(octets)
            return
        self._replies.add(octets)
        while (line := self._replies.next()) is not None:
            if len(line) >= 3 and line[:3].isdigit() and line[3:4] in (b" ", b""):
                self._reply(int(line[:3]), line)
                if self.is_encrypted():
                    return

    def _reply(self, code: int, line: bytes) -> None:
        if code == 227 and (found := _PORTS.search(line)) is not None:
            address, port = _address(found)
            self._expect(address, port)
        elif code == 229 and (extended := _EPSV.search(line)) is not None:
            self._expect(None, int(extended[2]))
        if 100 <= code < 200:
            return
        if code in (220, 120) and not self._queue:
            return
        verb, argument = self._queue.popleft() if self._queue else ("", b"")
        if verb == "CWD" and code == 250:
            step = guess(argument)
            self._folder = step.rstrip("/") if step.startswith("/") else f"{self._folder}/{step}".rstrip("/")
        elif verb == "CDUP" and 200 <= code < 300:
            self._folder = self._folder.rpartition("/")[0]
        elif verb == "AUTH" and code == 234:
            self._tls = True
            self._tls_record = self.begin(from_client=True, kind=Kind.OPAQUE, unseen=Unseen.TLS, operation="AUTH TLS")

    def is_encrypted(self) -> bool:
        """Whether TLS has begun; a reply may have done so just now."""
        return self._tls

    def _expect(self, address: int | None, port: int) -> None:
        """A data connection to this address and port is to come; behind address translation it is the peer's own."""
        ends = self.shared.ends(self.connection)
        self._plan = plan = Plan(client=ends[self.client_side])
        if address is None or not address:
            keys = [(ends[self.server_side][0], port)]
        else:
            keys = [(address, port), *((end[0], port) for end in ends if end[0] != address and end is ends[self.server_side])]
        for key in keys:
            self.shared.remember(self.shared.expected, key, plan, _ROOM, "ftp_expected_limit")

    def client_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """Commands are missing."""
        self._commands.rest()
        self._queue.clear()

    def server_gap(self, length: int) -> None:  # noqa: ARG002 - how much is missing changes nothing
        """Replies are missing."""
        self._replies.rest()
        self._queue.clear()

    def close(self) -> None:
        """Over."""
        if self._tls_record is not None:
            self._tls_record.size = self._tls_octets[0]
            self._tls_record.notes = (("octets_from_server", str(self._tls_octets[1])),)
            self.tell(self._tls_record)


def _address(found: re.Match[bytes]) -> tuple[int, int]:
    parts = [int(x) & 0xFF for x in found.groups()]
    return int.from_bytes(bytes(parts[:4]), "big"), parts[4] << 8 | parts[5]


class FtpData(Conversation):
    """One data connection: one file."""

    protocol = "ftp"

    def __init__(self, shared: Shared, connection: Connection, client: int, plan: Plan) -> None:
        ends = shared.ends(connection)
        # The client of the protocol is the control connection's, whoever opened this one.
        side = client
        for number, end in enumerate(ends):
            if end[0] == plan.client[0] and ends[1 - number][0] != plan.client[0]:
                side = number
        super().__init__(shared, connection, side)
        self._plan = plan
        self._bodies: list[Body | None] = [None, None]
        self._records: list[Transfer | None] = [None, None]
        self._tls = False

    def data(self, side: int, octets: bytes) -> None:
        """The file, from whichever side sends."""
        body = self._body(side)
        if not body.size and octets[:2] == b"\x16\x03":
            self._tls = True
        body.write(octets)

    def gap(self, side: int, length: int) -> None:
        """A hole in it."""
        self._body(side).gap(length)

    def _body(self, side: int) -> Body:
        body = self._bodies[side]
        if body is None:
            body = self._bodies[side] = Body(self.shared.quota)
            self._records[side] = self.begin(from_client=side == self.client_side)
        return body

    def close(self) -> None:
        """The file is over."""
        for side in (0, 1):
            body, record = self._bodies[side], self._records[side]
            if body is None or record is None:
                continue
            if self._tls:
                record.kind, record.unseen, record.size = Kind.OPAQUE, Unseen.TLS, body.size
                record.operation, record.name = self._plan.verb, self._plan.name.rpartition("/")[2]
                body.drop()
                self.tell(record)
                continue
            if self.connection.sides[side].fin < 0:
                body.gap(0)  # nobody said that this is all
            record.body = body
            if self._plan.verb:
                settle(self, record, self._plan)
            else:
                self._plan.waiting.append((record, self))


def settle(reader: Conversation, record: Transfer, plan: Plan) -> None:
    """Name a file by the command it belongs to; resumed files are joined (REST, RFC 3659 5)."""
    body = record.body
    assert body is not None
    record.operation, record.name = plan.verb, plan.name.rpartition("/")[2]
    if plan.ascii:
        small = body.small()
        notes: tuple[tuple[str, str], ...] = (("mode", "ascii"),)
        if small is not None and b"\r\n" in small:
            notes = (*notes, ("sha256_lf", hashlib.sha256(small.replace(b"\r\n", b"\n")).hexdigest()))
        record.notes = notes
    ends = reader.shared.ends(reader.connection)
    key = ("ftp", ends[reader.server_side][0], plan.name, record.sender == reader.client_side)
    known: Sparse | None = reader.shared.resumable.get(key)
    if plan.offset and plan.verb in ("RETR", "STOR", "APPE"):
        if known is not None and not body.missing:
            at = plan.offset
            for data in body.blocks(1 << 20):
                known.put(at, data)
                at += len(data)
            if known.whole(at):
                del reader.shared.resumable[key]
                joined = reader.begin(
                    from_client=record.sender == reader.client_side, operation=plan.verb, name=record.name,
                    notes=(("joined", "resumed"),),
                )  # fmt: skip
                joined.first_ns = record.first_ns
                reader.tell(joined, known.body(at))
        record.piece = True
        record.notes = (*record.notes, ("offset", str(plan.offset)))
        record.missing = True
    elif plan.verb in ("RETR", "STOR"):
        sparse = Sparse(reader.shared.quota)
        at = 0
        for data in body.blocks(1 << 20):
            sparse.put(at, data)
            at += len(data)
        if known is not None:
            known.drop()
        lost = reader.shared.remember(reader.shared.resumable, key, sparse, _FILES, "ftp_files_limit")
        if lost is not None:
            lost.drop()
    reader.tell(record, body)
