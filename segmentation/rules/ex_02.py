"""Nobody approves their own exception.

申請者と承認者が異なる。

## What it finds

An exception whose applicant and approver are the same person, or where one of the two has no name.

## Why it matters

Nobody sees the weak point of their own plan.

## Example

The head of the section applied, and also decided as deputy CISO.

## What to do instead

Have another person with the right role decide.

## 何を見つけるか

申請者と許可者が同じ人である、またはいずれかの氏名がない例外措置を見つけます。

## なぜ問題か

自分の計画の弱点は、自分には見えないものです。

## 例

課長が申請し、CISOの代理としても決定している場合です。

## どうすればよいか

権限のある別の人が決定し直してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import fold, on_entry, same_person

_SAME = Text(
    "例外措置 {entry}の申請者と許可者が同じ人（{name}）です。",
    "Applicant and approver of the exception {entry} are the same person ({name}).",
)
_NAMELESS = Text(
    "例外措置 {entry}の{who}の氏名がなく、申請者と許可者が異なることを確認できません。",
    "In the exception {entry} the {who} has no name: it cannot be told that two people took part.",
)
_APPLICANT, _APPROVER = Text("申請者", "applicant"), Text("許可者", "approver")


def _check(context: RuleContext) -> Iterator[Finding]:
    for entry in context.model.exceptions.values():
        if entry.applicant is None or entry.approver is None:
            continue  # EX-01
        for who, person in ((_APPLICANT, entry.applicant), (_APPROVER, entry.approver)):
            if not fold(person.name):
                yield on_entry(
                    context, "EX-02", "exception", entry, _NAMELESS, key=who.en, values={"who": who}, exception=entry.id
                )
        if same_person(entry.applicant.name, entry.approver.name):
            values: dict[str, object] = {"name": entry.approver.name}
            yield on_entry(context, "EX-02", "exception", entry, _SAME, key="same", values=values, exception=entry.id)


RULE = rule(
    __doc__,
    "EX-02",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
