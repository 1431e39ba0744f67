"""Files that a zone file names: configurations and the documents of exceptions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from zonefile_samples import SOUND

from segmentation.zonefile.problem import LoadResult
from segmentation.zonefile.reader import load

EXCEPTION = """
[[exceptions]]
id = "EX-1"
clauses = ["3.8.4"]
reason = "r"
measure = "m"
attachments = [{ path = "decision.txt", sha256 = "%s" }]

[[devices]]
id = "fw"
config = "fw.nft"
"""


def _load(folder: Path, digest: str) -> LoadResult:
    (folder / "zones.toml").write_text(SOUND + EXCEPTION % digest, encoding="utf-8")
    return load(folder / "zones.toml", "z.toml")


def test_missing_files_are_warnings(tmp_path: Path) -> None:
    found = _load(tmp_path, "").problems
    assert [(p.severity, "missing" in p.message.en) for p in found] == [("warning", True)] * 2


def test_a_document_that_was_replaced_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "fw.nft").write_text("")
    (tmp_path / "decision.txt").write_text("許可", encoding="utf-8")
    digest = hashlib.sha256("許可".encode()).hexdigest()
    assert _load(tmp_path, digest.upper()).problems == ()
    (tmp_path / "decision.txt").write_text("許可 ", encoding="utf-8")
    found = _load(tmp_path, digest).problems
    assert [p.severity for p in found] == ["error"]
    assert found[0].text[found[0].location.column - 1 :].startswith(f'"{digest}"')
    assert hashlib.sha256("許可 ".encode()).hexdigest() in found[0].expected.en


@pytest.mark.parametrize("digest", ["abc", "g" * 64])
def test_a_value_that_is_no_hash(tmp_path: Path, digest: str) -> None:
    assert any("SHA-256" in p.message.en for p in _load(tmp_path, digest).errors)
