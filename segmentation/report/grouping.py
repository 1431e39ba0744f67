"""Findings by cause: one rule that lets everything through is one block, with its consequences under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentation.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Block:
    """Findings of one cause, worst first; each with its position in the run."""

    members: tuple[tuple[int, Finding], ...]

    @property
    def lead(self) -> Finding:
        """The worst finding: it names the block."""
        return self.members[0][1]

    def consequences(self, known: frozenset[int]) -> list[tuple[tuple[int, Finding], ...]]:
        """The members after the lead, those with one rule, severity and zone pair together; *known* stay apart from new.

        The first group of each further rule comes before the rest, so that no rule is lost among many zone pairs.
        """
        groups: dict[tuple[object, ...], list[tuple[int, Finding]]] = {}
        for index, finding in self.members[1:]:
            key = (finding.rule, finding.severity, finding.src_zone, finding.dst_zone, finding.silenced, index in known)
            groups.setdefault(key, []).append((index, finding))
        ordered = [tuple(group) for group in groups.values()]
        first: dict[str, int] = {self.lead.rule: -1}
        for position, group in enumerate(ordered):
            first.setdefault(group[0][1].rule, position)
        numbered = sorted(enumerate(ordered), key=lambda item: first[item[1][0][1].rule] != item[0])
        return [group for _, group in numbered]


def blocks(findings: Iterable[Finding]) -> list[Block]:
    """Group *findings* by cause and device, the block with the worst finding first.

    Findings that count stand before silenced ones, in a block and among blocks.
    """
    groups: dict[tuple[str, str], list[tuple[int, Finding]]] = {}
    for index, finding in enumerate(findings):
        groups.setdefault((finding.where.device, finding.cause), []).append((index, finding))
    made = [Block(tuple(sorted(members, key=_order))) for members in groups.values()]
    return sorted(made, key=lambda block: _order(block.members[0]))


def _order(member: tuple[int, Finding]) -> tuple[object, ...]:
    index, finding = member
    return (finding.silenced, *finding.sort_key, index)
