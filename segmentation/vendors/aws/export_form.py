"""Exports of the AWS command line: describe-security-groups, describe-network-acls and what belongs to them.

AWS CLI Command Reference, ec2: each command prints one object whose member is named after what it lists.
"""

from __future__ import annotations

from collections.abc import Callable

from segmentation.device.json_positions import Node
from segmentation.vendors.aws import reasons
from segmentation.vendors.aws.records import Account, Acl, AclEntry, Group, Network, Peer, PeerKind, Permission
from segmentation.vendors.reading import shown

#: Lists that neither filter packets nor say who is in a group: routing, and what the filters read here decide about.
_IRRELEVANT = frozenset({
    "RouteTables", "InternetGateways", "NatGateways", "DhcpOptions", "Tags", "ResponseMetadata", "AvailabilityZones", "Regions",
    "KeyPairs", "Volumes", "Images", "Snapshots", "VpcEndpoints", "VpcPeeringConnections", "TransitGateways", "Addresses",
})  # fmt: skip
_GROUP_MEMBERS = frozenset({
    "Description", "GroupName", "IpPermissions", "OwnerId", "GroupId", "IpPermissionsEgress", "Tags", "VpcId",
    "SecurityGroupArn",
})  # fmt: skip
_PERMISSION_MEMBERS = frozenset({
    "FromPort", "ToPort", "IpProtocol", "IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs",
})  # fmt: skip
_ACL_MEMBERS = frozenset({"Associations", "Entries", "IsDefault", "NetworkAclId", "Tags", "VpcId", "OwnerId"})
_ENTRY_MEMBERS = frozenset({
    "CidrBlock", "Ipv6CidrBlock", "Egress", "Protocol", "RuleAction", "RuleNumber", "PortRange", "IcmpTypeCode",
})  # fmt: skip


def read_export(root: Node, account: Account) -> None:
    """Read one text: an object with lists, or (``--query``) a bare list of groups or ACLs."""
    if root.items:
        for each in root.items:
            kind = next((k for m, k in _BARE if m in each.members), None)
            if kind is None:
                account.problems.add(each.location, "", reasons.UNKNOWN_KIND.format(name=", ".join(list(each.members)[:3])))
            else:
                _LISTS[kind](each, account)
        return
    for name, listed in root.members.items():
        if name == "NextToken":
            if listed.value is not None:
                account.problems.add(listed.location, "NextToken", reasons.TRUNCATED)
            continue
        if name in _IRRELEVANT:
            continue
        reader = _LISTS.get(name)
        if reader is None:
            account.problems.add(listed.location, shown(name), reasons.UNKNOWN_KIND.format(name=shown(name)))
            continue
        account.interfaces_complete = account.interfaces_complete or name == "NetworkInterfaces"
        for each in listed.items:
            reader(each, account)


def _strangers(node: Node, known: frozenset[str], account: Account) -> None:
    for name, value in node.members.items():
        if name not in known:
            account.problems.add(value.location, shown(name), reasons.UNKNOWN_MEMBER.format(name=shown(name)))


def _group(node: Node, account: Account) -> None:
    _strangers(node, _GROUP_MEMBERS, account)
    found = _named_group(node.text("GroupId") or node.text("GroupName"), node, account)
    found.name, found.vpc, found.description = node.text("GroupName"), node.text("VpcId"), node.text("Description")
    for member, egress in (("IpPermissions", False), ("IpPermissionsEgress", True)):
        for each in node.each(member):
            _strangers(each, _PERMISSION_MEMBERS, account)
            found.permissions.append(_permission(each, egress=egress))


def _named_group(identity: str, node: Node, account: Account) -> Group:
    return account.groups.setdefault(identity, Group(identity, identity, node.location))


def _permission(node: Node, *, egress: bool) -> Permission:
    peers: list[Peer] = []
    for member, name, kind in (
        ("IpRanges", "CidrIp", PeerKind.CIDR),
        ("Ipv6Ranges", "CidrIpv6", PeerKind.CIDR),
        ("PrefixListIds", "PrefixListId", PeerKind.PREFIX_LIST),
        ("UserIdGroupPairs", "GroupId", PeerKind.GROUP),
    ):
        for each in node.each(member):
            named = each.get(name)
            place = named.location if named is not None else each.location
            peers.append(Peer(kind, each.text(name) or each.text("GroupName"), place, each.text("Description")))
    return Permission(
        egress, node.text("IpProtocol"), node.number("FromPort"), node.number("ToPort"), tuple(peers), node.location
    )


def _group_rule(node: Node, account: Account) -> None:
    """One rule of describe-security-group-rules."""
    group = _named_group(node.text("GroupId"), node, account)
    peers = [
        Peer(kind, node.text(*path), node.location, node.text("Description"))
        for path, kind in (
            (("CidrIpv4",), PeerKind.CIDR),
            (("CidrIpv6",), PeerKind.CIDR),
            (("PrefixListId",), PeerKind.PREFIX_LIST),
            (("ReferencedGroupInfo", "GroupId"), PeerKind.GROUP),
        )
        if node.text(*path)
    ]
    group.permissions.append(
        Permission(
            node.true("IsEgress"), node.text("IpProtocol"), node.number("FromPort"), node.number("ToPort"), tuple(peers),
            node.location, id=node.text("SecurityGroupRuleId"),
        )
    )  # fmt: skip


def _acl(node: Node, account: Account) -> None:
    _strangers(node, _ACL_MEMBERS, account)
    found = Acl(node.text("NetworkAclId"), node.location, node.text("VpcId"), default=node.true("IsDefault"))
    found.subnets = [each.text("SubnetId") for each in node.each("Associations")]
    for each in node.each("Entries"):
        _strangers(each, _ENTRY_MEMBERS, account)
        number = each.number("RuleNumber")
        if number is None:
            account.problems.add(each.location, "", reasons.NO_ENTRY_NUMBER)
            continue
        kind = each.number("IcmpTypeCode", "Type")
        code = each.number("IcmpTypeCode", "Code")
        found.entries.append(
            AclEntry(
                number, each.true("Egress"), each.text("RuleAction") == "allow", each.text("Protocol"),
                each.text("CidrBlock") or each.text("Ipv6CidrBlock"), each.number("PortRange", "From"),
                each.number("PortRange", "To"), None if kind is None else (kind, -1 if code is None else code), each.location,
            )
        )  # fmt: skip
    account.acls[found.id] = found


def _tag_name(node: Node) -> str:
    return next((t.text("Value") for t in node.each("Tags") if t.text("Key") == "Name"), "")


def _vpc(node: Node, account: Account) -> None:
    cidrs = [node.text("CidrBlock")]
    cidrs += [a.text("CidrBlock") for a in node.each("CidrBlockAssociationSet")]
    cidrs += [a.text("Ipv6CidrBlock") for a in node.each("Ipv6CidrBlockAssociationSet")]
    found = tuple(dict.fromkeys(c for c in cidrs if c))
    account.vpcs[node.text("VpcId")] = Network(node.text("VpcId"), found, node.location, name=_tag_name(node))


def _subnet(node: Node, account: Account) -> None:
    cidrs = [node.text("CidrBlock"), *(a.text("Ipv6CidrBlock") for a in node.each("Ipv6CidrBlockAssociationSet"))]
    identity = node.text("SubnetId")
    account.subnets[identity] = Network(
        identity, tuple(c for c in cidrs if c), node.location, node.text("VpcId"), _tag_name(node)
    )


def _interface(node: Node, account: Account) -> None:
    """A network interface, of describe-network-interfaces or inside an instance."""
    own = {a.text("PrivateIpAddress") for a in node.each("PrivateIpAddresses")} | {node.text("PrivateIpAddress")}
    own |= {a.text("Ipv6Address") for a in node.each("Ipv6Addresses")}
    own.discard("")
    account.interfaces |= own
    for group in node.each("Groups"):
        account.members.setdefault(group.text("GroupId"), set()).update(own)


def _reservation(node: Node, account: Account) -> None:
    for instance in node.each("Instances"):
        for interface in instance.each("NetworkInterfaces"):
            _interface(interface, account)


def _prefix_list(node: Node, account: Account) -> None:
    cidrs = [c.value for c in node.each("Cidrs") if isinstance(c.value, str)]
    cidrs += [c.text("Cidr") for c in node.each("Entries")]
    if cidrs:
        account.prefix_lists[node.text("PrefixListId")] = tuple(cidrs)


_LISTS: dict[str, Callable[[Node, Account], None]] = {
    "SecurityGroups": _group, "SecurityGroupRules": _group_rule, "NetworkAcls": _acl, "Vpcs": _vpc, "Subnets": _subnet,
    "Reservations": _reservation, "NetworkInterfaces": _interface, "PrefixLists": _prefix_list,
}  # fmt: skip
_BARE = (("IpPermissions", "SecurityGroups"), ("Entries", "NetworkAcls"), ("SecurityGroupRuleId", "SecurityGroupRules"))
