"""A gateway's own log beside the wire: formats, skewed clocks, hashes, and what is missing on either side."""

from __future__ import annotations

from sensors.transfer.gateway_log import Delivery, LogEntry, read_log, reconcile

S = 1_000_000_000
T0 = 1_787_000_000 * S
HASH, OTHER = "a" * 64, "b" * 64


def test_syslog_lines_of_both_formats_and_csv() -> None:
    lines = (
        f"<134>1 2026-08-18T10:20:00+09:00 cdr app - - - result=success size=854 sha256={HASH}\n"
        "<134>Aug 18 10:21:00 cdr app: file delivered bytes=10\nno time here\n"
    )
    entries, bad = read_log(lines, year=2026)
    assert [(e.size, e.sha256, e.line) for e in entries] == [(854, HASH, 1), (10, "", 2)]
    assert entries[1].at_ns - entries[0].at_ns == 60 * S
    assert bad == [3]
    table = f'日時,ファイル名,サイズ,ハッシュ\n2026/08/18 10:20:00,x,"1,854",{HASH}\nいつか,y,1,\n'
    entries, bad = read_log(table, year=2026)
    assert [(e.size, e.sha256) for e in entries] == [(1854, HASH)]
    assert bad == [3]


def test_hash_then_size_then_time() -> None:
    wire = [Delivery(T0, HASH, 10), Delivery(T0 + 10 * S, OTHER, 20), Delivery(T0 + 20 * S, "c" * 64, 30)]
    log = [LogEntry(T0 + S, HASH, 10), LogEntry(T0 + 11 * S, "", 20), LogEntry(T0 + 22 * S)]
    done = reconcile(log, wire)
    assert (done.proven, done.weak, done.unlogged, done.unseen) == ((wire[0],), (wire[1], wire[2]), (), ())


def test_a_transfer_without_an_entry_and_an_entry_without_a_transfer() -> None:
    wire = [Delivery(T0, HASH, 10), Delivery(T0 + S, OTHER, 20)]
    log = [LogEntry(T0, HASH, 10), LogEntry(T0 + S, "c" * 64, 99)]
    done = reconcile(log, wire)
    assert (done.unlogged, done.unseen) == ((wire[1],), (log[1],))
    assert reconcile([LogEntry(T0 + 301 * S, "", -1)], [wire[0]]).unlogged == (wire[0],)
    assert reconcile([LogEntry(T0 + 299 * S, "", -1)], [wire[0]]).unlogged == ()


def test_a_skewed_clock_is_found_by_what_is_certain() -> None:
    skew = 1500 * S
    wire = [Delivery(T0 + n * 60 * S, f"{n:064x}", 100 + n) for n in range(4)]
    log = [LogEntry(d.at_ns + skew, d.sha256 if n < 3 else "", d.size) for n, d in enumerate(wire)]
    done = reconcile(log, wire)
    assert (done.skew_ns, done.unlogged, done.weak) == (skew, (), (wire[3],))
    by_size = reconcile([LogEntry(d.at_ns - skew, "", d.size) for d in wire], wire)
    assert (by_size.skew_ns, by_size.unlogged) == (-skew, ())


def test_a_log_that_keeps_hashes_of_what_went_in() -> None:
    wire = [Delivery(T0, HASH, 10)]
    assert reconcile([LogEntry(T0 + S, OTHER, 10)], wire).unlogged == ()


def test_one_entry_accounts_for_one_transfer() -> None:
    wire = [Delivery(T0 + n, HASH, 10) for n in range(3)]
    assert len(reconcile([LogEntry(T0, HASH, 10)], wire).unlogged) == 2
