"""Data enters the LGWAN zone only by an approved method.

LGWAN接続系への取込みは承認した無害化方式に限る。

## What it finds

A flow, a firewall rule or a declared conduit by which data enters the LGWAN zone from the Internet side in a way the
policy does not name, or without the registered gateway as an end of it. What counts is the way the data takes, not who
opened the connection: fetching is importing.

## Why it matters

Each approved method takes the danger out of what it carries. Any other way carries it in unchanged, however well it is
meant.

## Example

A server in the LGWAN zone fetches files by HTTPS from a host in the Internet zone; the conduit's kind is "other".

## What to do instead

Choose a method (mail as text, screen transfer, file rebuilding, verified files), route the data through its gateway and
enter that gateway in the conduit.

## 何を見つけるか

インターネット側からLGWAN接続系へデータが入る通信・規則・登録のうち、規程に定めのない方式によるもの、登録した無害化装置を
端点としないものを見つけます。見るのはデータの向きであり、接続の開始側ではありません。取りに行くことも取込みです。

## なぜ問題か

承認された方式は、運ぶものから危険を取り除きます。ほかの方法では、善意であっても危険がそのまま入ります。

## 例

LGWAN接続系のサーバがインターネット接続系の機器から HTTPS でファイルを取得しており、通信経路の種類が「その他」になっている
場合です。

## どうすればよいか

メールの文字化、画面転送、ファイルの再構成、確認済みファイルなどから方式を選び、データをその装置に通し、通信経路に装置を登
録します。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
