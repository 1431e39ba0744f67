"""Files of every encoding are read; every other file gives one clear message."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.vendors.detect import Format, NotRecognised, Recognised, detect
from segmentation.vendors.reading import MASK, SourceText, UnreadableSource, decode, mask, read_source, read_stream, shown

if TYPE_CHECKING:
    from pathlib import Path

SENTENCE = "# 窓口端末からの通信のみ許可する(2026年4月から)\n# 全角数字 10.1.2.3 とカタカナのコメント\n*filter\nCOMMIT\n"


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp932", "cp932"), ("euc_jp", "euc_jp"),
        ("iso2022_jp", "iso2022_jp"), ("utf-16", "utf-16-le"), ("utf-16-be", "utf-16-be"),
    ],
)  # fmt: skip
def test_every_encoding_gives_the_same_text(codec: str, encoding: str) -> None:
    data = (b"\xfe\xff" if codec == "utf-16-be" else b"") + SENTENCE.encode(codec)
    read = decode(data, "rules.txt")
    assert read == SourceText("rules.txt", SENTENCE, hashlib.sha256(data).hexdigest(), encoding)


@pytest.mark.parametrize(
    ("codec", "word"),
    [
        ("cp932", "許可"), ("cp932", "コメント"), ("cp932", "ｺﾒﾝﾄ 半角"), ("cp932", "あ"), ("cp932", "①髙﨑"),
        ("cp932", "住民情報系セグメント"), ("euc_jp", "許可"), ("euc_jp", "コメント"), ("euc_jp", "住民情報系セグメント"),
    ],
)  # fmt: skip
def test_short_japanese_words(codec: str, word: str) -> None:
    read = decode(f"# {word}\n".encode(codec), "x")
    assert isinstance(read, SourceText)
    assert read.text == f"# {word}\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"), (b" \n\t\r\n", "empty"), (b"\xef\xbb\xbf", "empty"), (b"\xff\xfe", "empty"),
        (b"*filter\0\n", "binary"), (b"\x1f\x8b\x08rest", "gzip"), (b"PK\x03\x04rest", "ZIP"), (b"%PDF-1.7", "PDF"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "packet capture"), (bytes(range(1, 9)) * 9, "binary"),
        (b"*filter\n# \xff\xff\xff\n", "line 2"), (b"\xff\xfe\x00", "encoding"),
    ],
)  # fmt: skip
def test_what_is_not_text_is_refused_with_a_reason(data: bytes, expected: str) -> None:
    read = decode(data, "rules.txt")
    assert isinstance(read, UnreadableSource)
    assert expected in read.message.en
    assert "rules.txt" in read.message.ja
    assert read.message.ja.endswith("。")


def test_missing_directory_and_unreadable(tmp_path: Path) -> None:
    for path, word in ((tmp_path / "none.txt", "does not exist"), (tmp_path, "is a directory")):
        read = read_source(path, "given.txt")
        assert isinstance(read, UnreadableSource)
        assert word in read.message.en
        assert "given.txt" in read.message.en
        assert str(tmp_path) not in read.message.en
    read = read_source(tmp_path / "a\0b")
    assert isinstance(read, UnreadableSource)


def test_too_large_reads_no_more_than_the_limit() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += size
            return b"a" * size

    stream = Endless()
    read = read_stream(stream, "big", limit=1 << 20)  # type: ignore[arg-type]
    assert isinstance(read, UnreadableSource)
    assert "too large" in read.message.en
    assert stream.asked == (1 << 20) + 1


def test_lines_end_only_at_newlines() -> None:
    text = SourceText("x", "a\x0bb\x85c\u2028d\r\ne\n\nf", "")
    assert text.lines() == ["a\x0bb\x85c\u2028d", "e", "", "f"]
    assert SourceText("x", "a\n", "").lines() == ["a"]


@given(st.binary(max_size=300))
def test_decode_never_raises(data: bytes) -> None:
    read = decode(data, "x")
    assert isinstance(read, SourceText) or read.message.ja


@given(st.text(max_size=300))
def test_detect_and_shown_never_raise(text: str) -> None:
    detect(text)
    assert len(shown(text, 50)) <= 50


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("set password ENC SH2abcdef==", "SH2abcdef=="), ("enable secret 5 $1$abcd$0123456789abcdefghijk.", "$1$abcd"),
        ("snmp-server community publicstring RO", "publicstring"), ('pre-shared-key ascii-text "open sesame"', "sesame"),
        ("ipsec ike pre-shared-key 1 text himitsu", "himitsu"), ('set psksecret "open sesame"', "open sesame"),
        ("https://user:hunter2@example.jp/", "hunter2"), ("root:$6$salt$abcdefghijklmnop:19000::", "abcdefghijklmnop"),
        ("key 0123456789abcdef0123456789abcdef", "0123456789abcdef"), ("api_key=abcdef", "abcdef"), ("token: zzz9", "zzz9"),
    ],
)  # fmt: skip
def test_secrets_are_masked(line: str, secret: str) -> None:
    assert secret not in mask(line)
    assert MASK in mask(line)


@pytest.mark.parametrize(
    "line",
    [
        "-A FORWARD -s 10.0.0.0/8 -d 2001:db8:0:1:2:3:4:5/128 -p tcp -m tcp --dport 443 -j ACCEPT",
        "-A INPUT -m mac --mac-source 00:00:5E:00:53:01 -j DROP", ":FORWARD DROP [123456:123456789]",
        "add set 20010db8:1", "-A x -m u32 --u32 0x0>>0x16&0x3c@0x4=0x29",
    ],
)  # fmt: skip
def test_rules_are_not_masked(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# Generated by iptables-save v1.8.9 on …\n*filter\n", Format.IPTABLES),
        ("# Generated by ip6tables-save v1.4.21\n*filter\n", Format.IP6TABLES),
        ("*mangle\n:PREROUTING ACCEPT [0:0]\n", Format.IPTABLES),
        ("*filter\n-A INPUT -s fe80::/10 -j ACCEPT\n", Format.IP6TABLES),
        ("-P INPUT ACCEPT\n-N x\n-A INPUT -s 10.0.0.0/8 -j x\n", Format.IPTABLES),
        ("[12:3456] -A INPUT -j DROP\n", Format.IPTABLES),
        ("create blocked hash:net family inet\nadd blocked 10.0.0.0/8\n", Format.IPSET),
        ("table inet filter {\n", Format.NFT), ("#!/usr/sbin/nft -f\nflush ruleset\n", Format.NFT),
        ("# remark\n\ntable ip6 nat {\n}\n", Format.NFT), ('{"nftables": [{"metainfo": {}}]}', Format.NFT_JSON),
        ("#config-version=FGT60E-7.2\nconfig system global\n", Format.FORTIOS), ("config firewall policy\n", Format.FORTIOS),
        ("!\nversion 15.2\nservice timestamps log datetime msec\n", Format.IOS), ("ip access-list NX\n", Format.IOS),
        ("object-group network G\n host 10.0.0.1\nip access-list extended X\n", Format.IOS),
        ("hostname fw\ninterface GigabitEthernet0/0\n nameif inside\n", Format.ASA),
        ("access-list IN extended permit ip any any\n", Format.ASA),
    ],
)  # fmt: skip
def test_formats_are_recognised(text: str, found: Format) -> None:
    result = detect(text)
    assert isinstance(result, Recognised)
    assert result.format is found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Chain INPUT (policy ACCEPT)\ntarget prot\n", "iptables -L"),
        ("#!/bin/sh\niptables -A INPUT -j DROP\n", "shell script"),
        ("set system services ssh\n", "Junos"), ("", "unknown"),
        ("こんにちは\n", "unknown"), ('{"a": 1}', "unknown"), ("table <blocked> { 10.0.0.0/8 }\n", "unknown"),
    ],
)  # fmt: skip
def test_other_formats_are_named(text: str, what: str) -> None:
    result = detect(text)
    assert isinstance(result, NotRecognised)
    assert what in result.message.en
    assert "iptables-save" in result.message.ja
