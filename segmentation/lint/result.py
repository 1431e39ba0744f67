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
    """Findings worst first, the zone matrix, and what could not be decided or was not looked at."""

    findings: tuple[Finding, ...]
    matrix: tuple[MatrixCell, ...]
    undecided: tuple[Text, ...]
