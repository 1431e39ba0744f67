"""Screen protocols: that it is one, what its beginning tells, and how much the client sends.

RDP: MS-RDPBCGR 2.2.1.1 to 2.2.1.4 (requests, cookie, the channel list where it is in the clear).  RFB: RFC 6143 7.1.
What moves inside is encrypted or compressed: bulk from the client is a hint with figures, never a proof, and its absence
clears nothing.
"""

from __future__ import annotations

import re
from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Unseen

_HEAD: Final = 16 << 10
#: A hint of bulk: so much from the client, in segments of at least this mean size, for so long.
BULK_OCTETS: Final = 5_000_000
BULK_SECONDS: Final = 5
_SECOND: Final = 1_000_000_000
_COOKIE: Final = re.compile(rb"Cookie: (mstshash|msts)=")
_SELECTED: Final = {0: "rdp", 1: "tls", 2: "credssp", 4: "rdstls", 8: "credssp_early"}


class Screen(Conversation):
    """A session of a screen protocol; subclasses read its beginning."""

    def __init__(self, shared: Shared, connection: Connection, client: int, *, protocol: str = "") -> None:
        super().__init__(shared, connection, client)
        self.protocol = protocol or self.protocol
        self.octets = [0, 0]
        self.notes: dict[str, str] = {}
        self._begun = connection.now_ns, connection.number
        self._window = connection.now_ns
        self._in_window = 0
        self._busy = 0  # seconds in which the client sent more than keys and a pointer need
        self._bulk = 0
        self._said = [b"", b""]

    def client(self, octets: bytes) -> None:
        """Keys, pointer, and whatever else."""
        self._take(0, octets)
        now = self.connection.now_ns
        if now - self._window >= _SECOND:
            if self._in_window > 100_000:
                self._busy += 1
                self._bulk += self._in_window
            self._window, self._in_window = now, 0
        self._in_window += len(octets)

    def server(self, octets: bytes) -> None:
        """Pictures."""
        self._take(1, octets)

    def _take(self, at: int, octets: bytes) -> None:
        self.octets[at] += len(octets)
        if len(self._said[at]) < _HEAD:
            self._said[at] += octets[:_HEAD]
            self.look(self._said[0], self._said[1])

    def client_gap(self, length: int) -> None:
        """Not captured, but it crossed."""
        self.octets[0] += length

    def server_gap(self, length: int) -> None:
        """Not captured, but it crossed."""
        self.octets[1] += length

    def datagram(self, side: int, octets: bytes, length: int) -> None:  # noqa: ARG002 - only sizes count
        """Over UDP only sizes count."""
        self.octets[0 if side == self.client_side else 1] += length

    def look(self, client: bytes, server: bytes) -> None:
        """Read the beginning; called as it grows."""

    def close(self) -> None:
        """Tell the session."""
        if self._in_window > 100_000:
            self._busy += 1
            self._bulk += self._in_window
        record = self.begin(
            from_client=False, kind=Kind.SCREEN, unseen=Unseen.SCREEN, size=sum(self.octets), operation="screen"
        )
        record.first_ns, record.first_number = self._begun
        self.notes |= {"client_octets": str(self.octets[0]), "server_octets": str(self.octets[1])}
        if self._bulk >= BULK_OCTETS and self._busy >= BULK_SECONDS:
            self.notes |= {"bulk_octets": str(self._bulk), "bulk_seconds": str(self._busy)}
        record.notes = tuple(sorted(self.notes.items()))
        self.tell(record)


class Rdp(Screen):
    """Remote desktop."""

    protocol = "rdp"

    def look(self, client: bytes, server: bytes) -> None:
        """The X.224 request and confirm, then the channels of the MCS connect-initial unless TLS began."""
        if _COOKIE.search(client[:600]):
            self.notes["cookie"] = "yes"  # a user's name stands in it: said that it is there, not what
        if len(client) >= 4:
            length = int.from_bytes(client[2:4], "big")
            at = client[:length].rfind(b"\x01\x00\x08\x00")  # RDP_NEG_REQ
            if at >= 7 and length >= at + 8:
                self.notes["requested"] = str(int.from_bytes(client[at + 4 : at + 8], "little"))
        if len(server) >= 11 and server[5:6] == b"\xd0":
            length = int.from_bytes(server[2:4], "big")
            if (length >= 19 and server[11:15] == b"\x02\x1f\x08\x00") or (length >= 19 and server[11:12] == b"\x02"):
                selected = int.from_bytes(server[15:19], "little")
                self.notes["selected"] = _SELECTED.get(selected, str(selected))
            elif length == 11:
                self.notes["selected"] = "rdp"
        channels = _channels(client)
        if channels:
            self.notes["channels"] = ",".join(channels)


def _channels(client: bytes) -> list[str]:
    """Names in the client network data (CS_NET, 0xC003): count, then 8 octets of name and 4 of options each."""
    at = client.find(b"\x03\xc0")
    while at >= 0:
        length, count = int.from_bytes(client[at + 2 : at + 4], "little"), int.from_bytes(client[at + 4 : at + 8], "little")
        if 0 < count <= 31 and length == 8 + 12 * count and len(client) >= at + length:
            names = [client[at + 8 + 12 * i : at + 16 + 12 * i].partition(b"\0")[0] for i in range(count)]
            if all(re.fullmatch(rb"[\x21-\x7e]{1,8}", n) for n in names):
                return sorted(n.decode("ascii") for n in names)
        at = client.find(b"\x03\xc0", at + 2)
    return []


class Rfb(Screen):
    """VNC."""

    protocol = "rfb"

    def look(self, client: bytes, server: bytes) -> None:
        """The version each side speaks, and the security type the client chose."""
        self.notes["version"] = server[4:11].decode("latin-1") if server.startswith(b"RFB ") else ""
        if len(client) >= 13 and client.startswith(b"RFB 003.00"[:8]):
            self.notes["security"] = str(client[12])
