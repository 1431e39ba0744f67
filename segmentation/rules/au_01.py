"""The network is checked every year and after each change.

年次と変更のつど点検している。

## What it finds

No check or audit within the period of the policy, and changes after which nobody ran a check on the devices they touched.

## Why it matters

A network is a different one after each change. A check from before says nothing of it.

## Example

FW-CORE was changed on 3 August, its last check is of 20 July.

## What to do instead

Run lint after each change and enter the date; put the yearly check into the calendar of the section that does it.

## 何を見つけるか

規程の定める期間内に点検や監査がないこと、変更の後に対象の機器を点検していないことを見つけます。

## なぜ問題か

変更のたびに、ネットワークは別のものになります。変更前の点検は、変更後について何も語りません。

## 例

FW-COREを8月3日に変更したのに、最後の点検が7月20日の場合です。

## どうすればよいか

変更のつど lint を実行して日付を登録し、年次の点検は実施する課の予定に入れてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "AU-01",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
