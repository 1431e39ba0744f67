"""The formats of reports by name; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from segmentation.model.text import Lang
from segmentation.report.json_stream import batches
from segmentation.report.run import Run

Format = Literal["text", "json", "sarif", "junit", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)


def stream(run: Run, form: Format, lang: Lang, *, colour: bool = False) -> Iterator[str]:
    """The text of :func:`render` in parts of bounded size; what programs read is never in memory as a whole."""
    if form == "json":
        from segmentation.report import json_document

        return batches(json_document.stream(run))
    if form == "sarif":
        from segmentation.report import sarif

        return batches(sarif.stream(run, lang))
    if form == "junit":
        from segmentation.report import junit

        return batches(junit.stream(run, lang))
    return iter((render(run, form, lang, colour=colour),))


def render(run: Run, form: Format, lang: Lang, *, colour: bool = False) -> str:
    """The report of *run* in one format, with a line feed at its end; *colour* concerns text only."""
    # ruff: noqa: PLC0415 - a format is imported when it is asked for
    if form == "json":
        from segmentation.report import json_document

        return json_document.render(run)
    if form == "sarif":
        from segmentation.report import sarif

        return sarif.render(run, lang)
    if form == "junit":
        from segmentation.report import junit

        return junit.render(run, lang)
    if form == "github":
        from segmentation.report import github

        return github.render(run, lang)
    from segmentation.report import text

    return text.render(run, lang, colour=colour)
