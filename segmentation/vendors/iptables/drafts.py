"""Tables and chains while their lines are being read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segmentation.device.device import ACCEPT, Action
from segmentation.vendors.iptables import names

if TYPE_CHECKING:
    from segmentation.model.addresses import Family
    from segmentation.model.location import Location
    from segmentation.vendors.iptables.terms import Condition
    from segmentation.vendors.iptables.tokens import Token


@dataclass(slots=True)
class RuleDraft:
    """One rule line: its products, its target words (resolved when all chains are known).

    No more of the reading than is needed later: of 100,000 rules, the words and conditions would fill memory.
    """

    location: Location
    text: str
    terms: Condition
    comment: str
    hits: int | None
    target: Token | None
    goto: bool
    target_words: list[Token]


@dataclass(slots=True)
class ChainDraft:
    """One chain of a table."""

    name: str
    location: Location
    builtin: bool
    policy: Action = ACCEPT
    declared: bool = False
    rules: list[RuleDraft] = field(default_factory=list)


@dataclass(slots=True)
class TableDraft:
    """One table of one family."""

    name: str
    family: Family
    location: Location
    chains: dict[str, ChainDraft] = field(default_factory=dict)

    @property
    def hooks(self) -> dict[str, int]:
        """The built-in chains of the table and their priorities."""
        return names.TABLE_HOOKS[self.name]

    def device_name(self, chain: str) -> str:
        """The chain's name in the device."""
        return f"{'ip' if self.family == 4 else 'ip6'} {self.name} {chain}"

    def chain(self, name: str, location: Location) -> ChainDraft:
        """The chain of this name, made at *location* if it does not exist."""
        if name not in self.chains:
            self.chains[name] = ChainDraft(name, location, builtin=name in self.hooks)
        return self.chains[name]
