"""What the linter is measured beside, where it can be had: each reads the same rules in its own form, in its own process.

``cudd``: the textbook way of symbolic firewall analysis (FIREMAN; header spaces as decision diagrams): the rules in order,
each asked whether all it matches was matched before, then joined to what was.  Python around CUDD's C; no parsing, no
report, no witness, no zones: the least that a linter on decision diagrams has to do.
``aerleon``: the check for shaded terms (one term behind one other) that Aerleon can make when it reads a policy.
``nft``: ``nft --check --optimize``: reads the rules, checks them with the kernel and looks for rules to merge.

``lint_peers.py cudd|aerleon FILE`` does the work on a file that :func:`write` made, and prints how many rules it found.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lint_rulebases import Line

#: Source and destination address, protocol, source and destination port.
_WIDTHS = (32, 32, 8, 16, 16)
_NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}
_ANY = (0, 65535)


def write(peer: str, rules: Sequence[Line], path: Path) -> None:
    """Write *rules* (IPv4) as the peer of this name reads them."""
    text = nft(rules) if peer == "nft" else json.dumps([_neutral(r) for r in rules])
    path.write_text(text, encoding="utf-8")


def nft(rules: Sequence[Line]) -> str:
    """The rules as one chain of nftables."""
    out = ["table ip filter {", "\tchain forward {", "\t\ttype filter hook forward priority filter; policy drop;"]
    for rule in rules:
        parts = [f"ip {k} {_dotted(n)}" for k, n in (("saddr", rule.src), ("daddr", rule.dst)) if n is not None]
        ports = [(k, p) for k, p in (("sport", rule.sport), ("dport", rule.dport)) if p is not None]
        parts += [f"{rule.protocol} {k} {lo}-{hi}" if lo != hi else f"{rule.protocol} {k} {lo}" for k, (lo, hi) in ports]
        if rule.protocol and not ports:
            parts.append(f"meta l4proto {rule.protocol}")
        out.append("\t\t" + " ".join([*parts, "accept" if rule.permit else "drop"]))
    return "\n".join([*out, "\t}", "}", ""])


def _dotted(network: tuple[int, int]) -> str:
    address, length = network
    return ".".join(map(str, address.to_bytes(4))) + ("" if length == 32 else f"/{length}")


def _neutral(rule: Line) -> list[object]:
    """Five intervals, the two networks as text, and whether the rule permits."""
    protocol = _NUMBERS.get(rule.protocol)
    sides = [(0, (1 << 32) - 1) if n is None else (n[0], n[0] + (1 << 32 - n[1]) - 1) for n in (rule.src, rule.dst)]
    intervals = [*sides, (0, 255) if protocol is None else (protocol, protocol), rule.sport or _ANY, rule.dport or _ANY]
    return [intervals, [None if n is None else _dotted(n) for n in (rule.src, rule.dst)], rule.protocol, rule.permit]


# --- inside the processes ------------------------------------------------------------------------------


def cudd(rules: list[Any]) -> int:
    """The number of rules that match no packet that no earlier rule matched."""
    from dd import cudd as library  # noqa: PLC0415 - the other peer's environment does not have it

    diagrams = library.BDD(memory_estimate=2 << 30)
    diagrams.configure(reordering=False)
    # Protocol first: for rule bases of firewalls the order that keeps the diagrams small.
    names = [[f"f{f}b{b}" for b in range(_WIDTHS[f])] for f in range(len(_WIDTHS))]
    for f in (2, 1, 0, 4, 3):
        for name in names[f]:
            diagrams.add_var(name)
    known: dict[tuple[int, int, int], Any] = {}

    def within(f: int, lo: int, hi: int) -> Any:
        """The interval of one field, as the union of its prefixes."""
        if (f, lo, hi) in known:
            return known[f, lo, hi]
        out = diagrams.false
        at, bits = lo, _WIDTHS[f]
        while at <= hi:
            size = (at & -at).bit_length() - 1 if at else bits
            while at + (1 << size) - 1 > hi:
                size -= 1
            out |= diagrams.cube({names[f][b]: bool(at >> (bits - 1 - b) & 1) for b in range(bits - size)})
            at += 1 << size
        return known.setdefault((f, lo, hi), out)

    seen, shadowed = diagrams.false, 0
    for intervals, *_ in rules:
        matched = diagrams.true
        for f, (lo, hi) in enumerate(intervals):
            if (lo, hi) != (0, (1 << _WIDTHS[f]) - 1):
                matched &= within(f, lo, hi)
        joined = seen | matched
        shadowed += joined == seen
        seen = joined
    return shadowed


def aerleon(rules: list[Any]) -> int:
    """The number of terms behind one other term."""
    from aerleon.lib import naming, policy  # noqa: PLC0415 - only in the peers' environment

    definitions = naming.Naming()
    nets = {n: f"N{i}" for i, n in enumerate(dict.fromkeys(n for r in rules for n in r[1] if n))}
    used = {(p, *i[f]) for i, _, p, _ in rules for f in (3, 4) if tuple(i[f]) != _ANY}
    services = {s: f"S{i}" for i, s in enumerate(sorted(used))}
    definitions.ParseNetworkList([f"{name} = {net if '/' in net else net + '/32'}" for net, name in nets.items()])
    definitions.ParseServiceList([f"{name} = {lo if lo == hi else f'{lo}-{hi}'}/{p}" for (p, lo, hi), name in services.items()])
    text = ["header {", "  target:: cisco bench extended", "}"]
    for number, (intervals, (src, dst), protocol, permit) in enumerate(rules):
        text.append(f"term t{number} {{")
        text += [f"  {k}-address:: {nets[n]}" for k, n in (("source", src), ("destination", dst)) if n]
        text += [f"  protocol:: {protocol}"] if protocol else []
        for key, f in (("source", 3), ("destination", 4)):
            if tuple(intervals[f]) != _ANY:
                text.append(f"  {key}-port:: {services[protocol, *intervals[f]]}")
        text += [f"  action:: {'accept' if permit else 'deny'}", "}"]
    told: list[str] = []
    logging.getLogger("absl").addFilter(lambda record: told.append(record.getMessage()) is not None)
    assert policy.ParsePolicy("\n".join(text), definitions, shade_check=True), "the policy was not read"
    return len({line.partition(" is shaded by ")[0] for line in told if " is shaded by " in line})


if __name__ == "__main__":
    print({"cudd": cudd, "aerleon": aerleon}[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
