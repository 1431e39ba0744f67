"""Starter zone files: commented, in one language, fitted to a policy profile.

A starter is a header, the template of the profile's scheme, and the books every scheme keeps.  A template line may
begin with ``@`` and conditions joined by ``+``; each is a language, a scheme or a profile, or several of them joined
by ``|``.  The line is kept, without its conditions, when all of them hold.
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
_CONDITION = re.compile(r"@([a-z_|+]+) (.*)")


def starter(profile: str, lang: Lang) -> str:
    """The text of a starter for *profile* with comments in *lang*.  Raises :class:`KeyError` for an unknown profile."""
    scheme = TEMPLATES[profile]
    folder = files("segmentation.zonefile") / "starters"
    parts = ((folder / f"{name}.tmpl").read_text(encoding="utf-8") for name in ("header", scheme, "registers"))
    kept = (_kept(line, {profile, scheme, lang}) for part in parts for line in part.splitlines())
    return "".join(f"{line}\n" for line in kept if line is not None).replace("{profile}", profile)


def _kept(line: str, holding: set[str]) -> str | None:
    found = _CONDITION.fullmatch(line)
    if found is None:
        return line
    return found[2] if all(holding & set(part.split("|")) for part in found[1].split("+")) else None
