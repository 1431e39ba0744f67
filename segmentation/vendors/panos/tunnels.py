"""Tunnels and the ways in for people from outside.

Administrator's Guide, "VPNs" (IKE gateways, crypto profiles, IPsec tunnels) and GlobalProtect Administrator's Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segmentation.device.management import RemoteAccess, Tunnel
from segmentation.vendors.panos.own_services import where
from segmentation.vendors.panos.tree import Node

_AES = re.compile(r"aes-(\d+)-(cbc|gcm|ccm)\Z")


def tunnels(networks: Sequence[Node]) -> Iterator[Tunnel]:
    """IPsec tunnels with both their profiles; GRE tunnels, which do not encrypt."""
    for network in networks:
        for entry in network.entries("tunnel", "ipsec"):
            if entry.value("disabled") != "yes":
                yield from _ipsec(network, entry)
        for entry in network.entries("tunnel", "gre"):
            if entry.value("disabled") != "yes":
                yield Tunnel(name=entry.name, location=where(entry), kind="gre", encrypted=False)


def _ipsec(network: Node, entry: Node) -> Iterator[Tunnel]:
    gateways = [
        g for n in entry.entries("auto-key", "ike-gateway") if (g := network.at("ike", "gateway", n.name)) is not None
    ]  # fmt: skip
    second = network.at("ike", "crypto-profiles", "ipsec-crypto-profiles", entry.value("auto-key", "ipsec-crypto-profile"))
    if entry.at("manual-key") is not None or not gateways:
        yield _tunnel(entry, [second], "")
        return
    for gateway in gateways:
        version = gateway.value("protocol", "version") or "ikev1"  # Administrator's Guide: IKEv1 unless set
        for one in ("ikev1", "ikev2"):
            if version not in (one, "ikev2-preferred"):
                continue
            name = gateway.value("protocol", one, "ike-crypto-profile") or "default"
            first = network.at("ike", "crypto-profiles", "ike-crypto-profiles", name)
            aggressive = one == "ikev1" and gateway.value("protocol", one, "exchange-mode") == "aggressive"
            yield _tunnel(entry, [first, second], "1-aggressive" if aggressive else one[-1])


def _tunnel(entry: Node, profiles: Sequence[Node | None], ike: str) -> Tunnel:
    ciphers: dict[str, None] = {}
    hashes: dict[str, None] = {}
    groups: dict[int, None] = {}
    for profile in profiles:
        if profile is None:
            continue
        for path in (("encryption",), ("esp", "encryption")):
            ciphers |= dict.fromkeys(_AES.sub(r"aes\1-\2", c) for c in profile.values(*path))
        for path in (("hash",), ("authentication",), ("esp", "authentication"), ("ah", "authentication")):
            hashes |= dict.fromkeys(h for h in profile.values(*path) if h not in ("none", "non-auth"))
        if profile.at("ah") is not None:
            ciphers["null"] = None  # an authentication header hides nothing
        for group in profile.values("dh-group"):
            if group.startswith("group") and group[5:].isdecimal():
                groups[int(group[5:8])] = None
    return Tunnel(
        name=entry.name, location=where(entry), encryption=tuple(ciphers), integrity=tuple(hashes), dh_groups=tuple(groups),
        ike=ike,
    )  # fmt: skip


def remote_access(containers: Sequence[Node]) -> Iterator[RemoteAccess]:
    """Portals and gateways of GlobalProtect; a certificate beside a login is a second factor, a server may ask for one."""
    for container in containers:
        for kind in ("global-protect-portal", "global-protect-gateway"):
            for entry in container.entries("global-protect", kind):
                inner = entry.at("portal-config") or entry
                logins = list(inner.entries("client-auth"))
                certificate = bool(inner.value("certificate-profile"))
                yield RemoteAccess(
                    name=f"{kind.rpartition('-')[2]} {entry.name}", kind="ssl-vpn", location=where(entry),
                    authenticated=bool(logins) or certificate,
                    second_factor=True if certificate and logins else None,
                )  # fmt: skip
