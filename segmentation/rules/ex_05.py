"""An emergency exception is reported in time.

緊急の例外措置を期限内に報告する。

## What it finds

An emergency exception that was not reported to the CISO within the days the policy gives, or that does not say when it
happened.

## Why it matters

In an emergency one may act first, but must tell soon after.

## Example

The line was opened on the 3rd, the report is dated the 30th.

## What to do instead

Report now, and write down why it was late. Then end the exception or apply for a regular one.

## 何を見つけるか

緊急の例外措置のうち、規程の定める日数以内にCISOへ報告されていないもの、いつ行ったのかの記載がないものを見つけます。

## なぜ問題か

緊急のときは先に動くことができますが、すぐに報告しなければなりません。

## 例

3日に回線を開けたのに、報告が30日になっている場合です。

## どうすればよいか

直ちに報告し、遅れた理由を残します。そのうえで終了するか、通常の例外措置として申請してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "EX-05",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
