"""The text exposition of a snapshot, and the HTTP end point of the running sensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sensors.metrics.snapshot import Snapshot

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

    from prometheus_client import CollectorRegistry


def text(snapshot: Snapshot) -> str:
    """The snapshot in the Prometheus text exposition format: sorted, the same for the same snapshot."""
    from prometheus_client import generate_latest  # noqa: PLC0415  # only who exports metrics pays for the library

    return generate_latest(_registry(lambda: snapshot, None)).decode("utf-8")


def serve(address: str, port: int, snapshot: Callable[[], Snapshot], clock: Callable[[], float]) -> WSGIServer:
    """Answer ``/metrics`` on *address* from a thread of its own; *clock* gives seconds for the collectors' durations.

    Close it with ``server.shutdown(); server.server_close()``.  Raises :class:`OSError` where the port cannot be had.
    """
    from prometheus_client import start_http_server  # noqa: PLC0415

    server, _thread = start_http_server(port, addr=address, registry=_registry(snapshot, clock))
    return server


def _registry(snapshot: Callable[[], Snapshot], clock: Callable[[], float] | None) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, disable_created_metrics  # noqa: PLC0415

    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(snapshot, clock))
    return registry


class _Collector:
    """Builds the families of one snapshot at each scrape; one part that fails does not cost the others."""

    def __init__(self, snapshot: Callable[[], Snapshot], clock: Callable[[], float] | None) -> None:
        self.snapshot = snapshot
        self.clock = clock
        self._born: set[tuple[str, ...]] = set()

    def collect(self) -> Iterator[Any]:
        """All metric families, then each collector's own duration and success."""
        from sensors.metrics.families import COLLECTORS, gauge  # noqa: PLC0415

        taken = self.snapshot()
        if self.clock is None:
            for build in COLLECTORS.values():
                yield from build(taken)
            return
        taken = self._at_zero_first(taken)
        durations: dict[str, float] = {}
        succeeded: dict[str, float] = {}
        for name, build in COLLECTORS.items():
            begun = self.clock()
            families: list[Any] = []
            try:
                families = [*build(taken)]
                succeeded[name] = 1
            except Exception:  # noqa: BLE001  # a scrape must answer; the failure is itself a metric
                succeeded[name] = 0
            durations[name] = self.clock() - begun
            yield from families
        for name, what, values in (
            ("collector_duration_seconds", "How long a collector took.", durations),
            ("collector_success", "Whether a collector succeeded.", succeeded),
        ):
            yield gauge(name, what, ("collector",), [((k,), v) for k, v in values.items()])

    def _at_zero_first(self, taken: Snapshot) -> Snapshot:
        """A combination that nobody could foresee is exported at 0 once, so that ``increase()`` sees its first event."""
        if taken.violations is None:
            return taken
        shown = {k: v if k in self._born else 0 for k, v in taken.violations.items()}
        self._born.update(taken.violations)
        return replace(taken, violations=shown)
