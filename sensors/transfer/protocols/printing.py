"""Jobs sent to printers and multifunction devices: LPD (RFC 1179) and raw ports (9100); IPP is HTTP."""

from __future__ import annotations

from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.mail.charsets import guess
from sensors.transfer.protocols.base import Conversation, Shared, Transfer
from sensors.transfer.protocols.bodies import Body

_LINE: Final = 4096


class Lpd(Conversation):
    """RFC 1179 5 and 6: a command line, then files with a counted length and a zero octet behind each."""

    protocol = "lpd"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._held = b""
        self._receiving = False
        self._left = 0
        self._until_end = False
        self._body: Body | None = None
        self._record: Transfer | None = None
        self._control = False
        self._name = ""
        self._zero = False

    def client(self, octets: bytes) -> None:
        """Commands and files."""
        self._held += octets
        while self._held:
            if self._body is not None:
                data = self._held if self._until_end else self._held[: self._left]
                self._held = self._held[len(data) :]
                self._left -= len(data)
                self._body.write(data)
                if not self._until_end and self._left <= 0:
                    self._over()
                    self._zero = True
                continue
            if self._zero and self._held[:1] == b"\0":
                self._held, self._zero = self._held[1:], False
                continue
            self._zero = False
            at = self._held.find(b"\n")
            if at < 0:
                self._held = self._held[-_LINE:]
                return
            line, self._held = self._held[:at], self._held[at + 1 :]
            self._line(line)

    def _line(self, line: bytes) -> None:
        code, rest = line[:1], line[1:]
        if not self._receiving:
            self._receiving = code == b"\x02"
            return
        if code in (b"\x02", b"\x03"):
            size, _, name = rest.partition(b" ")
            if size.isdigit() and len(size) < 16:
                self._control = code == b"\x02"
                self._left = int(size)
                self._until_end = not self._left and not self._control  # many senders give 0 for "until the end"
                self._body = Body(self.shared.quota)
                self._record = self.begin(from_client=True, operation="print", name=guess(name.strip()))

    def _over(self) -> None:
        body, record, self._body, self._record = self._body, self._record, None, None
        if body is None or record is None:
            return
        if self._control:
            # RFC 1179 7.2, 7.5: J is the job's name, N the file's
            for line in (body.small() or b"").split(b"\n"):
                if line[:1] == b"N":
                    self._name = guess(line[1:])
            body.drop()
            return
        record.name = self._name or record.name
        self.tell(record, body)

    def client_gap(self, length: int) -> None:
        """A hole."""
        if self._body is not None:
            self._body.gap(length)
            self._left -= length
            if self._left <= 0 and not self._until_end:
                self._over()
        else:
            self._held = b""

    def close(self) -> None:
        """Over."""
        if self._body is not None:
            if not self._until_end:
                self._body.gap(max(self._left, 0))
            self._over()


class RawPrint(Conversation):
    """Everything the client sends is one job."""

    protocol = "raw_print"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._body: Body | None = None
        self._record: Transfer | None = None

    def client(self, octets: bytes) -> None:
        """The job."""
        if self._body is None:
            self._body = Body(self.shared.quota)
            self._record = self.begin(from_client=True, operation="print")
        self._body.write(octets)

    def client_gap(self, length: int) -> None:
        """A hole."""
        if self._body is not None:
            self._body.gap(length)

    def close(self) -> None:
        """Over."""
        if self._body is not None and self._record is not None:
            self.tell(self._record, self._body)
            self._body = None
