"""How kernels are compiled: without the interpreter's lock, and kept on disk under the fingerprint of their sources.

Numba looks only at the file of the function itself when it decides whether a compiled function is still good,
and a kernel contains the kernels it calls.  Therefore the cache of one state of *all* sources has a folder
of its own; another state, be it an upgrade or an edit, never meets it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

config: Any = numba.config  # its members are set at run time
F = TypeVar("F", bound=Callable[..., Any])
_HERE = Path(__file__).parent


def _fingerprint() -> str:
    """SHA-256, shortened, over the sources of this package."""
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    """Whether the folder exists or can be made, and files can be made in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _folder() -> str:
    """In ``NUMBA_CACHE_DIR`` if it is set, beside the sources, in the user's cache, or nowhere (numba's own choice)."""
    name = f"kernels-{_fingerprint()}"
    places = [Path(config.CACHE_DIR) / name] if config.CACHE_DIR else [_HERE / "__pycache__" / name]
    with contextlib.suppress(RuntimeError):  # no home folder
        places.append(Path.home() / ".cache" / "sekisho" / name)
    return next((str(place) for place in places if _writable(place)), "")


_FOLDER = "" if config.DISABLE_JIT else _folder()


def _compile(function: F, *, forceinline: bool) -> F:
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = _FOLDER or config.CACHE_DIR
        compiled: Any = numba.njit(cache=True, nogil=True, forceinline=forceinline)(function)
    finally:
        config.CACHE_DIR = before
    return cast("F", compiled)


def kernel(function: F) -> F:
    """A compiled function."""
    return _compile(function, forceinline=False)


def inlined(function: F) -> F:
    """A compiled function that becomes part of its callers."""
    return _compile(function, forceinline=True)
