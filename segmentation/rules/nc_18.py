"""No public line to the inside without protection.

公衆回線から内部へ無防備につながせない。

## What it finds

Public lines, such as public wireless LAN or mobile networks, that lead inside without both encryption and more than one
factor of authentication on record, and conduits from a guest network inward.

## Why it matters

On a public line the neighbour is unknown.

## Example

A mobile line for outdoor work is entered without "mfa".

## What to do instead

Record both protections, or close the line. Ask the vendor of the terminals how they log in.

## 何を見つけるか

公衆無線LANや携帯電話網などの公衆回線から内部への接続のうち、暗号化と複数の要素による認証の両方の記録がないもの、来庁者用
の網から内へ向かう登録を見つけます。

## なぜ問題か

公衆回線では、隣に誰がいるのか分かりません。

## 例

屋外業務用のモバイル回線に、認証の記載がない場合です。

## どうすればよいか

両方の対策を登録するか、回線をやめます。認証の方法は端末の導入業者に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-18",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
