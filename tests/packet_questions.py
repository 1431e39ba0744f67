"""Questions to a configuration in one line: ``came>goes source destination service … => yes|no|may``.

``service`` is ``tcp/DESTINATION-PORT[/SOURCE-PORT]``, ``icmp/TYPE`` or a protocol; further words are ``f:A`` (TCP flags of S,
A, R), ``s:E`` (state: New, Established, Related, Invalid) and the hook (``input``, ``output``).  ``may`` means that the
configuration alone does not decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "gre": 47, "esp": 50, "icmp6": 58, "sctp": 132, "ospf": 89, "ip0": 0}
FLAGS = {"S": 2, "A": 16, "SA": 18, "R": 4, "0": 0}
STATES = {"N": CtState.NEW, "E": CtState.ESTABLISHED, "R": CtState.RELATED, "I": CtState.INVALID}
ANSWERS = {True: "yes", False: "no", None: "may"}


@dataclass(frozen=True)
class Case:
    """A configuration, its questions, and how many lines must be reported."""

    vendor: str
    text: str
    asked: tuple[str, ...]
    reported: int = 0


def answer(device: Device, question: str) -> str:
    """What becomes of the packet of *question* (its part before ``=>``)."""
    way, source, destination, service, *more = question.partition("=>")[0].split()
    came, _, goes = way.partition(">")
    name, *numbers = service.split("/")
    protocol = PROTOCOLS[name]
    first = int(numbers[0]) if numbers else 0
    second = int(numbers[1]) if len(numbers) > 1 else 49152 if protocol in (6, 17, 132) else 0
    sport, dport = (first, second) if protocol in (1, 58) else (second, first)
    said = dict(w.split(":", 1) for w in more if ":" in w)
    a, b = Address.parse(source), Address.parse(destination)
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport,
        flags=FLAGS[said.get("f", "S")], ct_state=STATES[said.get("s", "N")], in_interface=came or None,
        out_interface=goes or None,
    )  # fmt: skip
    hook = next((w for w in more if w in ("input", "output")), "forward")
    return ANSWERS[simulate(device, packet, hook).accepted]


def wrong(device: Device, questions: Iterable[str]) -> list[str]:
    """The questions whose answer is not the expected one, with the answer that was given."""
    asked = [(q, answer(device, q), q.partition("=>")[2].strip()) for q in questions]
    return [f"{q} -- was {given}" for q, given, expected in asked if given != expected]
