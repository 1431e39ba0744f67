"""What a lint run answers."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.analysis.reach_results import PairVerdict
from segmentation.model.finding import Finding
from segmentation.model.text import Text


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One ordered zone pair of one device, both address families together.

    ``permitted_empty``: the device lets nothing through from ``src_zone`` to ``dst_zone``, not even perhaps.
    """

    src_zone: str
    dst_zone: str
    verdict: PairVerdict
    permitted_empty: bool
    device: str = ""


@dataclass(frozen=True, slots=True)
class LintResult:
    """Findings worst first, the zone matrix, and what could not be decided or was not looked at.

    ``unproven`` counts the ordered zone pairs of all devices about which it is not known that nothing more passes than
    what the findings say: the limit of work was reached, or a line that could open more has no meaning.  Pairs where only
    what is *permitted* may be stopped (a schedule, a rate limit) are not among them.
    """

    findings: tuple[Finding, ...]
    matrix: tuple[MatrixCell, ...]
    undecided: tuple[Text, ...]
    unproven: int = 0
