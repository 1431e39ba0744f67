"""Both directions are sanitized.

双方向の通信を無害化する。

## What it finds

Under a policy that wants sanitizing whenever the LGWAN and Internet zones communicate: any conduit, permit or flow
between them, in either direction, without an approved method.

## Why it matters

Other policies ask for it only on the way in. Here what goes out counts too.

## Example

Outgoing mail leaves through a relay that only forwards; the conduit's kind is "export".

## What to do instead

Route it through a gateway with an approved method and enter that. Ask the section whether text is enough.

## 何を見つけるか

LGWAN接続系とインターネット接続系が通信するときは必ず無害化する、と定める規程で、向きを問わず、承認した方式によらない登録・
許可・通信を見つけます。

## なぜ問題か

取り込むときだけ求める規程もありますが、ここでは出すときも対象です。

## 例

送信メールが、転送するだけの中継から出ており、通信経路の種類が「持出し」の場合です。

## どうすればよいか

承認した方式の装置を通し、登録します。文字だけで足りるかを、利用する課に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.imports import lgwan_crossings
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_NO_METHOD = Text(
    "通信経路 {conduit}は、LGWAN接続系とインターネット側の間を、認められた無害化の方式（{methods}）によらずにつないでいます。",
    "The conduit {conduit} joins the LGWAN and Internet zones without an admitted sanitizing method ({methods}).",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    sanitize = context.policy.sanitize
    if not sanitize.required or sanitize.scope != "both" or sanitize.allow_other_with_reason:
        return
    methods = listing(tuple(m.text for m in sorted(sanitize.methods)))
    for crossing in lgwan_crossings(context):
        if crossing.ends.conduit.kind not in sanitize.methods:
            yield on_conduit(context, "M-01", crossing.ends, _NO_METHOD, values={"methods": methods})


RULE = rule(
    __doc__,
    "M-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
