"""The names nft knows: header fields, meta and conntrack keys, and the numbers behind symbolic values.

Sources: nft(8), the symbol tables of nftables (src/datatype.c, src/proto.c, src/meta.c, src/ct.c) and the IANA registries.
"""

from __future__ import annotations

from segmentation.device.match import CtState
from segmentation.model.services import PROTOCOL_NUMBERS

#: Header fields by protocol, as ``nft(8)`` PAYLOAD EXPRESSIONS lists them.
HEADER_FIELDS: dict[str, frozenset[str]] = {
    "ether": frozenset({"saddr", "daddr", "type"}),
    "vlan": frozenset({"id", "dei", "cfi", "pcp", "type"}),
    "arp": frozenset({"htype", "ptype", "hlen", "plen", "operation", "saddr", "daddr"}),
    "ip": frozenset(
        {"version", "hdrlength", "dscp", "ecn", "length", "id", "frag-off", "ttl", "protocol", "checksum", "saddr", "daddr"}
    ),
    "ip6": frozenset({"version", "dscp", "ecn", "flowlabel", "length", "nexthdr", "hoplimit", "saddr", "daddr"}),
    "icmp": frozenset({"type", "code", "checksum", "id", "sequence", "gateway", "mtu"}),
    "icmpv6": frozenset(
        {"type", "code", "checksum", "parameter-problem", "packet-too-big", "id", "sequence", "max-delay",
         "taddr", "daddr", "mtu"}
    ),
    "igmp": frozenset({"type", "mrt", "checksum", "group"}),
    "tcp": frozenset(
        {"sport", "dport", "sequence", "ackseq", "doff", "reserved", "flags", "window", "checksum", "urgptr"}
    ),
    "udp": frozenset({"sport", "dport", "length", "checksum"}),
    "udplite": frozenset({"sport", "dport", "checksum", "cscov"}),
    "sctp": frozenset({"sport", "dport", "vtag", "checksum"}),
    "dccp": frozenset({"sport", "dport", "type"}),
    "th": frozenset({"sport", "dport"}),
    "ah": frozenset({"nexthdr", "hdrlength", "reserved", "spi", "sequence"}),
    "esp": frozenset({"spi", "sequence"}),
    "comp": frozenset({"nexthdr", "flags", "cpi"}),
    "gre": frozenset({"flags", "version", "protocol"}),
    "gretap": frozenset({"flags", "version", "protocol"}),
    "geneve": frozenset({"vni", "type"}),
    "vxlan": frozenset({"flags", "vni"}),
}  # fmt: skip
#: The protocol number that a header field implies (nft adds the dependency by itself).
HEADER_PROTOCOL: dict[str, int] = {
    "icmp": 1, "icmpv6": 58, "igmp": 2, "tcp": 6, "udp": 17, "udplite": 136, "sctp": 132, "dccp": 33, "ah": 51, "esp": 50,
    "comp": 108, "gre": 47, "gretap": 47, "geneve": 17, "vxlan": 17,
}  # fmt: skip
#: The address family that a header field implies.
HEADER_FAMILY: dict[str, int] = {"ip": 4, "icmp": 4, "igmp": 4, "ip6": 6, "icmpv6": 6}

#: Keys that may stand without ``meta`` in front, and those that may not.
META_UNQUALIFIED = frozenset({
    "mark", "iif", "iifname", "iiftype", "oif", "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid", "ibriport",
    "obriport", "ibrname", "obrname", "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "time", "day", "hour",
})  # fmt: skip
META_KEYS = META_UNQUALIFIED | {
    "length", "nfproto", "l4proto", "protocol", "priority", "random", "secmark", "secpath", "ipsec", "ibrpvid",
    "ibrvproto", "sdif",
    "sdifname", "broute", "ibrhwaddr", "iifkind", "oifkind", "mark",
}  # fmt: skip
CT_KEYS = frozenset({
    "state", "direction", "status", "mark", "expiration", "helper", "label", "l3proto", "saddr", "daddr", "protocol",
    "proto-src", "proto-dst", "bytes", "packets", "avgpkt", "zone", "secmark", "event", "id", "count", "timeout", "expectation",
})  # fmt: skip

CT_STATES: dict[str, int] = {s.name.lower(): int(s) for s in CtState}
#: NF_CT_STATE_BIT (linux/netfilter/nf_conntrack_common.h): the numbers nft uses for states.
CT_STATE_BITS: dict[str, int] = {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64}
TCP_FLAGS: dict[str, int] = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "ece": 64, "cwr": 128}
#: Address families by the names of ``meta nfproto`` (NFPROTO_*), and by EtherType for ``meta protocol`` and ``ether type``.
#: 0 stands for a family that never reaches an IP chain.
NFPROTOS: dict[str, int] = {"ipv4": 4, "ipv6": 6, "2": 4, "10": 6}
ETHER_TYPES: dict[str, int] = {
    "ip": 4, "ipv4": 4, "0x800": 4, "0x0800": 4, "2048": 4, "ip6": 6, "ipv6": 6, "0x86dd": 6, "0x86DD": 6, "34525": 6, "arp": 0,
    "vlan": 0, "8021q": 0, "8021ad": 0, "2054": 0, "33024": 0, "34984": 0,
}  # fmt: skip

PROTOCOLS: dict[str, int] = PROTOCOL_NUMBERS | {
    "ip": 0, "hopopt": 0, "ggp": 3, "st": 5, "pup": 12, "hmp": 20, "xns-idp": 22, "rdp": 27, "iso-tp4": 29, "xtp": 36,
    "ddp": 37, "idpr-cmtp": 38, "idrp": 45, "skip": 57, "rspf": 73, "vmtp": 81, "ospfigp": 89,
    "ax.25": 93, "etherip": 97, "encap": 98,
    "isis": 124, "fc": 133, "mobility-header": 135, "manet": 138, "shim6": 140, "wesp": 141, "rohc": 142,
}  # fmt: skip
ICMP_TYPES: dict[str, int] = {
    "echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8,
    "router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12, "timestamp-request": 13,
    "timestamp-reply": 14, "info-request": 15, "info-reply": 16, "address-mask-request": 17, "address-mask-reply": 18,
}  # fmt: skip
ICMP_CODES: dict[str, int] = {
    "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3, "frag-needed": 4,
    "net-prohibited": 9, "host-prohibited": 10, "admin-prohibited": 13,
}  # fmt: skip
ICMPV6_TYPES: dict[str, int] = {
    "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4, "echo-request": 128,
    "echo-reply": 129, "mld-listener-query": 130, "mld-listener-report": 131, "mld-listener-done": 132,
    "mld-listener-reduction": 132, "nd-router-solicit": 133, "nd-router-advert": 134, "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136, "nd-redirect": 137, "router-renumbering": 138, "ind-neighbor-solicit": 141,
    "ind-neighbor-advert": 142, "mld2-listener-report": 143,
}  # fmt: skip
ICMPV6_CODES: dict[str, int] = {
    "no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4, "policy-fail": 5, "reject-route": 6,
}  # fmt: skip

#: Service names of the IANA registry that administrators write; nft itself asks /etc/services.
SERVICES: dict[str, int] = {
    "echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25,
    "time": 37, "whois": 43, "tacacs": 49, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "gopher": 70, "finger": 79,
    "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "auth": 113, "nntp": 119, "ntp": 123, "epmap": 135,
    "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143, "imap": 143, "snmp": 161, "snmp-trap": 162,
    "snmptrap": 162, "xdmcp": 177, "bgp": 179, "irc": 194, "imap3": 220, "ldap": 389, "https": 443, "microsoft-ds": 445,
    "kpasswd": 464, "submissions": 465, "saft": 487, "isakmp": 500, "rtsp": 554, "nqs": 607, "exec": 512, "login": 513,
    "shell": 514, "syslog": 514, "printer": 515, "talk": 517, "ntalk": 518, "gdomap": 538, "uucp": 540, "klogin": 543,
    "kshell": 544, "dhcpv6-client": 546, "dhcpv6-server": 547, "afpovertcp": 548, "nntps": 563, "submission": 587, "ipp": 631,
    "ldaps": 636, "tinc": 655, "silc": 706, "kerberos-adm": 749, "domain-s": 853, "rsync": 873, "ftps-data": 989, "ftps": 990,
    "telnets": 992, "imaps": 993, "pop3s": 995, "socks": 1080, "proofd": 1093, "openvpn": 1194, "ms-sql-s": 1433,
    "ms-sql-m": 1434, "l2f": 1701, "l2tp": 1701, "pptp": 1723, "radius": 1812, "radius-acct": 1813, "nfs": 2049,
    "cvspserver": 2401, "mysql": 3306, "ms-wbt-server": 3389, "nut": 3493, "svn": 3690,
    "epmd": 4369, "ipsec-nat-t": 4500, "sip": 5060,
    "sip-tls": 5061, "xmpp-client": 5222, "xmpp-server": 5269, "mdns": 5353, "postgresql": 5432, "amqps": 5671, "amqp": 5672,
    "x11": 6000, "syslog-tls": 6514, "ircd": 6667, "redis": 6379, "bacula-dir": 9101, "git": 9418, "zabbix-agent": 10050,
    "zabbix-trapper": 10051, "http-alt": 8080, "webcache": 8080, "puppet": 8140, "munin": 4949, "distcc": 3632,
}  # fmt: skip

#: Names of chain priorities (nft(8), CHAINS: standard priority names), by table family.
PRIORITIES: dict[str, int] = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
BRIDGE_PRIORITIES: dict[str, int] = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}
