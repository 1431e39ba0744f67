"""Tables of the books an officer keeps, and the whole file."""

from __future__ import annotations

from segmentation.model.text import Text
from segmentation.zonefile import tables_crossing as crossing
from segmentation.zonefile import tables_infrastructure as infrastructure
from segmentation.zonefile import tables_network as network
from segmentation.zonefile.vocabulary import NAMES, Form, Table, choice, ident, key, rows, sub

F = Form
#: The words rules know; a misspelt one would make a line to the Internet look like none.
LINES = ("closed", "lgwan", "ipsec", "internet", "pppoe", "broadband", "mobile", "public", "public_wlan", "other")
DEVICE_ROLES = ("firewall", "router", "switch", "sanitizer")
REVIEW_KINDS = ("lint", "inspection", "audit", "external_audit", "log_review", "external_confirmation")

INTERFACE = Table(
    name="interfaces",
    doc=Text("インターフェースとその先のゾーン", "An interface and the zones behind it."),
    keys=(
        key(
            "interface", F.STRING, "インターフェース名（設定ファイルのとおり）", "Name as in the configuration.", required=True
        ),
        key("zones", F.STRINGS, "その先にあるゾーンの ID", "IDs of the zones behind it."),
        key("external", F.STRING, "外部接続の ID", "ID of the external connection it is."),
    ),
)
DEVICE = Table(
    name="devices",
    doc=Text("装置（設定を点検する対象）", "A device whose configuration is checked."),
    keys=(
        ident("装置の ID", "ID of the device."),
        *NAMES,
        key("vendor", F.STRING, "設定の種類（省略時は内容から判断）", "Kind of configuration; else told from its text."),
        key(
            "config",
            F.STRING,
            "設定ファイルのパス（このファイルからの相対パス）",
            "Path of the configuration, relative to this file.",
        ),
        choice("role", DEVICE_ROLES, "役割（既定 firewall）", "Its role, firewall by default."),
        key("gateway", F.STRING, "この装置が担うゲートウェイの ID", "ID of the gateway this host is."),
        rows("interfaces", INTERFACE, "インターフェース", "Its interfaces."),
        key("matches_mac", F.BOOLEAN, "ルールで MAC を限定できるか", "Whether its rules can hold a MAC."),
        key("contractor", F.STRING, "運用する委託先・他組織", "The contractor or other organisation that runs it."),
        key(
            "managed",
            F.BOOLEAN,
            "自団体が設定を持つか（既定 true）",
            "False: another organisation's; its configuration is not to be had.",
        ),
        key("changed_on", F.DATE, "最後に設定を変えた日", "Date of the last change."),
        key("firmware", F.STRING, "ファームウェアの版", "Version of the firmware."),
        key("support_ends_on", F.DATE, "サポート終了日", "End of support."),
        key(
            "support_checked_on",
            F.DATE,
            "製造元のサポート情報を最後に確認した日",
            "Day the vendor's notice of support was last looked at.",
        ),
        key("offsite", F.BOOLEAN, "庁舎の外に設置しているか", "Whether it stands outside the organisation's premises."),
        rows("approvals", crossing.APPROVAL, "庁舎外への設置の承認", "Approvals of an off-site installation."),
    ),
)
SENSOR = Table(
    name="sensors",
    doc=Text("監視装置と、見える範囲", "A sensor and what it can see."),
    keys=(
        ident("監視装置の ID", "ID of the sensor."),
        *NAMES,
        key("zone", F.STRING, "監視する系のゾーン ID", "ID of the zone it watches.", required=True),
        key("interfaces", F.STRINGS, "取り込みインターフェース", "Capture interfaces."),
        key("boundaries", F.PAIRS, "通信が見えるゾーンの組", "Zone pairs whose traffic passes its mirror port."),
        key("vlans", F.INTEGERS, "見える VLAN", "VLANs it sees.", low=1, high=4094),
        key(
            "mac_scope", F.STRINGS, "端末の MAC がそのまま見えるゾーン", "Zones whose own segment it sees, true MACs included."
        ),
    ),
)
CONNECTION = Table(
    name="external_connections",
    doc=Text("外部ネットワークとの接続", "A line to somewhere else."),
    keys=(
        ident("外部接続の ID", "ID of the connection."),
        *NAMES,
        choice(
            "line",
            LINES,
            "回線の種類。closed は専用線・閉域網、public は公衆回線、public_wlan は公衆無線 LAN",
            "Kind of line; closed is a leased line or closed network, public a public line, public_wlan a public wireless LAN.",
        ),
        key("encrypted", F.BOOLEAN, "暗号化しているか", "Whether it is encrypted."),
        key("zones", F.STRINGS, "その先のゾーンの ID", "IDs of the zones behind it."),
        rows("approvals", crossing.APPROVAL, "承認", "Approvals."),
        key("survey", F.STRING, "接続先の調査の文書", "Document: survey of the peer."),
        key("liability", F.STRING, "責任条項の文書", "Document: liability clause."),
        key("disconnection", F.STRING, "遮断手順の文書", "Document: how it is cut."),
        key("not_via_lgwan_reason", F.STRING, "LGWAN を使わない理由", "Why it does not use the LGWAN."),
        key(
            "remote_access",
            F.BOOLEAN,
            "庁外から内部を利用するための接続か（テレワーク・遠隔保守など）",
            "Whether people reach the inside over it (telework, remote maintenance …).",
        ),
        key("mfa", F.BOOLEAN, "利用者を複数の要素で認証しているか", "Whether they are authenticated by more than one factor."),
    ),
)
CHANGE = Table(
    name="changes",
    doc=Text("設定変更の記録", "A record of a change."),
    keys=(
        ident("変更の番号", "Number of the change."),
        key("changed_on", F.DATE, "変更した日", "Date of the change."),
        key("devices", F.STRINGS, "対象の装置の ID", "IDs of the devices."),
        key("doer", F.STRING, "作業者", "Who did it."),
        key("checker", F.STRING, "確認者", "Who checked it."),
        key("applicant", F.STRING, "申請者", "Who applied."),
        key("approver", F.STRING, "承認者", "Who approved."),
        key("summary", F.STRING, "内容", "What changed."),
    ),
)
REVIEW = Table(
    name="reviews",
    doc=Text("点検・監査の記録", "A dated review."),
    keys=(
        choice("kind", REVIEW_KINDS, "種別", "Which review.", required=True),
        key("done_on", F.DATE, "実施日", "Date."),
        key("by", F.STRING, "実施者", "Who did it.", required=True),
        key("role", F.STRING, "実施者の役職", "Role of that person."),
        key("report", F.STRING, "報告書の番号", "Number of the report."),
        key("scope", F.STRINGS, "対象の装置の ID(省略時はすべて)", "IDs of the devices; all by default."),
        key("sha256", F.STRING, "調書一式の SHA-256", "SHA-256 of the working papers."),
        key("findings_open", F.INTEGER, "未対応の指摘の数", "How many findings are still open.", low=0),
        key("follow_up", F.STRING, "改善の記録", "Record of the follow-up."),
    ),
)
CONTACT = Table(
    name="contacts",
    doc=Text("連絡先", "Whom to tell."),
    keys=(
        key(
            "role",
            F.STRING,
            "役割（ciso、prefecture、mic、ppc、duty など）",
            "Role: ciso, prefecture, mic, ppc, duty …",
            required=True,
        ),
        key("name", F.STRING, "名称", "Name.", required=True),
        key("phone", F.STRING, "電話番号", "Telephone."),
    ),
)
ATTESTATION = Table(
    name="attestations",
    doc=Text("ネットワークからは確かめられない申告", "A claim no tool can check on the network."),
    keys=(
        key("rule", F.STRING, "対象のルール番号", "ID of the rule it is about.", required=True),
        key("statement", F.STRING, "申告の内容", "What is claimed.", required=True),
        key("by", F.STRING, "申告者", "Who claims it.", required=True),
        key("on", F.DATE, "申告日", "Date."),
    ),
)
DIAGRAM = Table(
    name="diagram",
    doc=Text("ネットワーク構成図", "The network diagram on file."),
    keys=(
        key("version", F.STRING, "版", "Version.", required=True),
        key("dated", F.DATE, "作成日", "Date."),
        key("confidentiality", F.INTEGER, "機密性の区分（1〜3）", "Confidentiality class, 1 to 3.", low=1, high=3),
    ),
)

#: The whole file.
ROOT = Table(
    name="zones.toml",
    doc=Text("ゾーン定義ファイル", "The zone file."),
    keys=(
        sub("organisation", network.ORGANISATION, "団体", "The organisation.", required=True),
        sub("model", network.MODEL, "モデルとポリシー", "Scheme and policy.", required=True),
        sub("settings", network.SETTINGS, "しきい値", "Thresholds."),
        sub("diagram", DIAGRAM, "構成図", "The network diagram."),
        sub("ledger", network.LEDGER, "端末台帳", "Terminal ledgers."),
        rows("zones", network.ZONE, "ゾーン", "Zones.", required=True),
        rows("endpoints", network.ENDPOINT, "ホスト", "Hosts."),
        rows("services", network.SERVICE, "サービス", "Services."),
        rows("service_groups", network.SERVICE_GROUP, "サービスのグループ", "Groups of services."),
        rows("gateways", crossing.GATEWAY, "ゲートウェイ", "Gateways."),
        rows("conduits", crossing.CONDUIT, "承認された通信", "Conduits."),
        rows("exceptions", crossing.EXCEPTION, "例外措置", "Exceptions."),
        rows("devices", DEVICE, "装置", "Devices."),
        rows("sensors", SENSOR, "監視装置", "Sensors."),
        rows("external_connections", CONNECTION, "外部接続", "External connections."),
        rows("wireless_networks", infrastructure.WIRELESS, "無線 LAN", "Wireless LANs."),
        rows("cloud_services", infrastructure.CLOUD_SERVICE, "承認された外部サービス", "Approved external services."),
        rows("log_stores", infrastructure.LOG_STORE, "ログの保管先", "Log stores."),
        rows("changes", CHANGE, "変更の記録", "Changes."),
        rows("reviews", REVIEW, "点検・監査", "Reviews."),
        rows("contacts", CONTACT, "連絡先", "Contacts."),
        rows("attestations", ATTESTATION, "申告", "Attestations."),
    ),
)

#: Words people write for a key that is called otherwise here.
SYNONYMS = {
    "src": "initiator", "source": "initiator", "from": "initiator", "dst": "responder", "destination": "responder",
    "to": "responder", "cidr": "networks", "subnet": "networks", "subnets": "networks", "network": "networks",
    "vlan": "vlans", "ip": "address", "addresses": "address", "macs": "mac", "mac_address": "mac", "type": "kind",
    "label": "name", "title": "name", "name_ja": "name", "direction": "data", "data_direction": "data",
    "service": "services", "port": "services", "ports": "services", "must_flow": "must_flow_days",
    "daily_bytes": "daily_limit", "organization": "organisation", "city": "organisation", "expiry": "expires_on",
    "expires": "expires_on", "date": "decided_on", "tag": "tags", "file": "config", "ledgers": "ledger",
    "hosts": "endpoints", "groups": "service_groups", "connections": "external_connections",
    "wireless": "wireless_networks", "wifi": "wireless_networks", "wlan": "wireless_networks", "cloud": "cloud_services",
    "external_services": "cloud_services", "saas": "cloud_services", "logs": "log_stores", "syslog": "log_stores",
    "encryption": "protection", "security": "protection", "retention": "retention_days", "2fa": "mfa",
    "multi_factor": "mfa", "fqdn": "server_names", "sni": "server_names", "tenant": "tenant_restriction",
    "off_site": "offsite", "end_of_support": "support_ends_on", "eol": "support_ends_on",
}  # fmt: skip
