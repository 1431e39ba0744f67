"""Decryption of each TLS conduit is decided.

暗号化通信ごとに復号の要否を決めている。

## What it finds

TLS conduits for which nobody decided whether the content is decrypted for inspection, or whose decision lacks the reason,
the person or the date.

## Why it matters

What is encrypted is not observed. Both answers can be right, but one must have been given.

## Example

The conduit to the browser servers is tcp/443 and holds no decision.

## What to do instead

Decide together with the owner of the data; note the reason in one sentence. For services of the state the answer is
usually no.

## 何を見つけるか

TLSの通信経路のうち、検査のために復号するかどうかが決まっていないもの、決定の理由・決定者・日付が欠けているものを見つけま
す。

## なぜ問題か

暗号化された内容は観測できません。どちらの答えもあり得ますが、答えは出しておく必要があります。

## 例

ブラウザ用サーバへの通信経路が tcp/443 なのに、決定の記録がない場合です。

## どうすればよいか

情報を所管する課と決め、理由を一文で残します。国の運営するサービスについては、復号しないことが普通です。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.services import (
    is_tls,
)
from segmentation.rules.subjects import listing, on_conduit

_NONE = Text(
    "通信経路 {conduit}は暗号化通信ですが、検査のために復号するかどうかが決まっていません。",
    "The conduit {conduit} is encrypted, and nobody has decided whether it is decrypted for inspection.",
)
_INCOMPLETE = Text(
    "通信経路 {conduit}の復号の決定に、{missing}がありません。",
    "The decryption decision of the conduit {conduit} lacks: {missing}.",
)
_REASON, _DECIDER, _DATE = Text("理由", "reason"), Text("決定者", "decider"), Text("日付", "date")


def _check(context: RuleContext) -> Iterator[Finding]:
    for ends in context.conduits:
        if not is_tls(context.model, ends.conduit):
            continue
        decision = ends.conduit.decrypt
        if decision is None:
            yield on_conduit(context, "LT-06", ends, _NONE, key="none")
            continue
        wanted = ((_REASON, decision.reason), (_DECIDER, decision.decider), (_DATE, decision.decided_on))
        missing = tuple(name for name, present in wanted if not present)
        if missing:
            yield on_conduit(context, "LT-06", ends, _INCOMPLETE, key="incomplete", values={"missing": listing(missing)})


RULE = rule(
    __doc__,
    "LT-06",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
