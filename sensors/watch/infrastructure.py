"""Devices that take over a segment: DHCP servers, router advertisements, mobile routers, hosts that hide others (NC-14, ZM-05).

Known are the MACs of gateways' faces and of endpoints tagged ``router``, ``gateway`` or ``dhcp``; addresses tagged ``dhcp``
may also answer through a relay, with a router's MAC.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segmentation.model.addresses import Family, Mac, format_address
from segmentation.model.finding import Severity, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.kernels.block import Block
from sensors.kernels.senders import unseen_senders
from sensors.kernels.taps import Tapped, Taps, words_of
from sensors.watch.addresses import AddressRegister
from sensors.watch.basis import DAY, Bounded, Watch
from sensors.watch.watcher import FlowTable

_ROOM = 65_536
_LOOKED = 1 << 15  # senders looked at of late, a power of two
_SERVING = frozenset({"dhcp", "router", "gateway"})
#: DHCP message types of servers, RFC 2132 9.6: offer, acknowledgement, refusal.
_DHCP_SERVER = frozenset({2, 5, 6})
#: DHCPv6 message types of servers, RFC 8415 7.3: advertise, reply, reconfigure.
_DHCPV6_SERVER = frozenset({2, 7, 10})
_ROUTER_ADVERTISEMENT = 134
_DHCP = Text(
    "{zone}で、登録のない機器（MACアドレス {mac}、{address}）がDHCPサーバーとして応答しています。"
    "端末の通信を横取りできる状態です。",
    "A device nobody registered (MAC {mac}, {address}) answers as a DHCP server in {zone}: it can take over hosts' traffic.",
)
_RA = Text(
    "{zone}で、登録のない機器（MACアドレス {mac}）がIPv6のルーターを名乗っています（ルーター広告）。IPv4の分離を迂回する経路に"
    "なります。",
    "A device nobody registered (MAC {mac}) announces itself as an IPv6 router in {zone}: a way around the separation of IPv4.",
)
_MOBILE = Text(
    "{zone}に、モバイルルーターのメーカーのMACアドレス（{mac}）を持つ機器がつながっています。",
    "A device with a MAC of a maker of mobile routers ({mac}) is connected to {zone}.",
)
_NAT = Text(
    "{zone}の{address}（MACアドレス {mac}）から、中継を1回経たパケットと直接のパケットが混じって届いています。"
    "別の機器を隠すルーターや共有機能（NAT）の疑いがあります。",
    "Packets from {address} in {zone} (MAC {mac}) arrive both direct and one hop old: it may be hiding other devices by NAT.",
)
_UNKNOWN_ZONE = Text("不明な区間", "an unknown segment")


class InfrastructureWatch(Watch):
    """Reads DHCP, neighbour discovery and the TTL of first packets.

    Counters: ``dhcp_messages``, ``router_advertisements``, ``dhcp_not_readable``, ``ttl_table_full``.
    """

    name = "infrastructure"

    def __init__(self, judge: Judge, native: frozenset[str] = frozenset()) -> None:
        self.native = native
        super().__init__(judge)
        self._ttl: Bounded[tuple[int, Family, int], dict[int, int]] = Bounded(_ROOM, lambda: self.count("ttl_table_full"))
        self._looked = np.zeros(_LOOKED, np.uint64)
        self._out = np.empty(0, np.int64)
        self._hidden: Bounded[tuple[int, int], bool] = Bounded(_ROOM, lambda: self.count("ttl_table_full"))

    @property
    def classes(self) -> Tapped:  # type: ignore[override]  # what is tapped depends on the model
        """First packets only where some segment's own frames are captured."""
        return Tapped.DHCP | Tapped.NDP | (Tapped.FIRST_DATA if self._own.any() else Tapped(0))

    def reload(self, judge: Judge) -> None:
        """Learn who may serve a segment."""
        super().reload(judge)
        model = judge.model
        self._register = AddressRegister.of(model, judge.zonemap, self.native)
        self._macs = {m.value for g in model.gateways.values() for f in g.faces for m in f.macs}
        self._macs |= {m.value for e in model.endpoints.values() if _SERVING & e.tags for m in e.macs}
        self._servers = [e.addresses for e in model.endpoints.values() if _SERVING & e.tags]
        self._known = np.sort(np.fromiter(self._macs, np.int64, len(self._macs)))
        own = {v for z in model.zones.values() for v in z.vlans} | ({-1} if self.native else set())
        self._own = np.zeros(4097, np.bool_)  # by VLAN + 1
        self._own[[v + 1 for v in own]] = True
        self._mobile = tuple(o.lower().replace("-", ":") for o in model.settings.mobile_router_ouis)

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:  # noqa: ARG002
        """Read the messages of this block."""
        classes = np.ascontiguousarray(taps["classes"])
        for tap in taps[(classes & int(Tapped.DHCP)) != 0]:
            self._dhcp(block, tap)
        for tap in taps[(classes & int(Tapped.NDP)) != 0]:
            octets = octets_of(block, tap)
            if octets[:1] == bytes([_ROUTER_ADVERTISEMENT]) and int(tap["ttl"]) == 255:  # RFC 4861 6.1.2
                self._advertised(block, tap)
        for tap in self._unseen(block, taps):
            self._aged(block, tap)

    def _unseen(self, block: Block, first: Taps) -> Taps:
        """Of first packets with payload, one for each sender, segment and TTL that was not looked at of late."""
        if len(self._out) < len(first):
            self._out = np.empty(len(first), np.int64)
        found = unseen_senders(
            block.buffer, words_of(first), int(Tapped.FIRST_DATA), block.link, self._own, self._known, self._looked, self._out
        )
        kept: Taps = first[self._out[:found]]
        return kept

    def _dhcp(self, block: Block, tap: np.void) -> None:
        octets = octets_of(block, tap)
        address = source_of(block, tap)
        if address is None:
            return
        self.count("dhcp_messages")
        family, value = address
        if family == 4:
            # RFC 2131 2: op 2 is a reply; RFC 2132 2: options after the magic cookie at 236.
            kind = _dhcp_type(octets)
            if kind is None:
                self.count("dhcp_not_readable")
            serves = len(octets) > 0 and octets[0] == 2 and kind in _DHCP_SERVER
        else:
            serves = bool(octets) and octets[0] in _DHCPV6_SERVER
        mac = mac_of(block, tap)
        if not serves or mac is None or mac.value in self._macs or any(value in s.family(family) for s in self._servers):
            return
        self._tell(
            "NC-14", f"dhcp/{mac}", _DHCP.format(zone=self._segment(tap), mac=mac, address=format_address(family, value)), tap,
            detail=(("mac", str(mac)), ("address", format_address(family, value))),
        )  # fmt: skip

    def _advertised(self, block: Block, tap: np.void) -> None:
        self.count("router_advertisements")
        mac = mac_of(block, tap)
        if mac is None or mac.value in self._macs:
            return
        message = _RA.format(zone=self._segment(tap), mac=mac)
        for rule in ("NC-14", "ZM-05"):
            if self.judge.policy.applies(rule):
                related = ("ZM-05",) if rule == "NC-14" else ()
                self._tell(rule, f"ra/{mac}", message, tap, detail=(("mac", str(mac)),), related=related)
                return

    def _aged(self, block: Block, tap: np.void) -> None:
        """Initial TTLs are 64, 128 and 255; on a host's own segment one less means a hop before it (RFC 1812 5.3.1)."""
        mac, address = mac_of(block, tap), source_of(block, tap)
        if mac is None or address is None or mac.group or mac.value in self._macs:
            return
        vlan = int(tap["vlan"])
        if not self._register.believable(*address, vlan if vlan >= 0 else None):
            return
        if str(mac)[:8].lower() in self._mobile and self._once(mac.value, 0):
            self._tell(
                "NC-14", f"mobile/{mac}", _MOBILE.format(zone=self._segment(tap), mac=mac), tap, detail=(("mac", str(mac)),)
            )
        ttl = int(tap["ttl"])
        seen = self._ttl.touch((mac.value, *address), dict)
        if ttl in {64, 128, 255, 63, 127, 254}:
            seen[ttl] = int(tap["ts_ns"])
        for initial in (64, 128, 255):
            at, below = seen.get(initial), seen.get(initial - 1)
            if at is not None and below is not None and abs(at - below) < DAY and self._once(mac.value, initial):
                shown = format_address(*address)
                self._tell(
                    "NC-14", f"nat/{mac}", _NAT.format(zone=self._segment(tap), address=shown, mac=mac), tap,
                    detail=(("mac", str(mac)), ("address", shown), ("ttl", f"{initial - 1} {initial}")),
                    severity=Severity.MEDIUM,
                )  # fmt: skip

    def _once(self, mac: int, what: int) -> bool:
        """Whether this was not told of the device before."""
        if (mac, what) in self._hidden:
            return False
        return self._hidden.touch((mac, what), lambda: True)

    def _segment(self, tap: np.void) -> Text:
        zones = self._zones(tap)
        return self.zone_name(zones[0]) if zones else _UNKNOWN_ZONE

    def _zones(self, tap: np.void) -> list[str]:
        vlan = int(tap["vlan"])
        return sorted(self._register.segment(vlan if vlan >= 0 else None))

    def _tell(
        self, rule: str, cause: str, message: Text, tap: np.void, *, detail: tuple[tuple[str, str], ...],
        related: tuple[str, ...] = (), severity: Severity | None = None,
    ) -> None:  # fmt: skip
        zones = self._zones(tap)
        zone, number, at = (zones[0] if zones else ""), int(tap["number"]), int(tap["ts_ns"])
        if severity is None and zone and rule not in self.judge.policy.severities:
            mynumber = self.judge.model.layer(zone).kind is ZoneKind.MYNUMBER
            severity = Severity.CRITICAL if mynumber else None
        self.find(
            rule, message=message, cause=cause, key=cause, src_zone=zone, dst_zone=zone, related=related, severity=severity,
            where=Where(first_packet=number, last_packet=number, first_ns=at, last_ns=at), detail=detail,
        )  # fmt: skip


def octets_of(block: Block, tap: np.void) -> bytes:
    """The captured payload of a tapped packet."""
    start = int(tap["payload"])
    return block.buffer[start : start + int(tap["captured"])].tobytes() if start >= 0 else b""


def mac_of(block: Block, tap: np.void) -> Mac | None:
    """The source MAC, where the frame is Ethernet (LINKTYPE 1)."""
    index, start = int(tap["index"]), int(tap["frame"])
    if int(block.link[index]) != 1 or int(tap["frame_captured"]) < 14:
        return None
    return Mac(int.from_bytes(block.buffer[start + 6 : start + 12].tobytes(), "big"))


def source_of(block: Block, tap: np.void) -> tuple[Family, int] | None:
    """The source address of the (innermost) IP header."""
    start, end = int(tap["network"]), int(tap["frame"]) + int(tap["frame_captured"])
    if start < 0:
        return None
    version = int(block.buffer[start]) >> 4 if start < end else 0
    if version == 4 and start + 20 <= end:
        return 4, int.from_bytes(block.buffer[start + 12 : start + 16].tobytes(), "big")
    if version == 6 and start + 40 <= end:
        return 6, int.from_bytes(block.buffer[start + 8 : start + 24].tobytes(), "big")
    return None


def _dhcp_type(octets: bytes) -> int | None:
    """Option 53 of a BOOTP message; ``None`` where there is none to be read."""
    if octets[236:240] != b"\x63\x82\x53\x63":
        return None
    for code, value in _options(octets[240:1500]):
        if code == 53 and len(value) == 1:
            return value[0]
    return None


def _options(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(octets) and octets[at] != 255:
        if octets[at] == 0:
            at += 1
            continue
        if at + 2 > len(octets) or at + 2 + octets[at + 1] > len(octets):
            return
        yield octets[at], octets[at + 2 : at + 2 + octets[at + 1]]
        at += 2 + octets[at + 1]
