"""Exit codes of every command; see ``docs/adr/0002-exit-codes-and-output.md``."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
NOT_UNDERSTOOD: Final = 3  # wins over FINDINGS: a report on half an input is no answer
INTERNAL: Final = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells count
BROKEN_PIPE: Final = 141  # 128 + SIGPIPE
