"""Conduits: the crossings that are allowed, with everything the policies ask to be recorded about them."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from segmentation.model.addresses import Address, Mac
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text
from segmentation.model.zones import Party


class ConduitKind(enum.StrEnum):
    """Why a crossing exists."""

    MAIL_TEXT = "mail_text"  # メール本文のテキスト化
    SCREEN_TRANSFER = "screen_transfer"  # 画面転送
    FILE_CDR = "file_cdr"  # 危険因子の除去
    FILE_VERIFY = "file_verify"  # 危険因子が無いことの確認
    OTHER_MEASURE = "other_measure"  # 無害化通信等必要な対策; needs a written reason
    PUBLIC_INSTITUTION = "public_institution"
    SPECIFIC = "specific"  # 特定通信: pinned, single-purpose
    ZONE_EXTENSION = "zone_extension"  # the zone continues elsewhere (ガバメントクラウド)
    BRANCH = "branch"
    INTERNAL = "internal"  # within one layer
    LGWAN_SERVICE = "lgwan_service"  # LGWAN-ASP, LGWAN mail, DNS, time
    EGRESS = "egress"  # to the Internet through the approved egress
    EXPORT = "export"
    MAINTENANCE = "maintenance"
    UPDATE = "update"
    MANAGEMENT = "management"
    MONITORING = "monitoring"
    LOCAL_BREAKOUT = "local_breakout"  # α′
    OTHER = "other"

    @property
    def text(self) -> Text:
        """The words an officer reads."""
        return _KIND_TEXT[self]


_KIND_TEXT = {
    ConduitKind.MAIL_TEXT: Text("メールのテキスト化", "mail as text"),
    ConduitKind.SCREEN_TRANSFER: Text("画面転送", "screen transfer"),
    ConduitKind.FILE_CDR: Text("ファイルの無害化", "file rebuilt"),
    ConduitKind.FILE_VERIFY: Text("ファイルの確認", "file verified"),
    ConduitKind.OTHER_MEASURE: Text("その他の対策", "other measure"),
    ConduitKind.PUBLIC_INSTITUTION: Text("公的機関等", "public institution"),
    ConduitKind.SPECIFIC: Text("特定通信", "specific"),
    ConduitKind.ZONE_EXTENSION: Text("系の延長", "zone extension"),
    ConduitKind.BRANCH: Text("拠点", "branch"),
    ConduitKind.INTERNAL: Text("系の内部", "within the layer"),
    ConduitKind.LGWAN_SERVICE: Text("LGWANサービス", "LGWAN service"),
    ConduitKind.EGRESS: Text("インターネット出口", "egress"),
    ConduitKind.EXPORT: Text("持ち出し", "export"),
    ConduitKind.MAINTENANCE: Text("保守", "maintenance"),
    ConduitKind.UPDATE: Text("更新", "update"),
    ConduitKind.MANAGEMENT: Text("装置の管理", "management"),
    ConduitKind.MONITORING: Text("監視", "monitoring"),
    ConduitKind.LOCAL_BREAKOUT: Text("ローカルブレイクアウト", "local breakout"),
    ConduitKind.OTHER: Text("その他", "other"),
}
#: Kinds that make data safe on its way into a zone.
SANITIZING_KINDS = frozenset(
    {
        ConduitKind.MAIL_TEXT,
        ConduitKind.SCREEN_TRANSFER,
        ConduitKind.FILE_CDR,
        ConduitKind.FILE_VERIFY,
        ConduitKind.OTHER_MEASURE,
    }
)


class DataDirection(enum.StrEnum):
    """Which way data moves; independent of who opened the connection."""

    TO_INITIATOR = "to_initiator"
    TO_RESPONDER = "to_responder"
    BOTH = "both"


class Reachability(enum.StrEnum):
    """Whether a peer can reach the Internet, as stated in writing."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Weekdays (0 = Monday) and minutes of the local day; ``end`` is exclusive, ``end <= start`` crosses midnight."""

    days: frozenset[int]
    start: int
    end: int

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether a local weekday and minute of the day lie in the window."""
        if self.start < self.end:
            return weekday in self.days and self.start <= minute < self.end
        return (weekday in self.days and minute >= self.start) or ((weekday - 1) % 7 in self.days and minute < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One pinned end of a conduit: MAC, address and port, each where recorded."""

    side: str  # "initiator" | "responder" | "next_hop"
    address: Address | None = None
    mac: Mac | None = None
    enforced_by: str = ""  # the device or switch function that holds the MAC (FW MAC object, port-security …)
    evidence: str = ""  # where another device holds it: the evidence's ID
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who allowed something, in which role, when, by which document."""

    role: str
    name: str
    decided_on: dt.date | None = None
    document: str = ""
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatement:
    """The peer's written statement on its own Internet reachability."""

    internet_reachable: Reachability
    stated_on: dt.date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicInstitution:
    """The register entry that exempts a peer (公的機関等)."""

    operator: str
    system: str
    legal_basis: str = ""
    other_sufficiently_safe: bool = False  # the second exempt class; needs ``reason``
    reason: str = ""
    via_lgwan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecryptDecision:
    """Whether TLS on this conduit is decrypted for inspection, and who decided (LT-06)."""

    decrypt: bool
    reason: str
    decider: str
    decided_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduit:
    """One approved crossing between parties."""

    id: str
    name: Text
    kind: ConduitKind
    initiator: Party
    responder: Party
    services: tuple[str, ...]
    data: DataDirection
    gateway: str = ""  # the sanitizing gateway that is an end of it
    pins: tuple[Pin, ...] = ()
    window: TimeWindow | None = None
    must_flow_days: int | None = None  # a must-flow: silent for longer is a finding
    peer: PeerStatement | None = None
    institution: PublicInstitution | None = None
    approvals: tuple[Approval, ...] = ()
    decrypt: DecryptDecision | None = None
    exception: str = ""  # in force only while this exception is
    reason: str = ""  # for other_measure, and any officer's remark
    business: str = ""  # 業務
    via: tuple[str, ...] = ()  # zone or device IDs on the agreed way (e.g. the LGWAN)
    server_names: tuple[str, ...] = ()  # TLS/QUIC names of a local breakout
    tenant_restriction: str = ""  # how a local breakout is held to the organisation's own tenant (LG-14)
    download_gateway: str = ""  # the file gateway through which what it downloads must come (LG-14)
    risk_decision: str = ""  # document of a per-organisation risk decision (MN-11)
    daily_bytes: int | None = None  # declared ceiling (MN-12)
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    location: Location = NOWHERE

    def valid_on(self, day: dt.date) -> bool:
        """Whether the conduit exists on *day* (its exception aside)."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)
