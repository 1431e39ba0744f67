"""Service objects and groups of one VDOM, resolved to products of protocol, ports, types and codes.

CLI Reference, "config firewall service custom", "config firewall service group".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.device.device import NamedSet
from segmentation.device.match import Field
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, SCTP, TCP, UDP
from segmentation.model.text import Text
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.tree import Entry, Setting
from segmentation.vendors.fortios.vocabulary import predefined_services

DEPTH_LIMIT = 64
_OCTET = IntervalSet(((0, 255),))
_PORT_OPTIONS = {"tcp-portrange": TCP, "udp-portrange": UDP, "sctp-portrange": SCTP, "udplite-portrange": 136}
_WITH_PORTS = frozenset(_PORT_OPTIONS.values())
_ICMPS = frozenset({ICMP, ICMPV6})


@dataclass(frozen=True, slots=True)
class Term:
    """One product.  For ICMP ``sports`` holds the types and ``dports`` the codes."""

    protocols: IntervalSet
    sports: IntervalSet = ALL_PORTS
    dports: IntervalSet = ALL_PORTS
    why: str = ""  # what is not known: then it matches perhaps

    def fields(self) -> dict[Field, IntervalSet]:
        """The product as fields of a match; those that hold for every packet are left out."""
        out: dict[Field, IntervalSet] = {}
        if self.protocols != ALL_PROTOCOLS:
            out[Field.PROTO] = self.protocols
        if self.sports != ALL_PORTS:
            out[Field.SPORT] = self.sports
        if self.dports != ALL_PORTS:
            out[Field.DPORT] = self.dports
        return out


ANY_TERM = Term(ALL_PROTOCOLS)


@dataclass(slots=True)
class Services:
    """Objects by name; resolves names, and remembers which were used."""

    notes: Notes
    objects: dict[str, Entry] = field(default_factory=dict)
    groups: dict[str, Entry] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    _known: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    _unions: dict[tuple[str, ...], tuple[Term, ...]] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def load(self, root: Entry) -> None:
        """Take the objects of a configuration."""
        for path, table in (("firewall service custom", self.objects), ("firewall service group", self.groups)):
            if path in root.blocks:
                table.update(root.blocks[path].entries)

    def resolve(self, names: tuple[str, ...], line: int, text: str) -> tuple[Term, ...]:
        """The terms of the named services, merged; what is not defined may be anything, and is reported at *line*."""
        known = self._unions.get(names)
        if known is None:
            known = merged(t for name in names for t in self._one(name, line, text, 0))
            if all(n in self.objects or n in self.groups or n in _PREDEFINED for n in names):
                self._unions[names] = known
        return known

    def _one(self, name: str, line: int, text: str, depth: int) -> tuple[Term, ...]:
        self.used.add(name)
        known = self._known.get(name)
        if known is not None:
            return known
        if name in self._open:
            self.notes.add(line, text, reasons.GROUP_LOOP.format(name=name), covered=True)
            return (Term(ALL_PROTOCOLS, why=f"service group {name}"),)
        if name in self.objects:
            found = self._object(self.objects[name])
        elif name in self.groups:
            self._open.add(name)
            found = self._group(self.groups[name], depth)
            self._open.discard(name)
        elif name in _PREDEFINED:
            found = self._object(_PREDEFINED[name])
        else:
            self.notes.add(line, text, reasons.SERVICE_MISSING.format(name=name), covered=True)
            found = (Term(ALL_PROTOCOLS, why=f"service {name}"),)
        self._known[name] = found
        return found

    def _group(self, group: Entry, depth: int) -> tuple[Term, ...]:
        setting = group.settings.get("member")
        line, text = (setting.line, setting.text) if setting else (group.line, f"edit {group.name}")
        if depth >= DEPTH_LIMIT:
            self.notes.add(line, text, reasons.GROUP_DEEP.format(name=group.name), covered=True)
            return (Term(ALL_PROTOCOLS, why=f"service group {group.name}"),)
        found = merged(t for name in group.values("member") for t in self._one(name, line, text, depth + 1))
        return tuple(_doubted(t, group) for t in found) if group.unknown else found

    def _object(self, entry: Entry) -> tuple[Term, ...]:
        protocol = entry.value("protocol", "TCP/UDP/SCTP").upper()
        if protocol in ("ALL", "HTTP", "FTP", "CONNECT", "SOCKS-TCP", "SOCKS-UDP"):
            return (Term(ALL_PROTOCOLS, why=f"service {entry.name} (proxy)"),)  # of the explicit proxy
        if protocol.startswith("TCP"):
            found = self._ports(entry)
        elif protocol in ("ICMP", "ICMP6"):
            found = self._icmp(entry, ICMP if protocol == "ICMP" else ICMPV6)
        elif protocol == "IP":
            found = self._ip(entry)
        else:
            self._bad(entry, entry.settings.get("protocol"), reasons.BAD_PROTOCOL.format(text=protocol))
            return (Term(ALL_PROTOCOLS, why=f"service {entry.name}"),)
        narrowed = bool(entry.unknown) or entry.value("app-service-type", "disable") != "disable" or entry.on("proxy")
        narrowed |= entry.value("iprange", "0.0.0.0") not in ("0.0.0.0", "0.0.0.0-0.0.0.0")  # noqa: S104 - "no address"
        narrowed |= bool(entry.value("fqdn"))
        return tuple(_doubted(t, entry) for t in found) if narrowed else found

    def _ports(self, entry: Entry) -> tuple[Term, ...]:
        out: list[Term] = []
        for option, protocol in _PORT_OPTIONS.items():
            setting = entry.settings.get(option)
            for word in setting.values if setting else ():
                pair = values.port_pair(word)
                one = IntervalSet.single(protocol)
                if pair is None:
                    self._bad(entry, setting, reasons.BAD_PORT.format(text=word))
                    out.append(Term(one, why=f"service {entry.name}"))
                else:
                    out.append(Term(one, pair[1], pair[0]))
        if not out:
            self._bad(entry, None, reasons.NO_SERVICE.format(name=entry.name), widened=False)
        return merged(out)

    def _icmp(self, entry: Entry, protocol: int) -> tuple[Term, ...]:
        ends = [_OCTET, _OCTET]
        one = IntervalSet.single(protocol)
        if "icmptype" not in entry.settings:
            return (Term(one),)  # without a type the code has no meaning
        for i, option in enumerate(("icmptype", "icmpcode")):
            setting = entry.settings.get(option)
            if setting is None:
                continue
            value = values.number(setting.values[0] if setting.values else "", 0xFFFFFFFF)
            if value is None:
                self._bad(entry, setting, reasons.BAD_NUMBER.format(text=" ".join(setting.values)))
                return (Term(one, why=f"service {entry.name}"),)
            ends[i] = IntervalSet.single(value) if value <= 255 else EMPTY
        codes = ends[1] if "icmpcode" in entry.settings else ALL_PORTS
        return (Term(one, ends[0], codes),) if ends[0] and codes else ()

    def _ip(self, entry: Entry) -> tuple[Term, ...]:
        setting = entry.settings.get("protocol-number")
        if setting is None:
            return (ANY_TERM,)  # CLI Reference: the default 0 stands for every protocol
        value = values.number(setting.values[0] if setting.values else "", 255)
        if value is None:
            self._bad(entry, setting, reasons.BAD_NUMBER.format(text=" ".join(setting.values)))
            return (Term(ALL_PROTOCOLS, why=f"service {entry.name}"),)
        return (Term(IntervalSet.single(value)) if value else ANY_TERM,)

    def _bad(self, entry: Entry, setting: Setting | None, reason: Text, *, widened: bool = True) -> None:
        if entry.line:
            line, text = (setting.line, setting.text) if setting else (entry.line, f"edit {entry.name}")
            self.notes.add(line, text, reason, widened=widened, covered=True)

    def resolve_rest(self) -> None:
        """Resolve what no policy names, so that its problems are reported too; it does not become used."""
        used = set(self.used)
        for entries in (self.objects, self.groups):
            for name, entry in entries.items():
                self._one(name, entry.line, f"edit {name}", 0)
        waiting = list(used)
        while waiting:
            group = self.groups.get(waiting.pop())
            inside = [m for m in group.values("member") if m not in used] if group else []
            used.update(inside)
            waiting += inside
        self.used = used

    def named_sets(self) -> list[NamedSet]:
        """Every object and group, for findings about unused and empty ones."""
        return [
            NamedSet(
                name=name,
                location=self.notes.where(entry.line),
                size=len(self._known.get(name, ())),
                dynamic=any(t.why for t in self._known.get(name, ())),
                used=name in self.used,
            )
            for entries in (self.objects, self.groups)
            for name, entry in entries.items()
        ]


def _doubted(term: Term, entry: Entry) -> Term:
    return Term(term.protocols, term.sports, term.dports, f"service {entry.name}")


_PREDEFINED: dict[str, Entry] = {
    name: Entry(name, 0, {option: Setting(given, 0, "") for option, given in options.items()})
    for name, options in predefined_services().items()
}


def merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Fewer terms for the same packets: ports joined for one protocol, then protocols joined for the same ports."""
    by_ports: dict[tuple[IntervalSet, IntervalSet, str], list[IntervalSet]] = {}
    for term in terms:
        by_ports.setdefault((term.protocols, term.sports, term.why), []).append(term.dports)
    joined: dict[tuple[IntervalSet, IntervalSet, str], list[IntervalSet]] = {}
    for (protocols, sports, why), many in by_ports.items():
        dports = IntervalSet.from_iter(i for p in many for i in p)
        joined.setdefault((sports, dports, why), []).append(protocols)
    out: list[Term] = []
    for (sports, dports, why), protocol_sets in joined.items():
        # ICMP types are no ports: they stay apart from protocols with ports.
        icmp = [p for p in protocol_sets if p.size == 1 and p.low in _ICMPS]
        others = IntervalSet.from_iter(i for p in protocol_sets if p not in icmp for i in p)
        alike = (sports, dports) == (ALL_PORTS, ALL_PORTS)
        if alike:
            others = IntervalSet.from_iter(i for p in protocol_sets for i in p)
            icmp = []
        out += [Term(p, sports, dports, why) for p in dict.fromkeys(icmp)]
        out += [Term(others, sports, dports, why)] if others else []
    return tuple(out)


def complement(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Every packet that no term matches; where it is no short list of products, perhaps-terms that contain it."""
    whole = EMPTY
    partial: dict[int, list[Term]] = {}
    for term in terms:
        if term.sports == term.dports == ALL_PORTS and not term.why:
            whole = whole | term.protocols
            continue
        for protocol in (p for lo, hi in term.protocols for p in range(lo, hi + 1)):
            partial.setdefault(protocol, []).append(term)
    untouched = ALL_PROTOCOLS - whole - IntervalSet.from_iter((p, p) for p in partial)
    out = [Term(untouched)] if untouched else []
    for protocol, parts in partial.items():
        if protocol in whole:
            continue
        one = IntervalSet.single(protocol)
        if any(p.why or p.sports != ALL_PORTS for p in parts):
            out.append(Term(one, why="service-negate"))
        else:
            left = ALL_PORTS - IntervalSet.from_iter(i for p in parts for i in p.dports)
            out += [Term(one, ALL_PORTS, left)] if left else []
    return merged(out)
