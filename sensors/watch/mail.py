"""Mail by its flows alone: bursts, and hosts that deliver past the relays (ML-02, ML-05).

What the sessions say is another detector's work; this one sees encrypted mail as well.
"""

from __future__ import annotations

import numpy as np

from segmentation.model.addresses import AddressSet, Family, format_address
from segmentation.model.finding import FlowState
from segmentation.model.gateways import GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.services import ALL_PORTS
from segmentation.model.text import Text
from sensors.kernels.groups import members, number_groups
from sensors.kernels.view import ESTABLISHED, STATES
from sensors.watch.basis import MINUTE, Bounded, Watch, own, sides, value, where, witness
from sensors.watch.sweeps import Tally, tallied
from sensors.watch.watcher import FlowChanges

_RELAYS = frozenset({GatewayKind.MAIL_RELAY, GatewayKind.MAIL_SANITIZER, GatewayKind.SECURITY_CLOUD})
_TAGS = frozenset({"mta", "mail", "mail_relay"})
_ROOM = 8192
_PER_LOOK = 256  # senders of one look
_BURST = Text(
    "{zone}の{src}から1分間に{count}件のメール接続がありました。大量送信の疑いがあります。",
    "{count} mail sessions within a minute from {src} in {zone}: mail may be being sent in bulk.",
)
_DIRECT = Text(
    "{zone}の{src}が、登録されたメールサーバーではないのに、{dst_zone}の{dst}へ直接メールを送ろうとしました。",
    "{src} in {zone} is no registered mail server, but tried to deliver mail straight to {dst} in {dst_zone}.",
)


class MailWatch(Watch):
    """Counts SMTP sessions (port 25).  Counters: ``mail_table_full``, ``senders_not_looked_at``."""

    name = "mail"

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)
        self._senders: Bounded[tuple[Family, int], Tally] = Bounded(_ROOM, lambda: self.count("mail_table_full"))

    def reload(self, judge: Judge) -> None:
        """Learn which hosts are mail servers: relays, ends of declared mail conduits, endpoints tagged so."""
        super().reload(judge)
        model = judge.model
        parts = [f.addresses for g in model.gateways.values() if g.kind in _RELAYS for f in g.faces]
        parts += [e.addresses for e in model.endpoints.values() if _TAGS & e.tags]
        for decision in judge.decisions:
            if decision.conduit and any(25 in t.dst_ports and t.dst_ports != ALL_PORTS for t in decision.terms):
                parts += [decision.src, decision.dst]
        self._servers = AddressSet.union(parts) if parts else AddressSet()

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at new mail sessions."""
        kept = own(flows.flows) & flows.new & (flows.flows["protocol"] == 6) & (flows.flows["dport"] == 25)
        rows = flows.flows[kept]
        if not len(rows):
            return
        s_hi, s_lo, *_ = sides(rows)
        zones = self.judge.zonemap.zones
        numbers, first = number_groups(s_hi, s_lo, rows["v6"])
        if len(first) > _PER_LOOK:
            self.count("senders_not_looked_at", len(first) - _PER_LOOK)
        for group in members(numbers, len(first))[:_PER_LOOK]:
            head = rows[group[0]]
            family: Family = 6 if head["v6"] else 4
            src = value(s_hi[group[0]], s_lo[group[0]])
            answered = rows[group][rows["state"][group] >= ESTABLISHED]
            count = tallied(self._senders, (family, src), answered, MINUTE) if len(answered) else 0
            zone = zones[head["src_zone"]]
            shown = format_address(family, src)
            if count >= self.judge.model.settings.mail_burst_per_minute:
                self.find(
                    "ML-02", cause=f"burst/{shown}", key=f"burst/{shown}", state=FlowState.ESTABLISHED, where=where(answered),
                    message=_BURST.format(zone=self.zone_name(zone), src=shown, count=count), src_zone=zone,
                    dst_zone=zones[head["dst_zone"]], witness=witness(head), detail=(("src", shown), ("sessions", str(count))),
                )  # fmt: skip
            if zone and src not in self._servers.family(family):
                for row in rows[group][:64]:
                    self._direct(row, zone, shown)

    def _direct(self, row: np.void, zone: str, src: str) -> None:
        """A sender that is no mail server, beyond its own layer."""
        dst_zone = self.judge.zonemap.zones[row["dst_zone"]]
        if dst_zone and self.layer(dst_zone) == self.layer(zone):
            return
        shown = witness(row)
        dst = format_address(shown.packet.family, shown.packet.dst)
        self.find(
            "ML-05", cause=f"direct/{src}/{dst_zone}", key=f"direct/{src}/{dst_zone}", state=STATES[row["state"]],
            where=where(np.array([row], row.dtype)), witness=shown, src_zone=zone, dst_zone=dst_zone,
            message=_DIRECT.format(zone=self.zone_name(zone), src=src, dst_zone=self.zone_name(dst_zone), dst=dst),
            detail=(("src", src), ("dst", dst)),
        )  # fmt: skip
