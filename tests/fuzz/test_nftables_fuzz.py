"""No text and no JSON makes the nftables parser raise, hang, or invent certainty out of nonsense."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nftables_generator import RulesetMaker

from segmentation.device.device import Device, Verb
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText

WORDS = [
    "table", "inet", "ip", "ip6", "netdev", "chain", "set", "map", "type", "filter", "nat", "hook", "forward", "ingress",
    "priority",
    "policy", "accept", "drop", "jump", "goto", "x", "vmap", "map", "{", "}", "(", ")", ",", ";", ":", ".", "@", "$",
    "=", "==", "!=",
    "&", "|", "^", "<<", "/", "-", "*", "!", "\n", '"eth*"', '"', "tcp", "dport", "saddr", "ct", "state", "new", "limit",
    "rate", "10",
    "second", "10.0.0.0", "24", "99", "0xffffffff", "fd00::1", "::", "elements", "flags", "interval", "define",
    "include", '"x.nft"',
    "add", "rule", "element", "flush", "ruleset", "delete", "insert", "replace", "handle", "dnat", "to", "snat",
    "numgen", "inc", "mod",
    "fib", "meta", "mark", "#", "# handle 5", "\\", "日本", "counter", "packets", "comment", "th,0,16", "nh", "notrack",
    "flow", "queue",
    "00:11:22:33:44:55", "icmp", "echo-request", "established", "999999999999999999999999999999", "timeout", "5m",
    "update", "undefine",
]  # fmt: skip


def check(text: str) -> Device:
    device = parse([SourceText("fuzz", text, "0" * 64)])
    lines = text.count("\n") + 1
    for chain in device.chains.values():
        for rule in chain.rules:
            assert 0 <= rule.location.line <= lines
            assert len(rule.text) <= 300
            if rule.action.verb in (Verb.JUMP, Verb.GOTO):
                assert rule.action.target in device.chains
            assert all(s is not None for s in rule.match.fields.values())
    for base in device.base_chains:
        assert base.chain in device.chains
    for note in device.not_understood:
        assert note.reason
        assert note.sentence is not None
        assert note.sentence.ja != note.sentence.en
    assert check_no_loop(device)
    return device


def check_no_loop(device: Device) -> bool:
    """Whether jumps never come back to a chain they started from."""
    done: set[str] = set()

    def visit(name: str, above: frozenset[str]) -> bool:
        if name in above:
            return False
        if name in done:
            return True
        targets = {r.action.target for r in device.chains[name].rules if r.action.target}
        sound = all(visit(t, above | {name}) for t in sorted(targets))
        done.add(name)
        return sound

    return all(visit(n, frozenset()) for n in device.chains)


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.booleans())
@settings(max_examples=400, deadline=None)
def test_word_salad(words: list[str], inside: bool) -> None:
    text = " ".join(words)
    check(f"table inet t {{\nchain c {{\n{text}\n}}\n}}\n" if inside else text)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text(text: str) -> None:
    check(text)


def test_mutated_rulesets() -> None:
    for seed in range(60):
        source = random.Random(f"mutation/{seed}")
        kind = source.choice(["inet", "ip", "ip6"])
        text = RulesetMaker(source, kind, state=True, bases=3, nat=kind == "inet").generate().text
        for _ in range(6):
            mutated = list(text)
            for _ in range(source.randint(1, 8)):
                at = source.randrange(len(mutated))
                roll = source.random()
                if roll < 0.4:
                    del mutated[at : at + source.randint(1, 12)]
                elif roll < 0.8:
                    mutated[at:at] = list(source.choice(WORDS))
                else:
                    mutated[at] = chr(source.randrange(1, 0x3000))
                mutated = mutated or [" "]
            check("".join(mutated))


JSON_WORDS = [
    "nftables",
    "rule",
    "chain",
    "set",
    "map",
    "expr",
    "match",
    "left",
    "right",
    "op",
    "payload",
    "elem",
    "accept",
    "vmap",
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([*JSON_WORDS, "@x", "*", "inet", "10.0.0.0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(JSON_WORDS), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_any_json(value: Any) -> None:
    check(json.dumps({"nftables": value}))
    check(json.dumps({"nftables": [value, {"rule": {"family": "inet", "table": "t", "chain": "c", "expr": value}}]}))


REAL = {
    "nftables": [
        {"table": {"family": "inet", "name": "t"}},
        {"set": {"family": "inet", "table": "t", "name": "s", "type": "ipv4_addr", "flags": ["interval"],
                 "elem": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, {"elem": {"val": "1.1.1.1", "timeout": 5}}]}},
        {"chain": {"family": "inet", "table": "t", "name": "c", "type": "filter", "hook": "forward",
        "prio": 0, "policy": "drop"}},
        {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 4, "comment": "x", "expr": [
            {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@s"}},
            {"match": {"op": "==", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["syn",
            "ack"]]}, "right": "syn"}},
            {"counter": {"packets": 5, "bytes": 6}}, {"limit": {"rate": 5, "per": "second"}}, {"log": {"prefix": "x"}},
            {"vmap": {"key": {"concat": [{"meta": {"key": "iifname"}}, {"payload": {"protocol": "tcp", "field": "dport"}}]},
                      "data": {"set": [[{"concat": ["eth0", 22]}, {"accept": None}], [{"concat": ["eth1", {"range": [1, 9]}]},
                                                                                      {"jump": {"target": "c2"}}]]}}}]}},
        {"chain": {"family": "inet", "table": "t", "name": "c2"}},
        {"rule": {"family": "inet", "table": "t", "chain": "c2", "handle": 5, "expr": [{"dnat": {"family": "ip",
        "addr": {"map": {
            "key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[80, "10.0.0.1"]]}}}}}]}},
    ]
}  # fmt: skip


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    out = [here]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        out += paths(inner, (*here, key))
    return out


@pytest.mark.parametrize(
    "replacement", [None, 5, -1, 2.5, True, "x", "@s", "@", [], {}, [[]], {"elem": None}, {"range": [9, 1]}]
)
def test_each_part_of_a_real_json_ruleset_replaced(replacement: object) -> None:
    assert not check(json.dumps(REAL)).not_understood
    for path in paths(REAL)[1:]:
        tree = json.loads(json.dumps(REAL))
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = replacement
        check(json.dumps(tree))


def nested(value: Any, levels: int) -> Any:
    """*value* inside many lists."""
    for _ in range(levels):
        value = [value]
    return value


def pairs(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value, {"accept": None}]
    return [value]


def json_rule(statement: object) -> str:
    table = {"table": {"family": "inet", "name": "t"}}
    rule = {"family": "inet", "table": "t", "chain": "c", "expr": [statement, {"accept": None}]}
    return json.dumps({"nftables": [table, {"rule": rule}]})


NEGATIONS = " ".join(f"ip saddr != {{ 10.0.0.{i}, 10.1.0.0/16 }} tcp dport {{ 1-5, 7 }}" for i in range(200))


@pytest.mark.parametrize(
    "text",
    [
        "table inet t { chain c { tcp dport " + "{" * 50_000,
        "table inet t { chain c { ip saddr " + "(" * 50_000 + ")" * 50_000 + " accept; }; }",
        "table inet t { chain c { meta mark " + "1 | " * 50_000 + "1 accept; }; }",
        "table inet t {" * 20_000,
        '{"nftables": ' + "[" * 50_000,
        '{"nftables": [' + "[" * 900 + "]" * 900 + "]}",
        '{"nftables": [{"rule": ' + '{"x":' * 500 + "1" + "}" * 500 + "}]}",
        '{"nftables": [' + "9" * 10_000 + "]}",
        "define a = { 1, 2 }\n" + "\n".join(f"define a{i} = {{ $a, $a }}" for i in range(1000)),
        "define a0 = { 1, 2 }\n" + "\n".join(f"define a{i + 1} = {{ $a{i}, $a{i} }}" for i in range(60)),
        "table ip t { chain c { " + NEGATIONS + " accept; }; }",
        "table inet t { chain c { " + "th dport 5 " * 200 + "accept; }; }",
        "table ip t { chain c { ip saddr . tcp dport . ip daddr != { "
        + ", ".join(f"10.{i}.0.0/16 . {i}-{i + 400} . 10.0.{i}.0/24" for i in range(400)) + " } accept; }; }",
        "table ip6 t { chain c { ip6 saddr & 5555:5555:5555:5555:5555:5555:5555:5555 == ::1 accept; }; }",
        "table ip t { chain c { ip saddr 10.0.0.0/99 accept; }; }",
        "table ip t { " + " ".join(f"chain c{i} {{ jump c{i + 1}; }};" for i in range(5000)) + " chain c5000 { jump c0; }; }",
        'include "fuzz"\n' * 1000,
        "table inet t { chain c { tcp flags " + "syn | " * 50_000 + "ack accept; }; }",
        "table inet t { chain c { tcp flags & (" + "(syn | ack | " * 39 + "1" + ")" * 40 + " == 2 accept; }; }",
        "define a0 = 1 | 2\n"
        + "\n".join(f"define a{i + 1} = $a{i} | 2" for i in range(3000))
        + "\ntable inet t { chain c { tcp flags $a3000 accept; }; }",
        "define a0 = 1 . 2\n"
        + "\n".join(f"define a{i + 1} = $a{i} . $a{i}" for i in range(3000))
        + "\ntable inet t { chain c { tcp dport . tcp sport { $a3000, $a20 } accept; }; }",
        "define a0 = { 1 : 2 }\n" + "\n".join(f"define a{i + 1} = {{ $a{i} : $a{i} }}" for i in range(3000)),
        json_rule({"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": {"|": [1] * 50_000}}}),
        json_rule({"match": {"op": "==", "left": {"&": nested({"|": [1] * 8}, 30)}, "right": 2}}),
        json_rule(nested([1, 2], 400)),
        json_rule({"vmap": {"key": nested([], 300), "data": {"set": nested([], 400)}}}),
        json_rule({"vmap": {"key": {"meta": {"key": "mark"}}, "data": {"set": pairs(400)}}}),
        "\\\n" * 50_000,
        "#" * 100_000,
        '"' * 100_000,
        "1:" * 50_000,
    ],
    ids=range(31),
)  # fmt: skip
def test_hostile_input_is_bounded(text: str) -> None:
    parse([SourceText("fuzz", text, "0" * 64)])


def test_ten_thousand_rules_take_seconds() -> None:
    source = random.Random(1)
    lines = [
        f"ip saddr 10.{source.randrange(256)}.{i % 256}.0/24 ip daddr {{ 10.20.{i % 256}.1, 10.30.{i % 256}.0/24 }} "
        f"tcp dport {{ {i % 1000 + 1}, 2000-{2000 + i} }} ct state new counter packets {i} bytes 99 accept"
        for i in range(10_000)
    ]
    text = "table inet t {\nchain c {\n" + "\n".join(lines) + "\n}\n}\n"
    device = parse([SourceText("large", text, "0" * 64)])
    assert device.rules == 10_000
    assert not device.not_understood
