from __future__ import annotations

import errno

from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text


def test_reasons_of_the_system_in_both_languages() -> None:
    assert os_reason(OSError(errno.EROFS, "Read-only file system")).ja == "読み取り専用の場所です"
    assert os_reason(OSError(errno.ENODEV, "No such device")) == Text("No such device", "No such device")
    assert os_reason(PermissionError()) == Text("PermissionError", "PermissionError")
