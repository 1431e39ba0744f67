"""Access lists as chains."""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Chain, Rule
from segmentation.device.match import ANY_PACKET, Field, Match
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.cisco_acl.entry import Entry
from segmentation.vendors.cisco_acl.lines import Line

#: Implicitly permitted at the end of every IPv6 list, before the implicit deny: neighbour solicitation and advertisement
#: (Cisco IOS IPv6 Command Reference, "ipv6 access-list").
_ND = {Field.PROTO: IntervalSet.single(58), Field.SPORT: IntervalSet.of((135, 136))}
#: What a device keeps of the remark before an entry.
_COMMENT_LIMIT = 300


@dataclass(slots=True)
class AccessList:
    """A named list: its entries with their sequence numbers."""

    name: str
    families: frozenset[Family]
    head: Line
    entries: list[tuple[int, Entry]] = field(default_factory=list)
    implicit_nd: bool = False
    remark: list[str] = field(default_factory=list)
    referenced: bool = False  # by something that is no packet filter
    _numbered: dict[int, Entry] = field(default_factory=dict)

    def add(self, entry: Entry, sequence: int | None = None) -> None:
        """Add an entry; without a number it comes ten after the last one, as the devices number."""
        number = sequence if sequence is not None else (self.entries[-1][0] if self.entries else 0) + 10
        if sequence is not None:
            entry.id = str(sequence)
            earlier = self._numbered.setdefault(sequence, entry)
            if earlier is not entry and any(e is earlier for _, e in self.entries):
                # One number, two entries: some systems refuse the second, others let it take the place of the first.
                for each in (earlier, entry):
                    each.doubts.append(f"number {sequence} twice")
        entry.comment = " ".join(self.remark)[:_COMMENT_LIMIT]
        self.entries.append((number, entry))

    def note(self, text: str, *, fresh: bool) -> None:
        """Keep a remark for the entries that follow; *fresh*: an entry stood between it and the one before."""
        if fresh:
            self.remark = []
        if len(self.remark) < 32:
            self.remark.append(text)

    @property
    def ordered(self) -> list[Entry]:
        """The entries in the order of their numbers; entries of one number as written."""
        return [e for _, e in sorted(self.entries, key=lambda pair: pair[0])]

    def chain(self, name: str, *, final_deny: bool = True) -> Chain:
        """The list as a chain of the device."""
        rules = [rule for entry in self.ordered for rule in entry.rules()]
        if final_deny:
            rules += implicit_end(self)
        return Chain(name=name, rules=tuple(rules), location=self.head.location)


def implicit_end(acl: AccessList) -> list[Rule]:
    """What the device adds: neighbour discovery for IPv6, then the deny of everything else."""
    out: list[Rule] = []
    last = acl.ordered[-1] if acl.entries else None
    if last is not None and not last.permit and says_everything(last, acl.families):
        return out  # written out: the implicit one would never be reached
    if acl.implicit_nd and 6 in acl.families:
        nd = Match(fields=_ND)
        text = "implicit: permit icmp any any nd-na, nd-ns"
        out.append(Rule(match=nd, action=ACCEPT, location=acl.head.location, text=text, families=frozenset({6})))
    text = "implicit: deny ip any any" if acl.families != frozenset({6}) else "implicit: deny ipv6 any any"
    out.append(Rule(match=ANY_PACKET, action=DROP, location=acl.head.location, text=text, families=acl.families))
    return out


def says_everything(entry: Entry, families: frozenset[Family]) -> bool:
    """Whether an entry certainly matches every packet of the list's families."""
    rules = list(entry.rules())
    whole = [r for r in rules if not (r.match.fields or r.match.uncertain)]
    return frozenset(f for r in whole for f in r.families) == families
