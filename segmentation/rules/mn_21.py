"""Factors of authentication and media locks are attested.

認証と媒体の制限は記録で確かめる。

## What it finds

Whether somebody has stated, with name and date and not too long ago, that logins use more than one factor and that
removable media are locked on the terminals of a My Number zone.

## Why it matters

The network does not show either. The tool keeps the statement apart from its own tests and never colours it green.

## Example

The last statement is two years old.

## What to do instead

Have the person in charge check a few terminals and renew the statement. An auditor may want to see which terminals were
looked at; put that into the text.

## 何を見つけるか

マイナンバー利用事務系の端末で、複数の要素による認証と外部媒体の制限が行われていることを、誰かが名前と日付を付けて最近申告
しているかを確認します。

## なぜ問題か

どちらもネットワークからは見えません。本ツールは申告を自らの検査結果と分けて示し、適合の印は付けません。

## 例

最後の申告が二年前のものである場合です。

## どうすればよいか

担当者が何台かの端末を実際に確かめ、申告を更新します。監査では対象の端末を尋ねられることがあるため、確かめた端末も書いてお
いてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import ATTESTATION, RuleContext, rule
from segmentation.rules.reviews import attested

_CLAIM = Text("複数の要素による認証と外部媒体の制限", "more than one factor of authentication, and locked media")


def _check(context: RuleContext) -> Iterator[Finding]:
    if any(z.kind is ZoneKind.MYNUMBER for z in context.model.zones.values()):
        yield from attested(context, "MN-21", _CLAIM, Severity.INFO)


RULE = rule(
    __doc__,
    "MN-21",
    severity=Severity.INFO,
    sides=(ATTESTATION,),
    implemented=(ATTESTATION,),
    check=_check,
)
