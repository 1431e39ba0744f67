"""Lines without meaning that could open more than what was read: nothing of their device is proved closed.

A line that was not understood is harmless for a proof in three cases.  Its parser says that it cannot open anything
(``widened`` is false).  Its parser says that the rules hold all it could open as a possibility (``covered``).  Or it *is*
a rule, kept with a match that may hold: then a rule of the same place is uncertain, and every answer about packets already
counts with it.  Any other line leaves the device's answers true about what was read, and no more than that.
"""

from __future__ import annotations

from segmentation.device.device import Device, NotUnderstood
from segmentation.model.location import Location
from segmentation.model.text import Text

_OPEN = Text(
    "{device}: 理解できなかった{count}か所は、読み取れた内容より多くの通信を許可している可能性があります。そのため"
    "この装置では「閉じている」「許可どおり」と証明していません（最初は{first}:「{text}」 {reason}）。",
    "{device}: what was not understood ({count}) could let more through than what was read, so nothing of this device is "
    "proved closed or as permitted (first {first}: “{text}”: {reason}).",
)
_SHOWN = 80


def opening(device: Device) -> tuple[NotUnderstood, ...]:
    """What was not understood of *device*, could open it, and is not in its rules as a possibility."""
    waiting = [n for n in device.not_understood if n.widened and n.covered is not True]
    if not waiting:
        return ()
    doubted, places = _rules_in_doubt(device)
    return tuple(n for n in waiting if n.covered is False or not _is_rule(n.location, doubted, places))


def _rules_in_doubt(device: Device) -> tuple[set[Location], dict[tuple[str, int], set[int]]]:
    """Where uncertain rules are, and the columns at which rules start in each line."""
    doubted: set[Location] = set()
    places: dict[tuple[str, int], set[int]] = {}
    for chain in device.chains.values():
        for rule in chain.rules:
            where = rule.location
            places.setdefault((where.file, where.line), set()).add(where.column)
            if rule.match.may or rule.action.uncertain:
                doubted.add(where)
    return doubted, places


def _is_rule(where: Location, doubted: set[Location], places: dict[tuple[str, int], set[int]]) -> bool:
    """Whether a place is an uncertain rule; a word inside one counts where the line holds no other rule."""
    columns = places.get((where.file, where.line), set())
    return where in doubted or (
        len(columns) == 1 and Location(where.file, where.line, next(iter(columns))) in doubted
    )  # fmt: skip


def sentence(device: Device, places: tuple[NotUnderstood, ...]) -> Text:
    """Why nothing of *device* is proved closed."""
    first = places[0]
    reason = first.sentence or Text(first.reason, first.reason)
    return _OPEN.format(
        device=device.name, count=len(places), first=first.location, text=first.text[:_SHOWN],
        reason=Text(reason.ja.rstrip("。."), reason.en.rstrip(".")),
    )  # fmt: skip
