"""The switch's mirror port: what comes in at any port is sent to the mirror with the tag of the port's VLAN.

``python -m sensors.example.live_mirror MIRROR PORT:VLAN...`` runs in the namespace of the switch until it is ended.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections.abc import Sequence

_ETH_P_ALL = 3  # linux/if_ether.h
_PACKET_OUTGOING = 4  # linux/if_packet.h: what the switch itself sends out of a port is not mirrored a second time
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h
_ROOM = 1 << 24
_LONGEST = 65535


def run(mirror: str, ports: Sequence[str]) -> None:
    """Mirror until ended.  Raises :class:`OSError` where a port cannot be used."""
    names = (p.rpartition(":") for p in ports)
    # IEEE 802.1Q 9.6: tag protocol identifier, then priority 0 and the VLAN.
    tags = {socket.if_nametoindex(name): struct.pack("!HH", 0x8100, int(vlan)) for name, _, vlan in names}
    # One socket for all ports: it keeps the order of the frames, which one a port would not.
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL)) as taken,
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out,
    ):
        with contextlib.suppress(OSError):
            taken.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
        out.bind((mirror, 0))
        indexes = {name: index for index, name in socket.if_nameindex()}
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            frame, (interface, _protocol, kind, *_rest) = taken.recvfrom(_LONGEST)
            tag = tags.get(indexes.get(interface, 0)) if kind != _PACKET_OUTGOING else None
            if tag is not None:
                out.send(frame[:12] + tag + frame[12:])


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
