"""Network security groups, their rules and where they are, before they get a meaning."""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.lexical import Problems
from segmentation.model.location import Location


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a rule: prefixes, tags, application security groups; its ports as written."""

    prefixes: tuple[tuple[str, Location], ...]
    groups: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    unknown: bool = False  # known only after the plan is applied


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """One security rule."""

    name: str
    priority: int
    inbound: bool
    allow: bool
    protocol: str
    source: Side
    destination: Side
    location: Location
    description: str = ""
    implicit: bool = False
    uncertain: str = ""


@dataclass(slots=True)
class SecurityGroup:
    """A network security group."""

    id: str
    name: str
    location: Location
    rules: list[SecurityRule] = field(default_factory=list)
    defaults: bool = False  # the export lists the default rules itself
    subnets: set[str] = field(default_factory=set)  # identifiers
    interfaces: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Subnet:
    """A subnet with its prefixes and its group."""

    id: str
    prefixes: tuple[str, ...]
    location: Location
    group: str = ""


@dataclass(slots=True)
class Subscription:
    """Everything that was read; keys are identifiers in lower case."""

    problems: Problems = field(default_factory=Problems)
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    spaces: list[tuple[str, Location]] = field(default_factory=list)  # of the virtual networks
    addresses: dict[str, set[str]] = field(default_factory=dict)  # network interface -> its addresses
    application_groups: dict[str, set[str]] = field(default_factory=dict)  # group -> addresses
