from __future__ import annotations

from dataclasses import replace

import pytest
from small_city import (
    CITY,
    CRITICAL,
    LOW,
    D,
    G,
    K,
    change_conduit,
    conduit,
    gateway,
    one,
    only,
    party,
    policy,
    with_conduits,
    with_gateways,
)  # fmt: skip

from segmentation.model.conduits import Conduit
from segmentation.model.policy import Sanitize
from segmentation.model.zones import ModelKind

OTHER_ALLOWED = policy(applies=["K-01"], sanitize=Sanitize(scope="both", allow_other_with_reason=True))
STRICT = policy(applies=["M-01"], sanitize=Sanitize(scope="both"))
ALPHA_PRIME = policy(addons=frozenset({"alpha_prime"}))


class TestLG02:
    def test_fetching_is_importing(self) -> None:
        """The LGWAN side opens the connection, and the data comes in all the same."""
        found = one("LG-02", with_conduits(conduit("fetch", K.OTHER, party("lg-pc"), party("in-pc"), data=D.TO_INITIATOR)))
        assert found.severity is CRITICAL

    def test_sending_is_not(self) -> None:
        assert (
            only("LG-02", with_conduits(conduit("send", K.EXPORT, party("lg-pc"), party("in-pc"), data=D.TO_RESPONDER))) == []
        )

    def test_pushed_from_the_internet_side(self) -> None:
        pushed = conduit("push", K.OTHER, party("in-pc"), party("lg-mail"), "smtp", D.TO_RESPONDER)
        assert one("LG-02", with_conduits(pushed))
        assert only("LG-02", with_conduits(replace(pushed, data=D.TO_INITIATOR))) == []

    def test_a_method_the_policy_does_not_name(self) -> None:
        fewer = policy(sanitize=Sanitize(methods=frozenset({K.MAIL_TEXT, K.FILE_CDR})))
        assert one("LG-02", CITY, fewer).conduit == "screen"

    def test_another_measure_only_where_the_policy_leaves_room(self) -> None:
        other = with_conduits(conduit("other", K.OTHER_MEASURE, party("lg-pc"), party("in-pc"), reason="理由"))
        assert one("LG-02", other)
        assert only("LG-02", other, OTHER_ALLOWED) == []

    def test_the_gateway(self) -> None:
        assert "names no gateway" in one("LG-02", change_conduit("file-in", gateway="")).message.en
        wrong = only("LG-02", change_conduit("file-in", gateway="rbi"))
        assert {f.key for f in wrong} == {"file-in:kind", "file-in:end"}
        past = one("LG-02", change_conduit("mail-in", initiator=party("lg-pc")))
        assert "go past it" in past.message.en

    def test_sanitized_by_the_prefecture_and_delivered_over_the_lgwan(self) -> None:
        remote = with_conduits(conduit("remote", K.MAIL_TEXT, party("asp"), party("lg-mail"), "smtp", D.TO_RESPONDER))
        assert only("LG-02", remote) == []

    def test_screens_that_carry_nothing_in_need_no_gateway_here(self) -> None:
        inward = conduit("inward", K.SCREEN_TRANSFER, party("in-pc"), party("lg-pc"), data=D.TO_INITIATOR)
        assert only("LG-02", with_conduits(inward)) == []
        to_mynumber = conduit("mn", K.SCREEN_TRANSFER, party("lg-pc"), party("register"), data=D.TO_INITIATOR)
        assert only("LG-02", with_conduits(to_mynumber)) == []

    def test_a_policy_without_sanitizing(self) -> None:
        fetch = with_conduits(conduit("fetch", K.OTHER, party("lg-pc"), party("in-pc")))
        assert only("LG-02", fetch, policy(sanitize=Sanitize(required=False))) == []


class TestLG06:
    INWARD = conduit("inward", K.SCREEN_TRANSFER, party("in-pc"), party("lg-pc"), data=D.TO_INITIATOR, gateway="vdi")

    def test_v11_opened_from_the_internet_side(self) -> None:
        model = with_conduits(self.INWARD, model=with_gateways(gateway("vdi", G.SCREEN_SERVER, "lg-pc")))
        assert "α model" in one("LG-06", model).message.en
        assert only("LG-06", replace(model, kind=ModelKind.BETA)) == []

    def test_services_and_servers(self) -> None:
        assert "tcp/445" in one("LG-06", change_conduit("screen", services=("smb",))).message.en
        assert only("LG-06", change_conduit("screen", services=("rdp",))) == []
        assert "one by one" in one("LG-06", change_conduit("screen", responder=party("in"))).message.en


def test_lg_07_statement() -> None:
    rest = tuple(a for a in CITY.attestations if a.rule != "LG-07")
    assert one("LG-07", replace(CITY, attestations=rest)).severity is LOW
    without = {k: v for k, v in CITY.conduits.items() if v.kind is not K.SCREEN_TRANSFER}
    assert only("LG-07", replace(CITY, attestations=rest, conduits=without)) == []


def test_lg_10_a_sanitizer_without_a_log() -> None:
    assert "cdr" in one("LG-10", with_gateways(gateway("cdr", G.FILE_SANITIZER, "cdr", method="rebuild"))).message.en


class TestLG11:
    def test_a_detect_only_gateway_says_what_it_decides_by(self) -> None:
        silent = with_gateways(gateway("cdr", G.FILE_SANITIZER, "cdr", method="verify", log="l"))
        assert "product, criterion" in one("LG-11", silent).message.en
        named = gateway("cdr", G.FILE_SANITIZER, "cdr", method="verify", log="l", product="製品", criterion="基準")
        assert only("LG-11", with_gateways(named)) == []
        assert "virus scanning alone" in one("LG-11", with_gateways(replace(named, antivirus_only=True))).message.en

    def test_the_conduit_s_kind_shows_it_too(self) -> None:
        assert one("LG-11", change_conduit("file-in", kind=K.FILE_VERIFY))


class TestLG12:
    def test_wide_ways_out(self) -> None:
        assert "whole zone" in one("LG-12", change_conduit("mail-out", initiator=party("lg"))).message.en
        assert "any service" in one("LG-12", change_conduit("mail-out", services=("any",))).message.en

    def test_scope_both_asks_for_a_measure_on_the_way_out(self) -> None:
        """Daisen asks on import only, Kumamoto both ways and loosely, Kadoma both ways and strictly (M-01)."""
        assert only("LG-12", CITY) == []
        assert one("LG-12", CITY, OTHER_ALLOWED).conduit == "mail-out"
        assert only("LG-12", CITY, STRICT) == []


class TestLG13:
    def test_peers_one_by_one(self) -> None:
        assert "whole of" in one("LG-13", change_conduit("asp", responder=party("lw"))).message.en
        assert "any service" in one("LG-13", change_conduit("asp", services=("any",))).message.en


class TestLocalBreakout:
    BREAKOUT = conduit(
        "lbo", K.LOCAL_BREAKOUT, party("lg-term"), party("198.51.100.0/26"), gateway="lbo", download_gateway="cdr",
        tenant_restriction="テナント限定ヘッダ", server_names=("cloud.example",),
    )  # fmt: skip

    def model(self, breakout: Conduit = BREAKOUT, kind: ModelKind = ModelKind.ALPHA_PRIME) -> object:
        with_device = with_gateways(gateway("lbo", G.LOCAL_BREAKOUT, "lg-pc"))
        return replace(with_conduits(breakout, model=with_device), kind=kind)

    def test_lg_14_clean_with_everything(self) -> None:
        assert only("LG-14", self.model(), ALPHA_PRIME) == []  # type: ignore[arg-type]
        assert only("LG-15", self.model(), ALPHA_PRIME) == []  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({"server_names": ()}, "server names"),
            ({"tenant_restriction": ""}, "tenant"),
            ({"download_gateway": ""}, "downloads"),
            ({"download_gateway": "rbi"}, "downloads"),
            ({"gateway": ""}, "breakout device"),
            ({"approvals": ()}, "approval"),
            ({"responder": party("net")}, "single destinations"),
        ],
    )
    def test_lg_14_conditions(self, change: dict[str, object], missing: str) -> None:
        broken = replace(self.BREAKOUT, **change)  # type: ignore[arg-type]
        assert missing in one("LG-14", self.model(broken), ALPHA_PRIME).message.en  # type: ignore[arg-type]

    def test_lg_14_no_other_direct_access(self) -> None:
        egress = replace(self.BREAKOUT, kind=K.EGRESS)
        assert "otherwise than" in one("LG-14", self.model(egress), ALPHA_PRIME).message.en  # type: ignore[arg-type]

    def test_lg_15_without_the_model_or_without_the_policy(self) -> None:
        assert one("LG-15", self.model(kind=ModelKind.ALPHA), ALPHA_PRIME).conduit == "lbo"  # type: ignore[arg-type]
        found = only("LG-15", self.model())  # type: ignore[arg-type]
        assert {f.cause for f in found} == {"model:kind", "conduit:lbo"}


class TestMethodsOfOtherPolicies:
    OTHER = conduit("other", K.OTHER_MEASURE, party("lg-pc"), party("in-pc"), data=D.TO_INITIATOR)

    def test_k_01_the_reason(self) -> None:
        assert one("K-01", with_conduits(self.OTHER), OTHER_ALLOWED).conduit == "other"
        assert only("K-01", with_conduits(replace(self.OTHER, reason="理由")), OTHER_ALLOWED) == []

    def test_m_01_every_communication_is_sanitized(self) -> None:
        assert one("M-01", CITY, STRICT).conduit == "mail-out"
        assert only("M-01", CITY, OTHER_ALLOWED) == []
        assert only("M-01", change_conduit("mail-out", kind=K.MAIL_TEXT), STRICT) == []
