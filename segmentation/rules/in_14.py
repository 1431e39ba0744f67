"""Web and mail are checked for malware both ways.

ウェブとメールを双方向でマルウェア検査する。

## What it finds

Mail and web ways in the Internet zone on which no gateway is entered as checking for malware, in or out.

## Why it matters

The policy asks for the check at the boundary in both directions: not only to stay clean, but also not to infect others.

## Example

Outgoing mail leaves through a relay that only forwards.

## What to do instead

Route it through the gateway that checks, and mark that gateway so. The egress operator tells which of its services do.

## 何を見つけるか

インターネット接続系のメールとウェブの経路のうち、マルウェアを検査する装置が登録されていないものを、入る側と出る側の両方で
見つけます。

## なぜ問題か

規程は境界での検査を双方向で求めています。自らを守るだけでなく、他者に感染を広げないためでもあります。

## 例

送信メールが、転送するだけの中継から出ている場合です。

## どうすればよいか

検査を行う装置を通し、その装置に検査ありの印を付けます。集約先のどのサービスが検査を行うかは、運営者に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "IN-14",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(),
)
