"""JSON Schema (2020-12) of the zone file, generated from the vocabulary, for editors that complete and check TOML.

It describes forms only.  That names exist and that networks do not overlap, only ``sekisho check`` can tell.
"""

from __future__ import annotations

from typing import Any

from segmentation.zonefile.shape import CLOCK, SIZE
from segmentation.zonefile.tables_registers import ROOT
from segmentation.zonefile.vocabulary import Form, Key, Table

SCHEMA_ID = "urn:sekisho:zones:1"
# In the regular expressions of JSON Schema (ECMA-262) \w means ASCII letters only; this excludes ASCII punctuation instead.
_NAME = r"^[^\s!-,./:-@\[-^`{-~]{1,64}$"
_STRING: dict[str, Any] = {"type": "string"}
_PORT: dict[str, Any] = {"type": ["integer", "string"]}
# An editor hands a TOML date over as a string; so does this project when it writes JSON.
_DATE: dict[str, Any] = {"type": "string", "format": "date"}


def schema() -> dict[str, Any]:
    """The schema as a JSON tree; keys are in the order of the reference page."""
    definitions: dict[str, Any] = {}
    root = _table(ROOT, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "zones.toml",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _one_or_many(item: dict[str, Any], *, required: bool) -> dict[str, Any]:
    many: dict[str, Any] = {"type": "array", "items": item}
    if required:
        many["minItems"] = 1
    return {"anyOf": [item, many]}


def _bounded(key: Key) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "integer"}
    if key.low is not None:
        out["minimum"] = key.low
    if key.high is not None:
        out["maximum"] = key.high
    return out


_FIXED: dict[Form, dict[str, Any]] = {
    Form.NAME: {"type": "string", "pattern": _NAME},
    Form.BOOLEAN: {"type": "boolean"},
    Form.DATE: _DATE,
    Form.CLOCK: {"type": "string", "pattern": f"^({CLOCK.pattern})$"},
    Form.SIZE: {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^\\s*{SIZE.pattern}\\s*$"}]},
    Form.PAIRS: {"type": "array", "items": {"type": "array", "items": _STRING, "minItems": 2, "maxItems": 2}},
}


def _value(key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    if key.form in _FIXED:
        return dict(_FIXED[key.form])
    match key.form:
        case Form.STRING:
            return _STRING | {"minLength": 1} if key.required else dict(_STRING)
        case Form.INTEGER:
            return _bounded(key)
        case Form.CHOICE:
            return {"enum": list(key.choices)}
        case Form.STRINGS:
            return _one_or_many(_STRING, required=key.required)
        case Form.INTEGERS:
            return _one_or_many(_bounded(key), required=key.required)
        case Form.PORTS:
            return _one_or_many(_PORT, required=key.required)
        case _:
            return _nested(key, definitions)


def _nested(key: Key, definitions: dict[str, Any]) -> dict[str, Any]:
    assert key.table is not None
    name = key.table.name
    if name not in definitions:
        definitions[name] = {}  # claims the name before the table's own sub-tables are described
        definitions[name] = _table(key.table, definitions)
    reference = {"$ref": f"#/$defs/{name}"}
    return reference if key.form is Form.TABLE else {"type": "array", "items": reference}


def _table(table: Table, definitions: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": "object",
        "description": f"{table.doc.en}\n{table.doc.ja}",
        "properties": {k.name: _value(k, definitions) | {"description": f"{k.doc.en}\n{k.doc.ja}"} for k in table.keys},
        "additionalProperties": False,
    }
    if table.required:
        out["required"] = list(table.required)
    return out
