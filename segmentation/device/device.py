"""Devices: chains of rules, where they are hooked, what was not understood."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.device.management import Aspect, Binding, ConfigObject, Management, Route
from segmentation.device.match import Match
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text


class Verb(enum.StrEnum):
    """What a rule does with the packets it matches."""

    ACCEPT = "accept"  # ends this base chain; later base chains of the hook still decide
    DROP = "drop"  # ends everything; reject, drop, tarpit
    JUMP = "jump"  # to a chain; comes back after it
    GOTO = "goto"  # to a chain; comes back to where the current chain was jumped from
    RETURN = "return"  # to the calling chain; in a base chain: its policy
    CONTINUE = "continue"  # log, counter, mark …: goes on with the next rule
    DNAT = "dnat"  # rewrites destination, then ends the (nat) base chain; also REDIRECT
    SNAT = "snat"  # rewrites source; also MASQUERADE
    STOP = "stop"  # accepted past all later base chains (e.g. queue with bypass, nft has none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """New values of a NAT rule; ``None`` keeps the old, ``unknown`` means an address only known at run time."""

    addresses: IntervalSet | None = None
    ports: IntervalSet | None = None
    unknown: bool = False
    local: bool = False  # to the device itself (REDIRECT): the packet is delivered, not forwarded
    keep_host_bits: bool = False  # one to one onto the prefix ``addresses`` (NETMAP, nft ``prefix``)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A verb with its operand."""

    verb: Verb
    target: str = ""  # chain name for JUMP and GOTO
    translation: Translation | None = None
    #: whether the action itself is uncertain (e.g. queue to a program that decides): it *may* accept or drop
    uncertain: str = ""


ACCEPT, DROP, RETURN, CONTINUE = (Action(verb=v) for v in (Verb.ACCEPT, Verb.DROP, Verb.RETURN, Verb.CONTINUE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a chain.

    A line whose verdict depends on the packet (nft verdict maps) becomes several rules at one location.
    ``families`` says for which address families the rule exists.
    """

    match: Match
    action: Action
    location: Location
    text: str  # the line as written, secrets masked, at most a few hundred characters
    families: frozenset[Family]
    comment: str = ""
    log: bool = False
    hits: int | None = None  # packet counter, where the configuration carries it
    id: str = ""  # rule number, handle or name, where the vendor has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """An ordered list of rules.  ``name`` is unique in the device (``ip filter FORWARD``)."""

    name: str
    rules: tuple[Rule, ...]
    location: Location = NOWHERE


class Hook(enum.StrEnum):
    """Where the kernel calls a base chain (linux/netfilter.h)."""

    INGRESS = "ingress"
    PREROUTING = "prerouting"
    INPUT = "input"
    FORWARD = "forward"
    OUTPUT = "output"
    POSTROUTING = "postrouting"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseChain:
    """A chain hooked into the packet's way.  Chains of one hook run in ascending ``priority``."""

    chain: str
    hook: Hook
    priority: int
    policy: Action  # ACCEPT or DROP
    families: frozenset[Family]
    kind: str = "filter"  # filter | nat | route
    location: Location = NOWHERE  # of the policy


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """A line, or part of one, that the parser could not give a meaning.

    ``widened`` says whether it could make the device more open than what was read; ``covered`` whether the chains
    hold all that it could open as a possibility (a rule that *may* match stands for an address it names); ``None``
    where that is so if there is an uncertain rule at its place.  Where it is widened and not covered, nothing about
    the device is proved closed (:mod:`segmentation.lint.doubt`).
    """

    location: Location
    text: str
    reason: str
    widened: bool = True
    covered: bool | None = None
    sentence: Text | None = None  # the reason in both languages; ``reason`` is its English half


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSet:
    """A named set, map or ipset, for rules inside the rule base (unused, empty) and for reports."""

    name: str
    location: Location
    size: int
    dynamic: bool = False  # filled at run time: its content is not known
    used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceInfo:
    """An interface as the configuration itself describes it."""

    name: str
    addresses: tuple[tuple[Family, int, int], ...] = ()  # family, address, prefix length
    vlan: int | None = None
    zone: str = ""  # the vendor's own zone name
    location: Location = NOWHERE
    enabled: bool = True
    description: str = ""
    vrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file a device was read from."""

    file: str
    sha256: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device, read from one or more files."""

    name: str
    vendor: str
    inputs: tuple[InputFile, ...]
    chains: Mapping[str, Chain] = field(default_factory=dict)
    base_chains: tuple[BaseChain, ...] = ()
    sets: tuple[NamedSet, ...] = ()
    interfaces: tuple[InterfaceInfo, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    conntrack_notrack: bool = False  # a raw-table rule exempts packets from tracking
    #: families for which no base chain exists at the forward hook (everything passes)
    notes: tuple[str, ...] = ()
    management: Management = Management()
    objects: tuple[ConfigObject, ...] = ()
    bindings: tuple[Binding, ...] = ()
    routes: tuple[Route, ...] = ()
    aspects: frozenset[Aspect] = frozenset()  # what the parser reads completely; rules judge nothing else

    @property
    def rules(self) -> int:
        """The number of rules in all chains."""
        return sum(len(c.rules) for c in self.chains.values())
