"""Another measure than sanitizing has a written reason.

無害化以外の対策には理由の記録がある。

## What it finds

A conduit between the LGWAN and Internet zones that rests on another measure than sanitizing without saying in writing why
that is enough.

## Why it matters

The text leaves room for other measures. The room is only as good as the reasons.

## Example

A conduit of kind other_measure with an empty reason.

## What to do instead

Write what is done instead, against which danger, and who agreed.

## 何を見つけるか

LGWAN接続系とインターネット側の間で、無害化以外の対策を採りながら、それで足りる理由が書面に残っていない通信経路を見つ
けます。

## なぜ問題か

規程の文言はほかの対策の余地を残していますが、その余地の価値は理由の中身で決まります。

## 例

種類が「その他の対策」の通信経路で、理由が空欄の場合です。

## どうすればよいか

代わりに何を、どの危険に対して行い、誰が了承したのかを記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.imports import lgwan_crossings
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_conduit

_NO_REASON = Text(
    "通信経路 {conduit}は無害化以外の対策によっていますが、それで足りる理由が記録されていません。",
    "The conduit {conduit} rests on another measure than sanitizing, and no reason says why that is enough.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if not context.policy.sanitize.allow_other_with_reason:
        return  # then the kind itself is forbidden: LG-02
    for crossing in lgwan_crossings(context):
        conduit = crossing.ends.conduit
        if conduit.kind is ConduitKind.OTHER_MEASURE and not conduit.reason.strip():
            yield on_conduit(context, "K-01", crossing.ends, _NO_REASON)


RULE = rule(
    __doc__,
    "K-01",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
