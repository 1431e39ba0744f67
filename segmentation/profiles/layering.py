"""Layers -> one policy: precedence, the conflict report, and what comes from where."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import ClauseOrigin, ClauseRef, Severity
from segmentation.model.policy import (
    ExceptionRules,
    MynumberExternal,
    Policy,
    PolicyDocument,
    PolicyScope,
    Sanitize,
)
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.applicability import inapplicable
from segmentation.profiles.layer import Layer, LayerKind
from segmentation.profiles.reader import PRODUCT
from segmentation.profiles.settings import SETTINGS, Value

#: What the product's own rules are cited as.
PRODUCT_DOCUMENT = "Sekisho"
PRODUCT_TITLE = Text("製品規則", "product rule")

_SETTING_CONFLICT = Text(
    "{label}: {lower}では「{a}」、{upper}では「{b}」。{upper}を適用する。",
    '{label}: {lower} says "{a}", {upper} says "{b}". In force: {upper}.',
)
_COUNCIL_CONFLICT = Text(
    "{label}: {lower}では「{a}」、{upper}では「{b}」。会員共通の資産には{upper}が優先し、会員自身の資産には{lower}を適用する。",
    '{label}: {lower} says "{a}", {upper} says "{b}". {upper} precedes for assets held in common; '
    "{lower} applies to the member's own.",
)
_RULE_WITHDRAWN = Text(
    "規則 {rule}: {lower}の {clause} に基づくが、{upper}が適用しないとした。{upper}を適用する。",
    "Rule {rule}: it rests on {clause} of {lower}, but {upper} takes it out of force. In force: {upper}.",
)
_NETWORKS = Text("網の構成", "Networks")

#: Values by which a text that says nothing is recorded; they contradict no other text.
_SILENT: frozenset[tuple[str, Value]] = frozenset({("exceptions.in_policy", False), ("models.addons", frozenset())})


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers in order of precedence, lowest first, and the one whose name the policy bears."""

    layers: tuple[Layer, ...]
    own: Layer
    council: str = ""
    council_on_top: bool = False


@dataclass(frozen=True, slots=True)
class _Merged:
    values: Mapping[str, Value]
    conflicts: tuple[Text, ...]


def resolve(stack: Stack) -> Policy:
    """Merge a stack of layers into the policy in force."""
    merged = _merge_settings(stack)
    severities, severity_conflicts = _merge_severities(stack)
    own = stack.own
    networks = next((layer.networks for layer in reversed(stack.layers) if layer.networks is not None), ())
    set_by_us = frozenset[str]().union(*(layer.product_values for layer in stack.layers))
    policy = Policy(
        profile=own.name,
        organisation=own.organisation or Text(own.name, own.name),
        document=own.document or PolicyDocument(title=own.name),
        layers=tuple(layer.name for layer in stack.layers),
        networks=networks,
        terms={key: text for layer in stack.layers for key, text in layer.terms.items()},
        product_values=frozenset(key for key in set_by_us if not _overlaid(stack, key)),
        notes=tuple(
            note for layer in stack.layers if layer.kind is not LayerKind.NATIONAL or layer is own for note in layer.notes
        ),
        private=any(layer.private for layer in stack.layers),
        council=stack.council,
        **_settings_fields(merged.values),
    )
    policy = _derive(policy)
    return _with_rules(policy, stack, severities, (*merged.conflicts, *severity_conflicts))


def _overlaid(stack: Stack, key: str) -> bool:
    """Whether an overlay gave the number that no text gives."""
    return any(layer.kind is LayerKind.OVERLAY and key in layer.settings for layer in stack.layers)


def _conflict(stack: Stack, lower: Layer, upper: Layer, label: Text, shown: tuple[Text, Text]) -> Text:
    council = stack.council_on_top and upper is stack.layers[-1]
    sentence = _COUNCIL_CONFLICT if council else _SETTING_CONFLICT
    return sentence.format(label=label, lower=lower.title, upper=upper.title, a=shown[0], b=shown[1])


def _merge_settings(stack: Stack) -> _Merged:
    values: dict[str, Value] = {}
    conflicts: list[Text] = []
    for key, setting in SETTINGS.items():
        holder: Layer | None = None
        for layer in stack.layers:
            if key not in layer.settings:
                continue
            value = layer.settings[key]
            if holder is not None and values[key] != value and not _silence(key, values[key], value):
                conflicts.append(
                    _conflict(stack, holder, layer, setting.label, (setting.show(values[key]), setting.show(value)))
                )
            values[key], holder = value, layer
    with_networks = [layer for layer in stack.layers if layer.networks is not None]
    for lower, upper in itertools.pairwise(with_networks):
        if lower.networks != upper.networks:
            conflicts.append(_conflict(stack, lower, upper, _NETWORKS, (_network_names(lower), _network_names(upper))))
    return _Merged(values, tuple(conflicts))


def _silence(key: str, lower: Value, upper: Value) -> bool:
    """Whether one side says nothing: names are no demands, an empty list names nobody, and a silent text contradicts none."""
    return isinstance(upper, Text) or lower in ((), frozenset()) or (key, upper) in _SILENT


def _network_names(layer: Layer) -> Text:
    names = [network.name for network in layer.networks or ()]
    return Text("、".join(name.ja for name in names), ", ".join(name.en for name in names))


def _merge_severities(stack: Stack) -> tuple[dict[str, Severity], tuple[Text, ...]]:
    merged: dict[str, tuple[Layer, Severity]] = {}
    conflicts: list[Text] = []
    for layer in stack.layers:
        for rule, severity in layer.severities.items():
            if rule in merged and merged[rule][1] is not severity:
                label = Text("規則 {rule} の重大度", "Severity of rule {rule}").format(rule=rule)
                conflicts.append(_conflict(stack, merged[rule][0], layer, label, (merged[rule][1].text, severity.text)))
            merged[rule] = (layer, severity)
    return {rule: severity for rule, (_, severity) in merged.items()}, tuple(conflicts)


def _settings_fields(values: Mapping[str, Value]) -> dict[str, Any]:
    """The settings as the fields of :class:`Policy`; absent ones keep the model's defaults."""

    def group(section: str) -> dict[str, Any]:
        return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(section + ".")}

    sanitize = group("sanitize")
    if "methods" in sanitize:
        sanitize["methods"] = frozenset(ConduitKind(method) for method in sanitize["methods"])
    scope = group("scope")
    for key in ("partial_tags", "must_cover"):
        scope[key] = frozenset(scope.get(key, ()))
    named: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "models": ("models.allowed", lambda allowed: frozenset(ModelKind(model) for model in allowed)),
        "addons": ("models.addons", frozenset),
        "egress": ("egress.kind", str),
        "egress_name": ("egress.name", lambda name: name),
        "audit_period_days": ("audit.period_days", int),
        "beta_audit_period_days": ("audit.beta_period_days", int),
        "retention_days": ("logs.retention_days", int),
    }
    fields: dict[str, Any] = {name: convert(values[key]) for name, (key, convert) in named.items() if key in values}
    return fields | {
        "sanitize": Sanitize(**sanitize),
        "mynumber": MynumberExternal(**group("mynumber")),
        "exceptions": ExceptionRules(**group("exceptions")),
        "scope": PolicyScope(**scope),
    }


def _derive(policy: Policy) -> Policy:
    """What follows from the networks and additions a policy names."""
    kinds = {network.kind for network in policy.networks}
    models = policy.models - {ModelKind.ALPHA_PRIME}
    if "alpha_prime" in policy.addons and ModelKind.ALPHA in policy.models:
        models |= {ModelKind.ALPHA_PRIME}
    # Without a LGWAN layer there is nothing to sanitize for, without an Internet network no way out is named: a text
    # that is silent on both must not inherit a demand that cannot apply to it.
    sanitize = policy.sanitize if ZoneKind.LGWAN in kinds else replace(policy.sanitize, required=False)
    outward = ZoneKind.INTERNET in kinds
    return replace(
        policy,
        models=models,
        sanitize=sanitize,
        egress=policy.egress if outward else "none",
        egress_name=policy.egress_name if outward else None,
    )


def _with_rules(policy: Policy, stack: Stack, severities: dict[str, Severity], conflicts: tuple[Text, ...]) -> Policy:
    base = stack.layers[0]
    out_of_force = inapplicable(policy, base.rules)
    cited = _citations(stack)
    withdrawn: list[Text] = []
    for layer in stack.layers:
        for rule, reason in layer.inapplicable.items():
            if rule not in out_of_force and cited.get(rule) and layer.kind is LayerKind.OVERLAY:
                lower, ref = cited[rule][0]
                withdrawn.append(_RULE_WITHDRAWN.format(rule=rule, lower=lower.title, clause=ref.number, upper=layer.title))
            out_of_force[rule] = reason
    clauses: dict[str, tuple[ClauseRef, ...]] = {}
    silent: set[str] = set()
    for rule, keys in base.rules.items():
        if rule in out_of_force:
            continue
        inherited = [_inherited(base, rule, key) for key in keys]
        own = [ref for _, ref in cited.get(rule, ())]
        if own:
            clauses[rule] = (*own, *(ref for ref in inherited if ref.origin is ClauseOrigin.STATUTE))
        else:
            clauses[rule] = tuple(inherited)
            if stack.own is not base and any(ref.origin is not ClauseOrigin.PRODUCT for ref in inherited):
                silent.add(rule)
    if not policy.mynumber.require_via_lgwan:
        severities.setdefault("MN-09", Severity.INFO)  # shown for information: the text in force has no such condition
    said = tuple(text for layer in stack.layers for text in layer.contradictions)
    return replace(
        policy,
        clauses=clauses,
        severities=severities,
        inapplicable=out_of_force,
        silent_on=frozenset(silent),
        conflicts=(*said, *conflicts, *withdrawn),
    )


def _inherited(base: Layer, rule: str, key: str) -> ClauseRef:
    if key == PRODUCT:
        return ClauseRef(
            origin=ClauseOrigin.PRODUCT,
            document=PRODUCT_DOCUMENT,
            number=rule,
            title=PRODUCT_TITLE.ja,
            title_en=PRODUCT_TITLE.en,
        )
    return base.clauses[key]


def _citations(stack: Stack) -> dict[str, list[tuple[Layer, ClauseRef]]]:
    """Per rule the clauses above the base layer, those of the highest layer first; an empty list withdraws the lower ones."""
    known: dict[str, ClauseRef] = dict(stack.layers[0].clauses)
    cited: dict[str, list[tuple[Layer, ClauseRef]]] = {}
    for layer in stack.layers[1:]:
        binding = layer is not stack.own and layer.kind in (LayerKind.PREFECTURE, LayerKind.COUNCIL)
        known |= layer.clauses
        for rule, keys in layer.rules.items():
            refs = [known[key] if key != PRODUCT else _inherited(stack.layers[0], rule, key) for key in keys]
            if binding:
                refs = [replace(ref, origin=ClauseOrigin.COUNCIL) for ref in refs]
            lower = [pair for pair in cited.get(rule, ()) if pair[1] not in refs] if keys else []
            cited[rule] = [*((layer, ref) for ref in refs), *lower]
    return cited
