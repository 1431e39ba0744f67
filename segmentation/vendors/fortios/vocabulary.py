"""Which blocks and options of FortiOS matter to filtering, which do not, and its predefined objects.

Sources: FortiOS CLI Reference 6.2 to 7.6, one page a block ("config firewall policy", …).
"""

from __future__ import annotations

import enum


class Standing(enum.Enum):
    """What is done with a block."""

    READ = "read"
    IRRELEVANT = "irrelevant"  # carries nothing for filtering
    NAMED = "named"  # moves or permits traffic in a way that is not analysed
    UNKNOWN = "unknown"


_W = str.split

#: Options that are read, and options without influence on which packets pass, of every block that is read.
_COLOUR = frozenset(
    _W("uuid color visibility comment comments fabric-object fabric-object-source global-object name cache-ttl")
)
_POLICY_NEUTRAL = frozenset(
    _W("""
    uuid name comments comment global-label label fec ssl-ssh-profile utm-status inspection-mode profile-type profile-group
    profile-protocol-options av-profile webfilter-profile dnsfilter-profile emailfilter-profile dlp-sensor dlp-profile
    file-filter-profile ips-sensor ips-voip-filter application-list voip-profile icap-profile cifs-profile ssh-filter-profile
    waf-profile videofilter-profile sctp-filter-profile casb-profile diameter-filter-profile virtual-patch-profile
    spamfilter-profile mms-profile gtp-profile isf-filter-profile pfcp-profile
    logtraffic-start capture-packet auto-asic-offload np-acceleration wanopt wanopt-detection wanopt-passive-opt wanopt-profile
    wanopt-peer webcache webcache-https webproxy-profile webproxy-forward-server traffic-shaper traffic-shaper-reverse
    per-ip-shaper session-ttl vlan-cos-fwd vlan-cos-rev tcp-mss-sender tcp-mss-receiver diffserv-forward diffserv-reverse
    diffserv-copy diffservcode-forward diffservcode-rev permit-any-host permit-stun-host delay-tcp-npu-session timeout-send-rst
    replacemsg-override-group block-notification send-deny-packet firewall-session-dirty schedule-timeout dsri
    radius-mac-auth-bypass radius-ip-auth-bypass email-collect disclaimer custom-log-fields auth-path auth-cert
    auth-redirect-addr redirect-url http-policy-redirect ssh-policy-redirect ztna-policy-redirect decrypted-traffic-mirror
    ssl-mirror ssl-mirror-intf scan-botnet-connections anti-replay geoip-anycast geoip-match natip natinbound natoutbound
    natip-size log-unmatched-traffic best-route match-vip-only passive-wan-health-measurement dynamic-shaping wccp
    identity-based-route port-preserve eif-check eif-learn pcp-outbound pcp-inbound pcp-poolname cgn-session-quota
    cgn-resource-quota cgn-eif cgn-eim cgn-log-server-grp cgn-sw-eif-ctrl policy-offload hyperscale-policy
    policy-expiry-date policy-expiry-date-utc fixedport permit-any sgt-check rtp-nat rtp-addr transaction-id
    """)
)
_POLICY_READ = frozenset(
    _W("""
    status srcintf dstintf srcaddr dstaddr srcaddr6 dstaddr6 srcaddr-negate dstaddr-negate srcaddr6-negate dstaddr6-negate
    service service-negate schedule action logtraffic nat ippool poolname poolname6 match-vip internet-service
    internet-service-src internet-service6 internet-service6-src tcp-session-without-syn intf nat46 nat64 vpntunnel inbound
    outbound ha-mgmt-intf-only virtual-patch
    """)
)
#: Options whose presence makes a policy hold only for traffic the packet's fields do not tell.
POLICY_CONDITIONS = frozenset(
    _W("""
    users groups fsso-groups devices device-detection custom-log-field-match src-vendor-mac reputation-minimum
    reputation-direction reputation-minimum6 internet-service-name internet-service-id internet-service-group
    internet-service-custom internet-service-custom-group internet-service-src-name internet-service-src-id
    internet-service-src-group internet-service-src-custom internet-service-src-custom-group internet-service-negate
    internet-service-src-negate internet-service6-name internet-service6-group internet-service6-custom
    internet-service6-custom-group internet-service6-src-name internet-service6-src-group internet-service6-src-custom
    internet-service6-src-custom-group internet-service6-negate internet-service6-src-negate network-service-dynamic
    network-service-src-dynamic application app-category app-group url-category tos tos-mask tos-negate vlan-filter
    ztna-status ztna-ems-tag ztna-ems-tag-secondary ztna-geo-tag ztna-tags-match-logic ztna-device-ownership
    ztna-ems-tag-negate fsso fsso-agent-for-ntlm wsso ntlm ntlm-guest ntlm-enabled-browsers rsso sgt
    identity-based learning-mode endpoint-compliance captive-portal-exempt service-connector isolator-profile policy-expiry
    """)
)
_ADDRESS_READ = frozenset(
    _W("""
    type subnet start-ip end-ip wildcard fqdn country interface sub-type sdn start-mac end-mac macaddr ip6 host host-type
    template wildcard-fqdn filter epg-name tenant organization policy-group subnet-name route-tag tag-type obj-type obj-tag
    obj-id hw-vendor hw-model os sw-version fsso-group node-ip-only clearpass-spt sdn-tag sdn-addr-type tag-detection-level
    """)
)
_ADDRESS_NEUTRAL = _COLOUR | {"associated-interface", "allow-routing", "dirty", "passive-fqdn-learning", "list"}

READ_OPTIONS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("firewall policy", "firewall policy6"), _POLICY_READ | POLICY_CONDITIONS | _POLICY_NEUTRAL),
    "firewall consolidated policy": _POLICY_READ | POLICY_CONDITIONS | _POLICY_NEUTRAL | {"srcaddr4", "dstaddr4"},
    **dict.fromkeys(("firewall local-in-policy", "firewall local-in-policy6"),
                    _POLICY_READ | POLICY_CONDITIONS | _POLICY_NEUTRAL),
    **dict.fromkeys(("firewall address", "firewall address6"), _ADDRESS_READ | _ADDRESS_NEUTRAL),
    **dict.fromkeys(("firewall addrgrp", "firewall addrgrp6"),
                    frozenset(_W("member exclude exclude-member type category")) | _ADDRESS_NEUTRAL),
    "firewall service custom": frozenset(_W("""
        category protocol protocol-number tcp-portrange udp-portrange sctp-portrange udplite-portrange icmptype icmpcode iprange
        fqdn proxy app-service-type app-category application helper check-reset-range session-ttl tcp-halfclose-timer
        tcp-halfopen-timer tcp-rst-timer tcp-timewait-timer udp-idle-timer explicit-proxy""")) | _COLOUR,
    "firewall service group": frozenset(_W("member proxy explicit-proxy")) | _COLOUR,
    "firewall service category": _COLOUR,
    "firewall schedule recurring": frozenset(_W("day start end label-day")) | _COLOUR,
    "firewall schedule onetime": frozenset(_W("start end start-utc end-utc expiration-days")) | _COLOUR,
    "firewall schedule group": frozenset(_W("member")) | _COLOUR,
    **dict.fromkeys(("firewall vip", "firewall vip6"), frozenset(_W("""
        id type extip extintf extaddr mappedip mapped-addr portforward protocol extport mappedport src-filter srcintf-filter
        service status arp-reply nat-source-vip portmapping-type gratuitous-arp-interval server-type ldb-method persistence
        http-redirect monitor max-embryonic-connections nd-reply embedded-ipv4-address dns-mapping-ttl ssl-mode
        ssl-certificate src-vip-filter add-nat46-route add-nat64-route ipv4-mappedip ipv6-mappedip ipv4-mappedport
        ipv6-mappedport nat44 nat46 nat64 nat66 one-click-gslb-server h2-support h3-support user-agent-detect""")) | _COLOUR),
    **dict.fromkeys(("firewall vipgrp", "firewall vipgrp6"), frozenset(_W("interface member")) | _COLOUR),
    **dict.fromkeys(("firewall ippool", "firewall ippool6"), frozenset(_W("""
    type startip endip startport endport source-startip source-endip block-size port-per-user num-blocks-per-user
    pba-timeout
        permit-any-host arp-reply arp-intf associated-interface nat46 nat64 add-nat46-route add-nat64-route
        subnet-broadcast-in-ippool source-prefix6 client-prefix-length tcp-session-quota udp-session-quota icmp-session-quota
        privileged-port-use-pba pba-interim-log exclude-ip utilization-alarm-raise utilization-alarm-clear cgn-spa
        internal-prefix external-prefix""")) | _COLOUR),
    "firewall central-snat-map": frozenset(_W("""
        status srcintf dstintf orig-addr orig-addr6 dst-addr dst-addr6 protocol orig-port dst-port nat nat-ippool nat-ippool6
        nat-port type nat46 nat64 port-preserve port-random""")) | _COLOUR,
    "system zone": frozenset(_W("interface intrazone description tagging")) | _COLOUR,
    "system sdwan": frozenset(_W("status load-balance-mode speedtest-bypass-routing duplication-max-num fail-detect")),
    "system sdwan/zone": frozenset(_W("service-sla-tie-break minimum-sla-meet-members advpn-select advpn-health-check")),
    **dict.fromkeys(("system sdwan/members", "system virtual-wan-link/members"), frozenset(_W("""
        interface zone gateway source gateway6 source6 cost weight priority priority6 spillover-threshold
        ingress-spillover-threshold volume-ratio status preferred-source transport-group priority-in-sla priority-out-sla
    """)) | _COLOUR),
    "system virtual-wan-link": frozenset(_W("status load-balance-mode")),
    "system vdom-link": frozenset(_W("type vcluster")),
    "system admin": frozenset(),
}  # fmt: skip
#: Blocks of which only some options matter; every other option of them is known to carry nothing for filtering.
PARTLY_READ = frozenset({
    "system global", "system settings", "system interface", "system interface/ipv6", "system interface/secondaryip",
    "system interface/ipv6/ip6-extra-addr", "log setting", "system admin", "vdom", "global",
    # What the device says of itself: services, accounts, logs, time, tunnels, wireless networks, routes.
    "system ntp", "system ntp/ntpserver", "system snmp sysinfo", "system snmp community", "system snmp community/hosts",
    "system snmp community/hosts6", "system snmp user", "log syslogd setting", "log syslogd2 setting", "log syslogd3 setting",
    "log syslogd4 setting", "log syslogd override-setting", "log fortianalyzer setting", "log fortianalyzer2 setting",
    "log fortianalyzer3 setting", "vpn ipsec phase1", "vpn ipsec phase1-interface", "vpn ipsec phase2",
    "vpn ipsec phase2-interface", "vpn ssl settings", "vpn l2tp", "vpn pptp", "system gre-tunnel", "system ipip-tunnel",
    "system sit-tunnel", "system vxlan", "user local", "wireless-controller vap", "router static", "router static6",
    "router policy", "router policy6", "router bgp", "router bgp/neighbor", "router bgp/neighbor-group", "router ospf",
    "router ospf/network", "router ospf/ospf-interface", "router ospf6", "router ospf6/ospf6-interface", "router rip",
    "router rip/network", "router ripng", "router ripng/network", "router isis", "router isis/isis-interface",
    "switch-controller managed-switch", "switch-controller managed-switch/ports",
})  # fmt: skip

#: Blocks that move or permit traffic beside the policies, or decide over it in their own way.
_NAMED = frozenset({
    "firewall multicast-policy", "firewall multicast-policy6", "firewall proxy-policy", "firewall policy46",
    "firewall policy64", "firewall vip46", "firewall vip64", "firewall vipgrp46", "firewall vipgrp64",
    "firewall explicit-proxy-policy", "firewall ip-translation", "firewall access-proxy", "firewall access-proxy6",
    "firewall security-policy",
})  # fmt: skip
#: First words of blocks that carry nothing for filtering: inspection, logging, routing, accounts, appearance.  Policies for
#: denial of service, shaping and inspection only ever take away from what the firewall policies permit.
_IRRELEVANT = tuple(
    _W("""
    alertemail antivirus application authentication automation casb certificate credential-store diameter-filter dlp dnsfilter
    dpdk emailfilter endpoint-control extender extender-controller extension-controller file-filter ftp-proxy gtp icap ips log
    monitoring mpsk-profile nsxt pfcp report router rule sctp-filter spamfilter ssh-filter switch-controller
    telemetry-controller
    user videofilter virtual-patch voip vpn waf wanopt web-proxy webfilter wireless-controller ztna
    """)
)
_IRRELEVANT_FIREWALL = frozenset(
    _W("""
    DoS-policy DoS-policy6 acl acl6 interface-policy interface-policy6 sniffer shaper shaping-policy shaping-profile
    traffic-class ssl
    ssl-ssh-profile ssl-server ssh profile-group profile-protocol-options auth-portal decrypted-traffic-mirror
    identity-based-route
    internet-service-addition internet-service-append internet-service-botnet internet-service-category-list
    internet-service-custom internet-service-custom-group internet-service-definition internet-service-extension
    internet-service-fallback internet-service-group internet-service-ipbl-reason internet-service-ipbl-vendor
    internet-service-list internet-service-name internet-service-owner internet-service-reputation internet-service-sld
    internet-service-subapp internet-service city country region vendor-mac vendor-mac-summary network-service-dynamic
    ldb-monitor global on-demand-sniffer ttl-policy wildcard-fqdn address6-template multicast-address multicast-address6
    proxy-address proxy-addrgrp schedule-label carrier-endpoint-bwl mms-profile gtp ipmacbinding pfcp sctp-filter
    dnstranslation access-proxy-virtual-host access-proxy-ssh-client-cert ztna-policy-label iprope
    """)
)


#: Blocks whose entries only may match when they hold an option without meaning: so do the policies that name them.
DOUBTED = frozenset({
    "firewall policy", "firewall policy6", "firewall consolidated policy", "firewall local-in-policy",
    "firewall local-in-policy6", "firewall address", "firewall address6", "firewall service custom",
})  # fmt: skip


def standing(path: str) -> Standing:
    """What is done with the block of this full name (``system interface/ipv6``)."""
    if path in READ_OPTIONS or path in PARTLY_READ:
        return Standing.READ
    top = path.partition("/")[0]
    if top in _NAMED:
        return Standing.NAMED
    words = top.split()
    if top in READ_OPTIONS or top in PARTLY_READ:
        # Inner tables of a block that is read: tagging, DHCP options, server lists and the like of an interface or object.
        return Standing.READ if path in INNER else Standing.IRRELEVANT
    if words[0] == "system":
        return Standing.IRRELEVANT  # whatever of "system" moves traffic is listed above
    if words[0] == "firewall":
        return Standing.IRRELEVANT if len(words) > 1 and words[1] in _IRRELEVANT_FIREWALL else Standing.UNKNOWN
    return Standing.IRRELEVANT if words[0] in _IRRELEVANT else Standing.UNKNOWN


#: Inner blocks that are read although their outer block names its options itself.
INNER = frozenset({"firewall vip/realservers", "firewall vip6/realservers"})

#: Services of ``set allowaccess`` (CLI Reference, "config system interface"): protocol and destination port, or ICMP type.
#: The ports of administration can be set in "config system global"; see :data:`ADMIN_PORTS`.
ACCESS: dict[str, tuple[tuple[int, int], ...]] = {
    "ping": ((1, 8),), "https": ((6, 443),), "ssh": ((6, 22),), "snmp": ((17, 161),), "http": ((6, 80),),
    "telnet": ((6, 23),), "fgfm": ((6, 541),), "radius-acct": ((17, 1813),), "probe-response": ((6, 8008),),
    "fabric": ((6, 8013), (17, 8014)), "ftm": ((6, 4433),), "speed-test": ((6, 5201), (17, 5201)),
    "capwap": ((17, 5246), (17, 5247)), "dnp": ((6, 20000),), "scim": ((6, 44559),), "auto-ipsec": ((17, 500), (17, 4500)),
}  # fmt: skip
ADMIN_PORTS = {"https": "admin-sport", "ssh": "admin-ssh-port", "http": "admin-port", "telnet": "admin-telnet-port"}

#: Predefined services (Administration Guide, "Services", list of predefined ones): protocol and its values as they are
#: written in "config firewall service custom"; used where a text gives only a part of the configuration.
_SERVICES = """
ALL IP|ALL_TCP tcp 1-65535|ALL_UDP udp 1-65535|ALL_ICMP icmp|ALL_ICMP6 icmp6|GRE ip 47|AH ip 51|ESP ip 50|OSPF ip 89
AOL tcp 5190-5194|BGP tcp 179|DHCP udp 67-68|DHCP6 udp 546 547|DNS tcp 53 udp 53|FINGER tcp 79|FTP tcp 21|FTP_GET tcp 21
FTP_PUT tcp 21|GOPHER tcp 70|H323 tcp 1720 1503 udp 1719|HTTP tcp 80|HTTPS tcp 443|IKE udp 500 4500|IMAP tcp 143
IMAPS tcp 993|IRC tcp 6660-6669|Internet-Locator-Service tcp 389|L2TP tcp 1701 udp 1701|LDAP tcp 389|LDAP_UDP udp 389
NFS tcp 111 2049 udp 111 2049|NNTP tcp 119|NTP tcp 123 udp 123|NetMeeting tcp 1720|PC-Anywhere tcp 5631 udp 5632|PING icmp 8
PING6 icmp6 128|POP3 tcp 110|POP3S tcp 995|PPTP tcp 1723|QUAKE udp 26000 27000 27910 27960|RAUDIO udp 7070
REXEC tcp 512|RIP udp 520|RLOGIN tcp 513:512-1023|RSH tcp 514:512-1023|SCCP tcp 2000|SIP tcp 5060 udp 5060
SIP-MSNmessenger tcp 1863|SMTP tcp 25|SMTPS tcp 465|SNMP tcp 161-162 udp 161-162|SSH tcp 22|SYSLOG udp 514|TALK udp 517-518
TELNET tcp 23|TFTP udp 69|TIMESTAMP icmp 13|INFO_ADDRESS icmp 17|INFO_REQUEST icmp 15|TRACEROUTE udp 33434-33535
UUCP tcp 540|VDOLIVE tcp 7000-7010|WAIS tcp 210|WINFRAME tcp 1494 2598|X-WINDOWS tcp 6000-6063|CVSPSERVER tcp 2401 udp 2401
MMS tcp 1755 udp 1024-5000|MYSQL tcp 3306|ONC-RPC tcp 111 udp 111|DCE-RPC tcp 135 udp 135|RDP tcp 3389|SMB tcp 445
SAMBA tcp 139|SOCKS tcp 1080 udp 1080|SQUID tcp 3128|VNC tcp 5900|AFS3 tcp 7000-7009 udp 7000-7009
RADIUS udp 1812 1813|RADIUS-OLD udp 1645 1646|RTSP tcp 554 7070 8554 udp 554|KERBEROS tcp 88 464 udp 88 464|MS-SQL tcp 1433 1434
MGCP udp 2427 2727|NONE tcp 0|webproxy all
"""
_OPTION = {"tcp": "tcp-portrange", "udp": "udp-portrange"}


def predefined_services() -> dict[str, dict[str, tuple[str, ...]]]:
    """The options of every predefined service, as they would be written in its definition."""
    out: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in _SERVICES.strip().replace("\n", "|").split("|"):
        name, kind, *rest = item.split()
        options: dict[str, tuple[str, ...]] = {}
        if kind in _OPTION:
            for word in (kind, *rest):
                if word in _OPTION:
                    option = _OPTION[word]
                    options[option] = ()
                else:
                    options[option] = (*options[option], word)
        elif kind in ("icmp", "icmp6"):
            options["protocol"] = (kind.upper(),)
            if rest:
                options["icmptype"] = (rest[0],)
        else:
            options["protocol"] = ("IP",)
            if rest:
                options["protocol-number"] = (rest[0],)
        out[name] = options
    return out
