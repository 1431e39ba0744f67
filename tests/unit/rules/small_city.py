"""A small city in which no rule finds anything, and ways to break it one thing at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from segmentation.model.addresses import Address, AddressSet, Mac
from segmentation.model.conduits import (
    Approval,
    Conduit,
    ConduitKind,
    DataDirection,
    DecryptDecision,
    PeerStatement,
    Pin,
    PublicInstitution,
    Reachability,
    TimeWindow,
)
from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import Face, Gateway, GatewayKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy, PolicyDocument
from segmentation.model.registers import (
    Attachment,
    Attestation,
    ChangeRecord,
    Contact,
    DeviceRecord,
    Diagram,
    ExternalConnection,
    InterfaceZones,
    Person,
    PolicyException,
    Review,
    SensorRecord,
)
from segmentation.model.services import ALL_PORTS, ANY_SERVICE, Service, ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint, ModelKind, Party, Zone, ZoneKind
from segmentation.rules.registry import check_model, get

AT = dt.date(2026, 8, 20)
T = TypeVar("T")


def name(text: str) -> Text:
    return Text(f"名称{text}", f"name of {text}")


def at_line(line: int) -> Location:
    return Location("zones.toml", line, 1)


ZONES = {
    z.id: z
    for z in (
        Zone(
            id=i,
            name=name(i),
            kind=k,
            networks=AddressSet.union(map(AddressSet.parse, nets)),
            parent=parent,
            location=at_line(n),
        )
        for n, (i, k, nets, parent) in enumerate(
            (
                ("mn", ZoneKind.MYNUMBER, ["10.1.0.0/16"], ""),
                ("mn-term", ZoneKind.MYNUMBER, ["10.1.2.0/24"], "mn"),
                ("mn-cloud", ZoneKind.MYNUMBER, ["10.110.0.0/24"], "mn"),
                ("lg", ZoneKind.LGWAN, ["10.2.0.0/16"], ""),
                ("lg-term", ZoneKind.LGWAN, ["10.2.16.0/24"], "lg"),
                ("in", ZoneKind.INTERNET, ["10.3.0.0/16"], ""),
                ("mg", ZoneKind.MANAGEMENT, ["10.7.0.0/24"], ""),
                ("sc", ZoneKind.SECURITY_CLOUD, ["10.8.0.0/24"], ""),
                ("lw", ZoneKind.LGWAN_NETWORK, ["10.9.0.0/16"], ""),
                ("ex", ZoneKind.EXTERNAL_PEER, ["172.16.0.0/24"], ""),
                ("guest", ZoneKind.GUEST, ["10.39.0.0/24"], ""),
                ("net", ZoneKind.OUTSIDE, [], ""),
            ),
            1,
        )
    )
}


def host(host_id: str, zone: str, address: str, mac: str = "", **more: Any) -> Endpoint:
    macs = (Mac.parse(mac),) if mac else ()
    return Endpoint(
        id=host_id, name=name(host_id), zone=zone, addresses=AddressSet.parse(address), macs=macs,
        location=at_line(100), **more,
    )  # fmt: skip


HOSTS = {
    h.id: h
    for h in (
        host("tax", "mn", "10.1.1.13", "00:00:5e:00:53:0d", tags=frozenset({"個人番号利用事務"}), business=("税",)),
        host("counter", "mn-term", "10.1.2.21", "00:00:5e:00:53:15", business=("医療",)),
        host("register", "mn", "10.1.1.11", "00:00:5e:00:53:0b"),
        host("cloud", "mn-cloud", "10.110.0.10"),
        host("finance", "lg", "10.2.1.12", "00:00:5e:00:53:60", tags=frozenset({"財務会計"})),
        host("lg-mail", "lg", "10.2.1.25"),
        host("lg-pc", "lg-term", "10.2.16.7"),
        host("textiser", "lg", "10.2.40.4"),
        host("cdr", "lg", "10.2.40.5"),
        host("out-relay", "in", "10.3.40.6"),
        host("browser", "in", "10.3.20.11"),
        host("in-pc", "in", "10.3.16.20"),
        host("proxy", "sc", "10.8.0.10"),
        host("sc-mail", "sc", "10.8.0.25"),
        host("exchange", "lw", "10.9.1.10"),
        host("asp", "lw", "10.9.20.10"),
        host("union", "ex", "172.16.0.10"),
        host("vendor", "ex", "172.16.0.90"),
        host("jump", "mg", "10.7.0.30", "00:00:5e:00:53:b0"),
    )
}


def tcp(*ports: int) -> ServiceTerm:
    return ServiceTerm(IntervalSet.single(6), ALL_PORTS, IntervalSet.from_iter((p, p) for p in ports))


SERVICES = {
    s: Service(id=s, name=name(s), terms=terms)
    for s, terms in {
        "https": (tcp(443),),
        "smtp": (tcp(25),),
        "proxy": (tcp(8080),),
        "rdp": (tcp(3389),),
        "ssh": (tcp(22),),
        "smb": (tcp(445),),
        "dns": (ServiceTerm(IntervalSet.single(17), ALL_PORTS, IntervalSet.single(53)),),
        "range": (ServiceTerm(IntervalSet.single(6), ALL_PORTS, IntervalSet.of((5000, 5010))),),
        "any": (ANY_SERVICE,),
    }.items()
}


def party(*members: str) -> Party:
    """Zones and hosts by ID, and literal networks."""
    zones = tuple(m for m in members if m in ZONES)
    hosts = tuple(m for m in members if m in HOSTS)
    networks = AddressSet.union(AddressSet.parse(m) for m in members if m not in ZONES and m not in HOSTS)
    known = [ZONES[z].networks for z in zones] + [HOSTS[h].addresses for h in hosts]
    return Party(zones=zones, endpoints=hosts, networks=networks, addresses=AddressSet.union([*known, networks]))


APPROVED = (
    Approval(role="CISO", name="中村 正", decided_on=dt.date(2026, 3, 25), document="第1号"),
    Approval(role="統括情報セキュリティ責任者", name="小林 浩", decided_on=dt.date(2026, 3, 24), document="第2号"),
)
DECIDED = DecryptDecision(decrypt=False, reason="理由", decider="小林 浩", decided_on=dt.date(2026, 3, 24))
STATED = PeerStatement(internet_reachable=Reachability.NO, stated_on=dt.date(2026, 4, 1), document="第3号")
OFFICE = TimeWindow(frozenset({2}), 13 * 60, 17 * 60)


def pin(side: str, host_id: str, enforced_by: str = "fw", evidence: str = "") -> Pin:
    endpoint = HOSTS[host_id]
    return Pin(
        side=side, address=Address(4, endpoint.addresses.v4.low), mac=endpoint.macs[0] if endpoint.macs else None,
        enforced_by=enforced_by, evidence=evidence,
    )  # fmt: skip


def conduit(
    conduit_id: str,
    kind: ConduitKind,
    initiator: Party,
    responder: Party,
    service: str = "https",
    data: DataDirection = DataDirection.BOTH,
    **more: Any,
) -> Conduit:
    fields: dict[str, Any] = {"decrypt": DECIDED, "approvals": APPROVED, **more}
    return Conduit(
        id=conduit_id, name=name(conduit_id), kind=kind, initiator=initiator, responder=responder, services=(service,),
        data=data, location=at_line(200), **fields,
    )  # fmt: skip


K, D = ConduitKind, DataDirection
CONDUITS = {
    c.id: c
    for c in (
        conduit(
            "exchange",
            K.PUBLIC_INSTITUTION,
            party("tax"),
            party("exchange"),
            pins=(pin("initiator", "tax"),),
            institution=PublicInstitution(operator="機構", system="中間サーバー", legal_basis="番号法", via_lgwan=True),
        ),
        conduit("union", K.SPECIFIC, party("counter"), party("union"), pins=(pin("initiator", "counter"),), peer=STATED),
        conduit("pay", K.SPECIFIC, party("tax"), party("finance"), "ssh", D.TO_RESPONDER, pins=(pin("initiator", "tax"),)),
        conduit("cloud", K.ZONE_EXTENSION, party("mn"), party("cloud")),
        conduit("vendor", K.MAINTENANCE, party("vendor"), party("jump"), "rdp", peer=STATED, window=OFFICE, exception="EX-1"),
        conduit(
            "vendor-in",
            K.MAINTENANCE,
            party("jump"),
            party("register"),
            "rdp",
            pins=(pin("responder", "register"),),
            window=OFFICE,
            exception="EX-1",
        ),
        conduit("screen", K.SCREEN_TRANSFER, party("lg-term"), party("browser"), data=D.TO_INITIATOR, gateway="rbi"),
        conduit("mail-in", K.MAIL_TEXT, party("textiser"), party("lg-mail"), "smtp", D.TO_RESPONDER, gateway="textiser"),
        conduit("file-in", K.FILE_CDR, party("lg-term"), party("cdr"), data=D.TO_INITIATOR, gateway="cdr"),
        conduit("mail-out", K.EXPORT, party("lg-mail"), party("out-relay"), "smtp", D.TO_RESPONDER, gateway="out-relay"),
        conduit("web", K.EGRESS, party("in-pc", "browser"), party("proxy"), "proxy", gateway="sc"),
        conduit("mail-net", K.EGRESS, party("out-relay"), party("sc-mail"), "smtp", D.TO_RESPONDER, gateway="sc"),
        conduit("asp", K.LGWAN_SERVICE, party("lg-term"), party("asp")),
    )
}


def gateway(gateway_id: str, kind: GatewayKind, *hosts: str, clients: Party = Party(), **more: Any) -> Gateway:
    faces = tuple(Face(zone=HOSTS[h].zone, addresses=HOSTS[h].addresses) for h in hosts)
    return Gateway(id=gateway_id, name=name(gateway_id), kind=kind, faces=faces, clients=clients, location=at_line(300), **more)


G = GatewayKind
GATEWAYS = {
    g.id: g
    for g in (
        gateway("rbi", G.SCREEN_SERVER, "browser"),
        gateway("textiser", G.MAIL_SANITIZER, "textiser", method="text", log="textiser.log"),
        gateway("cdr", G.FILE_SANITIZER, "cdr", method="rebuild", log="cdr.log"),
        gateway("lg-mail", G.MAIL_RELAY, "lg-mail", clients=party("lg-pc")),
        gateway("out-relay", G.MAIL_RELAY, "out-relay", clients=party("lg-mail")),
        gateway("sc", G.SECURITY_CLOUD, "proxy", "sc-mail", clients=party("in")),
        gateway("jump", G.JUMP_HOST, "jump", clients=party("vendor")),
    )
}
HASH = "ab" * 32
EXCEPTION = PolicyException(
    id="EX-1", name=name("EX-1"), clauses=("3.4(1)①",), reason="移行作業", measure="踏み台と時間帯の限定",
    applicant=Person("渡辺 誠", "情報システム管理者"), approver=Person("中村 正", "CISO"),
    decided_on=dt.date(2026, 5, 20), expires_on=dt.date(2026, 9, 30),
    initiator=party("vendor", "jump"), responder=party("jump", "register"), services=("rdp",), window=OFFICE,
    attachments=(Attachment(path="EX-1.pdf", sha256=HASH),), location=at_line(400),
)  # fmt: skip
DEVICES = {
    "fw": DeviceRecord(
        id="fw", name=name("fw"),
        interfaces=(InterfaceZones(interface="port1", zones=("mn",)), InterfaceZones(interface="port2", zones=("lg",))),
        matches_mac=True, changed_on=dt.date(2026, 6, 10), support_ends_on=dt.date(2030, 3, 31), location=at_line(500),
    ),
    "branch": DeviceRecord(
        id="branch", name=name("branch"), interfaces=(InterfaceZones(interface="lan1", zones=("mn",)),), contractor="保守会社",
        location=at_line(510),
    ),
}  # fmt: skip
LINES = {
    line: ExternalConnection(
        id=line, name=name(line), line=kind, zones=zones, approvals=APPROVED, survey="調査", liability="契約書",
        disconnection="手順書", not_via_lgwan_reason="相手方が未接続のため", location=at_line(600),
    )
    for line, kind, zones in (
        ("line-lw", "lgwan", ("lw",)), ("line-ex", "closed", ("ex",)), ("line-sc", "closed", ("sc",)),
        ("line-cloud", "closed", ("mn-cloud",)),
    )
}  # fmt: skip
REVIEWS = (
    Review(kind="inspection", done_on=dt.date(2026, 7, 28), by="山本 恵", report="点検-1", sha256=HASH, location=at_line(700)),
    Review(kind="lint", done_on=dt.date(2026, 6, 10), by="渡辺 誠", location=at_line(710)),
    Review(kind="log_review", done_on=dt.date(2026, 8, 3), by="渡辺 誠", location=at_line(720)),
)
CHANGE = ChangeRecord(
    id="CH-1", changed_on=dt.date(2026, 6, 10), devices=("fw",), doer="保守 太郎", checker="渡辺 誠", applicant="渡辺 誠",
    approver="小林 浩", location=at_line(800),
)  # fmt: skip
CONTACTS = tuple(
    Contact(role=r, name=f"{r}担当", phone="0000-00-0000", location=at_line(900)) for r in ("ciso", "mic", "prefecture", "ppc")
)
ATTESTATIONS = tuple(
    Attestation(rule=r, statement="確認した", by="渡辺 誠", on=dt.date(2026, 4, 20), location=at_line(950))
    for r in ("MN-19", "MN-21", "LG-07")
)
SENSORS = {
    "s1": SensorRecord(
        id="s1", name=name("s1"), zone="mn",
        boundaries=(
            ("mn", "lw"), ("mn", "ex"), ("mn", "lg"), ("mn", "mg"), ("lg", "in"), ("in", "sc"), ("lg", "lw"),
        ),
    )
}  # fmt: skip
CITY = ZoneModel(
    organisation=Text("小さな市", "Small City"), profile="test", kind=ModelKind.ALPHA, zones=ZONES, endpoints=HOSTS,
    services=SERVICES, conduits=CONDUITS, gateways=GATEWAYS, exceptions={"EX-1": EXCEPTION}, devices=DEVICES,
    sensors=SENSORS, external_connections=LINES, changes=(CHANGE,), reviews=REVIEWS, contacts=CONTACTS,
    attestations=ATTESTATIONS,
    diagram=Diagram(version="3", dated=dt.date(2026, 6, 12), confidentiality=3, location=at_line(990)),
    operators=("渡辺 誠",), file="zones.toml",
)  # fmt: skip
#: Rules of other schemes do not apply to this city, as profiles say of theirs.
FOREIGN_RULES = ("K-01", "K-02", "K-03", "M-01", "O-01", "O-02", "O-03", "Y-01", "Y-02", "Y-03")
POLICY = Policy(
    profile="test",
    organisation=Text("小さな市", "Small City"),
    document=PolicyDocument(title="規程"),
    inapplicable={r: Text("別の方式", "another scheme") for r in FOREIGN_RULES},
)


def policy(*, applies: Iterable[str] = (), **changes: Any) -> Policy:
    """The test policy with some settings changed and some rules of other schemes applied."""
    wanted = set(applies)
    return replace(POLICY, inapplicable={k: v for k, v in POLICY.inapplicable.items() if k not in wanted}, **changes)


def put(mapping: Mapping[str, T], *entries: T) -> dict[str, T]:
    """The mapping with entries added or replaced by their ID."""
    return dict(mapping) | {e.id: e for e in entries}  # type: ignore[attr-defined]


def with_conduits(*conduits: Conduit, model: ZoneModel = CITY) -> ZoneModel:
    return replace(model, conduits=put(model.conduits, *conduits))


def change_conduit(conduit_id: str, model: ZoneModel = CITY, **changes: Any) -> ZoneModel:
    return with_conduits(replace(model.conduits[conduit_id], **changes), model=model)


def with_hosts(*hosts: Endpoint, model: ZoneModel = CITY) -> ZoneModel:
    return replace(model, endpoints=put(model.endpoints, *hosts))


def with_gateways(*gateways: Gateway, model: ZoneModel = CITY) -> ZoneModel:
    return replace(model, gateways=put(model.gateways, *gateways))


def change_exception(**changes: Any) -> ZoneModel:
    return replace(CITY, exceptions={"EX-1": replace(EXCEPTION, **changes)})


def change_line(connection: str, **changes: Any) -> ZoneModel:
    return replace(CITY, external_connections=put(LINES, replace(LINES[connection], **changes)))


def check(model: ZoneModel, rules: Policy = POLICY, at: dt.date = AT) -> list[Finding]:
    return check_model(model, rules, at)


def only(rule: str, model: ZoneModel, rules: Policy = POLICY, at: dt.date = AT) -> list[Finding]:
    """The findings of one rule, each with complete texts."""
    found = [f for f in check(model, rules, at) if f.rule == rule]
    for f in found:
        assert "{" not in f.message.ja + f.message.en
        assert f.message.ja
        assert f.message.en
        assert f.where.location.file == "zones.toml"
        assert f.cause
        assert f.key
    assert len({f.fingerprint for f in found}) == len(found)
    assert get(rule).check is not None
    return found


def one(rule: str, model: ZoneModel, rules: Policy = POLICY, at: dt.date = AT) -> Finding:
    """The single finding of a rule."""
    found = only(rule, model, rules, at)
    assert len(found) == 1, [f.message.en for f in found]
    return found[0]


CRITICAL, HIGH, MEDIUM, LOW, INFO = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO
