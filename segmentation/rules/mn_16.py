"""One terminal serves one business.

端末を業務ごとに分けている。

## What it finds

One terminal of a My Number zone that uses the conduits of more than one business, or is entered for more than one.

## Why it matters

The policy recommends separate terminals for separate work. A shared one carries a problem of one business into the next.

## Example

The same counter terminal is entered for the medical-insurance and for the nursing-care connection.

## What to do instead

It is a recommendation: if terminals are shared on purpose, note it in the ledger so that the next officer knows.
Otherwise plan separation at the next replacement.

## 何を見つけるか

マイナンバー利用事務系の一台の端末が、複数の業務の通信経路を使っている、または複数の業務で登録されているのを見つけます。

## なぜ問題か

規程は業務ごとに端末を分けることを勧めています。共用の端末では、一つの業務で起きた問題がほかの業務に移ります。

## 例

同じ窓口端末が、国民健康保険と介護保険の両方の接続に登録されている場合です。

## どうすればよいか

勧めの規定ですので、意図して共用しているのであれば台帳に残し、後任に分かるようにします。そうでなければ、次の機器更新での分
離を検討してください。
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.mynumber import (
    mynumber_crossings,
)
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_entry

_SEVERAL = Text(
    "端末 {entry}は、複数の業務（{businesses}）で使われています。業務ごとに端末を分けることが勧められています。",
    "The terminal {entry} serves several businesses ({businesses}). One terminal for each business is recommended.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    used: defaultdict[str, dict[str, None]] = defaultdict(dict)  # a dict keeps the order of the file
    for host in model.endpoints.values():
        zone = model.zones.get(host.zone)
        if zone is not None and zone.kind is ZoneKind.MYNUMBER and host.valid_on(context.at):
            used[host.id].update(dict.fromkeys(host.business))
    for crossing in mynumber_crossings(context):
        if crossing.inside_side == "initiator" and crossing.ends.conduit.business:
            for host_id in crossing.inside.party.endpoints:
                if host_id in used:
                    used[host_id][crossing.ends.conduit.business] = None
    for host_id, businesses in used.items():
        if len(businesses) > 1:
            values: dict[str, object] = {"businesses": "、".join(businesses)}
            host = model.endpoints[host_id]
            yield on_entry(context, "MN-16", "endpoint", host, _SEVERAL, values=values, dst_zone=host.zone)


RULE = rule(
    __doc__,
    "MN-16",
    severity=Severity.INFO,
    sides=(SENSOR, REGISTRY),
    implemented=(REGISTRY, SENSOR),
    check=_check,
)
