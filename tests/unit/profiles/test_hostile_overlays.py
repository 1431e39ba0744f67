"""Whatever an overlay file holds, the answer is a policy or problems with places."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from segmentation.model.policy import Policy
from segmentation.profiles.layer import Layer
from segmentation.profiles.layering import Stack, resolve
from segmentation.profiles.loader import _chain, load_policy, rule_ids
from segmentation.profiles.problem import ProfileError
from segmentation.profiles.reader import read_layer
from segmentation.profiles.settings import SETTINGS

DATA = Path(__file__).resolve().parents[3] / "segmentation/profiles/data"
BUNDLED = [path.read_text(encoding="utf-8") for path in sorted(DATA.glob("*.toml"))]

scalars = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers(-5, 100_000).map(str),
    st.sampled_from(
        ['"both"', '"utm"', '"high"', '"2026-02-30"', "2026-02-03", "1.5", "[]", '["mac"]', "[1]", '["3.4(1)①"]', "{}", "nan"]
    ),
    st.text("abｱ漢{}\\", max_size=6).map(lambda text: '"' + text.replace("\\", "\\\\") + '"'),
)
sections = [
    "sanitize",
    "mynumber",
    "egress",
    "rules",
    "clauses",
    "severities",
    "terms",
    "document",
    "product",
    "exceptions",
    "models",
]
words = [*{key.partition(".")[2] for key in SETTINGS}, *rule_ids()[:5], "title", "values", "note", "ja"]
lines = st.one_of(
    st.sampled_from(sections).map(lambda name: f"[{name}]"),
    st.sampled_from(["networks", "notes", "contradictions"]).map(lambda name: f"[[{name}]]"),
    st.tuples(st.sampled_from(sorted(words)), scalars).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(st.sampled_from([*sections, "private", "council", "extends", "schema", "kind"]), scalars).map(" = ".join),
)


def read(text: str) -> Layer | ProfileError:
    try:
        return read_layer(text, "x.toml", overlay=True, rules=rule_ids(), clauses={"3.4(1)①"})
    except ProfileError as error:
        return error


def check(text: str) -> None:
    answer = read(text)
    if isinstance(answer, Layer):
        below = _chain("daisen")
        policy = resolve(Stack((*below, answer), below[-1]))
        assert set(policy.clauses) | set(policy.inapplicable) == set(rule_ids())
        return
    assert answer.problems
    count = len(text.split("\n")) + 1
    for problem in answer.problems:
        assert problem.location.file == "x.toml"
        assert 0 <= problem.location.line <= count
        assert problem.message.ja
        assert problem.message.en


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=12).map("\n".join))
@example("sanitize.scope.deep = 1")
@example("rules = 1\nclauses = []\nnetworks = {}\nnotes = 3\ndocument = 1\nproduct = 0")
@example("[clauses]\n1 = 2\n[clauses.x]\nnumber = 3\nnote = 4")
@example("'''\n[a]\n''' = 1")
def test_made_up_overlays(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BUNDLED), st.data())
def test_damaged_profiles(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 200))
    insert = data.draw(st.text("[]{}\"'=\n.,#ｱ漢\x00a1", max_size=5))
    check(text[:start] + insert + text[start + length :])


def test_an_overlay_never_changes_the_bundled_profile(tmp_path: Path) -> None:
    before = load_policy("daisen")
    path = tmp_path / "o.toml"
    path.write_text('[severities]\nMN-01 = "low"\n[sanitize]\nscope = "both"\n', encoding="utf-8")
    changed = load_policy("daisen", [path])
    assert isinstance(changed, Policy)
    assert changed != before
    assert load_policy("daisen") == before
