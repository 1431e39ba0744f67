"""Who spoke with which MAC, out of a stream of flows: each pair once in a while, and never more than a bound at a time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sensors.kernels.view import FLOW
from sensors.records import Sighting
from sensors.rows import sightings

#: ns after which a pair is looked at again; an incident needs news within a quarter of an hour to stay open.
AGAIN_NS = 60_000_000_000
_NO_BINDINGS = np.zeros((0, 8), np.uint64)
_NO_FLOWS = np.zeros(0, FLOW)
Key = tuple[int, int, int, int | None]


class SightingFilter:
    """Keeps (family, address, MAC, VLAN) that were handed out lately; forgets all when it is full."""

    def __init__(self, *, limit: int = 1024, remembered: int = 1 << 16) -> None:
        self._limit, self._remembered = limit, remembered
        self._known: dict[Key, int] = {}
        self._pending: list[Sighting] = []
        self.skipped = 0  # sightings beyond the limit of one tick: looked at when they speak again

    def collect(self, flows: npt.NDArray[np.void], forward_ns: int) -> None:
        """Take the sightings of some new flows, up to the limit."""
        room = self._limit - len(self._pending)
        if room <= 0:
            self.skipped += len(flows)
            return
        self._add(sightings("", flows, _NO_BINDINGS), forward_ns)

    def take(self, bindings: npt.NDArray[np.uint64], forward_ns: int) -> list[Sighting]:
        """What was collected, and what ARP and neighbour discovery said, as far as it is news."""
        self._add(sightings("", _NO_FLOWS, bindings), forward_ns)
        taken, self._pending = self._pending, []
        return taken

    def _add(self, seen: Iterable[Sighting], forward_ns: int) -> None:
        for s in seen:
            key = (s.family, s.address, s.mac.value, s.vlan)
            last = self._known.get(key)
            if last is not None and forward_ns - last < AGAIN_NS:
                continue
            if len(self._pending) >= self._limit:
                self.skipped += 1
                return
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[key] = forward_ns
            self._pending.append(s)
