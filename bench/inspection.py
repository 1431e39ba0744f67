"""Precision and recall per risk factor on the labelled files, and the speed of inspection beside file(1) and clamscan.

    python bench/inspection.py [--documents FOLDER] [--write] [--misses]

FOLDER holds ``labels.json`` and the files it names.  ``--write`` puts the section into ``bench/RESULTS.md``.
(The name is not ``inspect.py``: scripts beside it would then import it instead of the standard library's module.)
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sensors.transfer.content.examine import examine  # noqa: E402 - found through the line above
from sensors.transfer.verdict import Content, ContentVerdict  # noqa: E402 - the same
from sensors.transfer.worker.pool import Inspector  # noqa: E402 - the same

#: Extra factors, each looked at by hand; a factor that stands here is right and the label says less.
EXPLAINED = {
    "oletools/excel4-macros__excel4_sample_macro.xlsb": "a defined name Auto_Open",
    "oletools/excel4-macros__excel4_sample_macro.slk": "record NN;NAuto_Open",
    "oletools/oleobj__sample_with_calc_embedded.doc": "a PE in Ole10Native; the label names the object only",
    "oletools/oleobj__sample_with_lnk_file.doc": "a shell link in Ole10Native; the label names the object only",
    "oletools/oleobj__sample_with_lnk_file.pps": "the same",
    "oletools/oleobj__sample_with_lnk_file.ppt": "the same",
    "qpdf/enc-XI-R6,V5,U=attachment,encrypted-attachments.pdf": "file specifications with /EF",
    "qpdf/enc-XI-attachments-base.pdf": "file specifications with /EF",
    "poi/hmef__winmail-sample1.dat": "the attached bookmark.htm has javascript: addresses and links",
    "magika/current_missdetections__html__malformed-html-gh-521.html": "images from another host",
    "gen/gifar.gif": "the class inside the appended JAR",
}


def score(labels: dict[str, dict[str, object]], found: dict[str, ContentVerdict]) -> tuple[list[str], list[str], list[str]]:
    """Rows of the table, misses, extras."""
    hit, miss, extra = Counter[str](), Counter[str](), Counter[str]()
    misses, extras, on_clean = [], [], 0
    for name, entry in labels.items():
        want = set(entry["factors"]) - {"clean"}  # type: ignore[call-overload]
        got = {f.value for f in found[name].names}
        hit.update(want & got)
        miss.update(want - got)
        extra.update(got - want)
        on_clean += bool(got and not want)
        if want - got:
            misses.append(f"{name}: {', '.join(sorted(want - got))}")
        if got - want:
            extras.append(f"{name}: {', '.join(sorted(got - want))}: {EXPLAINED.get(name, 'not explained')}")
    rows = ["| factor | labels | found | beside the labels | recall | precision |", "|---|---|---|---|---|---|"]
    for factor in sorted(hit | miss | extra):
        h, m, x = hit[factor], miss[factor], extra[factor]
        recall = f"{h / (h + m):.3f}" if h + m else "-"
        precision = f"{h / (h + x):.3f}" if h + x else "-"
        rows.append(f"| {factor} | {h + m} | {h} | {x} | {recall} | {precision} |")
    h, m, x = sum(hit.values()), sum(miss.values()), sum(extra.values())
    rows.append(f"| all | {h + m} | {h} | {x} | {h / (h + m):.3f} | {h / (h + x):.3f} |")
    clean = sum(e["factors"] == ["clean"] for e in labels.values())
    rows += ["", f"Clean files with any factor: {on_clean} of {clean}."]
    return rows, misses, extras


def timed(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peers(paths: list[Path]) -> list[tuple[str, float, float, str]]:
    rows = []
    if shutil.which("file"):
        rows.append(
            ("file --mime-type", *timed(["file", "--brief", "--mime-type", *map(str, paths)]), "types only, nothing is opened")
        )
    if shutil.which("clamscan"):
        with tempfile.TemporaryDirectory() as folder:
            # A database of one hash that matches nothing: what is measured is unpacking and the built-in heuristics.
            (Path(folder) / "none.hdb").write_text(f"{'0' * 32}:1:None\n")
            options = [
                "--database",
                folder,
                "--quiet",
                "--alert-macros=yes",
                "--alert-encrypted=yes",
                "--alert-exceeds-max=yes",
            ]
            rows.append(
                (
                    "clamscan, heuristics",
                    *timed(["clamscan", *options, *map(str, paths)]),
                    "unpacks; macros, encryption, limits",
                )
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=ROOT.parent / "shared" / "data" / "documents")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    labels = json.loads((args.documents / "labels.json").read_text("utf-8"))["files"]
    paths = [args.documents / n for n in labels]
    # The recursive gzip and the overlap are bombs to others too, and file(1) takes them in its stride.
    with Inspector() as inspector:
        start = time.perf_counter()
        found = {n: inspector.inspect_file(args.documents / n) for n in labels}
        pool = time.perf_counter() - start
    # One process for all, as far as no library ends it: the same files in a child of their own.
    own = (
        timed([sys.executable, __file__, "--documents", str(args.documents), "--in-process"]) if not args.misses else (0.0, 0.0)
    )
    rows, misses, extras = score(labels, found)
    size = sum(v.size for v in found.values())
    counted = Counter(v.content for v in found.values())
    memory = Path("/proc/meminfo").read_text().split()[1]
    machine = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {os.cpu_count()} CPUs, {int(memory) >> 20} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}; load average at the end {os.getloadavg()[0]:.1f}."
    )
    kinds = ", ".join(f"{counted[c]} {c.value}" for c in Content)
    out = [
        "## Inspection of files", "",
        machine, "",
        f"{len(labels)} labelled files, {size / 1e6:.1f} MB, through the worker pool (one process a file): {kinds}.", "",
        *rows, "",
        "Misses: " + ("none." if not misses else ""), *(f"- {m}" for m in misses), "",
        "Beside the labels, each looked at by hand:", "", *(f"- {e}" for e in extras), "",
        "| program | wall s | CPU s | files a second | MB a second | what it does |", "|---|---|---|---|---|---|",
        f"| sekisho, worker pool | {pool:.1f} | | {len(labels) / pool:.0f} | {size / 1e6 / pool:.2f} | one process a file |",
    ]  # fmt: skip
    if own[0]:
        out.append(
            f"| sekisho, one process | {own[0]:.1f} | {own[1]:.1f} | {len(labels) / own[0]:.0f} | {size / 1e6 / own[0]:.2f} "
            "| the same without isolation, starting included |"
        )
    for name, wall, cpu, words in peers(paths):
        out.append(f"| {name} | {wall:.1f} | {cpu:.1f} | {len(labels) / wall:.0f} | {size / 1e6 / wall:.2f} | {words} |")
    text = "\n".join(out)
    print(text)
    if args.write:
        _write(text)


def _write(text: str) -> None:
    """Replace or append the section between its marks."""
    path = ROOT / "bench" / "RESULTS.md"
    start, end = "<!-- inspection: written by bench/inspection.py -->", "<!-- /inspection -->"
    old = path.read_text("utf-8") if path.exists() else "# Measured\n"
    block = f"{start}\n{text}\n{end}\n"
    if start in old:
        head, _, rest = old.partition(start)
        path.write_text(head + block + rest.partition(end + "\n")[2], "utf-8")
    else:
        path.write_text(old.rstrip("\n") + "\n\n" + block, "utf-8")


def in_process() -> None:
    folder = Path(sys.argv[sys.argv.index("--documents") + 1])
    logging.disable(logging.CRITICAL)
    for name in json.loads((folder / "labels.json").read_text("utf-8"))["files"]:
        path = folder / name
        examine(path.read_bytes(), path.name)


if __name__ == "__main__":
    if "--in-process" in sys.argv:
        in_process()
    else:
        main()
