"""Wireless LAN in a My Number zone meets every condition.

マイナンバー利用事務系の無線LANは条件を全て満たす。

## What it finds

A wireless LAN in a My Number zone without one of: permission in the profile, WPA2 or WPA3, a connection log, and firmware
that was checked recently. What a registry cannot see, such as the certificates on the terminals, is kept as a dated
statement.

## Why it matters

The air has no wall: the network reaches as far as the signal. National rules open this only since March 2025 and only
under conditions.

## Example

An access point is entered with WPA2 and a shared password; the profile does not allow wireless here.

## What to do instead

Use cables, or enable the addition in the profile after the decision, authenticate every terminal, keep the log and enter
the date of the last firmware check.

## 何を見つけるか

マイナンバー利用事務系の無線LANについて、プロファイルでの許可、WPA2またはWPA3、接続の記録、最近のファームウェア確認のいず
れかが欠けているものを見つけます。端末の証明書など台帳では見えない点は、日付のある申告として残します。

## なぜ問題か

電波に壁はなく、届く範囲が全てネットワークになります。国の定めでも、令和7年3月から条件付きで認められたばかりです。

## 例

アクセスポイントが共有パスワードのWPA2で登録され、プロファイルでも無線LANを認めていない場合です。

## どうすればよいか

有線とするか、決裁のうえでプロファイルの追加事項を有効にし、端末ごとの認証と接続記録を整え、ファームウェアを確認した日を登
録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import ATTESTATION, REGISTRY, RuleContext, rule
from segmentation.rules.reviews import attested
from segmentation.rules.subjects import age_days, listing, on_entry

_ENCRYPTED = frozenset({"wpa2-psk", "wpa2-enterprise", "wpa3-sae", "wpa3-enterprise"})
_NOT_ADMITTED = Text(
    "無線LAN {entry}がマイナンバー利用事務系「{zone}」にありますが、このプロファイルでは認められていません。",
    "The wireless LAN {entry} is in the My Number zone {zone}, which this profile does not enable.",
)
_CONDITION = Text(
    "マイナンバー利用事務系の無線LAN {entry}が条件を満たしていません：{missing}",
    "The wireless LAN {entry} in a My Number zone lacks: {missing}",
)
_PROTECTION = Text("WPA2またはWPA3による暗号化", "encryption by WPA2 or WPA3")
_LOG = Text("接続の記録", "connection log")
_FIRMWARE = Text("最近のファームウェアの確認", "a recent check of the firmware")
_CERTIFIED = Text("無線LANを使う端末の認証", "authentication of the terminals on the wireless LAN")


def _check(context: RuleContext) -> Iterator[Finding]:
    model, found = context.model, False
    for wireless in model.wireless_networks.values():
        zone = model.zones.get(wireless.zone)
        if zone is None or zone.kind is not ZoneKind.MYNUMBER:
            continue
        found = True
        if "mn_wlan" not in context.policy.addons:
            values: dict[str, object] = {"zone": zone.name}
            yield on_entry(
                context, "MN-17", "wireless", wireless, _NOT_ADMITTED, key="admitted", values=values, dst_zone=zone.id
            )
        age = age_days(wireless.firmware_checked_on, context.at)
        missing = [
            name
            for name, present in (
                (_PROTECTION, wireless.protection in _ENCRYPTED),
                (_LOG, wireless.access_log),
                (_FIRMWARE, age is not None and age <= model.settings.review_max_age_days),
            )
            if not present
        ]
        if missing:
            values = {"missing": listing(tuple(missing))}
            yield on_entry(context, "MN-17", "wireless", wireless, _CONDITION, key="condition", values=values, dst_zone=zone.id)
    if found:
        yield from attested(context, "MN-17", _CERTIFIED, Severity.LOW)


RULE = rule(
    __doc__,
    "MN-17",
    severity=Severity.HIGH,
    sides=(REGISTRY, ATTESTATION),
    implemented=(REGISTRY, ATTESTATION),
    check=_check,
)
