"""Everything that a configuration says about the device itself, rule by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from segmentation.lint.hygiene import hygiene_findings
from segmentation.lint.objects import object_findings
from segmentation.lint.ports import port_findings
from segmentation.lint.records import record_findings
from segmentation.lint.routing import routing_findings
from segmentation.lint.services import service_findings
from segmentation.lint.subject import Subject
from segmentation.lint.support import support_findings
from segmentation.lint.tunnels import line_findings
from segmentation.model.finding import Finding

_EXAMINATIONS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    service_findings, record_findings, port_findings, line_findings, object_findings, support_findings, routing_findings,
    hygiene_findings,
)  # fmt: skip


def setting_findings(subject: Subject) -> Iterator[Finding]:
    """The findings of every examination, in a fixed order."""
    for examine in _EXAMINATIONS:
        yield from examine(subject)
