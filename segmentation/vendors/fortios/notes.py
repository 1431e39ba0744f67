"""What was not understood while one file is read, bounded."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from segmentation.device.device import NotUnderstood
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.fortios import reasons
from segmentation.vendors.reading import MASK, shown

#: Places that are listed; a file of another kind would give one for each line.
REPORT_LIMIT = 2000
#: ``ENC`` and what follows it is a secret, whatever the option is called (Administration Guide, "Encrypted passwords").
_ENCODED = re.compile(r"\bENC\s+\S+")


def visible(text: str) -> str:
    """A line as it may be shown, secrets masked."""
    return shown(_ENCODED.sub("ENC " + MASK, text[:4096]))


@dataclass(slots=True)
class Notes:
    """Collects what has no meaning."""

    #: Files in the order they are read, each with the number of lines before it: lines are counted through all of them.
    files: list[tuple[int, str]] = field(default_factory=list)
    listed: dict[tuple[int, str, str], NotUnderstood] = field(default_factory=dict)
    unlisted: int = 0
    first_unlisted: int = 0

    def where(self, line: int) -> Location:
        """The place of a line, counted through all files."""
        at = bisect_left(self.files, line, key=lambda f: f[0]) - 1
        before, file = self.files[max(at, 0)] if self.files else (0, "")
        return Location(file, line - before, 1)

    def add(self, line: int, text: str, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record a place; the same one only once."""
        words = visible(text)
        key = (line, words, reason.en)
        if key in self.listed:
            return
        if len(self.listed) >= REPORT_LIMIT:
            self.unlisted += 1
            self.first_unlisted = self.first_unlisted or line
            return
        self.listed[key] = NotUnderstood(
            location=self.where(line), text=words, reason=reason.en, widened=widened, covered=covered, sentence=reason
        )

    def all(self) -> tuple[NotUnderstood, ...]:
        """Everything recorded, in the order of the file; what goes beyond the limit is counted in one last entry."""
        out = sorted(self.listed.values(), key=lambda n: (n.location, n.text, n.reason))
        if self.unlisted:
            reason = reasons.MANY_MORE.format(count=self.unlisted)
            where = self.where(self.first_unlisted)
            out.append(NotUnderstood(location=where, text="…", reason=reason.en, sentence=reason))
        return tuple(out)
