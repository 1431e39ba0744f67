"""Gateways: the hosts through which a crossing is made safe or concentrated."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from segmentation.model.addresses import NO_ADDRESSES, AddressSet, Mac
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text
from segmentation.model.zones import Party


class GatewayKind(enum.StrEnum):
    """What a gateway does."""

    MAIL_SANITIZER = "mail_sanitizer"
    FILE_SANITIZER = "file_sanitizer"
    SCREEN_SERVER = "screen_server"
    MAIL_RELAY = "mail_relay"
    SECURITY_CLOUD = "security_cloud"
    UTM = "utm"
    PROXY = "proxy"
    JUMP_HOST = "jump_host"
    DNS_RELAY = "dns_relay"
    UPDATE_RELAY = "update_relay"
    LGWAN_ROUTER = "lgwan_router"
    LOCAL_BREAKOUT = "local_breakout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One leg of a gateway: the zone it stands in and its addresses there."""

    zone: str
    addresses: AddressSet = NO_ADDRESSES
    macs: tuple[Mac, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway with its faces and the clients registered with it."""

    id: str
    name: Text
    kind: GatewayKind
    faces: tuple[Face, ...]
    clients: Party = Party()
    product: str = ""
    method: str = ""  # "rebuild" | "verify" | "text" …: what it does with content
    criterion: str = ""  # for detect-only gateways: by what it decides (LG-11)
    antivirus: bool = False  # looks for malware in what passes, in both directions (IN-14)
    antivirus_only: bool = False
    log: str = ""  # where its own log comes from (file or syslog name)
    location: Location = NOWHERE
