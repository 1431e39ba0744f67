"""A pair of virtual Ethernet interfaces in a network namespace of the calling thread alone, for tests of live capture."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CLONE_NEWNET = 0x40000000  # linux/sched.h
#: The capture side, and the side that sends.
CAPTURE, SENDER = "cap0", "snd0"


@functools.cache
def unavailable() -> str | None:
    """Why no namespace can be had here, or ``None``."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "live capture is tested as root on Linux"
    if shutil.which("ip") is None:
        return "live capture is tested with the program ip"
    probe = subprocess.run(
        ["unshare", "-n", "ip", "link", "add", "cap0", "type", "veth", "peer", "name", "snd0"], capture_output=True, check=False
    )
    return None if probe.returncode == 0 else f"no veth in a network namespace: {probe.stderr.decode(errors='replace').strip()}"


def needs_veth() -> None:
    """Skip the calling test where there is none."""
    import pytest  # noqa: PLC0415  # the soak scripts use this module without it

    if reason := unavailable():
        pytest.skip(reason)


def ip(*words: str) -> None:
    """Run ``ip``.  Raises :class:`subprocess.CalledProcessError`."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def namespace() -> Iterator[None]:
    """A new network namespace for this thread and the processes it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        try:
            yield
        finally:
            if libc.setns(before, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(before)


def make_pair(capture: str = CAPTURE, sender: str = SENDER) -> None:
    """Add the pair, silent (no ARP, no IPv6), and up."""
    ip("link", "add", capture, "type", "veth", "peer", "name", sender)
    for name in (capture, sender):
        with contextlib.suppress(OSError):
            Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        ip("link", "set", name, "arp", "off", "mtu", "9000", "up")


@contextlib.contextmanager
def veth() -> Iterator[None]:
    """A namespace with the pair in it."""
    with namespace():
        make_pair()
        yield


def send(frames: Sequence[bytes], name: str = SENDER) -> None:
    """Send frames as they are."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind((name, 0))
        for frame in frames:
            s.send(frame)
