"""The words of iptables rules and their numbers."""

from __future__ import annotations

from segmentation.device.match import CtState
from segmentation.model.services import PROTOCOL_NUMBERS

PROTOCOLS: dict[str, int] = PROTOCOL_NUMBERS | {"mobility-header": 135, "ipv6-mh": 135, "mh": 135, "ospfigp": 89}

# TCP flags by name: extensions/libxt_tcp.c knows six; ALL and NONE stand for all six and none.
TCP_FLAGS: dict[str, int] = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ALL": 0x3F, "NONE": 0}

STATES: dict[str, CtState] = {
    "NEW": CtState.NEW, "ESTABLISHED": CtState.ESTABLISHED, "RELATED": CtState.RELATED,
    "INVALID": CtState.INVALID, "UNTRACKED": CtState.UNTRACKED,
}  # fmt: skip
#: Virtual states of ``--ctstate``: the connection is translated, which the packet alone does not say.
VIRTUAL_STATES = frozenset({"SNAT", "DNAT"})

# Type and range of codes by name: extensions/libxt_icmp.h.
ICMP_TYPES: dict[str, tuple[int, int, int]] = {
    "echo-reply": (0, 0, 255), "pong": (0, 0, 255),
    "destination-unreachable": (3, 0, 255), "network-unreachable": (3, 0, 0), "host-unreachable": (3, 1, 1),
    "protocol-unreachable": (3, 2, 2), "port-unreachable": (3, 3, 3), "fragmentation-needed": (3, 4, 4),
    "source-route-failed": (3, 5, 5), "network-unknown": (3, 6, 6), "host-unknown": (3, 7, 7),
    "network-prohibited": (3, 9, 9), "host-prohibited": (3, 10, 10), "tos-network-unreachable": (3, 11, 11),
    "tos-host-unreachable": (3, 12, 12), "communication-prohibited": (3, 13, 13), "host-precedence-violation": (3, 14, 14),
    "precedence-cutoff": (3, 15, 15), "source-quench": (4, 0, 255), "redirect": (5, 0, 255), "network-redirect": (5, 0, 0),
    "host-redirect": (5, 1, 1), "tos-network-redirect": (5, 2, 2), "tos-host-redirect": (5, 3, 3),
    "echo-request": (8, 0, 255), "ping": (8, 0, 255), "router-advertisement": (9, 0, 255),
    "router-solicitation": (10, 0, 255), "time-exceeded": (11, 0, 255), "ttl-exceeded": (11, 0, 255),
    "ttl-zero-during-transit": (11, 0, 0), "ttl-zero-during-reassembly": (11, 1, 1), "parameter-problem": (12, 0, 255),
    "ip-header-bad": (12, 0, 0), "required-option-missing": (12, 1, 1), "timestamp-request": (13, 0, 255),
    "timestamp-reply": (14, 0, 255), "address-mask-request": (17, 0, 255), "address-mask-reply": (18, 0, 255),
}  # fmt: skip
ICMPV6_TYPES: dict[str, tuple[int, int, int]] = {
    "destination-unreachable": (1, 0, 255), "no-route": (1, 0, 0), "communication-prohibited": (1, 1, 1),
    "beyond-scope": (1, 2, 2), "address-unreachable": (1, 3, 3), "port-unreachable": (1, 4, 4), "failed-policy": (1, 5, 5),
    "reject-route": (1, 6, 6), "packet-too-big": (2, 0, 255), "time-exceeded": (3, 0, 255), "ttl-exceeded": (3, 0, 255),
    "ttl-zero-during-transit": (3, 0, 0), "ttl-zero-during-reassembly": (3, 1, 1), "parameter-problem": (4, 0, 255),
    "bad-header": (4, 0, 0), "unknown-header-type": (4, 1, 1), "unknown-option": (4, 2, 2), "echo-request": (128, 0, 255),
    "ping": (128, 0, 255), "echo-reply": (129, 0, 255), "pong": (129, 0, 255), "router-solicitation": (133, 0, 255),
    "router-advertisement": (134, 0, 255), "neighbour-solicitation": (135, 0, 255), "neighbor-solicitation": (135, 0, 255),
    "neighbour-advertisement": (136, 0, 255), "neighbor-advertisement": (136, 0, 255), "redirect": (137, 0, 255),
}  # fmt: skip

#: IANA service names that handwritten rules use; iptables-save itself prints numbers.
PORTS: dict[str, int] = {
    "echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25,
    "mail": 25, "time": 37, "whois": 43, "tacacs": 49, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "gopher": 70,
    "finger": 79, "http": 80, "www": 80, "kerberos": 88, "pop2": 109, "pop3": 110, "sunrpc": 111, "auth": 113, "ident": 113,
    "nntp": 119, "ntp": 123, "epmap": 135, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap": 143,
    "imap2": 143, "snmp": 161, "snmp-trap": 162, "snmptrap": 162, "bgp": 179, "irc": 194, "ldap": 389, "https": 443,
    "microsoft-ds": 445, "kpasswd": 464, "isakmp": 500, "exec": 512, "login": 513, "shell": 514, "syslog": 514,
    "printer": 515, "route": 520, "rip": 520, "submission": 587, "ipp": 631, "ldaps": 636, "rsync": 873, "ftps": 990,
    "telnets": 992, "imaps": 993, "pop3s": 995, "socks": 1080, "openvpn": 1194, "ms-sql-s": 1433, "l2f": 1701,
    "l2tp": 1701, "pptp": 1723, "radius": 1812, "radius-acct": 1813, "nfs": 2049, "mysql": 3306, "ms-wbt-server": 3389,
    "rdp": 3389, "svn": 3690, "ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "xmpp-client": 5222, "mdns": 5353,
    "postgresql": 5432, "amqp": 5672, "http-alt": 8080, "webcache": 8080,
}  # fmt: skip

#: Matches all of whose options are read exactly, apart from :data:`UNCERTAIN_OPTIONS`.
EXACT_MODULES = frozenset({
    "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "icmpv6", "multiport", "mport", "state", "conntrack",
    "iprange", "mac",
    "comment", "set", "standard",
})  # fmt: skip
#: Options of those matches that ask for something a packet set does not hold.
UNCERTAIN_OPTIONS = frozenset({
    "--tcp-option", "--chunk-types", "--dccp-types", "--dccp-option", "--ctproto", "--ctorigsrc", "--ctorigdst",
    "--ctreplsrc",
    "--ctrepldst", "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport", "--ctstatus", "--ctexpire",
    "--ctdir", "--return-nomatch", "--packets-eq", "--packets-lt", "--packets-gt", "--bytes-eq", "--bytes-lt", "--bytes-gt",
})  # fmt: skip
#: Options without influence on whether the rule matches.
NEUTRAL_OPTIONS = frozenset({"--update-counters", "--update-subcounters"})
#: Matches whose truth depends on something beside addresses, ports, flags and state: time, rate, memory, marks,
#: sockets, routing, payload.  iptables-extensions(8) describes each.
UNCERTAIN_MODULES = frozenset({
    "addrtype", "ah", "bpf", "cgroup", "cluster", "connbytes", "connlabel", "connlimit", "connmark", "cpu", "devgroup",
    "dscp",
    "dst", "ecn", "esp", "eui64", "frag", "geoip", "hashlimit", "hbh", "helper", "hl", "ipcomp", "ipv4options",
    "ipv6header", "ipvs", "layer7",
    "length", "limit", "mark", "mh", "ndpi", "nfacct", "nth", "osf", "owner", "physdev", "pkttype", "policy", "psd",
    "quota", "quota2",
    "random", "rateest", "realm", "recent", "rpfilter", "rt", "sctpinfo", "socket", "srh", "statistic", "string", "tcpmss",
    "time", "tls", "tos", "ttl", "u32", "unclean", "condition", "account", "fuzzy", "ipp2p", "lscan", "iface", "asn",
    "dhcpmac", "gradm",
})  # fmt: skip

#: Targets after which the next rule is asked: iptables-extensions(8), and xtables-addons for the last ones.
CONTINUING = frozenset({
    "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CONNSECMARK", "SECMARK", "TCPMSS", "CLASSIFY", "CT", "NOTRACK", "TRACE",
    "TOS",
    "DSCP", "ECN", "SET", "TTL", "HL", "CHECKSUM", "AUDIT", "IDLETIMER", "LED", "RATEEST", "TCPOPTSTRIP", "HMARK", "TEE",
    "ROUTE_MARK", "IPMARK", "ACCOUNT", "LOGMARK", "SYSRQ", "FLOWOFFLOAD",
})  # fmt: skip
LOGGING = frozenset({"LOG", "NFLOG", "ULOG", "LOGMARK"})
DENYING = frozenset({"DROP", "REJECT", "TARPIT", "CHAOS", "DELUDE", "STEAL"})
#: Targets that hand the packet to something else that decides.
DECIDED_ELSEWHERE = frozenset(
    {"QUEUE", "NFQUEUE", "TPROXY", "SYNPROXY", "CLUSTERIP", "MIRROR", "ROUTE", "SAME", "RAWDNAT", "RAWSNAT"}
)
TRANSLATING = frozenset({"DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"})
#: Stateless prefix translation (RFC 6296) in the mangle table.
REWRITING = frozenset({"DNPT", "SNPT"})

#: Hooks of each table and their priorities: include/uapi/linux/netfilter_ipv4.h, netfilter_ipv6.h (the same numbers).
TABLE_HOOKS: dict[str, dict[str, int]] = {
    "raw": {"PREROUTING": -300, "OUTPUT": -300},
    "mangle": {"PREROUTING": -150, "INPUT": -150, "FORWARD": -150, "OUTPUT": -150, "POSTROUTING": -150},
    "nat": {"PREROUTING": -100, "INPUT": 100, "OUTPUT": -100, "POSTROUTING": 100},
    "filter": {"INPUT": 0, "FORWARD": 0, "OUTPUT": 0},
    "security": {"INPUT": 50, "FORWARD": 50, "OUTPUT": 50},
}
