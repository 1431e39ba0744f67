"""One finding as lines of the text report: message, clauses, witness with its path, state, confidence, exception."""

from __future__ import annotations

from segmentation.model.finding import Confidence, Finding, Witness
from segmentation.model.location import NOWHERE
from segmentation.model.text import Text
from segmentation.report.run import Run
from segmentation.report.witness import packet_words
from segmentation.report.words import CONFIDENCES, clause_words, local_time
from segmentation.vendors.reading import mask

_RULE_TEXT = Text("規則: {text}", "rule: {text}")
_PAIR = Text("{src} → {dst}", "{src} → {dst}")
_CLAUSE = Text("根拠: {clause}", "clause: {clause}")
_WITNESS = Text("証拠パケット: {packet}", "witness: {packet}")
_STEP = Text("経路 {n}: {where}  {text}", "path {n}: {where}  {text}")
_BLAME = Text(
    "原因の規則（これらをすべて外すと閉じ、どれも残せません）: {n}件",
    "rules to blame (removing exactly these closes it; none can stay): {n}",
)
_BLAME_BOUNDED = Text(
    "原因の規則（少なくとも次のもの。ほかにもあり得ます）: {n}件", "rules to blame (at least these; there may be more): {n}"
)
_BLAMED = Text("　外す {where}  {text}", "  remove {where}  {text}")
_BLAMED_SHOWN = 8
_STATE = Text("状態: {state}", "state: {state}")
_CONFIDENCE = Text("確度: {word}（{reason}）", "confidence: {word} ({reason})")
_CONFIDENCE_ONLY = Text("確度: {word}", "confidence: {word}")
_PACKETS = Text("パケット番号 {first}〜{last}（{capture}）", "packets {first} to {last} of {capture}")
_TIMES = Text("時刻 {first} 〜 {last}", "from {first} to {last}")
_EXCEPTION = Text("例外 {id}「{name}」: {left}", "exception {id} “{name}”: {left}")
_LEFT = Text("残り{days}日（{end}まで）", "{days} days left (until {end})")
_EXPIRED = Text("{days}日前に期限切れ（{end}まで）", "expired {days} days ago (until {end})")
_NO_END = Text("期限の定めなし", "no end date")
_COUNT = Text("同じ内容 {n:,}件", "{n:,} times")
_RELATED = Text("関連規則: {rules}", "related rules: {rules}")
_CONDUIT = Text("対象の通信経路: {id}", "conduit: {id}")


def place(finding: Finding) -> str:
    """File and line, device and interface, as far as known."""
    where = finding.where
    parts = [str(where.location)] if where.location != NOWHERE else []
    return "  ".join(parts + [p for p in (where.device, where.interface) if p])


def zone_pair(run: Run, finding: Finding) -> Text:
    """The finding's zones by name, initiator first; empty for a finding that concerns no pair."""
    if not finding.src_zone and not finding.dst_zone:
        return Text("", "")
    return _PAIR.format(src=run.zone(finding.src_zone), dst=run.zone(finding.dst_zone))


def finding_lines(run: Run, finding: Finding) -> list[Text]:
    """Everything known about *finding*."""
    lines: list[Text] = []
    if finding.where.rule_text:
        lines.append(_RULE_TEXT.format(text=mask(finding.where.rule_text)))
    lines.append(finding.message)
    if finding.src_zone or finding.dst_zone:
        lines.append(zone_pair(run, finding))
    lines += _clauses(finding)
    if finding.witness is not None:
        lines.append(_WITNESS.format(packet=packet_words(finding.witness.packet)))
        lines += _path(finding.witness)
    lines += _blame(finding)
    lines += _flow_facts(run, finding)
    lines += _certainty(finding)
    if finding.conduit:
        lines.append(_CONDUIT.format(id=finding.conduit))
    if finding.exception:
        lines.append(_exception(run, finding.exception))
    if finding.related:
        lines.append(_RELATED.format(rules=", ".join(finding.related)))
    if finding.count > 1:
        lines.append(_COUNT.format(n=finding.count))
    return lines


def consequence_lines(run: Run, finding: Finding, lead: Finding, *, first: bool) -> list[Text]:
    """What *finding* adds to the *lead* of its block; message and clauses only for the *first* finding of its rule."""
    lines = [finding.message, *_clauses(finding)] if first else []
    if finding.witness is not None:
        lines.append(_WITNESS.format(packet=packet_words(finding.witness.packet)))
        if lead.witness is None or finding.witness.path != lead.witness.path:
            lines += _path(finding.witness)
    if lead.blame != finding.blame:
        lines += _blame(finding)
    lines += _flow_facts(run, finding)
    lines += _certainty(finding)
    if finding.conduit and finding.conduit != lead.conduit:
        lines.append(_CONDUIT.format(id=finding.conduit))
    if finding.exception and finding.exception != lead.exception:
        lines.append(_exception(run, finding.exception))
    return lines


def _clauses(finding: Finding) -> list[Text]:
    notes = [c.note for c in finding.clauses if c.note is not None]
    return [*(_CLAUSE.format(clause=clause_words(c)) for c in finding.clauses), *notes]


def _path(witness: Witness) -> list[Text]:
    lines: list[Text] = []
    for n, step in enumerate(witness.path, 1):
        note = Text("", "") if step.note is None else Text(f"（{step.note.ja}）", f" ({step.note.en})")
        line = _STEP.format(n=n, where=str(step.location), text=mask(step.text))
        lines.append(Text(line.ja + note.ja, line.en + note.en))
    return lines


def _blame(finding: Finding) -> list[Text]:
    """The rules to blame, where there are others than the one the finding is about."""
    blame = finding.blame
    if blame is None or [s.location for s in blame.rules] == [finding.where.location]:
        return []
    lines = [(_BLAME if blame.minimal else _BLAME_BOUNDED).format(n=len(blame.rules))]
    for step in blame.rules[:_BLAMED_SHOWN]:
        line = _BLAMED.format(where=str(step.location), text=mask(step.text))
        note = Text("", "") if step.note is None else Text(f"（{step.note.ja}）", f" ({step.note.en})")
        lines.append(Text(line.ja + note.ja, line.en + note.en))
    return lines


def _flow_facts(run: Run, finding: Finding) -> list[Text]:
    lines: list[Text] = []
    if finding.state is not None:
        lines.append(_STATE.format(state=finding.state.text))
    where = finding.where
    if where.first_packet:
        lines.append(
            _PACKETS.format(first=where.first_packet, last=where.last_packet or where.first_packet, capture=where.capture)
        )
    if where.first_ns:
        first, last = (local_time(t, run.utc_offset_minutes) for t in (where.first_ns, where.last_ns or where.first_ns))
        lines.append(_TIMES.format(first=first, last=last))
    return lines


def _certainty(finding: Finding) -> list[Text]:
    if finding.confidence_reason is not None:
        return [_CONFIDENCE.format(word=CONFIDENCES[finding.confidence], reason=finding.confidence_reason)]
    return [] if finding.confidence is Confidence.CERTAIN else [_CONFIDENCE_ONLY.format(word=CONFIDENCES[finding.confidence])]


def _exception(run: Run, exception_id: str) -> Text:
    note = run.exceptions.get(exception_id)
    if note is None:
        return Text(f"例外 {exception_id}", f"exception {exception_id}")
    if note.days_left is None:
        left = _NO_END
    else:
        left = (_LEFT if note.days_left >= 0 else _EXPIRED).format(days=abs(note.days_left), end=note.expires_on)
    return _EXCEPTION.format(id=exception_id, name=note.name, left=left)
