"""Rows to gateways, exceptions and conduits."""

from __future__ import annotations

from segmentation.model.addresses import Address, Mac
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
from segmentation.model.gateways import Face, Gateway, GatewayKind
from segmentation.model.location import Location
from segmentation.model.registers import Attachment, Person, PolicyException
from segmentation.model.text import Text
from segmentation.zonefile import values
from segmentation.zonefile.names import ENDPOINT, EXCEPTION, GATEWAY, ZONE, ZONE_OR_DEVICE, Registry, display_name
from segmentation.zonefile.positions import Path
from segmentation.zonefile.shape import Row
from segmentation.zonefile.sink import closest
from segmentation.zonefile.tables_crossing import DAYS

_BAD_DAY = Text("「{value}」という曜日はありません。", "There is no weekday '{value}'.")
_DAY_FORM = Text("mon … sun、または 月 … 日", "mon … sun, or 月 … 日")
_EMPTY_WINDOW = Text("時間帯の始まりと終わりが同じです。", "The window begins and ends at the same time.")
_BACKWARDS = Text("「{last}」が「{first}」より前の日付です。", "'{last}' is before '{first}'.")
_IN_ORDER = Text("{first} 以後の日付", "a date on or after {first}")
_NO_PLACE = Text("ゲートウェイの面にゾーンがありません。", "A leg of the gateway has no zone.")
_PLACE = Text("endpoint(ホストの ID)または zone", "an endpoint, or a zone")
_EMPTY_PIN = Text("限定した端にアドレスも MAC もありません。", "A pinned end has neither address nor MAC.")
_PIN = Text("endpoint(ホストの ID)、address、mac のいずれか", "one of endpoint, address, mac")
_PIN_LEDGER = Text(
    "MAC「{mac}」は、台帳でこのアドレスを持つホスト「{host}」の MAC と違います。",
    "The MAC '{mac}' is not the one the ledger has for host '{host}', which holds this address.",
)
_PIN_OUTSIDE = Text(
    "限定したアドレス「{address}」はこの通信の{side}に含まれていません。",
    "The pinned address '{address}' is not part of the {side} of this conduit.",
)
_SIDE = {"initiator": Text("開始側", "initiator"), "responder": Text("受信側", "responder")}
_SHA256 = Text("SHA-256 の値が正しくありません。", "This is not a SHA-256 value.")
_SHA256_FORM = Text("16 進数 64 桁", "64 hexadecimal digits")


def window(reg: Registry, row: Row | None, path: Path) -> TimeWindow | None:
    """Days and minutes of the day."""
    if row is None or "start" not in row or "end" not in row:
        return None
    days = set()
    for n, day in enumerate(row.get("days", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))):
        if (number := DAYS.get(day.strip().lower()[:3] if day.isascii() else day[:1])) is None:
            reg.sink.error((*path, "days", n), _BAD_DAY.format(value=day), _DAY_FORM, closest(day, DAYS))
        else:
            days.add(number)
    if row["start"] == row["end"]:
        reg.sink.error((*path, "end"), _EMPTY_WINDOW, Text("start と違う時刻", "a time other than start"))
    return TimeWindow(frozenset(days), row["start"], row["end"])


def in_order(reg: Registry, row: Row, first: str, last: str, path: Path) -> None:
    """Report a last date before a first one."""
    a, b = row.get(first), row.get(last)
    if a is not None and b is not None and b < a:
        reg.sink.error((*path, last), _BACKWARDS.format(first=first, last=last), _IN_ORDER.format(first=first))


def approvals(row: Row, location: Location) -> tuple[Approval, ...]:
    """Who allowed something."""
    return tuple(
        Approval(
            role=a.get("role", ""),
            name=a.get("name", ""),
            decided_on=a.get("decided_on"),
            document=a.get("document", ""),
            location=location,
        )
        for a in row.get("approvals", ())
        if a is not None
    )


def build_gateways(reg: Registry) -> dict[str, Gateway]:
    """Gateways with their faces resolved from endpoints where they name one."""
    out = {}
    for identifier, n in reg.collect_ids("gateways").items():
        row, path = reg.tree["gateways"][n], ("gateways", n)
        faces = (_face(reg, f, (*path, "faces", m)) for m, f in enumerate(row.get("faces", ())) if f is not None)
        out[identifier] = Gateway(
            id=identifier,
            name=display_name(row),
            kind=GatewayKind(row.get("kind", GatewayKind.PROXY)),
            faces=tuple(f for f in faces if f is not None),
            clients=reg.party(row, "clients", path),
            product=row.get("product", ""),
            method=row.get("method", ""),
            criterion=row.get("criterion", ""),
            antivirus=row.get("antivirus", False),
            antivirus_only=row.get("antivirus_only", False),
            log=row.get("log", ""),
            location=reg.sink.location("gateways", n),
        )
    return out


def _face(reg: Registry, row: Row, path: Path) -> Face | None:
    zone = reg.reference(row, "zone", ZONE, reg.zones, path)
    addresses = values.addresses(row.get("address", []), (*path, "address"), reg.sink)
    macs = values.macs(row.get("mac", []), (*path, "mac"), reg.sink)
    if name := reg.reference(row, "endpoint", ENDPOINT, reg.endpoints, path):
        host = reg.endpoints[name]
        return Face(zone=zone or host.zone, addresses=host.addresses | addresses, macs=tuple(dict.fromkeys(host.macs + macs)))
    if not zone:
        if not reg.sink.touched(path):
            reg.sink.error(path, _NO_PLACE, _PLACE)
        return None
    return Face(zone=zone, addresses=addresses, macs=macs)


def build_exceptions(reg: Registry) -> dict[str, PolicyException]:
    """Exceptions with their parties resolved."""
    out = {}
    for identifier, n in reg.collect_ids("exceptions").items():
        row, path = reg.tree["exceptions"][n], ("exceptions", n)
        in_order(reg, row, "decided_on", "expires_on", path)
        in_order(reg, row, "occurred_on", "reported_on", path)
        out[identifier] = PolicyException(
            id=identifier,
            name=display_name(row),
            clauses=tuple(row.get("clauses", ())),
            reason=row.get("reason", ""),
            measure=row.get("measure", ""),
            applicant=_person(row.get("applicant")),
            approver=_person(row.get("approver")),
            decided_on=row.get("decided_on"),
            expires_on=row.get("expires_on"),
            initiator=reg.party(row, "initiator", path),
            responder=reg.party(row, "responder", path),
            services=reg.service_list(row, "services", path),
            window=window(reg, row.get("window"), (*path, "window")),
            emergency=row.get("emergency", False),
            occurred_on=row.get("occurred_on"),
            reported_on=row.get("reported_on"),
            attachments=_attachments(reg, row, path),
            location=reg.sink.location("exceptions", n),
        )
    return out


def _person(row: Row | None) -> Person | None:
    return None if row is None else Person(row.get("name", ""), row.get("role", ""))


def sha256(reg: Registry, row: Row, path: Path) -> str:
    """A hexadecimal SHA-256, lower case; ``""`` when absent or wrong."""
    value = str(row.get("sha256", "")).strip().lower()
    if value and (len(value) != 64 or not set(value) <= set("0123456789abcdef")):
        reg.sink.error((*path, "sha256"), _SHA256, _SHA256_FORM)
        return ""
    return value


def _attachments(reg: Registry, row: Row, path: Path) -> tuple[Attachment, ...]:
    listed = ((n, a) for n, a in enumerate(row.get("attachments", ())) if a is not None)
    return tuple(Attachment(path=a.get("path", ""), sha256=sha256(reg, a, (*path, "attachments", n))) for n, a in listed)


def build_conduits(reg: Registry, gateways: dict[str, Gateway], exceptions: dict[str, PolicyException]) -> dict[str, Conduit]:
    """Conduits with everything recorded about them."""
    via = dict.fromkeys([*reg.zones, *reg.ids.get("devices", {})])
    return {
        identifier: _conduit(reg, identifier, n, gateways, exceptions, via)
        for identifier, n in reg.collect_ids("conduits").items()
    }


def _conduit(
    reg: Registry,
    identifier: str,
    n: int,
    gateways: dict[str, Gateway],
    exceptions: dict[str, PolicyException],
    via: dict[str, None],
) -> Conduit:
    row, path = reg.tree["conduits"][n], ("conduits", n)
    location = reg.sink.location("conduits", n)
    in_order(reg, row, "valid_from", "valid_until", path)
    initiator, responder = reg.party(row, "initiator", path), reg.party(row, "responder", path)
    pins = _pins(reg, row, path, location)
    for m, pin in pins:
        side = {"initiator": initiator, "responder": responder}.get(pin.side)
        if side is not None and side.addresses and pin.address is not None and pin.address not in side.addresses:
            message = _PIN_OUTSIDE.format(address=pin.address, side=_SIDE[pin.side])
            reg.sink.error((*path, "pins", m), message)
    peer, institution, decrypt = row.get("peer"), row.get("institution"), row.get("decrypt")
    return Conduit(
        id=identifier,
        name=display_name(row),
        kind=ConduitKind(row.get("kind", ConduitKind.OTHER)),
        initiator=initiator,
        responder=responder,
        services=reg.service_list(row, "services", path),
        data=DataDirection(row.get("data", DataDirection.BOTH)),
        gateway=reg.reference(row, "gateway", GATEWAY, gateways, path),
        pins=tuple(p for _, p in pins),
        window=window(reg, row.get("window"), (*path, "window")),
        must_flow_days=row.get("must_flow_days"),
        peer=None if peer is None else _peer(peer),
        institution=None if institution is None else _institution(institution),
        approvals=approvals(row, location),
        decrypt=None if decrypt is None else _decrypt(decrypt),
        exception=reg.reference(row, "exception", EXCEPTION, exceptions, path),
        reason=row.get("reason", ""),
        business=row.get("business", ""),
        via=reg.references(row, "via", ZONE_OR_DEVICE, via, path),
        server_names=tuple(row.get("server_names", ())),
        tenant_restriction=row.get("tenant_restriction", ""),
        download_gateway=reg.reference(row, "download_gateway", GATEWAY, gateways, path),
        risk_decision=row.get("risk_decision", ""),
        daily_bytes=row.get("daily_limit"),
        valid_from=row.get("valid_from"),
        valid_until=row.get("valid_until"),
        location=location,
    )


def _pins(reg: Registry, row: Row, path: Path, location: Location) -> list[tuple[int, Pin]]:
    rows = ((m, r) for m, r in enumerate(row.get("pins", ())) if r is not None)
    return [(m, _pin(reg, r, (*path, "pins", m), location)) for m, r in rows]


def _pin(reg: Registry, row: Row, path: Path, location: Location) -> Pin:
    sink = reg.sink
    address: Address | None = values.single_address(row["address"], (*path, "address"), sink) if "address" in row else None
    mac: Mac | None = values.mac(row["mac"], (*path, "mac"), sink) if "mac" in row else None
    if name := reg.reference(row, "endpoint", ENDPOINT, reg.endpoints, path):
        host = reg.endpoints[name]
        address = address or next(iter(values.single_members(host.addresses)), None)
        if mac is not None and host.macs and mac not in host.macs:
            sink.error((*path, "mac"), _PIN_LEDGER.format(mac=mac, host=name))
        mac = mac or next(iter(host.macs), None)
    if not {"address", "mac", "endpoint"} & row.keys() and not sink.touched(path):
        sink.error(path, _EMPTY_PIN, _PIN)
    return Pin(
        side=row.get("side", ""),
        address=address,
        mac=mac,
        enforced_by=row.get("enforced_by", ""),
        evidence=row.get("evidence", ""),
        location=location,
    )


def _peer(row: Row) -> PeerStatement:
    return PeerStatement(
        internet_reachable=Reachability(row.get("internet_reachable", Reachability.UNKNOWN)),
        stated_on=row.get("stated_on"),
        document=row.get("document", ""),
    )


def _institution(row: Row) -> PublicInstitution:
    return PublicInstitution(
        operator=row.get("operator", ""),
        system=row.get("system", ""),
        legal_basis=row.get("legal_basis", ""),
        other_sufficiently_safe=row.get("other_sufficiently_safe", False),
        reason=row.get("reason", ""),
        via_lgwan=row.get("via_lgwan", False),
    )


def _decrypt(row: Row) -> DecryptDecision:
    return DecryptDecision(
        decrypt=row.get("decrypt", False),
        reason=row.get("reason", ""),
        decider=row.get("decider", ""),
        decided_on=row.get("decided_on"),
    )
