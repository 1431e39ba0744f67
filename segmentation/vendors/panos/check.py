"""Which parts of the tree have no known meaning."""

from __future__ import annotations

from segmentation.device.lexical import Problems
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.schema import ROOT, Block, Spec, Table
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.reading import shown

_RULES = "rules"
#: Entries that only may match when they hold a key without meaning: so do the rules that name them.
_DOUBTED = (" security rules", " address", " service")


class Notes:
    """Collects what has no meaning, and the options of rules that are not known."""

    def __init__(self) -> None:
        """Start without any."""
        self.problems = Problems()
        self._seen: set[tuple[Location, str, str]] = set()
        self.unknown: dict[int, list[str]] = {}  # id of a rule or an object -> keys without meaning

    def add(self, node: Node, text: str, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record a place; the same one only once."""
        self.at(node.file, node.line, text, reason, widened=widened, covered=covered)

    def at(self, file: str, line: int, text: str, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record a line."""
        where = Location(file, line, 1)
        key = (where, text[:200], reason.en)
        if key not in self._seen:
            if len(self._seen) < 10_000:
                self._seen.add(key)
            self.problems.add(where, shown(text[:4096]), reason, widened=widened, covered=covered)


def check(root: Node, notes: Notes) -> None:
    """Report every key that the schema does not know or names as not analysed."""
    waiting: list[tuple[Node, Spec, str, Node | None]] = [(root, ROOT, "config", None)]
    while waiting:
        node, spec, path, entry = waiting.pop()
        if isinstance(spec, Table):
            waiting += [(n, spec.inner, path, n) for n in node.children.values()]
        elif isinstance(spec, Block):
            for name, child in node.children.items():
                inner = spec.keys.get(name)
                if inner is None:
                    reason = reasons.UNKNOWN_KEY.format(path=path[-80:], key=shown(name, 60), lines=child.size())
                    # What the device does for itself (names, time, updates) does not open the way through it.
                    held = entry is not None and path.endswith(_DOUBTED)
                    notes.add(
                        child, f"{path[-80:]} {name[:80]}", reason, widened=" deviceconfig system" not in path, covered=held
                    )
                    if entry is not None:
                        notes.unknown.setdefault(id(entry), []).append(name[:60])
                elif inner == "named":
                    if child.children:
                        reason = reasons.NAMED_KEY.format(path=path[-80:], key=name, lines=child.size())
                        notes.add(child, f"{path[-80:]} {name}", reason)
                elif not isinstance(inner, str):
                    waiting.append((child, inner, f"{path} {name}" if len(path) < 200 else path, entry))
