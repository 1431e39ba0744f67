"""The zone file that commands use when none is given: the reference city, shipped with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]


def default_path() -> Path:
    """The reference city's ``zones.toml``: inside an installed wheel, else at the top of the repository.

    Raises :class:`FileNotFoundError` when neither exists (a broken installation).
    """
    packaged = Path(str(files("segmentation"))) / "data" / "zones.toml"
    if packaged.is_file():
        return packaged
    top = _REPOSITORY / "zones.toml"
    if top.is_file():
        return top
    raise FileNotFoundError("the embedded zones.toml is missing from this installation")
