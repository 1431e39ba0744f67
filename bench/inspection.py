"""Precision and recall per risk factor on the labelled files, and the speed beside file(1) and clamscan.

Usage: python bench/inspection.py [FOLDER] [--misses] [--speed] [--in-process]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sensors.transfer.content.examine import examine
from sensors.transfer.verdict import Content, ContentVerdict


def verdicts(folder: Path, labels: dict[str, dict[str, object]]) -> dict[str, ContentVerdict]:
    out = {}
    for name in labels:
        path = folder / name
        out[name] = examine(path.read_bytes(), path.name)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data/documents")
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    labels = json.loads((args.folder / "labels.json").read_text("utf-8"))["files"]
    start = time.perf_counter()
    found = verdicts(args.folder, labels)
    spent = time.perf_counter() - start
    hit, miss, extra = Counter[str](), Counter[str](), Counter[str]()
    false_on_clean = []
    misses, extras = [], []
    for name, entry in labels.items():
        want = set(entry["factors"]) - {"clean"}
        got = {str(f) for f in found[name].names}
        hit.update(want & got)
        miss.update(want - got)
        extra.update(got - want)
        if want - got:
            misses.append((name, sorted(want - got), found[name]))
        if got - want:
            extras.append((name, sorted(got - want), found[name]))
        if not want and got:
            false_on_clean.append(name)
    print(f"{'factor':22} {'labels':>6} {'found':>6} {'extra':>6} {'recall':>7} {'precision':>9}")
    for factor in sorted(hit | miss | extra):
        h, m, x = hit[factor], miss[factor], extra[factor]
        recall = f"{h / (h + m):.3f}" if h + m else "-"
        precision = f"{h / (h + x):.3f}" if h + x else "-"
        print(f"{factor:22} {h + m:6} {h:6} {x:6} {recall:>7} {precision:>9}")
    total = sum(hit.values()), sum(miss.values()), sum(extra.values())
    print(
        f"all: {total[0]} of {total[0] + total[1]} labels, {total[2]} extra; clean files with a factor: {len(false_on_clean)}"
    )
    counted = Counter(v.content for v in found.values())
    print("content:", {c.value: counted[c] for c in Content})
    size = sum(v.size for v in found.values())
    print(
        f"{len(found)} files, {size / 1e6:.1f} MB in {spent:.2f} s: {len(found) / spent:.0f} files/s, "
        f"{size / 1e6 / spent:.1f} MB/s"
    )
    if args.misses:
        for title, rows in (("MISS", misses), ("EXTRA", extras)):
            for name, which, v in rows:
                print(
                    title,
                    name,
                    which,
                    v.type,
                    [(f.factor.value, f.where, f.detail) for f in v.factors if f.factor in which],
                    [g.reason.value for g in v.gaps],
                )


if __name__ == "__main__":
    main()
