"""The whole zone model: what one ``zones.toml`` says, resolved and frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.model.conduits import Conduit
from segmentation.model.gateways import Gateway
from segmentation.model.registers import (
    Attestation,
    ChangeRecord,
    CloudService,
    Contact,
    DeviceRecord,
    Diagram,
    ExternalConnection,
    LogStore,
    PolicyException,
    Review,
    SensorRecord,
    WirelessNetwork,
)
from segmentation.model.services import Service
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint, ModelKind, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDates:
    """The dates a β or β′ model has to show."""

    external_confirmation: dt.date | None = None
    go_live: dt.date | None = None
    last_external_audit: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Named thresholds; every one has a documented default and can be set under ``[settings]``."""

    exception_warning_days: tuple[int, ...] = (30, 14, 7)
    peer_statement_max_age_days: int = 366
    review_max_age_days: int = 366
    log_review_max_age_days: int = 92
    midstream_grace_seconds: int = 0
    max_pinned_hosts: int = 16  # an enumerated end of a My Number conduit may have this many hosts
    ram_limit_mb: int = 350
    # What the sensor's detectors compare with; none of the policies gives a figure.
    incident_quiet_seconds: int = 900  # an incident without news for so long is over
    incident_remind_seconds: int = 3600  # one that goes on is told again after so long
    sweep_targets: int = 50  # hosts and ports one source tries within a minute (NC-22)
    brute_force_sessions: int = 30  # sessions to one log-in service of a host within a minute (NC-22)
    flood_attempts_per_second: int = 1000  # unanswered attempts towards one host (NC-31)
    mail_burst_per_minute: int = 60  # mail sessions of one sender (ML-02)
    privileged_session_minutes: int = 480  # SSH, RDP, VNC, Telnet sessions (NC-20)
    two_zones_days: int = 7  # a MAC seen in two layers within so many days (NC-12)
    returning_device_days: int = 90  # a device that was away for so long (NC-26)
    clock_offset_ms: int = 1000  # of a clock that NTP packets show (LT-05)
    learning_days: int = 7  # no destination counts as new before (IN-05)
    beacon_connections: int = 24  # connections at one regular interval (IN-05)
    unused_exception_days: int = 90  # of an exception nobody uses (EX-08)
    silence_minutes: int = 5  # a mirror port, a dense capture or a capture process silent for so long (IN-04, LT-03)
    vlan_silence_hours: int = 24  # a VLAN or layer of the model from which nothing is seen (IN-04)
    loss_percent: int = 1  # more of a minute's packets lost than this (IN-04)
    internal_domains: tuple[str, ...] = (  # names that are no public ones (MN-13)
        "local", "lan", "internal", "home.arpa", "in-addr.arpa", "ip6.arpa", "lgwan.jp",
    )  # fmt: skip
    owner_words: tuple[str, ...] = ()  # what names an owner in a rule's comment, beside the usual forms (NC-29)
    mail_domains: tuple[str, ...] = ()  # the organisation's own, for telling relayed mail (ML-01)
    mobile_router_ouis: tuple[str, ...] = ()  # first three octets of MACs of mobile routers (NC-14)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneModel:
    """Zones, conduits and registers of one organisation.

    Mappings keep the order of the file.  ``profile`` names the policy profile to judge by.
    """

    organisation: Text
    profile: str
    kind: ModelKind
    dates: ModelDates = ModelDates()
    utc_offset_minutes: int = 540  # local time of time windows; Japan has no daylight saving time
    default: str = "deny"  # decision for a zone pair that nothing mentions; only "deny" is offered
    zones: Mapping[str, Zone] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    conduits: Mapping[str, Conduit] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    exceptions: Mapping[str, PolicyException] = field(default_factory=dict)
    devices: Mapping[str, DeviceRecord] = field(default_factory=dict)
    sensors: Mapping[str, SensorRecord] = field(default_factory=dict)
    external_connections: Mapping[str, ExternalConnection] = field(default_factory=dict)
    wireless_networks: Mapping[str, WirelessNetwork] = field(default_factory=dict)
    cloud_services: Mapping[str, CloudService] = field(default_factory=dict)
    log_stores: Mapping[str, LogStore] = field(default_factory=dict)
    changes: tuple[ChangeRecord, ...] = ()
    reviews: tuple[Review, ...] = ()
    contacts: tuple[Contact, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    diagram: Diagram | None = None
    operators: tuple[str, ...] = ()  # names of the people who run the network (AU-02)
    settings: Settings = Settings()
    file: str = ""
    sha256: str = ""  # of the file's bytes

    def layer(self, zone: str) -> Zone:
        """The outermost ancestor of a zone: the layer it belongs to.  Raises :class:`KeyError`."""
        z = self.zones[zone]
        while z.parent:
            z = self.zones[z.parent]
        return z

    def ancestry(self, zone: str) -> tuple[str, ...]:
        """The zone's ID and those of its ancestors, innermost first."""
        out = [zone]
        while parent := self.zones[out[-1]].parent:
            out.append(parent)
        return tuple(out)

    def zones_within(self, zone: str) -> tuple[str, ...]:
        """The zone's ID and those of all its descendants, in file order."""
        return tuple(z for z in self.zones if zone in self.ancestry(z))
