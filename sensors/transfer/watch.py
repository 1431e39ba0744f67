"""Files and messages between zones: which way they went and what is in them, live and in replay (LG, MN, NC, M, K, ML rules).

The watcher asks for the packets of flows that can carry something into or out of the protected layers, or touch a
sanitizing gateway, or are mail.  Content is examined by *examine* (a pool of unprivileged workers): live it goes on beside
the packets, a replay waits for it.  Without an examiner content is *incomplete*, never *none found*.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from segmentation.model.addresses import AddressSet
from segmentation.model.finding import Finding, FlowState, Where
from segmentation.model.gateways import GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.zones import ZoneKind
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.rows import record
from sensors.streams.table import Connection, StreamLimits
from sensors.transfer.exchange import Exchange
from sensors.transfer.gateway_log import Delivery, LogEntry
from sensors.transfer.pairing import Pairing
from sensors.transfer.protocols.base import Kind, Transfer
from sensors.transfer.protocols.bodies import Quota
from sensors.transfer.reconciling import account
from sensors.transfer.ruling import Case, outbound, rulings
from sensors.transfer.sink import FileSink
from sensors.transfer.verdict import ContentVerdict
from sensors.transfer.way import SANITIZERS, Proof, Way, Ways, content_of
from sensors.watch.basis import Watch, witness
from sensors.watch.watcher import FlowChanges, FlowTable

_LISTED = 1000
_DELIVERIES = 1 << 16
_MAIL_PORTS = (25, 465, 587)
_PROTECTED = frozenset({ZoneKind.LGWAN, ZoneKind.MYNUMBER})
_MAIL_ENDS = frozenset({GatewayKind.MAIL_RELAY, GatewayKind.MAIL_SANITIZER})
Cell = tuple[str, str, str, str, str]


class Examine(Protocol):
    """Hands a file to be examined; ``None`` when there is no room.  The sink is closed by it in any case."""

    def submit(self, sink: FileSink, name: str, declared: str, context: str) -> Future[ContentVerdict] | None:
        """Examine."""


@dataclass(slots=True)
class _Open:
    transfer: Transfer
    way: Way
    flow: np.void
    future: Future[ContentVerdict] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One transfer as reports show it; no content, no addresses of people."""

    at_ns: int
    protocol: str
    kind: str
    operation: str
    src_zone: str
    dst_zone: str
    name: str
    type: str
    size: int
    sha256: str
    path: str
    content: str
    proof: str
    unseen: str
    factors: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What was seen: counts by layers, path, content and proof; around gateways by layers; the newest transfers."""

    cells: dict[Cell, int] = field(default_factory=dict)
    bypasses: dict[tuple[str, str], int] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)


class TransferWatch(Watch):
    """Judges transfers.

    Counters: those of streams and readers (see :mod:`sensors.streams.table`, :mod:`sensors.transfer.protocols.bodies`), and
    ``transfers``, ``transfers_not_examined``, ``transfers_not_listed``, ``deliveries_limit``, ``pairing_limit``.
    *waits*: a tick waits for content (replay).  *logs*: entries of gateways' own logs, by gateway.
    """

    name = "transfers"
    classes = Tapped.TRANSFER

    def __init__(
        self, judge: Judge, *, examine: Examine | None = None, waits: bool = False, limits: StreamLimits | None = None,
        quota: Quota | None = None, logs: Mapping[str, Iterable[LogEntry]] | None = None,
    ) -> None:  # fmt: skip
        self.tally = Tally()
        self._examine, self._waits = examine, waits
        self._exchange = Exchange(self._take, limits=limits, quota=quota, wanted=self._wanted)
        self._open: list[_Open] = []
        self._logs = {g: sorted(entries) for g, entries in (logs or {}).items()}
        self._deliveries: OrderedDict[str, list[tuple[Delivery, Way, np.void]]] = OrderedDict()
        super().__init__(judge)
        self.counts = self._exchange.counts
        self._pairing = Pairing(self._exchange.counts)

    # --- which packets
    def reload(self, judge: Judge) -> None:
        """Take the judge over."""
        super().reload(judge)
        self._ways = Ways(judge)
        zones = judge.zonemap.zones
        self._kinds = [judge.model.zones[z].kind if z in judge.model.zones else None for z in zones]
        self._layers = [judge.model.layer(z).id if z in judge.model.zones else "" for z in zones]
        gateways = judge.model.gateways.values()
        self._faces = AddressSet.union([f.addresses for g in gateways if g.kind in SANITIZERS | _MAIL_ENDS for f in g.faces])
        self._face_zones = {f.zone for g in gateways if g.kind in SANITIZERS | _MAIL_ENDS for f in g.faces}

    def decisions(self, judge: Judge) -> Iterable[int]:
        """Those between a protected layer and another, of sanitizing gateways' zones, and of mail."""
        model = judge.model
        for d in judge.decisions:
            if not (d.src_zone and d.dst_zone):
                if {model.zones[z].kind for z in (d.src_zone, d.dst_zone) if z} & _PROTECTED:
                    yield d.index
                continue
            a, b = model.zones[d.src_zone], model.zones[d.dst_zone]
            crossing = model.layer(a.id).id != model.layer(b.id).id
            mail = crossing and any(p in t.dst_ports for t in d.terms for p in _MAIL_PORTS)
            if (
                (crossing and {a.kind, b.kind} & _PROTECTED)
                or mail
                or (d.src_zone != d.dst_zone and self._face_zones & {d.src_zone, d.dst_zone})
                or self._pinned_face(d.src, d.dst)
            ):
                yield d.index

    def _pinned_face(self, src: AddressSet, dst: AddressSet) -> bool:
        """Whether a decision is about a gateway's face itself."""
        return any((s & self._faces) == s and bool(s) for s in (src, dst))

    def _wanted(self, flow: np.void) -> bool:
        """Whether a tapped flow can matter: the rest of a watched decision is left alone."""
        src, dst = int(flow["src_zone"]), int(flow["dst_zone"])
        if self._layers[src] != self._layers[dst]:
            kinds = {self._kinds[src], self._kinds[dst]}
            if kinds & _PROTECTED or int(flow["dport"]) in _MAIL_PORTS:
                return True
        shown = record("", flow)
        return any(a in self._faces.family(shown.family) for a in (shown.src, shown.dst))

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:
        """Read packets."""
        self._exchange.feed(block, taps, flows)

    def on_flows(self, flows: FlowChanges) -> None:
        """End what has ended."""
        for row in flows.rows[flows.ended].tolist():
            self._exchange.end(row)

    # --- what came of them
    def _take(self, transfer: Transfer) -> None:
        """A transfer is complete: have it examined, and judge its way."""
        connection: Connection = transfer.connection
        flow = self._exchange.flow(connection)
        told = record("", flow)
        from_initiator = (transfer.sender == 1) == bool(flow["initiator_b"])
        if transfer.kind is Kind.SCREEN:
            from_initiator = False
        judged = replace(told.flow(None, None), at=transfer.first_ns / 1e9)
        way = self._ways.way(judged, from_initiator=from_initiator)
        self.count("transfers")
        future = None
        body = transfer.body
        if body is not None:
            # Pieces and containers are examined as what they are parts of, or by their parts.
            sink = None if transfer.piece or transfer.container else body.take()
            if sink is None:
                body.drop()
            elif self._examine is not None:
                future = self._examine.submit(
                    sink, transfer.name, transfer.declared, "mail" if transfer.kind is Kind.MAIL else ""
                )
            else:
                sink.close()
            transfer.body = None
            if future is None and not (transfer.piece or transfer.container):
                self.count("transfers_not_examined")
        entering = way.into is not None and way.out_of is None
        if entering and way.into is not None and transfer.sha256 and not (transfer.piece or transfer.container):
            self._pairing.entered(way.into.id, transfer.sha256, transfer.last_ns)
        self._open.append(_Open(transfer, way, flow, future))

    def tick(self, now_ns: int) -> Iterable[Finding]:
        """What was found; content that is still being examined waits for another tick, unless this is a replay."""
        waiting = []
        for each in self._open:
            if each.future is not None and not (self._waits or each.future.done()):
                waiting.append(each)
            else:
                self._conclude(each)
        self._open = waiting
        return super().tick(now_ns)

    def finish(self) -> Iterable[Finding]:
        """The capture is over: everything that is open is concluded, and the gateways' logs are compared."""
        self._exchange.finish()
        self._waits = True
        found = [*self.tick(0)]
        for gateway, entries in sorted(self._logs.items()):
            account(self, gateway, entries, self._deliveries.get(gateway, []))
        found.extend(self.found)
        self.found = []
        return found

    def _conclude(self, each: _Open) -> None:
        transfer, way = each.transfer, each.way
        verdict = each.future.result() if each.future is not None else None
        content = content_of(transfer, verdict)
        proof = self._proof(transfer, way)
        if not (transfer.piece or transfer.container):
            self._record(transfer, way, verdict, content.value, proof)
        case = Case(
            transfer, way, verdict, self.judge,
            unchanged=way.delivered and way.out_of is not None
            and self._pairing.unchanged(way.out_of.id, transfer.sha256, transfer.last_ns),
            around=self._pairing.around(transfer.sha256, transfer.last_ns) if transfer.sha256 else "",
        )  # fmt: skip
        told = [*rulings(case)]
        if transfer.kind is Kind.MAIL:
            told += outbound(case, relay=self._ways.relay(way.src))
        for ruling in told:
            fields = dict(ruling.fields)
            detail = (
                ("protocol", transfer.protocol), ("sha256", transfer.sha256), ("size", str(transfer.size)),
                ("path", way.path.value), ("content", content.value), ("proof", proof.value), *fields.pop("detail", ()),
            )  # fmt: skip
            self.find(
                ruling.rule, message=ruling.message, cause=ruling.cause, key=ruling.cause, src_zone=way.src_zone,
                dst_zone=way.dst_zone, state=FlowState.DATA, conduit=way.verdict.conduit, exception=way.verdict.exception,
                where=Where(
                    first_packet=transfer.first_number, last_packet=transfer.last_number, first_ns=transfer.first_ns,
                    last_ns=transfer.last_ns,
                ),
                witness=witness(each.flow), detail=detail, **fields,
            )  # fmt: skip
        if way.delivered and way.out_of is not None and transfer.sha256 and not (transfer.piece or transfer.container):
            held = self._deliveries.setdefault(way.out_of.id, [])
            if len(held) < _DELIVERIES:
                held.append((Delivery(transfer.last_ns, transfer.sha256, transfer.size, transfer.first_number), way, each.flow))
            else:
                self.count("deliveries_limit")

    def _proof(self, transfer: Transfer, way: Way) -> Proof:
        """What says that it was made safe; a header is believed only from the gateway's own address."""
        if way.out_of is None:
            return Proof.NONE
        entries = self._logs.get(way.out_of.id, [])
        if any(e.sha256 and e.sha256 == transfer.sha256 for e in entries):
            return Proof.HASH
        if any(
            not e.sha256 and (e.size in (-1, transfer.size)) and abs(e.at_ns - transfer.last_ns) <= 300 * 10**9 for e in entries
        ):
            return Proof.LOG
        return Proof.CLAIM if transfer.claims_sanitized else Proof.NONE

    def _record(self, t: Transfer, way: Way, verdict: ContentVerdict | None, content: str, proof: Proof) -> None:
        """Count it, and list it."""
        cell = (way.src_layer, way.dst_layer, way.path.value, content, proof.value)
        self.tally.cells[cell] = self.tally.cells.get(cell, 0) + 1
        if way.path.value == "bypass":
            pair = (way.src_layer, way.dst_layer)
            self.tally.bypasses[pair] = self.tally.bypasses.get(pair, 0) + 1
        if len(self.tally.listed) >= _LISTED:
            self.count("transfers_not_listed")
            return
        self.tally.listed.append(Listed(
            at_ns=t.first_ns, protocol=t.protocol, kind=t.kind.value, operation=t.operation, src_zone=way.src_zone,
            dst_zone=way.dst_zone, name="" if t.kind is Kind.MAIL else t.name, type=verdict.type if verdict is not None else "",
            size=t.size, sha256=t.sha256, path=way.path.value, content=content, proof=proof.value, unseen=t.unseen.value,
            factors=tuple(sorted(f.value for f in verdict.names)) if verdict is not None else (),
        ))  # fmt: skip
