"""Acceptance of mail: every disguise of an attachment, every name in Japanese, and the mails that are text and nothing else."""

# ruff: noqa: E501 - rows of tables with the text of whole files

from __future__ import annotations

import base64
import binascii
import datetime as dt
import functools

import forged_files as made
import pytest
from forged_files import PE, TEXT_PART, attached, mail, multipart, outlook, tnef, zipped

from sensors.transfer.content.examine import examine
from sensors.transfer.verdict import Content, ContentVerdict, MailText, Reason

VBA = made.docx(main="application/vnd.ms-word.document.macroEnabled.main+xml", parts={"word/vbaProject.bin": b"x"})


def judge(data: bytes, name: str = "a.eml") -> tuple[set[str], str]:
    verdict = examine(data, name)
    return {f.value for f in verdict.names}, verdict.mail_text.value


PROSE = "お世話になっております。市役所総務課です。\r\n添付のパスワードは別途お送りします。DDE、JavaScript、begin 644 の話です。\r\n"
CLEAN = {
    "ascii": mail(),
    "empty body": mail(""),
    "utf-8 base64": mail(base64.encodebytes(PROSE.encode()), "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"),
    "utf-8 8bit": mail(PROSE, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
    "iso-2022-jp": mail(PROSE.encode("iso-2022-jp"), "Content-Type: text/plain; charset=ISO-2022-JP", "Content-Transfer-Encoding: 7bit"),
    "cp932 without charset": mail(PROSE.encode("cp932")),
    "euc-jp": mail(PROSE.encode("euc-jp"), "Content-Type: text/plain; charset=euc-jp"),
    "utf-7": mail(PROSE.encode("utf-7"), "Content-Type: text/plain; charset=utf-7"),
    "quoted-printable": mail("=E3=81=82=\r\n=E3=81=84 a=3Db\r\n", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"),
    "format flowed": mail("a \r\nb\r\n-- \r\nsig\r\n", "Content-Type: text/plain; format=flowed"),
    "single part of a multipart": multipart(TEXT_PART),
    "odd case": mail("x", "CONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-8"),
    "element names": mail("入力欄に <script> や <iframe> と書かないこと。\r\n"),
    "pdf named": mail("%PDF-1.7 で始まるファイルです。\r\n"),
    "mz": mail("MZ世代の調査について、次のとおり照会します。回答は 11月30日までにお願いします。\r\n" * 2),
    "long address": mail("https://www.city.example/" + "a" * 200 + "\r\n"),
    "hash values": mail("sha256: " + "0123456789abcdef" * 4 + "\r\n" * 2),
    "pgp words": mail("PGPで暗号化したメールは受け取れません。\r\n"),
    "quoted mail": mail("> From: c@c.example\r\n> Subject: x\r\n>\r\n> text\r\n"),
    "forwarded in the text": mail("---- Original Message ----\r\nFrom: c@c.example\r\nTo: d@d.example\r\nSubject: x\r\nDate: y\r\n\r\ntext\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", CLEAN)
def test_text_only_mails_conform(case: str) -> None:
    verdict = examine(CLEAN[case], "a.eml")
    assert (verdict.content, verdict.mail_text, verdict.factors) == (Content.NONE_FOUND, MailText.CONFORMS, ())


NAMES = {
    "rfc 2231": b"filename*=utf-8''%E8%A6%8B%E7%A9%8D.docx",
    "rfc 2231 continued": b"filename*0*=iso-2022-jp''%1B$B8%2B; filename*1*=%40Q%1B%28B; filename*2=.docx",
    "rfc 2231 out of order": b"filename*1*=%A9%8D.docx; filename*0*=utf-8''%E8%A6%8B%E7",
    "rfc 2047 quoted": b'filename="=?UTF-8?B?6KaL56mNLmRvY3g=?="',
    "rfc 2047 split in a character": b'filename="=?UTF-8?B?6KaL56k=?=\r\n =?UTF-8?B?jS5kb2N4?="',
    "iso-2022-jp word": b"filename==?ISO-2022-JP?B?GyRCOCtAURsoQi5kb2N4?=",
    "raw cp932": b'filename="' + "見積.docx".encode("cp932") + b'"',
    "raw euc-jp": b'filename="' + "見積.docx".encode("euc-jp") + b'"',
    "raw iso-2022-jp": b'filename="' + "見積.docx".encode("iso-2022-jp") + b'"',
    "raw utf-8": 'filename="見積.docx"'.encode(),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_names_and_encodings(case: str, encoding: str) -> None:
    verdict = examine(multipart(TEXT_PART, attached(VBA, NAMES[case], encoding=encoding)), "a.eml")
    assert {f.value for f in verdict.names} == {"attachment", "macro", "ext_mismatch"}
    assert "part 3 見積.docx" in {f.where for f in verdict.factors}
    assert verdict.mail_text is MailText.VIOLATES


def uuencoded(name: str, data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[i : i + 45]) for i in range(0, len(data), 45)]
    return f"begin 644 {name}\n".encode() + b"".join(lines) + b"`\nend\n"


def yenc(name: str, data: bytes) -> bytes:
    body = bytearray()
    for octet in data:
        value = (octet + 42) & 0xFF
        body += bytes((0x3D, (value + 64) & 0xFF)) if value in {0, 10, 13, 0x3D} else bytes((value,))
    return f"=ybegin line=128 size={len(data)} name={name}\r\n".encode() + bytes(body) + b"\r\n=yend\r\n"


B64 = base64.encodebytes
DISGUISED = {
    "uuencode": (mail(b"see\n" + uuencoded("a.docm", VBA)), {"attachment", "macro"}),
    "uuencode in html-free multipart": (multipart(TEXT_PART + uuencoded("a.exe", PE)), {"attachment", "executable"}),
    "yenc": (mail(yenc("a.exe", PE)), {"attachment", "executable"}),
    "bare base64": (mail(b"text\r\n\r\n" + B64(PE)), {"attachment", "executable"}),
    "bare base64 with crlf in a zip": (mail(B64(zipped({"a.docm": VBA})).replace(b"\n", b"\r\n")), {"attachment", "macro"}),
    "base64 body is a program": (mail(B64(PE), "Content-Type: text/plain", "Content-Transfer-Encoding: base64"), {"executable"}),
    "base64 body is html": (mail(B64(b"<html><script>x()</script></html>"), "Content-Type: text/plain", "Content-Transfer-Encoding: base64"), {"javascript"}),
    "html body": (mail("<p>x</p>", "Content-Type: text/html"), {"html_body"}),
    "html body with script": (mail("<script>x()</script>", "Content-Type: text/html"), {"html_body", "javascript"}),
    "html alternative": (multipart(TEXT_PART, b"Content-Type: text/html\r\n\r\n<a href='https://h.example/'>x</a>", kind="alternative"), {"html_body", "uri"}),
    "html with tracker": (mail('<img src="http://h.example/1.gif">', "Content-Type: text/html"), {"html_body", "external_link"}),
    "attached message": (multipart(TEXT_PART, b"Content-Type: message/rfc822\r\n\r\n" + multipart(TEXT_PART, attached(VBA, "filename=a.docm"))), {"attachment", "macro"}),
    "message in message in message": (multipart(TEXT_PART, b"Content-Type: message/rfc822\r\n\r\n" + multipart(TEXT_PART, b"Content-Type: message/rfc822\r\n\r\n" + multipart(TEXT_PART, attached(PE, "filename=a.exe"), boundary="b3"), boundary="b2")), {"attachment", "executable"}),
    "message as base64": (multipart(TEXT_PART, b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + B64(multipart(TEXT_PART, attached(PE, "filename=a.exe"), boundary="b2"))), {"attachment", "executable"}),
    "eml file": (multipart(TEXT_PART, attached(multipart(TEXT_PART, attached(VBA, "filename=a.docm"), boundary="b2"), "filename=a.eml")), {"attachment", "macro"}),
    "inline picture": (multipart(TEXT_PART, b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\n" + B64(made.PNG)), {"attachment"}),
    "text attachment": (multipart(TEXT_PART, attached(b"text", "filename=a.txt", kind="text/plain")), {"attachment"}),
    "program declared as text": (multipart(TEXT_PART, attached(PE, "filename=a.txt", kind="text/plain")), {"attachment", "executable", "ext_mismatch"}),
    "tnef": (multipart(TEXT_PART, attached(tnef((b"a.docm", VBA)), "filename=winmail.dat", kind="application/ms-tnef")), {"attachment", "macro"}),
    "tnef in cp932": (multipart(TEXT_PART, attached(tnef(("表.exe".encode("cp932"), PE)), "filename=winmail.dat")), {"attachment", "executable"}),
    "calendar": (multipart(TEXT_PART, b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", kind="alternative"), {"attachment"}),
    "boundary never comes": (mail(b"--other\r\n\r\n" + B64(PE), 'Content-Type: multipart/mixed; boundary="none"'), {"attachment", "executable"}),
    "no closing boundary": (multipart(TEXT_PART, attached(PE, "filename=a.exe"))[:-6], {"attachment", "executable"}),
    "two content types": (mail(b"<script>x()</script>", "Content-Type: text/plain", "Content-Type: text/html"), {"html_body", "javascript"}),
    "boundary with spaces": (mail(b"--b 1\r\n" + TEXT_PART + b"--b 1\r\n" + attached(PE, "filename=a.exe") + b"--b 1--\r\n", 'Content-Type: multipart/mixed; boundary="b 1"'), {"attachment", "executable"}),
    "unknown transfer encoding": (multipart(TEXT_PART, attached(PE, "filename=a.exe").replace(b"Transfer-Encoding: base64", b"Transfer-Encoding: x-uuencode").split(b"\r\n\r\n")[0] + b"\r\n\r\n" + uuencoded("a.exe", PE)), {"attachment", "executable"}),
    "attachment in the epilogue": (multipart(TEXT_PART) + b"\r\n" + uuencoded("a.exe", PE), {"attachment", "executable"}),
    "mht with activemime": (multipart(b"Content-Type: text/html\r\n\r\n<p>x</p>", attached(b"ActiveMime\0\0" + bytes(80), "filename=editdata.mso", kind="application/x-mso"), kind="related"), {"html_body", "attachment", "macro"}),
    "signature": (multipart(TEXT_PART, attached(b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "filename=smime.p7s", kind="application/pkcs7-signature"), kind="signed"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", DISGUISED)
def test_disguises(case: str) -> None:
    data, want = DISGUISED[case]
    found, text = judge(data)
    assert text == "violates"
    if want is not None:
        assert found == want


@functools.cache
def certificate() -> tuple[object, object]:
    from cryptography import x509  # noqa: PLC0415 - slow to load
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - the same

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made_one = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=900)).sign(
        key, hashes.SHA256()
    )
    return made_one, key


def smime(inner: bytes, *, opaque: bool = True, sealed: bool = False) -> ContentVerdict:
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.serialization import pkcs7  # noqa: PLC0415 - the same

    cert, key = certificate()
    der = serialization.Encoding.DER
    if sealed:
        data = pkcs7.PKCS7EnvelopeBuilder().set_data(inner).add_recipient(cert).encrypt(der, [pkcs7.PKCS7Options.Binary])  # type: ignore[arg-type]
        kind = "enveloped-data"
    else:
        options = [pkcs7.PKCS7Options.Binary] + ([] if opaque else [pkcs7.PKCS7Options.DetachedSignature])
        data = pkcs7.PKCS7SignatureBuilder().set_data(inner).add_signer(cert, key, hashes.SHA256()).sign(der, options)  # type: ignore[arg-type]
        kind = "signed-data"
    if not opaque:
        return examine(
            multipart(inner, attached(data, "filename=smime.p7s", kind="application/pkcs7-signature"), kind="signed"), "a.eml"
        )
    headers = (f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m", "Content-Transfer-Encoding: base64")
    return examine(mail(base64.encodebytes(data), *headers), "a.eml")


def test_smime() -> None:
    opaque = smime(multipart(TEXT_PART, attached(VBA, "filename=a.docm")))
    assert {f.value for f in opaque.names} == {"attachment", "macro"}
    assert opaque.mail_text is MailText.VIOLATES
    harmless = smime(TEXT_PART)
    assert {f.value for f in harmless.names} == {"attachment"}
    assert not harmless.gaps
    detached = smime(TEXT_PART, opaque=False)
    assert {f.value for f in detached.names} == {"attachment"}
    assert not detached.gaps
    sealed = smime(TEXT_PART, sealed=True)
    assert {g.reason for g in sealed.gaps} == {Reason.ENCRYPTED}
    assert "encrypted" in sealed.names


def test_outlook() -> None:
    assert judge(outlook({"見積.docm": VBA, "a.exe": PE}), "a.msg")[0] == {"attachment", "macro", "executable"}
    plain = examine(outlook({}), "a.msg")
    assert (plain.content, plain.mail_text) == (Content.NONE_FOUND, MailText.CONFORMS)
    html = examine(outlook({}, more={"__substg1.0_10130102": b"<p>x</p>"}), "a.msg")
    assert html.mail_text is MailText.VIOLATES
    scripted = examine(outlook({}, more={"__substg1.0_10130102": b"<html><script>x()</script></html>"}), "a.msg")
    assert "javascript" in scripted.names
    inner = {f"__attach_version1.0_#00000000/__substg1.0_3701000D/{k}": v for k, v in {
        "__substg1.0_1000001F": b"x\0", "__attach_version1.0_#00000000/__substg1.0_3707001F": "b.exe".encode("utf-16-le"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": PE,
    }.items()}  # fmt: skip
    assert judge(outlook({}, more=inner), "a.msg")[0] == {"attachment", "executable"}


def test_a_mailbox_is_every_message_of_it() -> None:
    one = b"From a@a.example Sat Nov 21 10:00:00 2026\r\n"
    box = one + mail() + b"\r\n\r\n" + one + multipart(TEXT_PART, attached(PE, "filename=a.exe")) + b"\r\n"
    assert {f.value for f in examine(box, "a.mbox").names} == {"attachment", "executable"}
