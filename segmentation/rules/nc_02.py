"""No cross-zone permit says any.

ゾーンをまたぐ許可に「全て」を使わない。

## What it finds

A permit across zones in which source, destination or service is "any".

What counts is what passes, not the word: the whole address space in two halves is any, and so are up to 256 rules that
together open everything between two zones.

## Why it matters

Such a rule permits what nobody thought of, and goes on doing so for every device added later. One of them is reported
once, with what it opens below it.

## Example

permit ip 10.10.11.0/24 any

## What to do instead

Replace it by the flows that are really used; the sensor's list of observed flows is a good start. Ask the contractor for
which request it was made.

## 何を見つけるか

ゾーンをまたぐ許可のうち、送信元・宛先・サービスのいずれかが「全て」になっているものを見つけます。

「any」という語ではなく、実際に通るものを見ます。全アドレスを二つに分けて書いたものも、合わせて二つのゾーンの間を全て開ける規
則（256件まで）も該当します。

## なぜ問題か

このような規則は誰も考えていなかった通信まで許し、後から加わる機器にも効き続けます。一つの規則につき一件として、それが開け
る範囲を併せて示します。

## 例

permit ip 10.10.11.0/24 any

## どうすればよいか

実際に使われている通信に置き換えます。センサーの観測一覧が手掛かりになります。どの依頼で作られた規則なのかを業者に確認して
ください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-02",
    severity=Severity.HIGH,
    sides=(LINT,),
    implemented=(LINT,),
)
