"""The JSON form, ``nft -j list ruleset`` (libnftables-json(5))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.model.location import Location

if TYPE_CHECKING:
    from segmentation.vendors.nftables.ruleset import Ruleset
    from segmentation.vendors.reading import SourceText


def looks_like_json(text: str) -> bool:
    """Whether a text is JSON: nft's own text never begins with a brace."""
    return text.lstrip()[:1] == "{"


def read_json(source: SourceText, ruleset: Ruleset) -> None:
    """Note that the form is not read yet."""
    ruleset.note(Location(source.name, 1), source.text[:80], "the JSON form of a ruleset is not read yet")
