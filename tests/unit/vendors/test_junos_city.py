"""An SRX between layers of the reference city: as agreed it gives no finding, each planted fault is found with its line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from segmentation.device.device import Device
from segmentation.lint import LintResult, lint
from segmentation.model.finding import Finding
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import junos
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

DAY = dt.date(2026, 8, 20)
CONFIG = """\
system {
    host-name srx-mn;
    ntp { server 10.90.0.10; }
    syslog { host 10.90.0.60 { any any; } }
}
interfaces {
    irb {
        unit 111 { family inet { address 10.10.11.1/24; } }
        unit 380 { family inet { address 172.16.70.1/24; } }
    }
}
security {
    address-book {
        global {
            address madoguchi-21 10.10.11.21/32;
            address koiki 172.16.70.0/24;
        }
    }
    policies {
        from-zone terminals to-zone external {
            policy C08 {
                description "C08 後期高齢者 情報政策課";
                match {
                    source-address madoguchi-21;
                    destination-address KOIKI;
                    application junos-https;
                }
                then { permit; log { session-init; } }
            }
        }
        global {
            policy last {
                match { source-address any; destination-address any; application any; }
                then { deny; log { session-init; } }
            }
        }
    }
    zones {
        security-zone terminals { interfaces { irb.111; } }
        security-zone external { interfaces { irb.380; } }
    }
}
"""


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def text() -> str:
    """The configuration with the address that the model has for the other end of C08."""
    model, _ = city()
    (peer,) = model.endpoints["koiki"].addresses.texts()
    return CONFIG.replace("address koiki 172.16.70.0/24", f"address KOIKI {peer if '/' in peer else peer + '/32'}")


def device(config: str) -> Device:
    return replace(junos.parse([SourceText("srx-mn.conf", config, "0" * 64)]), name="fw-core")


def linted(config: str) -> LintResult:
    model, policy = city()
    record = model.devices["fw-core"]
    named = {"vlan111": "irb.111", "vlan380": "irb.380"}
    interfaces = tuple(replace(i, interface=named[i.interface]) for i in record.interfaces if i.interface in named)
    devices = {**model.devices, "fw-core": replace(record, interfaces=interfaces)}
    return lint([device(config)], replace(model, devices=devices), policy, DAY)


def by_rule(result: LintResult, rule: str) -> list[Finding]:
    return [f for f in result.findings if f.rule == rule]


def line_of(config: str, words: str) -> int:
    return config[: config.index(words)].count("\n") + 1


def planted(old: str, new: str) -> str:
    whole = text()
    assert whole.count(old) == 1
    return whole.replace(old, new)


def test_as_agreed_nothing_is_found() -> None:
    assert device(text()).not_understood == ()
    assert [f.message.en for f in linted(text()).findings] == []


def test_v01_a_permit_of_everything() -> None:
    config = planted("            policy C08 {", "            policy tmp {\n then { permit; }\n }\n            policy C08 {")
    result = linted(config)
    line = line_of(config, " then { permit; }\n }")
    assert {f.where.location.line for f in by_rule(result, "MN-01")} == {line}
    assert line in {f.where.location.line for f in by_rule(result, "NC-02")}


def test_v02_a_pinned_host_widened_to_its_network() -> None:
    result = linted(planted("10.10.11.21/32", "10.10.11.0/24"))
    (pin,) = by_rule(result, "MN-03")
    assert "policy C08" in pin.where.rule_text


def test_v06_a_policy_behind_a_wider_one() -> None:
    whole = text()
    policy = whole[
        whole.index("            policy C08 {") : whole.index("        }\n        global {\n            policy last")
    ]
    result = linted(planted(policy, policy + policy.replace("C08", "again")))
    (hidden,) = by_rule(result, "NC-03")
    assert "policy again" in hidden.where.rule_text


def test_ipv6_that_passes_the_policies_by() -> None:
    config = planted("security {\n", "security {\n    forwarding-options { family { inet6 { mode packet-based; } } }\n")
    result = linted(config)
    line = line_of(config, "mode packet-based")
    assert {f.where.location.line for f in by_rule(result, "ZM-05")} == {line}
    assert by_rule(result, "NC-03") == []
    stopped = linted(config.replace("packet-based", "drop"))
    assert stopped.findings == ()


def test_a_permit_that_is_not_logged() -> None:
    config = planted("then { permit; log { session-init; } }", "then { permit; }")
    (silent,) = linted(config).findings
    assert silent.rule == "LT-01"
    assert "policy C08" in silent.where.rule_text


def test_comments_in_japanese_are_read() -> None:
    config = planted("C08 後期高齢者 情報政策課", "１号線 後期高齢者")
    made = device(config)
    assert made.not_understood == ()
    (rule,) = made.chains["from-zone terminals to-zone external"].rules
    assert rule.comment == "１号線 後期高齢者"


#: A host with two legs; nothing is permitted between them.
TWO_LEGS = """\
system { host-name NAME; ntp { server 10.90.0.10; } syslog { host 10.90.0.60 { any any; } } }
interfaces {
    ge-0/0/0 { description soto; unit 0 { family inet { address FIRST/28; } } }
    ge-0/0/1 { description naka; unit 0 { family inet { address SECOND/28; } } }
}
security {
    policies {
        global {
            policy last {
                match { source-address any; destination-address any; application any; }
                then { deny; log { session-init; } }
            }
        }
    }
    zones {
        security-zone soto { interfaces { ge-0/0/0.0; } }
        security-zone naka { interfaces { ge-0/0/1.0; } }
    }
}
"""
HOSTS = {"cdr-gw": ("10.30.40.5", "10.20.40.5"), "relay-gw": ("10.30.10.53", "10.20.30.5")}
#: A routing switch of the LGWAN side.
SWITCH = """\
system { host-name l3sw; ntp { server 10.90.0.10; } syslog { host 10.90.0.60 { any any; } } }
interfaces {
    ge-0/0/1 { description tanmatsu; unit 0 { family ethernet-switching { vlan { members v211; } } } }
    irb {
        unit 211 { family inet { filter { input tanmatsu; } address 10.20.16.1/21; } }
        unit 214 { family inet { filter { input tomeru; } address 10.20.50.1/24; } }
    }
}
protocols { dot1x { authenticator { interface { ge-0/0/1.0; } } } }
vlans { v211 { vlan-id 211; l3-interface irb.211; } v214 { vlan-id 214; l3-interface irb.214; } }
firewall {
    family inet {
        filter tanmatsu {
            term insatsu {
                from {
                    source-address { 10.20.16.0/21; }
                    destination-address { 10.20.50.0/24; }
                    protocol tcp;
                    destination-port 9100;
                }
                then { log; accept; }
            }
            term saigo { then { log; discard; } }
        }
        filter tomeru { term saigo { then { log; discard; } } }
    }
}
"""


def two_legs(name: str, config: str | None = None) -> LintResult:
    model, policy = city()
    record = model.devices[name]
    named = {"eth0": "ge-0/0/0.0", "eth1": "ge-0/0/1.0"}
    interfaces = tuple(replace(i, interface=named[i.interface]) for i in record.interfaces)
    model = replace(model, devices={**model.devices, name: replace(record, interfaces=interfaces)})
    made = replace(junos.parse([SourceText(f"{name}.conf", config or legs(name), "0" * 64)]), name=name)
    assert made.not_understood == ()
    return lint([made], model, policy, DAY)


def legs(name: str) -> str:
    first, second = HOSTS[name]
    return TWO_LEGS.replace("NAME", name).replace("FIRST", first).replace("SECOND", second)


def permitting(name: str, match: str) -> str:
    rule = (
        f'        from-zone soto to-zone naka {{\n            policy tmp {{ description "情報政策課"; match {{ {match} }}'
        " then { permit; log { session-init; } } }\n        }\n"
    )
    return legs(name).replace("    policies {\n", "    policies {\n" + rule)


def switch(config: str = SWITCH) -> LintResult:
    model, policy = city()
    record = model.devices["l3sw"]
    named = {"Vlan211": "irb.211", "Vlan214": "irb.214"}
    interfaces = tuple(replace(i, interface=named[i.interface]) for i in record.interfaces if i.interface in named)
    model = replace(model, devices={**model.devices, "l3sw": replace(record, interfaces=interfaces)})
    made = replace(junos.parse([SourceText("l3sw.conf", config, "0" * 64)]), name="l3sw")
    assert made.not_understood == ()
    return lint([made], model, policy, DAY)


@pytest.mark.parametrize("name", HOSTS)
def test_two_legs_that_forward_nothing(name: str) -> None:
    assert [f.message.en for f in two_legs(name).findings] == []


def test_v08_the_sanitizer_forwards() -> None:
    config = permitting("cdr-gw", "source-address any; destination-address any; application any;")
    found = by_rule(two_legs("cdr-gw", config), "LG-04")
    assert {f.where.location.line for f in found} == {line_of(config, "policy tmp")}


def test_v09_mail_from_the_internet_side() -> None:
    match = "source-address 10.30.10.53/32; destination-address 10.20.10.25/32; application junos-smtp;"
    config = permitting("relay-gw", match)
    result = two_legs("relay-gw", config)
    assert {f.rule for f in result.findings} >= {"LG-02", "LG-03"}
    assert {f.where.location.line for f in result.findings if f.src_zone} == {line_of(config, "policy tmp")}


def test_v04_a_routed_vlan_of_the_my_number_side_without_a_filter() -> None:
    assert [f.message.en for f in switch().findings] == []
    unit = "        unit 214 {"
    bare = SWITCH.replace(unit, "        unit 111 { family inet { address 10.10.11.2/24; } }\n" + unit)
    (found,) = by_rule(switch(bare), "NC-05")
    assert found.where.location.line == line_of(bare, "unit 111")
    filtered = bare.replace(
        "family inet { address 10.10.11.2/24; }", "family inet { filter { input tomeru; } address 10.10.11.2/24; }"
    )
    assert by_rule(switch(filtered), "NC-05") == []


def test_v21_no_time_server() -> None:
    (found,) = linted(planted("    ntp { server 10.90.0.10; }\n", "")).findings
    assert found.rule == "LT-05"
