"""The reporting route is written down.

事故の連絡先が定まっている。

## What it finds

A missing name or number for whom to tell: CISO, ministry, prefecture, and the personal-information authority where there
is a My Number zone.

## Why it matters

At two in the morning nobody looks for a telephone number calmly.

## Example

The contact sheet has no entry for the prefecture.

## What to do instead

Fill in role, name and telephone, and try the numbers once a year.

## 何を見つけるか

連絡先（CISO、国、都道府県、マイナンバー利用事務系があれば個人情報の監督機関）の氏名や電話番号が欠けているのを見つけます。

## なぜ問題か

午前二時に、落ち着いて電話番号を探せる人はいません。

## 例

連絡先一覧に、都道府県の担当がない場合です。

## どうすればよいか

役割・氏名・電話番号を埋め、年に一度は実際にかけて確かめてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import fold, on_place

_ABSENT = Text("事故の連絡先に{who}がありません。", "The contact sheet has no entry for {who}.")
_NO_PHONE = Text(
    "事故の連絡先の{who}（{name}）に、電話番号がありません。", "The contact for {who} ({name}) has no telephone number."
)
_ROLES = {
    "ciso": Text("CISO", "the CISO"),
    "mic": Text("総務省", "the Ministry of Internal Affairs and Communications"),
    "prefecture": Text("都道府県", "the prefecture"),
    "ppc": Text("個人情報保護委員会", "the Personal Information Protection Commission"),
}


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    mynumber = any(z.kind is ZoneKind.MYNUMBER for z in model.zones.values())
    for role, who in _ROLES.items():
        if role == "ppc" and not mynumber:
            continue
        contacts = [c for c in model.contacts if fold(c.role) in (role, fold(who.ja))]
        if not contacts:
            yield on_place(context, "AU-06", f"contact:{role}", context.model_location, _ABSENT.format(who=who))
        elif not any(c.phone for c in contacts):
            message = _NO_PHONE.format(who=who, name=contacts[0].name)
            yield on_place(context, "AU-06", f"contact:{role}", contacts[0].location, message)


RULE = rule(
    __doc__,
    "AU-06",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
