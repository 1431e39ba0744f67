"""What the kernel says of an interface besides its packets: state, speed, what the card and the queues lost, addresses.

Read over netlink by pyroute2 and from /proc; nothing is changed.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

IFF_UP, IFF_PROMISC, IFF_NOARP = 0x1, 0x100, 0x80  # linux/if.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An interface at one moment.  Counters are the driver's own; ``lost`` is dropped, missed and overrun together."""

    name: str
    present: bool = False
    up: bool = False
    carrier: bool = False
    arp: bool = True
    speed_bits: int = 0
    received: int = 0
    lost: int = 0
    sent: int = 0
    addresses: tuple[str, ...] = ()


def links(names: tuple[str, ...]) -> dict[str, Link]:
    """The interfaces by name; one that is not there, or that netlink does not tell of, has ``present`` false."""
    from pyroute2 import IPRoute, NetlinkError  # noqa: PLC0415  # 200 ms that only a sensor pays

    out = {name: Link(name=name) for name in names}
    try:
        with IPRoute() as route:
            for name in names:
                with contextlib.suppress(NetlinkError):
                    found = route.get_links(ifname=name)
                    if found:
                        out[name] = _link(name, found[0], route)
    except OSError:
        return out
    return out


def _link(name: str, message: object, route: object) -> Link:
    stats = message.get_attr("IFLA_STATS64") or {}  # type: ignore[attr-defined]
    flags = int(message["flags"])  # type: ignore[index]
    addresses = tuple(
        f"{a.get_attr('IFA_ADDRESS')}/{a['prefixlen']}"
        for a in route.get_addr(index=message["index"])  # type: ignore[attr-defined,index]
    )
    return Link(
        name=name, present=True, up=bool(flags & IFF_UP), carrier=bool(message.get_attr("IFLA_CARRIER")),  # type: ignore[attr-defined]
        arp=not flags & IFF_NOARP, speed_bits=speed(name), received=int(stats.get("rx_packets", 0)),
        lost=sum(int(stats.get(k, 0)) for k in ("rx_dropped", "rx_missed_errors", "rx_over_errors", "rx_fifo_errors")),
        sent=int(stats.get("tx_packets", 0)), addresses=addresses,
    )  # fmt: skip


def speed(name: str, root: Path = Path("/sys/class/net")) -> int:
    """Bits a second, 0 where the driver does not tell (``Documentation/ABI/testing/sysfs-class-net``: Mbit/s)."""
    try:
        return max(0, int((root / name / "speed").read_text("ascii"))) * 1_000_000
    except (OSError, ValueError):
        return 0


def softnet_dropped(path: Path = Path("/proc/net/softnet_stat")) -> int:
    """Packets dropped by the kernel's input queues of all CPUs: the second column (``net/core/net-procfs.c``)."""
    try:
        return sum(int(line.split()[1], 16) for line in path.read_text("ascii").splitlines() if line.strip())
    except (OSError, ValueError, IndexError):
        return 0


def exists(name: str) -> bool:
    """Whether there is an interface of this name now."""
    try:
        return socket.if_nametoindex(name) > 0
    except OSError:
        return False
