"""What a FortiGate says of itself: management services, accounts, log and time servers, ports, wireless networks, software.

CLI Reference, "config system interface" (allowaccess), "system snmp …", "system admin", "log syslogd setting", "system ntp",
"wireless-controller vap", "switch-controller managed-switch".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from segmentation.device.management import (
    Account,
    ManagementService,
    PhysicalPort,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
    WirelessNetwork,
)
from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.vendors.fortios import values
from segmentation.vendors.fortios.interfaces import Interfaces
from segmentation.vendors.fortios.local_in import trusted_hosts
from segmentation.vendors.fortios.notes import Notes, visible
from segmentation.vendors.fortios.tree import Entry, Setting
from segmentation.vendors.fortios.vocabulary import ADMIN_PORTS

_KINDS = {
    "ping": ServiceKind.PING, "https": ServiceKind.HTTPS, "http": ServiceKind.HTTP, "ssh": ServiceKind.SSH,
    "telnet": ServiceKind.TELNET, "snmp": ServiceKind.SNMP,
}  # fmt: skip
_WELL_KNOWN = frozenset({"public", "private", "fortinet"})
_VERSION = re.compile(r"#config-version=([A-Za-z0-9]+)-(\d+\.\d+(?:\.\d+)?)")
#: Options of an interface that say nothing but that it exists.
_NAME_ONLY = frozenset({"vdom", "type", "snmp-index", "speed", "status", "role", "device-identification", "lldp-reception",
                        "lldp-transmission", "monitor-bandwidth", "mediatype"})  # fmt: skip
_IDENTIFICATION = {"802.1X": "dot1x", "802.1x": "dot1x", "captive-portal": "web-auth"}
#: Weakest of what a network accepts; OWE encrypts and asks nobody who they are.
_SECURITY = {
    "open": "open", "captive-portal": "open", "owe": "open", "osen": "open", "wep64": "wep", "wep128": "wep",
    "wpa-personal": "wpa-psk", "wpa-only-personal": "wpa-psk", "wpa2-only-personal": "wpa2-psk",
    "wpa3-sae-transition": "wpa2-psk", "wpa3-sae": "wpa3-sae", "wpa-enterprise": "wpa-enterprise",
    "wpa-only-enterprise": "wpa-enterprise", "wpa2-only-enterprise": "wpa2-enterprise",
    "wpa3-enterprise": "wpa2-enterprise", "wpa3-only-enterprise": "wpa3-enterprise",
}  # fmt: skip


def management_services(
    interfaces: Interfaces, system: Entry | None, admins: Sequence[Entry], roots: Sequence[Entry], notes: Notes
) -> Iterator[ManagementService]:
    """One for each service an interface offers, and for SNMP one for each version and community."""
    agents = list(_agents(roots, notes))
    for name, interface in interfaces.known.items():
        for family, entry, option in (
            (FAMILIES[0], interface.entry, "allowaccess"), (FAMILIES[1], interface.entry.block("ipv6"), "ip6-allowaccess"),
        ):  # fmt: skip
            setting = entry.settings.get(option) if entry is not None else None
            hosts = trusted_hosts(admins, family)
            limited = AddressSet.of(family, hosts) if hosts is not None else None
            for word in setting.values if setting is not None else ():
                assert setting is not None, "an option with values is set"
                if word == "telnet" and system is not None and system.value("admin-telnet") == "disable":
                    continue
                if word == "snmp":
                    yield from _snmp(name, setting, agents, roots, notes)
                    continue
                first = word == "ssh" and system is not None and system.on("admin-ssh-v1")
                yield ManagementService(
                    kind=_KINDS.get(word, ServiceKind.OTHER), location=notes.where(setting.line), interfaces=(name,),
                    text=visible(f"interface {name}: {setting.text.strip()} ({word})"), version="1" if first else "",
                    sources=limited if word in ADMIN_PORTS else None,
                )  # fmt: skip


def _snmp(
    name: str, setting: Setting, agents: list[ManagementService], roots: Sequence[Entry], notes: Notes
) -> Iterator[ManagementService]:
    if any(r.block("system snmp sysinfo") is not None for r in roots):
        for agent in agents:
            yield ManagementService(
                kind=ServiceKind.SNMP, location=agent.location, interfaces=(name,), sources=agent.sources,
                text=visible(f"interface {name}: {setting.text.strip()}; {agent.text}"), version=agent.version,
                well_known_secret=agent.well_known_secret,
            )  # fmt: skip
        return
    # A part of a configuration: whether the agent runs, and for whom, is told elsewhere.
    text = visible(f"interface {name}: {setting.text.strip()} (snmp)")
    yield ManagementService(kind=ServiceKind.SNMP, location=notes.where(setting.line), interfaces=(name,), text=text)


def _agents(roots: Sequence[Entry], notes: Notes) -> Iterator[ManagementService]:
    """Communities and users of the SNMP agent, where it runs."""
    for root in roots:
        running = root.block("system snmp sysinfo")
        if running is None or not running.on("status"):
            continue
        for entry in root.table("system snmp community"):
            if entry.value("status") == "disable":
                continue
            for version in ("1", "2c"):  # CLI Reference: both are enabled by default
                if entry.value(f"query-v{version}-status") != "disable":
                    yield ManagementService(
                        kind=ServiceKind.SNMP, location=notes.where(entry.line), version=version,
                        text=f"snmp community {entry.name}, version {version}", sources=_hosts(entry),
                        well_known_secret=entry.value("name").lower() in _WELL_KNOWN,
                    )  # fmt: skip
        for entry in root.table("system snmp user"):
            if entry.value("status") != "disable" and entry.value("queries") != "disable":
                yield ManagementService(
                    kind=ServiceKind.SNMP, location=notes.where(entry.line), version="3", text=f"snmp user {entry.name}"
                )


def _hosts(community: Entry) -> AddressSet | None:
    """The hosts that may ask; ``None`` where one of them is not limited."""
    found = []
    for path, option, family in (("hosts", "ip", FAMILIES[0]), ("hosts6", "ipv6", FAMILIES[1])):
        for host in community.table(path):
            if host.value("host-type") == "trap":
                continue
            read = values.subnet(host.values(option), family) if host.values(option) else None
            if read is None:
                return None
            found.append(AddressSet.of(family, read))
    return AddressSet.union(found) if found else None


def accounts(admins: Iterable[Entry], notes: Notes, *, whole: bool) -> Iterator[Account]:
    """Administrators.  A missing password counts only in a whole configuration: an extract may leave it out."""
    for entry in admins:
        password = entry.values("password")
        elsewhere = entry.on("remote-auth") or entry.on("peer-auth") or any(o.startswith("ssh-") for o in entry.settings)
        weak = ""
        if password and password[0] != "ENC" and len(password) == 1:
            weak = "plain"
        elif len(password) > 1 and password[1].startswith("AK1"):
            weak = "sha1"  # from memory: AK1 is SHA-1 of FortiOS up to 5.6, SH2 SHA-256, PB2 PBKDF2
        yield Account(
            name=entry.name, location=notes.where(entry.line), factory=entry.name in ("admin", "maintainer"),
            no_password=whole and not password and not elsewhere, weak_hash=weak,
        )  # fmt: skip


def syslog_targets(roots: Sequence[Entry], notes: Notes) -> Iterator[SyslogTarget]:
    """``log syslogd… setting`` and FortiAnalyzer, which takes logs over TLS unless told otherwise."""
    for root in roots:
        for path, block in root.blocks.items():
            entry = block.own
            if not path.startswith("log ") or not entry.value("server"):
                continue
            syslog = path.startswith("log syslogd")
            where = notes.where(entry.settings["server"].line)
            plain = entry.value("enc-algorithm", "disable" if syslog else "high") == "disable"
            reliable = entry.value("mode", "udp") != "udp" if syslog else True
            port = values.number(entry.value("port", "514"), 65535)
            yield SyslogTarget(
                host=entry.value("server"), location=where, port=port if port is not None else 514, enabled=entry.on("status"),
                protocol="udp" if not reliable else "tcp" if plain else "tls",
            )  # fmt: skip


def time_servers(roots: Sequence[Entry], notes: Notes) -> Iterator[TimeServer]:
    """``system ntp``: its own list of servers with ``type custom``, else those of FortiGuard."""
    for root in roots:
        entry = root.block("system ntp")
        if entry is None:
            continue
        enabled = entry.on("ntpsync")
        servers = list(entry.table("ntpserver"))
        if entry.value("type", "fortiguard") == "custom":
            for server in servers:
                yield TimeServer(
                    host=server.value("server"), location=notes.where(server.line), enabled=enabled,
                    authenticated=server.on("authentication"),
                )  # fmt: skip
        elif enabled:
            line = entry.settings["ntpsync"].line
            yield TimeServer(host="FortiGuard", location=notes.where(line))


def physical_ports(interfaces: Interfaces, roots: Sequence[Entry], notes: Notes) -> Iterator[PhysicalPort]:
    """Interfaces with a socket, and the ports of switches that the FortiGate manages."""
    carrying = {n for i in interfaces.known.values() for o in ("interface", "member") for n in i.entry.values(o)}
    for name, interface in interfaces.known.items():
        entry = interface.entry
        if name in interfaces.assumed or entry.value("type", "physical") != "physical" or "vlanid" in entry.settings:
            continue
        if name in interfaces.links or entry.values("interface") or name.startswith(("ssl.", "l2t.", "naf.")):
            continue
        yield PhysicalPort(
            name=name, location=notes.where(entry.line), enabled=entry.value("status") != "down", mode="routed",
            description=visible(" ".join((*entry.values("alias"), *entry.values("description")))),
            identification=_IDENTIFICATION.get(entry.value("security-mode"), ""),
            configured=name in carrying or bool(entry.settings.keys() - _NAME_ONLY or entry.blocks),
        )  # fmt: skip
    tags = {n: i.vlan for n, i in interfaces.known.items() if i.vlan is not None}
    for root in roots:
        for switch in root.table("switch-controller managed-switch"):
            for port in switch.table("ports"):
                own, more = port.value("vlan"), port.values("allowed-vlans")
                trunk = bool(more) or port.on("allowed-vlans-all")
                listed = [tags[n] for n in ((own, *more) if trunk else (own,)) if n in tags]
                yield PhysicalPort(
                    name=f"{switch.name} {port.name}", location=notes.where(port.line),
                    enabled=port.value("status") != "down", description=visible(" ".join(port.values("description"))),
                    mode="trunk" if trunk else "access", native_vlan=tags.get(own) if trunk else None,
                    vlans=() if port.on("allowed-vlans-all") else tuple(sorted(set(listed))),
                    identification="dot1x" if port.value("port-security-policy") else "",
                )  # fmt: skip


def wireless(roots: Sequence[Entry], notes: Notes) -> Iterator[WirelessNetwork]:
    """``wireless-controller vap``; the default of ``security`` is WPA2 with a shared key (CLI Reference)."""
    for root in roots:
        for entry in root.table("wireless-controller vap"):
            written = entry.value("security", "wpa2-only-personal").partition("+")[0]
            yield WirelessNetwork(
                name=visible(entry.value("ssid") or entry.name), location=notes.where(entry.line),
                security=_SECURITY.get(written, "unknown"),
            )  # fmt: skip


def software(lines: Sequence[str], first: int, notes: Notes) -> Iterator[Software]:
    """The first line of a backup; *first* is its number less one, counted through all files."""
    for number, line in enumerate(lines[:50], first + 1):
        if found := _VERSION.match(line):
            yield Software(product="FortiOS", version=found.group(2), location=notes.where(number))
            return
