from __future__ import annotations

import datetime as dt
from dataclasses import replace

from small_city import (
    CITY,
    HIGH,
    INFO,
    LOW,
    D,
    K,
    at_line,
    conduit,
    host,
    name,
    one,
    only,
    party,
    policy,
    put,
    with_conduits,
    with_hosts,
)  # fmt: skip

from segmentation.model.addresses import AddressSet
from segmentation.model.network import ZoneModel
from segmentation.model.policy import PolicyDocument, PolicyScope, Sanitize
from segmentation.model.registers import DeviceRecord, InterfaceZones
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, Zone, ZoneKind

TWO = policy(applies=["Y-01", "Y-03"], sanitize=Sanitize(required=False, crossing_forbidden=True))
CLOSED = Zone(
    id="closed", name=name("closed"), kind=ZoneKind.CLOSED, networks=AddressSet.parse("192.168.10.0/24"), location=at_line(1)
)


class TestTwoNetworks:
    MODEL = replace(CITY, zones=put(CITY.zones, CLOSED))

    def test_y_01_no_conduit_of_any_kind(self) -> None:
        inside = party("192.168.10.5")
        for kind in (K.SCREEN_TRANSFER, K.FILE_CDR, K.OTHER):
            crossing = with_conduits(conduit("c", kind, inside, party("in-pc")), model=self.MODEL)
            assert one("Y-01", crossing, TWO).conduit == "c"
        within = with_conduits(conduit("c", K.INTERNAL, inside, party("192.168.10.6")), model=self.MODEL)
        assert only("Y-01", within, TWO) == []

    def test_y_01_elsewhere_the_kind_of_zone_alone_forbids_nothing(self) -> None:
        crossing = with_conduits(conduit("c", K.OTHER, party("192.168.10.5"), party("in-pc")), model=self.MODEL)
        assert only("Y-01", crossing, policy(applies=["Y-01"])) == []

    def test_y_03_log_reviews(self) -> None:
        switch = DeviceRecord(
            id="sw", name=name("sw"), interfaces=(InterfaceZones(interface="1", zones=("closed",)),), location=at_line(2)
        )
        model = replace(self.MODEL, devices=put(CITY.devices, switch))
        assert only("Y-03", model, TWO) == []
        assert "sw" in one("Y-03", model, TWO, at=dt.date(2026, 12, 1)).message.en
        others = tuple(replace(r, scope=("fw",)) for r in model.reviews)
        assert one("Y-03", replace(model, reviews=others), TWO)


class TestAggregator:
    def test_k_02_members_stay_apart(self) -> None:
        towns = [
            Zone(
                id=f"town{i}", name=name(f"town{i}"), kind=ZoneKind.GENERIC, networks=AddressSet.parse(f"10.{40 + i}.0.0/16"),
                tags=frozenset({"tenant"}),
            )
            for i in (1, 2)
        ]  # fmt: skip
        model = replace(CITY, zones=put(CITY.zones, *towns))
        rules = policy(applies=["K-02"])
        joined = with_conduits(conduit("c", K.OTHER, party("10.41.0.1"), party("10.42.0.1")), model=model)
        assert one("K-02", joined, rules).severity is HIGH
        own = with_conduits(conduit("c", K.OTHER, party("10.41.0.1"), party("10.41.0.2")), model=model)
        assert only("K-02", own, rules) == []

    def test_k_03_bodies_in_scope_only_in_part(self) -> None:
        rules = policy(
            applies=["K-03"], scope=PolicyScope(partial_tags=frozenset({"警察本部"}), shared_system_tag="知事部局システム")
        )
        police = host("police", "lg", "10.2.1.80", tags=frozenset({"警察本部"}))
        assert one("K-03", with_hosts(police), rules).severity is INFO
        marked = replace(police, tags=frozenset({"警察本部", "知事部局システム"}))
        assert only("K-03", with_hosts(marked), rules) == []


class TestLevels:
    RULES = policy(applies=["O-01", "O-02", "O-03"])

    def model(self) -> ZoneModel:
        levels = {
            z.id: replace(z, level=3 if z.kind is ZoneKind.MYNUMBER else 2 if z.kind is ZoneKind.LGWAN else 1)
            for z in CITY.zones.values()
            if z.kind is not ZoneKind.OUTSIDE
        }
        return replace(CITY, kind=ModelKind.LEVELS, zones=dict(CITY.zones) | levels)

    def up(self, **changes: object) -> ZoneModel:
        crossing = conduit("up", K.OTHER, party("in-pc"), party("finance"), data=D.TO_INITIATOR, approvals=())
        return with_conduits(replace(crossing, **changes), model=self.model())  # type: ignore[arg-type]

    def test_o_01_upward_flows_are_declared_with_business_and_approval(self) -> None:
        found = [f for f in only("O-01", self.up(), self.RULES) if f.conduit == "up"]
        assert len(found) == 1
        assert "business or reason, approval" in found[0].message.en
        approved = self.up(business="業務", approvals=CITY.conduits["asp"].approvals)
        assert [f for f in only("O-01", approved, self.RULES) if f.conduit == "up"] == []

    def test_o_01_downward_flows_and_other_models_are_free(self) -> None:
        down = self.up(initiator=party("finance"), responder=party("in-pc"))
        assert [f for f in only("O-01", down, self.RULES) if f.conduit == "up"] == []
        assert only("O-01", replace(self.up(), kind=ModelKind.ALPHA), self.RULES) == []

    def test_o_01_the_internet_is_below_every_level(self) -> None:
        found = only("O-01", self.up(initiator=party("net")), self.RULES)
        assert any("from level -1 to level 2" in f.message.en for f in found)

    def test_o_01_a_zone_without_a_level(self) -> None:
        model = self.model()
        bare = replace(model, zones=put(model.zones, replace(model.zones["mg"], level=None)))
        assert "name of mg" in next(f.message.en for f in only("O-01", bare, self.RULES) if f.cause == "zone:mg")
        inherited = replace(model, zones=put(model.zones, replace(model.zones["mn-term"], level=None)))
        assert [f for f in only("O-01", inherited, self.RULES) if f.cause.startswith("zone:")] == []

    def test_o_02_conflicts_of_layers(self) -> None:
        rules = replace(self.RULES, conflicts=(Text("監査の周期", "audit period"), Text("許可者", "approver")))
        assert len(only("O-02", CITY, rules)) == 2
        assert only("O-02", CITY, self.RULES) == []

    def test_o_03_the_overlay(self) -> None:
        basic = replace(self.RULES, document=PolicyDocument(title="基本方針", only_basic=True))
        assert one("O-03", CITY, basic).severity is LOW
        assert one("O-03", CITY, replace(basic, private=True)).severity is INFO
        assert only("O-03", CITY, self.RULES) == []
