"""Interfaces, zones and virtual domains: which names a policy means, and how virtual domains are joined.

CLI Reference, "config system interface", "config system zone", "config system vdom-link"; Administration Guide, "Inter-VDOM
routing": a link has two ends named after it, ``0`` and ``1``; the links of network processors are ``npu0_vlink0`` and
``npu0_vlink1``, and VLANs of one number on both ends are a link of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.device import InterfaceInfo
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.notes import Notes, visible
from segmentation.vendors.fortios.tree import Entry

_NPU_LINK = re.compile(r"(npu\d+_vlink)([01])$")
#: Interfaces every VDOM has without being configured.
_BUILT_IN = ("ssl.", "l2t.", "naf.")
ROOT = "root"


@dataclass(slots=True)
class Interface:
    """One interface as configured."""

    entry: Entry
    vdom: str
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    vlan: int | None = None


@dataclass(slots=True)
class Interfaces:
    """All interfaces of a device."""

    notes: Notes
    known: dict[str, Interface] = field(default_factory=dict)
    #: End of a link between VDOMs -> its other end.
    links: dict[str, str] = field(default_factory=dict)
    networks: dict[str, IntervalSet] = field(default_factory=dict)
    #: Names that only policies and zones tell; they belong to the VDOM that uses them.
    assumed: set[str] = field(default_factory=set)

    def assume(self, root: Entry, vdom: str) -> None:
        """Take the interfaces that a VDOM uses and nobody declares."""
        zones = Zones()
        zones.load(root)
        used = dict.fromkeys(i for members in zones.members.values() for i in members)
        for path, block in root.blocks.items():
            if path.startswith("firewall ") and path.endswith(("policy", "policy6")):
                for entry in block.entries.values():
                    used |= dict.fromkeys((*entry.values("srcintf"), *entry.values("dstintf"), *entry.values("intf")))
        for name in used:
            if name not in self.known and name not in zones.members and name not in ("any", ""):
                self.known[name] = Interface(Entry(name, root.line), vdom)
                self.assumed.add(name)

    def load(self, root: Entry) -> None:
        """Take the interfaces of a configuration (of the device or of one VDOM)."""
        for entry in root.table("system interface"):
            self.known[entry.name] = self._interface(entry)
            networks = [
                found for family, value, length in self.known[entry.name].addresses
                if family == 4 and (found := values.subnet((f"{values.dotted(value)}/{length}",), 4)) is not None
            ]  # fmt: skip
            if networks:
                self.networks[entry.name] = IntervalSet.from_iter(i for n in networks for i in n)
        self._find_links(root)

    def _interface(self, entry: Entry) -> Interface:
        made = Interface(entry, entry.value("vdom", ROOT))
        self._address(made, entry, "ip", 4)
        if entry.value("secondary-IP") != "disable":
            for second in entry.table("secondaryip"):
                self._address(made, second, "ip", 4)
        six = entry.block("ipv6")
        if six is not None:
            self._address(made, six, "ip6-address", 6)
            for more in six.table("ip6-extra-addr"):
                made.addresses += [(6, *found)] if (found := values.prefix(more.name, 6)) else []
        if "vlanid" in entry.settings:
            made.vlan = values.number(entry.value("vlanid"), 4095)
        return made

    def _address(self, made: Interface, entry: Entry, option: str, family: Family) -> None:
        setting = entry.settings.get(option)
        if setting is None or setting.values in (("0.0.0.0", "0.0.0.0"), ("0.0.0.0/0",), ("::/0",)):  # noqa: S104 - "no address"
            return
        written = f"{setting.values[0]}/{setting.values[1]}" if len(setting.values) == 2 else " ".join(setting.values)
        found = values.prefix(written, family)
        if found is None:
            self.notes.add(setting.line, setting.text, reasons.BAD_ADDRESS.format(text=written), widened=False)
        else:
            made.addresses.append((family, *found))

    def _find_links(self, root: Entry) -> None:
        for link in root.table("system vdom-link"):
            self.links |= {f"{link.name}0": f"{link.name}1", f"{link.name}1": f"{link.name}0"}
        for name in self.known:
            if found := _NPU_LINK.match(name):
                self.links[name] = found.group(1) + str(1 - int(found.group(2)))
        by_tag = {(i.entry.value("interface"), i.vlan): name for name, i in self.known.items() if i.vlan is not None}
        for (parent, tag), name in by_tag.items():
            other = by_tag.get((self.links.get(parent, ""), tag))
            if other is not None:
                self.links[name] = other

    def infos(self, zones: dict[str, str], *, several: bool) -> tuple[InterfaceInfo, ...]:
        """The interfaces for the device, each with its zone, and with its VDOM where there are *several*."""
        return tuple(
            InterfaceInfo(
                name=name,
                addresses=tuple(i.addresses),
                vlan=i.vlan,
                zone=zones.get(name, ""),
                location=self.notes.where(i.entry.line),
                enabled=i.entry.value("status") != "down",
                description=visible(" ".join((*i.entry.values("alias"), *i.entry.values("description")))),
                vrf=i.vdom if several else "",
            )
            for name, i in self.known.items()
            if name not in self.assumed
        )


@dataclass(slots=True)
class Zones:
    """Zones of one VDOM: their interfaces, and whether traffic inside them passes."""

    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    intrazone: list[Entry] = field(default_factory=list)  # zones with "intrazone allow"

    def load(self, root: Entry) -> None:
        """Take the zones of a configuration, those of SD-WAN among them."""
        for entry in root.table("system zone"):
            self.members[entry.name] = entry.values("interface")
            if entry.value("intrazone") == "allow":  # CLI Reference, "config system zone": the default is deny
                self.intrazone.append(entry)
        for path in ("system sdwan", "system virtual-wan-link"):
            wan = root.block(path)
            if wan is None:
                continue
            for zone in wan.table("zone"):
                self.members.setdefault(zone.name, ())
            for member in wan.table("members"):
                zone_name = member.value("zone", "virtual-wan-link")
                self.members[zone_name] = (*self.members.get(zone_name, ()), *member.values("interface"))

    def interfaces(self, names: Iterable[str]) -> Iterator[str]:
        """The interfaces that zones and interfaces of these names stand for."""
        for name in names:
            yield from self.members.get(name, (name,))


def built_in(name: str) -> bool:
    """Whether an interface exists without being configured."""
    return name.startswith(_BUILT_IN) or name in ("any", "")


@dataclass(slots=True)
class Topology:
    """How virtual domains are joined by links."""

    interfaces: Interfaces
    vdoms: tuple[str, ...]
    _members: dict[str, list[str]] = field(default_factory=dict)
    _neighbours: dict[str, dict[str, str]] = field(default_factory=dict)  # vdom -> link end -> vdom behind it

    @classmethod
    def of(cls, interfaces: Interfaces, vdoms: tuple[str, ...]) -> Topology:
        """Join the VDOMs by the links whose two ends are configured."""
        made = cls(interfaces, vdoms)
        for vdom in vdoms:
            made._members[vdom] = []
            made._neighbours[vdom] = {}
        for name, interface in interfaces.known.items():
            made._members.setdefault(interface.vdom, []).append(name)
            other = interfaces.known.get(interfaces.links.get(name, ""))
            if other is not None and other.vdom != interface.vdom:
                made._neighbours.setdefault(interface.vdom, {})[name] = other.vdom
        return made

    def outer(self, vdom: str) -> list[str]:
        """The interfaces of a VDOM that are no ends of links."""
        return [n for n in self._members.get(vdom, ()) if n not in self._neighbours.get(vdom, {})]

    def behind(self, vdom: str, name: str) -> tuple[str, ...]:
        """The interfaces that a policy of *vdom* means by *name*: for the end of a link, those of all VDOMs behind it."""
        first = self._neighbours.get(vdom, {}).get(name)
        if first is None:
            return (name,)
        return tuple(i for other in self.component(first, without=vdom) for i in self.outer(other))

    def component(self, start: str, without: str = "") -> tuple[str, ...]:
        """The VDOMs that can be reached from *start*, itself included, without passing *without*."""
        seen = {start: None}
        waiting = [start]
        while waiting:
            for other in self._neighbours.get(waiting.pop(), {}).values():
                if other not in seen and other != without:
                    seen[other] = None
                    waiting.append(other)
        return tuple(seen)

    def components(self, without: str = "") -> list[tuple[str, ...]]:
        """All VDOMs but *without*, grouped by what can reach what without passing it."""
        out: list[tuple[str, ...]] = []
        seen: set[str] = {without}
        for vdom in self.vdoms:
            if vdom not in seen:
                group = self.component(vdom, without=without)
                seen.update(group)
                out.append(group)
        return out
