"""Why a line or a part of it has no meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

OPEN_QUOTE = Text("引用符が閉じられていません。", "A quotation mark is not closed.")
NOT_CLOSED = Text(
    "この config または edit に対応する end がありません。ファイルが途中で切れている可能性があります。",
    "This config or edit is never closed by end. The file may have been cut short.",
)
TOO_DEEP = Text("入れ子が深すぎるため、この config の中は読み取れません。", "Nested too deeply; this config was not read.")
STRAY_NEXT = Text("対応する edit のない next です。", "This next belongs to no edit.")
STRAY_END = Text("対応する config のない end です。", "This end belongs to no config.")
STRAY_EDIT = Text("config の外に書かれています。", "This stands outside of config.")
STRAY_SET = Text("config の外に書かれた設定です。", "This option stands outside of config.")
NOT_A_STATEMENT = Text(
    "FortiOS の文ではありません。config、edit、set、next、end などで始まる行が必要です。",
    "This is not a statement of FortiOS. Expected is a line that starts with config, edit, set, next or end.",
)
TABLE_COMMAND = Text(
    "対象の項目がないため、この操作は適用できません。", "This cannot be applied: there is no such entry."
)  # fmt: skip
UNKNOWN_BLOCK = Text(
    "設定「{path}」は知られていません。中の {lines} 行は解析していません。",
    "The configuration {path} is not known. Its {lines} lines were not analysed.",
)
NAMED_BLOCK = Text(
    "「{path}」による通信の扱いは解析していません(中の {lines} 行)。",
    "What {path} does with traffic was not analysed ({lines} lines).",
)
UNKNOWN_OPTION = Text(
    "「{path}」の項目「{option}」は知られていません。この条件は成り立つことも成り立たないこともあるものとして扱いました。",
    "The option {option} of {path} is not known. The condition was taken to hold or not to hold, which is not known.",
)
UNKNOWN_NEUTRAL_OPTION = Text("「{path}」の項目「{option}」は知られていません。", "The option {option} of {path} is not known.")
BAD_ADDRESS = Text("「{text}」はアドレスとして読み取れません。", "{text} is not an address, prefix or range.")
SCATTERED_MASK = Text(
    "「{text}」のマスクは連続しておらず、範囲が多すぎるため展開できません。",
    "The mask of {text} is not contiguous and means too many separate ranges.",
)
BAD_PORT = Text("「{text}」はポート番号または範囲として読み取れません。", "{text} is not a port or a range of ports.")
BAD_NUMBER = Text("「{text}」は数として読み取れません。", "{text} is not a number of the expected range.")
BAD_PROTOCOL = Text("プロトコル「{text}」は知られていません。", "The protocol {text} is not known.")
BAD_TYPE = Text("「{path}」の種類「{text}」は知られていません。", "The type {text} of {path} is not known.")
BAD_ACTION = Text(
    "動作「{text}」は知られていません。許可も拒否もありうるものとして扱いました。",
    "The action {text} is not known. It was taken to permit or to deny, which is not known.",
)
ADDRESS_MISSING = Text("アドレス「{name}」は定義されていません。", "The address {name} is not defined.")
SERVICE_MISSING = Text("サービス「{name}」は定義されていません。", "The service {name} is not defined.")
SCHEDULE_MISSING = Text("スケジュール「{name}」は定義されていません。", "The schedule {name} is not defined.")
INTERFACE_MISSING = Text("インターフェース「{name}」は定義されていません。", "The interface {name} is not defined.")
POOL_MISSING = Text("アドレスプール「{name}」は定義されていません。", "The address pool {name} is not defined.")
GROUP_LOOP = Text("グループ「{name}」は自分自身を含んでいます。", "The group {name} contains itself.")
GROUP_DEEP = Text("グループ「{name}」の入れ子が深すぎます。", "The group {name} is nested too deeply.")
NO_SERVICE = Text(
    "サービス「{name}」にはポートの指定がなく、どの通信にも一致しません。",
    "The service {name} names no port and matches nothing.",
)
NO_PARTY = Text(
    "ポリシー {id} に「{option}」がありません。すべてに一致しうるものとして扱いました。",
    "Policy {id} has no {option}. It was taken to match anything, perhaps.",
)
NEGATED6 = Text(
    "「srcaddr-negate」などが IPv6 に及ぶかどうかは版により異なります。",
    "Whether the negation of addresses holds for IPv6 depends on the version.",
)
VIP_KIND = Text(
    "VIP「{name}」(種類 {kind})の変換先は設定だけでは決まりません。",
    "Where the VIP {name} (type {kind}) leads cannot be told from the configuration.",
)
VIP_SCATTERED = Text(
    "VIP「{name}」の外側と内側の範囲を 1 対 1 に対応付けられないため、広めに近似しました。",
    "The outer and inner ranges of the VIP {name} do not map one to one; they were widened.",
)
TRANSLATION = Text(
    "ポリシー {id} の変換({option})は解析していません。", "The translation ({option}) of policy {id} was not analysed."
)
ASYMMETRIC = Text(
    "非対称ルーティングが有効なため、接続の状態によらず通るパケットがあります。",
    "Asymmetric routing is enabled: packets may pass whatever the state of their connection.",
)
TRANSPARENT = Text(
    "VDOM「{vdom}」は透過モードです。IP 以外のフレームの転送は解析していません。",
    "VDOM {vdom} is in transparent mode. Frames other than IP were not analysed.",
)
NO_GLOBAL = Text(
    "複数の VDOM がありますが、インターフェースの設定(config global)がありません。VDOM 間のつながりは解析していません。",
    "There are several VDOMs and no interfaces (config global is missing). What joins the VDOMs was not analysed.",
)
POLICY_BASED = Text(
    "アプリケーションによる NGFW モードです。security-policy は解析せず、firewall policy が許す範囲を広めに示します。",
    "NGFW mode with policies by application: security policies are not analysed; all that firewall policies let on is shown.",
)
MANY_MORE = Text(
    "このほかに {count} か所が読み取れませんでした(一覧は省略)。", "{count} further places are not understood and not listed."
)
