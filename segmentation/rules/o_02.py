"""The policy that precedes is known.

優先する規程が明らかである。

## What it finds

Points on which two layers of policy disagree, with the one that was followed.

## Why it matters

For assets held in common the council's text precedes the member's. Whoever reads the member's text alone would expect
something else.

## Example

The member's profile asks for a yearly audit, the council's for one every six months.

## What to do instead

Read the list once, and bring the member's text into line at its next revision.

## 何を見つけるか

重なり合う規程の食い違いと、どちらに従ったかを示します。

## なぜ問題か

共有する資産については、協議会の規程が構成団体の規程に優先します。構成団体の規程だけを読んだ人は、別の扱いを予想するでしょ
う。

## 例

構成団体は年一回の監査、協議会は半年に一回の監査を定めている場合です。

## どうすればよいか

一覧を一度確認し、次の改正のときに構成団体の規程をそろえてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

_CONFLICT = Text("重なり合う規程に食い違いがあります：{text}", "Layers of policy disagree: {text}")


def _check(context: RuleContext) -> Iterator[Finding]:
    for number, conflict in enumerate(context.policy.conflicts, 1):
        message = _CONFLICT.format(text=conflict)
        yield on_place(context, "O-02", f"conflict:{number}", context.model_location, message, key=conflict.en)


RULE = rule(
    __doc__,
    "O-02",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
