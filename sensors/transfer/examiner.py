"""Files handed to the worker pool while packets go on: a bounded queue in front of :class:`Inspector`."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from sensors.transfer.sink import FileSink
from sensors.transfer.verdict import ContentVerdict
from sensors.transfer.worker.pool import Inspector

_KNOWN = 4096


class Examiner:
    """Examines in the background; the same octets under the same name are examined once.

    *waiting* bounds the files in the queue: :meth:`submit` gives ``None`` beyond.
    """

    def __init__(self, inspector: Inspector | None = None, *, threads: int = 2, waiting: int = 256) -> None:
        self.inspector = inspector or Inspector(workers=threads)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="examine")
        self._waiting = waiting
        self._open = 0
        self._known: OrderedDict[tuple[str, str, str, str, bool], Future[ContentVerdict]] = OrderedDict()

    def submit(self, sink: FileSink, name: str, declared: str, context: str) -> Future[ContentVerdict] | None:
        """Examine *sink*, which is closed afterwards (at once when nothing is to be done)."""
        key = (sink.sha256, name.rpartition(".")[2], declared, context, sink.missing)
        known = self._known.get(key)
        if known is not None:
            sink.close()
            return known
        if self._open >= self._waiting:
            sink.close()
            return None
        self._open += 1
        future = self._threads.submit(self.inspector.inspect_sink, sink, name, declared, context)
        future.add_done_callback(self._done)
        self._known[key] = future
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return future

    def _done(self, _: Future[ContentVerdict]) -> None:
        self._open -= 1

    def close(self) -> None:
        """Wait for what runs, then end the worker."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.inspector.close()
