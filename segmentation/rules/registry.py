"""The registry of rules: find a rule by its ID, run the checks over the zone model, build findings.

One rule is one module named after its ID (``MN-01`` is ``mn_01.py``) with a ``RULE`` in it.  A module is
imported when its rule is first asked for, so that a command that needs no rule pays nothing.
"""

from __future__ import annotations

import datetime as dt
import importlib
from functools import cache
from typing import Any

from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.rules.rule import (
    ATTESTATION,
    LINT,
    REGISTRY,
    SENSOR,
    Check,
    Page,
    Rule,
    RuleContext,
    Side,
    rule,
)

__all__ = [
    "ATTESTATION", "FAMILIES", "LINT", "REGISTRY", "RULE_IDS", "SENSOR", "Check", "Page", "Rule", "RuleContext", "Side",
    "all_rules", "check_model", "finding", "get", "rule",
]  # fmt: skip

#: Families in reading order with the number of their rules.  IDs are never reused and never change their meaning.
FAMILIES: tuple[tuple[str, int, Text], ...] = (
    ("ZM", 6, Text("ゾーン定義の健全性", "Integrity of the zone model")),
    ("MN", 21, Text("マイナンバー利用事務系", "My Number zone")),
    ("LG", 16, Text("LGWAN接続系と無害化", "LGWAN zone and sanitization")),
    ("IN", 16, Text("インターネット接続系とβモデル", "Internet zone and the β models")),
    ("ML", 5, Text("電子メール", "Mail")),
    ("NC", 32, Text("通信制御・機器・ポート・利用", "Network control, devices, ports and access")),
    ("LT", 8, Text("ログ・時刻・復号・証跡", "Logs, time, decryption and evidence")),
    ("EX", 8, Text("例外措置", "Exceptions")),
    ("AU", 6, Text("点検と監査", "Checks and audit")),
    ("Y", 3, Text("二つの網に分ける方式", "Two-network scheme")),
    ("K", 3, Text("県による集約", "Prefecture as aggregator")),
    ("M", 1, Text("双方向の無害化", "Sanitization both ways")),
    ("O", 3, Text("資産の段階と重なり合う規程", "Asset levels and layered policies")),
)
RULE_IDS: tuple[str, ...] = tuple(f"{family}-{n:02d}" for family, count, _ in FAMILIES for n in range(1, count + 1))
_KNOWN = frozenset(RULE_IDS)


@cache
def get(rule_id: str) -> Rule:
    """The rule with this ID.  Raises :class:`KeyError` for an ID that does not exist."""
    if rule_id not in _KNOWN:
        raise KeyError(rule_id)
    found = importlib.import_module(f"segmentation.rules.{rule_id.lower().replace('-', '_')}").RULE
    assert isinstance(found, Rule)
    assert found.id == rule_id
    return found


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the rule table."""
    return tuple(map(get, RULE_IDS))


def check_model(model: ZoneModel, policy: Policy, at: dt.date) -> list[Finding]:
    """Run every check of the registry side that applies under *policy* for the day *at*; worst findings first."""
    context = RuleContext(model, policy, at)
    found = [f for r in all_rules() if r.check is not None and policy.applies(r.id) for f in r.check(context)]
    return sorted(found, key=lambda f: f.sort_key)


def finding(
    rule_id: str,
    policy: Policy,
    *,
    message: Text,
    where: Where,
    cause: str,
    severity: Severity | None = None,
    **fields: Any,
) -> Finding:
    """Build a finding with the clauses *policy* gives for the rule.

    The severity is the one given, else the policy's override, else the rule's own; further *fields* are those of
    :class:`~segmentation.model.finding.Finding`.  Raises :class:`KeyError` for an unknown rule.
    """
    known = get(rule_id)
    if severity is None:
        severity = policy.severities.get(rule_id, known.severity)
    return Finding(
        rule=rule_id,
        severity=severity,
        message=message,
        where=where,
        cause=cause,
        clauses=policy.clauses.get(rule_id, ()),
        **fields,
    )
