"""Screen transfer into a My Number zone is decided and listed.

マイナンバー利用事務系への画面転送は決定と一覧に基づく。

## What it finds

Screen transfer into a My Number zone: forbidden where the profile does not enable it; where it does, only from listed
terminals, with a screen protocol and with the organisation's own recorded risk decision.

## Why it matters

It turns the whole desktop of the other zone into a keyboard of this one. The national text of March 2025 opens it only
for places that were examined.

## Example

Twenty listed terminals in the LGWAN zone open tcp/443 to a desktop server in the My Number zone, but no decision is on
file.

## What to do instead

Before declaring it, examine the risks, have the decision signed, enable the addition in the profile and list every
terminal.

## 何を見つけるか

マイナンバー利用事務系への画面転送を見つけます。プロファイルで有効にしていなければ禁止、有効な場合でも、一覧にした端末から、
画面転送の手順だけで、団体としてのリスク判断の記録がある場合に限ります。

## なぜ問題か

画面転送を許すと、相手側の端末がこちらの領域の操作卓になります。令和7年3月の国の改定も、個別に検討した相手に限って認めるも
のです。

## 例

LGWAN接続系の20台からマイナンバー利用事務系の画面サーバへ tcp/443 を開始しているのに、判断の記録が登録されていない場合です。

## どうすればよいか

登録の前にリスクを検討し、決裁を受け、プロファイルで追加事項を有効にしたうえで、端末を一台ずつ登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-11",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
