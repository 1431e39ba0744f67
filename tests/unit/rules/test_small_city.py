from __future__ import annotations

from small_city import CITY, check


def test_nothing_is_found_in_the_small_city() -> None:
    assert [(f.rule, f.message.en) for f in check(CITY)] == []
