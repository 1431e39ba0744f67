"""Reassembly in segments a second, and inspected MB a second beside tshark's export of objects on the same captures.

    python bench/transfers.py [--captures FOLDER] [--write]

FOLDER holds captures; those with files in them are read.  A made capture adds large transfers: HTTP downloads in order, and the
same with every eighth segment out of order.  ``--write`` puts the section into ``bench/RESULTS.md``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sensors.capture.reader import open_capture  # noqa: E402 - found through the line above
from sensors.capture.summary import CaptureError  # noqa: E402 - the same
from sensors.kernels.taps import TapConfig, Tapped  # noqa: E402 - the same
from sensors.kernels.tracker import Tracker, TrackerConfig  # noqa: E402 - the same
from sensors.streams.table import Streams  # noqa: E402 - the same
from sensors.transfer.exchange import Exchange  # noqa: E402 - the same
from sensors.transfer.protocols.base import Kind, Transfer  # noqa: E402 - the same
from sensors.transfer.worker.pool import Inspector  # noqa: E402 - the same

ALL = TapConfig(classes=Tapped.TRANSFER, transfer_decisions=frozenset({-1}))
OBJECTS = ("http", "imf", "smb", "tftp", "ftp-data")
MSS = 1448


def made(path: Path, *, megabytes: int, disorder: bool) -> None:
    """One HTTP download of so many MB as a capture."""
    body = bytes(range(256)) * 4096
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        at = 0

        def packet(src: int, dst: int, ports: tuple[int, int], seq: int, ack: int, flags: int, payload: bytes) -> bytes:
            nonlocal at
            at += 10
            tcp = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0) + payload
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, src, dst) + tcp
            return struct.pack("<IIII", 1_700_000_000 + at // 10**6, at % 10**6, len(ip), len(ip)) + ip

        a, b, port = 0x0A000001, 0x0A000002, 40000
        out.write(packet(a, b, (port, 80), 99, 0, 2, b"") + packet(b, a, (80, port), 499, 100, 18, b""))
        request = b"GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n"
        out.write(packet(a, b, (port, 80), 100, 500, 24, request))
        stream = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) * megabytes) + body * megabytes
        parts = [(500 + n, stream[n : n + MSS]) for n in range(0, len(stream), MSS)]
        if disorder:
            for n in range(0, len(parts) - 1, 8):
                parts[n], parts[n + 1] = parts[n + 1], parts[n]
        for seq, data in parts:
            out.write(packet(b, a, (80, port), seq, 100 + len(request), 16, data))


class _Count:
    """A reader that only counts, so that reassembly alone is measured."""

    octets = 0

    def data(self, side: int, octets: bytes) -> None:  # noqa: ARG002 - as the stream table calls it
        _Count.octets += len(octets)

    def gap(self, side: int, length: int) -> None:
        """Nothing."""

    def datagram(self, side: int, octets: bytes, length: int) -> None:
        """Nothing."""

    def end(self, side: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def cpu() -> float:
    """Seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def tapped(path: Path, take: Callable[..., None]) -> tuple[int, float]:
    """Feed a capture's taps; segments, and the CPU seconds that *take* used."""
    tracker = Tracker(config=TrackerConfig(flows=1 << 12, bindings=1 << 8, fragments=1 << 8, events=16, taps=ALL))
    segments, used = 0, 0.0
    for block in open_capture(path):
        tracker.feed(block)
        taps = tracker.taps()
        if len(taps):
            begun = cpu()
            take(block, taps, tracker)
            used += cpu() - begun
            segments += len(taps)
    return segments, used


def reassembled(path: Path) -> str:
    """A row of the table of reassembly."""
    streams = Streams(lambda _: _Count())  # type: ignore[arg-type, return-value]
    _Count.octets = 0
    segments, used = tapped(path, lambda block, taps, _: streams.feed(block, taps))
    streams.finish()
    return f"{segments:,} | {_Count.octets / 1e6:,.1f} | {segments / used:,.0f} | {_Count.octets / 1e6 / used:,.0f}"


def read_files(path: Path, inspector: Inspector | None) -> tuple[int, int, float]:
    """Files, their octets, wall seconds; with hashes, and looked into if there is an *inspector*."""
    found: list[Transfer] = []
    exchange = Exchange(found.append)
    begun = time.perf_counter()
    tapped(path, exchange.feed)
    exchange.finish()
    files = octets = 0
    for transfer in found:
        if transfer.body is None:
            continue
        files, octets = files + 1, octets + transfer.size
        sink = transfer.body.take() if inspector is not None and not (transfer.piece or transfer.container) else None
        if sink is not None and inspector is not None:
            inspector.inspect_sink(sink, transfer.name, transfer.declared, "mail" if transfer.kind is Kind.MAIL else "")
        else:
            transfer.body.drop()
    return files, octets, time.perf_counter() - begun


def exported(paths: list[Path]) -> tuple[int, int, float]:
    """The same by tshark, which needs to be told to put segments in order."""
    files = octets = 0
    begun = time.perf_counter()
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            options = [o for kind in OBJECTS for o in ("--export-objects", f"{kind},{folder}/{kind}")]
            subprocess.run(
                ["tshark", "-q", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", str(path), *options],
                check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            sizes = [f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()]
            files, octets = files + len(sizes), octets + sum(sizes)
    return files, octets, time.perf_counter() - begun


def with_files(folder: Path, most: int) -> list[Path]:
    """The largest captures in which something is read."""
    out: list[Path] = []
    for path in sorted(folder.iterdir(), key=lambda p: (-p.stat().st_size, p.name)):
        if len(out) == most:
            break
        try:
            if read_files(path, None)[0]:
                out.append(path)
        except CaptureError:
            continue
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=ROOT.parent / "shared" / "data" / "pcaps" / "captures")
    parser.add_argument("--megabytes", type=int, default=32)
    parser.add_argument("--most", type=int, default=40, help="captures read, the largest first")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    lines = [
        (f"{dt.datetime.now(dt.UTC).date()}; {os.cpu_count()} CPUs, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f}."), "",
        "Reassembly alone (CPU seconds of the stream table; the packet path before it is not counted):", "",
        "| capture | segments | MB | segments a second | MB a second |", "|---|---|---|---|---|",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        ordered, shuffled = Path(folder) / "ordered.pcap", Path(folder) / "disorder.pcap"
        made(ordered, megabytes=args.megabytes, disorder=False)
        made(shuffled, megabytes=args.megabytes, disorder=True)
        reassembled(ordered)  # compiled code is loaded
        lines += [f"| one download, in order | {reassembled(ordered)} |"]
        lines += [f"| one download, every eighth segment late | {reassembled(shuffled)} |"]
        sets = [("one download", [ordered])]
        if args.captures.is_dir():
            sets.append(("captures of other projects with files in them", with_files(args.captures, args.most)))
        lines += ["", "Files with their SHA-256 (wall seconds):", "", "| captures | program | files | MB | s | MB a second |"]
        lines += ["|---|---|---|---|---|---|"]
        for name, paths in sets:
            rows = [("sekisho, hashes only", [read_files(p, None) for p in paths])]
            with Inspector(workers=1) as inspector:
                rows.append(("sekisho, every file examined", [read_files(p, inspector) for p in paths]))
            if shutil.which("tshark"):
                rows.append(("tshark --export-objects", [exported(paths)]))
            for program, results in rows:
                files, octets, seconds = (sum(r[n] for r in results) for n in range(3))
                lines.append(
                    f"| {name} ({len(paths)}) | {program} | {files:,} | {octets / 1e6:,.1f} | {seconds:.1f} | "
                    f"{octets / 1e6 / seconds:,.1f} |"
                )
    text = "\n".join(lines)
    print(text)
    if args.write:
        _write(text)


def _write(text: str) -> None:
    start, end = "<!-- transfers: written by bench/transfers.py -->", "<!-- /transfers -->"
    path = ROOT / "bench" / "RESULTS.md"
    section = f"{start}\n## Transfers\n\n{text}\n{end}\n"
    old = path.read_text("utf-8")
    if start in old:
        head, _, rest = old.partition(start)
        old = head + section + rest.partition(end)[2].lstrip("\n")
    else:
        old = old.rstrip("\n") + "\n\n" + section
    path.write_text(old, "utf-8")


if __name__ == "__main__":
    main()
