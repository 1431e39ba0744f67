"""Every change has four people and a record.

設定変更の記録と関係者の分離がある。

## What it finds

Changes without one of doer, checker, applicant and approver; changes where the same person does and checks, or applies
and approves; and devices whose last change is in no record.

In a rule base: permits without a comment, and comments that name no section, person or request. Without them no permit
can be traced to a change.

Words that stand for an owner in your organisation can be given in zones.toml: owner_words under [settings].

## Why it matters

Most outages and most holes come from a change. Two pairs of eyes are cheap.

## Example

Doer and checker are the same contractor's engineer.

## What to do instead

Name four roles in the request form. With few staff, let another section check: reading the difference aloud is enough.

## 何を見つけるか

設定変更の記録のうち、作業者・確認者・申請者・承認者のいずれかが欠けているもの、作業と確認、または申請と承認が同じ人のもの、
最後の変更が記録にない機器を見つけます。

規則の一覧では、目的の説明がない許可と、説明に担当課・担当者・申請番号のいずれもない許可を見つけます。これらがないと、許可を変
更の記録と結び付けられません。

担当を表す独自の語は、zones.tomlの[settings]のowner_wordsで指定できます。

## なぜ問題か

障害も穴も、多くは変更から生まれます。二人で見ることは、安い対策です。

## 例

作業者と確認者が、業者の同じ技術者になっている場合です。

## どうすればよいか

申請書に四つの役割の欄を設けます。人数が少なければ、差分を読み合わせる形で、ほかの課の職員に確認を頼んでください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import listing, on_entry, on_place, same_person

_BLANK = Text("設定変更 {change} の記録に、{missing}がありません。", "The record of the change {change} lacks: {missing}.")
_SAME = Text(
    "設定変更 {change} の{a}と{b}が同じ人（{name}）です。",
    "In the change {change} the {a} and the {b} are the same person ({name}).",
)
_UNRECORDED = Text(
    "機器 {entry}は{day}に変更されていますが、その変更の記録がありません。",
    "The device {entry} was changed on {day}, but no change record covers it.",
)
_DATE = Text("変更日", "date")
_DOER, _CHECKER = Text("作業者", "doer"), Text("確認者", "checker")
_APPLICANT, _APPROVER = Text("申請者", "applicant"), Text("承認者", "approver")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for change in model.changes:
        cause, place = f"change:{change.id}", change.location
        wanted = (
            (_DATE, change.changed_on), (_DOER, change.doer), (_CHECKER, change.checker),
            (_APPLICANT, change.applicant), (_APPROVER, change.approver),
        )  # fmt: skip
        missing = tuple(name for name, present in wanted if not present)
        if missing:
            message = _BLANK.format(change=change.id, missing=listing(missing))
            yield on_place(context, "NC-29", cause, place, message, key=f"{change.id}:blank")
        for a, b, first, second in (
            (_DOER, _CHECKER, change.doer, change.checker),
            (_APPLICANT, _APPROVER, change.applicant, change.approver),
        ):
            if same_person(first, second):
                message = _SAME.format(change=change.id, a=a, b=b, name=first)
                yield on_place(context, "NC-29", cause, place, message, key=f"{change.id}:{a.en}")
    recorded = {(d, c.changed_on) for c in model.changes for d in c.devices}
    for device in model.devices.values():
        day = device.changed_on
        if day is not None and device.managed and (device.id, day) not in recorded:
            yield on_entry(context, "NC-29", "device", device, _UNRECORDED, values={"day": day})


RULE = rule(
    __doc__,
    "NC-29",
    severity=Severity.MEDIUM,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
