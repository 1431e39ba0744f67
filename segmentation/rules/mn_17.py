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

from segmentation.model.finding import Severity
from segmentation.rules.registry import ATTESTATION, REGISTRY, rule

RULE = rule(
    __doc__,
    "MN-17",
    severity=Severity.HIGH,
    sides=(REGISTRY, ATTESTATION),
    implemented=(),
)
