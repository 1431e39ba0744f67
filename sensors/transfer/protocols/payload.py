"""The content of one HTTP message: codings undone, parts of multipart told apart, ranges joined to files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sensors.transfer.mail.charsets import parameters
from sensors.transfer.protocols.base import Conversation, Kind, Transfer, Unseen
from sensors.transfer.protocols.bodies import Body, Sparse
from sensors.transfer.protocols.coding import CodingError, Decoder, decoders
from sensors.transfer.protocols.headers import (
    Headers,
    declared_type,
    file_name,
    first,
    headers,
    path_name,
    tokens,
)
from sensors.transfer.protocols.multipart import Splitter

_JOIN_NS: Final = 600_000_000_000
_JOINS: Final = 256
#: RFC 9110 14.4
_RANGE: Final = re.compile(rb"\s*bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)\s*\Z", re.IGNORECASE)
_COPY: Final = 1 << 20


@dataclass(slots=True, kw_only=True)
class Request:
    """What is known of the request that a message is, or answers."""

    method: str = ""
    target: bytes = b""
    host: bytes = b""


@dataclass(slots=True)
class _Join:
    """A file that comes in ranges."""

    sparse: Sparse
    total: int
    transfer: Transfer
    codings: list[str]
    owner: Conversation
    begun: int


class Payload:
    """Takes the content of one message, whatever framed it; tells one record, or one a part.

    *status* is 0 for requests.
    """

    def __init__(self, owner: Conversation, request: Request, fields: Headers, *, from_client: bool, status: int) -> None:
        self.owner, self.request, self.fields = owner, request, fields
        self.from_client, self.status = from_client, status
        self.body = Body(owner.shared.quota)
        self.raw: Body | None = None
        self.lost = False
        self.failed = False
        codings = tokens(fields, "content-encoding")
        coded = decoders([c for c in tokens(fields, "transfer-encoding") if c != "chunked"])
        inner = decoders(codings)
        self.span = _span(first(fields, "content-range"))
        self.codings = codings
        if self.span is not None:
            inner = []  # RFC 9110 14.4: ranges are of the coded content
        self.unknown = coded is None or inner is None
        self._chain: list[Decoder] = [*(coded or ()), *(inner or ())] if not self.unknown else []
        if self._chain:
            self.raw = Body(owner.shared.quota)
        self._parts: _Parts | None = None
        self._splitter: Splitter | None = None
        content_type = first(fields, "content-type")
        if declared_type(fields).startswith("multipart/"):
            boundary = parameters(content_type).get("boundary", "")
            if boundary and len(boundary) <= 200:
                self._parts = _Parts(self)
                self._splitter = Splitter(boundary.encode("latin-1", "replace"), self._parts)
        self.transfer = owner.begin(
            from_client=from_client, operation=request.method, declared=declared_type(fields),
            name=file_name(fields) or path_name(request.target),
            notes=(("status", str(status)),) if status else (),
        )  # fmt: skip

    def write(self, octets: bytes) -> None:
        """Octets as the framing gave them."""
        if self.raw is None:
            self._decoded(octets)
            return
        self.raw.write(octets)
        if self.failed or self.lost:
            return
        try:
            for decoder in self._chain:
                octets = decoder.feed(octets)
        except CodingError:
            self.failed = True
            return
        self._decoded(octets)

    def gap(self, length: int) -> None:
        """Octets are missing; behind them nothing coded can be read."""
        self.lost = True
        (self.raw or self.body).gap(length)
        if self.raw is not None:
            self.body.gap(0)
        elif self._splitter is not None:
            self._splitter.close()
            self._splitter = None
        elif self.span is not None and length:
            self.span = None

    def finish(self, *, whole: bool) -> None:
        """The message is over; *whole*: its framing says that nothing is missing at the end."""
        transfer, body = self.transfer, self.body
        if self._splitter is not None and self._parts is not None:
            self._splitter.close()
            transfer.container = self._parts.told > 0 and not self.failed
        if not whole:
            body.gap(0)
        if self.raw is not None:
            transfer.wire_sha256 = self.raw.sha256
            if self.failed:
                # What cannot be undone is kept as it is; nobody has seen its content.
                transfer.unseen = Unseen.CODING
                body.drop()
                body, self.raw = self.raw, None
            else:
                if not all(d.done for d in self._chain):
                    body.gap(0)
                self.raw.drop()
        if self.unknown:
            transfer.unseen = Unseen.CODING
        if not body.size and not body.missing:
            body.drop()
            return
        if self.span is not None and not self.failed:
            self._join(self.span, body, self.fields, self.codings)
            transfer.piece = True
        self.owner.tell(transfer, body)

    def _decoded(self, octets: bytes) -> None:
        self.body.write(octets)
        if self._splitter is not None:
            self._splitter.feed(octets)

    def _join(self, span: tuple[int, int, int], body: Body, fields: Headers, codings: list[str]) -> None:
        """Put a range to the others of its file (RFC 9110 14.4, 15.3.7): same URL, same total, same validator."""
        begin, _, total = span
        shared = self.owner.shared
        validator = first(fields, "etag") or first(fields, "last-modified")
        now = self.owner.connection.now_ns
        key = (self.from_client, self.request.host.lower(), self.request.target, validator, total)
        join = shared.ranges.get(key)
        if join is None or now - join.begun > _JOIN_NS:
            if join is not None:
                give_up(join)
            transfer = self.owner.begin(
                from_client=self.from_client, operation=self.request.method, name=self.transfer.name,
                declared=self.transfer.declared, notes=(*self.transfer.notes, ("joined", "ranges")),
            )  # fmt: skip
            join = _Join(Sparse(shared.quota), total, transfer, codings, self.owner, now)
        lost = shared.remember(shared.ranges, key, join, _JOINS, "range_joins_limit")
        if lost is not None:
            give_up(lost)
        data = body.small()
        if data is not None:
            join.sparse.put(begin, data)
        else:
            copy_into(join.sparse, begin, body)
        join.transfer.ambiguous |= bool(self.owner.connection.ambiguous)
        if total >= 0 and join.sparse.whole(total):
            del shared.ranges[key]
            _complete(join)


def copy_into(sparse: Sparse, at: int, body: Body) -> None:
    """Copy a large body, which stays readable."""
    for data in body.blocks(_COPY):
        sparse.put(at, data)
        at += len(data)


def give_up(join: _Join) -> None:
    """Tell of a file whose ranges did not all come."""
    join.sparse.missing = True
    _complete(join)


def _complete(join: _Join) -> None:
    body = join.sparse.body(join.total if join.total >= 0 else None)
    chain = decoders(join.codings)
    if chain and not body.missing:
        out = Body(join.owner.shared.quota)
        try:
            for block in body.blocks(_COPY):
                data = block
                for decoder in chain:
                    data = decoder.feed(data)
                out.write(data)
        except CodingError:
            join.transfer.unseen = Unseen.CODING
            out.drop()
        else:
            join.transfer.wire_sha256 = body.sha256
            body.drop()
            body = out
    elif chain is None:
        join.transfer.unseen = Unseen.CODING
    join.owner.tell(join.transfer, body)


def _span(value: bytes) -> tuple[int, int, int] | None:
    """(first, last + 1, total or -1) of a Content-Range."""
    found = _RANGE.match(value)
    if found is None:
        return None
    begin, last = int(found[1]), int(found[2])
    total = -1 if found[3] == b"*" else int(found[3])
    return (begin, last + 1, total) if last >= begin and (total < 0 or last < total) else None


class _Parts:
    """Each part of a multipart body: a file, a range of one, or a field of a form."""

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        self.told = 0
        self._body: Body | None = None
        self._fields: Headers = {}

    def part(self, head: bytes) -> None:
        """A part begins."""
        self._fields = headers(head)
        self._body = Body(self.payload.owner.shared.quota)

    def octets(self, data: bytes) -> None:
        """Content."""
        if self._body is not None:
            self._body.write(data)

    def part_end(self) -> None:
        """A part is over."""
        body, payload, fields = self._body, self.payload, self._fields
        self._body = None
        if body is None:
            return
        body.missing = body.missing or payload.lost
        encoding = first(fields, "content-transfer-encoding").strip().lower()
        if encoding in (b"base64", b"quoted-printable"):
            body = _unwrapped(body, encoding)
        name = file_name(fields)
        transfer = payload.owner.begin(
            from_client=payload.from_client, operation=payload.request.method, name=name, declared=declared_type(fields),
            kind=Kind.FILE, notes=(*payload.transfer.notes, ("part", "multipart")),
        )  # fmt: skip
        span = _span(first(fields, "content-range"))
        if span is not None and not body.missing:
            payload.transfer.name = payload.transfer.name or path_name(payload.request.target)
            payload._join(span, body, payload.fields, [])  # noqa: SLF001 - parts are the payload's own
            transfer.piece, transfer.name = True, payload.transfer.name
        if not body.size and not name:
            body.drop()
            return
        self.told += 1
        payload.owner.tell(transfer, body)


def _unwrapped(body: Body, encoding: bytes) -> Body:
    """A part in a transfer encoding of mail, which a few clients still send (RFC 7578 4.7)."""
    import base64  # noqa: PLC0415 - rare
    import binascii  # noqa: PLC0415
    import quopri  # noqa: PLC0415

    data = body.small()
    if data is None:
        return body
    try:
        plain = base64.b64decode(data) if encoding == b"base64" else quopri.decodestring(data)
    except (binascii.Error, ValueError):
        return body
    out = body.like()
    out.write(plain)
    body.drop()
    return out
