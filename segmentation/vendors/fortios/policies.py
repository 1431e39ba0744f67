"""Firewall policies of one VDOM as rules, in the order of the table.

CLI Reference, "config firewall policy"; Administration Guide, "Firewall policy": the first policy that matches decides, what
none matches is denied.  Sets of which only bounds are known give two rules: the certain part, then the possible whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from segmentation.device.device import ACCEPT, DROP, Action, Rule, Verb
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, FAMILIES, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.fortios import reasons
from segmentation.vendors.fortios.addresses import negated
from segmentation.vendors.fortios.bounds import Between, anything, union
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.notes import visible
from segmentation.vendors.fortios.services import ANY_TERM, Term, complement
from segmentation.vendors.fortios.tree import Entry, Setting
from segmentation.vendors.fortios.virtual_addresses import VirtualAddress
from segmentation.vendors.fortios.vocabulary import POLICY_CONDITIONS

#: Rules one policy may become; beyond it the services are widened to any.
RULES_LIMIT = 512
_DEFAULTS = frozenset({"disable", "0", "0x00", "none", "", "destination", "or"})
_ACTIONS = {"accept": ACCEPT, "deny": DROP}
#: Actions that let packets pass through a tunnel or only sometimes.
_PERHAPS = frozenset({"ipsec", "ssl-vpn", "learn", "redirect", "isolate"})
_SHOWN = ("srcintf", "dstintf", "intf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service", "schedule", "action", "nat")
_OTHER_ICMP: dict[Family, IntervalSet] = {4: IntervalSet.single(ICMPV6), 6: IntervalSet.single(ICMP)}


@dataclass(slots=True)
class Rules:
    """The rules of a list of policies: for ordinary packets, and for those that a virtual IP takes."""

    plain: list[Rule] = field(default_factory=list)
    virtual: list[Rule] = field(default_factory=list)
    used: dict[tuple[Family, str], VirtualAddress] = field(default_factory=dict)  # virtual IPs that enabled policies name


@dataclass(frozen=True, slots=True)
class Parts:
    """One policy, resolved for one family."""

    entry: Entry
    family: Family
    src: Between
    dst: Between
    services: tuple[Term, ...]
    came: InterfaceMatch | None
    goes: InterfaceMatch | None
    why: tuple[str, ...]
    vips: dict[str, VirtualAddress]
    action: Action


def read_policies(domain: Domain, paths: Iterable[str]) -> Rules:
    """The rules of the policy tables named *paths*, one after the other."""
    out = Rules()
    for path in paths:
        for entry in domain.root.table(path):
            if entry.value("status") == "disable":
                continue
            for family in FAMILIES:
                parts = resolved(domain, entry, path, family)
                if parts is None:
                    continue
                out.used |= {(family, name): vip for name, vip in parts.vips.items()}
                out.plain += plain_rules(domain, parts)
                out.virtual += _virtual_rules(domain, parts, out.plain)
    return out


def resolved(domain: Domain, entry: Entry, path: str, family: Family) -> Parts | None:
    """The policy for one family; ``None`` if it does not speak of the family or can never match."""
    sides = _sides(entry, path, family)
    if sides is None or entry.values("schedule") == ("none",):
        return None
    src_option, dst_option = sides
    why = [*_conditions(entry), *domain.schedule_doubt(entry)]
    src = _addresses(domain, entry, src_option, family, why, "internet-service-src", "internet-service6-src")
    dst_names, vips = _split_virtual(domain, entry.values(dst_option), family)
    if entry.values(dst_option) and not dst_names:
        dst = Between(EMPTY, EMPTY)
    else:
        dst = _addresses(domain, entry, dst_option, family, why, "internet-service", "internet-service6", names=dst_names)
    if domain.central_nat:
        inner = [Between.exactly(v.inner if v.inner is not None else ANY[family]) for v in vips.values()]
        dst = union((dst, *inner))
    services = _services(domain, entry, why)
    came = domain.interface_match(entry, "srcintf" if "srcintf" in entry.settings else "intf")
    goes = domain.interface_match(entry, "dstintf") if "local-in" not in path else None
    return Parts(entry, family, src, dst, services, came, goes, tuple(why), vips, _action(domain, entry))


def _sides(entry: Entry, path: str, family: Family) -> tuple[str, str] | None:
    """The options that hold source and destination of this family (unified policies keep the families apart)."""
    if path.endswith("6"):
        return ("srcaddr", "dstaddr") if family == 6 else None
    consolidated = "srcaddr4" in entry.settings or "dstaddr4" in entry.settings
    four = ("srcaddr4", "dstaddr4") if consolidated else ("srcaddr", "dstaddr")
    six = ("srcaddr6", "dstaddr6")
    named6 = any(o in entry.settings for o in six) or entry.on("internet-service6") or entry.on("internet-service6-src")
    if family == 6:
        return six if named6 else None
    named4 = any(o in entry.settings for o in four) or entry.on("internet-service") or entry.on("internet-service-src")
    return four if named4 or not named6 else None


def _split_virtual(domain: Domain, names: tuple[str, ...], family: Family) -> tuple[tuple[str, ...], dict[str, VirtualAddress]]:
    vips: dict[str, VirtualAddress] = {}
    plain = []
    for name in names:
        if domain.virtual.named(name, family) and not domain.addresses.defined(name, family):
            vips |= domain.virtual.members(name, family)
        else:
            plain.append(name)
    return tuple(plain), vips


def _addresses(
    domain: Domain, entry: Entry, option: str, family: Family, why: list[str], *services: str,
    names: tuple[str, ...] | None = None,
) -> Between:  # fmt: skip
    """One side of a policy.  ``why`` gets what is not known beside the addresses themselves."""
    if entry.on(services[family == 6]):
        why.append(services[family == 6])  # the names of the service are among the conditions
        return anything(family)
    setting = entry.settings.get(option)
    if setting is None or not setting.values:
        domain.notes.add(entry.line, f"edit {entry.name}", reasons.NO_PARTY.format(id=entry.name, option=option), covered=True)
        why.append(option)
        return anything(family)
    wanted = setting.values if names is None else names
    found = domain.addresses.resolve(wanted, family, setting.line, setting.text)
    return _negated(domain, entry, option, family, found)


def _negated(domain: Domain, entry: Entry, option: str, family: Family, found: Between) -> Between:
    own = f"{option}-negate"
    if own in entry.settings:
        return negated(found, family) if entry.on(own) else found
    general = entry.settings.get(f"{option.rstrip('46')}-negate")
    if general is None or general.values != ("enable",):
        return found
    if family == 4 or (domain.version is not None and domain.version < (7, 2)):
        return negated(found, family)
    # CLI Reference 7.2: srcaddr6-negate and dstaddr6-negate appear; before, one option held for both families.
    if domain.version is not None:
        return found
    domain.notes.add(general.line, general.text, reasons.NEGATED6, covered=True)
    return Between(EMPTY, ANY[6], (f"{option.rstrip('6')}-negate",))


def _services(domain: Domain, entry: Entry, why: list[str]) -> tuple[Term, ...]:
    if entry.on("internet-service"):
        return (ANY_TERM,)  # the internet service brings its own ports
    setting = entry.settings.get("service")
    if setting is None or not setting.values:
        if any(o in entry.settings for o in ("application", "app-category", "url-category")):
            return (ANY_TERM,)
        domain.notes.add(
            entry.line, f"edit {entry.name}", reasons.NO_PARTY.format(id=entry.name, option="service"), covered=True
        )
        why.append("service")
        return (ANY_TERM,)
    found = domain.services.resolve(setting.values, setting.line, setting.text)
    return complement(found) if entry.on("service-negate") else found


def _conditions(entry: Entry) -> Iterator[str]:
    """Conditions that the fields of a packet do not tell, in the file's words."""
    for option, setting in entry.settings.items():
        if option in POLICY_CONDITIONS and not set(setting.values) <= _DEFAULTS:
            yield " ".join((option, *setting.values[:8]))[:120]
    yield from entry.unknown


def _action(domain: Domain, entry: Entry) -> Action:
    setting = entry.settings.get("action")
    # CLI Reference: the default is deny; policies of NGFW mode by application have no action, what they name goes on.
    default = "accept" if domain.policy_based else "deny"
    written = setting.values[0] if setting and setting.values else default
    if written in _ACTIONS:
        return _ACTIONS[written]
    if written not in _PERHAPS:
        line = setting or Setting((), entry.line, f"edit {entry.name}")
        domain.notes.add(line.line, line.text, reasons.BAD_ACTION.format(text=written), covered=True)
    return Action(verb=Verb.ACCEPT, uncertain=f"action {written}")


def plain_rules(domain: Domain, parts: Parts) -> list[Rule]:
    """The rules for packets that no virtual IP takes."""
    if not parts.dst.upper:
        return []
    terms = [t for t in parts.services if t.protocols != _OTHER_ICMP[parts.family]]
    if len(terms) * 2 > RULES_LIMIT:
        terms = [Term(ANY_TERM.protocols, why="service")]
    return [
        make_rule(domain, parts, match) for term in terms
        for match in matches(parts, parts.src, parts.dst, term, parts.came, parts.why)
    ]  # fmt: skip


def matches(
    parts: Parts, src: Between, dst: Between, term: Term, came: InterfaceMatch | None, why: tuple[str, ...]
) -> Iterator[Match]:
    """The certain part of a product, then, if more is possible, the whole of it."""
    doubts = tuple(dict.fromkeys((*why, *src.why, *dst.why, *((term.why,) if term.why else ()))))
    if not why and not term.why and src.lower and dst.lower:
        yield Match(fields=_fields(parts.family, src.lower, dst.lower, term), in_interface=came, out_interface=parts.goes)
        if src.known and dst.known:
            return
    if src.upper and dst.upper and (doubts or not (src.known and dst.known)):
        yield Match(
            fields=_fields(parts.family, src.upper, dst.upper, term), in_interface=came, out_interface=parts.goes,
            uncertain=doubts or ("address",),
        )  # fmt: skip


def _fields(family: Family, src: IntervalSet, dst: IntervalSet, term: Term) -> dict[Field, IntervalSet]:
    ends = {f: s for f, s in ((Field.SRC, src), (Field.DST, dst)) if s != ANY[family]}
    return ends | term.fields()


def make_rule(domain: Domain, parts: Parts, match: Match) -> Rule:
    """The rule of a policy for one match."""
    entry = parts.entry
    text, comment = shown_policy(domain, entry)
    return Rule(
        match=match,
        action=parts.action,
        location=domain.notes.where(entry.line),
        text=text,
        families=frozenset({parts.family}),
        comment=comment,
        # CLI Reference: "all" logs every session; "utm", the default of a permit, only what an inspection finds.
        log=entry.value("logtraffic") == "all",
        id=entry.name,
    )


def shown_policy(domain: Domain, entry: Entry) -> tuple[str, str]:
    """A policy in one line with its options as written, and its name and comments."""
    known = domain.texts.get(id(entry))
    if known is None:
        words = [f"{option} {' '.join(entry.values(option))}" for option in _SHOWN if entry.values(option)]
        named = [w for w in (entry.value("name"), *entry.values("comments"), *entry.values("comment")) if w]
        text = visible(f"{domain.label}edit {entry.name}: {'; '.join(words)}")
        known = domain.texts[id(entry)] = (text, visible("; ".join(named)))
    return known


def _virtual_rules(domain: Domain, parts: Parts, plain: list[Rule]) -> Iterator[Rule]:
    """The rules for packets that a virtual IP takes."""
    if domain.central_nat:
        return  # Administration Guide, "Central DNAT": translated first, policies name the inner addresses
    for vip, term in itertools.product(parts.vips.values(), parts.services):
        came = domain.both(parts.came, domain.named_interfaces((vip.interface,)))
        taken = vip.terms(term)
        if taken is None or came == InterfaceMatch(()):
            continue
        src = parts.src
        if vip.sources is not None:
            src = Between(src.lower & vip.sources, src.upper & vip.sources, src.why)
        why = (*parts.why, vip.why) if vip.why else parts.why
        for match in matches(parts, src, Between.exactly(vip.outer), taken, came, why):
            yield make_rule(domain, parts, match)
    if parts.dst.upper and (doubt := _match_vip(domain, parts)) is not None:
        mine = [
            r for r in plain if r.id == parts.entry.name and r.location.line == parts.entry.line and parts.family in r.families
        ]
        whole = parts.dst.lower == ANY[parts.family]
        for rule in mine:
            if whole and not doubt:
                yield rule  # the same rule: what is said of it holds in both lists
            else:
                fields: dict[Field, IntervalSet] = {
                    f: s for f, s in rule.match.fields.items() if f is not Field.DST and f is not Field.DPORT
                }
                why = (*rule.match.uncertain, doubt or "match-vip")
                yield replace(rule, match=replace(rule.match, fields=fields, uncertain=why))


def _match_vip(domain: Domain, parts: Parts) -> str | None:
    """Whether a policy without the virtual IP speaks of its packets: "" yes, words perhaps, ``None`` no.

    Administration Guide, "Virtual IPs", and CLI Reference: ``match-vip`` is disabled by default before 7.2.4 and enabled from
    then on; from 6.4.3 it exists for denials only.
    """
    setting = parts.entry.settings.get("match-vip")
    denies = parts.action is DROP
    if setting is not None:
        return "" if setting.values == ("enable",) else None
    if not denies:
        return None
    if domain.version is None:
        return "match-vip (version)"
    return "" if domain.version >= (7, 2, 4) else None
