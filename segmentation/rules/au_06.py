"""The reporting route is written down.

事故の連絡先が定まっている。

## What it finds

A missing name or number for whom to tell: CISO, ministry, prefecture, and the personal-information authority where there
is a My Number zone.

## Why it matters

At two in the morning nobody looks for a telephone number calmly.

## Example

The contact sheet has no entry for the prefecture.

## What to do instead

Fill in role, name and telephone, and try the numbers once a year.

## 何を見つけるか

連絡先（CISO、国、都道府県、マイナンバー利用事務系があれば個人情報の監督機関）の氏名や電話番号が欠けているのを見つけます。

## なぜ問題か

午前二時に、落ち着いて電話番号を探せる人はいません。

## 例

連絡先一覧に、都道府県の担当がない場合です。

## どうすればよいか

役割・氏名・電話番号を埋め、年に一度は実際にかけて確かめてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "AU-06",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
