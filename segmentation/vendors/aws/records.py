"""Security groups, network ACLs and subnets, before they get a meaning: what an export and a Terraform plan have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from segmentation.device.lexical import Problems
from segmentation.model.location import Location


class PeerKind(Enum):
    """What the other end of a rule is named by."""

    CIDR = "cidr"
    GROUP = "group"
    PREFIX_LIST = "prefix list"
    UNKNOWN = "unknown"  # known only after the plan is applied


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a permission."""

    kind: PeerKind
    value: str
    location: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission of a security group: one protocol and port range, several peers.

    ``protocol`` is as written (``-1``, ``tcp``, a number); for ICMP ``low`` and ``high`` are type and code, -1 for all.
    """

    egress: bool
    protocol: str
    low: int | None
    high: int | None
    peers: tuple[Peer, ...]
    location: Location
    uncertain: str = ""  # what of it is known only later
    id: str = ""


@dataclass(slots=True)
class Group:
    """A security group.  ``egress_known``: whether the export says which egress rules it has."""

    id: str
    name: str
    location: Location
    vpc: str = ""
    description: str = ""
    permissions: list[Permission] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One line of a network ACL."""

    number: int
    egress: bool
    allow: bool
    protocol: str
    cidr: str  # empty: not known
    low: int | None
    high: int | None
    icmp: tuple[int, int] | None
    location: Location
    uncertain: str = ""


@dataclass(slots=True)
class Acl:
    """A network ACL with the subnets it is on."""

    id: str
    location: Location
    vpc: str = ""
    entries: list[AclEntry] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    subnets_known: bool = True
    default: bool = False  # on every subnet of its VPC that names no other


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC or subnet with its address ranges."""

    id: str
    cidrs: tuple[str, ...]
    location: Location
    vpc: str = ""
    name: str = ""


@dataclass(slots=True)
class Account:
    """Everything that was read."""

    problems: Problems = field(default_factory=Problems)
    groups: dict[str, Group] = field(default_factory=dict)
    acls: dict[str, Acl] = field(default_factory=dict)
    subnets: dict[str, Network] = field(default_factory=dict)
    vpcs: dict[str, Network] = field(default_factory=dict)
    prefix_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)  # group -> addresses of its interfaces
    interfaces: set[str] = field(default_factory=set)  # addresses whose groups are known
    interfaces_complete: bool = False  # the export lists every network interface, not instances alone
    loose: list[Permission] = field(default_factory=list)  # permissions of a group that is not known
