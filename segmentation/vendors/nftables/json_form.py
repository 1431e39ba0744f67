"""The JSON form, ``nft -j list ruleset`` (libnftables-json(5)), with the line of every object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from segmentation.model.location import Location
from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.json_expressions import Unreadable, compact, elements, only, prop
from segmentation.vendors.nftables.json_statements import rendered, statements
from segmentation.vendors.nftables.syntax import TABLE_FAMILIES, Comment, RuleSyntax, SetSyntax, TableSyntax
from segmentation.vendors.nftables.text_form import anonymous_chain
from segmentation.vendors.nftables.vocabulary import BRIDGE_PRIORITIES, PRIORITIES
from segmentation.vendors.reading import shown

if TYPE_CHECKING:
    from segmentation.vendors.nftables.ruleset import Ruleset
    from segmentation.vendors.reading import SourceText

_COMMANDS = frozenset({"add", "insert", "create", "replace", "delete", "destroy", "flush", "list", "reset", "rename"})
_IGNORED = frozenset({
    "metainfo", "flowtable", "quota", "ct helper", "limit", "ct timeout", "ct expectation", "secmark", "synproxy", "meter",
})  # fmt: skip
_TABLE_FLAGS = frozenset({"dormant", "owner", "persist"})  # nft(8), "TABLES"
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|\n', re.DOTALL)


def looks_like_json(text: str) -> bool:
    """Whether a text is JSON: nft's own text never begins with a brace."""
    return text.lstrip("\ufeff \t\r\n")[:1] == "{"


def read_json(source: SourceText, ruleset: Ruleset) -> None:
    """Read one JSON text into *ruleset*."""
    try:
        tree = json.loads(source.text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        ruleset.note(Location(source.name, error.lineno, error.colno), "", reasons.BAD_JSON.format(what=error.msg))
        return
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of thousands of digits
        ruleset.note(Location(source.name, 1), "", reasons.BAD_JSON.format(what=type(error).__name__))
        return
    items = tree.get("nftables") if isinstance(tree, dict) else None
    if not isinstance(items, list):
        ruleset.note(Location(source.name, 1), source.text, reasons.NOT_A_RULESET)
        return
    places = _places(source)
    reader = _JsonReader(ruleset)
    for item in items:
        where = next(places, Location(source.name))
        try:
            reader.item(item, where)
        except Unreadable as problem:
            # Nothing came of it: that a rule of the same line may match stands for another object.
            ruleset.note(where, compact(item), problem.reason, covered=False)


def _places(source: SourceText) -> Iterator[Location]:
    """Where each element of the array ``nftables`` begins."""
    depth, line, line_start, last = 0, 1, 0, ""
    inside = False
    for found in _PIECE.finditer(source.text):
        piece = found.group()
        if piece == "\n":
            line, line_start = line + 1, found.end()
        elif piece in "{[":
            if depth == 1 and piece == "[":
                inside = last == '"nftables"'
            if depth == 2 and inside:
                yield Location(source.name, line, found.start() - line_start + 1)
            depth += 1
        elif piece in "}]":
            depth -= 1
        else:
            if depth == 2 and inside:  # an element that is no object
                yield Location(source.name, line, found.start() - line_start + 1)
            last = piece


class _JsonReader:
    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    def item(self, value: Any, where: Location) -> None:
        """One element of the array: an object, or a command with one.  Raises :class:`Unreadable`."""
        kind, body = only(value)
        action = "add"
        command = kind in _COMMANDS
        if command:
            action = kind
            kind, body = only(body)
        if kind == "ruleset" and action == "flush":
            self.ruleset.flush()
            return
        if kind in _IGNORED:
            return
        if action in ("list", "reset", "rename"):
            raise Unreadable(reasons.NOT_FOLLOWED.format(text=action))
        if kind == "table":
            self._table(action, body, where)
            return
        table = self._of(body, where)
        if kind == "chain":
            self._chain(action, table, body, where)
        elif kind == "rule":
            self._rule(action, table, body, where, command=command)
        elif kind in ("set", "map"):
            self._set(action, table, body, where, is_map=kind == "map")
        elif kind == "element":
            self._element(action, table, body)
        elif kind == "counter":
            packets = body.get("packets")
            table.counters[prop(body, "name", str)] = packets if isinstance(packets, int) else None
        else:
            raise Unreadable(reasons.JSON_OBJECT.format(text=kind))

    def _family(self, body: Any) -> str:
        family: str = prop(body, "family", str)
        if family not in TABLE_FAMILIES:
            raise Unreadable(reasons.JSON_INCOMPLETE.format(text="family"))
        return family

    def _of(self, body: Any, where: Location) -> TableSyntax:
        return self.ruleset.table(self._family(body), prop(body, "table", str), where)

    def _table(self, action: str, body: Any, where: Location) -> None:
        family, name = self._family(body), prop(body, "name", str)
        if action in ("delete", "destroy"):
            self.ruleset.delete_table(family, name)
            return
        table = self.ruleset.table(family, name, where)
        if action == "flush":
            self.ruleset.flush_table(table)
        flags = body.get("flags", [])
        for flag in flags if isinstance(flags, list) else [flags]:
            known = isinstance(flag, str) and flag in _TABLE_FLAGS
            # nft 1.0.6 (Debian 12) prints another string of its memory here: the table may well be dormant.
            table.dormant = table.dormant or flag == "dormant" or not known
            if not known:
                self.ruleset.note(where, f"table {family} {name} flags {flag!r}", reasons.JSON_TABLE_FLAG)

    def _chain(self, action: str, table: TableSyntax, body: Any, where: Location) -> None:
        name = prop(body, "name", str)
        if action in ("delete", "destroy"):
            table.chains.pop(name, None)
            return
        chain = self.ruleset.chain(table, name, where)
        if action == "flush":
            chain.rules.clear()
        if "hook" not in body:
            return
        chain.hook, chain.policy_location = prop(body, "hook", str), where
        kind, policy = body.get("type"), body.get("policy", "accept")
        chain.kind = kind if isinstance(kind, str) else "filter"
        chain.priority = self._priority(table.family, body.get("prio", 0))
        if policy not in ("accept", "drop"):
            raise Unreadable(reasons.NOT_A_POLICY.format(text=policy))
        chain.policy = policy

    @staticmethod
    def _priority(family: str, value: Any) -> int:
        names = BRIDGE_PRIORITIES if family == "bridge" else PRIORITIES
        found = names.get(value) if isinstance(value, str) else value
        if not isinstance(found, int) or isinstance(found, bool):
            raise Unreadable(reasons.NOT_A_PRIORITY.format(text=compact(value)))
        return found

    def _rule(self, action: str, table: TableSyntax, body: Any, where: Location, *, command: bool) -> None:
        chain = self.ruleset.chain(table, prop(body, "chain", str), where)
        number = body.get("handle")
        handle = str(number) if isinstance(number, int) else ""
        if action in ("delete", "destroy"):
            if self.ruleset.remove(chain, handle) is None:
                raise Unreadable(reasons.RULE_NOT_FOUND.format(handle=handle) if handle else reasons.NO_HANDLE)
            return
        values = body.get("expr", [])
        found = statements([self._named(v, table, where) for v in values] if isinstance(values, list) else values)
        comment = body.get("comment")
        text = rendered(found)
        if isinstance(comment, str):
            found = (*found, Comment(comment))
            text = shown(f'{text} comment "{comment}"')
        rule = RuleSyntax(found, where, text, "" if command else handle)
        if action == "replace":
            was = self.ruleset.remove(chain, handle)
            if was is None:
                raise Unreadable(reasons.RULE_NOT_FOUND.format(handle=handle))
            chain.rules.insert(was, rule)
            return
        index = body.get("index")
        # In a listing "handle" is the rule's own; in a command it is that of the rule beside which this one is placed.
        beside = handle if command else ""
        at = index if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else None
        placed = self.ruleset.place(chain, rule, insert=action == "insert", handle=beside, index=at)
        if not placed:
            raise Unreadable(reasons.PLACE_NOT_FOUND)

    def _named(self, value: Any, table: TableSyntax, where: Location) -> Any:
        """A statement; ``jump { … }``, which nft 1.0.6 prints as a string in its own syntax, with its chain under a name."""
        if not isinstance(value, str) or not value.startswith(("jump {", "goto {")):
            return value
        found = anonymous_chain(value, table, self.ruleset, where)
        return value if found is None else {found.verb: {"target": found.target}}

    def _set(self, action: str, table: TableSyntax, body: Any, where: Location, *, is_map: bool) -> None:
        name = prop(body, "name", str)
        if action in ("delete", "destroy"):
            table.sets.pop(name, None)
            return
        found: SetSyntax = self.ruleset.set(table, name, where, is_map=is_map)
        if action == "flush":
            found.elements.clear()
            return
        flags = body.get("flags", [])
        found.flags.update(f for f in (flags if isinstance(flags, list) else [flags]) if isinstance(f, str))
        found.timeout = found.timeout or "timeout" in body
        if "elem" in body:
            found.elements.extend(elements(body["elem"]))

    def _element(self, action: str, table: TableSyntax, body: Any) -> None:
        name = prop(body, "name", str)
        found = table.sets.get(name)
        if found is None:
            raise Unreadable(reasons.NO_SUCH_SET.format(name=name))
        given = elements(prop(body, "elem"))
        if action in ("delete", "destroy"):
            keys = {e.key for e in given}
            if keys - {e.key for e in found.elements}:
                raise Unreadable(reasons.ELEMENT_NOT_FOUND)
            found.elements[:] = [e for e in found.elements if e.key not in keys]
        else:
            found.elements.extend(given)
