"""Terraform's plan and state as JSON (``terraform show -json``): resources with their values, and what is known only later.

Format: HashiCorp, "JSON Output Format" (format_version 1.x): planned_values or values, resource_changes with after_unknown,
and configuration, whose references tell to which resource an identifier belongs that does not exist yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.device.json_positions import Node
from segmentation.model.location import Location

_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource.  ``unknown`` mirrors ``values`` with ``true`` where a value is known only after the plan is applied."""

    address: str
    type: str
    values: Node
    unknown: Node | None
    expressions: Node | None

    @property
    def location(self) -> Location:
        """Where its values stand."""
        return self.values.location

    def later(self, *path: str) -> bool:
        """Whether the value at a path, or what holds it, is known only after the plan is applied."""
        here = self.unknown
        for name in path:
            if here is None:
                return False
            if here.value is True:
                return True
            here = here.members.get(name)
        return here is not None and _any_true(here)

    def written(self, name: str) -> bool:
        """Whether the configuration gives this argument at all; true where the configuration is not in the file."""
        return self.expressions is None or name in self.expressions.members

    def references(self, *path: str) -> tuple[str, ...]:
        """The addresses of resources that the argument at a path refers to."""
        here = self.expressions
        for name in path:
            if here is not None and here.items:
                here = here.items[0]
            here = here.members.get(name) if here is not None else None
        found = [n.value for n in (here.each("references") if here is not None else []) if isinstance(n.value, str)]
        module = self.address.rpartition(f"{self.type}.")[0]
        return tuple(dict.fromkeys(module + ".".join(r.split(".")[:2]) for r in found if r.count(".") >= 1))


def _any_true(node: Node) -> bool:
    if node.items or node.members:
        return any(_any_true(n) for n in (node.items or list(node.members.values())))
    return node.value is True


def is_plan(root: Node) -> bool:
    """Whether a JSON value is a plan or a state of Terraform (or OpenTofu)."""
    return "format_version" in root.members and ("planned_values" in root.members or "values" in root.members)


def resources(root: Node) -> list[Resource]:
    """All managed resources of all modules, in the order of the file; those that the plan deletes are left out by Terraform."""
    unknown = {change.text("address"): change.get("change", "after_unknown") for change in root.each("resource_changes")}
    expressions = dict(_expressions(root.get("configuration", "root_module"), ""))
    out = []
    for each in _resources(root.get("planned_values", "root_module") or root.get("values", "root_module")):
        address = each.text("address")
        values = each.get("values")
        if values is not None and each.text("mode") != "data":
            plain = _INDEX.sub("", address)
            out.append(Resource(address, each.text("type"), values, unknown.get(address), expressions.get(plain)))
    return out


def _resources(module: Node | None) -> Iterator[Node]:
    if module is not None:
        yield from module.each("resources")
        for child in module.each("child_modules"):
            yield from _resources(child)


def _expressions(module: Node | None, prefix: str) -> Iterator[tuple[str, Node]]:
    if module is None:
        return
    for each in module.each("resources"):
        found = each.get("expressions")
        if found is not None:
            yield prefix + each.text("address"), found
    for name, call in (module.get("module_calls") or Node({}, module.location)).members.items():
        yield from _expressions(call.get("module"), f"{prefix}module.{name}.")
