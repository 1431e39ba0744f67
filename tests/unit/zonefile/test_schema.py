"""The JSON Schema says what the reader does about forms."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import jsonschema
import pytest
from zonefile_samples import SOUND, read

from segmentation.zonefile.schema import schema
from segmentation.zonefile.tables_registers import ROOT, SYNONYMS
from segmentation.zonefile.vocabulary import Form, Table, form_text

VALIDATOR = jsonschema.Draft202012Validator(schema())


def _tables(table: Table, seen: dict[str, Table]) -> dict[str, Table]:
    if seen.setdefault(table.name, table) is table:
        for k in table.keys:
            if k.table is not None and k.table.name not in seen:
                _tables(k.table, seen)
    return seen


def test_it_is_a_schema_and_always_the_same() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert json.dumps(schema()) == json.dumps(schema())


def test_every_table_has_one_name_and_every_key_a_description_in_both_languages() -> None:
    tables = _tables(ROOT, {})
    described = schema()["$defs"] | {ROOT.name: schema()}
    for name, table in tables.items():
        assert set(described[name]["properties"]) == {k.name for k in table.keys}
        for key in table.keys:
            assert key.doc.ja
            assert key.doc.en
            assert any(ord(c) > 0x2000 for c in key.doc.ja), (name, key.name)
            assert key.doc.en.isascii() or any(c in key.doc.en for c in "αβ′…月日個戸人入委"), key.doc.en
        # A sub-table of a name is the same everywhere, so that one page and one definition serve it.
        assert all(k.table is None or tables[k.table.name] is k.table for k in table.keys)


def test_every_form_is_explained() -> None:
    for form in Form:
        assert form_text(form).ja
        assert form_text(form).en


def test_synonyms_lead_to_keys() -> None:
    known = {k.name for t in _tables(ROOT, {}).values() for k in t.keys}
    assert set(SYNONYMS.values()) <= known


@pytest.mark.parametrize(
    "edit",
    [
        ("tcp = 443", "tcp = true"),
        ('kind = "lgwan"', 'kind = "lgwann"'),
        ('kind = "lgwan"', 'kind = "lgwan"\nlevle = 3'),
        ('kind = "lgwan"', 'kind = "lgwan"\nvlans = [5000]'),
        ('kind = "lgwan"', 'kind = "lgwan"\nisolated = "yes"'),
        ('id = "lg"', 'id = "l g"'),
        ('id = "lg"', 'id = "l.g"'),
        ('id = "zaimu"', 'id = ""'),
        ('data = "both"', 'data = "both"\nmust_flow_days = 0'),
        ('data = "both"', 'data = "both"\nwindow = { start = "1:00", end = "02:00" }'),
        ('data = "both"', 'data = "both"\ndaily_limit = "5 apples"'),
        ('services = ["https"]', "services = []"),
        ('zone = "lg"\n', ""),
        ('name = "試験市"', ""),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(edit: tuple[str, str]) -> None:
    text = SOUND.replace(*edit)
    assert text != SOUND
    assert read(text).errors
    assert list(VALIDATOR.iter_errors(tomllib.loads(text)))


@pytest.mark.parametrize(
    "edit",
    [
        ('id = "in"', 'id = "インターネット系"'),
        ("tcp = 443", 'tcp = [443, "8000-8010"]'),
        ('kind = "lgwan"', 'kind = "lgwan"\nvlans = 210'),
        ('data = "both"', 'data = "both"\ndaily_limit = "500 MB"\nwindow = { start = "01:00", end = "24:00" }'),
        ('data = "both"', 'data = "both"\nvalid_from = "2026-04-01"'),
    ],
)
def test_what_the_reader_takes_the_schema_takes(edit: tuple[str, str]) -> None:
    text = SOUND.replace(*edit)
    assert read(text).problems == ()
    tree: dict[str, Any] = tomllib.loads(text)
    assert list(VALIDATOR.iter_errors(tree)) == []
