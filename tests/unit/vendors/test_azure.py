"""Azure network security groups: what each member means, and ガバメントクラウド of the reference city."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.lint import LintResult, lint
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import azure
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

CASE = Path(__file__).resolve().parents[2] / "cases" / "azure-gc" / "nsg.json"
DAY = dt.date(2026, 8, 20)
NET = {"name": "v", "addressSpace": {"addressPrefixes": ["10.110.0.0/16"]}}


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def read(document: object) -> Device:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    return azure.parse([SourceText("nsg.json", text, "")])


def rule(
    priority: int, access: str, source: str = "*", target: str = "*", port: str = "*", protocol: str = "*", **more: Any
) -> Any:
    return {"name": f"r{priority}", "priority": priority, "access": access, "direction": more.pop("direction", "Inbound"),
            "protocol": protocol, "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": target,
            "destinationPortRange": port} | more  # fmt: skip


def nsg(*rules: Any, name: str = "n", **more: Any) -> dict[str, Any]:
    return {"id": f"/x/networkSecurityGroups/{name}", "name": name, "securityRules": list(rules)} | more


def passes(device: Device, src: str, dst: str, dport: int = 443, protocol: int = 6, sport: int = 40000,
           state: CtState = CtState.NEW) -> bool | None:  # fmt: skip
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    return simulate(
        device,
        Packet(family=a.version, src=int(a), dst=int(b), protocol=protocol, sport=sport, dport=dport, ct_state=state),
    ).accepted


def case() -> str:
    return CASE.read_text(encoding="utf-8")


def linted(text: str) -> LintResult:
    model, policy = city()
    return lint([azure.parse([SourceText("nsg.json", text, "")])], model, policy, DAY)


def crossings(result: LintResult) -> list[Finding]:
    return [f for f in result.findings if f.src_zone and f.dst_zone]


def test_priorities_decide_not_the_order_in_the_file() -> None:
    device = read([nsg(rule(200, "Allow", "192.0.2.0/24"), rule(100, "Deny", "192.0.2.8/29")), NET])
    assert passes(device, "192.0.2.1", "10.110.0.1") is True
    assert passes(device, "192.0.2.9", "10.110.0.1") is False


def test_the_default_rules() -> None:
    device = read([nsg(), NET])
    assert passes(device, "192.0.2.1", "10.110.0.1") is False  # DenyAllInBound
    assert passes(device, "10.110.0.1", "192.0.2.1") is True  # AllowInternetOutBound
    assert passes(device, "10.110.0.1", "10.110.0.2") is True  # AllowVnetInBound, AllowVnetOutBound
    assert passes(device, "10.20.16.1", "10.110.0.1") is None  # a connected network belongs to VirtualNetwork
    assert passes(device, "168.63.129.16", "10.110.0.1") is True  # AllowAzureLoadBalancerInBound
    assert passes(device, "192.0.2.1", "10.110.0.1", state=CtState.ESTABLISHED) is True
    assert [(n.text, n.widened) for n in device.not_understood] == [("VirtualNetwork", False)]


def test_listed_default_rules_are_taken_as_they_are() -> None:
    listed = [rule(65500, "Deny")]
    device = read([nsg(defaultSecurityRules=listed), NET])
    assert passes(device, "10.110.0.1", "10.110.0.2") is False


def test_augmented_rules_with_lists() -> None:
    wide = rule(100, "Allow", destinationPortRanges=["80", "8000-8080"], sourceAddressPrefixes=["192.0.2.0/25", "198.51.100.7"],
                protocol="Tcp")  # fmt: skip
    del wide["sourceAddressPrefix"], wide["destinationPortRange"]
    device = read([nsg(wide), NET])
    assert passes(device, "192.0.2.1", "10.110.0.1", 8001) is True
    assert passes(device, "198.51.100.7", "10.110.0.1", 80) is True
    assert passes(device, "192.0.2.200", "10.110.0.1", 80) is False
    assert passes(device, "192.0.2.1", "10.110.0.1", 81) is False
    assert passes(device, "192.0.2.1", "10.110.0.1", 80, 17) is False


@pytest.mark.parametrize(
    ("tag", "source", "expected"),
    [("Internet", "192.0.2.1", True), ("Internet", "10.20.0.1", False), ("AzureLoadBalancer", "192.0.2.1", False),
     ("Storage.JapanEast", "192.0.2.1", None), ("*", "192.0.2.1", True), ("VirtualNetwork", "192.0.2.1", False)],
)  # fmt: skip
def test_service_tags(tag: str, source: str, expected: bool | None) -> None:
    device = read([nsg(rule(100, "Allow", tag), rule(4096, "Deny")), NET])
    assert passes(device, source, "10.110.0.1") is expected


def test_application_security_groups() -> None:
    group = {"id": "/x/asg/web"}
    to_web = rule(100, "Allow", "192.0.2.0/24", destinationApplicationSecurityGroups=[group])
    del to_web["destinationAddressPrefix"]
    interface = {"name": "nic", "ipConfigurations": [{"privateIPAddress": "10.110.0.5", "applicationSecurityGroups": [group]}]}
    known = read([nsg(to_web), NET, interface])
    assert passes(known, "192.0.2.1", "10.110.0.5") is True
    assert passes(known, "192.0.2.1", "10.110.0.6") is False
    assert passes(read([nsg(to_web), NET]), "192.0.2.1", "10.110.0.6") is None


def test_subnets_have_their_own_groups_and_one_without_lets_everything_in() -> None:
    own = {"id": "/x/networkSecurityGroups/n"}
    subnets = [{"id": "/s/a", "name": "a", "addressPrefix": "10.110.0.0/24", "networkSecurityGroup": own},
               {"id": "/s/b", "name": "b", "addressPrefix": "10.110.1.0/24"}]  # fmt: skip
    device = read([nsg(rule(100, "Deny")), NET | {"subnets": subnets}])
    assert passes(device, "192.0.2.1", "10.110.0.1") is False
    assert passes(device, "192.0.2.1", "10.110.1.1") is True
    assert [(b.filter, b.where) for b in device.bindings] == [("n", "a")]
    assert [(i.name, i.addresses) for i in device.interfaces] == [
        ("a", ((4, 0x0A6E0000, 24),)), ("b", ((4, 0x0A6E0100, 24),)),
    ]  # fmt: skip


def test_an_arm_template() -> None:
    properties = {k: v for k, v in rule(100, "Allow", "192.0.2.0/24", port="22").items() if k != "name"}
    document = {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [
        {"type": "Microsoft.Network/networkSecurityGroups", "name": "[parameters('nsg')]",
         "properties": {"securityRules": [{"name": "ssh", "properties": properties}]}},
        {"type": "Microsoft.Network/virtualNetworks", "name": "v",
         "properties": {"addressSpace": {"addressPrefixes": ["10.110.0.0/16"]}}},
        {"type": "Microsoft.Compute/virtualMachines", "name": "vm"},
    ]}  # fmt: skip
    device = read(document)
    assert detect(json.dumps(document)) == Recognised(Format.AZURE, 1)
    assert passes(device, "192.0.2.1", "10.110.0.1", 22) is True
    assert passes(device, "192.0.2.1", "10.110.0.1", 23) is False


def test_a_terraform_plan() -> None:
    inline = {"name": "in", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
              "source_port_range": "*", "destination_port_range": "443", "source_address_prefix": "192.0.2.0/24",
              "destination_address_prefix": "*"}  # fmt: skip
    values = [
        ("azurerm_network_security_group.n", {"name": "n", "security_rule": [inline]}),
        ("azurerm_network_security_rule.r", inline | {"name": "own", "priority": 90, "access": "Deny",
                                                      "source_address_prefix": "192.0.2.9",
                                                      "network_security_group_name": "n"}),
        ("azurerm_virtual_network.v", {"address_space": ["10.110.0.0/16"]}),
    ]  # fmt: skip
    resources = [
        {"address": a, "mode": "managed", "type": a.split(".")[0], "name": a.split(".")[1], "values": v} for a, v in values
    ]
    text = json.dumps({"format_version": "1.2", "planned_values": {"root_module": {"resources": resources}}}, indent=1)
    assert detect(text) == Recognised(Format.AZURE, 1)
    device = read(text)
    assert passes(device, "192.0.2.1", "10.110.0.1") is True
    assert passes(device, "192.0.2.9", "10.110.0.1") is False


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '[{"securityRules": [{}]}]', '[{"securityRules": 3}]', '{"value": [{"securityRules": [0]}]}',
             '[{"securityRules": [{"name": "a", "priority": 1, "access": "Allow", "direction": "Inbound", "protocol": "x"}]}]',
             '[{"securityRules": [], "name": "n", "subnets": [{"id": 5}]}, {"addressSpace": {"addressPrefixes": ["1/40"]}}]']
)  # fmt: skip
def test_anything_is_read_without_an_exception_and_not_in_silence(text: str) -> None:
    device = read(text)
    assert device.not_understood
    assert all(n.sentence is not None and n.sentence.ja for n in device.not_understood)


def test_the_clean_export_gives_nothing() -> None:
    result = linted(case())
    assert [f.message.en for f in result.findings] == []
    cells = {(c.src_zone, c.dst_zone): c.verdict for c in result.matrix}
    assert cells["mn-srv", "mn-gc"] == cells["mn-term", "mn-gc"] == "equal"


def test_an_open_source_is_found_with_its_line() -> None:
    text = case().replace('"10.10.11.0/24"', '"Internet"')
    result = linted(text)
    line = text[: text.index('"name": "from-city"')].count("\n")
    found = [f for f in crossings(result) if (f.src_zone, f.dst_zone) == ("net", "mn-gc")]
    assert {(f.where.location.line, f.severity, f.confidence) for f in found} == {(line, Severity.CRITICAL, Confidence.CERTAIN)}
    assert {f.dst_zone for f in crossings(result)} == {"mn-gc"}


def test_without_a_last_deny_connected_networks_may_come_in() -> None:
    text = case().replace('"priority": 4000', '"priority": 65499', 1).replace('"access": "Deny"', '"access": "Allow"', 1)
    assert ("lg-term", "mn-gc") in {(f.src_zone, f.dst_zone) for f in crossings(linted(text))}


def test_without_the_virtual_network_what_is_permitted_is_only_possible() -> None:
    device = read([nsg(rule(100, "Allow", "10.10.10.0/24"), rule(4000, "Deny"), rule(4000, "Deny", direction="Outbound"))])
    assert any(n.widened for n in device.not_understood)
    assert passes(device, "10.10.10.9", "10.110.0.1") is None
    assert passes(device, "192.0.2.1", "10.110.0.1") is False


def test_a_subnet_whose_addresses_are_not_given_is_said() -> None:
    device = read([nsg(rule(100, "Deny"), subnets=[{"id": "/s/elsewhere"}]), NET])
    assert ["elsewhere" in n.reason for n in device.not_understood if n.widened] == [True]
