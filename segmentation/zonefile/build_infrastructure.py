"""Rows to wireless LANs, approved external services and log stores."""

from __future__ import annotations

from segmentation.model.addresses import NO_ADDRESSES
from segmentation.model.registers import CloudService, LogStore, WirelessNetwork
from segmentation.model.text import Text
from segmentation.zonefile import values
from segmentation.zonefile.build_crossing import approvals, in_order
from segmentation.zonefile.names import DEVICE, ZONE, Registry, display_name

_NO_DESTINATION = Text(
    "外部サービス「{id}」に接続先のアドレスもサーバー名もありません。",
    "The external service '{id}' has neither addresses nor server names.",
)
_DESTINATION = Text("destinations または server_names", "destinations or server_names")


def build_wireless(reg: Registry) -> dict[str, WirelessNetwork]:
    """Wireless LANs."""
    out = {}
    for identifier, n in reg.collect_ids("wireless_networks").items():
        row, path = reg.tree["wireless_networks"][n], ("wireless_networks", n)
        out[identifier] = WirelessNetwork(
            id=identifier,
            name=display_name(row),
            zone=reg.reference(row, "zone", ZONE, reg.zones, path),
            protection=row.get("protection", ""),
            access_log=row.get("access_log", ""),
            firmware_checked_on=row.get("firmware_checked_on"),
            location=reg.sink.location("wireless_networks", n),
        )
    return out


def build_cloud_services(reg: Registry) -> dict[str, CloudService]:
    """Approved external services; one without any destination approves nothing and is an error."""
    out = {}
    for identifier, n in reg.collect_ids("cloud_services").items():
        row, path = reg.tree["cloud_services"][n], ("cloud_services", n)
        location = reg.sink.location("cloud_services", n)
        listed, names = row.get("destinations", ()), tuple(s for s in row.get("server_names", ()) if s)
        if not listed and not names and not reg.sink.touched(path):
            reg.sink.error(path, _NO_DESTINATION.format(id=identifier), _DESTINATION)
        out[identifier] = CloudService(
            id=identifier,
            name=display_name(row),
            destinations=values.addresses(listed, (*path, "destinations"), reg.sink) if listed else NO_ADDRESSES,
            server_names=names,
            approvals=approvals(row, location),
            designated=reg.party(row, "designated", path),
            location=location,
        )
    return out


def build_log_stores(reg: Registry) -> dict[str, LogStore]:
    """Log stores."""
    out = {}
    for identifier, n in reg.collect_ids("log_stores").items():
        row, path = reg.tree["log_stores"][n], ("log_stores", n)
        in_order(reg, row, "started_on", "oldest", path)
        out[identifier] = LogStore(
            id=identifier,
            name=display_name(row),
            devices=reg.references(row, "devices", DEVICE, reg.ids["devices"], path),
            retention_days=row.get("retention_days"),
            oldest=row.get("oldest"),
            started_on=row.get("started_on"),
            location=reg.sink.location("log_stores", n),
        )
    return out
