"""The worker: isolated, bounded, and never in the way of the next file."""

# ruff: noqa: E501 - rows of tables with bytes of whole files

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sensors.transfer.content import examine
from sensors.transfer.content.limits import Limits
from sensors.transfer.sink import IN_MEMORY, FileSink
from sensors.transfer.verdict import Content, ContentVerdict, Factor, FactorFound, Gap, Reason
from sensors.transfer.worker import messages
from sensors.transfer.worker.pool import Inspector

ROOT = Path(__file__).resolve().parents[4]


def test_bytes_give_a_verdict_with_our_own_hash_and_size() -> None:
    with Inspector() as inspector:
        verdict = inspector.inspect_bytes(b"MZ" + bytes(100), "photo.jpg", "image/jpeg")
    assert verdict.size == 102
    assert verdict.sha256 == hashlib.sha256(b"MZ" + bytes(100)).hexdigest()
    assert {Factor.EXECUTABLE, Factor.EXT_MISMATCH} <= verdict.names
    assert verdict.content is Content.RISK_FOUND


_PROBE = """
import json, os, socket, sys
sys.path.insert(0, {root!r})
from sensors.transfer.worker.sandbox import confine, isolate
missing = isolate()
missing += confine(memory=512 << 20, cpu_seconds=5, file_bytes=1 << 20)
def tried(action):
    try:
        action()
    except BaseException as error:
        return type(error).__name__
    return "allowed"
print(json.dumps({{
    "missing": missing, "uid": os.getuid(), "gid": os.getgid(),
    "socket": tried(lambda: socket.socket(socket.AF_INET)),
    "fork": tried(os.fork),
    "exec": tried(lambda: os.execv("/bin/true", ["true"])),
    "kill": tried(lambda: os.kill(1, 0)),
    "memory": tried(lambda: bytearray(1 << 30)),
    "tmp": os.listdir("/tmp"),
    "shadow": tried(lambda: open("/etc/shadow")),
}}))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and another user need root")
def test_what_reads_hostile_bytes_has_nothing_left_to_misuse() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROBE.format(root=str(ROOT))], capture_output=True, text=True, check=True, timeout=60
    )
    seen = json.loads(ran.stdout)
    assert seen["missing"] == []
    assert (seen["uid"], seen["gid"]) == (65534, 65534)
    assert seen["socket"] == "PermissionError"
    assert seen["fork"] in {"PermissionError", "BlockingIOError"}
    assert seen["exec"] == "PermissionError"
    assert seen["kill"] == "PermissionError"
    assert seen["memory"] == "MemoryError"
    # Nothing but the way to this program's own folders, where they lie there.
    own = {
        p.relative_to("/tmp").parts[0]
        for p in (ROOT, Path(sys.prefix).resolve())
        if p.is_relative_to("/tmp") and p != Path("/tmp")
    }
    assert set(seen["tmp"]) <= own
    assert seen["shadow"] == "PermissionError"


def test_a_dead_worker_is_replaced_and_the_next_file_is_examined() -> None:
    with Inspector() as inspector:
        assert inspector.inspect_bytes(b"text", "a.txt").content is Content.NONE_FOUND
        assert inspector._process is not None
        inspector._process.kill()
        inspector._process.wait()
        assert inspector.inspect_bytes(b"text", "a.txt").content is Content.NONE_FOUND
        assert inspector.counts["restarted"] == 1


def test_a_file_that_takes_too_long_is_ended_and_said_to_be_incomplete() -> None:
    # One wall-clock second is too short for nothing but this: the limit is below the start of any work.
    with Inspector(Limits(wall_seconds=0)) as inspector:
        verdict = inspector.inspect_bytes(b"text", "a.txt")
    assert verdict.gaps == (Gap(Reason.OUT_OF_TIME),)
    assert verdict.content is Content.INCOMPLETE
    assert inspector.counts["killed"] == 1


def test_the_time_limit_keeps_what_was_found_before_it() -> None:
    class Over(BaseException):
        pass

    def stop(*_: object) -> None:
        raise Over

    original = examine.images.examine_polyglot
    examine.images.examine_polyglot = stop  # type: ignore[assignment]
    try:
        verdict = examine.examine(b"#!/bin/sh\nrm x\n", "a.txt", time_over=Over)
    finally:
        examine.images.examine_polyglot = original
    assert Factor.EXECUTABLE in verdict.names
    assert verdict.gaps == (Gap(Reason.OUT_OF_TIME),)


def test_files_from_several_threads_do_not_mix() -> None:
    results: dict[int, ContentVerdict] = {}
    with Inspector(workers=3) as inspector:

        def one(number: int) -> None:
            data = b"MZ" + bytes(80) if number % 2 else b"plain text"
            results[number] = inspector.inspect_bytes(data, f"{number}.txt")

        threads = [threading.Thread(target=one, args=(n,)) for n in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert {n: Factor.EXECUTABLE in v.names for n, v in results.items()} == {n: bool(n % 2) for n in range(12)}
    assert all(v.name == f"{n}.txt" for n, v in results.items())


def test_a_message_of_smtp_is_read_as_one_whatever_it_looks_like() -> None:
    body = b"X-Only: 1\n\nbegin 644 a.exe\n" + b"M" + b"35J0  " + b"\n`\nend\n"
    with Inspector() as inspector:
        assert inspector.inspect_bytes(body, context="mail").type == "eml"


def test_the_sink_hashes_everything_and_keeps_only_what_it_may() -> None:
    sink = FileSink(limit=2 * IN_MEMORY)
    for _ in range(5):
        sink.write(bytes(IN_MEMORY))
    spooled = sink.spooled()
    assert spooled.size == 5 * IN_MEMORY
    assert os.fstat(spooled.handle).st_size == 2 * IN_MEMORY
    assert len(sink.head) == 4096
    sink.close()
    sink.close()


def test_missing_bytes_make_the_verdict_incomplete() -> None:
    sink = FileSink(limit=100)
    sink.write(b"some text")
    sink.gap(10)
    with Inspector() as inspector:
        verdict = inspector.inspect_sink(sink, "a.txt")
    assert verdict.content is Content.INCOMPLETE


def test_more_than_the_limit_is_never_called_none_found() -> None:
    with Inspector(Limits(file_bytes=1000)) as inspector:
        verdict = inspector.inspect_bytes(b"a b c\n" * 1000, "a.txt")
    assert verdict.size == 6000
    assert verdict.content is Content.INCOMPLETE


def test_an_answer_survives_the_way_back() -> None:
    verdict = ContentVerdict(
        name="n", size=3, sha256="00", type="pdf", members=2,
        factors=(FactorFound(Factor.DDE, "word/document.xml", "dde_field", (("name", "DDEAUTO"),)),), gaps=(Gap(Reason.TOO_DEEP, "a"),),
    )  # fmt: skip
    assert messages.decode(messages.encode(verdict), name="n", size=3, sha256="00") == verdict


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"[]", b"{}", b"null", b"{" * 100_000, b'{"type": 5}',
        b'{"type":"x","factors":[["macro","","no_such_sentence",[]]],"gaps":[],"mail_text":"not_mail","breaches":[],"members":0}',
        b'{"type":"x","factors":[["macro","","dde_field",[]]],"gaps":[],"mail_text":"not_mail","breaches":[],"members":0}',
        b'{"type":"x","factors":[],"gaps":[["bored",""]],"mail_text":"not_mail","breaches":[],"members":0}',
        b'{"type":"x","factors":[],"gaps":[],"mail_text":"not_mail","breaches":[],"members":-1}',
        b" " * (messages.ANSWER_LIMIT + 1),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_verdict_is_refused(answer: bytes) -> None:
    with pytest.raises(messages.BadAnswerError):
        messages.decode(answer, name="", size=0, sha256="")
