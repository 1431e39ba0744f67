"""Connections whose content is not to be seen: TLS, SSH, QUIC, and what no reader knows.  Size, direction, perhaps a name."""

from __future__ import annotations

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Unseen
from sensors.watch.hello import HELLO_ROOM, Told, tls_hello


class Opaque(Conversation):
    """Counts.  Told once for each direction that carried anything, when the connection is over."""

    def __init__(self, shared: Shared, connection: Connection, client: int, *, protocol: str, unseen: Unseen) -> None:
        super().__init__(shared, connection, client)
        self.protocol, self.unseen = protocol, unseen
        self.octets = [0, 0]  # from the client, from the server
        self.lost = [False, False]
        self.name = ""
        self._hello: bytes | None = b"" if protocol == "tls" else None
        self._begun = connection.now_ns, connection.number

    def client(self, octets: bytes) -> None:
        """From the client."""
        self.octets[0] += len(octets)
        if self._hello is not None:
            self._hello += octets
            hello = tls_hello(self._hello)
            if hello.told is not Told.MORE or len(self._hello) > HELLO_ROOM:
                self.name, self._hello = hello.name, None

    def server(self, octets: bytes) -> None:
        """From the server."""
        self.octets[1] += len(octets)

    def client_gap(self, length: int) -> None:
        """Not captured, but it crossed."""
        self.octets[0] += length
        self.lost[0] = True

    def server_gap(self, length: int) -> None:
        """Not captured, but it crossed."""
        self.octets[1] += length
        self.lost[1] = True

    def datagram(self, side: int, octets: bytes, length: int) -> None:  # noqa: ARG002 - only sizes count
        """A datagram."""
        self.octets[0 if side == self.client_side else 1] += length

    def close(self) -> None:
        """Tell both directions."""
        for at, from_client in ((0, True), (1, False)):
            if self.octets[at]:
                record = self.begin(
                    from_client=from_client, kind=Kind.OPAQUE, unseen=self.unseen, size=self.octets[at], missing=self.lost[at],
                    operation="upload" if from_client else "download",
                    notes=(("server_name", self.name),) if self.name else (),
                )  # fmt: skip
                record.first_ns, record.first_number = self._begun
                self.tell(record)
