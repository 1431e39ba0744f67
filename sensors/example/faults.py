"""Faults planted in captures of the reference city, each with what a replay must find: nothing less and nothing more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segmentation.model.addresses import Address, Mac
from segmentation.model.text import Text
from sensors.example import frames as f
from sensors.example import speech, transfers
from sensors.example.city import City
from sensors.example.files import Frame, pcap, pcapng
from sensors.example.month import SECOND
from sensors.example.wire import Wire

#: In documentation ranges: RFC 7042 2.1.1 (MAC), RFC 5737 3 (address).
_FOREIGN_MAC = Mac.parse("00:00:5e:00:53:ee")
_RANDOM_MAC = Mac.parse("02:4c:1f:a3:07:d9")
_FAR = Address.parse("203.0.113.9")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A capture with a fault: its build, its file, and the findings as an expectation file has them."""

    id: str
    title: Text
    file: str
    write: Callable[[list[Frame]], bytes]
    when: int
    build: Callable[[Wire, int], None]
    findings: tuple[Mapping[str, object], ...]
    seen_from: str = ""  # a zone whose VLANs alone the mirror has; else all of them

    def capture(self, city: City, *, alone: bool = False) -> bytes:
        """The octets of the capture file; the declared sessions around the fault are left out if it is to stand *alone*."""
        only = frozenset(city.model.zones[self.seen_from].vlans) if self.seen_from else None
        wire = Wire(city, only)
        if not alone:
            _daily_work(wire, self.when)
        self.build(wire, self.when + 5 * SECOND)
        return self.write(wire.in_order())


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    """Nanoseconds since the epoch of a local time in Japan (UTC+9, no daylight saving time)."""
    zone = dt.timezone(dt.timedelta(hours=9))
    return int(dt.datetime(year, month, day, hour, minute, tzinfo=zone).timestamp()) * SECOND


def _daily_work(wire: Wire, when: int) -> None:
    """Some declared sessions around the fault, so that it has to be told from them."""
    city = wire.city
    wire.session(when, city.host("lg-pc-007"), city.host("rbi-2"), 443, speech.tls("rbi.midorino.example", 300, 2400, 7))
    wire.session(when + SECOND, city.host("shinsei"), city.host("mynaportal"), 443, speech.tls("gw.example", 200, 1800, 9))
    ask, answer = speech.dns("www.example", 77, 0xC0000201)
    wire.exchange(when + 2 * SECOND, city.host("in-dns"), city.host("sc-dns"), 53, ask, answer)


def wrong_way_screen(wire: Wire, when: int) -> None:
    """V11: an Internet-side terminal opens a screen transfer into the LGWAN layer (β's direction, under α)."""
    client, server = Address.parse("10.30.16.20"), Address.parse("10.20.60.11")
    wire.session(when, client, server, 443, speech.tls("vdi.midorino.example", 400, 5200, 11))


def impostor(wire: Wire, when: int) -> None:
    """V12: the address of the addressee register speaks with a foreign MAC on its own segment."""
    atena = wire.city.host("atena")
    wire.impostors[atena] = _FOREIGN_MAC
    vlan = wire.city.vlan(atena)
    router = f.Host(wire.city.gateway_address(vlan), wire.city.gateway(vlan))
    wire.resolve(when, f.Host(atena, _FOREIGN_MAC), router, vlan)
    cloud = next(a for a in wire.city.members(wire.city.model.conduits["C10"].responder))
    wire.session(when + SECOND, atena, cloud, 443, speech.tls("gc.midorino.example", 900, 2200, 12))


def random_mac(wire: Wire, when: int) -> None:
    """V13: a device with a made-up MAC on the segment of the counter terminals."""
    stranger = Address.parse("10.10.11.200")
    wire.impostors[stranger] = _RANDOM_MAC
    vlan = wire.city.vlan(stranger)
    router = f.Host(wire.city.gateway_address(vlan), wire.city.gateway(vlan))
    wire.resolve(when, f.Host(stranger, _RANDOM_MAC), router, vlan)
    ask, answer = speech.dns("counter-30", 13, 0x0A0A0B1E)
    wire.exchange(when + SECOND, stranger, wire.city.host("madoguchi-30"), 5355, ask, answer)


def refused_outward(wire: Wire, when: int) -> None:
    """V15: a counter terminal tries to reach the Internet and the firewall answers with RST."""
    wire.refused(when, wire.city.host("madoguchi-30"), _FAR, 443, attempts=3)


def midstream_of_conduit(wire: Wire, when: int) -> None:
    """A declared session whose beginning was not captured: its direction is a guess, its right to be is not."""
    client, server = wire.city.host("lg-pc-007"), wire.city.host("rbi-2")
    talk = speech.tls("rbi.midorino.example", 300, 2400, 7)[2:]
    wire.session(when, client, server, 443, talk, handshake=False, close=False)


def midstream(wire: Wire, when: int) -> None:
    """V24: a forbidden file session whose beginning was not captured."""
    client, server = Address.parse("10.30.16.25"), wire.city.host("lg-file")
    wire.session(when, client, server, 445, speech.plain(700, 2900, 24), handshake=False, close=False)


def maintenance(wire: Wire, when: int) -> None:
    """A maintenance session over the jump host, both legs."""
    city = wire.city
    wire.session(when, city.host("maint"), city.host("jump"), 3389, speech.desktop(12))
    wire.session(when + 10 * SECOND, city.host("jump"), city.host("jukyo"), 3389, speech.desktop(13))


def _nano(frames: list[Frame]) -> bytes:
    return pcap(frames, nano=True)


def _big(frames: list[Frame]) -> bytes:
    return pcap(frames, big=True)


def _nano_big(frames: list[Frame]) -> bytes:
    return pcap(frames, nano=True, big=True)


def _next_generation(frames: list[Frame]) -> bytes:
    return pcapng(frames, [("mirror", 9)], big=True)


_LEGS = (("ex-maint", "mg", "172.16.90.5", "10.90.0.30"), ("mg", "mn-srv", "10.90.0.30", "10.10.10.11"))


def _legs(rule: str, **more: object) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {"rule": rule, "src_zone": a, "dst_zone": b, "src": src, "dst": dst, "service": "tcp/3389", "count": 1} | more
        for a, b, src, dst in _LEGS
    )


#: What the demonstration replays; the numbers are those of the project's list of planted faults.
DEMONSTRATED: tuple[Scenario, ...] = (
    Scenario(
        "V11",
        Text("インターネット接続系からLGWAN接続系への画面転送", "Screen transfer from the Internet side into the LGWAN side"),
        "v11-wrong-way-screen.pcap", pcap, at(2026, 8, 19, 10, 15), wrong_way_screen,
        ({"rule": "LG-06", "severity": "critical", "state": "data", "src": "10.30.16.20", "dst": "10.20.60.11",
          "service": "tcp/443", "confidence": "certain", "count": 1},),
    ),
    Scenario(
        "V12",
        Text("統合宛名サーバーのアドレスを名乗る別の機器", "Another device under the addressee register's address"),
        "v12-foreign-mac.pcap", _nano, at(2026, 8, 20, 19, 40), impostor,
        ({"rule": "MN-05", "severity": "critical", "address": "10.10.10.12", "mac": str(_FOREIGN_MAC), "src_zone": "mn-srv"},),
    ),
    Scenario(
        "V12r",
        Text("V12をルーターの先で見た場合（判定しない）", "V12 seen behind the router (must stay silent)"),
        "v12-behind-router.pcap", _nano, at(2026, 8, 20, 19, 40), impostor, (), "mn-gc",
    ),
    Scenario(
        "V13",
        Text("台帳になく、MACアドレスも端末が自分で付けた機器", "A device in no ledger, with a made-up MAC"),
        "v13-random-mac.pcap", _big, at(2026, 8, 21, 12, 5), random_mac,
        ({"rule": "NC-11", "severity": "critical", "address": "10.10.11.200", "mac": str(_RANDOM_MAC), "src_zone": "mn-term"},),
    ),
    Scenario(
        "V15",
        Text("マイナンバー利用事務系からインターネットへの試み", "An attempt from the My Number side to the Internet"),
        "v15-refused.pcap", _nano_big, at(2026, 8, 24, 14, 20), refused_outward,
        ({"rule": "MN-18", "severity": "critical", "state": "refused", "src": "10.10.11.30", "dst": "203.0.113.9",
          "service": "tcp/443", "confidence": "certain"},),
    ),
    Scenario(
        "V24",
        Text("開始が写っていない違反の通信（向きは推定）", "A forbidden session whose beginning is missing (inferred)"),
        "v24-midstream.pcapng", _next_generation, at(2026, 8, 25, 9), midstream,
        ({"rule": "LG-08", "severity": "high", "state": "data", "confidence": "inferred", "src": "10.30.16.25",
          "dst": "10.20.10.13", "service": "tcp/445", "count": 1},),
    ),
)  # fmt: skip

#: Further faults about the maintenance line and its exception.
MAINTENANCE: tuple[Scenario, ...] = (
    Scenario(
        "C12", Text("期間と時間帯の内の保守", "Maintenance within its period and window"), "c12-maintenance.pcap", pcap,
        at(2026, 8, 19, 14), maintenance, _legs("EX-07", silenced=True, severity="info"),
    ),
    Scenario(
        "V16", Text("木曜22時の保守", "Maintenance on a Thursday at 22:00"), "v16-out-of-window.pcap", pcap,
        at(2026, 8, 20, 22), maintenance, _legs("NC-19", silenced=False),
    ),
    Scenario(
        "V17", Text("例外の期限が切れた後の保守", "Maintenance after its exception ended"), "v17-exception-ended.pcap", pcap,
        at(2026, 10, 1, 14), maintenance, _legs("EX-04", silenced=False),
    ),
)  # fmt: skip

#: What must stay silent beside a fault that looks like it.
INNOCENT: tuple[Scenario, ...] = (
    Scenario(
        "V24p", Text("開始が写っていない、承認された通信", "A declared session whose beginning is missing"),
        "v24-permitted-midstream.pcap", pcap, at(2026, 8, 25, 9, 30), midstream_of_conduit, (),
    ),
)  # fmt: skip
#: Files and mail: what a sanitizer let through, what went around it, and a relay open to strangers.
_RELAY_ENDS: dict[str, object] = {"src_zone": "net", "dst_zone": "in-xfer", "src": "203.0.113.25", "dst": "10.30.40.6"}
_TRIED: tuple[Mapping[str, object], ...] = ({"rule": "IN-01", **_RELAY_ENDS}, {"rule": "ML-05", **_RELAY_ENDS})
TRANSFERS: tuple[Scenario, ...] = (
    Scenario(
        "V10", Text("添付ファイル付きでLGWAN接続系へ届いたメール", "Mail that reaches the LGWAN side with its attachment"),
        "v10-attachment.pcap", pcap, at(2026, 8, 18, 10, 20), transfers.attachment_from_gateway,
        ({"rule": "LG-05", "severity": "critical", "src_zone": "lg-xfer", "dst_zone": "lg-srv", "service": "tcp/25"},
         {"rule": "LG-09", "severity": "critical", "src_zone": "lg-xfer", "dst_zone": "lg-srv", "service": "tcp/25"}),
    ),
    Scenario(
        "V10p", Text("文字だけになって届いたメール", "Mail delivered as plain text"), "v10-text.pcap", pcap,
        at(2026, 8, 18, 10, 25), transfers.text_from_gateway, (),
    ),
    Scenario(
        "V10s", Text("県の無害化装置から添付付きで届いたメール", "Mail from the prefecture's sanitizer with its attachment"),
        "v10-prefecture.pcap", pcap, at(2026, 8, 18, 10, 40), transfers.attachment_from_prefecture,
        ({"rule": "LG-05", "severity": "critical"}, {"rule": "LG-09", "severity": "critical"}),
    ),
    Scenario(
        "V10sp", Text("県の無害化装置から文字だけで届いたメール", "Mail from the prefecture's sanitizer as plain text"),
        "v10-prefecture-text.pcap", pcap, at(2026, 8, 18, 10, 45), transfers.text_from_prefecture, (),
    ),
    Scenario(
        "V10a", Text("無害化装置を通さずに取り込まれたファイル", "A file fetched around the sanitizer"), "v10-around.pcap",
        pcap, at(2026, 8, 18, 10, 30), transfers.fetched_around,
        ({"rule": "LG-08", "severity": "critical", "src_zone": "in-srv", "dst_zone": "lg-term"},
         {"rule": "LG-09", "severity": "critical", "src_zone": "in-srv", "dst_zone": "lg-term"},
         {"rule": "LG-02", "severity": "critical", "src_zone": "lg-term", "dst_zone": "in-srv"}),
    ),
    Scenario(
        "V19", Text("外部から外部へのメールの中継（不正中継）", "Mail relayed from a stranger to a stranger"), "v19-relay.pcap",
        pcap, at(2026, 8, 18, 11), transfers.relayed, ({"rule": "ML-01", "severity": "critical", **_RELAY_ENDS}, *_TRIED),
    ),
    Scenario(
        "V19p", Text("断られた中継の試み", "The same attempt, refused"), "v19-refused.pcap", pcap, at(2026, 8, 18, 11, 5),
        transfers.refused_relay, _TRIED,
    ),
)  # fmt: skip
#: Every scenario by its number.
SCENARIOS: Mapping[str, Scenario] = {s.id: s for s in (*DEMONSTRATED, *MAINTENANCE, *INNOCENT, *TRANSFERS)}
