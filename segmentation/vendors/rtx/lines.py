"""From a saved configuration of a Yamaha router to whole commands.

``show config`` breaks lines at the width of the console (``console columns``, 80 by default), in the middle of a word
or a number; a terminal log keeps those breaks.  Yamaha RT series command reference, "console columns".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segmentation.model.location import Location
from segmentation.vendors.reading import MASK, SourceText, shown
from segmentation.vendors.rtx.vocabulary import HEADS

#: Characters of one command that are read.
LINE_LIMIT = 20_000
_DEFAULT_WIDTH = 80
_COLUMNS = re.compile(r"^[ \t]{0,16}console columns (\d{2,3})\b", re.MULTILINE)
#: Secrets in the words of this vendor, beside those that every vendor's lines are masked for.
_SECRETS = (
    re.compile(r"(?i)^(\s*(?:login|administrator) password (?:encrypted )?)\S+"),
    re.compile(r"(?i)^(\s*login user \S+ (?:encrypted )?)\S+"),
    re.compile(r"(?i)^(\s*(?:pp|tunnel) auth (?:username|myname) \S+ )\S+"),
    re.compile(r"(?i)(\bpre-shared-key \S+ (?:text |0x)?)\S+"),
    re.compile(r"(?i)(\btunnel auth on )\S+"),
    re.compile(r"(?i)(\bhost key generate )\S.*"),
    re.compile(r"(?i)^(\s*snmp(?:v2c)? (?:community|trap community) (?:read-only |read-write )?)\S+"),
    re.compile(r"(?i)^(\s*snmpv3 .*?\b(?:md5|sha|des-cbc|aes128-cfb) )\S+"),
    re.compile(r"(?i)^(\s*(?:ip|ipv6) \S+ (?:ospf|rip) .*?\b(?:authkey|auth key)(?:=| text | hex )?)\S+"),
    re.compile(r"(?i)^(\s*radius secret )\S+"),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One whole command: its words, as written (secrets masked), where it starts, and the comment right above it."""

    words: tuple[str, ...]
    text: str
    location: Location
    comment: str = ""
    length: int = 0


def masked(line: str) -> str:
    """The line as it may be shown."""
    cut = line[:2_000]
    for pattern in _SECRETS:
        cut = pattern.sub(lambda m: m.group(1) + MASK, cut)
    return shown(cut)


def commands(texts: Sequence[SourceText]) -> Iterator[Command]:
    """Every command of the files, wrapped lines joined, blank lines and comments left out."""
    for text in texts:
        found = _COLUMNS.search(text.text)
        width = int(found.group(1)) if found else _DEFAULT_WIDTH
        comment: list[str] = []
        for number, line in _joined(text.lines(), width):
            stripped = line.strip()
            if not stripped or stripped[0] in "#!":
                word = stripped.lstrip("#! \t")
                comment = [*comment, word][-3:] if word else []
                continue
            words = split(line[:LINE_LIMIT])
            yield Command(words, masked(line), Location(text.name, number), shown(" ".join(comment)), len(line))
            comment = []


def split(line: str) -> tuple[str, ...]:
    """The words; single or double quotes hold spaces together."""
    if '"' not in line and "'" not in line:
        return tuple(line.split())
    return tuple(w.strip("\"'") for w in re.findall(r"\"[^\"]*\"?|'[^']*'?|[^\s\"']+", line))


def _joined(lines: Sequence[str], width: int) -> Iterator[tuple[int, str]]:
    """Physical lines put together to logical ones, with the number of the first."""
    at = 0
    while at < len(lines):
        first, parts, last = at, [lines[at]], lines[at]
        at += 1
        while at < len(lines) and len(parts) < 400:
            glue = _glue(last, lines[at], width)
            if glue is None:
                break
            if last.endswith("\\"):
                parts[-1] = parts[-1][:-1]
            last = lines[at]
            parts += [glue, last]
            at += 1
        yield first + 1, "".join(parts)


def _glue(line: str, following: str, width: int) -> str | None:
    """What stands between a line and its continuation; ``None`` when the following line is a command of its own."""
    if line.endswith("\\"):  # command reference 1.5: a backslash continues the input
        return ""
    head = following.split(maxsplit=1)[0] if following.strip() else ""
    if not head or head[0] in "#!" or head in HEADS or line.lstrip()[:1] in ("#", "!", ""):
        return None
    columns = _columns(line)
    if columns >= width:
        return ""
    if columns == width - 1:  # a blank in the last column is lost when a terminal's text is copied
        return " "
    return None


def _columns(line: str) -> int:
    """The width of a line on the console: East Asian wide characters take two columns (UAX 11)."""
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
