"""Escape sequences of TOML basic strings (TOML v1.0.0, String), for quoted keys."""

from __future__ import annotations

import re

_SIMPLE = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "e": "\x1b"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)


def unescape(body: str) -> str:
    """The value of a one-line basic string without its quotation marks; *body* is valid TOML."""
    return _ESCAPE.sub(_replacement, body) if "\\" in body else body


def _replacement(found: re.Match[str]) -> str:
    short, long, letter = found.groups()
    if short or long:
        return chr(int(short or long, 16))
    return _SIMPLE.get(letter, letter)
