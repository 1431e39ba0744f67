"""Drafts into the device: targets resolved, loops cut, base chains hooked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segmentation.device.device import Action, BaseChain, Chain, Device, Hook, InputFile, NamedSet, Rule, Verb
from segmentation.vendors.iptables import description, reasons
from segmentation.vendors.iptables.parser import Parser
from segmentation.vendors.iptables.targets import Target, maybe, read_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentation.model.addresses import Family
    from segmentation.vendors.iptables.drafts import RuleDraft, TableDraft
    from segmentation.vendors.reading import SourceText

_JUMPS = (Verb.JUMP, Verb.GOTO)


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the files of one host: iptables-save, ip6tables-save (or ``-S``), ipset save, in any order.

    *name* is the device's name, by default that of the first file.  Never raises: what has no meaning is in
    ``not_understood``, and the rule it stands in is kept, widened and marked uncertain.
    """
    parser = Parser()
    parser.read(texts)
    chains: dict[str, Chain] = {}
    bases: list[BaseChain] = []
    notrack = False
    for table in sorted(parser.tables.values(), key=lambda t: (t.family, min(t.hooks.values()), t.name)):
        built, off = _chains(table, parser)
        chains |= built
        notrack |= off
        bases += _bases(table)
    for chain, number, target in _loops(chains):
        rules = list(chains[chain].rules)
        rule = rules[number]
        rules[number] = replace(rule, action=maybe(rule.text))
        chains[chain] = replace(chains[chain], rules=tuple(rules))
        parser.file = rule.location.file
        parser.report(rule.location.line, 1, rule.text, reasons.CHAIN_LOOP.format(name=target), covered=True)
    inputs = tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts)
    hooked = tuple(sorted(bases, key=lambda b: (b.hook, b.priority, b.chain)))
    sets = tuple(
        NamedSet(name=s.name, location=s.location, size=len(s.elements), dynamic=s.dynamic, used=s.used)
        for s in parser.sets.values()
    )
    return Device(
        name=name or (texts[0].name if texts else ""),
        vendor="iptables",
        inputs=inputs,
        chains=chains,
        base_chains=hooked,
        sets=sets,
        not_understood=parser.all_problems(),
        conntrack_notrack=notrack,
        notes=tuple(parser.notes),
        objects=tuple(description.objects(chains, hooked, sets)),
        bindings=tuple(description.bindings(hooked)),
        aspects=description.aspects(chains),
    )


def _bases(table: TableDraft) -> list[BaseChain]:
    families = frozenset({table.family})
    out: list[BaseChain] = []
    for hook, priority in table.hooks.items():
        # Loading any chain of a table creates all of its built-in chains, with policy ACCEPT (ip_tables.c).
        chain = table.chain(hook, table.location)
        out.append(
            BaseChain(
                chain=table.device_name(hook),
                hook=Hook(hook.lower()),
                priority=priority,
                policy=chain.policy,
                families=families,
                kind="nat" if table.name == "nat" else "route" if (table.name, hook) == ("mangle", "OUTPUT") else "filter",
                location=chain.location,
            )
        )
    return out


def _chains(table: TableDraft, parser: Parser) -> tuple[dict[str, Chain], bool]:
    """The chains of a table under their device names, and whether a rule exempts packets from tracking."""
    for hook in table.hooks:
        table.chain(hook, table.location)
    user = {c.name: table.device_name(c.name) for c in table.chains.values() if not c.builtin}
    from_source = _called_from(table, ("POSTROUTING", "INPUT"))
    families = frozenset({table.family})
    notrack = False
    out: dict[str, Chain] = {}
    for chain in table.chains.values():
        rules: list[Rule] = []
        for number, draft in enumerate(chain.rules, 1):
            target = _target(draft, table, user, parser)
            notrack |= target.notrack
            if target.netmap and chain.name in from_source:
                target = replace(target, action=replace(target.action, verb=Verb.SNAT))
            rules += _rules(draft, families, number, target)
        out[table.device_name(chain.name)] = Chain(
            name=table.device_name(chain.name), rules=tuple(rules), location=chain.location
        )
    return out, notrack


def _target(draft: RuleDraft, table: TableDraft, user: dict[str, str], parser: Parser) -> Target:
    if draft.target is None:
        return Target(Action(verb=Verb.CONTINUE))
    target = read_target(draft.target.text, draft.target_words, table.family, table.name, user)
    parser.file = draft.location.file
    if draft.goto:
        if target.action.verb is Verb.JUMP:
            return replace(target, action=Action(verb=Verb.GOTO, target=target.action.target))
        target = Target(maybe(f"-g {draft.target.text}"), problem=reasons.CHAIN_MISSING.format(name=draft.target.text))
    if target.problem is not None:
        parser.report(draft.location.line, draft.target.column, draft.target.text, target.problem)
    return target


def _rules(draft: RuleDraft, families: frozenset[Family], number: int, target: Target) -> list[Rule]:
    return [
        Rule(
            match=term.match(),
            action=target.action,
            location=draft.location,
            text=draft.text,
            families=families,
            comment=draft.comment,
            log=target.log,
            hits=draft.hits,
            id=str(number),
        )
        for term in draft.terms
    ]


def _called_from(table: TableDraft, hooks: tuple[str, ...]) -> set[str]:
    """Names of the chains that can be reached from built-in chains."""
    waiting = [h for h in hooks if h in table.chains]
    seen = set(waiting)
    while waiting:
        for draft in table.chains[waiting.pop()].rules:
            target = draft.target
            if target is not None and target.text in table.chains and target.text not in seen:
                seen.add(target.text)
                waiting.append(target.text)
    return seen


def _loops(chains: dict[str, Chain]) -> list[tuple[str, int, str]]:
    """Every jump that closes a loop: chain, index of the rule, target.  Iterative, because files can nest deeply."""
    out: list[tuple[str, int, str]] = []
    done: set[str] = set()
    for root in chains:
        if root in done:
            continue
        stack: list[tuple[str, int]] = [(root, 0)]
        path = {root}
        while stack:
            name, at = stack.pop()
            rules = chains[name].rules
            while at < len(rules):
                action = rules[at].action
                at += 1
                if action.verb in _JUMPS and action.target in chains:
                    if action.target in path:
                        out.append((name, at - 1, action.target))
                    elif action.target not in done:
                        stack += [(name, at), (action.target, 0)]
                        path.add(action.target)
                        break
            else:
                path.discard(name)
                done.add(name)
    return out
