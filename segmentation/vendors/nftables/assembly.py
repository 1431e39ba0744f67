"""From a ruleset to a device: chains, base chains, sets and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from segmentation.device.device import Action, BaseChain, Chain, Device, Hook, InputFile, NamedSet, Rule, Verb
from segmentation.device.management import Aspect, Binding, ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.lowering import TABLE_FAMILIES, Lowering, references
from segmentation.vendors.nftables.reasons import DUPLICATED, FORWARDED
from segmentation.vendors.nftables.syntax import Hazard, SetUpdate, Statement, TableSyntax
from segmentation.vendors.nftables.translated import narrowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentation.model.addresses import Family
    from segmentation.vendors.nftables.ruleset import Ruleset
    from segmentation.vendors.nftables.syntax import ChainSyntax
    from segmentation.vendors.reading import SourceText

_HOOKS = {h.value: h for h in Hook}
_DIRECTIONS = {"prerouting": "in", "input": "in", "output": "out", "postrouting": "out"}
_NARROWING_HOOKS = frozenset({"ingress", "egress"})


def assemble(name: str, texts: Sequence[SourceText], ruleset: Ruleset) -> Device:
    """The device that *ruleset* describes."""
    builder = _Builder(ruleset)
    for table in ruleset.tables.values():
        builder.add(table)
    builder.break_loops()
    if not any(n.widened for n in ruleset.not_understood()):  # else a translation may be in what was not understood
        builder.chains = narrowed(builder.chains)
    return Device(
        name=name,
        vendor="nftables",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=builder.chains,
        base_chains=tuple(builder.base_chains),
        sets=tuple(builder.sets),
        objects=tuple(builder.objects()),
        bindings=tuple(builder.bindings),
        aspects=builder.aspects(),
        not_understood=ruleset.not_understood(),
        conntrack_notrack=builder.notrack,
        notes=tuple(builder.notes),
    )


def _named_sets(statements: Iterable[Statement]) -> set[str]:
    """The names of sets that one rule uses."""
    return {n for s in statements for n in references(s)}


class _Builder:
    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.chains: dict[str, Chain] = {}
        self.base_chains: list[BaseChain] = []
        self.sets: list[NamedSet] = []
        self.bindings: list[Binding] = []
        self._set_kinds: list[ConfigObject] = []
        self.notes: list[str] = []
        self.notrack = False

    def add(self, table: TableSyntax) -> None:
        """Add one table."""
        if table.family not in TABLE_FAMILIES:
            self._other_family(table)
            return
        statements = [s for c in table.chains.values() for r in c.rules for s in r.statements]
        updated = frozenset(s.set_name for s in statements if isinstance(s, SetUpdate))
        lowering = Lowering(table, self.ruleset, updated)
        if table.dormant:
            self.notes.append(f"table {table.family} {table.name} is dormant: its chains are not in force")
        for chain in table.chains.values():
            self._chain(table, chain, lowering)
        self.notrack = self.notrack or lowering.notrack
        used = lowering.used | {n for s in statements for n in references(s)}
        users = [n for c in table.chains.values() for r in c.rules for n in _named_sets(r.statements)]
        for found in table.sets.values():
            self._set_kinds.append(
                ConfigObject(
                    kind=ObjectKind.SET, name=lowering.chain_name(found.name), location=found.location,
                    used_by=users.count(found.name), empty=not found.elements and not lowering.filled_at_run_time(found),
                )
            )  # fmt: skip
            self.sets.append(
                NamedSet(
                    name=lowering.chain_name(found.name),
                    location=found.location,
                    size=len(found.elements),
                    dynamic=lowering.filled_at_run_time(found),
                    used=found.name in used,
                )
            )

    def _other_family(self, table: TableSyntax) -> None:
        hazards = [
            s for c in table.chains.values() for r in c.rules for s in r.statements
            if isinstance(s, Hazard) and (table.family == "netdev" or s.reason in (DUPLICATED, FORWARDED))
        ]  # fmt: skip
        reason = (reasons.OTHER_HAZARD if hazards else reasons.OTHER_FAMILY).format(family=table.family)
        self.ruleset.note(table.location, f"table {table.family} {table.name}", reason, widened=bool(hazards))

    def _chain(self, table: TableSyntax, chain: ChainSyntax, lowering: Lowering) -> None:
        name = lowering.chain_name(chain.name)
        if chain.hook in _NARROWING_HOOKS:
            reason = reasons.NARROWING_HOOK.format(hook=chain.hook)
            self.ruleset.note(chain.location, f"chain {chain.name}", reason, widened=False)
            return
        rules = [r for syntax in chain.rules for r in lowering.rules(syntax)]
        self.chains[name] = Chain(name=name, rules=tuple(self._known(r, table) for r in rules), location=chain.location)
        if not chain.hook:
            return
        hook = _HOOKS.get(chain.hook)
        if hook is None:
            self.ruleset.note(chain.location, f"hook {chain.hook}", reasons.UNKNOWN_HOOK.format(hook=chain.hook))
            return
        if table.dormant:
            return
        self.bindings.append(
            Binding(filter=name, where=f"hook {chain.hook}", direction=_DIRECTIONS.get(chain.hook, ""), location=chain.location)
        )
        families: frozenset[Family] = frozenset(f for f in (4, 6) if f in TABLE_FAMILIES[table.family])
        self.base_chains.append(
            BaseChain(
                chain=name,
                hook=hook,
                priority=chain.priority or 0,
                policy=Action(verb=Verb.DROP if chain.policy == "drop" else Verb.ACCEPT),
                families=families,
                kind=chain.kind or "filter",
                location=chain.policy_location,
            )
        )

    def objects(self) -> Iterator[ConfigObject]:
        """Sets, maps and chains, with how often rules use them; a base chain is used by its hook."""
        yield from self._set_kinds
        jumps = Counter((r.action.target, r.location) for c in self.chains.values() for r in c.rules if r.action.target)
        users: dict[str, list[Location]] = {}
        for target, where in jumps:
            users.setdefault(target, []).append(where)
        hooked = {b.chain for b in self.base_chains}
        for chain in self.chains.values():
            if chain.name not in hooked:
                found = users.get(chain.name, [])
                yield ConfigObject(
                    kind=ObjectKind.FILTER, name=chain.name, location=chain.location, used_by=len(found),
                    user=min(found, default=NOWHERE), empty=not chain.rules,
                )  # fmt: skip

    def aspects(self) -> frozenset[Aspect]:
        """What a ruleset tells; comments and counters only where somebody writes them into rules at all."""
        found = {Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}
        rules = [r for c in self.chains.values() for r in c.rules]
        if any(r.comment for r in rules):
            found.add(Aspect.COMMENTS)
        if any(r.hits is not None for r in rules):
            found.add(Aspect.HITS)
        return frozenset(found)

    def _known(self, rule: Rule, table: TableSyntax) -> Rule:
        """A rule whose jump leads somewhere."""
        target = rule.action.target
        if not target:
            return rule
        name = target[len(table.family) + len(table.name) + 2 :]
        if name in table.chains and table.chains[name].hook not in _NARROWING_HOOKS:
            return rule
        self.ruleset.note(rule.location, rule.text, reasons.MISSING_CHAIN.format(name=name), covered=True)
        return replace(rule, action=Action(verb=Verb.ACCEPT, uncertain=rule.text))

    def break_loops(self) -> None:
        """Replace jumps that close a circle, so that whoever follows jumps comes to an end."""
        done: set[str] = set()
        for start in self.chains:
            path: dict[str, Iterator[str]] = {}
            if start not in done:
                path[start] = self._targets(start)
            while path:
                here = next(reversed(path))
                following = next(path[here], None)
                if following is None:
                    done.add(here)
                    del path[here]
                elif following in path:
                    self._cut(here, following)
                elif following not in done:
                    path[following] = self._targets(following)

    def _targets(self, name: str) -> Iterator[str]:
        return iter(list(dict.fromkeys(r.action.target for r in self.chains[name].rules if r.action.target)))

    def _cut(self, name: str, target: str) -> None:
        chain = self.chains[name]
        rules = []
        for rule in chain.rules:
            if rule.action.target == target:
                self.ruleset.note(rule.location, rule.text, reasons.LOOP, covered=True)
                rules.append(replace(rule, action=Action(verb=Verb.ACCEPT, uncertain=rule.text)))
            else:
                rules.append(rule)
        self.chains[name] = replace(chain, rules=tuple(rules))
