"""What was not understood while one file is read, bounded."""

from __future__ import annotations

import re
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

    file: str
    listed: dict[tuple[int, str, str], NotUnderstood] = field(default_factory=dict)
    unlisted: int = 0
    first_unlisted: int = 0

    def add(self, line: int, text: str, reason: Text, *, widened: bool = True) -> None:
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
            location=Location(self.file, line, 1), text=words, reason=reason.en, widened=widened, sentence=reason
        )

    def all(self) -> tuple[NotUnderstood, ...]:
        """Everything recorded, in the order of the file; what goes beyond the limit is counted in one last entry."""
        out = sorted(self.listed.values(), key=lambda n: (n.location, n.text, n.reason))
        if self.unlisted:
            reason = reasons.MANY_MORE.format(count=self.unlisted)
            where = Location(self.file, self.first_unlisted, 1)
            out.append(NotUnderstood(location=where, text="…", reason=reason.en, sentence=reason))
        return tuple(out)
