"""Reading line-oriented configurations: reasons that travel to the nearest line, a bounded list of them, plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.device.device import NotUnderstood
from segmentation.device.match import Field
from segmentation.model.addresses import TOP, Address, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import TCP, UDP
from segmentation.model.text import Text

#: Problems listed of one device; further ones are counted.
PROBLEM_LIMIT = 2_000
#: Intervals that an address with a non-contiguous mask may become.
MASK_LIMIT = 4_096
_PORTED = IntervalSet.of((TCP, TCP), (UDP, UDP))
_MANY_MORE = Text(
    "このほかに {count} か所が読み取れませんでした(一覧は省略)。", "{count} further places are not understood and not listed."
)


class Misread(Exception):  # noqa: N818  # not an error of the program: it carries a value to the nearest line
    """A part of a line without meaning, with the reason in both languages."""

    def __init__(self, reason: Text) -> None:
        """Keep the reason."""
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Term:
    """One product of field sets; ``uncertain`` names what cannot be known."""

    fields: Mapping[Field, IntervalSet] = field(default_factory=dict)
    uncertain: tuple[str, ...] = ()


def both(a: Term, b: Term) -> Term:
    """The conjunction of two products."""
    fields = dict(a.fields)
    for axis, values in b.fields.items():
        fields[axis] = fields[axis] & values if axis in fields else values
    return Term(fields, tuple(dict.fromkeys((*a.uncertain, *b.uncertain))))


def reply(term: Term) -> Term:
    """The answers to the packets of *term*; an ICMP type and TCP flags are dropped, because the answer has others."""
    swap = {Field.SRC: Field.DST, Field.DST: Field.SRC, Field.SPORT: Field.DPORT, Field.DPORT: Field.SPORT}
    protocols = term.fields.get(Field.PROTO)
    ported = protocols is not None and protocols.issubset(_PORTED)
    fields = {
        swap.get(axis, axis): values
        for axis, values in term.fields.items()
        if axis is not Field.FLAGS and (ported or axis not in (Field.SPORT, Field.DPORT))
    }
    return Term(fields, term.uncertain)


@dataclass(slots=True)
class Problems:
    """What was not understood, in the order of reading, at most :data:`PROBLEM_LIMIT` listed."""

    listed: list[NotUnderstood] = field(default_factory=list)
    unlisted: int = 0
    last: Location = field(default_factory=lambda: Location(""))

    def add(self, location: Location, text: str, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record one; *text* is shown as it is, so secrets must be masked before."""
        if len(self.listed) >= PROBLEM_LIMIT:
            self.unlisted += 1
            self.last = location
            return
        self.listed.append(
            NotUnderstood(location=location, text=text, reason=reason.en, widened=widened, covered=covered, sentence=reason)
        )

    def all(self) -> tuple[NotUnderstood, ...]:
        """Everything recorded, by place."""
        out = sorted(self.listed, key=lambda p: (p.location, p.text, p.reason))
        if self.unlisted:
            reason = _MANY_MORE.format(count=self.unlisted)
            out.append(NotUnderstood(location=self.last, text="", reason=reason.en, sentence=reason))
        return tuple(out)


def decimal(text: str, limit: int) -> int | None:
    """A decimal number up to *limit*; nothing else (``int`` would read full-width digits and underscores)."""
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        return None
    value = int(text)
    return value if value <= limit else None


def address_value(text: str, family: Family) -> int | None:
    """One address of *family* as a number."""
    try:
        parsed = Address.parse(text)
    except ValueError:
        return None
    return parsed.value if parsed.family == family else None


def prefix_values(address: int, length: int, family: Family) -> IntervalSet:
    """All addresses of a prefix; host bits of *address* are cut off."""
    span = 1 << ((32 if family == 4 else 128) - length)
    low = address - address % span
    return IntervalSet.of((low, low + span - 1))


def masked_values(address: int, fixed: int, family: Family) -> IntervalSet | None:
    """All addresses equal to *address* in the bits of *fixed*; ``None`` beyond :data:`MASK_LIMIT` intervals."""
    free = TOP[family] & ~fixed
    low_run = ((free ^ (free + 1)) >> 1) if free & 1 else 0  # the free bits at the end form one interval
    holes = [1 << bit for bit in range(128) if free & ~low_run & (1 << bit)]
    if 1 << len(holes) > MASK_LIMIT:
        return None
    starts = [address & fixed]
    for hole in holes:
        starts += [start | hole for start in starts]
    return IntervalSet.from_iter((start, start + low_run) for start in starts)


def mask_length(mask: int) -> int | None:
    """The prefix length of a contiguous IPv4 mask."""
    free = ~mask & TOP[4]
    return 32 - free.bit_length() if free & (free + 1) == 0 else None
