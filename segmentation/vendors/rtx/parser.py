"""Commands of a Yamaha configuration, one at a time, into drafts of filters, lists, interfaces and NAT.

Yamaha RT series command reference; the chapters are named where a command relies on them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Problems, decimal
from segmentation.model.addresses import Family
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.reading import SourceText, shown
from segmentation.vendors.rtx import reasons, vocabulary
from segmentation.vendors.rtx.filters import DynamicFilter, FilterList, StaticFilter, read_dynamic, read_list, read_static
from segmentation.vendors.rtx.lines import LINE_LIMIT, Command, commands
from segmentation.vendors.rtx.nat import Descriptor, read_nat
from segmentation.vendors.rtx.system import Said
from segmentation.vendors.rtx.values import interface_address

_FAMILY: dict[str, Family] = {"ip": 4, "ipv6": 6}


@dataclass(slots=True)
class InterfaceDraft:
    """An interface as far as it was read."""

    name: str
    location: Location
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    dynamic: bool = False  # an address learnt at run time (DHCP, IPCP, router advertisement)
    vlan: int | None = None
    description: str = ""
    enabled: bool = True


@dataclass(slots=True)
class Parser:
    """The state while commands are read; later definitions replace earlier ones, as on the router."""

    problems: Problems = field(default_factory=Problems)
    interfaces: dict[str, InterfaceDraft] = field(default_factory=dict)
    static: dict[tuple[Family, int], StaticFilter] = field(default_factory=dict)
    dynamic: dict[tuple[Family, int], DynamicFilter] = field(default_factory=dict)
    sets: dict[tuple[Family, str], dict[str, FilterList]] = field(default_factory=dict)
    lists: dict[tuple[Family, str, str], FilterList] = field(default_factory=dict)  # family, interface, in or out
    named: dict[tuple[Family, str], tuple[str, Command]] = field(default_factory=dict)  # lists given by a set's name
    descriptors: dict[int, Descriptor] = field(default_factory=dict)
    translated: dict[str, tuple[tuple[int, ...], Command]] = field(default_factory=dict)  # interface -> descriptors
    off: dict[Family, Command] = field(default_factory=dict)  # routing switched off
    has_ipv6: bool = False
    notice: bool = False  # filter log entries are NOTICE messages: "syslog notice on"
    context: dict[str, str] = field(default_factory=dict)  # "pp" and "tunnel" to the selected one
    said: list[Said] = field(default_factory=list)  # every command with the peer and tunnel it was said of

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read every command."""
        for command in commands(texts):
            if command.length > LINE_LIMIT:
                self.report(command, reasons.LINE_TOO_LONG)
            elif command.words:
                self._command(command, command.words)
                pp, tunnel = self.context.get("pp", ""), self.context.get("tunnel", "")
                self.said.append(Said(command, tuple(w.lower() for w in command.words[:2]) + command.words[2:], pp, tunnel))
                self._state(command, command.words)

    def _state(self, command: Command, words: Sequence[str]) -> None:
        """Descriptions, and what is switched off: ``pp disable 1``, ``tunnel disable 2``, ``lan shutdown lan3``."""
        head = words[0].lower()
        if head == "description" and len(words) > 2 and vocabulary.INTERFACE.match(words[1].lower()):
            named = self.interfaces.setdefault(words[1].lower(), InterfaceDraft(words[1].lower(), command.location))
            named.description = shown(" ".join(words[2:]))
        elif head in ("pp", "tunnel") and len(words) > 2 and words[1] in ("disable", "enable"):
            selected = self.interfaces.get(head + words[2])
            if selected is not None:
                selected.enabled = words[1] == "enable"
        elif head == "lan" and words[1:2] == ("shutdown",) and len(words) == 3 and words[2].lower() in self.interfaces:
            self.interfaces[words[2].lower()].enabled = False

    def report(self, command: Command, reason: Text) -> None:
        """Record what is not understood of a command."""
        self.problems.add(command.location, command.text, reason)

    def interface(self, word: str, command: Command) -> InterfaceDraft | None:
        """The draft of the interface that *word* means here; ``pp`` and ``tunnel`` mean the selected one."""
        name = word.lower()
        if name in ("pp", "tunnel"):
            selected = self.context.get(name)
            if selected is None:
                self.report(command, reasons.NO_CONTEXT)
                return None
            name += selected
        return self.interfaces.setdefault(name, InterfaceDraft(name, command.location))

    def _command(self, command: Command, words: Sequence[str]) -> None:
        head = words[0].lower()
        handler = _HANDLERS.get(head)
        if handler is not None:
            handler(self, command, words)
        elif head not in vocabulary.IRRELEVANT:
            self.report(command, reasons.UNKNOWN)
        elif words[:3] == ("syslog", "notice", "on"):
            self.notice = True

    def read_select(self, _: Command, words: Sequence[str]) -> None:
        """``pp select 1``, ``tunnel select 1``; everything else of these words is about the line itself."""
        if len(words) > 2 and words[1] == "select":
            head = words[0].lower()
            self.context.pop(head, None)
            if words[2] != "none":
                self.context[head] = words[2][:20]

    def read_ip(self, command: Command, words: Sequence[str]) -> None:
        """Commands of the router and its interfaces for one address family."""
        family = _FAMILY[words[0].lower()]
        second = words[1].lower() if len(words) > 1 else ""
        if second == "filter":
            self._filter(command, words[2:], family)
        elif vocabulary.INTERFACE.match(second):
            self._interface(command, second, words[2:], family)
        elif second in vocabulary.OTHER_FILTERS:
            self.report(command, reasons.OTHER_FILTER)
        elif second == "routing":
            if words[2:3] == ("off",):
                self.off[family] = command
            elif words[2:3] == ("on",):
                self.off.pop(family, None)
        elif second in vocabulary.IRRELEVANT_IP:
            self.has_ipv6 |= family == 6 and second in ("prefix", "route")
        else:
            self.report(command, reasons.UNKNOWN if second else reasons.SHORT)

    def _filter(self, command: Command, words: Sequence[str], family: Family) -> None:
        kind = words[0].lower() if words else ""
        if kind == "dynamic":
            if words[1:2] != ("timer",):
                dynamic = read_dynamic(command, words[1:], family, self.report)
                if dynamic is not None:
                    self.dynamic[family, dynamic.number] = dynamic
        elif kind == "set":
            self._set(command, words[1:], family)
        elif kind not in ("source-route", "directed-broadcast", "fqdn"):
            static = read_static(command, words, family, self.report)
            if static is not None:
                self.static[family, static.number] = static

    def _set(self, command: Command, words: Sequence[str], family: Family) -> None:
        """``ip filter set NAME in LIST [out LIST]``, bound by ``secure filter name NAME``."""
        if len(words) < 2:
            self.report(command, reasons.SHORT)
            return
        parts: dict[str, list[str]] = {}
        current = ""
        for word in words[1:]:
            if word in ("in", "out"):
                current = word
                parts[current] = []
            elif current:
                parts[current].append(word)
            else:
                self.report(command, reasons.BAD_NUMBER.format(text=word))
        self.sets[family, words[0]] = {d: read_list(command, listed, self.report) for d, listed in parts.items()}

    def _interface(self, command: Command, word: str, words: Sequence[str], family: Family) -> None:
        named = self.interface(word, command)
        if named is None:
            return
        what = words[0].lower() if words else ""
        if what in ("address", "secondary"):
            self._address(command, named, words[2:] if words[1:2] == ("address",) else words[1:], family)
        elif what == "secure" and words[1:2] == ("filter",):
            self._secure(command, named.name, words[2:], family)
        elif what == "nat" and words[1:2] == ("descriptor",):
            self._translate(command, named.name, words[2:])
        elif what in ("policy", "inbound"):
            self.report(command, reasons.OTHER_FILTER)
        elif what == "prefix":
            self._address(command, named, words[1:], family)
        elif what in vocabulary.IRRELEVANT_INTERFACE:
            self.has_ipv6 |= family == 6 and what in ("rtadv", "dhcp")
        else:
            self.report(command, reasons.UNKNOWN if what else reasons.SHORT)

    def _address(self, command: Command, named: InterfaceDraft, words: Sequence[str], family: Family) -> None:
        text = words[0] if words else ""
        self.has_ipv6 |= family == 6
        read = interface_address(text, family)
        if read is not None:
            named.addresses.append((family, *read))
        elif text in ("dhcp", "auto", "pdp", "remote") or "@" in text:
            named.dynamic = True
        else:
            self.report(command, reasons.BAD_INTERFACE_ADDRESS.format(text=text))

    def _secure(self, command: Command, name: str, words: Sequence[str], family: Family) -> None:
        direction = words[0].lower() if words else ""
        if direction == "name" and len(words) > 1:
            self.named[family, name] = (words[1], command)
        elif direction in ("in", "out"):
            self.lists[family, name, direction] = read_list(command, words[1:], self.report)
        else:
            self.report(command, reasons.SHORT)

    def _translate(self, command: Command, name: str, words: Sequence[str]) -> None:
        plain, _, backward = " ".join(words).partition("reverse")
        if backward:
            self.report(command, reasons.REVERSE)
        numbers = tuple(n for w in plain.split() if (n := decimal(w, 2**31 - 1)) is not None)
        if len(numbers) != len(plain.split()):
            self.report(command, reasons.BAD_TRANSLATION.format(text=plain.strip()))
        self.translated[name] = (numbers, command)

    def read_nat(self, command: Command, words: Sequence[str]) -> None:
        """NAT descriptors."""
        reason = read_nat(self.descriptors, command, words)
        if reason is not None:
            self.report(command, reason)

    def read_vlan(self, command: Command, words: Sequence[str]) -> None:
        """``vlan lan1/1 802.1q vid=10 [name=…]``; ``vlan port mapping`` moves ports of the switch."""
        if len(words) > 2 and vocabulary.INTERFACE.match(words[1].lower()):
            named = self.interface(words[1], command)
            found = next((decimal(w[4:], 4094) for w in words[2:] if w.startswith("vid=")), None)
            if named is not None:
                named.vlan = found

    def read_ethernet(self, command: Command, words: Sequence[str]) -> None:
        """Frame filters only take away: without them more seems to pass than does, never less."""
        if "filter" in words[1:3]:
            self.problems.add(command.location, command.text, reasons.FRAMES, widened=False)

    def read_schedule(self, command: Command, words: Sequence[str]) -> None:
        """A schedule may exchange filters at a time of day."""
        if "filter" in words or "nat" in words or "routing" in words:
            self.report(command, reasons.SCHEDULED)

    def read_upnp(self, command: Command, words: Sequence[str]) -> None:
        """UPnP in the state "on"."""
        if words[1:3] == ("use", "on"):
            self.report(command, reasons.UPNP)

    def read_no(self, command: Command, words: Sequence[str]) -> None:
        """``no COMMAND`` takes a setting back; what is not listed here has no say in what passes."""
        rest = tuple(w.lower() for w in words[1:])
        if rest[:1] not in (("ip",), ("ipv6",)) or len(rest) < 3:
            if rest[:2] == ("nat", "descriptor"):
                self._no_descriptor(command, rest[2:])
            return
        family = _FAMILY[rest[0]]
        if rest[1] == "filter":
            dynamic = rest[2] == "dynamic"
            number = decimal(rest[3] if dynamic and len(rest) > 3 else rest[2], 2**31 - 1)
            if number is not None and dynamic:
                self.dynamic.pop((family, number), None)
            elif number is not None:
                self.static.pop((family, number), None)
        elif rest[2:4] == ("secure", "filter") and vocabulary.INTERFACE.match(rest[1]):
            named = self.interface(rest[1], command)
            if named is not None:
                for direction in rest[4:5] or ("in", "out"):
                    self.lists.pop((family, named.name, direction), None)

    def _no_descriptor(self, command: Command, words: Sequence[str]) -> None:
        """``no nat descriptor type N`` ends a descriptor; parts of one that exists are not taken out of it."""
        number = next((n for w in words if (n := decimal(w, 2**31 - 1)) is not None), None)
        if words[:1] == ("type",) and number is not None:
            self.descriptors.pop(number, None)
        elif number is None or number in self.descriptors:
            self.report(command, reasons.UNKNOWN)


_HANDLERS: dict[str, Callable[[Parser, Command, Sequence[str]], None]] = {
    "pp": Parser.read_select, "tunnel": Parser.read_select, "ip": Parser.read_ip, "ipv6": Parser.read_ip,
    "nat": Parser.read_nat, "vlan": Parser.read_vlan, "ethernet": Parser.read_ethernet, "schedule": Parser.read_schedule,
    "upnp": Parser.read_upnp, "no": Parser.read_no,
}  # fmt: skip
