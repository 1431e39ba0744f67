"""Every ordered pair of zones is decided.

全てのゾーンの組について通信の可否が決まっている。

## What it finds

Ordered pairs of zones for which the zone model holds neither a conduit nor a default. Whether A may open a connection to
B and whether B may open one to A are two separate decisions. The sensor reports a flow between zones that no more
specific rule names here.

## Why it matters

A matrix with empty cells is no decision: whoever reads the firewall later fills the gap with what happens to work today.

## Example

Zones "printers" and "servers" both exist, nothing joins them, and the default of the file is not "deny".

## What to do instead

Keep the default at deny and declare a conduit for each crossing that the work needs, with its business and its
responsible section. Ask the section that runs the system which side opens the connection.

## 何を見つけるか

ゾーンの組のうち、通信経路の登録も既定の扱いも決まっていないものを見つけます。AからBへ接続を始めてよいかと、BからAへ始めて
よいかは、それぞれ別に決める必要があります。ほかに当てはまる規則がないゾーン間の通信も、センサーはこの規則で報告します。

## なぜ問題か

空欄の残る一覧表は決定とはいえません。後から設定を見た人が、いま動いているという理由だけで空欄を埋めてしまいます。

## 例

「複合機」と「サーバ」のゾーンがあるのに両者の間が決まっておらず、既定の扱いも「拒否」になっていない場合です。

## どうすればよいか

既定は拒否のままとし、業務に必要な通信だけを、業務名と担当課を添えて登録します。どちらの側から接続を始めるのかは、システム
の担当課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "ZM-02",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
