"""Nothing goes beyond an exception.

例外措置の範囲を超えない。

## What it finds

An exception that leaves initiator, responder or services empty and so would cover everything, one for whole zones, and
conduits or flows that go beyond what was approved in parties, services or time.

In a configuration: the rule that lets an exception's packets through and lets more hosts or services through with them.

## Why it matters

An exception silences alarms. One blank field silences far more than anybody meant.

## Example

The exception names one vendor host; the conduit that refers to it names the vendor's whole network.

## What to do instead

Fill in every field as narrowly as the work allows, and bring the conduit and the firewall rule down to it.

## 何を見つけるか

開始側・応答側・サービスのいずれかが空欄で全てを覆ってしまう例外措置、ゾーン全体を対象とする例外措置、当事者・サービス・時
間のいずれかで承認の範囲を超える登録や通信を見つけます。

設定からは、例外の通信を通す規則のうち、承認された相手やサービスより広く通すものを見つけます。

## なぜ問題か

例外措置は警報を止めます。空欄が一つあるだけで、意図をはるかに超えて警報が止まります。

## 例

例外措置は業者の一台を対象としているのに、それを引用する通信経路が業者のネットワーク全体になっている場合です。

## どうすればよいか

作業に必要な最小限の範囲で全ての欄を埋め、通信経路とファイアウォールの規則をそれに合わせてください。
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from segmentation.model.conduits import TimeWindow
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.ends import Ends, resolve
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    terms,
    within,
)
from segmentation.rules.subjects import label, listing, on_conduit, on_entry

_BLANK = Text(
    "例外措置 {entry}の{missing}が空欄で、全てを対象としてしまいます。",
    "The exception {entry} leaves blank: {missing}. It would cover everything.",
)
_WHOLE = Text(
    "例外措置 {entry}が、個々の機器ではなくゾーン「{zone}」の全体を対象としています。",
    "The exception {entry} covers the whole zone {zone} instead of single hosts.",
)
_BEYOND = Text(
    "通信経路 {conduit}が、引用している例外措置 {exception}の範囲を{what}で超えています。",
    "The conduit {conduit} goes beyond the exception {exception} that it rests on: {what}.",
)
_UNKNOWN = Text(
    "通信経路 {conduit}が引用している例外措置「{exception}」は登録されていません。",
    'The exception "{exception}" that the conduit {conduit} rests on is not registered.',
)
_INITIATOR, _RESPONDER = Text("開始側", "initiator"), Text("応答側", "responder")
_SERVICES, _TIME = Text("サービス", "services"), Text("時間帯", "time window")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for entry in model.exceptions.values():
        fields = ((_INITIATOR, entry.initiator), (_RESPONDER, entry.responder))
        missing = [n for n, p in fields if resolve(model, context.zone_map, p).blank]
        if not entry.services or not terms(model, entry.services):
            missing.append(_SERVICES)
        if missing:
            values: dict[str, object] = {"missing": listing(tuple(missing))}
            yield on_entry(context, "EX-03", "exception", entry, _BLANK, key="blank", values=values, exception=entry.id)
        for zone in (model.zones[z] for _, p in fields for z in p.zones if z in model.zones):
            values = {"zone": zone.name}
            key, severity = f"zone:{zone.id}", Severity.HIGH
            yield on_entry(
                context, "EX-03", "exception", entry, _WHOLE, severity=severity, key=key, values=values, exception=entry.id
            )
    for ends in context.conduits:
        if ends.conduit.exception:
            yield from _beyond(context, ends)


def _beyond(context: RuleContext, ends: Ends) -> Iterator[Finding]:
    conduit, model = ends.conduit, context.model
    entry = model.exceptions.get(conduit.exception)
    if entry is None:
        values: dict[str, object] = {"exception": conduit.exception}
        yield on_conduit(context, "EX-03", ends, _UNKNOWN, key="unknown", values=values)
        return
    initiator = resolve(model, context.zone_map, entry.initiator)
    responder = resolve(model, context.zone_map, entry.responder)
    allowed = terms(model, entry.services)
    wider = [
        name
        for name, inside in (
            (_INITIATOR, initiator.blank or not ends.initiator.addresses - initiator.addresses),
            (_RESPONDER, responder.blank or not ends.responder.addresses - responder.addresses),
            (_SERVICES, not allowed or within(terms(model, conduit.services), allowed)),
            (_TIME, entry.window is None or (conduit.window is not None and inside_window(conduit.window, entry.window))),
        )
        if not inside
    ]
    if wider:
        values = {"exception": label(entry), "what": listing(tuple(wider))}
        yield on_conduit(context, "EX-03", ends, _BEYOND, key="beyond", values=values, exception=entry.id)


def inside_window(inner: TimeWindow, outer: TimeWindow) -> bool:
    """Whether every minute of the week in *inner* is in *outer*."""
    return not _minutes(inner) & ~_minutes(outer)


@lru_cache(maxsize=1024)
def _minutes(window: TimeWindow) -> int:
    """The minutes of the week in a window, one bit each."""
    return sum(1 << (day * 1440 + minute) for day in range(7) for minute in range(1440) if window.holds(day, minute))


RULE = rule(
    __doc__,
    "EX-03",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
