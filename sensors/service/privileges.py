"""Giving up what a sensor does not need: every capability but CAP_NET_RAW, and the way back to any.

capabilities(7), prctl(2); the numbers are those of ``linux/capability.h`` and ``linux/prctl.h``.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

CAP_SETPCAP, CAP_NET_RAW = 8, 13
_VERSION_3 = 0x20080522
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 47
_AMBIENT_RAISE, _AMBIENT_CLEAR = 2, 4


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def capabilities(status: str | None = None) -> dict[str, int]:
    """The process's capability sets (``CapEff``, ``CapPrm``, ``CapInh``, ``CapBnd``, ``CapAmb``) as bit masks."""
    text = Path("/proc/self/status").read_text("ascii", "replace") if status is None else status
    lines = (line.split(":", 1) for line in text.splitlines() if line.startswith("Cap"))
    return {name: int(value, 16) for name, value in lines}


def keep_only_net_raw() -> bool:
    """Drop every capability but CAP_NET_RAW for good, here and in every program started from here.

    Whether the process is left with nothing else; without the capability to begin with it is left with none.
    Raises :class:`OSError` where the kernel refuses to take privileges away.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    had = capabilities()
    if had.get("CapEff", 0) >> CAP_SETPCAP & 1:
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text("ascii"))
        for number in range(last + 1):
            if number != CAP_NET_RAW:
                _prctl(libc, PR_CAPBSET_DROP, number)
    kept = had.get("CapPrm", 0) & 1 << CAP_NET_RAW
    wanted = {"CapEff": kept, "CapPrm": kept, "CapInh": kept}
    if any(had.get(name) != mask for name, mask in wanted.items()):  # systemd has done it, and forbids the call
        _capset(libc, kept)
    _prctl(libc, PR_CAP_AMBIENT, _AMBIENT_CLEAR)
    if kept:  # so that a worker started by a user other than root has it
        _prctl(libc, PR_CAP_AMBIENT, _AMBIENT_RAISE, CAP_NET_RAW)
    _prctl(libc, PR_SET_NO_NEW_PRIVS, 1)
    _prctl(libc, PR_SET_DUMPABLE, 0)  # no core file with other people's packets in it
    now = capabilities()
    return not any(mask & ~(1 << CAP_NET_RAW) for name, mask in now.items() if name != "CapBnd")


def _capset(libc: ctypes.CDLL, kept: int) -> None:
    header, data = _Header(_VERSION_3, 0), (_Data * 2)()
    data[0].effective = data[0].permitted = data[0].inheritable = kept
    if libc.capset(ctypes.byref(header), ctypes.byref(data)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def die_with_parent(signal: int) -> None:
    """Get *signal* when the process that started this one ends."""
    if sys.platform == "linux":
        _prctl(ctypes.CDLL(None, use_errno=True), PR_SET_PDEATHSIG, signal)


def _prctl(libc: ctypes.CDLL, option: int, *arguments: int) -> None:
    words = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(option, *words):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
