"""The summary that ``sekisho check`` prints: zones, conduits, exceptions, matrix, findings, numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from segmentation.model.conduits import DataDirection
from segmentation.model.finding import Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.text import Lang, Text
from segmentation.model.zones import Party, Zone, ZoneKind
from segmentation.report.width import clip, printable, table
from segmentation.report.words import clause_words
from segmentation.zonefile.problem import Problem
from segmentation.zonefile.summary import Matrix, exception_states, matrix, numbers

ZONE_WORDS = {
    ZoneKind.MYNUMBER: Text("マイナンバー利用事務系", "My Number"),
    ZoneKind.LGWAN: Text("LGWAN接続系", "LGWAN-connected"),
    ZoneKind.INTERNET: Text("インターネット接続系", "Internet-connected"),
    ZoneKind.OUTSIDE: Text("外部", "outside"),
    ZoneKind.LGWAN_NETWORK: Text("LGWAN", "LGWAN"),
    ZoneKind.SECURITY_CLOUD: Text("セキュリティクラウド", "security cloud"),
    ZoneKind.EXTERNAL_PEER: Text("外部の接続先", "external peer"),
    ZoneKind.MANAGEMENT: Text("管理系", "management"),
    ZoneKind.CLOSED: Text("閉じた網", "closed network"),
    ZoneKind.GUEST: Text("来庁者用", "guest"),
    ZoneKind.GENERIC: Text("その他", "other"),
}
#: How data moves beside the arrow "initiator → responder".
DATA_MARKS = {DataDirection.TO_INITIATOR: "←", DataDirection.TO_RESPONDER: "→", DataDirection.BOTH: "↔"}
STATE_WORDS = {
    "open": Text("期限なし", "no end"),
    "in_force": Text("有効", "in force"),
    "ending": Text("期限が近い", "ending soon"),
    "ended": Text("期限切れ", "ended"),
    "not_yet": Text("未決定・期間前", "not in force yet"),
}
_NUMBER_WORDS = {
    "zones": Text("ゾーン", "zones"),
    "endpoints": Text("ホスト", "endpoints"),
    "services": Text("サービス", "services"),
    "conduits": Text("通信", "conduits"),
    "gateways": Text("ゲートウェイ", "gateways"),
    "exceptions": Text("例外措置", "exceptions"),
    "devices": Text("装置", "devices"),
    "devices_with_config": Text("うち設定あり", "with a configuration"),
    "sensors": Text("監視装置", "sensors"),
    "external_connections": Text("外部接続", "external connections"),
    "wireless_networks": Text("無線LAN", "wireless LANs"),
    "cloud_services": Text("外部サービス", "external services"),
    "log_stores": Text("ログの保管先", "log stores"),
    "changes": Text("変更の記録", "changes"),
    "reviews": Text("点検・監査", "reviews"),
    "attestations": Text("申告", "attestations"),
}
_ZONES = Text("ゾーン", "Zones")
_ZONE_HEAD = (
    Text("ID", "id"),
    Text("名称", "name"),
    Text("種別", "kind"),
    Text("水準", "level"),
    Text("ホスト", "hosts"),
    Text("VLAN", "VLANs"),
    Text("ネットワーク", "networks"),
)
_CONDUITS = Text("承認された通信", "Conduits")
_CONDUIT_HEAD = (
    Text("ID", "id"),
    Text("名称", "name"),
    Text("種別", "kind"),
    Text("開始側", "initiator"),
    Text("受信側", "responder"),
    Text("サービス", "services"),
    Text("データ", "data"),
    Text("条件", "conditions"),
)
_EXCEPTIONS = Text("例外措置", "Exceptions")
_EXCEPTION_HEAD = (
    Text("ID", "id"),
    Text("名称", "name"),
    Text("期限", "last day"),
    Text("残り日数", "days left"),
    Text("状態", "state"),
)
_NO_EXCEPTIONS = Text("例外措置はありません。", "There are no exceptions.")
_MATRIX = Text("ゾーン間の通信（行が接続を開始する側）", "From zone to zone (rows open the connection)")
_LEGEND = Text(
    "・ 申告なし（拒否）   × 申告できない   = 同じ系の中（申告は不要）",
    "・ nothing declared (denied)   × can never be declared   = within one layer (no conduit needed)",
)
_LEGEND_COUNTS = Text("数字は通信の件数です。", "Numbers are counts of conduits.")
_FINDINGS = Text("指摘", "Findings")
_NO_FINDINGS = Text("登録簿の検査で指摘はありません。", "The registry checks found nothing.")
_SILENCED = Text("（例外措置により警報なし）", " (no alarm: covered by an exception)")
_RESULT = Text(
    "基準日 {day}: 警告 {warnings} 件、指摘 {findings} 件（{severities}）",
    "On {day}: {warnings} warning(s), {findings} finding(s) ({severities})",
)
_HEAD = Text("{organisation} — {model}、プロファイル {profile}", "{organisation} — {model}, profile {profile}")
_UNTIL = Text("{day} まで", "until {day}")
_FROM = Text("{day} から", "from {day}")
_MUST = Text("{days} 日以内に通信", "must flow every {days} days")
#: Longer lists of networks or parties are cut to this many terminal columns; JSON has them in full.
_CELL = 44


def summary_lines(
    model: ZoneModel, day: dt.date, findings: Sequence[Finding], warnings: Sequence[Problem], lang: Lang, *, all_zones: bool
) -> Iterator[str]:
    """The whole summary, line by line."""
    head = _HEAD.format(organisation=model.organisation, model=model.kind.text, profile=model.profile)
    yield printable(head.in_(lang))
    yield f"{printable(model.file)}  SHA-256 {model.sha256}"
    counts = numbers(model)
    yield "  ".join(f"{word.in_(lang)} {counts[key]}" for key, word in _NUMBER_WORDS.items())
    yield from _section(_ZONES, _zone_rows(model, lang), lang, frozenset({3, 4}))
    yield from _section(_CONDUITS, _conduit_rows(model, lang), lang)
    rows = _exception_rows(model, day, lang)
    yield from _section(_EXCEPTIONS, rows, lang, frozenset({3}), none=_NO_EXCEPTIONS)
    grid = matrix(model, day, all_zones=all_zones)
    yield from _section(_MATRIX, _matrix_rows(grid, counted=all_zones), lang)
    yield f"  {_LEGEND.in_(lang)}" + (f"   {_LEGEND_COUNTS.in_(lang)}" if all_zones else "")
    yield ""
    yield _FINDINGS.in_(lang)
    for found in findings:
        yield from _finding_lines(found, lang)
    if not findings:
        yield f"  {_NO_FINDINGS.in_(lang)}"
    yield ""
    severities = " ".join(
        f"{s.text.in_(lang)} {sum(f.severity is s for f in findings)}" for s in sorted(Severity, reverse=True)
    )
    yield _RESULT.format(day=day, warnings=len(warnings), findings=len(findings), severities=severities).in_(lang)


def _section(
    title: Text, rows: list[list[str]], lang: Lang, right: frozenset[int] = frozenset(), none: Text | None = None
) -> Iterator[str]:
    yield ""
    yield title.in_(lang)
    if none is not None and len(rows) == 1:
        yield f"  {none.in_(lang)}"
        return
    for line in table([[printable(cell) for cell in row] for row in rows], right):
        yield f"  {line}"


def _zone_rows(model: ZoneModel, lang: Lang) -> list[list[str]]:
    hosts = dict.fromkeys(model.zones, 0)
    for endpoint in model.endpoints.values():
        hosts[endpoint.zone] += 1
    out = [[t.in_(lang) for t in _ZONE_HEAD]]
    for zone in _tree_order(model):
        depth = len(model.ancestry(zone.id)) - 1
        out.append(
            [
                "  " * depth + zone.id,
                zone.name.in_(lang),
                ZONE_WORDS[zone.kind].in_(lang) if not zone.parent else "",
                "" if zone.level is None else str(zone.level),
                str(hosts[zone.id] or ""),
                ",".join(map(str, zone.vlans)),
                clip(" ".join(zone.networks.texts()), _CELL),
            ]
        )
    return out


def _tree_order(model: ZoneModel) -> Iterator[Zone]:
    """Every layer followed by its sub-zones, in file order."""
    below: dict[str, list[Zone]] = {}
    for zone in model.zones.values():
        below.setdefault(zone.parent, []).append(zone)
    waiting = below.get("", [])[::-1]
    while waiting:
        zone = waiting.pop()
        yield zone
        waiting += reversed(below.get(zone.id, []))


def _party(party: Party) -> str:
    return clip(" ".join([*party.zones, *party.endpoints, *party.networks.texts()]), _CELL)


def _conduit_rows(model: ZoneModel, lang: Lang) -> list[list[str]]:
    out = [[t.in_(lang) for t in _CONDUIT_HEAD]]
    for conduit in model.conduits.values():
        conditions = [
            conduit.exception,
            _FROM.format(day=conduit.valid_from).in_(lang) if conduit.valid_from else "",
            _UNTIL.format(day=conduit.valid_until).in_(lang) if conduit.valid_until else "",
            _MUST.format(days=conduit.must_flow_days).in_(lang) if conduit.must_flow_days else "",
            f"[{conduit.gateway}]" if conduit.gateway else "",
        ]
        out.append(
            [
                conduit.id,
                clip(conduit.name.in_(lang), _CELL),
                conduit.kind.text.in_(lang),
                _party(conduit.initiator),
                _party(conduit.responder),
                clip(" ".join(conduit.services), _CELL),
                DATA_MARKS[conduit.data],
                " ".join(c for c in conditions if c),
            ]
        )
    return out


def _exception_rows(model: ZoneModel, day: dt.date, lang: Lang) -> list[list[str]]:
    out = [[t.in_(lang) for t in _EXCEPTION_HEAD]]
    for state in exception_states(model, day):
        record = state.exception
        left = "" if state.days_left is None else str(state.days_left)
        out.append([record.id, record.name.in_(lang), str(record.expires_on or ""), left, STATE_WORDS[state.state].in_(lang)])
    return out


def _matrix_rows(grid: Matrix, *, counted: bool) -> list[list[str]]:
    """Conduit IDs in each cell, or with many zones their number and numbered columns."""
    out = [["", *(str(n) if counted else zone for n, zone in enumerate(grid.zones, 1))]]
    for n, source in enumerate(grid.zones, 1):
        row = [f"{n:>2} {source}" if counted else source]
        for target in grid.zones:
            pair = (source, target)
            listed = grid.cells.get(pair, ())
            if listed:
                row.append(str(len(listed)) if counted else _ids(listed))
            else:
                row.append("×" if pair in grid.never else "=" if pair in grid.within else "・")
        out.append(row)
    return out


def _ids(listed: tuple[str, ...]) -> str:
    return " ".join(listed[:3]) + (f" +{len(listed) - 3}" if len(listed) > 3 else "")


def _finding_lines(found: Finding, lang: Lang) -> Iterator[str]:
    silenced = _SILENCED.in_(lang) if found.silenced else ""
    yield printable(
        f"  [{found.severity.text.in_(lang)}] {found.rule} {found.where.location}: {found.message.in_(lang)}{silenced}"
    )
    if found.clauses:
        yield printable("      " + "; ".join(clause_words(c).in_(lang) for c in found.clauses))
