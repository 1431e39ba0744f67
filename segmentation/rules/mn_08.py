"""A public institution is exempt only with a complete entry.

公的機関等の例外は登録内容がそろっている場合に限る。

## What it finds

A registered public institution whose entry lacks the operator, the system, the legal basis or the approver; the class
"otherwise sufficiently safe" without a written reason, or under a policy that has no such class.

## Why it matters

The exemption is the only door through which data of the Internet reaches a My Number zone. Each part of the entry is what
an auditor compares with the clause.

## Example

A conduit of kind public_institution with an empty legal basis.

## What to do instead

Complete the entry from the service's own connection agreement. If no legal basis can be named, the peer is not such an
institution: ask the responsible section before keeping the conduit.

## 何を見つけるか

公的機関等として登録した接続先のうち、運営者・システム名・法的根拠・承認者のいずれかが欠けているもの、「十分に安全」とする
区分なのに理由の記録がないもの、そもそも規程にその区分がないものを見つけます。

## なぜ問題か

この例外は、インターネットに由来するデータがマイナンバー利用事務系に入る唯一の入口です。登録の一つ一つの項目が、監査で条文
と突き合わされます。

## 例

種類が「公的機関等」の通信経路で、法的根拠の欄が空のままになっている場合です。

## どうすればよいか

接続の申請書や利用規程から項目を埋めます。法的根拠を示せないのであれば、例外の対象ではない可能性があるため、登録を続ける前
に担当課に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    mynumber_crossings,
)
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_NO_CLASS = Text(
    "通信経路 {conduit}の接続先は公的機関等として登録されていますが、この規程にはその例外の定めがありません。",
    "The peer of the conduit {conduit} is registered as a public institution, but this policy has no such exemption.",
)
_NO_ENTRY = Text(
    "通信経路 {conduit}は公的機関等との通信とされていますが、公的機関等の登録がありません。",
    "The conduit {conduit} is of the public-institution kind but has no register entry.",
)
_INCOMPLETE = Text(
    "通信経路 {conduit}の公的機関等の登録に、{missing}がありません。",
    "The public-institution entry of the conduit {conduit} lacks: {missing}.",
)
_OTHER_CLASS = Text(
    "通信経路 {conduit}は「十分に安全な接続先」の区分によっていますが、この規程にその区分はありません。",
    'The conduit {conduit} rests on the class "otherwise sufficiently safe", which this policy does not have.',
)
_OPERATOR = Text("運営者", "operator")
_SYSTEM = Text("システム名", "system")
_BASIS = Text("法的根拠", "legal basis")
_APPROVER = Text("承認者", "approver")
_REASON = Text("十分に安全とする理由", "reason why it is sufficiently safe")


def _check(context: RuleContext) -> Iterator[Finding]:
    demands = context.policy.mynumber
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        entry = conduit.institution
        if entry is None:
            if conduit.kind is ConduitKind.PUBLIC_INSTITUTION:
                yield on_conduit(context, "MN-08", crossing.ends, _NO_ENTRY, key="entry")
            continue
        if not demands.institution_exempt:
            yield on_conduit(context, "MN-08", crossing.ends, _NO_CLASS, key="class")
            continue
        if entry.other_sufficiently_safe and not demands.institution_other_class:
            yield on_conduit(context, "MN-08", crossing.ends, _OTHER_CLASS, key="other")
        missing = [
            name
            for name, present in (
                (_OPERATOR, entry.operator),
                (_SYSTEM, entry.system),
                (_BASIS, entry.legal_basis or entry.other_sufficiently_safe),
                (_APPROVER, any(a.name for a in conduit.approvals)),
                (_REASON, entry.reason or not entry.other_sufficiently_safe),
            )
            if not present
        ]
        if missing:
            values: dict[str, object] = {"missing": listing(tuple(missing))}
            yield on_conduit(context, "MN-08", crossing.ends, _INCOMPLETE, key="incomplete", values=values)


RULE = rule(
    __doc__,
    "MN-08",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
