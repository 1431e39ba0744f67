"""Captures as tests: the fixture ``sekisho_replay`` and the marker ``sekisho`` for pytest.

::

    def test_nobody_crosses(sekisho_replay):
        run = sekisho_replay("friday.pcap", zones="zones.toml")
        assert not run.open

    @pytest.mark.sekisho(capture="friday.pcap", zones="zones.toml", expect="friday.expect.toml")
    def test_as_agreed(): ...

Relative names are looked up beside the test's file.  ``--sekisho-rewrite`` writes the expectation files anew instead of
comparing with them: read the difference before keeping it.  pytest loads this module at every start, so nothing of
Sekisho is imported before a capture is replayed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    import datetime as dt

    from segmentation.report.run import ReplayRun

    Names = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_MARKER = "sekisho"
_KEYS = ("capture", "zones", "profile", "expect", "segment", "at")
_RUN = pytest.StashKey["ReplayRun"]()
_REWRITTEN = pytest.StashKey[list[str]]()


class Replay(Protocol):
    """What the fixture ``sekisho_replay`` gives."""

    def __call__(
        self, captures: Names, *, zones: str | os.PathLike[str] | None = None, profile: str | None = None,
        segment: Sequence[str] = (), at: dt.date | None = None,
    ) -> ReplayRun:  # fmt: skip
        """Replay one capture or several as ``sekisho replay`` does; without *zones* by the embedded example city."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sekisho-rewrite``."""
    parser.getgroup("sekisho").addoption(
        "--sekisho-rewrite", action="store_true", help="write the expectation files of sekisho markers instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(capture, zones=None, profile=None, expect=None, segment=(), at=None): replay captures before the test; "
        "with expect, fail where the result differs from the expectation file",
    )
    config.stash[_REWRITTEN] = []


@pytest.fixture
def sekisho_replay(request: pytest.FixtureRequest) -> Replay:
    """Replay captures under a zone model; a bad zone model or capture fails the test with what is wrong with it."""
    folder = request.path.parent

    def replay(
        captures: Names, *, zones: str | os.PathLike[str] | None = None, profile: str | None = None,
        segment: Sequence[str] = (), at: dt.date | None = None,
    ) -> ReplayRun:  # fmt: skip
        return _replay(folder, captures, zones, profile, segment, at)

    return replay


@pytest.fixture
def sekisho_run(request: pytest.FixtureRequest) -> ReplayRun:
    """The run of the test's own ``sekisho`` marker."""
    run = _marked(request.node)
    if run is None:
        pytest.fail("sekisho_run needs the marker @pytest.mark.sekisho(capture=…)", pytrace=False)
    return run


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Replay a marked test's captures and hold the result to its expectation file before the test itself runs."""
    run = _marked(item)
    marker = item.get_closest_marker(_MARKER)
    if run is None or marker is None or marker.kwargs.get("expect") is None:
        return
    from sensors import expect  # noqa: PLC0415 - see the module's docstring

    path = item.path.parent / marker.kwargs["expect"]
    if item.config.getoption("--sekisho-rewrite"):
        path.write_text(expect.write(run), encoding="utf-8")
        item.config.stash[_REWRITTEN].append(str(path))
        return
    try:
        wanted = expect.parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        pytest.fail(f"{path}: {error.strerror} (pytest --sekisho-rewrite writes it)", pytrace=False)
    except expect.ExpectationError as error:
        pytest.fail("\n".join(p.en for p in error.problems), pytrace=False)
    if differences := expect.compare(wanted, run):
        pytest.fail("\n".join([f"the replay differs from {path}:", *(f"  {d.en}" for d in differences)]), pytrace=False)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the expectation files that were written."""
    for path in config.stash[_REWRITTEN]:
        terminalreporter.write_line(f"sekisho: wrote {path}")


def _marked(item: pytest.Item) -> ReplayRun | None:
    """The run of an item's marker, made once; ``None`` without the marker."""
    marker = item.get_closest_marker(_MARKER)
    if marker is None:
        return None
    if (known := item.stash.get(_RUN, None)) is not None:
        return known
    given = marker.kwargs
    unknown = sorted(set(given) - set(_KEYS))
    if marker.args or unknown or "capture" not in given:
        pytest.fail(
            f"@pytest.mark.sekisho takes the keywords {', '.join(_KEYS)}; capture is needed (given: "
            f"{', '.join([*map(repr, marker.args), *given]) or 'nothing'})",
            pytrace=False,
        )
    made = _replay(
        item.path.parent, given["capture"], given.get("zones"), given.get("profile"), given.get("segment", ()), given.get("at")
    )
    item.stash[_RUN] = made
    return made


def _replay(
    folder: Path, captures: Names, zones: str | os.PathLike[str] | None, profile: str | None, segment: Sequence[str],
    at: dt.date | None,
) -> ReplayRun:  # fmt: skip
    # See the module's docstring: pytest's start must not pay for these.
    from segmentation.profiles.loader import BASE, load_policy  # noqa: PLC0415
    from segmentation.profiles.problem import ProfileError  # noqa: PLC0415
    from segmentation.zonefile.embedded import default_path  # noqa: PLC0415
    from segmentation.zonefile.problem import render_all  # noqa: PLC0415
    from segmentation.zonefile.reader import load  # noqa: PLC0415
    from sensors.capture.summary import CaptureError  # noqa: PLC0415
    from sensors.replay import replay  # noqa: PLC0415

    names = [captures] if isinstance(captures, str | os.PathLike) else captures
    read = load(default_path(), "zones.toml") if zones is None else load(folder / zones, str(zones))
    if read.model is None:
        pytest.fail(render_all(read.problems, "en"), pytrace=False)
    try:
        policy = load_policy(profile or read.model.profile or BASE)
        return replay([folder / name for name in names], read.model, policy, at=at, segment=segment).run
    except ProfileError as error:
        pytest.fail("\n".join(p.in_("en") for p in error.problems), pytrace=False)
    except CaptureError as error:
        pytest.fail(error.message.en, pytrace=False)
