"""The process from which workers are forked: it loads every library once, gives up all privileges, and never reads a file itself.

Standard input is a socket.  Each request is JSON with two descriptors, the file and a pipe for the answer; the reply is a
descriptor of the forked process (pidfd_open(2)), by which the sensor can end it and no other.
"""

# ruff: noqa: E501 - rows of module names

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from typing import Any, Final, NoReturn

_REQUEST: Final = 64 << 10
#: Imported before privileges are dropped, so that a worker starts in milliseconds.
_LIBRARIES: Final = (
    "sensors.transfer.content.examine", "pikepdf", "lxml.etree", "lxml.html", "olefile", "msoffcrypto", "oletools.rtfobj", "asn1crypto.cms",
    "libarchive", "rarfile", "zstandard", "pypdf", "csv", "email.parser", "email.feedparser", "email.quoprimime", "email.base64mime", "asn1crypto.x509",
    # Codecs are modules too, and a worker may not be able to read the folder they are in.
    *(f"encodings.{codec}" for codec in (
        "cp932", "euc_jp", "iso2022_jp", "iso2022_jp_ext", "shift_jis", "utf_16", "utf_16_le", "utf_16_be", "utf_8_sig", "cp1252", "cp437",
        "latin_1", "ascii", "utf_7", "utf_32", "raw_unicode_escape", "unicode_escape", "idna", "gb18030", "gbk", "gb2312", "big5", "euc_kr",
        "cp949", "koi8_r", "iso8859_1", "iso8859_2", "iso8859_15", "cp1250", "cp1251", "mac_roman", "quopri_codec", "base64_codec", "uu_codec",
    )),
)  # fmt: skip


class TimeOverError(BaseException):
    """The soft CPU limit is reached (SIGXCPU)."""


def main() -> NoReturn:
    """Serve requests until the socket is closed."""
    channel = socket.socket(fileno=0)
    rules = sys.argv[1] if len(sys.argv) > 1 else ""
    for name in _LIBRARIES:
        try:
            importlib.import_module(name)
        except (ImportError, OSError, AttributeError, TypeError):
            continue  # the examination says what is missing, for the files that need it
    from sensors.transfer.content import kinds, lzh, signatures  # noqa: PLC0415 - after the libraries were tried
    from sensors.transfer.worker.sandbox import isolate  # noqa: PLC0415 - the same

    kinds.libmagic()
    lzh.liblhasa()
    problem = signatures.load(rules)
    missing = isolate()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    channel.send(json.dumps({"ready": True, "missing": missing, "rules": problem}).encode())
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(channel, _REQUEST, 2)
        if not message:
            os._exit(0)
        if len(descriptors) != 2:
            os._exit(1)
        source, answer = descriptors
        child = os.fork()
        if child == 0:
            channel.close()
            _work(json.loads(message), source, answer)
        os.close(source)
        os.close(answer)
        try:
            handle = os.pidfd_open(child)
        except OSError:  # it has ended already
            channel.send(b"-")
            continue
        socket.send_fds(channel, [b"+"], [handle])
        os.close(handle)


def _work(request: dict[str, Any], source: int, answer: int) -> NoReturn:
    """Examine one file and end."""
    from sensors.transfer.content.examine import examine  # noqa: PLC0415 - loaded by the parent
    from sensors.transfer.content.limits import Limits  # noqa: PLC0415 - the same
    from sensors.transfer.worker.messages import encode  # noqa: PLC0415 - the same
    from sensors.transfer.worker.sandbox import confine  # noqa: PLC0415 - the same

    code = 1
    try:
        limits = Limits(**request["limits"])
        os.closerange(1, min(source, answer))
        os.closerange(max(source, answer) + 1, 256)
        data = _read(source, limits.file_bytes + 1)
        confine(memory=limits.memory, cpu_seconds=limits.cpu_seconds, file_bytes=limits.file_bytes * 2)
        signal.signal(signal.SIGXCPU, _time_over)
        verdict = examine(
            data, request["name"], request["declared"], limits=limits, size=request["size"], sha256="-", time_over=TimeOverError
        )  # fmt: skip
        out = encode(verdict)
        while out:
            out = out[os.write(answer, out) :]
        code = 0
    finally:
        os._exit(code)


def _time_over(_signal: int, _frame: object) -> None:
    raise TimeOverError


def _read(source: int, limit: int) -> bytes:
    out = bytearray()
    while len(out) < limit and (block := os.pread(source, min(1 << 20, limit - len(out)), len(out))):
        out += block
    return bytes(out)


if __name__ == "__main__":
    main()
