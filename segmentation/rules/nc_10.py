"""Wireless LAN uses strong authentication.

無線LANは強固な認証と暗号を使う。

## What it finds

Wireless LANs that are open, use WEP, or share one password, instead of WPA2 or WPA3 with authentication of each user or
device.

## Why it matters

A shared password leaves with every person who leaves, and cannot be withdrawn from one device.

## Example

The meeting-room network uses WPA2 with a password on the wall.

## What to do instead

Use enterprise authentication with certificates. A guest network may be simpler if it has no way to any zone.

## 何を見つけるか

暗号化なし、WEP、共有パスワードの無線LANを見つけます。WPA2またはWPA3で、利用者や端末ごとに認証することを求めています。

## なぜ問題か

共有パスワードは、人が異動するたびに外へ広がり、一台だけ使えなくすることもできません。

## 例

会議室の無線LANが、壁に貼ったパスワードのWPA2で使われている場合です。

## どうすればよいか

証明書による認証に切り替えます。どのゾーンにも通じない来庁者用の網であれば、より簡単な方式でも構いません。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

_STRONG = frozenset({"wpa2-enterprise", "wpa3-enterprise"})
_WEAK = Text(
    "無線LAN {entry}の保護（{protection}）は、利用者や端末ごとの認証になっていません。",
    "The protection of the wireless LAN {entry} ({protection}) does not authenticate each user or device.",
)
_NOT_ENTERED = Text("記載なし", "not entered")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for wireless in model.wireless_networks.values():
        zone = model.zones.get(wireless.zone)
        guest = zone is not None and zone.kind is ZoneKind.GUEST
        if guest or wireless.protection in _STRONG:
            continue  # visitors have no way to any zone; NC-18 sees to that
        values: dict[str, object] = {"protection": wireless.protection or _NOT_ENTERED}
        yield on_entry(context, "NC-10", "wireless", wireless, _WEAK, values=values)


RULE = rule(
    __doc__,
    "NC-10",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
