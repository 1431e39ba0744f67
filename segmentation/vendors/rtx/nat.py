"""NAT descriptors and the rules they become.

Yamaha RT series command reference, chapter "NAT".  On the way in the descriptor acts before the input filters, on the
way out after the output filters: filters always see inner addresses (the same, "ip INTERFACE nat descriptor").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.device import Action, Rule, Translation, Verb
from segmentation.device.lexical import Misread, address_value, decimal
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import TCP, UDP
from segmentation.model.text import Text
from segmentation.vendors.rtx import reasons
from segmentation.vendors.rtx.lines import Command
from segmentation.vendors.rtx.values import addresses, ports
from segmentation.vendors.rtx.vocabulary import PROTOCOLS

_TYPES = frozenset({"nat", "masquerade", "nat-masquerade", "static", "none"})
_IRRELEVANT = frozenset(
    {"timer", "log", "sip", "ftp", "backward-compatibility", "config-type", "translation-fast-unconvertible"}
)
_STATIC_LIMIT = 65_536
_PIECES = 64
#: Static entries of one descriptor that are read; routers stop far below.
_ENTRIES = 8_192
_PAIR = re.compile(r"([0-9.]+)(?::([^=]+))?=([0-9.]+)(?::([^=/]+))?(?:/(\S+))?\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One static entry: outer addresses and ports, inner ones; ``None`` outer means the descriptor's own address."""

    outer: IntervalSet | None
    inner: IntervalSet
    protocols: IntervalSet | None
    outer_ports: IntervalSet | None
    inner_ports: IntervalSet | None
    command: Command
    one_to_one: bool = True


@dataclass(slots=True)
class Descriptor:
    """One NAT descriptor as far as it was read."""

    number: int
    kind: str = ""
    outer: IntervalSet | None = None  # None: the interface's own address, or one given by the provider
    outer_own: bool = True
    inner: IntervalSet | None = None
    entries: list[Entry] = field(default_factory=list)
    forward: tuple[int, Command] | None = None
    command: Command | None = None


def read_nat(descriptors: dict[int, Descriptor], command: Command, words: Sequence[str]) -> Text | None:
    """Read ``nat descriptor …`` into *descriptors*; the reason if it is not understood."""
    if len(words) < 3 or words[1] != "descriptor":
        return reasons.UNKNOWN
    kind, rest = words[2].lower(), list(words[3:])
    if kind in _IRRELEVANT:
        return None
    sub = rest.pop(0).lower() if kind in ("address", "masquerade") and rest else ""
    if kind == "masquerade" and sub not in ("static", "incoming"):
        return None  # ports to choose from, session limits, timers
    number = decimal(rest[0], 2**31 - 1) if rest else None
    if number is None:
        return reasons.BAD_TRANSLATION.format(text=" ".join(words[2:])[:80])
    made = descriptors.setdefault(number, Descriptor(number))
    made.command = made.command or command
    if len(made.entries) > _ENTRIES:
        return reasons.BAD_TRANSLATION.format(text=" ".join(words[2:])[:80])
    try:
        return _READERS[kind, sub](made, command, rest[1:])
    except KeyError:
        return reasons.UNKNOWN
    except Misread as misread:
        return misread.reason


def _type(made: Descriptor, command: Command, words: Sequence[str]) -> Text | None:
    made.kind = words[0].lower() if words else ""
    made.command = command
    return None if made.kind in _TYPES else reasons.DESCRIPTOR_TYPE.format(text=made.kind)


def _outer(made: Descriptor, _: Command, words: Sequence[str]) -> Text | None:
    text = words[0] if words else ""
    made.outer_own = text in ("ipcp", "primary", "secondary", "map-e") or ("," not in text and address_value(text, 4) is None)
    if text in ("ipcp", "primary", "secondary", "map-e"):
        made.outer = None
        return None
    made.outer, made.outer_own = addresses(text, 4), False
    return None


def _inner(made: Descriptor, _: Command, words: Sequence[str]) -> Text | None:
    text = ",".join(words)
    made.inner = None if text in ("auto", "") else addresses(text, 4)
    return None


def _incoming(made: Descriptor, command: Command, words: Sequence[str]) -> Text | None:
    """What no entry or session is for goes to the router itself (reject, discard, through), or all to one host."""
    if words[:1] == ["forward"] or words[:1] == ("forward",):
        target = address_value(words[1], 4) if len(words) > 1 else None
        if target is None:
            return reasons.BAD_TRANSLATION.format(text=" ".join(words))
        made.forward = (target, command)
    return None


def _static(made: Descriptor, command: Command, words: Sequence[str]) -> Text | None:
    """``[ID] OUTER=INNER [COUNT]``, ``OUTER=INNER/MASK``, ``OUTER:PORT=INNER:PORT tcp``."""
    listed = list(words)
    if listed and "=" not in listed[0]:
        listed.pop(0)
    found = _PAIR.match(listed[0]) if listed else None
    if found is None:
        return reasons.BAD_TRANSLATION.format(text=" ".join(words))
    outer, outer_port, inner, inner_port, mask = found.groups()
    a, b = address_value(outer, 4), address_value(inner, 4)
    if a is None or b is None:
        return reasons.BAD_TRANSLATION.format(text=listed[0])
    count: int | None = 1
    protocol: IntervalSet | None = None
    for word in listed[1:]:
        if decimal(word, _STATIC_LIMIT):
            count = decimal(word, _STATIC_LIMIT)
        else:
            protocol = _protocol(word)
    if mask is not None:
        covered = addresses(f"{outer}/{mask}", 4)
        a, b, count = (a, b, None) if covered is None else (covered.low, b - b % covered.size, covered.size)
    if not count:
        return reasons.BAD_TRANSLATION.format(text=listed[0])
    outs, ins = (ports(p) if p else None for p in (outer_port, inner_port))
    _block(made, command, a, b, count, (protocol, outs, ins))
    return None


def _block(
    made: Descriptor, command: Command, outer: int, inner: int, count: int,
    service: tuple[IntervalSet | None, IntervalSet | None, IntervalSet | None],
) -> None:  # fmt: skip
    """*count* addresses one to one, cut into aligned powers of two so that each keeps its host bits.

    Ranges that are not aligned alike would fall into single addresses: beyond :data:`_PIECES` the whole outer range is
    taken to lead to any address of the inner one.
    """
    pieces: list[tuple[int, int, int]] = []
    a, b, left = outer, inner, count
    while left > 0 and len(pieces) < _PIECES:
        size = 1 << (left.bit_length() - 1)
        while a % size or b % size:
            size >>= 1
        pieces.append((a, b, size))
        a, b, left = a + size, b + size, left - size
    if left > 0:
        pieces = [(outer, inner, count)]
    for first, second, size in pieces:
        outside, inside = IntervalSet.of((first, first + size - 1)), IntervalSet.of((second, second + size - 1))
        made.entries.append(Entry(outside, inside, *service, command, one_to_one=left == 0))


def _masquerade_static(made: Descriptor, command: Command, words: Sequence[str]) -> Text | None:
    """``ID INNER PROTOCOL [PORT]`` or ``ID OUTER:PORT=INNER:PORT``; PORT is ``n``, ``a-b`` or ``outer=inner``."""
    pair = _PAIR.match(words[1]) if len(words) > 1 else None
    if pair is not None:
        return _static(made, command, [words[1], *words[2:]])
    target = address_value(words[1], 4) if len(words) > 1 else None
    if target is None:
        return reasons.BAD_TRANSLATION.format(text=" ".join(words))
    protocol = _protocol(words[2]) if len(words) > 2 else None
    for listed in (words[3] if len(words) > 3 else "*").split(","):
        outer, equal, inner = listed.partition("=")
        host, colon, port = outer.rpartition(":")
        outside = address_value(host, 4) if colon else None
        outs = ports(port if colon else outer)
        ins = ports(inner) if equal else None
        made.entries.append(
            Entry(
                None if outside is None else IntervalSet.single(outside),
                IntervalSet.single(target),
                protocol,
                outs,
                ins,
                command,
            )
        )
    return None


def _protocol(word: str) -> IntervalSet | None:
    if word == "*":
        return None
    numbers = [PROTOCOLS.get(w, decimal(w, 255)) for w in word.lower().split(",")]
    if any(n is None for n in numbers):
        raise Misread(reasons.BAD_PROTOCOL.format(text=word))
    return IntervalSet.from_iter((n, n) for n in numbers if n is not None)


_READERS = {
    ("type", ""): _type, ("static", ""): _static, ("address", "outer"): _outer, ("address", "inner"): _inner,
    ("masquerade", "static"): _masquerade_static, ("masquerade", "incoming"): _incoming,
}  # fmt: skip


def inbound(made: Descriptor, interface: str, own: IntervalSet | None) -> Iterator[Rule]:
    """Destination NAT of one descriptor on packets that come in by *interface*, whose own addresses are *own*."""
    outer = made.outer if made.outer is not None else own
    for entry in made.entries:
        target = entry.outer if entry.outer is not None else outer
        fields: dict[Field, IntervalSet] = {} if target is None else {Field.DST: target}
        if entry.protocols is not None:
            fields[Field.PROTO] = entry.protocols
        ported = entry.protocols is None or entry.protocols.overlaps(IntervalSet.of((TCP, TCP), (UDP, UDP)))
        if entry.outer_ports is not None and ported:
            fields[Field.DPORT] = entry.outer_ports
        translation = Translation(
            addresses=entry.inner, ports=entry.inner_ports, keep_host_bits=entry.one_to_one and entry.inner.size > 1
        )
        yield _rule(Verb.DNAT, fields, interface, translation, entry.command, sure=target is not None)
    if made.forward is not None:
        fields = {} if outer is None else {Field.DST: outer}
        translation = Translation(addresses=IntervalSet.single(made.forward[0]))
        yield _rule(Verb.DNAT, fields, interface, translation, made.forward[1], sure=outer is not None)


def outbound(made: Descriptor, interface: str, own: IntervalSet | None) -> Iterator[Rule]:
    """Source NAT of one descriptor on packets that leave by *interface*."""
    outer = made.outer if made.outer is not None else own
    for entry in made.entries:
        if entry.outer is not None and entry.protocols is None and entry.outer_ports is None:
            translation = Translation(addresses=entry.outer, keep_host_bits=entry.one_to_one and entry.outer.size > 1)
            yield _rule(Verb.SNAT, {Field.SRC: entry.inner}, interface, translation, entry.command, sure=True)
    if made.kind in ("nat", "masquerade", "nat-masquerade") and made.command is not None:
        fields = {} if made.inner is None else {Field.SRC: made.inner}
        translation = Translation(addresses=outer, unknown=outer is None)
        yield _rule(Verb.SNAT, fields, interface, translation, made.command, sure=True)


def _rule(
    verb: Verb, fields: dict[Field, IntervalSet], interface: str, translation: Translation, command: Command, *, sure: bool
) -> Rule:
    named = InterfaceMatch((interface,))
    doubt = () if sure else ("outer address / 外側アドレス",)
    match = (
        Match(fields=fields, in_interface=named, uncertain=doubt)
        if verb is Verb.DNAT
        else Match(fields=fields, out_interface=named, uncertain=doubt)
    )
    return Rule(
        match=match, action=Action(verb=verb, translation=translation), location=command.location, text=command.text,
        families=frozenset({4}), comment=command.comment,
    )  # fmt: skip
