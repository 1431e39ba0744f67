"""Statements that say nothing of which packets are forwarded: known, counted as understood.

Cisco IOS Master Command List, NX-OS and EOS command references.
"""

from __future__ import annotations

_MARGIN = """
aaa access-session address-family alias archive arp authentication avb banner bfd boot boot-end-marker boot-start-marker
bridge bridge-domain buffers call-home card cdp cfs cli clock configure control-plane controller copp crypto
crypto-ipsec cts daemon default-gateway device-tracking diagnostic dialer dialer-list dns domain dot11 dot1x echo enable
end eos errdisable ethernet event event-handler event-manager evpn exception exit exit-address-family fabric feature
feature-set fips flow forwarding frame-relay ftp ftp-server gnmi hardware history hostname hw-module hw-switch install
interface-breakout ipc isis issu key key-string kron l2vpn lacp ldap license line link lldp load-interval logfile
logging login mac mac-address-table macro management memory memory-size mls module monitor mpls multicast multilink name
name-server netconf network-clock nfv no ntp nv nve nxapi object-tracking onep parser peer performance ping platform
poap policy port-channel power privilege process prompt ptp qos queue-monitor radius radius-server redundancy resource
restconf rmon role route-map router routing rtr sntp schedule scheduler sdm secure security-passwords service sflow slot
snmp snmp-server software spanning-tree ssh ssl stackwise-virtual standby subscriber switch switching-mode system
table-map tacacs tacacs-server tag-switching telnet template terminal terminattr tftp-server timezone track traffic-loop
transceiver transport trunk-group tunnel ucse udld upgrade user username userpassphrase vdc version virtual-service vlan
vni voice vpc vpdn vpdn-group vrrp vstack vtp webvpn wireless wlan wsma xconnect ztp
"""
_MARGIN_IP = """
address admission arp as-path audit auth-proxy bgp bgp-community bootp cef cef- classless community community-list
default-gateway default-network dhcp dhcp-server dns domain domain-list domain-lookup domain-name dvmrp eigrp
extcommunity-list finger flow-cache flow-export flow-top-talkers forward-protocol ftp gratuitous-arps hardware
helper-address host host-routing hostname http icmp identd igmp ips load-sharing local local-proxy-arp mfib mroute
multicast multicast-routing name name-server nat64 nd neighbor nhrp options ospf pim port-map prefix prefix-list radius
rcmd rip route router routing rsvp rtcp sap scp sla source-route spd ssh subnet-zero tacacs tcp telnet tftp unicast
unicast-routing virtual virtual-router vrf wccp
"""
_INTERFACE = """
access-session aaa arp atm authentication auto-qos autostate backup bandwidth beacon bfd bridge bundle carrier-delay cdp channel
channel-group channel-protocol clns clock cost crypto cts dampening default-gateway delay description device-role dialer
dialer-group dot1x dsl-group duplex errdisable error-correction exit fabric fair-queue flow flowcontrol frame-relay
full-duplex glbp group-range half-duplex hardware hold-queue hold-time host hsrp ids interface-mode ipx isdn isis
isolation keepalive l2protocol-tunnel lacp link lldp load load-balance load-interval logging mac mac-address macro mdix
mab media-type medium member mls mop mpls mtu negotiation network-clock nmsp no-shutdown ntp peer physical-layer pim pktcap
plat plim port port-channel power ppp pppoe pppoe-client priority-queue profile protocol ptp pvc qos queue-monitor
rate-limit ring-limit rmon router routing serial service service-instance sflow snmp source spanning-tree speed
speed-duplex squelch srr-queue standby storm-control subscriber switchport tag tcam traffic-loop traffic-policy-qos
transceiver transport trunk trust tunnel tx-ring-limit txload uc-tx-queue udld unidirectional vbr-nrt virtual-reassembly
vlan vpc vrrp vtp vxlan wrr-queue xconnect
"""
_INTERFACE_IP = """
arp arp-inspection attached-host attribute-map authentication bandwidth-percent broadcast-address cef cgmp dampening
dhcp directed-broadcast domain eigrp flow forward forward-protocol gratuitous-arp hello-interval helper-address
hold-time icmp igmp information-reply irdp load-sharing local local-proxy-arp mask-reply mfib mld mroute-cache mtu
multicast nd nhrp ospf passive-interface pim policy port-unreachable proxy-arp rarp-server redirects rip route-cache
route-map router rsvp rtp sap sla source split-horizon sticky-arp summary-address tcp traffic-export unicast
unreachables verify virtual virtual-reassembly vrrp wccp
"""
#: First words of statements at the margin.
IRRELEVANT = frozenset(_MARGIN.split())
#: Second words of ``ip``, ``ipv6`` and ``ipv4`` statements at the margin.
IRRELEVANT_IP = frozenset(_MARGIN_IP.split())
#: First words below an interface.
INTERFACE = frozenset(_INTERFACE.split())
#: Second words of ``ip`` and ``ipv6`` below an interface.
INTERFACE_IP = frozenset(_INTERFACE_IP.split())
