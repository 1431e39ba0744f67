"""Silences of dense captures."""

from __future__ import annotations

import numpy as np
from frame_blocks import block_of

from sensors.capture.gaps import SECOND, Gap, GapFinder, silence_text

BEGIN = 1_700_000_000 * SECOND


def found(seconds: list[float], parts: int = 1) -> list[Gap]:
    finder, number = GapFinder(300), 1
    for part in np.array_split(np.array([BEGIN + int(s * SECOND) for s in seconds], np.int64), parts):
        finder.see(block_of([b"\0" * 14] * len(part), ts=part.tolist(), first_number=number))
        number += len(part)
    return finder.gaps


def test_a_steady_stream_that_stops() -> None:
    times = [*(i / 2 for i in range(700)), *(1000 + i / 2 for i in range(10))]
    expected = [Gap(700, 701, BEGIN + int(349.5 * SECOND), BEGIN + 1000 * SECOND)]
    assert found(times) == expected
    for parts in (2, 7, 71, 710):  # wherever the blocks end
        assert found(times, parts) == expected


def test_what_is_quiet_by_nature_or_short_is_no_gap() -> None:
    assert found([*(i * 10.0 for i in range(100)), 5000.0]) == []  # never dense
    assert found([*(i / 10 for i in range(200)), 5000.0]) == []  # dense, but for too short
    assert found([*(i / 2 for i in range(700)), 640.0]) == []  # shorter than the limit
    assert found([*(i / 2 for i in range(700)), 10.0, 351.0]) == []  # a time that goes back is no silence
    assert found([]) == []


def test_the_report_says_how_often_and_how_long() -> None:
    gaps = found([*(i / 2 for i in range(700)), 1000.0])
    text = silence_text("span.pcap", gaps)
    assert text is not None
    assert "1回（最長10分）" in text.ja
    assert "IN-04" in text.en
    assert silence_text("span.pcap", []) is None
