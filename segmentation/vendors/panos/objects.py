"""Where names are looked up: a virtual system, what Panorama pushed to it, and what all share."""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.vendors.panos.tree import Node


@dataclass(slots=True)
class Names:
    """Containers of objects, the nearest first (Administrator's Guide, "Objects": the local one has precedence)."""

    containers: list[Node]
    used: set[int] = field(default_factory=set)

    def find(self, table: str, name: str) -> Node | None:
        """The object of this name, or ``None``."""
        for container in self.containers:
            found = container.at(table, name)
            if found is not None:
                self.used.add(id(found))
                return found
        return None
