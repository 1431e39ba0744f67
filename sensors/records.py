"""What the packet path hands to the detectors: flows and sightings as plain values, independent of how they were captured."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.addresses import Address, Family, Mac
from segmentation.model.finding import FlowState
from segmentation.model.flow import Flow, Initiator


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """One flow of a capture, with ``src`` as its initiator (as well as that is known).

    Times are nanoseconds since the epoch (UTC), bytes are those on the wire, packet numbers count from 1 in the capture.
    """

    capture: str
    family: Family
    src: int
    dst: int
    protocol: int
    sport: int = 0  # ICMP: type
    dport: int = 0  # ICMP: code
    initiator: Initiator
    state: FlowState
    flows: int = 1  # how many flows of equal hosts, service and fate it stands for
    packets: int = 0
    bytes: int = 0
    first_packet: int = 0
    last_packet: int = 0
    first_ns: int = 0
    last_ns: int = 0
    vlan: int | None = None
    src_mac: Mac | None = None  # of the frames as captured: true only on the endpoint's own segment
    dst_mac: Mac | None = None
    decapsulated: bool = False

    def flow(self, src_mac: Mac | None, dst_mac: Mac | None) -> Flow:
        """The flow for the judge, with the MACs that may be believed; it is judged at its beginning."""
        return Flow(
            family=self.family, src=self.src, dst=self.dst, protocol=self.protocol, sport=self.sport, dport=self.dport,
            initiator=self.initiator, at=self.first_ns / 1e9 if self.first_ns else None, src_mac=src_mac, dst_mac=dst_mac,
            state=self.state,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An address seen speaking with a MAC in one VLAN: from ARP, neighbour discovery or a flow's frames."""

    capture: str
    family: Family
    address: int
    mac: Mac
    vlan: int | None
    packet: int
    at_ns: int
    count: int = 1

    @property
    def where(self) -> Address:
        """The address as a value."""
        return Address(self.family, self.address)
