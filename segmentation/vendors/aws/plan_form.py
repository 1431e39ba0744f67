"""Security groups and network ACLs in a Terraform plan (provider hashicorp/aws; its documentation of each resource)."""

from __future__ import annotations

from segmentation.device.json_positions import Node
from segmentation.device.terraform import Resource, resources
from segmentation.vendors.aws import reasons
from segmentation.vendors.aws.records import Account, Acl, AclEntry, Group, Network, Peer, PeerKind, Permission

_GROUPS = frozenset({"aws_security_group", "aws_default_security_group"})
_ACLS = frozenset({"aws_network_acl", "aws_default_network_acl"})
_LATER = "known after apply"


def read_plan(root: Node, account: Account) -> None:
    """Read one plan or state."""
    found = resources(root)
    reader = _PlanReader(account, {r.address: r for r in found})
    for each in found:
        if each.type in _GROUPS:
            reader.group(each)
        elif each.type in _ACLS:
            reader.acl(each)
        elif each.type in ("aws_subnet", "aws_vpc", "aws_vpc_ipv4_cidr_block_association"):
            reader.network(each)
        elif each.type == "aws_ec2_managed_prefix_list":
            cidrs = tuple(e.text("cidr") for e in each.values.each("entry"))
            account.prefix_lists[reader.identity(each)] = cidrs
    for each in found:
        if each.type == "aws_security_group_rule":
            reader.group_rule(each)
        elif each.type in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
            reader.vpc_rule(each)
        elif each.type == "aws_network_acl_rule":
            reader.acl_rule(each)
        elif each.type == "aws_network_acl_association":
            acl = account.acls.get(reader.referred(each, "network_acl_id"))
            if acl is not None:
                acl.subnets.append(reader.referred(each, "subnet_id"))


class _PlanReader:
    def __init__(self, account: Account, by_address: dict[str, Resource]) -> None:
        self.account = account
        self.by_address = by_address

    @staticmethod
    def identity(resource: Resource) -> str:
        """The identifier of a resource, or its address while it has none."""
        return resource.values.text("id") or resource.address

    def referred(self, resource: Resource, *path: str) -> str:
        """The identifier that an argument holds: its value, else that of the resource it refers to; empty if unknown."""
        value = resource.values.text(*path)
        if value:
            return value
        return next((self.identity(r) for r in self._targets(resource, *path)), "")

    def _targets(self, resource: Resource, *path: str) -> list[Resource]:
        wanted = resource.references(*path)
        return [r for a, r in self.by_address.items() if a in wanted or a.partition("[")[0] in wanted]

    def group(self, each: Resource) -> None:
        """A group with its rules written inside it."""
        values = each.values
        found = Group(self.identity(each), values.text("name") or each.address, each.location, self.referred(each, "vpc_id"))
        found.description = values.text("description")
        self.account.groups[found.id] = found
        for name, egress in (("ingress", False), ("egress", True)):
            for block in values.each(name):
                found.permissions.append(self._block(block, each, egress=egress, own=found.id))
            # An argument that is not written is "computed": Terraform gives a new group no rules but those of other resources.
            if not values.each(name) and each.later(name) and each.written(name):
                self._later(each, name)
                peer = Peer(PeerKind.UNKNOWN, _LATER, each.location)
                found.permissions.append(Permission(egress, "-1", None, None, (peer,), each.location, _LATER))

    def _later(self, each: Resource, name: str) -> None:
        self.account.problems.add(each.location, f"{each.address}: {name}", reasons.AFTER_APPLY)

    def _block(self, block: Node, each: Resource, *, egress: bool, own: str) -> Permission:
        name = "egress" if egress else "ingress"
        peers = [
            Peer(kind, str(n.value), n.location, block.text("description"))
            for member, kind in (
                ("cidr_blocks", PeerKind.CIDR),
                ("ipv6_cidr_blocks", PeerKind.CIDR),
                ("prefix_list_ids", PeerKind.PREFIX_LIST),
                ("security_groups", PeerKind.GROUP),
                ("source_security_group_id", PeerKind.GROUP),
            )
            for n in block.each(member)
        ]
        if block.true("self"):
            peers.append(Peer(PeerKind.GROUP, own, block.location, block.text("description")))
        if not peers and (each.later(name) or each.later("source_security_group_id") or each.later("cidr_blocks")):
            peers = self._referred_peers(each, name, block)
        return Permission(
            egress, block.text("protocol"), block.number("from_port"), block.number("to_port"), tuple(peers), block.location
        )

    def _referred_peers(self, each: Resource, name: str, block: Node) -> list[Peer]:
        """Peers that are known only later: the groups they refer to where the configuration says so, else anything."""
        paths = ((name, "security_groups"), ("source_security_group_id",), ("referenced_security_group_id",))
        groups = [t for p in paths for t in self._targets(each, *p) if t.type in _GROUPS]
        if groups:
            return [Peer(PeerKind.GROUP, self.identity(t), block.location) for t in groups]
        self._later(each, name)
        return [Peer(PeerKind.UNKNOWN, _LATER, block.location)]

    def _owner(self, each: Resource, permission: Permission) -> None:
        owner = self.account.groups.get(self.referred(each, "security_group_id"))
        if owner is not None:
            owner.permissions.append(permission)
            return
        identity = each.values.text("security_group_id")
        if identity:  # a group that the plan does not hold itself
            self.account.groups[identity] = Group(identity, identity, each.location, permissions=[permission])
            return
        self._later(each, "security_group_id")
        self.account.loose.append(permission)

    def group_rule(self, each: Resource) -> None:
        """``aws_security_group_rule``."""
        egress = each.values.text("type") == "egress"
        self._owner(each, self._block(each.values, each, egress=egress, own=self.referred(each, "security_group_id")))

    def vpc_rule(self, each: Resource) -> None:
        """``aws_vpc_security_group_ingress_rule`` and its egress twin: one peer each."""
        values = each.values
        peers = [
            Peer(kind, values.text(member), node.location, values.text("description"))
            for member, kind in (
                ("cidr_ipv4", PeerKind.CIDR),
                ("cidr_ipv6", PeerKind.CIDR),
                ("prefix_list_id", PeerKind.PREFIX_LIST),
                ("referenced_security_group_id", PeerKind.GROUP),
            )
            if (node := values.get(member)) is not None
        ]
        if not peers:
            peers = self._referred_peers(each, "referenced_security_group_id", values)
        egress = each.type.endswith("egress_rule")
        self._owner(
            each,
            Permission(
                egress, values.text("ip_protocol"), values.number("from_port"), values.number("to_port"), tuple(peers),
                each.location,
            ),
        )  # fmt: skip

    def acl(self, each: Resource) -> None:
        """An ACL with the entries written inside it."""
        values = each.values
        found = Acl(self.identity(each), each.location, self.referred(each, "vpc_id"))
        found.default = each.type == "aws_default_network_acl"
        found.subnets = [str(n.value) for n in values.each("subnet_ids")]
        if not found.subnets and each.later("subnet_ids"):
            found.subnets = [self.identity(t) for t in self._targets(each, "subnet_ids") if t.type == "aws_subnet"]
            found.subnets_known = bool(found.subnets) or not each.written("subnet_ids")
        for name, egress in (("ingress", False), ("egress", True)):
            found.entries += [self._entry(block, egress=egress) for block in values.each(name)]
        self.account.acls[found.id] = found

    def acl_rule(self, each: Resource) -> None:
        """``aws_network_acl_rule``."""
        found = self.account.acls.get(self.referred(each, "network_acl_id"))
        if found is None:
            self._later(each, "network_acl_id")
            return
        found.entries.append(self._entry(each.values, egress=each.values.true("egress")))

    def _entry(self, block: Node, *, egress: bool) -> AclEntry:
        number = block.number("rule_no") or block.number("rule_number") or 0
        kind, code = block.number("icmp_type"), block.number("icmp_code")
        protocol = block.text("protocol") or str(block.number("protocol") or "")
        icmp = (kind, -1 if code is None else code) if kind is not None and protocol in ("1", "58", "icmp", "icmpv6") else None
        cidr = block.text("cidr_block") or block.text("ipv6_cidr_block")
        action = block.text("action") or block.text("rule_action")
        return AclEntry(
            number, egress, action == "allow", protocol, cidr, block.number("from_port"), block.number("to_port"), icmp,
            block.location, "" if cidr else _LATER,
        )  # fmt: skip

    def network(self, each: Resource) -> None:
        """A VPC or a subnet."""
        cidrs = tuple(c for c in (each.values.text("cidr_block"), each.values.text("ipv6_cidr_block")) if c)
        found = Network(self.identity(each), cidrs, each.location, self.referred(each, "vpc_id"), each.address)
        (self.account.subnets if each.type == "aws_subnet" else self.account.vpcs)[found.id] = found
