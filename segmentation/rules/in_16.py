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

from collections.abc import Iterator

from segmentation.model.addresses import AddressSet
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import resolve
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import label, on_conduit, on_entry

_NOT_APPROVED = Text(
    "通信経路 {conduit}の接続先（{what}）は、承認済みの外部サービスの台帳にありません。",
    "The destination {what} of the conduit {conduit} is in no entry of the register of approved services.",
)
_NO_APPROVAL = Text(
    "外部サービス {entry}に、承認の記録がありません。", "The external service {entry} has no approval on record."
)
_NOT_DESIGNATED = Text(
    "外部サービス {service}を使える端末は決まっていますが、通信経路 {conduit}はそれ以外の端末も含んでいます。",
    "Only designated terminals may use the service {service}, but the conduit {conduit} includes others.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for service in model.cloud_services.values():
        if not any(a.name for a in service.approvals):
            yield on_entry(context, "IN-16", "cloud_service", service, _NO_APPROVAL)
    for ends in context.conduits:
        if ZoneKind.OUTSIDE not in ends.responder.kinds:
            continue
        names = {n.casefold() for n in ends.conduit.server_names}
        hosts = AddressSet() if ends.responder.party.zones else ends.responder.addresses
        for service in model.cloud_services.values():
            own = {n.casefold() for n in service.server_names}
            if not (names & own or hosts & service.destinations):
                continue
            names -= own
            hosts -= service.destinations
            allowed = resolve(model, context.zone_map, service.designated)
            if not allowed.blank and ends.initiator.addresses - allowed.addresses:
                values: dict[str, object] = {"service": label(service)}
                yield on_conduit(context, "IN-16", ends, _NOT_DESIGNATED, key=f"designated:{service.id}", values=values)
        # Where a destination is given by name, its address need not be registered too.
        rest = sorted(names) or ([] if ends.conduit.server_names else list(hosts.texts()))
        if rest:
            yield on_conduit(context, "IN-16", ends, _NOT_APPROVED, key="approved", values={"what": ", ".join(rest)})


RULE = rule(
    __doc__,
    "IN-16",
    severity=Severity.MEDIUM,
    sides=(SENSOR, REGISTRY),
    implemented=(REGISTRY,),
    check=_check,
)
