"""The syntax tree that both forms of a ruleset (text and JSON) are read into, before it gets a meaning.

The nodes follow libnftables-json(5), so that the JSON form needs no interpretation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf

from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text

TableFamily = OneOf["ip", "ip6", "inet", "arp", "bridge", "netdev"]
TABLE_FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")


# ---- expressions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, address or name as written, without quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """``low-high``, both inclusive."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Prefix:
    """``base/length``."""

    base: Expression
    length: int


@dataclass(frozen=True, slots=True)
class Listing:
    """``a,b,c`` on the right of a match: the bits of a mask."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map."""

    key: Expression
    value: Expression | Verdict | None = None
    timed: bool = False  # it has a timeout of its own, or shows when it expires
    conditional: str = ""  # a limit, quota or connection count that belongs to the element
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SetLiteral:
    """``{ a, b }``."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class SetReference:
    """``@name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Concat:
    """``a . b``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """``left & right`` and the other bit operators; ``/`` is the mask of ``tcp flags syn / syn,ack``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Payload:
    """A field of a header: ``ip saddr``."""

    protocol: str
    field: str


@dataclass(frozen=True, slots=True)
class RawPayload:
    """``@th,0,16``: bits of a header."""

    base: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Meta:
    """``meta key``."""

    key: str


@dataclass(frozen=True, slots=True)
class Ct:
    """``ct [direction] [family] key``."""

    key: str
    direction: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression whose value a configuration cannot tell (``fib``, ``rt``, ``socket``, ``numgen`` …)."""

    text: str
    family: str = ""  # "ip" or "ip6" where the expression implies it
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class MapLookup:
    """``key map data``."""

    key: Expression
    data: Expression


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*``: the element of a set that catches everything else."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``accept``, ``drop``, ``continue``, ``return``, ``jump target``, ``goto target``, ``queue``."""

    verb: str
    target: str = ""


Expression = (
    Literal | Range | Prefix | Listing | SetLiteral | SetReference | Concat | Binary | Payload | RawPayload | Meta | Ct | Opaque
    | MapLookup | Wildcard
)  # fmt: skip


def selects(expression: Expression) -> bool:
    """Whether an expression may stand on the left of a match: every part speaks of the packet."""
    if isinstance(expression, Concat):
        return all(selects(p) for p in expression.parts)
    if isinstance(expression, Binary):
        return selects(expression.left)
    return isinstance(expression, (Payload, RawPayload, Meta, Ct, Opaque))


#: More parts of one expression than this, beside plain set elements, is nesting that doubles by variables.
_WIDE = 10_000


def depth(expression: object, limit: int) -> int:
    """How deeply an expression is nested, counted up to *limit* + 1, which also stands for too many parts."""
    level = [expression]
    for reached in range(limit + 1):
        level = [c for e in level for c in _children(e)]
        if not level:
            return reached
        if len(level) > _WIDE:
            break
    return limit + 1


def _children(expression: object) -> tuple[object, ...]:
    if isinstance(expression, Binary):
        return (expression.left, expression.right)
    if isinstance(expression, Range):
        return (expression.low, expression.high)
    if isinstance(expression, (Concat, Listing)):
        return expression.parts if isinstance(expression, Concat) else expression.items
    if isinstance(expression, SetLiteral):
        return tuple(p for e in expression.elements for p in (e.key, e.value) if not _plain(p))
    if isinstance(expression, MapLookup):
        return (expression.key, expression.data)
    return (expression.base,) if isinstance(expression, Prefix) else ()


def _plain(part: object) -> bool:
    """Whether a set's key or value is as shallow as such things are."""
    if isinstance(part, Concat):
        return all(isinstance(p, Literal) or (isinstance(p, (Prefix, Range, Binary)) and _plain(p)) for p in part.parts)
    if isinstance(part, (Prefix, Range, Binary)):
        return all(isinstance(c, Literal) for c in _children(part))
    return not isinstance(part, (SetLiteral, Listing, MapLookup))


# ---- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relation:
    """``left op right``; ``op`` is empty where none is written (JSON: ``in`` for masks, ``==`` for anything else)."""

    left: Expression
    operator: str
    right: Expression
    text: str


@dataclass(frozen=True, slots=True)
class VerdictMap:
    """``key vmap data``."""

    key: Expression
    data: Expression
    text: str


@dataclass(frozen=True, slots=True)
class Nat:
    """``dnat``, ``snat``, ``masquerade`` or ``redirect``."""

    kind: str
    family: str = ""
    address: Expression | None = None
    port: Expression | None = None
    text: str = ""
    prefix: bool = False  # ``dnat ip prefix to``: one to one, host bits kept


@dataclass(frozen=True, slots=True)
class Counter:
    """``counter packets N``; ``packets`` is ``None`` where the value is not carried."""

    packets: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """``log``."""


@dataclass(frozen=True, slots=True)
class Comment:
    """``comment "…"``, at the end of a rule."""

    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that depends on time or traffic (``limit``, ``quota``, ``ct count``), or on an unknown expression."""

    text: str


@dataclass(frozen=True, slots=True)
class SetUpdate:
    """``add @set { key }``: changes a set; ``limited`` if a limit or count inside decides whether the rule goes on."""

    set_name: str
    key: Expression
    limited: bool
    text: str
    operator: str = "add"


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A statement that lets the packet go on unchanged as far as filtering is concerned."""

    text: str


@dataclass(frozen=True, slots=True)
class Notrack:
    """``notrack``."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """A statement that was read, but does something a filter analysis does not follow (``dup``, ``ip daddr set``)."""

    text: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Delegated:
    """A verdict that another program or mechanism gives (``queue``, ``synproxy``)."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Part of a rule that was not understood."""

    text: str
    reason: Text
    location: Location = NOWHERE
    decides: bool = True  # whether it may hide a verdict


Statement = (
    Relation | VerdictMap | Nat | Counter | Log | Comment | Condition | SetUpdate | SideEffect | Notrack | Hazard | Delegated
    | Unknown | Verdict
)  # fmt: skip


# ---- what a ruleset consists of ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleSyntax:
    """One rule."""

    statements: tuple[Statement, ...]
    location: Location
    text: str
    handle: str = ""


@dataclass(slots=True)
class ChainSyntax:
    """A chain while the ruleset is being read."""

    name: str
    location: Location
    rules: list[RuleSyntax] = field(default_factory=list)
    kind: str = ""
    hook: str = ""
    priority: int | None = None
    policy: str = ""
    policy_location: Location = NOWHERE
    comment: str = ""


@dataclass(slots=True)
class SetSyntax:
    """A named set or map while the ruleset is being read."""

    name: str
    location: Location
    is_map: bool = False
    flags: set[str] = field(default_factory=set)
    timeout: bool = False
    elements: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class TableSyntax:
    """A table while the ruleset is being read."""

    family: str
    name: str
    location: Location
    chains: dict[str, ChainSyntax] = field(default_factory=dict)
    sets: dict[str, SetSyntax] = field(default_factory=dict)
    counters: dict[str, int | None] = field(default_factory=dict)
    dormant: bool = False
