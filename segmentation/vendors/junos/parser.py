"""Statements to the parts of a device: each goes to the part it speaks of, is known to say nothing, or is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.addresses import Books
from segmentation.vendors.junos.applications import Applications
from segmentation.vendors.junos.conditions import PrefixLists
from segmentation.vendors.junos.filters import Filters
from segmentation.vendors.junos.inheritance import inherit
from segmentation.vendors.junos.interfaces import Interfaces
from segmentation.vendors.junos.nat import Nat
from segmentation.vendors.junos.policies import Policies
from segmentation.vendors.junos.statements import Statement, read
from segmentation.vendors.junos.zones import Zones
from segmentation.vendors.reading import SourceText

#: Hierarchies that say nothing of which packets are forwarded (Junos OS CLI User Guide, "Configuration Statement
#: Hierarchy").  Names of schedulers only matter where a policy names them.
_PLAIN = frozenset({
    "access", "access-profile", "accounting-options", "apply-macro", "chassis",
    "class-of-service", "diameter", "event-options", "fabric", "jsrc", "layer2-control",
    "multi-chassis", "multicast-snooping-options", "poe", "protocols", "routing-options",
    "schedulers", "smtp", "snmp", "switch-options", "vapp", "version", "virtual-chassis", "vmhost", "wlan",
    "ethernet-switching-options", "services", "session-limit-group", "certificates",
})  # fmt: skip
_PLAIN_SECURITY = frozenset({
    "alarms", "alg", "analysis", "anti-spam", "anti-virus", "application-firewall", "application-tracking",
    "authentication-key-chains", "cache", "certificates", "cloud", "datapath-debug", "dynamic-address", "dynamic-application",
    "dynamic-vpn", "firewall-authentication", "flow", "forwarding-process", "gprs", "group-vpn", "idp", "ike", "ipsec",
    "key-protection", "log", "macsec", "pki", "remote-access", "resource-manager",
    "screen", "softwires", "ssh-known-hosts", "tcp-encap", "traceoptions", "traffic-selector", "tunnel-inspection",
    "user-identification", "utm", "application-services", "advance-policy-based-routing", "advanced-connection-tracking",
    "advanced-services", "metadata-streaming-policy",
})  # fmt: skip


@dataclass(slots=True)
class Parser:
    """The parts of a device under construction."""

    problems: Problems = field(default_factory=Problems)
    hostname: str = ""
    books: Books = field(init=False)
    applications: Applications = field(init=False)
    zones: Zones = field(init=False)
    policies: Policies = field(init=False)
    interfaces: Interfaces = field(init=False)
    prefixes: PrefixLists = field(init=False)
    filters: Filters = field(init=False)
    nat: Nat = field(init=False)
    instances: dict[str, list[str]] = field(default_factory=dict)
    modes: dict[str, tuple[str, Statement]] = field(default_factory=dict)
    secured: bool = False
    statements: list[Statement] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the parts, which all report to one list of problems."""
        self.books = Books(self.problems)
        self.applications = Applications(self.problems)
        self.zones = Zones(self.problems)
        self.policies = Policies(self.problems)
        self.interfaces = Interfaces(self.problems)
        self.prefixes = PrefixLists(self.problems)
        self.filters = Filters(self.problems, self.prefixes)
        self.nat = Nat(self.problems)

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read everything."""
        statements = self.statements = inherit(read(texts, self.problems), self.problems)
        for statement in statements:
            words = statement.words
            try:
                known = self._statement(words[0], words[1:], statement)
            except Misread as wrong:
                self.problems.add(statement.location, statement.text, wrong.reason)
                continue
            if not known:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)
        self.prefixes.fill(statements)
        self.interfaces.finish()

    def _statement(self, head: str, rest: tuple[str, ...], statement: Statement) -> bool:
        match head:
            case "security":
                return self._security(rest, statement)
            case "applications":
                self.applications.read(rest, statement)
            case "interfaces":
                self.interfaces.read(rest, statement)
            case "firewall":
                self.filters.read(rest, statement)
            case "policy-options":
                if rest[:1] == ("prefix-list",):
                    self.prefixes.read(rest[1:], statement)
            case "routing-instances":
                return self._instance(rest, statement)
            case "vlans":
                self.interfaces.vlan(rest)
                return "filter" not in rest
            case "forwarding-options" | "bridge-domains":
                return "filter" not in rest
            case "system":
                if rest[:1] == ("host-name",) and len(rest) > 1 and not (statement.inherited and self.hostname):
                    self.hostname = rest[1]
            case _:
                return head in _PLAIN
        return True

    def _security(self, words: tuple[str, ...], statement: Statement) -> bool:
        match words:
            case ("policies", *rest):
                self.secured = True
                self.policies.read(tuple(rest), statement)
            case ("zones", *rest):
                self.secured = True
                found = self.zones.read(tuple(rest), statement)
                if found is not None:
                    self.books.of_zone(found[0], found[1], statement)
            case ("address-book", name, *rest):
                if rest:
                    self.books.read(name, tuple(rest), statement)
            case ("nat", *rest):
                self.nat.read(tuple(rest), statement)
            case ("forwarding-options", "family", family, "mode", mode):
                self.modes[family] = (mode, statement)
            case ("forwarding-options", *_):
                return "filter" not in words
            case ():
                return True
            case _:
                return words[0] in _PLAIN_SECURITY
        return True

    def _instance(self, words: tuple[str, ...], statement: Statement) -> bool:
        """Interfaces bound to a routing instance; routing itself says nothing of what may pass."""
        match words:
            case (name, "interface", interface, *_):
                unit = interface if "." in interface else f"{interface}.0"
                listed = self.instances.setdefault(name, [])
                if unit not in listed:
                    listed.append(unit)
            case (name, "forwarding-options", *rest):
                return "filter" not in rest
            case (name, *_):
                self.instances.setdefault(name, [])
            case _:
                self.problems.add(statement.location, statement.text, reasons.SHORT)
        return True
