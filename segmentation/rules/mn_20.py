"""Contractors' terminals cannot reach the inter-agency exchange.

委託先の端末は情報連携の接続口に届かない。

## What it finds

Hosts marked as a contractor's that are named in, or can reach, the conduit to the exchange of personal information
between agencies.

## Why it matters

The regulator wants that connection used by the organisation's own staff only. A contractor's terminal with the same way
in makes it impossible to say who asked for the data.

## Example

A terminal tagged 委託先 is listed among the initiators of the conduit to the intermediate server.

## What to do instead

Take the contractor's terminals out of the conduit. If a contractor must operate it, ask the section in charge of the
contract how the regulator's conditions are met, and record that.

## 何を見つけるか

委託先の印がある機器が、情報連携の中間サーバへの通信経路に含まれている、または届くことを見つけます。

## なぜ問題か

監督機関の指針は、この接続を団体の職員が使うものとしています。委託先の端末から同じ経路が使えると、誰が照会したのかを示せな
くなります。

## 例

「委託先」の印がある端末が、中間サーバへの通信経路の開始側に入っている場合です。

## どうすればよいか

委託先の端末を通信経路から外します。委託先による操作がどうしても必要なときは、指針の条件をどう満たすのかを契約の担当課に確
認し、記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import Conduit
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import label, on_conduit

#: Marks of a contractor's host.
CONTRACTOR = frozenset({"委託先", "contractor"})
#: How the exchange between agencies is named in registers.
_EXCHANGE = ("中間サーバ", "情報提供ネットワーク", "intermediate server", "information provision network")
_NAMED = Text(
    "委託先の端末 {host}が、情報連携の通信経路 {conduit}に含まれています。",
    "The contractor's terminal {host} is named in the conduit {conduit} to the exchange between agencies.",
)


def is_exchange(conduit: Conduit) -> bool:
    """Whether a conduit leads to the exchange of personal information between agencies, by its name or its peer's system."""
    system = conduit.institution.system if conduit.institution is not None else ""
    words = f"{system} {conduit.name.ja} {conduit.name.en}".casefold()
    return any(name in words for name in _EXCHANGE)


def _check(context: RuleContext) -> Iterator[Finding]:
    hosts = [e for e in context.model.endpoints.values() if e.tags & CONTRACTOR and e.valid_on(context.at)]
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        if not is_exchange(conduit):
            continue
        for host in hosts:
            if host.addresses & crossing.inside.addresses:
                yield on_conduit(context, "MN-20", crossing.ends, _NAMED, key=host.id, values={"host": label(host)})


RULE = rule(
    __doc__,
    "MN-20",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
