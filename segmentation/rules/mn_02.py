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

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
