"""The same flow under the national layer and the five policies: what separates them changes the verdict."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from cities import city, conduit, flow, zone

from segmentation.model.conduits import ConduitKind, DataDirection, PublicInstitution
from segmentation.model.flow import Flow
from segmentation.model.gateways import Face, Gateway, GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.loader import load_policy

OFFICE = (zone("closed", ZoneKind.CLOSED, "192.168.10.0/24"), zone("office", ZoneKind.INTERNET, "192.168.20.0/24"),
          zone("NET", ZoneKind.OUTSIDE))  # fmt: skip
LEVELS = (zone("high", ZoneKind.GENERIC, "10.1.0.0/16", level=3), zone("low", ZoneKind.GENERIC, "10.2.0.0/16", level=1))


def egress(kind: GatewayKind) -> ZoneModel:
    gateway = Gateway(id="g", name=Text("g", "g"), kind=kind, faces=(Face(zone="office"),))
    c = conduit("E", ConduitKind.EGRESS, "192.168.20.0/24", "203.0.113.0/24", gateway="g")
    model = city(kind=ModelKind.TWO_NETWORK, zones=OFFICE)
    return replace(model, conduits={"E": c}, exceptions={}, gateways={"g": gateway})


MEASURE = conduit("K", ConduitKind.OTHER_MEASURE, "10.20.10.7", "10.30.1.7", reason="専用装置で検査した上で渡す")
WIDE = conduit("X", ConduitKind.SPECIFIC, "10.10.10.0/24", "172.16.80.99", reason="窓口の全台で使う")
LINE = conduit("P", ConduitKind.PUBLIC_INSTITUTION, "10.10.10.9", "172.16.80.98",
               institution=PublicInstitution(operator="県", system="台帳", via_lgwan=False))  # fmt: skip
UPLOAD = conduit("U", ConduitKind.OTHER, "10.20.10.9", "10.30.1.9", data=DataDirection.TO_INITIATOR)
CLOSED = replace(city(kind=ModelKind.TWO_NETWORK, zones=OFFICE), conduits={}, exceptions={})
LEVELLED = replace(city(kind=ModelKind.LEVELS, zones=LEVELS), conduits={}, exceptions={})
ALLOWED = None

CASES: dict[str, tuple[ZoneModel, Flow, dict[str, str | None]]] = {
    "export without a sanitizing method": (
        city(), flow("10.20.10.25", "10.30.40.6", 25),
        {"daisen": ALLOWED, "kumamoto": "LG-12", "kadoma": "M-01"},
    ),
    "another measure with its reason": (
        city(MEASURE), flow("10.20.10.7", "10.30.1.7"),
        {"daisen": "LG-02", "kumamoto": ALLOWED, "kadoma": "LG-02"},
    ),
    "import without any method": (
        city(UPLOAD), flow("10.20.10.9", "10.30.1.9"),
        {"daisen": "LG-02", "kumamoto": "LG-02", "kadoma": "LG-02"},
    ),
    "a My Number crossing that is not pinned, with a reason": (
        city(WIDE), flow("10.10.10.9", "172.16.80.99"),
        {"daisen": "MN-03", "kumamoto": ALLOWED, "kadoma": ALLOWED},
    ),
    "a public institution past the LGWAN": (
        city(LINE), flow("10.10.10.9", "172.16.80.98"),
        {"national": "MN-09", "daisen": ALLOWED},
    ),
    "the closed network and the office network": (
        CLOSED, flow("192.168.20.5", "192.168.10.5"),
        {"sanbu": "Y-01"},
    ),
    "a sanitized conduit into the closed network": (
        replace(CLOSED, conduits={"F": conduit("F", ConduitKind.FILE_CDR, "192.168.20.5", "192.168.10.5")}),
        flow("192.168.20.5", "192.168.10.5"),
        {"sanbu": "Y-01"},
    ),
    "the Internet through a UTM": (
        egress(GatewayKind.UTM), flow("192.168.20.5", "203.0.113.5"),
        {"sanbu": ALLOWED, "daisen": "IN-01", "kadoma": "IN-01"},
    ),
    "the Internet through a security cloud": (
        egress(GatewayKind.SECURITY_CLOUD), flow("192.168.20.5", "203.0.113.5"),
        {"sanbu": "IN-01", "daisen": ALLOWED, "kadoma": ALLOWED, "kumamoto": ALLOWED},
    ),
    "from a lower to a higher level": (
        LEVELLED, flow("10.2.0.1", "10.1.0.1"),
        {"okayama": "O-01"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "profile"), [(case, profile) for case, (_, _, expected) in CASES.items() for profile in expected]
)
def test_verdict_that_the_policy_demands(case: str, profile: str) -> None:
    model, f, expected = CASES[case]
    verdict = Judge.of(model, load_policy(profile)).judge(f)
    assert (verdict.rules[0] if verdict.rules else None) == expected[profile]
    assert verdict.kind.allows == (expected[profile] is ALLOWED)
