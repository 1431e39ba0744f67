"""What went into a sanitizer beside what came out of it: equal octets were not rewritten."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

_ROOM = 1 << 14
_KEEP_NS = 24 * 3600 * 1_000_000_000


@dataclass(slots=True)
class Pairing:
    """Remembers for a day what entered each gateway, and what was seen at its unsafe side, by SHA-256."""

    counts: Counter[str]
    _entered: OrderedDict[tuple[str, str], int] = field(default_factory=OrderedDict)

    def entered(self, gateway: str, sha256: str, at_ns: int) -> None:
        """A file went in."""
        key = (gateway, sha256)
        self._entered[key] = at_ns
        self._entered.move_to_end(key)
        if len(self._entered) > _ROOM:
            self._entered.popitem(last=False)
            self.counts["pairing_limit"] += 1

    def unchanged(self, gateway: str, sha256: str, at_ns: int) -> bool:
        """Whether the same octets went in within the last day."""
        at = self._entered.get((gateway, sha256))
        return at is not None and 0 <= at_ns - at <= _KEEP_NS

    def around(self, sha256: str, at_ns: int) -> str:
        """A gateway that the same octets entered, although they came to the LGWAN layer another way; else nothing."""
        for gateway, known in reversed(self._entered):
            if known == sha256 and abs(at_ns - self._entered[gateway, known]) <= _KEEP_NS:
                return gateway
        return ""
