"""Tunnels of a Yamaha router with their algorithms, and static routes.

Yamaha RT series command reference, chapter "IPsec": ``ipsec sa policy``, ``ipsec ike encryption`` (3des-cbc unless
written), ``ipsec ike hash`` (sha), ``ipsec ike group`` (modp1024), ``ipsec ike version`` (1); names of the peers make
phase 1 aggressive.  Initial values from memory.  Chapter "IP": ``ip route``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import address_value, decimal
from segmentation.device.management import Route, Tunnel
from segmentation.model.addresses import Family
from segmentation.model.location import Location
from segmentation.vendors.rtx.system import Said

_CIPHERS = {
    "aes-cbc": "aes128-cbc", "aes192-cbc": "aes192-cbc", "aes256-cbc": "aes256-cbc", "3des-cbc": "3des", "des-cbc": "des",
    "null": "null",
}  # fmt: skip
_HASHES = {"md5": "md5", "sha": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
_GROUPS = {"modp768": 1, "modp1024": 2, "modp1536": 5, "modp2048": 14}
_PLAIN_KINDS = {"ipip": "ipip", "ipudp": "ipip", "map-e": "ipip", "l2tp": "l2tp", "l2tpv3": "l2tp", "pptp": "pptp"}
_FAMILY: dict[str, Family] = {"ip": 4, "ipv6": 6}


@dataclass(slots=True)
class _Draft:
    first: Said
    encapsulation: str = "ipsec"
    policy: str = ""
    enabled: bool = True
    words: list[tuple[str, ...]] = field(default_factory=list)


def tunnels(said: Sequence[Said]) -> tuple[Tunnel, ...]:
    """Every tunnel that is enabled, by its number."""
    drafts: dict[str, _Draft] = {}
    phase: dict[tuple[str, str], str] = {}
    policies: dict[str, tuple[str, ...]] = {}
    for each in said:
        words = each.words
        if each.tunnel:
            draft = drafts.setdefault(each.tunnel, _Draft(each))
            if words[:2] == ("tunnel", "encapsulation") and len(words) > 2:
                draft.encapsulation = words[2]
            elif words[:2] == ("ipsec", "tunnel") and len(words) > 2:
                draft.policy = words[2]
        if words[:2] == ("tunnel", "disable") and len(words) > 2 and words[2] in drafts:
            drafts[words[2]].enabled = False
        elif words[:2] == ("ipsec", "ike") and len(words) > 4:
            what = " ".join(words[2:4]) if words[2] in ("local", "remote") else words[2]
            at = 4 if words[2] in ("local", "remote") else 3
            phase[what, words[at]] = " ".join(words[at + 1 :])
        elif words[:3] == ("ipsec", "sa", "policy") and len(words) > 4:
            policies[words[3]] = words[4:]
    return tuple(_tunnel(number, drafts[number], phase, policies) for number in sorted(drafts) if drafts[number].enabled)


def _tunnel(
    number: str, draft: _Draft, phase: dict[tuple[str, str], str], policies: dict[str, tuple[str, ...]]
) -> Tunnel:  # fmt: skip
    kind = _PLAIN_KINDS.get(draft.encapsulation, "gre" if draft.encapsulation == "gre" else "ipsec")
    location = draft.first.command.location
    policy = policies.get(draft.policy)
    if policy is None:
        return Tunnel(name=f"tunnel{number}", location=location, kind=kind, encrypted=kind == "pptp")
    gateway = policy[0]
    encryption = [_CIPHERS.get(w, w) for w in (phase.get(("encryption", gateway), "3des-cbc").split()[:1]) if w]
    integrity = [_HASHES.get(w, w) for w in (phase.get(("hash", gateway), "sha").split()[:1]) if w]
    groups = [_GROUPS[w] for w in phase.get(("group", gateway), "modp1024").split() if w in _GROUPS]
    encryption += [_CIPHERS[w] for w in policy[1:] if w in _CIPHERS]
    integrity += [_HASHES[w.removesuffix("-hmac")] for w in policy[1:] if w.removesuffix("-hmac") in _HASHES]
    version = phase.get(("version", gateway), "1").split()[0]
    named = any((f"{side} name", gateway) in phase for side in ("local", "remote"))
    # "ah" authenticates only; "esp" with "null" does not encrypt either.
    encrypted = "ah" not in policy[1:2] and "null" not in policy[1:]
    return Tunnel(
        name=f"tunnel{number}", location=location, kind="ipsec", encryption=tuple(dict.fromkeys(encryption)),
        integrity=tuple(dict.fromkeys(integrity)), dh_groups=tuple(sorted(set(groups))),
        ike="2" if version == "2" else "1-aggressive" if named else "1", encrypted=encrypted,
    )  # fmt: skip


def static_routes(said: Sequence[Said]) -> Iterator[Route]:
    """``ip route NETWORK gateway G [options] [gateway G …]``: one route for each gateway."""
    for each in said:
        words = each.words
        if len(words) < 5 or words[1] != "route" or words[0] not in _FAMILY or "gateway" not in words:
            continue
        family = _FAMILY[words[0]]
        network = _network(words[2], family)
        if network is None:
            continue
        rest = list(words[words.index("gateway") :])
        starts = [i for i, w in enumerate(rest) if w == "gateway"]
        for start, end in zip(starts, (*starts[1:], len(rest)), strict=True):
            yield _route(each, family, network, rest[start + 1 : end])


def _route(each: Said, family: Family, network: tuple[int, int], words: list[str]) -> Route:
    text = words[0] if words else ""
    gateway = address_value(text, family)
    interface, name = "", ""
    if text in ("pp", "tunnel") and len(words) > 1:
        interface = name = f"{text}{words[1]}"
    elif text == "dhcp":
        name = " ".join(words[:2])
    elif re.fullmatch(r"(?:lan|wan|bridge|vlan)\d+(?:[/.]\d+)?", text):
        interface = text
    elif gateway is None:
        name = text
    return Route(
        family=family, address=network[0], length=network[1], location=each.command.location, gateway=gateway,
        interface=interface, name=name, discard=text in ("null", "loopback"),
    )  # fmt: skip


def _network(text: str, family: Family) -> tuple[int, int] | None:
    if text == "default":
        return 0, 0
    host, _, length = text.partition("/")
    value = address_value(host, family)
    top = 32 if family == 4 else 128
    bits = decimal(length, top) if length else top
    return None if value is None or bits is None else (value, bits)


def connected_routes(interfaces: Iterable[tuple[str, Sequence[tuple[Family, int, int]], Location]]) -> Iterator[Route]:
    """The networks of the interfaces: name, addresses and location of each."""
    for name, listed, location in interfaces:
        for family, address, length in listed:
            span = 1 << ((32 if family == 4 else 128) - length)
            yield Route(
                family=family, address=address - address % span, length=length, interface=name,
                location=location,
            )  # fmt: skip
