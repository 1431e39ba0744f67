"""Whether the device holds the MAC addresses that the register says it holds (MN-04)."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.analysis.reach import Passage
from segmentation.device.match import Field
from segmentation.lint.crossings import DeviceLint
from segmentation.lint.subject import Subject
from segmentation.lint.wording import cause_of, device_rule, witness_of
from segmentation.model.finding import Finding
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text

_NOT_HELD = Text(
    "{where}は、通信経路{conduit}の開始側の機器をMACアドレスで限定していません。台帳では、この装置が限定することになっています。"
    "規則にMACアドレスの条件を加えるか、スイッチ側で限定している証跡を台帳に登録してください。",
    "{where} does not limit the initiator of conduit {conduit} by its MAC address, although the register names this device for "
    "that. Add the MAC address to the rule, or file evidence that a switch holds it.",
)
_NO_MACS = Text(
    "{device}: 台帳では通信経路{conduits}のMACアドレスをこの装置で限定することになっていますが、設定にMACアドレスの条件が"
    "ないため確認できません（MN-04）。スイッチ側の証跡が必要です。",
    "{device}: the register names this device as holding the MAC addresses of {conduits}, but its configuration has no "
    "condition on a MAC address, so this was not confirmed (MN-04); evidence from the switch side is needed.",
)


def _pinned(subject: Subject) -> dict[str, IntervalSet]:
    """Conduits whose initiator this device is to hold by MAC without other evidence, with those MACs."""
    record = subject.scope.record if subject.scope is not None else None
    if record is None or subject.judge is None or "mac" not in subject.policy.mynumber.pin:
        return {}
    out: dict[str, IntervalSet] = {}
    for conduit in subject.judge.model.conduits.values():
        macs = [
            p.mac.value
            for p in conduit.pins
            if p.side == "initiator" and p.mac is not None and p.enforced_by == record.id and not p.evidence
        ]
        if macs and conduit.valid_on(subject.at):
            out[conduit.id] = IntervalSet.from_iter((m, m) for m in macs)
    return out


def _knows_macs(subject: Subject) -> bool:
    return any(Field.SMAC in r.match.fields for c in subject.device.chains.values() for r in c.rules)


def pin_findings(subject: Subject, crossing: DeviceLint) -> Iterator[Finding]:
    """Rules that let a conduit's packets through from other MAC addresses than those on record."""
    pinned = _pinned(subject)
    if not pinned or not subject.policy.applies("MN-04") or not _knows_macs(subject):
        return
    told: set[tuple[str, str]] = set()
    for comparison in crossing.comparisons.values():
        for passage in comparison.passing.passages:
            conduit = crossing.decisions[passage.decision].conduit if passage.decision >= 0 else ""
            cause = cause_of(subject.device, passage)
            if conduit in pinned and (conduit, cause) not in told and not _held(passage, pinned[conduit]):
                told.add((conduit, cause))
                where, text = device_rule(subject.device, passage)
                yield subject.finding(
                    "MN-04", _NOT_HELD.format(where=text, conduit=conduit), where.location, rule_text=where.rule_text,
                    key=f"{where.rule_text}|{conduit}|mac", conduit=conduit, src_zone=passage.src_zone,
                    dst_zone=passage.dst_zone, witness=witness_of(passage), cause=cause,
                )  # fmt: skip


def _held(passage: Passage, macs: IntervalSet) -> bool:
    """Whether every packet of a passage that is known box by box comes from one of *macs*.

    Boxes without MACs are those of a device that knows none; with more boxes than are kept, the rules must say it.
    """
    if passage.boxes_total <= len(passage.boxes):
        return all(b.macs and b.macs.issubset(macs) for b in passage.boxes)
    rules = (*passage.trace, *((passage.rule,) if passage.rule is not None else ()))
    return any(Field.SMAC in r.match.fields and r.match.fields[Field.SMAC].issubset(macs) for r in rules)


def pin_gaps(subject: Subject) -> Iterator[Text]:
    """What cannot be confirmed on a device whose rules speak of no MAC address."""
    pinned = _pinned(subject)
    if pinned and subject.policy.applies("MN-04") and not _knows_macs(subject):
        yield _NO_MACS.format(device=subject.device.name, conduits=", ".join(pinned))
