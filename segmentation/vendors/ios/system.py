"""Accounts, logging, clock, software and wireless networks of a device.

IOS Security Command Reference (``username``, ``enable``), Network Management Command Reference (``logging host``), Basic
System Management Command Reference (``ntp server``); NX-OS System Management Command Reference; EOS User Manual.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from segmentation.device.management import Account, Software, SyslogTarget, TimeServer, WirelessNetwork
from segmentation.model.location import Location
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.reading import SourceText

#: Names the vendors ship or set up first.
_FACTORY = {"ios": frozenset({"cisco"}), "nxos": frozenset({"admin"}), "eos": frozenset({"admin"})}
_PRODUCT = {"nxos": "Cisco NX-OS", "eos": "Arista EOS", "ios": "Cisco IOS"}
_EOS_HEAD = re.compile(r"! device: \S+ \([^,)]*, ?EOS-([^,)]+)\)")
_VERSION = re.compile(r"version (\d[\w.()-]*)\s*$")


def accounts(blocks: Sequence[Block], dialect: str) -> tuple[Account, ...]:
    """Local users, the enable password and passwords of terminal lines; the last statement of a user holds."""
    found: dict[str, Account] = {}
    for block in blocks:
        words = block.words
        if words[0] == "username" and len(words) > 1 and (len(words) > 2 or words[1] not in found):
            if len(words) > 2 and words[2] in ("sshkey", "ssh-key", "keypair", "passphrase") and words[1] in found:
                continue
            found[words[1]] = _account(words[1], words[2:], block.head, words[1].lower() in _FACTORY[dialect])
        elif words[0] == "enable" and words[1:2] in (("password",), ("secret",)):
            found["enable"] = _account("enable", words[1:], block.head, factory=False)
        elif words[0] == "line":
            for line in block.body:
                if line.words[0] == "password" and len(line.words) > 1:
                    name = " ".join(words)
                    found[name] = _account(name, line.words, line, factory=False)
    return tuple(sorted(found.values(), key=lambda a: (a.location, a.name)))


def _account(name: str, words: Sequence[str], line: Line, factory: bool) -> Account:  # noqa: FBT001  # one private caller
    """How the secret is stored; the secret itself is not kept."""
    at = next((i for i, w in enumerate(words) if w in ("password", "secret")), None)
    if at is None:
        remote = "sshkey" in words or "ssh-key" in words
        return Account(name=name, location=line.location, factory=factory, no_password="nopassword" in words and not remote)
    kind = words[at + 1] if len(words) > at + 2 else ""
    value = words[at + 2] if len(words) > at + 2 else words[at + 1] if len(words) > at + 1 else ""
    weak = ""
    if kind == "7":
        weak = "type 7"  # reversible, the key is public
    elif value.startswith("$1$") or (words[at] == "secret" and kind == "5" and not value.startswith("$5$")):
        weak = "md5"
    elif words[at] == "password" and (kind == "0" or kind not in ("5", "6", "8", "9", "10", "sha512")):
        weak = "" if value.startswith("$") else "plain"
    elif words[at] == "secret" and kind == "4":
        weak = "type 4"  # one unsalted round of SHA-256 (Cisco Security Response of 2013-03-18)
    elif words[at] == "secret" and kind == "0":
        weak = "plain"
    return Account(name=name, location=line.location, factory=factory, weak_hash=weak)


def syslog_targets(blocks: Sequence[Block]) -> tuple[SyslogTarget, ...]:
    """``logging host``, ``logging A.B.C.D``, ``logging server`` (NX-OS), ``logging vrf V host H`` (EOS)."""
    on = not any(b.words[:3] == ("no", "logging", "on") for b in blocks)
    return tuple(found for b in blocks if b.words[0] == "logging" and (found := _target(b.head, on=on)) is not None)


def _target(line: Line, *, on: bool) -> SyslogTarget | None:
    words = list(line.words[1:])
    if words[:1] == ["vrf"] and len(words) > 2:
        words = words[2:]
    if words[:1] in (["host"], ["server"]):
        words = words[1:]
        if words[:1] == ["ipv6"]:
            words = words[1:]
    elif not (words and (re.fullmatch(r"[0-9.]+", words[0]) or words[0].count(":") > 1)):
        return None
    if not words:
        return None
    protocol = next((p for p in ("tls", "tcp", "udp") if p in words), "tls" if "secure" in words else "udp")
    port = next((int(w) for k, w in itertools.pairwise(words) if k == "port" and w.isascii() and w.isdecimal()), 0)
    if not port and len(words) > 1 and words[1].isascii() and words[1].isdecimal() and int(words[1][:6]) > 7:
        port = int(words[1][:6])  # EOS: the port follows the host; NX-OS: a severity from 0 to 7
    default = {"udp": 514, "tcp": 601, "tls": 6514}[protocol]
    return SyslogTarget(host=words[0], location=line.location, protocol=protocol, port=port or default, enabled=on)


def time_servers(blocks: Sequence[Block]) -> tuple[TimeServer, ...]:
    """``ntp server``, ``ntp peer``, ``sntp server``; keys count only with ``ntp authenticate``."""
    authenticate = any(b.words[:2] == ("ntp", "authenticate") for b in blocks)
    off = any(b.words[:3] in (("no", "feature", "ntp"), ("no", "ntp", "enable")) for b in blocks)
    found = []
    for block in blocks:
        words = [w for w in block.words if w not in ("ip", "ipv6")]
        if words[:1] not in (["ntp"], ["sntp"]) or words[1:2] not in (["server"], ["peer"]):
            continue
        rest = words[2:]
        if rest[:1] == ["vrf"]:
            rest = rest[2:]
        if rest:
            keyed = authenticate and "key" in rest
            found.append(TimeServer(host=rest[0], location=block.head.location, authenticated=keyed, enabled=not off))
    return tuple(found)


def software(texts: Sequence[SourceText], dialect: str) -> tuple[Software, ...]:
    """The version line, or EOS' comment at the top; IOS of version 16 and later is IOS XE."""
    for text in texts:
        for number, raw in enumerate(text.lines()[:400], 1):
            found = _EOS_HEAD.match(raw.strip()) if dialect == "eos" else _VERSION.match(raw.strip())
            if found is not None:
                version = found.group(1)
                major = int(re.match(r"\d{1,4}", version).group()) if version[:1].isdecimal() else 0  # type: ignore[union-attr]
                product = "Cisco IOS XE" if dialect == "ios" and major >= 16 else _PRODUCT[dialect]
                return (Software(product=product, version=version, location=Location(text.name, number)),)
    return ()


def wireless(blocks: Sequence[Block]) -> tuple[WirelessNetwork, ...]:
    """``dot11 ssid`` of access points and ISR routers, ``wlan`` of wireless controllers."""
    return tuple(_networks(blocks))


def _networks(blocks: Sequence[Block]) -> Iterator[WirelessNetwork]:
    wep = any(line.words[:4] == ("encryption", "mode", "wep", "mandatory") for b in blocks for line in b.body)
    for block in blocks:
        body = [line.words for line in block.body]
        if block.words[:2] == ("dot11", "ssid") and len(block.words) > 2:
            yield WirelessNetwork(name=block.words[2], location=block.head.location, security=_autonomous(body, wep=wep))
        elif block.words[0] == "wlan" and len(block.words) > 3 and block.words[2].isdecimal():
            off = ("no", "shutdown") not in body
            yield WirelessNetwork(
                name=block.words[3], location=block.head.location, security=_controller(body), enabled=not off
            )  # fmt: skip


def _autonomous(body: Sequence[tuple[str, ...]], *, wep: bool) -> str:
    """Cisco IOS Configuration Guide for Autonomous Access Points, "Configuring Authentication Types"."""
    keyed = next((w for w in body if w[:2] == ("authentication", "key-management")), None)
    psk = any(w[0] == "wpa-psk" for w in body)
    if keyed is None or "wpa" not in keyed:
        return "wep" if wep else "open"
    second = "version" in keyed and "2" in keyed
    if psk:
        return "wpa2-psk" if second else "wpa-psk"
    return "wpa2-enterprise" if second else "unknown"


def _controller(body: Sequence[tuple[str, ...]]) -> str:
    """Catalyst 9800 Configuration Guide: WPA2 with 802.1X unless the lines say otherwise."""
    if ("no", "security", "wpa") in body:
        return "wep" if any(w[:3] == ("security", "static-wep-key", "encryption") for w in body) else "open"
    third = ("security", "wpa", "wpa3") in body
    akm = {w[3] for w in body if w[:3] == ("security", "wpa", "akm") and len(w) > 3}
    if "sae" in akm:
        return "wpa3-sae" if "psk" not in akm else "wpa2-psk"
    if "psk" in akm:
        return "wpa2-psk"
    return "wpa3-enterprise" if third else "wpa2-enterprise"
