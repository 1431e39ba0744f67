"""No secret of a configuration is in anything that an output could show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from segmentation.device.device import Device
from segmentation.lint import lint
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import asa, fortios, panos
from segmentation.vendors.reading import SourceText, mask

#: Every kind of secret the three formats know, and statements that nobody knows with words that announce one.
MARK = "HUSHHUSH"
CONFIGS: dict[str, tuple[Callable[..., Device], str]] = {
    "fortios": (
        fortios.parse,
        """\
#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=x
config system global
    set hostname "fgt"
    set private-data-encryption HUSHHUSH01
end
config system interface
    edit "wan1"
        set ip 203.0.113.1 255.255.255.0
        set allowaccess snmp telnet
        set password ENC HUSHHUSH03
        set pppoe-unnumbered-negotiate HUSHHUSH049
    next
end
config system admin
    edit "a"
        set password HUSHHUSH05
        set ssh-public-key1 "ssh-rsa AAAAHUSHHUSH06"
    next
end
config system snmp sysinfo
    set status enable
end
config system snmp community
    edit 1
        set name "HUSHHUSH07"
    next
end
config system snmp user
    edit "u"
        set auth-pwd ENC HUSHHUSH08
        set priv-pwd HUSHHUSH09
    next
end
config vpn ipsec phase1-interface
    edit "t"
        set psksecret HUSHHUSH10
        set ppk-secret ENC HUSHHUSH11
        set authpasswd HUSHHUSH12
        set proposal des-md5
    next
end
config wireless-controller vap
    edit "w"
        set ssid "w"
        set passphrase HUSHHUSH13
        set sae-password HUSHHUSH14
        set security wpa3-sae
    next
end
config user local
    edit "b"
        set passwd HUSHHUSH15
    next
end
config user radius
    edit "r"
        set secret HUSHHUSH16
    next
end
config router bgp
    config neighbor
        edit "10.0.0.1"
            set password HUSHHUSH17
        next
    end
end
config vpn certificate local
    edit "c"
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
HUSHHUSH18
-----END ENCRYPTED PRIVATE KEY-----"
    next
end
config firewall unknownthing
    edit 1
        set api-key HUSHHUSH19
    next
end
config firewall policy
    edit 1
        set srcintf "wan1"
        set dstintf "wan1"
        set srcaddr "all"
        set dstaddr "all"
        set action accept
        set service "ALL"
        set schedule "always"
        set unknown-token HUSHHUSH20
        set auth-secret-key ENC HUSHHUSH21
    next
end
set psksecret HUSHHUSH22
token HUSHHUSH23
config system ntp
    set ntpsync enable
    set type custom
    config ntpserver
        edit 1
            set server "10.0.0.1"
            set key HUSHHUSH24
        next
    end
end
config firewall address
    edit "x"
        set type sdn
        set sdn-token HUSHHUSH25
        set unknownkey ENC HUSHHUSH26
    next
end
""",
    ),
    "asa": (
        asa.parse,
        """\
ASA Version 9.16(4)
hostname a
enable password HUSHHUSH01 encrypted
passwd HUSHHUSH02 encrypted
interface GigabitEthernet0/0
 nameif in
 ip address 10.0.0.1 255.255.255.0
 ospf authentication-key HUSHHUSH03
 ospf message-digest-key 1 md5 HUSHHUSH04
 pppoe client password HUSHHUSH05
 strange secret HUSHHUSH06
username u password HUSHHUSH07 nt-encrypted
username v password HUSHHUSH08
snmp-server community HUSHHUSH09
snmp-server community 8 HUSHHUSH10
snmp-server host in 10.0.0.9 community 8 HUSHHUSH11 version 2c
snmp-server user w grp v3 encrypted auth sha HUSHHUSH12 priv aes 128 HUSHHUSH13
ntp authentication-key 1 md5 HUSHHUSH14
ntp server 10.0.0.2 key 1
tunnel-group 198.51.100.1 ipsec-attributes
 ikev1 pre-shared-key HUSHHUSH15
 ikev2 remote-authentication pre-shared-key HUSHHUSH16
 ikev2 local-authentication pre-shared-key HUSHHUSH17
aaa-server R protocol radius
aaa-server R (in) host 10.0.0.3
 key HUSHHUSH18
 ldap-login-password HUSHHUSH19
key chain K
 key 1
  key-string HUSHHUSH20
failover key HUSHHUSH21
failover ipsec pre-shared-key HUSHHUSH22
crypto isakmp key HUSHHUSH23 address 1.2.3.4
isakmp key HUSHHUSH24 address 1.2.3.4
unknownthing token HUSHHUSH25
unknownthing2 key HUSHHUSH26
router bgp 1
 neighbor 1.1.1.1 password HUSHHUSH27
crypto ca certificate chain X
 certificate 01
  3082HUSHHUSH28
ssh 0 0 in key-hash HUSHHUSH29
key config-key password-encryption HUSHHUSH30
snmp-server host in 10.0.0.9 community HUSHHUSH33
crypto map M 1 set session-key inbound esp 256 cipher HUSHHUSH34
vpdn username x password HUSHHUSH35
http authentication-certificate HUSHHUSH99
snmp-server user q grp v3 auth md5 HUSHHUSH36
""",
    ),
    "panos": (
        panos.parse,
        """\
set deviceconfig system hostname p
set deviceconfig system ip-address 10.0.0.2
set mgt-config users a phash $1$aaaa$HUSHHUSH01
set deviceconfig system snmp-setting access-setting version v2c snmp-community-string HUSHHUSH02
set network ike gateway g authentication pre-shared-key key -AQ==HUSHHUSH03
set shared server-profile radius r server s secret -AQ==HUSHHUSH04
set shared certificate c private-key -AQ==HUSHHUSH05
set network interface ethernet ethernet1/1 layer3 ip 10.0.0.1/24
set network interface ethernet ethernet1/1 layer3 pppoe password HUSHHUSH06
set network virtual-router default protocol bgp auth-profile a secret HUSHHUSH07
set zone z network layer3 ethernet1/1
set rulebase security rules r from z
set rulebase security rules r to z
set rulebase security rules r source any
set rulebase security rules r destination any
set rulebase security rules r application any
set rulebase security rules r service any
set rulebase security rules r action allow
set rulebase security rules r unknown-key HUSHHUSH08
set rulebase security rules r unknown-token secret HUSHHUSH09
set external-list e type ip auth password HUSHHUSH10
set deviceconfig system unknown api-key HUSHHUSH11
set shared unknownblock password HUSHHUSH12
password HUSHHUSH13
set address x ip-netmask 10.0.0.1 token HUSHHUSH14
set deviceconfig system ntp-servers primary-ntp-server authentication-type symmetric-key md5-key HUSHHUSH15
""",
    ),
}


@pytest.mark.parametrize("vendor", CONFIGS)
def test_secrets_are_masked_everywhere(vendor: str) -> None:
    parse, text = CONFIGS[vendor]
    assert text.count(MARK) >= 15
    found = parse([SourceText("secrets", text, "0" * 64)])
    assert MARK not in repr(found)
    assert found.not_understood
    assert found.management.services
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    result = lint([found], None, policy, dt.date(2026, 11, 21))
    assert result.findings
    assert MARK not in repr(result)


@pytest.mark.parametrize(
    "line",
    [
        "unknown key HUSHHUSH",
        "ppk-secret-key HUSHHUSH",
        "crypto isakmp key HUSHHUSH address 192.0.2.1",
        'auth-api-key: "HUSHHUSH"',
    ],
)
def test_words_that_announce_a_key(line: str) -> None:
    assert MARK not in mask(line)


@pytest.mark.parametrize("line", ["ssh key-exchange group dh-group14-sha256", "monkey business", "key-chain rotation"])
def test_words_that_only_look_like_it(line: str) -> None:
    assert mask(line) == line
