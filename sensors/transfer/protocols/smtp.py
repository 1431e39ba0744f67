"""SMTP (RFC 5321) with pipelining (2920), BDAT (3030), SIZE (1870), STARTTLS (3207) and AUTH (4954).

Commands and replies are two queues matched by their order, so that pipelining needs nothing special; a direction that a mirror
does not show is done without.  Addresses are reduced to their domains at once.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from sensors.streams.table import Connection
from sensors.transfer.protocols.base import Conversation, Envelope, Kind, Lines, Shared, Transfer, Unseen
from sensors.transfer.protocols.bodies import Body

#: Commands that begin a transaction or go on with it; anything else of four letters is waited for as well.
COMMAND: Final = re.compile(
    rb"(HELO|EHLO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|VRFY|EXPN|HELP|TURN|ETRN|STARTTLS|AUTH|XFORWARD|XCLIENT|BURL)\b",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(rb"(\d{3})([ -]|\Z)")
_PATH: Final = re.compile(rb":\s*<?([^>\s]*)", re.DOTALL)
_RECIPIENTS: Final = 1000
_QUEUE: Final = 5000
_CLAIM: Final = re.compile(rb"(?:\A|\n)x-mail-sanitized:", re.IGNORECASE)


def domain(path: bytes) -> str:
    """The domain of a reverse or forward path, in lower case; empty for the null path."""
    found = _PATH.search(path)
    if found is None:
        return ""
    address = found[1].rpartition(b":")[2]  # a source route (RFC 5321 appendix C) stands before the colon
    return address.rpartition(b"@")[2].decode("utf-8", "replace").lower().strip("[]")[:253] if b"@" in address else ""


class _Message:
    """The data of one transaction: dot-stuffing undone (RFC 5321 4.5.2), or in counted chunks."""

    __slots__ = ("_begun", "_tail", "body", "transfer")

    def __init__(self, body: Body, transfer: Transfer) -> None:
        self.body, self.transfer = body, transfer
        self._tail = b"\r\n"  # stands for the end of the command line: the end, or a stuffed dot, may follow at once
        self._begun = False

    def lines(self, octets: bytes) -> bytes | None:
        """Octets of DATA; what follows the end, or ``None`` before it."""
        held = self._tail + octets
        end = held.find(b"\r\n.\r\n")
        if end >= 0:
            self._put(held[: end + 2])
            return held[end + 5 :]
        # What may be the beginning of the end, or of a line with a stuffed dot, waits for the next octets.
        keep = min(4, len(held))
        while keep and not b"\r\n.\r\n".startswith(held[-keep:]):
            keep -= 1
        self._put(held[: len(held) - keep])
        self._tail = held[len(held) - keep :]
        return None

    def rest(self) -> None:
        """The stream ended, or has a hole, inside."""
        self._put(self._tail)
        self._tail = b""

    def _put(self, data: bytes) -> None:
        data = data.replace(b"\r\n.", b"\r\n")
        if data and not self._begun:
            self._begun = True
            data = data.removeprefix(b"\r\n")
        if data:
            self.body.write(data)


class Smtp(Conversation):
    """Reads a connection."""

    protocol = "smtp"

    def __init__(self, shared: Shared, connection: Connection, client: int) -> None:
        super().__init__(shared, connection, client)
        self._lines, self._replies = Lines(), Lines()
        self._queue: deque[tuple[str, bytes]] = deque()  # commands without a reply yet
        self._domains: list[str] = []
        self._accepted: list[str] = []
        self._sender = ""
        self._rcpts = 0
        self._message: _Message | None = None
        self._chunk = 0  # octets left of a BDAT chunk
        self._last = False
        self._in_data = False
        self._refused = False  # the last DATA was answered with an error
        self._greeting_seen = False
        self._server_name = ""
        self._size: int | None = None
        self._greeted = False
        self._auth = False
        self._authenticating = False
        self._pending: deque[Transfer] = deque()  # told once the server has answered
        self._multi: list[bytes] = []
        self._tls_asked = False
        self._tls = [0, 0]
        self._tls_record: Transfer | None = None
        self.encrypted = False

    # --- the client
    def client(self, octets: bytes) -> None:
        """Commands and messages."""
        if self.encrypted:
            self._tls[0] += len(octets)
            return
        while octets:
            if self._in_data and self._refused:
                self._abandon()
            if self._in_data and self._message is not None:
                rest = self._message.lines(octets)
                if rest is None:
                    return
                self._message_over(whole=True)
                octets = rest
            elif self._chunk:
                data, octets = octets[: self._chunk], octets[self._chunk :]
                self._chunk -= len(data)
                if self._message is not None:
                    self._message.body.write(data)
                if not self._chunk and self._last:
                    self._message_over(whole=True)
            else:
                self._lines.add(octets)
                octets = self._commands()

    def _commands(self) -> bytes:
        """Work off whole lines; what follows a command that makes the rest no commands."""
        while (line := self._lines.next()) is not None:
            if self._tls_asked and line[:1] == b"\x16":
                self._begin_tls(line)
                return b""
            found = COMMAND.match(line.lstrip())
            if found is None:
                if not self._authenticating and line:
                    self._ask("?", line)
                continue
            self._command(found[1].upper().decode("ascii"), line.strip())
            if self._in_data or self._chunk or (self._last and self._message is not None):
                if self._last and not self._chunk and self._message is not None and not self._in_data:
                    self._message_over(whole=True)
                    continue
                return self._lines.rest()
        if self._tls_asked and self._lines.held[:2] == b"\x16\x03":
            self._begin_tls(self._lines.rest())
        return b""

    def _ask(self, verb: str, line: bytes) -> None:
        self._queue.append((verb, line[:1000]))
        if len(self._queue) > _QUEUE:
            self._queue.popleft()
            self.shared.counts["smtp_unanswered_limit"] += 1

    def _command(self, verb: str, line: bytes) -> None:
        self._authenticating = False
        if verb == "MAIL":
            self._reset()
            self._sender = domain(line)
        elif verb == "RCPT":
            self._rcpts += 1
            if len(self._domains) < _RECIPIENTS:
                self._domains.append(domain(line))
        elif verb == "DATA":
            self._refused = False
            self._in_data = True
            self._open("DATA")
        elif verb == "BDAT":
            self._bdat(line)
        elif verb in ("RSET", "EHLO", "HELO", "LHLO"):
            if self._message is not None:
                self._abandon()
            self._reset()
        elif verb == "STARTTLS":
            self._tls_asked = True
        elif verb == "AUTH":
            self._authenticating = True
        self._ask(verb, line)

    def _bdat(self, line: bytes) -> None:
        words = line.split()
        size = words[1] if len(words) > 1 else b""
        if not size.isdigit() or len(size) > 18:
            self.shared.counts["smtp_bad_chunk"] += 1
            return
        if self._message is None:
            self._open("BDAT")
        self._chunk = int(size)
        self._last = len(words) > 2 and words[2].upper() == b"LAST"

    def _open(self, operation: str) -> None:
        if self._message is None:
            transfer = self.begin(from_client=True, kind=Kind.MAIL, declared="message/rfc822", operation=operation)
            self._message = _Message(Body(self.shared.quota), transfer)

    def _reset(self) -> None:
        self._domains, self._accepted, self._sender, self._rcpts = [], [], "", 0
        self._chunk, self._last, self._in_data = 0, False, False

    def _abandon(self) -> None:
        """No message came after all, or it was taken back."""
        message, self._message = self._message, None
        self._in_data, self._chunk, self._last = False, 0, False
        if message is not None:
            if message.body.size:
                self._told(message, whole=False)
            else:
                message.body.drop()

    def _message_over(self, *, whole: bool) -> None:
        message, self._message = self._message, None
        self._in_data, self._chunk, self._last = False, 0, False
        if message is not None:
            self._told(message, whole=whole)
        self._rcpts = 0

    def _told(self, message: _Message, *, whole: bool) -> None:
        if not whole:
            message.rest()
            message.body.gap(0)
        transfer = message.transfer
        transfer.envelope = Envelope(
            sender_domain=self._sender, recipient_domains=tuple(self._domains), recipients=self._rcpts,
            accepted_domains=tuple(self._accepted), size_limit=self._size, greeted=self._greeted, authenticated=self._auth,
            server_name=self._server_name,
        )  # fmt: skip
        head = message.body.head.partition(b"\r\n\r\n")[0]
        transfer.claims_sanitized = bool(_CLAIM.search(head))
        transfer.body, transfer.size, transfer.sha256 = message.body, message.body.size, message.body.sha256
        transfer.last_ns, transfer.last_number = self.connection.now_ns, self.connection.number
        # Answered only later: the reply to the whole message says whether it was accepted.
        self._pending.append(transfer)
        if self.connection.one_sided(self.server_side) or len(self._pending) > 64:
            self._tell_pending(None)

    def _tell_pending(self, accepted: bool | None) -> None:  # noqa: FBT001 - three values
        if self._pending:
            transfer = self._pending.popleft()
            if transfer.envelope is not None:
                transfer.envelope.accepted = accepted
            body = transfer.body
            last = transfer.last_ns, transfer.last_number
            self.tell(transfer, body)
            transfer.last_ns, transfer.last_number = last

    def client_gap(self, length: int) -> None:
        """Octets of a message, or commands, are missing."""
        if self.encrypted:
            self._tls[0] += length
            return
        self._lines.rest()
        if self._chunk and length > 0:
            part = min(length, self._chunk)
            self._chunk -= part
            if self._message is not None:
                self._message.body.gap(part)
            if not self._chunk and self._last:
                self._message_over(whole=True)
            if length == part:
                return
        if self._message is not None:
            # In DATA the end may be inside the gap: if commands follow, it was.
            if self._in_data:
                self._message.rest()
            self._message.body.gap(length)

    # --- the server
    def server(self, octets: bytes) -> None:
        """Replies."""
        if self.encrypted:
            self._tls[1] += len(octets)
            return
        self._replies.add(octets)
        while (line := self._replies.next()) is not None:
            found = _REPLY.match(line)
            if found is None:
                continue
            self._multi = [*self._multi[-200:], line[4:]]
            if found[2] != b"-":
                lines, self._multi = self._multi, []
                self._reply(int(found[1]), lines)
                if self.is_encrypted():
                    self._tls[1] += len(self._replies.rest())
                    return

    def _reply(self, code: int, lines: list[bytes]) -> None:  # noqa: PLR0912 - one branch a kind of message
        if not self._greeting_seen and code in (220, 554, 421) and not self._queue:
            self._greeting_seen = True
            self._server_name = lines[0].split(b" ")[0][:253].decode("latin-1").lower() if lines and code == 220 else ""
            return
        self._greeting_seen = True
        if code == 334:  # RFC 4954 4: AUTH goes on
            return
        if not self._queue:
            if self._pending:
                self._tell_pending(200 <= code < 300)
            return
        verb, line = self._queue[0]
        if verb == "DATA" and code == 354:
            self._queue[0] = ("MESSAGE", b"")
            return
        self._queue.popleft()
        good = 200 <= code < 300
        if verb == "MESSAGE" or (verb == "BDAT" and line.split()[-1:] and line.split()[-1].upper() == b"LAST"):
            if self._pending:
                self._tell_pending(good)
        elif verb == "DATA":
            self._refused = True
        elif verb == "RCPT" and good:
            if len(self._accepted) < _RECIPIENTS:
                self._accepted.append(domain(line))
        elif verb in ("EHLO", "LHLO") and good:
            self._extensions(lines)
        elif verb == "AUTH":
            self._auth = code == 235
            self._authenticating = False
        elif verb == "STARTTLS":
            self._tls_asked = good
            if good:
                self._begin_tls(self._lines.rest())

    def _extensions(self, lines: list[bytes]) -> None:
        self._greeted, self._size = True, None
        for line in lines:
            words = line.split()
            if words and words[0].upper() == b"SIZE":
                self._size = int(words[1]) if len(words) > 1 and words[1].isdigit() and len(words[1]) < 19 else 0

    def server_gap(self, length: int) -> None:
        """Which reply belongs to which command is not known any more."""
        if self.encrypted:
            self._tls[1] += length
            return
        self._replies.rest()
        self._multi = []
        self._queue.clear()

    def is_encrypted(self) -> bool:
        """Whether TLS has begun; a reply may have done so just now."""
        return self.encrypted

    def _begin_tls(self, octets: bytes) -> None:
        self.encrypted = True
        self._tls[0] += len(octets)
        self._tls_record = self.begin(from_client=True, kind=Kind.OPAQUE, unseen=Unseen.TLS, operation="STARTTLS")

    def close(self) -> None:
        """Over: what is unfinished is told as it is."""
        record = self._tls_record
        if record is not None:
            record.size = self._tls[0]
            record.notes = (("octets_from_server", str(self._tls[1])),)
            self.tell(record)
            return
        if self._message is not None:
            self._abandon() if not self._message.body.size else self._message_over(whole=False)
        while self._pending:
            self._tell_pending(None)
