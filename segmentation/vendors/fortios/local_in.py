"""Packets for the device itself: local-in policies, then what each interface admits for administration.

CLI Reference, "config firewall local-in-policy" and "config system interface", "set allowaccess"; Administration Guide,
"Local-in policy": policies of the administrator come first, then the implicit ones, then everything else is denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.device.device import ACCEPT, Rule
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.interfaces import Interfaces
from segmentation.vendors.fortios.notes import Notes, visible
from segmentation.vendors.fortios.policies import plain_rules, resolved
from segmentation.vendors.fortios.tree import Entry, Setting
from segmentation.vendors.fortios.vocabulary import ACCESS, ADMIN_PORTS

LOCAL_IN = ("firewall local-in-policy", "firewall local-in-policy6")
_ECHO: dict[Family, tuple[int, int]] = {4: (ICMP, 8), 6: (ICMPV6, 128)}


def local_in_rules(domain: Domain) -> Iterator[Rule]:
    """The local-in policies of one VDOM."""
    for path in LOCAL_IN:
        for entry in domain.root.table(path):
            if entry.value("status") == "disable":
                continue
            for family in FAMILIES:
                parts = resolved(domain, entry, path, family)
                if parts is not None:
                    yield from plain_rules(domain, parts)


def trusted_hosts(admins: Sequence[Entry], family: Family) -> IntervalSet | None:
    """The addresses from which administrators may come; ``None`` for any.

    CLI Reference, "config system admin", "set trusthost1": only when every account has trusted hosts does the device refuse
    others before anybody logs in.
    """
    out = IntervalSet()
    for admin in admins:
        options = [o for o in admin.settings if o.startswith("trusthost" if family == 4 else "ip6-trusthost")]
        hosts = [values.subnet(admin.values(o), family) for o in options]
        if not hosts or None in hosts:
            return None
        # 0.0.0.0/0 stands for an entry that is not used, beside others that are.
        real = [h for h in hosts if h is not None and h != ANY[family]]
        if not real:
            return None
        out = out | IntervalSet.from_iter(i for h in real for i in h)
    return out if admins else None


def access_rules(
    interfaces: Interfaces, system: Entry | None, admins: Sequence[Entry], notes: Notes
) -> Iterator[Rule]:  # fmt: skip
    """What the interfaces admit: one rule for each service of ``allowaccess``."""
    hosts = {family: trusted_hosts(admins, family) for family in FAMILIES}
    for name, interface in interfaces.known.items():
        for family, entry, option in (
            (4, interface.entry, "allowaccess"), (6, interface.entry.block("ipv6"), "ip6-allowaccess"),
        ):  # fmt: skip
            setting = entry.settings.get(option) if entry is not None else None
            for word in setting.values if setting else ():
                assert setting is not None, "an option with values is set"
                for rule in _access(name, 4 if family == 4 else 6, word, setting, system, notes):
                    yield _only_from(rule, hosts[4 if family == 4 else 6])


def _only_from(rule: Rule, hosts: IntervalSet | None) -> Rule:
    """The rule of an administration service, for trusted hosts only."""
    if hosts is None or rule.id not in ADMIN_PORTS:
        return rule
    return replace(rule, match=replace(rule.match, fields={**rule.match.fields, Field.SRC: hosts}))


def _access(
    name: str, family: Family, word: str, setting: Setting, system: Entry | None, notes: Notes
) -> Iterator[Rule]:  # fmt: skip
    services = ACCESS.get(word)
    if services is None:
        notes.add(setting.line, setting.text, reasons.UNKNOWN_OPTION.format(path="allowaccess", option=word))
    if word in ADMIN_PORTS and system is not None and ADMIN_PORTS[word] in system.settings:
        changed = values.number(system.value(ADMIN_PORTS[word]), 65535)
        services = ((6, changed),) if changed is not None else services
    for protocol, port in services or ((None, 0),):
        fields: dict[Field, IntervalSet] = {}
        if protocol == ICMP:
            echo = _ECHO[family]
            fields = {Field.PROTO: IntervalSet.single(echo[0]), Field.SPORT: IntervalSet.single(echo[1])}
        elif protocol is not None:
            fields = {Field.PROTO: IntervalSet.single(protocol), Field.DPORT: IntervalSet.single(port)}
        yield Rule(
            match=Match(
                fields=fields, in_interface=InterfaceMatch((name,)),
                uncertain=() if protocol is not None else (f"allowaccess {word}",),
            ),
            action=ACCEPT,
            location=notes.where(setting.line),
            text=visible(f"interface {name}: {setting.text.strip()} ({word})"),
            families=frozenset({family}),
            id=word,
        )  # fmt: skip
