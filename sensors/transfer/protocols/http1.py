"""HTTP/1.x in both directions (RFC 9112), lenient, finding its feet again after gaps.

Each direction is read by itself and answers are matched to requests by their order (RFC 9112 9.3.2), so that a mirror that
shows one direction only still gives every file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Kind, Shared, Unseen
from sensors.transfer.protocols.headers import Headers, first, headers, number, tokens
from sensors.transfer.protocols.payload import Payload, Request

HEAD_ROOM: Final = 256 << 10
#: RFC 9112 3 and 4; methods are tokens, and of no known ones only.
REQUEST: Final = re.compile(rb"([A-Za-z][A-Za-z_-]{1,24}) +(\S{1,65000}) +HTTP/[01]\.\d\s*\Z", re.IGNORECASE)
STATUS: Final = re.compile(rb"HTTP/[01]\.\d +(\d{3})(?: |\s*\Z)", re.IGNORECASE)
_RESYNC: Final = re.compile(
    rb"(?:\A|\r?\n)(?=HTTP/1\.[01] [1-5]\d\d |(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|PROPFIND|MOVE|COPY|MKCOL|LOCK|UNLOCK|"
    rb"PROPPATCH|REPORT|CONNECT) \S{1,4000} HTTP/1\.[01]\r?\n)"
)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_CHUNK_LINE: Final = 16 << 10
_PIPELINE: Final = 4096


class _Half:
    """One direction: a message's head, then its content by whatever frames it."""

    def __init__(self, owner: Http1, *, from_client: bool) -> None:
        self.owner, self.from_client = owner, from_client
        self.held = b""
        self.state: Callable[[], bool] = self._head
        self.payload: Payload | None = None
        self.left = 0
        self.raw: Callable[[bytes], None] | None = None  # behind an upgrade
        self.lost_sync = 0
        self.messages = 0

    def feed(self, octets: bytes) -> None:
        if self.raw is not None:
            self.raw(octets)
            return
        # Content of known length goes through without being gathered.
        if self.state == self._content and not self.held and len(octets) <= self.left:
            self.left -= len(octets)
            if self.payload is not None:
                self.payload.write(octets)
            if not self.left:
                self._message_end(whole=True)
            return
        self.held = self.held + octets if self.held else octets
        while self.tunnel() is None and self.state():
            pass
        raw = self.tunnel()
        if raw is not None and self.held:
            held, self.held = self.held, b""
            raw(held)

    def tunnel(self) -> Callable[[bytes], None] | None:
        """Who takes what is behind an upgrade; a message may have begun one just now."""
        return self.raw

    def gap(self, length: int) -> None:
        if self.raw is not None:
            return
        within = self.state in (self._content, self._chunk) and 0 < length <= self.left
        if self.payload is not None:
            if self.state == self._until_close:
                self.payload.gap(length)
                return
            self.payload.gap(length)
            if within:
                self.left -= length
                if not self.left and self.state == self._content:
                    self._message_end(whole=True)
                elif not self.left:
                    self.state = self._chunk_line
                return
            self._message_end(whole=False)
        self.held, self.state = b"", self._resync

    def close(self) -> None:
        """No more octets."""
        if self.payload is not None:
            if self.state == self._until_close and self.held:
                self.payload.write(self.held)
            self._message_end(whole=self.state == self._until_close)
        self.held = b""
        self.state = self._head

    # --- states: each takes from ``held`` and says whether to go on
    def _resync(self) -> bool:
        found = _RESYNC.search(self.held)
        if found is None:
            self.held = self.held[-8192:]
            return False
        self.held = self.held[found.end() :]
        self.state = self._head
        return True

    def _head(self) -> bool:
        stripped = self.held.lstrip(b"\r\n")  # RFC 9112 2.2: empty lines before a request
        if not stripped:
            self.held = b""
            return False
        self.held = stripped
        found = _HEAD_END.search(self.held)
        if found is None:
            if len(self.held) > HEAD_ROOM:
                self._astray()
                return bool(self.held)
            if b"\n" in self.held and not self._begins(self.held.partition(b"\n")[0].rstrip(b"\r")):
                self._astray()
                return len(self.held) > 0
            return False
        head, rest = self.held[: found.start()], self.held[found.end() :]
        line, _, block = head.partition(b"\n")
        line = line.rstrip(b"\r")
        if not self._begins(line):
            self._astray()
            return True
        self.messages += 1
        self.held = rest
        self.owner.head(self, line, headers(block))
        return True

    def _begins(self, line: bytes) -> bool:
        return bool(REQUEST.match(line) if self.from_client else STATUS.match(line))

    def _astray(self) -> None:
        """No message begins here: content without a head (HTTP/0.9, RFC 9112 appendix C), else go on at the next one."""
        if not self.from_client and not self.messages and not self.lost_sync and self.owner.requests:
            self.messages += 1
            payload = Payload(self.owner, self.owner.requests.popleft(), {}, from_client=False, status=0)
            self.body(payload, {}, until_close=True)
            return
        self.lost_sync += 1
        self.owner.shared.counts["http_resync"] += 1
        self.held = self.held[1:]
        self.state = self._resync

    def _content(self) -> bool:
        data, self.held = self.held[: self.left], self.held[self.left :]
        self.left -= len(data)
        if self.payload is not None and data:
            self.payload.write(data)
        if not self.left:
            self._message_end(whole=True)
            return bool(self.held)
        return False

    def _until_close(self) -> bool:
        data, self.held = self.held, b""
        if self.payload is not None and data:
            self.payload.write(data)
        return False

    def _chunk_line(self) -> bool:
        at = self.held.find(b"\n")
        if at < 0:
            if len(self.held) > _CHUNK_LINE:
                self._broken()
            return False
        # RFC 9112 7.1.1: extensions behind the size; some senders pad with spaces.
        size = self.held[:at].partition(b";")[0].strip()
        self.held = self.held[at + 1 :]
        if not size:
            return True  # the line break behind a chunk
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
            self._broken()
            return True
        self.left = int(size, 16)
        self.state = self._chunk if self.left else self._trailer
        return True

    def _chunk(self) -> bool:
        data, self.held = self.held[: self.left], self.held[self.left :]
        self.left -= len(data)
        if self.payload is not None and data:
            self.payload.write(data)
        if self.left:
            return False
        self.state = self._chunk_line
        return bool(self.held)

    def _trailer(self) -> bool:
        at = self.held.find(b"\n")
        if at < 0:
            if len(self.held) > HEAD_ROOM:
                self._broken()
            return False
        line, self.held = self.held[:at].rstrip(b"\r"), self.held[at + 1 :]
        if not line:
            self._message_end(whole=True)
        return bool(self.held)

    def _broken(self) -> None:
        self._message_end(whole=False)
        self.state = self._resync

    def _message_end(self, *, whole: bool) -> None:
        payload, self.payload = self.payload, None
        self.state = self._head
        if payload is not None:
            payload.finish(whole=whole)

    # --- called by the owner when a head has been read
    def body(self, payload: Payload, fields: Headers, *, until_close: bool) -> None:
        """Take the content as the head frames it (RFC 9112 6.3)."""
        self.payload = payload
        length = number(first(fields, "content-length").partition(b",")[0])
        if "chunked" in tokens(fields, "transfer-encoding"):
            self.state = self._chunk_line
        elif length is not None:
            self.left, self.state = length, self._content
            if not length:
                self._message_end(whole=True)
        elif until_close:
            self.state = self._until_close
        else:
            self._message_end(whole=True)


class Http1(Conversation):
    """Reads a connection; *inner* reads what a tunnel (CONNECT) carries, *h2* goes on after an upgrade to HTTP/2."""

    protocol = "http"

    def __init__(
        self, shared: Shared, connection: Connection, client: int, *, inner: Callable[..., Any], h2: Callable[..., Any]
    ) -> None:  # fmt: skip
        super().__init__(shared, connection, client)
        self._inner, self._h2 = inner, h2
        self.requests: deque[Request] = deque()
        self._ask = _Half(self, from_client=True)
        self._answer = _Half(self, from_client=False)
        self._after: Any = None
        self._waiting: list[bytes] = []
        self._upgrade = b""
        self._tunnel_octets = [0, 0]

    def client(self, octets: bytes) -> None:
        """Requests."""
        if self._after is None and not self._ask.held and self._ask.payload is None and octets.startswith(b"HTTP/1."):
            # The sides are the other way round: a guess at the beginning was wrong.
            self.client_side = 1 - self.client_side
            self._answer.feed(octets)
            return
        self._ask.feed(octets)

    def server(self, octets: bytes) -> None:
        """Answers."""
        self._answer.feed(octets)

    def client_gap(self, length: int) -> None:
        """A gap in requests."""
        if self._after is not None:
            self._after.gap(self.client_side, length)
        self._ask.gap(length)

    def server_gap(self, length: int) -> None:
        """A gap in answers: which request the next one answers is then not known."""
        if self._after is not None:
            self._after.gap(self.server_side, length)
        if self._answer.payload is None:
            self.requests.clear()
        self._answer.gap(length)

    def client_end(self) -> None:
        """No more requests."""
        if self._after is not None:
            self._after.end(self.client_side)
        self._ask.close()

    def server_end(self) -> None:
        """No more answers: content that runs until the close is whole."""
        if self._after is not None:
            self._after.end(self.server_side)
        self._answer.close()

    def close(self) -> None:
        """Over."""
        for half in (self._ask, self._answer):
            if half.payload is not None and half.state == half._until_close:  # noqa: SLF001 - its own half
                half.payload.body.gap(0) if self.connection.sides[self.server_side].fin < 0 else None
            half.close()
        if self._after is not None:
            self._after.close()
        elif sum(self._tunnel_octets):
            for from_client in (True, False):
                size = self._tunnel_octets[0 if from_client else 1]
                if size:
                    self.tell(self.begin(
                        from_client=from_client, kind=Kind.OPAQUE, size=size, unseen=Unseen.WEBSOCKET, operation="upgrade",
                        protocol=self._upgrade.decode("latin-1")[:40] or "http",
                    ))  # fmt: skip

    def head(self, half: _Half, line: bytes, fields: Headers) -> None:
        """A message begins."""
        if half.from_client:
            self._request(half, line, fields)
        else:
            self._response(half, line, fields)

    def _request(self, half: _Half, line: bytes, fields: Headers) -> None:
        found = REQUEST.match(line)
        assert found is not None
        request = Request(method=found[1].decode("ascii").upper(), target=found[2], host=first(fields, "host"))
        self.requests.append(request)
        if len(self.requests) > _PIPELINE:
            self.requests.popleft()
        if request.method == "CONNECT" and self.connection.one_sided(self.server_side):
            self._tunnel()
            return
        if request.method == "CONNECT" or (self._wants_upgrade(fields) and not first(fields, "content-length")):
            half.raw = self._waiting.append  # what follows depends on the answer
            return
        payload = Payload(self, request, fields, from_client=True, status=0)
        half.body(payload, fields, until_close=False)

    @staticmethod
    def _wants_upgrade(fields: Headers) -> bool:
        return "upgrade" in tokens(fields, "connection") and "upgrade" in fields

    def _response(self, half: _Half, line: bytes, fields: Headers) -> None:
        found = STATUS.match(line)
        assert found is not None
        status = int(found[1])
        if status == 101:
            self._upgrade = first(fields, "upgrade").lower()
            if self._upgrade == b"h2c":
                self._after = self._h2(
                    self.shared, self.connection, self.client_side, self.requests.popleft() if self.requests else None
                )
                self._hand_over()
            else:
                self._opaque()
            return
        if 100 <= status < 200:
            return
        request = self.requests.popleft() if self.requests else Request()
        if request.method == "CONNECT" and 200 <= status < 300:
            self._tunnel()
            return
        if self._ask.raw is not None:  # the upgrade or tunnel was not granted: the client goes on as before
            self._ask.raw = None
            waiting, self._waiting = b"".join(self._waiting), []
            if waiting:
                self._ask.feed(waiting)
        if request.method == "HEAD" or status in (204, 304):
            return
        payload = Payload(self, request, fields, from_client=False, status=status)
        half.body(payload, fields, until_close=True)

    def _tunnel(self) -> None:
        self._after = self._inner(self.shared, self.connection, self.client_side)
        self._hand_over()

    def _hand_over(self) -> None:
        self._ask.raw = lambda data: self._after.data(self.client_side, data)
        self._answer.raw = lambda data: self._after.data(self.server_side, data)
        waiting, self._waiting = b"".join(self._waiting), []
        if waiting:
            self._ask.raw(waiting)

    def _opaque(self) -> None:
        """Another protocol from here on (WebSocket): counted, not read."""

        def count(side: int) -> Callable[[bytes], None]:
            def add(data: bytes) -> None:
                self._tunnel_octets[side] += len(data)

            return add

        self._ask.raw, self._answer.raw = count(0), count(1)
        for data in self._waiting:
            self._ask.raw(data)
        self._waiting = []
