"""Runs as the commands build them, with the awkward parts: Japanese, ANSI sequences, secrets, IPv6, exceptions."""

from __future__ import annotations

import datetime as dt

import pytest

from segmentation.model.addresses import Address, Mac
from segmentation.model.finding import (
    ClauseOrigin,
    ClauseRef,
    Confidence,
    Finding,
    FlowState,
    Packet,
    Severity,
    Step,
    Where,
    Witness,
)
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.report.run import (
    CaptureInput,
    ConfigInput,
    Damage,
    ExceptionNote,
    LintCell,
    LintRun,
    NotUnderstoodLine,
    PolicyInfo,
    ReplayCell,
    ReplayRun,
    ToolInfo,
)

ZONES = {
    "mn": Text("マイナンバー利用事務系", "My Number"),
    "lg": Text("LGWAN接続系", "LGWAN"),
    "in": Text("インターネット接続系", "Internet-connected"),
}
CAUSE = "cdr:rule:14"
POLICY = PolicyInfo(
    profile="daisen",
    model="alpha",
    sha256="a" * 64,
    file="zones.toml",
    organisation=Text("みどり野市", "Midorino City"),
    document="情報セキュリティポリシー 令和7年版",
)
TOOL = ToolInfo(version="9.9", at=dt.date(2026, 11, 20))
CLAUSE = ClauseRef(origin=ClauseOrigin.POLICY, document="情報セキュリティポリシー", number="3.4(2)①", title="LGWAN接続系の分割")
PRODUCT = ClauseRef(
    origin=ClauseOrigin.PRODUCT, document="", number="EX-04", note=Text("期限は製品の規則です。", "The end date is ours.")
)
RULE = Where(
    location=Location("cdr.nft", 14, 3),
    device="cdr",
    rule_text='iifname "eth0" accept comment "\x1b[31m password hunter2\u202e"',
)


def witness(dport: int = 25) -> Witness:
    packet = Packet(
        family=4,
        src=Address.parse("10.30.10.53").value,
        dst=Address.parse("10.20.10.25").value,
        protocol=6,
        sport=1024,
        dport=dport,
        tcp_flags=2,
        in_interface="eth0",
        out_interface="eth1",
        src_mac=Mac.parse("00:00:5e:00:53:94"),
        translated=(Address.parse("10.20.10.26").value, 2525),
    )
    return Witness(
        packet=packet, path=(Step(location=Location("cdr.nft", 14, 3), text="accept", note=Text("ここで許可", "passes here")),)
    )


@pytest.fixture
def lint_run() -> LintRun:
    return LintRun(
        tool=TOOL,
        policy=POLICY,
        zones=ZONES,
        exceptions={
            "EX-1": ExceptionNote(name=Text("保守", "Maintenance"), expires_on=dt.date(2026, 11, 30), days_left=10),
            "EX-2": ExceptionNote(name=Text("旧保守", "Old maintenance"), expires_on=dt.date(2026, 11, 18), days_left=-2),
        },
        inputs=(
            ConfigInput(
                file="cdr.nft", sha256="b" * 64, vendor="nftables", device="cdr", filters=3, rules=12, lines=40,
                not_understood=(
                    NotUnderstoodLine(
                        line=7, text="osf name secret s3cr3t", reason="match osf", sentence=Text("osf の照合", "match osf")
                    ),
                ),
            ),
        ),
        matrix=(
            LintCell(src_zone="in", dst_zone="lg", verdict="wider", permitted_empty=False),
            LintCell(src_zone="lg", dst_zone="in", verdict="equal", permitted_empty=False),
            LintCell(src_zone="in", dst_zone="mn", verdict="equal", permitted_empty=True),
            LintCell(src_zone="mn", dst_zone="in", verdict="not_decidable", permitted_empty=True),
        ),
        findings=(
            Finding(
                rule="LG-02", severity=Severity.CRITICAL, message=Text("取込みが許可されています。", "Import is permitted."),
                src_zone="in", dst_zone="lg", clauses=(CLAUSE,), witness=witness(), key="a", related=("LG-03",),
                where=RULE, cause=CAUSE,
            ),
            Finding(
                rule="NC-02", severity=Severity.HIGH, message=Text("すべて許可する規則です。", "The rule permits everything."),
                key="b",
                where=RULE, cause=CAUSE,
            ),
            Finding(
                rule="MN-01", severity=Severity.CRITICAL, message=Text("到達できます。", "It is reachable."), src_zone="in",
                dst_zone="mn", clauses=(CLAUSE,), witness=witness(445), confidence=Confidence.POSSIBLE,
                confidence_reason=Text("7行目を理解できないため", "line 7 was not understood"), key="c",
                where=RULE, cause=CAUSE,
            ),
            Finding(
                rule="EX-04", severity=Severity.MEDIUM, message=Text("例外の期限が近づいています。", "An exception ends soon."),
                where=Where(location=Location("zones.toml", 99)), cause="EX-1", clauses=(PRODUCT,), exception="EX-1",
            ),
            Finding(
                rule="NC-19", severity=Severity.HIGH, message=Text("例外で許可された接続です。", "An excepted connection."),
                where=Where(location=Location("cdr.nft", 20), device="cdr"), cause="cdr:rule:20", exception="EX-2",
                silenced=True,
            ),
        ),
        undecided=(Text("規則30の冗長性は判定できません。", "Redundancy of rule 30 is not decided."),),
        not_visible=(Text("装置 FW-LG の設定がありません。", "The configuration of FW-LG was not given."),),
    )  # fmt: skip


@pytest.fixture
def replay_run() -> ReplayRun:
    return ReplayRun(
        tool=TOOL,
        policy=POLICY,
        zones=ZONES,
        captures=(
            CaptureInput(
                file="月次.pcap", sha256="c" * 64, format="pcap", packets=1234, bytes=567890,
                first_ns=1_762_000_000_123_456_789, last_ns=1_762_000_100_000_000_001,
                not_decoded={"truncated": 2, "arp": 1}, damage=Damage(offset=98304, reason="record length 4294967295"),
            ),
            CaptureInput(file="empty.pcapng", sha256="d" * 64, format="pcapng", packets=0, bytes=0),
        ),
        flows=3,
        by_protocol={"udp": 1, "tcp": 2},
        matrix=(
            ReplayCell(src_zone="mn", dst_zone="", state="refused", verdict="forbidden", packets=2, bytes=120, flows=1),
            ReplayCell(
                src_zone="lg", dst_zone="in", state="data", verdict="permitted_if_sanitized", packets=1200, bytes=500000,
                flows=2,
            ),
        ),
        findings=(
            Finding(
                rule="MN-18", severity=Severity.CRITICAL,
                message=Text("インターネットへの試行です。", "An attempt to reach the Internet."),
                where=Where(capture="月次.pcap", first_packet=10, last_packet=11, first_ns=1_762_000_000_123_456_789,
                            last_ns=1_762_000_001_000_000_000),
                cause="10.10.11.30>203.0.113.9:443", state=FlowState.REFUSED, confidence=Confidence.INFERRED,
                confidence_reason=Text("SYNを見ていないため", "the SYN was not seen"), src_zone="mn", count=3,
                detail=(("bytes", "120"),),
            ),
        ),
    )  # fmt: skip
