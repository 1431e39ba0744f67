"""What the rule registry says about the rules of a run, for formats that carry rule descriptions along."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.finding import Severity
from segmentation.model.text import Lang
from segmentation.report.run import Run
from segmentation.report.words import clause_words
from segmentation.rules.registry import get

_GROUNDS = {"ja": "### 根拠", "en": "### Clauses"}


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule in one language; ``worst`` is the highest severity it has in the run."""

    id: str
    title: str
    what: str
    markdown: str
    worst: Severity


def rule_pages(run: Run, lang: Lang) -> list[RulePage]:
    """The pages of all rules with findings in *run*, sorted by ID."""
    ids = sorted({f.rule for f in run.findings})
    return [_page(run, rule_id, lang) for rule_id in ids]


def _page(run: Run, rule_id: str, lang: Lang) -> RulePage:
    mine = [f for f in run.findings if f.rule == rule_id]
    worst = max(f.severity for f in mine)
    clauses = list(dict.fromkeys(clause_words(c).in_(lang) for f in mine for c in f.clauses))
    grounds = "\n\n" + _GROUNDS[lang] + "\n\n" + "\n".join(f"- {c}" for c in clauses) if clauses else ""
    try:
        known = get(rule_id)
    except KeyError:  # a rule of another package, which has no page here
        return RulePage(rule_id, rule_id, rule_id, (rule_id + grounds).strip(), worst)
    title = known.title.in_(lang)
    heading = f"## {rule_id} {title}\n\n"
    return RulePage(rule_id, title, known.page.what.in_(lang) or title, heading + known.page.markdown(lang) + grounds, worst)
