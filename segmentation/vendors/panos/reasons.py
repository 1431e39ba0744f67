"""Why a line or a part of it has no meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

DOCTYPE = Text(
    "文書型宣言(DOCTYPE)と実体宣言は受け付けません。PAN-OS の設定には含まれません。",
    "A document type or entity declaration is refused. A configuration of PAN-OS has none.",
)
TOO_LARGE = Text(
    "要素の数が上限を超えたため、ここから先は読み取っていません。",
    "There are too many elements; from here on nothing was read.",
)
BAD_XML = Text(
    "XML として正しくないため、ここから先は読み取っていません({why})。",
    "This is not well-formed XML ({why}); from here on nothing was read.",
)
TOO_DEEP = Text("入れ子が深すぎるため、この中は読み取れません。", "Nested too deeply; what is inside was not read.")
NOT_CONFIG = Text(
    "最上位の要素は config であるはずですが、{tag} です。", "The outermost element should be config, but it is {tag}."
)
TWICE = Text("「{name}」は同じ場所に二度書かれています。", "{name} is written twice in one place.")
STRAY_TEXT = Text("値を取らない要素の中に文字があります。", "There is text in an element that holds no value.")
NOT_A_STATEMENT = Text(
    "PAN-OS の文ではありません。set、delete、move のいずれかで始まる行が必要です。",
    "This is not a statement of PAN-OS. Expected is a line that starts with set, delete or move.",
)
OPEN_QUOTE = Text("引用符が閉じられていません。", "A quotation mark is not closed.")
BRACKET = Text("角括弧の組が正しくありません。", "The square brackets do not match.")
BRACE = Text("波括弧の組が正しくありません。", "The braces do not match.")
NOT_THERE = Text("移動または削除の対象「{name}」がありません。", "There is no {name} to move or delete.")
MOVE_WORDS = Text(
    "移動先は top、bottom、before または after で指定します。", "Where to move is given by top, bottom, before or after."
)
UNKNOWN_KEY = Text(
    "「{path}」の設定「{key}」は知られていません({lines} 行)。",
    "The setting {key} of {path} is not known ({lines} lines).",
)
NAMED_KEY = Text(
    "「{path}」の「{key}」による通信の扱いは解析していません({lines} 行)。",
    "What {key} of {path} does with traffic was not analysed ({lines} lines).",
)
BAD_ADDRESS = Text("「{text}」はアドレスとして読み取れません。", "{text} is not an address, prefix or range.")
SCATTERED_MASK = Text(
    "「{text}」のワイルドカードは範囲が多すぎるため展開できません。",
    "The wildcard mask of {text} means too many separate ranges.",
)
NO_ADDRESS = Text("アドレス「{name}」に値がありません。", "The address {name} has no value.")
ADDRESS_MISSING = Text("アドレス「{name}」は定義されていません。", "The address {name} is not defined.")
GROUP_LOOP = Text("グループ「{name}」は自分自身を含んでいます。", "The group {name} contains itself.")
GROUP_DEEP = Text("グループ「{name}」の入れ子が深すぎます。", "The group {name} is nested too deeply.")
SERVICE_MISSING = Text("サービス「{name}」は定義されていません。", "The service {name} is not defined.")
NO_SERVICE = Text("サービス「{name}」にプロトコルがありません。", "The service {name} names no protocol.")
BAD_PORT = Text("「{text}」はポート番号または範囲として読み取れません。", "{text} is not a port or a range of ports.")
BAD_NUMBER = Text("「{text}」は数として読み取れません。", "{text} is not a number of the expected range.")
ZONE_MISSING = Text(
    "ゾーン「{name}」は定義されていないため、そのインターフェースが分かりません。",
    "The zone {name} is not defined, so its interfaces are not known.",
)
NO_ZONES = Text(
    "インターフェースを持つゾーンが定義されていないため、同じゾーンの中の通信かどうかが分かりません。",
    "No zone with interfaces is defined, so it is not known which traffic stays inside a zone.",
)
NO_PARTY = Text(
    "規則「{name}」に「{option}」がありません。すべてに一致しうるものとして扱いました。",
    "The rule {name} has no {option}. It was taken to match anything, perhaps.",
)
BAD_VALUE = Text(
    "「{option}」の値「{text}」は知られていません。成り立つことも成り立たないこともあるものとして扱いました。",
    "The value {text} of {option} is not known. It was taken to hold or not to hold.",
)
BAD_ACTION = Text(
    "動作「{text}」は知られていません。許可も拒否もありうるものとして扱いました。",
    "The action {text} is not known. It was taken to permit or to deny, which is not known.",
)
SCHEDULE_MISSING = Text("スケジュール「{name}」は定義されていません。", "The schedule {name} is not defined.")
PROFILE_MISSING = Text("管理プロファイル「{name}」は定義されていません。", "The management profile {name} is not defined.")
IPV6_UNSEEN = Text(
    "この設定では IPv6 はポリシーで判定されず、仮想ワイヤーではそのまま通過します。",
    "With this setting no policy judges IPv6, and a virtual wire lets it pass.",
)
STATELESS = Text(
    "この設定により、接続の確立を経ていない TCP のパケットも通過することがあります。",
    "With this setting TCP packets may pass that belong to no session.",
)
GROUPS = Text(
    "デバイスグループが複数あり({names})、この機器にどれが適用されるか分かりません。いずれもありうるものとして扱いました。",
    "There are several device groups ({names}); which one holds for this device is not known. Any of them was taken to hold.",
)
VSYS_UNKNOWN = Text(
    "仮想システムが複数ありますが、「{name}」にはインターフェースの割り当てがありません。",
    "There are several virtual systems, and {name} has no interfaces.",
)
TRANSLATION = Text(
    "NAT 規則「{name}」の変換({what})は設定だけでは決まりません。",
    "What the NAT rule {name} translates to ({what}) cannot be told from the configuration.",
)
SHARED_OBJECT = Text(
    "「{name}」はデバイスグループごとに異なる定義を持ちます。", "{name} is defined differently in several device groups."
)
MANY_RULES = Text(
    "規則「{name}」は組合せが多すぎるため、サービスを広めに近似しました。",
    "The rule {name} has too many combinations; its services were widened.",
)
