"""Every rule about a device's own settings: a device that breaks it, and a clean twin that gives nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cities import STRICT
from devices import ALL, MODEL, addresses, at, device, found, interface, keys, run, with_record

from segmentation.device.device import ACCEPT, DROP, BaseChain, Chain, Hook, Rule
from segmentation.device.management import (
    Account,
    Aspect,
    Binding,
    ConfigObject,
    ManagementService,
    ObjectKind,
    PhysicalPort,
    RemoteAccess,
    Route,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
    Tunnel,
    WirelessNetwork,
)
from segmentation.device.match import CtState, Field, Match
from segmentation.lint.hygiene import OWNER, names_owner
from segmentation.lint.support import SUPPORT_ENDS, TABLE_DATE, support_ends
from segmentation.lint.tunnels import weak_parts
from segmentation.model.addresses import Address
from segmentation.model.finding import Severity
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint

K = ServiceKind


def service(kind: ServiceKind, *sources: str, **fields: object) -> ManagementService:
    limited = addresses(*sources) if sources else None
    return ManagementService(kind=kind, location=at(3), sources=limited, **fields)  # type: ignore[arg-type]


class TestServices:
    def services(self, *services: ManagementService, **how: object) -> set[str]:
        return keys(device(Aspect.SERVICES, services=services), "NC-21", **how)

    @pytest.mark.parametrize(
        ("bad", "expected"),
        [
            (service(K.TELNET, "10.90.0.0/24"), {"clear|telnet"}),
            (service(K.HTTP, "10.90.0.0/24"), {"clear|http"}),
            (service(K.SSH, "10.90.0.0/24", version="1"), {"clear|ssh1"}),
            (service(K.SNMP, "10.90.0.60", version="2c"), {"snmp|2c"}),
            (service(K.SNMP, "10.90.0.60", version="3", well_known_secret=True), {"secret|snmp"}),
            (service(K.SNMP, "10.90.0.60", version="3", writable=True), {"writable"}),
            (service(K.SSH), {"unlimited|ssh"}),
            (service(K.SSH, "10.20.0.0/16"), {"sources|ssh|10.20.0.0/16"}),
        ],
    )
    def test_a_fault(self, bad: ManagementService, expected: set[str]) -> None:
        assert self.services(bad) == expected

    def test_the_clean_twins(self) -> None:
        good = (service(K.SSH, "10.90.0.0/24", version="2"), service(K.HTTPS, "10.90.0.30"), service(K.PING))
        assert not self.services(*good, service(K.SNMP, "10.90.0.60", version="3"))

    def test_the_zones_an_interface_faces(self) -> None:
        model = with_record(inside=("MN",), mgmt=("MG",))
        assert self.services(service(K.HTTPS, interfaces=("mgmt",)), model=model) == set()
        assert self.services(service(K.HTTPS, interfaces=("mgmt", "inside")), model=model) == {
            "zones|https|MN,mn-srv,mn-term,mn-test"
        }

    def test_zones_are_read_from_interface_addresses_without_a_record(self) -> None:
        made = device(
            Aspect.SERVICES, interfaces=(interface("lan1", "10.20.0.1/16"),),
            services=(service(K.HTTPS, interfaces=("lan1",)),),
        )  # fmt: skip
        assert keys(made, "NC-21") == {"zones|https|LG"}

    def test_a_filter_on_the_device_itself_is_judged_instead(self) -> None:
        chain = Chain(name="in", rules=(), location=at(8))
        base = BaseChain(chain="in", hook=Hook.INPUT, priority=0, policy=DROP, families=frozenset({4, 6}))
        made = device(Aspect.SERVICES, services=(service(K.SSH),), chains={"in": chain}, base_chains=(base,))
        assert "unlimited|ssh" not in keys(made, "NC-21")

    def test_nothing_is_said_where_the_parser_does_not_read_services(self) -> None:
        result = run(device(services=(service(K.TELNET),)))
        assert not found(result, "NC-21")
        assert any("management services (NC-21)" in t.en for t in result.undecided)

    def test_a_thousand_lines_are_one_finding(self) -> None:
        many = tuple(replace(service(K.TELNET, "10.90.0.1"), location=at(n)) for n in range(1, 1001))
        (one,) = found(run(device(Aspect.SERVICES, services=many)), "NC-21")
        assert one.count == 1000


class TestAccounts:
    def test_each_fault(self) -> None:
        accounts = (
            Account(name="admin", location=at(1), factory=True),
            Account(name="guest", location=at(2), no_password=True),
            Account(name="tanaka", location=at(3), weak_hash="type 7"),
        )
        made = device(Aspect.ACCOUNTS, accounts=accounts)
        assert keys(made, "NC-21") == {"account|factory", "account|no-password", "account|weak-hash"}
        worst = found(run(made), "NC-21")[0]
        assert worst.severity is Severity.CRITICAL

    def test_the_clean_twin(self) -> None:
        assert not keys(device(Aspect.ACCOUNTS, accounts=(Account(name="tanaka", location=at(3)),)), "NC-21")


class TestLogsAndClock:
    def test_no_log_target(self) -> None:
        assert keys(device(Aspect.SYSLOG), "LT-01") == {"syslog|none"}
        off = SyslogTarget(host="10.90.0.60", location=at(4), enabled=False)
        assert keys(device(Aspect.SYSLOG, syslog=(off,)), "LT-01") == {"syslog|off"}

    def test_a_target_in_the_management_zone_or_a_name_is_right(self) -> None:
        for host in ("10.90.0.60", "log.example.jp"):
            assert not keys(device(Aspect.SYSLOG, syslog=(SyslogTarget(host=host, location=at(4)),)), "LT-01")

    def test_a_target_elsewhere(self) -> None:
        target = SyslogTarget(host="203.0.113.5", location=at(4))
        assert keys(device(Aspect.SYSLOG, syslog=(target,)), "LT-01") == {"syslog|203.0.113.5"}

    def test_without_a_model_any_target_is_right(self) -> None:
        target = SyslogTarget(host="203.0.113.5", location=at(4))
        assert not keys(device(Aspect.SYSLOG, syslog=(target,)), "LT-01", model=None)

    def test_no_time_server(self) -> None:
        assert keys(device(Aspect.TIME), "LT-05") == {"none"}
        off = TimeServer(host="10.90.0.53", location=at(4), enabled=False)
        assert keys(device(Aspect.TIME, time_servers=(off,)), "LT-05") == {"off"}
        assert not keys(device(), "LT-05")

    def test_the_declared_time_server(self) -> None:
        ntp = Endpoint(
            id="ntp", name=Text("時刻", "clock"), zone="LG", addresses=addresses("10.20.30.53"), tags=frozenset({"ntp"})
        )
        model = replace(MODEL, endpoints={"ntp": ntp})
        right, wrong = (TimeServer(host=h, location=at(4)) for h in ("10.20.30.53", "10.20.30.99"))
        assert not keys(device(Aspect.TIME, time_servers=(right,)), "LT-05", model=model)
        assert keys(device(Aspect.TIME, time_servers=(right, wrong)), "LT-05", model=model) == {"clock|10.20.30.99"}

    def test_a_public_clock_beside_the_my_number_zone(self) -> None:
        made = device(
            Aspect.TIME, interfaces=(interface("lan1", "10.10.10.1/24"),),
            time_servers=(TimeServer(host="203.0.113.5", location=at(4)),),
        )  # fmt: skip
        assert keys(made, "MN-13") == {"clock|203.0.113.5"}


class TestPorts:
    def port(self, name: str, **fields: object) -> PhysicalPort:
        given: dict[str, object] = {"mode": "access", "vlans": (210,), "description": "窓口", "identification": "dot1x"}
        return PhysicalPort(name=name, location=at(5), **(given | fields))  # type: ignore[arg-type]

    def test_clean(self) -> None:
        ports = (self.port("1"), self.port("2", enabled=False, identification="", description=""))
        made = device(Aspect.PORTS, ports=ports)
        assert not {f.rule for f in run(made).findings} & {"NC-13", "NC-15", "NC-05"}

    def test_faults(self) -> None:
        made = device(
            Aspect.PORTS,
            ports=(
                self.port("1", identification=""),
                self.port("2", description=""),
                PhysicalPort(name="3", location=at(7), configured=False),
                self.port("4", description="", vlans=(), identification=""),
            ),
        )
        assert keys(made, "NC-13") == {"ports|identification"}
        assert keys(made, "NC-15") == {"ports|unused", "ports|description"}
        assert {f.key: f.count for f in found(run(made), "NC-15")} == {"ports|unused": 2, "ports|description": 1}

    def test_a_trunk_that_carries_two_layers(self) -> None:
        zones = dict(MODEL.zones)
        zones["LG"] = replace(zones["LG"], vlans=(210,))
        model = replace(MODEL, zones=zones)
        mixed = self.port("1", mode="trunk", vlans=(110, 210))
        alone = self.port("2", mode="trunk", vlans=(110, 111))
        native = self.port("3", mode="trunk", vlans=(110,), native_vlan=110)
        assert keys(device(Aspect.PORTS, ports=(mixed, alone, native)), "NC-05", model=model) == {"trunk|1", "native|3"}


class TestLines:
    def tunnel(self, **fields: object) -> Tunnel:
        return Tunnel(name="to-branch", location=at(6), **fields)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("fields", "weak"),
        [
            ({"encryption": ("aes256-gcm",), "integrity": ("sha256",), "dh_groups": (14, 19), "ike": "2"}, ()),
            ({"encryption": ("des",)}, ("DES",)),
            ({"encryption": ("aes128-cbc", "3des-cbc")}, ("3DES-CBC",)),
            ({"encryption": ("null",)}, ("NULL",)),
            ({"integrity": ("hmac-md5-96",)}, ("HMAC-MD5-96",)),
            ({"dh_groups": (2, 14)}, ("DH 2",)),
            ({"ike": "1-aggressive"}, ("IKEv1 aggressive",)),
            ({"ike": "1"}, ()),
            ({"kind": "pptp"}, ("PPTP",)),
        ],
    )
    def test_algorithms(self, fields: dict[str, object], weak: tuple[str, ...]) -> None:
        made = self.tunnel(**fields)
        assert weak_parts(made) == weak
        assert keys(device(Aspect.TUNNELS, tunnels=(made,)), "NC-09") == ({"tunnel|to-branch|weak"} if weak else set())

    def test_a_plain_tunnel(self) -> None:
        made = device(Aspect.TUNNELS, tunnels=(self.tunnel(kind="gre", encrypted=False),))
        assert keys(made, "NC-09") == {"tunnel|to-branch|plain"}

    @pytest.mark.parametrize("security", ["open", "wep", "wpa-psk", "wpa2-psk", "wpa3-sae", "unknown"])
    def test_wireless(self, security: str) -> None:
        made = device(Aspect.WIRELESS, wireless=(WirelessNetwork(name="lg", location=at(2), security=security),))
        assert keys(made, "NC-10") == {"wlan|lg"}

    def test_wireless_clean(self) -> None:
        networks = (
            WirelessNetwork(name="a", location=at(2), security="wpa2-enterprise"),
            WirelessNetwork(name="b", location=at(2), security="wpa3-enterprise"),
            WirelessNetwork(name="c", location=at(2), security="open", enabled=False),
        )
        assert not keys(device(Aspect.WIRELESS, wireless=networks), "NC-10")

    def test_remote_access(self) -> None:
        good = RemoteAccess(name="vpn", kind="ssl-vpn", location=at(3), second_factor=True)
        assert not keys(device(remote_access=(good,)), "NC-17")
        unsaid = replace(good, second_factor=None)
        assert not keys(device(remote_access=(unsaid,)), "NC-17")
        for change, key in (
            ({"authenticated": False}, "login"), ({"encrypted": False}, "encryption"), ({"kind": "pptp"}, "encryption"),
            ({"second_factor": False}, "factor"),
        ):  # fmt: skip
            bad = replace(good, **change)
            assert keys(device(remote_access=(bad,)), "NC-17") == {f"remote|vpn|{key}"}


class TestObjects:
    def thing(self, **fields: object) -> ConfigObject:
        given: dict[str, object] = {"kind": ObjectKind.ADDRESS, "name": "srv", "location": at(4), "used_by": 1}
        return ConfigObject(**(given | fields))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, set()),
            ({"empty": True}, {"object|address|empty"}),
            ({"disabled": True}, {"object|address|disabled"}),
            ({"expires": dt.date(2026, 8, 19)}, {"object|address|expired"}),
            ({"expires": dt.date(2026, 8, 20)}, set()),  # its last day
            ({"used_by": 0}, {"object|address|unused"}),
            ({"used_by": 0, "empty": True}, {"object|address|unused"}),
        ],
    )
    def test_objects(self, fields: dict[str, object], expected: set[str]) -> None:
        assert keys(device(Aspect.OBJECTS, objects=(self.thing(**fields),)), "NC-03") == expected

    def test_bindings(self) -> None:
        used = self.thing(kind=ObjectKind.FILTER, name="101", used_by=0)
        loose = self.thing(kind=ObjectKind.FILTER, name="102", used_by=0)
        bindings = (
            Binding(filter="101", where="Vlan10", direction="in", location=at(1)),
            Binding(filter="1O1", where="Vlan11", direction="in", location=at(2), defined=False),
        )
        made = device(Aspect.OBJECTS, Aspect.BINDINGS, objects=(used, loose), bindings=bindings)
        assert keys(made, "NC-03") == {"undefined|1O1|Vlan11|in", "unapplied"}
        clean = device(Aspect.OBJECTS, Aspect.BINDINGS, objects=(used,), bindings=bindings[:1])
        assert not keys(clean, "NC-03")


class TestSupport:
    def software(self, product: str, version: str, **how: object) -> set[str]:
        made = device(Aspect.SOFTWARE, software=(Software(product=product, version=version, location=at(1)),))
        return keys(made, "NC-30", **how)

    def test_ended_ending_and_supported(self) -> None:
        assert self.software("FortiOS", "v7.0.12,build0523") == {"software|FortiOS|v7.0.12,build0523"}
        soon = Software(product="FortiOS", version="7.2.8", location=at(1))
        (ending,) = found(run(device(Aspect.SOFTWARE, software=(soon,))), "NC-30")
        assert ending.severity is Severity.LOW
        assert TABLE_DATE.isoformat() in ending.message.ja
        assert not self.software("FortiOS", "7.6.1")

    def test_what_the_table_does_not_have_is_not_judged(self) -> None:
        assert support_ends(Software(product="RTX830", version="15.02.31", location=at(1))) is None
        assert support_ends(Software(product="FortiOS", version="unknown", location=at(1))) is None

    def test_the_register_goes_before_the_table(self) -> None:
        model = with_record(lan=("LG",))
        record = replace(model.devices["gw"], support_ends_on=dt.date(2027, 1, 1))
        assert not self.software("FortiOS", "6.0.1", model=replace(model, devices={"gw": record}))

    def test_the_table_is_of_known_lines(self) -> None:
        assert all(line.replace(".", "").isdigit() for table in SUPPORT_ENDS.values() for line in table)


class TestRouting:
    def route(self, network: str, gateway: str = "", **fields: object) -> Route:
        host, _, length = network.partition("/")
        to = Address.parse(host)
        via = Address.parse(gateway).value if gateway else None
        return Route(
            family=to.family,
            address=to.value,
            length=int(length),
            gateway=via,
            location=at(9),
            **fields,  # type: ignore[arg-type]
        )

    def routes(self, *routes: Route, rule: str = "IN-01", **fields: object) -> set[str]:
        return keys(device(Aspect.ROUTES, routes=routes, **fields), rule)

    def test_a_default_route_to_the_security_cloud_or_inside_is_right(self) -> None:
        assert not self.routes(self.route("0.0.0.0/0", "10.254.1.1"), self.route("0.0.0.0/0", "10.30.0.1"))

    def test_a_default_route_past_it(self) -> None:
        assert self.routes(self.route("0.0.0.0/0", "203.0.113.1")) == {"way|203.0.113.1"}
        assert self.routes(self.route("0.0.0.0/0", name="pp 1")) == {"way|pp 1"}
        assert self.routes(self.route("0.0.0.0/0", name="dhcp", interface="wan1")) == {"way|wan1"}
        assert not self.routes(self.route("0.0.0.0/0", discard=True))

    def test_a_line_of_a_provider(self) -> None:
        lines = (interface("pppoe1"), interface("lan1", "10.30.0.1/16"))
        assert self.routes(interfaces=lines) == {"way|pppoe1"}
        assert not self.routes(interfaces=(interface("pppoe1", enabled=False), lines[1]))
        assert self.routes(interfaces=(interface("wan", "198.51.100.2/30"),)) == {"way|wan"}

    def test_every_network_lies_in_one_layer(self) -> None:
        clean = (interface("lan1", "10.20.0.1/16"), interface("lan2", "10.10.10.1/24"))
        assert not self.routes(rule="ZM-01", interfaces=clean)
        assert self.routes(rule="ZM-01", interfaces=(interface("lan1", "10.20.0.1/8"),)) == {"straddles|lan1|4"}
        assert self.routes(self.route("192.168.5.0/24", "10.20.0.2"), rule="ZM-01") == {"homeless"}
        assert not self.routes(self.route("10.20.5.0/24", "10.20.0.2"), rule="ZM-01")

    def test_ipv6_without_a_filter(self) -> None:
        v6 = (interface("lan1", "fd00:10::1/64"), interface("lan2", "fd00:20::1/64"))
        chain = Chain(name="f", rules=(), location=at(1))
        base = BaseChain(chain="f", hook=Hook.FORWARD, priority=0, policy=DROP, families=frozenset({4}))
        assert "v6-unfiltered" in keys(device(interfaces=v6, chains={"f": chain}, base_chains=(base,)), "ZM-05")
        both = replace(base, families=frozenset({4, 6}))
        assert not keys(device(interfaces=v6, chains={"f": chain}, base_chains=(both,)), "ZM-05")
        assert not keys(device(interfaces=v6[:1], chains={"f": chain}, base_chains=(base,)), "ZM-05")

    def test_a_gateway_address_without_a_filter(self) -> None:
        svis = (interface("Vlan111", "10.10.11.1/24"), interface("Vlan211", "10.20.16.1/21"))
        bound = tuple(Binding(filter="a", where=i.name, direction="in", location=at(1)) for i in svis)
        assert not keys(device(Aspect.BINDINGS, interfaces=svis, bindings=bound), "NC-05")
        assert keys(device(Aspect.BINDINGS, interfaces=svis, bindings=bound[1:]), "NC-05") == {"bare|Vlan111"}
        one_layer = (svis[0], interface("Vlan110", "10.10.10.1/24"))
        assert not keys(device(Aspect.BINDINGS, interfaces=one_layer), "NC-05")


class TestHygiene:
    def rules(self, *given: dict[str, object], aspect: Aspect) -> set[str]:
        rules = tuple(
            Rule(match=Match(), action=ACCEPT, location=at(n), text=f"permit {n}", families=frozenset({4}), **g)  # type: ignore[arg-type]
            for n, g in enumerate(given, 1)
        )
        base = BaseChain(chain="f", hook=Hook.FORWARD, priority=0, policy=DROP, families=frozenset({4}))
        made = device(aspect, chains={"f": Chain(name="f", rules=rules)}, base_chains=(base,))
        return keys(made, "NC-29", model=None) | keys(made, "NC-16", model=None)

    def test_comments_and_owners(self) -> None:
        assert not self.rules({"comment": "税務課の依頼（令和7年申請第12号）"}, aspect=Aspect.COMMENTS)
        assert self.rules({"comment": ""}, aspect=Aspect.COMMENTS) == {"hygiene|comment"}
        assert self.rules({"comment": "temporary"}, aspect=Aspect.COMMENTS) == {"hygiene|owner"}
        assert not self.rules({"comment": ""}, aspect=Aspect.HITS)

    def test_hit_counts(self) -> None:
        assert self.rules({"hits": 0}, {"hits": 5}, aspect=Aspect.HITS) == {"hygiene|hits"}
        assert not self.rules({"hits": 3}, {"hits": 5}, aspect=Aspect.HITS)
        assert not self.rules({"hits": 0}, {"hits": 0}, aspect=Aspect.HITS)  # counters just reset say nothing

    def test_answers_of_known_sessions_need_no_comment(self) -> None:
        state = IntervalSet.single(CtState.ESTABLISHED)
        rule = Rule(
            match=Match(fields={Field.STATE: state}), action=ACCEPT, location=at(1), text="ct state established accept",
            families=frozenset({4}),
        )  # fmt: skip
        base = BaseChain(chain="f", hook=Hook.FORWARD, priority=0, policy=DROP, families=frozenset({4}))
        made = device(Aspect.COMMENTS, chains={"f": Chain(name="f", rules=(rule,))}, base_chains=(base,))
        assert not keys(made, "NC-29")

    @pytest.mark.parametrize("comment", ["情報政策課 内線2345", "REQ-2024", "a@city.example.jp", "owner: sato", "起案 12"])
    def test_owners(self, comment: str) -> None:
        assert OWNER.search(comment)


def test_an_owner_by_the_register_or_by_the_organisation_s_own_words() -> None:
    assert names_owner("for C12b, see there", frozenset({"c12b"}))
    assert not names_owner("for C12bis", frozenset({"c12b"}))
    assert names_owner("NETOPS 3", words=("netops",))
    assert not names_owner("x" * 600 + " 情報政策課")  # only the beginning of a comment is read


def test_what_is_not_read_is_said_once_a_device() -> None:
    said = [t for t in run(device(Aspect.TIME)).undecided if "not examined for this device" in t.en]
    assert len(said) == 1
    assert "LT-05" not in said[0].en
    assert "LT-01" in said[0].ja
    silent = run(device(*ALL)).undecided
    assert not [t for t in silent if "not examined for this device" in t.en]


def test_nothing_is_judged_of_rules_that_do_not_apply() -> None:
    by = replace(STRICT, inapplicable={r: Text("対象外", "not here") for r in ("LT-01", "LT-05", "NC-21")})
    made = device(Aspect.SYSLOG, Aspect.TIME, Aspect.SERVICES, services=(service(K.TELNET),))
    assert not {f.rule for f in run(made, by=by).findings} & {"LT-01", "LT-05", "NC-21"}


def test_the_same_input_gives_the_same_findings() -> None:
    made = device(*ALL, interfaces=(interface("pppoe1"), interface("lan1", "10.20.0.1/8")))
    assert run(made) == run(made)
