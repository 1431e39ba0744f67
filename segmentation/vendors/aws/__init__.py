"""AWS security groups and network ACLs: exports of the command line, and Terraform plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentation.device.json_positions import NotJson, read_json
from segmentation.device.terraform import is_plan
from segmentation.vendors.aws import reasons
from segmentation.vendors.aws.assembly import assemble
from segmentation.vendors.aws.export_form import read_export
from segmentation.vendors.aws.plan_form import read_plan
from segmentation.vendors.aws.records import Account

if TYPE_CHECKING:
    from segmentation.device.device import Device
    from segmentation.vendors.reading import SourceText


def parse(texts: Sequence[SourceText]) -> Device:
    """Read one account from *texts* (groups, ACLs, subnets … in one text or several, in any order).

    Never raises on any content.  Raises :class:`ValueError` only when *texts* is empty.
    """
    if not texts:
        raise ValueError("no text given")
    account = Account()
    for text in sorted(texts, key=lambda t: t.name):
        try:
            root = read_json(text.text, text.name)
        except NotJson as error:
            account.problems.add(error.location, "", reasons.BAD_JSON.format(what=error.what))
            continue
        (read_plan if is_plan(root) else read_export)(root, account)
    if not account.groups and not account.acls and not account.loose:
        from segmentation.model.location import Location  # noqa: PLC0415 - only for this message

        account.problems.add(Location(texts[0].name, 1), "", reasons.NOT_AN_EXPORT)
    return assemble(min(t.name for t in texts), sorted(texts, key=lambda t: t.name), account)
