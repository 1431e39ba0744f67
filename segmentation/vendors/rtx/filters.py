"""Filters and dynamic filters while the configuration is being read.

Yamaha RT series command reference: "ip filter", "ip filter dynamic", "ip filter set", and their IPv6 twins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from segmentation.device.lexical import Misread, Term, both, decimal
from segmentation.device.match import Field
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text
from segmentation.vendors.rtx import reasons
from segmentation.vendors.rtx.lines import Command
from segmentation.vendors.rtx.values import addresses, services
from segmentation.vendors.rtx.vocabulary import APPLICATIONS, MULTI_CONNECTION

#: Largest filter number (RTX1210 and later; older models stop at 65535 or 2147483647).
NUMBER_LIMIT = 2_147_483_647
_VERBS = frozenset({"pass", "reject", "restrict"})
Report = Callable[[Command, Text], None]


@dataclass(frozen=True, slots=True)
class StaticFilter:
    """One ``ip filter``: what it does, whether it asks for a log entry, its products with and without addresses."""

    number: int
    verb: str  # pass, reject, restrict
    log: bool  # the entry is written only while "syslog notice" is on
    terms: tuple[Term, ...]
    services: tuple[Term, ...]
    command: Command


@dataclass(frozen=True, slots=True)
class DynamicFilter:
    """One ``ip filter dynamic``: addresses of the trigger, and its service by name or by filters."""

    number: int
    ends: Term
    services: tuple[Term, ...]  # of an application
    related: bool  # further connections are announced inside the first
    triggers: tuple[int, ...]
    inward: tuple[int, ...]
    outward: tuple[int, ...]
    command: Command


@dataclass(frozen=True, slots=True)
class FilterList:
    """The operand of ``secure filter in|out``: static filters in order, then dynamic ones."""

    static: tuple[int, ...]
    dynamic: tuple[int, ...]
    command: Command


def read_static(command: Command, words: Sequence[str], family: Family, report: Report) -> StaticFilter | None:
    """``N action src [dst [protocol [sport [dport]]]]``; ``None`` when it has no number or action."""
    number = decimal(words[0], NUMBER_LIMIT) if words else None
    if number is None:
        report(command, reasons.BAD_NUMBER.format(text=words[0] if words else ""))
        return None
    action = words[1].lower() if len(words) > 1 else ""
    verb, _, logging = action.partition("-")
    if verb not in _VERBS or logging not in ("", "log", "nolog"):
        report(command, reasons.BAD_ACTION.format(text=action))
        if len(words) < 3:
            return None
        verb = "unknown"
    # What is left out is any: the reference, "ip filter", notes on dest_addr and protocol.
    src, dst, protocol, sport, dport, *extra = [*words[2:], *("*",) * 5]
    given = len(words) - 2
    ends = _ends(src if given else "*", dst, family, lambda reason: report(command, reason))
    doubts = tuple(w for w in extra[: max(0, given - 5)] if w != "*")
    for word in doubts:
        report(command, reasons.EXTRA.format(text=word))
    try:
        products = services(protocol, sport, dport, family)
    except Misread as misread:
        report(command, misread.reason)
        products = (Term(uncertain=(f"{protocol} {sport} {dport}",)),)
    if doubts:
        products = tuple(replace(p, uncertain=(*p.uncertain, *doubts)) for p in products)
    # "reject" writes a log entry, "pass" does not, unless "-log" or "-nolog" says so.
    log = logging == "log" or (not logging and verb != "pass")
    return StaticFilter(number, verb, log, tuple(both(ends, p) for p in products), products, command)


def _ends(src: str, dst: str, family: Family, report: Callable[[Text], None]) -> Term:
    fields: dict[Field, IntervalSet] = {}
    doubts: list[str] = []
    for axis, text in ((Field.SRC, src), (Field.DST, dst)):
        try:
            values = addresses(text, family)
        except Misread as misread:
            report(misread.reason)
            doubts.append(text)
            continue
        if values is not None:
            fields[axis] = values
    return Term(fields, tuple(doubts))


def read_dynamic(command: Command, words: Sequence[str], family: Family, report: Report) -> DynamicFilter | None:
    """``N src dst application [option …]`` or ``N src dst filter LIST [in LIST] [out LIST] [option …]``."""
    number = decimal(words[0], NUMBER_LIMIT) if words else None
    if number is None or len(words) < 4:
        report(command, reasons.SHORT if number is not None else reasons.BAD_NUMBER.format(text=words[0] if words else ""))
        return None
    ends = _ends(words[1], words[2], family, lambda reason: report(command, reason))
    name = words[3].lower()
    lists: dict[str, list[int]] = {"filter": [], "in": [], "out": []}
    if name == "filter":
        _numbers_by_keyword(command, words[3:], lists, report)
        products: tuple[Term, ...] = ()
    else:
        products = _application(command, name, report)
        for word in words[4:]:
            if "=" not in word:  # syslog=, timeout=
                report(command, reasons.EXTRA.format(text=word))
    inner = (tuple(lists["filter"]), tuple(lists["in"]), tuple(lists["out"]))
    return DynamicFilter(number, ends, products, name in MULTI_CONNECTION, *inner, command)


def _application(command: Command, name: str, report: Report) -> tuple[Term, ...]:
    if name not in APPLICATIONS:
        report(command, reasons.BAD_APPLICATION.format(text=name))
        return (Term(uncertain=(name,)),)
    protocols, port = APPLICATIONS[name]
    fields = {Field.PROTO: IntervalSet.from_iter((p, p) for p in protocols)}
    return (Term(fields if port is None else fields | {Field.DPORT: IntervalSet.single(port)}),)


def _numbers_by_keyword(command: Command, words: Sequence[str], lists: dict[str, list[int]], report: Report) -> None:
    current = ""
    for word in words:
        number = decimal(word, NUMBER_LIMIT)
        if word in lists:
            current = word
        elif number is not None and current:
            lists[current].append(number)
        elif "=" not in word:
            report(command, reasons.BAD_NUMBER.format(text=word))


def read_list(command: Command, words: Sequence[str], report: Report) -> FilterList:
    """``N … [dynamic N …]``."""
    static: list[int] = []
    dynamic: list[int] = []
    into = static
    for word in words:
        number = decimal(word, NUMBER_LIMIT)
        if word == "dynamic":
            into = dynamic
        elif number is None:
            report(command, reasons.BAD_NUMBER.format(text=word))
        else:
            into.append(number)
    return FilterList(tuple(static), tuple(dynamic), command)
