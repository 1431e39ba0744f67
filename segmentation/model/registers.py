"""The books an officer keeps: exceptions, devices, sensors, external connections, changes, reviews, contacts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segmentation.model.addresses import NO_ADDRESSES, AddressSet
from segmentation.model.conduits import Approval, TimeWindow
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text
from segmentation.model.zones import Party


@dataclass(frozen=True, slots=True)
class Person:
    """A name with the role it acts in (情報セキュリティ管理者, CISO …)."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A filed document and its SHA-256 (hex)."""

    path: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyException:
    """An approved deviation (例外措置)."""

    id: str
    name: Text
    clauses: tuple[str, ...]  # clause numbers it deviates from, in the policy's own numbering
    reason: str
    measure: str  # 代替措置
    applicant: Person | None
    approver: Person | None
    decided_on: dt.date | None
    expires_on: dt.date | None
    initiator: Party = Party()
    responder: Party = Party()
    services: tuple[str, ...] = ()
    window: TimeWindow | None = None
    emergency: bool = False
    occurred_on: dt.date | None = None  # of an emergency
    reported_on: dt.date | None = None  # to the CISO afterwards
    attachments: tuple[Attachment, ...] = ()
    location: Location = NOWHERE

    def in_force(self, day: dt.date) -> bool:
        """Whether it has been decided and has not ended; the last day counts."""
        started = self.decided_on is not None and self.decided_on <= day
        return started and (self.expires_on is None or day <= self.expires_on)

    def days_left(self, day: dt.date) -> int | None:
        """Days until the end, 0 on the last day, negative after it; ``None`` without an end."""
        return None if self.expires_on is None else (self.expires_on - day).days


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceZones:
    """Which zones lie behind an interface of a device."""

    interface: str
    zones: tuple[str, ...]
    external: str = ""  # ID of the external connection it is
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """A device that has a configuration."""

    id: str
    name: Text
    vendor: str = ""  # "" lets the text decide
    config: str = ""  # file, relative to zones.toml
    role: str = "firewall"  # firewall | router | switch | sanitizer
    gateway: str = ""  # the gateway this host is
    interfaces: tuple[InterfaceZones, ...] = ()
    matches_mac: bool = False  # its rules can hold a MAC
    contractor: str = ""  # run by a contractor or another organisation
    managed: bool = True  # False: another organisation's; its configuration is not to be had
    changed_on: dt.date | None = None
    firmware: str = ""
    support_ends_on: dt.date | None = None
    support_checked_on: dt.date | None = None  # the day the vendor's support table was last looked at
    offsite: bool = False  # stands outside the organisation's premises (NC-32)
    approvals: tuple[Approval, ...] = ()  # of an off-site installation
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRecord:
    """A sensor and what it can see."""

    id: str
    name: Text
    zone: str
    interfaces: tuple[str, ...] = ()
    boundaries: tuple[tuple[str, str], ...] = ()  # unordered zone pairs whose traffic passes its span port
    vlans: tuple[int, ...] = ()
    mac_scope: tuple[str, ...] = ()  # zones whose own L2 segment it sees
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalConnection:
    """A line to somewhere else (外部ネットワーク接続), with what the policy asks to be on file."""

    id: str
    name: Text
    line: str = ""  # closed | ipsec | internet | mobile | lgwan …
    encrypted: bool = False
    zones: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    survey: str = ""  # document: survey of the peer
    liability: str = ""  # document: liability clause
    disconnection: str = ""  # document: how it is cut
    not_via_lgwan_reason: str = ""
    remote_access: bool = False  # people reach the inside over it
    mfa: bool = False  # with more than one factor of authentication
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class WirelessNetwork:
    """A wireless LAN: ``protection`` is open | wep | wpa-psk | wpa2-psk | wpa3-sae | wpa2-enterprise | wpa3-enterprise."""

    id: str
    name: Text
    zone: str
    protection: str = ""
    access_log: str = ""  # where its connection log is kept
    firmware_checked_on: dt.date | None = None
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudService:
    """An approved external service (IN-16, LG-14): where it is, and who approved it for what."""

    id: str
    name: Text
    destinations: AddressSet = NO_ADDRESSES
    server_names: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    designated: Party = Party()  # the only hosts that may use it; empty: every host (web meetings name theirs)
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStore:
    """Where the logs of devices are kept, and for how long."""

    id: str
    name: Text
    devices: tuple[str, ...] = ()
    retention_days: int | None = None
    oldest: dt.date | None = None  # the oldest record it holds, as last looked at
    started_on: dt.date | None = None  # records cannot be older than this
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change of configuration, with its four people."""

    id: str
    changed_on: dt.date | None
    devices: tuple[str, ...] = ()
    doer: str = ""
    checker: str = ""
    applicant: str = ""
    approver: str = ""
    summary: str = ""
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A dated check.

    ``kind`` is ``lint``, ``inspection`` (点検), ``audit``, ``external_audit``, ``log_review`` or ``external_confirmation``.
    """

    kind: str
    done_on: dt.date | None
    by: str
    role: str = ""
    report: str = ""
    scope: tuple[str, ...] = ()  # device IDs; () means all
    sha256: str = ""  # of the bundle of working papers (AU-03)
    findings_open: int = 0
    follow_up: str = ""
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to tell: ``role`` is ciso, prefecture, mic (総務省), ppc, duty and so on."""

    role: str
    name: str
    phone: str = ""
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A claim that no tool can check on the network, with who makes it and when; shown apart from tests."""

    rule: str
    statement: str
    by: str
    on: dt.date | None = None
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The network diagram on file (ZM-06)."""

    version: str
    dated: dt.date | None
    confidentiality: int | None = None
    location: Location = NOWHERE
