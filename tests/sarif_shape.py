"""A strict JSON Schema of the part of SARIF 2.1.0 that the reports use, written from the standard's own text.

Properties that the standard does not define, or that the reports are not meant to use, are errors.  Section numbers
are those of the OASIS Standard of 27 March 2020.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _closed(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object", "additionalProperties": False, "required": list(required), "properties": required | optional,
    }  # fmt: skip


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


_STRING: Schema = {"type": "string"}
_WORDS: Schema = {"type": "string", "minLength": 1}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_BAG: Schema = {"type": "object", "properties": {"tags": _array(_WORDS, uniqueItems=True)}}  # 3.8
_LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
# 3.10.3; RFC 3986 4.1: a reference has no spaces or other characters outside ASCII.
_URI: Schema = {"type": "string", "pattern": r"^(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$"}
_MESSAGE = _closed({"text": _WORDS}, markdown=_WORDS)  # 3.11, 3.12
_ARTIFACT_LOCATION = _closed({"uri": _URI})  # 3.4
_REGION = _closed({"startLine": _COUNT}, startColumn=_COUNT, snippet=_closed({"text": _STRING}))  # 3.30
_PHYSICAL = _closed({"artifactLocation": _ARTIFACT_LOCATION}, region=_REGION)  # 3.29
_LOGICAL = _closed({"name": _WORDS, "kind": _WORDS})  # 3.33
_LOCATION = _closed({"physicalLocation": _PHYSICAL}, logicalLocations=_array(_LOGICAL), message=_MESSAGE)  # 3.28
_STEP = _closed({"message": _MESSAGE}, physicalLocation=_PHYSICAL)
_CODE_FLOW = _closed(  # 3.36, 3.37, 3.38
    {"threadFlows": _array(_closed({"locations": _array(_closed({"location": _STEP}), minItems=1)}), minItems=1)}
)
_SUPPRESSION = _closed(  # 3.35
    {"kind": {"enum": ["inSource", "external"]}},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=_WORDS,
)
_RULE = _closed(  # 3.49
    {
        "id": _WORDS,
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "helpUri": {"type": "string", "pattern": r"^[a-z][a-z0-9+.\-]*:[^\s]+$"},
        "help": _closed({"text": _WORDS, "markdown": _WORDS}),
        "defaultConfiguration": _closed({"level": _LEVEL}),
        "properties": {
            **_BAG,
            "required": ["security-severity"],
            "properties": _BAG["properties"] | {"security-severity": {"type": "string", "pattern": r"^(?:10|[0-9])\.[0-9]$"}},
        },
    }
)
_FINGERPRINTS: Schema = {"type": "object", "additionalProperties": _WORDS}
_RESULT = _closed(  # 3.27
    {
        "ruleId": _WORDS,
        "level": _LEVEL,
        "message": _MESSAGE,
        "partialFingerprints": _FINGERPRINTS,
    },
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    locations=_array(_LOCATION, minItems=1),
    codeFlows=_array(_CODE_FLOW, minItems=1),
    suppressions=_array(_SUPPRESSION, uniqueItems=True),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    properties=_BAG,
)
_NOTIFICATION = _closed({"message": _MESSAGE}, level=_LEVEL, locations=_array(_LOCATION))  # 3.58
_ARTIFACT = _closed(  # 3.24
    {"location": _ARTIFACT_LOCATION},
    roles=_array({"enum": ["analysisTarget", "resultFile", "policy"]}, uniqueItems=True),
    hashes={"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
)
_RUN = _closed(  # 3.14
    {
        "tool": _closed({"driver": _closed({"name": _WORDS, "version": _WORDS, "rules": _array(_RULE, uniqueItems=True)})}),
        "results": _array(_RESULT),
    },
    language={"type": "string", "pattern": "^[a-z]{2}(?:-[A-Z]{2})?$"},
    automationDetails=_closed({"id": _WORDS}),
    invocations=_array(_closed({"executionSuccessful": {"type": "boolean"}}, toolExecutionNotifications=_array(_NOTIFICATION))),
    artifacts=_array(_ARTIFACT, uniqueItems=True),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    properties=_BAG,
)
SARIF: Schema = _closed({"$schema": _URI, "version": {"const": "2.1.0"}, "runs": _array(_RUN, minItems=1)})  # 3.13


def cross_references(log: dict[str, Any]) -> list[str]:
    """Demands of the standard that a schema cannot say; the list is empty when all hold."""
    faults: list[str] = []
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        ids = [r["id"] for r in rules]
        if len(set(ids)) != len(ids):
            faults.append("two rules have one id")
        for result in run["results"]:
            if result.get("kind", "fail") != "fail" and result["level"] != "none":  # 3.27.9, 3.27.10
                faults.append(f"{result['ruleId']}: a result that is no failure has a level")
            index = result.get("ruleIndex")
            if index is not None and ids[index] != result["ruleId"]:  # 3.27.6
                faults.append(f"{result['ruleId']}: ruleIndex names {ids[index]}")
    return faults
