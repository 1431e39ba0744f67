from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_city import AT, CITY, HIGH, INFO, LOW, POLICY, host, party, policy, with_hosts

from segmentation.model.conduits import Conduit, ConduitKind, DataDirection
from segmentation.model.finding import ClauseOrigin, ClauseRef, Finding, Severity, Where
from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.model.zones import Party
from segmentation.rules import registry
from segmentation.rules.registry import ATTESTATION, REGISTRY, RULE_IDS, Rule, all_rules, check_model, finding, get
from segmentation.rules.rule import parse_page

JAPANESE = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\u4e00-\u9fff]")
PACKAGE = Path(registry.__file__).parent


class TestRegister:
    def test_every_id_of_the_rule_table_in_its_order(self) -> None:
        assert len(RULE_IDS) == 128
        assert RULE_IDS[0] == "ZM-01"
        assert RULE_IDS[6] == "MN-01"
        assert RULE_IDS[-1] == "O-03"
        assert tuple(r.id for r in all_rules()) == RULE_IDS

    def test_one_module_a_rule_and_no_module_without_one(self) -> None:
        modules = {p.stem for p in PACKAGE.glob("*.py") if re.fullmatch(r"[a-z]+_\d\d", p.stem)}
        assert modules == {i.lower().replace("-", "_") for i in RULE_IDS}

    def test_an_unknown_id(self) -> None:
        for name in ("MN-99", "mn-01", "", "rule", "MN-1"):
            with pytest.raises(KeyError):
                get(name)

    def test_rules_are_imported_only_when_asked_for(self) -> None:
        code = (
            "import sys, segmentation.rules.registry; print(sum(m.startswith('segmentation.rules.mn_') for m in sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parents[1])
        assert done.stdout.strip() == "0"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.id)
class TestEveryRule:
    def test_its_page_is_complete_in_both_languages(self, rule: Rule) -> None:
        texts = (rule.title, rule.page.what, rule.page.why, rule.page.instead)
        for text in texts:
            assert JAPANESE.search(text.ja), text
            assert not JAPANESE.search(text.en.replace("委託先", "").replace("戸籍", "").replace("税務課, 市民課", "")), text
        assert rule.page.example.ja
        assert rule.page.example.en
        assert rule.page.what.ja.endswith("。")
        assert not rule.title.ja.endswith("。")
        assert not rule.title.en.endswith(".")

    def test_what_is_implemented_is_a_side_of_it(self, rule: Rule) -> None:
        assert rule.implemented <= rule.sides
        assert rule.sides
        assert (rule.check is not None) == bool(rule.implemented & {REGISTRY, ATTESTATION})


class TestPage:
    DOC = (
        "English title.\n\n日本語の題。\n\n"
        "## What it finds\n\nOne line\nand another.\n\nA second paragraph.\n    literal line\n\n"
        "## Why it matters\n\nb\n\n## Example\n\nc\n\n## What to do instead\n\nd\n\n"
        "## 何を見つけるか\n\n一行目\n二行目はABC\nDEF。\n\n## なぜ問題か\n\nい\n\n## 例\n\nろ\n\n## どうすればよいか\n\nは\n"
    )

    def test_lines_are_joined_as_each_language_does(self) -> None:
        title, page = parse_page(self.DOC)
        assert title == Text("日本語の題", "English title")
        assert page.what.en == "One line and another.\n\nA second paragraph.\n    literal line"
        assert page.what.ja == "一行目二行目はABC DEF。"
        assert "second paragraph.\n\n    literal line" in page.markdown("en")

    def test_a_missing_part_is_named(self) -> None:
        with pytest.raises(ValueError, match="なぜ問題か"):
            parse_page(self.DOC.replace("## なぜ問題か\n\nい\n\n", ""))
        with pytest.raises(ValueError, match="title"):
            parse_page("Only one title.\n\n## What it finds\n\nx")


class TestFinding:
    CLAUSE = ClauseRef(origin=ClauseOrigin.POLICY, document="規程", number="3.4(1)①")

    def make(self, rule: str = "MN-01", **more: object) -> Finding:
        rules = policy(clauses={"MN-01": (self.CLAUSE,)}, severities={"MN-01": LOW})
        return finding(rule, rules, message=Text("あ", "a"), where=Where(location=Location("f", 1)), cause="c", **more)  # type: ignore[arg-type]

    def test_clauses_and_severity_come_from_the_policy(self) -> None:
        made = self.make()
        assert made.clauses == (self.CLAUSE,)
        assert made.severity is LOW

    def test_the_severity_given_wins_and_the_rule_s_own_comes_last(self) -> None:
        assert self.make(severity=INFO).severity is INFO
        assert self.make("ZM-01").severity is HIGH
        assert self.make("ZM-01").clauses == ()

    def test_further_fields(self) -> None:
        made = self.make(src_zone="mn", key="k")
        assert (made.src_zone, made.key) == ("mn", "k")

    def test_unknown(self) -> None:
        with pytest.raises(KeyError):
            self.make("XX-01")


class TestCheckModel:
    BROKEN = replace(with_hosts(host("stray", "lg", "10.3.1.1", tags=frozenset({"戸籍"}))), diagram=None, contacts=())

    def test_worst_first_and_reproducible(self) -> None:
        found = check_model(self.BROKEN, POLICY, AT)
        assert [f.severity for f in found] == sorted((f.severity for f in found), reverse=True)
        assert found == sorted(found, key=lambda f: f.sort_key)
        assert found == check_model(self.BROKEN, POLICY, AT)
        assert {f.rule for f in found} == {"ZM-01", "ZM-03", "ZM-06", "AU-06"}

    def test_a_rule_that_does_not_apply_is_not_checked(self) -> None:
        without = replace(POLICY, inapplicable={**POLICY.inapplicable, "AU-06": Text("対象外", "not here")})
        assert "AU-06" not in {f.rule for f in check_model(self.BROKEN, without, AT)}

    def test_an_empty_model(self) -> None:
        empty = ZoneModel(organisation=CITY.organisation, profile="x", kind=CITY.kind, file="zones.toml")
        assert {f.rule for f in check_model(empty, POLICY, AT)} == {"ZM-06", "LT-04", "AU-01", "AU-06"}

    def test_names_that_do_not_exist_never_raise(self) -> None:
        """The zone file's reader reports them; a check must survive a model that was built otherwise."""
        nowhere = Party(zones=("nix",), endpoints=("nobody",))
        odd = Conduit(
            id="odd", name=Text("奇", "odd"), kind=ConduitKind.FILE_CDR, initiator=nowhere, responder=party("lg-pc"),
            services=("nothing",), data=DataDirection.BOTH, gateway="none", exception="none", via=("nix",),
        )  # fmt: skip
        model = replace(
            CITY, conduits={**CITY.conduits, "odd": odd}, endpoints={**CITY.endpoints, "x": host("x", "nix", "10.1.1.1")}
        )
        assert {f.rule for f in check_model(model, POLICY, AT)} >= {"LG-02", "EX-03"}

    def test_two_thousand_conduits_in_a_second(self) -> None:
        many = dict(self._many(2000))
        start = dt.datetime.now(tz=dt.UTC)
        check_model(replace(CITY, conduits=many), POLICY, AT)
        assert (dt.datetime.now(tz=dt.UTC) - start).total_seconds() < 20  # far above what it takes: a loaded machine must pass

    @staticmethod
    def _many(count: int) -> Iterator[tuple[str, Conduit]]:
        template = CITY.conduits["union"]
        for number in range(count):
            yield f"c{number}", replace(template, id=f"c{number}")


def test_severities_of_the_table() -> None:
    """A sample against the rule table."""
    expected = {"MN-01": Severity.CRITICAL, "NC-08": Severity.INFO, "LT-04": Severity.LOW, "ML-03": Severity.LOW, "EX-02": HIGH}
    assert {i: get(i).severity for i in expected} == expected
