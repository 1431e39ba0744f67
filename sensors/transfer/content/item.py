"""One piece of content on its way through the examination, and the notebook the examination writes into."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from sensors.transfer.content.limits import Account, BoundHitError, Limits
from sensors.transfer.verdict import Factor, FactorFound, Gap, MailBreach, MailText, Reason
from sensors.transfer.wording import DETAILS

#: No name in a result is longer (bytes of hostile names are bounded long before they reach a report).
NAME_LIMIT = 200


class Inside(enum.Enum):
    """What kind of container a piece of content came out of."""

    NOTHING = "nothing"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Bytes with their name, declared type and place.

    ``at``: the names from the file to this item; ``archives``: how many archives are around it; ``depth``: how many
    containers of any kind.
    """

    data: bytes
    name: str = ""
    declared: str = ""
    at: tuple[str, ...] = ()
    inside: Inside = Inside.NOTHING
    depth: int = 0
    archives: int = 0
    missing: bool = False  # the bytes end before the file does
    by_name: bool = True  # the name is one that a user sees, so it can lie

    @property
    def suffix(self) -> str:
        """The last extension, in lower case and without the dot; empty if there is none."""
        return suffix_of(self.name)

    def place(self, *more: str) -> str:
        """Where this item is, followed by a place inside it."""
        return " > ".join(p for p in (*self.at, *more) if p)[: NAME_LIMIT * 4]


def suffix_of(name: str) -> str:
    """The last extension of *name* as Windows sees it (trailing dots and spaces are not part of a name there)."""
    base = name.replace("\\", "/").rpartition("/")[2].rstrip(". \u3000\t\r\n\0")
    stem, dot, suffix = base.rpartition(".")
    return suffix.lower() if dot and (stem or suffix) and len(suffix) <= 16 else ""


Look = Callable[["Notebook", Item], str]


@dataclass(slots=True)
class Notebook:
    """What one examination finds; bounded, and without duplicates.  ``look`` examines content found inside content."""

    look: Look
    limits: Limits = field(default_factory=Limits)
    account: Account = field(init=False)
    factors: dict[FactorFound, None] = field(default_factory=dict)
    gaps: dict[Gap, None] = field(default_factory=dict)
    places: dict[tuple[Factor, str], int] = field(default_factory=dict)
    mail_text: MailText = MailText.NOT_MAIL
    breaches: dict[MailBreach, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open the account."""
        self.account = Account(self.limits)

    def found(self, factor: Factor, item: Item, detail: str, *more: str, **values: str) -> None:
        """Note a factor of *item*, at the place *more* inside it."""
        assert detail in DETAILS, detail
        entry = FactorFound(factor, item.place(*more), detail, tuple((k, clean(v)) for k, v in sorted(values.items())))
        kind = (factor, detail)
        # A thousand links of one kind are one fact with a thousand places; the first ones are enough to find it.
        if entry in self.factors or self.places.get(kind, 0) >= self.limits.places:
            return
        self.places[kind] = self.places.get(kind, 0) + 1
        self.factors[entry] = None

    def unseen(self, reason: Reason, item: Item, *more: str) -> None:
        """Note that a part of *item* was not seen."""
        if len(self.gaps) < self.limits.gaps or all(g.reason is not reason for g in self.gaps):
            self.gaps.setdefault(Gap(reason, item.place(*more)))

    def breach(self, detail: str, item: Item, *more: str, **values: str) -> None:
        """Note that a mail is more than text."""
        if len(self.breaches) < self.limits.factors:
            self.breaches.setdefault(
                MailBreach(detail, item.place(*more), tuple((k, clean(v)) for k, v in sorted(values.items())))
            )

    def bound(self, error: BoundHitError, item: Item) -> None:
        """Note that *item* hit a bound; a bomb is a factor, a merely large archive is not."""
        if error.what == "members":
            self.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        self.found(Factor.ARCHIVE_BOMB, item, "bomb_ratio" if error.what == "ratio" else "bomb_size")
        self.unseen(Reason.EXPANDS_TOO_FAR, item)

    def inner(
        self,
        item: Item,
        data: bytes,
        name: str,
        inside: Inside,
        *,
        step: str = "",
        declared: str = "",
        by_name: bool = True,
        layer: bool = False,
    ) -> str:
        """Examine content found inside *item*; returns its type, empty if it was not looked at.

        *layer*: it is the second layer of one archive (the tar of a tar.gz), not an archive inside another.

        Raises :class:`BoundHitError` when the members or the output of the whole examination are used up.
        """
        self.account.member()
        if item.depth + 1 > self.limits.nesting:
            self.unseen(Reason.TOO_DEEP, item, step or name)
            return ""
        digest = hashlib.sha256(data).digest()
        shown = clean(step or name)
        # A quine holds itself: the same bytes on the way down are never opened twice.
        if len(item.at) >= 2 and digest in self.account.opened and digest == hashlib.sha256(item.data).digest():
            self.found(Factor.ARCHIVE_BOMB, item, "bomb_quine", shown)
            return ""
        self.account.opened.add(digest)
        archives = item.archives + (1 if inside is Inside.ARCHIVE and not layer else 0)
        made = Item(
            data=data, name=name, declared=declared, at=(*item.at, shown or "?"), inside=inside,
            depth=item.depth + 1, archives=archives, by_name=by_name,
        )  # fmt: skip
        return self.look(self, made)


def clean(text: str) -> str:
    """*text* bounded, and without characters that cannot be encoded."""
    short = text if len(text) <= NAME_LIMIT else text[: NAME_LIMIT - 1] + "…"
    return short.encode("utf-8", "backslashreplace").decode()
