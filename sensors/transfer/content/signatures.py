"""Rules of the operator's own, optional: YARA-X over every piece of content.  ClamAV is asked by the sensor (clamd.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor

_SIZE: Final = 16 << 20
_state: dict[str, Any] = {}


def load(folder: str) -> str:
    """Compile every ``.yar`` and ``.yara`` below *folder* (empty: no rules); returns what is wrong with them, else empty."""
    _state.clear()
    if not folder:
        return ""
    try:
        import yara_x  # noqa: PLC0415 - an optional dependency
    except ImportError:
        return "yara-x is not installed"
    compiler = yara_x.Compiler()
    root = Path(folder)
    files = sorted(p for p in root.rglob("*") if p.suffix in {".yar", ".yara"}) if root.is_dir() else [root]
    for path in files:
        try:
            compiler.new_namespace(path.stem)
            compiler.add_source(path.read_bytes()[:_SIZE].decode("utf-8", "replace"))
        except (yara_x.CompileError, OSError) as error:
            return f"{path.name}: {str(error).splitlines()[0][:200]}"
    if not files:
        return "no .yar files"
    _state["scanner"] = yara_x.Scanner(compiler.build())
    return ""


def examine_signatures(item: Item, notes: Notebook) -> None:
    """Note the rules that match the bytes of *item*."""
    scanner = _state.get("scanner")
    if scanner is None:
        return
    for match in scanner.scan(item.data).matching_rules:
        notes.found(Factor.SIGNATURE, item, "rule_match", name=f"{match.namespace}.{match.identifier}")
