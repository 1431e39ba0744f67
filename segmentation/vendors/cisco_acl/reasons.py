"""Why a line or a part of it has no meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

STATEMENT = Text("この文は知られていません。読み飛ばしました。", "This statement is not known and was skipped.")
WORD = Text(
    "「{word}」は知られていません。この行は一致することも一致しないこともあるものとして扱いました。",
    "{word} is not known. The line was taken to match or not to match, which is not known.",
)
MISSING = Text("行が途中で終わっています。{what}が必要です。", "The line ends too early. Expected is {what}.")
ADDRESS = Text("「{word}」はアドレスとして読み取れません。", "{word} is not an address.")
MASK = Text("「{word}」はマスクとして読み取れません。", "{word} is not a mask.")
SCATTERED = Text(
    "「{word}」のマスクは連続しておらず、範囲が多すぎるため展開できません。",
    "The mask {word} is not contiguous and means too many separate ranges.",
)
PORT = Text("「{word}」はポートとして読み取れません。", "{word} is not a port.")
PROTOCOL = Text("「{word}」はプロトコルとして読み取れません。", "{word} is not a protocol.")
GROUP_MISSING = Text(
    "「{name}」は定義されていません。その中身は不明として扱いました。",
    "{name} is not defined. Its content was taken as not known.",
)
GROUP_LOOP = Text("グループ「{name}」の参照が循環しています。", "The group {name} contains itself.")
GROUP_DEEP = Text(
    "グループ「{name}」の入れ子が深すぎるため読み取れません。", "The group {name} is nested too deeply to be read."
)  # fmt: skip
ACL_MISSING = Text(
    "アクセスリスト「{name}」は適用されていますが、定義されていません。{effect}",
    "The access list {name} is applied but not defined. {effect}",
)
PASSES_ALL = Text(
    "この機種の説明書のとおり、すべて通過するものとして扱いました。", "By the manual of this device everything passes."
)  # fmt: skip
MAY_PASS = Text(
    "通過することも破棄されることもあるものとして扱いました。", "It was taken to pass or to drop packets, which is not known."
)  # fmt: skip
NOT_APPLIED = Text(
    "どのインターフェースにも適用されていないアクセスリストが複数あり、どこで働くか分かりません。すべて通過するものとして扱いました。",
    "There are several access lists and none is applied to an interface. Everything was taken to pass.",
)
NOT_ANALYSED = Text("「{what}」は解析していません。", "{what} is not analysed.")
TRANSLATION = Text(
    "このアドレス変換は解析していません。変換された通信は許可されることがあります。",
    "This translation is not analysed. Translated traffic may pass.",
)
TOO_LONG = Text("行が長すぎるため読み取れません。", "The line is too long to be read.")
BANNER_OPEN = Text("バナーの終わりがありません。", "The banner has no end.")
MANY_MORE = Text(
    "このほかに {count} か所が読み取れませんでした(一覧は省略)。", "{count} further places are not understood and not listed."
)
CLASS_MISSING = Text(
    "クラスマップ「{name}」は定義されていません。通過することも破棄されることもあるものとして扱いました。",
    "The class map {name} is not defined. It was taken to pass or to drop packets, which is not known.",
)
OLD_NAT = Text(
    "ASA 8.3 より前の書式のアドレス変換です。アクセスリストの意味が変わるため、正確に解析できません。",
    "This is address translation as before ASA 8.3, where access lists mean other addresses. It is not analysed.",
)
