"""What goes between the sensor and its worker: bounded, and validated before anything in it is believed."""

from __future__ import annotations

import json
from typing import Any, Final

from sensors.transfer.verdict import ContentVerdict, Factor, FactorFound, Gap, MailBreach, MailText, Reason
from sensors.transfer.wording import DETAILS

#: A full notebook is below this; a longer answer is not read.
ANSWER_LIMIT: Final = 1 << 20
_TEXT: Final = 1000
_ROWS: Final = 2000


class BadAnswerError(ValueError):
    """The worker sent something that is no verdict."""


def encode(verdict: ContentVerdict) -> bytes:
    """The worker's part of a verdict as JSON; name, size and hash are the sensor's own."""
    tree = {
        "type": verdict.type,
        "factors": [[f.factor.value, f.where, f.detail, list(map(list, f.values))] for f in verdict.factors],
        "gaps": [[g.reason.value, g.where] for g in verdict.gaps],
        "mail_text": verdict.mail_text.value,
        "breaches": [[b.detail, b.where, list(map(list, b.values))] for b in verdict.breaches],
        "members": verdict.members,
    }
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "backslashreplace")


def decode(answer: bytes, *, name: str, size: int, sha256: str) -> ContentVerdict:
    """The verdict in an answer.  Raises :class:`BadAnswerError`; a worker that was taken over can say little that is wrong."""
    if len(answer) > ANSWER_LIMIT:
        raise BadAnswerError("too long")
    try:
        tree = json.loads(answer)
        return ContentVerdict(
            name=name,
            size=size,
            sha256=sha256,
            type=_text(tree["type"], 32),
            factors=tuple(_factor(row) for row in _rows(tree["factors"])),
            gaps=tuple(Gap(Reason(_text(row[0])), _text(row[1])) for row in _rows(tree["gaps"])),
            mail_text=MailText(_text(tree["mail_text"])),
            breaches=tuple(_breach(row) for row in _rows(tree["breaches"])),
            members=_count(tree["members"]),
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise BadAnswerError(str(error)) from error


def _text(value: Any, limit: int = _TEXT) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise BadAnswerError("not a short text")
    return value.encode("utf-8", "backslashreplace").decode()


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _ROWS:
        raise BadAnswerError("not a list")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadAnswerError("not a count")
    return value


def _values(detail: str, value: Any) -> tuple[tuple[str, str], ...]:
    pairs = tuple((_text(k, 40), _text(v, 400)) for k, v in _rows(value))
    if detail not in DETAILS:
        raise BadAnswerError("unknown sentence")
    DETAILS[detail].format(**dict(pairs))  # raises KeyError when a value is missing
    return pairs


def _factor(row: Any) -> FactorFound:
    detail = _text(row[2])
    return FactorFound(Factor(_text(row[0])), _text(row[1]), detail, _values(detail, row[3]))


def _breach(row: Any) -> MailBreach:
    detail = _text(row[0])
    return MailBreach(detail, _text(row[1]), _values(detail, row[2]))
