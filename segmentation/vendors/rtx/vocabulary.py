"""The words of Yamaha RT series configurations.

Names and numbers: Yamaha RT series command reference, chapter "IP", command "ip filter" (protocols and ports by name)
and "ip filter dynamic" (applications).
"""

from __future__ import annotations

import re

from segmentation.model.intervals import IntervalSet
from segmentation.model.services import AH, ESP, GRE, ICMP, ICMPV6, TCP, UDP

PROTOCOLS: dict[str, int] = {
    "icmp": ICMP, "igmp": 2, "ipip": 4, "tcp": TCP, "udp": UDP, "ipv6": 41, "rsvp": 46, "gre": GRE, "esp": ESP, "ah": AH,
    "icmp6": ICMPV6, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132,
}  # fmt: skip
PORTS: dict[str, tuple[int, int]] = {
    name: (port, port)
    for name, port in {
        "ftpdata": 20, "ssh": 22, "telnet": 23, "smtp": 25, "time": 37, "whois": 43, "domain": 53, "dns": 53, "dhcps": 67,
        "dhcpc": 68, "tftp": 69, "gopher": 70, "finger": 79, "www": 80, "http": 80, "pop3": 110, "sunrpc": 111, "ident": 113,
        "nntp": 119, "ntp": 123, "ms-rpc": 135, "netbios_ns": 137, "netbios_dgm": 138, "netbios_ssn": 139, "imap": 143,
        "snmp": 161, "snmptrap": 162, "bgp": 179, "imap3": 220, "ldap": 389, "https": 443, "ms-ds": 445, "ike": 500,
        "rlogin": 513, "rwho": 513, "rsh": 514, "syslog": 514, "printer": 515, "talk": 517, "rip": 520, "route": 520,
        "ripng": 521, "uucp": 540, "submission": 587, "ms-sql": 1433, "l2tp": 1701, "pptp": 1723, "radius": 1812,
        "nfs": 2049, "ipsec-nat-t": 4500, "sip": 5060, "echo": 7, "discard": 9, "daytime": 13, "chargen": 19,
    }.items()
} | {"ftp": (20, 21)}  # fmt: skip

#: TCP flags by keyword: the condition (mask, value); "established" is a packet with ACK.
FLAGS: dict[str, tuple[int, int]] = {"established": (16, 16), "tcpfin": (1, 1), "tcprst": (4, 4), "tcpsyn": (2, 2)}
# RFC 792 and RFC 1256, RFC 950, RFC 1393 for the queries; RFC 4443 2.1: types below 128 are errors.
ICMP_KINDS: dict[str, tuple[int, IntervalSet]] = {
    "icmp-error": (ICMP, IntervalSet.of((3, 5), (11, 12), (31, 32))),
    "icmp-info": (ICMP, IntervalSet.of((0, 0), (8, 10), (13, 18), (30, 30), (33, 36))),
    "icmp6-error": (ICMPV6, IntervalSet.of((0, 127))),
    "icmp6-info": (ICMPV6, IntervalSet.of((128, 255))),
}

_TCP, _UDP = (TCP,), (UDP,)
_BOTH = (TCP, UDP)
#: Applications of dynamic filters: protocols and ports of the trigger; ports None for all.
APPLICATIONS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "tcp": (_TCP, None), "udp": (_UDP, None), "ftp": (_TCP, 21), "tftp": (_UDP, 69), "domain": (_BOTH, 53), "dns": (_BOTH, 53),
    "www": (_TCP, 80), "http": (_TCP, 80), "https": (_TCP, 443), "smtp": (_TCP, 25), "pop3": (_TCP, 110), "telnet": (_TCP, 23),
    "submission": (_TCP, 587), "netmeeting": (_TCP, 1720), "ssh": (_TCP, 22), "time": (_BOTH, 37), "whois": (_TCP, 43),
    "dhcps": (_UDP, 67), "dhcpc": (_UDP, 68), "gopher": (_TCP, 70), "finger": (_TCP, 79), "sunrpc": (_BOTH, 111),
    "ident": (_TCP, 113), "nntp": (_TCP, 119), "ntp": (_UDP, 123), "ms-rpc": (_BOTH, 135), "netbios_ns": (_BOTH, 137),
    "netbios_dgm": (_UDP, 138), "netbios_ssn": (_TCP, 139), "imap": (_TCP, 143), "snmp": (_UDP, 161), "snmptrap": (_UDP, 162),
    "bgp": (_TCP, 179), "imap3": (_TCP, 220), "ldap": (_BOTH, 389), "ms-ds": (_BOTH, 445), "ike": (_UDP, 500),
    "rlogin": (_TCP, 513), "rwho": (_UDP, 513), "rsh": (_TCP, 514), "syslog": (_UDP, 514), "printer": (_TCP, 515),
    "rip": (_UDP, 520), "ripng": (_UDP, 521), "ms-sql": (_BOTH, 1433), "radius": (_UDP, 1812), "l2tp": (_UDP, 1701),
    "pptp": (_TCP, 1723), "nfs": (_BOTH, 2049), "ipsec-nat-t": (_UDP, 4500), "sip": (_BOTH, 5060), "echo": (_BOTH, 7),
    "discard": (_BOTH, 9), "daytime": (_BOTH, 13), "chargen": (_BOTH, 19), "ping": ((ICMP,), None), "ping6": ((ICMPV6,), None),
}  # fmt: skip
#: Applications whose control connection announces further connections.
MULTI_CONNECTION = frozenset({"ftp", "tftp", "netmeeting", "sip", "pptp"})

INTERFACE = re.compile(r"(?:(?:lan|wan|bridge|vlan|loopback|onu|usb|pp|tunnel|ngn)\d+(?:[/.]\d+)?|null|pp|tunnel)\Z")
_HEADS = (
    "account administrator alarm analog auth bgp bri bridge button certificate clear clock cloud-syslog connect console "
    "cooperation copy date delete description dhcp disconnect dns embedded ethernet external-memory heartbeat2 http httpd "
    "interface ip ipsec ipv6 isdn l2ms l2tp lan lan-map leased line load log login lua mail mobile nat netvolante-dns ngn no "
    "nslookup ntp ntpdate onfi operation option ospf packetdump pki pp ppp pppoe pptp pri provider proxyarp qac-tm queue quit "
    "radius rdate reboot remote restart rip rtfs save schedule sd security sftpd show sip snmp snmpv2c snmpv3 sntpd speed "
    "ssh sshd statistics switch syslog system tcp telnet telnetd terminate test tftp time timezone traceroute tunnel upnp url "
    "usbhost user vlan vrrp wan wins wol yno"
)
#: First words of commands; a line that starts with none of them continues the line before.
HEADS = frozenset(_HEADS.split())
#: Commands that do not decide what is forwarded between networks.
IRRELEVANT = HEADS - frozenset({"ethernet", "ip", "ipv6", "nat", "no", "pp", "tunnel", "schedule", "upnp", "vlan", "lua"})
_IRRELEVANT_IP = (
    "arp df-bit dns dhcp flow fragment host hostname icmp implicit-route keepalive local mtu multicast nd neighbor ospf pim "
    "prefix process reassembly rh0 rip route routing simple-service source-route stealth tcp tos"
)
#: Second words of ``ip`` and ``ipv6`` that do not decide it either.
IRRELEVANT_IP = frozenset(_IRRELEVANT_IP.split())
_IRRELEVANT_INTERFACE = (
    "arp backup dad dhcp dns forward hide host icmp igmp intrusion keepalive mld mtu multicast nd ngn ospf pim proxyarp "
    "rebound remote rip rtadv route tcp tos traffic traffic-meter unnumbered vrrp wol wan"
)
#: What is said of an interface without deciding what it forwards; intrusion detection and URL filters only take away.
IRRELEVANT_INTERFACE = frozenset(_IRRELEVANT_INTERFACE.split())
#: Kinds of filters that are not evaluated.
OTHER_FILTERS = frozenset({"policy", "inbound"})
