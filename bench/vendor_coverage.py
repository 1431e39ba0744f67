"""How much of the shared firewall data each parser understands: the table of docs/vendors.md.

Run ``python -m bench.vendor_coverage [FOLDER]``; FOLDER is the shared data's ``firewalls``.  A line counts as understood
unless the device lists it as not understood.
"""

from __future__ import annotations

import importlib
import os
import sys
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from segmentation.device.device import Device
from segmentation.vendors.detect import IPTABLES_FORMATS, Format, Recognised, detect
from segmentation.vendors.reading import SourceText, read_source

#: Files that are no configuration of a firewall or router, by pattern, with what they are instead.
UNREAD: dict[str, str] = {
    "ORIGIN.md": "where the data is from",
    "*/README*": "an explanation",
    "aerleon/*": "Aerleon's policy language and its names, from which configurations are generated",
    "aerleon-equiv60/n.net": "names of Aerleon",
    "aerleon-equiv60/s.svc": "services of Aerleon",
    "aerleon-equiv60/policy.pol": "Aerleon's policy language",
    "aerleon-generated/sample_packetfilter.pf": "OpenBSD PF, a format that is not read; it is refused with a message",
    "batfish-networks/*/hosts/*.json": "Batfish's description of a host",
    "classbench/*": "rules of ClassBench as tuples; tests and benchmarks turn them into rule bases",
    "iptables/haskell_tool/*": "fffuu's list of addresses behind interfaces",
    "kernel-cases/*.py": "programs that ask the kernel",
    "kernel-cases/EXPECTED.md": "expected answers",
    "rtx/specs/*": "specifications of a Terraform provider in YAML; their values are used in tests of the RTX parser",
    "rulehawk-samples/samples/policy.json": "a policy of RuleHawk",
    "truth/*": "reference answers",
}
_PACKAGES = {Format.NFT: "nftables", Format.NFT_JSON: "nftables"} | dict.fromkeys(IPTABLES_FORMATS, "iptables")
LABELS = {
    "fortios": "FortiOS", "panos": "PAN-OS", "asa": "Cisco ASA", "ios": "Cisco IOS, NX-OS, Arista EOS", "junos": "Junos, SRX",
    "rtx": "Yamaha RTX", "ix": "NEC UNIVERGE IX", "awplus": "AlliedWare Plus", "nftables": "nftables, OpenWrt fw4",
    "iptables": "iptables, ipset", "aws": "AWS", "azure": "Azure",
}  # fmt: skip


def package_of(form: Format) -> str:
    """The package that reads a format."""
    return _PACKAGES.get(form, form.value)


def source(path: Path, name: str) -> SourceText | None:
    """The configuration in a file; a test of OpenWrt's fw4 holds it between two marks."""
    found = read_source(path, name)
    if not isinstance(found, SourceText):
        return None
    marked = found.text.partition("-- Expect stdout --\n")[2]
    return SourceText(name, marked.partition("-- End --")[0], found.sha256) if marked else found


def unread(name: str) -> str:
    """Why a file is not read; empty if it is a configuration."""
    return next((reason for pattern, reason in UNREAD.items() if fnmatchcase(name, pattern)), "")


@cache
def devices(root: Path) -> tuple[tuple[str, str, Device], ...]:
    """Every configuration below *root*: its name, the package that reads it, and the device."""
    out = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        text = None if unread(name) else source(path, name)
        found = detect(text.text) if text is not None else None
        if text is not None and isinstance(found, Recognised):
            package = package_of(found.format)
            out.append((name, package, importlib.import_module(f"segmentation.vendors.{package}").parse([text])))
    return tuple(out)


def table(root: Path) -> str:
    """The table in Markdown: files, lines, lines not understood and the share of those understood, by vendor."""
    rows = ["| Read by | Files | Lines | Not understood | Coverage |", "|---|---:|---:|---:|---:|"]
    for package, label in LABELS.items():
        mine = [d for _, p, d in devices(root) if p == package]
        lines = sum(i.lines for d in mine for i in d.inputs)
        missed = sum(len({n.location.line for n in d.not_understood}) for d in mine)
        share = f"{100 * (lines - missed) / lines:.2f} %" if lines else "no shared file"
        rows.append(f"| {label} | {len(mine)} | {lines:,} | {missed:,} | {share} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    default = Path(os.environ.get("SEKISHO_SHARED", Path(__file__).resolve().parents[2] / "shared"), "data", "firewalls")
    sys.stdout.write(table(Path(sys.argv[1]) if len(sys.argv) > 1 else default))
