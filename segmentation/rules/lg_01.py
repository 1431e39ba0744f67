"""LGWAN zone and Internet zone are split.

LGWAN接続系とインターネット接続系を分割する。

## What it finds

Anything that a configuration lets through, or that is seen, between the LGWAN zone and the Internet zone without a
declared conduit, in either direction.

## Why it matters

Mail and web pages of the Internet zone are the usual way in for an attacker. The split keeps that attacker away from the
office systems and from the network all municipalities share.

## Example

A rule "any to LGWAN, tcp/445" was added for one afternoon and never removed.

## What to do instead

Remove the rule, or declare the conduit with a sanitizing method. Ask the section whose file exchange it serves before
cutting it.

## 何を見つけるか

LGWAN接続系とインターネット側の間で、登録のない通信を許している設定や、実際に流れた通信を、どちらの向きについても見つ
けます。

## なぜ問題か

攻撃者の多くは、インターネット側のメールやウェブから入ってきます。分割によって、業務システムと、全国の自治体が共有する網か
ら攻撃者を遠ざけています。

## 例

ある日の午後だけのつもりで追加した「全てからLGWAN接続系へ tcp/445」の規則が、残ったままになっている場合です。

## どうすればよいか

規則を削除するか、無害化の方式を定めて通信経路を登録します。止める前に、その受渡しを使っている課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
