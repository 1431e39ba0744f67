"""Addresses in documents: which of them lead outside, and how much of one may be told."""

# ruff: noqa: E501 - rows of a table of patterns

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{1,30}):", re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]*:/{2,}(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#:\\]+)", re.IGNORECASE)
#: Schemes whose handlers fetch or start something.
_FETCHES: Final = frozenset({
    "http", "https", "ftp", "ftps", "file", "smb", "dav", "webdav", "mhtml", "ms-msdt", "ms-word", "ms-excel", "ms-powerpoint", "ldap",
    "search-ms", "search", "script", "tftp", "nfs", "ms-its", "its", "mk", "ms-officecmd", "ms-appinstaller", "wss", "ws", "rtsp", "mms",
})  # fmt: skip


def destination(address: str) -> str:
    """Scheme and host of an address that leads outside, empty for a local one.

    The path is left out: it may name a person or a matter.
    """
    plain = unquote(address.strip().strip("\"'<>").replace("\0", ""))
    # UNC names: two slashes or backslashes, or the long form \\?\UNC\ (MS-DTYP 2.2.57).
    if (unc := re.match(r"[\\/]{2}(?:\?[\\/]UNC[\\/])?([^\\/?.][^\\/]*|\.[^\\/]+)[\\/]?", plain)) is not None:
        return rf"\\{unc.group(1)}"
    if (match := _SCHEME.match(plain)) is None:
        return ""
    scheme = match.group(1).lower()
    if scheme not in _FETCHES:
        return ""
    if scheme == "file":
        rest = plain[5:].lstrip("/\\")
        slashes = len(plain[5:]) - len(rest)
        # RFC 8089 2 and appendix E.3: two slashes, or four and more, name a host; three mean this machine.
        if (
            slashes in {2, 4, 5}
            and (host := re.match(r"([^/\\:]+)(?:[/\\]|$)", rest)) is not None
            and host.group(1).lower() != "localhost"
        ):
            return f"file://{host.group(1)}"
        return ""
    host_match = _HOST.match(plain)
    return f"{scheme}://{host_match.group(1)}" if host_match is not None else f"{scheme}:"


def local_path(address: str) -> bool:
    """Whether an address names a file of this machine: a drive letter or no scheme at all, or ``file:///``."""
    plain = address.strip().lower()
    return re.match(r"(?:file:/{0,3})?[a-z]:[\\/]", plain) is not None or (
        not destination(address) and not _SCHEME.match(plain)
    )
