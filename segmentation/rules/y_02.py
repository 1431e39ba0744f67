"""The UTM is the only way out.

インターネットへの出口はUTMだけである。

## What it finds

Any other way to the Internet than the UTM: conduits, routes, translations or packets past it.

## Why it matters

It is the only place where this organisation inspects anything.

## Example

A second router gives the meeting room its own connection.

## What to do instead

Disconnect it and bring the room behind the UTM.

## 何を見つけるか

UTM以外のインターネットへの経路を、登録・経路・アドレス変換・パケットから見つけます。

## なぜ問題か

この団体で通信を検査しているのは、そこだけです。

## 例

二台目のルータで、会議室に別の接続を設けている場合です。

## どうすればよいか

切り離し、会議室の通信もUTMを通してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "Y-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
