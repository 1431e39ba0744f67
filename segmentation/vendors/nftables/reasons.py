"""Why something was not understood: the sentences an officer reads, in both languages."""

from __future__ import annotations

from segmentation.model.text import Text

# ---- things that are expected somewhere

A_VALUE = Text("値", "a value")
A_NUMBER = Text("数値", "a number")
A_NAME = Text("名前", "a name")
A_CHAIN = Text("チェーン名", "the name of a chain")
A_CHAIN_TYPE = Text("チェーンの種類", "the type of a chain")
A_HOOK = Text("フック名", "the name of a hook")
A_SET = Text("セット名", "the name of a set")
A_TABLE = Text("テーブル名", "the name of a table")
A_VARIABLE = Text("変数名", "the name of a variable")
A_METER = Text("メーター名", "the name of a meter")
A_COMMENT = Text("コメント", "a comment")
A_DURATION = Text("時間の長さ", "a duration")
A_FLAG = Text("フラグ", "a flag")
A_HANDLE = Text("ハンドル番号", "a handle")
A_FILE = Text("引用符で囲んだファイル名", "a quoted file name")
AN_OPERATION = Text("add、update、delete のいずれか", "add, update or delete")
AN_OPTION = Text("オプション名", "the name of an option")
A_MAP = Text("マップ", "a map")
A_MASK = Text("定数のマスク", "a constant mask")
AN_INTERFACE = Text("インターフェース名", "the name of an interface")
AN_ADDRESS = Text("アドレス", "an address")
CONSTANTS = Text("範囲の両端の定数", "the two constants of a range")
THE_END = Text("定義の終わり", "the end of the definition")
END_OF_FILE = Text("ファイルの終わり", "the end of the file")
TOKEN = Text("「{text}」", "'{text}'")

EXPECTED = Text("{what}が必要な箇所に{read}があります。", "Expected {what}, but read {read}.")

# ---- text form

TOO_DEEP = Text("式の入れ子が深すぎます。", "The expressions are nested too deeply.")
UNDEFINED_VARIABLE = Text("変数 ${name} は定義されていません。", "The variable ${name} is not defined.")
UNREAD_VARIABLE = Text("変数 ${name} の定義を解釈できませんでした。", "The definition of ${name} was not understood.")
NOT_A_CT_KEY = Text("「{text}」は接続追跡(ct)の項目ではありません。", "'{text}' is not a connection-tracking key.")
VARIABLE_NOT_CHAIN = Text("この変数の値はチェーン名ではありません。", "The variable does not hold the name of a chain.")
NOT_A_STATEMENT = Text(
    "「{text}」は文としてもヘッダー項目としても知られていません。",
    "'{text}' is neither a statement nor a header field that is known.",
)
NOT_SETTABLE = Text(
    "set で変更できるのはヘッダー、meta、ct の項目だけです。", "Only header fields, meta keys and ct keys can be set."
)
TOO_MANY_ELEMENTS = Text("セットの要素が {limit} 個を超えています。", "The set has more than {limit} elements.")
CHOSEN_BY_MAP = Text("条件がマップで選ばれています。", "The condition is chosen by a map.")
AFTER_VERDICT = Text(
    "判定の後に文があります。nft はこの規則を受け付けません。", "A statement follows the verdict; nft refuses such a rule."
)
REWRITTEN = Text(
    "接続追跡を使わずにパケットの宛先・送信元・ポートを書き換えるため、その後を追跡できません。",
    "The packet's addresses or ports are rewritten without connection tracking; what becomes of it is not followed.",
)
DUPLICATED = Text(
    "パケットの複製を別の宛先へ送ります。複製の行き先は追跡できません。",
    "A copy of the packet is sent elsewhere; where the copy goes is not followed.",
)
FORWARDED = Text(
    "以降のフィルターを通さずに、パケットを別のインターフェースへ送り出します。",
    "The packet is sent out of another interface before any later filter sees it.",
)
NOT_IN_TABLE = Text("「{text}」はテーブルの中に書けるものではありません。", "'{text}' is no part of a table.")
NOT_IN_SET = Text("「{text}」はセットの中に書けるものではありません。", "'{text}' is no part of a set.")
NOT_IN_CHAIN_HEAD = Text(
    "「{text}」はチェーンの宣言に書けるものではありません。", "'{text}' is no part of a chain's declaration."
)
NOT_A_POLICY = Text("「{text}」は既定動作ではありません。accept か drop です。", "'{text}' is no policy; it is accept or drop.")
NOT_A_PRIORITY = Text("「{text}」は優先度ではありません。", "'{text}' is not a priority.")
UNCLOSED_BLOCK = Text("ブロックの途中でファイルが終わっています。", "The file ends inside a block.")
ABSENT_INCLUDE = Text(
    "取り込むファイルが渡されていないため、そこで追加される規則が分かりません。",
    "The file to include is not among those given, so what it would add is not known.",
)
CIRCULAR_INCLUDE = Text(
    "ファイルの取り込みが循環しているか、深すぎます。", "The files include each other, or too many levels deep."
)
NOT_A_COMMAND = Text("「{text}」は規則を記述する命令ではありません。", "'{text}' is not a command that describes rules.")
NOT_FOLLOWED = Text("命令「{text}」の効果は追跡していません。", "The effect of the command '{text}' is not followed.")
BY_HANDLE = Text(
    "命令「{text}」は、このファイルに現れない番号で対象を指定しています。",
    "The command '{text}' names an object by a number that the file does not show.",
)
NO_SUCH_SET = Text("このテーブルにセットまたはマップ「{name}」がありません。", "There is no set or map '{name}' in this table.")
ELEMENT_NOT_FOUND = Text(
    "削除する要素が、同じ書き方ではセットの中に見つかりません。", "An element to delete is not written in this form in the set."
)
RULE_NOT_FOUND = Text("ハンドル {handle} の規則がファイルにありません。", "The file shows no rule with the handle {handle}.")
NO_HANDLE = Text("規則のハンドルが指定されていません。", "No handle of a rule is given.")
PLACE_NOT_FOUND = Text(
    "位置の基準となる規則がファイルにありません。", "The rule beside which this one is placed is not in the file."
)

# ---- JSON form

BAD_JSON = Text("JSON として読み取れません({what})。", "The file is not readable as JSON ({what}).")
NOT_A_RULESET = Text(
    "nft -j list ruleset の形式ではありません(「nftables」の配列がありません)。",
    "This is not the form of nft -j list ruleset: there is no array named nftables.",
)
JSON_OBJECT = Text("「{text}」というオブジェクトは知られていません。", "An object '{text}' is not known.")
JSON_EXPRESSION = Text("式の形式を解釈できません。", "The form of the expression is not understood.")
JSON_STATEMENT = Text("文「{text}」は知られていません。", "A statement '{text}' is not known.")
JSON_TABLE_FLAG = Text(
    "テーブルのフラグを読めません（nft 1.0.6 の JSON 出力の不具合）。休止中とみなし、何も止めないテーブルとして判定します。"
    "nft list ruleset のテキスト出力なら正しく読めます。",
    "The table's flag cannot be read (a fault of the JSON output of nft 1.0.6). It is taken for dormant: it stops nothing. "
    "The text that nft list ruleset prints is read exactly.",
)
JSON_INCOMPLETE = Text("必要な項目「{text}」がないか、形式が違います。", "The property '{text}' is missing or of another form.")

EXTENSION = Text(
    "iptables の拡張機能です。nft はその条件を表示しないため、iptables-save の出力も指定してください。",
    "This is an extension of iptables, whose parameters nft does not show; give the output of iptables-save instead.",
)

# ---- constants

UNKNOWN_NAME = Text("「{text}」は既知の{kind}ではありません。", "'{text}' is not a known {kind}.")
TOO_LARGE = Text("「{text}」は{kind}として大きすぎます。", "'{text}' is too large for a {kind}.")
NOT_A_MASK = Text("プレフィックスはマスクとして使えません。", "A prefix cannot be a mask.")
SCATTERED_MASK = Text(
    "マスクが表す範囲の数が多すぎるため、不確かな条件として扱います。",
    "The mask stands for too many separate ranges and is taken as uncertain.",
)
LONG_PREFIX = Text("プレフィックス長 {length} が長すぎます。", "The prefix length {length} is too long.")
DESCENDING = Text("範囲 {low}-{high} が昇順ではありません。", "The range {low}-{high} does not ascend.")
MASK_AS_ELEMENT = Text("マスク付きの値はセットの要素になりません。", "A masked value cannot be an element.")
NOT_A_KIND = Text("ここに書けるのは{kind}です。", "Only a {kind} can stand here.")
STAR_NAME = Text(
    "名前が本当に「*」で終わるインターフェースは扱えません。", "An interface whose name really ends in '*' is not supported."
)
PARTS = Text(
    "要素は {found} 個の部分から成りますが、鍵は {wanted} 個です。", "An element has {found} parts, but the key has {wanted}."
)
NO_ORDER = Text("ここでは「{operator}」による大小の比較ができません。", "Values cannot be compared by '{operator}' here.")

# ---- rules and chains

TOO_MANY = Text(
    "この規則は {limit} を超える組合せを表すため、その全てに当てはまり得るものとして扱います。",
    "The rule stands for more than {limit} combinations; it is taken as possible for all of them.",
)
NOT_A_VERDICT = Text("マップの値が判定ではありません。", "The map holds something that is no verdict.")
RUN_TIME_MAP = Text(
    "マップが返すアドレスやポートは実行時まで分かりません。", "Which address or port the map gives is only known at run time."
)
TARGET_NOT_CONSTANT = Text("変換先のアドレスが定数ではありません。", "The address to translate to is not a constant.")
OTHER_FAMILY = Text(
    "{family} ファミリーのテーブルはゾーン間の IP パケットの判定対象ではありません。通信を狭めることはあっても広げません。",
    "Tables of the family {family} see frames or ARP, not the packets between zones; they can only narrow what passes.",
)
OTHER_HAZARD = Text(
    "この {family} テーブルは、ゾーン間のフィルターを通さずにパケットを移します。",
    "This {family} table moves packets past the filters between zones.",
)
NARROWING_HOOK = Text(
    "{hook} フックのチェーンは一つのインターフェースのフレームだけを見ます。通信を狭めることはあっても広げません。",
    "Chains at the {hook} hook see the frames of one interface only; they can only narrow what passes.",
)
UNKNOWN_HOOK = Text("フック「{hook}」は知られていません。", "The hook '{hook}' is not known.")
MISSING_CHAIN = Text(
    "このテーブルにチェーン「{name}」がないため、そこで何が起こるか分かりません。",
    "There is no chain '{name}' in this table; what would happen there is not known.",
)
LOOP = Text(
    "チェーンの呼出しが循環しています。カーネルはこれを受け付けません。許可し得るものとして扱います。",
    "The chains jump in a circle, which the kernel refuses; the jump is taken as able to accept.",
)
FURTHER = Text("ほかに {count} か所を解釈できませんでした。", "{count} further places were not understood.")


def expected(what: Text | str, read: str) -> Text:
    """*what* was expected, *read* is there (nothing: the end of the file)."""
    wanted = TOKEN.format(text=what) if isinstance(what, str) else what
    return EXPECTED.format(what=wanted, read=TOKEN.format(text=read.strip('"')) if read.strip() else END_OF_FILE)
