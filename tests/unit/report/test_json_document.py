from __future__ import annotations

import dataclasses
import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from segmentation.report.baseline import compare, read_baseline
from segmentation.report.json_document import document, render
from segmentation.report.output import encode
from segmentation.report.run import LintRun, ReplayRun, Run


def _schema(name: str) -> dict[str, Any]:
    tree = json.loads(resources.files("segmentation.report").joinpath("schemas", f"{name}-1.json").read_text("utf-8"))
    assert isinstance(tree, dict)
    return tree


def _validate(run: Run, name: str) -> dict[str, Any]:
    schema = _schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    tree = json.loads(render(run))
    jsonschema.Draft202012Validator(schema).validate(tree)
    assert isinstance(tree, dict)
    return tree


def test_lint_follows_its_schema_and_contract(lint_run: LintRun) -> None:
    tree = _validate(lint_run, "lint")
    assert tree["schema"] == "sekisho.lint/1"
    assert [tree["policy"][k] for k in ("profile", "model", "sha256")] == ["daisen", "alpha", "a" * 64]
    (item,) = tree["inputs"]
    contract = ["file", "sha256", "vendor", "device", "filters", "rules", "lines", "not_understood"]
    assert list(item) == contract
    assert item["not_understood"][0] | {"sentence": None} == {
        "line": 7, "text": "osf name secret ****", "reason": "match osf", "sentence": None,
    }  # fmt: skip
    assert tree["matrix"][0] == {"src_zone": "in", "dst_zone": "lg", "verdict": "wider", "permitted_empty": False, "device": ""}
    assert tree["summary"] == {"critical": 2, "high": 1, "medium": 1, "low": 0, "info": 0, "silenced": 1, "known": 0}


def test_replay_follows_its_schema_and_contract(replay_run: ReplayRun) -> None:
    tree = _validate(replay_run, "replay")
    assert tree["schema"] == "sekisho.replay/1"
    first, second = tree["captures"]
    assert list(first) == ["file", "sha256", "format", "packets", "bytes", "first", "last", "not_decoded", "damage"]
    assert first["first"] == "2025-11-01T12:26:40.123456789Z"
    assert first["last"] == "2025-11-01T12:28:20.000000001Z"
    assert first["not_decoded"] == {"arp": 1, "truncated": 2}
    assert first["damage"] == {"offset": 98304, "reason": "record length 4294967295"}
    assert second["first"] is second["last"] is second["damage"] is None
    assert tree["flows"] == {"total": 3, "by_protocol": {"tcp": 2, "udp": 1}}
    assert list(tree["matrix"][0]) == ["src_zone", "dst_zone", "state", "verdict", "packets", "bytes", "flows"]


def test_a_finding_is_complete_in_both_languages(lint_run: LintRun) -> None:
    finding = document(lint_run)["findings"][0]
    assert finding["message"] == {"ja": "取込みが許可されています。", "en": "Import is permitted."}
    assert finding["clauses"][0] == {
        "origin": "policy", "document": "情報セキュリティポリシー", "number": "3.4(2)①",
        "title": "LGWAN接続系の分割", "note": None,
    }  # fmt: skip
    assert finding["witness"]["packet"] == {
        "family": 4, "src": "10.30.10.53", "dst": "10.20.10.25", "protocol": 6, "protocol_name": "tcp", "sport": 1024,
        "dport": 25, "tcp_flags": 2, "ct_state": "new", "in_interface": "eth0", "out_interface": "eth1",
        "src_mac": "00:00:5e:00:53:94", "translated": {"address": "10.20.10.26", "port": 2525},
    }  # fmt: skip
    assert finding["witness"]["path"][0]["line"] == 14
    assert finding["fingerprint"] == lint_run.findings[0].fingerprint


def test_every_field_of_a_finding_is_written(lint_run: LintRun) -> None:
    written = set(document(lint_run)["findings"][0])
    fields = {f.name for f in dataclasses.fields(lint_run.findings[0])}
    assert fields - written == set()


def test_both_schemas_describe_findings_alike() -> None:
    assert _schema("lint")["$defs"] == _schema("replay")["$defs"]


@pytest.mark.parametrize("name", ["lint", "replay"])
def test_the_schema_refuses_what_the_contract_does_not_say(name: str, lint_run: LintRun, replay_run: ReplayRun) -> None:
    tree = document(lint_run if name == "lint" else replay_run)
    validator = jsonschema.Draft202012Validator(_schema(name))
    assert validator.is_valid(tree)
    assert not validator.is_valid(tree | {"extra": 1})
    assert not validator.is_valid({k: v for k, v in tree.items() if k != "summary"})
    tree["findings"][0]["severity"] = "重大"
    assert not validator.is_valid(tree)


def test_no_secret_leaves_and_undecodable_bytes_stay_valid_json(lint_run: LintRun) -> None:
    bad = dataclasses.replace(lint_run.inputs[0], file="caf\udce9.nft")
    data = encode(render(dataclasses.replace(lint_run, inputs=(bad,))))
    assert json.loads(data)["inputs"][0]["file"] == "caf\udce9.nft"
    assert b"hunter2" not in data
    assert b"s3cr3t" not in data


def test_same_run_same_bytes(lint_run: LintRun, replay_run: ReplayRun) -> None:
    assert render(lint_run) == render(dataclasses.replace(lint_run))
    turned = dataclasses.replace(replay_run, by_protocol={"tcp": 2, "udp": 1})
    assert render(turned) == render(replay_run)


def test_a_report_with_a_baseline_follows_the_schema(lint_run: LintRun) -> None:
    earlier = read_baseline(render(lint_run), "old.json", lint_run.schema)
    assert isinstance(earlier, tuple)
    tree = _validate(compare(dataclasses.replace(lint_run, findings=lint_run.findings[1:]), earlier, "old.json"), "lint")
    assert tree["baseline"]["known"] == 3
    assert [r["rule"] for r in tree["baseline"]["resolved"]] == ["LG-02"]
    assert [f["baseline"] for f in tree["findings"]] == ["known", "known", "known", "new"]
    assert sum(tree["summary"].values()) == len(tree["findings"])
