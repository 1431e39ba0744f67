"""Sentences an officer reads, in both languages side by side.

Why not message catalogues compiled at build time: see ``docs/adr/0003-bilingual-text.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["ja", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One whole sentence (or term) in Japanese and in English."""

    ja: str
    en: str

    def in_(self, lang: Lang) -> str:
        """Return the sentence in *lang*."""
        return self.ja if lang == "ja" else self.en

    def format(self, **values: object) -> Text:
        """Fill the named placeholders of both sentences; a :class:`Text` value fills each in its language."""
        ja = {k: v.ja if isinstance(v, Text) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Text) else v for k, v in values.items()}
        return Text(self.ja.format(**ja), self.en.format(**en))
