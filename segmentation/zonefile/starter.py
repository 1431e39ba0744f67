"""Starter zone files: commented, in one language, fitted to a policy profile.

A template line may begin with ``@`` and conditions joined by ``+``; each is a language or a profile, or several
of them joined by ``|``.  The line is kept, without its conditions, when all of them hold.
"""

from __future__ import annotations

import re
from importlib.resources import files

from segmentation.model.text import Lang

#: Which template a profile's scheme needs.
TEMPLATES = {
    "national": "three_layers",
    "daisen": "three_layers",
    "kumamoto": "three_layers",
    "kadoma": "three_layers",
    "sanbu": "two_networks",
    "okayama": "levels",
}
_CONDITION = re.compile(r"@([a-z|+]+) (.*)")


def starter(profile: str, lang: Lang) -> str:
    """The text of a starter for *profile* with comments in *lang*.  Raises :class:`KeyError` for an unknown profile."""
    name = TEMPLATES[profile]
    template = (files("segmentation.zonefile") / "starters" / f"{name}.tmpl").read_text(encoding="utf-8")
    kept = (_kept(line, {profile, lang}) for line in template.splitlines())
    return "".join(f"{line}\n" for line in kept if line is not None).replace("{profile}", profile)


def _kept(line: str, holding: set[str]) -> str | None:
    found = _CONDITION.fullmatch(line)
    if found is None:
        return line
    return found[2] if all(holding & set(part.split("|")) for part in found[1].split("+")) else None
