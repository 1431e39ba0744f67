"""The applications that Junos OS defines itself (group ``junos-defaults``)."""

from __future__ import annotations

from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, PROTOCOL_NUMBERS, ServiceTerm

_ICMP6 = {"icmp6": 58}

_TEXT = """
ftp tcp/21; ftp-data tcp/20; tftp udp/69; rtsp tcp/554; netbios-session tcp/139; smb-session tcp/445; smb tcp/139 tcp/445
ssh tcp/22; telnet tcp/23; smtp tcp/25; smtps tcp/465 tcp/587; tacacs tcp/49; tacacs-ds tcp/65; dhcp-client udp/68
dhcp-server udp/67; bootpc udp/68; bootps udp/67; dhcp-relay udp/67; finger tcp/79; http tcp/80; https tcp/443
http-ext tcp/7001
pop3 tcp/110; pop3s tcp/995; ident tcp/113; nntp tcp/119; ntp udp/123; imap tcp/143; imaps tcp/993; bgp tcp/179; ldap tcp/389
ldaps tcp/636; snpp tcp/444; biff udp/512; who udp/513; syslog udp/514; printer tcp/515; rip udp/520; radius udp/1812
radacct udp/1813; nfsd-tcp tcp/2049; nfsd-udp udp/2049; nfs udp/111; cvspserver tcp/2401; ldp-tcp tcp/646; ldp-udp udp/646
xnm-ssl tcp/3220; xnm-clear-text tcp/3221; ike udp/500; ike-nat udp/4500; aol tcp/5190-5193; chargen udp/19; echo udp/7
discard udp/9; dns-tcp tcp/53; dns-udp udp/53; gopher tcp/70; gnutella udp/6346-6347; gre gre; gprs-gtp-c tcp/2123 udp/2123
gprs-gtp-u tcp/2152 udp/2152; gprs-gtp-v0 tcp/3386 udp/3386; gprs-sctp sctp; gtp udp/2123; h323 tcp/1720 udp/1719 tcp/1503
h323 tcp/389 tcp/522 tcp/1731; http-mgmt tcp/80; icmp-all icmp; icmp-ping icmp/8; icmp6-all icmp6; pingv6 icmp6/128
icmp6-echo-request icmp6/128; icmp6-echo-reply icmp6/129; icmp6-dst-unreach-addr icmp6/1/3; icmp6-dst-unreach-admin icmp6/1/1
icmp6-dst-unreach-beyond icmp6/1/2; icmp6-dst-unreach-port icmp6/1/4; icmp6-dst-unreach-route icmp6/1/0
icmp6-packet-too-big icmp6/2; icmp6-time-exceed-reassembly icmp6/3/1; icmp6-time-exceed-transit icmp6/3/0
icmp6-param-prob-header icmp6/4/0; icmp6-param-prob-nexthdr icmp6/4/1; icmp6-param-prob-option icmp6/4/2
internet-locator-service tcp/389; irc tcp/6660-6669; l2tp udp/1701; lpr tcp/515; mail tcp/25; mgcp-ua udp/2427; mgcp-ca udp/2727
ms-rpc-tcp tcp/135; ms-rpc-udp udp/135; ms-rpc-epm tcp/135; ms-sql tcp/1433; msn tcp/1863; nbname udp/137; nbds udp/138
netbios-ns udp/137; ns-global tcp/15397; ns-global-pro tcp/15397; nsm tcp/69; ospf ospf; pc-anywhere udp/5632; pptp tcp/1723
r2cp udp/28672; realaudio tcp/554; rdp tcp/3389; rlogin tcp/513; rsh tcp/514; scu-rtsp tcp/554; sccp tcp/2000; sctp-any sctp
sip tcp/5060 udp/5060; sip-tcp tcp/5060; sip-udp udp/5060; snmp-agentx tcp/705; sql-monitor udp/1434; sqlnet-v1 tcp/1525
sqlnet-v2 tcp/1521; stun udp/3478-3479 tcp/3478-3479; sun-rpc-tcp tcp/111; sun-rpc-udp udp/111; sun-rpc-portmap-tcp tcp/111
sun-rpc-portmap-udp udp/111; syslog-tcp tcp/514; talk udp/517; ntalk udp/518; tcp-any tcp; udp-any udp
trace-route udp/33434-33534
uucp udp/540; vdo-live tcp/7000-7010 udp/7000-7010; vnc tcp/5800 tcp/5900; wais tcp/210; whois tcp/43; winframe tcp/1494
wxcontrol tcp/3578; x-windows tcp/6000-6063; ymsg tcp/5000-5010 tcp/5050; persistent-nat udp/3478; twamp tcp/862
"""
_SETS = """
cifs: netbios-session smb-session; mgcp: mgcp-ua mgcp-ca; ms-rpc: ms-rpc-tcp ms-rpc-udp; sun-rpc: sun-rpc-tcp sun-rpc-udp
sun-rpc-portmap: sun-rpc-portmap-tcp sun-rpc-portmap-udp
"""


def _term(word: str) -> ServiceTerm:
    name, _, rest = word.partition("/")
    protocol = IntervalSet.single((PROTOCOL_NUMBERS | _ICMP6)[name])
    if name in ("icmp", "icmp6"):
        kind, _, code = rest.partition("/")
        return ServiceTerm(
            protocol,
            IntervalSet.single(int(kind)) if kind else ALL_PORTS,
            IntervalSet.single(int(code)) if code else ALL_PORTS,
        )
    if not rest:
        return ServiceTerm(protocol)
    low, _, high = rest.partition("-")
    return ServiceTerm(protocol, dst_ports=IntervalSet.of((int(low), int(high or low))))


def _read() -> dict[str, tuple[ServiceTerm, ...]]:
    out: dict[str, tuple[ServiceTerm, ...]] = {}
    for entry in _TEXT.replace("\n", ";").split(";"):
        name, *terms = entry.split() or [""]
        if name:
            out[f"junos-{name}"] = (*out.get(f"junos-{name}", ()), *(_term(t) for t in terms))
    return out


PREDEFINED: dict[str, tuple[ServiceTerm, ...]] = _read()
PREDEFINED_SETS: dict[str, tuple[str, ...]] = {
    f"junos-{name.strip()}": tuple(f"junos-{m}" for m in members.split())
    for name, _, members in (entry.partition(":") for entry in _SETS.replace("\n", ";").split(";") if entry.strip())
}
