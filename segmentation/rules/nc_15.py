"""Unused switch ports are shut.

使わないスイッチのポートを閉じている。

## What it finds

Switch ports that are enabled but have had no link for a long time, unused ports that are not shut, and ports without a
description.

In a configuration, whether a port has a link is not visible: a port counts as unused when nothing is written for it, or
when it was left in the default VLAN without a description.

## Why it matters

The policy counts the socket itself as a port: an unused one that works is an open door.

## Example

Eleven ports in the meeting room are enabled, two are used.

## What to do instead

Shut unused ports and describe the others. Keep a note how to have one opened quickly.

## 何を見つけるか

有効なのに長く接続のないポート、使っていないのに閉じていないポート、説明のないポートを見つけます。

接続の有無は設定からは分からないため、何も設定されていないポートと、説明がなく初期状態のVLANのままのポートを、使っていないもの
とみなします。

## なぜ問題か

規程では差込口そのものもポートに含まれます。使っていないのに使える差込口は、開いた扉です。

## 例

会議室で11のポートが有効なのに、使っているのは2つだけの場合です。

## どうすればよいか

使わないポートを閉じ、ほかには説明を付けます。急ぎで開けるときの手順も残してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-15",
    severity=Severity.LOW,
    sides=(LINT,),
    implemented=(LINT,),
)
