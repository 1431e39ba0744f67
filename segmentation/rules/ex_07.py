"""An exception is never silent.

例外措置を報告から消さない。

## What it finds

This is a promise of the reports rather than a check: an approved exception stops the alarm, never the line in the report,
and what lies between the My Number zone and the Internet always stands on the first page.

## Why it matters

What is silenced and also hidden is forgotten.

## Example

The monthly report lists both exceptions in force with their flows and days left.

## What to do instead

Read the exceptions page first. If a line there surprises you, ask the applicant.

## 何を見つけるか

検査というより報告書についての約束です。承認された例外措置は警報を止めますが、報告書の行は消しません。マイナンバー利用事務
系とインターネットの間のことは、必ず先頭の頁に載せます。

## なぜ問題か

警報を止めたうえに見えなくしたものは、忘れられます。

## 例

月次の報告書に、有効な二件の例外措置が、通信と残りの日数とともに載っている場合です。

## どうすればよいか

まず例外措置の頁を読み、心当たりのない行があれば申請者に尋ねてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "EX-07",
    severity=Severity.INFO,
    sides=(LINT, SENSOR),
    implemented=(SENSOR,),
)
