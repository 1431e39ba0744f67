"""An interface that the zone model does not name stands in the zones of its own addresses: it must not be called closed."""

from __future__ import annotations

import datetime as dt

from segmentation.lint import lint
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import asa
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

CONFIG = """ASA Version 9.20(3)
hostname asa
interface GigabitEthernet0/0
 nameif outside-koiki
 security-level 0
 ip address 172.16.80.1 255.255.255.0
interface GigabitEthernet0/3
 nameif inside
 security-level 100
 ip address 10.10.11.254 255.255.255.0
interface GigabitEthernet0/4
 nameif shinsetsu
 security-level 50
 ip address 10.30.10.1 255.255.255.0
access-list N remark 情報政策課
access-list N extended permit tcp host 10.30.10.53 host 10.10.11.21 eq 443 log
access-list N extended deny ip any any log
access-list D extended deny ip any any log
access-group N in interface shinsetsu
access-group D in interface inside
access-group D in interface outside-koiki
"""


def rules(config: str) -> set[tuple[str, int]]:
    model, policy = load(default_path()).model, load_policy("daisen")
    assert model is not None
    assert isinstance(policy, Policy)
    device = asa.parse([SourceText("asa.cfg", config, "0" * 64)])
    return {(f.rule, f.where.location.line or 0) for f in lint([device], model, policy, dt.date(2026, 8, 20)).findings}


def test_a_new_interface_is_judged_by_its_address() -> None:
    assert ("MN-01", 16) in rules(CONFIG)
    assert not any(rule == "MN-01" for rule, _ in rules(CONFIG.replace("permit tcp host", "deny tcp host")))
    assert not any(rule == "MN-01" for rule, _ in rules(CONFIG.replace(" nameif shinsetsu", " nameif shinsetsu\n shutdown")))


def test_a_permit_about_zones_that_are_not_there_is_named() -> None:
    model, policy = load(default_path()).model, load_policy("daisen")
    assert model is not None
    assert isinstance(policy, Policy)
    config = CONFIG.replace("access-list D extended deny", "access-list D extended permit tcp host 10.20.10.25 any eq 25\n"
                            "access-list D extended deny").replace("10.30.10.1 255", "10.31.10.1 255")  # fmt: skip
    result = lint([asa.parse([SourceText("asa.cfg", config, "0" * 64)])], model, policy, dt.date(2026, 8, 20))
    named = [t.en for t in result.undecided if "permits speak only of zones" in t.en]
    assert len(named) == 1
    assert "asa.cfg:16:1, asa.cfg:18:1" in named[0]
