"""Why a line of a Yamaha configuration, or a part of it, has no exact meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

LINE_TOO_LONG = Text("行が長すぎるため読み取れません。", "The line is too long to be read.")
UNKNOWN = Text(
    "このコマンドの意味は登録されていません。通信の可否に影響する可能性があるため、確認してください。",
    "The meaning of this command is not known here. It may affect what passes; check it.",
)
NO_CONTEXT = Text(
    "pp select または tunnel select より前に書かれているため、どのインターフェースの設定か分かりません。",
    "No pp select or tunnel select stands before this line, so its interface is not known.",
)
SHORT = Text("行が途中で終わっています。", "The line ends too early.")
BAD_NUMBER = Text("「{text}」はフィルター番号として読み取れません。", "{text} is not a filter number.")
BAD_ACTION = Text(
    "動作「{text}」は知られていません。pass、reject、restrict などが必要です。",
    "The action {text} is not known. Expected is pass, reject or restrict.",
)
BAD_ADDRESS = Text("「{text}」はIPv{family}アドレスとして読み取れません。", "{text} is not an IPv{family} address or range.")
RUN_TIME_ADDRESS = Text("「{text}」のアドレスは実行時に決まります。", "The addresses of {text} are known at run time only.")
SCATTERED = Text("「{text}」は範囲が多すぎるため展開できません。", "{text} means too many separate ranges.")
BAD_PROTOCOL = Text("プロトコル「{text}」は知られていません。", "The protocol {text} is not known.")
BAD_PORT = Text("「{text}」はポート番号または範囲として読み取れません。", "{text} is not a port or a range of ports.")
BAD_FLAGS = Text("「{text}」はTCPフラグの条件として読み取れません。", "{text} is not a condition on TCP flags.")
EXTRA = Text("「{text}」の意味は登録されていません。", "The meaning of {text} is not known here.")
BAD_APPLICATION = Text(
    "動的フィルターのアプリケーション「{text}」は知られていません。", "The application {text} of a dynamic filter is not known."
)
FILTER_MISSING = Text(
    "フィルター{number}は定義されていません。ないものとして扱いました。",
    "The filter {number} is not defined. It was left out.",
)
SET_MISSING = Text("フィルターセット「{name}」は定義されていません。", "The filter set {name} is not defined.")
DESCRIPTOR_MISSING = Text("NATディスクリプター{number}は定義されていません。", "The NAT descriptor {number} is not defined.")
DESCRIPTOR_TYPE = Text(
    "NATディスクリプターの種類「{text}」は知られていません。", "The NAT descriptor type {text} is not known."
)
BAD_TRANSLATION = Text("変換「{text}」を読み取れません。", "The translation {text} is not understood.")
REVERSE = Text(
    "リバースNATは解析していません。変換後の宛先への通信は結果に含まれません。",
    "Reverse NAT is not analysed. What it sends to translated destinations is not in the result.",
)
BAD_INTERFACE_ADDRESS = Text(
    "「{text}」はインターフェースのアドレスとして読み取れません。", "{text} is not the address of an interface."
)
UPNP = Text(
    "UPnPは端末の要求によりポートを開きます。開かれるポートは設定からは分かりません。",
    "UPnP opens ports when hosts ask for it. Which ones the configuration does not tell.",
)
SCHEDULED = Text(
    "スケジュールによりフィルターまたはNATの設定が変わります。変更後の状態は解析していません。",
    "A schedule changes filters or NAT. The state after the change is not analysed.",
)
FRAMES = Text(
    "MACアドレスによるフィルターは評価していません。実際に通る通信は結果より少なくなります。",
    "Filters on MAC addresses are not evaluated. In fact less passes than shown.",
)
OTHER_FILTER = Text(
    "この種類のフィルターは評価していません。通信の可否が結果と異なる可能性があります。",
    "Filters of this kind are not evaluated. What passes may differ from the result.",
)
# Words of conditions that cannot be known from the configuration; shown with the rule.
LINE_STATE = "restrict: passes while the line is up / 回線接続中のみ通過"
UNMATCHED_DYNAMIC = "dynamic filter without a static pass / 静的フィルターで一致しない動的フィルター"
TRIGGERED = "dynamic filter: only after its trigger / 動的フィルターのトリガー後のみ"
PORTS_WITHOUT_PROTOCOL = "ports of any protocol / 全プロトコルのポート指定"
