"""Every detector that a sensor or a replay runs."""

from __future__ import annotations

from segmentation.model.judge import Judge
from sensors.transfer.watch import Examine, TransferWatch
from sensors.watch.basis import Watch
from sensors.watch.clocks import ClockWatch
from sensors.watch.conduits import ConduitWatch
from sensors.watch.egress import EgressWatch
from sensors.watch.infrastructure import InfrastructureWatch
from sensors.watch.mail import MailWatch
from sensors.watch.movements import MovementWatch
from sensors.watch.names import NameWatch
from sensors.watch.newcomers import NewcomerWatch
from sensors.watch.registered import RegisteredWatch
from sensors.watch.sweeps import SweepWatch


def detectors(
    judge: Judge, native: frozenset[str] = frozenset(), *, transfers: TransferWatch | None = None,
    examine: Examine | None = None,
) -> tuple[Watch, ...]:  # fmt: skip
    """Fresh detectors; *native* names the zones on whose segment untagged frames are captured.

    *transfers* if the caller made the one for transfers itself; else *examine* looks into files (none: they are not seen).
    """
    return (
        SweepWatch(judge), ConduitWatch(judge), MovementWatch(judge, native), InfrastructureWatch(judge, native),
        ClockWatch(judge), NameWatch(judge), MailWatch(judge), EgressWatch(judge, native), NewcomerWatch(judge),
        RegisteredWatch(judge), transfers or TransferWatch(judge, examine=examine),
    )  # fmt: skip
