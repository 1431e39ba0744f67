"""Variants of each protocol: codings, transfer modes, directions; cut anywhere, the same files come out."""

from __future__ import annotations

import hashlib
import struct

import hpack
import pytest

from sensors.transfer.protocols.base import Kind, Transfer, Unseen
from sensors.transfer.protocols.ftp import Ftp, FtpData, expected_plan
from sensors.transfer.protocols.http2 import PREFACE
from sensors.transfer.protocols.smb import Smb
from sensors.transfer.protocols.tftp import TftpData, TftpRequest
from tests.transfer_conversations import (
    CLIENT,
    FILE,
    Said,
    Table,
    chunked,
    framed,
    http,
    smb2,
    smb2_write,
    smtp,
    text,
)

SHA = hashlib.sha256(FILE).hexdigest()
MAIL = b"Subject: s\r\n\r\n.begins with a dot\r\n..two\r\n.\x20\r\nend\r\n"
STEPS = (0, 1, 2, 3, 7, 1460)


def _all(said: list[Said], port: int, step: int = 0) -> list[Transfer]:
    table = Table()
    table.talk(said, port, step=step)
    assert not table.counts["http_resync"]
    return table.found


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("chunks", [False, True])
@pytest.mark.parametrize("pipelined", [False, True])
def test_mail(step: int, chunks: bool, pipelined: bool) -> None:
    (mail,) = _all(smtp(MAIL, chunks=chunks, pipelined=pipelined), 443, step)
    assert (mail.protocol, mail.kind, mail.sha256) == ("smtp", Kind.MAIL, hashlib.sha256(MAIL).hexdigest())
    assert not mail.missing
    assert mail.envelope is not None
    assert mail.envelope.accepted_domains == ("b.example",)
    assert (mail.envelope.recipients, mail.envelope.size_limit, mail.envelope.accepted) == (2, 1_000_000, True)


@pytest.mark.parametrize("step", [0, 1, 5, 1460])
@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd"])
@pytest.mark.parametrize("upload", [False, True])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_http(step: int, coding: str, upload: bool, in_chunks: bool) -> None:
    (file,) = _all(http(FILE, coding=coding, upload=upload, in_chunks=in_chunks), 25, step)
    assert (file.protocol, file.name, file.sha256, file.missing) == ("http", "図.zip", SHA, False)
    assert (file.sender == file.client) is upload


def test_a_coding_that_is_unknown_or_a_lie_is_not_observed() -> None:
    said = http(FILE)
    for lie in (b"Content-Encoding: compress\r\n", b"Content-Encoding: gzip\r\n"):
        answer = said[1][1].replace(b"OK\r\n", b"OK\r\n" + lie)
        (file,) = _all([said[0], (False, answer)], 80)
        assert (file.unseen, file.sha256) == (Unseen.CODING, SHA)


@pytest.mark.parametrize("step", [0, 1, 9])
@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="' + "表計算ソ.xlsx".encode("cp932") + b'"', "表計算ソ.xlsx"),
        (b"filename*=UTF-8''%E8%A1%A8.xlsx", "表.xlsx"),
        (b"filename=\"x.txt\"; filename*=iso-2022-jp''%1B$BI%3D%1B%28B.xlsx", "表.xlsx"),
        (b'filename="C:\\dir\\plain.bin"', "plain.bin"),
    ],
)
def test_multipart(step: int, disposition: bytes, name: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nhello\r\n--b\r\n'
        b'Content-Disposition: form-data; name="f"; '
        + disposition
        + b"\r\nContent-Type: text/plain\r\n\r\n"
        + FILE
        + b"\r\n--b--\r\n"
    )
    head = b"POST /u HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n"
    said = [
        (True, head + b"Transfer-Encoding: chunked\r\n\r\n"), (False, b"HTTP/1.1 100 Continue\r\n\r\n"),
        (True, chunked(body, 333)), (False, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ]  # fmt: skip
    found = _all(said, 80, step)
    assert [(t.name, t.sha256) for t in found if t.name == name] == [(name, SHA)]
    assert [t.container for t in found] == [False, False, True]


@pytest.mark.parametrize("upload", [False, True])
def test_ranges_on_two_connections_in_any_order(upload: bool) -> None:
    table = Table()
    half = len(FILE) // 2
    for begin, part in ((half, FILE[half:]), (0, FILE[:half])):
        span = b'Content-Range: bytes %d-%d/%d\r\nETag: "e"\r\nContent-Length: %d\r\n\r\n' % (
            begin, begin + len(part) - 1, len(FILE), len(part),
        )  # fmt: skip
        if upload:
            said = [(True, b"PUT /x.zip HTTP/1.1\r\nHost: h\r\n" + span + part), (False, b"HTTP/1.1 204 No\r\n\r\n")]
        else:
            said = [(True, b"GET /x.zip HTTP/1.1\r\nHost: h\r\n\r\n"), (False, b"HTTP/1.1 206 Part\r\n" + span + part)]
        table.talk(said, 80)
    whole = [t for t in table.found if not t.piece]
    assert [(t.sha256, t.missing, t.name) for t in whole] == [(SHA, False, "x.zip")]


def test_a_tunnel_is_read_and_pipelined_answers_find_their_requests() -> None:
    inner = http(FILE)
    said = [(True, b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"), (False, b"HTTP/1.1 200 Established\r\n\r\n"), *inner]
    assert [t.sha256 for t in _all(said, 8080)] == [SHA]
    twice = [(True, inner[0][1] + inner[0][1].replace(b".zip", b".2")), (False, inner[1][1] + inner[1][1])]
    assert [t.name for t in _all(twice, 80, 11)] == ["図.zip", "図.2"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "way",
    [
        [(True, b"\x05\x01\x00"), (False, b"\x05\x00"), (True, b"\x05\x01\x00\x03\x04host\x00\x50"),
         (False, b"\x05\x00\x00\x01" + bytes(6))],
        [(True, b"\x05\x02\x00\x02"), (False, b"\x05\x02"), (True, b"\x01\x01u\x02pp"), (False, b"\x01\x00"),
         (True, b"\x05\x01\x00\x01" + bytes(6)), (False, b"\x05\x00\x00\x01" + bytes(6))],
        [(True, b"\x04\x01\x00\x50\x00\x00\x00\x01user\x00host\x00"), (False, b"\x00\x5a" + bytes(6))],
    ],
)  # fmt: skip
def test_socks_is_taken_off(way: list[Said], step: int) -> None:
    assert [(t.name, t.sha256) for t in _all([*way, *http(FILE)], 1080, step)] == [("図.zip", SHA)]


def _h2(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


@pytest.mark.parametrize("step", [0, 1, 100])
@pytest.mark.parametrize("upgrade", [False, True])
def test_http2(step: int, upgrade: bool) -> None:
    request, answer = hpack.Encoder(), hpack.Encoder()
    head = request.encode([(":method", "GET"), (":path", "/a.zip"), (":authority", "h"), (":scheme", "http")])
    number = 1
    asked = PREFACE + _h2(4, 0, 0, b"")
    if not upgrade:
        asked += _h2(1, 5, number, head)
    reply = _h2(4, 0, 0, b"") + _h2(1, 4, number, answer.encode([(":status", "200"), ("content-type", "application/zip")]))
    reply += b"".join(_h2(0, 8, number, bytes([3]) + FILE[at : at + 900] + b"\0\0\0") for at in range(0, len(FILE), 900))
    reply += _h2(0, 1, number, b"")
    said = [(True, asked), (False, reply)]
    if upgrade:
        said = [
            (True, b"GET /a.zip HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"),
            (False, b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), *said,
        ]  # fmt: skip
    (file,) = _all(said, 80, step)
    assert (file.protocol, file.name, file.sha256, file.missing) == ("http2", "a.zip", SHA, False)


def _ftp(table: Table, setup: list[Said], verb: str, *, port: int, active: bool, data: bytes = FILE, rest: int = 0) -> None:
    control = table.connection(21)
    reader = Ftp(table.shared, control, 0)
    before = text((False, "220 FTP\r\n"), (True, "TYPE I\r\n"), (False, "200 ok\r\n"))
    after = [*text((True, f"REST {rest}\r\n"), (False, "350 ok\r\n")), (True, f"{verb} 報告.pdf\r\n".encode("cp932"))]
    for from_client, octets in [*before, *setup, *after]:
        reader.data(0 if from_client else 1, octets)
    connection = table.connection(20 if active else port, port if active else 50001, opened_by_server=active)
    plan = expected_plan(table.shared, table.shared.ends(connection))
    assert plan is not None
    stream = FtpData(table.shared, connection, connection.initiator, plan)
    stream.data(0 if verb == "STOR" else 1, data)
    stream.close()


@pytest.mark.parametrize("verb", ["RETR", "STOR"])
@pytest.mark.parametrize(
    ("setup", "active"),
    [
        (text((True, "PASV\r\n"), (False, "227 Entering (10,0,0,2,20,10)\r\n")), False),
        (text((True, "EPSV\r\n"), (False, "229 Ok (|||5130|)\r\n")), False),
        (text((True, "PORT 10,0,0,1,20,10\r\n"), (False, "200 ok\r\n")), True),
        (text((True, "EPRT |1|10.0.0.1|5130|\r\n"), (False, "200 ok\r\n")), True),
        # behind address translation the reply names another address
        (text((True, "PASV\r\n"), (False, "227 Entering (192,168,9,9,20,10)\r\n")), False),
    ],
)
def test_ftp(setup: list[Said], active: bool, verb: str) -> None:
    table = Table()
    _ftp(table, setup, verb, port=5130, active=active)
    (file,) = table.found
    assert (file.name, file.sha256, file.missing) == ("報告.pdf", SHA, False)
    assert (file.sender == file.client) is (verb == "STOR")


def test_ftp_resumed() -> None:
    table = Table()
    setup = text((True, "EPSV\r\n"), (False, "229 Ok (|||5130|)\r\n"))
    _ftp(table, setup, "RETR", port=5130, active=False, data=FILE[:4000])
    _ftp(table, setup, "RETR", port=5130, active=False, data=FILE[4000:], rest=4000)
    assert [t.sha256 for t in table.found if ("joined", "resumed") in t.notes] == [SHA]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("related", [False, True])
def test_smb2_write(step: int, related: bool) -> None:
    (file,) = _all(smb2_write("dir\\資料.xlsm", FILE, related=related), 445, step)
    assert (file.protocol, file.name, file.operation, file.sha256, file.missing) == ("smb", "資料.xlsm", "write", SHA, False)


def test_smb_encrypted_and_compressed_are_not_observed() -> None:
    said = [(True, framed(b"\xfdSMB" + bytes(100), b"\xfcSMB" + bytes(50)))]
    assert {(t.unseen, t.size) for t in _all(said, 445)} == {(Unseen.SMB_ENCRYPTED, 104), (Unseen.CODING, 54)}


def test_smb_goes_on_behind_a_gap() -> None:
    table = Table()
    connection = table.connection(445)
    reader = Smb(table.shared, connection, 0)
    reader.data(0, framed(smb2(3, bytes(20), number=1))[:30])
    reader.gap(0, 100)
    for from_client, octets in smb2_write("a.bin", FILE):
        reader.data(0 if from_client else 1, octets)
    reader.close()
    assert [t.sha256 for t in table.found] == [SHA]


def _call(xid: int, procedure: int, body: bytes) -> bytes:
    message = struct.pack(">6I4I", xid, 0, 2, 100003, 3, procedure, 0, 0, 0, 0) + body
    return struct.pack(">I", 0x80000000 | len(message)) + message


def _answer(xid: int, body: bytes) -> bytes:
    message = struct.pack(">6I", xid, 1, 0, 0, 0, 0) + body
    return struct.pack(">I", 0x80000000 | len(message)) + message


@pytest.mark.parametrize("step", [0, 1, 1460])
@pytest.mark.parametrize("write", [False, True])
def test_nfs3(step: int, write: bool) -> None:
    handle = struct.pack(">I", 8) + b"filehand"
    name = "図面.dwg".encode()
    lookup = handle + struct.pack(">I", len(name)) + name + bytes(-len(name) % 4)
    said = [(True, _call(1, 3, lookup)), (False, _answer(1, struct.pack(">I", 0) + handle + bytes(8)))]
    body = struct.pack(">I", len(FILE)) + FILE + bytes(-len(FILE) % 4)
    if write:
        said += [
            (True, _call(2, 7, handle + struct.pack(">QII", 0, len(FILE), 2) + body)),
            (True, _call(3, 21, handle + bytes(12))),
        ]
    else:
        said += [
            (True, _call(2, 6, handle + struct.pack(">QI", 0, len(FILE)))),
            (False, _answer(2, struct.pack(">4I", 0, 0, len(FILE), 1) + body)),
        ]
    (file,) = _all(said, 2049, step)
    assert (file.protocol, file.name, file.sha256, file.operation) == ("nfs", "図面.dwg", SHA, "write" if write else "read")


@pytest.mark.parametrize("write", [False, True])
def test_tftp(write: bool) -> None:
    table = Table()
    ask = TftpRequest(table.shared, table.connection(69, protocol=17), 0)
    request = b"\0" + bytes([2 if write else 1]) + b"cfg.bin\0octet\0blksize\x001024\0"
    ask.datagram(0, request, len(request))
    plan = table.shared.expected.pop((*CLIENT, 17))
    data = TftpData(table.shared, table.connection(40000, protocol=17), 0, plan)
    blocks = [FILE[at : at + 1024] for at in range(0, len(FILE) + 1, 1024)]
    order = [0, 1, 1, 3, 2, *range(4, len(blocks))]
    for n in order:
        octets = b"\0\3" + struct.pack(">H", n + 1) + blocks[n]
        data.datagram(0 if write else 1, octets, len(octets))
    data.close()
    assert [(t.name, t.sha256, t.missing) for t in table.found] == [("cfg.bin", SHA, False)]


@pytest.mark.parametrize("step", STEPS)
def test_mailboxes(step: int) -> None:
    stuffed = MAIL.replace(b"\r\n.", b"\r\n..")
    pop = [(False, b"+OK ready\r\n"), (True, b"USER u\r\n"), (False, b"+OK\r\n"), (True, b"RETR 1\r\n"),
           (False, b"+OK 1\r\n" + stuffed + b".\r\n")]  # fmt: skip
    imap = [(False, b"* OK ready\r\n"), (True, b"a FETCH 1 BODY[]\r\n"),
            (False, b"* 1 FETCH (BODY[] {%d}\r\n%s)\r\na OK\r\n" % (len(MAIL), MAIL)),
            (True, b"b APPEND x {%d+}\r\n%s\r\n" % (len(MAIL), MAIL)), (False, b"b OK\r\n")]  # fmt: skip
    assert [t.sha256 for t in _all(pop, 110, step)] == [hashlib.sha256(MAIL).hexdigest()]
    assert [t.sha256 for t in _all(imap, 143, step)] == [hashlib.sha256(MAIL).hexdigest()] * 2


@pytest.mark.parametrize("step", STEPS)
def test_printing(step: int) -> None:
    control = b"Hpc\nNplan.pdf\n"
    lpd = [(True, b"\x02queue\n\x02%d cfA1pc\n%s\0\x03%d dfA1pc\n%s\0" % (len(control), control, len(FILE), FILE))]
    assert [(t.protocol, t.name, t.sha256) for t in _all(lpd, 515, step)] == [("lpd", "plan.pdf", SHA)]
    raw = [(True, b"\x1b%-12345X" + FILE)]
    assert [(t.protocol, t.size) for t in _all(raw, 9100, step)] == [("raw_print", len(FILE) + 9)]


def test_opaque_and_screens_by_content_on_any_port() -> None:
    assert {(t.protocol, t.unseen) for t in _all([(True, b"SSH-2.0-x\r\n" + FILE)], 80)} == {("ssh", Unseen.SSH)}
    assert {(t.protocol, t.unseen) for t in _all([(True, b"\x16\x03\x01\x00\x05\x01abcd")], 21)} == {("tls", Unseen.TLS)}
    assert {t.kind for t in _all([(False, b"RFB 003.008\n"), (True, b"RFB 003.008\n")], 443)} == {Kind.SCREEN}
    assert {t.protocol for t in _all([(False, b"\x7f\x7fICA\x00"), (True, b"\x7f\x7fICA\x00")], 443)} == {"ica"}
    assert {(t.protocol, t.unseen) for t in _all([(True, b"\x00\x01\x02" * 50)], 7777)} == {("unknown", Unseen.UNKNOWN)}
