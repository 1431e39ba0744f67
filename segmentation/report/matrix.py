"""The zone matrix as text: from rows to columns, one mark a pair, with the legend of the marks."""

from __future__ import annotations

from segmentation.model.text import Lang, Text
from segmentation.report.run import LintRun, ReplayRun
from segmentation.report.width import pad, pad_left, printable, table, width
from segmentation.report.words import CELLS, STATES, VERDICTS

# ASCII marks: they survive every terminal, printer and code page.
_MARKS = {"wider": "W", "narrower": "n", "both": "B", "not_decidable": "?"}
_CLOSED, _OPEN, _SELF, _NONE = ".", "=", "-", " "
_LEGEND = (
    (_CLOSED, Text("許可なし・通過なし（一致）", "nothing permitted, nothing passes")),
    (_OPEN, Text("許可どおり（一致）", "exactly what is permitted passes")),
    ("W", CELLS["wider"]),
    ("n", CELLS["narrower"]),
    ("B", CELLS["both"]),
    ("?", CELLS["not_decidable"]),
)
_HEADINGS = (
    Text("開始側", "from"),
    Text("応答側", "to"),
    Text("状態", "state"),
    Text("判定", "verdict"),
    Text("パケット", "packets"),
    Text("バイト", "bytes"),
    Text("フロー", "flows"),
)


def lint_matrix(run: LintRun, lang: Lang) -> list[str]:
    """Lines of the matrices, one a device: numbered zones as rows, the same numbers as columns; the legend at the end."""
    lines: list[str] = []
    used: set[str] = set()
    for device in dict.fromkeys(c.device for c in run.matrix):
        cells = {
            (c.src_zone, c.dst_zone): _mark(c.verdict, permitted_empty=c.permitted_empty)
            for c in run.matrix
            if c.device == device
        }
        used.update(cells.values())
        if device:
            lines.append(printable(device))
        lines += _one_matrix(run, cells, lang)
    return lines + [f"{mark} {text.in_(lang)}" for mark, text in _LEGEND if mark in used]


def _one_matrix(run: LintRun, cells: dict[tuple[str, str], str], lang: Lang) -> list[str]:
    order = {z: i for i, z in enumerate(run.zones)}
    zones = sorted({z for pair in cells for z in pair}, key=lambda z: (order.get(z, len(order)), z))
    names = [printable(run.zone(z).in_(lang)) for z in zones]
    number = len(str(len(zones)))
    label = max(map(width, names))
    lines = [" " * (number + 1 + label) + "".join(pad_left(str(i), number + 1) for i in range(1, len(zones) + 1))]
    for i, (src, name) in enumerate(zip(zones, names, strict=True), 1):
        row = "".join(pad_left(cells.get((src, dst), _SELF if src == dst else _NONE), number + 1) for dst in zones)
        lines.append(f"{pad_left(str(i), number)} {pad(name, label)}{row}".rstrip())
    return lines


def _mark(verdict: str, *, permitted_empty: bool) -> str:
    if verdict == "equal":
        return _CLOSED if permitted_empty else _OPEN
    return _MARKS.get(verdict, "?")


def replay_matrix(run: ReplayRun, lang: Lang) -> list[str]:
    """Lines of the traffic table, one for each zone pair, state and verdict seen."""
    if not run.matrix:
        return []
    rows = [[h.in_(lang) for h in _HEADINGS]]
    for c in run.matrix:
        state, verdict = STATES.get(c.state), VERDICTS.get(c.verdict)
        rows.append(
            [
                printable(run.zone(c.src_zone).in_(lang)),
                printable(run.zone(c.dst_zone).in_(lang)),
                c.state if state is None else state.in_(lang),
                c.verdict if verdict is None else verdict.in_(lang),
                f"{c.packets:,}",
                f"{c.bytes:,}",
                f"{c.flows:,}",
            ]
        )
    return table(rows, frozenset({4, 5, 6}))
