"""Capture files: formats, byte orders, times, damage, and what is no capture."""

from __future__ import annotations

import gzip
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from frame_blocks import SECOND, classic, ng_block, ng_interface, ng_packet, ng_section

from sensors.capture.reader import open_capture
from sensors.capture.summary import CaptureError, CaptureSummary

FRAMES = [bytes([i]) * (14 + i) for i in range(5)]
Row = tuple[bytes, int, int, int]  # frame, wire length, ns, link type


def read(path: Path, chunk: int = 1 << 16) -> tuple[list[Row], CaptureSummary]:
    rows: list[Row] = []
    reader = open_capture(path, name="x", chunk=chunk)
    for block in reader:
        assert block.first_number == len(rows) + 1
        rows += [(block.frame(i), int(block.wire[i]), int(block.ts[i]), int(block.link[i])) for i in range(len(block))]
    return rows, reader.summary()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "capture"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit", "name"), [(0xA1B2C3D4, 1000, "us"), (0xA1B23C4D, 1, "ns")])
def test_classic_in_both_byte_orders_and_resolutions(tmp_path: Path, order: str, magic: int, unit: int, name: str) -> None:
    rows, summary = read(written(tmp_path, classic(FRAMES, order=order, magic=magic, link=101)))
    assert rows == [(f, len(f), (i + 1) * SECOND + 5 * unit, 101) for i, f in enumerate(FRAMES)]
    assert (summary.format, summary.packets, summary.damage) == ("pcap", 5, None)
    assert (summary.first, summary.last) == (SECOND + 5 * unit, 5 * SECOND + 5 * unit)
    assert summary.interfaces[0].resolution == name


def test_the_hash_is_of_the_file_as_stored_and_the_totals_of_its_frames(tmp_path: Path) -> None:
    data = gzip.compress(classic(FRAMES), mtime=0)
    _rows, summary = read(written(tmp_path, data))
    assert summary.sha256 == hashlib.sha256(data).hexdigest()
    assert (summary.size, summary.gzip, summary.octets) == (len(data), True, sum(map(len, FRAMES)))


def test_fcs_bits_above_the_link_type_are_cut_off(tmp_path: Path) -> None:
    rows, _summary = read(written(tmp_path, classic(FRAMES[:1], link=0x30000001)))
    assert rows[0][3] == 1


def test_modified_headers_have_24_octets(tmp_path: Path) -> None:
    head = struct.pack("<IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65535, 1)
    record = struct.pack("<IIIIIHBB", 7, 8, 4, 4, 0, 0, 0, 0) + b"abcd"
    rows, _summary = read(written(tmp_path, head + record * 2))
    assert rows == [(b"abcd", 4, 7 * SECOND + 8000, 1)] * 2


@pytest.mark.parametrize(
    ("options", "time", "expected"),
    [
        ((), 1_500_000, 1_500_000_000),
        (((9, b"\x09"),), 1_500_000_001, 1_500_000_001),
        (((9, b"\x03"),), 1500, 1_500_000_000),
        (((9, b"\x0c"),), 1_500_000_000_999, 1_500_000_000),
        (((9, b"\x8a"),), 3 << 9, 1_500_000_000),  # 2**-10 s
        (((9, b"\xbf"),), 3 << 62, 1_500_000_000),  # 2**-63 s
        (((9, b"\x00"), (14, struct.pack("<q", 100))), 3, 103 * SECOND),
        (((14, struct.pack("<q", -1)),), 3_000_000, 2 * SECOND),
        (((14, struct.pack("<q", -(1 << 62))),), 3_000_000, 0),  # before 1970: clamped
    ],
)
def test_pcapng_time_resolutions_and_offsets(
    tmp_path: Path, options: tuple[tuple[int, bytes], ...], time: int, expected: int
) -> None:
    rows, _summary = read(written(tmp_path, ng_section() + ng_interface(options=options) + ng_packet(b"frame", time=time)))
    assert rows == [(b"frame", 5, expected, 1)]


def test_pcapng_with_sections_of_both_byte_orders_several_interfaces_and_every_packet_block(tmp_path: Path) -> None:
    simple = ng_block(3, struct.pack(">I", 9) + b"cut", ">")  # snaplen 3: only three octets of nine
    obsolete = ng_block(2, struct.pack("<HHIIII", 1, 0, 0, 7, 2, 60) + b"pb")
    data = (
        ng_section() + ng_interface(options=((2, b"eth0"),)) + ng_interface(link=113, options=((9, b"\x09"),))
        + ng_packet(b"one", interface=1, time=5) + ng_block(5, b"statistics" * 3) + obsolete + ng_packet(b"two", time=2)
        + ng_section(">") + ng_interface(">", link=101, snaplen=3) + ng_packet(b"three", ">", time=4) + simple
    )  # fmt: skip
    rows, summary = read(written(tmp_path, data))
    assert rows == [
        (b"one", 3, 5, 113),
        (b"pb", 60, 7, 113),
        (b"two", 3, 2000, 1),
        (b"three", 5, 4000, 101),
        (b"cut", 9, 0, 101),
    ]
    assert (summary.sections, [i.link for i in summary.interfaces], summary.interfaces[0].name) == (2, [1, 113, 101], "eth0")
    assert summary.beyond_snaplen == 1
    assert summary.damage is None


def test_an_unknown_block_longer_than_any_piece_is_stepped_over(tmp_path: Path) -> None:
    long = ng_block(0x40000BAD, bytes(900_000))
    data = ng_section() + ng_interface() + ng_packet(b"before") + long + ng_packet(b"behind")
    rows, summary = read(written(tmp_path, data), chunk=1 << 16)
    assert [r[0] for r in rows] == [b"before", b"behind"]
    assert summary.damage is None


@pytest.mark.parametrize("make", [classic, lambda f: ng_section() + ng_interface() + b"".join(map(ng_packet, f))])
def test_the_size_of_the_pieces_does_not_matter(tmp_path: Path, make: object) -> None:
    frames = [bytes([i % 256]) * (i * 37 % 1500) for i in range(900)]
    path = written(tmp_path, make(frames))  # type: ignore[operator]
    whole = read(path, 1 << 21)
    for chunk in (1000, 4096, 65537):
        assert read(path, chunk) == whole
    assert [r[0] for r in whole[0]] == frames


def test_a_gzip_file_of_several_members_is_one_capture(tmp_path: Path) -> None:
    data = classic(FRAMES)
    rows, summary = read(written(tmp_path, gzip.compress(data[:60], mtime=0) + gzip.compress(data[60:]) + bytes(16)))
    assert [r[0] for r in rows] == FRAMES
    assert summary.damage is None


def test_everything_before_a_cut_is_delivered(tmp_path: Path) -> None:
    data = classic(FRAMES)
    rows, summary = read(written(tmp_path, data[:-1]))
    assert [r[0] for r in rows] == FRAMES[:-1]
    assert summary.damage is not None
    assert summary.damage.offset == len(data) - 16 - len(FRAMES[-1])
    assert "ends inside a record" in summary.damage.reason.en
    assert "レコードの途中" in summary.damage.reason.ja


@pytest.mark.parametrize("size", [262_145, 0xFFFFFFFF])
def test_an_impossible_length_ends_the_capture_there(tmp_path: Path, size: int) -> None:
    data = classic(FRAMES[:2])
    rows, summary = read(written(tmp_path, data + struct.pack("<IIII", 3, 0, size, size) + bytes(64)))
    assert len(rows) == 2
    assert summary.damage is not None
    assert summary.damage.offset == len(data)
    assert str(size) in summary.damage.reason.en


def test_trailing_garbage_is_damage_and_a_frame_of_nothing_is_a_frame(tmp_path: Path) -> None:
    data = classic([b"", b"x"])
    rows, summary = read(written(tmp_path, data + b"garbage"))
    assert [r[0] for r in rows] == [b"", b"x"]
    assert summary.damage is not None
    assert summary.damage.offset == len(data)


def test_frames_longer_than_the_declared_capture_length_are_counted(tmp_path: Path) -> None:
    rows, summary = read(written(tmp_path, classic(FRAMES, snaplen=15)))
    assert len(rows) == 5
    assert summary.beyond_snaplen == 3


@pytest.mark.parametrize(
    "block",
    [
        ng_packet(b"x", interface=1),
        struct.pack("<II", 6, 13) + bytes(64),
        struct.pack("<II", 6, 8) + bytes(64),
        ng_packet(b"x")[:-4] + b"\0\0\0\0",
        ng_block(6, struct.pack("<IIIII", 0, 0, 0, 400_000, 1)),
        ng_block(1, b"")[:12],
        struct.pack("<III", 0x0A0D0D0A, 28, 0xDEADBEEF) + bytes(16),
    ],
)
def test_a_broken_pcapng_block_ends_the_capture_there(tmp_path: Path, block: bytes) -> None:
    good = ng_section() + ng_interface() + ng_packet(b"good")
    rows, summary = read(written(tmp_path, good + block + ng_packet(b"never")))
    assert [r[0] for r in rows] == [b"good"]
    assert summary.damage is not None
    assert summary.damage.offset == len(good)


def test_corrupt_and_cut_gzip_give_what_could_be_read(tmp_path: Path) -> None:
    frames = [hashlib.sha512(bytes([i])).digest() * 20 for i in range(200)]
    data = gzip.compress(classic(frames), 1, mtime=0)
    middle = len(data) // 2
    rows, summary = read(written(tmp_path, data[:middle]))
    assert [r[0] for r in rows] == frames[: len(rows)]
    assert 0 < len(rows) < 200
    assert summary.damage is not None
    broken = data[:middle] + b"\xff" * 64 + data[middle + 64 :]
    rows, summary = read(written(tmp_path, broken))
    assert [r[0] for r in rows[:50]] == frames[:50]  # what is wrong inside shows only where it stops making sense
    assert summary.damage is not None
    assert summary.sha256 == hashlib.sha256(broken).hexdigest()


def test_a_wrong_checksum_at_the_end_of_gzip_loses_no_frame(tmp_path: Path) -> None:
    data = gzip.compress(classic(FRAMES), mtime=0)
    rows, summary = read(written(tmp_path, data[:-8] + bytes(8)))  # RFC 1952 2.3.1: CRC32, then ISIZE
    assert [r[0] for r in rows] == list(FRAMES)
    assert summary.damage is not None
    assert "gzip" in summary.damage.reason.en


@pytest.mark.parametrize(
    ("data", "english", "japanese"),
    [
        (b"", "empty", "空"),
        (b"GET / HTTP/1.1", "47 45 54 20", "47 45 54 20"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "inside the pcap file header", "途中"),
        (b"\x0a\x0d\x0d\x0a\x00\x00", "inside the pcapng file header", "途中"),
        (gzip.compress(b"hello, this is text", mtime=0), "68 65 6c 6c", "68 65 6c 6c"),
        (b"\x1f\x8b\x08", "gzip", "gzip"),
    ],
)
def test_what_is_no_capture_gives_one_clear_message(tmp_path: Path, data: bytes, english: str, japanese: str) -> None:
    with pytest.raises(CaptureError) as caught:
        open_capture(written(tmp_path, data), name="input")
    assert caught.value.message.en.startswith("input: ")
    assert english in caught.value.message.en
    assert japanese in caught.value.message.ja


def test_a_missing_file_and_a_folder_give_a_message(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(CaptureError):
            open_capture(path)


def test_the_summary_is_refused_before_the_end(tmp_path: Path) -> None:
    reader = open_capture(written(tmp_path, classic(FRAMES)))
    with pytest.raises(RuntimeError):
        reader.summary()
    for _block in reader:
        pass
    assert reader.summary().packets == 5


def test_a_small_file_is_closed_before_it_is_walked(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    path = written(tmp_path, classic(FRAMES))
    before = len(list(descriptors.iterdir()))
    readers = [open_capture(path) for _ in range(50)]
    assert len(list(descriptors.iterdir())) == before
    assert [sum(len(b) for b in r) for r in readers] == [5] * 50
    assert readers[-1].summary().sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_large_file_does_not_need_its_size_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.pcap"
    with path.open("wb") as file:  # 768 MiB of frames of 256 KiB, their inside a hole
        file.write(classic([]))
        for second in range(3072):
            file.write(struct.pack("<IIII", second, 0, 262_128, 262_128))
            file.seek(262_128, 1)
        file.write(struct.pack("<IIII", 0, 0, 4, 4) + b"last")
    script = (
        "import resource, sys\n"
        "from sensors.capture.reader import open_capture\n"
        "from sensors.kernels.tracker import Tracker\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "t = Tracker()\n"
        "next(iter([t.feed(b) for b in open_capture(sys.argv[2])]), None)\n"
        "before = peak()\n"
        "for b in open_capture(sys.argv[1]): t.feed(b)\n"
        "print(t.packets, peak() - before)\n"
    )
    small = written(tmp_path, classic(FRAMES))
    done = subprocess.run([sys.executable, "-c", script, path, small], capture_output=True, text=True, check=True)
    packets, kilobytes = map(int, done.stdout.split())
    assert packets == 3073 + 5
    assert kilobytes < 40_000
