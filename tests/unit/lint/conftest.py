"""The helper modules of these tests can be imported by name."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (Path(__file__).parents[1] / "model", Path(__file__).parent):
    sys.path.insert(0, str(folder))
