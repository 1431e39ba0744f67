"""One layer of a policy, as its file says it, before layers are merged."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.model.finding import ClauseRef, Severity
from segmentation.model.policy import PolicyDocument, PolicyNetwork
from segmentation.model.text import Text
from segmentation.profiles.keyplace import KeyPlaces
from segmentation.profiles.settings import Value


class LayerKind(enum.StrEnum):
    """Whose text a layer stands for."""

    NATIONAL = "national"
    PREFECTURE = "prefecture"
    COUNCIL = "council"
    CITY = "city"
    ASSOCIATION = "association"
    OVERLAY = "overlay"

    @property
    def text(self) -> Text:
        """The word an officer reads."""
        return _KIND_TEXT[self]


_KIND_TEXT = {
    LayerKind.NATIONAL: Text("国", "national"),
    LayerKind.PREFECTURE: Text("都道府県", "prefecture"),
    LayerKind.COUNCIL: Text("協議会", "council"),
    LayerKind.CITY: Text("市区町村", "city"),
    LayerKind.ASSOCIATION: Text("一部事務組合等", "association"),
    LayerKind.OVERLAY: Text("上書きファイル", "overlay file"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one file sets; everything it does not name is left to the layers below."""

    name: str
    kind: LayerKind
    file: str
    places: KeyPlaces = field(compare=False)
    extends: str = ""
    council: str = ""
    private: bool = False
    organisation: Text | None = None
    document: PolicyDocument | None = None
    networks: tuple[PolicyNetwork, ...] | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    product_values: frozenset[str] = frozenset()
    terms: Mapping[str, Text] = field(default_factory=dict)
    clauses: Mapping[str, ClauseRef] = field(default_factory=dict)
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # rule ID -> clause keys
    severities: Mapping[str, Severity] = field(default_factory=dict)
    inapplicable: Mapping[str, Text] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    contradictions: tuple[Text, ...] = ()  # where the text disagrees with itself, and what was chosen

    @property
    def title(self) -> Text:
        """How conflict reports call this layer."""
        if self.document is not None:
            name = self.document.short or self.document.title
            return Text(f"「{name}」", self.document.title_en or f'"{name}"')
        return Text(f"上書きファイル「{self.name}」", f'overlay file "{self.name}"')
