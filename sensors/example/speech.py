"""What is said inside the sessions: enough of each protocol for a dissector to recognise it."""

from __future__ import annotations

import functools
import hashlib
import struct

from sensors.example.wire import Part

_NTP_ERA = 2_208_988_800  # seconds from 1900 to 1970, RFC 5905 6


@functools.cache
def noise(length: int, seed: int = 0) -> bytes:
    """Octets that look encrypted, the same for the same *seed*."""
    blocks = (hashlib.sha256(b"%d/%d" % (seed, n)).digest() for n in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def _vector(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width) + data


def client_hello(name: str, seed: int) -> bytes:
    """A TLS 1.2/1.3 ClientHello (RFC 8446 4.1.2) that names its server (RFC 6066 3)."""
    server = _vector(2, b"\0" + _vector(2, name.encode()))
    extensions = b"\0\0" + _vector(2, server)
    extensions += b"\0\x2b" + _vector(2, _vector(1, b"\3\4\3\3")) + b"\0\x0a" + _vector(2, _vector(2, b"\0\x1d\0\x17"))
    body = b"\3\3" + noise(32, seed) + b"\0" + _vector(2, b"\x13\1\x13\2\xc0\x2f") + b"\1\0" + _vector(2, extensions)
    return b"\x16\3\1" + _vector(2, b"\1" + _vector(3, body))


def _records(length: int, seed: int) -> bytes:
    """TLS application data (RFC 8446 5.1) of *length* octets."""
    out = b""
    while length > 0:
        part = min(length, 4096)
        out += b"\x17\3\3" + _vector(2, noise(part, seed))
        length -= part
    return out


def tls(name: str, sent: int, received: int, seed: int) -> list[Part]:
    """A TLS session that moves this many octets each way."""
    server_hello = b"\2" + _vector(3, b"\3\3" + noise(32, seed + 1) + b"\0\x13\1\0" + _vector(2, b"\0\x2b\0\2\3\4"))
    return [
        (True, client_hello(name, seed % 64)),
        (False, b"\x16\3\3" + _vector(2, server_hello) + _records(900, seed % 8)),
        (True, _records(sent, seed % 8)),
        (False, _records(received, seed % 8)),
    ]


def mail(helo: str, sender: str, recipient: str, lines: int) -> list[Part]:
    """An SMTP transaction (RFC 5321 D.1) with a plain text body and nothing else."""
    head = f"From: {sender}\r\nTo: {recipient}\r\nSubject: test\r\nMIME-Version: 1.0\r\n"
    body = "Content-Type: text/plain; charset=us-ascii\r\n\r\n" + "This mail has one plain text part.\r\n" * lines + ".\r\n"
    talk = (
        (False, f"220 {recipient.partition('@')[2]} ESMTP\r\n"), (True, f"EHLO {helo}\r\n"),
        (False, "250-SIZE 10485760\r\n250 8BITMIME\r\n"), (True, f"MAIL FROM:<{sender}>\r\n"), (False, "250 OK\r\n"),
        (True, f"RCPT TO:<{recipient}>\r\n"), (False, "250 OK\r\n"), (True, "DATA\r\n"), (False, "354 go ahead\r\n"),
        (True, head + body), (False, "250 OK queued\r\n"), (True, "QUIT\r\n"), (False, "221 bye\r\n"),
    )  # fmt: skip
    return [(client, text.encode()) for client, text in talk]


def ssh(sent: int, received: int, seed: int) -> list[Part]:
    """An SSH session (RFC 4253 4.2) that moves this many octets each way."""
    banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    return [(False, banner), (True, banner), (True, noise(sent, seed % 8)), (False, noise(received, seed % 8))]


def desktop(seed: int) -> list[Part]:
    """The beginning of a remote desktop session (MS-RDPBCGR 2.2.1.1) and some screen updates."""
    ask, answer = (
        bytes.fromhex("030000130ee000000000000100080003000000"),
        bytes.fromhex("030000130ed000001234000200080002000000"),
    )
    return [(True, ask), (False, answer), (True, client_hello("jump.midorino.example", seed % 64)), (False, _records(1500, 3))]


def proxied(name: str, seed: int) -> list[Part]:
    """A tunnel through a proxy (RFC 9110 9.3.6)."""
    ask = f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode()
    return [(True, ask), (False, b"HTTP/1.1 200 Connection established\r\n\r\n"), *tls(name, 600, 9000, seed)]


def plain(sent: int, received: int, seed: int) -> list[Part]:
    """Any other session."""
    return [(True, noise(sent, seed % 8)), (False, noise(received, seed % 8))]


def _name(name: str) -> bytes:
    return b"".join(_vector(1, label.encode()) for label in name.split(".")) + b"\0"


def dns(name: str, ident: int, answer: int) -> tuple[bytes, bytes]:
    """A DNS question for an address and its answer (RFC 1035 4.1)."""
    question = _name(name) + struct.pack("!HH", 1, 1)
    ask = struct.pack("!6H", ident & 0xFFFF, 0x0100, 1, 0, 0, 0) + question
    record = struct.pack("!HHHIHI", 0xC00C, 1, 1, 300, 4, answer)
    return ask, struct.pack("!6H", ident & 0xFFFF, 0x8180, 1, 1, 0, 0) + question + record


def ntp(at: int) -> tuple[bytes, bytes]:
    """A request for the time and its answer (RFC 5905 7.3) at *at* ns since the epoch."""
    seconds, rest = divmod(at, 1_000_000_000)
    stamp = struct.pack("!II", seconds + _NTP_ERA & 0xFFFFFFFF, (rest << 32) // 1_000_000_000)
    ask = struct.pack("!BBbbIII", 0x23, 0, 6, -20, 0, 0, 0) + bytes(24) + stamp
    answer = struct.pack("!BBbbIII", 0x24, 2, 6, -20, 0x100, 0x200, 0x0A5A0001) + stamp + stamp + stamp + stamp
    return ask, answer


def name_query(name: str) -> bytes:
    """A question of link-local multicast name resolution (RFC 4795 2.1.1)."""
    return struct.pack("!6H", 0x1234, 0, 1, 0, 0, 0) + _name(name) + struct.pack("!HH", 1, 1)
