"""What the watchers of several captures counted, as rows of the report."""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.report.run import TransferCell, TransferredFile
from segmentation.report.words import rfc3339
from sensors.transfer.watch import TransferWatch

#: Counters that say that something was not seen whole; the rest are plain totals.
_LIMITS = frozenset({
    "gaps", "gap_bytes", "conflicts", "not_compared", "held_limit", "total_held_limit", "out_of_window", "evicted",
    "connection_too_long", "reader_failed", "fragments_lost", "file_limit", "open_files_limit", "sparse_limit",
    "transfers_not_examined", "transfers_not_listed", "deliveries_limit", "pairing_limit", "range_joins_limit",
    "ftp_expected_limit", "ftp_files_limit", "ftp_bad_address", "smtp_unanswered_limit", "smtp_bad_chunk", "smb_pending_limit",
    "smb_resync", "open_handles_limit", "nfs_pending_limit", "nfs_short", "nfs_cut", "http_resync", "http2_headers_lost",
    "http2_streams_limit", "tftp_expected_limit",
})  # fmt: skip


def transfer_cells(watches: Iterable[TransferWatch]) -> tuple[TransferCell, ...]:
    """Transfers by layers, path, content and proof."""
    out: dict[tuple[str, str, str, str, str], int] = {}
    for watch in watches:
        for cell, count in watch.tally.cells.items():
            out[cell] = out.get(cell, 0) + count
    return tuple(TransferCell(*cell, count=count) for cell, count in sorted(out.items()))


def transfer_files(watches: Iterable[TransferWatch]) -> tuple[TransferredFile, ...]:
    """The transfers one by one, up to the bound of the list."""
    return tuple(
        TransferredFile(
            at=rfc3339(t.at_ns) or "", protocol=t.protocol, kind=t.kind, operation=t.operation, src_zone=t.src_zone,
            dst_zone=t.dst_zone, name=t.name, type=t.type, size=t.size, sha256=t.sha256, path=t.path, content=t.content,
            proof=t.proof, unseen=t.unseen, factors=t.factors,
        )
        for watch in watches
        for t in sorted(watch.tally.listed, key=lambda t: (t.at_ns, t.protocol, t.sha256, t.name))
    )  # fmt: skip


def transfer_limits(watches: Iterable[TransferWatch]) -> dict[str, int]:
    """Bounds reached and octets lost, by reason."""
    out: dict[str, int] = {}
    for watch in watches:
        for reason, count in watch.counters().items():
            if reason in _LIMITS and count:
                out[reason] = out.get(reason, 0) + count
    return dict(sorted(out.items()))
