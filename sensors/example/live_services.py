"""What the hosts of the live city run: web servers with TLS, a proxy, name and time servers, a remote desktop."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sensors.example import speech
from sensors.example.live_network import Host
from sensors.example.wire import Part

_BODY = b"<!doctype html><title>midorino</title>" + b"<p>ok</p>" * 300
_NTP_ERA = 2_208_988_800  # seconds from 1900 to 1970, RFC 5905 6
_SECONDS = 10.0


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of the city and its key, made by openssl.  Raises :class:`subprocess.CalledProcessError`."""
    key, cert = folder / "server.key", folder / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=midorino.example", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


class _Page(BaseHTTPRequestHandler):
    """Answers every GET with one page; also what is asked of it as a proxy."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_BODY)))
        self.end_headers()
        self.wfile.write(_BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _WebServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no matter."""

    def server_bind(self) -> None:
        """Bind without asking for the host's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "midorino.example", int(self.server_address[1])


def web(host: Host, port: int, tls: tuple[Path, Path] | None = None) -> None:
    """A web server (or, without *tls*, a proxy) on all addresses of *host*."""

    def work() -> None:
        server = _WebServer(("", port), _Page)
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.serve_forever()

    host.serve(work)


def names(host: Host, address: str) -> None:
    """A name server at *address* that knows one name."""

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((address, 53))
            while True:
                ask, client = s.recvfrom(512)
                answer = speech.dns("www.example", struct.unpack_from("!H", ask)[0], 0xC0000201)[1]
                s.sendto(answer, client)

    host.serve(work)


def clock(host: Host, address: str, offset_seconds: float) -> None:
    """A time server (RFC 5905) at *address* whose clock is off by so much."""

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((address, 123))
            while True:
                ask, client = s.recvfrom(512)
                seconds, rest = divmod(time.time_ns() + int(offset_seconds * 1e9), 1_000_000_000)
                stamp = struct.pack("!II", seconds + _NTP_ERA & 0xFFFFFFFF, (rest << 32) // 1_000_000_000)
                head = struct.pack("!BBbbIII", 0x24, 2, 6, -20, 0x100, 0x200, 0x0A5A0001)
                s.sendto(head + stamp + ask[40:48] + stamp + stamp, client)

    host.serve(work)


def desktop(host: Host) -> None:
    """A remote desktop server that negotiates and sends some screen."""

    def work() -> None:
        with socket.create_server(("", 3389)) as listening:
            while True:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(_SECONDS)
                    _say(connection, speech.desktop(12), client=False)
                    connection.recv(1)  # until the client closes

    host.serve(work)


def remote_control(host: Host, server: str) -> None:
    """A session of a remote desktop client.  Raises :class:`OSError`."""

    def work() -> None:
        with socket.create_connection((server, 3389), _SECONDS) as connection:
            _say(connection, speech.desktop(12), client=True)

    host.within(work)


def _say(connection: socket.socket, dialogue: list[Part], *, client: bool) -> None:
    for from_client, data in dialogue:
        if from_client == client:
            connection.sendall(data)
        else:
            _take(connection, len(data))


def _take(connection: socket.socket, length: int) -> None:
    while length > 0:
        got = connection.recv(length)
        if not got:
            raise ConnectionError("closed early")
        length -= len(got)


def ask(host: Host, server: str, port: int, question: bytes) -> bytes:
    """The answer to a datagram.  Raises :class:`OSError`, also when none comes."""
    answers: list[bytes] = []

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(_SECONDS)
            s.sendto(question, (server, port))
            answers.append(s.recv(2048))

    host.within(work)
    return answers[0]


def browse(host: Host, name: str, address: str, *, proxy: str = "") -> bool:
    """Fetch a page with curl; whether it came."""
    words = ["curl", "--silent", "--insecure", "--max-time", "8", "--output", "/dev/null", "--noproxy", "" if proxy else "*"]
    if proxy:
        words += ["--proxy", f"http://{proxy}", f"http://{name}/"]
    else:
        words += ["--resolve", f"{name}:443:{address}", f"https://{name}/"]
    with contextlib.suppress(subprocess.CalledProcessError):
        host.run(*words)
        return True
    return False


@contextlib.contextmanager
def wire_of(host: Host, interface: str = "eth0") -> Iterator[list[bytes]]:
    """Frames to be sent as they are at the end of the block."""
    frames: list[bytes] = []
    yield frames

    def work() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            s.bind((interface, 0))
            for frame in frames:
                s.send(frame)

    host.within(work)
