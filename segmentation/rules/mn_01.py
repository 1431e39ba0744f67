"""A My Number zone is isolated but for declared conduits.

マイナンバー利用事務系は登録した通信のほか全て遮断する。

## What it finds

Anything that a configuration lets through, or that is seen, between a My Number zone and any other zone without a
declared conduit.

## Why it matters

These zones hold the individual numbers of all residents. Their isolation is what the other safeguards rest on, and it
fails silently: a forgotten permit works just as well as an approved one.

## Example

A firewall rule permits the My Number terminals to reach "all", and a packet to the staff network passes.

## What to do instead

Remove the rule, or declare the conduit with its pins and approvals first. Ask the responsible system manager before
cutting something that is in use.

## 何を見つけるか

マイナンバー利用事務系とほかのゾーンとの間で、登録のない通信を許している設定や、実際に流れた通信を見つけます。

## なぜ問題か

この領域には住民全員の個人番号があり、ほかの対策も分離が保たれていることを前提にしています。しかも消し忘れた許可は、承認さ
れた許可と同じように動くため、誰も気付きません。

## 例

ファイアウォールに、マイナンバー利用事務系の端末から「全て」への許可があり、職員用ネットワーク宛のパケットが通ってしまう場
合です。

## どうすればよいか

不要な規則は削除し、必要な通信であれば、限定と承認をそろえて通信経路を登録してから許可します。使われている通信を止める前に、
情報システム管理者に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
