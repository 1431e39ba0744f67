"""``zones.toml`` to a :class:`~segmentation.model.network.ZoneModel`, with every problem of the file in one run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from segmentation.model.network import Settings, ZoneModel
from segmentation.model.text import Text
from segmentation.model.zonemap import ZoneMap
from segmentation.model.zones import ModelKind
from segmentation.zonefile import build_registers as registers
from segmentation.zonefile import coherence
from segmentation.zonefile.attached import check_attached, read_ledgers
from segmentation.zonefile.build_crossing import build_conduits, build_exceptions, build_gateways
from segmentation.zonefile.build_infrastructure import build_cloud_services, build_log_stores, build_wireless
from segmentation.zonefile.build_network import build_endpoints, build_services, build_zones
from segmentation.zonefile.names import Registry
from segmentation.zonefile.problem import LoadResult, Problem
from segmentation.zonefile.shape import Row, check
from segmentation.zonefile.sink import Sink, closest
from segmentation.zonefile.source import decode, read_bytes, whole_file
from segmentation.zonefile.syntax import parse
from segmentation.zonefile.tables_registers import ROOT

_EMPTY = Text("ファイルが空です。", "The file is empty.")
_START = Text("ゾーン定義。「sekisho init」でひな形を作れます。", "a zone file; 'sekisho init' writes one to fill in")


_UNKNOWN_PROFILE = Text("プロファイル「{name}」はありません。", "There is no profile '{name}'.")
_UNKNOWN_RULE = Text("規則「{name}」はありません。", "There is no rule '{name}'.")
_PROFILES = Text("次のいずれか: {names}", "one of: {names}")
_RULES = Text("「sekisho rules list」に出る規則の番号", "the ID of a rule, as 'sekisho rules list' shows them")


@dataclass(frozen=True, slots=True)
class Names:
    """What a zone file may name that stands outside it: policy profiles and rules."""

    profiles: Collection[str]
    rules: Collection[str]


def load(path: Path, name: str | None = None, *, names: Names | None = None) -> LoadResult:
    """Read a zone file and what it refers to.  ``name`` is how problems call it; by default the path as given.

    With *names*, profiles and rules that are not among them are problems of the file.  Never raises for what the
    file contains or for its absence.
    """
    shown = str(path) if name is None else name
    source = read_bytes(path, shown)
    if source.problem is not None:
        return LoadResult(None, (source.problem,))
    text = decode(source.data, shown)
    if isinstance(text, Problem):
        return LoadResult(None, (text,))
    return _loaded(text, shown, path.parent, hashlib.sha256(source.data).hexdigest(), names)


def loads(text: str, name: str, base: Path | None = None, *, names: Names | None = None) -> LoadResult:
    """The same from text.  ``base`` is the folder that files in it are relative to; without one they are not looked at."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return _loaded(text.removeprefix("\ufeff"), name, base, digest, names)


def _loaded(text: str, name: str, base: Path | None, digest: str, names: Names | None) -> LoadResult:
    if not text.strip():
        return LoadResult(None, (whole_file(name, _EMPTY, _START),))
    parsed = parse(text, name)
    if parsed.tree is None:
        return LoadResult(None, parsed.problems)
    sink = Sink(name, parsed.text, list(parsed.problems), failed=bool(parsed.problems))
    tree = check(ROOT, parsed.tree, (), sink)
    if names is not None:
        _check_names(tree, sink, names)
    # With lines left out, names that seem unknown may only be missing with them: the form is all that can be judged.
    model = _model(Registry(sink, tree), tree, base, name, digest) if parsed.whole else None
    return LoadResult(None if sink.failed else model, sink.problems())


def _check_names(tree: Row, sink: Sink, names: Names) -> None:
    profile = tree.get("model", {}).get("profile", "")
    # A name that ends in .toml is the path of a profile file.
    if profile and profile not in names.profiles and not profile.endswith(".toml"):
        known = _PROFILES.format(names=", ".join(names.profiles))
        sink.error(("model", "profile"), _UNKNOWN_PROFILE.format(name=profile), known, closest(profile, names.profiles))
    for n, row in enumerate(tree.get("attestations", ())):
        rule = row.get("rule", "") if row is not None else ""
        if rule and rule not in names.rules:
            sink.error(("attestations", n, "rule"), _UNKNOWN_RULE.format(name=rule), _RULES, closest(rule, names.rules))


def _model(reg: Registry, tree: Row, base: Path | None, name: str, digest: str) -> ZoneModel:
    head, scheme = tree.get("organisation", {}), tree.get("model", {})
    kind = ModelKind(scheme.get("kind", ModelKind.CUSTOM))
    build_zones(reg)
    build_endpoints(reg)
    read_ledgers(reg, base)
    build_services(reg)
    reg.collect_ids("devices")
    gateways = build_gateways(reg)
    exceptions = build_exceptions(reg)
    conduits = build_conduits(reg, gateways, exceptions)
    connections = registers.build_connections(reg)
    model = ZoneModel(
        organisation=Text(head.get("name", ""), head.get("name_en") or head.get("name", "")),
        profile=scheme.get("profile", ""),
        kind=kind,
        dates=registers.model_dates(scheme),
        utc_offset_minutes=registers.utc_offset(reg, scheme),
        default=scheme.get("default", "deny"),
        zones=reg.zones,
        endpoints=reg.endpoints,
        services=reg.services,
        conduits=conduits,
        gateways=gateways,
        exceptions=exceptions,
        devices=registers.build_devices(reg, gateways, connections),
        sensors=registers.build_sensors(reg),
        external_connections=connections,
        wireless_networks=build_wireless(reg),
        cloud_services=build_cloud_services(reg),
        log_stores=build_log_stores(reg),
        changes=registers.build_changes(reg),
        reviews=registers.build_reviews(reg),
        contacts=registers.build_contacts(reg),
        attestations=registers.build_attestations(reg),
        diagram=registers.build_diagram(reg),
        operators=tuple(head.get("operators", ())),
        settings=registers.settings(tree["settings"]) if "settings" in tree else Settings(),
        file=name,
        sha256=digest,
    )
    # Where zones are wrong, hosts that seem to lie outside them are only a consequence.
    placed = not reg.sink.touched(("zones",))
    coherence.check_zones(reg)
    zone_map = ZoneMap.of(model)
    if placed:
        coherence.check_endpoints(reg, zone_map)
        coherence.check_gateways(reg, gateways.values(), zone_map)
    coherence.check_conduits(reg, conduits.values(), kind, zone_map, placed=placed)
    coherence.check_exceptions(reg, exceptions.values(), kind, zone_map)
    check_attached(reg, model, base)
    return model
