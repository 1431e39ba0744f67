"""AWS security groups and network ACLs: what each member means, and ガバメントクラウド of the reference city."""

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
from segmentation.model.finding import Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import aws
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

CASE = Path(__file__).resolve().parents[2] / "cases" / "aws-gc"
DAY = dt.date(2026, 8, 20)
VPC = {"Vpcs": [{"VpcId": "v", "CidrBlock": "10.110.0.0/16"}]}


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def read(*documents: object) -> Device:
    texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
    return aws.parse([SourceText(f"{i}.json", t, "") for i, t in enumerate(texts)])


def group(identity: str = "sg-1", inbound: Any = (), outbound: Any = ()) -> dict[str, Any]:
    return {"GroupId": identity, "GroupName": identity, "IpPermissions": list(inbound), "IpPermissionsEgress": list(outbound)}


def permit(protocol: str, low: int | None = None, high: int | None = None, **peers: Any) -> dict[str, Any]:
    ports = {} if low is None else {"FromPort": low, "ToPort": low if high is None else high}
    return {"IpProtocol": protocol, "IpRanges": [{"CidrIp": c} for c in peers.get("v4", ())],
            "Ipv6Ranges": [{"CidrIpv6": c} for c in peers.get("v6", ())],
            "UserIdGroupPairs": [{"GroupId": g} for g in peers.get("groups", ())],
            "PrefixListIds": [{"PrefixListId": p} for p in peers.get("lists", ())]} | ports  # fmt: skip


def passes(device: Device, src: str, dst: str, dport: int = 443, protocol: int = 6, sport: int = 40000,
           state: CtState = CtState.NEW) -> bool | None:  # fmt: skip
    a, b = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    return simulate(
        device,
        Packet(family=a.version, src=int(a), dst=int(b), protocol=protocol, sport=sport, dport=dport, ct_state=state),
    ).accepted


def case(name: str) -> str:
    return (CASE / name).read_text(encoding="utf-8")


def linted(groups: str, network: str = "") -> LintResult:
    model, policy = city()
    texts = [SourceText("groups.json", groups, ""), SourceText("network.json", network or case("network.json"), "")]
    return lint([aws.parse(texts)], model, policy, DAY)


def crossings(result: LintResult) -> list[Finding]:
    return [f for f in result.findings if f.src_zone and f.dst_zone]


# ---- security groups


def test_what_no_rule_permits_is_dropped_and_answers_pass() -> None:
    device = read({"SecurityGroups": [group(inbound=[permit("tcp", 443, v4=["10.10.10.0/24"])])]} | VPC)
    assert device.not_understood == ()
    assert passes(device, "10.10.10.9", "10.110.0.1") is True
    assert passes(device, "10.10.10.9", "10.110.0.1", 80) is False
    assert passes(device, "10.10.12.9", "10.110.0.1") is False
    assert passes(device, "10.110.0.1", "10.10.10.9", 40000, sport=443, state=CtState.ESTABLISHED) is True
    assert passes(device, "10.110.0.1", "10.10.10.9") is False
    assert passes(device, "10.10.10.9", "10.20.10.1") is False  # does not touch the VPC


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (permit("-1", v4=["0.0.0.0/0"]), [(6, 1), (17, 5), (47, 0)], []),
        (permit("tcp", 20, 22, v4=["0.0.0.0/0"]), [(6, 20), (6, 22)], [(6, 23), (17, 21)]),
        (permit("17", 53, v4=["0.0.0.0/0"]), [(17, 53)], [(6, 53)]),
        (permit("50", v4=["0.0.0.0/0"]), [(50, 0)], [(51, 0)]),
        (permit("tcp", 0, 65535, v4=["0.0.0.0/0"]), [(6, 0), (6, 65535)], [(17, 1)]),
    ],
)
def test_protocols_and_ports(rule: Any, good: list[tuple[int, int]], bad: list[tuple[int, int]]) -> None:
    device = read({"SecurityGroups": [group(inbound=[rule])]} | VPC)
    assert all(passes(device, "192.0.2.1", "10.110.0.1", p, proto) is True for proto, p in good)
    assert all(passes(device, "192.0.2.1", "10.110.0.1", p, proto) is False for proto, p in bad)


def test_icmp_type_and_code() -> None:
    device = read(
        {"SecurityGroups": [group(inbound=[permit("icmp", 8, -1, v4=["0.0.0.0/0"]), permit("icmp", 3, 4, v4=["0.0.0.0/0"])])]}
        | VPC
    )
    assert passes(device, "192.0.2.1", "10.110.0.1", 0, 1, sport=8) is True
    assert passes(device, "192.0.2.1", "10.110.0.1", 4, 1, sport=3) is True
    assert passes(device, "192.0.2.1", "10.110.0.1", 1, 1, sport=3) is False
    assert passes(device, "192.0.2.1", "10.110.0.1", 0, 1, sport=13) is False


def test_ipv6_is_a_world_of_its_own() -> None:
    vpc = {
        "Vpcs": [
            {"VpcId": "v", "CidrBlock": "10.110.0.0/16", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "fd00:1::/64"}]}
        ]
    }
    device = read({"SecurityGroups": [group(inbound=[permit("tcp", 22, v6=["::/0"])])]} | vpc)
    assert passes(device, "2001:db8::1", "fd00:1::5", 22) is True
    assert passes(device, "192.0.2.1", "10.110.0.1", 22) is False


def test_members_of_a_referenced_group() -> None:
    groups = [group("sg-web", inbound=[permit("tcp", 443, v4=["0.0.0.0/0"])]),
              group("sg-db", inbound=[permit("tcp", 5432, groups=["sg-web"])]),
              group("sg-all", outbound=[permit("-1", v4=["0.0.0.0/0"])])]  # fmt: skip
    interfaces = [{"PrivateIpAddress": "10.110.0.1", "Groups": [{"GroupId": "sg-web"}, {"GroupId": "sg-all"}]},
                  {"PrivateIpAddress": "10.110.0.2", "Groups": [{"GroupId": "sg-db"}]}]  # fmt: skip
    device = read({"SecurityGroups": groups, "NetworkInterfaces": interfaces} | VPC)
    assert passes(device, "10.110.0.1", "10.110.0.2", 5432) is True
    assert passes(device, "10.110.0.3", "10.110.0.2", 5432) is False
    assert passes(device, "192.0.2.1", "10.110.0.2", 443) is False  # the rule is on the other group
    without = read({"SecurityGroups": groups} | VPC)
    assert passes(without, "10.110.0.9", "10.110.0.2", 5432) is None  # who is in the group is not in the export


def test_prefix_lists() -> None:
    document: dict[str, Any] = {"SecurityGroups": [group(inbound=[permit("tcp", 443, lists=["pl-1"])])]} | VPC
    assert passes(read(document), "192.0.2.1", "10.110.0.1") is None
    known = {"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["192.0.2.0/24"]}]}
    assert passes(read(document, known), "192.0.2.1", "10.110.0.1") is True
    assert passes(read(document, known), "198.51.100.1", "10.110.0.1") is False


def test_rules_listed_one_by_one() -> None:
    rules = [{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 22,
              "ToPort": 22, "CidrIpv4": "192.0.2.0/24"}]  # fmt: skip
    assert passes(read({"SecurityGroupRules": rules} | VPC), "192.0.2.1", "10.110.0.1", 22) is True


# ---- network ACLs


def entry(
    number: int, action: str, cidr: str, protocol: str = "-1", ports: tuple[int, int] | None = None, *, out: bool = False
) -> Any:
    more = {"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}
    return {"RuleNumber": number, "RuleAction": action, "CidrBlock": cidr, "Protocol": protocol, "Egress": out} | more


def acl(*entries: Any, subnets: tuple[str, ...] = ("s-a",)) -> dict[str, Any]:
    return {"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "v", "Associations": [{"SubnetId": s} for s in subnets],
                             "Entries": list(entries)}],
            "Subnets": [{"SubnetId": "s-a", "VpcId": "v", "CidrBlock": "10.110.0.0/24"},
                        {"SubnetId": "s-b", "VpcId": "v", "CidrBlock": "10.110.1.0/24"}]}  # fmt: skip


def test_acl_entries_count_by_number_and_have_no_state() -> None:
    device = read(
        acl(entry(200, "allow", "0.0.0.0/0"), entry(100, "deny", "192.0.2.0/24"), entry(100, "allow", "10.0.0.0/8", out=True))
    )
    assert passes(device, "192.0.2.1", "10.110.0.1") is False
    assert passes(device, "198.51.100.1", "10.110.0.1") is True
    assert passes(device, "10.110.0.1", "198.51.100.1", 40000, sport=443, state=CtState.ESTABLISHED) is False  # stateless
    assert passes(device, "10.110.0.1", "10.110.0.2", 1) is True  # stays in its subnet
    assert passes(device, "198.51.100.1", "10.110.1.1") is True  # another subnet, of which no ACL is known


def test_a_group_behind_an_acl_needs_both() -> None:
    groups = {"SecurityGroups": [group(inbound=[permit("tcp", 443, v4=["0.0.0.0/0"])])]}
    device = read(groups, acl(entry(100, "allow", "192.0.2.0/24", "6", (443, 443))))
    assert passes(device, "192.0.2.1", "10.110.0.1") is True
    assert passes(device, "198.51.100.1", "10.110.0.1") is False


# ---- Terraform


def plan(*found: dict[str, Any], configuration: Any = None, unknown: dict[str, Any] | None = None) -> str:
    resources = [{"address": f"{r['type']}.{r['name']}", "mode": "managed"} | r for r in found]
    changes = [{"address": a, "change": {"actions": ["create"], "after_unknown": u}} for a, u in (unknown or {}).items()]
    document = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
    }
    return json.dumps(
        document | ({"configuration": {"root_module": {"resources": configuration}}} if configuration else {}), indent=1
    )


BLOCK = {"cidr_blocks": ["0.0.0.0/0"], "description": "", "from_port": 22, "ipv6_cidr_blocks": [], "prefix_list_ids": [],
         "protocol": "tcp", "security_groups": [], "self": False, "to_port": 22}  # fmt: skip
TF_VPC = {"type": "aws_vpc", "name": "v", "values": {"cidr_block": "10.110.0.0/16"}}


def test_a_plan_with_rules_inside_the_group() -> None:
    text = plan(TF_VPC, {"type": "aws_security_group", "name": "g", "values": {"name": "g", "ingress": [BLOCK], "egress": []}})
    assert detect(text) == Recognised(Format.AWS, 1)
    device = read(text)
    assert passes(device, "192.0.2.1", "10.110.0.1", 22) is True
    (rule,) = [r for c in device.chains.values() for r in c.rules if not r.text.startswith("implicit")]
    assert '"0.0.0.0/0"' in text.split("\n")[rule.location.line - 1]


def test_rules_as_resources_find_their_group_by_reference() -> None:
    text = plan(
        TF_VPC,
        {"type": "aws_security_group", "name": "g", "values": {"name": "g"}},
        {
            "type": "aws_vpc_security_group_ingress_rule",
            "name": "r",
            "values": {"cidr_ipv4": "192.0.2.0/24", "ip_protocol": "tcp", "from_port": 443, "to_port": 443},
        },
        configuration=[
            {"address": "aws_security_group.g", "expressions": {"name": {}}},
            {
                "address": "aws_vpc_security_group_ingress_rule.r",
                "expressions": {"security_group_id": {"references": ["aws_security_group.g.id", "aws_security_group.g"]}},
            },
        ],
        unknown={
            "aws_security_group.g": {"ingress": True, "egress": True},
            "aws_vpc_security_group_ingress_rule.r": {"security_group_id": True},
        },
    )
    device = read(text)
    assert device.not_understood == ()
    assert passes(device, "192.0.2.1", "10.110.0.1") is True
    assert passes(device, "198.51.100.1", "10.110.0.1") is False


def test_what_is_known_after_apply_only_may_be_anything() -> None:
    text = plan(
        TF_VPC,
        {"type": "aws_security_group", "name": "g", "values": {"name": "g", "ingress": []}},
        configuration=[{"address": "aws_security_group.g", "expressions": {"ingress": {"references": ["var.rules"]}}}],
        unknown={"aws_security_group.g": {"ingress": True}},
    )
    device = read(text)
    assert [n.widened for n in device.not_understood] == [True]
    assert passes(device, "192.0.2.1", "10.110.0.1") is None


# ---- whatever comes


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"SecurityGroups": 5}', '{"SecurityGroups": [null, 3, {"IpPermissions": {"a": 1}}]}', "[" * 500,
             '{"SecurityGroups": [{"IpPermissions": [{"IpProtocol": "zzz", "FromPort": "", "IpRanges": [{"CidrIp": "1"}]}]}]}',
             '{"NetworkAcls": [{"Entries": [{"RuleNumber": 1, "CidrBlock": "::/200", "Protocol": "tcp"}]}]}',
             '{"format_version": "1", "planned_values": []}', '{"NextToken": "x", "SecurityGroups": []}']
)  # fmt: skip
def test_anything_is_read_without_an_exception_and_not_in_silence(text: str) -> None:
    device = read(text)
    assert device.not_understood
    assert all(n.sentence is not None and n.sentence.ja for n in device.not_understood)


# ---- the reference city


def test_the_clean_export_gives_nothing() -> None:
    result = linted(case("groups.json"))
    assert [f.message.en for f in result.findings] == []
    cells = {(c.src_zone, c.dst_zone): c.verdict for c in result.matrix}
    assert cells["mn-srv", "mn-gc"] == cells["mn-term", "mn-gc"] == "equal"


def test_an_open_source_is_found_with_its_line() -> None:
    text = case("groups.json").replace("10.10.11.0/24", "0.0.0.0/0")
    result = linted(text)
    line = text[: text.index("0.0.0.0/0")].count("\n") + 1
    from_outside = [f for f in crossings(result) if (f.src_zone, f.dst_zone) == ("net", "mn-gc")]
    assert {f.where.location.line for f in from_outside} == {line}
    assert {f.severity for f in from_outside} == {Severity.CRITICAL}
    assert {f.dst_zone for f in crossings(result)} == {"mn-gc"}


def test_the_default_of_every_new_group_lets_the_cloud_out() -> None:
    egress = '"IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'
    result = linted(case("groups.json").replace('"IpPermissionsEgress": []', egress))
    assert ("mn-gc", "net") in {(f.src_zone, f.dst_zone) for f in crossings(result)}
    assert {f.src_zone for f in crossings(result)} == {"mn-gc"}


def test_an_acl_closes_what_the_group_leaves_open() -> None:
    text = case("groups.json").replace("10.10.11.0/24", "0.0.0.0/0")
    inbound = '{"CidrBlock": "0.0.0.0/0", "Egress": false, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100}'
    assert inbound in case("network.json")
    closed = case("network.json").replace(inbound, inbound.replace("0.0.0.0/0", "10.10.10.0/24"))
    assert {(f.src_zone, f.dst_zone) for f in crossings(linted(text, closed))} == set()


def test_without_the_addresses_of_the_vpc_what_is_permitted_is_only_possible() -> None:
    device = read({"SecurityGroups": [group(inbound=[permit("tcp", 443, v4=["10.10.10.0/24"])])]})
    assert [n.widened for n in device.not_understood] == [True]
    assert passes(device, "10.10.10.9", "10.110.0.1") is None
    assert passes(device, "10.10.12.9", "10.110.0.1") is False


def test_a_vpc_whose_addresses_are_not_given_is_said() -> None:
    device = read({"SecurityGroups": [group() | {"VpcId": "vpc-else"}]} | VPC)
    assert ["vpc-else" in n.reason for n in device.not_understood if n.widened] == [True]
