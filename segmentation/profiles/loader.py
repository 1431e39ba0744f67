"""Profiles by name: the bundled ones, a city's own file, and private overlays on top."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from segmentation.model.location import Location
from segmentation.model.os_reasons import os_reason
from segmentation.model.policy import Policy, PolicyDocument, PolicyNetwork
from segmentation.model.text import Text
from segmentation.profiles.layer import Layer, LayerKind
from segmentation.profiles.layering import Stack, resolve
from segmentation.profiles.problem import ProfileError, ProfileProblem
from segmentation.profiles.reader import MAX_BYTES, read_layer

#: The layer under every other.
BASE = "national"

#: In the order they are listed: the base layer, then as the requirements name them.
NAMES = (BASE, "daisen", "kumamoto", "kadoma", "sanbu", "okayama")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInfo:
    """A bundled profile at a glance."""

    name: str
    kind: LayerKind
    organisation: Text
    document: PolicyDocument
    networks: tuple[PolicyNetwork, ...]
    policy: Policy


def available() -> tuple[ProfileInfo, ...]:
    """The bundled profiles, the national layer first."""
    infos = []
    for name in NAMES:
        policy = load_policy(name)
        kind = _bundled(name).kind
        infos.append(
            ProfileInfo(
                name=name,
                kind=kind,
                organisation=policy.organisation,
                document=policy.document,
                networks=policy.networks,
                policy=policy,
            )
        )
    return tuple(infos)


def rule_ids() -> tuple[str, ...]:
    """Every rule ID the base layer gives an origin, in its order."""
    return tuple(_bundled(BASE).rules)


def load_policy(name: str, overlays: Sequence[Path] = ()) -> Policy:
    """The policy in force under profile *name* with *overlays* on top, later ones winning.

    *name* is a bundled profile or the path of a profile file (it ends in ``.toml``).  An overlay may name a
    ``council``: its policy then precedes for assets held in common (:attr:`Policy.shared`).  Raises
    :class:`ProfileError` with every problem of the first file that has any.
    """
    chain = _chain(name)
    own = chain[-1]
    council = own.council
    for path in overlays:
        layer = _read_file(path, overlay=True, below=chain)
        if layer.extends and layer.extends not in {each.name for each in chain}:
            message = Text(
                "この上書きファイルは「{wanted}」用ですが、プロファイル「{own}」に重ねようとしています。",
                'This overlay is written for "{wanted}" but is laid over profile "{own}".',
            )
            raise ProfileError(
                (ProfileProblem(layer.places.of(("extends",)), message.format(wanted=layer.extends, own=own.name)),)
            )
        council = layer.council or council
        if council and council == layer.council:
            _bundled_council(layer, council)
        chain = (*chain, layer)
    if own.council:
        _bundled_council(own, own.council)
    # A council's own profile precedes by itself: its name says so to O-02.
    policy = resolve(Stack(chain, own, council or (own.name if own.kind is LayerKind.COUNCIL else "")))
    if not council:
        return policy
    shared = resolve(Stack((*chain, _bundled(council)), own, council, council_on_top=True))
    further = tuple(text for text in shared.conflicts if text not in policy.conflicts)
    return replace(policy, shared=shared, conflicts=(*policy.conflicts, *further))


def _chain(name: str) -> tuple[Layer, ...]:
    """The layers from the base to *name*."""
    layer = _read_file(Path(name), overlay=False, below=(_bundled(BASE),)) if name.endswith(".toml") else _named(name)
    chain = [layer]
    seen = {layer.name}
    while chain[0].extends:
        lower = chain[0]
        if lower.extends not in NAMES or lower.extends in seen:
            raise ProfileError((ProfileProblem(lower.places.of(("extends",)), _unknown_profile(lower.extends)),))
        chain.insert(0, _bundled(lower.extends))
        seen.add(lower.extends)
    if chain[0].name != BASE:
        chain.insert(0, _bundled(BASE))
    return tuple(chain)


def _named(name: str) -> Layer:
    if name not in NAMES:
        raise ProfileError((ProfileProblem(Location(name), _unknown_profile(name)),))
    return _bundled(name)


def _unknown_profile(name: str) -> Text:
    message = Text(
        "プロファイル「{name}」はありません。使えるもの: {names}",
        'There is no profile "{name}"; there are: {names}',
    )
    return message.format(name=name, names=", ".join(NAMES))


def _bundled_council(layer: Layer, council: str) -> None:
    if council not in NAMES or _bundled(council).kind is not LayerKind.COUNCIL:
        names = ", ".join(each for each in NAMES if _bundled(each).kind is LayerKind.COUNCIL)
        message = Text(
            "協議会「{name}」のプロファイルはありません。使えるもの: {names}",
            'There is no council profile "{name}"; there are: {names}',
        )
        raise ProfileError((ProfileProblem(layer.places.of(("council",)), message.format(name=council, names=names)),))


@functools.cache
def _bundled(name: str) -> Layer:
    file = f"{name}.toml"
    text = resources.files("segmentation.profiles").joinpath("data", file).read_text(encoding="utf-8")
    if name == BASE:
        return read_layer(text, file)
    base = _bundled(BASE)
    return read_layer(text, file, rules=base.rules, clauses=base.clauses)


def _read_file(path: Path, *, overlay: bool, below: Sequence[Layer]) -> Layer:
    """Read a user's file.  Raises :class:`ProfileError`."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        message = Text("読み込めません（{reason}）。", "Cannot be read: {reason}").format(reason=os_reason(error))
        raise ProfileError((ProfileProblem(Location(file), message),)) from None
    if len(content) > MAX_BYTES:
        message = Text(
            "大きすぎてプロファイルとは考えられません（上限 1 MiB）。", "Too large for a profile (the limit is 1 MiB)."
        )
        raise ProfileError((ProfileProblem(Location(file), message),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = Text("UTF-8 として読めません。UTF-8 で保存してください。", "This is not UTF-8; save the file as UTF-8.")
        raise ProfileError((ProfileProblem(Location(file, line), message),)) from None
    clauses = {key for layer in below for key in layer.clauses}
    return read_layer(text.replace("\r\n", "\n"), file, overlay=overlay, rules=_bundled(BASE).rules, clauses=clauses)
