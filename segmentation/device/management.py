"""What a configuration says about the device itself: its services, accounts, logs, clock, ports, tunnels, objects, routes.

A parser fills what its format carries and names that in ``Device.aspects``.  A rule judges an aspect only where it is named:
the absence of a time server is a fault of a router's configuration, but says nothing in a list of packet filter rules.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from segmentation.model.addresses import AddressSet, Family
from segmentation.model.location import NOWHERE, Location


class Aspect(enum.StrEnum):
    """A part of a device's configuration that a parser reads completely."""

    SERVICES = "services"  # management services and who may use them
    ACCOUNTS = "accounts"
    SYSLOG = "syslog"
    TIME = "time"
    PORTS = "ports"  # physical ports
    TUNNELS = "tunnels"
    WIRELESS = "wireless"
    SOFTWARE = "software"  # product and version
    OBJECTS = "objects"  # named objects, with their use
    BINDINGS = "bindings"  # which filter is applied where
    ROUTES = "routes"
    COMMENTS = "comments"  # rules have a place for a comment
    LOGGING = "logging"  # rules say whether they log
    HITS = "hits"  # rules carry counters


class ServiceKind(enum.StrEnum):
    """Services by which a device is managed."""

    TELNET = "telnet"
    SSH = "ssh"
    HTTP = "http"
    HTTPS = "https"
    SNMP = "snmp"
    FTP = "ftp"
    TFTP = "tftp"
    PING = "ping"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementService:
    """A management service the device offers.

    ``interfaces`` empty: on all of them.  ``sources`` ``None``: not limited by the service itself.
    """

    kind: ServiceKind
    location: Location
    text: str = ""  # as written, secrets masked
    interfaces: tuple[str, ...] = ()
    sources: AddressSet | None = None
    version: str = ""  # SNMP: 1, 2c, 3; SSH: 1, 2
    well_known_secret: bool = False  # community "public" or "private", a factory password
    writable: bool = False  # SNMP: read-write


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A local user; its secret is never kept."""

    name: str
    location: Location
    factory: bool = False  # a name the vendor ships (admin, root …)
    no_password: bool = False
    weak_hash: str = ""  # reversible or outdated storage: "plain", "type 7", "md5"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogTarget:
    """Where the device sends its log."""

    host: str  # address or name as written
    location: Location
    protocol: str = "udp"  # udp | tcp | tls
    port: int = 514
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeServer:
    """A server the device takes its clock from."""

    host: str
    location: Location
    authenticated: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalPort:
    """A port a cable can be put into."""

    name: str
    location: Location
    enabled: bool = True  # administratively up
    description: str = ""
    mode: str = ""  # access | trunk | routed | ""
    vlans: tuple[int, ...] = ()  # access: its VLAN; trunk: those allowed, empty: all
    native_vlan: int | None = None
    identification: str = ""  # dot1x | mac-auth | port-security | web-auth | "": none
    configured: bool = True  # False: nothing but the port's name is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """A tunnel over a line the city does not own, with the algorithms offered (lower case, the field's names)."""

    name: str
    location: Location
    kind: str = "ipsec"  # ipsec | gre | l2tp | pptp | ssl | ipip
    encryption: tuple[str, ...] = ()  # des, 3des, aes128-cbc, null …
    integrity: tuple[str, ...] = ()  # md5, sha1, sha256 …
    dh_groups: tuple[int, ...] = ()
    ike: str = ""  # 1 | 1-aggressive | 2
    encrypted: bool = True  # False: plain GRE, IP in IP …


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessNetwork:
    """A wireless network the device offers."""

    name: str
    location: Location
    security: str  # open | wep | wpa-psk | wpa2-psk | wpa2-enterprise | wpa3-sae | wpa3-enterprise | unknown
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """Product and version as the configuration names them."""

    product: str
    version: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAccess:
    """A way in for people from outside: VPN portal, dial-in, published management."""

    name: str
    kind: str  # ssl-vpn | ipsec | l2tp | pptp | …
    location: Location
    authenticated: bool = True
    second_factor: bool | None = None  # None: the configuration does not say
    encrypted: bool = True


class ObjectKind(enum.StrEnum):
    """Kinds of named objects of a rule base."""

    ADDRESS = "address"
    ADDRESS_GROUP = "address-group"
    SERVICE = "service"
    SERVICE_GROUP = "service-group"
    SCHEDULE = "schedule"
    FILTER = "filter"  # an access list, a named chain of rules
    ZONE = "zone"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigObject:
    """A named object and what becomes of it.

    ``used_by`` counts references from rules in force, directly or through groups.
    """

    kind: ObjectKind
    name: str
    location: Location
    used_by: int = 0
    empty: bool = False  # no member: what it matches is nothing
    disabled: bool = False
    expires: dt.date | None = None  # its last day, for schedules and dated objects
    user: Location = NOWHERE  # the first rule that uses it


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A filter applied somewhere.  ``defined`` is false where the named filter does not exist."""

    filter: str
    where: str  # interface, zone pair, line
    direction: str = ""  # in | out | ""
    location: Location = NOWHERE
    defined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route, or a connected one that the configuration implies."""

    family: Family
    address: int
    length: int
    location: Location
    gateway: int | None = None
    interface: str = ""
    vrf: str = ""
    discard: bool = False
    name: str = ""  # gateway as written, where it is no address (dhcp, pp 1, tunnel 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """Everything a configuration says about the device itself."""

    services: tuple[ManagementService, ...] = ()
    accounts: tuple[Account, ...] = ()
    syslog: tuple[SyslogTarget, ...] = ()
    time_servers: tuple[TimeServer, ...] = ()
    ports: tuple[PhysicalPort, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    wireless: tuple[WirelessNetwork, ...] = ()
    software: tuple[Software, ...] = ()
    remote_access: tuple[RemoteAccess, ...] = ()
