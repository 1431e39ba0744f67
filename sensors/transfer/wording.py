"""The sentences about factors in both languages, by key; values in braces are names and numbers, never content."""

from __future__ import annotations

from typing import Final

from segmentation.model.text import Text

DETAILS: Final[dict[str, Text]] = {
    # executables and names
    "executable_type": Text("実行できる形式（{kind}）です。", "It is of an executable type ({kind})."),
    "executable_name": Text(
        "拡張子 .{suffix} により実行される種類のファイルです。", "Its extension .{suffix} makes it a file that is run."
    ),
    "script_text": Text("スクリプトの特徴（{sign}）があります。", "It has the marks of a script ({sign})."),
    "shell_link": Text("ショートカット（LNK）です。", "It is a shell link (LNK)."),
    "shell_link_arguments": Text("引数を渡すショートカット（LNK）です。", "It is a shell link (LNK) that passes arguments."),
    "internet_shortcut": Text("インターネットショートカットです。", "It is an Internet shortcut."),
    "eicar": Text("EICARテストファイルです。", "It is the EICAR test file."),
    "name_mismatch": Text(
        "拡張子は .{suffix} ですが、中身は {kind} です。", "Its extension is .{suffix}, but its content is {kind}."
    ),
    "declared_mismatch": Text(
        "{declared} と申告されていますが、中身は {kind} です。", "It is declared as {declared}, but its content is {kind}."
    ),
    "double_extension": Text(
        "二重の拡張子で種類を偽っています（.{shown}.{suffix}）。", "A double extension hides its type (.{shown}.{suffix})."
    ),
    "direction_override": Text(
        "名前に文字の並びを逆転させる制御文字があります。",
        "Its name holds a control character that reverses the order of letters.",
    ),
    "spaces_before_extension": Text(
        "長い空白で拡張子を画面の外に隠しています。", "A run of spaces pushes its extension out of sight."
    ),
    "lookalike_extension": Text(
        "拡張子に紛らわしい別の文字が使われています。", "Its extension is written with lookalike letters."
    ),
    # macros
    "vba": Text("VBAマクロがあります。", "It holds VBA macros."),
    "xlm": Text("Excel 4.0マクロシートがあります。", "It holds an Excel 4.0 macro sheet."),
    "basic": Text("文書内スクリプト（Basicなど）があります。", "It holds scripts of the document (Basic or another)."),
    "script_event": Text("操作に応じてスクリプトを呼ぶ設定があります。", "An event of the document calls a script."),
    "auto_macro": Text("{name} が自動で実行されます。", "{name} runs by itself."),
    # DDE and references
    "dde_field": Text("DDEフィールド（{name}）があります。", "It holds a DDE field ({name})."),
    "dde_link": Text("DDEリンクがあります。", "It holds a DDE link."),
    "dde_cell": Text("セルの式がDDEサーバを起動します。", "The formula of a cell starts a DDE server."),
    "relation_external": Text(
        "開いた時や更新時に外部（{target}）を参照します（{name}）。",
        "It follows something outside ({target}) on opening or update ({name}).",
    ),
    "field_external": Text(
        "フィールド {name} が外部（{target}）を参照します。", "The field {name} follows something outside ({target})."
    ),
    "external_book": Text("別のブックへのリンクがあります。", "It links to another workbook."),
    "external_formula": Text(
        "セルの関数 {name} が外部に接続します。", "The function {name} of a cell connects to the outside."
    ),
    "slide_action": Text(
        "クリックや通過で起動する動作（{name}）があります。", "A click, or passing over it, starts something ({name})."
    ),
    "ole_link": Text("リンクされたオブジェクトがあります。", "It holds a linked object."),
    "frame": Text("{name} が外部（{target}）を読み込みます。", "The element {name} loads something from outside ({target})."),
    "web_query": Text(
        "Webクエリが外部（{target}）からデータを取り込みます。", "A web query fetches data from outside ({target})."
    ),
    "remote_template": Text("外部（{target}）のテンプレートを読み込みます。", "It loads a template from outside ({target})."),
    "hyperlink": Text("リンクがあります（{target}）。", "It holds a link ({target})."),
    # objects
    "ole_object": Text("OLEオブジェクトが埋め込まれています。", "An OLE object is embedded."),
    "package": Text("ファイル（{kind}）が埋め込まれています。", "A file ({kind}) is embedded."),
    "altchunk": Text("別形式の文書（altChunk）が取り込まれます。", "A document of another format is taken in (altChunk)."),
    "activex": Text("ActiveXコントロールがあります。", "It holds an ActiveX control."),
    "rtf_object": Text("RTFのオブジェクトデータがあります。", "It holds RTF object data."),
    "onenote_file": Text("OneNoteに添付ファイル（{kind}）があります。", "The notebook holds an attached file ({kind})."),
    "sfx": Text("実行形式の後ろに書庫があります（自己解凍形式）。", "An archive follows the executable (self-extracting)."),
    "appended_archive": Text("末尾に書庫（{kind}）が付け足されています。", "An archive ({kind}) is appended."),
    "embedded_executable": Text("中に実行形式（{kind}）があります。", "It holds an executable ({kind})."),
    "encoded_executable": Text("符号化された実行形式（{kind}）があります。", "It holds an encoded executable ({kind})."),
    "encoded_archive": Text("符号化されたファイル（{kind}）があります。", "It holds an encoded file ({kind})."),
    # PDF and markup
    "pdf_javascript": Text("JavaScriptがあります。", "It holds JavaScript."),
    "pdf_document_javascript": Text(
        "開くと実行されるJavaScriptがあります。", "It holds JavaScript that runs when it is opened."
    ),
    "pdf_open_action": Text("開いた時の動作（{name}）が設定されています。", "An action on opening is set ({name})."),
    "pdf_additional_actions": Text(
        "操作に伴って自動で起きる動作（/AA）があります。", "It has actions that follow events (/AA)."
    ),
    "pdf_launch": Text("外部プログラムを起動する動作があります。", "An action launches a program."),
    "pdf_submit": Text("フォームの内容を送信または取り込む動作があります。", "An action submits or imports form data."),
    "pdf_goto_remote": Text("別のファイルを開く動作があります。", "An action opens another file."),
    "pdf_embedded_file": Text("ファイルが添付されています。", "A file is attached."),
    "pdf_richmedia": Text("動画・音声・3Dの注釈があります。", "It has an annotation with rich media."),
    "pdf_xfa": Text("XFAフォームがあります。", "It holds an XFA form."),
    "xfa_script": Text("XFAフォームにスクリプトがあります。", "Its XFA form holds scripts."),
    "script_element": Text("script要素があります。", "It holds a script element."),
    "form_address": Text(
        "フォームの内容を外部（{target}）に送信します。", "A form sends what is entered to the outside ({target})."
    ),
    "event_attribute": Text("イベント属性 {name} にスクリプトがあります。", "The event attribute {name} holds a script."),
    "script_address": Text("リンク先がスクリプト（{name}）です。", "An address is a script ({name})."),
    "entity": Text(
        "XMLの実体宣言があり、展開で膨れ上がるおそれがあります。", "It declares XML entities, which may expand without bound."
    ),
    "metadata_script": Text(
        "画像の付加情報にスクリプトの文字列があります。", "The metadata of the image hold the text of a script."
    ),
    # archives, locks and damage
    "encrypted_office": Text("文書が暗号化されています。", "The document is encrypted."),
    "encrypted_default": Text(
        "既定のパスワードで暗号化された文書です（利用者に尋ねずに開きます）。",
        "The document is encrypted with the default password, which opens without asking.",
    ),
    "encrypted_pdf": Text(
        "パスワードなしでは開けない暗号化PDFです。", "The PDF is encrypted and does not open without a password."
    ),
    "encrypted_pdf_open": Text(
        "暗号化されていますが、パスワードなしで開けます。", "It is encrypted, but opens without a password."
    ),
    "encrypted_pdf_parts": Text("添付ファイルなどが暗号化されています。", "Attached files or other parts are encrypted."),
    "encrypted_archive": Text("書庫が暗号化されています。", "The archive is encrypted."),
    "encrypted_member": Text("格納ファイルが暗号化されています。", "A member is encrypted."),
    "encrypted_mail": Text("暗号化されたメール（S/MIME、PGP）です。", "The mail is encrypted (S/MIME, PGP)."),
    "bomb_ratio": Text(
        "圧縮率が異常に高く、展開を打ち切りました。", "It expands out of all proportion; expansion was stopped."
    ),
    "bomb_size": Text(
        "展開後の大きさが上限を超え、展開を打ち切りました。", "It expands beyond the limit; expansion was stopped."
    ),
    "bomb_overlap": Text("複数の格納ファイルが同じデータを指しています。", "Several members share the same stored bytes."),
    "bomb_quine": Text("自分自身を格納する書庫です。", "The archive holds itself."),
    "bomb_depth": Text("入れ子が際限なく続きます。", "It is nested without end."),
    "nested_archive": Text("書庫の中に書庫（{kind}）があります。", "An archive ({kind}) is inside the archive."),
    "traversal": Text("展開先を外れるパスです。", "Its path leaves the target folder."),
    "link_traversal": Text("展開先の外を指すリンクです。", "It is a link that points out of the target folder."),
    "polyglot": Text("{first} でもあり {second} でもあります。", "It is {first} and {second} at once."),
    "malformed": Text("{kind} として読み切れません。", "It cannot be read to the end as {kind}."),
    # mail
    "attachment": Text("添付ファイルがあります（{kind}）。", "It has an attachment ({kind})."),
    "attached_message": Text("メールが添付されています。", "A message is attached."),
    "html_body": Text("HTMLの本文があります。", "It has an HTML body."),
    "rtf_body": Text("リッチテキストの本文があります。", "It has a rich-text body."),
    "not_plain_text": Text("本文がtext/plainではありません（{declared}）。", "Its body is not text/plain ({declared})."),
    "several_parts": Text("本文が一つではありません（{count}）。", "It has more than one body part ({count})."),
    "no_text": Text("text/plainの本文がありません。", "It has no text/plain body."),
    "encoded_content": Text("本文に符号化されたファイル（{kind}）があります。", "Its text carries an encoded file ({kind})."),
    "not_text_content": Text("本文の中身が文字ではありません（{kind}）。", "Its text is not text ({kind})."),
    "broken_mime": Text(
        "MIMEの構造が壊れていて、受信側で読み方が変わり得ます。",
        "Its MIME structure is broken, and readers may differ about it.",
    ),
    # rules
    "rule_match": Text("検査ルール {name} に一致しました。", "The rule {name} matches."),
}
