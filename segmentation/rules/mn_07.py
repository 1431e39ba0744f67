"""No chain of relays leads from a peer to the Internet.

接続先から中継を経てもインターネットに届かない。

## What it finds

A way from a peer of a My Number zone to the Internet that leads over declared conduits and over relays (mail, proxy, file
transfer, jump host) that list the peer, or the relay before, as a client. The finding prints every hop. A hop through a
sanitizer ends the search.

The configuration of one device does not decide this; it takes the way over several devices and relays. The linter does
not judge it yet.

## Why it matters

The direct check sees only one step. Real leaks go peer, mail server, outgoing relay, security cloud, each step approved
on its own.

## Example

The accounting server is a client of the LGWAN mail server, which sends through the relay in the Internet zone.

## What to do instead

Break the chain at the step that is easiest to give up, usually the client's entry at the relay. Sharing a network with a
relay does not count here, only being its client; the linter shows what the network allows.

## 何を見つけるか

マイナンバー利用事務系の接続先から、登録された通信経路と、その接続先を利用者とする中継（メール、プロキシ、ファイル受渡し、
踏み台）をたどってインターネットに届く経路を見つけ、途中を全て示します。無害化を経る区間があれば、そこで止まります。

一台の設定だけでは判定できず、複数の機器と中継をたどった経路が必要なため、設定の検査（lint）ではまだ判定していません。

## なぜ問題か

直接の確認だけでは一歩先しか見えません。実際の漏れは、接続先、メールサーバ、送信中継、セキュリティクラウドのように、個々に
は承認された歩みの連なりで起こります。

## 例

財務会計のサーバがLGWANメールサーバの利用者になっていて、そのメールサーバがインターネット接続系の中継を使って送信している
場合です。

## どうすればよいか

最もやめやすい一歩、多くは中継の利用者登録を外して、つながりを断ちます。同じネットワークにあるだけでは数えず、利用者として
登録されているかで判断します。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    INTERNET_SIDE,
    Relays,
    exempt,
    mynumber_crossings,
    way_to_internet,
)
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_conduit

_PATH = Text(
    "マイナンバー利用事務系の通信経路 {conduit}の接続先から、無害化を経ずにインターネットへ届く経路があります：{path}",
    "From the peer of the My Number conduit {conduit} there is a way to the Internet without sanitizing: {path}",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if not context.policy.mynumber.peer_internet_forbidden:
        return
    relays = Relays(context)
    for crossing in mynumber_crossings(context):
        if exempt(context, crossing.ends) or crossing.peer.kinds & INTERNET_SIDE:
            continue
        path = way_to_internet(context, crossing.peer.addresses, relays)
        if path is not None and len(path) > 1:  # one step is MN-06's matter
            hops = " → ".join(map(str, path))
            detail = tuple(("hop", str(hop)) for hop in path)
            values: dict[str, object] = {"path": hops}
            yield on_conduit(context, "MN-07", crossing.ends, _PATH, values=values, detail=detail)


RULE = rule(
    __doc__,
    "MN-07",
    severity=Severity.CRITICAL,
    sides=(LINT, REGISTRY),
    implemented=(REGISTRY,),
    check=_check,
)
