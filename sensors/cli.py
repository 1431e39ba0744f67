"""Commands of the sensor half; ``sekisho`` finds them by entry point.  Nothing heavy is imported before it is needed."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segmentation.commands import exit_codes
from segmentation.commands.basis import Basis, basis_options, load_basis
from segmentation.commands.bilingual import command, option
from segmentation.commands.language import current_lang
from segmentation.commands.reporting import Reporting, load_baseline, publish, reporting_options, write_file
from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from segmentation.report.output import encode
from segmentation.report.run import ReplayRun
from segmentation.report.width import printable

if TYPE_CHECKING:
    from sensors.capture.reader import CaptureReader
    from sensors.expect import Expectation
    from sensors.replay import Replayed
    from sensors.transfer.gateway_log import LogEntry

_ABOUT = Text(
    "キャプチャファイル（pcap、pcapng、それらのgzip）の通信を、ゾーン定義と規程で判定します。",
    "Judge the traffic of captures (pcap, pcapng, either compressed by gzip) by zone model and policy.",
)
_EVENTS = Text("違反をEVE JSON（1行1件）で書きます。", "Write the violations as EVE JSON lines.")
_METRICS = Text("集計をPrometheusのテキスト形式で書きます。", "Write the counters in the Prometheus text format.")
_FLOWS = Text("すべてのフローをJSON（1行1件）で書きます。", "Write every flow as JSON lines.")
_EXPECT = Text(
    "期待ファイルと比べます。違いがあれば終了コード1で終わります（指摘は数えません）。",
    "Compare with an expectation file: exit with 1 for differences, not for findings.",
)
_WRITE_EXPECT = Text("この結果どおりの期待ファイルを書きます。", "Write an expectation file that this result meets.")
_SEGMENT = Text(
    "VLANタグのないフレームを取得した区間（ゾーンID）。MACアドレスを照合できるようになります。繰り返し指定できます。",
    "Zone on whose own segment untagged frames were captured, so that MACs can be compared; may be repeated.",
)
_GATEWAY_LOG = Text(
    "無害化装置自身の記録（syslogの行またはCSV）。通信と突き合わせます（LG-10）。例: cdr=cdr.log。繰り返し指定できます。",
    "A sanitizer's own log (syslog lines or CSV), to be compared with the wire (LG-10), as cdr=cdr.log; may be repeated.",
)
_NO_GATEWAY = Text(
    "--gateway-log の {given} は 装置ID=ファイル の形で、登録された装置を指定してください。",
    "--gateway-log {given}: give GATEWAY=FILE with a gateway of the zone model.",
)
_LOG_LINES = Text(
    "{file}: 時刻を読み取れない行が{count}行あります（最初は{line}行目）。",
    "{file}: {count} lines without a time (the first is {line}).",
)
_LOG_LIMIT = 256 << 20
_NO_ZONE = Text("--segment の {zone} というゾーンはありません。", "--segment: the zone model has no zone {zone}.")
_NO_EXPECTATION = Text("{file} を読めません（{why}）。", "Cannot read {file}: {why}.")
_MET = Text("期待どおりです（{file}）。", "As expected ({file}).")
_PACKETS = Text("{file}: {packets:,} パケット", "{file}: {packets:,} packets")
#: An expectation file is written by hand; more than this is something else.
EXPECTATION_LIMIT = 16 << 20


@command("replay", _ABOUT)
@click.argument("captures", metavar="CAPTURE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@basis_options
@reporting_options
@option("--events", text=_EVENTS, type=click.Path(path_type=Path, dir_okay=False))
@option("--metrics-file", text=_METRICS, type=click.Path(path_type=Path, dir_okay=False))
@option("--flows", "flows_file", text=_FLOWS, type=click.Path(path_type=Path, dir_okay=False))
@option("--expect", text=_EXPECT, type=click.Path(path_type=Path, dir_okay=False))
@option("--write-expect", text=_WRITE_EXPECT, type=click.Path(path_type=Path, dir_okay=False))
@option("--segment", "segments", text=_SEGMENT, metavar="ZONE", multiple=True)
@option("--gateway-log", "gateway_logs", text=_GATEWAY_LOG, metavar="GATEWAY=FILE", multiple=True)
def replay(
    captures: tuple[Path, ...],
    zones: Path | None,
    profile: str | None,
    overlays: tuple[Path, ...],
    at: dt.datetime | None,
    reporting: Reporting,
    events: Path | None,
    metrics_file: Path | None,
    flows_file: Path | None,
    expect: Path | None,
    write_expect: Path | None,
    segments: tuple[str, ...],
    gateway_logs: tuple[str, ...],
) -> int:
    """Read everything, judge, write what was asked for; returns the exit code."""
    baseline = load_baseline(reporting, ReplayRun.schema)
    if isinstance(baseline, int):
        return baseline
    expectation = _expectation(expect)
    if isinstance(expectation, int):
        return expectation
    basis = load_basis(zones, profile, overlays, at)
    if isinstance(basis, int):
        return basis
    for segment in segments:
        if segment not in basis.model.zones:
            click.echo(_NO_ZONE.format(zone=segment).in_(current_lang()), err=True)
            return exit_codes.USAGE
    logs = _gateway_logs(gateway_logs, basis, captures)
    if isinstance(logs, int):
        return logs
    replayed = _replay(captures, basis, None if at is None else at.date(), segments, logs)
    if isinstance(replayed, int):
        return replayed
    for path, text in (
        (events, lambda: _eve(replayed)),
        (metrics_file, lambda: _metrics(replayed)),
        (flows_file, lambda: "".join(replayed.flow_lines())),
        (write_expect, lambda: _expectation_text(replayed)),
    ):
        if path is not None and (code := _write(path, text)) != exit_codes.CLEAN:
            return code
    if expectation is not None:
        assert expect is not None
        return _compare(expectation, replayed, expect, reporting)
    return publish(replayed.run, reporting, baseline)


def _gateway_logs(given: Sequence[str], basis: Basis, captures: Sequence[Path]) -> dict[str, list[LogEntry]] | int:
    """The entries of the sanitizers' own logs, or the exit code for a problem, which has been told."""
    if not given:
        return {}
    from sensors.replay import first_year  # noqa: PLC0415 - loads numpy and Numba
    from sensors.transfer.gateway_log import read_log  # noqa: PLC0415

    out: dict[str, list[LogEntry]] = {}
    for each in given:
        gateway, sign, name = each.partition("=")
        if not sign or gateway not in basis.model.gateways:
            click.echo(printable(_NO_GATEWAY.format(given=each).in_(current_lang())), err=True)
            return exit_codes.USAGE
        try:
            with Path(name).open("rb") as stream:
                octets = stream.read(_LOG_LIMIT)
        except OSError as error:
            click.echo(printable(_NO_EXPECTATION.format(file=name, why=os_reason(error)).in_(current_lang())), err=True)
            return exit_codes.USAGE
        try:
            text = octets.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = octets.decode("cp932", "replace")
        entries, bad = read_log(text, year=first_year(captures), utc_offset_minutes=basis.model.utc_offset_minutes)
        if bad:
            click.echo(printable(_LOG_LINES.format(file=name, count=len(bad), line=bad[0]).in_(current_lang())), err=True)
        out.setdefault(gateway, []).extend(entries)
    return out


def _replay(
    captures: Sequence[Path], basis: Basis, at: dt.date | None, segments: Sequence[str], logs: dict[str, list[LogEntry]]
) -> Replayed | int:  # fmt: skip
    from sensors.capture.summary import CaptureError  # noqa: PLC0415 - loads numpy and Numba
    from sensors.replay import replay as run  # noqa: PLC0415

    try:
        return run(
            captures,
            basis.model,
            basis.policy,
            at=at,
            segment=segments,
            gateway_logs=logs,
            progress=_progress if sys.stderr.isatty() else None,
        )
    except CaptureError as error:
        click.echo(printable(error.message.in_(current_lang())), err=True)
        return exit_codes.USAGE if error.usage else exit_codes.NOT_UNDERSTOOD
    finally:
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", err=True, nl=False)  # ECMA-48 8.3.41 EL: erase to the end of the line


def _progress(reader: CaptureReader, packets: int) -> None:
    """A line that counts, on a terminal only."""
    words = _PACKETS.format(file=reader.name, packets=packets).in_(current_lang())
    click.echo(f"\r\x1b[K{printable(words)}", err=True, nl=False)


def _write(path: Path, text: Callable[[], str]) -> int:
    return write_file(path, encode(text()))


def _eve(replayed: Replayed) -> str:
    from sensors.events import eve  # noqa: PLC0415 - only who asks for it pays

    return eve.lines(replayed.run.open, lang=current_lang(), utc_offset_minutes=replayed.run.utc_offset_minutes)


def _metrics(replayed: Replayed) -> str:
    from sensors import metrics  # noqa: PLC0415 - only who asks for it pays

    return metrics.text(replayed.snapshot(replayed.run.tool.at))


def _expectation_text(replayed: Replayed) -> str:
    from sensors import expect  # noqa: PLC0415 - only who asks for it pays

    return expect.write(replayed.run)


def _expectation(path: Path | None) -> Expectation | int | None:
    """The expectation asked for, or an exit code after telling what is wrong with it."""
    if path is None:
        return None
    from sensors.expect import ExpectationError, parse  # noqa: PLC0415 - only who asks for it pays

    lang = current_lang()
    try:
        with path.open("rb") as stream:
            data = stream.read(EXPECTATION_LIMIT)
        return parse(data.decode("utf-8-sig"), str(path))
    except OSError as error:
        click.echo(_NO_EXPECTATION.format(file=path, why=os_reason(error)).in_(lang), err=True)
    except UnicodeDecodeError:
        click.echo(_NO_EXPECTATION.format(file=path, why="UTF-8").in_(lang), err=True)
    except ExpectationError as error:
        for problem in error.problems:
            click.echo(printable(problem.in_(lang)), err=True)
    return exit_codes.USAGE


def _compare(expectation: Expectation, replayed: Replayed, path: Path, reporting: Reporting) -> int:
    from sensors.expect import compare  # noqa: PLC0415 - only who asks for it pays

    lang = current_lang()
    differences = compare(expectation, replayed.run)
    for difference in differences:
        click.echo(printable(difference.in_(lang)))
    if differences:
        return exit_codes.FINDINGS
    click.echo(_MET.format(file=path).in_(lang), err=True)
    damaged = replayed.run.not_understood and not reporting.allow_not_understood
    return exit_codes.NOT_UNDERSTOOD if damaged else exit_codes.CLEAN
