"""Transfers of the reference city for its planted faults: mail with attachments, files through and around the gateways."""

from __future__ import annotations

import base64
import io
import zipfile

from segmentation.model.addresses import Address
from sensors.example import speech
from sensors.example.month import SECOND
from sensors.example.wire import Part, Wire

_OUTSIDE_MTA = Address.parse("203.0.113.25")
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>'
    '<Override PartName="/xl/macrosheets/sheet1.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>'
)
_WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<definedNames><definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName></definedNames></workbook>'
)
_MACRO = (
    '<?xml version="1.0"?><xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    '<sheetData><row r="1"><c r="A1"><f>HALT()</f></c></row></sheetData></xm:macrosheet>'
)


def macro_workbook() -> bytes:
    """A workbook with an Excel 4.0 macro sheet that opens by itself and does nothing (the same octets every time)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _TYPES), ("xl/workbook.xml", _WORKBOOK), ("xl/macrosheets/sheet1.xml", _MACRO),
        ):  # fmt: skip
            archive.writestr(zipfile.ZipInfo(name, (2026, 8, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mail_with(
    attachment: bytes, name: str, *, sender: str = "a@sender.example", recipient: str = "b@midorino.example"
) -> list[Part]:
    """An SMTP transaction (RFC 5321) of a mail with one attachment."""
    encoded = base64.encodebytes(attachment).replace(b"\n", b"\r\n").decode("ascii")
    message = (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: test\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="part"\r\n\r\n--part\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n'
        f'--part\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}--part--\r\n"
    )
    return transaction(message, sender, recipient)


def transaction(message: str, sender: str, recipient: str, *, host: str = "mail.midorino.example") -> list[Part]:
    """An SMTP session that carries *message* and is accepted."""
    talk = (
        (False, f"220 {host} ESMTP\r\n"), (True, f"EHLO {sender.partition('@')[2]}\r\n"),
        (False, "250-SIZE 10485760\r\n250 8BITMIME\r\n"), (True, f"MAIL FROM:<{sender}>\r\n"), (False, "250 OK\r\n"),
        (True, f"RCPT TO:<{recipient}>\r\n"), (False, "250 OK\r\n"), (True, "DATA\r\n"), (False, "354 go ahead\r\n"),
        (True, message + ".\r\n"), (False, "250 OK queued\r\n"), (True, "QUIT\r\n"), (False, "221 bye\r\n"),
    )  # fmt: skip
    return [(client, text.encode()) for client, text in talk]


def attachment_from_gateway(wire: Wire, when: int) -> None:
    """V10: the mail sanitizer delivers a mail whose workbook with macros it should have taken off."""
    wire.session(when, wire.city.host("mailsan-lg"), wire.city.host("lg-mail"), 25, mail_with(macro_workbook(), "list.xlsm"))


def text_from_gateway(wire: Wire, when: int) -> None:
    """V10's twin: what the mail sanitizer should deliver."""
    talk = speech.mail("mailsan.midorino.example", "a@sender.example", "b@midorino.example", 12)
    wire.session(when, wire.city.host("mailsan-lg"), wire.city.host("lg-mail"), 25, talk)


#: The sanitizer of the prefecture, which delivers over the LGWAN where the city has none.
_PREFECTURE = Address.parse("10.210.30.25")


def attachment_from_prefecture(wire: Wire, when: int) -> None:
    """V10 where the prefecture sanitizes: the attachment comes over the LGWAN."""
    wire.session(when, _PREFECTURE, wire.city.host("lg-mail"), 25, mail_with(macro_workbook(), "list.xlsm"))


def text_from_prefecture(wire: Wire, when: int) -> None:
    """Its twin."""
    talk = speech.mail("mailsan.pref.example", "a@sender.example", "b@midorino.example", 12)
    wire.session(when, _PREFECTURE, wire.city.host("lg-mail"), 25, talk)


def relayed(wire: Wire, when: int) -> None:
    """V19: an outside host has the relay accept a mail from a stranger to a stranger."""
    message = "From: x@stranger.example\r\nTo: y@victim.example\r\nSubject: test\r\nContent-Type: text/plain\r\n\r\nbuy\r\n"
    talk = transaction(message, "x@stranger.example", "y@victim.example")
    wire.session(when, _OUTSIDE_MTA, wire.city.host("mail-out"), 25, talk)


def refused_relay(wire: Wire, when: int) -> None:
    """V19's twin as far as relaying goes: the same attempt is refused."""
    talk = [
        (False, b"220 mail.midorino.example ESMTP\r\n"), (True, b"EHLO stranger.example\r\n"),
        (False, b"250-SIZE 10485760\r\n250 8BITMIME\r\n"), (True, b"MAIL FROM:<x@stranger.example>\r\n"),
        (False, b"250 OK\r\n"),
        (True, b"RCPT TO:<y@victim.example>\r\n"), (False, b"554 5.7.1 Relay access denied\r\n"), (True, b"QUIT\r\n"),
        (False, b"221 bye\r\n"),
    ]  # fmt: skip
    wire.session(when, _OUTSIDE_MTA, wire.city.host("mail-out"), 25, talk)


def download(body: bytes, name: str) -> list[Part]:
    """An HTTP download (RFC 9110 9.3.1)."""
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    return [(True, f"GET /f/{name} HTTP/1.1\r\nHost: files.example\r\n\r\n".encode()), (False, head.encode() + body)]


def fetched_around(wire: Wire, when: int) -> None:
    """An LGWAN terminal fetches a file from an Internet-side server itself: the data goes in, whoever asks."""
    wire.session(when, wire.city.host("lg-pc-007"), Address.parse("10.30.10.40"), 80, download(macro_workbook(), "list.xlsm"))
    wire.session(
        when + SECOND, wire.city.host("lg-pc-007"), Address.parse("10.30.10.40"), 80, download(b"a,b\r\n1,2\r\n", "t.csv")
    )
