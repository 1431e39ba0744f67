"""The network diagram is as new as the network.

ネットワーク構成図が現状と一致している。

## What it finds

A network diagram that is missing, has no date, is older than the last change of a device or of the configuration, or does
not carry the confidentiality mark of such documents.

## Why it matters

In an incident and in an audit people act on the diagram. An old one sends them to the wrong cable, and a diagram of the
defences is itself worth protecting.

## Example

The diagram is of April, a firewall was replaced in June.

## What to do instead

Redraw it after each change and enter its version and date. The contractor who made the change should deliver it as part
of the work.

## 何を見つけるか

ネットワーク構成図が登録されていない、日付がない、機器や設定の最後の変更より古い、機密性の表示がない、といった状態を見つけ
ます。

## なぜ問題か

事故のときも監査のときも、人は構成図を頼りに動きます。古い図は誤った判断のもとになりますし、守りの構造を示す図はそれ自体が
守るべき文書です。

## 例

構成図は四月のものなのに、六月にファイアウォールを更新している場合です。

## どうすればよいか

変更のたびに図を改め、版と日付を登録します。変更を行った業者に、図の更新までを作業に含めて依頼してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "ZM-06",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(),
)
