"""Tunnels with the algorithms of their proposals.

Junos OS IPsec VPN User Guide for Security Devices: "proposal-set" (IKE and IPsec), "mode", "version"; Interfaces User Guide,
GRE and IP-in-IP interfaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from segmentation.device.management import Tunnel
from segmentation.model.location import Location
from segmentation.vendors.junos.statements import Statement

#: Proposal sets that need no definition: ciphers, hashes, groups ("proposal-set (Security IKE)").
_SETS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]] = {
    "basic": (("des",), ("sha1", "md5"), (1,)),
    "compatible": (("3des", "des"), ("sha1", "md5"), (2,)),
    "standard": (("3des", "aes128-cbc"), ("sha1",), (2,)),
    "suiteb-gcm-128": (("aes128-gcm",), ("sha256",), (19,)),
    "suiteb-gcm-256": (("aes256-gcm",), ("sha384",), (20,)),
    "prime-128": (("aes128-gcm",), ("sha256",), (19,)),
    "prime-256": (("aes256-gcm",), ("sha384",), (20,)),
}
_DES = {"des-cbc": "des", "3des-cbc": "3des"}


@dataclass(slots=True)
class _Part:
    """Everything said below one named statement: attribute to values."""

    location: Location
    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")


def tunnels(statements: Sequence[Statement]) -> tuple[Tunnel, ...]:
    """Every VPN of the configuration, and interfaces that wrap packets without protecting them."""
    parts: dict[tuple[str, str, str], _Part] = {}
    plain: dict[str, Tunnel] = {}
    for each in statements:
        words = each.words
        if words[0] == "security" and words[1:2] in (("ike",), ("ipsec",)) and len(words) > 5:
            part = parts.setdefault((words[1], words[2], words[3]), _Part(each.location))
            part.values.setdefault(_attribute(words[4:-1]), []).append(words[-1])
        elif words[0] == "interfaces" and len(words) > 5 and words[4] == "tunnel" and re.match(r"(?:gr|ip)-", words[1]):
            name = f"{words[1]}.{words[3]}"
            kind = "gre" if words[1].startswith("gr-") else "ipip"
            plain.setdefault(name, Tunnel(name=name, location=each.location, kind=kind, encrypted=False))
    vpns = [_vpn(name, part, parts) for (where, what, name), part in parts.items() if (where, what) == ("ipsec", "vpn")]
    return (*vpns, *plain.values())


def _attribute(words: Sequence[str]) -> str:
    return " ".join(words)


def _vpn(name: str, vpn: _Part, parts: dict[tuple[str, str, str], _Part]) -> Tunnel:
    gateway = parts.get(("ike", "gateway", vpn.first("ike gateway")))
    policy = parts.get(("ike", "policy", gateway.first("ike-policy"))) if gateway is not None else None
    second = parts.get(("ipsec", "policy", vpn.first("ike ipsec-policy")))
    encryption: list[str] = []
    integrity: list[str] = []
    groups: list[int] = []
    for kind, holder in (("ike", policy), ("ipsec", second)):
        if holder is None:
            continue
        for proposal in holder.values.get("proposals", ()):
            found = parts.get((kind, "proposal", proposal))
            if found is not None:
                encryption += _ciphers(found.values.get("encryption-algorithm", ()))
                integrity += _hashes(found.values.get("authentication-algorithm", ()))
                groups += _groups(found.values.get("dh-group", ()))
        for word in holder.values.get("proposal-set", ()):
            ciphers, hashes, numbers = _SETS.get(word, ((), (), ()))
            encryption += ciphers
            integrity += hashes
            groups += numbers
        groups += _groups(holder.values.get("perfect-forward-secrecy keys", ()))
    newer = gateway is not None and gateway.first("version") == "v2-only"
    aggressive = policy is not None and policy.first("mode") == "aggressive"
    null = any(
        p.first("protocol") == "ah" for n in (second.values.get("proposals", ()) if second else ())
        if (p := parts.get(("ipsec", "proposal", n))) is not None
    )  # fmt: skip
    return Tunnel(
        name=name, location=vpn.location, encryption=tuple(dict.fromkeys(encryption)),
        integrity=tuple(dict.fromkeys(integrity)), dh_groups=tuple(sorted(set(groups))),
        ike="2" if newer else "1-aggressive" if aggressive else "1", encrypted=not null,
    )  # fmt: skip


def _ciphers(words: Iterable[str]) -> list[str]:
    """``aes-256-cbc``, ``aes-128-gcm``, ``3des-cbc``."""
    out = []
    for word in words:
        found = re.fullmatch(r"aes-(128|192|256)-(cbc|gcm)", word)
        out.append(f"aes{found[1]}-{found[2]}" if found else _DES.get(word, word))
    return out


def _hashes(words: Iterable[str]) -> list[str]:
    """``sha-256``, ``sha1``, ``hmac-sha-256-128``, ``hmac-md5-96``."""
    out = []
    for word in words:
        found = re.search(r"(md5|sha-?1|sha-?256|sha-?384|sha-?512)", word)
        out.append(found[1].replace("-", "") if found else word)
    return out


def _groups(words: Iterable[str]) -> list[int]:
    return [int(w[5:]) for w in words if re.fullmatch(r"group\d{1,2}", w)]
