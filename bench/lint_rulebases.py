"""Rule bases for the linter's benchmark: deterministic, in the shapes of ClassBench's seeds, over a model of 40 zones.

``acl``: nearly every rule names two hosts or small networks and one port.  ``fw``: a third of the rules leave one side
open, with source ports and port ranges.  ``ipc``: between the two, with nested prefixes on both sides.  ``obj``: what is
left of object groups after a firewall has multiplied them out: products of address lists and service lists.
One rule in five denies.  The text is iptables-save (ip6tables-save), which the peers read too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

FAMILIES = ("acl", "ipc", "obj", "fw")
ZONES = 40
_PORTS = (
    21,
    22,
    25,
    53,
    80,
    110,
    123,
    135,
    137,
    139,
    143,
    161,
    389,
    443,
    445,
    514,
    636,
    993,
    1433,
    1521,
    3306,
    3389,
    5432,
    8080,
)
_LAYERS = (("mn", "mynumber"), ("lg", "lgwan"), ("in", "internet"))


@dataclass(frozen=True)
class Line:
    """One rule in neutral words: networks as (address, prefix length), ports as (low, high), ``None`` for any."""

    src: tuple[int, int] | None
    dst: tuple[int, int] | None
    protocol: str  # tcp, udp, icmp, or "" for any
    sport: tuple[int, int] | None
    dport: tuple[int, int] | None
    permit: bool


def zone_of(number: int) -> str:
    """The ID of a zone by its number, from 0."""
    return f"{_LAYERS[number % 3][0]}-{number:02d}"


def model() -> str:
    """The zone model: 40 zones 10.N.0.0/16 and fd00:N::/32 in three layers; within a layer neighbours may talk."""
    out = ['[organisation]\nname = "試験市"\n\n[model]\nkind = "alpha"\nprofile = "daisen"\n']
    out += [f'[[zones]]\nid = "{layer}"\nkind = "{kind}"\n' for layer, kind in _LAYERS]
    for n in range(ZONES):
        network = f'networks = ["10.{n}.0.0/16", "fd00:{n:x}::/32"]'
        out.append(f'[[zones]]\nid = "{zone_of(n)}"\nparent = "{_LAYERS[n % 3][0]}"\n{network}\n')
    out.append('[[zones]]\nid = "net"\nkind = "outside"\n')
    return "\n".join(out)


def lines(family: str, count: int, seed: int = 1) -> Iterator[Line]:
    """The first *count* rules of a family, the same on every run."""
    chance = random.Random(f"{family}/{seed}")
    made = {"acl": _acl, "fw": _fw, "ipc": _ipc, "obj": _obj}[family](chance)
    for _, line in zip(range(count), made, strict=False):
        yield line


def _network(chance: random.Random, lengths: tuple[int, ...], zone: int | None = None) -> tuple[int, int]:
    """A network in a zone, its length one of *lengths*; hosts cluster in the lower half of the zone."""
    length = chance.choice(lengths)
    number = chance.randrange(ZONES) if zone is None else zone
    host = min(chance.getrandbits(16), chance.getrandbits(16))
    return (10 << 24 | number << 16 | host) >> (32 - length) << (32 - length), length


def _pair(chance: random.Random) -> tuple[int, int]:
    """Two different zones: of one layer in seven cases of ten."""
    src = chance.randrange(ZONES)
    while True:
        dst = chance.randrange(ZONES)
        if dst != src and ((dst - src) % 3 == 0 or chance.random() < 0.15):
            return src, dst


def _service(chance: random.Random) -> tuple[str, tuple[int, int] | None]:
    kind = chance.random()
    if kind < 0.03:
        return "", None
    if kind < 0.05:
        return "icmp", None
    protocol = "tcp" if kind < 0.85 else "udp"
    if kind < 0.10:
        return protocol, None
    if kind < 0.18:
        low = chance.choice((1024, 5000, 6000, 8000, 30000))
        return protocol, (low, low + chance.choice((9, 99, 999)))
    port = chance.choice(_PORTS) if kind < 0.6 else chance.randrange(1024, 40000)
    return protocol, (port, port)


def _permits(chance: random.Random) -> bool:
    return chance.random() >= 0.2


def _acl(chance: random.Random) -> Iterator[Line]:
    lengths = (32,) * 14 + (30, 29, 28, 27, 26, 24, 24)
    while True:
        src, dst = _pair(chance)
        a, b = _network(chance, lengths, src), _network(chance, (*lengths, 16), dst)
        protocol, dport = _service(chance)
        yield Line(a, b, protocol, None, dport, _permits(chance))


def _fw(chance: random.Random) -> Iterator[Line]:
    lengths = (32, 32, 32, 30, 28, 28, 27, 24, 24, 21, 16)
    while True:
        src, dst = _pair(chance)
        side = chance.random()
        a = None if side < 0.17 else _network(chance, lengths, src)
        b = None if 0.17 <= side < 0.34 else _network(chance, lengths, dst)
        protocol, dport = _service(chance)
        sport = (chance.choice(_PORTS),) * 2 if dport and chance.random() < 0.3 else None
        if dport and chance.random() < 0.1:
            dport = (1024, 65535)
        yield Line(a, b, protocol, sport, dport, _permits(chance))


def _ipc(chance: random.Random) -> Iterator[Line]:
    while True:
        src, dst = _pair(chance)
        a = _network(chance, (32, 32, 32, 31, 30, 28, 26, 24, 22, 20, 18, 16), src)
        b = _network(chance, (32, 32, 32, 31, 30, 28, 26, 24, 22, 20, 18, 16), dst)
        protocol, dport = _service(chance)
        sport = (chance.choice(_PORTS),) * 2 if dport and chance.random() < 0.15 else None
        yield Line(a, b, protocol, sport, dport, _permits(chance))


def _obj(chance: random.Random) -> Iterator[Line]:
    def group(zone: int) -> list[tuple[int, int]]:
        return [_network(chance, (32, 32, 32, 28, 24), zone) for _ in range(chance.randint(2, 12))]

    groups = [[group(z) for _ in range(8)] for z in range(ZONES)]
    services = [[s for s in (_service(chance) for _ in range(chance.randint(1, 6))) if s[0]] for _ in range(60)]
    while True:
        src, dst = _pair(chance)
        permit = _permits(chance)
        listed = chance.choice(services)
        for a in chance.choice(groups[src]):
            for b in chance.choice(groups[dst]):
                for protocol, dport in listed:
                    yield Line(a, b, protocol, None, dport, permit)


# --- iptables-save ------------------------------------------------------------------------------------


def iptables_save(rules: Iterator[Line], version: int) -> str:
    """The rules as the FORWARD chain of iptables-save (*version* 4) or ip6tables-save (6)."""
    out = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]"]
    out += [f"-A FORWARD{_match(rule, version)} -j {'ACCEPT' if rule.permit else 'DROP'}" for rule in rules]
    return "\n".join([*out, "COMMIT", ""])


def _match(rule: Line, version: int) -> str:
    parts = [f" {flag} {_shown(net, version)}" for flag, net in (("-s", rule.src), ("-d", rule.dst)) if net is not None]
    protocol = "ipv6-icmp" if rule.protocol == "icmp" and version == 6 else rule.protocol
    if protocol:
        parts.append(f" -p {protocol}")
    ports = [(flag, p) for flag, p in (("--sport", rule.sport), ("--dport", rule.dport)) if p is not None]
    if ports:
        parts.append(f" -m {protocol}")
        parts += [f" {flag} {lo}" if lo == hi else f" {flag} {lo}:{hi}" for flag, (lo, hi) in ports]
    return "".join(parts)


def _shown(network: tuple[int, int], version: int) -> str:
    address, length = network
    octets = address.to_bytes(4)
    if version == 4:
        return ".".join(map(str, octets)) + f"/{length}"
    # 10.N.x.y/len becomes fd00:N:0:xxyy::/(len + 32): the same prefixes, one group apart.
    wide = 0xFD00 << 112 | octets[1] << 96 | (address & 0xFFFF) << 64
    length += 32 if length < 32 else 96
    groups = [wide >> shift & 0xFFFF for shift in range(112, -1, -16)]
    return ":".join(f"{g:x}" for g in groups[:4]) + f"::/{length}"
