"""A detect-only gateway says what it decides by.

確認のみの無害化は製品と判定基準を明らかにする。

## What it finds

Gateways that pass a file on when they find nothing in it, without a product name or the criterion by which they decide;
and gateways that rest on virus scanning alone.

## Why it matters

"Nothing found" depends wholly on what was looked for. Rebuilding a file is safer than examining it, so the weaker method
should at least be described.

## Example

A gateway of kind file_verify is entered without criterion.

## What to do instead

Enter product and criterion from the vendor's documents. Prefer rebuilding or text where the work allows.

## 何を見つけるか

内容を調べて問題がなければそのまま渡す装置のうち、製品名や判定の基準が登録されていないもの、ウイルス検査だけに頼るものを見
つけます。

## なぜ問題か

「見つからなかった」の意味は、何を探したかで決まります。ファイルは調べるより作り直す方が安全であり、弱い方式を使うなら、せ
めて内容を明らかにしておくべきです。

## 例

種類が「ファイルの確認」の装置に、判定の基準が登録されていない場合です。

## どうすればよいか

製品名と判定基準を業者の資料から登録します。業務が許せば、再構成や文字化の方式を選んでください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import listing, on_entry

_INCOMPLETE = Text(
    "内容を確認して通す装置 {entry}に、{missing}が登録されていません。",
    "The gateway {entry}, which passes files on after examining them, lacks: {missing}.",
)
_ANTIVIRUS = Text(
    "装置 {entry}はウイルス検査だけに頼っています。再構成や文字化の方式を検討してください。",
    "The gateway {entry} rests on virus scanning alone. Consider rebuilding files or turning them into text.",
)
_PRODUCT = Text("製品名", "product")
_CRITERION = Text("判定の基準", "criterion")


def _check(context: RuleContext) -> Iterator[Finding]:
    verifying = {e.conduit.gateway for e in context.conduits if e.conduit.kind is ConduitKind.FILE_VERIFY}
    for gateway in context.model.gateways.values():
        if gateway.id not in verifying and gateway.method != "verify":
            continue
        missing = [n for n, present in ((_PRODUCT, gateway.product), (_CRITERION, gateway.criterion)) if not present]
        if missing:
            values: dict[str, object] = {"missing": listing(tuple(missing))}
            yield on_entry(context, "LG-11", "gateway", gateway, _INCOMPLETE, key="incomplete", values=values)
        if gateway.antivirus_only:
            yield on_entry(context, "LG-11", "gateway", gateway, _ANTIVIRUS, key="antivirus")


RULE = rule(
    __doc__,
    "LG-11",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
