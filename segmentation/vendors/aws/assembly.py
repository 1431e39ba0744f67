"""From groups and ACLs to a device: the VPC as one filter that a packet passes on its way in, out or between its subnets.

Order (Amazon VPC User Guide, "Compare security groups and network ACLs"): a packet leaving an interface passes the group's
outbound rules, then, where it leaves the subnet, the outbound ACL; one that arrives passes the inbound ACL, then the inbound
rules of the group.  Groups are stateful, ACLs are not, and an ACL does not see what stays inside its subnet.
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.device import (
    ACCEPT,
    DROP,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    InputFile,
    InterfaceInfo,
    Rule,
    Verb,
)
from segmentation.device.lexical import Misread, prefix_values
from segmentation.device.management import Aspect, ConfigObject, ObjectKind
from segmentation.device.match import CtState, Field, Match
from segmentation.model.addresses import ANY, FAMILIES, PRIVATE, TOP, Address, Family, format_address
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.aws import reasons
from segmentation.vendors.aws.records import Account, Acl, Group, Network, Peer, PeerKind, Permission
from segmentation.vendors.aws.services import acl_fields, permission_fields
from segmentation.vendors.reading import SourceText, shown

BOTH: frozenset[Family] = frozenset(FAMILIES)
_TRANSIT, _ACL_OUT, _GROUP_OUT, _ACL_IN, _GROUP_IN = (
    "vpc", "network acls outbound", "security groups outbound", "network acls inbound", "security groups inbound",
)  # fmt: skip
_GROUPS = "security groups"
_ANSWERS = IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))
#: The entry "*" of every ACL, which nobody can change (Amazon VPC User Guide, "Network ACL rules").
_LAST_ENTRY = 32767
Ranges = dict[Family, IntervalSet]


def ranges(cidr: str) -> Ranges:
    """The addresses of a CIDR block.  Raises :class:`Misread`."""
    base, _, length = cidr.partition("/")
    try:
        address = Address.parse(base)
    except ValueError:
        raise Misread(reasons.BAD_ADDRESS.format(text=shown(cidr))) from None
    bits = 32 if address.family == 4 else 128
    if not length:
        length = str(bits)
    if not (length.isascii() and length.isdigit() and len(length) < 4 and int(length) <= bits):
        raise Misread(reasons.BAD_ADDRESS.format(text=shown(cidr)))
    return {address.family: prefix_values(address.value, int(length), address.family)}


def assemble(name: str, texts: list[SourceText], account: Account) -> Device:
    """The device that *account* describes."""
    made = _Assembly(account, Location(texts[0].name, 1))
    chains, bases = made.chains()
    return Device(
        name=name,
        vendor="aws",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=chains,
        base_chains=bases,
        interfaces=tuple(made.interfaces()),
        objects=tuple(made.objects()),
        not_understood=account.problems.all(),
        aspects=_aspects(account),
    )


def _aspects(account: Account) -> frozenset[Aspect]:
    """Entries of ACLs have no place for a comment; whether a group is used only a list of all interfaces tells."""
    found = set() if account.acls else {Aspect.COMMENTS}
    return frozenset(found | {Aspect.OBJECTS} if account.interfaces_complete else found)


class _Assembly:
    def __init__(self, account: Account, first: Location) -> None:
        self.account = account
        self.first = first
        self.unplaced = ""  # what makes every permit uncertain: nobody says which addresses the VPC has
        self.scope = self._scope()
        self.referenced: dict[str, list[Location]] = {}

    # -- addresses

    def _union(self, cidrs: Iterator[tuple[str, Location]] | list[tuple[str, Location]]) -> Ranges:
        out: dict[Family, IntervalSet] = {4: EMPTY, 6: EMPTY}
        for cidr, where in cidrs:
            try:
                found = ranges(cidr)
            except Misread as problem:
                self.account.problems.add(where, shown(cidr), problem.reason)
                continue
            for family, values in found.items():
                out[family] |= values
        return out

    def _scope(self) -> Ranges:
        """All addresses behind the groups: the VPCs, else the subnets, and the interfaces; else whatever may be in a VPC."""
        known = [*self.account.vpcs.values(), *self.account.subnets.values()]
        listed = [(c, n.location) for n in known for c in n.cidrs] + [(a, self.first) for a in sorted(self.account.interfaces)]
        found = self._union(listed)
        if found[4] or found[6]:
            placed = {n.id for n in self.account.vpcs.values()} | {n.vpc for n in self.account.subnets.values()}
            for group in self.account.groups.values():
                if group.vpc and group.vpc not in placed and not self.account.members.get(group.id):
                    self.account.problems.add(group.location, shown(group.id), reasons.OTHER_VPC.format(name=shown(group.vpc)))
            return found
        self.account.problems.add(self.first, "", reasons.NO_RANGE)
        self.unplaced = "addresses of the VPC"
        return {4: PRIVATE[4], 6: ANY[6]}

    def members(self, group: str, family: Family) -> tuple[IntervalSet, IntervalSet]:
        """The addresses that certainly have this group, and those that may have it."""
        own = self._union([(a, self.first) for a in sorted(self.account.members.get(group, ()))])[family]
        if self.account.interfaces_complete:
            return own, EMPTY
        known = self._union([(a, self.first) for a in sorted(self.account.interfaces)])[family]
        return own, self.scope[family] - known

    def _peer(self, peer: Peer, family: Family) -> list[tuple[IntervalSet, str]]:
        """The addresses of the other end, each part with what makes it uncertain."""
        if peer.kind is PeerKind.CIDR:
            found = self._union([(peer.value, peer.location)])[family]
            return [(found, "")] if found else []
        if peer.kind is PeerKind.GROUP:
            own, may = self.members(peer.value, family)
            parts = [(own, "")] if own else []
            return parts + ([(may, f"members of {shown(peer.value)}")] if may else [])
        if peer.kind is PeerKind.PREFIX_LIST and peer.value in self.account.prefix_lists:
            found = self._union([(c, peer.location) for c in self.account.prefix_lists[peer.value]])[family]
            return [(found, "")] if found else []
        what = f"prefix list {shown(peer.value)}" if peer.kind is PeerKind.PREFIX_LIST else shown(peer.value)
        return [(ANY[family], what)]

    # -- rules

    def _rule(self, fields: dict[Field, IntervalSet], action: Action, where: Location, text: str, **more: object) -> Rule:
        uncertain = tuple(str(u) for u in (more.get("uncertain"),) if u)
        families = more.get("families", BOTH)
        assert isinstance(families, frozenset)
        return Rule(
            match=Match(fields=fields, uncertain=uncertain), action=action, location=where, text=text, families=families,
            comment=str(more.get("comment", "")), id=str(more.get("id", "")),
        )  # fmt: skip

    def _group_rules(self, group: Group, *, egress: bool) -> Iterator[Rule]:
        """What a group permits in one direction."""
        for permission in group.permissions:
            if permission.egress == egress:
                for family in FAMILIES:
                    yield from self._permission(group, permission, family)

    def _permission(self, group: Group, permission: Permission, family: Family) -> Iterator[Rule]:
        try:
            services = permission_fields(permission, family)
        except Misread as problem:
            self.account.problems.add(permission.location, shown(permission.protocol), problem.reason)
            services, permission = [{}], Permission(
                permission.egress, "-1", None, None, permission.peers, permission.location, shown(permission.protocol)
            )  # fmt: skip
        mine, theirs = (Field.SRC, Field.DST) if permission.egress else (Field.DST, Field.SRC)
        own, may = self.members(group.id, family)
        # Without any interface the group is judged as if it were on every address: what it permits is what it would open.
        ends = [(own, ""), (may, "" if not self.account.interfaces else f"members of {shown(group.id)}")]
        for peer in permission.peers:
            if peer.kind is PeerKind.GROUP:
                self.referenced.setdefault(peer.value, []).append(peer.location)
            for addresses, doubt in self._peer(peer, family):
                for members, unsure in ends:
                    for service in services if members else ():
                        yield self._rule(
                            {mine: members, theirs: addresses} | service, ACCEPT, peer.location,
                            self._words(group, permission, peer), families=frozenset({family}),
                            uncertain=permission.uncertain or doubt or unsure or self.unplaced, comment=peer.description,
                            id=permission.id,
                        )  # fmt: skip

    @staticmethod
    def _words(group: Group, permission: Permission, peer: Peer) -> str:
        ports = "" if permission.low is None else f" {permission.low}" + (
            f"-{permission.high}" if permission.high not in (None, permission.low) else ""
        )  # fmt: skip
        side = "outbound to" if permission.egress else "inbound from"
        label = group.id if group.name in ("", group.id) else f"{group.id} ({group.name})"
        return shown(f"{label} {side} {peer.value}: {permission.protocol}{ports}")

    def _group_chain(self, name: str, *, egress: bool) -> Chain:
        mine = Field.SRC if egress else Field.DST
        foreign = self._foreign(mine, "no address of this VPC: its groups are not asked")
        rules = (self._answers(), *foreign, *self._permits(egress=egress), *self._unlisted(mine))
        return Chain(name=name, rules=rules, location=self.first)

    def _permits(self, *, egress: bool) -> Iterator[Rule]:
        """What all groups permit in one direction."""
        for group in self.account.groups.values():
            yield from self._group_rules(group, egress=egress)
        for permission in self.account.loose:
            if permission.egress == egress:
                loose = Group("unknown", "", permission.location, permissions=[permission])
                yield from self._group_rules(loose, egress=egress)

    def _answers(self) -> Rule:
        return self._rule({Field.STATE: _ANSWERS}, ACCEPT, self.first, "implicit: answers pass a security group")

    def _foreign(self, mine: Field, text: str) -> Iterator[Rule]:
        for family in FAMILIES:
            outside = ANY[family] - self.scope[family]
            if outside:
                yield self._rule({mine: outside}, ACCEPT, self.first, f"implicit: {text}", families=frozenset({family}))

    def _unlisted(self, mine: Field) -> Iterator[Rule]:
        """Groups that are named by interfaces but not in the export permit what nobody can tell."""
        for group in sorted(set(self.account.members) - set(self.account.groups)):
            for family in FAMILIES:
                own = self.members(group, family)[0]
                if own:
                    yield self._rule(
                        {mine: own}, ACCEPT, self.first, f"{group}: not in the export", families=frozenset({family}),
                        uncertain=f"rules of {shown(group)}",
                    )  # fmt: skip

    # -- network ACLs

    def _acl_chain(self, acl: Acl, *, egress: bool) -> Chain:
        other = Field.DST if egress else Field.SRC
        rules = []
        written = (e for e in acl.entries if e.egress == egress and e.number < _LAST_ENTRY)
        for entry in sorted(written, key=lambda e: e.number):
            try:
                peers = ranges(entry.cidr) if entry.cidr else dict(ANY)
                services = acl_fields(entry)
            except Misread as problem:
                self.account.problems.add(entry.location, shown(entry.cidr or entry.protocol), problem.reason)
                peers, services = dict(ANY), [{}]
                entry_doubt = shown(entry.cidr or entry.protocol)
            else:
                entry_doubt = entry.uncertain
            verb = "allow" if entry.allow else "deny"
            text = shown(f"{acl.id} {'outbound' if egress else 'inbound'} rule {entry.number} {verb} {entry.cidr}")
            rules += [
                self._rule(
                    {other: addresses} | service, ACCEPT if entry.allow else DROP, entry.location, text,
                    families=frozenset({family}), uncertain=entry_doubt, id=str(entry.number),
                )
                for family, addresses in peers.items() for service in services
            ]  # fmt: skip
        rules.append(self._rule({}, DROP, acl.location, f"implicit: {acl.id} rule * denies the rest"))
        return Chain(name=f"{acl.id} {'outbound' if egress else 'inbound'}", rules=tuple(rules), location=acl.location)

    def _acl_users(self, *, egress: bool, chains: dict[str, Chain]) -> Iterator[Rule]:
        """Which ACL a packet meets: that of its subnet, when it leaves or enters the subnet."""
        mine, other = (Field.SRC, Field.DST) if egress else (Field.DST, Field.SRC)
        named = {s for acl in self.account.acls.values() for s in acl.subnets}
        for acl in self.account.acls.values():
            chain = self._acl_chain(acl, egress=egress)
            chains[chain.name] = chain
            subnets = [self.account.subnets[s] for s in acl.subnets if s in self.account.subnets]
            if acl.default:
                subnets += [n for n in self.account.subnets.values() if n.id not in named and n.vpc in ("", acl.vpc)]
            unknown = not acl.subnets_known or any(s not in self.account.subnets for s in acl.subnets)
            action = Action(verb=Verb.GOTO, target=chain.name)
            for subnet in subnets:
                for family, own in self._union([(c, subnet.location) for c in subnet.cidrs]).items():
                    fields = {mine: own, other: ANY[family] - own}
                    if own:
                        yield self._rule(
                            fields,
                            action,
                            acl.location,
                            f"implicit: {subnet.id} uses {chain.name}",
                            families=frozenset({family}),
                        )
            if unknown:
                for family in FAMILIES:
                    fields = {mine: self.scope[family]}
                    yield self._rule(
                        fields,
                        action,
                        acl.location,
                        f"implicit: uses {chain.name}",
                        families=frozenset({family}),
                        uncertain=f"subnets of {acl.id}",
                    )

    # -- the whole

    def chains(self) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
        """All chains in the order a packet meets them."""
        transit = [
            self._rule(
                {Field.SRC: ANY[f] - self.scope[f], Field.DST: ANY[f] - self.scope[f]}, DROP, self.first,
                "implicit: neither end is in this VPC", families=frozenset({f}),
            )
            for f in FAMILIES
        ]  # fmt: skip
        chains = {_TRANSIT: Chain(name=_TRANSIT, rules=tuple(transit), location=self.first)}
        hooked = [(_TRANSIT, ACCEPT)]
        if self.unplaced:
            # Which end is in the VPC is not known: a packet passes by the rules of either.
            rules = [r for egress in (False, True) for r in self._permits(egress=egress)]
            chains[_GROUPS] = Chain(name=_GROUPS, rules=(self._answers(), *rules), location=self.first)
            hooked.append((_GROUPS, DROP if self.account.groups or self.account.loose else ACCEPT))
        for acl_name, group_name, egress in ((_ACL_OUT, _GROUP_OUT, True), (_ACL_IN, _GROUP_IN, False)):
            users = tuple(self._acl_users(egress=egress, chains=chains))
            chains[acl_name] = Chain(name=acl_name, rules=users, location=self.first)
            groups = self.account.groups or self.account.loose
            if (groups or not self.account.acls) and not self.unplaced:
                chains[group_name] = self._group_chain(group_name, egress=egress)
            order = (group_name, acl_name) if egress else (acl_name, group_name)
            hooked += [(n, DROP if n == group_name else ACCEPT) for n in order if n in chains]
        bases = tuple(
            BaseChain(
                chain=name, hook=Hook.FORWARD, priority=10 * i, policy=policy, families=BOTH, location=self.first
            )
            for i, (name, policy) in enumerate(hooked)
        )  # fmt: skip
        return chains, bases

    def interfaces(self) -> Iterator[InterfaceInfo]:
        """Every subnet as an interface: its name, its ranges, its VPC as the zone."""
        for subnet in self.account.subnets.values():
            yield InterfaceInfo(
                name=subnet.id, addresses=tuple(self._network(subnet)), zone=subnet.vpc, location=subnet.location,
                description=subnet.name,
            )  # fmt: skip

    def _network(self, subnet: Network) -> Iterator[tuple[Family, int, int]]:
        for cidr in subnet.cidrs:
            try:
                found = ranges(cidr)
            except Misread:
                continue
            for family, values in found.items():
                size = TOP[family] + 1
                yield family, values.low, (size // values.size).bit_length() - 1

    def objects(self) -> Iterator[ConfigObject]:
        """Groups, with whether an interface or another group uses them."""
        for group in self.account.groups.values():
            users = self.referenced.get(group.id, [])
            yield ConfigObject(
                kind=ObjectKind.FILTER, name=group.id, location=group.location,
                used_by=len(users) + len(self.account.members.get(group.id, ())), empty=not group.permissions,
            )  # fmt: skip


__all__ = ["assemble", "format_address", "ranges"]
