"""Why a line of a NEC UNIVERGE IX configuration has no exact meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

UNKNOWN = Text(
    "このコマンドの意味は登録されていません。通信の可否に影響する可能性があるため、確認してください。",
    "The meaning of this command is not known here. It may affect what passes; check it.",
)
LINE_TOO_LONG = Text("行が長すぎるため読み取れません。", "The line is too long to be read.")
SHORT = Text("行が途中で終わっています。", "The line ends too early.")
BAD_ADDRESS = Text("「{text}」はIPv{family}アドレスとして読み取れません。", "{text} is not an IPv{family} address or prefix.")
BAD_PROTOCOL = Text("プロトコル「{text}」は知られていません。", "The protocol {text} is not known.")
BAD_PORT = Text("ポートの条件「{text}」を読み取れません。", "The condition {text} on ports is not understood.")
BAD_FILTER = Text(
    "「{text}」はフィルターの適用として読み取れません。リスト名、シーケンス番号、in または out が必要です。",
    "{text} does not bind a filter. Expected is a list, a sequence number, and in or out.",
)
EXTRA = Text("「{text}」の意味は登録されていません。", "The meaning of {text} is not known here.")
LIST_MISSING = Text(
    "アクセスリスト「{name}」は定義されていません。このときの動作はマニュアルに記載がないため、許可も拒否もありうるものとしました。",
    "The access list {name} is not defined. The manuals do not say what happens then; it was taken to permit or to deny.",
)
BAD_TRANSLATION = Text("変換「{text}」を読み取れません。", "The translation {text} is not understood.")
FRAMES = Text(
    "MACアドレスによるフィルターは評価していません。実際に通る通信は結果より少なくなります。",
    "Filters on MAC addresses are not evaluated. In fact less passes than shown.",
)
UPNP = Text(
    "UPnPは端末の要求によりポートを開きます。開かれるポートは設定からは分かりません。",
    "UPnP opens ports when hosts ask for it. Which ones the configuration does not tell.",
)
# Words of conditions that cannot be known from the configuration; shown with the rule.
UNDEFINED_LIST = "undefined access list / 未定義のアクセスリスト"
TRIGGER_DENY = "deny in a trigger of a dynamic list / 動的リストのトリガー内のdeny"
APPLICATION = "application of a dynamic list / 動的リストのアプリケーション"
NAT_ORDER = "filter before or after NAT / NATとフィルターの前後関係"
