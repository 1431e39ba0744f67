"""What a report is made from: the findings of one run with the facts about its inputs.

Nothing here computes; commands fill it and renderers read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from segmentation import __version__
from segmentation.model.finding import Finding
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Text

NAME = "sekisho"
#: Names a rule's page (``sekisho rules show ID``); the tool is used offline, so it is a name and not a place.
HELP_URI = "urn:sekisho:rule:{rule}"

_NO_TEXT = Text("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolInfo:
    """The program that made the report and the day it was made for."""

    name: str = NAME
    version: str = __version__
    at: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInfo:
    """By what was judged: profile, scheme and the zone model's file with its SHA-256 (hex); empty without a model."""

    profile: str
    model: str = ""
    sha256: str = ""
    file: str = ""
    organisation: Text = _NO_TEXT
    document: str = ""
    private: bool = False

    @classmethod
    def of(cls, policy: Policy, model: ZoneModel | None) -> PolicyInfo:
        """The facts about *policy* and *model*."""
        title = " ".join(part for part in (policy.document.title, policy.document.version) if part)
        return cls(
            profile=policy.profile,
            model="" if model is None else model.kind.value,
            sha256="" if model is None else model.sha256,
            file="" if model is None else model.file,
            organisation=policy.organisation if model is None else model.organisation,
            document=title,
            private=policy.private,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionNote:
    """An exception as reports name it."""

    name: Text
    expires_on: dt.date | None = None
    days_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstoodLine:
    """A line of an input that got no meaning; ``sentence`` is the reason in both languages, where the parser has one."""

    line: int
    text: str
    reason: str
    sentence: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigInput:
    """One configuration file: ``filters`` and ``rules`` count the chains and rules read from it."""

    file: str
    sha256: str
    vendor: str
    device: str
    filters: int
    rules: int
    lines: int
    not_understood: tuple[NotUnderstoodLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LintCell:
    """One ordered zone pair of one device: what passes beside what is permitted.

    ``verdict`` is equal, wider, narrower, both or not_decidable; ``permitted_empty`` says that nothing at all passes.
    """

    src_zone: str
    dst_zone: str
    verdict: str
    permitted_empty: bool
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Where a capture could not be read on: ``offset`` in bytes from its start; ``sentence``: the reason in both languages."""

    offset: int
    reason: str
    sentence: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureInput:
    """One capture; times in nanoseconds since the epoch, UTC, 0 when it has no packet; ``bytes`` on the wire.

    ``reasons``: what an officer reads for the keys of ``not_decoded``.
    """

    file: str
    sha256: str
    format: str
    packets: int
    bytes: int
    first_ns: int = 0
    last_ns: int = 0
    not_decoded: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, Text] = field(default_factory=dict)
    damage: Damage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCell:
    """Traffic of one ordered zone pair in one state with one verdict."""

    src_zone: str
    dst_zone: str
    state: str
    verdict: str
    packets: int
    bytes: int
    flows: int


@dataclass(frozen=True, slots=True)
class ResolvedFinding:
    """A finding of the baseline that this run did not find again."""

    fingerprint: str
    rule: str
    severity: str
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What changed against an earlier report: how many findings were in it already, and which are gone."""

    file: str
    known: int
    resolved: tuple[ResolvedFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Findings of one run, and everything a reader needs to weigh them.

    ``undecided`` and ``not_visible`` say what this run could not answer; they are printed even when empty.
    ``known`` holds the positions in ``findings`` that a baseline contains already.
    """

    schema: ClassVar[str] = ""

    policy: PolicyInfo
    findings: tuple[Finding, ...]
    tool: ToolInfo = ToolInfo()
    zones: Mapping[str, Text] = field(default_factory=dict)
    exceptions: Mapping[str, ExceptionNote] = field(default_factory=dict)
    undecided: tuple[Text, ...] = ()
    not_visible: tuple[Text, ...] = ()
    utc_offset_minutes: int = 540
    baseline: Baseline | None = None
    known: frozenset[int] = frozenset()

    def zone(self, zone_id: str) -> Text:
        """The zone's name, or the words for an address in no zone."""
        if not zone_id:
            return Text("（どのゾーンにも属さない）", "(in no zone)")
        return self.zones.get(zone_id, Text(zone_id, zone_id))

    @property
    def not_understood(self) -> int:
        """How many places of the inputs got no meaning."""
        return 0

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that count: neither silenced by an exception nor known from the baseline."""
        return tuple(f for i, f in enumerate(self.findings) if not f.silenced and i not in self.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRun(Run):
    """A run of ``sekisho lint``."""

    schema: ClassVar[str] = "sekisho.lint/1"

    inputs: tuple[ConfigInput, ...] = ()
    matrix: tuple[LintCell, ...] = ()
    unproven: int = 0  # zone pairs that are not known to be closed beyond what the findings say

    @property
    def not_understood(self) -> int:
        """Lines that got no meaning."""
        return sum(len(i.not_understood) for i in self.inputs)


@dataclass(frozen=True, slots=True)
class TransferCell:
    """Files and messages of one kind: layers of sender and receiver, and the three results about them."""

    src_layer: str
    dst_layer: str
    path: str
    content: str
    proof: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredFile:
    """One file, message or session that crossed: what it is, never what is in it."""

    at: str
    protocol: str
    kind: str
    operation: str
    src_zone: str
    dst_zone: str
    name: str
    type: str
    size: int
    sha256: str
    path: str
    content: str
    proof: str
    unseen: str
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRun(Run):
    """A run of ``sekisho replay``; ``by_protocol`` counts flows by protocol name."""

    schema: ClassVar[str] = "sekisho.replay/1"

    captures: tuple[CaptureInput, ...] = ()
    flows: int = 0
    by_protocol: Mapping[str, int] = field(default_factory=dict)
    matrix: tuple[ReplayCell, ...] = ()
    transfers: tuple[TransferCell, ...] = ()
    files: tuple[TransferredFile, ...] = ()
    transfer_limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def not_understood(self) -> int:
        """Captures that are damaged, or of a kind of link that no packet can be read from.

        Single packets that cannot be decoded are normal traffic of other kinds: counted, shown.
        """
        return sum(c.damage is not None or "link_type" in c.not_decoded for c in self.captures)


def zone_names(model: ZoneModel | None) -> dict[str, Text]:
    """Display names of all zones."""
    return {} if model is None else {z.id: z.name for z in model.zones.values()}


def exception_notes(model: ZoneModel | None, at: dt.date) -> dict[str, ExceptionNote]:
    """Names, ends and days left of all exceptions on the day *at*."""
    if model is None:
        return {}
    return {
        e.id: ExceptionNote(name=e.name, expires_on=e.expires_on, days_left=e.days_left(at)) for e in model.exceptions.values()
    }
