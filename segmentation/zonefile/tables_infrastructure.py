"""Tables of what the network leans on: wireless LANs, approved external services, log stores."""

from __future__ import annotations

from segmentation.model.text import Text
from segmentation.zonefile import tables_crossing as crossing
from segmentation.zonefile.vocabulary import NAMES, Form, Table, choice, ident, key, rows

F = Form
#: Weakest first.
PROTECTIONS = ("open", "wep", "wpa-psk", "wpa2-psk", "wpa3-sae", "wpa2-enterprise", "wpa3-enterprise")

WIRELESS = Table(
    name="wireless_networks",
    doc=Text("無線 LAN", "A wireless LAN."),
    keys=(
        ident("無線 LAN の ID", "ID of the wireless LAN."),
        *NAMES,
        key("zone", F.STRING, "つながる先のゾーンの ID", "ID of the zone it leads into.", required=True),
        choice(
            "protection",
            PROTECTIONS,
            "認証と暗号化の方式。enterprise は利用者・端末ごとの認証（IEEE 802.1X）",
            "Authentication and encryption; enterprise authenticates each user or device (IEEE 802.1X).",
        ),
        key("access_log", F.STRING, "接続の記録の保管場所", "Where its connection log is kept."),
        key(
            "firmware_checked_on",
            F.DATE,
            "アクセスポイントのファームウェアを最後に確認した日",
            "Day the firmware of its access points was last checked.",
        ),
    ),
)
CLOUD_SERVICE = Table(
    name="cloud_services",
    doc=Text(
        "承認された外部サービス（クラウド・Web 会議など）", "An approved external service: cloud, web meeting and the like."
    ),
    keys=(
        ident("外部サービスの ID", "ID of the service."),
        *NAMES,
        key(
            "destinations",
            F.STRINGS,
            "接続先のアドレス（プレフィックス・範囲可）。server_names だけでもよい",
            "Its addresses, prefixes or ranges; server_names alone will do.",
        ),
        key("server_names", F.STRINGS, "接続先のサーバー名（TLS の SNI）", "Its server names, as in TLS SNI."),
        rows("approvals", crossing.APPROVAL, "承認", "Approvals."),
        key(
            "designated",
            F.STRINGS,
            "使ってよい端末（ゾーン・ホストの ID、またはアドレス）。省略時は限定なし",
            "The only hosts that may use it: IDs of zones and hosts, or addresses; every host by default.",
        ),
    ),
)
LOG_STORE = Table(
    name="log_stores",
    doc=Text("ログの保管先", "Where the logs of devices are kept, and for how long."),
    keys=(
        ident("保管先の ID", "ID of the store."),
        *NAMES,
        key("devices", F.STRINGS, "ログを送る装置の ID", "IDs of the devices whose logs it keeps."),
        key("retention_days", F.INTEGER, "保管期間として定めた日数", "Retention that was decided, in days.", low=1),
        key(
            "oldest",
            F.DATE,
            "最後に確認したときの、最も古い記録の日付",
            "Date of the oldest record it held when last looked at.",
        ),
        key(
            "started_on",
            F.DATE,
            "記録を始めた日。これより古い記録はない",
            "Day it began to keep records; none can be older.",
        ),
    ),
)
