"""A network interface as blocks of frames: an AF_PACKET TPACKET_V3 ring in shared memory.

The kernel fills blocks of the ring and hands each over whole; frames are read where they lie and given back after use.
Needs CAP_NET_RAW and nothing else; sends nothing and gives the interface no address.
``Documentation/networking/packet_mmap.rst``, packet(7).
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensors.kernels.block import Block
from sensors.kernels.ring import (
    BLOCK_STATUS,
    CHECKSUM_NOT_READY,
    GSO,
    MALFORMED,
    TAG_RESTORED,
    TP_STATUS_KERNEL,
    TP_STATUS_USER,
    block_columns,
    walk_ring_block,
)

# linux/if_packet.h, linux/socket.h
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION = 1, 5, 6, 10
PACKET_FANOUT, PACKET_IGNORE_OUTGOING = 18, 23
PACKET_MR_PROMISC = 1
TPACKET_V3 = 2
ETH_P_ALL = 3
FANOUT_HASH = 0
#: Hardware types (linux/if_arp.h) as link types of captures; Ethernet stands for loopback, too.
_LINKTYPES = {1: 1, 772: 1, 65534: 101, 512: 9, 776: 101, 768: 101, 801: 105, 803: 127}
LINKTYPE_NONE = -1
#: Frames of one block at most: the shortest one takes up more than this of it.
_SHORTEST = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class RingConfig:
    """Size and behaviour of a ring.

    - ``block``: octets of a block, a multiple of the page size; ``blocks``: how many
    - ``timeout_ms``: after which the kernel hands over a block that is not full
    - ``fanout``: number of the group of sockets that share the interface's traffic by flow hash; 0: alone
    - ``promiscuous``: also take frames that are for others
    """

    block: int = 1 << 20
    blocks: int = 64
    timeout_ms: int = 20
    fanout: int = 0
    promiscuous: bool = True


@dataclass(slots=True)
class RingStatistics:
    """Totals since the ring object was made; they survive the interface going away."""

    received: int = 0  # by the kernel for this socket, those dropped included
    dropped: int = 0  # because the ring was full
    freezes: int = 0
    gso: int = 0  # super-packets that the card or the kernel put together: octets are right, packets are too few
    checksum_not_ready: int = 0
    tags_restored: int = 0
    malformed: int = 0


class Ring:
    """One interface, opened once it is there, and again when it comes back.

    Iterate with :meth:`blocks`; every block must be done with when the next is asked for.
    """

    def __init__(self, interface: str, config: RingConfig | None = None) -> None:
        self.interface, self.config = interface, config or RingConfig()
        self.totals = RingStatistics()
        self.last_error = ""
        self._socket: socket.socket | None = None
        self._map: mmap.mmap | None = None
        self._index = 0
        self._at = 0
        self._number = 1
        frames = self.config.block // _SHORTEST
        self._columns = block_columns(frames)
        self._link = np.ones(frames, np.int32)
        self._zeros = np.zeros(frames, np.int32)
        self._counters = np.zeros(4, np.int64)

    @property
    def is_open(self) -> bool:
        """Whether the ring exists."""
        return self._socket is not None

    def open(self) -> None:
        """Make the ring.  Raises :class:`OSError`: no such interface, no CAP_NET_RAW, no memory."""
        c = self.config
        self._index = socket.if_nametoindex(self.interface)
        # Protocol 0: not a packet before the bind, none of other interfaces.
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            s.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
            with contextlib.suppress(OSError):  # since Linux 4.20
                s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            frame = 2048  # only its multiple matters in version 3
            request = struct.pack("7I", c.block, c.blocks, frame, c.block * c.blocks // frame, c.timeout_ms, 0, 0)
            s.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
            self._map = mmap.mmap(s.fileno(), c.block * c.blocks, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
            s.bind((self.interface, ETH_P_ALL))
            if c.promiscuous:  # ends with the socket, unlike IFF_PROMISC
                s.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", self._index, PACKET_MR_PROMISC, 0, b""))
            if c.fanout:
                # As octets: with flags in the upper half the number would not fit the int that Python passes.
                s.setsockopt(SOL_PACKET, PACKET_FANOUT, struct.pack("I", (c.fanout & 0xFFFF) | FANOUT_HASH << 16))
        except BaseException:
            s.close()
            self._map = None
            raise
        hardware = s.getsockname()[3]
        self._link[:] = _LINKTYPES.get(hardware, LINKTYPE_NONE)
        self._socket, self._at = s, 0
        self._octets = np.frombuffer(self._map, np.uint8)
        self._words = self._octets.view(np.uint32)
        self._poll = select.poll()
        self._poll.register(s.fileno(), select.POLLIN | select.POLLERR)

    def present(self) -> bool:
        """Whether the interface that was opened is still there under its name and number."""
        try:
            return socket.if_nametoindex(self.interface) == self._index
        except OSError:
            return False

    def wait(self, timeout_ms: int) -> bool:
        """Wait for a full block; whether there is one."""
        if self._socket is None:
            return False
        if self._ready():
            return True
        if self._poll.poll(timeout_ms) and not self._ready():
            # The interface went down or away: clear the error, else the poll would return at once for ever.
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self.last_error = errno.errorcode.get(code, str(code))
        return self._ready()

    def _ready(self) -> bool:
        return bool(self._words[(self._at * self.config.block + BLOCK_STATUS) >> 2] & TP_STATUS_USER)

    def behind(self) -> bool:
        """Whether half of the ring waits to be read."""
        if self._socket is None:
            return False
        later = (self._at + self.config.blocks // 2) % self.config.blocks
        return bool(self._words[(later * self.config.block + BLOCK_STATUS) >> 2] & TP_STATUS_USER)

    def blocks(self) -> Iterator[Block]:
        """The blocks that are full now; each goes back to the kernel when the next is asked for."""
        for _ in range(self.config.blocks):
            if self._socket is None or not self._ready():
                return
            start = self._at * self.config.block
            offsets, captured, wire, ts, vlan = self._columns
            count = walk_ring_block(self._octets, start, self.config.block, offsets, captured, wire, ts, vlan, self._counters)
            if count:
                yield Block(
                    buffer=self._octets,
                    offsets=offsets[:count],
                    captured=captured[:count],
                    wire=wire[:count],
                    ts=ts[:count],
                    link=self._link[:count],
                    interface=self._zeros[:count],
                    vlan=vlan[:count],
                    first_number=self._number,
                )
                self._number += count
            self._words[(start + BLOCK_STATUS) >> 2] = TP_STATUS_KERNEL
            self._at = (self._at + 1) % self.config.blocks

    def statistics(self) -> RingStatistics:
        """Totals up to now; asks the kernel, whose own counters begin anew at each question."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # struct tpacket_stats_v3: packets (drops included), drops, freeze_q_cnt
                packets, drops, freezes = struct.unpack("3I", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12))
                self.totals.received += packets
                self.totals.dropped += drops
                self.totals.freezes += freezes
        t, c = self.totals, self._counters
        t.gso, t.checksum_not_ready = int(c[GSO]), int(c[CHECKSUM_NOT_READY])
        t.tags_restored, t.malformed = int(c[TAG_RESTORED]), int(c[MALFORMED])
        return t

    def close(self) -> None:
        """Give the ring back to the kernel; the totals stay."""
        if self._socket is None:
            return
        self.statistics()
        self._socket.close()
        self._socket = None
        del self._words, self._octets
        if self._map is not None:
            with contextlib.suppress(BufferError):  # a consumer still holds a block: the memory goes with it
                self._map.close()
            self._map = None
