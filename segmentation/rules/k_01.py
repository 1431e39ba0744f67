"""Another measure than sanitizing has a written reason.

無害化以外の対策には理由の記録がある。

## What it finds

A conduit between the LGWAN and Internet zones that rests on another measure than sanitizing without saying in writing why
that is enough.

## Why it matters

The text leaves room for other measures. The room is only as good as the reasons.

## Example

A conduit of kind other_measure with an empty reason.

## What to do instead

Write what is done instead, against which danger, and who agreed.

## 何を見つけるか

LGWAN接続系とインターネット接続系の間で、無害化以外の対策を採りながら、それで足りる理由が書面に残っていない通信経路を見つ
けます。

## なぜ問題か

規程の文言はほかの対策の余地を残していますが、その余地の価値は理由の中身で決まります。

## 例

種類が「その他の対策」の通信経路で、理由が空欄の場合です。

## どうすればよいか

代わりに何を、どの危険に対して行い、誰が了承したのかを記録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "K-01",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
