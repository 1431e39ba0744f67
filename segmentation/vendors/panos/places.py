"""Where in the tree the parts of one firewall are: its own, those pushed by Panorama, those of Panorama's own configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from segmentation.vendors.panos.schema import FIRST
from segmentation.vendors.panos.tree import Node

#: Device groups nest at most four deep (Panorama Administrator's Guide, "Device group hierarchy").
_NESTING = 16


@dataclass(slots=True)
class Places:
    """The nodes of a configuration by what they hold."""

    devices: list[Node]
    networks: list[Node]
    systems: list[Node]
    shared: list[Node]
    pushed: list[Node]
    groups: dict[str, Node] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Node) -> Places:
        """Find them."""
        own = list(root.entries("devices"))
        inner = [
            n for d in own for kind in ("template", "template-stack") for t in d.entries(kind) for n in t.entries("config",
            "devices")
        ]  # fmt: skip
        templates = [t for d in own for kind in ("template", "template-stack") for t in d.entries(kind)]
        pushed = [n for n in (root.at("policy", "panorama"), root.at("panorama")) if n is not None]
        devices = [*own, *inner]
        systems = [s for d in devices for s in d.entries("vsys")]
        if not systems:
            systems = [Node(FIRST, root.file, root.line)]
        shared = [n for n in (root.at("shared"), *(t.at("config", "shared") for t in templates)) if n is not None]
        found = cls(devices, [n for d in devices if (n := d.at("network")) is not None], systems, shared, pushed)
        for device in own:
            found.groups |= {g.name: g for g in device.entries("device-group")}
        for holder in (*root.entries("readonly", "devices"), *own):
            for group in holder.entries("device-group"):
                if group.value("parent-dg"):
                    found.parents[group.name] = group.value("parent-dg")
        return found

    def line(self, group: str) -> list[Node]:
        """A device group and those it is in, the innermost first."""
        out: list[Node] = []
        name = group
        while name in self.groups and self.groups[name] not in out and len(out) < _NESTING:
            out.append(self.groups[name])
            name = self.parents.get(name, "")
        return out

    def leaves(self) -> list[str]:
        """Device groups that hold no other."""
        inner = {self.parents.get(g) for g in self.groups}
        return [g for g in self.groups if g not in inner]


@dataclass(slots=True)
class Policy:
    """The rulebases that hold for one virtual system, in order, and where its names are looked up."""

    name: str
    before: list[Node]
    own: list[Node]
    after: list[Node]
    containers: list[Node]
    groups: list[Node] = field(default_factory=list)

    def rules(self, kind: str) -> Iterator[Node]:
        """The entries of all rulebases of a kind, in the order in which they are asked."""
        for nodes, base in ((self.before, "pre-rulebase"), (self.own, "rulebase"), (self.after, "post-rulebase")):
            for node in nodes:
                yield from node.entries(base, kind, "rules")

    def default(self, name: str) -> Node | None:
        """The override of a default rule: the firewall's own, else that of the nearest device group or the shared one."""
        for nodes, base in ((self.own, "rulebase"), (self.after, "post-rulebase"), (self.before, "rulebase")):
            for node in nodes:
                found = node.at(base, "default-security-rules", "rules", name)
                if found is not None:
                    return found
        return None


def policies(places: Places, system: str) -> list[Policy]:
    """The policies of a virtual system: one, or one for each device group that may hold for it."""
    own = [s for s in places.systems if s.name == system]
    pushed = [v for p in places.pushed for v in p.entries("vsys") if v.name == system]
    outer = [*places.pushed, *places.shared]
    out = []
    for leaf in places.leaves() or [""]:
        groups = places.line(leaf) if leaf else []
        inner = [*pushed, *groups]  # the innermost first
        out.append(
            Policy(
                leaf or system, before=[*places.shared, *reversed(places.pushed), *reversed(inner)], own=own,
                after=[*inner, *places.pushed, *places.shared], containers=[*own, *inner, *outer], groups=groups,
            )
        )  # fmt: skip
    return out
