"""Expectation files: what the replay of a capture must give, as a text that an operator can write and a reviewer can read.

::

    schema = "sekisho.expect/1"
    packets = 12                  # optional: read from all captures
    exact = true                  # findings not listed here are a difference (the default)

    [[findings]]
    rule = "MN-05"
    src_zone = "mn-srv"           # every key but rule is optional; what is absent is not compared
    state = "refused"
    count = 1                     # flows (or sightings) of the incident

    [[matrix]]
    src_zone = "lg-term"
    dst_zone = "in-vdi"
    verdict = "permitted"
    flows = 3

    [not_decoded]
    truncated = 1
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from segmentation.model.finding import Finding
from segmentation.model.text import Text
from segmentation.report.run import ReplayRun

SCHEMA = "sekisho.expect/1"


def _detail(key: str) -> Callable[[Finding], Any]:
    return lambda f: dict(f.detail).get(key, "")


#: Keys of a finding that can be compared, with how each is read off.
FINDING_KEYS: Mapping[str, Callable[[Finding], Any]] = {
    "rule": lambda f: f.rule,
    "severity": lambda f: f.severity.key,
    "src_zone": lambda f: f.src_zone,
    "dst_zone": lambda f: f.dst_zone,
    "state": lambda f: f.state.value if f.state is not None else "",
    "confidence": lambda f: f.confidence.value,
    "silenced": lambda f: f.silenced,
    "count": lambda f: f.count,
    "first_packet": lambda f: f.where.first_packet,
    "last_packet": lambda f: f.where.last_packet,
    **{k: _detail(k) for k in ("src", "dst", "service", "address", "mac")},
}
CELL_KEYS = ("src_zone", "dst_zone", "state", "verdict", "packets", "bytes", "flows")
_TOP = ("schema", "packets", "flows", "exact", "findings", "matrix", "not_decoded")

_UNKNOWN = Text(
    "{file}: 「{key}」という項目はありません。使えるもの: {known}", "{file}: there is no key {key!r}; use one of: {known}"
)
_TYPE = Text(
    "{file}: 「{key}」には{expected}を書いてください（読んだ値: {value}）。",
    "{file}: {key} must be {expected} (read: {value}).",
)
_SCHEMA = Text(
    '{file}: 先頭に schema = "{schema}" と書いてください。', '{file}: the file must say schema = "{schema}" at its beginning.'
)
_SYNTAX = Text("{file}: TOMLとして読めません（{reason}）。", "{file}: not TOML ({reason}).")
_MISSING = Text("期待した指摘がありません: {what}", "expected but not found: {what}")
_SURPLUS = Text("期待していない指摘があります: {what}", "found but not expected: {what}")
_NUMBER = Text("{what}: 期待は{expected}、結果は{actual}です。", "{what}: expected {expected}, got {actual}.")


class ExpectationError(ValueError):
    """An expectation file that cannot be used; ``problems`` says why, each in both languages."""

    def __init__(self, problems: list[Text]) -> None:
        """Keep all *problems*."""
        super().__init__("; ".join(p.en for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The content of an expectation file."""

    findings: tuple[Mapping[str, Any], ...]
    matrix: tuple[Mapping[str, Any], ...]
    not_decoded: Mapping[str, int]
    packets: int | None = None
    flows: int | None = None
    exact: bool = True


def parse(text: str, file: str) -> Expectation:
    """Read an expectation file.  Raises :class:`ExpectationError` with every problem."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ExpectationError([_SYNTAX.format(file=file, reason=error)]) from None
    problems = list(_problems(tree, file))
    if problems:
        raise ExpectationError(problems)
    return Expectation(
        tuple(tree.get("findings", ())), tuple(tree.get("matrix", ())), tree.get("not_decoded", {}),
        tree.get("packets"), tree.get("flows"), tree.get("exact", True),
    )  # fmt: skip


def _problems(tree: dict[str, Any], file: str) -> Iterator[Text]:
    if tree.get("schema") != SCHEMA:
        yield _SCHEMA.format(file=file, schema=SCHEMA)
    yield from _unknown(tree, _TOP, file)
    for key, kind, expected in (
        ("packets", int, Text("数", "a number")), ("flows", int, Text("数", "a number")),
        ("exact", bool, Text("true か false", "true or false")), ("not_decoded", dict, Text("表", "a table")),
        ("findings", list, Text("[[findings]] の並び", "[[findings]] tables")),
        ("matrix", list, Text("[[matrix]] の並び", "[[matrix]] tables")),
    ):  # fmt: skip
        if key in tree and not isinstance(tree[key], kind):
            yield _TYPE.format(file=file, key=key, expected=expected, value=repr(tree[key])[:40])
    for name, known in (("findings", tuple(FINDING_KEYS)), ("matrix", CELL_KEYS)):
        rows = tree.get(name, [])
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict):
                yield from _unknown(row, known, file)
            else:
                yield _TYPE.format(file=file, key=name, expected=Text("表", "a table"), value=repr(row)[:40])


def _unknown(tree: Mapping[str, Any], known: tuple[str, ...], file: str) -> Iterator[Text]:
    for key in tree:
        if key not in known:
            yield _UNKNOWN.format(file=file, key=key, known=", ".join(known))


def compare(expected: Expectation, run: ReplayRun) -> list[Text]:
    """Every difference between what was expected and what a replay gave; empty when they agree."""
    out: list[Text] = []
    left = list(run.findings)
    # The most specific demands choose first, so that a vague one does not take what only they describe.
    for row in sorted(expected.findings, key=len, reverse=True):
        match = next((f for f in left if all(FINDING_KEYS[k](f) == v for k, v in row.items())), None)
        if match is None:
            out.append(_MISSING.format(what=_words(row)))
        else:
            left.remove(match)
    if expected.exact:
        out.extend(_SURPLUS.format(what=_words(_row(f))) for f in left)
    out.extend(_cells(expected, run))
    for what, wanted, actual in (
        ("packets", expected.packets, sum(c.packets for c in run.captures)),
        ("flows", expected.flows, run.flows),
        *((f"not_decoded.{k}", v, sum(c.not_decoded.get(k, 0) for c in run.captures)) for k, v in expected.not_decoded.items()),
    ):
        if wanted is not None and wanted != actual:
            out.append(_NUMBER.format(what=what, expected=wanted, actual=actual))
    return out


def _cells(expected: Expectation, run: ReplayRun) -> Iterator[Text]:
    counted = ("packets", "bytes", "flows")
    for row in expected.matrix:
        chosen = [c for c in run.matrix if all(getattr(c, k) == v for k, v in row.items() if k not in counted)]
        wanted = {k: row[k] for k in counted if k in row} or {"flows": None}
        for key, value in wanted.items():
            actual = sum(getattr(c, key) for c in chosen)
            if (value is None and not chosen) or (value is not None and actual != value):
                yield _NUMBER.format(what=_words(row) + f" {key}", expected="> 0" if value is None else value, actual=actual)


def _words(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v}" for k, v in row.items())


def _row(f: Finding) -> dict[str, Any]:
    keys = (
        "rule",
        "severity",
        "src_zone",
        "dst_zone",
        "state",
        "confidence",
        "count",
        "src",
        "dst",
        "service",
        "address",
        "mac",
    )
    return {k: v for k in keys if (v := FINDING_KEYS[k](f)) != ""}


def write(run: ReplayRun) -> str:
    """An expectation file that a replay meets exactly: the start of a test, to be read before it is kept."""
    lines = [
        f'schema = "{SCHEMA}"',
        f"packets = {sum(c.packets for c in run.captures)}",
        f"flows = {run.flows}",
        "exact = true",
    ]
    for f in run.findings:
        lines += ["", "[[findings]]", *(f"{k} = {_toml(v)}" for k, v in _row(f).items())]
    for c in run.matrix:
        lines += ["", "[[matrix]]", *(f"{k} = {_toml(getattr(c, k))}" for k in CELL_KEYS)]
    reasons: dict[str, int] = {}
    for capture in run.captures:
        for reason, count in capture.not_decoded.items():
            reasons[reason] = reasons.get(reason, 0) + count
    if reasons:
        lines += ["", "[not_decoded]", *(f"{json.dumps(k)} = {v}" for k, v in sorted(reasons.items()))]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A scalar in TOML; a JSON string is a TOML basic string (except DEL, which findings do not hold)."""
    return json.dumps(value, ensure_ascii=False)
