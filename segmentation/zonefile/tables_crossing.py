"""Tables about what may cross: conduits, gateways and exceptions."""

from __future__ import annotations

from segmentation.model.conduits import ConduitKind, DataDirection, Reachability
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.zonefile.vocabulary import NAMES, Form, Table, choice, ident, key, rows, sub

F = Form
DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6} | dict(
    zip("月火水木金土日", range(7), strict=True)
)
SIDES = ("initiator", "responder", "next_hop")

WINDOW = Table(
    name="window",
    doc=Text("通信できる曜日と時刻", "Days and hours in which the crossing may be used."),
    keys=(
        key(
            "days",
            F.STRINGS,
            "曜日（mon … sun または 月 … 日）。省略時は毎日",
            "Days, mon … sun or 月 … 日; every day by default.",
        ),
        key("start", F.CLOCK, "開始時刻", "Beginning.", required=True),
        key(
            "end",
            F.CLOCK,
            "終了時刻（この分は含まない）。開始以前なら翌日",
            "End, exclusive; at or before the start: the next day.",
            required=True,
        ),
    ),
)
APPROVAL = Table(
    name="approvals",
    doc=Text("承認", "An approval."),
    keys=(
        key("role", F.STRING, "承認者の役職（CISO など）", "Role of the approver, such as CISO.", required=True),
        key("name", F.STRING, "承認者の氏名", "Name of the approver.", required=True),
        key("decided_on", F.DATE, "承認日", "Date of the decision."),
        key("document", F.STRING, "文書番号", "Number of the document."),
    ),
)
PIN = Table(
    name="pins",
    doc=Text("通信経路の限定（MAC・IP・ポート）の一端", "One pinned end of the crossing (MAC, IP, port)."),
    keys=(
        choice("side", SIDES, "どちらの端か", "Which end it is.", required=True),
        key(
            "endpoint",
            F.STRING,
            "ホストの ID。アドレスと MAC をそこから取る",
            "ID of a host; its address and MAC are taken from there.",
        ),
        key("address", F.STRING, "IP アドレス", "IP address."),
        key("mac", F.STRING, "MAC アドレス", "MAC address."),
        key("enforced_by", F.STRING, "MAC を限定している装置または機能", "The device or function that enforces the MAC."),
        key("evidence", F.STRING, "別装置で担保する場合の証跡番号", "Number of the evidence where another device enforces it."),
    ),
)
PEER = Table(
    name="peer",
    doc=Text("接続先のインターネット接続に関する申告", "The peer's written statement on its own Internet reachability."),
    keys=(
        choice(
            "internet_reachable",
            Reachability,
            "インターネットと接続しているか",
            "Whether the peer can reach the Internet.",
            required=True,
        ),
        key("stated_on", F.DATE, "申告日", "Date of the statement."),
        key("document", F.STRING, "文書番号", "Number of the document."),
    ),
)
INSTITUTION = Table(
    name="institution",
    doc=Text("公的機関等の接続先としての登録", "The register entry of a public institution."),
    keys=(
        key("operator", F.STRING, "運営主体", "Who operates it.", required=True),
        key("system", F.STRING, "システム名", "Name of the system.", required=True),
        key("legal_basis", F.STRING, "根拠法令", "Legal basis."),
        key(
            "other_sufficiently_safe",
            F.BOOLEAN,
            "公的機関以外で十分に安全とした先か",
            "Not a public institution but judged sufficiently safe.",
        ),
        key("reason", F.STRING, "十分に安全とした理由", "Why it was judged so."),
        key("via_lgwan", F.BOOLEAN, "LGWAN を経由するか", "Whether it is reached through the LGWAN."),
    ),
)
DECRYPT = Table(
    name="decrypt",
    doc=Text("TLS 通信を復号して検査するかの判断", "The decision whether TLS is decrypted for inspection."),
    keys=(
        key("decrypt", F.BOOLEAN, "復号するか", "Whether it is decrypted.", required=True),
        key("reason", F.STRING, "理由", "Why.", required=True),
        key("decider", F.STRING, "判断した者", "Who decided.", required=True),
        key("decided_on", F.DATE, "判断した日", "Date of the decision."),
    ),
)
CONDUIT = Table(
    name="conduits",
    doc=Text("承認された通信（ゾーン間の通り道）", "A conduit: one approved crossing."),
    keys=(
        ident("通信の ID", "ID of the conduit."),
        *NAMES,
        choice("kind", ConduitKind, "種別", "Why it exists.", required=True),
        key(
            "initiator",
            F.STRINGS,
            "接続を開始する側（ゾーン・ホストの ID、またはアドレス）",
            "Who opens the connection: IDs of zones and hosts, or addresses.",
            required=True,
        ),
        key(
            "responder",
            F.STRINGS,
            "接続を受ける側（ゾーン・ホストの ID、またはアドレス）",
            "Who answers: IDs of zones and hosts, or addresses.",
            required=True,
        ),
        key(
            "services",
            F.STRINGS,
            'サービスの ID、または "tcp/443" の形',
            'IDs of services, or the form "tcp/443".',
            required=True,
        ),
        choice(
            "data",
            DataDirection,
            "データの向き（接続の向きとは別）",
            "Which way data moves; independent of who opens the connection.",
            required=True,
        ),
        key("gateway", F.STRING, "無害化などを行うゲートウェイの ID", "ID of the gateway that is an end of it."),
        rows("pins", PIN, "限定した端", "The pinned ends."),
        sub("window", WINDOW, "通信できる時間帯", "When it may be used."),
        key(
            "must_flow_days",
            F.INTEGER,
            "この日数の間に必ず通信があるはずのもの",
            "A must-flow: silence for longer is a finding.",
            low=1,
        ),
        sub("peer", PEER, "接続先の申告", "The peer's statement."),
        sub("institution", INSTITUTION, "公的機関等の登録", "The public institution's register entry."),
        rows("approvals", APPROVAL, "承認", "Approvals."),
        sub("decrypt", DECRYPT, "復号の判断", "The decryption decision."),
        key("exception", F.STRING, "この例外措置の期間だけ有効", "In force only while this exception is."),
        key("reason", F.STRING, "理由・備考", "Reason or remark."),
        key("business", F.STRING, "業務", "The business it serves."),
        key("via", F.STRINGS, "経由するゾーンまたは装置の ID", "IDs of zones or devices on the agreed way."),
        key("server_names", F.STRINGS, "接続先のサーバー名（ローカルブレイクアウト）", "TLS server names of a local breakout."),
        key(
            "tenant_restriction",
            F.STRING,
            "自団体のテナントに限る方法（ローカルブレイクアウト）",
            "How a local breakout is held to the organisation's own tenant.",
        ),
        key(
            "download_gateway",
            F.STRING,
            "取得したファイルを通す無害化装置（ゲートウェイの ID、ローカルブレイクアウト）",
            "ID of the file gateway through which what a local breakout downloads must come.",
        ),
        key("risk_decision", F.STRING, "団体としてのリスク判断の文書番号", "Document of the organisation's risk decision."),
        key("daily_limit", F.SIZE, "1 日の通信量の上限", "Declared ceiling of data per day."),
        key("valid_from", F.DATE, "この日から有効", "First day."),
        key("valid_until", F.DATE, "この日まで有効", "Last day."),
    ),
)
FACE = Table(
    name="faces",
    doc=Text("ゲートウェイの面（足）", "One leg of a gateway."),
    keys=(
        key(
            "endpoint",
            F.STRING,
            "ホストの ID。ゾーンとアドレスをそこから取る",
            "ID of a host; zone, address and MAC are taken from there.",
        ),
        key("zone", F.STRING, "ゾーンの ID", "ID of the zone it stands in."),
        key("address", F.STRINGS, "そこでのアドレス", "Its addresses there."),
        key("mac", F.STRINGS, "そこでの MAC", "Its MACs there."),
    ),
)
GATEWAY = Table(
    name="gateways",
    doc=Text("ゲートウェイ（無害化・中継・出口）", "A gateway: sanitizer, relay or egress."),
    keys=(
        ident("ゲートウェイの ID", "ID of the gateway."),
        *NAMES,
        choice("kind", GatewayKind, "種別", "What it does.", required=True),
        rows("faces", FACE, "面（ゾーンごとの足）", "Its legs, one a zone.", required=True),
        key(
            "clients",
            F.STRINGS,
            "登録された利用者（ゾーン・ホストの ID、またはアドレス）",
            "Registered clients: IDs of zones and hosts, or addresses.",
        ),
        key("product", F.STRING, "製品名", "Product."),
        key(
            "method", F.STRING, "内容の処理（rebuild、verify、text など）", "What it does with content: rebuild, verify, text …"
        ),
        key("criterion", F.STRING, "確認だけを行う場合の判断基準", "By what a detect-only gateway decides."),
        key(
            "antivirus",
            F.BOOLEAN,
            "通過する内容のマルウェアを両方向とも検査するか",
            "Whether it looks for malware in what passes, in both directions.",
        ),
        key("antivirus_only", F.BOOLEAN, "ウイルス対策ソフトの検査だけか", "Whether it is plain antivirus only."),
        key("log", F.STRING, "記録の取得元", "Where its own log comes from."),
    ),
)
PERSON = Table(
    name="person",
    doc=Text("氏名と役職", "A name with its role."),
    keys=(
        key("name", F.STRING, "氏名", "Name.", required=True),
        key("role", F.STRING, "役職", "Role.", required=True),
    ),
)
ATTACHMENT = Table(
    name="attachments",
    doc=Text("添付文書", "A filed document."),
    keys=(
        key("path", F.STRING, "パス（このファイルからの相対パス）", "Path, relative to this file.", required=True),
        key("sha256", F.STRING, "SHA-256(16 進 64 桁)", "SHA-256 in hexadecimal."),
    ),
)
EXCEPTION = Table(
    name="exceptions",
    doc=Text("例外措置", "An approved deviation from the policy."),
    keys=(
        ident("例外措置の ID", "ID of the exception."),
        *NAMES,
        key("clauses", F.STRINGS, "逸脱する条項の番号", "Numbers of the clauses it deviates from.", required=True),
        key("reason", F.STRING, "理由", "Why.", required=True),
        key("measure", F.STRING, "代替措置", "The alternative measure.", required=True),
        sub("applicant", PERSON, "申請者", "Who applied."),
        sub("approver", PERSON, "許可者", "Who approved."),
        key("decided_on", F.DATE, "許可日", "Date of the decision."),
        key("expires_on", F.DATE, "期限（この日まで有効）", "Last day."),
        key("initiator", F.STRINGS, "対象の通信を開始する側", "Initiator of the flows it covers."),
        key("responder", F.STRINGS, "対象の通信を受ける側", "Responder of the flows it covers."),
        key("services", F.STRINGS, "対象のサービス", "Services it covers."),
        sub("window", WINDOW, "対象の時間帯", "When it covers them."),
        key("emergency", F.BOOLEAN, "緊急時の例外措置か", "An emergency measure, reported afterwards."),
        key("occurred_on", F.DATE, "緊急時: 措置を取った日", "Emergency: when it was taken."),
        key("reported_on", F.DATE, "緊急時: CISO に報告した日", "Emergency: when the CISO was told."),
        rows("attachments", ATTACHMENT, "申請書・審査結果", "Application and decision."),
    ),
)
