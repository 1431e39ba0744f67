"""Every file of the shared firewall data is read by its vendor's parser, or stands in a table with the reason why not."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from shared_data import needs_shared

ROOT = Path(__file__).resolve().parents[3]


def coverage() -> ModuleType:
    """The script that makes the table."""
    found = sys.modules.get("bench_coverage")
    if found is not None:
        return found
    spec = importlib.util.spec_from_file_location("bench_coverage", ROOT / "bench" / "vendor_coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["bench_coverage"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_is_read_or_named_as_no_configuration() -> None:
    root = needs_shared("data", "firewalls")
    script = coverage()
    read = {name for name, _, _ in script.devices(root)}
    every = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    assert len(read) > 150
    assert {n for n in every if bool(script.unread(n)) == (n in read)} == set()
    assert all(
        device.rules or device.interfaces or device.objects or device.not_understood for _, _, device in script.devices(root)
    )


def rows(table: str) -> dict[str, list[str]]:
    cells = [[c.strip() for c in line.strip("| ").split("|")] for line in table.splitlines() if line.startswith("| ")]
    return {c[0]: c[1:] for c in cells if len(c) == 5}


def test_the_table_of_coverage_claims_no_more_than_is_true() -> None:
    root = needs_shared("data", "firewalls")
    claimed = rows((ROOT / "docs" / "vendors.md").read_text(encoding="utf-8"))
    actual = rows(coverage().table(root))
    assert set(actual) == set(claimed)
    for vendor, (files, lines, missed, share) in list(actual.items())[1:]:
        assert claimed[vendor][:2] == [files, lines], vendor
        # A parser that has learnt more since is no fault of the page.
        assert int(claimed[vendor][2].replace(",", "")) >= int(missed.replace(",", "")), vendor
        if re.match(r"\d", share):
            assert float(claimed[vendor][3].removesuffix(" %")) <= float(share.removesuffix(" %")), vendor


def test_what_is_not_understood_of_the_linux_files_is_known_exactly() -> None:
    root = needs_shared("data", "firewalls")
    found = {
        (name, n.text if not n.text.startswith("--mac-source") else "--mac-source")
        for name, package, device in coverage().devices(root) if package in ("nftables", "iptables")
        for n in device.not_understood
    }  # fmt: skip
    fw4 = {"01_configuration/01_ruleset", "02_zones/02_masq", "03_rules/03_constraints", "05_ipsets/02_usage"}
    assert found == {
        *((f"openwrt-fw4/tests/{name}", 'include "/etc/nftables.d/*.nft"') for name in fw4),
        ("iptables/Parser_Test/data/iptables-save", "--something-else"),
        ("iptables/Parser_Test/data/iptables-save", "-m icmp6"),
        ("iptables/Parser_Test/data/iptables-save", "--icmpv6-type 133"),
    }
