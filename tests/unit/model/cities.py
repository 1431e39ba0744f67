"""Small zone models built by hand, for tests of the judge."""

from __future__ import annotations

import datetime as dt

from segmentation.model.addresses import Address, AddressSet, Mac
from segmentation.model.conduits import Conduit, ConduitKind, DataDirection, Pin, TimeWindow
from segmentation.model.flow import Flow
from segmentation.model.intervals import IntervalSet
from segmentation.model.network import ZoneModel
from segmentation.model.policy import MynumberExternal, Policy, PolicyDocument, Sanitize
from segmentation.model.registers import Person, PolicyException
from segmentation.model.services import ALL_PORTS, Service, ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, Party, Zone, ZoneKind


def text(s: str) -> Text:
    return Text(s, s)


def zone(zone_id: str, kind: ZoneKind, *networks: str, **fields: object) -> Zone:
    return Zone(id=zone_id, name=text(zone_id), kind=kind, networks=AddressSet.union(map(AddressSet.parse, networks)), **fields)  # type: ignore[arg-type]


def party(*networks: str) -> Party:
    addresses = AddressSet.union(map(AddressSet.parse, networks))
    return Party(networks=addresses, addresses=addresses)


def service(service_id: str, protocol: int, *ports: int) -> Service:
    dst = IntervalSet.from_iter((p, p) for p in ports) if ports else ALL_PORTS
    return Service(id=service_id, name=text(service_id), terms=(ServiceTerm(IntervalSet.single(protocol), ALL_PORTS, dst),))


def conduit(conduit_id: str, kind: ConduitKind, src: str, dst: str, *services: str, **fields: object) -> Conduit:
    return Conduit(
        id=conduit_id, name=text(conduit_id), kind=kind, initiator=party(*src.split()), responder=party(*dst.split()),
        services=services or ("https",), **{"data": DataDirection.BOTH, **fields},  # type: ignore[arg-type]
    )  # fmt: skip


ZONES = (
    zone("MN", ZoneKind.MYNUMBER, "10.10.0.0/16", "fd00:10::/32"),
    zone("mn-srv", ZoneKind.MYNUMBER, "10.10.10.0/24", "fd00:10:10::/48", parent="MN", vlans=(110,)),
    zone("mn-term", ZoneKind.MYNUMBER, "10.10.11.0/24", parent="MN", vlans=(111,)),
    zone("mn-test", ZoneKind.MYNUMBER, "10.10.18.0/24", parent="MN", isolated=True),
    zone("LG", ZoneKind.LGWAN, "10.20.0.0/16", "fd00:20::/32"),
    zone("LW", ZoneKind.LGWAN_NETWORK, "10.210.0.0/16"),
    zone("IN", ZoneKind.INTERNET, "10.30.0.0/16"),
    zone("SC", ZoneKind.SECURITY_CLOUD, "10.254.1.0/24"),
    zone("EX", ZoneKind.EXTERNAL_PEER, "172.16.80.0/24", "172.16.90.0/24"),
    zone("MG", ZoneKind.MANAGEMENT, "10.90.0.0/24"),
    zone("guest", ZoneKind.GUEST, "10.39.0.0/22"),
    zone("NET", ZoneKind.OUTSIDE),
)
SERVICES = (
    service("https", 6, 443),
    service("smtp", 6, 25),
    service("rdp", 6, 3389),
    service("dns", 17, 53),
    service("all", 6),
)
PINNED = Mac.parse("00:00:5e:00:53:15")

CONDUITS = (
    conduit("C03", ConduitKind.SPECIFIC, "10.10.11.21", "172.16.80.10",
            pins=(Pin(side="initiator", address=Address.parse("10.10.11.21"), mac=PINNED),)),
    conduit("C12", ConduitKind.MAINTENANCE, "172.16.90.5", "10.90.0.30", "rdp", exception="EX-1",
            window=TimeWindow(frozenset({2}), 13 * 60, 17 * 60)),
    conduit("C20", ConduitKind.SCREEN_TRANSFER, "10.20.16.0/21", "10.30.20.11", data=DataDirection.TO_INITIATOR),
    conduit("C23", ConduitKind.EXPORT, "10.20.10.25", "10.30.40.6", "smtp", data=DataDirection.TO_RESPONDER),
    conduit("C30", ConduitKind.EGRESS, "10.30.0.0/16", "10.254.1.10"),
)  # fmt: skip
EXCEPTION = PolicyException(
    id="EX-1", name=text("保守"), clauses=("3.8.4",), reason="更新", measure="立会",
    applicant=Person("甲", "情報システム管理者"), approver=Person("乙", "CISO"),
    decided_on=dt.date(2026, 4, 1), expires_on=dt.date(2026, 9, 30),
)  # fmt: skip


def city(*extra: Conduit, kind: ModelKind = ModelKind.ALPHA, zones: tuple[Zone, ...] = ZONES) -> ZoneModel:
    return ZoneModel(
        organisation=text("市"), profile="test", kind=kind,
        zones={z.id: z for z in zones}, services={s.id: s for s in SERVICES},
        conduits={c.id: c for c in (*CONDUITS, *extra)}, exceptions={EXCEPTION.id: EXCEPTION},
    )  # fmt: skip


def policy(**fields: object) -> Policy:
    return Policy(profile="test", organisation=text("市"), document=PolicyDocument(title="方針"), **fields)  # type: ignore[arg-type]


STRICT = policy()
BOTH_WAYS = policy(sanitize=Sanitize(scope="both"))
LOOSE = policy(sanitize=Sanitize(scope="both", allow_other_with_reason=True), mynumber=MynumberExternal(in_principle=True))


def at(when: str) -> float:
    """Seconds since the epoch of a local (+09:00) time ``2026-08-19 14:00``."""
    return dt.datetime.fromisoformat(when + ":00+09:00").timestamp()


def flow(src: str, dst: str, port: int = 443, protocol: int = 6, **fields: object) -> Flow:
    a, b = Address.parse(src), Address.parse(dst)
    return Flow(family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=40000, dport=port, **fields)  # type: ignore[arg-type]
