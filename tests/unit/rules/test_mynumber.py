from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from small_city import (
    APPROVED,
    CITY,
    CRITICAL,
    DEVICES,
    HIGH,
    INFO,
    MEDIUM,
    STATED,
    D,
    G,
    K,
    at_line,
    change_conduit,
    conduit,
    gateway,
    host,
    name,
    one,
    only,
    party,
    pin,
    policy,
    put,
    with_conduits,
    with_gateways,
    with_hosts,
)  # fmt: skip

from segmentation.model.addresses import Mac
from segmentation.model.conduits import PeerStatement, Pin, PublicInstitution, Reachability
from segmentation.model.network import ZoneModel
from segmentation.model.policy import MynumberExternal
from segmentation.model.registers import WirelessNetwork

IN_PRINCIPLE = policy(mynumber=MynumberExternal(pin=frozenset(), in_principle=True))


class TestMN02:
    @pytest.mark.parametrize("peer", ["in-pc", "203.0.113.9", "net", "proxy", "guest"])
    def test_never_to_the_internet_side(self, peer: str) -> None:
        found = one("MN-02", with_conduits(conduit("bad", K.UPDATE, party("tax"), party(peer))))
        assert found.severity is CRITICAL
        assert found.conduit == "bad"

    def test_nor_from_it(self) -> None:
        assert only("MN-02", with_conduits(conduit("bad", K.OTHER, party("in-pc"), party("tax"))))

    def test_an_institution_is_the_only_way(self) -> None:
        assert only("MN-02", CITY) == []


class TestMN03:
    def test_a_whole_zone(self) -> None:
        found = one("MN-03", change_conduit("union", initiator=party("mn-term")))
        assert "our end" in found.message.en

    def test_a_network_and_a_range(self) -> None:
        assert "10.1.2.0/24" in one("MN-03", change_conduit("union", initiator=party("10.1.2.0/24"))).message.en
        assert "the peer's end" in one("MN-03", change_conduit("union", responder=party("172.16.0.10-172.16.0.12"))).message.en

    def test_too_many_hosts(self) -> None:
        hosts = [host(f"c{i}", "mn-term", f"10.1.2.{100 + i}") for i in range(17)]
        model = with_hosts(*hosts)
        listed = replace(party(), endpoints=tuple(h.id for h in hosts))
        assert "17 hosts" in one("MN-03", change_conduit("union", model=model, initiator=listed)).message.en
        fewer = replace(listed, endpoints=listed.endpoints[:16])
        assert only("MN-03", change_conduit("union", model=model, initiator=fewer)) == []

    @pytest.mark.parametrize("service", ["any", "range"])
    def test_a_service_that_is_no_single_port(self, service: str) -> None:
        assert "services" in one("MN-03", change_conduit("union", services=(service,))).message.en

    def test_two_protocols(self) -> None:
        assert "udp/53" in one("MN-03", change_conduit("union", services=("https", "dns"))).message.en

    def test_several_single_ports_of_one_protocol(self) -> None:
        assert only("MN-03", change_conduit("union", services=("https", "ssh"))) == []

    def test_in_principle_a_recorded_reason_stands_for_the_pins(self) -> None:
        wide = change_conduit("union", initiator=party("mn-term"))
        assert one("MN-03", wide, IN_PRINCIPLE)
        assert only("MN-03", change_conduit("union", initiator=party("mn-term"), reason="理由"), IN_PRINCIPLE) == []
        assert one("MN-03", change_conduit("union", initiator=party("mn-term"), reason="理由"))


class TestMN04:
    def test_no_mac(self) -> None:
        found = one("MN-04", change_conduit("union", pins=()))
        assert "10.1.2.21" in found.message.en

    def test_only_one_of_two_hosts_is_pinned(self) -> None:
        found = one("MN-04", change_conduit("union", initiator=party("counter", "tax")))
        assert "10.1.1.13" in found.message.en

    def test_nobody_enforces_it(self) -> None:
        found = one("MN-04", change_conduit("union", pins=(pin("initiator", "counter", enforced_by=""),)))
        assert "00:00:5e:00:53:15" in found.message.en

    def test_a_device_that_cannot_compare_macs(self) -> None:
        model = replace(CITY, devices=put(DEVICES, replace(DEVICES["fw"], matches_mac=False)))
        assert len(only("MN-04", model)) == 4
        proven = change_conduit("union", model=model, pins=(pin("initiator", "counter", evidence="E-1"),))
        assert all(f.conduit != "union" for f in only("MN-04", proven))

    def test_another_mac_than_the_ledger_s(self) -> None:
        other = replace(pin("initiator", "counter"), mac=Mac.parse("00:00:5e:00:53:ee"))
        assert "53:ee" in one("MN-04", change_conduit("union", pins=(other,))).message.en

    def test_a_next_hop_alone_is_not_our_end(self) -> None:
        hop = Pin(side="next_hop", mac=Mac.parse("00:00:5e:00:53:f0"), enforced_by="fw")
        assert "10.1.2.21" in one("MN-04", change_conduit("union", pins=(hop,))).message.en

    def test_a_policy_that_does_not_ask_for_macs(self) -> None:
        assert only("MN-04", change_conduit("union", pins=()), IN_PRINCIPLE) == []


class TestMN06:
    def test_v03_a_peer_that_also_sends_to_the_internet_zone(self) -> None:
        found = one("MN-06", change_conduit("mail-out", initiator=party("lg-mail", "finance")))
        assert found.severity is CRITICAL
        assert found.conduit == "pay"
        assert ("way", "pay + mail-out") in found.detail

    def test_also_when_the_internet_side_opens(self) -> None:
        assert one("MN-06", with_conduits(conduit("pull", K.OTHER, party("in-pc"), party("finance")))).conduit == "pay"

    def test_a_foreign_peer_needs_a_statement(self) -> None:
        assert one("MN-06", change_conduit("union", peer=None)).severity is HIGH
        unknown = PeerStatement(internet_reachable=Reachability.UNKNOWN)
        assert one("MN-06", change_conduit("union", peer=unknown)).severity is HIGH
        stated = replace(STATED, internet_reachable=Reachability.YES)
        assert one("MN-06", change_conduit("union", peer=stated)).severity is CRITICAL

    def test_an_old_statement(self) -> None:
        old = replace(STATED, stated_on=dt.date(2025, 8, 1))
        assert one("MN-06", change_conduit("union", peer=old)).severity is MEDIUM
        assert one("MN-06", change_conduit("union", peer=replace(STATED, stated_on=None))).severity is MEDIUM

    def test_who_stands_behind_a_jump_host_is_a_peer_too(self) -> None:
        found = one("MN-06", change_conduit("vendor", peer=None))
        assert found.conduit == "vendor"
        assert found.severity is HIGH

    def test_an_institution_is_exempt_where_the_policy_exempts_it(self) -> None:
        assert only("MN-06", CITY) == []
        no = policy(mynumber=MynumberExternal(institution_exempt=False))
        assert one("MN-06", CITY, no).conduit == "exchange"

    def test_a_policy_without_the_demand(self) -> None:
        no = policy(mynumber=MynumberExternal(peer_internet_forbidden=False))
        assert only("MN-06", change_conduit("union", peer=None), no) == []


class TestMN07:
    def test_v03_named_as_a_sender_to_a_relay(self) -> None:
        found = one("MN-07", change_conduit("mail-out", initiator=party("lg-mail", "finance")))
        assert [v for _, v in found.detail] == ["mail-out [out-relay] → in", "mail-net → sc"]

    def test_through_a_relay_of_the_same_layer_that_lists_it(self) -> None:
        clients = gateway("lg-mail", G.MAIL_RELAY, "lg-mail", clients=party("lg-pc", "finance"))
        found = one("MN-07", with_gateways(clients))
        assert [v for _, v in found.detail] == ["[lg-mail] → lg", "mail-out [out-relay] → in", "mail-net → sc"]

    def test_a_relay_in_the_same_network_that_does_not_list_it_is_no_way(self) -> None:
        assert only("MN-07", CITY) == []

    def test_a_sanitizer_ends_the_way(self) -> None:
        clients = gateway("lg-mail", G.MAIL_RELAY, "lg-mail", clients=party("finance"))
        model = change_conduit("mail-out", model=with_gateways(clients), kind=K.MAIL_TEXT)
        assert only("MN-07", model) == []

    def test_a_chain_that_does_not_reach_the_internet(self) -> None:
        clients = gateway("lg-mail", G.MAIL_RELAY, "lg-mail", clients=party("finance"))
        model = with_gateways(clients)
        conduits = {k: v for k, v in model.conduits.items() if k != "mail-net"}
        assert only("MN-07", replace(model, conduits=conduits)) == []

    def test_a_loop_of_relays_ends(self) -> None:
        a = gateway("lg-mail", G.MAIL_RELAY, "lg-mail", clients=party("finance", "textiser"))
        b = gateway("loop", G.PROXY, "textiser", clients=party("lg-mail"))
        model = with_gateways(a, b)
        conduits = {k: v for k, v in model.conduits.items() if k not in ("mail-net", "mail-out")}
        assert only("MN-07", replace(model, conduits=conduits)) == []


ENTRY = PublicInstitution(operator="機構", system="中間サーバー", legal_basis="番号法", via_lgwan=True)


class TestMN08:
    @pytest.mark.parametrize(
        ("entry", "missing"),
        [
            (replace(ENTRY, operator=""), "operator"),
            (replace(ENTRY, system=""), "system"),
            (replace(ENTRY, legal_basis=""), "legal basis"),
            (replace(ENTRY, other_sufficiently_safe=True), "reason"),
        ],
    )
    def test_incomplete(self, entry: PublicInstitution, missing: str) -> None:
        assert missing in one("MN-08", change_conduit("exchange", institution=entry)).message.en

    def test_no_approver_and_no_entry(self) -> None:
        assert "approver" in one("MN-08", change_conduit("exchange", approvals=())).message.en
        assert "no register entry" in one("MN-08", change_conduit("exchange", institution=None)).message.en

    def test_the_second_class(self) -> None:
        safe = replace(ENTRY, other_sufficiently_safe=True, reason="理由", legal_basis="")
        model = change_conduit("exchange", institution=safe)
        assert only("MN-08", model) == []
        strict = policy(mynumber=MynumberExternal(institution_other_class=False))
        assert "does not have" in one("MN-08", model, strict).message.en

    def test_a_policy_without_the_exemption(self) -> None:
        assert "no such exemption" in one("MN-08", CITY, policy(mynumber=MynumberExternal(institution_exempt=False))).message.en


class TestMN09:
    direct = change_conduit("exchange", responder=party("union"), institution=replace(ENTRY, via_lgwan=False))

    def test_an_advice_where_the_policy_is_silent_and_a_breach_where_it_demands(self) -> None:
        assert one("MN-09", self.direct).severity is INFO
        demanding = policy(mynumber=MynumberExternal(require_via_lgwan=True))
        assert one("MN-09", self.direct, demanding).severity is CRITICAL

    def test_the_way_or_the_peer_s_zone_shows_the_lgwan(self) -> None:
        assert only("MN-09", change_conduit("exchange", institution=replace(ENTRY, via_lgwan=False))) == []
        assert only("MN-09", change_conduit("exchange", model=self.direct, via=("lw",))) == []


class TestMN11:
    SCREEN = conduit(
        "mn-screen", K.SCREEN_TRANSFER, party("lg-pc"), party("register"), data=D.TO_INITIATOR,
        pins=(pin("responder", "register"),), risk_decision="判断-1",
    )  # fmt: skip
    ENABLED = policy(addons=frozenset({"mn_screen"}))

    def test_only_where_the_profile_enables_it(self) -> None:
        assert "does not enable" in one("MN-11", with_conduits(self.SCREEN)).message.en
        assert only("MN-11", with_conduits(self.SCREEN), self.ENABLED) == []

    def test_the_conditions(self) -> None:
        no_decision = with_conduits(replace(self.SCREEN, risk_decision=""))
        assert "risk decision" in one("MN-11", no_decision, self.ENABLED).message.en
        whole = with_conduits(replace(self.SCREEN, initiator=party("lg-term")))
        assert "one by one" in one("MN-11", whole, self.ENABLED).message.en
        files = with_conduits(replace(self.SCREEN, services=("smb",)))
        assert "tcp/445" in one("MN-11", files, self.ENABLED).message.en


class TestMN16:
    def test_a_terminal_of_two_businesses(self) -> None:
        second = conduit(
            "union2", K.SPECIFIC, party("counter"), party("union"), pins=(pin("initiator", "counter"),), peer=STATED,
            business="介護",
        )  # fmt: skip
        found = one("MN-16", with_conduits(second))
        assert "医療、介護" in found.message.ja
        assert found.severity is INFO

    def test_the_same_business_twice(self) -> None:
        assert only("MN-16", change_conduit("union", business="医療")) == []


class TestMN17:
    ENABLED = policy(addons=frozenset({"mn_wlan"}))

    def model(self, **changes: object) -> ZoneModel:
        fields: dict[str, object] = {
            "id": "w", "name": name("w"), "zone": "mn-term", "protection": "wpa3-enterprise", "access_log": "syslog",
            "firmware_checked_on": dt.date(2026, 5, 1), "location": at_line(10),
        }  # fmt: skip
        stated = replace(CITY.attestations[0], rule="MN-17")
        wireless = WirelessNetwork(**(fields | changes))  # type: ignore[arg-type]
        return replace(CITY, wireless_networks={"w": wireless}, attestations=(*CITY.attestations, stated))

    def test_clean_only_where_enabled(self) -> None:
        assert only("MN-17", self.model(), self.ENABLED) == []
        assert "does not enable" in one("MN-17", self.model()).message.en

    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({"protection": "wep"}, "WPA2"),
            ({"access_log": ""}, "connection log"),
            ({"firmware_checked_on": None}, "firmware"),
            ({"firmware_checked_on": dt.date(2024, 1, 1)}, "firmware"),
        ],
    )
    def test_conditions(self, change: dict[str, object], missing: str) -> None:
        assert missing in one("MN-17", self.model(**change), self.ENABLED).message.en

    def test_elsewhere_it_is_not_this_rule_s_matter(self) -> None:
        assert only("MN-17", self.model(zone="lg-term")) == []

    def test_statement(self) -> None:
        assert "authentication" in one("MN-17", replace(self.model(), attestations=()), self.ENABLED).message.en


class TestMN19:
    def test_the_line_is_on_the_register_and_protected(self) -> None:
        lines = {k: v for k, v in CITY.external_connections.items() if k != "line-cloud"}
        assert "no registered" in one("MN-19", replace(CITY, external_connections=lines)).message.en
        opened = put(CITY.external_connections, replace(CITY.external_connections["line-cloud"], line="internet"))
        assert "neither closed" in one("MN-19", replace(CITY, external_connections=opened)).message.en

    def test_the_statement_is_recent(self) -> None:
        rest = tuple(a for a in CITY.attestations if a.rule != "MN-19")
        assert one("MN-19", replace(CITY, attestations=rest)).severity is HIGH
        assert "days old" in one("MN-19", CITY, at=dt.date(2027, 6, 1)).message.en


def test_mn_20_contractors_terminals() -> None:
    contractor = host("helper", "mn", "10.1.1.77", tags=frozenset({"委託先"}))
    model = with_hosts(contractor)
    named = change_conduit("exchange", model=model, initiator=replace(party("tax"), endpoints=("tax", "helper")))
    assert "helper" in one("MN-20", named).message.en
    assert only("MN-20", model) == []


def test_mn_21_statement() -> None:
    rest = tuple(a for a in CITY.attestations if a.rule != "MN-21")
    assert one("MN-21", replace(CITY, attestations=rest)).severity is INFO
    undated = (*rest, replace(CITY.attestations[1], on=None))
    assert "no date" in one("MN-21", replace(CITY, attestations=undated)).message.en


def test_management_of_devices_is_not_pinned_by_mac_but_by_its_far_end() -> None:
    manage = conduit("manage", K.MANAGEMENT, party("jump"), party("mn"), "ssh", approvals=APPROVED)
    assert only("MN-03", with_conduits(manage)) == []
    assert only("MN-04", with_conduits(manage)) == []
    assert only("MN-03", with_conduits(replace(manage, initiator=party("mg"))))
