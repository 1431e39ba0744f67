"""External connections are few, registered and approved.

外部との接続は最小限とし承認を得て登録する。

## What it finds

External connections without the approvals of the CISO and of the chief information-security officer below, peers outside
that no registered connection leads to, and device interfaces that name a connection not on the register.

## Why it matters

Each connection is a door. The policy wants few of them, each with two signatures.

## Example

A conduit leads to a federation's server, but the register holds no line to it.

## What to do instead

Register the line with both approvals, or cut it. Ask the section that uses the peer which contract it belongs to.

## 何を見つけるか

CISOと統括情報セキュリティ責任者の承認がそろっていない外部接続、登録した接続がない庁外の接続先、台帳にない接続を指している
機器のインタフェースを見つけます。

## なぜ問題か

接続の一つ一つが扉です。規程は、扉を必要最小限とし、それぞれに二つの承認を求めています。

## 例

広域連合のサーバへの通信経路があるのに、そこへの回線が台帳にない場合です。

## どうすればよいか

二つの承認を得て回線を登録するか、切り離します。どの契約の回線なのかは、相手方を利用している課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "NC-06",
    severity=Severity.CRITICAL,
    sides=(LINT, REGISTRY),
    implemented=(),
)
