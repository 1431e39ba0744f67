"""The reference page is the vocabulary, and what it shows is true."""

from __future__ import annotations

import re
import tomllib

import pytest
from zonefile_samples import SOUND, TOP, read

from segmentation.model.text import Lang
from segmentation.zonefile.ledger import COLUMNS
from segmentation.zonefile.reference import reference, renewed
from segmentation.zonefile.tables_registers import ROOT
from segmentation.zonefile.vocabulary import Table

PAGES: tuple[tuple[str, Lang], ...] = (("zones-toml.md", "en"), ("zones-toml.ja.md", "ja"))


def _keys(table: Table) -> set[str]:
    return {k.name for k in table.keys}.union(*(_keys(k.table) for k in table.keys if k.table is not None))


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_the_page_is_up_to_date(name: str, lang: Lang) -> None:
    page = (TOP / "docs" / name).read_text(encoding="utf-8")
    assert renewed(page, lang) == page, f"run: python -m segmentation.zonefile.reference docs/{name}"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_key_is_documented(lang: Lang) -> None:
    text = reference(lang)
    documented = set(re.findall(r"^\| `([a-z0-9_]+)`", text, re.MULTILINE))
    top = {k.name for k in ROOT.keys}
    assert _keys(ROOT) - top <= documented <= _keys(ROOT)
    assert top <= set(re.findall(r"^## `\[{1,2}(\w+)\]{1,2}`", text, re.MULTILINE))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_links_lead_to_headings(lang: Lang) -> None:
    text = reference(lang)
    headings = {re.sub(r"[^\w-]", "", h.lower()) for h in re.findall(r"^#+ `(.+)`$", text, re.MULTILINE)}
    targets = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert targets
    assert targets <= headings


def test_the_ledger_columns_are_documented() -> None:
    page = (TOP / "docs" / "zones-toml.md").read_text(encoding="utf-8")
    assert all(f"| `{c}` |" in page for c in COLUMNS)


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_the_message_on_the_page_is_what_is_printed(name: str, lang: Lang) -> None:
    from segmentation.zonefile.problem import render  # noqa: PLC0415

    page = (TOP / "docs" / name).read_text(encoding="utf-8")
    shown = render(read(SOUND.replace('"lgwan"', '"lgwann"')).problems[0], lang).splitlines()
    assert shown[0].split(": ", 1)[1] in page
    assert shown[-1] in page


def test_the_examples_of_the_page_are_toml() -> None:
    page = (TOP / "docs" / "zones-toml.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert examples
    for example in examples:
        assert tomllib.loads(example)


def test_a_page_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="no generated part"):
        renewed("# nothing", "en")
