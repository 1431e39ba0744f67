"""What a conduit's services amount to: ports as sets, compared with the well-known ones."""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.model.conduits import Conduit
from segmentation.model.crossings import SCREEN
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.network import ZoneModel
from segmentation.model.services import ALL_PORTS, PORT_PROTOCOLS, TCP, UDP, ServiceTerm, format_service

#: Ports that speak TLS from the first octet (IANA service names: https, smtps, nntps, ldaps, domain-s, ftps, imaps,
#: pop3s, sips, syslog-tls) and the usual alternates of HTTPS.
TLS_PORTS = IntervalSet.from_iter((p, p) for p in (443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 5061, 5986, 6514, 8443))
#: Screen protocols, and HTTPS for those that are carried in it (a browser or virtual desktop server that is listed).
SCREEN_AND_HTTPS = (*SCREEN, ServiceTerm(IntervalSet.single(TCP), ALL_PORTS, IntervalSet.single(443)))
MAIL_PORTS = IntervalSet.from_iter((p, p) for p in (25, 465, 587))
WEB_PORTS = IntervalSet.from_iter((p, p) for p in (80, 443, 8080))


def terms(model: ZoneModel, services: Iterable[str]) -> tuple[ServiceTerm, ...]:
    """All terms of the named services; names that do not exist are the zone file reader's to report."""
    return tuple(t for s in services if s in model.services for t in model.services[s].terms)


def ports(parts: Iterable[ServiceTerm], protocol: int) -> IntervalSet:
    """The destination ports of one protocol."""
    out = EMPTY
    for part in parts:
        if protocol in part.protocols:
            out |= part.dst_ports
    return out


def speaks(model: ZoneModel, conduit: Conduit, wanted: IntervalSet, protocol: int = TCP) -> bool:
    """Whether the conduit's services include any of these destination ports."""
    return ports(terms(model, conduit.services), protocol).overlaps(wanted)


def is_tls(model: ZoneModel, conduit: Conduit) -> bool:
    """Whether the conduit speaks TLS, or QUIC, which is TLS too (RFC 9001)."""
    return speaks(model, conduit, TLS_PORTS) or speaks(model, conduit, IntervalSet.of((443, 443), (853, 853)), UDP)


def within(parts: Iterable[ServiceTerm], allowed: Iterable[ServiceTerm]) -> bool:
    """Whether every protocol and destination port of *parts* is among *allowed*."""
    limits = tuple(allowed)
    for part in parts:
        for protocol in (p for lo, hi in part.protocols for p in range(lo, hi + 1)):
            room = ports(limits, protocol)
            if protocol in PORT_PROTOCOLS:
                if not part.dst_ports.issubset(room):
                    return False
            elif not any(protocol in limit.protocols for limit in limits):
                return False
    return True


def enumerated(part: ServiceTerm) -> bool:
    """Whether a term is one protocol and, where it has ports, a list of single ones."""
    protocol = part.single_protocol
    if protocol is None:
        return False
    return protocol not in PORT_PROTOCOLS or (part.dst_ports != ALL_PORTS and all(lo == hi for lo, hi in part.dst_ports))


def described(parts: Iterable[ServiceTerm]) -> str:
    """``tcp/443, udp/5000-5010``: for messages."""
    out: list[str] = []
    for part in parts:
        protocol = part.single_protocol
        if protocol is None:
            out.append("any")
            continue
        for lo, hi in part.dst_ports if protocol in PORT_PROTOCOLS else part.src_ports:
            text = format_service(protocol, lo, lo)
            whole = (lo, hi) == ALL_PORTS.intervals[0]
            out.append(text.partition("/")[0] if whole else text if lo == hi else f"{text}-{hi}")
    return ", ".join(dict.fromkeys(out))
