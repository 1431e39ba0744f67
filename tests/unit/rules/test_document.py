from __future__ import annotations

from pathlib import Path

from segmentation.rules.document import markdown
from segmentation.rules.registry import RULE_IDS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


def test_the_document_is_current() -> None:
    """Write it anew with ``python -m segmentation.rules.document > docs/rules.md``."""
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()


def test_every_rule_has_its_place() -> None:
    text = markdown()
    for rule_id in RULE_IDS:
        assert text.count(f"\n### {rule_id}\n") == 1
        assert f"](#{rule_id.lower()})" in text
