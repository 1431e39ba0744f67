"""The ruleset while it is being read: what nft's commands do to tables, chains, sets and rules."""

from __future__ import annotations

from segmentation.device.device import NotUnderstood
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.nftables.reasons import FURTHER
from segmentation.vendors.nftables.syntax import ChainSyntax, RuleSyntax, SetSyntax, TableSyntax
from segmentation.vendors.reading import shown

#: More than this many places that were not understood are counted in one last entry.
NOTED_LIMIT = 2000


def _not_understood(
    location: Location, text: str, reason: Text, *, widened: bool, covered: bool | None = None
) -> NotUnderstood:  # fmt: skip
    return NotUnderstood(
        location=location, text=text, reason=reason.en, widened=widened, covered=covered, sentence=reason
    )  # fmt: skip


class Ruleset:
    """Tables in the order of their creation, and what was not understood."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], TableSyntax] = {}
        self._noted: list[NotUnderstood] = []
        self._beyond = 0
        self._last = Location("")
        self.commands = 0

    # -- what was not understood

    def note(self, location: Location, text: str, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record something that was not understood."""
        if len(self._noted) >= NOTED_LIMIT:
            self._beyond += 1
            self._last = location
            return
        entry = _not_understood(location, shown(text), reason, widened=widened, covered=covered)
        if not self._noted or entry != self._noted[-1]:  # the end of a file inside two blocks is one place
            self._noted.append(entry)

    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """All notes, in the order of the files."""
        if not self._beyond:
            return tuple(self._noted)
        return (*self._noted, _not_understood(self._last, "…", FURTHER.format(count=self._beyond), widened=True))

    # -- tables

    def table(self, family: str, name: str, location: Location) -> TableSyntax:
        """The table, created where it does not exist."""
        self.commands += 1
        found = self.tables.get((family, name))
        if found is None:
            found = self.tables[family, name] = TableSyntax(family, name, location)
        return found

    def flush(self, family: str = "") -> None:
        """``flush ruleset [family]``."""
        self.commands += 1
        for key in [k for k in self.tables if not family or k[0] == family]:
            del self.tables[key]

    def delete_table(self, family: str, name: str) -> None:
        """``delete table``; one that does not exist is no concern of an analysis."""
        self.tables.pop((family, name), None)

    @staticmethod
    def flush_table(table: TableSyntax) -> None:
        """``flush table``: the rules of all chains go, chains and sets stay (nft(8), TABLES)."""
        for chain in table.chains.values():
            chain.rules.clear()

    # -- chains, sets

    @staticmethod
    def chain(table: TableSyntax, name: str, location: Location) -> ChainSyntax:
        """The chain, created where it does not exist."""
        found = table.chains.get(name)
        if found is None:
            found = table.chains[name] = ChainSyntax(name, location)
        return found

    @staticmethod
    def set(table: TableSyntax, name: str, location: Location, *, is_map: bool) -> SetSyntax:
        """The set or map, created where it does not exist."""
        found = table.sets.get(name)
        if found is None:
            found = table.sets[name] = SetSyntax(name, location, is_map=is_map)
        return found

    # -- rules

    @staticmethod
    def place(chain: ChainSyntax, rule: RuleSyntax, *, insert: bool, handle: str = "", index: int | None = None) -> bool:
        """Put a rule where ``add`` or ``insert`` puts it; ``False`` if the place named does not exist."""
        if handle:
            index = next((i for i, r in enumerate(chain.rules) if r.handle == handle), None)
            if index is None:
                chain.rules.insert(0 if insert else len(chain.rules), rule)
                return False
        if index is None:
            chain.rules.insert(0 if insert else len(chain.rules), rule)
            return True
        chain.rules.insert(min(index if insert else index + 1, len(chain.rules)), rule)
        return index < len(chain.rules)

    @staticmethod
    def remove(chain: ChainSyntax, handle: str) -> int | None:
        """Remove the rule with this handle and return where it was; ``None`` if there is none."""
        for i, rule in enumerate(chain.rules):
            if rule.handle == handle:
                del chain.rules[i]
                return i
        return None
