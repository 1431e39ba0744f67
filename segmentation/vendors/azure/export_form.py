"""Exports of Azure: ``az network nsg list`` and ``show``, vnet, subnet and nic lists, and ARM templates or resources.

Azure REST API, Microsoft.Network: NetworkSecurityGroup, SecurityRule, VirtualNetwork, NetworkInterface.  The command line puts
the members of ``properties`` beside the others; both forms are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from segmentation.device.json_positions import Node
from segmentation.vendors.azure import reasons
from segmentation.vendors.azure.records import SecurityGroup, SecurityRule, Side, Subnet, Subscription
from segmentation.vendors.reading import shown

_QUOTED = re.compile(r"'([^']+)'")
_IRRELEVANT = re.compile(
    r"(?i)microsoft\.(?!network/(?:networksecurity|virtualnetworks|networkinterfaces|azurefirewalls|firewallpolicies))"
)


def key_of(identity: str) -> str:
    """An identifier for comparing: lower case; of ``[resourceId('…', 'name')]`` the name."""
    if identity.startswith("["):
        names = _QUOTED.findall(identity)
        return "/".join(n.lower() for n in names[1:]) or identity.lower()
    return identity.lower()


def read_export(root: Node, found: Subscription) -> None:
    """Read one text: an object, a list of them, a page (``value``) or a template (``resources``)."""
    for each in _resources(root):
        kind = each.text("type").lower()
        if (
            "securityRules" in each.members
            or each.get("properties", "securityRules")
            or kind.endswith("/networksecuritygroups")
        ):
            _group(each, found)
        elif kind.endswith("networksecuritygroups/securityrules"):
            _loose_rule(each, found)
        elif prop(each, "addressSpace") is not None:
            _network(each, found)
        elif prop(each, "addressPrefix") is not None or prop(each, "addressPrefixes") is not None:
            _subnet(each, found)
        elif prop(each, "ipConfigurations") is not None:
            _interface(each, found)
        elif not _IRRELEVANT.match(kind):
            named = kind or ", ".join(list(each.members)[:3])
            found.problems.add(each.location, shown(named), reasons.UNKNOWN_KIND.format(name=shown(named)))


def _resources(root: Node) -> Iterator[Node]:
    if root.items:
        for each in root.items:
            yield from _resources(each)
    elif "resources" in root.members and "type" not in root.members:
        for each in root.each("resources"):
            yield from _resources(each)
    elif isinstance(root.members.get("value"), Node) and root.members["value"].items and "name" not in root.members:
        yield from root.members["value"].items
    elif root.members:
        yield root
        for child in root.each("resources"):
            yield from _resources(child)


def prop(node: Node, name: str) -> Node | None:
    """A member of the object or of its ``properties``."""
    return node.get(name) or node.get("properties", name)


def _text(node: Node, name: str) -> str:
    value = prop(node, name)
    return value.value if value is not None and isinstance(value.value, str) else ""


def _each(node: Node, name: str) -> list[Node]:
    value = prop(node, name)
    return [] if value is None else value.items if isinstance(value.value, list) else [value]


def _name(node: Node) -> str:
    name = node.text("name")
    return _QUOTED.findall(name)[-1] if name.startswith("[") and _QUOTED.search(name) else name


def _identity(node: Node) -> str:
    return key_of(node.text("id") or _name(node))


def _group(node: Node, found: Subscription) -> None:
    group = found.groups.setdefault(_identity(node), SecurityGroup(_identity(node), _name(node), node.location))
    for member in ("securityRules", "defaultSecurityRules"):
        for each in _each(node, member):
            rule = security_rule(each, found, implicit=member != "securityRules")
            if rule is not None:
                group.rules.append(rule)
                group.defaults = group.defaults or rule.implicit
    group.subnets |= {key_of(s.text("id")) for s in _each(node, "subnets")}
    group.interfaces |= {key_of(s.text("id")) for s in _each(node, "networkInterfaces")}


def _loose_rule(node: Node, found: Subscription) -> None:
    """A rule that stands as a resource of its own, named ``group/rule``."""
    rule = security_rule(node, found, implicit=False)
    owner = node.text("name")
    owner = (_QUOTED.findall(owner) or [owner])[0].split("/")[0].lower()
    group = next((g for k, g in found.groups.items() if k.rsplit("/", 1)[-1] == owner), None)
    if group is None:
        group = found.groups[owner] = SecurityGroup(owner, owner, node.location)
    if rule is not None:
        group.rules.append(rule)


def _side(node: Node, which: str) -> Side:
    prefixes = []
    for name in (f"{which}AddressPrefix", f"{which}AddressPrefixes"):
        prefixes += [(n.value, n.location) for n in _each(node, name) if isinstance(n.value, str) and n.value]
    groups = tuple(key_of(n.text("id")) for n in _each(node, f"{which}ApplicationSecurityGroups"))
    ports = []
    for name in (f"{which}PortRange", f"{which}PortRanges"):
        ports += [str(n.value) for n in _each(node, name) if n.value not in ("", None)]
    return Side(tuple(prefixes), groups, tuple(ports))


def security_rule(node: Node, found: Subscription, *, implicit: bool) -> SecurityRule | None:
    """A security rule; ``None`` (and a note) where it says neither what it does nor when."""
    priority_node = prop(node, "priority")
    priority = None if priority_node is None else Node({"n": priority_node}, node.location).number("n")
    access, direction = _text(node, "access").lower(), _text(node, "direction").lower()
    for name, good in (
        ("priority", priority is not None),
        ("access", access in ("allow", "deny")),
        ("direction", direction in ("inbound", "outbound")),
    ):
        if not good:
            found.problems.add(node.location, shown(_name(node)), reasons.INCOMPLETE.format(name=name))
    if priority is None and direction not in ("inbound", "outbound"):
        return None
    # What it does is unknown: it may allow, and comes first.
    uncertain = (
        "" if priority is not None and access in ("allow", "deny") and direction in ("inbound", "outbound") else _name(node)
    )
    return SecurityRule(
        name=_name(node), priority=priority or 0, inbound=direction != "outbound", allow=access != "deny",
        protocol=_text(node, "protocol"), source=_side(node, "source"), destination=_side(node, "destination"),
        location=node.location, description=_text(node, "description"), implicit=implicit, uncertain=uncertain,
    )  # fmt: skip


def _network(node: Node, found: Subscription) -> None:
    space = prop(node, "addressSpace")
    if space is not None:
        found.spaces += [(str(n.value), n.location) for n in space.each("addressPrefixes")]
    for each in _each(node, "subnets"):
        _subnet(each, found, _identity(node))


def _subnet(node: Node, found: Subscription, network: str = "") -> None:
    prefixes = [n.value for m in ("addressPrefix", "addressPrefixes") for n in _each(node, m) if isinstance(n.value, str)]
    identity = key_of(node.text("id")) or f"{network}/{_name(node).lower()}"
    group = prop(node, "networkSecurityGroup")
    found.subnets[identity] = Subnet(
        identity, tuple(dict.fromkeys(prefixes)), node.location, key_of(group.text("id")) if group is not None else ""
    )


def _interface(node: Node, found: Subscription) -> None:
    own: set[str] = set()
    for each in _each(node, "ipConfigurations"):
        address = _text(each, "privateIPAddress") or _text(each, "privateIpAddress")
        if address:
            own.add(address)
            for group in _each(each, "applicationSecurityGroups"):
                found.application_groups.setdefault(key_of(group.text("id")), set()).add(address)
    found.addresses[_identity(node)] = own
    named = prop(node, "networkSecurityGroup")
    owner = found.groups.get(key_of(named.text("id"))) if named is not None else None
    if owner is not None:
        owner.interfaces.add(_identity(node))
