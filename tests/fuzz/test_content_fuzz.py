"""Hostile files: every own parser on arbitrary bytes, and mutations of real files through the worker."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import needs_shared

from sensors.transfer.content import (
    biff,
    fields,
    images,
    kinds,
    lzh,
    markup,
    ole,
    onenote,
    ooxml,
    pdf,
    pdfraw,
    rtf,
    streams,
    tables,
    vba,
)
from sensors.transfer.content.examine import examine, look
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.limits import BoundHitError, Limits
from sensors.transfer.mail import charsets, disguises, message, smime, tnef
from sensors.transfer.verdict import Reason
from sensors.transfer.worker.pool import Inspector

LIMITS = Limits(file_bytes=1 << 20, expanded=4 << 20, ratio_floor=1 << 18, members=200)


def on_item(reader: Callable[[Item, Notebook], Any]) -> Callable[[bytes], None]:
    """A reader of items as a function of bytes; reaching a bound is an answer."""

    def run(data: bytes) -> None:
        notes = Notebook(look, LIMITS)
        try:
            reader(Item(data=data, name="a"), notes)
        except BoundHitError:
            return
        assert len(notes.factors) <= LIMITS.factors

    return run


PARSERS: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "tnef": (b"\x78\x9f\x3e\x22\x01\x00\x02", on_item(tnef.examine_tnef)),
    "tnef properties": (b"", lambda d: list(tnef.properties(d))),
    "uu and yEnc": (b"begin 644 a\n", lambda d: list(disguises.find(d, 1000))),
    "yEnc": (b"=ybegin line=1 name=a\n", lambda d: list(disguises.find(d, 1000))),
    "words": (b"=?", charsets.decode_words),
    "parameters": (b"a; filename*0*=", charsets.parameters),
    "mail": (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", on_item(message.examine_message)),
    "cms": (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", on_item(smime.examine_cms)),
    "rtf": (rb"{\rtf1{\object{\*\objdata ", on_item(rtf.examine_rtf)),
    "onenote": (bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac"), on_item(onenote.examine_onenote)),
    "pdf names": (b"1 0 obj <</", lambda d: [list(pdfraw.names(b)) for _, b, _ in pdfraw.objects(d)]),
    "pdf": (b"%PDF-1.4\n1 0 obj <</", on_item(pdf.examine_pdf)),
    "lzh": (b"\x20\x00-lh0-", lzh.headers),
    "vba": (b"\x01\x00\xb0\x00Attribut", vba.module_source),
    "biff": (b"\x85\x00", on_item(lambda i, n: biff.examine_workbook(i.data, i, n, "Workbook"))),
    "native": (struct.pack("<I", 400) + b"\x02\x00a\0b\0", ole.native_package),
    "field": (b"QUOTE 1 2 ", on_item(lambda i, n: fields.examine_field(i.data.decode("latin-1"), i, n))),
    "xlsb": (b"\xe8\x02", on_item(lambda i, n: ooxml._binary_sheet(i.data, "xl/externalLinks/a.bin", i, n))),
    "html": (b"<html><script ", on_item(lambda i, n: markup.examine_markup(i, "html", n))),
    "slk": (b"ID;P\n", on_item(tables.examine_slk)),
    "png": (b"\x89PNG\r\n\x1a\n", on_item(lambda i, n: images.examine_image(i, "png", n))),
    "jpg": (b"\xff\xd8\xff\xe0", on_item(lambda i, n: images.examine_image(i, "jpg", n))),
    "gif": (b"GIF89a", on_item(lambda i, n: images.examine_image(i, "gif", n))),
    "gz": (b"\x1f\x8b\x08", on_item(lambda i, n: streams.expand(i, "gz", n))),
    "pe": (b"MZ", images.pe_end),
    "kinds": (b"", kinds.identify),
    "text": (b"", kinds.decode_text),
}


@pytest.mark.parametrize("parser", PARSERS)
@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=600))
def test_own_parsers_take_any_bytes(parser: str, data: bytes) -> None:
    start, run = PARSERS[parser]
    run(start + data)
    run(data)


@settings(deadline=None, max_examples=150)
@given(data=st.binary(max_size=400), name=st.text(max_size=30))
def test_the_examination_takes_any_file(data: bytes, name: str) -> None:
    verdict = examine(data, name, limits=LIMITS)
    assert verdict.size == len(data)
    assert verdict.content


def test_fifty_three_bytes_do_not_take_a_minute() -> None:
    # The shape that keeps another TNEF reader busy for a minute: counts far beyond the data.
    data = (
        b"\x78\x9f\x3e\x22\x01\x00"
        + struct.pack("<BII", 2, 0x00069005, 38)
        + struct.pack("<IHH", 0x7FFFFFFF, 0x1003, 0x3001)
        + b"\xff" * 30
    )
    verdict = examine(data[:53], "winmail.dat", limits=Limits(cpu_seconds=1))
    assert verdict.type == "tnef"


def mutated(data: bytes, generator: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(generator.randint(1, 12)):
        sort = generator.random()
        at = generator.randrange(max(len(out), 1))
        if sort < 0.5 and out:
            out[at] = generator.randrange(256)
        elif sort < 0.7:
            out[at:at] = bytes(generator.randrange(256) for _ in range(generator.randint(1, 8)))
        elif sort < 0.9:
            del out[at : at + generator.randint(1, 64)]
        else:
            out = out[: max(at, 16)]
    return bytes(out)


def samples(folder: Path) -> list[Path]:
    every = sorted(
        p for p in folder.rglob("*") if p.is_file() and p.suffix not in {".json", ".pcap", ".md"} and p.stat().st_size < 150_000
    )
    return every[::4]


@pytest.mark.slow
def test_mutated_files_never_stall_or_kill_the_sensor() -> None:
    folder = needs_shared("data", "documents")
    generator = random.Random(20261120)
    with Inspector(Limits(cpu_seconds=5, wall_seconds=15)) as inspector:
        verdicts = [inspector.inspect_bytes(mutated(p.read_bytes(), generator), p.name) for p in samples(folder)]
        # A worker that a library crashed is one file's gap, and the next file is examined.
        assert inspector.inspect_bytes(b"text", "a.txt").gaps == ()
    assert inspector.counts["bad_answer"] == 0
    assert sum(g.reason is Reason.WORKER_DIED for v in verdicts for g in v.gaps) <= len(verdicts) // 20
