"""What the registers say of hosts, against what these do: peers, businesses, exceptions, protocols in the clear.

MN-06 (a peer of a My Number conduit talks to the Internet side), MN-14 (cleartext in a My Number zone), MN-16 (one terminal,
several businesses), EX-08 (an exception nobody uses).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import AddressSet, Family, format_address
from segmentation.model.finding import Finding, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import Party, ZoneKind
from sensors.kernels.view import DATA, ESTABLISHED, STATES
from sensors.watch.basis import DAY, Bounded, Watch, own, sides, value, where, witness
from sensors.watch.watcher import FlowChanges

_INTERNET_SIDE = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD})
#: Protocols that send passwords or data in the clear: FTP, Telnet, HTTP, POP3, IMAP, SNMP 1 and 2c, LDAP, rlogin, rsh.
_CLEAR = {(6, 21): "FTP", (6, 23): "Telnet", (6, 80): "HTTP", (6, 110): "POP3", (6, 143): "IMAP", (17, 161): "SNMP",
          (6, 389): "LDAP", (6, 513): "rlogin", (6, 514): "rsh"}  # fmt: skip
_FAMILIES: tuple[Family, ...] = (4, 6)
_PER_LOOK = 256
_ROOM = 8192
_PEER = Text(
    "マイナンバー利用事務系の接続先である{peer}が、{zone}の{other}と通信しています。接続先がインターネットにつながっていると、"
    "分離が失われます。",
    "{peer}, a peer of a My Number conduit, talks to {other} in {zone}: a way to the Internet there undoes the separation.",
)
_CLEARTEXT = Text(
    "{zone}で、暗号化されない{protocol}の通信が{src}と{dst}の間にあります。",
    "{protocol} without encryption between {src} and {dst} in {zone}.",
)
_BUSINESSES = Text(
    "{zone}の端末{src}が、複数の業務（{businesses}）の通信をしています。業務ごとの専用端末が望ましいとされています。",
    "Terminal {src} in {zone} serves several businesses ({businesses}); a terminal for each is what the policy wishes.",
)
_UNUSED = Text(
    "例外{exception}は{days}日間使われていません。不要であれば廃止してください。",
    "Exception {exception} was not used for {days} days: end it if it is not needed.",
)


class RegisteredWatch(Watch):
    """Compares flows with the registers.  Counters: ``registered_not_looked_at``, ``registered_table_full``."""

    name = "registered"

    def __init__(self, judge: Judge) -> None:
        self._used: dict[str, int] = {}  # exception -> ns of its newest flow
        self._since = 0
        self._now = 0
        self._recalled: dict[str, int] = {}
        self._reminded: dict[str, int] = {}
        super().__init__(judge)
        self._businesses: Bounded[tuple[Family, int], set[str]] = Bounded(_ROOM, lambda: self.count("registered_table_full"))

    def reload(self, judge: Judge) -> None:
        """Index what the registers say."""
        super().reload(judge)
        model, zones = judge.model, judge.zonemap.zones
        kinds = [model.layer(z).kind if z else ZoneKind.OUTSIDE for z in zones]
        self._mynumber = np.array([k is ZoneKind.MYNUMBER for k in kinds])
        self._internet_side = np.array([bool(z) and k in _INTERNET_SIDE for z, k in zip(zones, kinds, strict=True)])
        peers = [
            far.addresses
            for c in model.conduits.values()
            if c.peer is not None
            for near, far in ((c.initiator, c.responder), (c.responder, c.initiator))
            if self._kind(near) is ZoneKind.MYNUMBER and self._kind(far) is not ZoneKind.MYNUMBER
        ]
        self._peers = AddressSet.union(peers) if peers else AddressSet()
        peer_zones = {judge.zonemap.zone_of(f, low) for f in _FAMILIES for low, _ in self._peers.family(f)} - {""}
        self._peer_zones = np.array([z in peer_zones for z in zones])
        self._exception_of = np.array([-1, *(
            list(model.exceptions).index(d.exception) if d.exception in model.exceptions else -1 for d in judge.decisions
        )])  # fmt: skip
        self._business_of = [frozenset[str](), *(
            frozenset({model.conduits[d.conduit].business} - {""}) if d.conduit in model.conduits else frozenset()
            for d in judge.decisions
        )]  # fmt: skip
        self._has_business = np.array([bool(b) for b in self._business_of])

    def _kind(self, party: Party) -> ZoneKind | None:
        """The kind of the layer a party stands in, by its first address."""
        for family in _FAMILIES:
            for low, _ in party.addresses.family(family):
                zone = self.judge.zonemap.zone_of(family, low)
                return self.judge.model.layer(zone).kind if zone else None
        return None

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at everything that moved."""
        part = flows.flows[own(flows.flows)]
        if not len(part):
            return
        self._begin(int(part["first_ns"].min()))
        position = part["decision"].astype(np.int64) + 1
        exceptions = self._exception_of[position]
        for n in np.unique(exceptions[exceptions >= 0]).tolist():
            name = list(self.judge.model.exceptions)[n]
            self._used[name] = max(self._used.get(name, 0), int(part["last_ns"][exceptions == n].max()))
        fresh = flows.flows[own(flows.flows) & flows.new]
        if len(fresh):
            self._peer_flows(fresh)
            self._clear(fresh)
            self._several(fresh)

    def _look(self, rows: npt.NDArray[np.void], chosen: npt.NDArray[np.bool_]) -> list[np.void]:
        """The chosen rows, at most so many of one look."""
        found = np.flatnonzero(chosen)
        if len(found) > _PER_LOOK:
            self.count("registered_not_looked_at", len(found) - _PER_LOOK)
        return [rows[i] for i in found[:_PER_LOOK]]

    def _peer_flows(self, rows: npt.NDArray[np.void]) -> None:
        src, dst = rows["src_zone"], rows["dst_zone"]
        chosen = (self._peer_zones[src] & self._internet_side[dst]) | (self._internet_side[src] & self._peer_zones[dst])
        for row in self._look(rows, chosen):
            shown = witness(row).packet
            for peer, other in ((shown.src, shown.dst), (shown.dst, shown.src)):
                if peer in self._peers.family(shown.family):
                    far = self.judge.zonemap.zone_of(shown.family, other)
                    texts = format_address(shown.family, peer), format_address(shown.family, other)
                    message = _PEER.format(peer=texts[0], zone=self.zone_name(far), other=texts[1])
                    self._tell("MN-06", f"peer/{texts[0]}", message, row, f"peer/{texts[0]}/{far}")

    def _clear(self, rows: npt.NDArray[np.void]) -> None:
        inside = self._mynumber[rows["src_zone"]] & self._mynumber[rows["dst_zone"]] & (rows["state"] >= ESTABLISHED)
        port = rows["protocol"].astype(np.int64) << 16 | rows["dport"]
        inside &= np.isin(port, np.array([p << 16 | d for p, d in _CLEAR]))
        for row in self._look(rows, inside):
            shown = witness(row).packet
            protocol = _CLEAR[shown.protocol, shown.dport]
            src, dst = format_address(shown.family, shown.src), format_address(shown.family, shown.dst)
            zone = self.judge.zonemap.zones[row["src_zone"]]
            message = _CLEARTEXT.format(zone=self.zone_name(zone), protocol=protocol, src=src, dst=dst)
            self._tell("MN-14", f"clear/{protocol}/{dst}", message, row, f"clear/{protocol}/{src}/{dst}")

    def _several(self, rows: npt.NDArray[np.void]) -> None:
        position = rows["decision"].astype(np.int64) + 1
        chosen = self._has_business[position] & self._mynumber[rows["src_zone"]] & (rows["state"] >= DATA)
        s_hi, s_lo, *_ = sides(rows)
        for at in np.flatnonzero(chosen)[:_PER_LOOK].tolist():
            row = rows[at]
            key: tuple[Family, int] = (6 if row["v6"] else 4, value(s_hi[at], s_lo[at]))
            before = self._businesses.touch(key, set)
            more = self._business_of[position[at]] - before
            before |= more
            if more and len(before) > 1:
                zone = self.judge.zonemap.zones[row["src_zone"]]
                src = format_address(*key)
                message = _BUSINESSES.format(zone=self.zone_name(zone), src=src, businesses="、".join(sorted(before)))
                self._tell("MN-16", f"businesses/{src}", message, row, f"businesses/{src}")

    def _tell(self, rule: str, cause: str, message: Text, row: np.void, key: str) -> None:
        zones = self.judge.zonemap.zones
        self.find(
            rule, message=message, cause=cause, key=key, where=where(np.array([row], row.dtype)), witness=witness(row),
            state=STATES[row["state"]], src_zone=zones[row["src_zone"]], dst_zone=zones[row["dst_zone"]],
        )  # fmt: skip

    def _begin(self, at_ns: int) -> None:
        if not self._since:
            self._since = at_ns
            self._used.update({e: at_ns - idle for e, idle in self._recalled.items() if e not in self._used})

    def tick(self, now_ns: int) -> Iterable[Finding]:
        """What was found, and the exceptions nobody used; each is told once in a while."""
        self._begin(now_ns)
        self._now = now_ns
        limit = self.judge.model.settings.unused_exception_days
        for exception in self.judge.model.exceptions:
            idle = now_ns - self._used.get(exception, self._since)
            if idle >= limit * DAY and now_ns - self._reminded.get(exception, 0) >= limit * DAY:
                self._reminded[exception] = now_ns
                self.find(
                    "EX-08", message=_UNUSED.format(exception=exception, days=idle // DAY), cause=f"unused/{exception}",
                    key=exception, exception=exception, where=Where(first_ns=now_ns - idle, last_ns=now_ns),
                    detail=(("exception", exception), ("unused_days", str(idle // DAY))),
                )  # fmt: skip
        return super().tick(now_ns)

    def memory(self) -> dict[str, Any]:
        """For how long each exception was watched without use (ns)."""
        held = self.judge.model.exceptions
        return {"idle": {e: max(0, self._now - self._used.get(e, self._since or self._now)) for e in held}}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on with the time watched so far."""
        idle = memory.get("idle")
        if isinstance(idle, dict):
            self._recalled = {str(k): v for k, v in idle.items() if isinstance(v, int) and v >= 0}
