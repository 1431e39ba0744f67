"""Azure network security groups: exports of the command line, ARM templates, and Terraform plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentation.device.json_positions import NotJson, read_json
from segmentation.device.terraform import is_plan
from segmentation.model.location import Location
from segmentation.vendors.azure import reasons
from segmentation.vendors.azure.assembly import assemble
from segmentation.vendors.azure.export_form import read_export
from segmentation.vendors.azure.plan_form import read_plan
from segmentation.vendors.azure.records import Subscription

if TYPE_CHECKING:
    from segmentation.device.device import Device
    from segmentation.vendors.reading import SourceText


def parse(texts: Sequence[SourceText]) -> Device:
    """Read one subscription from *texts* (groups, virtual networks, interfaces, in one text or several, in any order).

    Never raises on any content.  Raises :class:`ValueError` only when *texts* is empty.
    """
    if not texts:
        raise ValueError("no text given")
    ordered = sorted(texts, key=lambda t: t.name)
    found = Subscription()
    for text in ordered:
        try:
            root = read_json(text.text, text.name)
        except NotJson as error:
            found.problems.add(error.location, "", reasons.BAD_JSON.format(what=error.what))
            continue
        (read_plan if is_plan(root) else read_export)(root, found)
    if not found.groups:
        found.problems.add(Location(ordered[0].name, 1), "", reasons.NOT_AN_EXPORT)
    return assemble(ordered[0].name, ordered, found)
