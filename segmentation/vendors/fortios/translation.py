"""Address translation of one VDOM as rules of nat chains.

Administration Guide, "NAT", "Central SNAT", "Virtual IPs": the destination is translated first, then a policy is looked up,
then the source is translated, by the policy itself or, with central NAT, by the central table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segmentation.device.device import ACCEPT, Action, Rule, Translation, Verb
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.bounds import Between, anything
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.notes import visible
from segmentation.vendors.fortios.policies import Parts, Rules, matches, resolved, shown_policy
from segmentation.vendors.fortios.tree import Entry
from segmentation.vendors.fortios.virtual_addresses import VirtualAddress

#: Ports one virtual IP maps one by one.
PORT_LIMIT = 64
_PAT = IntervalSet(((1024, 65535),))  # wider than the 5117 to 65533 of Administration Guide, "Dynamic SNAT"


def taken(domain: Domain, rules: Rules) -> dict[tuple[Family, str], VirtualAddress]:
    """The virtual IPs in force: those that enabled policies name; with central NAT all of them."""
    if not domain.central_nat:
        return rules.used
    return {(family, name): vip for family in FAMILIES for name, vip in domain.virtual.known[family].items()}


def virtual_match(domain: Domain, vip: VirtualAddress, outer: IntervalSet, ports: IntervalSet) -> Match:
    """The packets a virtual IP takes."""
    fields: dict[Field, IntervalSet] = {}
    if outer != ANY[vip.family]:
        fields[Field.DST] = outer
    if vip.sources is not None:
        fields[Field.SRC] = vip.sources
    if vip.protocol is not None:
        fields[Field.PROTO] = IntervalSet.single(vip.protocol)
        if ports != ALL_PORTS:
            fields[Field.DPORT] = ports
    return Match(fields=fields, in_interface=domain.named_interfaces((vip.interface,)), uncertain=(vip.why,) if vip.why else ())


def _virtual_rule(domain: Domain, vip: VirtualAddress, match: Match, action: Action) -> Rule:
    inner = "" if vip.inner is None else f" to {vip.inner.size} address(es)"
    return Rule(
        match=match,
        action=action,
        location=domain.notes.where(vip.line),
        text=visible(f"{domain.label}vip {vip.name}{inner}"),
        families=frozenset({vip.family}),
        id=vip.name,
    )


def to_virtual(domain: Domain, rules: Rules, chain: str) -> list[Rule]:
    """Rules that send the packets of virtual IPs to the chain of the policies that speak of them."""
    if domain.central_nat:
        return []
    action = Action(verb=Verb.GOTO, target=chain)
    return [
        _virtual_rule(domain, vip, virtual_match(domain, vip, vip.outer, vip.outer_ports), action)
        for vip in taken(domain, rules).values()
    ]


def destination_rules(domain: Domain, rules: Rules) -> list[Rule]:
    """The translations of virtual IPs."""
    out: list[Rule] = []
    for vip in taken(domain, rules).values():
        for outer, inner in vip.pairs():
            for ports, to_ports in _port_pairs(vip):
                translation = Translation(addresses=inner, ports=to_ports, unknown=inner is None)
                action = Action(verb=Verb.DNAT, translation=translation)
                out.append(_virtual_rule(domain, vip, virtual_match(domain, vip, outer, ports), action))
    return out


def _port_pairs(vip: VirtualAddress) -> list[tuple[IntervalSet, IntervalSet | None]]:
    if vip.inner_ports is None or vip.inner_ports == vip.outer_ports:
        return [(vip.outer_ports, None)]
    if vip.inner_ports.size != vip.outer_ports.size or vip.outer_ports.size > PORT_LIMIT:
        return [(vip.outer_ports, vip.inner_ports)]
    shift = vip.inner_ports.low - vip.outer_ports.low
    return [
        (IntervalSet.single(p), IntervalSet.single(p + shift)) for lo, hi in vip.outer_ports for p in range(lo, hi + 1)
    ]  # fmt: skip


def source_rules(domain: Domain, paths: Iterable[str]) -> list[Rule]:
    """The source translations, after the policies: first match, as the packet was when it was looked up."""
    if domain.central_nat:
        return list(_central(domain))
    permits = [
        (path, entry) for path in paths for entry in domain.root.table(path)
        if entry.value("status") != "disable" and entry.value("action") == "accept"
    ]  # fmt: skip
    # Behind the last policy that translates, no rule is needed.
    last = max((i for i, (_, e) in enumerate(permits) if any(e.on(o) for o in ("nat", "nat46", "nat64"))), default=-1)
    out: list[Rule] = []
    for path, entry in permits[: last + 1]:
        for family in FAMILIES:
            parts = resolved(domain, entry, path, family)
            if parts is not None:
                out += _source_of_policy(domain, parts)
    return out


def _source_of_policy(domain: Domain, parts: Parts) -> Iterator[Rule]:
    entry = parts.entry
    nat46 = [o for o in ("nat46", "nat64") if entry.on(o)]
    if nat46:
        setting = entry.settings[nat46[0]]
        domain.notes.add(setting.line, setting.text, reasons.TRANSLATION.format(id=entry.name, option=nat46[0]))
    translated = _source_translation(domain, entry, parts.family) if entry.on("nat") else None
    action = Action(verb=Verb.SNAT, translation=translated) if translated is not None else ACCEPT
    dst = parts.dst
    if parts.vips:  # after its translation the packet of a virtual IP has the inner address
        dst = Between(dst.lower, ANY[parts.family], (*dst.why, "vip"))
    for term in parts.services:
        for match in matches(parts, parts.src, dst, term, parts.came, parts.why):
            yield Rule(
                match=match, action=action, location=domain.notes.where(entry.line),
                text=shown_policy(domain, entry)[0], families=frozenset({parts.family}), id=entry.name,
            )  # fmt: skip


def _source_translation(domain: Domain, entry: Entry, family: Family) -> Translation:
    pool_option = "poolname" if family == 4 else "poolname6"
    if entry.on("ippool") and entry.values(pool_option):
        return _pool(domain, entry, pool_option, family)
    going = domain.named_interfaces(entry.values("dstintf"))
    return _interface_addresses(domain, going, family)


def _interface_addresses(domain: Domain, going: InterfaceMatch | None, family: Family) -> Translation:
    known = domain.topology.interfaces.known
    addresses = [a for name in (going.patterns if going else ()) if name in known for a in known[name].addresses]
    mine = IntervalSet.from_iter((value, value) for f, value, _ in addresses if f == family)
    every = going is not None and all(name in known and known[name].addresses for name in going.patterns)
    return Translation(addresses=mine, ports=_PAT) if mine and every else Translation(unknown=True, ports=_PAT)


def _pool(domain: Domain, entry: Entry, option: str, family: Family) -> Translation:
    pools = domain.root.blocks.get("firewall ippool" if family == 4 else "firewall ippool6")
    setting = entry.settings[option]
    ranges: list[IntervalSet] = []
    one_to_one = True
    for name in setting.values:
        pool = pools.entries.get(name) if pools else None
        if pool is None:
            domain.notes.add(setting.line, setting.text, reasons.POOL_MISSING.format(name=name), widened=False)
            return Translation(unknown=True)
        found = values.address_range(f"{pool.value('startip')}-{pool.value('endip')}", family)
        if found is None:
            domain.notes.add(pool.line, f"edit {name}", reasons.BAD_ADDRESS.format(text=pool.value("startip")), widened=False)
            return Translation(unknown=True)
        ranges.append(found)
        one_to_one &= pool.value("type", "overload") == "one-to-one"
    ports = None if one_to_one or entry.on("fixedport") else _PAT
    return Translation(addresses=IntervalSet.from_iter(i for r in ranges for i in r), ports=ports)


def _central(domain: Domain) -> Iterator[Rule]:
    """The table of central source NAT (CLI Reference, "config firewall central-snat-map")."""
    for entry in domain.root.table("firewall central-snat-map"):
        if entry.value("status") == "disable":
            continue
        family: Family = 6 if "orig-addr6" in entry.settings or entry.value("type") == "ipv6" else 4
        suffix = "6" if family == 6 else ""
        ends = []
        for option in (f"orig-addr{suffix}", f"dst-addr{suffix}"):
            setting = entry.settings.get(option)
            ends.append(
                domain.addresses.resolve(setting.values, family, setting.line, setting.text) if setting else anything(family)
            )
        protocol = values.number(entry.value("protocol", "0"), 255)
        fields = {f: e.upper for f, e in zip((Field.SRC, Field.DST), ends, strict=True) if e.upper != ANY[family]}
        if protocol:
            fields[Field.PROTO] = IntervalSet.single(protocol)
        why = tuple(w for e in ends for w in e.why)
        going = domain.interface_match(entry, "dstintf")
        match = Match(
            fields=fields, in_interface=domain.interface_match(entry, "srcintf"), out_interface=going,
            uncertain=(*why, *(("orig-port",) if entry.value("orig-port", "0") not in ("0", "0-0") else ()), *entry.unknown),
        )  # fmt: skip
        if entry.value("nat", "enable") == "disable":
            action = ACCEPT
        else:
            pool_option = f"nat-ippool{suffix}"
            pool = _pool(domain, entry, pool_option, family) if entry.values(pool_option) else None
            action = Action(verb=Verb.SNAT, translation=pool or _interface_addresses(domain, going, family))
        yield Rule(
            match=match, action=action, location=domain.notes.where(entry.line), id=entry.name,
            text=visible(f"{domain.label}central-snat-map edit {entry.name}"), families=frozenset({family}),
        )  # fmt: skip
