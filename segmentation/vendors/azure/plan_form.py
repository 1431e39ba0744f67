"""Network security groups in a Terraform plan (provider hashicorp/azurerm; its documentation of each resource)."""

from __future__ import annotations

from segmentation.device.json_positions import Node
from segmentation.device.terraform import Resource, resources
from segmentation.vendors.azure import reasons
from segmentation.vendors.azure.export_form import key_of
from segmentation.vendors.azure.records import SecurityGroup, SecurityRule, Side, Subnet, Subscription
from segmentation.vendors.reading import shown

_LATER = "known after apply"


def read_plan(root: Node, found: Subscription) -> None:
    """Read one plan or state."""
    listed = resources(root)
    reader = _PlanReader(found, listed)
    for each in listed:
        if each.type == "azurerm_network_security_group":
            reader.group(each)
        elif each.type == "azurerm_virtual_network":
            found.spaces += [(str(n.value), n.location) for n in each.values.each("address_space")]
            for block in each.values.each("subnet"):
                reader.subnet(f"{each.address}/{block.text('name')}", block, key_of(block.text("security_group")))
        elif each.type == "azurerm_subnet":
            reader.subnet(reader.identity(each), each.values, "")
    for each in listed:
        if each.type == "azurerm_network_security_rule":
            reader.rule_resource(each)
        elif each.type == "azurerm_subnet_network_security_group_association":
            subnet = found.subnets.get(reader.referred(each, "subnet_id"))
            if subnet is not None:
                subnet.group = reader.referred(each, "network_security_group_id")


class _PlanReader:
    def __init__(self, found: Subscription, listed: list[Resource]) -> None:
        self.found = found
        self.listed = listed

    @staticmethod
    def identity(each: Resource) -> str:
        """The identifier of a resource, or its address while it has none."""
        return key_of(each.values.text("id")) or each.address

    def referred(self, each: Resource, name: str) -> str:
        """The identifier that an argument holds, or that of the resource it refers to; empty if unknown."""
        value = each.values.text(name)
        if value:
            return key_of(value)
        wanted = each.references(name)
        return next((self.identity(r) for r in self.listed if r.address in wanted or r.address.partition("[")[0] in wanted), "")

    def group(self, each: Resource) -> None:
        """A group with the rules written inside it."""
        made = SecurityGroup(self.identity(each), each.values.text("name") or each.address, each.location)
        self.found.groups[made.id] = made
        made.rules += [self._rule(block, each, "security_rule") for block in each.values.each("security_rule")]
        if not made.rules and each.later("security_rule") and each.written("security_rule"):
            self.found.problems.add(each.location, f"{each.address}: security_rule", reasons.AFTER_APPLY)
            everything = Side((("*", each.location),), ports=("*",))
            made.rules += [
                SecurityRule(_LATER, 0, inbound, True, "*", everything, everything, each.location, uncertain=_LATER)
                for inbound in (True, False)
            ]

    def rule_resource(self, each: Resource) -> None:
        """``azurerm_network_security_rule``."""
        name = each.values.text("network_security_group_name")
        owner = next((g for g in self.found.groups.values() if name and g.name == name), None)
        owner = owner or self.found.groups.get(self.referred(each, "network_security_group_name"))
        if owner is None:
            owner = self.found.groups[name or each.address] = SecurityGroup(name or each.address, name, each.location)
        owner.rules.append(self._rule(each.values, each, ""))

    def _rule(self, node: Node, each: Resource, inside: str) -> SecurityRule:
        priority = node.number("priority")
        access, direction = node.text("access").lower(), node.text("direction").lower()
        known = priority is not None and access in ("allow", "deny") and direction in ("inbound", "outbound")
        if not known:
            self.found.problems.add(node.location, shown(node.text("name")), reasons.AFTER_APPLY)
        return SecurityRule(
            name=node.text("name"), priority=priority or 0, inbound=direction != "outbound", allow=access != "deny",
            protocol=node.text("protocol"), source=self._side(node, each, inside, "source"),
            destination=self._side(node, each, inside, "destination"), location=node.location,
            description=node.text("description"), uncertain="" if known else _LATER,
        )  # fmt: skip

    def _side(self, node: Node, each: Resource, inside: str, which: str) -> Side:
        prefixes, ports = [], []
        names = (f"{which}_address_prefix", f"{which}_address_prefixes")
        for name in names:
            prefixes += [(str(n.value), n.location) for n in node.each(name) if n.value not in ("", None)]
        for name in (f"{which}_port_range", f"{which}_port_ranges"):
            ports += [str(n.value) for n in node.each(name) if n.value not in ("", None)]
        groups = tuple(key_of(str(n.value)) for n in node.each(f"{which}_application_security_group_ids"))
        unknown = not prefixes and not groups
        if unknown:
            self.found.problems.add(node.location, shown(f"{each.address}: {which}"), reasons.AFTER_APPLY)
        del inside
        return Side(tuple(prefixes), groups, tuple(ports), unknown)

    def subnet(self, identity: str, node: Node, group: str) -> None:
        """A subnet with its prefixes."""
        prefixes = tuple(
            str(n.value)
            for name in ("address_prefix", "address_prefixes")
            for n in node.each(name)
            if n.value not in ("", None)
        )
        self.found.subnets[identity] = Subnet(identity, prefixes, node.location, group)
