"""Writes the Grafana dashboards of this folder, in Japanese and English, from the tables below.

``python dashboards/build.py`` writes ``grafana/*.json``; with ``--check`` it only says whether they are current.  The types
are those of Grafana 11.6 (the pinned SDK).  No Grafana server is needed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from segmentation.model.text import Lang, Text

FOLDER = Path(__file__).parent / "grafana"
DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
#: The sensors chosen at the top of the page.
SENSORS = 'job="$job", instance=~"$instance"'
GREEN, YELLOW, RED = "green", "yellow", "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: ``queries`` are (PromQL, legend); ``red`` is the value from which it is bad (``below``: under which)."""

    title: Text
    about: Text
    kind: str  # stat | timeseries | table | bars
    unit: str
    queries: tuple[tuple[str, str], ...]
    width: int = 12
    height: int = 8
    red: float | None = None
    yellow: float | None = None
    below: bool = False
    columns: tuple[tuple[str, Text], ...] = ()  # of a table: label and heading, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One dashboard."""

    name: str
    title: Text
    about: Text
    rows: tuple[tuple[Text, tuple[Panel, ...]], ...]


_VALUE = ("Value", Text("件数", "Count"))
_RULE = ("rule", Text("規則", "Rule"))
_SRC, _DST = ("src_zone", Text("開始側", "From")), ("dst_zone", Text("相手側", "To"))

OVERVIEW = Page(
    name="overview",
    title=Text("関所: 分離の状況", "Sekisho: segmentation"),
    about=Text(
        "ゾーン間の通信と、規則に反した通信、期限のある例外を示します。",
        "Traffic between the zones, violations, and the exceptions with the days they have left.",
    ),
    rows=(
        (
            Text("いま", "Now"),
            (
                Panel(
                    title=Text("進行中の重大・高の事案", "Open incidents, critical and high"),
                    about=Text("0以外は、対応が必要な事案があることを示します。", "Anything but 0 needs somebody to act."),
                    kind="stat", unit="short", width=6, height=5, red=1,
                    queries=((f'sum(sekisho_incidents_open{{{SENSORS}, severity=~"critical|high"}}) or vector(0)', ""),),
                ),
                Panel(
                    title=Text("無害化装置を通らない転送（24時間）", "Around the sanitizer, 24 hours"),
                    about=Text("LGWAN接続系等に、無害化されずに入ったファイル等の数です。", "Transfers that came in unsanitized."),
                    kind="stat", unit="short", width=6, height=5, red=1,
                    queries=((f"round(sum(increase(sekisho_sanitizer_bypass_total{{{SENSORS}}}[24h])))", ""),),
                ),
                Panel(
                    title=Text("台帳にない機器（24時間）", "Unknown devices, 24 hours"),
                    about=Text("台帳に登録のないMACアドレスを見た回数です。", "Sightings of MACs that are not in the ledger."),
                    kind="stat", unit="short", width=6, height=5, red=1,
                    queries=((f"round(sum(increase(sekisho_unknown_devices_total{{{SENSORS}}}[24h])))", ""),),
                ),
                Panel(
                    title=Text("監視の網羅率（最小）", "Coverage, lowest boundary"),
                    about=Text(
                        "100%未満の境界では、見えていない通信があります。「違反なし」は見えた範囲についてだけ言えます。",
                        "Below 100 % some traffic is not seen: no violation means none in what was seen.",
                    ),
                    kind="stat", unit="percentunit", width=6, height=5, red=1, below=True,
                    queries=((f"min(sekisho_capture_coverage_ratio{{{SENSORS}}})", ""),),
                ),
            ),
        ),
        (
            Text("違反", "Violations"),
            (
                Panel(
                    title=Text("規則に反した通信", "Violations"),
                    about=Text("規則とゾーンの組ごとの件数です（5分以上の区間の増分）。", "By rule and pair of zones."),
                    kind="timeseries", unit="short", width=14, height=9,
                    queries=(
                        (
                            f"sum by (rule, src_zone, dst_zone) (increase(sekisho_violations_total{{{SENSORS}}}[$__rate_interval])) > 0",
                            "{{rule}} {{src_zone}} → {{dst_zone}}",
                        ),
                    ),
                ),
                Panel(
                    title=Text("違反の内訳（24時間）", "Violations in 24 hours"),
                    about=Text("試行だけか、拒否されたか、成立したかを分けて示します。", "Tried, refused, or got through."),
                    kind="table", unit="short", width=10, height=9,
                    columns=(_RULE, ("severity", Text("重大度", "Severity")), _SRC, _DST, ("state", Text("状態", "State")), _VALUE),
                    queries=(
                        (
                            "round(sum by (rule, severity, src_zone, dst_zone, state) "
                            f"(increase(sekisho_violations_total{{{SENSORS}}}[24h]))) > 0",
                            "",
                        ),
                    ),
                ),
            ),
        ),
        (
            Text("ゾーン間の通信", "Traffic between zones"),
            (
                Panel(
                    title=Text("ゾーンの組と判定（1時間）", "Zone matrix, 1 hour"),
                    about=Text("許可、無害化が条件、禁止、判定不能の別を示します。", "Flows by pair of zones and verdict."),
                    kind="table", unit="short", width=12, height=10,
                    columns=(_SRC, _DST, ("verdict", Text("判定", "Verdict")), ("Value", Text("フロー数", "Flows"))),
                    queries=(
                        (
                            "round(sum by (src_zone, dst_zone, verdict) "
                            f"(increase(sekisho_zone_flows_total{{{SENSORS}}}[1h]))) > 0",
                            "",
                        ),
                    ),
                ),
                Panel(
                    title=Text("ゾーンの組ごとの通信量", "Traffic by pair of zones"),
                    about=Text("同じゾーンの中の通信を除きます。", "Traffic inside a zone is left out."),
                    kind="timeseries", unit="Bps", width=12, height=10,
                    queries=(
                        (
                            f"sum by (src_zone, dst_zone) (rate(sekisho_zone_bytes_total{{{SENSORS}}}[$__rate_interval])) > 0",
                            "{{src_zone}} → {{dst_zone}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            Text("例外措置", "Exceptions"),
            (
                Panel(
                    title=Text("例外措置の残り日数", "Days left of exceptions"),
                    about=Text("期限を過ぎた例外の通信は違反として扱います。", "After its end an exception's traffic is a violation."),
                    kind="bars", unit="d", width=24, height=7, red=0, yellow=30, below=True,
                    queries=((f"sekisho_exception_remaining_seconds{{{SENSORS}}} / 86400", "{{exception}}"),),
                ),
            ),
        ),
    ),
)  # fmt: skip

TRANSFERS = Page(
    name="transfers",
    title=Text("関所: 無害化と転送", "Sekisho: sanitization and transfers"),
    about=Text(
        "ゾーンをまたいだメールとファイルの、経路、中身、無害化の証拠を示します。",
        "Way, content and proof of sanitization of the mail and files that crossed between zones.",
    ),
    rows=(
        (
            Text("転送", "Transfers"),
            (
                Panel(
                    title=Text("転送の内訳（24時間）", "Transfers in 24 hours"),
                    about=Text(
                        "「見つからず」は安全の証明ではありません。暗号化された中身は「未観測」です。",
                        "None found is no proof of being safe; what is encrypted was not observed.",
                    ),
                    kind="table", unit="short", width=14, height=10,
                    columns=(
                        _SRC, _DST, ("path", Text("経路", "Way")), ("content", Text("中身", "Content")),
                        ("proof", Text("証拠", "Proof")), _VALUE,
                    ),
                    queries=(
                        (
                            "round(sum by (src_zone, dst_zone, path, content, proof) "
                            f"(increase(sekisho_transfers_total{{{SENSORS}}}[24h]))) > 0",
                            "",
                        ),
                    ),
                ),
                Panel(
                    title=Text("無害化装置を通らない転送", "Around the sanitizer"),
                    about=Text("0であるべきものです。", "Should be 0."),
                    kind="timeseries", unit="short", width=10, height=10, red=1,
                    queries=(
                        (
                            f"sum by (src_zone, dst_zone) (increase(sekisho_sanitizer_bypass_total{{{SENSORS}}}[$__rate_interval]))",
                            "{{src_zone}} → {{dst_zone}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            Text("検査の限界", "Bounds of the inspection"),
            (
                Panel(
                    title=Text("検査の上限に達した回数", "Bounds reached"),
                    about=Text(
                        "上限に達した転送は「検査できず」とします。安全とはしません。",
                        "A transfer that reaches a bound is not decided, never called safe.",
                    ),
                    kind="timeseries", unit="short", width=24, height=8,
                    queries=(
                        (f"sum by (reason) (increase(sekisho_transfer_limits_total{{{SENSORS}}}[$__rate_interval]))", "{{reason}}"),
                    ),
                ),
            ),
        ),
    ),
)  # fmt: skip

HEALTH = Page(
    name="health",
    title=Text("関所: センサーの状態", "Sekisho: sensor health"),
    about=Text(
        "センサーが見るべきものを見ているかを示します。見えていない時間は「違反なし」とは言えません。",
        "Whether the sensor sees what it should: no violation means nothing for the time it was blind.",
    ),
    rows=(
        (
            Text("取得", "Capture"),
            (
                Panel(
                    title=Text("応答", "Up"), about=Text("1で正常です。", "1 is well."), kind="stat", unit="short", width=4, height=5,
                    red=1, below=True, queries=((f"min(up{{{SENSORS}}})", ""),),
                ),
                Panel(
                    title=Text("取りこぼし", "Loss"),
                    about=Text("受け取れなかったパケットの割合です。1%を超えると監視に穴があります。", "Above 1 % the watch has a hole."),
                    kind="stat", unit="percentunit", width=5, height=5, red=0.01, yellow=0.0001,
                    queries=(
                        (
                            f"sum(rate(sekisho_kernel_dropped_packets_total{{{SENSORS}}}[$__rate_interval])) / "
                            f"(sum(rate(sekisho_interface_packets_total{{{SENSORS}}}[$__rate_interval])) + "
                            f"sum(rate(sekisho_kernel_dropped_packets_total{{{SENSORS}}}[$__rate_interval])))",
                            "",
                        ),
                    ),
                ),
                Panel(
                    title=Text("フロー表の使用率", "Flow table"),
                    about=Text("満杯になっても、ゾーン単位の判定は続きます。", "When full, judging by zones goes on."),
                    kind="stat", unit="percentunit", width=5, height=5, red=0.9, yellow=0.7,
                    queries=((f"max(sekisho_flows_active{{{SENSORS}}} / sekisho_flows_capacity{{{SENSORS}}})", ""),),
                ),
                Panel(
                    title=Text("失われた記録（24時間）", "Events lost, 24 hours"),
                    about=Text("ディスク不足等で書けなかったイベントの数です。", "Events that could not be written."),
                    kind="stat", unit="short", width=5, height=5, red=1,
                    queries=((f"round(sum(increase(sekisho_events_lost_total{{{SENSORS}}}[24h])))", ""),),
                ),
                Panel(
                    title=Text("証拠の量", "Evidence on disk"), about=Text("残している証拠パケットの量です。", "Packet slices kept."),
                    kind="stat", unit="bytes", width=5, height=5, queries=((f"sum(sekisho_evidence_bytes{{{SENSORS}}})", ""),),
                ),
                Panel(
                    title=Text("取得したパケット", "Packets captured"), about=Text("インターフェースごとです。", "By interface."),
                    kind="timeseries", unit="pps",
                    queries=((f"rate(sekisho_interface_packets_total{{{SENSORS}}}[$__rate_interval])", "{{instance}} {{interface}}"),),
                ),
                Panel(
                    title=Text("失われたパケット", "Packets lost"),
                    about=Text("リングの満杯、ネットワークカード、カーネルの順に示します。", "In the ring, in the card, in the kernel's queues."),
                    kind="timeseries", unit="pps", red=1,
                    queries=(
                        (f"rate(sekisho_kernel_dropped_packets_total{{{SENSORS}}}[$__rate_interval])", "ring {{interface}}"),
                        (f"rate(sekisho_interface_dropped_packets_total{{{SENSORS}}}[$__rate_interval])", "NIC {{interface}}"),
                        (f"rate(sekisho_softnet_dropped_packets_total{{{SENSORS}}}[$__rate_interval])", "softnet {{instance}}"),
                    ),
                ),
                Panel(
                    title=Text("境界ごとの監視範囲", "Coverage by boundary"),
                    about=Text("期待するVLANのうち、見えている割合です。", "Share of the expected VLANs that are seen."),
                    kind="bars", unit="percentunit", red=1, below=True,
                    queries=((f"sekisho_capture_coverage_ratio{{{SENSORS}}}", "{{boundary}}"),),
                ),
                Panel(
                    title=Text("読み取れなかったパケット", "Not decoded"),
                    about=Text("理由ごとです。中身は判定していません。", "By reason; these were not judged."),
                    kind="timeseries", unit="pps",
                    queries=((f"sum by (reason) (rate(sekisho_not_decoded_packets_total{{{SENSORS}}}[$__rate_interval]))", "{{reason}}"),),
                ),
            ),
        ),
        (
            Text("動作", "Running"),
            (
                Panel(
                    title=Text("時計のずれ", "Clock offset"), about=Text("1秒を超えると証拠の時刻を保証できません。", "Above 1 s times are not assured."),
                    kind="timeseries", unit="s", queries=((f"sekisho_clock_offset_seconds{{{SENSORS}}}", "{{instance}}"),),
                ),
                Panel(
                    title=Text("必ず流れるべき通信が途絶えた時間", "Silence of must-flows"),
                    about=Text("更新ファイルの取得など、止まってはならない通信です。", "Traffic that must not stop, such as updates."),
                    kind="bars", unit="s", queries=((f"sekisho_must_flow_age_seconds{{{SENSORS}}}", "{{conduit}}"),),
                ),
                Panel(
                    title=Text("再起動と再読込", "Restarts and reloads"),
                    about=Text("取得プロセスの再起動、採用した定義、拒んだ定義の数です。", "Workers started anew, models taken, models refused."),
                    kind="timeseries", unit="short",
                    queries=(
                        (f"increase(sekisho_worker_restarts_total{{{SENSORS}}}[$__rate_interval])", "restarts"),
                        (f"increase(sekisho_reloads_total{{{SENSORS}}}[$__rate_interval])", "reloads"),
                        (f"increase(sekisho_reload_failures_total{{{SENSORS}}}[$__rate_interval])", "refused"),
                    ),
                ),
                Panel(
                    title=Text("集計の所要時間", "Time to collect"), about=Text("集計の部分ごとです。", "By part of the metrics."),
                    kind="timeseries", unit="s",
                    queries=((f"sekisho_collector_duration_seconds{{{SENSORS}}}", "{{collector}}"),),
                ),
            ),
        ),
    ),
)  # fmt: skip

PAGES = (OVERVIEW, TRANSFERS, HEALTH)


def dashboard(page: Page, lang: Lang) -> build.Dashboard:
    """One page in one language."""
    out = (
        build.Dashboard(page.title.in_(lang))
        .uid(f"sekisho-{page.name}-{lang}")
        .description(page.about.in_(lang))
        .tags(["sekisho", lang])
        .readonly()
        .refresh("30s")
        .time("now-24h", "now")
        .timezone("browser")
        .with_variable(build.DatasourceVariable("datasource").label(Text("データソース", "Data source").in_(lang)).type("prometheus"))
        .with_variable(_labels("job", "job", "sekisho_policy_info", multi=False))
        .with_variable(
            _labels("instance", Text("センサー", "Sensor").in_(lang), 'sekisho_policy_info{job="$job"}', multi=True)
        )
        .link(
            build.DashboardLink(Text("関所のほかの画面", "More of Sekisho").in_(lang))
            .type(model.DashboardLinkType.DASHBOARDS).tags(["sekisho", lang]).keep_time(True).include_vars(True)
        )
    )  # fmt: skip
    for title, panels in page.rows:
        out = out.with_row(build.Row(title.in_(lang)))
        for panel in panels:
            out = out.with_panel(_panel(panel, lang))
    return out


def _labels(name: str, label: str, metric: str, *, multi: bool) -> build.QueryVariable:
    variable = (
        build.QueryVariable(name).label(label).datasource(DATASOURCE).query(f"label_values({metric}, {name})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).multi(multi).include_all(multi)
    )  # fmt: skip
    return variable.current(model.VariableOption(text="All", value="$__all", selected=True)) if multi else variable


_KINDS: dict[str, Callable[[], Any]] = {
    "stat": stat.Panel, "timeseries": timeseries.Panel, "table": table.Panel, "bars": bargauge.Panel,
}  # fmt: skip


def _panel(panel: Panel, lang: Lang) -> Any:
    made = (
        _KINDS[panel.kind]().title(panel.title.in_(lang)).description(panel.about.in_(lang)).unit(panel.unit)
        .datasource(DATASOURCE).span(panel.width).height(panel.height).thresholds(_thresholds(panel))
        .color_scheme(build.FieldColor().mode(
            model.FieldColorModeId.PALETTE_CLASSIC if panel.kind == "timeseries" else model.FieldColorModeId.THRESHOLDS
        ))
        .no_value(Text("データなし", "No data").in_(lang))
    )  # fmt: skip
    for number, (expr, legend) in enumerate(panel.queries):
        query = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(chr(ord("A") + number)).datasource(DATASOURCE)
        if panel.kind == "timeseries":
            query = query.range()
        else:
            query = query.instant().format(PromQueryFormat.TABLE if panel.kind == "table" else PromQueryFormat.TIME_SERIES)
        made = made.with_target(query)
    if panel.kind == "table":
        made = made.with_transformation(_columns(panel, lang))
    if panel.kind == "timeseries":
        legend = common.VizLegendOptions().display_mode(common_model.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"])
        legend = legend.show_legend(True).placement(common_model.LegendPlacement.BOTTOM)
        made = made.legend(legend).fill_opacity(10)
    return made


def _columns(panel: Panel, lang: Lang) -> model.DataTransformerConfig:
    return model.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": {"Time": True},
            "indexByName": {name: i for i, (name, _) in enumerate(panel.columns)},
            "renameByName": {name: heading.in_(lang) for name, heading in panel.columns},
        },
    )


def _thresholds(panel: Panel) -> build.ThresholdsConfig:
    """From good to bad; Grafana's first step has no value."""
    steps: list[tuple[float | None, str]]
    if panel.red is None:
        steps = [(None, GREEN)]
    elif panel.below:
        steps = [(None, RED)]
        steps += [(panel.red, YELLOW), (panel.yellow, GREEN)] if panel.yellow is not None else [(panel.red, GREEN)]
    else:
        steps = [(None, GREEN)]
        steps += [(panel.yellow, YELLOW)] if panel.yellow is not None else []
        steps += [(panel.red, RED)]
    mode = model.ThresholdsMode.ABSOLUTE
    return build.ThresholdsConfig().mode(mode).steps([model.Threshold(value=v, color=c) for v, c in steps])


def files() -> Iterator[tuple[Path, str]]:
    """Every file with its content."""
    register_default_plugins()
    for page in PAGES:
        for lang in ("ja", "en"):
            written = JSONEncoder().encode(dashboard(page, lang).build())
            # Once through the types, which add a default or two: what is committed is what they write again.
            raw = json.loads(JSONEncoder().encode(model.Dashboard.from_json(json.loads(written))))
            yield FOLDER / f"{page.name}.{lang}.json", json.dumps(raw, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or check them; returns the exit code."""
    stale = [path for path, text in files() if not path.exists() or path.read_text("utf-8") != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"not current: {path.name}; run python dashboards/build.py", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path, text in files():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
