"""The configuration tree, the same for all forms it is written in.

An ``<entry name="x">``, a ``<member>``, a text and a word of a ``set`` line all are a child named by it: which of them is a
key and which a value follows from the schema alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from segmentation.model.text import Text

#: ``report(line, text, reason)``: a place without meaning.
Report = Callable[[int, str, Text], None]
#: Nodes of one configuration; 100,000 rules of twenty parts are two million.
NODE_LIMIT = 4_000_000
#: Depth of a configuration; PAN-OS itself stays below thirty.
DEPTH_LIMIT = 64


class TooLarge(Exception):  # noqa: N818 - reaches the nearest line, where it becomes a report
    """The configuration has more nodes than :data:`NODE_LIMIT`."""


@dataclass(slots=True)
class Budget:
    """Nodes that may still be made."""

    left: int = NODE_LIMIT

    def take(self) -> None:
        """Count one; raises :class:`TooLarge`."""
        self.left -= 1
        if self.left < 0:
            raise TooLarge


@dataclass(slots=True, eq=False)
class Node:
    """A key, an entry or a value, with its file and line (from 1)."""

    name: str
    file: str = ""
    line: int = 0
    children: dict[str, Node] = field(default_factory=dict)
    last: str = ""  # the child that was written last: of an option with one value, the one that holds

    def child(self, name: str, file: str, line: int, budget: Budget) -> Node:
        """The child of this name, made if it is not there."""
        found = self.children.get(name)
        if found is None:
            budget.take()
            found = self.children[name] = Node(name, file, line)
        self.last = name
        return found

    def another(self, name: str, file: str, line: int, budget: Budget) -> Node:
        """A new child beside one of the same name."""
        key = name
        while key in self.children:
            key = f"{name}\0{len(self.children)}"
        budget.take()
        made = self.children[key] = Node(name, file, line)
        self.last = key
        return made

    def at(self, *path: str) -> Node | None:
        """The node below, by names."""
        node: Node | None = self
        for name in path:
            node = node.children.get(name) if node is not None else None
        return node

    def entries(self, *path: str) -> Iterator[Node]:
        """The children of the node below."""
        node = self.at(*path)
        return iter(node.children.values()) if node is not None else iter(())

    def values(self, *path: str) -> tuple[str, ...]:
        """The names of the children of the node below."""
        node = self.at(*path)
        return tuple([n.name for n in node.children.values()]) if node is not None else ()

    def value(self, *path: str) -> str:
        """The one value of an option: what was written last; "" without any."""
        node = self.at(*path)
        return node.children[node.last].name if node is not None and node.last in node.children else ""

    def size(self) -> int:
        """The number of lines from here to the last line below."""
        first = last = self.line
        waiting = list(self.children.values())
        while waiting:
            node = waiting.pop()
            last = max(last, node.line)
            waiting += node.children.values()
        return last - first + 1
