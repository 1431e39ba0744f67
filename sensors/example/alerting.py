"""Prometheus and Alertmanager around one sensor on the loopback, and a receiver that keeps what they deliver.

For the demonstration and for tests: the rules and the configuration are those of ``dashboards/``, with shorter times.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

#: Programs of the Debian packages prometheus and prometheus-alertmanager.
PROGRAMS = ("prometheus", "prometheus-alertmanager")
#: Longest body of a notification that is kept.
_BODY_ROOM = 1 << 20


class UnavailableError(Exception):
    """A program is not installed or did not come up; the message says which."""


@dataclass(slots=True)
class Received:
    """Notifications as Alertmanager posted them (its webhook format, version 4), oldest first."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def alerts(self, status: str) -> list[dict[str, Any]]:
        """The alerts delivered as *status*, firing or resolved, in order of arrival."""
        with self.lock:
            return [a for d in self.documents for a in d.get("alerts", []) if a.get("status") == status]


@dataclass(frozen=True, slots=True)
class Alerting:
    """The running programs: ``prometheus`` and ``alertmanager`` are their addresses."""

    prometheus: str
    alertmanager: str
    received: Received

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result vector of a PromQL expression now.  Raises :class:`OSError`, :class:`ValueError`."""
        from urllib.parse import urlencode  # noqa: PLC0415

        with urllib.request.urlopen(f"{self.prometheus}/api/v1/query?{urlencode({'query': expression})}", timeout=10) as answer:  # noqa: S310  # our own loopback address
            document = json.load(answer)
        result = document["data"]["result"]
        assert isinstance(result, list)
        return result

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Look until *condition* holds or *seconds* have passed; whether it held."""
        until = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < until:
            time.sleep(0.2)
        return held


@contextlib.contextmanager
def alerting(dashboards: Path, folder: Path, targets: Sequence[str], *, window_seconds: int = 8) -> Iterator[Alerting]:
    """Run both programs on free ports of the loopback, scraping *targets* (``host:port``) every second.

    *window_seconds* takes the place of the rules' ten minutes, so that an alert ends within the demonstration.  Everything
    is written below *folder*, and nothing runs on afterwards.  Raises :class:`UnavailableError`.
    """
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise UnavailableError(program)
    received = Received()
    hook = HTTPServer(("127.0.0.1", 0), _handler(received))
    thread = threading.Thread(target=hook.serve_forever, daemon=True)
    thread.start()
    ports = _free_ports(2)
    _configure(dashboards, folder, targets, hook.server_address[1], ports[1], window_seconds)
    with contextlib.ExitStack() as running:
        running.callback(hook.server_close)
        running.callback(hook.shutdown)
        for command, port in (
            (["prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager",
              f"--web.listen-address=127.0.0.1:{ports[1]}", "--cluster.listen-address=", "--log.level=error"], ports[1]),
            (["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/prometheus",
              f"--web.listen-address=127.0.0.1:{ports[0]}", "--log.level=error"], ports[0]),
        ):  # fmt: skip
            log = running.enter_context((folder / f"{command[0]}.log").open("wb"))
            process = subprocess.Popen(command, stdout=log, stderr=log)
            running.callback(_stop, process)
            _until_ready(command[0], process, port)
        yield Alerting(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", received)


def _configure(dashboards: Path, folder: Path, targets: Sequence[str], hook: int, alertmanager: int, window: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rules = (dashboards / "prometheus" / "sekisho.rules.yml").read_text("utf-8")
    (folder / "sekisho.rules.yml").write_text(
        rules.replace("[10m]", f"[{window}s]").replace("offset 10m", f"offset {window}s"), "utf-8"
    )
    config = (dashboards / "prometheus" / "prometheus.yml").read_text("utf-8")
    config = config.replace("15s", "1s").replace("127.0.0.1:9093", f"127.0.0.1:{alertmanager}")
    config = re.sub(r"targets: \[\"127\.0\.0\.1:9477\"\]", lambda _: f"targets: {json.dumps([*targets])}", config)
    (folder / "prometheus.yml").write_text(config, "utf-8")
    routes = (
        (dashboards / "alertmanager" / "alertmanager.yml").read_text("utf-8").replace("127.0.0.1:9099", f"127.0.0.1:{hook}")
    )
    routes = re.sub(r"group_wait: \w+", "group_wait: 0s", re.sub(r"group_interval: \w+", "group_interval: 1s", routes))
    (folder / "alertmanager.yml").write_text(routes, "utf-8")
    shutil.copy(dashboards / "alertmanager" / "sekisho.tmpl", folder / "sekisho.tmpl")


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Keeps what is posted."""

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", "0") or 0), _BODY_ROOM))
            with contextlib.suppress(ValueError), received.lock:
                received.documents.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def _until_ready(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise UnavailableError(name)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
