"""Statements of an ASA that say nothing of which packets are forwarded: known, counted as understood.

Cisco Secure Firewall ASA Series Command Reference.
"""

from __future__ import annotations

_MARGIN = """
aaa aaa-server account-lockout admin anyconnect-custom-data arp as-path asdm auth-prompt auto-update banner bfd boot ca
cache-fs call call-home chat checkheaps class-map clear clock cluster command-alias community-list compression
config-register console coredump crashinfo crypto crypto-local csc ctl-file cts cxsc ddns default-information
dhcp-client dhcpd dhcprelay dns dns-group dns-guard domain-name dynamic-access-policy-record dynamic-filter dynamic-map
eigrp enable encryption end event exit failover feature fips flow-export flow-offload flowcontrol fragment ftp ftp-map
gateway group-policy help hpm http hw-module icmp igmp imap4s ip ips ipsec ipv6-vpn-filter isakmp jumbo-frame keepout
kerberos key key-hash l2tp lacp ldap license license-entitlement license-server lldp local-unit logging logout
mac-address mac-address-table mac-learn management management-access map media-termination memberof mfib migrate mode
monitor-interface mount mroute mtu multicast-routing names nat-assigned-to-public-ip network-list no nop ntp nve
object-group-search ospf page pager pagers passwd password password-policy phone-proxy pim pki-trustpoint policy-list
policy-map policy-route pop3s prefix-list priority-queue privilege profile prompt quit quota radius radius-common-pw
redundancy regex reload resource rest-api rip route route-map router saml scansafe scep sctp-map service
service-interface service-module service-policy setup sfr shun sip-map sla smart smart-tunnel smtp-server smtps snmp
snmp-map snmp-server ssh ssl static-route strong-encryption-disable sunrpc-server sw-module sysopt tacacs-server tcp-map
telnet terminal tftp-server threat-detection throughput time-range timeout timezone tls-proxy track tunnel-group
tunnel-group-map uc-ime url-block url-cache url-list url-server user-alert user-identity user-statistics username verify
virtual vpdn vpn vpn-addr-assign vpn-sessiondb vpnclient vpnsetup vxlan wccp webvpn xlate zone zonelabs-integrity
"""
_INTERFACE = """
arp authentication bfd bridge-group channel-group cts ddns default-mcast-group delay description dhcp dhcpd dhcprelay
duplex eigrp failover flowcontrol forward hello-interval hold-time igmp ip-client ipv6 lacp lacp-priority lldp
load-interval mac-address mcast-group media-type member-interface mfib mtu multicast nve-only ospf pim policy-route
port-channel power pppoe priority-queue proactive redundant rip router routing sctp security-group segment-id
source-interface speed split-horizon summary-address switchport trust tunnel vlan vtep-nve vxlan zone-member
"""
#: First words of statements at the margin.
IRRELEVANT = frozenset(_MARGIN.split())
#: First words below an interface.
INTERFACE = frozenset(_INTERFACE.split())
