"""Where packets really go: the next hop towards the Internet, and Internet-side sources on an LGWAN segment.

IN-01: a packet to a global address may leave a segment only through a registered router; the MAC it is sent to tells.
LG-04: a sanitizing gateway does not route, so a packet with an Internet-side source never comes out of its LGWAN face; what
another device lets across is a finding of the judge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Mac
from segmentation.model.gateways import GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.kernels.view import STATES
from sensors.watch.addresses import AddressRegister
from sensors.watch.basis import Bounded, Watch, own, where, witness
from sensors.watch.watcher import FlowChanges

_MAC_BITS = (1 << 48) - 1
_ROOM = 8192
_SANITIZERS = frozenset({GatewayKind.MAIL_SANITIZER, GatewayKind.FILE_SANITIZER})
_IMPORTING = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD})
_WAY_OUT = Text(
    "{zone}からインターネットへのパケットが、登録されていない機器（MACアドレス {mac}）を通って出ています。"
    "情報セキュリティクラウドを通らない出口があります。",
    "Packets from {zone} to the Internet leave through a device nobody registered (MAC {mac}): there is a way out past the "
    "security cloud.",
)
_ROUTED = Text(
    "無害化装置{gateway}が、{zone}のアドレスを送信元とするパケットを{segment}の区間へそのまま中継（ルーティング）しています。",
    "Sanitizing gateway {gateway} routes packets from addresses of {zone} onto the segment of {segment} as they are.",
)


class EgressWatch(Watch):
    """Looks at the MACs and segments of flows.  Counter: ``egress_table_full``."""

    name = "egress"

    def __init__(self, judge: Judge, native: frozenset[str] = frozenset()) -> None:
        self.native = native
        super().__init__(judge)
        self._told: Bounded[tuple[str, int, int], int] = Bounded(_ROOM, lambda: self.count("egress_table_full"))

    def reload(self, judge: Judge) -> None:
        """Learn the registered routers, and the kind of every zone."""
        super().reload(judge)
        model, zones = judge.model, judge.zonemap.zones
        self._register = AddressRegister.of(model, judge.zonemap, self.native)
        self._routers = {m.value for g in model.gateways.values() for f in g.faces for m in f.macs}
        self._routers |= {m.value for e in model.endpoints.values() if {"router", "gateway"} & e.tags for m in e.macs}
        kinds = [model.layer(z).kind if z else ZoneKind.OUTSIDE for z in zones]
        self._internet = np.array([k is ZoneKind.INTERNET for k in kinds])
        self._outside = np.array([k is ZoneKind.OUTSIDE for k in kinds])
        self._importing = np.array([bool(z) and k in _IMPORTING for z, k in zip(zones, kinds, strict=True)])
        lgwan = {z.id for z in model.zones.values() if model.layer(z.id).kind is ZoneKind.LGWAN}
        shared = {v for z in model.zones.values() if z.id not in lgwan for v in z.vlans}
        self._lgwan_vlans = {v: z for z in lgwan for v in model.zones[z].vlans if v not in shared}
        self._sanitizers = {
            m.value: g.id for g in model.gateways.values() if g.kind in _SANITIZERS for f in g.faces for m in f.macs
        }  # fmt: skip
        self._has_routers = bool(self._routers) and any(
            g.kind in {GatewayKind.SECURITY_CLOUD, GatewayKind.UTM} for g in model.gateways.values()
        )  # fmt: skip

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at flows that are new."""
        kept = own(flows.flows) & flows.new
        part = flows.flows[kept]
        if not len(part):
            return
        if self._has_routers:
            self._ways_out(part)
        if self._lgwan_vlans and self._sanitizers:
            self._routed(part)

    def _ways_out(self, part: npt.NDArray[np.void]) -> None:
        turned = part["initiator_b"]
        next_hop = np.where(turned, part["mac_ba_dst"], part["mac_ab_dst"]) & _MAC_BITS
        out = self._internet[part["src_zone"]] & self._outside[part["dst_zone"]] & (next_hop != 0)
        out &= ~np.isin(next_hop, np.fromiter(self._routers, np.int64, len(self._routers)))
        out &= (next_hop >> 40 & 1) == 0  # broadcast and multicast go to no next hop
        zones = self.judge.zonemap.zones
        for at in np.flatnonzero(out)[:256].tolist():
            flow = part[at]
            mac, zone = Mac(int(next_hop[at])), zones[flow["src_zone"]]
            # The MAC is the next hop's only on the sender's own segment: beyond a router it is another one's.
            vlan = int(flow["vlan"])
            if zone not in self._register.segment(vlan if vlan >= 0 else None):
                continue
            self.find(
                "IN-01", cause=f"exit/{mac}", key=f"exit/{mac}", message=_WAY_OUT.format(zone=self.zone_name(zone), mac=mac),
                where=where(part[at : at + 1]), witness=witness(flow), state=STATES[flow["state"]], src_zone=zone,
                dst_zone=zones[flow["dst_zone"]], detail=(("mac", str(mac)),),
            )  # fmt: skip

    def _routed(self, part: npt.NDArray[np.void]) -> None:
        vlans = np.fromiter(self._lgwan_vlans, np.int64, len(self._lgwan_vlans))
        source = np.where(part["initiator_b"], part["mac_ba_src"], part["mac_ab_src"]) & _MAC_BITS
        there = np.isin(part["vlan"].astype(np.int64), vlans) & self._importing[part["src_zone"]]
        there &= np.isin(source, np.fromiter(self._sanitizers, np.int64, len(self._sanitizers)))
        zones = self.judge.zonemap.zones
        for at in np.flatnonzero(there)[:256].tolist():
            flow = part[at]
            zone, segment = zones[flow["src_zone"]], self._lgwan_vlans[int(flow["vlan"])]
            gateway = self._sanitizers[int(source[at])]
            self.find(
                "LG-04", cause=f"routed/{gateway}", key=f"routed/{gateway}/{zone}", where=where(part[at : at + 1]),
                message=_ROUTED.format(gateway=gateway, segment=self.zone_name(segment), zone=self.zone_name(zone)),
                witness=witness(flow), state=STATES[flow["state"]], src_zone=zone, dst_zone=zones[flow["dst_zone"]],
            )  # fmt: skip
