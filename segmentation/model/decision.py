"""The judge's table: one ordered list of decisions from which packet sets and sensor tables are both compiled."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.addresses import AddressSet
from segmentation.model.flow import VerdictKind
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided for every flow from *src* to *dst* in one of *terms*; the first decision that matches counts.

    The last decision of a table matches everything.  ``conditional`` decisions hold only under conditions that
    addresses and ports do not carry (time window, validity, exception in force, MAC): the plain judge must be
    asked about a concrete flow; for configurations they count as permitted *at some time*.
    """

    index: int
    src: AddressSet
    dst: AddressSet
    terms: tuple[ServiceTerm, ...]
    kind: VerdictKind
    reason: Text
    rules: tuple[str, ...] = ()
    conduit: str = ""
    exception: str = ""
    src_zone: str = ""  # innermost zone, or "" for a decision about addresses in no zone
    dst_zone: str = ""
    conditional: bool = False
