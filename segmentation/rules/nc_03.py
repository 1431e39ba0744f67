"""Filter rules do not contradict each other.

フィルタ規則どうしが矛盾しない。

## What it finds

Rules that can never match because an earlier one takes everything, rules that repeat another, pairs that overlap and
decide differently, objects that are disabled or expired but still used, lists that nothing uses, and names of
lists that nobody defined.

Also empty objects that rules use, and objects that no rule uses.

## Why it matters

What the reader believes and what the device does then differ, and the next change is made on the belief.

## Example

Rule 12 denies one host, rule 7 above it permits the whole network: rule 12 does nothing.

## What to do instead

Look at the two rules and the example packet, decide which one was meant, and delete or reorder. Have a second person
check.

## 何を見つけるか

前の規則に全て取られて決して使われない規則、別の規則の繰返し、重なり合って逆の判断をする規則の組、無効や期限切れなのに参照
されている項目、定義しただけで適用されていない一覧、適用されているのに定義がない一覧を見つけます。

規則が使っている中身のない項目と、どの規則も使わない項目も見つけます。

## なぜ問題か

読む人の理解と機器の動きが食い違い、次の変更がその誤った理解の上に行われてしまいます。

## 例

12番の規則が一台を拒否しているのに、上にある7番がネットワーク全体を許可していて、12番が働かない場合です。

## どうすればよいか

二つの規則と例のパケットを見て、どちらが意図したものかを決め、削除または並べ替えます。作業は別の者が確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-03",
    severity=Severity.MEDIUM,
    sides=(LINT,),
    implemented=(LINT,),
)
