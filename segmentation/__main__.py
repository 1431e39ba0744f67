"""``python -m segmentation`` is the command ``sekisho``."""

from __future__ import annotations

import sys

from segmentation.cli import main

sys.exit(main())
