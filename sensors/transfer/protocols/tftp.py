"""TFTP (RFC 1350, options of 2347 and 2348): the answer comes from another port, so the request announces the flow."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.streams.table import Connection
from sensors.transfer.mail.charsets import guess
from sensors.transfer.protocols.base import Conversation, Shared, Transfer
from sensors.transfer.protocols.bodies import Body

_ROOM = 1024


@dataclass(slots=True)
class TftpPlan:
    """A transfer that was asked for."""

    name: str
    write: bool
    block: int


class TftpRequest(Conversation):
    """The flow to port 69."""

    protocol = "tftp"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._data: TftpData | None = None

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """A request; some servers go on in the same flow."""
        if side == self.client_side and octets[:2] in (b"\0\1", b"\0\2"):
            words = octets[2:].split(b"\0")
            options = dict(zip([w.lower() for w in words[2::2]], words[3::2], strict=False))
            size = options.get(b"blksize", b"512")
            plan = TftpPlan(guess(words[0]), octets[1] == 2, int(size) if size.isdigit() and len(size) < 6 else 512)
            key = self.shared.ends(self.connection)[side]
            self.shared.remember(self.shared.expected, (*key, 17), plan, _ROOM, "tftp_expected_limit")
            self._data = TftpData(self.shared, self.connection, self.client_side, plan)
        elif self._data is not None:
            self._data.datagram(side, octets, length)

    def close(self) -> None:
        """Over."""
        if self._data is not None:
            self._data.close()


class TftpData(Conversation):
    """The blocks of one file."""

    protocol = "tftp"

    def __init__(self, shared: Shared, connection: Connection, client: int, plan: TftpPlan) -> None:
        super().__init__(shared, connection, client)
        self._plan = plan
        self._body: Body | None = None
        self._record: Transfer | None = None
        self._next = 1
        self._waiting: dict[int, bytes] = {}
        self._done = False

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """A block, an acknowledgement, or the options agreed on."""
        kind = octets[:2]
        if kind == b"\0\6":
            words = octets[2:].split(b"\0")
            options = dict(zip([w.lower() for w in words[::2]], words[1::2], strict=False))
            size = options.get(b"blksize", b"")
            self._plan.block = int(size) if size.isdigit() and len(size) < 6 else 512
        elif kind == b"\0\3" and len(octets) >= 4 and not self._done and (side == self.client_side) == self._plan.write:
            if self._body is None:
                self._body = Body(self.shared.quota)
                self._record = self.begin(
                    from_client=self._plan.write, operation="WRQ" if self._plan.write else "RRQ",
                    name=self._plan.name.replace("\\", "/").rpartition("/")[2],
                )  # fmt: skip
            self._block(int.from_bytes(octets[2:4], "big"), octets[4:], length - 4)

    def _block(self, number: int, data: bytes, length: int) -> None:
        assert self._body is not None
        if len(data) < length:
            self._body.gap(length - len(data))
        ahead = (number - self._next) & 0xFFFF
        if ahead >= 0x8000:
            return  # sent again
        self._waiting[number] = data
        if len(self._waiting) > 64:  # RFC 7440: windows are smaller; a block is lost
            self._body.gap(0)
            self._next = min(self._waiting, key=lambda n: (n - self._next) & 0xFFFF)
        while (block := self._waiting.pop(self._next, None)) is not None:
            self._body.write(block)
            self._next = (self._next + 1) & 0xFFFF
            if len(block) < self._plan.block:
                self._over(whole=True)
                return

    def _over(self, *, whole: bool) -> None:
        body, record = self._body, self._record
        self._body, self._record, self._done = None, None, True
        self._waiting.clear()
        if body is not None and record is not None:
            if not whole:
                body.gap(0)
            self.tell(record, body)

    def close(self) -> None:
        """Over."""
        self._over(whole=False)
