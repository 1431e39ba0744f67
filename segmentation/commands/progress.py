"""A line about long work on a terminal: it appears after two seconds and says how long it has taken."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

import click

from segmentation.commands.language import current_lang
from segmentation.model.text import Text

#: Work shorter than this says nothing.
_QUIET_SECONDS = 2.0
_EVERY_SECONDS = 1.0
_ELAPSED = Text("{what} {seconds:.0f}秒", "{what} {seconds:.0f} s")


@contextlib.contextmanager
def progress(what: Text) -> Iterator[None]:
    """Say *what* is going on, on standard error and only if that is a terminal; the line is gone at the end."""
    if not sys.stderr.isatty():
        yield
        return
    lang, begun, done = current_lang(), time.monotonic(), threading.Event()

    def tell() -> None:
        wait = _QUIET_SECONDS
        while not done.wait(wait):
            wait = _EVERY_SECONDS
            click.echo("\r\x1b[K" + _ELAPSED.format(what=what, seconds=time.monotonic() - begun).in_(lang), err=True, nl=False)

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        if time.monotonic() - begun >= _QUIET_SECONDS:
            click.echo("\r\x1b[K", err=True, nl=False)  # ECMA-48 8.3.41 EL: erase to the end of the line
