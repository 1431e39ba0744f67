"""An exception is permitted by the right person on a complete form.

例外措置はそろった申請と権限者の許可による。

## What it finds

An exception without one of: why, from which clause, what is done instead, an applicant in the proper role, approver in
the role the policy names, date of decision.

## Why it matters

An exception is the organisation knowingly not following its own policy. Without these it is just not following it.

## Example

EX-2026-003 was approved by a section head, the policy names the CISO.

## What to do instead

Complete the application and have it decided again. Which roles may apply and approve is shown with the clause.

## 何を見つけるか

例外措置のうち、理由、逸脱する条項、代替措置、定められた役職の申請者、規程の定める役職の許可者、決定日のいずれかが欠けてい
るものを見つけます。

## なぜ問題か

例外措置とは、団体が承知のうえで自らの規程から外れることです。これらがそろわなければ、単に守っていないだけになります。

## 例

規程ではCISOの許可とされているのに、EX-2026-003を課長が許可している場合です。

## どうすればよいか

申請を補い、改めて決定を受けます。申請と許可ができる役職は、条項とともに表示されます。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import fold, listing, on_entry

#: Who may apply where the policy does not name anybody.
_APPLICANTS = ("情報セキュリティ管理者", "情報システム管理者")
_MISSING = Text("例外措置 {entry}に、{missing}がありません。", "The exception {entry} lacks: {missing}.")
_APPLICANT_ROLE = Text(
    "例外措置 {entry}の申請者の役職「{role}」は、申請できる役職（{roles}）ではありません。",
    'The applicant\'s role "{role}" in the exception {entry} is not one that may apply ({roles}).',
)
_APPROVER_ROLE = Text(
    "例外措置 {entry}の許可者の役職「{role}」は、許可できる役職（{roles}）ではありません。",
    'The approver\'s role "{role}" in the exception {entry} is not one that may permit it ({roles}).',
)
_FUTURE = Text(
    "例外措置 {entry}の決定日（{day}）が、点検日より後の日付です。",
    "The exception {entry} carries a date of decision in the future ({day}).",
)
_PARTS = (
    Text("逸脱する条項", "the clause deviated from"), Text("理由", "the reason"), Text("代替措置", "the alternative measure"),
    Text("申請者", "the applicant"), Text("許可者", "the approver"), Text("決定日", "the date of decision"),
)  # fmt: skip


def _check(context: RuleContext) -> Iterator[Finding]:
    rules = context.policy.exceptions
    applicants = rules.applicant_roles or _APPLICANTS
    approvers = (*rules.approver_roles, *rules.delegate_roles)
    for entry in context.model.exceptions.values():
        present = (entry.clauses, entry.reason, entry.measure, entry.applicant, entry.approver, entry.decided_on)
        missing = tuple(name for name, value in zip(_PARTS, present, strict=True) if not value)
        if missing:
            yield on_entry(
                context,
                "EX-01",
                "exception",
                entry,
                _MISSING,
                key="missing",
                values={"missing": listing(missing)},
                exception=entry.id,
            )
        for person, roles, message, key in (
            (entry.applicant, applicants, _APPLICANT_ROLE, "applicant"),
            (entry.approver, approvers, _APPROVER_ROLE, "approver"),
        ):
            if person is not None and fold(person.role) not in {fold(r) for r in roles}:
                values: dict[str, object] = {"role": person.role, "roles": "、".join(roles)}
                yield on_entry(context, "EX-01", "exception", entry, message, key=key, values=values, exception=entry.id)
        if entry.decided_on is not None and entry.decided_on > context.at:
            values = {"day": entry.decided_on}
            yield on_entry(
                context,
                "EX-01",
                "exception",
                entry,
                _FUTURE,
                severity=Severity.LOW,
                key="future",
                values=values,
                exception=entry.id,
            )


RULE = rule(
    __doc__,
    "EX-01",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
