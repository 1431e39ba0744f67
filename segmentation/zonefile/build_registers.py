"""Rows to devices, sensors, external connections, changes, reviews, contacts and the file's own tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from segmentation.model.network import ModelDates, Settings
from segmentation.model.registers import (
    Attestation,
    ChangeRecord,
    Contact,
    DeviceRecord,
    Diagram,
    ExternalConnection,
    InterfaceZones,
    Review,
    SensorRecord,
)
from segmentation.model.text import Text
from segmentation.zonefile.build_crossing import approvals, sha256
from segmentation.zonefile.names import CONNECTION, DEVICE, GATEWAY, ZONE, Registry, display_name
from segmentation.zonefile.shape import Row

_OFFSET = re.compile(r"([+-])(\d{1,2}):([0-5]\d)", re.ASCII)
_BAD_OFFSET = Text("「{value}」は時差として読めません。", "'{value}' is not an offset from UTC.")
_OFFSET_FORM = Text('"+09:00" の形で、-12:00 から +14:00 まで', 'the form "+09:00", from -12:00 to +14:00')
_TWICE = Text("インターフェース「{name}」が 2 回書かれています。", "The interface '{name}' is written twice.")


def utc_offset(reg: Registry, row: Row) -> int:
    """Minutes east of UTC; 540 (Japan) by default."""
    value = row.get("utc_offset", "+09:00")
    found = _OFFSET.fullmatch(value)
    minutes = (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1) if found else 10_000
    if not -720 <= minutes <= 840:
        reg.sink.error(("model", "utc_offset"), _BAD_OFFSET.format(value=value), _OFFSET_FORM)
        return 540
    return minutes


def model_dates(row: Row) -> ModelDates:
    """The dates of a β or β′ model."""
    return ModelDates(
        external_confirmation=row.get("external_confirmation"),
        go_live=row.get("go_live"),
        last_external_audit=row.get("last_external_audit"),
    )


def settings(row: Row) -> Settings:
    """Thresholds; what is not written keeps its default."""
    written: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Settings(**written)


def build_connections(reg: Registry) -> dict[str, ExternalConnection]:
    """External connections."""
    out = {}
    for identifier, n in reg.collect_ids("external_connections").items():
        row, path = reg.tree["external_connections"][n], ("external_connections", n)
        location = reg.sink.location("external_connections", n)
        out[identifier] = ExternalConnection(
            id=identifier,
            name=display_name(row),
            line=row.get("line", ""),
            encrypted=row.get("encrypted", False),
            zones=reg.references(row, "zones", ZONE, reg.zones, path),
            approvals=approvals(row, location),
            survey=row.get("survey", ""),
            liability=row.get("liability", ""),
            disconnection=row.get("disconnection", ""),
            not_via_lgwan_reason=row.get("not_via_lgwan_reason", ""),
            remote_access=row.get("remote_access", False),
            mfa=row.get("mfa", False),
            location=location,
        )
    return out


def build_devices(
    reg: Registry, gateways: Mapping[str, object], connections: dict[str, ExternalConnection]
) -> dict[str, DeviceRecord]:
    """Devices with the zones behind their interfaces."""
    out = {}
    for identifier, n in reg.ids["devices"].items():
        row, path = reg.tree["devices"][n], ("devices", n)
        location = reg.sink.location("devices", n)
        interfaces: dict[str, InterfaceZones] = {}
        for m, face in enumerate(row.get("interfaces", ())):
            name = (face or {}).get("interface", "")
            if name in interfaces:
                reg.sink.error((*path, "interfaces", m, "interface"), _TWICE.format(name=name))
            if face is not None:
                where = (*path, "interfaces", m)
                interfaces[name] = InterfaceZones(
                    interface=name,
                    zones=reg.references(face, "zones", ZONE, reg.zones, where),
                    external=reg.reference(face, "external", CONNECTION, connections, where),
                    location=location,
                )
        out[identifier] = DeviceRecord(
            id=identifier,
            name=display_name(row),
            vendor=row.get("vendor", ""),
            config=row.get("config", ""),
            role=row.get("role", "firewall"),
            gateway=reg.reference(row, "gateway", GATEWAY, gateways, path),
            interfaces=tuple(interfaces.values()),
            matches_mac=row.get("matches_mac", False),
            contractor=row.get("contractor", ""),
            managed=row.get("managed", True),
            changed_on=row.get("changed_on"),
            firmware=row.get("firmware", ""),
            support_ends_on=row.get("support_ends_on"),
            support_checked_on=row.get("support_checked_on"),
            offsite=row.get("offsite", False),
            approvals=approvals(row, location),
            location=location,
        )
    return out


def build_sensors(reg: Registry) -> dict[str, SensorRecord]:
    """Sensors; the two zones of a boundary are put in order."""
    out = {}
    for identifier, n in reg.collect_ids("sensors").items():
        row, path = reg.tree["sensors"][n], ("sensors", n)
        boundaries = []
        for m, pair in enumerate(row.get("boundaries", ())):
            for k, zone in enumerate(pair):
                if zone not in reg.zones:
                    reg.unknown(zone, ZONE, reg.zones, (*path, "boundaries", m, k))
            boundaries.append(pair)
        out[identifier] = SensorRecord(
            id=identifier,
            name=display_name(row),
            zone=reg.reference(row, "zone", ZONE, reg.zones, path),
            interfaces=tuple(row.get("interfaces", ())),
            boundaries=tuple(boundaries),
            vlans=tuple(row.get("vlans", ())),
            mac_scope=reg.references(row, "mac_scope", ZONE, reg.zones, path),
            location=reg.sink.location("sensors", n),
        )
    return out


def build_changes(reg: Registry) -> tuple[ChangeRecord, ...]:
    """Change records."""
    devices = reg.ids["devices"]
    return tuple(
        ChangeRecord(
            id=identifier,
            changed_on=row.get("changed_on"),
            devices=reg.references(row, "devices", DEVICE, devices, ("changes", n)),
            doer=row.get("doer", ""),
            checker=row.get("checker", ""),
            applicant=row.get("applicant", ""),
            approver=row.get("approver", ""),
            summary=row.get("summary", ""),
            location=reg.sink.location("changes", n),
        )
        for identifier, n in reg.collect_ids("changes").items()
        for row in (reg.tree["changes"][n],)
    )


def build_reviews(reg: Registry) -> tuple[Review, ...]:
    """Reviews and audits."""
    devices = reg.ids["devices"]
    return tuple(
        Review(
            kind=row.get("kind", ""),
            done_on=row.get("done_on"),
            by=row.get("by", ""),
            role=row.get("role", ""),
            report=row.get("report", ""),
            scope=reg.references(row, "scope", DEVICE, devices, ("reviews", n)),
            sha256=sha256(reg, row, ("reviews", n)),
            findings_open=row.get("findings_open", 0),
            follow_up=row.get("follow_up", ""),
            location=reg.sink.location("reviews", n),
        )
        for n, row in reg.rows("reviews")
    )


def build_contacts(reg: Registry) -> tuple[Contact, ...]:
    """Contacts."""
    return tuple(
        Contact(
            role=row.get("role", ""),
            name=row.get("name", ""),
            phone=row.get("phone", ""),
            location=reg.sink.location("contacts", n),
        )
        for n, row in reg.rows("contacts")
    )


def build_attestations(reg: Registry) -> tuple[Attestation, ...]:
    """Claims that no tool can check."""
    return tuple(
        Attestation(
            rule=row.get("rule", ""),
            statement=row.get("statement", ""),
            by=row.get("by", ""),
            on=row.get("on"),
            location=reg.sink.location("attestations", n),
        )
        for n, row in reg.rows("attestations")
    )


def build_diagram(reg: Registry) -> Diagram | None:
    """The network diagram."""
    row = reg.tree.get("diagram")
    if row is None:
        return None
    return Diagram(
        version=row.get("version", ""),
        dated=row.get("dated"),
        confidentiality=row.get("confidentiality"),
        location=reg.sink.table_location("diagram"),
    )
