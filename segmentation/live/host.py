"""Interfaces, addresses and routes of the running host as parts of a device."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, Literal

from segmentation.device.device import InterfaceInfo
from segmentation.device.management import Route
from segmentation.live.netlink import Host
from segmentation.model.location import Location

_UP = 1  # linux/if.h: IFF_UP
_FAMILIES: dict[int, Literal[4, 6]] = {2: 4, 10: 6}
#: linux/rtnetlink.h: RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT; RT_TABLE_LOCAL is the kernel's own.
_UNICAST, _DISCARDED, _LOCAL_TABLE = 1, frozenset({6, 7, 8}), 255


def names(host: Host) -> dict[int, str]:
    """Interface names by index."""
    return {link["index"]: str(link.get_attr("IFLA_IFNAME")) for link in host.links}


def interfaces(host: Host, where: Location) -> tuple[InterfaceInfo, ...]:
    """Every link with its addresses and its VLAN."""
    addresses: dict[int, list[tuple[Literal[4, 6], int, int]]] = {}
    for each in host.addresses:
        own = each.get_attr("IFA_LOCAL") or each.get_attr("IFA_ADDRESS")
        family = _FAMILIES.get(each["family"])
        if family is not None and own is not None:
            addresses.setdefault(each["index"], []).append((family, int(ipaddress.ip_address(own)), each["prefixlen"]))
    return tuple(
        InterfaceInfo(
            name=str(link.get_attr("IFLA_IFNAME")),
            addresses=tuple(sorted(addresses.get(link["index"], []))),
            vlan=_vlan(link),
            location=where,
            enabled=bool(link["flags"] & _UP),
            description=str(link.get_attr("IFLA_IFALIAS") or ""),
        )
        for link in sorted(host.links, key=lambda link: link["index"])
    )


def _vlan(link: Any) -> int | None:
    info = link.get_attr("IFLA_LINKINFO")
    data = info.get_attr("IFLA_INFO_DATA") if info is not None and info.get_attr("IFLA_INFO_KIND") == "vlan" else None
    found = data.get_attr("IFLA_VLAN_ID") if data is not None else None
    return found if isinstance(found, int) else None


def routes(host: Host, where: Location) -> tuple[Route, ...]:
    """The routes of the tables that the administrator and routing daemons fill."""
    return tuple(sorted(_routes(host, where), key=lambda r: (r.family, r.address, r.length, r.interface, r.gateway or 0)))


def _routes(host: Host, where: Location) -> Iterator[Route]:
    known = names(host)
    for each in host.routes:
        family = _FAMILIES.get(each["family"])
        table = each.get_attr("RTA_TABLE") or each["table"]
        discard = each["type"] in _DISCARDED
        if family is None or table == _LOCAL_TABLE or not (discard or each["type"] == _UNICAST):
            continue
        target = each.get_attr("RTA_DST")
        hops = each.get_attr("RTA_MULTIPATH") or [None]
        for hop in hops:
            gateway = (hop or each).get_attr("RTA_GATEWAY")
            index = hop["oif"] if hop is not None else each.get_attr("RTA_OIF")
            yield Route(
                family=family,
                address=int(ipaddress.ip_address(target)) if target else 0,
                length=each["dst_len"],
                location=where,
                gateway=int(ipaddress.ip_address(gateway)) if gateway else None,
                interface=known.get(index, ""),
                vrf="" if table in (254, 253) else str(table),
                discard=discard,
            )
