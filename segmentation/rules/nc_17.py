"""Remote access by VPN, authentication and encryption only.

庁外からの利用はVPN・認証・暗号化を必須とする。

## What it finds

Remote desktop, SSH or telnet reachable from the Internet, and lines for remote access that lack encryption, more than one
factor of authentication, or approvals.

In a configuration also a way in from outside without authentication or encryption.

## Why it matters

It is the most frequent way in for ransomware, together with unpatched VPN devices.

## Example

A conduit leads from the Internet to a server on tcp/3389.

## What to do instead

Remove it. Let people come in over the VPN with strong authentication, and list who may.

## 何を見つけるか

インターネットから届くリモートデスクトップ・SSH・telnet、暗号化・複数の要素による認証・承認のいずれかを欠く庁外からの接続
回線を見つけます。

設定からは、認証や暗号化のない遠隔接続の口も見つけます。

## なぜ問題か

更新されていないVPN装置と並んで、身代金要求型ウイルスの最も多い侵入口です。

## 例

インターネットからサーバへの tcp/3389 の通信経路が登録されている場合です。

## どうすればよいか

登録を削除し、強固な認証を備えたVPNを使うこととし、利用できる人を一覧にしてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.crossings import REMOTE
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    described,
    terms,
)
from segmentation.rules.subjects import listing, on_conduit, on_entry

_FROM_OUTSIDE = Text(
    "通信経路 {conduit}は、インターネットから遠隔操作の手順（{services}）で内部に接続できるようにしています。",
    "The conduit {conduit} opens the inside to remote control ({services}) from the Internet.",
)
_LACKS = Text(
    "庁外からの利用に使う外部接続 {entry}に、{missing}がありません。",
    "The external connection {entry}, over which people reach the inside, lacks: {missing}.",
)
_ENCRYPTION = Text("暗号化", "encryption")
_FACTORS = Text("複数の要素による認証", "more than one factor of authentication")
_APPROVAL = Text("承認", "approval")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for ends in context.conduits:
        inside = ends.responder.kinds - {ZoneKind.OUTSIDE, ZoneKind.GUEST}
        if ZoneKind.OUTSIDE not in ends.initiator.kinds or not inside:
            continue
        spoken = terms(model, ends.conduit.services)
        if any(
            part.protocols.overlaps(r.protocols) and part.dst_ports.overlaps(r.dst_ports) for part in spoken for r in REMOTE
        ):
            yield on_conduit(context, "NC-17", ends, _FROM_OUTSIDE, values={"services": described(spoken)})
    for line in model.external_connections.values():
        if not line.remote_access:
            continue
        wanted = (
            (_ENCRYPTION, line.encrypted or line.line == "ipsec"),
            (_FACTORS, line.mfa),
            (_APPROVAL, any(a.name for a in line.approvals)),
        )
        missing = tuple(name for name, present in wanted if not present)
        if missing:
            yield on_entry(context, "NC-17", "connection", line, _LACKS, values={"missing": listing(missing)})


RULE = rule(
    __doc__,
    "NC-17",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
