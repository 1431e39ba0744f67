"""The JSON form: the same devices as the text form, and the place of every object."""

from __future__ import annotations

import json

from segmentation.device.device import Device, Verb
from segmentation.device.match import Field, InterfaceMatch
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText

HEAD: list[object] = [
    {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
    {"table": {"family": "inet", "name": "t", "handle": 1}},
    {"chain": {"family": "inet", "table": "t", "name": "c", "handle": 2, "type": "filter", "hook": "forward", "prio": -5,
               "policy": "drop"}},
    {"chain": {"family": "inet", "table": "t", "name": "x", "handle": 3}},
]  # fmt: skip


def read(items: list[object], indent: int | None = None) -> Device:
    return parse([SourceText("rules.json", json.dumps({"nftables": [*HEAD, *items]}, indent=indent), "0" * 64)])


def rule(*expr: object, **more: object) -> dict[str, object]:
    return {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 9, "expr": list(expr), **more}}


def match(left: object, right: object, op: str = "==") -> dict[str, object]:
    return {"match": {"op": op, "left": left, "right": right}}


def payload(protocol: str, field: str) -> dict[str, object]:
    return {"payload": {"protocol": protocol, "field": field}}


def test_rule_with_everything_a_report_shows() -> None:
    device = read([
        rule(match({"meta": {"key": "iifname"}}, "eth*"), match(payload("tcp", "dport"), {"set": [22, {"range": [80, 90]}]}),
             {"counter": {"packets": 5, "bytes": 6}}, {"log": {"prefix": "x"}}, {"accept": None}, comment="受付")
    ])  # fmt: skip
    assert not device.not_understood
    (found,) = device.chains["inet t c"].rules
    assert found.match.fields[Field.DPORT].intervals == ((22, 22), (80, 90))
    assert found.match.in_interface == InterfaceMatch(("eth*",))
    assert (found.hits, found.log, found.comment, found.id, found.action.verb) == (5, True, "受付", "9", Verb.ACCEPT)
    assert found.text == 'iifname "eth*" tcp dport { 22, 80-90 } counter packets 5 log accept comment "受付"'
    (base,) = device.base_chains
    assert (base.priority, base.policy.verb) == (-5, Verb.DROP)


def test_line_and_column_of_a_rule() -> None:
    one_line = json.dumps({"nftables": [*HEAD, rule({"accept": None})]})
    (found,) = read([rule({"accept": None})]).chains["inet t c"].rules
    assert (found.location.line, found.location.column) == (1, one_line.index('{"rule"') + 1)
    pretty = json.dumps({"nftables": [*HEAD, rule({"accept": None})]}, indent=1)
    (found,) = read([rule({"accept": None})], indent=1).chains["inet t c"].rules
    before = pretty[: pretty.index('"rule"')]
    assert found.location.line == before.count("\n")  # the line of the brace before the key
    assert pretty.splitlines()[found.location.line - 1].strip() == "{"


def test_commands() -> None:
    device = read([
        {"add": {"rule": {"family": "inet", "table": "t", "chain": "x", "expr": [{"accept": None}]}}},
        {"insert": {"rule": {"family": "inet", "table": "t", "chain": "x", "expr": [{"drop": None}]}}},
        {"add": {"element": {"family": "inet", "table": "t", "name": "nowhere", "elem": [1]}}},
        {"delete": {"rule": {"family": "inet", "table": "t", "chain": "x", "handle": 77}}},
    ])  # fmt: skip
    assert [r.action.verb for r in device.chains["inet t x"].rules] == [Verb.DROP, Verb.ACCEPT]
    assert len(device.not_understood) == 2
    assert all(n.widened for n in device.not_understood)
    assert read([{"flush": {"ruleset": None}}]).chains == {}


def test_unknown_statement_keeps_the_rule_as_possible() -> None:
    device = read([rule({"frobnicate": {"x": 1}}, {"accept": None})])
    (found,) = device.chains["inet t c"].rules
    assert found.match.uncertain == ('{"frobnicate": {"x": 1}}',)
    assert device.not_understood[0].widened
    assert device.not_understood[0].location == found.location


def test_broken_json_is_one_note_with_its_place() -> None:
    for text, line in (('{"nftables": [\n{"table": {', 2), ('{"other": []}', 1), ('{"nftables": ' + "[" * 100_000, 1)):
        device = parse([SourceText("x.json", text, "")])
        (note,) = device.not_understood
        assert (note.location.line, note.widened) == (line, True)
        assert device.chains == {}


def test_a_table_whose_flags_nft_garbled_stops_nothing() -> None:
    def table(flags: object) -> Device:
        return read([{"table": {"family": "inet", "name": "t", "handle": 1, "flags": flags}}])

    assert [b.chain for b in table(["owner", "persist"]).base_chains] == ["inet t c"]
    assert not table(["dormant"]).base_chains
    assert not table("dormant").not_understood
    for garbled in ("Lester Gooch #5", ["x"], None, 7):  # nft 1.0.6 prints another string where "dormant" belongs
        device = table(garbled)
        assert not device.base_chains
        assert [n.widened for n in device.not_understood] == [True]
