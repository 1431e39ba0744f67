"""The plugin in a pytest of its own, as a user has it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import sensors.replay  # noqa: F401 - pytester forgets what an inner run imported, and NumPy can be loaded only once

pytest_plugins = ["pytester"]

CASES = Path(__file__).resolve().parents[2] / "cases"
ROOT = Path(__file__).resolve().parents[3]
#: Where the package is installed, pytest finds the plugin by itself.
LOAD = [] if any(e.name == "sekisho" for e in entry_points(group="pytest11")) else ["-p", "sensors.pytest_plugin"]


@pytest.fixture
def case(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.path.joinpath("friday.pcap").write_bytes((CASES / "v15-refused" / "in.pcap").read_bytes())
    pytester.path.joinpath("friday.toml").write_bytes((CASES / "v15-refused" / "expect.toml").read_bytes())
    pytester.path.joinpath("beta.toml").write_bytes((CASES / "zonefiles" / "beta.toml").read_bytes())
    pytester.syspathinsert(ROOT)
    return pytester


def _run(case: pytest.Pytester, *more: str) -> pytest.RunResult:
    return case.runpytest_inprocess(*LOAD, "-p", "no:cacheprovider", "-p", "no:xdist", *more)


def test_fixture(case: pytest.Pytester) -> None:
    case.makepyfile(
        """
        def test_it(sekisho_replay):
            run = sekisho_replay("friday.pcap")
            assert [f.rule for f in run.open] == ["MN-18"]
            assert {(c.src_zone, c.dst_zone, c.state) for c in run.matrix} == {("mn-term", "net", "refused")}

        def test_several_captures_and_a_zone_model(sekisho_replay):
            run = sekisho_replay(["friday.pcap", "friday.pcap"], zones="beta.toml", profile="daisen")
            assert run.policy.model == "beta"
            assert len(run.captures) == 2
        """
    )
    _run(case).assert_outcomes(passed=2)


def test_marker_compares_and_gives_the_run(case: pytest.Pytester) -> None:
    case.makepyfile(
        """
        import pytest

        @pytest.mark.sekisho(capture="friday.pcap", expect="friday.toml")
        def test_agreed(sekisho_run):
            assert len(sekisho_run.findings) == 1
        """
    )
    _run(case, "--strict-markers").assert_outcomes(passed=1)


def test_marker_fails_with_the_difference(case: pytest.Pytester) -> None:
    expectation = case.path / "friday.toml"
    expectation.write_text(expectation.read_text("utf-8").replace('rule = "MN-18"', 'rule = "MN-05"'), encoding="utf-8")
    case.makepyfile(
        """
        import pytest

        @pytest.mark.sekisho(capture="friday.pcap", expect="friday.toml")
        def test_agreed():
            pass
        """
    )
    result = _run(case)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*expected but not found: rule=MN-05*", "*found but not expected: rule=MN-18*"])


def test_rewriting(case: pytest.Pytester) -> None:
    agreed = (case.path / "friday.toml").read_text("utf-8")
    (case.path / "friday.toml").unlink()
    case.makepyfile(
        """
        import pytest

        @pytest.mark.sekisho(capture="friday.pcap", expect="friday.toml")
        def test_agreed():
            pass
        """
    )
    result = _run(case)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*--sekisho-rewrite writes it*"])
    result = _run(case, "--sekisho-rewrite")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sekisho: wrote *friday.toml"])
    assert (case.path / "friday.toml").read_text("utf-8") == agreed
    _run(case).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("capture='absent.pcap'", "*absent.pcap*"),
        ("capture='test_it.py'", "*test_it.py*"),
        ("capture='friday.pcap', zones='absent.toml'", "*absent.toml*"),
        ("capture='friday.pcap', profile='nowhere'", "*nowhere*"),
        ("captures='friday.pcap'", "*takes the keywords capture, zones,*"),
        ("'friday.pcap'", "*takes the keywords capture, zones,*"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(case: pytest.Pytester, marker: str, said: str) -> None:
    case.makepyfile(test_it=f"import pytest\n\n@pytest.mark.sekisho({marker})\ndef test_it(): pass\n")
    result = _run(case)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    assert "Traceback" not in result.stdout.str()


def test_loading_it_loads_nothing_heavy() -> None:
    program = (
        "import sys; import sensors.pytest_plugin; "
        "print([m for m in ('numpy', 'numba', 'scapy', 'click', 'netaddr', 'segmentation') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
