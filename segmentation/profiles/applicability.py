"""Which rules a policy's own settings take out of force, and why: one table, evaluated after layering.

Deriving this from the settings keeps an overlay honest: one that adopts α′ brings LG-14 into force by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind


@dataclass(frozen=True, slots=True)
class Condition:
    """Rules that hold only where *holds* is true of the policy."""

    rules: tuple[str, ...]
    holds: Callable[[Policy], bool]
    reason: Text


def _numbered(family: str, *numbers: int) -> tuple[str, ...]:
    return tuple(f"{family}-{number:02}" for number in numbers)


def _has(kind: ZoneKind) -> Callable[[Policy], bool]:
    return lambda policy: any(network.kind is kind for network in policy.networks)


def _uses(*models: ModelKind) -> Callable[[Policy], bool]:
    return lambda policy: not policy.models.isdisjoint(models)


#: Earlier conditions give the reason where several fail.
CONDITIONS = (
    Condition(
        (*_numbered("MN", *range(1, 22)), "ZM-03"),
        _has(ZoneKind.MYNUMBER),
        Text("この方針には個人番号を扱う専用の系の区分が無い。", "This policy has no separate layer for My Number work."),
    ),
    Condition(
        (*_numbered("LG", *range(1, 17)), *_numbered("IN", 3), "NC-08", "K-01", "M-01"),
        _has(ZoneKind.LGWAN),
        Text("この方針には LGWAN に接続する系の区分が無い。", "This policy has no layer connected to the LGWAN."),
    ),
    Condition(
        _numbered("IN", 1, 2, 5, 10, 15),
        _has(ZoneKind.INTERNET),
        Text("この方針にはインターネットに接続する網の区分が無い。", "This policy names no network connected to the Internet."),
    ),
    Condition(
        _numbered("IN", 6, 7, 8, 9, 11),
        _uses(ModelKind.BETA, ModelKind.BETA_PRIME),
        Text("βモデルとβ′モデルはこの方針の対象外である。", "The β and β′ models are outside this policy."),
    ),
    Condition(
        ("LG-14",),
        lambda policy: "alpha_prime" in policy.addons,
        Text(
            "α′モデルを採用していない。LGWAN接続系からインターネットへの通信は LG-15 で扱う。",
            "The α′ model is not adopted; traffic from the LGWAN layer to the Internet falls under LG-15.",
        ),
    ),
    Condition(
        ("Y-01", "Y-03"),
        _uses(ModelKind.TWO_NETWORK),
        Text("二つの網からなる方針にだけ適用される。", "Only policies of two networks are bound."),
    ),
    Condition(
        ("Y-02",),
        lambda policy: policy.egress == "utm",
        Text("出口をクラウド型UTMとする方針にだけ適用される。", "Only policies whose way out is a cloud UTM are bound."),
    ),
    Condition(
        ("K-01",),
        lambda policy: policy.sanitize.allow_other_with_reason,
        Text(
            "無害化以外の対策を認めない方針であり、LG-02 だけで判定する。",
            "This policy admits no measure besides sanitizing; LG-02 alone decides.",
        ),
    ),
    Condition(
        ("K-02",),
        lambda policy: policy.egress == "operator",
        Text("通信を集約する側の団体にだけ適用される。", "Only the body that gathers others' traffic is bound."),
    ),
    Condition(
        ("K-03",),
        lambda policy: bool(policy.scope.partial_tags),
        Text("一部のみ対象となる機関がこの方針に無い。", "This policy binds no body only in part."),
    ),
    Condition(
        ("M-01",),
        lambda policy: policy.sanitize.scope == "both" and not policy.sanitize.allow_other_with_reason,
        Text(
            "無害化を双方向に例外なく求める方針にだけ適用される。",
            "Only policies that ask for sanitizing both ways without another measure are bound.",
        ),
    ),
    Condition(
        ("O-01",),
        _uses(ModelKind.LEVELS),
        Text("資産のレベルで区分する方針にだけ適用される。", "Only policies that order assets by level are bound."),
    ),
    Condition(
        ("O-02",),
        lambda policy: bool(policy.council),
        Text("協議会と共有する資産を扱う設定になっていない。", "No council that holds assets in common takes part."),
    ),
)


def inapplicable(policy: Policy, rules: Collection[str]) -> dict[str, Text]:
    """The rules out of force under the resolved *policy*, each with its reason."""
    reasons: dict[str, Text] = {}
    for condition in CONDITIONS:
        if not condition.holds(policy):
            for rule in _known(condition.rules, rules):
                reasons.setdefault(rule, condition.reason)
    return reasons


def _known(rules: Iterable[str], known: Collection[str]) -> Iterable[str]:
    return (rule for rule in rules if rule in known)
