"""Findings in the Common Event Format (ArcSight CEF, version 0), for sites whose log server reads that."""

from __future__ import annotations

from segmentation.model.addresses import format_address
from segmentation.model.finding import Finding, Severity
from segmentation.model.services import PORT_PROTOCOLS, PROTOCOL_NAMES
from segmentation.model.text import Lang

#: CEF severities run from 0 to 10; 7 to 8 is high, 9 to 10 very high.
_SEVERITY = {Severity.CRITICAL: 10, Severity.HIGH: 8, Severity.MEDIUM: 5, Severity.LOW: 3, Severity.INFO: 1}


def line(finding: Finding, *, version: str, kind: str, lang: Lang) -> str:
    """One CEF line.  *version* is this program's; *kind*: opened, worsened, reminded, closed."""
    header = "|".join(
        _header(x)
        for x in ("Sekisho", "Sekisho", version, finding.rule, finding.message.in_(lang), str(_SEVERITY[finding.severity]))
    )
    where = finding.where
    values: dict[str, str] = {
        "rt": str(where.last_ns // 1_000_000) if where.last_ns else "",
        "start": str(where.first_ns // 1_000_000) if where.first_ns else "",
        "cnt": str(finding.count),
        "act": kind,
        "outcome": finding.state.value if finding.state else "",
        "externalId": finding.fingerprint,
        "deviceInboundInterface": where.interface,
        "cs1Label": "srcZone" if finding.src_zone else "",
        "cs1": finding.src_zone,
        "cs2Label": "dstZone" if finding.dst_zone else "",
        "cs2": finding.dst_zone,
        "cs3Label": "clause" if finding.clauses else "",
        "cs3": " / ".join(c.number for c in finding.clauses),
    }
    if finding.witness is not None:
        p = finding.witness.packet
        six = ("c6a2", "c6a3") if p.family == 6 else ("src", "dst")
        values |= {six[0]: format_address(p.family, p.src), six[1]: format_address(p.family, p.dst)}
        if p.family == 6:
            values |= {"c6a2Label": "Source IPv6 Address", "c6a3Label": "Destination IPv6 Address"}
        values["proto"] = PROTOCOL_NAMES.get(p.protocol, str(p.protocol)).upper()
        if p.protocol in PORT_PROTOCOLS:
            values |= {"spt": str(p.sport), "dpt": str(p.dport)}
    return f"CEF:0|{header}|" + " ".join(f"{k}={_extension(v)}" for k, v in values.items() if v)


def _header(value: str) -> str:
    return " ".join(value.split()).replace("\\", "\\\\").replace("|", "\\|")


def _extension(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "").replace("\n", "\\n")
