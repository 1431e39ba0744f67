"""nftables: ``nft list ruleset``, files for ``nft -f``, and ``nft -j list ruleset``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.vendors.nftables.assembly import assemble
from segmentation.vendors.nftables.json_form import looks_like_json, read_json
from segmentation.vendors.nftables.ruleset import Ruleset
from segmentation.vendors.nftables.text_form import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentation.device.device import Device
    from segmentation.vendors.reading import SourceText


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read one device from *texts* (a main file and those it includes, in any order), called *name* or as the first text is.

    Text and JSON may be mixed; they are told apart by their first character.  Never raises on any content: what is not
    understood is listed in the device.  Raises :class:`ValueError` only when *texts* is empty.
    """
    if not texts:
        raise ValueError("no text given")
    ruleset = Ruleset()
    for text in texts:
        if looks_like_json(text.text):
            read_json(text, ruleset)
    plain = [t for t in texts if not looks_like_json(t.text)]
    if plain:
        read_text(plain, ruleset)
    return assemble(name or texts[0].name, texts, ruleset)
