"""A line about long work on a terminal: it appears after two seconds and says what is done and how long it has taken."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import click

from segmentation.commands.language import current_lang
from segmentation.model.text import Text

#: Work shorter than this says nothing.
_QUIET_SECONDS = 2.0
_EVERY_SECONDS = 1.0
_BAR_CELLS = 20
_ELAPSED = Text("{what} {seconds:.0f}秒", "{what} {seconds:.0f} s")
_STEPS = Text("{what} [{bar}] {done}/{total} {seconds:.0f}秒", "{what} [{bar}] {done}/{total} {seconds:.0f} s")


@dataclass(slots=True)
class Steps:
    """How far the work is: *done* of *total* files; no bar is drawn of a single one."""

    what: Text
    total: int = 0
    done: int = 0

    def advance(self, count: int = 1) -> None:
        """Say that *count* more are done."""
        self.done += count

    def line(self, seconds: float) -> Text:
        """What the terminal shows after *seconds*."""
        if self.total < 2:
            return _ELAPSED.format(what=self.what, seconds=seconds)
        full = _BAR_CELLS * self.done // self.total
        bar = "#" * full + "-" * (_BAR_CELLS - full)
        return _STEPS.format(what=self.what, bar=bar, done=self.done, total=self.total, seconds=seconds)


@contextlib.contextmanager
def progress(what: Text, total: int = 0) -> Iterator[Steps]:
    """Say *what* is going on, on standard error and only if that is a terminal; the line is gone at the end.

    The work tells the given :class:`Steps` how far it is, of *total*, and may change what it says.
    """
    steps = Steps(what, total)
    if not sys.stderr.isatty():
        yield steps
        return
    lang, begun, done = current_lang(), time.monotonic(), threading.Event()

    def tell() -> None:
        wait = _QUIET_SECONDS
        while not done.wait(wait):
            wait = _EVERY_SECONDS
            click.echo("\r\x1b[K" + steps.line(time.monotonic() - begun).in_(lang), err=True, nl=False)

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield steps
    finally:
        done.set()
        teller.join()
        if time.monotonic() - begun >= _QUIET_SECONDS:
            click.echo("\r\x1b[K", err=True, nl=False)  # ECMA-48 8.3.41 EL: erase to the end of the line
