"""What leaves the LGWAN zone is listed.

LGWAN接続系からの持出し経路を一覧にしている。

## What it finds

Ways out of the LGWAN zone towards the Internet side: declared for whole zones or any service, or, where the policy wants
both directions sanitized, without a method.

## Why it matters

Outgoing ways are how data is lost and how a program inside calls home.

## Example

The outgoing-mail conduit names the whole LGWAN zone as sender.

## What to do instead

Name the relay as the only sender, one port, and the gateway. Whether outgoing data must be sanitized too differs between
policies; the clause shows it.

## 何を見つけるか

LGWAN接続系からインターネット側へ出る通信のうち、ゾーン全体や全てのサービスで登録されたもの、双方向の無害化を求める規程な
のに方式がないものを見つけます。

## なぜ問題か

外へ出る経路は、情報が失われる道であり、中に入ったプログラムが外と連絡する道でもあります。

## 例

送信メールの通信経路で、LGWAN接続系の全体が送信元になっている場合です。

## どうすればよいか

送信元は中継サーバだけ、ポートは一つとし、装置を登録します。出す側にも無害化が要るかは規程により異なりますので、表示される
条項を確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-12",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
