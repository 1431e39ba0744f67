"""What was not examined, because the configuration given does not carry it or its reader does not read it yet."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Aspect
from segmentation.lint.subject import Subject
from segmentation.model.text import Text

_NOT_EXAMINED = Text(
    "{device}: 次の点は、渡された設定から読み取れないため検査していません: {parts}。",
    "{device}: not examined for this device, because it is not read from what was given: {parts}.",
)
#: Each aspect with the rules that need it, and its name.
_PARTS: dict[Aspect, tuple[tuple[str, ...], Text]] = {
    Aspect.SERVICES: (("NC-21",), Text("管理用サービス", "management services")),
    Aspect.ACCOUNTS: (("NC-21",), Text("利用者", "accounts")),
    Aspect.SYSLOG: (("LT-01",), Text("ログの送信先", "log targets")),
    Aspect.LOGGING: (("LT-01",), Text("規則ごとのログ", "logging by rule")),
    Aspect.TIME: (("LT-05",), Text("時刻合わせ", "time servers")),
    Aspect.PORTS: (("NC-13", "NC-15"), Text("物理ポート", "physical ports")),
    Aspect.TUNNELS: (("NC-09",), Text("トンネル", "tunnels")),
    Aspect.WIRELESS: (("NC-10",), Text("無線LAN", "wireless networks")),
    Aspect.SOFTWARE: (("NC-30",), Text("ソフトウェアの版", "software version")),
    Aspect.OBJECTS: (("NC-03",), Text("名前付きの定義", "named objects")),
    Aspect.BINDINGS: (("NC-03", "NC-05"), Text("フィルターの適用先", "where filters are applied")),
    Aspect.ROUTES: (("IN-01", "Y-02", "ZM-01"), Text("経路", "routes")),
    Aspect.COMMENTS: (("NC-29",), Text("規則の説明", "comments of rules")),
    Aspect.HITS: (("NC-16",), Text("通過回数", "hit counts")),
}


def unexamined(subject: Subject) -> Iterator[Text]:
    """One sentence for the device, or none when everything was examined."""
    parts: list[Text] = []
    for aspect, (rules, name) in _PARTS.items():
        kept = [r for r in rules if subject.policy.applies(r)]
        if kept and aspect not in subject.device.aspects:
            parts.append(Text(f"{name.ja}（{'・'.join(kept)}）", f"{name.en} ({', '.join(kept)})"))
    if parts:
        joined = Text("、".join(p.ja for p in parts), ", ".join(p.en for p in parts))
        yield _NOT_EXAMINED.format(device=subject.device.name, parts=joined)
