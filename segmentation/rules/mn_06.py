"""A peer of a My Number zone has no Internet connection.

マイナンバー利用事務系の接続先がインターネットとつながっていない。

## What it finds

Peers of a My Number zone that themselves touch the Internet side: by another conduit of this model, by their own written
statement, or because no recent statement exists. Registered public institutions are exempt.

In a configuration: every rule that lets such a peer, registered public institutions aside, exchange packets with the
Internet side, even by a declared conduit.

## Why it matters

Whoever is joined to both sides is a bridge. "We do not know" is no answer here: the condition is on the peer, so somebody
must have asked the peer.

## Example

The accounting server receives data from the tax system and is later added as a sender of outgoing mail to the Internet
zone.

## What to do instead

Take the peer out of the other conduit, or move the exchange to a host that has no way out. Get the peer's statement in
writing every year; the section that holds the contract asks for it.

## 何を見つけるか

マイナンバー利用事務系の接続先のうち、インターネット側にもつながっているものを見つけます。ほかの通信経路の登録、相手方の申
告、申告がない・古い、のいずれからも判断します。登録した公的機関等は対象外です。

設定からは、登録した公的機関等を除く接続先とインターネット側との通信を許す規則を、通信経路の登録があっても見つけます。

## なぜ問題か

両側につながるものは橋になります。条件は相手方に付いているので、「分からない」では足りず、誰かが相手方に確認していなければ
なりません。

## 例

税のシステムからデータを受け取る財務会計のサーバが、後になって、インターネット接続系へのメール送信元に加えられた場合です。

## どうすればよいか

接続先を一方の通信経路から外すか、外へ出る経路のない機器に受渡しを移します。相手方の書面による申告は年に一度更新し、契約を
担当する課から依頼してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import AddressSet
from segmentation.model.conduits import Reachability
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.ends import Ends
from segmentation.rules.mynumber import (
    FOREIGN,
    INTERNET_SIDE,
    MynumberCrossing,
    Relays,
    exempt,
    hidden_clients,
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import age_days, label, on_conduit

_DIRECT = Text(
    "マイナンバー利用事務系の通信経路 {conduit}の接続先は、通信経路 {other}により"
    "インターネット側（{zone}）ともつながっています。",
    "The peer of the My Number conduit {conduit} is also joined to the Internet side ({zone}) by the conduit {other}.",
)
_STATED = Text(
    "通信経路 {conduit}の接続先は、インターネットに接続していると申告しています。",
    "The peer of the conduit {conduit} states that it is connected to the Internet.",
)
_UNKNOWN = Text(
    "通信経路 {conduit}の接続先がインターネットに接続しているかどうかが分かりません。書面による申告を求めてください。",
    "Whether the peer of the conduit {conduit} is connected to the Internet is not known. Ask for a written statement.",
)
_AGED = Text(
    "通信経路 {conduit}の接続先の申告が{age}。{limit}日以内の申告を求めてください。",
    "The statement of the peer of the conduit {conduit} {age}. Ask for one of the last {limit} days.",
)
_NO_DATE = Text("日付のないものです", "has no date")
_OLD = Text("{days}日前のものです", "is {days} days old")


def _check(context: RuleContext) -> Iterator[Finding]:
    if not context.policy.mynumber.peer_internet_forbidden:
        return
    relays = Relays(context)
    stated: set[str] = set()
    for crossing in mynumber_crossings(context):
        # The Internet side itself is MN-02's matter.
        if exempt(context, crossing.ends) or crossing.peer.kinds & INTERNET_SIDE:
            continue
        if crossing.peer.kinds & FOREIGN:
            stated.add(crossing.ends.conduit.id)
            yield from _statement(context, crossing.ends)
        behind = hidden_clients(relays, crossing.peer.addresses)
        yield from _joined(context, relays, crossing, crossing.peer.addresses | behind)
        for ends in relays.callers if behind else ():  # a client of a relay that is our peer is our peer too
            if ends.conduit.id in stated or not ends.initiator.addresses & behind:
                continue
            if ends.responder.addresses & crossing.peer.addresses:
                stated.add(ends.conduit.id)
                yield from _statement(context, ends)


def _joined(context: RuleContext, relays: Relays, crossing: MynumberCrossing, peer: AddressSet) -> Iterator[Finding]:
    if not relays.joined & peer:
        return
    named: set[str] = set()
    for other, near, far in relays.outward:
        if other.conduit.id in named or not near.addresses & peer:
            continue
        named.add(other.conduit.id)
        zone = next(z for z in far.zones if z.kind in INTERNET_SIDE)
        values: dict[str, object] = {"other": label(other.conduit), "zone": zone.name}
        detail = (("way", f"{crossing.ends.conduit.id} + {other.conduit.id}"),)
        key = other.conduit.id
        yield on_conduit(context, "MN-06", crossing.ends, _DIRECT, key=key, values=values, detail=detail)


def _statement(context: RuleContext, ends: Ends) -> Iterator[Finding]:
    statement, limit = ends.conduit.peer, context.model.settings.peer_statement_max_age_days
    if statement is None or statement.internet_reachable is Reachability.UNKNOWN:
        yield on_conduit(context, "MN-06", ends, _UNKNOWN, severity=Severity.HIGH, key="unknown")
        return
    if statement.internet_reachable is Reachability.YES:
        yield on_conduit(context, "MN-06", ends, _STATED, key="stated")
        return
    age = age_days(statement.stated_on, context.at)
    if age is None or age > limit:
        values: dict[str, object] = {"age": _NO_DATE if age is None else _OLD.format(days=age), "limit": limit}
        yield on_conduit(context, "MN-06", ends, _AGED, severity=Severity.MEDIUM, key="aged", values=values)


RULE = rule(
    __doc__,
    "MN-06",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, REGISTRY, SENSOR),
    check=_check,
)
