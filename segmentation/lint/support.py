"""End of support of the software a configuration names (NC-30): a table that ages, with the day it was made."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from segmentation.device.management import Aspect, Software
from segmentation.lint.subject import Subject
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.text import Text

#: The day the table below was put together from the vendors' published lifecycle notices.
TABLE_DATE = dt.date(2026, 3, 31)
#: Product (lower case, as a configuration names it) -> release line -> last day of support.
#: FortiOS: 54 months after general availability.  PAN-OS: the vendor's end-of-life summary.  IOS XE: end of security
#: support, 48 months for every third release and 12 for the others.
SUPPORT_ENDS: dict[str, dict[str, dt.date]] = {
    "fortios": {
        "6.0": dt.date(2022, 9, 29), "6.2": dt.date(2023, 9, 28), "6.4": dt.date(2024, 9, 30),
        "7.0": dt.date(2025, 9, 30), "7.2": dt.date(2026, 9, 30), "7.4": dt.date(2027, 11, 11), "7.6": dt.date(2029, 1, 25),
    },
    "pan-os": {
        "8.1": dt.date(2022, 3, 1), "9.0": dt.date(2022, 3, 1), "9.1": dt.date(2024, 6, 30), "10.0": dt.date(2022, 7, 16),
        "10.1": dt.date(2024, 12, 1), "10.2": dt.date(2025, 8, 27), "11.0": dt.date(2024, 11, 17),
        "11.1": dt.date(2027, 5, 3), "11.2": dt.date(2027, 5, 2), "12.1": dt.date(2028, 8, 28),
    },
    "ios-xe": {
        "16.12": dt.date(2023, 7, 31), "17.1": dt.date(2020, 11, 21), "17.2": dt.date(2021, 3, 30),
        "17.3": dt.date(2024, 7, 31), "17.4": dt.date(2021, 11, 30), "17.5": dt.date(2022, 3, 31),
        "17.6": dt.date(2024, 7, 30), "17.7": dt.date(2022, 11, 30), "17.8": dt.date(2023, 4, 11),
        "17.9": dt.date(2026, 7, 29), "17.10": dt.date(2023, 11, 30), "17.11": dt.date(2024, 3, 28),
        "17.12": dt.date(2027, 7, 28), "17.13": dt.date(2024, 11, 30), "17.14": dt.date(2025, 4, 13),
        "17.15": dt.date(2028, 8, 9), "17.16": dt.date(2025, 12, 11), "17.17": dt.date(2026, 3, 31),
        "17.18": dt.date(2029, 8, 8),
    },
}  # fmt: skip
_ALIASES = {"fortigate": "fortios", "panos": "pan-os", "pan os": "pan-os", "iosxe": "ios-xe", "ios xe": "ios-xe"}
#: A replacement must be in the next budget: half a year of notice, as for the dates of the register.
_NOTICE_DAYS = 183
_ENDED = Text(
    "{device}の{product} {version}は、{day}にサポートが終了しています（{table}時点の製品表による）。"
    "以後に見つかった弱点は修正されません。更新の計画を立て、終了日を保守業者に確認して台帳に登録してください。",
    "Support of {product} {version} on {device} ended on {day} (by the product table of {table}). Weaknesses found since are "
    "not repaired. Plan the update, and have the contractor confirm the date for the register.",
)
_ENDING = Text(
    "{device}の{product} {version}は、{day}にサポートが終了します（残り{days}日。{table}時点の製品表による）。"
    "更新の予算と日程を検討してください。",
    "Support of {product} {version} on {device} ends on {day} ({days} days left; by the product table of {table}). See to "
    "budget and schedule.",
)
_TABLE = Text(
    "{table}に作成した製品表による日付です。製造元が後から延長または短縮した場合があります。",
    "The date is that of a table made on {table}; the vendor may have changed it since.",
)
_LINE = re.compile(r"(\d+)\.(\d+)")


def support_findings(subject: Subject) -> Iterator[Finding]:
    """Software past its end of support, or soon; a date in the device's own register entry goes before the table."""
    record = subject.scope.record if subject.scope is not None else None
    if not subject.asks("NC-30", Aspect.SOFTWARE) or (record is not None and record.support_ends_on is not None):
        return
    for software in subject.device.management.software:
        day = support_ends(software)
        if day is None:
            continue
        left = (day - subject.at).days
        values = {
            "device": subject.device.name, "product": software.product, "version": software.version, "day": day,
            "days": left, "table": TABLE_DATE,
        }  # fmt: skip
        if left <= _NOTICE_DAYS:
            yield subject.finding(
                "NC-30", (_ENDED if left < 0 else _ENDING).format(**values), software.location,
                key=f"software|{software.product}|{software.version}", severity=None if left < 0 else Severity.LOW,
                confidence=Confidence.INFERRED, confidence_reason=_TABLE.format(table=TABLE_DATE),
            )  # fmt: skip


def support_ends(software: Software) -> dt.date | None:
    """The last day of support of a release line, or ``None`` when the table does not have it."""
    product = software.product.strip().lower()
    table = SUPPORT_ENDS.get(_ALIASES.get(product, product))
    found = _LINE.search(software.version)
    if table is None or found is None:
        return None
    return table.get(f"{int(found[1])}.{int(found[2])}")
