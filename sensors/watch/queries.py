"""Questions for public names from the My Number zone, put together by host and domain (MN-13).

A busy resolver sees thousands of questions a second and nearly all of them were seen before.  What a question says is
therefore read once, and one finding for each host and domain tells how often it was asked since the last look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import FlowState, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind

_ROOM = 16_384  # questions of hosts remembered; all are forgotten when it is full
_PENDING = 4096  # hosts and domains that one look tells
_POINTER = 0xC0  # RFC 1035 4.1.4: a name with none of these octets stands for itself, wherever it is
_PUBLIC = Text(
    "{zone}の{address}が、インターネット上の名前（{name}）の問い合わせをしています。設定の誤りか、不正なプログラムの疑いがあります。",
    "{address} in {zone} asks for a public name ({name}): a wrong setting or a program that does not belong there.",
)
Place = tuple[int, int]  # packet number, ns


@dataclass(slots=True)
class _Asked:
    """What one host asked of one domain since the last look."""

    family: Family
    address: int
    zone: str
    domain: str
    count: int = 0
    names: tuple[str, str] = ("", "")  # the first and the newest
    places: tuple[Place, Place] = ((0, 0), (0, 0))


class Questions:
    """Collects questions; *name_of* reads the name at the beginning of octets that hold no pointer."""

    def __init__(self, name_of: Callable[[bytes, int], tuple[str, int]], count: Callable[[str], None]) -> None:
        self._name_of, self._count = name_of, count
        self._known: dict[tuple[bytes, bytes], tuple[_Asked, str] | None] = {}
        self._pending: dict[tuple[Family, int, str], _Asked] = {}
        self._judge: Judge | None = None
        self._internal: tuple[str, ...] = ()

    def reload(self, judge: Judge) -> None:
        """Ask anew who may ask for what; what is not told yet is dropped where its zone is gone."""
        self._known.clear()
        self._judge = judge
        self._internal = tuple("." + d.strip(".").lower() for d in judge.model.settings.internal_domains)
        self._pending = {k: a for k, a in self._pending.items() if a.zone in judge.model.zones}

    def plain(self, source: bytes, octets: bytes, place: Place) -> bool:
        """Take a query in that stands alone and has no pointer; false where it must be read in full.

        *source*: the four or sixteen octets of the address; *octets*: the message.
        """
        # RFC 1035 4.1.1: no response, opcode 0, exactly one question, no answer.
        if len(octets) < 17 or octets[2] & 0xF8 or octets[4:8] != b"\0\1\0\0":
            return False
        end = octets.find(0, 12)
        question = octets[12 : end + 1]
        key = (source, question)
        try:
            known = self._known[key]
        except KeyError:
            if end < 0 or max(question) >= _POINTER:
                return False
            try:
                name, after = self._name_of(question, 0)
            except (IndexError, ValueError):
                return False
            if after != len(question):
                return False
            known = self._learn(key, name)
        if known is not None:
            self._add(*known, place)
        return True

    def other(self, family: Family, address: int, name: str, place: Place) -> None:
        """Take a question in that was read in full."""
        asked = self._entry(family, address, name)
        if asked is not None:
            self._add(asked, name, place)

    def _learn(self, key: tuple[bytes, bytes], name: str) -> tuple[_Asked, str] | None:
        source = key[0]
        asked = self._entry(4 if len(source) == 4 else 6, int.from_bytes(source, "big"), name)
        if len(self._known) >= _ROOM:
            self._known.clear()
        known = self._known[key] = None if asked is None else (asked, name)
        return known

    def _entry(self, family: Family, address: int, name: str) -> _Asked | None:
        """Where the question is counted, or ``None`` where it is nobody's business."""
        assert self._judge is not None
        zone = self._judge.zonemap.zone_of(family, address)
        if not zone or self._judge.model.layer(zone).kind is not ZoneKind.MYNUMBER:
            return None
        if "." not in name or ("." + name).endswith(self._internal):
            return None
        domain = ".".join(name.split(".")[-3:])
        return self._pending.get((family, address, domain)) or _Asked(family, address, zone, domain)

    def _add(self, asked: _Asked, name: str, place: Place) -> None:
        if not asked.count:
            # Another question may have begun the same entry anew since this one was learnt.
            key = (asked.family, asked.address, asked.domain)
            asked = self._pending.setdefault(key, asked) if len(self._pending) < _PENDING else self._pending.get(key, asked)
            if not asked.count:
                if key not in self._pending:
                    self._count("names_not_told")
                    return
                asked.names, asked.places = (name, name), (place, place)
        asked.count += 1
        asked.names, asked.places = (asked.names[0], name), (asked.places[0], place)

    def take(self, zone_name: Callable[[str], Text]) -> Iterator[dict[str, Any]]:
        """The fields of a finding for each host and domain since the last call."""
        pending, self._pending = self._pending, {}
        for a in pending.values():
            shown, ((first, begun), (last, ended)) = format_address(a.family, a.address), a.places
            key = f"name/{shown}/{a.domain}"
            yield {
                "message": _PUBLIC.format(zone=zone_name(a.zone), address=shown, name=a.names[0]), "cause": key, "key": key,
                "src_zone": a.zone, "dst_zone": "", "state": FlowState.ATTEMPTED, "count": a.count,
                "where": Where(first_packet=first, last_packet=last, first_ns=begun, last_ns=ended),
                "detail": (("address", shown), ("name", a.names[1])),
            }  # fmt: skip
            a.count = 0
