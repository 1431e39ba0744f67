"""Mutated exports of clouds: no exception, and nothing but JSON is read."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import ModuleType

import pytest

from segmentation.vendors import aws, azure
from segmentation.vendors.detect import detect
from segmentation.vendors.reading import SourceText

CASES = Path(__file__).resolve().parents[1] / "cases"
VALUES: list[object] = [
    None,
    True,
    -1,
    65536,
    10**30,
    1.5,
    "",
    "-1",
    "::/0",
    "0.0.0.0/0",
    "10.0.0.0/33",
    "x" * 99,
    [],
    {},
    [[]],
    [None],
]


def mutated(source: random.Random, value: object) -> object:
    """*value* with a few parts replaced, removed or doubled."""
    if source.random() < 0.02:
        return source.choice(VALUES)
    if isinstance(value, dict):
        return {k: mutated(source, v) for k, v in value.items() if source.random() > 0.02}
    if isinstance(value, list):
        out = [mutated(source, v) for v in value]
        return out * 2 if source.random() < 0.02 else out
    return value


@pytest.mark.parametrize(
    ("reader", "files"), [(aws, ["aws-gc/groups.json", "aws-gc/network.json"]), (azure, ["azure-gc/nsg.json"])]
)
def test_mutated_exports(reader: ModuleType, files: list[str]) -> None:
    source = random.Random(5)
    originals = [json.loads((CASES / f).read_text(encoding="utf-8")) for f in files]
    for _ in range(300):
        texts = [json.dumps(mutated(source, o)) for o in originals]
        if source.random() < 0.2:
            at = source.randrange(len(texts[0]))
            texts[0] = texts[0][:at] + source.choice(["", "}", "\\", '"', "\0", "１"]) + texts[0][at + 1 :]
        device = reader.parse([SourceText(f"{i}.json", t, "") for i, t in enumerate(texts)])
        assert device.base_chains
        for text in texts:
            detect(text)
