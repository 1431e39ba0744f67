"""Permits that are wide by what they let through, and MAC addresses that a device is to hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from devices import DAY, MODEL, found, run, with_record
from test_lint import STRICT, forward, nft

from segmentation.lint import LintResult, lint
from segmentation.model.network import ZoneModel

LOG = 'log prefix "x" drop'


def result(*lines: str, model: ZoneModel = MODEL) -> LintResult:
    return lint([nft(forward(*lines, LOG, family="ip"))], model, STRICT, DAY)


def keys(*lines: str) -> list[str]:
    return [f.key for f in found(result(*lines), "NC-02")]


def test_any_in_other_words() -> None:
    halves = "ip saddr { 0.0.0.0/1, 128.0.0.0/1 } ip daddr 10.20.0.0/16 tcp dport 443 accept"
    assert found(result(halves), "NC-02")
    assert not found(result(halves.replace("128.0.0.0/1", "128.0.0.0/2")), "NC-02")


def test_every_port_of_one_protocol_is_still_one_protocol() -> None:
    assert not found(result("ip saddr 10.30.0.0/16 ip daddr 10.20.0.0/16 tcp dport 1-65535 accept"), "NC-02")


def test_several_rules_that_are_everything_together() -> None:
    lower, upper = "ip saddr 10.30.0.0/17", "ip saddr 10.30.128.0/17"
    rest = "ip daddr 10.20.0.0/16 meta l4proto 0-254 accept"
    last = "ip daddr 10.20.0.0/16 meta l4proto 255 accept"
    together = [k for k in keys(f"{lower} {rest}", f"{upper} {rest}", f"{lower} {last}", f"{upper} {last}") if "together" in k]
    assert len(together) == 1
    assert together[0].endswith("IN|LG")


@pytest.mark.parametrize("gap", ["meta l4proto 0-253", "ip protocol tcp"])
def test_a_gap_is_not_everything(gap: str) -> None:
    lower, upper = "ip saddr 10.30.0.0/17", "ip saddr 10.30.128.0/17"
    rest = f"ip daddr 10.20.0.0/16 {gap} accept"
    assert not [k for k in keys(f"{lower} {rest}", f"{upper} {rest}") if "together" in k]


class TestPins:
    """C03 pins 10.10.11.21 with its MAC; the device is named as holding it."""

    RULE = "ip saddr 10.10.11.21 ip daddr 172.16.80.10 tcp dport 443 accept"
    MAC = "00:00:5e:00:53:15"

    def model(self, **pin: object) -> ZoneModel:
        model = with_record(eth0=("MN",), eth1=("EX",))
        conduit = model.conduits["C03"]
        pins = tuple(replace(p, **({"enforced_by": "gw"} | pin)) for p in conduit.pins)  # type: ignore[arg-type]
        return replace(model, conduits={**model.conduits, "C03": replace(conduit, pins=pins)})

    def found(self, *lines: str, model: ZoneModel | None = None) -> bool:
        return bool(found(result(*lines, model=model or self.model()), "MN-04"))

    def test_a_rule_with_the_mac(self) -> None:
        assert not self.found(f"ether saddr {self.MAC} {self.RULE}")

    def test_a_rule_without_or_with_another(self) -> None:
        other = f"ether saddr {self.MAC} ip saddr 10.10.11.99 drop"  # the device knows MACs
        assert self.found(other, self.RULE)
        assert self.found(f"ether saddr 00:00:5e:00:53:99 {self.RULE}")

    def test_a_deny_of_all_other_macs_holds_it_too(self) -> None:
        assert not self.found(f"ether saddr != {self.MAC} drop", self.RULE)

    def test_other_evidence_or_another_device(self) -> None:
        other = f"ether saddr {self.MAC} ip saddr 10.10.11.99 drop"
        assert not self.found(other, self.RULE, model=self.model(evidence="E-12"))
        assert not self.found(other, self.RULE, model=self.model(enforced_by="sw1"))

    def test_a_device_without_macs_cannot_be_confirmed(self) -> None:
        said = [t for t in result(self.RULE, model=self.model()).undecided if "MN-04" in t.en]
        assert len(said) == 1
        assert "C03" in said[0].ja
        assert not [t for t in run(nft(forward(self.RULE))).undecided if "MN-04" in t.en]
