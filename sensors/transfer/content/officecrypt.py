"""Encrypted Office documents: told, and opened where the application would open them without asking."""

from __future__ import annotations

import io
from typing import Any, Final

from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.verdict import Factor, Reason

#: Excel tries this one by itself (MS-XLS 2.2.9), PowerPoint the other (MS-PPT 2.3.3): the user is never asked.
DEFAULT_PASSWORDS: Final = ("VelvetSweatshop", "/01Hannes Ruescher/01")


def examine_encryption(item: Item, kind: str, notes: Notebook) -> bool:
    """Note encryption; with a default password the content is examined.  Returns whether the document is encrypted."""
    try:
        import msoffcrypto  # noqa: PLC0415 - loaded in the worker only
    except ImportError:
        notes.unseen(Reason.TOOL_MISSING, item)
        return kind == "ole-encrypted"
    if kind not in {"ole-encrypted", "doc", "xls", "ppt"}:
        return False
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(item.data))
        locked = bool(office.is_encrypted())
    except Exception:  # noqa: BLE001 - a parser of hostile input with many kinds of failure
        if kind == "ole-encrypted":
            notes.found(Factor.ENCRYPTED, item, "encrypted_office")
            notes.unseen(Reason.ENCRYPTED, item)
        return kind == "ole-encrypted"
    if not locked:
        return False
    for password in DEFAULT_PASSWORDS:
        data = _decrypt(office, password, notes)
        if data is not None:
            notes.found(Factor.ENCRYPTED, item, "encrypted_default")
            notes.inner(item, data, item.name, Inside.DOCUMENT, step=password, by_name=False)
            return True
    notes.found(Factor.ENCRYPTED, item, "encrypted_office")
    notes.unseen(Reason.ENCRYPTED, item)
    return True


def _decrypt(office: Any, password: str, notes: Notebook) -> bytes | None:
    out = io.BytesIO()
    try:
        office.load_key(password=password)
        office.decrypt(out)
    except Exception:  # noqa: BLE001 - a wrong password and a broken file fail in many ways
        return None
    data = out.getvalue()
    # A wrong key can go unnoticed in the old formats; what comes out must be a document again.
    if data[:4] not in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        return None
    notes.account.output(len(data))
    return data
