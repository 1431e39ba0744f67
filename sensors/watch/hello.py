"""Server names out of the first packets of TLS and QUIC, without touching what is encrypted.

TLS: the ClientHello of RFC 8446 4.1.2 in records of 5.1.  QUIC: the Initial packets of versions 1 and 2 (RFC 9001 5.2,
RFC 9369 3.3.1), whose keys anybody can derive from the connection ID.  Octets in, name or reason out; never an exception.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

#: Longest ClientHello that is put together: hybrid key shares take 1.2 kB each.
HELLO_ROOM = 16_384
_SALTS = {
    1: (bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), b"tls13 quic key", b"tls13 quic iv", b"tls13 quic hp"),
    0x6B3343CF: (
        bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"tls13 quicv2 key", b"tls13 quicv2 iv", b"tls13 quicv2 hp",
    ),
}  # fmt: skip
_SERVER_NAME, _ECH = 0, 0xFE0D  # RFC 6066 3, RFC 9849 5


class Told(enum.StrEnum):
    """What the beginning of a connection tells."""

    NAME = "name"
    NO_NAME = "no_name"  # a ClientHello without a server name
    ECH = "ech"  # the name in the clear is only the front's
    MORE = "more"  # not all of the ClientHello is there yet
    OTHER = "other"  # neither TLS nor QUIC


@dataclass(frozen=True, slots=True)
class Hello:
    """The result, with the name in lower case where there is one."""

    told: Told
    name: str = ""


def tls_hello(octets: bytes) -> Hello:
    """Read the client's first octets of a TLS connection."""
    handshake, at = b"", 0
    while at + 5 <= len(octets):
        kind, major, length = octets[at], octets[at + 1], int.from_bytes(octets[at + 3 : at + 5], "big")
        if kind != 22 or major != 3 or not 0 < length <= 16_640:
            break
        handshake += octets[at + 5 : at + 5 + length]
        at += 5 + length
    if at == 0 and not handshake:
        plausible = len(octets) < 5 and b"\x16\x03".startswith(octets[:2])
        return Hello(Told.MORE if plausible and octets else Told.OTHER)
    return client_hello(handshake)


def client_hello(handshake: bytes) -> Hello:
    """Read a handshake message; it may be cut short."""
    if handshake[:1] not in (b"", b"\x01"):
        return Hello(Told.OTHER)
    length = int.from_bytes(handshake[1:4], "big")
    body = handshake[4 : 4 + length]
    if len(handshake) < 4 or len(body) < length:
        return Hello(Told.MORE if length <= HELLO_ROOM else Told.OTHER)
    at = 34  # version and random
    for width in (1, 2, 1):  # session ID, cipher suites, compression methods
        at += width + int.from_bytes(body[at : at + width], "big")
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    at += 2
    name, ech = "", False
    while at + 4 <= min(end, len(body)):
        kind, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        value = body[at + 4 : at + 4 + size]
        if kind == _SERVER_NAME and len(value) > 5 and value[2] == 0:
            name = _host(value[5 : 5 + int.from_bytes(value[3:5], "big")])
        elif kind == _ECH and value[:1] == b"\x00":  # the outer form, also sent as grease
            ech = True
        at += 4 + size
    if ech:
        return Hello(Told.ECH, name)
    return Hello(Told.NAME, name) if name else Hello(Told.NO_NAME)


def _host(octets: bytes) -> str:
    """A host name as text; nothing where it holds what no name has."""
    try:
        text = octets.decode("ascii").rstrip(".").lower()
    except UnicodeDecodeError:
        return ""
    return text if 0 < len(text) <= 253 and all(c.isalnum() or c in "-._" for c in text) else ""


def quic_crypto(datagram: bytes) -> list[tuple[int, bytes]]:
    """The pieces of the CRYPTO stream in a client's Initial packet, as (offset, octets); none where it is no such packet."""
    if len(datagram) < 7 or not datagram[0] & 0x80:
        return []
    version = int.from_bytes(datagram[1:5], "big")
    if version not in _SALTS or datagram[0] >> 4 & 3 != (0 if version == 1 else 1):  # RFC 9369 3.2: other type numbers
        return []
    dcid = datagram[6 : 6 + datagram[5]]
    at = 6 + datagram[5]
    at += 1 + (datagram[at] if at < len(datagram) else 0)  # source connection ID
    token, at = _varint(datagram, at)
    length, at = _varint(datagram, at + token)
    if length < 20 or at + length > len(datagram) or len(dcid) > 20:
        return []
    plain = _opened(datagram, at, length, version, dcid)
    return [] if plain is None else _crypto_frames(plain)


def _opened(datagram: bytes, at: int, length: int, version: int, dcid: bytes) -> bytes | None:
    """Take off header protection and encryption (RFC 9001 5.3, 5.4)."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # only where somebody speaks QUIC
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.hmac import HMAC  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand  # noqa: PLC0415

    salt, key_label, iv_label, hp_label = _SALTS[version]
    extract = HMAC(salt, hashes.SHA256())
    extract.update(dcid)

    def expand(secret: bytes, label: bytes, size: int) -> bytes:
        info = size.to_bytes(2, "big") + bytes([len(label)]) + label + b"\x00"  # RFC 8446 7.1
        return HKDFExpand(hashes.SHA256(), size, info).derive(secret)

    client = expand(extract.finalize(), b"tls13 client in", 32)
    sample = datagram[at + 4 : at + 20]
    mask = Cipher(algorithms.AES(expand(client, hp_label, 16)), modes.ECB()).encryptor().update(sample)  # noqa: S305  # RFC 9001 5.4.3
    first = datagram[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(datagram[at : at + size], mask[1:], strict=False))
    iv = expand(client, iv_label, 12)
    nonce = bytes(a ^ b for a, b in zip(iv, number.rjust(12, b"\x00"), strict=True))
    header = bytes([first]) + datagram[1:at] + number
    try:
        return AESGCM(expand(client, key_label, 16)).decrypt(nonce, datagram[at + size : at + length], header)
    except InvalidTag:
        return None


def _crypto_frames(plain: bytes) -> list[tuple[int, bytes]]:
    out: list[tuple[int, bytes]] = []
    at = 0
    while at < len(plain) and len(out) < 64:
        kind, at = _varint(plain, at)
        if kind in (0, 1):  # padding, ping
            continue
        if kind == 6:  # CRYPTO, RFC 9000 19.6
            offset, at = _varint(plain, at)
            size, at = _varint(plain, at)
            out.append((offset, plain[at : at + size]))
            at += size
        elif kind in (2, 3):  # acknowledgement, RFC 9000 19.3
            for _ in range(2):
                _, at = _varint(plain, at)
            ranges, at = _varint(plain, at)
            for _ in range(min(ranges, 64) * 2 + 1 + (3 if kind == 3 else 0)):
                _, at = _varint(plain, at)
        else:
            break
    return out


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer (RFC 9000 16) and where it ends; beyond the end it is 0 and moves on."""
    if at >= len(octets):
        return 0, at + 1
    size = 1 << (octets[at] >> 6)
    value = int.from_bytes(octets[at : at + size], "big") & ((1 << (8 * size - 2)) - 1)
    return value, at + size


def joined(pieces: dict[int, bytes]) -> bytes:
    """The stream from its beginning as far as the pieces reach without a gap, at most :data:`HELLO_ROOM` octets."""
    out = b""
    for offset in sorted(pieces):
        if offset > len(out) or len(out) >= HELLO_ROOM:
            break
        out += pieces[offset][len(out) - offset :]
    return out[:HELLO_ROOM]
