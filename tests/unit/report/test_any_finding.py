"""Whatever a finding contains (undecodable bytes, control characters, Japanese, nothing), every format stays valid."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
import xml.etree.ElementTree as ET
from importlib import resources
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from sarif_shape import SARIF, cross_references

from segmentation.model.addresses import Mac
from segmentation.model.finding import (
    ClauseOrigin,
    ClauseRef,
    Confidence,
    Finding,
    FlowState,
    Packet,
    Severity,
    Step,
    Where,
    Witness,
)
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.report.baseline import compare, read_baseline
from segmentation.report.formats import FORMATS, render
from segmentation.report.output import encode
from segmentation.report.run import ConfigInput, LintCell, LintRun, NotUnderstoodLine, PolicyInfo
from segmentation.report.width import width

SCHEMA = resources.files("segmentation.report").joinpath("schemas", "lint-1.json")
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
SARIF_VALIDATOR = jsonschema.Draft202012Validator(SARIF)
NASTY = [
    "",
    "\x1b[31m",
    "a\nb\r",
    "::error::",
    "]]>",
    "<&\"'>",
    "\ud800",
    "\udcff",
    "\u202e",
    "\ufffe",
    "設定　１",
    "a,b:c%",
    "{x}",
    "\x00",
]
WORDS = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
SOME = WORDS.map(lambda s: s or "x")
TEXTS = st.builds(Text, SOME, SOME)
PLACES = st.builds(Location, WORDS, st.integers(0, 9), st.integers(0, 9))


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    family = draw(st.sampled_from((4, 6)))
    address = st.integers(0, (1 << (32 if family == 4 else 128)) - 1)
    port = st.integers(0, 65535)
    return Packet(
        family=family, src=draw(address), dst=draw(address), protocol=draw(st.integers(0, 255)), sport=draw(port),
        dport=draw(port), tcp_flags=draw(st.integers(0, 255)), ct_state=draw(st.sampled_from(("new", "invalid", ""))),
        in_interface=draw(WORDS), out_interface=draw(WORDS),
        src_mac=draw(st.none() | st.builds(Mac, st.integers(0, (1 << 48) - 1))),
        translated=draw(st.none() | st.tuples(address, port)),
    )  # fmt: skip


CLAUSES = st.builds(
    ClauseRef, origin=st.sampled_from(ClauseOrigin), document=WORDS, number=WORDS, title=WORDS, note=st.none() | TEXTS
)
STEPS = st.builds(Step, location=PLACES, text=WORDS, note=st.none() | TEXTS)
WITNESSES = st.builds(Witness, packet=packets(), path=st.lists(STEPS, max_size=2).map(tuple))
NANOSECONDS = st.just(0) | st.integers(1, (1 << 63) - 1)
WHERES = st.builds(
    Where, location=PLACES, device=WORDS, rule_text=WORDS, interface=WORDS, capture=WORDS, first_packet=st.integers(0, 9),
    last_packet=st.integers(0, 9), first_ns=NANOSECONDS, last_ns=NANOSECONDS,
)  # fmt: skip
FINDINGS = st.builds(
    Finding, rule=st.sampled_from(("LG-02", "MN-01", "X-99")), severity=st.sampled_from(Severity), message=TEXTS, where=WHERES,
    cause=WORDS, clauses=st.lists(CLAUSES, max_size=2).map(tuple), witness=st.none() | WITNESSES,
    state=st.none() | st.sampled_from(FlowState), confidence=st.sampled_from(Confidence), confidence_reason=st.none() | TEXTS,
    src_zone=WORDS, dst_zone=WORDS, conduit=WORDS, exception=WORDS, silenced=st.booleans(), count=st.integers(1, 9),
    related=st.lists(WORDS, max_size=2).map(tuple), detail=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple), key=WORDS,
)  # fmt: skip
LINES = st.builds(NotUnderstoodLine, line=st.integers(0, 9), text=WORDS, reason=SOME)
INPUTS = st.builds(
    ConfigInput, file=SOME, sha256=st.just("a" * 64), vendor=WORDS, device=WORDS, filters=st.integers(0, 9),
    rules=st.integers(0, 9), lines=st.integers(0, 9),
    not_understood=st.lists(LINES, max_size=2).map(tuple),
)  # fmt: skip
CELLS = st.builds(
    LintCell, src_zone=WORDS, dst_zone=WORDS, verdict=st.sampled_from(("equal", "both", "not_decidable")),
    permitted_empty=st.booleans(), device=WORDS,
)  # fmt: skip
RUNS = st.builds(
    LintRun, policy=st.builds(PolicyInfo, profile=SOME, organisation=TEXTS, document=WORDS),
    findings=st.lists(FINDINGS, max_size=3).map(tuple), inputs=st.lists(INPUTS, max_size=2).map(tuple),
    matrix=st.lists(CELLS, max_size=3).map(tuple), undecided=st.lists(TEXTS, max_size=1).map(tuple),
    not_visible=st.lists(TEXTS, max_size=1).map(tuple), zones=st.dictionaries(WORDS, TEXTS, max_size=2),
)  # fmt: skip


def _written(run: LintRun) -> dict[str, str]:
    return {form: encode(render(run, form, "ja")).decode() for form in FORMATS}


def _assert_valid(run: LintRun) -> None:
    written = _written(run)
    VALIDATOR.validate(json.loads(written["json"]))
    log: dict[str, Any] = json.loads(written["sarif"])
    SARIF_VALIDATOR.validate(log)
    assert cross_references(log) == []
    suite = ET.fromstring(written["junit"].encode())[0]
    assert int(suite.attrib["failures"]) == len(run.open)
    assert all(line.startswith(("::error", "::warning", "::notice")) for line in written["github"].split("\n")[:-1])
    controls = {c for c in written["text"] if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}
    assert controls <= {"\n"}
    assert width(written["text"]) >= 0


@settings(deadline=None, max_examples=20)
@given(RUNS)
def test_every_format_is_valid(run: LintRun) -> None:
    _assert_valid(run)


@settings(deadline=None, max_examples=15)
@given(RUNS)
def test_a_report_is_its_own_baseline(run: LintRun) -> None:
    earlier = read_baseline(encode(render(run, "json", "en")).decode(), "old.json", run.schema)
    assert isinstance(earlier, tuple)
    again = compare(run, earlier, "old.json")
    assert again.open == ()
    assert again.baseline is not None
    assert again.baseline.resolved == ()
    _assert_valid(again)


@settings(deadline=None, max_examples=15)
@given(RUNS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_show_in_the_text(run: LintRun, random: Any) -> None:
    unique = list({(f.sort_key, f.where.device): f for f in run.findings}.values())
    shuffled = list(unique)
    random.shuffle(shuffled)
    one, other = (dataclasses.replace(run, findings=tuple(f)) for f in (unique, shuffled))
    assert render(one, "text", "ja") == render(other, "text", "ja")
