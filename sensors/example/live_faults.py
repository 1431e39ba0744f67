"""What is planted in the live city, each fault beside its clean twin: who does what, and what must be told of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.model.addresses import Address, Mac
from segmentation.model.text import Text
from sensors.example import frames as f
from sensors.example import live_services as services
from sensors.example import speech
from sensors.example.live_network import Attachment, CityNetwork

#: In documentation ranges: RFC 7042 2.1.1 (MAC), RFC 5737 3 (address).
_FOREIGN, _ADVERTISER, _RANDOM = "00:00:5e:00:53:ee", "00:00:5e:00:53:ed", "02:4c:1f:a3:07:d9"
_FAR = "203.0.113.9"
_SCREEN_SERVER, _LAPTOP = "10.20.60.11", "in-pc-05"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding that is expected: its rule, its zones, and a word its message or addresses must have."""

    rule: str
    src_zone: str
    dst_zone: str
    word: str
    alert: bool = True  # whether somebody is told of it

    def fits(self, event: dict[str, Any]) -> bool:
        """Whether an EVE line is of this finding."""
        about = event["alert"]["metadata"]
        zones = (about.get("src_zone", [""])[0], about.get("dst_zone", [""])[0])
        words = (event["alert"]["signature"], event.get("src_ip", ""), event.get("dest_ip", ""))
        return about["rule"][0] == self.rule and zones == (self.src_zone, self.dst_zone) and any(self.word in w for w in words)


@dataclass(frozen=True, slots=True)
class Plant:
    """Something that is done in the city.  ``told`` is everything that may come of it; empty for a clean twin."""

    id: str
    title: Text
    act: Callable[[CityNetwork], None]
    told: tuple[Told, ...] = ()


def build(network: CityNetwork, folder: Path) -> None:
    """Hosts, their services, and the core firewall's refusal of My Number traffic to the Internet."""
    city = network.city
    own = {name: network.registered(name, prefix) for name, prefix in _HOSTS}
    cloud = city.in_zone("mn-gc")[0]
    gc = network.add("gc", Attachment(115, city.mac(cloud), (f"{cloud}/32",)))
    far = network.add("sc", Attachment(399, city.mac(city.host("sc-dns")), _SECURITY_CLOUD))
    lgwan = network.registered("lw-dns", 32)
    network.registered("maint", 32)
    screen = network.add("vdi", Attachment(215, city.mac(Address.parse(_SCREEN_SERVER)), (f"{_SCREEN_SERVER}/24",)))
    network.add("impostor", Attachment(110, Mac.parse(_FOREIGN), (f"{city.host('atena')}/24",), up=False))
    network.add("stranger", Attachment(111, Mac.parse(_RANDOM), ("10.10.11.200/24",)))
    network.add("advertiser", Attachment(310, Mac.parse(_ADVERTISER), ()))
    laptop = city.host(_LAPTOP)
    network.add(
        "laptop", Attachment(310, city.mac(laptop), (f"{laptop}/22",)),
        Attachment(111, city.mac(laptop), ("10.10.11.201/24",), up=False),
    )  # fmt: skip
    network.connect()
    tls = services.certificate(folder)
    for host in (gc, own["rbi-2"], screen):
        services.web(host, 443, tls)
    services.web(far, 8080)
    services.names(far, str(city.host("sc-dns")))
    services.clock(far, str(city.host("sc-ntp")), 0.0)
    services.clock(lgwan, str(city.host("lw-dns")), 4.0)
    services.desktop(own["jump"])
    services.desktop(own["jukyo"])
    network.hosts["core"].run("nft", "-f", "-", text=_REFUSAL)


#: The My Number layer's default route ends at the firewall, with an RST in the server's name.
_REFUSAL = """
table ip filter {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip saddr 10.10.0.0/16 ip daddr != { 10.0.0.0/8, 172.16.0.0/12 } meta l4proto tcp reject with tcp reset
  }
}
"""
_HOSTS = (
    ("jukyo", 24), ("atena", 24), ("madoguchi-30", 24), ("madoguchi-31", 24), ("lg-pc-007", 21), ("rbi-2", 24),
    ("in-pc-01", 22), ("in-dns", 24), ("lg-dns", 26), ("jump", 24),
)  # fmt: skip
_SECURITY_CLOUD = ("10.254.1.10/32", "10.254.1.53/32", "10.254.1.123/32", "10.255.9.2/30")


def _screen(network: CityNetwork) -> None:
    _came(services.browse(network.hosts["lg-pc-007"], "rbi.midorino.example", str(network.city.host("rbi-2"))))


def _wrong_screen(network: CityNetwork) -> None:
    _came(services.browse(network.hosts["in-pc-01"], "vdi.midorino.example", _SCREEN_SERVER))


def _cloud(client: str) -> Callable[[CityNetwork], None]:
    def act(network: CityNetwork) -> None:
        _came(services.browse(network.hosts[client], "gc.midorino.example", str(network.city.in_zone("mn-gc")[0])))

    return act


def _impostor(network: CityNetwork) -> None:
    """The real server is off; another device takes its address and uses its conduit."""
    city, atena = network.city, network.city.host("atena")
    network.unplug("atena")
    network.plug("impostor")
    announced = f.Host(atena, Mac.parse(_FOREIGN))
    with services.wire_of(network.hosts["impostor"]) as frames:
        frames.append(_arp_announcement(announced))
    network.hosts["core"].run("ip", "neighbour", "flush", "dev", f"v{city.vlan(atena)}")
    _came(services.browse(network.hosts["impostor"], "gc.midorino.example", str(city.in_zone("mn-gc")[0])))
    network.unplug("impostor")


def _ping(name: str, target: str) -> Callable[[CityNetwork], None]:
    def act(network: CityNetwork) -> None:
        network.hosts[name].run("ping", "-c", "2", "-i", "0.2", "-W", "2", str(network.city.host(target)))

    return act


def _laptop_at_home(network: CityNetwork) -> None:
    _came(services.browse(network.hosts["laptop"], "www.example", "", proxy="10.254.1.10:8080"))


def _laptop_moved(network: CityNetwork) -> None:
    network.unplug("laptop", 0)
    network.plug("laptop", 1)
    network.hosts["laptop"].run("ping", "-c", "2", "-i", "0.2", "-W", "2", str(network.city.host("madoguchi-30")))


def _outward(network: CityNetwork) -> None:
    if services.browse(network.hosts["madoguchi-30"], "far.example", _FAR):
        raise AssertionError("the firewall let it pass")


def _maintenance(network: CityNetwork) -> None:
    services.remote_control(network.hosts["maint"], str(network.city.host("jump")))
    services.remote_control(network.hosts["jump"], str(network.city.host("jukyo")))


def _advertise(network: CityNetwork) -> None:
    with services.wire_of(network.hosts["advertiser"]) as frames:
        frames.extend([_router_advertisement(_ADVERTISER)] * 2)


def _advertise_as_registered(network: CityNetwork) -> None:
    with services.wire_of(network.hosts["core"], "v310") as frames:
        frames.append(_router_advertisement(str(network.city.gateway(310))))


def _ask_time(client: str, server: str, times: int) -> Callable[[CityNetwork], None]:
    def act(network: CityNetwork) -> None:
        for _ in range(times):
            # draft-ietf-ntp-data-minimization: a client's own time is not told, a random number stands there.
            question = bytes([0x23]) + bytes(39) + os.urandom(8)
            services.ask(network.hosts[client], str(network.city.host(server)), 123, question)

    return act


def _name(network: CityNetwork) -> None:
    services.ask(network.hosts["in-dns"], str(network.city.host("sc-dns")), 53, speech.dns("www.example", 7, 0)[0])


def _arp_announcement(host: f.Host) -> bytes:
    """A gratuitous ARP reply made with scapy."""
    from scapy.layers.l2 import ARP, Ether  # noqa: PLC0415  # takes more than a second to load

    mac, address = str(host.mac), str(host.address)
    return bytes(Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op=2, hwsrc=mac, psrc=address, hwdst=mac, pdst=address))


def _router_advertisement(mac: str) -> bytes:
    """A router advertisement (RFC 4861 4.2) of a /64 made with scapy."""
    from scapy.layers.inet6 import (  # noqa: PLC0415  # takes more than a second to load
        ICMPv6ND_RA,
        ICMPv6NDOptPrefixInfo,
        ICMPv6NDOptSrcLLAddr,
        IPv6,
    )
    from scapy.layers.l2 import Ether  # noqa: PLC0415  # as above

    source = str(f.link_local(Mac.parse(mac)))
    prefix = ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::", prefixlen=64)
    body = IPv6(src=source, dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=mac) / prefix
    return bytes(Ether(src=mac, dst="33:33:00:00:00:01") / body)


def _came(came: bool) -> None:  # noqa: FBT001  # a plain assertion
    if not came:
        raise AssertionError("the page did not come")


_SILENCED = (Told("EX-07", "ex-maint", "mg", "", alert=False), Told("EX-07", "mg", "mn-srv", "", alert=False))

#: Done first; only the maintenance under its exception may be told, without an alarm (EX-07).
TWINS: tuple[Plant, ...] = (
    Plant("V11c", Text("画面転送（LGWANから、登録どおり）", "Screen transfer, from the LGWAN side as registered"), _screen),
    Plant("V12c", Text("統合宛名サーバー本人の通信", "The addressee register itself"), _cloud("atena")),
    Plant("V13c", Text("台帳にある窓口端末同士の通信", "Registered counter terminals"), _ping("madoguchi-30", "madoguchi-31")),
    Plant("V14c", Text("登録された区間のノートPC", "The laptop where it belongs"), _laptop_at_home),
    Plant(
        "V15c", Text("窓口端末からガバメントクラウドへ", "A counter terminal to the Government Cloud"), _cloud("madoguchi-30")
    ),
    Plant("V16c", Text("時間帯の内の保守（例外措置）", "Maintenance within its window"), _maintenance, _SILENCED),
    Plant("V20c", Text("登録されたルーターのルーター広告", "Advertisement of the registered router"), _advertise_as_registered),
    Plant("V21c", Text("正しい時刻の応答", "A time server that is right"), _ask_time("in-dns", "sc-ntp", 3)),
    Plant("DNS", Text("登録された名前解決", "Name resolution as registered"), _name),
)
#: The faults.  V16 comes last: before it the window of the maintenance line is closed by a reload.
FAULTS: tuple[Plant, ...] = (
    Plant(
        "V11", Text("インターネット側からの画面転送", "Screen transfer from the Internet side into LGWAN"), _wrong_screen,
        (Told("LG-06", "in-term", "lg-vdi", _SCREEN_SERVER),),
    ),
    Plant(
        "V12", Text("統合宛名サーバーのアドレスを名乗る機器", "A device under the addressee register's address"), _impostor,
        (Told("MN-05", "mn-srv", "mn-srv", _FOREIGN),),
    ),
    Plant(
        "V13", Text("台帳になくMACを自分で付けた機器", "A device in no ledger with a made-up MAC"),
        _ping("stranger", "madoguchi-30"), (Told("NC-11", "mn-term", "mn-term", _RANDOM),),
    ),
    Plant(
        "V14", Text("2つの区間に現れたノートPC", "A laptop that appears in two layers"), _laptop_moved,
        (Told("NC-12", "in", "mn", ""), Told("NC-11", "mn-term", "mn-term", "00:00:5e:ef:10:05")),
    ),
    Plant(
        "V15", Text("窓口端末からインターネットへの試み", "A counter terminal tries the Internet"), _outward,
        (Told("MN-18", "mn-term", "net", _FAR),),
    ),
    Plant(
        "V20", Text("登録のない機器のルーター広告", "Router advertisement of an unknown device"), _advertise,
        (Told("NC-14", "in-term", "in-term", _ADVERTISER),),
    ),
    Plant(
        "V21", Text("4秒ずれた時刻の応答", "A clock that is off by 4 s"), _ask_time("lg-dns", "lw-dns", 3),
        (Told("LT-05", "lw", "lw", "10.210.0.25"),),
    ),
    Plant(
        "V16", Text("時間帯の外の保守", "Maintenance outside its window"), _maintenance,
        (Told("NC-19", "ex-maint", "mg", ""), Told("NC-19", "mg", "mn-srv", "")),
    ),
)  # fmt: skip
