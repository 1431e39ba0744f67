"""Targets: what a rule does with its packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentation.device.device import ACCEPT, CONTINUE, DROP, RETURN, Action, Translation, Verb
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.iptables import names, reasons, values
from segmentation.vendors.iptables.tokens import Misread, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segmentation.model.addresses import Family
    from segmentation.model.text import Text

_SIMPLE: dict[str, Action] = {"ACCEPT": ACCEPT, "RETURN": RETURN}


@dataclass(frozen=True, slots=True)
class Target:
    """The action of a rule, whether it logs, whether it switches connection tracking off, what is not understood."""

    action: Action
    log: bool = False
    notrack: bool = False
    netmap: bool = False  # translates the destination or the source, by the hook it is called from
    problem: Text | None = None
    widened: bool = True


def maybe(words: str) -> Action:
    """An action that may permit or deny."""
    return Action(verb=Verb.ACCEPT, uncertain=words)


def read_target(name: str, words: list[Token], family: Family, table: str, chain_names: Mapping[str, str]) -> Target:
    """The meaning of ``-j name words``; *chain_names* maps the table's user chains to device chains."""
    if name in chain_names:
        return Target(Action(verb=Verb.JUMP, target=chain_names[name]))
    if name in _SIMPLE:
        return Target(_SIMPLE[name])
    if name in names.DENYING:
        return Target(DROP)
    if name in names.CONTINUING:
        copies = name == "TEE"
        notrack = name == "NOTRACK" or (name == "CT" and any(w.text == "--notrack" for w in words))
        problem = reasons.COPIES.format(name=name) if copies else None
        return Target(CONTINUE, log=name in names.LOGGING, notrack=notrack, problem=problem)
    text = " ".join([f"-j {name}", *(w.text for w in words)])
    if name in names.DECIDED_ELSEWHERE:
        return Target(maybe(text))
    if name in names.REWRITING:
        return Target(maybe(text), problem=reasons.REWRITES.format(name=name))
    if name in names.TRANSLATING:
        if table != "nat":
            return Target(maybe(text), problem=reasons.WRONG_HOOK.format(name=name, table=table))
        try:
            return _translation(name, words, family)
        except Misread as misread:
            verb = Verb.SNAT if name in ("SNAT", "MASQUERADE") else Verb.DNAT
            return Target(Action(verb=verb, translation=Translation(unknown=True)), problem=misread.reason)
    return Target(maybe(text), problem=reasons.CHAIN_MISSING.format(name=name))


def _translation(name: str, words: list[Token], family: Family) -> Target:
    options = {"DNAT": "--to-destination", "SNAT": "--to-source", "NETMAP": "--to"}
    if name in options:
        found = [words[i + 1].text for i, w in enumerate(words[:-1]) if w.text == options[name]]
        if not found:
            raise Misread(reasons.NO_VALUE.format(option=options[name]))
        if name == "NETMAP":
            prefix = values.addresses(found[0], family)
            to = Translation(addresses=prefix, keep_host_bits=True)
            return Target(Action(verb=Verb.DNAT, translation=to), netmap=True)
        verb = Verb.DNAT if name == "DNAT" else Verb.SNAT
        return Target(Action(verb=verb, translation=_joined([_to(text, family) for text in found])))
    ports = next((words[i + 1].text for i, w in enumerate(words[:-1]) if w.text == "--to-ports"), None)
    to_ports = None if ports is None else _port_range(ports)
    if name == "REDIRECT":
        return Target(Action(verb=Verb.DNAT, translation=Translation(ports=to_ports, unknown=True, local=True)))
    return Target(Action(verb=Verb.SNAT, translation=Translation(ports=to_ports, unknown=True)))


def _joined(parts: list[Translation]) -> Translation:
    """Several ``--to-destination`` (kernels before 2.6.11) are one pool."""
    if len(parts) == 1:
        return parts[0]
    pool = [p.addresses for p in parts]
    ports = [p.ports for p in parts]
    return Translation(
        addresses=None if None in pool else IntervalSet.from_iter(i for s in pool if s is not None for i in s),
        ports=None if None in ports else IntervalSet.from_iter(i for s in ports if s is not None for i in s),
    )


def _to(text: str, family: Family) -> Translation:
    """``addr[-addr][:port[-port][/base]]``, ``:port``, IPv6 with ports in brackets (libxt_NAT.c)."""
    bad = Misread(reasons.BAD_TRANSLATION.format(text=text))
    host, ports = text, ""
    if family == 4:
        host, _, ports = text.partition(":")
    elif text.startswith("["):
        closing = text.find("]")
        if closing < 0 or text[closing + 1 : closing + 2] not in ("", ":", "-"):
            raise bad
        inside, rest = text[1:closing], text[closing + 1 :]
        if rest.startswith("-["):  # [a]-[b]:port
            last, _, rest = rest[2:].partition("]")
            inside = f"{inside}-{last}"
        host, ports = inside, rest.removeprefix(":")
    elif text.startswith(":") and text[1:2].isdigit() and text.count(":") == 1:
        host, ports = "", text[1:]
    try:
        pool = values.address_range(host, family) if host else None
        return Translation(addresses=pool, ports=_port_range(ports) if ports else None)
    except Misread:
        raise bad from None


def _port_range(text: str) -> IntervalSet:
    """``80`` or ``80-90`` with an optional ``/base``; ``--to-ports`` also takes it."""
    first, dash, last = text.partition("/")[0].partition("-")
    lo = values.number(first, 65535)
    hi = values.number(last, 65535) if dash else lo
    if lo is None or hi is None or lo > hi:
        raise Misread(reasons.BAD_PORT.format(text=text))
    return IntervalSet.of((lo, hi))
