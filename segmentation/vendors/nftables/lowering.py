"""From a rule's syntax to rules of the device model."""

from __future__ import annotations

from collections import Counter as CounterOf
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from segmentation.device.device import CONTINUE, Action, Rule, Translation, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.alternatives import Partial, combined
from segmentation.vendors.nftables.constants import Unresolved, values
from segmentation.vendors.nftables.lookups import dependencies, entries, relation, variants
from segmentation.vendors.nftables.reasons import AFTER_VERDICT
from segmentation.vendors.nftables.ruleset import Ruleset
from segmentation.vendors.nftables.selectors import NEXT_HEADER, Kind, Pseudo, Selector
from segmentation.vendors.nftables.syntax import (
    Comment,
    Concat,
    Condition,
    Counter,
    Delegated,
    Expression,
    Hazard,
    Log,
    MapLookup,
    Nat,
    Notrack,
    Opaque,
    Relation,
    RuleSyntax,
    SetReference,
    SetSyntax,
    SetUpdate,
    Statement,
    TableSyntax,
    Unknown,
    Verdict,
    VerdictMap,
)
from segmentation.vendors.nftables.translated import STATUS, asks_for_translation
from segmentation.vendors.reading import shown

#: The most rules of the device model that one rule may become.
ALTERNATIVES_LIMIT = 20_000
SET_FULL = "the set may be full"
TABLE_FAMILIES: dict[str, IntervalSet] = {
    "ip": IntervalSet.single(4), "ip6": IntervalSet.single(6), "inet": IntervalSet.of((4, 4), (6, 6)),
}  # fmt: skip
_VERBS = {
    "accept": Verb.ACCEPT,
    "drop": Verb.DROP,
    "continue": Verb.CONTINUE,
    "return": Verb.RETURN,
    "jump": Verb.JUMP,
    "goto": Verb.GOTO,
}
Outcome = tuple[Partial, Action]
_FAMILIES: dict[tuple[tuple[int, int], ...], frozenset[Family]] = {
    (): frozenset(), ((4, 4),): frozenset({4}), ((6, 6),): frozenset({6}), ((4, 4), (6, 6)): frozenset({4, 6}),
}  # fmt: skip


@dataclass(slots=True)
class Draft:
    """What the statements read so far say about one rule."""

    alternatives: list[Partial]
    outcomes: list[Outcome] | None = None  # once a verdict is reached
    comment: str = ""
    log: bool = False
    hits: int | None = None
    unknown: str = ""
    notes: list[tuple[Location, str, Text, bool]] = field(default_factory=list)


class Lowering:
    """Gives the rules of one table their meaning."""

    def __init__(self, table: TableSyntax, ruleset: Ruleset, updated: frozenset[str]) -> None:
        self.table = table
        self.ruleset = ruleset
        self.updated = updated  # sets that rules themselves fill
        self.used: set[str] = set()
        every = (s for c in table.chains.values() for r in c.rules for s in r.statements)
        self.counted = CounterOf(s.name for s in every if isinstance(s, Counter) and s.name)
        self.notrack = False

    # -- sets

    def find(self, name: str) -> tuple[SetSyntax, bool]:
        """The set *name*, and whether its content is only known at run time.  Raises :class:`Unresolved`."""
        found = self.table.sets.get(name)
        if found is None:
            raise Unresolved(reasons.NO_SUCH_SET.format(name=name))
        self.used.add(name)
        return found, self.filled_at_run_time(found)

    def filled_at_run_time(self, found: SetSyntax) -> bool:
        """Whether rules or timeouts change a set while the firewall runs."""
        return bool(found.flags & {"dynamic", "timeout"}) or found.timeout or found.name in self.updated

    # -- rules

    def rules(self, syntax: RuleSyntax) -> list[Rule]:
        """The rules of the device model that *syntax* stands for, at least one."""
        draft = Draft([Partial(families=TABLE_FAMILIES[self.table.family])])
        for statement in syntax.statements:
            self._statement(draft, statement, syntax)
        outcomes = draft.outcomes
        if outcomes is None:
            action = Action(verb=Verb.ACCEPT, uncertain=shown(draft.unknown)) if draft.unknown else Action(verb=Verb.CONTINUE)
            outcomes = [(p, action) for p in draft.alternatives]
        if not outcomes:  # contradictory conditions: the rule exists for no packet of any family
            action = draft_action(syntax)
            outcomes = [(Partial(families=IntervalSet()), action)]
        for location, text, reason, widened in draft.notes:
            self.ruleset.note(location, text, reason, widened=widened)
        return [self._rule(draft, syntax, p, a) for p, a in outcomes]

    @staticmethod
    def _rule(draft: Draft, syntax: RuleSyntax, partial: Partial, action: Action) -> Rule:
        if action.verb is Verb.ACCEPT and not action.uncertain:
            # A packet without extension headers fits "ip6 nexthdr" exactly; a permit widened to the others stays safe.
            partial = replace(partial, uncertain=tuple(u for u in partial.uncertain if not u.startswith(NEXT_HEADER + ": ")))
        if partial.uncertain:
            partial = replace(partial, uncertain=tuple(map(shown, partial.uncertain)))
        return Rule(
            match=partial.match(),
            action=action,
            location=syntax.location,
            text=syntax.text,
            families=_FAMILIES[partial.families.intervals],
            comment=draft.comment,
            log=draft.log,
            hits=draft.hits,
            id=syntax.handle,
        )

    # -- statements

    def _statement(self, draft: Draft, statement: Statement, syntax: RuleSyntax) -> None:
        if isinstance(statement, Comment):
            draft.comment = statement.text
        elif isinstance(statement, Unknown):
            self._unknown(draft, statement, syntax)
        elif draft.outcomes is not None:
            draft.notes.append((syntax.location, syntax.text, AFTER_VERDICT, False))
        elif isinstance(statement, (Verdict, Delegated)):
            action = self.action(statement)
            draft.outcomes = [(p, action) for p in draft.alternatives]
        elif isinstance(statement, Relation):
            self._relation(draft, statement, syntax)
        elif isinstance(statement, VerdictMap):
            self._verdict_map(draft, statement, syntax)
        elif isinstance(statement, Nat):
            self._nat(draft, statement, syntax)
        else:
            self._modifier(draft, statement, syntax)

    def _modifier(self, draft: Draft, statement: Statement, syntax: RuleSyntax) -> None:
        """A statement that neither selects packets by their fields nor decides about them."""
        if isinstance(statement, Counter):
            # a named counter counts for one rule only if no other rule names it
            named = self.table.counters.get(statement.name) if self.counted[statement.name] == 1 else None
            found = statement.packets if statement.packets is not None else named
            draft.hits = found if draft.hits is None else draft.hits
        elif isinstance(statement, Log):
            draft.log = True
        elif isinstance(statement, Condition):
            self._doubt(draft, statement.text)
        elif isinstance(statement, SetUpdate):
            self._set_update(draft, statement)
        elif isinstance(statement, Notrack):
            self.notrack = True
        elif isinstance(statement, Hazard):
            # It hands packets on past the filter, whatever else is uncertain about the rule.
            self.ruleset.note(syntax.location, statement.text, statement.reason, covered=False)

    @staticmethod
    def _doubt(draft: Draft, why: str) -> None:
        draft.alternatives = [p.doubted(why) for p in draft.alternatives]

    def _unknown(self, draft: Draft, statement: Unknown, syntax: RuleSyntax) -> None:
        behind = statement.reason == AFTER_VERDICT
        where = statement.location if statement.location.file else syntax.location
        draft.notes.append((where, statement.text, statement.reason, not behind))
        if not behind:
            if statement.decides:
                draft.unknown = statement.text
            self._doubt(draft, statement.text)

    def _families(self, draft: Draft) -> IntervalSet:
        return IntervalSet.from_iter(p for a in draft.alternatives for p in a.families)

    def _and(self, draft: Draft, others: list[Partial], text: str, syntax: RuleSyntax) -> None:
        met = combined(draft.alternatives, others, ALTERNATIVES_LIMIT)
        if met is None:
            draft.notes.append((syntax.location, syntax.text, reasons.TOO_MANY.format(limit=ALTERNATIVES_LIMIT), True))
            self._doubt(draft, text)
        else:
            draft.alternatives = met

    def _relation(self, draft: Draft, statement: Relation, syntax: RuleSyntax) -> None:
        if asks_for_translation(statement):
            self._doubt(draft, STATUS)
            return
        try:
            found = relation(statement, self._families(draft), self.find)
        except Unresolved as problem:
            draft.notes.append((syntax.location, statement.text, problem.reason, True))
            found = [dependencies(v).doubted(statement.text) for v in variants(statement.left, self._families(draft))]
        self._and(draft, found, statement.text, syntax)

    def _set_update(self, draft: Draft, statement: SetUpdate) -> None:
        found = [dependencies(v) for v in variants(statement.key, self._families(draft))]
        met = combined(draft.alternatives, found, ALTERNATIVES_LIMIT)
        draft.alternatives = draft.alternatives if met is None else met
        if statement.limited:
            self._doubt(draft, statement.text)
        elif statement.operator != "delete":
            self._doubt(draft, f"{statement.text}: {SET_FULL}")  # linux/net/netfilter/nft_dynset.c: NFT_BREAK when it is

    # -- verdicts

    def action(self, verdict: Verdict | Delegated) -> Action:
        """The device model's action for a verdict."""
        if isinstance(verdict, Delegated):
            return Action(verb=Verb.ACCEPT, uncertain=shown(verdict.text))
        if verdict.verb == "queue":
            return Action(verb=Verb.ACCEPT, uncertain=verdict.verb)
        target = self.chain_name(verdict.target) if verdict.target else ""
        return Action(verb=_VERBS[verdict.verb], target=target)

    def chain_name(self, name: str) -> str:
        """A chain's name in the device."""
        return f"{self.table.family} {self.table.name} {name}"

    def _verdict_map(self, draft: Draft, statement: VerdictMap, syntax: RuleSyntax) -> None:
        try:
            draft.outcomes = self._map_outcomes(draft, statement)
        except Unresolved as problem:
            draft.notes.append((syntax.location, statement.text, problem.reason, True))
            action = Action(verb=Verb.ACCEPT, uncertain=shown(statement.text))
            draft.outcomes = [(p.doubted(statement.text), action) for p in draft.alternatives]

    def _map_outcomes(self, draft: Draft, statement: VerdictMap) -> list[Outcome]:
        """One outcome for each alternative of each verdict of a map.  Raises :class:`Unresolved`."""
        outcomes: list[Outcome] = []
        for partial, result in entries(statement.key, statement.data, self._families(draft), self.find, statement.text):
            if result is None:
                action = Action(verb=Verb.ACCEPT, uncertain=shown(statement.text))
            elif isinstance(result, Verdict):
                action = self.action(result)
            else:
                raise Unresolved(reasons.NOT_A_VERDICT)
            outcomes += [(p, action) for p in combined(draft.alternatives, [partial], ALTERNATIVES_LIMIT) or ()]
            if len(outcomes) > ALTERNATIVES_LIMIT:
                raise Unresolved(reasons.TOO_MANY.format(limit=ALTERNATIVES_LIMIT))
        if not outcomes:
            return [(p, CONTINUE) for p in draft.alternatives]
        return outcomes

    # -- NAT

    def _nat(self, draft: Draft, statement: Nat, syntax: RuleSyntax) -> None:
        if statement.family:
            only = IntervalSet.single(4 if statement.family == "ip" else 6)
            narrowed = (p.narrowed(Pseudo.FAMILY, only) for p in draft.alternatives)
            draft.alternatives = [p for p in narrowed if not p.empty]
        verb = Verb.DNAT if statement.kind in ("dnat", "redirect") else Verb.SNAT
        outcomes: list[Outcome] = []
        try:
            for partial, address, port in self._translations(draft, statement):
                translation, family = _translation(statement, address, port)
                limits = partial if family is None else partial.narrowed(Pseudo.FAMILY, IntervalSet.single(family))
                action = Action(verb=verb, translation=translation)
                outcomes += [(p, action) for p in combined(draft.alternatives, [limits], ALTERNATIVES_LIMIT) or ()]
        except Unresolved as problem:
            draft.notes.append((syntax.location, statement.text, problem.reason, True))
            action = Action(verb=verb, translation=Translation(unknown=True), uncertain=shown(statement.text))
            outcomes = [(p, action) for p in draft.alternatives]
        draft.outcomes = _balanced(outcomes, statement.text) if _generated(statement) else outcomes

    def _translations(
        self, draft: Draft, statement: Nat
    ) -> Iterable[tuple[Partial, tuple[Expression, ...], Expression | None]]:
        """Each translation with the condition under which it is chosen."""
        address, port = statement.address, statement.port
        if isinstance(address, MapLookup):
            for partial, result in self._looked_up(draft, address, statement.text):
                if isinstance(result, Concat) and len(result.parts) == 2:
                    yield partial, (result.parts[0],), result.parts[1]
                else:
                    yield partial, (result,), port
        elif isinstance(port, MapLookup):
            for partial, result in self._looked_up(draft, port, statement.text):
                yield partial, () if address is None else (address,), result
        elif isinstance(address, Concat) and len(address.parts) == 2:
            yield Partial(), (address.parts[0],), address.parts[1]
        else:
            yield Partial(), () if address is None else (address,), port

    def _looked_up(self, draft: Draft, lookup: MapLookup, text: str) -> Iterable[tuple[Partial, Expression]]:
        for partial, result in entries(lookup.key, lookup.data, self._families(draft), self.find, text):
            if result is None or isinstance(result, Verdict):
                raise Unresolved(reasons.RUN_TIME_MAP)
            yield partial, result


def draft_action(syntax: RuleSyntax) -> Action:
    """The action of a rule that no packet can match."""
    verdicts = [s for s in syntax.statements if isinstance(s, Verdict)]
    verb = _VERBS.get(verdicts[-1].verb, Verb.CONTINUE) if verdicts else Verb.CONTINUE
    return Action(verb=verb if verb not in (Verb.JUMP, Verb.GOTO) else Verb.CONTINUE)


def _generated(statement: Nat) -> bool:
    """Whether a counter or hash chooses among the values, so that one of them is chosen for every packet."""
    key = statement.address.key if isinstance(statement.address, MapLookup) else None
    return isinstance(key, Opaque) and key.text.startswith(("numgen", "jhash", "symhash"))


def _balanced(outcomes: list[Outcome], text: str) -> list[Outcome]:
    """For each alternative one outcome whose translation may be any of those given."""
    out: list[Outcome] = []
    while outcomes:
        partial, action = outcomes[0]
        alike = [a.translation for p, a in outcomes if p == partial and a.translation is not None]
        outcomes = [o for o in outcomes if o[0] != partial]
        if alike:
            addresses = IntervalSet.from_iter(p for t in alike for p in t.addresses or ())
            ports = IntervalSet.from_iter(p for t in alike for p in t.ports or ())
            action = replace(action, translation=replace(alike[0], addresses=addresses or None, ports=ports or None))
        out.append((partial.trusted(text), action))
    return out


def _translation(
    statement: Nat, addresses: tuple[Expression, ...], port: Expression | None
) -> tuple[Translation, Family | None]:
    """The new values, and the family they belong to.  Raises :class:`Unresolved`."""
    ports: IntervalSet | None = None
    if port is not None:
        found = values(Selector(Field.DPORT, Kind.SERVICE), port)
        ports = found if isinstance(found, IntervalSet) else None
    if statement.kind in ("masquerade", "redirect"):
        return Translation(ports=ports, unknown=True, local=statement.kind == "redirect"), None
    if not addresses:
        return Translation(ports=ports), None
    family: Family
    for family, what in ((4, Kind.IPV4), (6, Kind.IPV6)):
        try:
            selector = Selector(Field.DST, what, families=IntervalSet.single(family))
            found = values(selector, addresses[0])
        except Unresolved:
            continue
        if isinstance(found, IntervalSet):
            return Translation(addresses=found, ports=ports, keep_host_bits=statement.prefix), family
    raise Unresolved(reasons.TARGET_NOT_CONSTANT)


def references(statement: Statement) -> Iterable[str]:
    """The names of sets a statement uses."""
    if isinstance(statement, Relation):  # most statements: nothing but its two sides can name a set
        yield from _names(statement.left)
        yield from _names(statement.right)
        return
    if not isinstance(statement, (VerdictMap, Nat, SetUpdate)):
        return
    for expression in (getattr(statement, name, None) for name in ("left", "right", "key", "data", "address", "port")):
        yield from _names(expression)
    if isinstance(statement, SetUpdate):
        yield statement.set_name


def _names(expression: object) -> Iterable[str]:
    if isinstance(expression, SetReference):
        yield expression.name
    elif isinstance(expression, MapLookup):
        yield from _names(expression.data)
