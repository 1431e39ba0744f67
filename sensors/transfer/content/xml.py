"""XML parts of documents: parsed without entities, networks or recursion; entity declarations are a finding of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor, Reason

#: A part of this size is read whole; a larger one is cut, and that is said.
PART_LIMIT: Final = 64 << 20
_ENTITY: Final = re.compile(rb"<!(?:ENTITY|DOCTYPE)[\s\[]|<\0!\0(?:E\0N\0T\0I|D\0O\0C\0T)")


def has_entities(data: bytes) -> bool:
    """Whether a document type with declarations stands before the first element."""
    return _ENTITY.search(data[: 256 << 10]) is not None


def note_entities(data: bytes, item: Item, notes: Notebook, *where: str) -> bool:
    """Note entity declarations; office formats forbid them (ECMA-376 part 2, 6.2.5: no DTD), so one is never innocent there."""
    if not has_entities(data):
        return False
    notes.found(Factor.ARCHIVE_BOMB, item, "entity", *where)
    return True


def events(data: bytes, item: Item, notes: Notebook, *where: str) -> Iterator[tuple[str, Any]]:
    """Start and end events of *data*, element by element, in bounded memory; a broken part is noted and ends the stream."""
    from lxml import etree  # noqa: PLC0415 - loaded in the worker only

    if len(data) > PART_LIMIT:
        notes.unseen(Reason.TOO_LARGE, item, *where)
        data = data[:PART_LIMIT]
    parser = etree.XMLPullParser(
        ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        for start in range(0, len(data), 1 << 20):
            parser.feed(data[start : start + (1 << 20)])
            for event, element in parser.read_events():
                if isinstance(element.tag, str):
                    yield event, element
                    if event == "end" and element.getparent() is not None and element.getparent().tag != element.tag:
                        _forget(element)
        parser.close()
    except etree.XMLSyntaxError:
        # With recovery on, this is left for what is no XML at all.
        notes.unseen(Reason.DAMAGED, item, *where)
        return
    for event, element in parser.read_events():
        if isinstance(element.tag, str):
            yield event, element
    if stopped_early(parser.error_log):
        notes.unseen(Reason.TOO_DEEP, item, *where)
    elif any(e.level_name == "FATAL" for e in parser.error_log) and not "".join(where).lower().endswith(".vml"):
        # (Office itself writes VML that is not well-formed.)
        notes.unseen(Reason.DAMAGED, item, *where)


def stopped_early(log: Any) -> bool:
    """Whether libxml2 gave up at a limit of its own (256 levels, ten million characters in one text)."""
    return any(re.search(r"excessive|huge|maximum|limit", str(e.message), re.IGNORECASE) for e in log)


def _forget(element: Any) -> None:
    """Free what was read: the siblings before an element that has ended are not needed again."""
    if len(element) > 512:
        element.clear(keep_tail=False)


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def attributes(element: Any) -> dict[str, str]:
    """The attributes by local name."""
    return {local(str(k)): str(v) for k, v in element.attrib.items()}
