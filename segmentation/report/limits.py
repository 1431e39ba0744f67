"""What a report could not read, decide or see: printed at the end of every report, also when it is nothing."""

from __future__ import annotations

from segmentation.model.text import Text
from segmentation.report.run import LintRun, ReplayRun, Run
from segmentation.vendors.reading import mask

_NOT_UNDERSTOOD = Text("理解できなかった内容", "Not understood")
_NOT_DECIDED = Text("判定できなかった内容", "Not decided")
_NOT_VISIBLE = Text("見えていない範囲", "Not visible")
_NOTHING_LINT = Text("理解できなかった行はありません。", "Every line was understood.")
_NOTHING_REPLAY = Text(
    "破損した記録や解読できないパケットはありません。", "No capture was damaged and every packet was decoded."
)
_NOTHING_UNDECIDED = Text("判定できなかった項目はありません。", "Everything asked was decided.")
_ONLY_INPUTS = Text(
    "この結果は、上に挙げた入力ファイルだけから分かることです。実際に動作している設定や、ほかの装置・経路は確認していません。",
    "This result is what follows from the input files above alone; neither the running configuration nor other devices and "
    "paths were examined.",
)
_ONLY_CAPTURE = Text(
    "この結果は、上に挙げた記録に写った通信だけから分かることです。記録されていない場所・時間の通信は確認していません。",
    "This result is what follows from the traffic in the captures above alone; traffic elsewhere or at other times was not "
    "examined.",
)
_LINE = Text("{file}:{line}:「{text}」 {reason}", "{file}:{line}: “{text}”: {reason}")
_DAMAGE = Text(
    "{file}: {offset:,}バイト目から先を読めません（{reason}）。それより前は判定しました。",
    "{file}: cannot be read from byte {offset:,} on ({reason}); everything before it was judged.",
)
_UNDECODED = Text("{file}: 解読できないパケット（{reason}） {n:,}件", "{file}: packets not decoded ({reason}): {n:,}")


def limits(run: Run) -> list[tuple[Text, list[Text]]]:
    """The three closing sections with their lines, never empty."""
    return [
        (_NOT_UNDERSTOOD, _not_understood(run)),
        (_NOT_DECIDED, list(run.undecided) or [_NOTHING_UNDECIDED]),
        (_NOT_VISIBLE, [*run.not_visible, _ONLY_CAPTURE if isinstance(run, ReplayRun) else _ONLY_INPUTS]),
    ]


def _clause(reason: Text | str) -> Text:
    """A sentence without its full stop, to be put into brackets."""
    whole = reason if isinstance(reason, Text) else Text(reason, reason)
    return Text(whole.ja.rstrip("。."), whole.en.rstrip("."))


def _not_understood(run: Run) -> list[Text]:
    if isinstance(run, LintRun):
        lines = [
            _LINE.format(file=i.file, line=n.line, reason=n.sentence or mask(n.reason), text=mask(n.text))
            for i in run.inputs
            for n in i.not_understood
        ]
        return lines or [_NOTHING_LINT]
    if isinstance(run, ReplayRun):
        lines = [
            _DAMAGE.format(file=c.file, offset=c.damage.offset, reason=_clause(c.damage.sentence or c.damage.reason))
            for c in run.captures
            if c.damage is not None
        ]
        lines += [
            _UNDECODED.format(file=c.file, reason=c.reasons.get(reason, reason), n=n)
            for c in run.captures
            for reason, n in sorted(c.not_decoded.items())
        ]
        return lines or [_NOTHING_REPLAY]
    return [_NOTHING_LINT]
