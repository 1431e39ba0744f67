"""Which way a transfer went: between which zones, through which gateway face, over which conduit, in which direction of data.

Path, content and proof are three results and none stands for another: having passed a gateway says nothing about content,
finding nothing is not being clean, and what is encrypted was not observed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from segmentation.model.addresses import Address
from segmentation.model.conduits import SANITIZING_KINDS, Conduit, ConduitKind, DataDirection
from segmentation.model.flow import Flow, Verdict, VerdictKind
from segmentation.model.gateways import Gateway, GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.zones import ZoneKind
from sensors.transfer.protocols.base import Kind, Transfer, Unseen
from sensors.transfer.verdict import Content, ContentVerdict, Factor

#: Gateways that make content safe.
SANITIZERS = frozenset({GatewayKind.MAIL_SANITIZER, GatewayKind.FILE_SANITIZER})
#: Where data comes from that must be made safe before it is in the LGWAN layer.
UNSAFE = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD})
#: What an attachment, a link or a page alone says is not yet a danger; text-only mail has its own rule.
_MILD = frozenset(
    {Factor.ATTACHMENT, Factor.HTML_BODY, Factor.URI, Factor.METADATA_PAYLOAD, Factor.NESTED_ARCHIVE, Factor.GOTO_REMOTE}
)


class Path(enum.StrEnum):
    """Whether it came the right way."""

    VIA_GATEWAY = "via_gateway"
    BYPASS = "bypass"
    UNKNOWN = "unknown"
    OTHER = "other"  # between zones for which no sanitizing is asked


class Proof(enum.StrEnum):
    """What says that it was made safe, strongest first."""

    HASH = "hash_proven"  # the gateway's own log has its SHA-256
    LOG = "log_weak"  # an entry of the log fits in time, and size or name
    CLAIM = "header_claim"  # a header says so, from the gateway's own address
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of one transfer; zones are those of its sender and receiver, whoever opened the connection."""

    flow: Flow
    verdict: Verdict
    src: Address  # of the sender
    dst: Address  # of the receiver
    src_zone: str
    dst_zone: str
    src_kind: ZoneKind | None
    dst_kind: ZoneKind | None
    src_layer: str
    dst_layer: str
    conduit: Conduit | None
    out_of: Gateway | None  # the sanitizer whose face sends
    into: Gateway | None  # the sanitizer whose face receives
    path: Path

    @property
    def imports(self) -> bool:
        """Whether it takes data into the LGWAN layer from where data must first be made safe."""
        return self.dst_kind is ZoneKind.LGWAN and self.src_kind in UNSAFE

    @property
    def exports(self) -> bool:
        """Whether it takes data out of the LGWAN layer to there."""
        return self.src_kind is ZoneKind.LGWAN and self.dst_kind in UNSAFE

    @property
    def delivered(self) -> bool:
        """Whether a sanitizer delivers it into the LGWAN layer."""
        return self.dst_kind is ZoneKind.LGWAN and self.out_of is not None


class Ways:
    """Judges ways under one zone model and policy."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        model = judge.model
        self._faces: list[tuple[Gateway, str, object]] = [
            (g, f.zone, f.addresses) for g in model.gateways.values() if g.kind in SANITIZERS for f in g.faces
        ]
        self.relays = [
            f.addresses for g in model.gateways.values()
            if g.kind in (GatewayKind.MAIL_RELAY, GatewayKind.MAIL_SANITIZER, GatewayKind.SECURITY_CLOUD) for f in g.faces
        ]  # fmt: skip

    def sanitizer(self, address: Address) -> Gateway | None:
        """The sanitizing gateway that has *address*."""
        for gateway, _zone, addresses in self._faces:
            if address.value in addresses.family(address.family):  # type: ignore[attr-defined]
                return gateway
        return None

    def relay(self, address: Address) -> bool:
        """Whether it is a registered mail gateway's."""
        return any(address.value in a.family(address.family) for a in self.relays)

    def way(self, flow: Flow, *, from_initiator: bool) -> Way:
        """The way of data that moved in *flow*."""
        data = DataDirection.TO_RESPONDER if from_initiator else DataDirection.TO_INITIATOR
        flow = replace(flow, data=data)
        verdict = self.judge.judge(flow)
        src, dst = (flow.src_address, flow.dst_address) if from_initiator else (flow.dst_address, flow.src_address)
        zones = (verdict.src_zone, verdict.dst_zone) if from_initiator else (verdict.dst_zone, verdict.src_zone)
        model = self.judge.model
        kinds = tuple(model.zones[z].kind if z in model.zones else None for z in zones)
        layers = tuple(model.layer(z).id if z in model.zones else "" for z in zones)
        out_of, into = self.sanitizer(src), self.sanitizer(dst)
        conduit = model.conduits.get(verdict.conduit) if verdict.kind.allows else None
        return Way(
            flow=flow, verdict=verdict, src=src, dst=dst, src_zone=zones[0], dst_zone=zones[1], src_kind=kinds[0],
            dst_kind=kinds[1], src_layer=layers[0], dst_layer=layers[1], conduit=conduit, out_of=out_of, into=into,
            path=self._path(verdict, kinds, conduit, out_of),
        )  # fmt: skip

    def _path(
        self, verdict: Verdict, kinds: tuple[ZoneKind | None, ...], conduit: Conduit | None, out_of: Gateway | None
    ) -> Path:  # fmt: skip
        src, dst = kinds
        if src is None or dst is None:
            return Path.UNKNOWN
        if dst is ZoneKind.LGWAN and out_of is not None:
            return Path.VIA_GATEWAY if verdict.kind.allows else Path.BYPASS
        crossing = (dst is ZoneKind.LGWAN and src in UNSAFE) or (
            self.judge.policy.sanitize.scope == "both" and src is ZoneKind.LGWAN and dst in UNSAFE
        )
        if not crossing or not self.judge.policy.sanitize.required:
            return Path.OTHER
        if verdict.kind is VerdictKind.NOT_DECIDABLE:
            return Path.UNKNOWN
        if conduit is not None and conduit.kind in SANITIZING_KINDS:
            # A screen brings pictures; anything else needs the registered gateway as an end.
            return Path.VIA_GATEWAY if conduit.kind is ConduitKind.SCREEN_TRANSFER or out_of is not None else Path.UNKNOWN
        if verdict.kind is VerdictKind.EXCEPTED:
            return Path.OTHER
        return Path.BYPASS


def content_of(transfer: Transfer, verdict: ContentVerdict | None) -> Content:
    """What is known of the content of a transfer: what was not observed is never *none found*."""
    if transfer.kind in (Kind.OPAQUE, Kind.SCREEN) or (transfer.unseen is not Unseen.NONE and verdict is None):
        return Content.UNVERIFIABLE
    if verdict is None:
        return Content.INCOMPLETE
    found = verdict.content
    if found is Content.RISK_FOUND:
        return found
    if transfer.unseen is not Unseen.NONE:
        return Content.UNVERIFIABLE
    if found is Content.NONE_FOUND and (transfer.missing or transfer.ambiguous):
        return Content.INCOMPLETE
    return found


def dangers(verdict: ContentVerdict | None) -> tuple[Factor, ...]:
    """The factors that must not enter the LGWAN layer, worst first."""
    if verdict is None:
        return ()
    return tuple(sorted(verdict.names - _MILD, key=lambda f: (-f.severity, f.value)))
