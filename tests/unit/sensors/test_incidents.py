"""One incident per cause, few notices."""

from __future__ import annotations

from dataclasses import replace

from segmentation.model.finding import Finding, FlowState, Severity, Where
from segmentation.model.text import Text
from sensors.incidents import IncidentBook, IncidentConfig, NoticeKind

SECOND = 1_000_000_000
CONFIG = IncidentConfig(quiet_seconds=60, remind_seconds=300, capacity=3)


def finding(cause: str = "a", at: int = 0, **changes: object) -> Finding:
    f = Finding(
        rule="MN-01", severity=Severity.HIGH, message=Text("禁止", "forbidden"), cause=cause, src_zone="mn", dst_zone="in",
        where=Where(capture="eth1", first_packet=at + 1, last_packet=at + 1, first_ns=at * SECOND + 1, last_ns=at * SECOND + 2),
        state=FlowState.ATTEMPTED, detail=(("src", "10.0.0.1"), ("packets", "3"), ("bytes", "180")),
    )  # fmt: skip
    return replace(f, **changes)  # type: ignore[arg-type]


def test_a_sweep_of_equal_causes_is_told_once_and_counted() -> None:
    book = IncidentBook(CONFIG)
    told = [n for at in range(40) for n in book.add([finding(at=at)], at * SECOND)]
    assert [n.kind for n in told] == [NoticeKind.OPENED]
    (incident,) = book
    assert incident.finding.count == 40
    assert dict(incident.finding.detail) == {"src": "10.0.0.1", "packets": "120", "bytes": "7200"}
    assert (incident.finding.where.first_packet, incident.finding.where.last_packet) == (1, 40)


def test_an_attempt_that_gets_through_is_told_at_once_and_its_text_stays() -> None:
    book = IncidentBook(CONFIG)
    book.add([finding()], 0)
    through = finding(at=1, state=FlowState.DATA, message=Text("通った", "went through"))
    (notice,) = book.add([through], SECOND)
    assert notice.kind is NoticeKind.WORSENED
    assert book.add([finding(at=2)], 2 * SECOND) == []
    assert next(iter(book)).finding.message.en == "went through"
    assert next(iter(book)).finding.count == 3


def test_refused_after_attempted_is_no_news() -> None:
    book = IncidentBook(CONFIG)
    book.add([finding()], 0)
    assert book.add([finding(state=FlowState.REFUSED)], SECOND) == []


def test_what_goes_on_is_told_again_and_what_stopped_is_closed() -> None:
    book = IncidentBook(CONFIG)
    book.add([finding()], 0)
    kinds = [n.kind for at in range(10, 310, 10) for n in (*book.add([finding(at=at)], at * SECOND), *book.tick(at * SECOND))]
    assert kinds == [NoticeKind.REMINDED]
    assert book.tick(359 * SECOND) == []
    (closed,) = book.tick(361 * SECOND)
    assert closed.kind is NoticeKind.CLOSED
    assert closed.incident.finding.count == 31
    assert len(book) == 0


def test_room_is_bounded_and_the_longest_silent_goes_first() -> None:
    book = IncidentBook(CONFIG)
    for i, cause in enumerate("abcad"):
        notices = book.add([finding(cause)], i * SECOND)
    assert [(n.kind, n.incident.finding.cause) for n in notices] == [(NoticeKind.OPENED, "d"), (NoticeKind.CLOSED, "b")]
    assert book.overflowed == 1
    assert {i.finding.cause for i in book} == {"a", "c", "d"}


def test_a_clock_that_steps_back_neither_closes_at_once_nor_keeps_open_for_ever() -> None:
    book = IncidentBook(CONFIG)
    book.add([finding()], 10_000 * SECOND)
    assert book.tick(6_400 * SECOND) == []
    assert book.tick(6_459 * SECOND) == []
    assert [n.kind for n in book.tick(6_461 * SECOND)] == [NoticeKind.CLOSED]


def test_active_leaves_out_what_an_exception_covers() -> None:
    book = IncidentBook(CONFIG)
    book.add([finding("a"), finding("b"), finding("c", silenced=True)], 0)
    assert book.active() == {("MN-01", Severity.HIGH, "mn", "in"): 2}
