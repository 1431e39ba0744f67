"""ClamAV as a second opinion, optional: the sensor hands a file to clamd over its socket (clamd(8), INSTREAM)."""

from __future__ import annotations

import os
import re
import socket
import struct
from dataclasses import replace
from typing import Final

from sensors.transfer.verdict import ContentVerdict, Factor, FactorFound, Gap, Reason

_FOUND: Final = re.compile(r"stream: (\S{1,200}) FOUND")
_SECONDS: Final = 60.0


def ask(path: str, handle: int, verdict: ContentVerdict, *, limit: int) -> ContentVerdict:
    """*verdict* with what clamd at the Unix socket *path* says about the bytes of *handle* (at most *limit* of them).

    No answer is a gap of its own: that the second opinion is missing must be seen.
    """
    try:
        said = _scan(path, handle, limit)
    except OSError:
        return replace(verdict, gaps=tuple(sorted({*verdict.gaps, Gap(Reason.TOOL_MISSING, "clamd")})))
    if (match := _FOUND.search(said)) is not None:
        found = FactorFound(Factor.SIGNATURE, "", "rule_match", (("name", match.group(1)),))
        return replace(verdict, factors=tuple(sorted({*verdict.factors, found})))
    if not said.rstrip("\0\n ").endswith("OK"):
        return replace(verdict, gaps=tuple(sorted({*verdict.gaps, Gap(Reason.TOOL_MISSING, "clamd")})))
    return verdict


def _scan(path: str, handle: int, limit: int) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(_SECONDS)
        channel.connect(path)
        channel.sendall(b"zINSTREAM\0")
        at = 0
        while at < limit and (block := os.pread(handle, min(256 << 10, limit - at), at)):
            channel.sendall(struct.pack(">I", len(block)) + block)
            at += len(block)
        channel.sendall(struct.pack(">I", 0))
        out = b""
        while len(out) < 4096 and (part := channel.recv(4096)):
            out += part
        return out.decode("utf-8", "replace")
