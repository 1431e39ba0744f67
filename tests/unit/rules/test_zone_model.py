from __future__ import annotations

import datetime as dt
from dataclasses import replace

from small_city import (
    CITY,
    CONDUITS,
    DEVICES,
    MEDIUM,
    ZONES,
    K,
    at_line,
    change_conduit,
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
from segmentation.model.policy import PolicyScope
from segmentation.model.registers import ChangeRecord, Diagram, InterfaceZones
from segmentation.model.zones import Zone, ZoneKind


def zone(zone_id: str, kind: ZoneKind, network: str, **more: object) -> Zone:
    return Zone(id=zone_id, name=name(zone_id), kind=kind, networks=AddressSet.parse(network), location=at_line(50), **more)  # type: ignore[arg-type]


def with_zone(*zones: Zone) -> ZoneModel:
    return replace(CITY, zones=put(ZONES, *zones))


class TestZM01:
    def test_siblings_that_overlap(self) -> None:
        found = one("ZM-01", with_zone(zone("in2", ZoneKind.INTERNET, "10.3.200.0/24")))
        assert "10.3.200.0/24" in found.message.en
        assert found.where.location.line == 50

    def test_a_sub_zone_inside_its_parent_is_no_overlap(self) -> None:
        assert only("ZM-01", with_zone(zone("in2", ZoneKind.INTERNET, "10.3.200.0/24", parent="in"))) == []

    def test_a_private_network_nobody_listed(self) -> None:
        found = one("ZM-01", change_conduit("asp", initiator=party("lg-term", "10.66.0.0/24")))
        assert "10.66.0.0/24" in found.message.en
        assert found.conduit == "asp"

    def test_a_public_network_nobody_listed_is_the_outside(self) -> None:
        model = with_conduits(conduit("c", K.EGRESS, party("in-pc"), party("203.0.113.0/24"), gateway="sc"))
        assert only("ZM-01", model) == []

    def test_a_host_outside_its_zone(self) -> None:
        found = one("ZM-01", with_hosts(host("stray", "lg", "10.3.1.1")))
        assert "name of in" in found.message.en
        assert "no zone" in one("ZM-01", with_hosts(host("stray", "lg", "10.99.1.1"))).message.en

    def test_a_host_of_a_parent_zone_may_lie_in_a_sub_zone(self) -> None:
        assert only("ZM-01", with_hosts(host("fine", "lg", "10.2.16.9"))) == []

    def test_an_interface_without_zones(self) -> None:
        bare = replace(DEVICES["fw"], interfaces=(InterfaceZones(interface="port9", zones=()),))
        assert "port9" in one("ZM-01", replace(CITY, devices=put(DEVICES, bare))).message.en
        line = replace(DEVICES["fw"], interfaces=(InterfaceZones(interface="port9", zones=(), external="line-ex"),))
        assert only("ZM-01", replace(CITY, devices=put(DEVICES, line))) == []


def test_zm_02_every_pair_is_decided_by_the_default_or_a_conduit() -> None:
    found = one("ZM-02", replace(CITY, default="none"))
    layers = [z for z in ZONES.values() if not z.parent]
    undecided = [v for _, v in found.detail]
    assert "lg → in" not in undecided  # the screen conduit decides it
    assert "in → lg" in undecided
    assert f"{len(undecided)} ordered pairs" in found.message.en
    assert len(undecided) < len(layers) * (len(layers) - 1)


class TestZM03:
    def test_individual_number_work_outside_its_zone(self) -> None:
        found = one("ZM-03", with_hosts(host("stray", "lg", "10.2.1.99", tags=frozenset({"戸籍"}))))
        assert "戸籍" in found.message.ja

    def test_the_tag_inside_the_zone(self) -> None:
        assert only("ZM-03", with_hosts(host("fine", "mn", "10.1.1.99", tags=frozenset({"戸籍"})))) == []

    def test_a_row_of_the_ledger_that_has_ended(self) -> None:
        old = host("old", "lg", "10.2.1.99", tags=frozenset({"戸籍"}), valid_until=dt.date(2026, 1, 31))
        assert only("ZM-03", with_hosts(old)) == []

    def test_my_number_and_lgwan_networks_that_overlap(self) -> None:
        assert "10.2.9.0/24" in one("ZM-03", with_zone(zone("mn2", ZoneKind.MYNUMBER, "10.2.9.0/24"))).message.en

    def test_networks_that_the_policy_names_must_have_a_zone(self) -> None:
        """Kadoma binds water works and sewerage; Daisen does not name them."""
        kadoma = policy(scope=PolicyScope(must_cover=frozenset({"水道事業"})))
        assert one("ZM-03", CITY, kadoma).message.ja.count("水道事業") == 1
        covered = with_zone(zone("water", ZoneKind.LGWAN, "10.5.0.0/24", tags=frozenset({"水道事業"})))
        assert only("ZM-03", covered, kadoma) == []
        assert only("ZM-03", CITY) == []


class TestZM06:
    def diagram(self, **changes: object) -> ZoneModel:
        fields: dict[str, object] = {
            "version": "3",
            "dated": dt.date(2026, 6, 12),
            "confidentiality": 3,
            "location": at_line(1),
        }
        return replace(CITY, diagram=Diagram(**(fields | changes)))  # type: ignore[arg-type]

    def test_none(self) -> None:
        assert "No network diagram" in one("ZM-06", replace(CITY, diagram=None)).message.en

    def test_undated(self) -> None:
        assert "no date" in one("ZM-06", self.diagram(dated=None)).message.en

    def test_older_than_the_last_change(self) -> None:
        found = one("ZM-06", self.diagram(dated=dt.date(2026, 6, 9)))
        assert "2026-06-10" in found.message.en

    def test_a_change_of_the_future_does_not_count_yet(self) -> None:
        later = ChangeRecord(id="CH-2", changed_on=dt.date(2026, 12, 1), devices=())
        assert only("ZM-06", replace(CITY, changes=(*CITY.changes, later))) == []

    def test_unmarked(self) -> None:
        assert "class 3" in one("ZM-06", self.diagram(confidentiality=1)).message.en


def test_a_severity_of_the_policy_wins_over_the_rule_s_own() -> None:
    assert one("ZM-06", replace(CITY, diagram=None), policy(severities={"ZM-06": MEDIUM})).severity is MEDIUM


def test_conduits_that_are_not_valid_on_the_day_are_not_judged() -> None:
    wrong = replace(CONDUITS["asp"], initiator=party("10.66.0.0/24"), valid_until=dt.date(2026, 1, 1))
    assert only("ZM-01", with_conduits(wrong)) == []
