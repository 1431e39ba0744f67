"""Tunnels and the ways in for people from outside.

CLI Reference, "config vpn ipsec phase1-interface", "phase2-interface", "vpn ssl settings", "vpn l2tp", "vpn pptp",
"system gre-tunnel", "user local".  Algorithms that are not written are left out: their defaults differ by version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segmentation.device.management import RemoteAccess, Tunnel
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.tree import Entry

#: ``aes256-sha256``, ``3des-md5``, ``aes128gcm-prfsha256``, ``chacha20poly1305``.
_PROPOSAL = re.compile(r"(null|des|3des|aes(?:128|192|256)|aria\d+|seed|chacha20poly1305)(gcm)?(?:-(?:prf)?([a-z0-9]+))?\Z")
_PLAIN = {"system gre-tunnel": "gre", "system ipip-tunnel": "ipip", "system sit-tunnel": "ipip", "system vxlan": "vxlan"}


def _algorithms(words: Sequence[str]) -> tuple[list[str], list[str]]:
    ciphers, hashes = [], []
    for word in words:
        found = _PROPOSAL.match(word)
        if found is None:
            continue
        cipher, gcm, digest = found.groups()
        ciphers.append(f"{cipher}-gcm" if gcm else f"{cipher}-cbc" if cipher.startswith("aes") else cipher)
        if digest is not None:
            hashes.append(digest)
    return ciphers, hashes


def tunnels(roots: Sequence[Entry], notes: Notes) -> Iterator[Tunnel]:
    """One for each first phase, with the algorithms of its second phases; tunnels that do not encrypt."""
    for root in roots:
        for kind in ("phase1-interface", "phase1"):
            second = list(root.table(f"vpn ipsec {kind.replace('1', '2')}"))
            for entry in root.table(f"vpn ipsec {kind}"):
                yield _ipsec(entry, [s for s in second if s.value("phase1name") == entry.name], notes)
        for path, form in _PLAIN.items():
            for entry in root.table(path):
                yield Tunnel(name=entry.name, location=notes.where(entry.line), kind=form, encrypted=False)


def _ipsec(entry: Entry, second: list[Entry], notes: Notes) -> Tunnel:
    parts = [entry, *second]
    found = [_algorithms(p.values("proposal")) for p in parts]
    agreed = [g for p in parts if p is entry or p.value("pfs") != "disable" for g in p.values("dhgrp")]
    groups = [int(g) for g in agreed if g.isdecimal() and len(g) < 4]
    version = entry.value("ike-version", "1")
    ciphers = tuple(dict.fromkeys(c for f in found for c in f[0]))
    return Tunnel(
        name=entry.name, location=notes.where(entry.line), encryption=ciphers,
        integrity=tuple(dict.fromkeys(h for f in found for h in f[1])), dh_groups=tuple(dict.fromkeys(groups)),
        ike="1-aggressive" if version == "1" and entry.value("mode") == "aggressive" else version,
    )  # fmt: skip


def remote_access(roots: Sequence[Entry], notes: Notes) -> Iterator[RemoteAccess]:
    """Portals of SSL-VPN, IPsec for clients, L2TP and PPTP."""
    for root in roots:
        second = _second_factor(root)
        portal = root.block("vpn ssl settings")
        if portal is not None and portal.value("source-interface") and portal.value("status") != "disable":
            where = notes.where(portal.settings["source-interface"].line)
            name = f"ssl-vpn {' '.join(portal.values('source-interface'))}"
            yield RemoteAccess(name=name, kind="ssl-vpn", location=where, second_factor=portal.on("reqclientcert") or second)
        for kind in ("phase1-interface", "phase1"):
            for entry in root.table(f"vpn ipsec {kind}"):
                asks = entry.value("xauthtype", "disable") not in ("disable", "client") or entry.on("eap")
                if entry.value("type") == "dynamic" and (asks or entry.on("mode-cfg")):
                    yield RemoteAccess(
                        name=entry.name, kind="ipsec", location=notes.where(entry.line), authenticated=asks,
                        second_factor=second if asks else False,
                    )  # fmt: skip
        for protocol in ("l2tp", "pptp"):
            server = root.block(f"vpn {protocol}")
            if server is not None and server.on("status"):
                where = notes.where(server.settings["status"].line)
                protects = protocol == "pptp" or server.on("enforce-ipsec")
                yield RemoteAccess(name=protocol, kind=protocol, location=where, encrypted=protects, second_factor=second)


def _second_factor(root: Entry) -> bool | None:
    """What local users are asked for; not known where there are none, or where a server is asked."""
    users = [u for u in root.table("user local") if u.value("status") != "disable"]
    if not users or any(u.value("type", "password") not in ("password", "") for u in users):
        return None
    answers = {u.value("two-factor", "disable") != "disable" for u in users}
    return answers.pop() if len(answers) == 1 else False
