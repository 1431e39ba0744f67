"""Everything that is known to be true about the shared firewall configurations, and where it is asserted.

:data:`ASSERTED` names the test of every statement; a statement added to the data makes :func:`test_every_statement_has_a_test`
fail until it is asserted somewhere.  What no other module asserts is asserted here.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rule_bases import classbench
from shared_data import needs_shared

from segmentation.analysis.anomalies import AnomalyKind, find
from segmentation.analysis.repair import plan
from segmentation.analysis.simulate import Outcome, Packet, simulate
from segmentation.commands.lint_inputs import read_devices
from segmentation.device.device import Device
from segmentation.model.addresses import Address

TESTS = Path(__file__).resolve().parents[1]
CISCO = "unit/vendors/test_cisco_real_files.py"
PANOS = "unit/vendors/test_panos_real_files.py"
HERE = "differential/test_ground_truth.py"

#: The first words of each statement in the two lists of facts, and the tests that assert it.
ASSERTED: dict[str, dict[str, tuple[str, ...]]] = {
    "PYBATFISH_NOTEBOOKS.md": {
        "current, rtr-with-acl acl_in: udp": (
            f"{CISCO}::test_names_are_resolved_by_all_but_one",
            f"{HERE}::test_deciding_lines",
        ),
        "current, rtr-with-acl acl_in: unreachable": (f"{CISCO}::test_unreachable_lines_of_the_example_list",),
        "current, firewall:": (f"{CISCO}::test_zone_pairs_of_the_example_firewall",),
        "change request:": (f"{CISCO}::test_what_a_change_opens", f"{HERE}::test_deciding_lines"),
        # The lists of the third notebook are not among the data; its trap is.
        "refactoring notebook": (f"{CISCO}::test_host_bits_beyond_the_prefix_are_cut",),
    },
    "BATFISH_TESTS.md": {
        "cisco_asa asa-security-level-permit-both:": (
            f"{CISCO}::test_both_same_security_switches_permit_hairpin_and_equal_levels",
        ),
        "cisco_asa asa-nat-twice-static:": (f"{CISCO}::test_twice_translation_is_read",),
        "palo_alto allow-same-zone-no-rules:": (f"{PANOS}::test_same_zone_and_other_zone",),
        "palo_alto destination-nat:": (f"{PANOS}::test_destination_nat",),
        "palo_alto source-nat:": (f"{PANOS}::test_source_nat",),
    },
}
#: Kinds of truth that are files of their own.
FILES = {
    "classbench_shadow.json": f"{HERE}::test_shadow_lists",
    "fffuu": "differential/test_iptables_fffuu.py::test_equal_to_the_verified_matrices",
    **dict.fromkeys(ASSERTED, f"{HERE}::test_every_statement_has_a_test"),
}


def test_every_statement_has_a_test() -> None:
    folder = needs_shared("data", "firewalls", "truth")
    assert {p.name for p in folder.iterdir()} == set(FILES)
    named = {t for known in ASSERTED.values() for tests in known.values() for t in tests} | set(FILES.values())
    for test in named:
        file, _, function = test.partition("::")
        assert f"def {function}" in (TESTS / file).read_text(), test
    for name, known in ASSERTED.items():
        statements = [line[2:] for line in (folder / name).read_text().splitlines() if line.startswith("- ")]
        assert [s for s in statements if not any(s.startswith(k) for k in known)] == []
        assert len(statements) == len(known)


def test_every_service_matrix_is_compared() -> None:
    """fffuu's matrices are upper bounds; two files of one dump are its own parse failures, kept as such."""
    text = (TESTS / "differential/test_iptables_fffuu.py").read_text()
    unused = [
        p.name for p in needs_shared("data", "firewalls", "truth", "fffuu").iterdir()
        if f'"{p.name.rpartition(".FORWARD.txt")[0] or p.name.rpartition(".INPUT.txt")[0]}"' not in text
    ]  # fmt: skip
    assert sorted(unused) == [f"topoS_generated_imaginray_factory_network.iptables-save.{c}.txt" for c in ("FORWARD", "INPUT")]


SETS = ("acl1_1k", "acl2_1k", "fw1_1k", "fw2_1k", "ipc1_1k", "acl1_10k", "fw1_10k", "ipc1_10k")


@pytest.mark.parametrize("name", SETS)
def test_shadow_lists(name: str) -> None:
    """Exactly the lines, exactly those of them that one line covers alone, and for each the same first such line."""
    truth = json.loads(needs_shared("data", "firewalls", "truth", "classbench_shadow.json").read_text())
    assert set(truth) == set(SETS)
    text = needs_shared("data", "firewalls", "classbench", "classbench", name).read_text()
    report = find(classbench(text), 4)
    dead = [a for a in report.anomalies if a.kind in (AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION)]
    assert report.rules == truth[name]["rules"]
    assert [a.rule.location.line for a in dead] == truth[name]["shadowed"]
    single = {str(a.rule.location.line): a.culprits[0].location.line for a in dead if a.kind is AnomalyKind.SHADOWED}
    assert single == truth[name]["single_cover"]


def example(name: str, file: str) -> Device:
    path = needs_shared("data", "firewalls", "pybatfish-example-filters", "example-filters", name, "configs", f"{file}.cfg")
    (device,) = read_devices([path], None)
    assert isinstance(device, Device)
    return device


def send(device: Device, src: str, dst: str, protocol: int, dport: int) -> Outcome:
    packet = Packet(
        family=4, src=Address.parse(src).value, dst=Address.parse(dst).value, protocol=protocol, sport=40000, dport=dport,
        in_interface="Ethernet1/1/1", out_interface="any other",
    )  # fmt: skip
    return simulate(device, packet)


@pytest.mark.parametrize(
    ("state", "src", "dst", "protocol", "dport", "passes", "line"),
    [
        ("current", "10.10.10.1", "218.8.104.58", 17, 53, True, "660"),
        ("current", "10.10.10.42", "218.8.104.58", 17, 53, False, "460"),
        ("current", "10.10.10.1", "18.18.18.33", 6, 80, False, "2020"),
        ("candidate1", "10.10.10.1", "18.18.18.33", 6, 80, True, "462"),
        ("candidate1", "10.10.10.1", "18.18.18.33", 6, 8080, True, "463"),
        ("candidate2", "10.10.10.1", "18.18.18.33", 6, 80, False, "2020"),
        ("candidate2", "10.10.10.1", "18.18.18.31", 6, 8080, True, "463"),
    ],
)
def test_deciding_lines(state: str, src: str, dst: str, protocol: int, dport: int, *, passes: bool, line: str) -> None:
    out = send(example(state, "rtr-with-acl"), src, dst, protocol, dport)
    assert out.accepted is passes
    assert line in [r.id for r in out.path]


def test_the_plan_for_the_example_takes_out_its_unreachable_lines() -> None:
    found = plan(example("current", "rtr-with-acl"))
    assert {"670", "790"} <= {c.rule.id for c in found.changes}
    assert found.refused == 0
