"""Without the sanitizers nothing gets in.

無害化装置を通らない経路が存在しない。

## What it finds

A way from the Internet side into the LGWAN zone that remains after all sanitizers are taken out of the network. The
finding prints it hop by hop.

## Why it matters

A checkpoint is worth something only if there is no road around it. This test asks for the road instead of trusting the
plan.

## Example

With the mail and file sanitizers removed, 10.30.10.53 still reaches 10.20.10.25 on port 25.

## What to do instead

Close the permit that opens the way round. If it is needed, it needs a sanitizer of its own.

## 何を見つけるか

全ての無害化装置を取り除いたと仮定しても、インターネット側からLGWAN接続系に届く経路を見つけ、一区間ずつ示します。

## なぜ問題か

関所に意味があるのは、回り道がないときだけです。この検査は計画を信じるのではなく、回り道を探します。

## 例

メールとファイルの無害化装置がないものとしても、10.30.10.53 から 10.20.10.25 の25番ポートに届く場合です。

## どうすればよいか

回り道を開けている許可を閉じます。必要な通信であれば、その経路にも無害化が必要です。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "LG-03",
    severity=Severity.CRITICAL,
    sides=(LINT,),
    implemented=(LINT,),
)
