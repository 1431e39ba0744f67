"""Configuration text as statements with their sub-statements; banners and comments taken out; problems collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.device import NotUnderstood
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.reading import SourceText, shown

#: Characters of one line; the devices themselves stop far earlier.
LINE_LIMIT = 4096
#: Lines reported as not understood; a file of another kind would give one for each line.
REPORT_LIMIT = 2000
_ENTRY = re.compile(r"(?:\d{1,10} )?(?:permit|deny|remark|evaluate|statistics|counters|fragments)\b")
_LIST_HEAD = re.compile(r"(?:ip|ipv4|ipv6) access-list (?!log|logging)\S")
#: Statements that stand below an interface and nowhere else.
_BELOW_INTERFACE = re.compile(
    r"ip (?:address|access-group|port access-group|nat (?:inside|outside)$)|ipv6 (?:address|traffic-filter)"
    r"|nameif |security-level |management-only$|zone-member |(?:no )?shutdown$|(?:no )?switchport\b"
    r"|description |encapsulation dot1q|duplex |speed "
)
_FREE_TEXT = re.compile(r"(?:\d+ )?(?:remark|description|banner)\b|access-list \S+ (?:line \d+ )?remark\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One statement: where it is, how deep it is indented, its words, the line as it may be shown."""

    location: Location
    indent: int
    words: tuple[str, ...]
    raw: str

    @property
    def text(self) -> str:
        """The line as it may be shown."""
        return shown(self.raw)


@dataclass(slots=True)
class Block:
    """A statement at the margin and the indented statements below it."""

    head: Line
    body: list[Line] = field(default_factory=list)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the head."""
        return self.head.words


@dataclass(slots=True)
class Problems:
    """What was not understood, bounded."""

    found: list[NotUnderstood] = field(default_factory=list)
    reported: int = 0
    unlisted: Location | None = None
    _seen: set[tuple[Location, str]] = field(default_factory=set)

    def report(self, line: Line, reason: Text, *, widened: bool = True, covered: bool | None = None) -> None:
        """Record a line; the same reason for the same line counts once."""
        key = (line.location, reason.en)
        if key in self._seen:
            return
        self.reported += 1
        if self.reported > REPORT_LIMIT:
            self.unlisted = self.unlisted or line.location
            return
        self._seen.add(key)
        self.found.append(
            NotUnderstood(
                location=line.location, text=line.text, reason=reason.en, widened=widened, covered=covered, sentence=reason
            )
        )

    def listed(self) -> tuple[NotUnderstood, ...]:
        """All of it in the order of the files; what goes beyond the limit is counted in one last entry."""
        out = sorted(self.found, key=lambda p: (p.location, p.reason))
        if self.unlisted is not None:
            reason = reasons.MANY_MORE.format(count=self.reported - REPORT_LIMIT)
            out.append(NotUnderstood(location=self.unlisted, text="…", reason=reason.en, sentence=reason))
        return tuple(out)


def blocks(texts: Sequence[SourceText], problems: Problems) -> list[Block]:
    """All statements of *texts* in order; comments (``!``), blank lines and banners are left out."""
    out: list[Block] = []
    for text in texts:
        current: Block | None = None
        lines = iter(enumerate(text.lines(), 1))
        for number, raw in lines:
            line = _line(text.name, number, raw, problems)
            if line is None:
                continue
            if line.words[0] == "banner" and not _banner(line, lines):
                problems.report(line, reasons.BANNER_OPEN, widened=False)
            if current is not None and _below(current, line):
                current.body.append(line)
            else:
                current = Block(line)
                out.append(current)
    return out


def _line(file: str, number: int, raw: str, problems: Problems) -> Line | None:
    stripped = raw.strip()
    if not stripped or stripped[0] in "!:":
        return None
    location = Location(file, number, len(raw) - len(raw.lstrip()) + 1)
    if len(stripped) > LINE_LIMIT:
        line = Line(location, 0, ("",), stripped[:LINE_LIMIT])
        problems.report(line, reasons.TOO_LONG)
        return None
    words = stripped.split()
    if "!" in words and not _FREE_TEXT.match(stripped):
        words = words[: words.index("!")]
    return Line(location, len(raw) - len(raw.lstrip(" \t")), tuple(words), stripped)


def _below(block: Block, line: Line) -> bool:
    """Whether a line belongs to the block before it: by its indent, or by what it says, when it was pasted unindented."""
    if line.indent > block.head.indent:
        return True
    if block.head.words[0] == "interface":
        return bool(_BELOW_INTERFACE.match(" ".join(line.words[:8])))
    return bool(_LIST_HEAD.match(" ".join(block.head.words)) and _ENTRY.match(" ".join(line.words[:2])))


def _banner(line: Line, lines: Iterator[tuple[int, str]]) -> bool:
    """Skip the text of a banner; whether its end was found.

    IOS and NX-OS: the first character of the text ends it (``^C`` stands for ETX); EOS: a line ``EOF``; ASA: none.
    """
    words = line.raw.split(None, 2)
    if len(words) < 2:
        return True
    rest = words[2] if len(words) > 2 else ""
    if words[1] not in ("motd", "login", "exec", "incoming", "slip-ppp", "prompt-timeout", "config-save"):
        return True
    end = "EOF" if not rest else "^C" if rest.startswith("^C") else rest[0]
    if not rest:
        return _until(lines, lambda text: text.strip() == "EOF")
    if end.isalnum():  # ASA: one line of banner text, without delimiters
        return True
    if end in rest[len(end) :]:
        return True
    return _until(lines, lambda text: end in text)


def _until(lines: Iterator[tuple[int, str]], ends: Callable[[str], bool]) -> bool:
    return any(ends(text) for _, text in lines)
