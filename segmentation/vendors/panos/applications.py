"""Default ports of common applications, and applications that the header of a packet tells.

Applipedia, "Standard ports"; what is not listed may be on any port.  Most applications are told by their content: a rule
that names one may hold on its ports, and does so for packets of that application only.
"""

from __future__ import annotations

TCP, UDP, SCTP = 6, 17, 132
_T, _U = "tcp", "udp"

#: Application -> ``tcp/80,8080 udp/53``.
_PORTS: dict[str, str] = {
    "web-browsing": "tcp/80", "ssl": "tcp/443", "http-proxy": "tcp/3128,8080", "http2": "tcp/443", "quic": "udp/443",
    "google-base": "tcp/80,443", "websocket": "tcp/80,443", "soap": "tcp/80,443", "webdav": "tcp/80,443", "flash": "tcp/80",
    "dns": "tcp/53 udp/53", "dns-base": "tcp/53 udp/53", "dns-over-https": "tcp/443", "dns-over-tls": "tcp/853",
    "mdns": "udp/5353", "llmnr": "tcp/5355 udp/5355", "dhcp": "udp/67,68", "dhcpv6": "udp/546,547", "tftp": "udp/69",
    "ntp": "udp/123", "ntp-base": "udp/123", "syslog": "tcp/1468,6514 udp/514", "snmp": "tcp/161 udp/161",
    "snmp-base": "udp/161",
    "snmp-trap": "udp/162", "snmpv1": "udp/161", "snmpv2": "udp/161", "snmpv3": "udp/161", "ssh": "tcp/22", "telnet": "tcp/23",
    "ftp": "tcp/21", "smtp": "tcp/25,587", "smtp-base": "tcp/25,587", "pop3": "tcp/110", "imap": "tcp/143",
    "ms-rdp": "tcp/3389 udp/3389",
    "t.120": "tcp/1503,3389", "vnc": "tcp/5900", "vnc-base": "tcp/5900", "ldap": "tcp/389,3268 udp/389",
    "ms-ds-smb": "tcp/139,445",
    "ms-ds-smb-base": "tcp/139,445", "ms-ds-smbv1": "tcp/139,445", "ms-ds-smbv2": "tcp/139,445", "ms-ds-smbv3": "tcp/139,445",
    "netbios-ns": "udp/137", "netbios-dg": "udp/138", "netbios-ss": "tcp/139", "msrpc": "tcp/135",
    "kerberos": "tcp/88,464 udp/88,464",
    "active-directory": "tcp/135,389,445,3268 udp/389", "mssql-db": "tcp/1433", "mssql-mon": "udp/1434", "mysql": "tcp/3306",
    "oracle": "tcp/1521", "postgres": "tcp/5432", "redis": "tcp/6379", "radius": "udp/1645,1646,1812,1813",
    "tacacs-plus": "tcp/49",
    "sip": "tcp/5060 udp/5060", "stun": "tcp/3478 udp/3478", "ike": "udp/500,4500", "ipsec-esp-udp": "udp/4500",
    "l2tp": "udp/1701",
    "pptp": "tcp/1723", "open-vpn": "tcp/1194 udp/1194", "bgp": "tcp/179", "rip": "udp/520", "nfs": "tcp/2049 udp/2049",
    "portmapper": "tcp/111 udp/111", "lpd": "tcp/515", "ipp": "tcp/631", "rsync": "tcp/873", "git": "tcp/9418",
    "netflow": "udp/2055",
    "panorama": "tcp/3978", "paloalto-updates": "tcp/443", "ms-update": "tcp/80,443", "ocsp": "tcp/80",
    "winrm": "tcp/5985,5986",
    "mqtt": "tcp/1883,8883", "modbus": "tcp/502", "modbus-base": "tcp/502", "dnp3": "tcp/20000", "rtsp": "tcp/554 udp/554",
}  # fmt: skip
#: Applications that are protocols of their own (IANA protocol numbers), and ICMP messages by type.
BY_PROTOCOL: dict[str, tuple[int, ...]] = {
    "icmp": (1,), "ipv6-icmp": (58,), "icmp6": (58,), "igmp": (2,), "gre": (47,), "ipsec-esp": (50,), "ipsec-ah": (51,),
    "ospf": (89,),
    "ospfigp": (89,), "eigrp": (88,), "pim": (103,), "vrrp": (112,), "sctp": (132,), "ipip": (4,), "egp": (8,), "rsvp": (46,),
    "esp": (50,), "ah": (51,), "l2tp-ip": (115,),
}  # fmt: skip
#: ``ping`` is the echo of ICMP and, for IPv6, ``ping6`` that of ICMPv6 (RFC 792, RFC 4443 4.1).
BY_TYPE: dict[str, tuple[tuple[int, int], ...]] = {"ping": ((1, 8),), "ping6": ((58, 128),)}


def default_ports(name: str) -> tuple[tuple[int, str], ...] | None:
    """Protocol number and ports of an application; ``None`` if it is not listed."""
    text = _PORTS.get(name)
    if text is None:
        return None
    parts = [one.partition("/") for one in text.split()]
    return tuple((TCP if protocol == _T else UDP, ports) for protocol, _, ports in parts)
