"""Every protocol reader fed with damaged conversations: nothing escapes, nothing grows, what is told is bounded."""

from __future__ import annotations

import random

import pytest

from sensors.transfer.protocols.recognise import reader_of
from tests.transfer_conversations import FILE, Said, Table, http, smb2_write, smtp, text

SAMPLES: dict[str, tuple[list[Said], int]] = {
    "smtp": (smtp(b"Subject: s\r\n\r\nbody\r\n"), 25),
    "bdat": (smtp(b"Subject: s\r\n\r\nbody\r\n", chunks=True, pipelined=True), 25),
    "http": (http(FILE, coding="gzip", in_chunks=True), 80),
    "http upload": (http(FILE, coding="br", in_chunks=True, upload=True), 80),
    "smb": (smb2_write("a.bin", FILE), 445),
    "smb chain": (smb2_write("a.bin", FILE, related=True), 445),
    "ftp": (text((False, "220 FTP\r\n"), (True, "PORT 10,0,0,1,20,10\r\nRETR x\r\n"), (False, "200 ok\r\n150 ok\r\n")), 21),
    "pop3": (text((False, "+OK x\r\n"), (True, "RETR 1\r\n"), (False, "+OK\r\nSubject: s\r\n\r\nx\r\n.\r\n")), 110),
    "imap": (text((False, "* OK x\r\n"), (True, "a FETCH 1 BODY[]\r\n"), (False, "* 1 FETCH (BODY[] {3}\r\nabc)\r\n")), 143),
    "lpd": ([(True, b"\x02q\n\x0312 dfA1\nabcdefghijkl\0")], 515),
    "rdp": ([(True, bytes.fromhex("030000130ee000000000000100080003000000")),
             (False, bytes.fromhex("030000130ed000001234000200080002000000"))], 3389),
    "nfs": ([(True, bytes.fromhex("80000028000000010000000000000002000186a30000000300000006") + bytes(16))], 2049),
    "h2": ([(True, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x05\x01\x05\0\0\0\x01\x82\x86\x84\x41\x00")], 80),
}  # fmt: skip
ROUNDS = 60


def _damaged(said: list[Said], chance: random.Random) -> list[tuple[int, bytes | int]]:
    """The conversation with octets changed, cut, repeated, swapped or missing."""
    out: list[tuple[int, bytes | int]] = []
    for from_client, octets in said:
        data = bytearray(octets)
        for _ in range(chance.randrange(4)):
            if data:
                at = chance.randrange(len(data))
                what = chance.randrange(4)
                if what == 0:
                    data[at] = chance.randrange(256)
                elif what == 1:
                    del data[at : at + chance.randrange(40)]
                elif what == 2:
                    data[at:at] = data[at : at + chance.randrange(40)]
                else:
                    data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", bytes(4), b"\r\n\r\n", b"9" * 18))
        side = int(from_client) ^ 1 if chance.random() > 0.05 else int(from_client)
        cut = chance.randrange(len(data) + 1)
        out.append((side, bytes(data[:cut])))
        if chance.random() < 0.3:
            out.append((side, chance.choice((0, 1, 50, 1 << 31))))
        out.append((side, bytes(data[cut:])))
    return out


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_damaged_conversations(name: str) -> None:
    said, port = SAMPLES[name]
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        table = Table()
        connection = table.connection(port)
        reader = reader_of(table.shared, connection, 0)
        for side, piece in _damaged(said, chance):
            if isinstance(piece, int):
                reader.gap(side, piece)
            elif piece:
                reader.data(side, piece)
        if chance.random() < 0.5:
            reader.end(chance.randrange(2))
        reader.close()
        assert len(table.found) < 50
        for transfer in table.found:
            assert len(transfer.name) <= 1000
            if transfer.body is not None:
                transfer.body.drop()
        assert table.shared.quota.spooled == 0
        for sparse in table.shared.resumable.values():
            sparse.drop()
