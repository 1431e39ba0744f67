"""The way of transfers in the reference city: gateways, directions, proofs; live and replay find the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from segmentation.model.addresses import Address
from segmentation.model.finding import Finding
from sensors.example import speech
from sensors.example.transfers import (
    attachment_from_gateway,
    download,
    fetched_around,
    macro_workbook,
    mail_with,
    refused_relay,
    relayed,
    text_from_gateway,
)
from sensors.example.wire import Wire
from sensors.kernels.tracker import TrackerConfig
from sensors.live import LiveConfig, LivePipeline
from sensors.transfer.examiner import Examiner
from sensors.transfer.gateway_log import LogEntry
from sensors.transfer.watch import TransferWatch
from tests.frame_blocks import block_of
from tests.transfer_conversations import smb2_write
from tests.watched_city import SECOND, T0, judge, wire

_FOREVER = 1 << 33
_INSIDE, _WEB = Address.parse("10.20.16.27"), Address.parse("10.30.10.40")


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    made = Examiner()
    yield made
    made.close()


def _found(
    build: Callable[[Wire], None], examiner: Examiner | None, logs: dict[str, list[LogEntry]] | None = None
) -> tuple[list[Finding], TransferWatch]:  # fmt: skip
    frames = wire()
    build(frames)
    ordered = sorted(frames.frames, key=lambda f: f.at)
    watch = TransferWatch(judge(), examine=examiner, waits=True, logs=logs)
    config = LiveConfig(
        tracker=TrackerConfig(flows=1 << 12), idle_seconds=(_FOREVER,) * 4, groups=(_FOREVER,) * 2, contain=False
    )  # fmt: skip
    live = LivePipeline(judge(), config=config, watchers=(watch,))
    block = block_of([f.data for f in ordered], ts=[f.at for f in ordered])
    found = [f for stretch in live.drive([block]) for f in stretch.watched]
    return [*found, *watch.finish()], watch


def _rules(found: list[Finding]) -> list[str]:
    return sorted(f.rule for f in found)


def _cdr(host: str = "cdr-lg") -> Callable[[Wire], None]:
    def build(w: Wire) -> None:
        w.session(T0, _INSIDE, w.city.host(host), 443, download(macro_workbook(), "list.xlsm"))

    return build


def test_mail_from_the_gateway(examiner: Examiner) -> None:
    found, watch = _found(lambda w: attachment_from_gateway(w, T0), examiner)
    assert _rules(found) == ["LG-05", "LG-09"]
    assert [*watch.tally.cells] == [("lg", "lg", "via_gateway", "risk_found", "none")]
    assert "list.xlsm" not in str([f.message for f in found if f.rule == "LG-05"])
    found, watch = _found(lambda w: text_from_gateway(w, T0), examiner)
    assert found == []
    assert [*watch.tally.cells] == [("lg", "lg", "via_gateway", "none_found", "none")]


def test_content_nobody_looked_at_is_incomplete() -> None:
    found, watch = _found(lambda w: text_from_gateway(w, T0), None)
    assert found == []
    assert [*watch.tally.cells] == [("lg", "lg", "via_gateway", "incomplete", "none")]
    assert watch.counters()["transfers_not_examined"] == 1


def test_data_goes_in_whoever_asks(examiner: Examiner) -> None:
    found, watch = _found(lambda w: fetched_around(w, T0), examiner)
    assert _rules(found) == ["LG-08", "LG-08", "LG-09"]
    assert {(f.src_zone, f.dst_zone) for f in found} == {("in-srv", "lg-term")}
    assert watch.tally.bypasses == {("in", "lg"): 2}


def test_encrypted_is_not_observed(examiner: Examiner) -> None:
    def build(w: Wire) -> None:
        w.session(T0, _INSIDE, _WEB, 443, speech.tls("files.example", 200, 5000, 1))

    found, watch = _found(build, examiner)
    assert found == []  # the flow itself is forbidden: that is the judge's finding
    assert {(c[2], c[3]) for c in watch.tally.cells if c[1] == "lg"} == {("bypass", "unverifiable")}


def test_files_of_the_file_gateway_and_its_own_log(examiner: Examiner) -> None:
    found, watch = _found(_cdr(), examiner)
    assert _rules(found) == ["LG-09"]
    digest = watch.tally.listed[-1].sha256
    found, watch = _found(_cdr(), examiner, {"cdr": [LogEntry(T0 + SECOND, digest, 854)]})
    assert _rules(found) == ["LG-09"]
    assert {c[4] for c in watch.tally.cells if c[3] == "risk_found"} == {"hash_proven"}
    found, _ = _found(_cdr(), examiner, {"cdr": [LogEntry(T0 - 4000 * SECOND, "", 1)]})
    assert _rules(found) == ["LG-09", "LG-10"]
    assert [f.cause for f in found if f.rule == "LG-10"] == ["unlogged/cdr"]


def test_what_a_gateway_hands_on_unchanged(examiner: Examiner) -> None:
    def build(w: Wire) -> None:
        body = macro_workbook()
        put = b"PUT /list.xlsm HTTP/1.1\r\nHost: cdr\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        said = [(True, put), (False, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")]
        w.session(T0, Address.parse("10.30.16.20"), w.city.host("cdr-in"), 80, said)
        w.session(T0 + 60 * SECOND, _INSIDE, w.city.host("cdr-lg"), 443, download(body, "list.xlsm"))

    found, _ = _found(build, examiner)
    assert _rules(found) == ["LG-09", "LG-10"]
    assert [f.cause.partition("/")[0] for f in found if f.rule == "LG-10"] == ["unchanged"]


def test_open_relay_and_its_refusal(examiner: Examiner) -> None:
    found, _ = _found(lambda w: relayed(w, T0), examiner)
    assert [(f.rule, f.confidence.value) for f in found] == [("ML-01", "inferred")]
    assert _found(lambda w: refused_relay(w, T0), examiner)[0] == []


def test_a_header_is_believed_from_the_gateway_only(examiner: Examiner) -> None:
    def claimed(sender: str) -> Callable[[Wire], None]:
        def build(w: Wire) -> None:
            talk = [(c, d.replace(b"MIME-Version", b"X-MAIL-SANITIZED: DEL_ATTACH\r\nMIME-Version"))
                    for c, d in mail_with(macro_workbook(), "a.xlsm")]  # fmt: skip
            w.session(T0, w.city.host(sender), w.city.host("lg-mail"), 25, talk)

        return build

    found, watch = _found(claimed("mailsan-lg"), examiner)
    assert {c[2:] for c in watch.tally.cells} == {("via_gateway", "risk_found", "header_claim")}
    found, watch = _found(claimed("mail-out"), examiner)
    assert {c[2:] for c in watch.tally.cells} == {("bypass", "risk_found", "none")}
    assert _rules(found) == ["LG-02", "LG-05", "LG-09"]


def test_screens_and_shares_by_content_on_other_ports(examiner: Examiner) -> None:
    def screen(w: Wire) -> None:
        w.session(T0, Address.parse("10.30.16.20"), Address.parse("10.20.60.11"), 9999, speech.desktop(1))

    assert "LG-06" in _rules(_found(screen, examiner)[0])

    def share(w: Wire) -> None:
        w.session(T0, w.city.host("jukyo"), w.city.host("lg-file"), 8445, smb2_write("名簿.bin", bytes(3000)))

    assert _rules(_found(share, examiner)[0]) == ["MN-12", "NC-25"]


def test_a_session_without_size(examiner: Examiner) -> None:
    def build(w: Wire) -> None:
        talk = [
            (c, d.replace(b"250-SIZE 10485760\r\n", b"")) for c, d in speech.mail("x.example", "a@x.example", "b@y.example", 3)
        ]
        w.session(T0, w.city.host("mailsan-lg"), w.city.host("lg-mail"), 25, talk)

    assert _rules(_found(build, examiner)[0]) == ["ML-03"]
