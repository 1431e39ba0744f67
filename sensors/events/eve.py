"""Findings as Suricata EVE JSON lines, so that what a site already runs can read them.

One line per incident.  Zone, rule and clause stand in ``alert.metadata`` (lists of strings, as Suricata's rule metadata);
Suricata's severity 1 is the worst.  No message body, file content or name of a person is ever written.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Iterable
from typing import Any

from segmentation.model.addresses import format_address
from segmentation.model.finding import Finding, Severity
from segmentation.model.services import PORT_PROTOCOLS, PROTOCOL_NAMES
from segmentation.model.text import Lang
from sensors.events.community_id import community_id
from sensors.metrics.snapshot import Health, Snapshot

#: Suricata knows 1 (high) to 4; informational findings take 4.
_EVE_SEVERITY = {Severity.CRITICAL: 1, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.LOW: 3, Severity.INFO: 4}
#: A generator ID of our own keeps our signature IDs apart from those of rule sets.
GENERATOR = 7700


def lines(findings: Iterable[Finding], *, lang: Lang, utc_offset_minutes: int) -> str:
    """The events of *findings* as JSON lines, each ended by a line feed; in the order of time, then of the findings."""
    ordered = sorted(findings, key=lambda f: (f.where.first_ns, f.where.capture, f.where.first_packet))
    return "".join(
        json.dumps(event(f, lang=lang, utc_offset_minutes=utc_offset_minutes), ensure_ascii=False) + "\n" for f in ordered
    )


def event(finding: Finding, *, lang: Lang, utc_offset_minutes: int) -> dict[str, Any]:
    """One EVE ``alert`` event."""
    where = finding.where
    out: dict[str, Any] = {"timestamp": _timestamp(where.first_ns, utc_offset_minutes)}
    if finding.witness is not None:
        p = finding.witness.packet
        out["flow_id"] = zlib.crc32(finding.fingerprint.encode("ascii")) << 16 | (where.first_packet & 0xFFFF)
    out["event_type"] = "alert"
    if where.capture:
        out["pcap_cnt"] = where.first_packet
        out["pcap_filename"] = where.capture
    if finding.witness is not None:
        out["src_ip"], out["dest_ip"] = format_address(p.family, p.src), format_address(p.family, p.dst)
        out["proto"] = PROTOCOL_NAMES.get(p.protocol, str(p.protocol)).upper()
        if p.protocol in PORT_PROTOCOLS:
            out["src_port"], out["dest_port"] = p.sport, p.dport
        elif p.protocol in (1, 58):
            out["icmp_type"], out["icmp_code"] = p.sport, p.dport
        out["community_id"] = community_id(p.family, p.src, p.dst, p.protocol, p.sport, p.dport)
    out["alert"] = {
        "action": "allowed",
        "gid": GENERATOR,
        "signature_id": zlib.crc32(finding.rule.encode("ascii")) & 0x7FFFFFFF,
        "rev": 1,
        "signature": f"{finding.rule} {finding.message.in_(lang)}",
        "category": finding.severity.text.in_(lang),
        "severity": _EVE_SEVERITY[finding.severity],
        "metadata": _metadata(finding),
    }
    detail = dict(finding.detail)
    out["flow"] = {
        "start": _timestamp(where.first_ns, utc_offset_minutes),
        "end": _timestamp(where.last_ns, utc_offset_minutes),
        "pkts": int(detail.get("packets", "0")),
        "bytes": int(detail.get("bytes", "0")),
        "count": finding.count,
    }
    return out


def statistics(snapshot: Snapshot, now_ns: int, utc_offset_minutes: int) -> dict[str, Any]:
    """One EVE ``stats`` event: what was captured and lost, and the newest hash of the evidence's record.

    The hash leaves the machine with the events: a record whose end was cut off later cannot deny it.
    """
    health = snapshot.health or Health()
    sekisho: dict[str, Any] = {
        "model_sha256": snapshot.judge.model.sha256,
        "violations": sum((snapshot.violations or {}).values()),
        "incidents_open": sum(health.incidents.values()),
        "flows_active": health.flows_active,
        "flows_not_tracked": snapshot.flows_not_tracked,
        "events_lost": sum(health.events_lost.values()),
    }
    if health.evidence_head:
        sekisho["evidence_head"] = health.evidence_head
    capture = {
        "kernel_packets": sum(i.packets + i.dropped for i in health.interfaces),
        "kernel_drops": sum(i.dropped for i in health.interfaces),
    }
    uptime = max(0, now_ns - health.started_ns) // 1_000_000_000 if health.started_ns else 0
    return {
        "timestamp": _timestamp(now_ns, utc_offset_minutes),
        "event_type": "stats",
        "stats": {"uptime": uptime, "capture": capture, "decoder": dict(snapshot.not_decoded), "sekisho": sekisho},
    }


def _metadata(finding: Finding) -> dict[str, list[str]]:
    values = {
        "rule": [finding.rule, *finding.related],
        "severity": [finding.severity.key],
        "src_zone": [finding.src_zone],
        "dst_zone": [finding.dst_zone],
        "clause": [" ".join(filter(None, (c.number, c.title))) for c in finding.clauses],
        "state": [finding.state.value] if finding.state is not None else [],
        "confidence": [finding.confidence.value],
        "conduit": [finding.conduit],
        "exception": [finding.exception],
        "fingerprint": [finding.fingerprint],
    }
    return {k: kept for k, v in values.items() if (kept := [x for x in v if x])}


def _timestamp(ns: int, utc_offset_minutes: int) -> str:
    """EVE's form: microseconds and an offset without a colon."""
    zone = dt.timezone(dt.timedelta(minutes=utc_offset_minutes))
    try:
        at = dt.datetime.fromtimestamp(ns // 1_000_000_000, tz=zone)
    except (OverflowError, OSError, ValueError):  # a capture may claim any time
        at = dt.datetime(1970, 1, 1, tzinfo=zone)
        ns = 0
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000 // 1000:06d}{at:%z}"
