"""Names that hosts ask for and connect to: public names from the My Number zone, approved names of a breakout (MN-13, LG-14).

What cannot be seen is counted, never taken for approved: connections whose name is hidden (ECH), missing, or was not captured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import Confidence, Finding, Where
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.kernels.words import UDP
from sensors.rows import record
from sensors.watch.basis import Bounded, Watch, witness
from sensors.watch.hello import HELLO_ROOM, Hello, Told, client_hello, joined, quic_crypto, tls_hello
from sensors.watch.infrastructure import octets_of, source_of
from sensors.watch.queries import Questions
from sensors.watch.watcher import FlowTable

_CONNECTIONS = 16_384  # of which the beginning is being put together
_ANSWERS = 65_536  # addresses with the names they were given for
_NAMES = 8  # names remembered of one address
_MESSAGES, _LONGEST = 4096, 512  # messages remembered, octets of the longest of them
_FLAG_QR = 0x80  # RFC 1035 4.1.1
_NOT_APPROVED = Text(
    "{zone}の{address}から、承認されていない接続先（{name}）への通信がありました。{reason}",
    "{address} in {zone} connected to a destination that is not approved ({name}). {reason}",
)
_FROM_DNS = Text(
    "接続先の名前は暗号化されているか送られておらず、直前の名前解決から推定しました。",
    "The name was hidden or not sent, and is inferred from the DNS answer before.",
)


@dataclass(slots=True)
class _Beginning:
    """What was seen of a connection's first packets."""

    pieces: dict[int, bytes] = field(default_factory=dict)
    first_seq: int = -1
    done: bool = False


class NameWatch(Watch):
    """Reads DNS, ClientHello and QUIC Initial packets.

    Counters: ``dns_queries``, ``dns_not_readable``, ``names_seen``, ``names_hidden_ech``, ``names_missing``,
    ``names_not_captured``, ``name_table_full``, ``names_not_told``.
    """

    name = "names"

    def __init__(self, judge: Judge) -> None:
        self._questions = Questions(_name, self.count)
        super().__init__(judge)
        full = lambda: self.count("name_table_full")  # noqa: E731  # one word of behaviour
        self._beginnings: Bounded[tuple[int, int], _Beginning] = Bounded(_CONNECTIONS, full)
        self._answers: Bounded[tuple[Family, int], list[str]] = Bounded(_ANSWERS, full)
        self._messages: dict[bytes, tuple[str, list[tuple[Family, int]]]] = {}

    @property
    def classes(self) -> Tapped:  # type: ignore[override]  # what is tapped depends on the model
        """Beginnings of connections only where a conduit depends on names."""
        return Tapped.DNS | (Tapped.FIRST_DATA if self._has_named else Tapped(0))

    def reload(self, judge: Judge) -> None:
        """Learn which decisions depend on a name, and which zones must not ask for public ones."""
        super().reload(judge)
        named = {c.id for c in judge.model.conduits.values() if c.server_names}
        self._named = np.array([False, *(d.conduit in named for d in judge.decisions)])
        self._has_named = bool(self._named.any())
        kinds = [judge.model.layer(z).kind if z else None for z in judge.zonemap.zones]
        self._mynumber = np.array([k is ZoneKind.MYNUMBER for k in kinds])
        self._questions.reload(judge)

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:
        """Read the packets of this block."""
        classes = taps["classes"]
        self._names_asked(block, self._worth_reading(taps[(classes & int(Tapped.DNS)) != 0], flows))
        if not self._has_named:
            return
        first = taps[((classes & int(Tapped.FIRST_DATA)) != 0) & (taps["row"] >= 0) & (taps["length"] > 0)]
        if not len(first):
            return
        # From the initiator, and only where the judge asks for a name.
        parties = flows.parties(first["row"])
        first = first[self._named[parties.decision + 1] & (first["direction"] == parties.initiator_b)]
        if not len(first):
            return
        numbers, at = np.unique(first["row"], return_inverse=True)
        rows = flows.rows(numbers)
        for tap, row in zip(first, at.reshape(-1).tolist(), strict=True):
            self._beginning(block, tap, rows[row])

    def tick(self, now_ns: int) -> Iterable[Finding]:
        """What was found since the last look."""
        for fields in self._questions.take(self.zone_name):
            self.find("MN-13", **fields)
        return super().tick(now_ns)

    def _worth_reading(self, dns: Taps, flows: FlowTable) -> Taps:
        """Queries of the My Number zone; answers only where a conduit depends on names."""
        if not len(dns) or self._has_named:
            return dns
        dns = dns[dns["row"] >= 0]
        if not len(dns):
            return dns
        parties = flows.parties(dns["row"])
        kept: Taps = dns[self._mynumber[parties.src_zone] & (dns["direction"] == parties.initiator_b)]
        return kept

    def _names_asked(self, block: Block, dns: Taps) -> None:
        """Nearly all are plain queries over UDP: those are told from their octets alone."""
        columns = (dns[n].tolist() for n in ("payload", "captured", "network", "protocol", "number", "ts_ns"))
        memory, end = block.buffer.data, len(block.buffer)
        for index, (start, size, network, protocol, number, at) in enumerate(zip(*columns, strict=True)):
            if protocol == UDP and start >= 0 and 0 <= network <= end - 40:
                v4 = memory[network] >> 4 == 4
                source = bytes(memory[network + 12 : network + 16] if v4 else memory[network + 8 : network + 24])
                if self._questions.plain(source, bytes(memory[start : start + size]), (number, at)):
                    self.count("dns_queries")
                    continue
            self._dns(block, dns[index])

    def _dns(self, block: Block, tap: np.void) -> None:
        octets, address = octets_of(block, tap), source_of(block, tap)
        if int(tap["protocol"]) == 6:
            octets = octets[2:]  # RFC 1035 4.2.2: the length stands first
        if address is None or len(octets) < 17:
            return
        try:
            name, answers = self._read(octets)
        except (IndexError, ValueError):
            self.count("dns_not_readable")
            return
        if octets[2] & _FLAG_QR:
            for family, value in answers:
                names = self._answers.touch((family, value), list)
                if name not in names:
                    names.append(name)
                    del names[:-_NAMES]
            return
        self.count("dns_queries")
        self._questions.other(*address, name, (int(tap["number"]), int(tap["ts_ns"])))

    def _read(self, octets: bytes) -> tuple[str, list[tuple[Family, int]]]:
        """A message, remembered without its number.  Raises :class:`IndexError`, :class:`ValueError`."""
        known = self._messages.get(octets[2:])
        if known is None:
            known = _message(b"\0\0" + octets[2:])  # a name that points into the number is none
            if len(self._messages) >= _MESSAGES:
                self._messages.clear()
            if len(octets) <= _LONGEST:
                self._messages[octets[2:]] = known
        return known

    def _beginning(self, block: Block, tap: np.void, flow: np.void) -> None:
        key = (int(tap["row"]), int(flow["first_ns"]))
        seen = self._beginnings.touch(key, _Beginning)
        if seen.done:
            return
        octets = octets_of(block, tap)
        if int(tap["protocol"]) == 17:
            seen.pieces.update(quic_crypto(octets))
            hello = _quic(seen.pieces)
        else:
            if seen.first_seq < 0:
                seen.first_seq = int(tap["seq"])
            offset = (int(tap["seq"]) - seen.first_seq) & 0xFFFFFFFF
            if offset < HELLO_ROOM:
                seen.pieces[offset] = octets
            hello = tls_hello(joined(seen.pieces))
        if hello.told is Told.MORE:
            return
        seen.done = True
        seen.pieces.clear()
        self._named_flow(hello, flow)

    def _named_flow(self, hello: Hello, flow: np.void) -> None:
        """Ask the judge about the flow with its name; without one, with the names its address was resolved from."""
        if hello.told is Told.NAME:
            self.count("names_seen")
            self._ask(flow, [hello.name], inferred=False)
            return
        self.count(
            {Told.ECH: "names_hidden_ech", Told.NO_NAME: "names_missing"}.get(hello.told, "names_not_captured")
        )  # fmt: skip
        shown = witness(flow).packet
        names = self._answers.get((shown.family, shown.dst), [])
        if names:
            self._ask(flow, names, inferred=True)

    def _ask(self, flow: np.void, names: list[str], *, inferred: bool) -> None:
        told = record("", flow)
        verdict = None
        for name in names:
            verdict = self.judge.judge(replace(told.flow(None, None), server_name=name))
            if verdict.kind.allows:
                return
        if verdict is None or verdict.kind is not VerdictKind.FORBIDDEN or "LG-14" not in verdict.rules:
            return  # the flow itself is forbidden for another reason, and told as such
        shown = witness(flow)
        src = format_address(shown.packet.family, shown.packet.src)
        reason = _FROM_DNS if inferred else verdict.reason
        self.find(
            "LG-14", cause=f"name/{src}/{names[-1]}", key=f"name/{src}/{names[-1]}", conduit=verdict.conduit, state=told.state,
            message=_NOT_APPROVED.format(zone=self.zone_name(verdict.src_zone), address=src, name=names[-1], reason=reason),
            where=Where(
                first_packet=told.first_packet, last_packet=told.last_packet, first_ns=told.first_ns, last_ns=told.last_ns
            ),
            witness=shown, src_zone=verdict.src_zone, dst_zone=verdict.dst_zone, detail=(("name", names[-1]), ("src", src)),
            confidence=Confidence.INFERRED if inferred else Confidence.CERTAIN,
            confidence_reason=_FROM_DNS if inferred else None,
        )  # fmt: skip


def _quic(pieces: dict[int, bytes]) -> Hello:
    stream = joined(pieces)
    return client_hello(stream) if stream else Hello(Told.MORE if len(pieces) < 8 else Told.OTHER)


def _message(octets: bytes) -> tuple[str, list[tuple[Family, int]]]:
    """The question's name and the addresses of the answers.  Raises :class:`IndexError`, :class:`ValueError`."""
    questions, answers = int.from_bytes(octets[4:6], "big"), int.from_bytes(octets[6:8], "big")
    if questions != 1 or octets[2] >> 3 & 15:  # RFC 9619: exactly one; opcode 0 is a query
        raise ValueError("no plain query")
    name, at = _name(octets, 12)
    at += 4
    found: list[tuple[Family, int]] = []
    for _ in range(min(answers, 64)):
        _, at = _name(octets, at)
        kind, size = int.from_bytes(octets[at : at + 2], "big"), int.from_bytes(octets[at + 8 : at + 10], "big")
        value = octets[at + 10 : at + 10 + size]
        if kind == 1 and len(value) == 4:
            found.append((4, int.from_bytes(value, "big")))
        elif kind == 28 and len(value) == 16:
            found.append((6, int.from_bytes(value, "big")))
        at += 10 + size
    return name, found


def _name(octets: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends (RFC 1035 4.1.4).  Raises :class:`IndexError`, :class:`ValueError`."""
    labels: list[str] = []
    end = -1
    for _ in range(128):
        size = octets[at]
        if size >= 0xC0:
            end = at + 2 if end < 0 else end
            at = (size & 0x3F) << 8 | octets[at + 1]
        elif size >= 0x40:
            raise ValueError("label type")
        elif size == 0:
            return ".".join(labels), (at + 1 if end < 0 else end)
        else:
            labels.append(octets[at + 1 : at + 1 + size].decode("ascii", "backslashreplace").lower())
            at += 1 + size
    raise ValueError("compression loop")
