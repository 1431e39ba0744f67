"""What an undeclared crossing between two layers breaks: a table over zone kinds and services.

The rule that comes first is the primary one; a consumer keeps those that apply under its policy and on its
side (a configuration cannot break a rule about observed packets).  Sources: requirements 1A-1I of the rule registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ANY_SERVICE, TCP, UDP, ServiceTerm
from segmentation.model.zones import ModelKind, ZoneKind


def _ports(protocol: int, *ports: tuple[int, int]) -> ServiceTerm:
    return ServiceTerm(IntervalSet.single(protocol), ALL_PORTS, IntervalSet.of(*ports))


MAIL = (_ports(TCP, (25, 25), (465, 465), (587, 587)),)
#: RDP 3389; ICA/CGP 1494, 2598; Blast 8443, 22443; PCoIP 4172; VNC 5900-5909
SCREEN = (
    _ports(TCP, (3389, 3389), (1494, 1494), (2598, 2598), (8443, 8443), (22443, 22443), (4172, 4172), (5900, 5909)),
    _ports(UDP, (3389, 3389), (2598, 2598), (8443, 8443), (22443, 22443), (4172, 4172)),
)
#: FTP, SSH/SFTP, TFTP, HTTP(S), NetBIOS/SMB, NFS, rsync, common HTTP alternatives
FILES = (
    _ports(TCP, (20, 22), (80, 80), (139, 139), (443, 443), (445, 445), (873, 873), (2049, 2049), (8000, 8008), (8080, 8081)),
    _ports(UDP, (69, 69), (137, 138), (443, 443), (2049, 2049)),
)
#: web, QUIC, DNS, DNS over TLS, mail: what must go through the security cloud's proxy, resolver and relay
EGRESS = (
    _ports(TCP, (25, 25), (53, 53), (80, 80), (443, 443), (465, 465), (587, 587), (853, 853), (8080, 8080)),
    _ports(UDP, (53, 53), (443, 443), (853, 853)),
)
REMOTE = (_ports(TCP, (22, 23), (3389, 3389), (5900, 5909)), _ports(UDP, (3389, 3389)))
#: Ways into a device itself: SSH, telnet, RDP, VNC, SNMP
MANAGEMENT_SERVICES = (
    _ports(TCP, (22, 23), (3389, 3389), (5900, 5909)),
    _ports(UDP, (161, 161)),
)
#: Web consoles; on a gateway the same ports are its service.
WEB_CONSOLES = (_ports(TCP, (80, 80), (443, 443), (8080, 8080), (8443, 8443), (9090, 9090)),)
ANY = (ANY_SERVICE,)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One row: for these services, an undeclared flow breaks these rules."""

    terms: tuple[ServiceTerm, ...]
    rules: tuple[str, ...]


_K = ZoneKind
#: Into a screen server of the LGWAN layer: also HTTPS, which browser isolation and gateways of virtual desktops speak.
SCREEN_IMPORT = Crossing((*SCREEN, _ports(TCP, (443, 443)), _ports(UDP, (443, 443))), ("LG-06", "LG-01", "LG-03", "IN-03"))
#: Layers from which data would be imported into the LGWAN layer.
IMPORTING = frozenset({_K.INTERNET, _K.OUTSIDE, _K.SECURITY_CLOUD})
_IMPORT = (
    Crossing(SCREEN, SCREEN_IMPORT.rules),
    Crossing(MAIL, ("LG-02", "LG-03", "LG-01", "IN-03", "LG-05")),
    Crossing(FILES, ("LG-08", "LG-02", "LG-03", "LG-01", "IN-03")),
    Crossing(ANY, ("LG-01", "LG-03", "IN-03")),
)
_TABLE: dict[tuple[ZoneKind, ZoneKind], tuple[Crossing, ...]] = {
    (_K.MYNUMBER, _K.OUTSIDE): (Crossing(ANY, ("MN-18", "MN-01", "MN-02")),),
    (_K.MYNUMBER, _K.INTERNET): (Crossing(ANY, ("MN-01", "MN-02")),),
    (_K.INTERNET, _K.MYNUMBER): (Crossing(ANY, ("MN-01", "MN-02")),),
    (_K.INTERNET, _K.LGWAN): _IMPORT,
    (_K.OUTSIDE, _K.LGWAN): _IMPORT,
    (_K.SECURITY_CLOUD, _K.LGWAN): _IMPORT,
    (_K.LGWAN, _K.INTERNET): (
        Crossing(MAIL, ("M-01", "LG-12", "LG-01")),
        Crossing(FILES, ("LG-02", "LG-01", "M-01")),
        Crossing(ANY, ("LG-01", "M-01")),
    ),
    (_K.LGWAN, _K.SECURITY_CLOUD): (Crossing(ANY, ("LG-01", "M-01")),),
    (_K.LGWAN, _K.LGWAN_NETWORK): (Crossing(ANY, ("LG-13",)),),
    (_K.LGWAN_NETWORK, _K.LGWAN): (Crossing(ANY, ("LG-13",)),),
    (_K.INTERNET, _K.LGWAN_NETWORK): (Crossing(ANY, ("IN-03", "LG-01")),),
    (_K.LGWAN_NETWORK, _K.INTERNET): (Crossing(ANY, ("LG-13", "LG-01")),),
    (_K.INTERNET, _K.OUTSIDE): (
        Crossing(EGRESS, ("IN-02", "IN-01", "Y-02")),
        Crossing(ANY, ("IN-01", "Y-02")),
    ),
    (_K.OUTSIDE, _K.INTERNET): (
        Crossing(REMOTE, ("NC-17", "IN-01", "Y-02")),
        Crossing(ANY, ("IN-01", "Y-02")),
    ),
    (_K.INTERNET, _K.SECURITY_CLOUD): (Crossing(ANY, ("IN-02", "Y-02")),),
    (_K.SECURITY_CLOUD, _K.INTERNET): (Crossing(ANY, ("IN-02", "Y-02")),),
}


def crossings(
    src: ZoneKind,
    dst: ZoneKind,
    *,
    model: ModelKind,
    levels: tuple[int | None, int | None] = (None, None),
    tenants: bool = False,
) -> Iterator[Crossing]:
    """The rows for an undeclared flow from a zone of kind *src* to one of kind *dst*, most specific services first.

    *levels* are those of the two zones; *tenants* says that both belong to different tenants of an operator (K-02).
    The last row always covers every service.
    """
    if tenants:
        yield Crossing(ANY, ("K-02", "ZM-02"))
    elif rows := _TABLE.get((src, dst)):
        yield from rows
    else:
        yield Crossing(ANY, _general(src, dst, model, levels))


def _general(src: ZoneKind, dst: ZoneKind, model: ModelKind, levels: tuple[int | None, int | None]) -> tuple[str, ...]:
    """The rules of a pair the table does not list, by the more protected side."""
    kinds = {src, dst}
    low, high = levels
    if _K.MYNUMBER in kinds:
        return ("MN-01",)
    if _K.CLOSED in kinds:
        return ("Y-01", "ZM-02")
    if src is _K.LGWAN and dst is _K.OUTSIDE:
        return ("LG-14" if model is ModelKind.ALPHA_PRIME else "LG-15",)
    if model is ModelKind.LEVELS and ((low is not None and high is not None and low < high) or (src is _K.OUTSIDE)):
        return ("O-01", "ZM-02")
    if _K.GUEST in kinds:
        return ("NC-18", "ZM-02")
    if _K.MANAGEMENT in kinds:
        return ("NC-21", "ZM-02")
    if _K.EXTERNAL_PEER in kinds:
        return ("NC-06", "ZM-02")
    return ("ZM-02",)
