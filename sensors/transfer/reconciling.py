"""LG-10: a gateway's own log against its deliveries on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from segmentation.model.finding import FlowState, Severity, Where
from segmentation.model.text import Text
from sensors.transfer.gateway_log import Delivery, LogEntry, reconcile
from sensors.watch.basis import Watch, witness

_UNLOGGED = Text(
    "無害化装置{gateway}から出た{count}件の転送が、装置自身の記録にありません（通信 {wire}件、記録 {log}件）。"
    "無害化せずに通過させたおそれがあります。",
    "{count} transfers out of gateway {gateway} are not in its own log ({wire} on the wire, {log} in the log); it may have let "
    "them pass unsanitized.",
)
_UNSEEN = Text(
    "無害化装置{gateway}の記録のうち{count}件に当たる転送が、通信に見えません。監視していない経路で渡されたおそれがあります。",
    "{count} entries in the log of gateway {gateway} have no transfer on the wire; there may be a way that is not mirrored.",
)
_SKEW = Text(
    "無害化装置{gateway}の時計が、通信の時刻と{seconds}秒ずれています。",
    "The clock of gateway {gateway} is {seconds} seconds off the time of the packets.",
)
_TOLERATED_NS = 300 * 1_000_000_000


def account(watch: Watch, gateway: str, entries: Sequence[LogEntry], deliveries: Iterable[tuple[Delivery, Any, Any]]) -> None:
    """Compare, and have *watch* tell what is missing on either side.  Only the time both cover is compared."""
    seen = list(deliveries)
    name = watch.judge.model.gateways[gateway].name if gateway in watch.judge.model.gateways else Text(gateway, gateway)
    by_delivery = {d: (way, flow) for d, way, flow in seen}
    result = reconcile(entries, [d for d, _, _ in seen])
    if result.unlogged:
        way, flow = by_delivery[result.unlogged[0]]
        times = [d.at_ns for d in result.unlogged]
        watch.find(
            "LG-10", cause=f"unlogged/{gateway}", key=f"unlogged/{gateway}", count=len(result.unlogged), state=FlowState.DATA,
            message=_UNLOGGED.format(gateway=name, count=len(result.unlogged), wire=len(seen), log=len(entries)),
            src_zone=way.src_zone, dst_zone=way.dst_zone, witness=witness(flow),
            where=Where(first_packet=result.unlogged[0].number, first_ns=min(times), last_ns=max(times)),
            detail=(("wire", str(len(seen))), ("log", str(len(entries))), ("sha256", result.unlogged[0].sha256)),
        )  # fmt: skip
    first, last = (min(by_delivery).at_ns, max(by_delivery).at_ns) if by_delivery else (0, 0)
    unseen = [e for e in result.unseen if first <= e.at_ns - result.skew_ns <= last]
    if unseen:
        watch.find(
            "LG-10", cause=f"unseen/{gateway}", key=f"unseen/{gateway}", count=len(unseen), severity=Severity.LOW,
            message=_UNSEEN.format(gateway=name, count=len(unseen)),
            where=Where(first_ns=unseen[0].at_ns, last_ns=unseen[-1].at_ns),
            detail=(("log_line", str(unseen[0].line)),),
        )  # fmt: skip
    if abs(result.skew_ns) > _TOLERATED_NS:
        seconds = result.skew_ns // 1_000_000_000
        watch.find(
            "LG-10", cause=f"skew/{gateway}", key=f"skew/{gateway}", severity=Severity.LOW,
            message=_SKEW.format(gateway=name, seconds=seconds), where=Where(first_ns=first, last_ns=last),
            detail=(("skew_seconds", str(seconds)),),
        )  # fmt: skip
