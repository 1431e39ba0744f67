"""Named objects and applied filters of a rule base: dead, empty, expired, undefined, unapplied (NC-03)."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Aspect, ConfigObject, ObjectKind
from segmentation.lint.subject import Subject, examples
from segmentation.model.finding import Finding, Severity
from segmentation.model.location import Location
from segmentation.model.text import Text

_KIND = {
    ObjectKind.ADDRESS: Text("アドレス", "address"),
    ObjectKind.ADDRESS_GROUP: Text("アドレスグループ", "address group"),
    ObjectKind.SERVICE: Text("サービス", "service"),
    ObjectKind.SERVICE_GROUP: Text("サービスグループ", "service group"),
    ObjectKind.SCHEDULE: Text("スケジュール", "schedule"),
    ObjectKind.FILTER: Text("フィルター", "filter"),
    ObjectKind.ZONE: Text("ゾーン", "zone"),
    ObjectKind.SET: Text("集合", "set"),
}
_EMPTY = Text(
    "{device}の規則が、中身のない{kind}を使っています（{count}件: {names}）。その規則は働きません。"
    "入れるべきものを依頼元に確認するか、規則ごと削除してください。",
    "Rules of {device} use {kind} objects without content ({count}: {names}), so they do nothing. Ask whoever requested them "
    "what belongs there, or delete them with their rules.",
)
_DISABLED = Text(
    "{device}の規則が、無効にされた{kind}を使っています（{count}件: {names}）。"
    "意図した制限や許可になっていないおそれがあります。依頼元に要否を確認してください。",
    "Rules of {device} use {kind} objects that are switched off ({count}: {names}); they may not do what was intended. "
    "Ask whoever requested them.",
)
_EXPIRED = Text(
    "{device}の規則が、期限の切れた{kind}を使っています（{count}件: {names}、最も古いものは{day}まで）。"
    "延長が必要かを依頼元に確認し、不要なら規則ごと削除してください。",
    "Rules of {device} use {kind} objects whose time is over ({count}: {names}; the oldest ended on {day}). Ask whoever "
    "requested them whether they are still needed; if not, delete them with their rules.",
)
_UNUSED = Text(
    "{device}の{kind}のうち{count}件は、どの規則からも使われていません（{names}）。"
    "残っていると誤って使われるため、業者に確認のうえ削除してください。",
    "{count} {kind} objects of {device} are used by no rule ({names}). What is left over gets used by mistake: ask the "
    "contractor and delete them.",
)
_UNDEFINED = Text(
    "{device}の{where}に、定義のないフィルター「{name}」が適用されています。多くの装置では何も制限されません。"
    "名前の誤りでないかを確認し、定義するか、正しいものを適用してください。",
    "At {where}, {device} applies a filter “{name}” that is not defined; on many devices that limits nothing. Check for a "
    "mistyped name, then define it or apply the right one.",
)
_UNAPPLIED = Text(
    "{device}のフィルター{count}件は、定義されていますがどこにも適用されていません（{names}）。"
    "効いていると思われているおそれがあります。適用漏れでないかを確認し、不要なら削除してください。",
    "{count} filters of {device} are defined and applied nowhere ({names}); somebody may believe they work. Find out whether "
    "applying them was forgotten; if not, delete them.",
)


def object_findings(subject: Subject) -> Iterator[Finding]:
    """NC-03 about objects and bindings; each fault of one kind of object is one finding."""
    if not subject.policy.applies("NC-03"):
        return
    if Aspect.OBJECTS in subject.device.aspects:
        for kind in ObjectKind:
            yield from _of_kind(subject, kind, [o for o in subject.device.objects if o.kind is kind])
    if Aspect.BINDINGS in subject.device.aspects:
        yield from _bindings(subject)


def _of_kind(subject: Subject, kind: ObjectKind, objects: list[ConfigObject]) -> Iterator[Finding]:
    used = [o for o in objects if o.used_by]
    expired = [o for o in used if o.expires is not None and o.expires < subject.at]
    oldest = min((o.expires for o in expired if o.expires is not None), default=None)
    unused = [] if kind is ObjectKind.FILTER else [o for o in objects if not o.used_by]
    for message, key, severity, some in (
        (_EMPTY, "empty", None, [o for o in used if o.empty]),
        (_DISABLED, "disabled", None, [o for o in used if o.disabled]),
        (_EXPIRED, "expired", None, expired),
        (_UNUSED, "unused", Severity.LOW, unused),
    ):
        if some:
            text = message.format(
                device=subject.device.name, kind=_KIND[kind], count=len(some), names=examples(_named(some)), day=oldest
            )
            place = some[0].user if key != "unused" and some[0].user.file else some[0].location
            yield subject.finding("NC-03", text, place, key=f"object|{kind}|{key}", severity=severity, count=len(some))


def _named(objects: list[ConfigObject]) -> list[tuple[str, Location]]:
    return [(o.name, o.location) for o in objects]


def _bindings(subject: Subject) -> Iterator[Finding]:
    device = subject.device
    for bound in device.bindings:
        if not bound.defined:
            message = _UNDEFINED.format(device=device.name, where=bound.where, name=bound.filter)
            key = f"undefined|{bound.filter}|{bound.where}|{bound.direction}"
            yield subject.finding("NC-03", message, bound.location, key=key, severity=Severity.HIGH)
    applied = {b.filter for b in device.bindings}
    if Aspect.OBJECTS not in device.aspects:
        return
    loose = [o for o in device.objects if o.kind is ObjectKind.FILTER and o.name not in applied and not o.used_by]
    if loose:
        text = _UNAPPLIED.format(device=device.name, count=len(loose), names=examples(_named(loose)))
        yield subject.finding("NC-03", text, loose[0].location, key="unapplied", count=len(loose))
