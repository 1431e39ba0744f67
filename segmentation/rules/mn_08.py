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

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "MN-08",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
