"""CMS (RFC 5652) as S/MIME uses it: opaque signed content is readable and is read; enveloped content is not."""

from __future__ import annotations

from typing import Any, Final

from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.verdict import Factor, Reason

_LAYERS: Final = 8


def examine_cms(item: Item, notes: Notebook) -> None:
    """Examine a CMS structure in DER or BER."""
    from asn1crypto import cms  # noqa: PLC0415 - loaded in the worker only

    try:
        info: Any = cms.ContentInfo.load(item.data)
        kind = str(info["content_type"].native)
        if kind in {"enveloped_data", "encrypted_data", "authenticated_enveloped_data", "auth_enveloped_data"}:
            notes.found(Factor.ENCRYPTED, item, "encrypted_mail")
            notes.unseen(Reason.ENCRYPTED, item)
            return
        if kind == "signed_data":
            inner = info["content"]["encap_content_info"]["content"]
            data = None if inner is None or inner.native is None else bytes(inner.native)
        elif kind == "data":
            data = bytes(info["content"].native)
        elif kind == "compressed_data":
            data = _compressed(info, item, notes)
        else:
            notes.unseen(Reason.UNSUPPORTED, item)
            return
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError):
        notes.found(Factor.MALFORMED, item, "malformed", kind="p7m")
        notes.unseen(Reason.DAMAGED, item)
        return
    if data:
        notes.inner(item, data, "", Inside.MAIL, step=kind, declared="message/rfc822", by_name=False)


def _compressed(info: Any, item: Item, notes: Notebook) -> bytes | None:
    """RFC 3274: content deflated by zlib."""
    import zlib  # noqa: PLC0415 - with the only code that needs it

    packed = bytes(info["content"]["encap_content_info"]["content"].native)
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(packed, notes.limits.file_bytes)
    except zlib.error:
        notes.unseen(Reason.DAMAGED, item)
        return None
    notes.account.output(len(data))
    notes.account.ratio(len(data), len(packed))
    if engine.unconsumed_tail:
        notes.unseen(Reason.TOO_LARGE, item)
    return data
