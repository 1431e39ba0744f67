"""Mail: names in every encoding, disguises, and the rule that a mail is one text/plain part and nothing else."""

# ruff: noqa: E501 - rows of tables with bytes of whole files

from __future__ import annotations

import base64
import binascii
import struct

import pytest

from sensors.transfer.content.examine import examine
from sensors.transfer.mail import charsets, tnef
from sensors.transfer.verdict import ContentVerdict, Factor, MailText

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)
HEAD = b"From: a@example.jp\nTo: b@example.jp\nSubject: x\nMIME-Version: 1.0\n"


def details(verdict: ContentVerdict) -> set[str]:
    return {b.detail for b in verdict.breaches}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("請求書一覧表.xlsx".encode("cp932"), "請求書一覧表.xlsx"),  # 表 ends in 0x5C
        ("請求書.xlsx".encode("euc_jp"), "請求書.xlsx"),
        ("請求書.xlsx".encode("iso-2022-jp"), "請求書.xlsx"),
        ("請求書.xlsx".encode(), "請求書.xlsx"),
        (b"=?ISO-2022-JP?B?" + base64.b64encode("見積書.pdf".encode("iso-2022-jp")) + b"?=", "見積書.pdf"),
        (b"=?UTF-8?Q?=E8=A6=8B=E7=A9=8D.pdf?=", "見積.pdf"),
        # One character split between two encoded words, against RFC 2047 5 and often seen.
        (
            b"=?UTF-8?B?"
            + base64.b64encode("見".encode()[:2])
            + b"?= =?UTF-8?B?"
            + base64.b64encode("見".encode()[2:])
            + b"?=",
            "見",
        ),
        (b"plain.txt", "plain.txt"),
    ],
)
def test_names_are_read_in_the_encodings_that_are_used(raw: bytes, shown: str) -> None:
    assert charsets.decode_words(raw) == shown


def test_a_quoted_raw_name_with_a_backslash_as_second_octet_is_read_whole() -> None:
    raw = b'attachment; filename="' + "請求書一覧表.xlsx".encode("cp932") + b'"; size=5'
    assert charsets.parameters(raw) == {"filename": "請求書一覧表.xlsx", "size": "5"}


def test_continuations_are_joined_before_they_are_decoded() -> None:
    octets = "申請書類一式.zip".encode("iso-2022-jp")
    quoted = "".join(f"%{c:02X}" for c in octets).encode()
    cut = 33  # in the middle of a character
    raw = b"attachment; filename*1*=" + quoted[cut:] + b"; filename*0*=ISO-2022-JP''" + quoted[:cut] + b'; filename="wrong.txt"'
    assert charsets.parameters(raw)["filename"] == "申請書類一式.zip"


def test_one_text_part_conforms() -> None:
    verdict = examine(HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + "こんにちは".encode("iso-2022-jp"), "a.eml")
    assert verdict.mail_text is MailText.CONFORMS
    assert verdict.breaches == ()
    assert verdict.factors == ()


@pytest.mark.parametrize(
    ("rest", "detail", "factor"),
    [
        (b"Content-Type: text/html\n\n<p>x</p>", "html_body", Factor.HTML_BODY),
        (b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx", "attachment", Factor.ATTACHMENT),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(PE), "not_text_content", Factor.EXECUTABLE),
        (b"Content-Type: text/plain\n\nsee below\n\n" + base64.encodebytes(PE) + b"\n", "encoded_content", Factor.EXECUTABLE),
        (
            b"Content-Type: text/plain\n\nbegin 644 a.exe\n" + b"".join(binascii.b2a_uu(PE[i : i + 45]) for i in range(0, len(PE), 45)) + b"`\nend\n",
            "encoded_content", Factor.EXECUTABLE,
        ),
        (
            b"Content-Type: text/plain\n\n=ybegin line=128 size=99 name=a.exe\n"
            + b"".join((b"=" + bytes([(c + 106) & 255])) if (c + 42) & 255 in {0, 10, 13, 61} else bytes([(c + 42) & 255]) for c in PE)
            + b"\n=yend size=99\n",
            "encoded_content", Factor.EXECUTABLE,
        ),
        (b"Content-Type: message/rfc822\n\n" + HEAD + b"\ninner", "attached_message", Factor.ATTACHMENT),
    ],
)  # fmt: skip
def test_every_disguise_is_more_than_text(rest: bytes, detail: str, factor: Factor) -> None:
    verdict = examine(HEAD + rest, "a.eml")
    assert verdict.mail_text is MailText.VIOLATES
    assert detail in details(verdict)
    assert factor in verdict.names


def test_two_texts_are_not_one() -> None:
    body = b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\none\n--b\n\ntwo\n--b--\n'
    verdict = examine(HEAD + body, "a.eml")
    assert details(verdict) == {"several_parts"}


def test_a_header_that_says_sanitized_changes_nothing() -> None:
    body = (
        b"X-MAIL-SANITIZED: DEL_ATTACH CHG_TEXT\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(PE)
    )
    assert examine(HEAD + body, "a.eml").mail_text is MailText.VIOLATES


def _tnef(*attributes: tuple[int, bytes]) -> bytes:
    out = b"\x78\x9f\x3e\x22\x01\x00"
    for identifier, value in attributes:
        out += struct.pack("<BII", 2, identifier, len(value)) + value + b"\0\0"
    return out


def test_the_attachments_of_a_winmail_are_named_and_examined() -> None:
    data = _tnef((0x00069002, bytes(14)), (0x00018010, "工事.exe\0".encode("cp932")), (0x0006800F, PE))
    verdict = examine(data, "winmail.dat")
    assert {(f.factor, f.where) for f in verdict.factors} >= {(Factor.ATTACHMENT, "工事.exe"), (Factor.EXECUTABLE, "工事.exe")}


def test_a_tiny_tnef_that_announces_millions_of_properties_ends_at_once() -> None:
    value = struct.pack("<IHHI", 0xFFFFFFFF, 0x101F, 0x3001, 0xFFFFFFFF)
    assert list(tnef.properties(value)) == []
    assert examine(_tnef((0x00069005, value)), "winmail.dat").type == "tnef"


def test_a_verdict_tells_no_subject_and_no_address() -> None:
    secret = (
        HEAD.replace(b"Subject: x", b"Subject: Taro Yamada")
        + b"Content-Type: text/html\n\n<a href='http://h.example/taro'>t</a>"
    )
    verdict = examine(secret, "a.eml")
    said = repr(verdict)
    assert "Taro" not in said
    assert "example.jp" not in said
    assert "taro" not in said
