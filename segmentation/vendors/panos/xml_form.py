"""The XML form: a saved or exported configuration, or the answer of the XML API that holds one.

A document type is refused, and with it every entity but those of XML itself: a configuration has none (the same rule as
defusedxml's ``forbid_dtd``).  Lines are those of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.tree import DEPTH_LIMIT, Budget, Node, Report, TooLarge
from segmentation.vendors.reading import SourceText

#: Elements around a configuration in an answer of the XML API.
_WRAPPERS = frozenset({"response", "result", "config"})
#: Pieces of one text, each of a few kilobytes at most.
_PIECES_LIMIT = 64
_CONTENT = re.compile(r"(?:^[^<]*|>[^<]*)")


class _Refused(Exception):  # noqa: N818 - stops the reading; the line is reported
    pass


def read_xml(source: SourceText, root: Node, budget: Budget, report: Report) -> None:
    """Add the configuration of *source* to *root*."""
    reading = _Reading(source.name, root, budget, report)
    # The text is decoded already: what its declaration says of the encoding does not count.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.EntityDeclHandler = reading.doctype
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    reading.parser = parser
    lead = len(source.text) - len(source.text.lstrip())
    reading.skipped = source.text.count("\n", 0, lead)
    try:
        parser.Parse(source.text[lead:].encode("utf-8", "replace"), True)
    except _Refused:
        report(reading.line(), source.lines()[reading.line() - 1], reasons.DOCTYPE)
    except TooLarge:
        report(reading.line(), "", reasons.TOO_LARGE)
    except (expat.ExpatError, ValueError) as error:
        line = getattr(error, "lineno", 1) + reading.skipped
        lines = source.lines()
        # Tags only: what stands between them may be a key.
        report(
            line,
            _CONTENT.sub(">", lines[line - 1][:400]) if line <= len(lines) else "",
            reasons.BAD_XML.format(why=str(error)[:80]),
        )


@dataclass(slots=True)
class _Reading:
    """The elements that are open."""

    file: str
    root: Node
    budget: Budget
    report: Report
    parser: expat.XMLParserType = field(init=False)
    skipped: int = 0
    open: list[Node] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)
    ignored: int = 0  # elements open below the depth limit
    own: set[int] = field(default_factory=set)  # nodes of this file: another of the same name is a second one

    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.skipped

    def doctype(self, *_: object) -> None:
        raise _Refused

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.ignored or len(self.open) >= DEPTH_LIMIT:
            if not self.ignored:
                self.report(self.line(), f"<{tag}>", reasons.TOO_DEEP)
            self.ignored += 1
            return
        self.words.append([])
        if not self.open or (len(self.open) < 3 and self.open[-1] is self.root and tag in _WRAPPERS):
            if tag not in _WRAPPERS and not self.open:
                self.report(self.line(), f"<{tag}>", reasons.NOT_CONFIG.format(tag=tag))
            self.open.append(self.root)
        elif tag == "entry":
            self.open.append(self._entry(attributes.get("name", "")))
        elif tag == "member":
            self.open.append(self.open[-1])  # its text becomes a child of the list
        else:
            self.open.append(self.open[-1].child(tag, self.file, self.line(), self.budget))

    def _entry(self, name: str) -> Node:
        parent = self.open[-1]
        found = parent.children.get(name)
        if found is not None and id(found) in self.own:
            self.report(self.line(), f'<entry name="{name}">', reasons.TWICE.format(name=name))
            made = parent.another(name, self.file, self.line(), self.budget)
        else:
            made = parent.child(name, self.file, self.line(), self.budget)
        self.own.add(id(made))
        return made

    def text(self, data: str) -> None:
        if self.ignored or not self.words or (data.isspace() and not self.words[-1]):
            return
        if len(self.words[-1]) < _PIECES_LIMIT:
            self.words[-1].append(data)

    def end(self, tag: str) -> None:
        if self.ignored:
            self.ignored -= 1
            return
        node = self.open.pop()
        word = "".join(self.words.pop()).strip()
        if not word:
            return
        if tag != "member" and (node is self.root or node.children):
            self.report(self.line(), word, reasons.STRAY_TEXT)
        else:
            node.child(word, self.file, self.line(), self.budget)
