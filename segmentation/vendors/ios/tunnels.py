"""Tunnels and the algorithms they offer; ways in for people from outside.

IOS Security Configuration Guide: "Configuring IPsec VPNs", "Internet Key Exchange Version 2"; Interface and Hardware
Component Command Reference, ``tunnel mode`` (GRE unless another mode is written).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.management import RemoteAccess, Tunnel
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.ios.interfaces import Interface

_INTEGRITY = {"md5": "md5", "sha": "sha1", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


@dataclass(slots=True)
class Offer:
    """Algorithms of one proposal, or of several together."""

    encryption: list[str] = field(default_factory=list)
    integrity: list[str] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def add(self, other: Offer) -> None:
        """Everything of *other*, too."""
        self.encryption += other.encryption
        self.integrity += other.integrity
        self.groups += other.groups


def tunnels(blocks: Sequence[Block], interfaces: dict[str, Interface]) -> tuple[Tunnel, ...]:
    """Tunnel interfaces and the entries of crypto maps that an interface uses."""
    return tuple(_Tunnels(blocks, interfaces).found())


def remote_access(blocks: Sequence[Block]) -> tuple[RemoteAccess, ...]:
    """Easy VPN groups, WebVPN gateways in service, dial-in over L2TP or PPTP."""
    return tuple(_remote(blocks))


class _Tunnels:
    def __init__(self, blocks: Sequence[Block], interfaces: dict[str, Interface]) -> None:
        self.blocks, self.interfaces = blocks, interfaces
        crypto = [b for b in blocks if b.words[0] == "crypto"]
        self.sets = {b.words[3]: _transforms(b.words[4:]) for b in crypto if b.words[1:3] == ("ipsec", "transform-set")}
        self.profiles = {b.words[3]: b for b in crypto if b.words[1:3] == ("ipsec", "profile") and len(b.words) > 3}
        peers = [b for b in crypto if b.words[1:3] == ("isakmp", "peer")]
        self.aggressive = any(line.words[:2] == ("set", "aggressive-mode") for b in peers for line in b.body)
        self.first, self.second = Offer(), Offer()
        for block in crypto:
            if block.words[1:3] == ("isakmp", "policy"):
                self.first.add(_policy(block))
            elif block.words[1:3] == ("ikev2", "proposal"):
                self.second.add(_proposal(block))
        self.maps = [b for b in crypto if b.words[1:2] == ("map",) and len(b.words) > 3 and b.words[3].isdecimal()]

    def found(self) -> Iterator[Tunnel]:
        used = {
            line.words[2] for i in self.interfaces.values() for line in i.said if line.words[:2] == ("crypto", "map")
            and len(line.words) > 2
        }  # fmt: skip
        for block in self.maps:
            if block.words[2] in used and block.body:
                yield self._ipsec(f"{block.words[2]} {block.words[3]}", block.head, block.body)
        for interface in self.interfaces.values():
            if interface.name.lower().startswith("tunnel") and not interface.shutdown:
                yield self._interface(interface)

    def _interface(self, interface: Interface) -> Tunnel:
        words = [line.words for line in interface.said if line.words[0] == "tunnel"]
        mode = next((w[2:] for w in words if w[1:2] == ("mode",)), ("gre", "ip"))
        profile = next((w[4] for w in words if w[1:4] == ("protection", "ipsec", "profile") and len(w) > 4), "")
        if profile or mode[0] == "ipsec":
            block = self.profiles.get(profile)
            return self._ipsec(interface.name, interface.line, block.body if block is not None else [])
        kind = "ipip" if mode[0] in ("ipip", "ipv6ip", "ipv6", "iptalk") else "gre"
        return Tunnel(name=interface.name, location=interface.line.location, kind=kind, encrypted=False)

    def _ipsec(self, name: str, line: Line, body: Sequence[Line]) -> Tunnel:
        offer = Offer()
        newer = any(b.words[:2] == ("set", "ikev2-profile") for b in body)
        offer.add(self.second if newer else self.first)
        for each in body:
            if each.words[:2] == ("set", "transform-set"):
                for word in each.words[2:]:
                    offer.add(self.sets.get(word, Offer()))
            elif each.words[:2] == ("set", "pfs"):
                offer.groups += _groups(each.words[2:] or ("group1",))
        ike = "2" if newer else "1-aggressive" if self.aggressive else "1"
        encrypted = set(offer.encryption) != {"null"}
        return Tunnel(
            name=name, location=line.location, kind="ipsec", encryption=tuple(dict.fromkeys(offer.encryption)),
            integrity=tuple(dict.fromkeys(offer.integrity)), dh_groups=tuple(sorted(set(offer.groups))), ike=ike,
            encrypted=encrypted,
        )  # fmt: skip


def _transforms(words: Sequence[str]) -> Offer:
    """``esp-aes 256 esp-sha256-hmac``: ciphers may be followed by their key size."""
    offer = Offer()
    for i, word in enumerate(words):
        size = words[i + 1] if i + 1 < len(words) and words[i + 1] in ("128", "192", "256") else "128"
        name = word.removeprefix("esp-").removeprefix("ah-")
        if name.endswith("-hmac"):
            offer.integrity.append(_INTEGRITY.get(name.removesuffix("-hmac"), name.removesuffix("-hmac")))
        elif name == "aes":
            offer.encryption.append(f"aes{size}-cbc")
        elif name in ("gcm", "gmac"):
            offer.encryption.append(f"aes{size}-gcm" if name == "gcm" else "null")
        elif name in ("des", "3des", "null", "seal"):
            offer.encryption.append(name)
    return offer


def _policy(block: Block) -> Offer:
    """``crypto isakmp policy``: DES, SHA-1 and group 1 unless written (IOS Security Command Reference)."""
    encryption, integrity, groups = "des", "sha1", [1]
    for line in block.body:
        words = line.words
        if words[0] in ("encryption", "encr", "enc") and len(words) > 1:
            size = words[2] if len(words) > 2 else "128"
            encryption = f"aes{size}-cbc" if words[1] == "aes" else words[1]
        elif words[0] == "hash" and len(words) > 1:
            integrity = _INTEGRITY.get(words[1], words[1])
        elif words[0] == "group":
            groups = _groups(words[1:])
    return Offer([encryption], [integrity], groups)


def _proposal(block: Block) -> Offer:
    offer = Offer()
    for line in block.body:
        words = line.words
        if words[0] == "encryption":
            for word in words[1:]:
                parts = word.split("-")  # aes-cbc-256, aes-gcm-128
                offer.encryption.append(f"aes{parts[2]}-{parts[1]}" if parts[0] == "aes" and len(parts) == 3 else word)
        elif words[0] == "integrity":
            offer.integrity += [_INTEGRITY.get(w, w) for w in words[1:]]
        elif words[0] == "group":
            offer.groups += _groups(words[1:])
    return offer


def _groups(words: Sequence[str]) -> list[int]:
    plain = [w.removeprefix("group") for w in words]
    return [int(w) for w in plain if w.isascii() and w.isdecimal() and len(w) < 4]


def _remote(blocks: Sequence[Block]) -> Iterator[RemoteAccess]:
    protected = any(b.words[:3] == ("crypto", "ipsec", "transform-set") for b in blocks)
    for block in blocks:
        words, at = block.words, block.head.location
        body = [line.words for line in block.body]
        if words[:4] == ("crypto", "isakmp", "client", "configuration") and len(words) > 5:
            yield RemoteAccess(name=words[5], kind="ipsec", location=at)
        elif words[:2] == ("webvpn", "gateway") and len(words) > 2 and ("inservice",) in body:
            yield RemoteAccess(name=words[2], kind="ssl-vpn", location=at)
        elif words[0] == "vpdn-group" and len(words) > 1 and ("accept-dialin",) in body:
            kind = next((w[1] for w in body if w[0] == "protocol" and len(w) > 1), "l2tp")
            kind = kind if kind in ("l2tp", "pptp") else "l2tp"
            yield RemoteAccess(name=words[1], kind=kind, location=at, encrypted=kind == "pptp" or protected)
