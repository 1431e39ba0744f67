"""Secrets that do not follow their keyword at once, and those that people write into comments."""

from __future__ import annotations

import pytest

from segmentation.vendors.reading import shown

LINES = (
    "snmp-server user u g v3 auth sha HIMITSU priv aes 128 HIMITSU",
    "snmp-server host 10.1.1.1 version 2c HIMITSU",
    "snmp-server host 10.1.1.1 traps HIMITSU",
    "snmp-server host 10.1.1.1 HIMITSU",
    " ip ospf message-digest-key 1 md5 7 HIMITSU",
    " standby 1 authentication md5 key-string HIMITSU",
    " wpa-psk ascii 0 HIMITSU",
    "set network ike gateway g authentication pre-shared-key key -AQ==HIMITSU",
    "<phash>HIMITSU</phash>",
    '"admin_password": "HIMITSU",',
    '"shared_key": "HIMITSU"',
    "set auth-pwd ENC HIMITSU",
    "ntp authentication-key 1 md5 HIMITSU 7",
    "bfd interval authentication sha1 HIMITSU",
    "snmp community read-only HIMITSU",
    "access-list X remark 保守用パスワード：HIMITSU",
    " description root pw: HIMITSU",
)


@pytest.mark.parametrize("line", LINES)
def test_a_secret_is_not_shown(line: str) -> None:
    assert "HIMITSU" not in shown(line)


@pytest.mark.parametrize(
    "line",
    [
        "access-list X extended permit tcp any host 10.1.1.1 eq 443 log",
        "-A FORWARD -p ah -m comment --comment auth-servers -j ACCEPT",
        "set security policies from-zone a to-zone b policy pw-reset match application any",
        "snmp-server host inside 10.1.1.1 poll",
    ],
)
def test_a_rule_is_shown_as_it_is(line: str) -> None:
    assert shown(line) == line
