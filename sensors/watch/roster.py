"""The stateful detectors of the sensor, in the order in which they are asked; replay and live capture take the same ones."""

from __future__ import annotations

from collections.abc import Callable

from segmentation.model.judge import Judge
from sensors.watch.watcher import Watcher

#: Each makes a fresh detector for a model and policy.
WATCHERS: tuple[Callable[[Judge], Watcher], ...] = ()


def watchers(judge: Judge) -> tuple[Watcher, ...]:
    """Fresh detectors."""
    return tuple(make(judge) for make in WATCHERS)
