"""The technical measures of a β model are attested.

βモデルの技術的対策を記録で確かめる。

## What it finds

Whether the measures that come with a β model (detection and response on terminals, logs of business systems, under β′
also access control and vulnerability management per asset) are stated with name and date.

## Why it matters

They run on terminals and servers, out of the network's sight. The tool keeps the statement and its age, no more.

## Example

The model says β′ and no statement is entered.

## What to do instead

Have each measure confirmed by the person in charge, enter who and when, and renew it before every audit.

## 何を見つけるか

βモデルに伴う対策（端末での検知と対応、業務システムの記録、β′ではさらに資産ごとの利用制限と弱点の管理）が、名前と日付を付
けて申告されているかを確認します。

## なぜ問題か

対策は端末やサーバの中で動いており、ネットワークからは見えません。本ツールは申告とその古さを示すだけです。

## 例

モデルがβ′なのに、申告が登録されていない場合です。

## どうすればよいか

対策ごとに担当者の確認を受け、誰がいつ確認したかを登録し、監査のたびに更新してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind
from segmentation.rules.registry import ATTESTATION, RuleContext, rule
from segmentation.rules.reviews import attested

_CLAIM = Text("β系のモデルの技術的な対策", "the technical measures of the β model")


def _check(context: RuleContext) -> Iterator[Finding]:
    if context.model.kind in (ModelKind.BETA, ModelKind.BETA_PRIME):
        yield from attested(context, "IN-11", _CLAIM, Severity.HIGH)


RULE = rule(
    __doc__,
    "IN-11",
    severity=Severity.HIGH,
    sides=(ATTESTATION,),
    implemented=(ATTESTATION,),
    check=_check,
)
