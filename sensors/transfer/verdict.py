"""The answer about the content of one file: factors found, and what could not be seen.  Pure data.

``none_found`` means that nothing was found in bytes that were all read; it is never called clean.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from segmentation.model.finding import Severity
from segmentation.model.text import Text
from sensors.transfer.wording import DETAILS


class Factor(enum.StrEnum):
    """A risk factor; the values are the names in reports and are never reused."""

    MACRO = "macro"
    AUTO_EXEC = "auto_exec"
    DDE = "dde"
    EXTERNAL_LINK = "external_link"
    TEMPLATE_INJECTION = "template_injection"
    EMBEDDED_OBJECT = "embedded_object"
    EMBEDDED_EXECUTABLE = "embedded_executable"
    ACTIVEX = "activex"
    JAVASCRIPT = "javascript"
    OPEN_ACTION = "open_action"
    LAUNCH = "launch"
    SUBMIT_FORM = "submit_form"
    GOTO_REMOTE = "goto_remote"
    EMBEDDED_FILE = "embedded_file"
    RICHMEDIA = "richmedia"
    XFA = "xfa"
    URI = "uri"
    ENCRYPTED = "encrypted"
    ARCHIVE_BOMB = "archive_bomb"
    NESTED_ARCHIVE = "nested_archive"
    EXT_MISMATCH = "ext_mismatch"
    POLYGLOT = "polyglot"
    EXECUTABLE = "executable"
    PATH_TRAVERSAL = "path_traversal"
    MALFORMED = "malformed"
    ATTACHMENT = "attachment"
    HTML_BODY = "html_body"
    METADATA_PAYLOAD = "metadata_payload"
    SIGNATURE = "signature"  # a rule or signature of the operator's own (YARA-X, ClamAV)

    @property
    def text(self) -> Text:
        """The words an officer reads."""
        return _FACTOR_TEXT[self][0]

    @property
    def severity(self) -> Severity:
        """How bad the factor is when the file is to enter the LGWAN side."""
        return _FACTOR_TEXT[self][1]


_C, _H, _M, _L, _I = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO
_FACTOR_TEXT: dict[Factor, tuple[Text, Severity]] = {
    Factor.MACRO: (Text("マクロ", "macro"), _C),
    Factor.AUTO_EXEC: (Text("自動実行マクロ", "macro that runs by itself"), _C),
    Factor.DDE: (Text("DDE", "DDE"), _C),
    Factor.EXTERNAL_LINK: (Text("外部参照", "external reference"), _H),
    Factor.TEMPLATE_INJECTION: (Text("外部テンプレート参照", "remote template"), _C),
    Factor.EMBEDDED_OBJECT: (Text("埋め込みオブジェクト", "embedded object"), _H),
    Factor.EMBEDDED_EXECUTABLE: (Text("埋め込まれた実行形式", "embedded executable"), _C),
    Factor.ACTIVEX: (Text("ActiveXコントロール", "ActiveX control"), _C),
    Factor.JAVASCRIPT: (Text("スクリプト", "script"), _H),
    Factor.OPEN_ACTION: (Text("開いた時の動作", "action on opening"), _H),
    Factor.LAUNCH: (Text("外部プログラムの起動", "launch of a program"), _C),
    Factor.SUBMIT_FORM: (Text("フォームの外部送信", "form submission"), _H),
    Factor.GOTO_REMOTE: (Text("別文書への移動", "jump to another file"), _M),
    Factor.EMBEDDED_FILE: (Text("PDFの添付ファイル", "file attached to a PDF"), _H),
    Factor.RICHMEDIA: (Text("埋め込みメディア", "rich media"), _H),
    Factor.XFA: (Text("XFAフォーム", "XFA form"), _M),
    Factor.URI: (Text("クリックできるリンク", "clickable link"), _I),
    Factor.ENCRYPTED: (Text("暗号化", "encryption"), _H),
    Factor.ARCHIVE_BOMB: (Text("展開爆弾", "decompression bomb"), _C),
    Factor.NESTED_ARCHIVE: (Text("入れ子の書庫", "archive inside an archive"), _M),
    Factor.EXT_MISMATCH: (Text("名前と中身の不一致", "name and content disagree"), _H),
    Factor.POLYGLOT: (Text("二つの形式を兼ねるファイル", "file of two types at once"), _C),
    Factor.EXECUTABLE: (Text("実行形式またはスクリプト", "executable or script"), _C),
    Factor.PATH_TRAVERSAL: (Text("展開先を外れるパス", "path out of the target folder"), _C),
    Factor.MALFORMED: (Text("壊れた構造", "broken structure"), _M),
    Factor.ATTACHMENT: (Text("メールの添付", "mail attachment"), _M),
    Factor.HTML_BODY: (Text("HTMLの本文", "HTML body"), _M),
    Factor.METADATA_PAYLOAD: (Text("メタデータ内のスクリプト文字列", "script text in metadata"), _L),
    Factor.SIGNATURE: (Text("検査ルールに一致", "match of a rule"), _C),
}


class Content(enum.StrEnum):
    """What is known about the content."""

    RISK_FOUND = "risk_found"
    NONE_FOUND = "none_found"
    UNVERIFIABLE = "unverifiable"
    INCOMPLETE = "incomplete"

    @property
    def text(self) -> Text:
        """The words an officer reads."""
        return _CONTENT_TEXT[self]


_CONTENT_TEXT = {
    Content.RISK_FOUND: Text("危険因子あり", "risk found"),
    Content.NONE_FOUND: Text("検出なし（安全の証明ではありません）", "none found (no proof of harmlessness)"),
    Content.UNVERIFIABLE: Text("検証不能", "unverifiable"),
    Content.INCOMPLETE: Text("検査未完了", "incomplete"),
}


class Reason(enum.StrEnum):
    """Why a part of the content was not seen."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOOL_MISSING = "tool_missing"
    WORKER_DIED = "worker_died"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_MEMBERS = "too_many_members"
    EXPANDS_TOO_FAR = "expands_too_far"
    OUT_OF_TIME = "out_of_time"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MANY_FACTORS = "too_many_factors"
    MISSING_BYTES = "missing_bytes"

    @property
    def incomplete(self) -> bool:
        """Whether more bytes, time or room would have helped; else the content cannot be verified at all."""
        return self in _INCOMPLETE

    @property
    def text(self) -> Text:
        """The sentence an officer reads."""
        return _REASON_TEXT[self]


_INCOMPLETE = frozenset({
    Reason.TOO_LARGE, Reason.TOO_DEEP, Reason.TOO_MANY_MEMBERS, Reason.EXPANDS_TOO_FAR, Reason.OUT_OF_TIME,
    Reason.OUT_OF_MEMORY, Reason.TOO_MANY_FACTORS, Reason.MISSING_BYTES,
})  # fmt: skip
_REASON_TEXT = {
    Reason.ENCRYPTED: Text("暗号化されているため中身を確認できません", "encrypted, so its content cannot be seen"),
    Reason.DAMAGED: Text("構造が壊れていて読み切れません", "its structure is broken and cannot be read to the end"),
    Reason.UNSUPPORTED: Text("この形式の中身を読む手段がありません", "there is no reader for the inside of this format"),
    Reason.TOOL_MISSING: Text(
        "読み取りに必要なライブラリがこの機械にありません", "the library that reads it is missing on this machine"
    ),
    Reason.WORKER_DIED: Text("検査プロセスが異常終了しました", "the inspecting process ended abnormally"),
    Reason.TOO_LARGE: Text("大きさの上限を超えています", "larger than the limit"),
    Reason.TOO_DEEP: Text("入れ子が上限より深くなっています", "nested deeper than the limit"),
    Reason.TOO_MANY_MEMBERS: Text("格納ファイルの数が上限を超えています", "more members than the limit"),
    Reason.EXPANDS_TOO_FAR: Text("展開後の大きさが上限を超えています", "expands beyond the limit"),
    Reason.OUT_OF_TIME: Text("時間の上限に達しました", "the time limit was reached"),
    Reason.OUT_OF_MEMORY: Text("メモリの上限に達しました", "the memory limit was reached"),
    Reason.TOO_MANY_FACTORS: Text("指摘の数が上限に達しました", "the limit of reported factors was reached"),
    Reason.MISSING_BYTES: Text("一部のバイトが届いていません", "some of its bytes are missing"),
}


@dataclass(frozen=True, slots=True, order=True)
class FactorFound:
    """A factor and its place.

    ``where``: names of members and parts joined by `` > ``, at the end ``obj 7 0`` (PDF), ``@0x40`` (offset) or ``:3``
    (line); empty for the file itself.  ``detail`` is a key of :data:`~sensors.transfer.wording.DETAILS`.
    """

    factor: Factor
    where: str
    detail: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> Text:
        """The sentence an officer reads."""
        return DETAILS[self.detail].format(**dict(self.values))


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A part that was not seen, and why."""

    reason: Reason
    where: str = ""


class MailText(enum.StrEnum):
    """Whether a mail is text only: exactly one text/plain part, nothing attached in any disguise, no HTML."""

    CONFORMS = "conforms"
    VIOLATES = "violates"
    UNVERIFIABLE = "unverifiable"
    NOT_MAIL = "not_mail"


@dataclass(frozen=True, slots=True)
class MailBreach:
    """One way in which a mail is more than text; ``detail`` is a key of the wording table."""

    detail: str
    where: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> Text:
        """The sentence an officer reads."""
        return DETAILS[self.detail].format(**dict(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentVerdict:
    """What is known about one file.

    ``size``: bytes; ``sha256``: hex, over all bytes that were given, empty if none were; ``type``: short name of the true
    type; ``members``: files looked into below this one.
    """

    name: str
    size: int
    sha256: str
    type: str
    factors: tuple[FactorFound, ...] = ()
    gaps: tuple[Gap, ...] = ()
    mail_text: MailText = MailText.NOT_MAIL
    breaches: tuple[MailBreach, ...] = ()
    members: int = 0

    @property
    def names(self) -> frozenset[Factor]:
        """The factors without their places."""
        return frozenset(f.factor for f in self.factors)

    @property
    def content(self) -> Content:
        """The verdict: that something could not be seen is never outweighed by finding nothing else."""
        # A lock or a crack alone says that the content was not seen, not what is in it.
        if self.names - {Factor.ENCRYPTED, Factor.MALFORMED} or (self.factors and not self.gaps):
            return Content.RISK_FOUND
        if not self.gaps:
            return Content.NONE_FOUND
        if all(g.reason.incomplete for g in self.gaps):
            return Content.INCOMPLETE
        return Content.UNVERIFIABLE

    @property
    def reason(self) -> Text | None:
        """Why the content was not seen whole; ``None`` when it was."""
        if not self.gaps:
            return None
        texts = [r.text for r in dict.fromkeys(g.reason for g in self.gaps)]
        return Text("。".join(t.ja for t in texts), "; ".join(t.en for t in texts))
