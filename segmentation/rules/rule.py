"""What a rule is: its identity, the sides that can check it, its page, and its check over the zone model.

The page of a rule is the docstring of its module, in a fixed layout, so that the words stand in one place only::

    English title.

    日本語の題。

    ## What it finds / ## Why it matters / ## Example / ## What to do instead
    ## 何を見つけるか / ## なぜ問題か / ## 例 / ## どうすればよいか

A paragraph may be broken over several lines; a line indented by four spaces stays a line of its own.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from segmentation.model.finding import Finding, Severity
from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.model.zonemap import ZoneMap
from segmentation.rules.ends import Ends, resolve_all


class Side(enum.StrEnum):
    """Who can check a rule."""

    LINT = "lint"  # from device configurations
    SENSOR = "sensor"  # from packets
    REGISTRY = "registry"  # from zones.toml and the policy profile alone
    ATTESTATION = "attestation"  # not visible to any tool: somebody's dated statement is kept

    @property
    def text(self) -> Text:
        """The words an officer reads."""
        return _SIDE_TEXT[self]


_SIDE_TEXT = {
    Side.LINT: Text("機器設定の検査（lint）", "device configurations (lint)"),
    Side.SENSOR: Text("通信の監視（センサー）", "traffic (sensor)"),
    Side.REGISTRY: Text("台帳とゾーン定義の検査", "registers and zone model"),
    Side.ATTESTATION: Text("申告の記録（機器では確認できない）", "recorded statement (not visible to a tool)"),
}
LINT, SENSOR, REGISTRY, ATTESTATION = Side.LINT, Side.SENSOR, Side.REGISTRY, Side.ATTESTATION


@dataclass(frozen=True)
class RuleContext:
    """What a check over the zone model may look at; ``at`` is the day it is made for, in local time."""

    model: ZoneModel
    policy: Policy
    at: dt.date

    @property
    def model_location(self) -> Location:
        """The zone file itself, for what is absent from it."""
        return Location(self.model.file)

    @cached_property
    def zone_map(self) -> ZoneMap:
        """Which address is in which zone."""
        return ZoneMap.of(self.model)

    @cached_property
    def conduits(self) -> tuple[Ends, ...]:
        """Every conduit that exists on that day with its two ends resolved to zones and addresses, in file order."""
        return tuple(e for e in resolve_all(self.model, self.zone_map) if e.conduit.valid_on(self.at))


Check = Callable[[RuleContext], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Page:
    """The four parts of a rule's page; paragraphs are separated by an empty line."""

    what: Text
    why: Text
    example: Text
    instead: Text

    def sections(self, lang: Lang) -> tuple[tuple[str, str], ...]:
        """Heading and text of each part in *lang*, in reading order."""
        parts = (self.what, self.why, self.example, self.instead)
        return tuple((h.in_(lang), p.in_(lang)) for h, p in zip(HEADINGS, parts, strict=True))

    def markdown(self, lang: Lang) -> str:
        """The page as Markdown, for documentation and SARIF."""
        return "\n\n".join(f"### {heading}\n\n{_markdown(text)}" for heading, text in self.sections(lang))


HEADINGS = (
    Text("何を見つけるか", "What it finds"),
    Text("なぜ問題か", "Why it matters"),
    Text("例", "Example"),
    Text("どうすればよいか", "What to do instead"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the registry; ``implemented`` names the sides that really check it now."""

    id: str
    title: Text
    sides: frozenset[Side]
    severity: Severity
    implemented: frozenset[Side]
    page: Page
    check: Check | None = None


def rule(
    doc: str | None,
    rule_id: str,
    *,
    severity: Severity,
    sides: Iterable[Side],
    implemented: Iterable[Side] = (),
    check: Check | None = None,
) -> Rule:
    """Build a rule from its module's docstring.  Raises :class:`ValueError` when the page lacks a part.

    ``python -OO`` strips docstrings; the rule then keeps working with its ID for a title and an empty page.
    """
    title, page = parse_page(doc) if doc is not None else (Text(rule_id, rule_id), Page(*(Text("", ""),) * 4))
    return Rule(rule_id, title, frozenset(sides), severity, frozenset(implemented), page, check)


def parse_page(doc: str) -> tuple[Text, Page]:
    """Read title and page out of a docstring.  Raises :class:`ValueError` naming the part that is missing."""
    head, *blocks = ("\n" + doc.strip()).split("\n## ")
    titles = [line.strip() for line in head.splitlines() if line.strip()]
    if len(titles) != 2:
        raise ValueError("a rule's page begins with its English and its Japanese title, one line each")
    parts: dict[str, str] = {}
    for block in blocks:
        heading, _, body = block.partition("\n")
        parts[heading.strip()] = _paragraphs(body)
    for name in (n for h in HEADINGS for n in (h.en, h.ja)):
        if not parts.get(name):
            raise ValueError(f"the page {titles[0]!r} has no part {name!r}")
    title = Text(titles[1].rstrip("。"), titles[0].rstrip("."))
    return title, Page(*(Text(parts[h.ja], parts[h.en]) for h in HEADINGS))


def _paragraphs(body: str) -> str:
    """Join broken lines; Japanese text is joined without a space between its lines."""
    out: list[str] = []
    for block in body.strip("\n").split("\n\n"):
        text = ""
        for line in block.splitlines():
            if line.startswith("    "):  # a literal line
                text += ("\n" if text else "") + line.rstrip()
            elif not text:
                text = line.strip()
            else:
                glue = "" if ord(text[-1]) > 0x2E80 or ord(line.strip()[0]) > 0x2E80 else " "
                text += glue + line.strip()
        out.append(text)
    return "\n\n".join(out)


def _markdown(text: str) -> str:
    """Set literal lines apart so that Markdown shows them as code."""
    out: list[str] = []
    for line in text.split("\n"):
        if line.startswith("    ") and out and out[-1] and not out[-1].startswith("    "):
            out.append("")
        out.append(line)
    return "\n".join(out)
