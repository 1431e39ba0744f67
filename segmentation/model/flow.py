"""A flow as the judge sees it, and the judge's answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from segmentation.model.addresses import Address, Family, Mac
from segmentation.model.conduits import DataDirection
from segmentation.model.finding import FlowState
from segmentation.model.text import Text


class Initiator(enum.StrEnum):
    """How the initiator is known."""

    SEEN = "seen"  # its SYN, or first datagram, was seen
    ANSWERED = "answered"  # the responder's SYN-ACK was seen
    INFERRED = "inferred"  # from a known service port
    FIRST = "first"  # only: it sent the first packet captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What is known of one flow; ``src`` is its initiator."""

    family: Family
    src: int
    dst: int
    protocol: int
    sport: int = 0  # ICMP: type
    dport: int = 0  # ICMP: code
    initiator: Initiator = Initiator.SEEN
    at: float | None = None  # seconds since the epoch, UTC; None: judge without regard to time
    src_mac: Mac | None = None  # only where visible on the endpoint's own segment
    dst_mac: Mac | None = None
    data: DataDirection | None = None  # which way data really moved, if known
    state: FlowState | None = None
    server_name: str | None = None

    @property
    def src_address(self) -> Address:
        """The initiator's address."""
        return Address(self.family, self.src)

    @property
    def dst_address(self) -> Address:
        """The responder's address."""
        return Address(self.family, self.dst)


class VerdictKind(enum.StrEnum):
    """The judge's answers."""

    PERMITTED = "permitted"
    SANITIZED_ONLY = "permitted_if_sanitized"  # the way is right; what crosses must prove to be sanitized
    EXCEPTED = "excepted"
    FORBIDDEN = "forbidden"
    NOT_DECIDABLE = "not_decidable"

    @property
    def allows(self) -> bool:
        """Whether the packets may pass (perhaps on conditions)."""
        return self in _ALLOWING


_ALLOWING = frozenset({VerdictKind.PERMITTED, VerdictKind.SANITIZED_ONLY, VerdictKind.EXCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision with its grounds.

    ``rules`` names what is broken, the primary rule first; empty when nothing is.
    """

    kind: VerdictKind
    reason: Text
    rules: tuple[str, ...] = ()
    conduit: str = ""
    exception: str = ""
    src_zone: str = ""  # "" when the address is in no zone
    dst_zone: str = ""
