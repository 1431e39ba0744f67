"""Tunnels and the ways in for people from outside.

Cisco ASA Series VPN CLI Configuration Guide ("IPsec and ISAKMP", "Configure LAN-to-LAN", "Configure Remote Access"),
Command Reference ("crypto map set …", "crypto ikev1 policy", "tunnel-group").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.management import RemoteAccess, Tunnel
from segmentation.model.location import Location
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.cisco_acl.lines import Block

_CIPHERS = {
    "des": "des", "esp-des": "des", "3des": "3des", "esp-3des": "3des", "null": "null", "esp-null": "null",
    "aes": "aes128-cbc", "esp-aes": "aes128-cbc", "aes-192": "aes192-cbc", "esp-aes-192": "aes192-cbc",
    "aes-256": "aes256-cbc", "esp-aes-256": "aes256-cbc", "aes-gcm": "aes128-gcm", "aes-gcm-192": "aes192-gcm",
    "aes-gcm-256": "aes256-gcm", "aes-gmac": "null", "aes-gmac-192": "null", "aes-gmac-256": "null",
}  # fmt: skip
_HASHES = {
    "md5": "md5", "esp-md5-hmac": "md5", "sha": "sha1", "sha-1": "sha1", "esp-sha-hmac": "sha1", "sha256": "sha256",
    "sha-256": "sha256", "sha384": "sha384", "sha-384": "sha384", "sha512": "sha512", "sha-512": "sha512",
    "esp-none": "null", "null": "null",
}  # fmt: skip
_GROUP = re.compile(r"(?:group)?(\d{1,2})\Z")


@dataclass(slots=True)
class _Suite:
    """Algorithms offered by one policy, set or proposal."""

    ciphers: dict[str, None] = field(default_factory=dict)
    hashes: dict[str, None] = field(default_factory=dict)
    groups: dict[int, None] = field(default_factory=dict)

    def add(self, other: _Suite) -> None:
        self.ciphers |= other.ciphers
        self.hashes |= other.hashes
        self.groups |= other.groups

    def read(self, words: Iterable[str], kind: str) -> None:
        """Take words of one kind: ciphers, hashes, or groups of Diffie-Hellman."""
        for word in words:
            if kind == "cipher" and word in _CIPHERS:
                self.ciphers[_CIPHERS[word]] = None
            elif kind == "hash" and word in _HASHES:
                self.hashes[_HASHES[word]] = None
            elif kind == "group" and (found := _GROUP.match(word)):
                self.groups[int(found.group(1))] = None


@dataclass(slots=True)
class _Entry:
    """One number of a crypto map, or a profile of a tunnel interface."""

    name: str
    where: Location
    one: list[str] = field(default_factory=list)  # transform sets: IKEv1
    two: list[str] = field(default_factory=list)  # IPsec proposals: IKEv2
    suite: _Suite = field(default_factory=_Suite)
    aggressive: bool = False
    peer: bool = False
    dynamic: bool = False


_BODY = {
    "encryption": "cipher", "hash": "hash", "group": "group", "integrity": "hash", "prf": "", "lifetime": "",
    "authentication": "",
}  # fmt: skip


@dataclass(slots=True)
class Crypto:
    """Everything of ``crypto`` that tunnels are made of."""

    policies: dict[str, _Suite] = field(default_factory=lambda: {"1": _Suite(), "2": _Suite()})
    sets: dict[str, _Suite] = field(default_factory=dict)
    proposals: dict[str, _Suite] = field(default_factory=dict)
    entries: dict[str, _Entry] = field(default_factory=dict)
    applied: dict[str, Location] = field(default_factory=dict)  # crypto maps that an interface has
    enabled: dict[str, Location] = field(default_factory=dict)  # "ikev1 outside" -> where

    def read(self, blocks: Iterable[Block]) -> None:
        """Take every statement of ``crypto`` and ``isakmp``."""
        for block in blocks:
            words = block.words
            if words[0] == "isakmp":
                words = ("crypto", *words)
            if words[0] == "crypto" and len(words) > 2:
                self._statement(block, tuple("ikev1" if w == "isakmp" else w for w in words))

    def _statement(self, block: Block, words: tuple[str, ...]) -> None:
        if words[1] in ("ikev1", "ikev2") and words[2] == "policy":
            self._policy(block, words)
        elif words[1] in ("ikev1", "ikev2") and words[2] == "enable" and len(words) > 3:
            self.enabled[f"{words[1]} {words[3]}"] = block.head.location
        elif words[1] == "ipsec":
            self._set(block, [w for w in words[2:] if w not in ("ikev1", "ikev2")])
        elif words[1] in ("map", "dynamic-map") and len(words) > 3:
            self._map(block, words)

    def _policy(self, block: Block, words: tuple[str, ...]) -> None:
        suite = self.policies[words[1][-1]]
        statements = [line.words for line in block.body]
        if len(words) > 4:
            statements.append(words[4:])  # "crypto isakmp policy 10 encryption 3des", before 8.3
        for one in statements:
            suite.read(one[1:], _BODY.get(one[0], ""))

    def _set(self, block: Block, words: list[str]) -> None:
        if words[:1] == ["transform-set"] and len(words) > 2 and words[2] != "mode":
            suite = self.sets.setdefault(words[1], _Suite())
            suite.read(words[2:], "cipher")
            suite.read(words[2:], "hash")
        elif words[:1] == ["ipsec-proposal"] and len(words) > 1:
            suite = self.proposals.setdefault(words[1], _Suite())
            for line in block.body:
                if line.words[:2] == ("protocol", "esp") and len(line.words) > 3:
                    suite.read(line.words[3:], "cipher" if line.words[2] == "encryption" else "hash")
        elif words[:1] == ["profile"] and len(words) > 1:
            entry = self._entry(f"profile {words[1]}", block)
            entry.peer = True
            for line in block.body:
                self._set_words(entry, line.words)

    def _map(self, block: Block, words: tuple[str, ...]) -> None:
        if words[3] == "interface":
            self.applied[words[2]] = block.head.location
            return
        entry = self._entry(f"{words[2]} {words[3]}", block)
        entry.dynamic |= words[1] == "dynamic-map" or "dynamic" in words[4:]
        self._set_words(entry, words[4:])

    def _entry(self, name: str, block: Block) -> _Entry:
        return self.entries.setdefault(name, _Entry(name, block.head.location))

    @staticmethod
    def _set_words(entry: _Entry, words: tuple[str, ...]) -> None:
        if words[:1] != ("set",):
            return
        if "transform-set" in words:
            entry.one += words[words.index("transform-set") + 1 :]
        elif "ipsec-proposal" in words:
            entry.two += words[words.index("ipsec-proposal") + 1 :]
        elif words[1:2] == ("pfs",):
            entry.suite.read(words[2:], "group")
        elif words[1:2] == ("peer",):
            entry.peer = True
        elif "phase1-mode" in words:
            entry.aggressive = "aggressive" in words
            entry.suite.read(words, "group")

    def tunnels(self) -> Iterator[Tunnel]:
        """One for each entry and version of IKE; the first phase offers every policy of its version."""
        for entry in self.entries.values():
            for version, named, table in (("1", entry.one, self.sets), ("2", entry.two, self.proposals)):
                if not named:
                    continue
                suite = _Suite()
                for part in (self.policies[version], entry.suite, *(table[n] for n in named if n in table)):
                    suite.add(part)
                yield Tunnel(
                    name=entry.name, location=entry.where, encryption=tuple(suite.ciphers), integrity=tuple(suite.hashes),
                    dh_groups=tuple(suite.groups), ike="1-aggressive" if version == "1" and entry.aggressive else version,
                )  # fmt: skip


def crypto(parser: Parser) -> Crypto:
    """Read the tunnels of a device."""
    made = Crypto()
    made.read(parser.blocks)
    return made


@dataclass(slots=True)
class _Groups:
    """Tunnel groups for people: what they ask for beside a name and a password."""

    names: dict[str, Location] = field(default_factory=dict)
    seconds: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)  # authenticated by a server that may ask for more

    def answer(self) -> bool | None:
        """Whether a second factor is asked for: of all groups, of none, or not known."""
        if self.names and self.names.keys() <= self.seconds:
            return True
        return None if self.outside or not self.names else False


def _groups(blocks: Iterable[Block]) -> _Groups:
    found = _Groups()
    for block in blocks:
        words = block.words
        if words[0] != "tunnel-group" or len(words) < 3:
            continue
        if words[2] == "type" and words[3:4] in (("remote-access",), ("webvpn",), ("ipsec-ra",)):
            found.names[words[1]] = block.head.location
        for line in block.body:
            one = line.words
            if one[0] in ("secondary-authentication-server-group", "secondary-username-from-certificate") or (
                one[0] == "authentication" and "certificate" in one and len(one) > 2
            ):
                found.seconds.add(words[1])
            elif (one[0] == "authentication" and "saml" in one) or (
                one[0] == "authentication-server-group" and one[-1] != "LOCAL"
            ):
                found.outside.add(words[1])
    return found


def remote_access(parser: Parser, made: Crypto) -> Iterator[RemoteAccess]:
    """The portal and AnyConnect (``webvpn``, ``enable IF``), and IPsec for clients (a dynamic map with a group of users)."""
    groups = _groups(parser.blocks)
    second = groups.answer()
    for block in parser.blocks:
        if block.words[0] == "webvpn":
            for line in block.body:
                if line.words[0] == "enable" and len(line.words) > 1:
                    yield RemoteAccess(
                        name=f"webvpn {line.words[1]}", kind="ssl-vpn", location=line.location, second_factor=second
                    )
    dynamic = next((e for e in made.entries.values() if e.dynamic), None)
    if dynamic is not None and groups.names and made.applied:
        yield RemoteAccess(name=dynamic.name, kind="ipsec", location=dynamic.where, second_factor=second)
    for block in parser.blocks:
        if block.words[0] == "group-policy":
            for line in block.body:
                if line.words[0] == "vpn-tunnel-protocol" and "l2tp-ipsec" in line.words and made.applied:
                    yield RemoteAccess(name=block.words[1], kind="l2tp", location=line.location, second_factor=second)
