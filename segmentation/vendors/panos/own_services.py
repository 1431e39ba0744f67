"""What a firewall says of itself: management services, accounts, log and time servers, ports, software.

PAN-OS Administrator's Guide, "Firewall administration", "Configure interface management profiles", "Syslog monitoring",
"NTP"; names of keys from the XML API browser.  Where a comment says so, from memory of the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segmentation.device.lexical import decimal
from segmentation.device.management import (
    Account,
    ManagementService,
    PhysicalPort,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
)
from segmentation.model.location import Location
from segmentation.vendors.panos.management import MANAGEMENT_PORT, offered_by_port, offered_by_profile, permitted, profiles_of
from segmentation.vendors.panos.places import Places
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.zones import Interface
from segmentation.vendors.reading import SourceText, shown

_KINDS = {
    "https": ServiceKind.HTTPS, "http": ServiceKind.HTTP, "ssh": ServiceKind.SSH, "telnet": ServiceKind.TELNET,
    "snmp": ServiceKind.SNMP, "ping": ServiceKind.PING,
}  # fmt: skip
_WELL_KNOWN = frozenset({"public", "private"})
#: Hash of the factory password of "admin" (from memory; published widely).
_FACTORY_HASH = "fnRL/G5lXVMug"
_VERSION = re.compile(r"<config\b[^>]{0,400}?\s(?:detail-)?version=[\"']([0-9][\w.-]{0,30})[\"']")
_TRANSPORT = {"UDP": ("udp", 514), "TCP": ("tcp", 514), "SSL": ("tls", 6514)}


def where(node: Node) -> Location:
    """The place of a node."""
    return Location(node.file, node.line, 1)


def management_services(places: Places, interfaces: dict[str, Interface]) -> Iterator[ManagementService]:
    """Those of the management port, then those of the profiles of interfaces."""
    agents = [a for d in places.devices for a in _agents(d)]
    for device in places.devices:
        system = device.at("deviceconfig", "system")
        if system is not None and (system.value("ip-address") or system.at("service") is not None):
            yield from _services(system, MANAGEMENT_PORT, offered_by_port(system), "management port", agents)
    profiles = profiles_of(places)
    for interface in interfaces.values():
        profile = profiles.get(interface.profile.name) if interface.profile is not None else None
        if profile is not None:
            text = f"management profile {profile.name}"
            yield from _services(profile, interface.name, offered_by_profile(profile), text, agents)


def _services(
    node: Node, interface: str, offered: list[str], text: str, agents: list[tuple[str, bool]]
) -> Iterator[ManagementService]:
    sources, _ = permitted(node)
    for service in offered:
        kind = _KINDS.get(service, ServiceKind.OTHER)
        for version, known in agents or [("", False)] if kind is ServiceKind.SNMP else [("", False)]:
            yield ManagementService(
                kind=kind, location=where(node.at(service) or node), interfaces=(interface,), sources=sources, version=version,
                well_known_secret=known, text=shown(f"{text} {interface}: {service}"),
            )  # fmt: skip


def _agents(device: Node) -> Iterator[tuple[str, bool]]:
    """Versions of SNMP that are set up, and whether the community is one that everybody knows."""
    setting = device.at("deviceconfig", "system", "snmp-setting", "access-setting", "version")
    for version in ("v2c", "v3"):
        found = setting.at(version) if setting is not None else None
        if found is not None:
            yield version.removeprefix("v"), found.value("snmp-community-string").lower() in _WELL_KNOWN


def accounts(root: Node) -> Iterator[Account]:
    """Administrators (``mgt-config users``)."""
    for user in root.entries("mgt-config", "users"):
        written = user.value("phash")
        other = any(k in user.children for k in ("public-key", "client-certificate-only", "authentication-profile"))
        weak = ""
        if written and not written.startswith("$"):
            weak = "des"  # crypt(3) without a scheme
        elif written.startswith("$1$"):
            weak = "md5"
        yield Account(
            name=user.name, location=where(user), factory=user.name == "admin" or written == _FACTORY_HASH,
            no_password=not written and not other, weak_hash=weak,
        )  # fmt: skip


def syslog_targets(containers: Sequence[Node], named: set[str]) -> Iterator[SyslogTarget]:
    """Servers of the syslog profiles; one that no setting names gets nothing."""
    for container in containers:
        for profile in (*container.entries("log-settings", "syslog"), *container.entries("server-profile", "syslog")):
            for server in profile.entries("server"):
                protocol, port = _TRANSPORT.get(server.value("transport").upper(), _TRANSPORT["UDP"])
                written = server.value("port")
                number = int(written) if written.isascii() and written.isdecimal() and len(written) < 6 else port
                host = server.value("server") or server.value("host")
                yield SyslogTarget(
                    host=shown(host), location=where(server), protocol=protocol, port=number, enabled=profile.name in named
                )


def time_servers(devices: Sequence[Node]) -> Iterator[TimeServer]:
    """``ntp-servers`` and the two keys of old versions."""
    for device in devices:
        system = device.at("deviceconfig", "system")
        for kind in ("primary-ntp-server", "secondary-ntp-server"):
            server = system.at("ntp-servers", kind) if system is not None else None
            if server is not None and server.value("ntp-server-address"):
                checks = server.at("authentication-type")
                yield TimeServer(
                    host=shown(server.value("ntp-server-address")), location=where(server),
                    authenticated=checks is not None and "none" not in checks.children and bool(checks.children),
                )  # fmt: skip
        for key in ("ntp-server-1", "ntp-server-2"):
            found = system.at(key) if system is not None else None
            if system is not None and found is not None and system.value(key):
                yield TimeServer(host=shown(system.value(key)), location=where(found))


def physical_ports(places: Places) -> Iterator[PhysicalPort]:
    """Ethernet interfaces: a mode, a state, a comment."""
    for network in places.networks:
        for node in network.entries("interface", "ethernet"):
            layer2 = node.at("layer2")
            trunk = layer2 is not None and layer2.at("units") is not None
            tags = {decimal(u.value("tag"), 4094) for u in node.entries("layer2", "units")}
            modes = node.children.keys() & {"layer3", "layer2", "virtual-wire", "tap", "ha", "aggregate-group"}
            yield PhysicalPort(
                name=node.name, location=where(node), enabled=node.value("link-state") != "down",
                description=shown(" ".join(node.values("comment"))), configured=bool(modes),
                mode="trunk" if trunk else "routed" if "layer3" in modes else "",
                vlans=tuple(sorted(t for t in tags if t is not None)),
            )  # fmt: skip


def software(texts: Sequence[SourceText]) -> Iterator[Software]:
    """The version in the outermost element; the detailed one where there are two."""
    for text in texts:
        found = list(_VERSION.finditer(text.text[:4096]))
        detailed = re.search(r"\sdetail-version=[\"']([0-9][\w.-]{0,30})[\"']", text.text[:4096])
        if found:
            version = detailed.group(1) if detailed is not None else found[0].group(1)
            line = text.text.count("\n", 0, found[0].start()) + 1
            yield Software(product="PAN-OS", version=version, location=Location(text.name, line, 1))
            return
