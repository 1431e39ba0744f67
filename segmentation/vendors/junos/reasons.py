"""Why a statement or a part of it has no meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

STATEMENT = Text("この文は知られていません。読み飛ばしました。", "This statement is not known and was skipped.")
SHORT = Text("文が途中で終わっています。値が必要です。", "The statement ends too early. A value is expected.")
TOO_LONG = Text("行が長すぎるため読み取れません。", "The line is too long to be read.")
TOO_MANY = Text(
    "文が多すぎるため、ここから先は読み取りませんでした。", "There are too many statements. The rest was not read."
)  # fmt: skip
UNBALANCED = Text(
    "波括弧の対応が取れていません。設定が途中で切れていないか確認してください。",
    "The braces do not match. Check that the configuration is complete.",
)
STRAY = Text("ここに「{word}」は書けません。", "{word} cannot stand here.")
ADDRESS = Text("「{word}」はアドレスとして読み取れません。", "{word} is not an address.")
PORT = Text("「{word}」はポートとして読み取れません。", "{word} is not a port.")
PROTOCOL = Text("「{word}」はプロトコルとして読み取れません。", "{word} is not a protocol.")
ICMP = Text("「{word}」は ICMP の種別として読み取れません。", "{word} is not an ICMP type or code.")
FLAGS = Text("「{word}」は TCP フラグの式として読み取れません。", "{word} is not an expression of TCP flags.")
NO_GROUP = Text("グループ「{name}」は定義されていません。", "The group {name} is not defined.")
NO_ADDRESS = Text(
    "アドレス「{name}」は定義されていません。どのアドレスか不明として扱いました。",
    "The address {name} is not defined. What it stands for was taken as not known.",
)
NO_APPLICATION = Text(
    "アプリケーション「{name}」は定義されていません。どの通信か不明として扱いました。",
    "The application {name} is not defined. What it stands for was taken as not known.",
)
LOOP = Text(
    "「{name}」の入れ子が循環しているか深すぎます。中身は不明として扱いました。",
    "{name} contains itself or is nested too deeply. Its content was taken as not known.",
)
NO_FILTER = Text(
    "フィルター「{name}」は適用されていますが、定義されていません。通過することもあるものとして扱いました。",
    "The filter {name} is applied but not defined. Packets were taken to pass it, which is not known.",
)
NO_PREFIX_LIST = Text(
    "プレフィックスリスト「{name}」は定義されていません。どのアドレスか不明として扱いました。",
    "The prefix list {name} is not defined. What it stands for was taken as not known.",
)
NO_ACTION = Text(
    "このポリシーには then の動作がありません。許可することもあるものとして扱いました。",
    "This policy has no action. It was taken to permit packets, which is not known.",
)
CONDITION = Text(
    "条件「{word}」は知られていません。この規則は一致することも一致しないこともあるものとして扱いました。",
    "The condition {word} is not known. The rule was taken to match or not to match, which is not known.",
)
ACTION = Text(
    "動作「{word}」は知られていません。許可することもあるものとして扱いました。",
    "The action {word} is not known. The rule was taken to permit packets, which is not known.",
)
SEVERAL_FILTERS = Text(
    "どのインターフェースにも適用されていないフィルターが複数あり、どこで働くか分かりません。すべて通過するものとして扱いました。",
    "There are several filters and none is applied to an interface. Everything was taken to pass.",
)
NOT_ANALYSED = Text("「{what}」は解析していません。", "{what} is not analysed.")
PACKET_MODE = Text(
    "packet-mode の通信はセキュリティポリシーを通りません。この項はその経路を解析していません。",
    "Packets in packet mode pass the security policies by. This way is not analysed.",
)
NAT = Text(
    "このアドレス変換は解析できません。変換された通信は許可されることがあります。",
    "This translation cannot be analysed. Translated traffic may pass.",
)
ALTERNATIVES = Text(
    "組み合わせが多すぎるため展開できません。一致することも一致しないこともあるものとして扱いました。",
    "There are too many combinations to write out. The rule was taken to match or not to match, which is not known.",
)
