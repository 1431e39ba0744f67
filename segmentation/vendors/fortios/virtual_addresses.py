"""Virtual IPs and their groups: destination translation.

CLI Reference, "config firewall vip", "vip6", "vipgrp"; Administration Guide, "Virtual IPs": a packet that meets a virtual IP
is translated before the policies are asked, and then only policies that name the virtual IP speak of it (and denials with
``match-vip``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ICMP, SCTP, TCP, UDP
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.services import Term
from segmentation.vendors.fortios.tree import Entry

DEPTH_LIMIT = 16
#: Address by address, a range is translated exactly up to this many addresses.
PAIR_LIMIT = 256
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP}
#: Types whose destination is chosen while the device runs.
_CHOSEN = frozenset({"load-balance", "server-load-balance", "fqdn", "access-proxy", "dns-translation"})


@dataclass(frozen=True, slots=True)
class VirtualAddress:
    """One virtual IP: what it takes, and where that goes."""

    name: str
    line: int
    family: Family
    outer: IntervalSet
    inner: IntervalSet | None  # None: not known
    interface: str  # "any", an interface or a zone
    sources: IntervalSet | None = None
    protocol: int | None = None
    outer_ports: IntervalSet = ALL_PORTS
    inner_ports: IntervalSet | None = None
    why: str = ""

    def terms(self, service: Term) -> Term | None:
        """The part of a service that this virtual IP takes, in outer ports; ``None`` if there is none.

        The service of a policy is compared with the port after translation (Administration Guide, "Virtual IP with
        services"), so the outer ports are those that lead to a port of the service.
        """
        if self.protocol is None:
            return service
        protocols = service.protocols & IntervalSet.single(self.protocol)
        if not protocols:
            return None
        if self.inner_ports is None or self.outer_ports.size != self.inner_ports.size:
            many_to_few = self.inner_ports is not None and not self.inner_ports.overlaps(service.dports)
            return None if many_to_few else Term(protocols, service.sports, self.outer_ports, service.why)
        shift = self.inner_ports.low - self.outer_ports.low
        meant = IntervalSet.from_iter((lo - shift, hi - shift) for lo, hi in self.inner_ports & service.dports)
        return Term(protocols, service.sports, meant, service.why) if meant else None

    def pairs(self) -> list[tuple[IntervalSet, IntervalSet | None]]:
        """Outer addresses with the inner ones they go to: one by one, a whole prefix, or many at once."""
        if self.inner is None or self.inner.size == 1 or self.outer.size != self.inner.size or len(self.outer) != 1:
            return [(self.outer, self.inner)]
        if len(self.inner) != 1 or self.outer.size > PAIR_LIMIT:
            return [(self.outer, self.inner)]
        start, base = self.outer.low, self.inner.low
        return [(IntervalSet.single(start + i), IntervalSet.single(base + i)) for i in range(self.outer.size)]


@dataclass(slots=True)
class VirtualAddresses:
    """The virtual IPs of one VDOM."""

    notes: Notes
    known: dict[Family, dict[str, VirtualAddress]] = field(default_factory=lambda: {4: {}, 6: {}})
    groups: dict[Family, dict[str, Entry]] = field(default_factory=lambda: {4: {}, 6: {}})

    def load(self, root: Entry) -> None:
        """Take the virtual IPs of a configuration."""
        for family in FAMILIES:
            suffix = "" if family == 4 else "6"
            for entry in root.table(f"firewall vip{suffix}"):
                if entry.value("status") != "disable":
                    made = self._virtual(entry, family)
                    if made is not None:
                        self.known[family][entry.name] = made
            for entry in root.table(f"firewall vipgrp{suffix}"):
                self.groups[family][entry.name] = entry

    def named(self, name: str, family: Family) -> bool:
        """Whether a virtual IP or a group of them has this name."""
        return name in self.known[family] or name in self.groups[family]

    def members(self, name: str, family: Family, depth: int = 0) -> dict[str, VirtualAddress]:
        """The virtual IPs that a name stands for."""
        if name in self.known[family]:
            return {name: self.known[family][name]}
        group = self.groups[family].get(name)
        if group is None or depth > DEPTH_LIMIT:
            return {}
        out: dict[str, VirtualAddress] = {}
        for member in group.values("member"):
            if member in self.known[family]:
                out |= self.members(member, family, depth + 1)
            else:
                setting = group.settings["member"]
                self.notes.add(setting.line, setting.text, reasons.ADDRESS_MISSING.format(name=member))
        return out

    def _virtual(self, entry: Entry, family: Family) -> VirtualAddress | None:
        setting = entry.settings.get("extip")
        outer = values.address_range(setting.values[0], family) if setting and setting.values else None
        if setting and outer == IntervalSet.single(0):
            outer = None  # 0.0.0.0: the address of the interface, whatever it is
        why = "" if outer is not None and not entry.unknown else f"vip {entry.name}"
        if outer is None:
            outer = IntervalSet(((0, (1 << (32 if family == 4 else 128)) - 1),))
            if setting is None or values.address_range(setting.values[0] if setting.values else "", family) is None:
                line, text = (setting.line, setting.text) if setting else (entry.line, f"edit {entry.name}")
                self.notes.add(
                    line, text, reasons.BAD_ADDRESS.format(text=" ".join(setting.values) if setting else ""), covered=True
                )
        kind = entry.value("type", "static-nat")
        inner = self._inner(entry, family, kind)
        protocol, outer_ports, inner_ports = self._ports(entry, kind)
        sources = [values.address_range(w, family) for w in entry.values("src-filter")]
        if None in sources:
            why = why or f"vip {entry.name} src-filter"
        if entry.values("service") or entry.values("srcintf-filter"):
            why = why or f"vip {entry.name} service"
        return VirtualAddress(
            entry.name, entry.line, family, outer, inner, entry.value("extintf", "any"),
            IntervalSet.from_iter(i for s in sources if s is not None for i in s) if sources and None not in sources else None,
            protocol, outer_ports, inner_ports, why,
        )  # fmt: skip

    def _inner(self, entry: Entry, family: Family, kind: str) -> IntervalSet | None:
        if kind == "server-load-balance":
            servers = [values.address_range(s.value("ip"), family) for s in entry.table("realservers")]
            if servers and None not in servers:
                return IntervalSet.from_iter(i for s in servers if s is not None for i in s)
        found = [values.address_range(w, family) for w in entry.values("mappedip")]
        if found and None not in found and kind in ("static-nat", "load-balance"):
            return IntervalSet.from_iter(i for f in found if f is not None for i in f)
        setting = entry.settings.get("mappedip")
        line, text = (setting.line, setting.text) if setting else (entry.line, f"edit {entry.name}")
        self.notes.add(line, text, reasons.VIP_KIND.format(name=entry.name, kind=kind))
        return None

    def _ports(self, entry: Entry, kind: str) -> tuple[int | None, IntervalSet, IntervalSet | None]:
        """Protocol, outer and inner ports; no protocol when all of them are translated."""
        if kind == "server-load-balance":
            return self._balanced(entry)
        if not entry.on("portforward"):
            return None, ALL_PORTS, None
        protocol = _PROTOCOLS.get(entry.value("protocol", "tcp"))
        outer = values.port_range(entry.value("extport", "0"))
        if protocol is None or protocol == ICMP or outer is None or outer == IntervalSet.single(0):
            outer = ALL_PORTS
        written = entry.value("mappedport")
        inner = values.port_range(written) if written and written != "0" else None
        return protocol, outer, inner if inner is not None or written else outer

    @staticmethod
    def _balanced(entry: Entry) -> tuple[int | None, IntervalSet, IntervalSet | None]:
        """CLI Reference, "server-type": UDP, any protocol for "ip", else TCP; every real server has a port of its own."""
        kind = entry.value("server-type")
        outer = values.port_range(entry.value("extport", "0"))
        if kind == "ip" or (not kind and "extport" not in entry.settings):
            return None, ALL_PORTS, None
        protocol = UDP if kind == "udp" else TCP
        if outer is None or outer == IntervalSet.single(0):
            outer = ALL_PORTS
        own = [values.port_range(s.value("port", "0")) for s in entry.table("realservers")]
        same = entry.value("server-type") in ("tcp", "udp", "")  # others have a default port of their own
        if any(p is None for p in own) or not own or not same:
            return protocol, outer, ALL_PORTS
        inner = IntervalSet.from_iter(
            i for p in own if p is not None for i in (outer if p == IntervalSet.single(0) else p)
        )  # fmt: skip
        return protocol, outer, inner if len(inner) == 1 else ALL_PORTS
