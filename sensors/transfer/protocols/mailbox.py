"""Mail fetched and stored: POP3 (RFC 1939) and IMAP (RFC 3501, 9051), up to STARTTLS."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Lines, Shared, Transfer, Unseen
from sensors.transfer.protocols.bodies import Body

_LITERAL: Final = re.compile(rb"~?\{(\d{1,18})\+?\}\Z")
_WHOLE: Final = re.compile(rb"(?:RFC822|BODY(?:\.PEEK)?\[\])(?:<\d+>)?\s*~?\{\d+\+?\}\Z", re.IGNORECASE)
_PART: Final = re.compile(
    rb"(?:RFC822\.(?:TEXT|HEADER)|BODY(?:\.PEEK)?\[[^\]]+\]|BINARY\[[^\]]*\])(?:<\d+>)?\s*~?\{\d+\+?\}\Z", re.IGNORECASE
)


class _Encrypted(Conversation):
    """What both share: after STARTTLS only sizes are left."""

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self.tls = False
        self.octets = [0, 0]
        self._begun = (0, 0)

    def begin_tls(self) -> None:
        """From here on nothing can be read."""
        self.tls = True
        self._begun = self.connection.now_ns, self.connection.number

    def counted(self, at: int, length: int) -> bool:
        """Count if it is encrypted."""
        if self.tls:
            self.octets[at] += length
        return self.tls

    def close(self) -> None:
        """Over."""
        for at in (0, 1):
            if self.octets[at]:
                record = self.begin(
                    from_client=at == 0, kind=Kind.OPAQUE, size=self.octets[at], unseen=Unseen.TLS, operation="STARTTLS"
                )  # fmt: skip
                record.first_ns, record.first_number = self._begun
                self.tell(record)


class Pop3(_Encrypted):
    """A mailbox being emptied."""

    protocol = "pop3"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._commands, self._replies = Lines(), Lines(1 << 20)
        self._queue: deque[str] = deque(maxlen=1000)
        self._body: Body | None = None
        self._record: Transfer | None = None
        self._list = False
        self._greeted = False

    def client(self, octets: bytes) -> None:
        """Commands."""
        if self.counted(0, len(octets)):
            return
        self._commands.add(octets)
        while (line := self._commands.next()) is not None:
            verb = line.strip().upper().decode("latin-1")
            self._queue.append(verb if verb.startswith(("LIST ", "UIDL ")) else verb.partition(" ")[0])

    def server(self, octets: bytes) -> None:
        """Replies and messages."""
        if self.counted(1, len(octets)):
            return
        self._replies.add(octets)
        while (line := self._replies.next()) is not None:
            if self._body is not None or self._list:
                self._more(line)
            else:
                self._reply(line)
                if self.tls:
                    self.counted(1, len(self._replies.rest()))
                    return

    def _reply(self, line: bytes) -> None:
        if not self._greeted:
            self._greeted = True
            if not self._queue:
                return
        verb = self._queue.popleft() if self._queue else ""
        if not line.startswith(b"+OK"):
            return
        if verb in ("RETR", "TOP"):
            self._body = Body(self.shared.quota)
            self._record = self.begin(
                from_client=False, kind=Kind.MAIL if verb == "RETR" else Kind.FILE, declared="message/rfc822", operation=verb
            )  # fmt: skip
        elif verb in ("LIST", "UIDL", "CAPA"):
            self._list = True
        elif verb == "STLS":
            self.begin_tls()

    def _more(self, line: bytes) -> None:
        if line == b".":
            body, record = self._body, self._record
            self._body, self._record, self._list = None, None, False
            if body is not None and record is not None:
                self.tell(record, body)
        elif self._body is not None:
            self._body.write((line[1:] if line.startswith(b".") else line) + b"\r\n")

    def server_gap(self, length: int) -> None:
        """A hole in a message."""
        if self.counted(1, length):
            return
        self._replies.rest()
        if self._body is not None:
            self._body.gap(length)
        self._queue.clear()

    def client_gap(self, length: int) -> None:
        """A hole in the commands."""
        if not self.counted(0, length):
            self._commands.rest()

    def close(self) -> None:
        """Over."""
        if self._body is not None and self._record is not None:
            self._body.gap(0)
            self.tell(self._record, self._body)
        super().close()


class Imap(_Encrypted):
    """A mailbox being read or filled: literals (RFC 9051 4.3) of FETCH and APPEND."""

    protocol = "imap"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._halves = (_Literals(self, from_client=True), _Literals(self, from_client=False))
        self.starttls = b""

    def client(self, octets: bytes) -> None:
        """Commands and appended messages."""
        if not self.counted(0, len(octets)):
            self._halves[0].feed(octets)

    def server(self, octets: bytes) -> None:
        """Replies and fetched messages."""
        if not self.counted(1, len(octets)):
            self._halves[1].feed(octets)

    def client_gap(self, length: int) -> None:
        """A hole."""
        if not self.counted(0, length):
            self._halves[0].gap(length)

    def server_gap(self, length: int) -> None:
        """A hole."""
        if not self.counted(1, length):
            self._halves[1].gap(length)

    def close(self) -> None:
        """Over."""
        for half in self._halves:
            half.close()
        super().close()

    def line(self, line: bytes, *, from_client: bool) -> None:
        """A line without a literal: only the way into TLS matters."""
        tag, _, rest = line.partition(b" ")
        if from_client and rest.strip().upper() == b"STARTTLS":
            self.starttls = tag
        elif not from_client and self.starttls and tag == self.starttls and rest[:2].upper() == b"OK":
            self.begin_tls()


class _Literals:
    def __init__(self, owner: Imap, *, from_client: bool) -> None:
        self.owner, self.from_client = owner, from_client
        self.lines = Lines()
        self.left = 0
        self.body: Body | None = None
        self.record: Transfer | None = None

    def feed(self, octets: bytes) -> None:
        while octets:
            if self.left:
                data, octets = octets[: self.left], octets[self.left :]
                self.left -= len(data)
                if self.body is not None:
                    self.body.write(data)
                if not self.left:
                    self.over()
                continue
            self.lines.add(octets)
            octets = b""
            while (line := self.lines.next()) is not None:
                found = _LITERAL.search(line)
                if found is None:
                    self.owner.line(line, from_client=self.from_client)
                    if self.owner.tls:
                        return
                    continue
                self.left = int(found[1])
                self.open(line)
                octets = self.lines.rest()
                break

    def open(self, line: bytes) -> None:
        appended = self.from_client and b" APPEND " in line.upper()
        whole = appended or (not self.from_client and _WHOLE.search(line) is not None)
        if self.left and (whole or (not self.from_client and _PART.search(line) is not None)):
            self.body = Body(self.owner.shared.quota)
            self.record = self.owner.begin(
                from_client=self.from_client, kind=Kind.MAIL if whole else Kind.FILE,
                declared="message/rfc822" if whole else "", operation="APPEND" if appended else "FETCH",
            )  # fmt: skip

    def over(self) -> None:
        body, record, self.body, self.record = self.body, self.record, None, None
        if body is not None and record is not None:
            self.owner.tell(record, body)

    def gap(self, length: int) -> None:
        self.lines.rest()
        part = min(length, self.left)
        self.left -= part
        if self.body is not None:
            self.body.gap(length)
            if not self.left:
                self.over()

    def close(self) -> None:
        if self.body is not None:
            self.body.gap(self.left)
            self.over()
