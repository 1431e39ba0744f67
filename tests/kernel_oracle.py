"""The Linux kernel as the oracle: what it really does with a packet under a rule set.

A child process enters a network namespace of its own (``unshare -n``), creates two TUN devices with the names the
rules ask for, loads the rules with ``nft -f`` or ``ip(6)tables-restore``, writes packets into one device and reads what
comes out of the other.  Everything disappears with the child.  Measured: about 10,000 packets/s.

Typical use::

    needs_kernel()                                   # skips the test where there is no root, TUN or program
    seen = verdicts(text, "nft", packets, "eth0", "eth1")          # list[bool]: came out of the other side
    seen = observe([Ruleset("iptables", v4), Ruleset("ip6tables", v6)], packets, in_if="lan", out_if="wan", sets=ipset_save)
    seen[0].src, seen[0].dport                        # as translated by NAT; None: dropped
    observe(..., sequence=True)                       # one packet after the other, for state

What the kernel does beside the rules, so that a test must avoid or expect it:

* Sources and destinations that are never forwarded whatever the rules say: ask :func:`forwardable`.
* ``packets[i].reverse`` enters on ``out_if`` and is looked for on ``in_if``; routing never depends on the destination.
* Connection tracking works only once a rule needs it; then a later packet of a five-tuple already seen is
  ESTABLISHED or a reply, in bulk mode too.  :func:`first_state` tells the state of a flow's first packet.
* In IPv6, protocols 0, 43, 44, 51, 59, 60, 135, 139 and 140 are extension headers and cannot be sent as a payload.
* The observed ports of ICMP are type and code, as everywhere in the project.
"""

from __future__ import annotations

import fcntl
import functools
import ipaddress
import json
import os
import select
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["nft", "iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy"]
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
IPV6_EXTENSIONS = frozenset({0, 43, 44, 51, 59, 60, 135, 139, 140})
#: Addresses of the two devices (192.0.0.0/24 is RFC 6890's protocol block, 2001:2::/48 RFC 5180's benchmarking block).
IN_ADDRESS, OUT_ADDRESS = ("192.0.0.1", "2001:2::1"), ("192.0.0.3", "2001:2::3")
_CHUNK = 256  # below the devices' queue length


@dataclass(frozen=True, slots=True, kw_only=True)
class OraclePacket:
    """One packet to send.  ``sport``/``dport`` are type and code for ICMP and ICMPv6; ``flags`` is the TCP flag octet."""

    family: Literal[4, 6] = 4
    src: int
    dst: int
    protocol: int
    sport: int = 0
    dport: int = 0
    flags: int = SYN
    reverse: bool = False
    smac: int | None = None  # if any packet has one, the first device is a TAP with Ethernet frames


@dataclass(frozen=True, slots=True)
class Observed:
    """What came out on the other side."""

    src: int
    dst: int
    sport: int
    dport: int


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules in the format of one loader."""

    kind: Kind
    text: str


class OracleError(RuntimeError):
    """The kernel or a loader refused the rules; the message is theirs."""


@functools.cache
def unavailable(*programs: str) -> str | None:
    """Why the oracle cannot run here, or ``None``."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "the kernel oracle needs root on Linux"
    if not Path("/dev/net/tun").exists():
        return "the kernel oracle needs /dev/net/tun"
    for program in ("unshare", "ip", *programs):
        if shutil.which(program) is None:
            return f"the kernel oracle needs the program {program}"
    probe = subprocess.run(["unshare", "-n", "ip", "link"], capture_output=True, check=False)
    return None if probe.returncode == 0 else f"no network namespace: {probe.stderr.decode(errors='replace').strip()}"


def needs_kernel(*programs: str) -> None:
    """Skip the calling test with the reason where the oracle cannot run."""
    import pytest  # noqa: PLC0415  # the child process runs this file without it

    reason = unavailable(*(programs or ("nft", "iptables-restore", "ip6tables-restore")))
    if reason:
        pytest.skip(reason)


def forwardable(family: int, src: int, dst: int) -> bool:
    """Whether routing would forward a packet with these addresses at all (linux/net/ipv4/route.c, ipv6/ip6_output.c)."""
    if family == 4:
        # ip_route_input_slow: martian sources and destinations; multicast and broadcast are not forwarded this way.
        own = {int(ipaddress.ip_address(a)) for a in (IN_ADDRESS[0], OUT_ADDRESS[0])}
        return all(a >> 24 not in (0, 127) and a >> 28 not in (14, 15) and a not in own for a in (src, dst))
    own = {int(ipaddress.ip_address(a)) for a in (IN_ADDRESS[1], OUT_ADDRESS[1])}
    # ip6_forward: no unspecified, loopback, link-local or multicast source; ip6_rcv drops IPv4-mapped ones too.
    return all(a >> 120 != 0xFF and a >> 118 != 0x3FA and a >> 32 not in (0, 0xFFFF) and a not in own for a in (src, dst))


def first_state(packet: OraclePacket) -> Literal["new", "invalid", "untracked"]:
    """The conntrack state of a packet that belongs to no connection, with ``nf_conntrack_tcp_loose`` at its default."""
    if packet.protocol == TCP:
        core = packet.flags & ~(PSH | ECE | CWR)
        # nf_conntrack_proto_tcp.c: tcp_conntracks[original][..][NONE]; tcp_valid_flags rejects odd combinations.
        return "new" if core in (SYN, SYN | URG, ACK, ACK | URG) else "invalid"
    if packet.protocol == ICMP and packet.family == 4:
        return "new" if packet.sport in (8, 13, 15, 17) else "invalid"  # nf_conntrack_proto_icmp.c: valid_new
    if packet.protocol == ICMPV6 and packet.family == 6:
        if packet.sport in (130, 131, 132, 133, 134, 135, 136, 143):  # nf_conntrack_proto_icmpv6.c: noct_valid_new
            return "untracked"
        return "new" if packet.sport in (128, 139) else "invalid"
    return "new"


def verdicts(
    ruleset: str, kind: Kind, packets: Sequence[OraclePacket], in_if: str = "zin", out_if: str = "zout", *, sets: str = ""
) -> list[bool]:
    """Whether each packet, entering on *in_if*, is forwarded to *out_if*.  Raises :class:`OracleError`."""
    return [o is not None for o in observe([Ruleset(kind, ruleset)], packets, in_if=in_if, out_if=out_if, sets=sets)]


def observe(
    rulesets: Sequence[Ruleset],
    packets: Sequence[OraclePacket],
    *,
    in_if: str = "zin",
    out_if: str = "zout",
    sets: str = "",
    sequence: bool = False,
) -> list[Observed | None]:
    """What came out for each packet, or ``None``.  *sets* is ``ipset save`` text, loaded first.

    With *sequence* the result of each packet is awaited before the next is sent.  Raises :class:`OracleError`.
    """
    order = {
        "rulesets": [[r.kind, r.text] for r in rulesets],
        "packets": [
            [p.family, p.src, p.dst, p.protocol, p.sport, p.dport, p.flags, p.reverse, p.smac] for p in packets
        ],
        "in_if": in_if,
        "out_if": out_if,
        "sets": sets,
        "chunk": 1 if sequence else _CHUNK,
    }  # fmt: skip
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-I", str(Path(__file__).resolve())],
        input=json.dumps(order).encode(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise OracleError(done.stderr.decode(errors="replace").strip())
    return [None if o is None else Observed(*o) for o in json.loads(done.stdout)]


# ---- below: the child, inside the namespace -----------------------------------------------------------------------


def _checksum(data: bytes) -> bytes:
    """RFC 1071, as arithmetic modulo 65535."""
    if len(data) % 2:
        data += b"\0"
    total: bytes = struct.pack("!H", 0xFFFF - int.from_bytes(data, "big") % 0xFFFF)
    return total


def craft(packet: Sequence[Any], mark: int) -> bytes:
    """The bytes of a packet; *mark* (1..65535) travels in the IPv4 identification or the IPv6 flow label."""
    family, src, dst, protocol, sport, dport, flags = packet[:7]
    size = 4 if family == 4 else 16
    ends = src.to_bytes(size, "big") + dst.to_bytes(size, "big")
    if protocol == TCP:
        payload = struct.pack("!HHIIBBHHH", sport, dport, 1, int(bool(flags & ACK)), 0x50, flags, 1024, 0, 0)
        at = 16
    elif protocol == UDP:
        payload, at = struct.pack("!HHHH", sport, dport, 8, 0), 6
    elif protocol in (ICMP, ICMPV6):
        payload, at = struct.pack("!BBHHH", sport, dport, 0, mark, 1), 2
    elif protocol == 47:  # RFC 2784: version 0 carrying IPv4; conntrack rejects odd versions
        payload, at = struct.pack("!HHI", 0, 0x0800, 0) + bytes(8), 0
    else:
        payload, at = struct.pack("!HHI", sport, dport, 0) + bytes(8), 0
    if at:
        pseudo = b"" if protocol == ICMP else ends + struct.pack("!II", len(payload), protocol)
        total = _checksum(pseudo + payload)
        payload = payload[:at] + (b"\xff\xff" if protocol == UDP and total == b"\0\0" else total) + payload[at + 2 :]
    if family == 6:
        return b"".join((struct.pack("!IHBB", 6 << 28 | mark, len(payload), protocol, 64), ends, payload))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), mark, 0, 64, protocol, 0)
    return b"".join((header[:10], _checksum(header + ends), ends, payload))


def _observed(data: bytes) -> tuple[int, tuple[int, int, int, int]] | None:
    """The mark and the four values of a packet that came out."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 24:
        mark, protocol, body = struct.unpack("!H", data[4:6])[0], data[9], data[(data[0] & 15) * 4 :]
        ends = data[12:16], data[16:20]
    elif version == 6 and len(data) >= 44:
        mark, protocol, body = struct.unpack("!I", data[:4])[0] & 0xFFFFF, data[6], data[40:]
        ends = data[8:24], data[24:40]
    else:
        return None
    ports = (body[0], body[1]) if protocol in (ICMP, ICMPV6) else struct.unpack("!HH", body[:4])
    return mark, (int.from_bytes(ends[0], "big"), int.from_bytes(ends[1], "big"), *ports)


def _run(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise OracleError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


def _device(name: str, *, ethernet: bool) -> int:
    """A TUN (or TAP) device; linux/if_tun.h: TUNSETIFF, IFF_TUN=1, IFF_TAP=2, IFF_NO_PI=0x1000."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name.encode(), (2 if ethernet else 1) | 0x1000))
    return fd


def _set_up(order: dict[str, Any], *, ethernet: bool) -> tuple[int, int]:
    names = (order["in_if"], order["out_if"])
    for key in ("net/ipv6/conf/default/accept_dad", "net/ipv6/conf/default/autoconf", "net/ipv4/conf/all/rp_filter"):
        Path("/proc/sys", key).write_text("0")
    Path("/proc/sys/net/ipv4/conf/default/rp_filter").write_text("0")
    fds = (_device(names[0], ethernet=ethernet), _device(names[1], ethernet=False))
    _run("ip", "link", "set", "lo", "up")
    for name, own in zip(names, (IN_ADDRESS, OUT_ADDRESS), strict=True):
        _run("ip", "link", "set", name, "arp", "off", "txqueuelen", "2000", "up")
        _run("ip", "addr", "add", f"{own[0]}/32", "dev", name)
        _run("ip", "-6", "addr", "add", f"{own[1]}/128", "dev", name)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
    for table, came, goes in (("100", *names), ("101", names[1], names[0])):
        for version in ("-4", "-6"):
            _run("ip", version, "rule", "add", "iif", came, "lookup", table)
            _run("ip", version, "route", "add", "default", "dev", goes, "table", table)
    if order["sets"]:
        _run("ipset", "restore", text=order["sets"])
    for kind, text in order["rulesets"]:
        _run(*(["nft", "-f", "-"] if kind == "nft" else [f"{kind}-restore"]), text=text)
    return fds


def _drain(fds: Sequence[int], ethernet_fd: int | None, wait: float) -> Iterator[bytes]:
    """Every packet waiting on *fds*; forwarding runs inside our own write, so a short wait is only for safety."""
    while True:
        ready, _, _ = select.select(fds, [], [], wait)
        if not ready:
            return
        for fd in ready:
            while True:
                try:
                    data = os.read(fd, 4096)
                except BlockingIOError:
                    break
                yield data[14:] if fd == ethernet_fd else data
        wait = 0.0


def _child() -> None:
    order = json.load(sys.stdin)
    packets = order["packets"]
    ethernet = any(p[8] is not None for p in packets)
    inside, outside = _set_up(order, ethernet=ethernet)
    own = _own_mac(order["in_if"]) if ethernet else b""
    seen: list[Any] = [None] * len(packets)
    chunk = order["chunk"]
    list(_drain((inside, outside), None, 0.0))
    for base in range(0, len(packets), chunk):
        part = packets[base : base + chunk]
        for i, p in enumerate(part):
            data = craft(p, i + 1)
            if ethernet and not p[7]:
                data = own + (p[8] or 0x020000000001).to_bytes(6, "big") + (b"\x08\0" if p[0] == 4 else b"\x86\xdd") + data
            os.write(outside if p[7] else inside, data)
        for fd, reverse in ((outside, False), (inside, True)):
            for data in _drain((fd,), inside if ethernet else None, 0.002):
                found = _observed(data)
                if found and 1 <= found[0] <= len(part) and bool(part[found[0] - 1][7]) == reverse:
                    seen[base + found[0] - 1] = found[1]
    json.dump(seen, sys.stdout)


def _own_mac(name: str) -> bytes:
    """The hardware address of a device, asked by ioctl SIOCGIFHWADDR (sysfs still shows the outer namespace)."""
    import socket  # noqa: PLC0415  # only the child with a TAP needs it

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return fcntl.ioctl(s.fileno(), 0x8927, struct.pack("256s", name.encode()))[18:24]


if __name__ == "__main__":
    try:
        _child()
    except OracleError as error:
        sys.exit(str(error))
