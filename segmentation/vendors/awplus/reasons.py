"""Why a line of an AlliedWare Plus configuration has no exact meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

UNKNOWN = Text(
    "このコマンドの意味は登録されていません。通信の可否に影響する可能性があるため、確認してください。",
    "The meaning of this command is not known here. It may affect what passes; check it.",
)
SHORT = Text("行が途中で終わっています。", "The line ends too early.")
BAD_ADDRESS = Text("「{text}」はアドレスとして読み取れません。", "{text} is not an address or a prefix.")
BAD_PROTOCOL = Text("プロトコル「{text}」は知られていません。", "The protocol {text} is not known.")
BAD_PORT = Text("ポートの条件「{text}」を読み取れません。", "The condition {text} on ports is not understood.")
BAD_ACTION = Text("動作「{text}」は知られていません。", "The action {text} is not known.")
EXTRA = Text("「{text}」の意味は登録されていません。", "The meaning of {text} is not known here.")
LIST_MISSING = Text(
    "アクセスリスト「{name}」は定義されていません。ないものとして扱いました。",
    "The access list {name} is not defined. It was left out.",
)
ENTITY_MISSING = Text("エンティティー「{name}」は定義されていません。", "The entity {name} is not defined.")
APPLICATION = Text(
    "アプリケーション「{name}」のポートは設定からは分かりません。",
    "The configuration does not say which ports the application {name} uses.",
)
BAD_RULE = Text("規則「{text}」を読み取れません。", "The rule {text} is not understood.")
OTHER_FILTER = Text(
    "この種類のフィルターは評価していません。通信の可否が結果と異なる可能性があります。",
    "Filters of this kind are not evaluated. What passes may differ from the result.",
)
# Words of conditions that cannot be known from the configuration; shown with the rule.
SOME_PORTS = "list on some ports of the VLAN only / VLANの一部のポートのみに適用"
