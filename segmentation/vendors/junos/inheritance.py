"""Configuration groups: ``apply-groups``, ``apply-groups-except`` and wildcards.

Junos OS CLI User Guide, "Configuration Groups Overview" and "Using Wildcards with Configuration Groups": what the place
itself says goes before what it inherits, of several groups the first named goes before the others, and a wildcard stands
for names that the place already has.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.device.lexical import Problems
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.statements import STATEMENT_LIMIT, Statement

#: Statements that wildcards are compared with, in all.
WORK_LIMIT = 20_000_000
_APPLY, _EXCEPT = "apply-groups", "apply-groups-except"
#: Groups every device has (Junos OS CLI User Guide, "Junos OS Defaults Groups"); and one named for a routing engine.
_BUILT_IN = frozenset({"junos-defaults", "re0", "re1", "${node}", "node0", "node1", "global", "member0"})


def inherit(statements: Sequence[Statement], problems: Problems) -> list[Statement]:
    """*statements* without groups, with what they inherit at the end, innermost place first."""
    groups: dict[str, list[Statement]] = {}
    own: list[Statement] = []
    applied: list[tuple[tuple[str, ...], str, Statement]] = []
    refused: set[tuple[tuple[str, ...], str]] = set()
    for statement in statements:
        words = statement.words
        if words[0] == "groups" and len(words) > 2:
            groups.setdefault(words[1], []).append(replace(statement, words=words[2:], inherited=True))
        elif _APPLY in words[:-1] and words[-2] == _APPLY:
            applied.append((words[:-2], words[-1], statement))
        elif _EXCEPT in words[:-1] and words[-2] == _EXCEPT:
            refused.add((words[:-2], words[-1]))
        elif words[0] != "groups":
            own.append(statement)
    out = list(own)
    applied.sort(key=lambda found: -len(found[0]))  # stable: of one place, in the order of the list
    work = 0
    for place, name, statement in applied:
        heads: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        if name not in groups:
            if name not in _BUILT_IN and not name.startswith("$"):
                problems.add(statement.location, statement.text, reasons.NO_GROUP.format(name=name))
            continue
        for each in groups[name]:
            before = len(heads)
            for found in _at(place, each, out, heads):
                if len(out) >= STATEMENT_LIMIT or work > WORK_LIMIT:
                    problems.add(statement.location, statement.text, reasons.TOO_MANY)
                    return out
                if not any((found.words[:n], name) in refused for n in range(len(found.words) + 1)):
                    out.append(found)
            work += len(out) * (len(heads) - before)
    return out


def _at(
    place: tuple[str, ...],
    group: Statement,
    known: list[Statement],
    heads: dict[tuple[str, ...], list[tuple[str, ...]]],
) -> Iterator[Statement]:
    """What one statement of a group means at *place*: itself, or one for each name its wildcards match.

    *heads* keeps what was found for the same wildcards.
    """
    words = group.words
    if len(words) < len(place) or not all(_fits(w, p) for w, p in zip(words, place, strict=False)):
        return
    pattern = (*place, *words[len(place) :])
    last = max((i for i, w in enumerate(pattern) if _wild(w)), default=-1)
    if last < 0:
        yield replace(group, words=pattern)
        return
    wanted = pattern[: last + 1]
    if wanted not in heads:
        candidates = dict.fromkeys(s.words[: last + 1] for s in known if len(s.words) > last)
        heads[wanted] = [h for h in candidates if all(_fits(p, w) for p, w in zip(wanted, h, strict=True))]
    for head in heads[wanted]:
        yield replace(group, words=(*head, *pattern[last + 1 :]))


def _wild(word: str) -> bool:
    return len(word) > 2 and word[0] == "<" and word[-1] == ">"


def _fits(pattern: str, word: str) -> bool:
    """Whether a word of a group matches one of the configuration: ``<*>``, ``<ge-*>``, ``<ge-0/0/[0-3]>``, or itself."""
    if not _wild(pattern):
        return pattern == word
    return fnmatch.fnmatchcase(word, pattern[1:-1])
