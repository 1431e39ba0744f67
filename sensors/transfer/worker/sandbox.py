"""Taking everything away from a process that will read hostile bytes.  Steps that the kernel refuses are reported."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
# linux/sched.h
_NEWNS, _NEWIPC, _NEWNET = 0x00020000, 0x08000000, 0x40000000
# linux/prctl.h
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS, _SET_SECCOMP = 1, 4, 38, 22
# sys/mount.h
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
NOBODY: Final = 65534

#: System calls that no reader of files needs: sockets, signals, other processes, programs, namespaces, kernel interfaces.
_DENIED: Final = {
    "x86_64": (0xC000003E, (
        41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 101, 165, 166, 200, 234, 246, 248, 249, 250, 272, 288, 298, 304, 308, 310, 311,
        321, 322, 323, 424, 425, 438,
    )),
    "aarch64": (0xC00000B7, (
        198, 199, 200, 201, 202, 203, 221, 281, 129, 130, 131, 117, 40,
        39, 104, 217, 218, 219, 97, 242, 241, 265, 268, 270, 271, 280,
        282,
        424, 425, 438,
    )),
}  # fmt: skip


def isolate() -> list[str]:
    """For the process from which workers are forked: no network, an empty temporary folder, no privileges.

    Returns the names of the steps that were not possible here.
    """
    missing: list[str] = []
    if os.geteuid() == 0:
        if _LIBC.unshare(_NEWNS | _NEWNET | _NEWIPC) != 0:
            missing.append("namespaces")
        else:
            _private_folders(missing)
        with contextlib.suppress(OSError):
            os.setgroups([])
        try:
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:  # root of a container that was started without capabilities
            missing.append("separate user")
    else:
        missing.append("separate user")
        if _LIBC.unshare(0x10000000 | _NEWNET | _NEWIPC) != 0:  # CLONE_NEWUSER: the way to a network namespace without root
            missing.append("namespaces")
    if _LIBC.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        missing.append("no_new_privs")
    _LIBC.prctl(_SET_DUMPABLE, 0, 0, 0, 0)  # nobody's other processes cannot attach
    _LIBC.prctl(_SET_PDEATHSIG, 9, 0, 0, 0)
    return missing


def _private_folders(missing: list[str]) -> None:
    """Mount empty, small, non-executable folders over the writable ones; the mounts of the machine stay as they are."""
    if _LIBC.mount(b"none", b"/", None, _REC | _PRIVATE, None) != 0:
        missing.append("private mounts")
        return
    options = b"size=16m,mode=1777"
    for folder in (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):  # noqa: S108 - they are covered, not used
        kept = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in _program_folders(folder)}
        target = bytes(folder)
        if folder.is_dir() and _LIBC.mount(b"tmpfs", target, b"tmpfs", _NOSUID | _NODEV | _NOEXEC, options) != 0:
            missing.append(f"private {folder}")
        else:
            _show_again(kept, missing)
        for descriptor in kept.values():
            os.close(descriptor)


def _program_folders(folder: Path) -> list[Path]:
    """The folders below *folder* that this program itself is read from (a checkout in /tmp), outermost ones only."""
    written = [sys.prefix, sys.base_prefix, *sys.path, str(Path(__file__).parents[3])]
    places = {Path(p).resolve() for p in written if p}
    inside = sorted(p for p in places if p.is_dir() and folder in p.parents)
    return [p for p in inside if not any(q in p.parents for q in inside)]


def _show_again(kept: dict[Path, int], missing: list[str]) -> None:
    """Mount the program's own folders back, read-only to the process that is soon nobody."""
    for path, descriptor in kept.items():
        path.mkdir(parents=True, exist_ok=True, mode=0o755)
        source = b"/proc/self/fd/%d" % descriptor
        if _LIBC.mount(source, bytes(path), None, _BIND | _REC, None) != 0:
            missing.append(f"private {path}")


def confine(*, memory: int, cpu_seconds: int, file_bytes: int) -> list[str]:
    """For the process that reads one file; ``memory`` and ``file_bytes`` in bytes.  Returns what was not possible."""
    for which, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 2),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(which, (soft, hard))
    return [] if _filter_calls() else ["seccomp"]


def _filter_calls() -> bool:
    """seccomp(2) in filter mode: the calls in the table fail with EPERM; foreign architectures end the process."""
    entry = _DENIED.get(platform.machine())
    if entry is None:
        return False
    arch, denied = entry
    load, equal, back = 0x20, 0x15, 0x06  # linux/bpf_common.h: LD|W|ABS, JMP|JEQ|K, RET|K
    code = [(load, 0, 0, 4), (equal, 1, 0, arch), (back, 0, 0, 0x80000000), (load, 0, 0, 0)]
    # Numbers from 0x40000000 are the x32 calls of the same architecture.
    code += [(0x35, 0, 1, 0x40000000), (back, 0, 0, 0x80000000)]
    code += [(equal, len(denied) - i, 0, number) for i, number in enumerate(denied)]
    code += [(back, 0, 0, 0x7FFF0000), (back, 0, 0, 0x00050000 | 1)]
    program = b"".join(struct.pack("<HBBI", *row) for row in code)
    buffer = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    made = Program(len(code), ctypes.cast(buffer, ctypes.c_void_p))
    return bool(_LIBC.prctl(_SET_SECCOMP, 2, ctypes.byref(made), 0, 0) == 0)
