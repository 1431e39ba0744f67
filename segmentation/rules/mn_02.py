"""A My Number zone is never joined to the Internet side.

マイナンバー利用事務系をインターネット側とつながない。

## What it finds

A conduit between a My Number zone and the Internet zone, the Internet itself, the security cloud or a guest network,
whatever its kind.

## Why it matters

No approval and no exception makes this lawful. Data that comes from the Internet reaches such a zone only from registered
public institutions.

## Example

A conduit "update" from a My Number server to a vendor's web site.

## What to do instead

Delete the conduit. Fetch updates through the national update platform or a relay inside, and say which one in the zone
model.

## 何を見つけるか

マイナンバー利用事務系と、インターネット接続系・インターネット・セキュリティクラウド・来庁者用の網との間に登録された通信経
路を、種類を問わず見つけます。

## なぜ問題か

承認や例外措置があっても認められない通信です。インターネットに由来するデータを受け取れるのは、登録した公的機関等からに限ら
れます。

## 例

マイナンバー利用事務系のサーバから業者のウェブサイトへの「更新」の通信経路が登録されている場合です。

## どうすればよいか

登録を削除します。更新は、国の用意する更新の仕組みや庁内の中継を経て行い、その経路をゾーン定義に登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    INTERNET_SIDE,
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_NEVER = Text(
    "通信経路 {conduit}は、マイナンバー利用事務系とインターネット側（{zones}）をつないでいます。登録しても認められません。",
    "The conduit {conduit} joins a My Number zone to the Internet side ({zones}). Declaring it does not make it lawful.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for crossing in mynumber_crossings(context):
        wrong = tuple(z.name for z in crossing.peer.zones if z.kind in INTERNET_SIDE)
        if wrong:
            yield on_conduit(context, "MN-02", crossing.ends, _NEVER, values={"zones": listing(wrong)})


RULE = rule(
    __doc__,
    "MN-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
