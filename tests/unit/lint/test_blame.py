"""The rules to blame: removing exactly these closes the crossing, and none of them could stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from devices import DAY, MODEL, found, interface, with_record
from test_lint import STRICT, forward, nft

from segmentation.device.device import Device
from segmentation.lint import lint
from segmentation.lint.blame import Culprit, Culprits, without
from segmentation.lint.closing import Questions
from segmentation.lint.crossings import DeviceLint
from segmentation.model.finding import Blame, Finding
from segmentation.model.judge import Judge

LOG = 'log prefix "x" drop'


def findings(device: Device, rule: str = "LG-02") -> list[Finding]:
    return found(lint([device], MODEL, STRICT, DAY), rule)


def blame(*lines: str, rule: str = "LG-02") -> list[tuple[list[int], bool]]:
    """Lines (from 1 among *lines*) and proof of each different blame."""
    out: list[Blame] = []
    for finding in findings(nft(forward(*lines, LOG)), rule):
        assert finding.blame is not None
        if finding.blame not in out:
            out.append(finding.blame)
    return [([s.location.line - 3 for s in b.rules], b.minimal) for b in out]


MAIL = "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept"
WIDE = "ip saddr 10.30.0.0/16 ip daddr 10.20.10.25 tcp dport 25 accept"


def test_one_rule() -> None:
    assert blame(MAIL) == [([1], True)]


def test_a_rule_hidden_behind_the_first_is_to_blame_too() -> None:
    """Only the first lets packets through now; without it the second would."""
    assert blame(WIDE, MAIL) == [([1, 2], True)]


def test_a_rule_behind_a_deny_is_not() -> None:
    assert blame(MAIL, "ip saddr 10.30.0.0/16 drop", WIDE) == [([1], True)]


def test_a_rule_of_another_crossing_is_not() -> None:
    other = "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 3389 accept"
    assert blame(MAIL, other) == [([1], True)]


def test_the_default_action() -> None:
    opened = findings(nft(forward(policy="accept", family="ip")), "LG-01")
    (found_one,) = {f.blame for f in opened if f.src_zone == "IN" and f.witness is not None and f.witness.packet.family == 4}
    assert found_one is not None
    assert found_one.minimal
    assert [s.note is not None for s in found_one.rules] == [True]


def test_a_permit_and_the_default_action() -> None:
    device = nft(forward(MAIL, policy="accept", family="ip"))
    blames = {f.blame for f in findings(device) if f.src_zone == "IN" and f.conduit == ""}
    assert {(len(b.rules), b.minimal) for b in blames if b is not None} == {(2, True)}


def test_without_a_filter_there_is_no_rule_to_blame() -> None:
    assert {f.blame for f in findings(Device(name="gw", vendor="nftables", inputs=()))} == {None}


@pytest.mark.parametrize("lines", [(MAIL,), (WIDE, MAIL), (MAIL, "ip saddr 10.30.10.0/24 tcp dport 25 accept", WIDE)])
def test_removal_closes_it_and_no_rule_could_stay(lines: tuple[str, ...]) -> None:
    device = nft(forward(*lines, LOG))
    (one,) = {f.blame for f in findings(device)}
    assert one is not None
    culprits = [Culprit(s.location, s.text) for s in one.rules]
    assert not findings(without(device, frozenset(culprits)))
    for kept in culprits:
        assert findings(without(device, frozenset(culprits) - {kept}))


def test_two_base_chains_need_one_of_their_permits_removed() -> None:
    """Both chains must accept: closing one is enough, so only one side is to blame."""
    chain = "\tchain {name} {{\n\t\ttype filter hook forward priority {priority}; policy drop;\n\t\t{rule}\n\t}}\n"
    text = "table inet fw {\n" + "".join(
        chain.format(name=n, priority=p, rule=MAIL) for n, p in (("first", 0), ("second", 10))
    ) + "}\n"  # fmt: skip
    (one,) = {f.blame for f in findings(nft(text))}
    assert one is not None
    assert (len(one.rules), one.minimal) == (1, True)


def test_a_bounded_search_says_at_least() -> None:
    device = nft(forward(WIDE, MAIL, LOG))
    crossing = DeviceLint.of(device, Judge.of(MODEL, STRICT), DAY)
    culprits = Culprits(crossing)
    culprits.left = 0
    (one,) = {f.blame for f in culprits.blamed([f for f in crossing.findings() if f.rule == "LG-02"])}
    assert one is not None
    assert not one.minimal
    assert [s.location.line for s in one.rules] == [4]


def test_denies_at_the_same_line_stay() -> None:
    device = nft(forward("tcp dport vmap { 25 : accept, 445 : drop }", "ip saddr 10.30.0.0/16 tcp dport 445 accept", LOG))
    culprit = next(Culprit(r.location, r.text) for c in device.chains.values() for r in c.rules)
    left = without(device, frozenset({culprit}))
    assert sum(len(c.rules) for c in left.chains.values()) < sum(len(c.rules) for c in device.chains.values())
    assert not findings(left, "LG-08")


def test_bare_acks_have_the_permits_that_let_them_pass() -> None:
    """Nothing opens a session here; two permits let packets of none through, and both must go."""
    syn = "tcp flags & (fin|syn|rst|ack) == syn drop"
    assert blame(syn, MAIL) == [([2], True)]
    assert blame(syn, WIDE, MAIL) == [([2, 3], True)]
    assert blame(syn, MAIL, "ip saddr 10.30.0.0/16 drop", WIDE) == [([2], True)]


def test_a_bounded_search_for_bare_acks_says_at_least() -> None:
    device = nft(forward("tcp flags & (fin|syn|rst|ack) == syn drop", WIDE, MAIL, LOG))
    crossing = DeviceLint.of(device, Judge.of(MODEL, STRICT), DAY)
    questions = Questions(device)
    (ack,) = (f for f in crossing.findings() if f.rule == "LG-02")
    assert ack.witness is not None
    questions.left = 1
    found_one = questions.solve(frozenset({Culprit(ack.where.location, ack.where.rule_text)}), lambda _: None)
    assert found_one is not None
    assert (len(found_one.rules), found_one.minimal) == (1, False)


def test_a_wide_permit_is_its_own_blame() -> None:
    (wide,) = {f.blame for f in findings(nft(forward("accept", LOG)), "NC-02")}
    assert wide is not None
    assert ([s.location.line - 3 for s in wide.rules], wide.minimal) == ([1], True)


def test_management_services_of_the_device() -> None:
    """Without the first rule the second lets the same zone in; the third is about another zone."""
    text = (
        "table inet fw {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n"
        "\t\tip saddr 10.30.10.53 tcp dport 22 accept\n\t\tip saddr 10.30.0.0/16 tcp dport 22-23 accept\n"
        "\t\tip saddr 10.20.0.0/16 tcp dport 22 accept\n\t}\n}\n"
    )
    model = with_record(lan=("IN",), lg=("LG",))
    own = interface("lan", "10.30.0.1/16")
    device = replace(nft(text), interfaces=(own,))
    told = found(lint([device], model, STRICT, DAY), "NC-21")
    assert {f.src_zone for f in told} == {"IN", "LG"}
    for finding in told:
        assert finding.blame is not None
        assert finding.blame.minimal
        lines = [s.location.line - 3 for s in finding.blame.rules]
        assert lines == ([1, 2] if finding.src_zone == "IN" else [3])


def test_an_open_input_chain_is_the_default_action() -> None:
    text = "table inet fw {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n"
    device = replace(nft(text), interfaces=(interface("lan", "10.30.0.1/16"),))
    told = found(lint([device], with_record(lan=("IN",)), STRICT, DAY), "NC-21")
    assert told
    assert {(len(f.blame.rules), f.blame.minimal, f.blame.rules[0].note is not None) for f in told if f.blame} == {
        (1, True, True)
    }


def test_the_same_input_gives_the_same_blame() -> None:
    device = nft(forward(WIDE, MAIL, LOG))
    assert [f.blame for f in findings(device)] == [f.blame for f in findings(replace(device))]
