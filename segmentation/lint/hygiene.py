"""What an audit asks of every rule: why it exists, who asked for it, whether it is used (NC-16, NC-29)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segmentation.device.device import Chain, Device, Hook, Rule, Verb
from segmentation.device.management import Aspect
from segmentation.device.match import CtState, Field
from segmentation.lint.subject import Subject, examples
from segmentation.model.finding import Finding, Severity
from segmentation.model.location import Location
from segmentation.model.text import Text

_NO_COMMENT = Text(
    "{device}の許可の規則{total}件のうち{count}件に、目的の説明がありません（{names}）。"
    "後から要否を判断できません。依頼元と目的を調べ、説明を付けてください。",
    "{count} of {total} permits of {device} have no comment ({names}), so nobody can tell later whether they are needed. Find "
    "out who asked for them and why, and write it down.",
)
_NO_OWNER = Text(
    "{device}の許可の規則{total}件のうち{count}件は、説明に担当課・担当者・申請番号のいずれもありません（{names}）。"
    "誰に確認すればよいかを書き加えてください。",
    "The comments of {count} of {total} permits of {device} name no section, person or request ({names}). Add whom to ask.",
)
_UNUSED = Text(
    "{device}の許可の規則{total}件のうち{count}件は、通過回数が0です（{names}）。"
    "年に一度の業務で使うものでないかを依頼元の課に確認し、不要なら削除してください。",
    "{count} of {total} permits of {device} have counted no packet ({names}). Ask the section that requested them whether they "
    "serve something done once a year; if not, delete them.",
)
#: A comment names its owner: a section or post, a mail address, a number of a request or ticket, or "owner:" and the like.
OWNER = re.compile(
    r"(?i)課|係|室|担当|主任|主査|部長|センター|委員会|事務局|申請|起案|稟議|第\s*\d+\s*号|"
    r"[\w.+-]+@[\w-]+|\b[A-Z]{2,10}-\d+|#\d+|(owner|requester|req|ticket|chg|change|by)\s*[:=#]\s*\S"
)
_WORDS = re.compile(r"[\w.-]+")
_READ = 500  # characters of a comment that are looked at
_PERMITS = frozenset({Verb.ACCEPT, Verb.STOP})


def hygiene_findings(subject: Subject) -> Iterator[Finding]:
    """One finding for each kind of neglect, with how many rules it concerns and the first of them."""
    aspects = subject.device.aspects & {Aspect.COMMENTS, Aspect.HITS}
    if not aspects:
        return
    permits = permitting_rules(subject.device)
    bare = [r for r in permits if not r.comment.strip()]
    known = _registered(subject)
    words = subject.judge.model.settings.owner_words if subject.judge is not None else ()
    unowned = [r for r in permits if r.comment.strip() and not names_owner(r.comment, known, words)]
    counted = [r for r in permits if r.hits is not None]
    # A device whose counters are all zero has just been started or reset: then nothing is known.
    idle = [r for r in counted if r.hits == 0] if any(r.hits for r in counted) else []
    for rule, aspect, key, message, some in (
        ("NC-29", Aspect.COMMENTS, "comment", _NO_COMMENT, bare),
        ("NC-29", Aspect.COMMENTS, "owner", _NO_OWNER, unowned),
        ("NC-16", Aspect.HITS, "hits", _UNUSED, idle),
    ):
        if some and aspect in aspects and subject.policy.applies(rule):
            text = message.format(
                device=subject.device.name, total=len(permits), count=len(some), names=examples([_named(r) for r in some])
            )
            yield subject.finding(
                rule, text, some[0].location, key=f"hygiene|{key}", rule_text=some[0].text, severity=Severity.LOW,
                count=len(some),
            )  # fmt: skip


def names_owner(comment: str, registered: frozenset[str] = frozenset(), words: Sequence[str] = ()) -> bool:
    """Whether a comment says whom to ask: in a usual form, by one of *words*, or by the ID of a *registered* entry."""
    text = comment[:_READ]
    folded = text.casefold()
    return (
        OWNER.search(text) is not None
        or not registered.isdisjoint(_WORDS.findall(folded))
        or any(w and w.casefold() in folded for w in words)
    )


def _registered(subject: Subject) -> frozenset[str]:
    """The IDs of what the zone model has on record with its people: conduits, exceptions, changes."""
    if subject.judge is None:
        return frozenset()
    model = subject.judge.model
    return frozenset(i.casefold() for i in (*model.conduits, *model.exceptions, *(c.id for c in model.changes)))


def permitting_rules(device: Device) -> tuple[Rule, ...]:
    """The rules that let forwarded packets through, one a line, in the order of the chains.

    Answers of known sessions, and rules the parser made out of a binding, are not somebody's permit.
    """
    seen: dict[tuple[Location, str], Rule] = {}
    for chain in _forwarding(device):
        for rule in chain.rules:
            if rule.action.verb in _PERMITS and rule.text and _somebodys(rule):
                seen.setdefault((rule.location, rule.id), rule)
    return tuple(seen.values())


def _somebodys(rule: Rule) -> bool:
    state = rule.match.fields.get(Field.STATE)
    return (state is None or CtState.NEW in state) and not rule.text.startswith("implicit")


def _forwarding(device: Device) -> Iterator[Chain]:
    """The chains that packets being forwarded may pass, in the order in which they are written."""
    waiting = [b.chain for b in device.base_chains if b.hook is Hook.FORWARD]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in reached or name not in device.chains:
            continue
        reached.add(name)
        waiting += [r.action.target for r in device.chains[name].rules if r.action.target]
    return (c for n, c in device.chains.items() if n in reached)


def _named(rule: Rule) -> tuple[str, Location]:
    text = rule.id or rule.text
    return (text if len(text) <= 40 else text[:39] + "…"), rule.location
