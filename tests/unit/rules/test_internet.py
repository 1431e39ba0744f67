from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from small_city import (
    APPROVED,
    AT,
    CITY,
    HIGH,
    LINES,
    SENSORS,
    ZONES,
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
    policy,
    put,
    with_conduits,
    with_gateways,
    with_hosts,
)  # fmt: skip

from segmentation.model.addresses import AddressSet
from segmentation.model.network import ModelDates, ZoneModel
from segmentation.model.registers import Attestation, CloudService, DeviceRecord, ExternalConnection, InterfaceZones, Review
from segmentation.model.zones import ModelKind

UTM = policy(egress="utm", applies=["Y-02"])
PAST = with_conduits(conduit("past", K.EGRESS, party("in-pc"), party("203.0.113.10")))


class TestIN01AndY02:
    def test_past_the_security_cloud(self) -> None:
        assert one("IN-01", PAST).conduit == "past"
        named = with_conduits(conduit("past", K.EGRESS, party("in-pc"), party("203.0.113.10"), gateway="sc"))
        assert only("IN-01", named) == []

    def test_past_the_utm(self) -> None:
        """The same conduit breaks the rule of whichever egress the policy names."""
        assert one("Y-02", PAST, UTM).conduit == "past"
        assert only("IN-01", PAST, UTM) == []
        through = with_conduits(
            conduit("past", K.EGRESS, party("in-pc"), party("net"), gateway="utm"),
            model=with_gateways(gateway("utm", G.UTM, "out-relay")),
        )
        assert only("Y-02", through, UTM) == []

    def test_v05_a_line_of_its_own(self) -> None:
        line = ExternalConnection(
            id="pppoe", name=name("pppoe"), line="pppoe", zones=("in",), approvals=APPROVED, location=at_line(1)
        )
        model = replace(CITY, external_connections=put(LINES, line))
        assert "pppoe" in one("IN-01", model).message.en
        assert "pppoe" in one("Y-02", model, UTM).message.en

    def test_the_line_the_utm_stands_on(self) -> None:
        line = ExternalConnection(
            id="net", name=name("net"), line="internet", zones=("in",), approvals=APPROVED, location=at_line(1)
        )
        box = DeviceRecord(
            id="box", name=name("box"), gateway="utm", interfaces=(InterfaceZones(interface="wan", zones=(), external="net"),)
        )
        model = with_gateways(gateway("utm", G.UTM, "out-relay"))
        model = replace(model, external_connections=put(LINES, line), devices=put(CITY.devices, box))
        assert only("Y-02", model, UTM) == []

    def test_visitors_have_their_own_way(self) -> None:
        line = ExternalConnection(id="wifi", name=name("wifi"), line="internet", zones=("guest",), approvals=APPROVED)
        guest = with_conduits(conduit("g", K.EGRESS, party("guest"), party("net")))
        assert only("IN-01", replace(guest, external_connections=put(LINES, line))) == []


class TestIN04:
    def test_a_boundary_nobody_sees(self) -> None:
        seen = replace(SENSORS["s1"], boundaries=SENSORS["s1"].boundaries[1:])
        found = one("IN-04", replace(CITY, sensors={"s1": seen}))
        assert (found.src_zone, found.dst_zone) == ("mn", "lw")

    def test_sub_zones_count_for_their_layer(self) -> None:
        bounds = (("mn-term", "lw"), *SENSORS["s1"].boundaries[1:])
        assert only("IN-04", replace(CITY, sensors={"s1": replace(SENSORS["s1"], boundaries=bounds)})) == []

    def test_vlans(self) -> None:
        model = replace(CITY, zones=put(ZONES, replace(ZONES["mn-term"], vlans=(111, 112))))
        assert only("IN-04", model) == []  # no sensor lists VLANs at all
        partly = replace(model, sensors={"s1": replace(SENSORS["s1"], vlans=(111,))})
        assert "112" in one("IN-04", partly).message.en

    def test_without_sensors_there_is_nothing_to_cover(self) -> None:
        assert only("IN-04", replace(CITY, sensors={})) == []


def beta(confirmed: str | None, go_live: str | None, audit: str | None, kind: ModelKind = ModelKind.BETA) -> ZoneModel:
    days = [None if d is None else dt.date.fromisoformat(d) for d in (confirmed, go_live, audit)]
    return replace(
        CITY, kind=kind, dates=ModelDates(external_confirmation=days[0], go_live=days[1], last_external_audit=days[2])
    )


class TestBeta:
    CLEAN = beta("2025-11-20", "2026-01-05", "2025-10-01")

    @pytest.mark.parametrize("rule", ["IN-06", "IN-07", "IN-08"])
    def test_clean(self, rule: str) -> None:
        assert only(rule, self.CLEAN) == []

    def test_v23_confirmation_after_go_live(self) -> None:
        assert one("IN-06", beta("2026-01-20", "2026-01-05", None)).cause == "model:confirmation"
        assert one("IN-06", beta("2026-01-05", "2026-01-05", None))
        assert "No date" in one("IN-06", beta(None, "2026-01-05", None)).message.en
        assert one("IN-06", beta(None, None, None)).severity is HIGH

    def test_a_policy_without_beta(self) -> None:
        none = policy(models=frozenset({ModelKind.ALPHA}))
        assert "does not provide" in one("IN-06", self.CLEAN, none).message.en
        assert only("IN-06", CITY, none) == []

    def test_v23_audit_fourteen_months_old(self) -> None:
        old = beta("2024-11-20", "2025-01-05", "2025-06-10")
        assert one("IN-07", old).severity is HIGH
        assert only("IN-07", old, policy(beta_audit_period_days=730)) == []

    def test_the_last_day_of_the_period(self) -> None:
        assert only("IN-07", beta("2024-11-20", "2025-01-05", str(AT - dt.timedelta(days=365)))) == []
        assert one("IN-07", beta("2024-11-20", "2025-01-05", str(AT - dt.timedelta(days=366))))

    def test_never_audited(self) -> None:
        assert "no external audit" in one("IN-07", beta("2024-11-20", "2025-01-05", None)).message.en
        review = Review(kind="external_audit", done_on=dt.date(2026, 5, 1), by="外部 監査", report="r", sha256="cd" * 32)
        assert only("IN-07", replace(beta("2024-11-20", "2025-01-05", None), reviews=(*CITY.reviews, review))) == []

    def test_v23_personnel_in_the_internet_zone(self) -> None:
        staff = host("staff", "in", "10.3.11.5", tags=frozenset({"人事"}))
        assert "人事" in one("IN-08", with_hosts(staff, model=self.CLEAN)).message.ja
        prime = beta("2025-11-20", "2026-01-05", "2025-10-01", ModelKind.BETA_PRIME)
        assert only("IN-08", with_hosts(staff, model=prime)) == []
        assert one("IN-08", with_hosts(staff, model=prime), policy(models=frozenset({ModelKind.BETA})))

    def test_personnel_in_a_scheme_without_layers(self) -> None:
        staff = host("staff", "in", "10.3.11.5", tags=frozenset({"人事"}))
        assert only("IN-08", replace(with_hosts(staff), kind=ModelKind.TWO_NETWORK)) == []
        assert one("IN-08", with_hosts(staff))

    def test_residents_information_in_no_model(self) -> None:
        survey = host("survey", "in", "10.3.11.6", tags=frozenset({"resident_info"}))
        for kind in (ModelKind.ALPHA, ModelKind.BETA_PRIME):
            assert one("IN-10", with_hosts(survey, model=replace(self.CLEAN, kind=kind)))
        assert only("IN-10", self.CLEAN) == []

    def test_in_09_only_screens_cross(self) -> None:
        files = conduit("files", K.FILE_CDR, party("in-pc"), party("cdr"), gateway="cdr")
        assert "something else" in one("IN-09", with_conduits(files, model=self.CLEAN)).message.en
        screen = conduit("vdi", K.SCREEN_TRANSFER, party("in-pc"), party("lg"), data=D.TO_INITIATOR, gateway="vdi")
        assert "one by one" in one("IN-09", with_conduits(screen, model=self.CLEAN)).message.en
        listed = with_gateways(gateway("vdi", G.SCREEN_SERVER, "lg-pc"), model=self.CLEAN)
        assert only("IN-09", with_conduits(replace(screen, responder=party("lg-pc")), model=listed)) == []
        assert only("IN-09", with_conduits(replace(screen, responder=party("lg-term")), model=listed)) == []
        assert only("IN-09", with_conduits(files)) == []  # under α LG-02 and LG-06 speak

    def test_in_11_statement(self) -> None:
        assert one("IN-11", self.CLEAN).severity is HIGH
        stated = Attestation(rule="IN-11", statement="確認した", by="渡辺 誠", on=dt.date(2026, 7, 1))
        assert only("IN-11", replace(self.CLEAN, attestations=(*CITY.attestations, stated))) == []
        assert only("IN-11", CITY) == []


def test_in_14_malware_check() -> None:
    assert "web" in one("IN-14", PAST).message.en
    checking = gateway("filter", G.PROXY, "in-pc", antivirus=True)
    assert only("IN-14", with_gateways(checking, model=PAST)) == []
    mail = with_conduits(conduit("mx", K.EGRESS, party("net"), party("out-relay"), "smtp"))
    assert "mail" in one("IN-14", mail).message.en
    other = with_conduits(conduit("ntp", K.EGRESS, party("in-pc"), party("net"), "dns"))
    assert only("IN-14", other) == []


class TestIN16:
    CLOUD = conduit("cloud-use", K.EGRESS, party("in-pc"), party("203.0.113.10"), gateway="sc", server_names=("files.example",))

    def service(self, **changes: object) -> CloudService:
        fields: dict[str, object] = {
            "id": "files", "name": name("files"), "server_names": ("files.example",), "approvals": APPROVED,
            "location": at_line(5),
        }  # fmt: skip
        return CloudService(**(fields | changes))  # type: ignore[arg-type]

    def model(self, *services: CloudService) -> ZoneModel:
        return replace(with_conduits(self.CLOUD), cloud_services={s.id: s for s in services})

    def test_a_name_nobody_approved(self) -> None:
        assert "files.example" in one("IN-16", self.model()).message.en
        assert only("IN-16", self.model(self.service())) == []

    def test_an_address_nobody_approved(self) -> None:
        model = change_conduit("cloud-use", model=self.model(), server_names=())
        assert "203.0.113.10" in one("IN-16", model).message.en
        listed = self.service(destinations=AddressSet.parse("203.0.113.0/24"), server_names=())
        assert only("IN-16", replace(model, cloud_services={"files": listed})) == []

    def test_approval_and_designated_terminals(self) -> None:
        assert "no approval" in one("IN-16", self.model(self.service(approvals=()))).message.en
        assert "designated" in one("IN-16", self.model(self.service(designated=party("browser")))).message.en
        assert only("IN-16", self.model(self.service(designated=party("in-pc")))) == []
