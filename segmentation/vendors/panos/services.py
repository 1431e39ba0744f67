"""Services and applications of a rule as products of protocol, ports, types and codes.

Administrator's Guide, "Security policy rule: service" and "application": a packet must be of one of the services and of one
of the applications.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.lexical import Term, both, decimal
from segmentation.device.match import Field
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, SCTP, TCP, UDP
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.applications import BY_PROTOCOL, BY_TYPE, default_ports
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.objects import Names
from segmentation.vendors.panos.tree import Node

DEPTH_LIMIT = 64
ANY_TERM = Term()
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "sctp": SCTP}
#: Administrator's Guide, "Service": service-http is TCP 80 and 8080, service-https TCP 443.
_PREDEFINED = {"service-http": ((80, 80), (8080, 8080)), "service-https": ((443, 443),)}


@dataclass(frozen=True, slots=True)
class Application:
    """What an application may look like: on its own ports, and on any."""

    standard: tuple[Term, ...]
    anywhere: tuple[Term, ...]


@dataclass(slots=True)
class Services:
    """Resolves the services and applications of rules."""

    names: Names
    notes: Notes
    _known: dict[int, tuple[Term, ...]] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def resolve(self, services: Iterable[Node], applications: Iterable[Node]) -> tuple[Term, ...]:
        """The terms of a rule; a term with doubts matches perhaps."""
        named = list(applications)
        every = not named or any(a.name == "any" for a in named)
        apps = [] if every else [app for a in named for app in self._application(a, 0)]
        out: list[Term] = []
        for service in services:
            if service.name == "application-default":
                standard = (
                    [Term(uncertain=("service application-default",))] if every else [t for a in apps for t in a.standard]
                )
                out += standard
                continue
            wanted = [ANY_TERM] if service.name == "any" else list(self._service(service, 0))
            if every:
                out += wanted
            else:
                out += [both(w, t) for w in wanted for a in apps for t in a.anywhere]
        return _merged(t for t in out if all(t.fields.values()))

    def ports(self, services: Iterable[Node]) -> tuple[Term, ...]:
        """The terms of the service of a NAT rule."""
        return _merged(t for s in services for t in ((ANY_TERM,) if s.name == "any" else self._service(s, 0)))

    def _service(self, member: Node, depth: int) -> tuple[Term, ...]:
        name = member.name
        found = self.names.find("service", name)
        if found is not None:
            if id(found) not in self._known:
                self._known[id(found)] = self._object(found)
            return self._known[id(found)]
        group = self.names.find("service-group", name)
        if group is not None:
            return self._group(member, group, depth, self._service)
        if name in _PREDEFINED:
            return (Term({Field.PROTO: IntervalSet.single(TCP), Field.DPORT: IntervalSet.of(*_PREDEFINED[name])}),)
        if name == "any":
            return (ANY_TERM,)
        self.notes.add(member, name, reasons.SERVICE_MISSING.format(name=name), covered=True)
        return (Term(uncertain=(f"service {name}",)),)

    def _group(self, member: Node, group: Node, depth: int, one: object) -> tuple[Term, ...]:
        if id(group) in self._open or depth >= DEPTH_LIMIT:
            reason = reasons.GROUP_LOOP if id(group) in self._open else reasons.GROUP_DEEP
            self.notes.add(member, group.name, reason.format(name=group.name), covered=True)
            return (Term(uncertain=(f"service-group {group.name}",)),)
        if id(group) not in self._known:
            self._open.add(id(group))
            self._known[id(group)] = _merged(t for m in group.entries("members") for t in one(m, depth + 1))  # type: ignore[operator]
            self._open.discard(id(group))
        return self._known[id(group)]

    def _object(self, node: Node) -> tuple[Term, ...]:
        out: list[Term] = []
        for protocol in node.entries("protocol"):
            number = _PROTOCOLS.get(protocol.name)
            if number is None:
                continue  # reported by the schema
            ports, doubt = self._port_set(protocol.at("port"))
            sources, doubt2 = self._port_set(protocol.at("source-port"))
            fields = {Field.PROTO: IntervalSet.single(number)}
            if ports is not None:
                fields[Field.DPORT] = ports
            if sources is not None:
                fields[Field.SPORT] = sources
            unknown = self.notes.unknown.get(id(node))
            out.append(Term(fields, (f"service {node.name}",) if doubt or doubt2 or unknown else ()))
        if not out:
            self.notes.add(node, node.name, reasons.NO_SERVICE.format(name=node.name), covered=True)
            return (Term(uncertain=(f"service {node.name}",)),)
        return tuple(out)

    def _port_set(self, node: Node | None) -> tuple[IntervalSet | None, bool]:
        """The ports of ``80,443,8000-8100``, ``None`` for any; and whether a part was not understood."""
        if node is None or not node.children:
            return None, False
        found = port_set(node.children[node.last].name if node.last in node.children else "")
        if found is None:
            self.notes.add(node, node.value(), reasons.BAD_PORT.format(text=node.value()[:80]), covered=True)
        return found, found is None

    def _application(self, member: Node, depth: int) -> tuple[Application, ...]:
        name = member.name
        custom = self.names.find("application", name)
        if custom is not None:
            return (self._custom(custom),)
        group = self.names.find("application-group", name)
        if group is not None:
            if id(group) in self._open or depth >= DEPTH_LIMIT:
                reason = reasons.GROUP_LOOP if id(group) in self._open else reasons.GROUP_DEEP
                self.notes.add(member, name, reason.format(name=name), covered=True)
                return (_unknown(name),)
            self._open.add(id(group))
            found = tuple(app for m in group.entries("members") for app in self._application(m, depth + 1))
            self._open.discard(id(group))
            return found
        return (_predefined(name),)

    def _custom(self, node: Node) -> Application:
        """A custom application; with a signature its content decides as well."""
        doubt = (f"application {node.name}",)
        standard: list[Term] = []
        for port in node.entries("default", "port"):
            kind, _, text = port.name.partition("/")
            number = _PROTOCOLS.get(kind)
            ports = port_set(text) if text != "dynamic" else IntervalSet.of((0, 65535))
            if number is None or ports is None:
                self.notes.add(port, port.name, reasons.BAD_PORT.format(text=port.name[:80]), covered=True)
                return _unknown(node.name)
            standard.append(Term({Field.PROTO: IntervalSet.single(number), Field.DPORT: ports}, doubt))
        number_text = node.value("default", "ident-by-ip-protocol")
        told: list[Term] = []
        if number_text:
            number = decimal(number_text, 255)
            if number is None:
                self.notes.add(node, number_text, reasons.BAD_NUMBER.format(text=number_text[:80]), covered=True)
                return _unknown(node.name)
            told.append(Term({Field.PROTO: IntervalSet.single(number)}))
        for key, protocol in (("ident-by-icmp-type", ICMP), ("ident-by-icmp6-type", ICMPV6)):
            if node.at("default", key) is not None:
                term = self._icmp(node, key, protocol)
                if term is None:
                    return _unknown(node.name)
                told.append(term)
        if node.at("signature") is not None or self.notes.unknown.get(id(node)):
            told = [Term(t.fields, doubt) for t in told]
        if not standard and not told:
            return _unknown(node.name)
        anywhere = [Term({Field.PROTO: t.fields[Field.PROTO]}, doubt) for t in standard]
        return Application((*standard, *told), (*anywhere, *told))

    def _icmp(self, node: Node, key: str, protocol: int) -> Term | None:
        fields = {Field.PROTO: IntervalSet.single(protocol)}
        for part, axis in (("type", Field.SPORT), ("code", Field.DPORT)):
            text = node.value("default", key, part)
            if not text:
                continue
            value = decimal(text, 255)
            if value is None:
                self.notes.add(node, text, reasons.BAD_NUMBER.format(text=text[:80]), covered=True)
                return None
            fields[axis] = IntervalSet.single(value)
        return Term(fields)


def _unknown(name: str) -> Application:
    term = (Term(uncertain=(f"application {name}"[:120],)),)
    return Application(term, term)


def _predefined(name: str) -> Application:
    if name in BY_PROTOCOL:
        told = tuple(Term({Field.PROTO: IntervalSet.single(p)}) for p in BY_PROTOCOL[name])
        return Application(told, told)
    if name in BY_TYPE:
        told = tuple(Term({Field.PROTO: IntervalSet.single(p), Field.SPORT: IntervalSet.single(t)}) for p, t in BY_TYPE[name])
        return Application(told, told)
    ports = default_ports(name)
    if ports is None:
        return _unknown(name)
    doubt = (f"application {name}",)
    standard = tuple(
        Term({Field.PROTO: IntervalSet.single(p), Field.DPORT: port_set(text) or IntervalSet()}, doubt) for p, text in ports
    )
    return Application(standard, tuple(Term({Field.PROTO: t.fields[Field.PROTO]}, doubt) for t in standard))


def port_set(text: str) -> IntervalSet | None:
    """``80``, ``8000-8100`` and lists of them; ``None`` if a part has no meaning."""
    pairs: list[tuple[int, int]] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        low, high = decimal(first.strip(), 65535), decimal(last.strip() if dash else first.strip(), 65535)
        if low is None or high is None or low > high:
            return None
        pairs.append((low, high))
    return IntervalSet.from_iter(pairs)


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Terms that differ in destination ports alone become one; the certain stay apart from the doubtful."""
    out: dict[tuple[object, ...], Term] = {}
    for term in terms:
        rest = tuple(_others(term))
        key = (term.uncertain, rest)
        old = out.get(key)
        if old is None:
            out[key] = term
        elif Field.DPORT in term.fields and Field.DPORT in old.fields:
            fields = dict(old.fields)
            fields[Field.DPORT] = fields[Field.DPORT] | term.fields[Field.DPORT]
            out[key] = Term(fields, term.uncertain)
        else:
            out[key] = Term({f: s for f, s in old.fields.items() if f is not Field.DPORT}, term.uncertain)
    return tuple(out.values())


def _others(term: Term) -> Iterator[tuple[Field, IntervalSet]]:
    return ((f, s) for f, s in sorted(term.fields.items()) if f is not Field.DPORT)
