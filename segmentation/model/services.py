"""Services: what is spoken, as sets of protocol and port numbers."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text

TCP, UDP, ICMP, ICMPV6, ESP, AH, GRE, SCTP = 6, 17, 1, 58, 50, 51, 47, 132
#: IANA protocol numbers by the names configurations use.
PROTOCOL_NUMBERS: dict[str, int] = {
    "icmp": 1, "igmp": 2, "ipip": 4, "ipencap": 4, "tcp": 6, "egp": 8, "igp": 9, "udp": 17, "dccp": 33, "ipv6": 41,
    "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "icmpv6": 58,
    "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "pim": 103, "ipcomp": 108, "comp": 108, "vrrp": 112,
    "l2tp": 115, "sctp": 132, "udplite": 136, "mpls-in-ip": 137, "hip": 139,
}  # fmt: skip
PROTOCOL_NAMES: dict[int, str] = {v: k for k, v in reversed(PROTOCOL_NUMBERS.items())} | {4: "ipip", 58: "icmpv6"}
ALL_PROTOCOLS = IntervalSet(((0, 255),))
ALL_PORTS = IntervalSet(((0, 65535),))
#: Protocols with ports in the first four octets of their header.
PORT_PROTOCOLS = frozenset({TCP, UDP, SCTP, 33, 136})


@dataclass(frozen=True, slots=True)
class ServiceTerm:
    """One product of protocol numbers, source ports and destination ports.

    For ICMP and ICMPv6 ``src_ports`` holds the types and ``dst_ports`` the codes, throughout the project.
    """

    protocols: IntervalSet
    src_ports: IntervalSet = ALL_PORTS
    dst_ports: IntervalSet = ALL_PORTS

    @property
    def single_protocol(self) -> int | None:
        """The protocol number if there is exactly one."""
        return self.protocols.low if self.protocols.size == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named service of the zone model.  A group is a service whose terms are those of its members."""

    id: str
    name: Text
    terms: tuple[ServiceTerm, ...]
    members: tuple[str, ...] = ()
    location: Location = NOWHERE


ANY_SERVICE = ServiceTerm(ALL_PROTOCOLS)


def format_service(protocol: int, sport: int, dport: int) -> str:
    """``tcp/443``, ``icmp/8`` (type), or ``proto/47``."""
    if protocol in (ICMP, ICMPV6):
        return f"{PROTOCOL_NAMES[protocol]}/{sport}"
    if protocol in PORT_PROTOCOLS:
        return f"{PROTOCOL_NAMES[protocol]}/{dport}"
    return PROTOCOL_NAMES.get(protocol, f"proto/{protocol}")
