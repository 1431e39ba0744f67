"""Hosts in scope only in part are marked.

一部だけ対象となる機器を明示している。

## What it finds

Hosts of bodies that the policy binds only on shared systems, without a mark whether they use those.

## Why it matters

Findings about hosts outside the scope would be noise, and hosts inside it must not be missed.

## Example

A police headquarters' terminal is in the ledger without the mark.

## What to do instead

Ask the body which systems it shares, and set or remove the mark.

## 何を見つけるか

共用のシステムを使うときだけ規程の対象となる機関の機器のうち、使うかどうかの印がないものを見つけます。

## なぜ問題か

対象外の機器についての指摘は雑音になり、対象の機器を見落としてもなりません。

## 例

警察本部の端末が、印のないまま台帳にある場合です。

## どうすればよいか

どのシステムを共用しているのかを機関に確認し、印を付けるか外してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

_UNMARKED = Text(
    "機器 {entry}は一部だけ規程の対象となる機関（{tags}）のものですが、共用システムを使うかどうかの印「{mark}」がありません。",
    'The host {entry} belongs to a body in scope only in part ({tags}); no mark "{mark}" says that it uses shared systems.',
)
_TAGS = frozenset({"警察本部", "県立学校", "police", "prefectural_school"})


def _check(context: RuleContext) -> Iterator[Finding]:
    scope = context.policy.scope
    partial = scope.partial_tags or _TAGS
    mark = scope.shared_system_tag or "知事部局システム"
    for host in context.model.endpoints.values():
        tags = sorted(host.tags & partial)
        if tags and mark not in host.tags and host.valid_on(context.at):
            values: dict[str, object] = {"tags": "・".join(tags), "mark": mark}
            yield on_entry(context, "K-03", "endpoint", host, _UNMARKED, values=values, dst_zone=host.zone)


RULE = rule(
    __doc__,
    "K-03",
    severity=Severity.INFO,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
