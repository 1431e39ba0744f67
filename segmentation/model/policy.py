"""What a policy text demands, as data: the resolved result of layering profiles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.model.conduits import SANITIZING_KINDS, ConduitKind
from segmentation.model.finding import ClauseRef, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """The text a profile stands for."""

    title: str
    version: str = ""
    revised_on: dt.date | None = None
    revised_day_known: bool = True  # False: the text gives year and month only, ``revised_on`` is that month's first
    title_en: str = ""  # our translation
    short: str = ""  # how findings cite it, where the title is long
    published: bool = True
    only_basic: bool = False  # 基本方針 only; the standards are not public

    @property
    def revised(self) -> str:
        """The date of revision as far as the text gives it, ISO 8601; "" where it gives none."""
        if self.revised_on is None:
            return ""
        return self.revised_on.isoformat() if self.revised_day_known else self.revised_on.strftime("%Y-%m")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyNetwork:
    """A network the policy text names, and which kind of zone it means."""

    name: Text
    kind: ZoneKind
    level: int | None = None  # only where the text orders its assets by level


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyScope:
    """Who is bound, where the text is unusual about it."""

    partial_tags: frozenset[str] = frozenset()  # endpoints with these tags are bound only on shared_system_tag systems
    shared_system_tag: str = ""
    must_cover: frozenset[str] = frozenset()  # tags of networks that must not be left out of the zone model


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitize:
    """無害化: whether, in which direction of data, and how."""

    required: bool = True
    scope: str = "import"  # "import": data taken in; "both": whenever the two sides communicate
    methods: frozenset[ConduitKind] = SANITIZING_KINDS - {ConduitKind.OTHER_MEASURE}
    allow_other_with_reason: bool = False
    crossing_forbidden: bool = False  # no sanitized conduit kind exists at all


@dataclass(frozen=True, slots=True, kw_only=True)
class MynumberExternal:
    """What the policy asks of a My Number zone's crossings."""

    pin: frozenset[str] = frozenset({"mac", "ip", "port"})
    peer_internet_forbidden: bool = True
    in_principle: bool = False  # 「原則として」: a recorded reason allows a crossing that pins do not
    institution_exempt: bool = True
    institution_other_class: bool = True  # 公的機関「等」: the second exempt class
    require_via_lgwan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRules:
    """What the policy says about exceptions."""

    in_policy: bool = True  # False: the published text is silent
    approver_roles: tuple[str, ...] = ("CISO",)
    delegate_roles: tuple[str, ...] = ()  # who may decide in the approver's place, where the policy says so
    applicant_roles: tuple[str, ...] = ()
    expiry_required_by_clause: bool = False
    max_days: int | None = None
    emergency_report_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The demands in force: national layer, prefecture or council, city and private overlay, merged."""

    profile: str
    organisation: Text
    document: PolicyDocument
    layers: tuple[str, ...] = ()
    networks: tuple[PolicyNetwork, ...] = ()
    scope: PolicyScope = PolicyScope()
    terms: Mapping[str, Text] = field(default_factory=dict)  # e.g. check -> 点検 / 監査
    clauses: Mapping[str, tuple[ClauseRef, ...]] = field(default_factory=dict)  # rule ID -> clauses
    models: frozenset[ModelKind] = frozenset(ModelKind)
    sanitize: Sanitize = Sanitize()
    mynumber: MynumberExternal = MynumberExternal()
    egress: str = "security_cloud"  # security_cloud | utm | operator | none
    egress_name: Text | None = None
    addons: frozenset[str] = frozenset()  # alpha_prime, mn_screen, mn_wlan
    beta_audit_period_days: int = 365
    audit_period_days: int = 366
    retention_days: int | None = None
    exceptions: ExceptionRules = ExceptionRules()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    inapplicable: Mapping[str, Text] = field(default_factory=dict)  # rule ID -> why it does not apply here
    silent_on: frozenset[str] = frozenset()  # rules the policy says nothing of; taken from the national layer
    conflicts: tuple[Text, ...] = ()  # where layers disagreed and which won
    private: bool = False  # a private overlay took part: mark the report
    product_values: frozenset[str] = frozenset()  # settings whose number is ours because no text gives one
    notes: tuple[Text, ...] = ()  # what a reader of this profile must know
    council: str = ""  # the council whose policy precedes for assets held in common
    shared: Policy | None = None  # the policy in force for those assets; None where no council takes part

    def applies(self, rule: str) -> bool:
        """Whether the rule applies under this policy."""
        return rule not in self.inapplicable

    def for_asset(self, *, held_in_common: bool) -> Policy:
        """The policy in force for an asset: the council's where the council holds it for its members."""
        return self.shared if held_in_common and self.shared is not None else self
