"""What separates two policies, in an officer's words: each difference with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.settings import SETTINGS, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One point on which two policies differ."""

    key: str  # stable name of the point
    topic: Text
    left: Text
    right: Text
    meaning: Text | None = None
    rules: tuple[str, ...] = ()


#: What a difference in a setting changes in practice, and the rules that decide by it.
_MEANINGS: Mapping[str, tuple[Text, tuple[str, ...]]] = MappingProxyType(
    {
        "sanitize.required": (
            Text("網の間の通信を無害化の有無で判定するかが変わる。", "Whether sanitizing decides about a crossing at all."),
            ("LG-01", "LG-02"),
        ),
        "sanitize.scope": (
            Text(
                "LGWAN接続系から外へ出す通信にも無害化の方式が要るかどうかが変わる。",
                "Whether data going out of the LGWAN layer needs a sanitizing method too.",
            ),
            ("LG-12", "M-01"),
        ),
        "sanitize.methods": (
            Text("認められる無害化の方式が変わる。", "Which sanitizing methods are accepted."),
            ("LG-02",),
        ),
        "sanitize.allow_other_with_reason": (
            Text(
                "無害化ではない対策を、理由の記録により認めるかどうかが変わる。",
                "Whether a measure other than sanitizing is accepted when its reason is recorded.",
            ),
            ("K-01", "LG-02", "M-01"),
        ),
        "sanitize.crossing_forbidden": (
            Text("二つの網の間に一切の通信を認めないかどうかが変わる。", "Whether the networks may communicate at all."),
            ("Y-01",),
        ),
        "mynumber.in_principle": (
            Text(
                "限定を満たさないマイナンバー系の外部通信を、理由の記録により認めるかどうかが変わる。",
                "Whether a recorded reason allows a My Number crossing that is not pinned.",
            ),
            ("MN-01", "MN-03"),
        ),
        "mynumber.require_via_lgwan": (
            Text(
                "公的機関との通信が LGWAN を経由しないとき、違反とするか情報とするかが変わる。",
                "Whether a public institution reached outside the LGWAN is a violation or shown for information.",
            ),
            ("MN-09",),
        ),
        "egress.kind": (
            Text("インターネットへ出てよい唯一の経路が変わる。", "Which single way out to the Internet is right."),
            ("IN-01", "IN-02", "K-02", "Y-02"),
        ),
        "models.allowed": (
            Text("採用できるモデルと、それに伴う条件が変わる。", "Which models may be used, with their conditions."),
            ("IN-06", "IN-07", "IN-08", "IN-09", "LG-15", "O-01"),
        ),
        "models.addons": (
            Text(
                "α′やマイナンバー系への画面転送・無線LANを違反とするかどうかが変わる。",
                "Whether α′, screen transfer into and wireless LAN in the My Number layer are violations.",
            ),
            ("LG-14", "LG-15", "MN-11", "MN-17"),
        ),
        "scope.partial_tags": (
            Text("一部の機関の端末を条件付きで対象とするかが変わる。", "Whether some bodies are bound only on shared systems."),
            ("K-03",),
        ),
        "scope.must_cover": (
            Text("ゾーンの定義から漏らしてはならない網が変わる。", "Which networks must not be left out of the zone model."),
            ("ZM-01",),
        ),
        "exceptions.in_policy": (
            Text(
                "例外措置の根拠を自らの規程に求められるか、国の基準によるかが変わる。",
                "Whether exceptions rest on the organisation's own text or on the national one.",
            ),
            ("EX-01", "EX-03", "EX-05", "EX-06"),
        ),
        "exceptions.approver_roles": (Text("例外措置を許可できる者が変わる。", "Who may permit an exception."), ("EX-01",)),
        "exceptions.delegate_roles": (Text("許可を委任できる者が変わる。", "Who may permit in their place."), ("EX-01",)),
    }
)


def setting_values(policy: Policy) -> dict[str, Value]:
    """The settings in force, by the keys a profile file uses; those without a value or a meaning here are left out."""
    values: dict[str, Value | None] = {
        "models.allowed": frozenset(model.value for model in policy.models),
        "models.addons": policy.addons,
        "sanitize.methods": frozenset(kind.value for kind in policy.sanitize.methods)
        if policy.sanitize.required
        else frozenset(),
        "egress.kind": policy.egress,
        "egress.name": policy.egress_name,
        "scope.partial_tags": tuple(sorted(policy.scope.partial_tags)),
        "scope.shared_system_tag": policy.scope.shared_system_tag or None,
        "scope.must_cover": tuple(sorted(policy.scope.must_cover)),
        "audit.period_days": policy.audit_period_days,
        "audit.beta_period_days": policy.beta_audit_period_days,
        "logs.retention_days": policy.retention_days,
    }
    sections = {"sanitize": policy.sanitize, "mynumber": policy.mynumber, "exceptions": policy.exceptions}
    for key in SETTINGS:
        section, _, name = key.partition(".")
        if key not in values and section in sections:
            values[key] = getattr(sections[section], name)
    return {key: value for key in SETTINGS if (value := values[key]) is not None and _bears_on(policy, key)}


def _bears_on(policy: Policy, key: str) -> bool:
    """Whether a setting means anything under *policy*: pins of a layer it does not have are not worth a line."""
    if key.startswith("mynumber."):
        return any(network.kind is ZoneKind.MYNUMBER for network in policy.networks)
    if key in {"sanitize.scope", "sanitize.methods", "sanitize.allow_other_with_reason"}:
        return policy.sanitize.required
    if key == "sanitize.crossing_forbidden":
        return policy.sanitize.required or policy.sanitize.crossing_forbidden
    if key == "audit.beta_period_days":
        return not policy.models.isdisjoint({ModelKind.BETA, ModelKind.BETA_PRIME})
    return True


def differences(left: Policy, right: Policy) -> tuple[Difference, ...]:
    """Every point on which *left* and *right* differ: the document, networks, settings, terms, rules and clauses."""
    found = [*_document(left, right), *_networks(left, right)]
    ours, theirs = setting_values(left), setting_values(right)
    for key, setting in SETTINGS.items():
        # What bears on one side only is said by the networks, or by sanitizing as a whole.
        if ours.get(key) != theirs.get(key) and _bears_on(left, key) and _bears_on(right, key):
            meaning, rules = _MEANINGS.get(key, (None, ()))
            shown = setting.show(ours.get(key)), setting.show(theirs.get(key))
            found.append(Difference(key=key, topic=setting.label, left=shown[0], right=shown[1], meaning=meaning, rules=rules))
    found.extend(_terms(left, right))
    found.extend(_rules(left, right))
    return tuple(found)


def _document(left: Policy, right: Policy) -> list[Difference]:
    def level(policy: Policy) -> Text:
        if policy.document.only_basic:
            return Text("基本方針のみ公開", "basic policy only")
        return Text("対策基準まで公開", "standards published too")

    if level(left) == level(right):
        return []
    meaning = Text(
        "公開文に無い規則は、国ガイドライン由来として示される。",
        "Rules the published text does not hold are shown as coming from the national guideline.",
    )
    topic = Text("公開されている範囲", "What is published")
    return [Difference(key="document", topic=topic, left=level(left), right=level(right), meaning=meaning)]


def _networks(left: Policy, right: Policy) -> list[Difference]:
    def names(policy: Policy) -> Text:
        texts = [network.name for network in policy.networks]
        return Text("、".join(text.ja for text in texts), ", ".join(text.en for text in texts))

    def kinds(policy: Policy) -> list[str]:
        return [network.kind.value for network in policy.networks]

    if kinds(left) == kinds(right):
        return []
    return [Difference(key="networks", topic=Text("網の構成", "Networks"), left=names(left), right=names(right))]


_TERM_TOPICS = {
    "audit": Text("監査を指す語", "Word for an audit"),
    "self_check": Text("自己点検を指す語", "Word for a self-check"),
    "ciso": Text("最終責任者", "Highest officer"),
}


def _terms(left: Policy, right: Policy) -> list[Difference]:
    none = Text("定めなし", "not set")
    pairs = ((key, topic, left.terms.get(key, none), right.terms.get(key, none)) for key, topic in _TERM_TOPICS.items())
    return [Difference(key=f"terms.{key}", topic=topic, left=a, right=b) for key, topic, a, b in pairs if a.ja != b.ja]


def _rules(left: Policy, right: Policy) -> list[Difference]:
    yes, no = Text("適用する", "in force"), Text("適用しない", "not in force")
    own, national = Text("自らの条項による", "by its own clause"), Text("国ガイドライン由来", "from the national guideline")
    in_force = Text("適用される規則", "Rules in force")
    origin = Text("規則の根拠", "Origin of rules")
    silent_left, silent_right = left.silent_on - right.silent_on, right.silent_on - left.silent_on
    groups = (
        ("rules.left_only", in_force, yes, no, [rule for rule in left.clauses if rule not in right.clauses]),
        ("rules.right_only", in_force, no, yes, [rule for rule in right.clauses if rule not in left.clauses]),
        ("clauses.left_own", origin, own, national, [rule for rule in left.clauses if rule in silent_right]),
        ("clauses.right_own", origin, national, own, [rule for rule in right.clauses if rule in silent_left]),
    )
    return [
        Difference(key=key, topic=topic, left=a, right=b, rules=tuple(rules)) for key, topic, a, b, rules in groups if rules
    ]
