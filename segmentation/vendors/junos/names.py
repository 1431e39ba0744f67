"""Names of ports, protocols, ICMP messages and TCP flags, and expressions over them.

Junos OS Routing Policies, Firewall Filters and Traffic Policers User Guide, "Firewall Filter Match Conditions for IPv4
Traffic" and "… for IPv6 Traffic".
"""

from __future__ import annotations

import re

from segmentation.device.lexical import Misread, decimal
from segmentation.device.match import flag_set
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import PROTOCOL_NUMBERS
from segmentation.vendors.junos import reasons

_PORTS = {
    "afs": 1483, "bgp": 179, "biff": 512, "bootpc": 68, "bootps": 67, "cmd": 514, "cvspserver": 2401, "dhcp": 67,
    "domain": 53, "eklogin": 2105, "ekshell": 2106, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20, "http": 80,
    "https": 443, "ident": 113, "imap": 143, "kerberos-sec": 88, "klogin": 543, "kpasswd": 761, "krb-prop": 754,
    "krbupdate": 760, "kshell": 544, "ldap": 389, "ldp": 646, "login": 513, "mobileip-agent": 434, "mobilip-mn": 435,
    "msdp": 639, "netbios-dgm": 138, "netbios-ns": 137, "netbios-ssn": 139, "nfsd": 2049, "nntp": 119, "ntalk": 518,
    "ntp": 123, "pop3": 110, "pptp": 1723, "printer": 515, "radacct": 1813, "radius": 1812, "rip": 520, "rkinit": 2108,
    "smtp": 25, "snmp": 161, "snmptrap": 162, "snpp": 444, "socks": 1080, "ssh": 22, "sunrpc": 111, "syslog": 514,
    "tacacs": 49, "tacacs-ds": 65, "talk": 517, "telnet": 23, "tftp": 69, "timed": 525, "who": 513, "xdmcp": 177,
    "zephyr-clt": 2103, "zephyr-hm": 2104,
}  # fmt: skip
_PROTOCOLS = PROTOCOL_NUMBERS | {
    "icmp6": 58, "icmpv6": 58, "ipip": 4, "dstopts": 60, "fragment": 44, "hop-by-hop": 0, "routing": 43, "no-next-header": 59,
    "ah": 51, "esp": 50,
}  # fmt: skip
_ICMP_TYPES: dict[Family, dict[str, int]] = {
    4: {
        "echo-reply": 0, "unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8, "router-advertisement": 9,
        "router-solicit": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp": 13, "timestamp-reply": 14,
        "info-request": 15, "info-reply": 16, "mask-request": 17, "mask-reply": 18,
    },
    6: {
        "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo-request": 128,
        "echo-reply": 129, "membership-query": 130, "membership-report": 131, "membership-termination": 132,
        "router-solicit": 133, "router-advertisement": 134, "neighbor-solicit": 135, "neighbor-advertisement": 136,
        "redirect": 137, "router-renumbering": 138, "node-information-request": 139, "node-information-reply": 140,
        "inverse-neighbor-discovery-solicitation": 141, "inverse-neighbor-discovery-advertisement": 142,
        "home-agent-address-discovery-request": 144, "home-agent-address-discovery-reply": 145,
        "mobile-prefix-solicitation": 146, "mobile-prefix-advertisement-reply": 147,
        "certificate-path-solicitation": 148, "certificate-path-advertisement": 149,
        "private-experimentation-100": 100, "private-experimentation-101": 101, "private-experimentation-200": 200,
        "private-experimentation-201": 201,
    },
}  # fmt: skip
_ICMP_CODES: dict[Family, dict[str, int]] = {
    4: {
        "network-unreachable": 0, "host-unreachable": 1, "protocol-unreachable": 2, "port-unreachable": 3,
        "fragmentation-needed": 4, "source-route-failed": 5, "destination-network-unknown": 6, "destination-host-unknown": 7,
        "source-host-isolated": 8, "destination-network-prohibited": 9, "destination-host-prohibited": 10,
        "network-unreachable-for-tos": 11, "host-unreachable-for-tos": 12, "communication-prohibited-by-filtering": 13,
        "host-precedence-violation": 14, "precedence-cutoff-in-effect": 15, "redirect-for-network": 0,
        "redirect-for-host": 1, "redirect-for-tos-and-net": 2, "redirect-for-tos-and-host": 3, "ttl-eq-zero-during-transit": 0,
        "ttl-eq-zero-during-reassembly": 1, "ip-header-bad": 0, "required-option-missing": 1,
    },
    6: {
        "no-route-to-destination": 0, "administratively-prohibited": 1, "address-unreachable": 3, "port-unreachable": 4,
        "ttl-eq-zero-during-transit": 0, "ttl-eq-zero-during-reassembly": 1, "ip6-header-bad": 0,
        "unrecognized-next-header": 1, "unrecognized-option": 2,
    },
}  # fmt: skip
_FLAG_BITS = {"fin": 1, "syn": 2, "rst": 4, "push": 8, "psh": 8, "ack": 16, "urgent": 32, "urg": 32}
ALL_FLAGS = IntervalSet.of((0, 255))
#: ``tcp-established``: ACK or RST is set; ``tcp-initial``: SYN without ACK.
ESTABLISHED = ALL_FLAGS - flag_set(16 | 4, 0)
INITIAL = flag_set(2 | 16, 2)


def port(word: str) -> int:
    """A port by number or name.  Raises :class:`Misread`."""
    number = _PORTS.get(word, decimal(word, 65535))
    if number is None:
        raise Misread(reasons.PORT.format(word=word))
    return number


def ports(word: str) -> IntervalSet:
    """A port or a range ``a-b``.  Raises :class:`Misread`."""
    if word in _PORTS:
        return IntervalSet.single(_PORTS[word])
    low, dash, high = word.partition("-")
    first = port(low)
    last = port(high) if dash else first
    if first > last:
        raise Misread(reasons.PORT.format(word=word))
    return IntervalSet.of((first, last))


def protocols(word: str) -> IntervalSet:
    """A protocol by number, name, or a range of numbers.  Raises :class:`Misread`."""
    if word in _PROTOCOLS:
        return IntervalSet.single(_PROTOCOLS[word])
    return _numbers(word, {}, 255, "protocol")


def icmp(word: str, family: Family, *, code: bool) -> IntervalSet:
    """An ICMP type or code of *family*, or a range of numbers.  Raises :class:`Misread`."""
    return _numbers(word, (_ICMP_CODES if code else _ICMP_TYPES)[family], 255, "icmp")


def _numbers(word: str, named: dict[str, int], top: int, kind: str) -> IntervalSet:
    if word in named:
        return IntervalSet.single(named[word])
    low, dash, high = word.partition("-")
    first = decimal(low, top)
    last = decimal(high, top) if dash else first
    if first is None or last is None or first > last:
        raise Misread((reasons.ICMP if kind == "icmp" else reasons.PROTOCOL).format(word=word))
    return IntervalSet.of((first, last))


def flags(expression: str) -> IntervalSet:
    """The TCP flag octets that an expression of ``tcp-flags`` holds for: ``"(syn & !ack) | rst"``, ``0x02``.

    Operators by rising strength: ``|`` (also a comma), ``&`` (also ``+``), ``!``.  Raises :class:`Misread`.
    """
    tokens = re.findall(r"0x[0-9A-Fa-f]{1,2}|[()!&|,+]|[A-Za-z]+|\S", expression)
    if len(tokens) > 64:
        raise Misread(reasons.FLAGS.format(word=expression[:80]))
    reader = _Flags(tokens, expression)
    found = reader.either()
    if reader.at != len(tokens):
        raise Misread(reasons.FLAGS.format(word=expression[:80]))
    return found


class _Flags:
    """Recursive descent over at most 64 tokens."""

    def __init__(self, tokens: list[str], expression: str) -> None:
        self.tokens, self.expression, self.at = tokens, expression, 0

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def either(self) -> IntervalSet:
        found = self.every()
        while self.next() in ("|", ","):
            self.at += 1
            found |= self.every()
        return found

    def every(self) -> IntervalSet:
        found = self.single()
        while self.next() in ("&", "+"):
            self.at += 1
            found &= self.single()
        return found

    def single(self) -> IntervalSet:
        word = self.next()
        self.at += 1
        if word == "!":
            return self.single().complement(255)
        if word == "(":
            found = self.either()
            if self.next() != ")":
                raise Misread(reasons.FLAGS.format(word=self.expression[:80]))
            self.at += 1
            return found
        bits = _FLAG_BITS.get(word.lower())
        if bits is None and word.startswith("0x") and len(word) > 2:
            bits = int(word, 16)
        if bits is None:
            raise Misread(reasons.FLAGS.format(word=self.expression[:80]))
        return flag_set(bits, bits)
