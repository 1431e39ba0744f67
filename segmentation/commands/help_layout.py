"""Help pages laid out by terminal columns: click counts characters, and Japanese ones take two columns."""

from __future__ import annotations

from collections.abc import Iterable

import click

from segmentation.report.width import pad, width, wrap

_SPACING = 2


class WideFormatter(click.HelpFormatter):
    """Wraps by columns, and between Japanese characters."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, each wrapped and indented."""
        for paragraph in text.split("\n"):
            for line in wrap(paragraph, max(self.width - self.current_indent, 10)):
                self.write(" " * self.current_indent + line + "\n" if line else "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = _SPACING) -> None:
        """Write terms with their descriptions in a second column; a term that is too wide gets a line of its own."""
        rows = list(rows)
        first = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        room = max(self.width - self.current_indent - first, 10)
        for term, description in rows:
            lines = wrap(description, room)
            if width(term) + col_spacing > first:
                self.write(f"{indent}{term}\n")
            else:
                self.write((indent + pad(term, first) + lines.pop(0)).rstrip() + "\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


class HelpContext(click.Context):
    """A context whose help is laid out by columns."""

    formatter_class = WideFormatter
