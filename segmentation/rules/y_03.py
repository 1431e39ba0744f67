"""The closed network has access control and review.

閉じたネットワークの利用を管理し点検する。

## What it finds

Devices of the closed network without logging, and a closed network whose logs nobody reviewed within the period.

## Why it matters

A wall without a guard is climbed unseen, from the inside too.

## Example

The closed network's switch is in no log review.

## What to do instead

Include its devices in the periodic log review and record who may use which system.

## 何を見つけるか

閉じたネットワークの機器でログを取っていないもの、期間内にそのログを点検していないことを見つけます。

## なぜ問題か

見張りのいない壁は、内側からも気付かれずに越えられます。

## 例

閉じたネットワークのスイッチが、どのログ点検の対象にもなっていない場合です。

## どうすればよいか

定期のログ点検に含め、誰がどのシステムを使えるのかを記録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "Y-03",
    severity=Severity.MEDIUM,
    sides=(LINT, REGISTRY),
    implemented=(),
)
