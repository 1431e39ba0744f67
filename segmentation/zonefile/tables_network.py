"""Tables about the network itself: organisation, model, zones, endpoints, services."""

from __future__ import annotations

from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.zonefile.vocabulary import NAMES, Form, Table, choice, ident, key

F = Form
ORGANISATION = Table(
    name="organisation",
    doc=Text("団体（市区町村・組合など）", "The organisation this file is about."),
    keys=(
        key("name", F.STRING, "団体の名称", "Name of the organisation in Japanese.", required=True),
        key("name_en", F.STRING, "団体の名称（英語）", "Name of the organisation in English."),
        key(
            "operators",
            F.STRINGS,
            "ネットワークを運用する職員の氏名。点検者の独立性の確認に使う",
            "Names of the people who run the network; a check signed by one of them is not independent.",
        ),
    ),
)
MODEL = Table(
    name="model",
    doc=Text("採用しているモデルと、判定に使うポリシー", "The scheme in use and the policy to judge by."),
    keys=(
        choice(
            "kind",
            ModelKind,
            "モデル（α、β、二系統、レベル制など）",
            "The scheme: α, α′, β, β′, two networks, levels.",
            required=True,
        ),
        key(
            "profile",
            F.STRING,
            "ポリシーのプロファイル名（例: daisen）",
            "Name of the policy profile, for example daisen.",
            required=True,
        ),
        key(
            "utc_offset",
            F.STRING,
            '時間帯の基準となる時差(既定 "+09:00")',
            'Offset of local time from UTC, "+09:00" by default.',
        ),
        choice(
            "default",
            ("deny",),
            "書かれていない通信の扱い（deny のみ）",
            "What holds for a crossing nobody declared; only deny.",
        ),
        key("external_confirmation", F.DATE, "β系: 外部による事前確認の日", "β and β′: date of the external confirmation."),
        key("go_live", F.DATE, "β系: 運用開始の日", "β and β′: date of going live."),
        key("last_external_audit", F.DATE, "β系: 直近の外部監査の日", "β and β′: date of the last external audit."),
    ),
)
SETTINGS = Table(
    name="settings",
    doc=Text("しきい値。省略時は既定値", "Thresholds; each has a default."),
    keys=(
        key(
            "exception_warning_days",
            F.INTEGERS,
            "例外措置の期限を知らせる残日数（既定 30, 14, 7）",
            "Days left at which an ending exception is announced (30, 14, 7).",
            low=0,
        ),
        key(
            "peer_statement_max_age_days",
            F.INTEGER,
            "接続先の申告書を有効とみなす日数（既定 366）",
            "How old a peer's statement may be (366).",
            low=1,
        ),
        key(
            "review_max_age_days",
            F.INTEGER,
            "点検・監査を有効とみなす日数（既定 366）",
            "How old a review may be (366).",
            low=1,
        ),
        key(
            "log_review_max_age_days", F.INTEGER, "ログ点検の間隔の上限（既定 92）", "How old a log review may be (92).", low=1
        ),
        key(
            "midstream_grace_seconds",
            F.INTEGER,
            "記録開始直後の途中接続を大目に見る秒数（既定 0）",
            "Seconds after the start of a capture in which connections without SYN are tolerated (0).",
            low=0,
        ),
        key(
            "max_pinned_hosts",
            F.INTEGER,
            "マイナンバー利用事務系の通信で列挙できるホスト数の上限（既定 16）",
            "How many hosts an enumerated end of a My Number conduit may have (16).",
            low=1,
        ),
        key("ram_limit_mb", F.INTEGER, "監視のメモリー上限 MB(既定 350)", "Memory limit of the sensor in MB (350).", low=16),
        key(
            "incident_quiet_seconds",
            F.INTEGER,
            "事案を終了とみなすまでの、続報のない秒数（既定 900）",
            "An incident without news for so many seconds is over (900).",
            low=1,
        ),
        key(
            "incident_remind_seconds",
            F.INTEGER,
            "続いている事案を再び知らせるまでの秒数（既定 3600）",
            "An incident that goes on is told again after so many seconds (3600).",
            low=1,
        ),
        key(
            "sweep_targets",
            F.INTEGER,
            "探索とみなす、1分間に試した相手（ホストとポート）の数（既定 50）",
            "Hosts and ports one source tries within a minute that make a sweep, NC-22 (50).",
            low=2,
        ),
        key(
            "brute_force_sessions",
            F.INTEGER,
            "総当たりとみなす、1分間の同じホストへのログイン用接続の数（既定 30）",
            "Sessions to one log-in service of a host within a minute that make a brute force, NC-22 (30).",
            low=2,
        ),
        key(
            "flood_attempts_per_second",
            F.INTEGER,
            "過負荷攻撃とみなす、一つのホストへの応答のない試行の毎秒の数（既定 1000）",
            "Unanswered attempts a second towards one host that make a flood, NC-31 (1000).",
            low=2,
        ),
        key(
            "mail_burst_per_minute",
            F.INTEGER,
            "大量送信とみなす、一つの送信元の毎分のメール接続の数（既定 60）",
            "Mail sessions of one sender within a minute that make a burst, ML-02 (60).",
            low=2,
        ),
        key(
            "privileged_session_minutes",
            F.INTEGER,
            "管理用の接続（SSH、RDP、VNC、Telnet）の長さの上限 分（既定 480）",
            "Longest session of SSH, RDP, VNC or Telnet in minutes, NC-20 (480).",
            low=1,
        ),
        key(
            "two_zones_days",
            F.INTEGER,
            "同じ機器が二つの系に現れたとみなす期間 日（既定 7）",
            "Days within which a device seen in two layers is reported, NC-12 (7).",
            low=1,
        ),
        key(
            "returning_device_days",
            F.INTEGER,
            "戻ってきた機器とみなす、見えなかった日数（既定 90）",
            "Days of absence after which a device counts as returning, NC-26 (90).",
            low=1,
        ),
        key(
            "clock_offset_ms",
            F.INTEGER,
            "時計のずれの許容値 ミリ秒（既定 1000）",
            "Largest offset of a clock in milliseconds, LT-05 (1000).",
            low=1,
        ),
        key(
            "learning_days",
            F.INTEGER,
            "新しい接続先を報告し始めるまでの学習日数（既定 7）",
            "Days of learning before a destination counts as new, IN-05 (7).",
            low=0,
        ),
        key(
            "beacon_connections",
            F.INTEGER,
            "定期的な通信とみなす、等間隔の接続の数（既定 24）",
            "Connections at one regular interval that make a beacon, IN-05 (24).",
            low=4,
        ),
        key(
            "unused_exception_days",
            F.INTEGER,
            "使われていない例外措置を知らせるまでの日数（既定 90）",
            "Days after which an exception nobody used is told, EX-08 (90).",
            low=1,
        ),
        key(
            "silence_minutes",
            F.INTEGER,
            "ミラーポートや取得プロセスが途絶えたとみなす時間 分（既定 5）",
            "Minutes after which a mirror port, a dense capture or a capture process is silent, IN-04, LT-03 (5).",
            low=1,
        ),
        key(
            "vlan_silence_hours",
            F.INTEGER,
            "VLANや系の通信が見えていないとみなす時間 時間（既定 24）",
            "Hours without a packet after which a VLAN or a layer is not seen, IN-04 (24).",
            low=1,
        ),
        key(
            "loss_percent",
            F.INTEGER,
            "1分間のパケットの取りこぼしの許容値 %（既定 1）",
            "Percent of a minute's packets that may be lost, IN-04 (1).",
            low=1,
        ),
        key(
            "internal_domains",
            F.STRINGS,
            "公開されていないドメイン（既定 local, lan, internal, home.arpa, in-addr.arpa, ip6.arpa, lgwan.jp）",
            "Domains that are no public ones, MN-13 (local, lan, internal, home.arpa, in-addr.arpa, ip6.arpa, lgwan.jp).",
        ),
        key(
            "owner_words",
            F.STRINGS,
            "規則の説明で、担当を示すとみなす語（NC-29）。課・係・担当・申請番号などの一般的な書き方に加える（既定 なし）",
            "Words that name an owner in a rule's comment (NC-29), beside the usual forms (none).",
        ),
        key(
            "mail_domains",
            F.STRINGS,
            "自組織のメールのドメイン（不正中継の判定に使用、既定 なし）",
            "The organisation's own mail domains, by which relayed mail is told, ML-01 (none).",
        ),
        key(
            "mobile_router_ouis",
            F.STRINGS,
            "モバイルルーターのMACアドレスの先頭3オクテット（例 00:00:5e、既定 なし）",
            "First three octets of the MACs of mobile routers, for example 00:00:5e, NC-14 (none).",
        ),
    ),
)
LEDGER = Table(
    name="ledger",
    doc=Text("端末台帳（CSV）", "Terminal ledgers kept as CSV files."),
    keys=(
        key(
            "files",
            F.STRINGS,
            "台帳 CSV のパス（このファイルからの相対パス）",
            "Paths of the CSV files, relative to this file.",
        ),
    ),
)
ZONE = Table(
    name="zones",
    doc=Text("ゾーン（守るべき水準が同じアドレスの集まり）", "A zone: addresses under one protection demand."),
    keys=(
        ident("ゾーンの ID", "ID of the zone."),
        *NAMES,
        choice(
            "kind",
            ZoneKind,
            "種別。下位ゾーンでは省略でき、上位と同じになる",
            "What the zone is for. A sub-zone may leave it out and inherits it.",
        ),
        key("level", F.INTEGER, "保護の水準（大きいほど高い）", "Protection level; higher is more protected."),
        key("networks", F.STRINGS, "ネットワーク（IPv4 / IPv6）", "Networks, IPv4 and IPv6."),
        key("vlans", F.INTEGERS, "VLAN 番号", "VLAN IDs.", low=1, high=4094),  # IEEE 802.1Q 9.6: 0 and 4095 are reserved
        key("parent", F.STRING, "上位ゾーンの ID", "ID of the zone this one is a part of."),
        key("isolated", F.BOOLEAN, "兄弟ゾーンとの通信にも申告を求める", "Flows to sibling sub-zones need a conduit too."),
        key("tags", F.STRINGS, "属性", "Tags."),
    ),
)
ENDPOINT = Table(
    name="endpoints",
    doc=Text("ホスト（サーバー・端末・接続先）", "A host: server, terminal or peer."),
    keys=(
        ident("ホストの ID", "ID of the host."),
        *NAMES,
        key("zone", F.STRING, "属するゾーンの ID", "ID of its zone.", required=True),
        key(
            "address",
            F.STRINGS,
            "IP アドレス（複数可、範囲・プレフィックス可）",
            "IP addresses; ranges and prefixes are allowed.",
            required=True,
        ),
        key("mac", F.STRINGS, "MAC アドレス", "MAC addresses."),
        key(
            "mac_scope",
            F.STRINGS,
            "MAC が見えるゾーンの ID(省略時は自ゾーン)",
            "Zones on whose own segment the MAC is visible; else its zone.",
        ),
        key(
            "tags",
            F.STRINGS,
            "属性（個人番号利用事務、戸籍、人事、入札、委託先 など）",
            "Tags such as 個人番号利用事務, 戸籍, 人事, 入札, 委託先.",
        ),
        key("business", F.STRINGS, "業務", "The business the host serves."),
        key("valid_from", F.DATE, "この日から有効", "First day of the entry."),
        key("valid_until", F.DATE, "この日まで有効", "Last day of the entry."),
    ),
)
SERVICE = Table(
    name="services",
    doc=Text("サービス（プロトコルとポート）", "A service: protocols and ports."),
    keys=(
        ident("サービスの ID", "ID of the service."),
        *NAMES,
        key("tcp", F.PORTS, "TCP の宛先ポート", "TCP destination ports."),
        key("udp", F.PORTS, "UDP の宛先ポート", "UDP destination ports."),
        key("sctp", F.PORTS, "SCTP の宛先ポート", "SCTP destination ports."),
        key("source_ports", F.PORTS, "送信元ポート（省略時は任意）", "Source ports; any by default."),
        key("icmp", F.PORTS, 'ICMP のタイプ(または "タイプ/コード")', 'ICMP types, or "type/code".'),
        key("icmpv6", F.PORTS, 'ICMPv6 のタイプ(または "タイプ/コード")', 'ICMPv6 types, or "type/code".'),
        key(
            "protocols",
            F.PORTS,
            'その他の IP プロトコル(名前または番号、例: "esp")',
            'Other IP protocols by name or number, for example "esp".',
        ),
    ),
)
SERVICE_GROUP = Table(
    name="service_groups",
    doc=Text("サービスのグループ", "A group of services."),
    keys=(
        ident("グループの ID", "ID of the group."),
        *NAMES,
        key("members", F.STRINGS, "サービスまたはグループの ID", "IDs of services and groups.", required=True),
    ),
)
