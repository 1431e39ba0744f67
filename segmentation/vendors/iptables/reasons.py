"""Why a line or a part of it has no meaning: every reason in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

LINE_TOO_LONG = Text("行が長すぎるため読み取れません。", "The line is too long to be read.")
OPEN_QUOTE = Text("引用符が閉じられていません。", "A quotation mark is not closed.")
NOT_A_LINE = Text(
    "iptables-save の行ではありません。「*表」「:チェーン」「-A」「COMMIT」などで始まる行が必要です。",
    "This is not a line of iptables-save. Expected is a line that starts with *table, :chain, -A or COMMIT.",
)
NO_TABLE = Text(
    "表の宣言(*filter など)がないため、この行は読み飛ばしました。",
    "This line stands in no table (such as *filter) and was skipped.",
)
UNKNOWN_TABLE = Text(
    "表「{name}」は知られていません。filter、nat、mangle、raw、security のいずれかが必要です。",
    "The table {name} is not known. Expected is filter, nat, mangle, raw or security.",
)
TABLE_AGAIN = Text(
    "表「{name}」が 2 回書かれています。iptables-restore と同じく、後のものだけを使いました(前は {before})。",
    "The table {name} is written twice. As iptables-restore does, only the later one was used (the earlier is at {before}).",
)
NO_COMMIT = Text(
    "表「{name}」に COMMIT がありません。ファイルが途中で切れている可能性があります。",
    "The table {name} has no COMMIT. The file may have been cut short.",
)
STRAY_COMMIT = Text("対応する表のない COMMIT です。", "This COMMIT belongs to no table.")
BAD_CHAIN_LINE = Text(
    "チェーンの宣言として読み取れません。「:名前 方針 [パケット数:バイト数]」が必要です。",
    "This is not a chain declaration. Expected is :name policy [packets:bytes].",
)
BAD_POLICY = Text(
    "方針「{policy}」は知られていません。ACCEPT または DROP が必要です。",
    "The policy {policy} is not known. Expected is ACCEPT or DROP.",
)
CHAIN_AGAIN = Text("チェーン「{name}」は既に宣言されています({before})。", "The chain {name} is already declared at {before}.")
CHAIN_LATE = Text(
    "チェーン「{name}」は宣言より前に使われています。iptables-restore はこのファイルを受け付けません。",
    "The chain {name} is used before it is declared. iptables-restore would refuse this file.",
)
CHAIN_UNDECLARED = Text(
    "チェーン「{name}」は宣言されていません。この行のチェーンとして扱いました。",
    "The chain {name} is not declared. It was read as a chain of its own.",
)
CHAIN_LOOP = Text(
    "チェーン「{name}」への移動が循環しています。カーネルはこのファイルを受け付けません。",
    "The jump to chain {name} closes a loop. The kernel would refuse this file.",
)
CHAIN_MISSING = Text(
    "「{name}」という名前のチェーンもターゲットもありません。許可も拒否もありうるものとして扱いました。",
    "There is neither a chain nor a target named {name}. It was taken to permit or to deny, which is not known.",
)
COMMAND = Text(
    "「{command}」による変更は読み取れません。iptables-save の出力を指定してください。",
    "The change made by {command} is not read. Give the output of iptables-save.",
)
RULE_NUMBER = Text(
    "挿入位置「{number}」がチェーンの行数を超えています。", "The rule number {number} is beyond the end of the chain."
)
NO_VALUE = Text("「{option}」の値がありません。", "The option {option} has no value.")
LONE_WORD = Text(
    "「{word}」を読み取れません。オプション(- で始まる語)が必要です。", "{word} is not understood. Expected is an option."
)
UNKNOWN_OPTION = Text(
    "オプション「{option}」は知られていません。この条件は成り立つことも成り立たないこともあるものとして扱いました。",
    "The option {option} is not known. The condition was taken to hold or not to hold, which is not known.",
)
UNKNOWN_MODULE = Text(
    "照合モジュール「{name}」は知られていません。この条件は成り立つことも成り立たないこともあるものとして扱いました。",
    "The match {name} is not known. The condition was taken to hold or not to hold, which is not known.",
)
BAD_ADDRESS = Text(
    "「{text}」は{family}アドレスとして読み取れません。", "{text} is not an {family} address, prefix or list of them."
)  # fmt: skip
SCATTERED_MASK = Text(
    "「{text}」のマスクは連続しておらず、範囲が多すぎるため展開できません。",
    "The mask of {text} is not contiguous and means too many separate ranges.",
)
BAD_RANGE = Text("「{text}」はアドレス範囲として読み取れません。", "{text} is not a range of addresses.")
BAD_PORT = Text("「{text}」はポート番号または範囲として読み取れません。", "{text} is not a port or a range of ports.")
NO_PORT_LEFT = Text(
    "すべてのポートの否定です。iptables の版により、条件が無視されるか、決して一致しなくなります。",
    "This negates every port. Depending on its version, iptables ignores the condition or the rule never matches.",
)
BAD_PROTOCOL = Text("プロトコル「{text}」は知られていません。", "The protocol {text} is not known.")
BAD_FLAGS = Text("「{text}」は TCP フラグとして読み取れません。", "{text} is not a list of TCP flags.")
BAD_STATE = Text("「{text}」は接続状態として読み取れません。", "{text} is not a connection state.")
BAD_MAC = Text("「{text}」は MAC アドレスとして読み取れません。", "{text} is not a MAC address.")
BAD_ICMP = Text("「{text}」は ICMP のタイプとして読み取れません。", "{text} is not an ICMP type.")
BAD_TRANSLATION = Text("変換先「{text}」を読み取れません。", "The translation target {text} is not understood.")
NEEDS_PROTOCOL = Text(
    "「{option}」には -p {protocol} の指定が必要です。カーネルはこの行を受け付けません。",
    "The option {option} needs -p {protocol}. The kernel would refuse this line.",
)
WRONG_FAMILY = Text(
    "「{option}」は{family}では使えません。カーネルはこの行を受け付けません。",
    "The option {option} does not exist for {family}. The kernel would refuse this line.",
)
WRONG_HOOK = Text(
    "ターゲット「{name}」は表「{table}」では使えません。カーネルはこの行を受け付けません。",
    "The target {name} does not exist in the table {table}. The kernel would refuse this line.",
)
COPIES = Text(
    "ターゲット「{name}」はパケットを別の宛先にも送ります。送り先の通信は解析していません。",
    "The target {name} sends a copy of the packet elsewhere. The copy is not analysed.",
)
REWRITES = Text(
    "ターゲット「{name}」はアドレスを書き換えますが、解析していません。",
    "The target {name} rewrites addresses, which is not analysed.",
)
SET_MISSING = Text(
    "ipset「{name}」の内容が与えられていません。ipset save の出力も指定してください。",
    "The content of the ipset {name} was not given. Give the output of ipset save, too.",
)
SET_TYPE = Text("ipset の型「{kind}」は知られていません。", "The ipset type {kind} is not known.")
SET_LINE = Text("ipset save の行として読み取れません。", "This is not a line of ipset save.")
SET_ENTRY = Text(
    "ipset「{name}」の要素「{entry}」を読み取れません。", "The element {entry} of the ipset {name} is not understood."
)
SET_UNDECLARED = Text("ipset「{name}」は作成されていません。", "The ipset {name} is not created before.")
SET_AGAIN = Text("ipset「{name}」は既に作成されています。", "The ipset {name} is already created.")
SET_TOO_LARGE = Text(
    "ipset「{name}」の要素が多すぎるため、残りを読み取れません。",
    "The ipset {name} has too many elements; the rest is not read.",
)
TOO_MANY_TERMS = Text(
    "条件の組合せが多すぎるため、広めに近似しました。", "The conditions combine to too many cases; they were widened."
)
OTHER_TOOL = Text("{tool} の出力です。この部分は解析していません。", "This is output of {tool}. This part is not analysed.")
LEGACY = Text(
    "この機器には別方式(legacy または nft)の表もありますが、このファイルには含まれていません。その出力も指定してください。",
    "The device has further tables of the other kind (legacy or nft) that are not in this file. Give them, too.",
)
MANY_MORE = Text(
    "このほかに {count} か所が読み取れませんでした(一覧は省略)。", "{count} further places are not understood and not listed."
)
FAMILY = {4: Text(" IPv4 ", "IPv4"), 6: Text(" IPv6 ", "IPv6")}
