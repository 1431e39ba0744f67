"""What each part of a PAN-OS configuration means, asked with packets."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.analysis.simulate import Outcome, Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.panos import parse
from segmentation.vendors.reading import SourceText

TCP, UDP, ICMP = 6, 17, 1
BASE = """set network interface ethernet ethernet1/1 layer3 ip 10.1.0.1/24
set network interface ethernet ethernet1/2 layer3 ip 10.2.0.1/24
set network interface ethernet ethernet1/3 layer3 ip 10.2.1.1/24
set zone lgwan network layer3 ethernet1/1
set zone office network layer3 [ ethernet1/2 ethernet1/3 ]
"""
ANY = {"from": "any", "to": "any", "source": "any", "destination": "any", "application": "any", "service": "any"}


def rule(name: str, action: str = "allow", *, book: str = "rulebase", **options: str) -> str:
    """A security rule as ``set`` lines; ``_`` in an option's name stands for ``-``."""
    words = {k.rstrip("_").replace("_", "-"): v for k, v in options.items()}
    return "".join(f"set {book} security rules {name} {k} {v}\n" for k, v in (ANY | words | {"action": action}).items())


def read(*texts: str) -> Device:
    return parse([SourceText(f"fw{n or ''}.txt", text, "") for n, text in enumerate(texts)])


def outcome(
    device: Device, src: str, dst: str, protocol: int = TCP, dport: int = 80, *, sport: int = 40000,
    came: str = "ethernet1/1", goes: str = "ethernet1/2", state: CtState = CtState.NEW, hook: str = "forward",
) -> Outcome:  # fmt: skip
    a, b = Address.parse(src), Address.parse(dst)
    return simulate(
        device,
        Packet(
            family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport, ct_state=state,
            in_interface=came, out_interface=goes,
        ),
        hook,
    )  # fmt: skip


def passes(device: Device, src: str = "10.1.0.9", dst: str = "10.2.0.9", **packet: Any) -> bool | None:
    return outcome(device, src, dst, **packet).accepted


def problems(device: Device) -> list[tuple[int, str]]:
    return [(p.location.line, p.reason) for p in device.not_understood]


INSIDE = {"came": "ethernet1/2", "goes": "ethernet1/3"}


def test_without_rules_a_zone_is_open_inside_and_closed_to_others() -> None:
    device = read(BASE)
    assert problems(device) == []
    assert passes(device, "10.2.0.9", "10.2.1.9", **INSIDE) is True
    assert passes(device) is False
    assert passes(device, state=CtState.ESTABLISHED) is True


def test_a_rule_for_the_same_zone_wins_over_the_default() -> None:
    device = read(BASE + rule("r1", "deny", from_="office", to="office"))
    assert passes(device, "10.2.0.9", "10.2.1.9", **INSIDE) is False


def test_the_defaults_may_be_overridden() -> None:
    inside = "set rulebase default-security-rules rules intrazone-default action deny\n"
    between = "set rulebase default-security-rules rules interzone-default action allow log-end yes\n"
    device = read(BASE + inside + between)
    assert passes(device, "10.2.0.9", "10.2.1.9", **INSIDE) is False
    assert passes(device) is True
    assert outcome(device, "10.1.0.9", "10.2.0.9").path[-1].log
    assert not outcome(device, "10.2.0.9", "10.2.1.9", **INSIDE).path[-1].log


@pytest.mark.parametrize(
    ("kind", "inside", "between"), [("universal", True, True), ("intrazone", True, False), ("interzone", False, True)]
)
def test_rule_types(kind: str, inside: bool, between: bool) -> None:
    closed = "set rulebase default-security-rules rules intrazone-default action deny\n"
    for zones in ({"from_": "any", "to": "any"}, {"from_": "[ lgwan office ]", "to": "[ lgwan office ]"}):
        device = read(BASE + closed + rule("r1", rule_type=kind, **zones))
        assert passes(device, "10.2.0.9", "10.2.1.9", **INSIDE) is inside
        assert passes(device) is between
        assert problems(device) == []


def test_disabled_rules_are_left_out_and_moved_ones_take_their_place() -> None:
    two = rule("r1", "deny") + rule("r2")
    assert passes(read(BASE + two)) is False
    assert passes(read(BASE + two + "set rulebase security rules r1 disabled yes\n")) is True
    assert passes(read(BASE + two + "move rulebase security rules r2 top\n")) is True
    assert passes(read(BASE + two + "move rulebase security rules r2 before r1\n")) is True
    assert passes(read(BASE + two + "delete rulebase security rules r1\n")) is True
    assert problems(read(BASE + "move rulebase security rules r2 top\ndelete rulebase security rules r9\n")) == [
        (6, "There is no rulebase security rules r2 to move or delete."),
        (7, "There is no rulebase security rules r9 to move or delete."),
    ]


def test_several_settings_on_one_line() -> None:
    line = 'set rulebase security rules "a b" from lgwan to office source [ 10.1.0.9 10.1.0.10 ] destination any '
    device = read(BASE + line + "application any service any action allow description rule\n")
    assert passes(device) is True
    assert passes(device, "10.1.0.11") is False
    assert problems(device) == []
    assert device.chains["vsys1 security"].rules[1].id == "a b"


FLAT = "set address-group x static [ a b ]\nset address a ip-netmask 10.2.0.7\nset address b ip-netmask 10.2.0.9\n"
NESTED = "set address-group x static y\nset address-group y static a\nset shared address a ip-netmask 10.2.0.9\n"


@pytest.mark.parametrize(
    ("objects", "hit", "miss"),
    [
        ("set address x ip-netmask 10.2.0.9\n", "10.2.0.9", "10.2.0.8"),
        ("set address x ip-netmask 10.2.0.9/28\n", "10.2.0.1", "10.2.0.16"),
        ("set address x ip-range 10.2.0.9-10.2.0.11\n", "10.2.0.11", "10.2.0.12"),
        ("set address x ip-wildcard 10.2.0.1/0.0.0.254\n", "10.2.0.9", "10.2.0.8"),
        (FLAT, "10.2.0.9", "10.2.0.8"),
        (NESTED, "10.2.0.9", "10.2.0.8"),
        ("set region x address 10.2.0.9/32\n", "10.2.0.9", "10.2.0.8"),
    ],
)  # fmt: skip
def test_addresses_and_their_negation(objects: str, hit: str, miss: str) -> None:
    device = read(BASE + objects + rule("r1", destination="x"))
    assert problems(device) == []
    assert passes(device, dst=hit) is True
    assert passes(device, dst=miss) is False
    device = read(BASE + objects + rule("r1", destination="x", negate_destination="yes"))
    assert passes(device, dst=hit) is False
    assert passes(device, dst=miss) is True


@pytest.mark.parametrize(
    ("objects", "reported"),
    [
        ("set address x fqdn www.example.jp\n", 0),
        ("set address-group x dynamic filter \"'web'\"\n", 0),
        ("set external-list x type ip url http://192.0.2.1/list\n", 0),
        ("", 1),  # not defined
        ("set address-group x static y\nset address-group y static x\n", 1),  # contains itself
        ("set address x ip-range 10.2.0.9-10.2.0.1\n", 1),
    ],
)
@pytest.mark.parametrize("action", ["allow", "deny"])
def test_addresses_that_are_not_known_match_perhaps(objects: str, reported: int, action: str) -> None:
    end = rule("end") if action == "deny" else ""
    device = read(BASE + objects + rule("r1", action, destination="[ x 10.2.0.1 ]") + end)
    assert passes(device) is None
    assert passes(device, dst="10.2.0.1") is (action == "allow")
    assert len(device.not_understood) == reported


SERVICES = """set service s protocol tcp port 80,8000-8100
set service d protocol udp source-port 4,5-9 port 53
set service-group g members [ s d ]
"""


@pytest.mark.parametrize(
    ("service", "packet", "expected"),
    [
        ("s", {"dport": 8050}, True),
        ("s", {"dport": 81}, False),
        ("s", {"dport": 80, "protocol": UDP}, False),
        ("d", {"dport": 53, "sport": 7, "protocol": UDP}, True),
        ("d", {"dport": 53, "sport": 10, "protocol": UDP}, False),
        ("g", {"dport": 53, "sport": 4, "protocol": UDP}, True),
        ("g", {"dport": 80}, True),
        ("service-http", {"dport": 8080}, True),
        ("service-https", {"dport": 443}, True),
        ("service-https", {"dport": 80}, False),
        ("[ service-https s ]", {"dport": 80}, True),
        ("any", {"protocol": 89}, True),
        ("undefined", {}, None),
    ],
)
def test_services(service: str, packet: dict[str, int], expected: bool | None) -> None:
    assert passes(read(BASE + SERVICES + rule("r1", service=service)), **packet) is expected


@pytest.mark.parametrize(
    ("application", "service", "packet", "expected"),
    [
        ("web-browsing", "application-default", {"dport": 80}, None),  # for what turns out to be web traffic only
        ("web-browsing", "application-default", {"dport": 8080}, False),
        ("[ ssl dns ]", "application-default", {"dport": 53, "protocol": UDP}, None),
        ("[ ssl dns ]", "application-default", {"dport": 80}, False),
        ("nothing-known", "application-default", {"dport": 9}, None),
        ("any", "application-default", {"dport": 9}, None),
        ("ssl", "s", {"dport": 8000}, None),
        ("ssl", "s", {"dport": 443}, False),
        ("dns-base", "any", {"protocol": 47}, False),
        ("icmp", "application-default", {"protocol": ICMP, "sport": 3}, True),  # the header tells
        ("icmp", "any", {"dport": 80}, False),
        ("ping", "application-default", {"protocol": ICMP, "sport": 8, "dport": 0}, True),
        ("ping", "application-default", {"protocol": ICMP, "sport": 0, "dport": 0}, False),
        ("gre", "any", {"protocol": 47}, True),
        ("mine", "application-default", {"dport": 7000}, None),
        ("mine", "application-default", {"dport": 7001}, False),
        ("answer", "application-default", {"protocol": ICMP, "sport": 0}, True),
        ("answer", "application-default", {"protocol": ICMP, "sport": 8}, False),
        ("both", "application-default", {"dport": 7000}, None),
    ],
)
def test_applications(application: str, service: str, packet: dict[str, int], expected: bool | None) -> None:
    custom = "set application mine default port tcp/7000\nset application answer default ident-by-icmp-type type 0\n"
    custom += "set application-group both members [ mine answer ]\n"
    device = read(BASE + SERVICES + custom + rule("r1", application=application, service=service))
    assert problems(device) == []
    assert passes(device, **packet) is expected


def test_a_denial_of_an_application_holds_perhaps() -> None:
    device = read(BASE + rule("r1", "deny", application="web-browsing", service="application-default") + rule("r2"))
    assert passes(device, dport=80) is None
    assert passes(device, dport=81) is True


@pytest.mark.parametrize(
    "condition",
    [
        {"source_user": "city\\\\tax"},
        {"category": "gambling"},
        {"schedule": "office-hours"},
        {"source_hip": "pc"},
        {"strange": "x"},
    ],
)
def test_conditions_that_fields_do_not_tell(condition: dict[str, str]) -> None:
    assert passes(read(BASE + rule("r1", **condition))) is None
    assert passes(read(BASE + rule("r1", "drop", **condition) + rule("r2"))) is None


def test_actions_and_logging() -> None:
    for action in ("deny", "drop", "reset-client", "reset-server", "reset-both"):
        assert passes(read(BASE + rule("r1", action) + rule("r2"))) is False
    assert passes(read(BASE + rule("r1", "wonder"))) is None
    logs = [r.log for r in read(BASE + rule("a") + rule("b", log_end="no") + rule("c", log_end="no", log_start="yes")).chains[
        "vsys1 security"].rules[1:4]]  # fmt: skip
    assert logs == [True, False, True]


def test_a_zone_that_is_not_defined_may_be_any_other_interface() -> None:
    device = read(BASE + rule("r1", from_="dmz", to="office"))
    assert passes(device, came="ethernet1/9") is None
    assert passes(device) is False  # ethernet1/1 is in another zone
    assert problems(device) == [(6, "The zone dmz is not defined, so its interfaces are not known.")]


def test_an_interface_without_a_zone_passes_nothing() -> None:
    device = read(BASE + "set network interface ethernet ethernet1/4 layer3 ip 10.3.0.1/24\n" + rule("r1"))
    assert passes(device, goes="ethernet1/4") is False
    assert passes(device) is True


def test_ipv6() -> None:
    objects = "set address six ip-netmask 2001:db8::/32\n"
    device = read(BASE + objects + rule("r1", source="six") + rule("r2", source="10.1.0.9"))
    assert passes(device, "2001:db8::1", "2001:db8:1::1") is True
    assert passes(device, "2001:db9::1", "2001:db8:1::1") is False
    assert passes(device) is True


PANORAMA = """<config><shared>
<address><entry name="x"><ip-netmask>10.2.0.9</ip-netmask></entry></address>
<pre-rulebase><security><rules>{first}</rules></security></pre-rulebase>
<post-rulebase><security><rules>{last}</rules></security>
<default-security-rules><rules><entry name="intrazone-default"><action>deny</action></entry></rules></default-security-rules>
</post-rulebase>
</shared>
<devices><entry name="localhost.localdomain"><device-group>
<entry name="branch"><pre-rulebase><security><rules>{second}</rules></security></pre-rulebase></entry>
<entry name="city"><post-rulebase><security><rules>{fourth}</rules></security></post-rulebase></entry>
</device-group></entry></devices>
<readonly><devices><entry name="localhost.localdomain"><device-group>
<entry name="branch"><parent-dg>city</parent-dg></entry></device-group></entry></devices></readonly></config>"""


def entry(name: str, action: str, port: str = "any") -> str:
    body = "".join(f"<{k}><member>{port if k == 'service' else v}</member></{k}>" for k, v in ANY.items())
    return f'<entry name="{name}">{body}<action>{action}</action></entry>'


def test_panorama_order() -> None:
    full = {k: entry(k, "allow", "service-http") for k in ("first", "second", "fourth", "last")}
    device = read(BASE + rule("third"), PANORAMA.format(**full))
    ids = [r.id for r in device.chains["vsys1 security"].rules if r.id]
    assert ids == ["first", "second", "third", "fourth", "last"]
    assert passes(device, "10.2.0.9", "10.2.1.9", dport=81, **INSIDE) is True  # the third
    empty = dict.fromkeys(full, "")
    assert passes(read(BASE, PANORAMA.format(**empty)), "10.2.0.9", "10.2.1.9", **INSIDE) is False
    assert problems(device) == []


def test_of_several_device_groups_any_may_hold() -> None:
    text = PANORAMA.replace("<parent-dg>city</parent-dg>", "")
    empty = dict.fromkeys(("first", "last", "fourth"), "")
    device = read(BASE, text.format(second=entry("second", "allow"), **empty))
    assert passes(device) is None
    assert [reason[:32] for _, reason in problems(device)] == ["There are several device groups "]


def test_translated_destinations_are_judged_by_the_address_before_and_the_zone_behind() -> None:
    nat = "set rulebase nat rules n from lgwan to lgwan source any destination 10.1.0.80 service any\n"
    nat += "set rulebase nat rules n destination-translation translated-address 10.2.0.80 translated-port 8080\n"
    device = read(BASE + nat + rule("r1", from_="lgwan", to="office", destination="10.1.0.80"))
    found = outcome(device, "10.1.0.9", "10.1.0.80")
    assert found.accepted is True
    assert found.translated is not None
    assert found.translated.dst.low == Address.parse("10.2.0.80").value
    assert found.translated.dport.low == 8080
    assert passes(device, dst="10.2.0.80") is False
    inner = read(BASE + nat + rule("r1", from_="lgwan", to="office", destination="10.2.0.80"))
    assert passes(inner, dst="10.1.0.80") is False
    assert problems(device) == []


def test_virtual_systems_both_decide() -> None:
    text = """set network interface ethernet ethernet1/1 layer3 ip 10.1.0.1/24
set network interface ethernet ethernet1/2 layer3 ip 10.2.0.1/24
set vsys vsys1 import network interface ethernet1/1
set vsys vsys2 import network interface ethernet1/2
set vsys vsys1 zone a network layer3 ethernet1/1
set vsys vsys1 zone out network external vsys2
set vsys vsys2 zone b network layer3 ethernet1/2
set vsys vsys2 zone in network external vsys1
"""
    first = rule("r1", book="vsys vsys1 rulebase", from_="a", to="out")
    second = rule("r2", book="vsys vsys2 rulebase", from_="in", to="b")
    assert passes(read(text)) is False
    assert passes(read(text + first)) is False
    assert passes(read(text + second)) is False
    assert passes(read(text + first + second)) is True
    # The second system sees what the first one translated the packet to, and translates for itself behind its rules.
    nat = "set vsys vsys1 rulebase nat rules n from a to any source any destination 10.1.0.80 service any\n"
    nat += "set vsys vsys1 rulebase nat rules n destination-translation translated-address 10.2.0.80\n"
    nat += "set vsys vsys2 rulebase nat rules n from any to any source any destination 10.2.0.80 service any\n"
    nat += "set vsys vsys2 rulebase nat rules n destination-translation translated-address 10.2.0.81\n"
    outer = rule("r1", book="vsys vsys1 rulebase", from_="a", to="out", destination="10.1.0.80")
    inner = rule("r2", book="vsys vsys2 rulebase", from_="in", to="b", destination="10.2.0.80")
    found = outcome(read(text + nat + outer + inner), "10.1.0.9", "10.1.0.80")
    assert found.accepted is True
    assert found.translated is not None
    assert found.translated.dst.low == Address.parse("10.2.0.81").value
    assert passes(read(text + nat + outer + inner.replace("10.2.0.80", "10.1.0.80")), dst="10.1.0.80") is False


def test_management_profiles() -> None:
    text = BASE + "set network interface ethernet ethernet1/1 layer3 interface-management-profile m\n"
    text += "set network profiles interface-management-profile m ssh yes\n"
    text += "set network profiles interface-management-profile m permitted-ip 10.1.0.0/28\n"
    text += "set deviceconfig system ip-address 192.0.2.1\nset deviceconfig system service disable-telnet no\n"
    device = read(text)
    assert problems(device) == []
    assert passes(device, dst="10.1.0.1", dport=22, hook="input") is True
    assert passes(device, "10.1.0.99", "10.1.0.1", dport=22, hook="input") is False
    assert passes(device, dst="10.1.0.1", dport=443, hook="input") is False
    assert passes(device, dst="192.0.2.1", dport=23, came="management", hook="input") is True
    assert passes(device, dst="192.0.2.1", dport=80, came="management", hook="input") is False


@pytest.mark.parametrize(
    "text", [PANORAMA, BASE, "set rulebase security rules r1 from any\n", "policy {\n}\nconfig {\n  devices {\n"]
)
def test_the_format_is_recognised(text: str) -> None:
    found = detect(text)
    assert isinstance(found, Recognised)
    assert found.format is Format.PANOS


def test_entities_and_document_types_are_refused() -> None:
    bomb = (
        '<?xml version="1.0"?>\n<!DOCTYPE c [\n<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<config><shared>&b;</shared></config>'
    )
    device = read(bomb)
    assert problems(device)[-1] == (2, "A document type or entity declaration is refused. A configuration of PAN-OS has none.")
    outside = '<!DOCTYPE c SYSTEM "file:///etc/passwd">\n<config/>'
    assert any("refused" in reason for _, reason in problems(read(outside)))


def test_damaged_files_are_reported_where_the_damage_is() -> None:
    assert any(line == 3 and "well-formed" in reason for line, reason in problems(read("<config>\n<shared>\n</config>")))
    assert any(
        "Nested too deeply" in reason for _, reason in problems(read("<config>" + "<a>" * 500 + "</a>" * 500 + "</config>"))
    )
    device = read(BASE + 'set address [ a\nset address a ip-netmask "10.0.0.1\nhello\n')
    assert [line for line, _ in problems(device)] == [6, 7, 8]


def test_lines_of_rules_in_xml() -> None:
    text = '<config>\n<devices><entry name="localhost.localdomain"><vsys><entry name="vsys1"><rulebase><security>\n<rules>\n'
    text += entry("r1", "allow") + "\n" + entry("r2", "deny")
    text += "\n</rules></security></rulebase></entry></vsys></entry></devices></config>"
    rules = [r for r in read(text).chains["vsys1 security"].rules if r.id]
    assert [(r.id, r.location.line) for r in rules] == [("r1", 4), ("r2", 5)]
    assert (
        rules[0].text == 'rule "r1": from any; to any; source any; destination any; application any; service any; action allow'
    )


def test_parts_of_a_rule_that_are_not_read_do_not_swallow_the_rest_of_a_line() -> None:
    words = "from lgwan to office source any destination any application any service any"
    device = read(BASE + f"set rulebase security rules r1 profile-setting group default {words} action deny\n" + rule("r2"))
    assert passes(device) is False
    assert problems(device) == []


def test_a_text_over_several_lines() -> None:
    banner = 'set deviceconfig system login-banner "authorised persons only\nset nothing here\n\nbye"\n'
    assert problems(read(BASE + banner.replace("set nothing", "do nothing") + rule("r1"))) == []
    device = read(BASE + 'set rulebase security rules r1 description "never closed\n' + rule("r1"))
    assert [line for line, _ in problems(device)] == [6]
    assert passes(device) is True


@pytest.mark.parametrize("line", ["session tcp-reject-non-syn no", "tcp asymmetric-path bypass"])
def test_settings_that_pass_packets_without_a_session_are_reported(line: str) -> None:
    device = read(BASE + f"set deviceconfig setting {line}\n")
    assert problems(device) == [(6, "With this setting TCP packets may pass that belong to no session.")]
    assert device.not_understood[0].widened


def test_unknown_settings_are_reported_and_doubt_the_rule_only_where_they_stand_in_one() -> None:
    device = read(BASE + rule("r1") + "set network wonder x y\nset zone office wonder z\nset deviceconfig wonder\n"
                  "set deviceconfig system wonder\n")  # fmt: skip
    assert [(p.location.line, p.widened) for p in device.not_understood] == [
        (13, True), (14, True), (15, True), (16, False),
    ]  # fmt: skip
    assert passes(device) is True


def test_secrets_of_damaged_xml_are_not_shown() -> None:
    device = read("<config>\n<mgt-config><key>VerySecretKey</key></wrong>\n</config>")
    assert all("VerySecretKey" not in p.text for p in device.not_understood)
    assert problems(device)


def test_bidirectional_static_translation_opens_the_way_back() -> None:
    nat = "set rulebase nat rules n from office to lgwan source 10.2.0.9 destination any service any\n"
    nat += "set rulebase nat rules n source-translation static-ip translated-address 10.1.0.50 bi-directional yes\n"
    device = read(BASE + nat + rule("r1", from_="lgwan", to="office", destination="10.1.0.50"))
    found = outcome(device, "10.1.0.9", "10.1.0.50")
    assert found.accepted is True
    assert found.translated is not None
    assert found.translated.dst.low == Address.parse("10.2.0.9").value


def test_several_virtual_systems_without_interfaces_may_be_anywhere() -> None:
    first = rule("r1", book="vsys vsys1 rulebase", from_="a", to="b")
    device = read(first + rule("r2", "deny", book="vsys vsys2 rulebase"))
    assert passes(device) is None
    assert passes(device, came="a", goes="b") is True
