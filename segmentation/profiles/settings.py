"""The settings a profile may make: one table from which reading, layering, conflict reports and comparison all work."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from segmentation.model.conduits import SANITIZING_KINDS, ConduitKind
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind

_YES_NO = (Text("はい", "yes"), Text("いいえ", "no"))
_NONE = Text("なし", "none")

#: A setting's value once read.
Value = bool | int | str | Text | frozenset[str] | tuple[str, ...]


class SettingType(enum.Enum):
    """What a setting holds."""

    FLAG = "flag"
    COUNT = "count"  # whole days, at least 1
    CHOICE = "choice"
    CHOICES = "choices"  # a set of the choices
    NAMES = "names"  # free words, in order
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its key path, what it holds and how an officer calls it."""

    key: str
    type: SettingType
    label: Text
    choices: Mapping[str, Text] = field(default_factory=dict)
    words: tuple[Text, Text] = _YES_NO  # a flag's two values
    empty: Text = _NONE  # an empty set or list

    def show(self, value: Value | None) -> Text:
        """The value in words."""
        if value is None:
            return Text("定めなし", "not set")
        if isinstance(value, Text):
            return value
        if isinstance(value, bool):
            return self.words[0] if value else self.words[1]
        if isinstance(value, int):
            return Text(f"{value}日", f"{value} days")
        if isinstance(value, str):
            return self.choices.get(value, Text(value, value))
        words = [name for name in self.choices if name in value] if self.choices else list(value)
        if not words:
            return self.empty
        shown = [self.choices.get(word, Text(word, word)) for word in words]
        return Text("、".join(word.ja for word in shown), ", ".join(word.en for word in shown))


_REQUIRED = (Text("必要", "required"), Text("求めない", "not asked for"))
_ALLOWED = (Text("認める", "allowed"), Text("認めない", "not allowed"))
_SAID = (Text("定めている", "stated"), Text("公開文に定めが無い", "not in the published text"))

SANITIZE_METHODS: Mapping[str, Text] = MappingProxyType(
    {
        ConduitKind.MAIL_TEXT.value: Text("メール本文のテキスト化", "mail as text"),
        ConduitKind.SCREEN_TRANSFER.value: Text("画面転送", "screen transfer"),
        ConduitKind.FILE_CDR.value: Text("ファイルの危険因子の除去", "removing risk factors from files"),
        ConduitKind.FILE_VERIFY.value: Text("ファイルに危険因子が無いことの確認", "verifying that files hold no risk factor"),
        ConduitKind.OTHER_MEASURE.value: Text("その他の必要な対策", "another measure"),
    }
)
assert set(SANITIZE_METHODS) == {kind.value for kind in SANITIZING_KINDS}

EGRESS_KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "security_cloud": Text("自治体情報セキュリティクラウド", "municipal security cloud"),
        "utm": Text("クラウド型UTM", "cloud UTM"),
        "operator": Text("集約する側（セキュリティクラウドの運用者）", "operator of the gathering security cloud"),
        "none": Text("定めなし", "not stated"),
    }
)

MODELS: Mapping[str, Text] = MappingProxyType(
    {
        ModelKind.ALPHA.value: Text("αモデル", "α model"),
        ModelKind.ALPHA_PRIME.value: Text("α′モデル", "α′ model"),
        ModelKind.BETA.value: Text("βモデル", "β model"),
        ModelKind.BETA_PRIME.value: Text("β′モデル", "β′ model"),
        ModelKind.TWO_NETWORK.value: Text("二つの網", "two networks"),
        ModelKind.LEVELS.value: Text("レベル順", "ordered levels"),
        ModelKind.CUSTOM.value: Text("独自の区分（四層など）", "own scheme (four layers and the like)"),
    }
)
assert set(MODELS) == {kind.value for kind in ModelKind}

ADDONS: Mapping[str, Text] = MappingProxyType(
    {
        "alpha_prime": Text("α′（令和6年10月）", "α′ (October 2024)"),
        "mn_screen": Text("マイナンバー系への画面転送（令和7年3月）", "screen transfer into the My Number layer (March 2025)"),
        "mn_wlan": Text("マイナンバー系の無線LAN（令和7年3月）", "wireless LAN in the My Number layer (March 2025)"),
    }
)

_SCOPES = {
    "import": Text("取り込む場合", "data taken in"),
    "both": Text("双方向（通信する場合すべて）", "both ways (any communication)"),
}
_PINS = {
    "mac": Text("MACアドレス", "MAC address"),
    "ip": Text("IPアドレス", "IP address"),
    "port": Text("ポート番号", "port number"),
}

_FLAG, _COUNT, _CHOICE, _CHOICES, _NAMES, _TEXT = SettingType

SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        setting.key: setting
        for setting in (
            Setting(
                key="models.allowed", type=_CHOICES, label=Text("採用できるモデル", "Models that may be used"), choices=MODELS
            ),
            Setting(
                key="models.addons",
                type=_CHOICES,
                label=Text("国の追加措置の採用", "National additions in use"),
                choices=ADDONS,
                empty=Text("採用の定めが無い", "no adoption stated"),
            ),
            Setting(key="sanitize.required", type=_FLAG, label=Text("無害化", "Sanitizing"), words=_REQUIRED),
            Setting(key="sanitize.scope", type=_CHOICE, label=Text("無害化の範囲", "Scope of sanitizing"), choices=_SCOPES),
            Setting(
                key="sanitize.methods",
                type=_CHOICES,
                label=Text("無害化の方式", "Sanitizing methods"),
                choices=SANITIZE_METHODS,
            ),
            Setting(
                key="sanitize.allow_other_with_reason",
                type=_FLAG,
                label=Text("理由を記録したその他の対策", "Another measure with a recorded reason"),
                words=_ALLOWED,
            ),
            Setting(
                key="sanitize.crossing_forbidden",
                type=_FLAG,
                label=Text("網の間の通信", "Crossing between the networks"),
                words=(Text("方式を問わず禁止", "forbidden by any method"), Text("方式により可", "possible by a method")),
            ),
            Setting(
                key="mynumber.pin",
                type=_CHOICES,
                label=Text("マイナンバー系の外部通信の限定", "Pins on My Number crossings"),
                choices=_PINS,
            ),
            Setting(
                key="mynumber.peer_internet_forbidden",
                type=_FLAG,
                label=Text("外部接続先のインターネット接続", "Internet connection of the peer"),
                words=(Text("禁止", "forbidden"), Text("禁じていない", "not forbidden")),
            ),
            Setting(
                key="mynumber.in_principle",
                type=_FLAG,
                label=Text("マイナンバー系の分離の程度", "Strictness of the My Number separation"),
                words=(
                    Text("「原則として」（理由の記録により例外可）", "in principle (a recorded reason allows a crossing)"),
                    Text("条件を満たす通信以外は禁止", "forbidden unless the stated conditions hold"),
                ),
            ),
            Setting(
                key="mynumber.institution_exempt",
                type=_FLAG,
                label=Text("公的機関の接続先の特例", "Exemption of public institutions"),
                words=_ALLOWED,
            ),
            Setting(
                key="mynumber.institution_other_class",
                type=_FLAG,
                label=Text("公的機関以外の十分に安全な接続先", "Other sufficiently safe peers"),
                words=_ALLOWED,
            ),
            Setting(
                key="mynumber.require_via_lgwan",
                type=_FLAG,
                label=Text("特例でのLGWAN経由の条件", "Condition that the exemption go through the LGWAN"),
                words=(Text("あり", "yes"), Text("文言に無い", "not in the text")),
            ),
            Setting(
                key="egress.kind",
                type=_CHOICE,
                label=Text("インターネットへの出口", "Way out to the Internet"),
                choices=EGRESS_KINDS,
            ),
            Setting(key="egress.name", type=_TEXT, label=Text("出口の名称", "Name of the way out")),
            Setting(key="scope.partial_tags", type=_NAMES, label=Text("一部のみ対象となる機関", "Bodies bound only in part")),
            Setting(
                key="scope.shared_system_tag",
                type=_CHOICE,
                label=Text("対象となる条件の印", "Tag of the systems that bind them"),
            ),
            Setting(
                key="scope.must_cover",
                type=_NAMES,
                label=Text("ゾーンが必要な事業の網", "Undertakings whose networks need zones"),
            ),
            Setting(key="audit.period_days", type=_COUNT, label=Text("点検・監査の周期", "Period of audits")),
            Setting(
                key="audit.beta_period_days",
                type=_COUNT,
                label=Text("β・β′の外部監査の周期", "Period of the β and β′ external audit"),
            ),
            Setting(key="logs.retention_days", type=_COUNT, label=Text("ログの保存期間", "Log retention")),
            Setting(key="exceptions.in_policy", type=_FLAG, label=Text("例外措置の定め", "Rules on exceptions"), words=_SAID),
            Setting(key="exceptions.approver_roles", type=_NAMES, label=Text("例外措置の許可者", "Who permits exceptions")),
            Setting(
                key="exceptions.delegate_roles",
                type=_NAMES,
                label=Text("許可を委任できる者", "To whom the permission may be delegated"),
            ),
            Setting(
                key="exceptions.applicant_roles", type=_NAMES, label=Text("例外措置の申請者", "Who applies for exceptions")
            ),
            Setting(
                key="exceptions.expiry_required_by_clause",
                type=_FLAG,
                label=Text("例外措置の期限", "Expiry of exceptions"),
                words=(
                    Text("条項が求める", "asked for by the clause"),
                    Text("条項に無い（製品規則で扱う）", "not in the clause (a product rule covers it)"),
                ),
            ),
            Setting(key="exceptions.max_days", type=_COUNT, label=Text("例外措置の最長期間", "Longest exception")),
            Setting(
                key="exceptions.emergency_report_days",
                type=_COUNT,
                label=Text("緊急例外の報告期限", "Days to report an emergency exception"),
            ),
        )
    }
)
