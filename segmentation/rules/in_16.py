"""Only approved external services are used.

承認した外部サービスだけを使う。

## What it finds

Conduits and traffic to cloud services that no entry in the register of approved services covers, entries without
approval, and web meetings from terminals that are not designated for them.

## Why it matters

Files put into a service that nobody approved are outside every agreement the organisation has.

## Example

A conduit lists the name of a file-sharing service that is not in the register.

## What to do instead

Have the service approved with its purpose and the data allowed in it, or stop using it. Ask the section what it needs;
there is often an approved service for it.

## 何を見つけるか

承認済みサービスの台帳にないクラウドへの登録や通信、承認のない台帳の項目、指定していない端末からのウェブ会議を見つけます。

## なぜ問題か

承認のないサービスに置いたファイルは、団体が結んだどの取決めの対象にもなりません。

## 例

通信経路に、台帳にないファイル共有サービスの名前が書かれている場合です。

## どうすればよいか

用途と扱える情報を定めて承認を受けるか、利用をやめます。担当課に目的を尋ねると、承認済みのサービスで足りることも多くありま
す。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-16",
    severity=Severity.MEDIUM,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
