"""The one finding type: what lint, the registry checks and the sensor report."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from segmentation.model.addresses import Family, Mac
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Lang, Text


class Severity(enum.IntEnum):
    """How bad a finding is; higher is worse."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def text(self) -> Text:
        """The word an officer reads."""
        return _SEVERITY_TEXT[self]

    @property
    def key(self) -> str:
        """The lower-case name used in files, options and JSON."""
        return self.name.lower()

    @classmethod
    def of(cls, key: str) -> Severity:
        """The severity with this key.  Raises :class:`KeyError`."""
        return cls[key.upper()]


_SEVERITY_TEXT = {
    Severity.INFO: Text("情報", "info"),
    Severity.LOW: Text("低", "low"),
    Severity.MEDIUM: Text("中", "medium"),
    Severity.HIGH: Text("高", "high"),
    Severity.CRITICAL: Text("重大", "critical"),
}


class FlowState(enum.StrEnum):
    """How far a flow got."""

    ATTEMPTED = "attempted"
    REFUSED = "refused"
    ESTABLISHED = "established"
    DATA = "data"

    @property
    def text(self) -> Text:
        """The word an officer reads."""
        return _STATE_TEXT[self]


_STATE_TEXT = {
    FlowState.ATTEMPTED: Text("試行のみ", "attempted"),
    FlowState.REFUSED: Text("拒否された", "refused"),
    FlowState.ESTABLISHED: Text("接続成立", "established"),
    FlowState.DATA: Text("データ転送あり", "data moved"),
}


class Confidence(enum.StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"  # a proof over what was read, or a fact seen
    INFERRED = "inferred"  # 推定: e.g. the initiator was not seen
    POSSIBLE = "possible"  # passes through something that was not understood


class ClauseOrigin(enum.StrEnum):
    """Where a rule's demand comes from."""

    POLICY = "policy"  # the organisation's own policy text
    COUNCIL = "council"  # a prefecture's or council's text that binds it
    NATIONAL = "national"  # 国ガイドライン由来
    STATUTE = "statute"  # law or regulator's guideline (PPC)
    PRODUCT = "product"  # 製品規則: our own rule, not a clause


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRef:
    """A clause by number and title, in the document's own numbering."""

    origin: ClauseOrigin
    document: str
    number: str
    title: str = ""
    note: Text | None = None
    title_en: str = ""  # our translation of the short title

    def title_in(self, lang: Lang) -> str:
        """The short title in *lang*; the Japanese one where no translation exists."""
        return self.title_en or self.title if lang == "en" else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A concrete packet: the witness of a finding.  ICMP type and code stand in ``sport`` and ``dport``."""

    family: Family
    src: int
    dst: int
    protocol: int
    sport: int = 0
    dport: int = 0
    tcp_flags: int = 0  # the low octet of TCP octets 13, RFC 9293 3.1
    ct_state: str = "new"
    in_interface: str = ""
    out_interface: str = ""
    src_mac: Mac | None = None
    #: after destination NAT, where it differs: (address, port)
    translated: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rule on the way that decided a witness packet."""

    location: Location
    text: str
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A packet that shows the finding, and the rules that let it through in order."""

    packet: Packet
    path: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """The rules that let a forbidden crossing through.

    ``minimal``: it is proven that removing exactly these closes it and that none of them could stay.  Else at least
    these let it through; the search was bounded.
    """

    rules: tuple[Step, ...]
    minimal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a finding was found: in a file (lint, model) or in a capture (replay, sensor)."""

    location: Location = NOWHERE
    device: str = ""
    rule_text: str = ""
    interface: str = ""
    capture: str = ""
    first_packet: int = 0  # numbers in the capture, from 1; 0: none
    last_packet: int = 0
    first_ns: int = 0  # nanoseconds since the epoch, UTC; 0: none
    last_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, with everything needed to check it."""

    rule: str
    severity: Severity
    message: Text
    where: Where
    cause: str  # findings with one cause are shown as one: a firewall rule, a register entry, a flow's pair and service
    clauses: tuple[ClauseRef, ...] = ()
    witness: Witness | None = None
    state: FlowState | None = None
    confidence: Confidence = Confidence.CERTAIN
    confidence_reason: Text | None = None
    src_zone: str = ""
    dst_zone: str = ""
    conduit: str = ""
    exception: str = ""
    silenced: bool = False  # an approved exception covers it: reported, never an alarm
    related: tuple[str, ...] = ()  # further rule IDs the same fact touches
    count: int = 1
    detail: tuple[tuple[str, str], ...] = ()  # further facts, key and value; keys are stable
    blame: Blame | None = None  # of a crossing that a configuration lets through
    key: str = ""  # what distinguishes findings of one rule and cause, independent of line numbers and time

    @property
    def fingerprint(self) -> str:
        """A stable identity, so that a baseline survives moved lines and other times (hex, 32 digits)."""
        parts = (self.rule, self.where.device, self.src_zone, self.dst_zone, self.key or self.cause)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Worst first, then by place; total, so that output is reproducible."""
        return (
            -self.severity, self.where.location, self.where.first_packet, self.rule,
            self.src_zone, self.dst_zone, self.cause, self.key,
        )  # fmt: skip
