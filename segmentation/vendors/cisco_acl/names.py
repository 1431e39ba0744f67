"""Names of protocols, ports and ICMP messages that access lists know.

Cisco IOS Security Command Reference, ``access-list (IP extended)``; Cisco ASA Series General Operations CLI Configuration
Guide, "Addresses, Protocols, and Ports"; Arista EOS User Manual, "ACLs and Route Maps".
"""

from __future__ import annotations

from segmentation.model.services import PROTOCOL_NUMBERS

PROTOCOLS: dict[str, int] = {
    **{k: v for k, v in PROTOCOL_NUMBERS.items() if k != "ipv6"},
    "ahp": 51, "nos": 94, "pcp": 108, "icmp6": 58, "igrp": 9, "snp": 109, "pptp": 47, "ipsec": 50, "ipinip": 4, "ip-in-ip": 4,
    "ipv6-in-ip": 41,
}  # fmt: skip
#: Words for every protocol: ``ipv4`` (IOS-XR) and ``ipv6`` mean the family of the list here, not protocol 41.
ANY_PROTOCOL = frozenset({"ip", "ipv4", "ipv6"})

_TCP_PORTS: dict[str, int] = {
    "aol": 5190, "bgp": 179, "chargen": 19, "cifs": 3020, "citrix-ica": 1494, "cmd": 514, "ctiqbe": 2748, "daytime": 13,
    "discard": 9, "domain": 53, "dns": 53, "drip": 3949, "echo": 7, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20,
    "gopher": 70, "h323": 1720, "hostname": 101, "http": 80, "https": 443, "ident": 113, "imap4": 143, "imap": 143, "irc": 194,
    "kerberos": 88, "klogin": 543, "kshell": 544, "ldap": 389, "ldaps": 636, "login": 513, "lotusnotes": 1352, "lpd": 515,
    "msrpc": 135, "netbios-ssn": 139, "netconf-ssh": 830, "nfs": 2049, "nntp": 119, "onep-plain": 15001, "onep-tls": 15002,
    "pcanywhere-data": 5631, "pim-auto-rp": 496, "pop2": 109, "pop3": 110, "pptp": 1723, "rsh": 514, "rtsp": 554, "sip": 5060,
    "smtp": 25, "snmp": 161, "snmptrap": 162, "sqlnet": 1521, "ssh": 22, "sunrpc": 111, "syslog": 514, "tacacs": 49,
    "tacacs-ds": 49,
    "talk": 517, "telnet": 23, "time": 37, "uucp": 540, "whois": 43, "www": 80, "microsoft-ds": 445, "ms-sql-s": 1433,
    "msnp": 1863, "nbssn": 139, "isns": 3205, "ldp": 646, "msdp": 639, "rip": 520, "tcpmux": 1, "hsrp": 1985, "radius": 1812,
    "radius-acct": 1813, "ntp": 123, "tftp": 69,
}  # fmt: skip
_UDP_PORTS: dict[str, int] = {
    "biff": 512, "bootpc": 68, "bootps": 67, "cifs": 3020, "discard": 9, "dnsix": 195, "dns": 53, "domain": 53, "echo": 7,
    "http": 80, "isakmp": 500, "ipsec-msft": 4500, "kerberos": 88, "mobile-ip": 434, "nameserver": 42, "netbios-dgm": 138,
    "netbios-ns": 137, "netbios-ss": 139, "netbios-ssn": 139, "nfs": 2049, "non500-isakmp": 4500, "ntp": 123,
    "pcanywhere-status": 5632, "pim-auto-rp": 496, "radius": 1645, "radius-acct": 1646, "rip": 520, "ripv6": 521,
    "secureid-udp": 5510, "sip": 5060, "snmp": 161, "snmptrap": 162, "sunrpc": 111, "syslog": 514, "tacacs": 49,
    "tacacs-ds": 49,
    "talk": 517, "tftp": 69, "time": 37, "vxlan": 4789, "who": 513, "www": 80, "xdmcp": 177, "ike": 500, "bfd": 3784,
    "bfd-echo": 3785, "hsrp": 1985, "mlag": 4432, "ldp": 646, "dhcpv6-client": 546, "dhcpv6-server": 547, "https": 443,
    "ssh": 22, "ldap": 389,
}  # fmt: skip

#: ICMP (IPv4) messages: type, and code or ``None`` for every code (RFC 792, RFC 1256, RFC 950).
ICMP: dict[str, tuple[int, int | None]] = {
    "echo-reply": (0, None), "unreachable": (3, None), "net-unreachable": (3, 0), "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2), "port-unreachable": (3, 3), "packet-too-big": (3, 4), "source-route-failed": (3, 5),
    "network-unknown": (3, 6), "host-unknown": (3, 7), "host-isolated": (3, 8), "dod-net-prohibited": (3, 9),
    "net-prohibited": (3, 9), "dod-host-prohibited": (3, 10), "host-prohibited": (3, 10), "net-tos-unreachable": (3, 11),
    "host-tos-unreachable": (3, 12), "administratively-prohibited": (3, 13), "admin-prohibited": (3, 13),
    "host-precedence-unreachable": (3, 14), "precedence-unreachable": (3, 15), "source-quench": (4, None),
    "redirect": (5, None), "net-redirect": (5, 0), "host-redirect": (5, 1), "net-tos-redirect": (5, 2),
    "host-tos-redirect": (5, 3), "alternate-address": (6, None), "echo": (8, None), "router-advertisement": (9, None),
    "router-solicitation": (10, None), "time-exceeded": (11, None), "ttl-exceeded": (11, 0), "reassembly-timeout": (11, 1),
    "parameter-problem": (12, None), "general-parameter-problem": (12, 0), "option-missing": (12, 1),
    "no-room-for-option": (12, 2), "timestamp-request": (13, None), "timestamp-reply": (14, None),
    "information-request": (15, None), "information-reply": (16, None), "mask-request": (17, None), "mask-reply": (18, None),
    "traceroute": (30, None), "conversion-error": (31, None), "mobile-redirect": (32, None),
}  # fmt: skip
#: ICMPv6 messages (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
ICMPV6: dict[str, tuple[int, int | None]] = {
    "unreachable": (1, None), "no-route": (1, 0), "no-admin": (1, 1), "beyond-scope": (1, 2),
    "destination-unreachable": (1, None),
    "address-unreachable": (1, 3), "port-unreachable": (1, 4), "packet-too-big": (2, None), "time-exceeded": (3, None),
    "hop-limit": (3, 0), "reassembly-timeout": (3, 1), "parameter-problem": (4, None), "header": (4, 0), "next-header": (4, 1),
    "parameter-option": (4, 2), "echo-request": (128, None), "echo": (128, None), "echo-reply": (129, None),
    "mld-query": (130, None), "membership-query": (130, None), "mld-report": (131, None), "membership-report": (131, None),
    "mld-reduction": (132, None), "membership-reduction": (132, None), "router-solicitation": (133, None),
    "router-advertisement": (134, None), "nd-ns": (135, None), "neighbor-solicitation": (135, None), "nd-na": (136, None),
    "neighbor-advertisement": (136, None), "redirect": (137, None), "neighbor-redirect": (137, None),
    "router-renumbering": (138, None), "mld-v2-report": (143, None), "mldv2": (143, None),
}  # fmt: skip
#: TCP flags as words (RFC 9293 3.1).
FLAGS: dict[str, int] = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32}


def port(word: str, protocols: tuple[int, ...]) -> int | None:
    """The number of a port word for these protocols; ``None`` if it is not a port."""
    if word.isascii() and word.isdecimal():
        return int(word) if len(word) <= 5 and int(word) <= 65535 else None
    if 6 not in protocols and 17 in protocols:
        return _UDP_PORTS.get(word, _TCP_PORTS.get(word))
    return _TCP_PORTS.get(word, _UDP_PORTS.get(word))


def protocol(word: str) -> int | None:
    """The number of a protocol word; ``None`` if it is not one."""
    if word.isascii() and word.isdecimal():
        return int(word) if len(word) <= 3 and int(word) <= 255 else None
    return PROTOCOLS.get(word)
