"""Random iptables rule lists and packets aimed at their boundaries; everything comes from the given generator."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel_oracle import OraclePacket, forwardable

if TYPE_CHECKING:
    import random

IN_IF, OUT_IF = "lan0", "wan0.12"
_V4 = (
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.7/32",
    "172.16.0.0/255.240.0.0",
    "10.1.0.7/255.255.15.255",
    "192.0.2.0/25",
    "198.51.100.7/31",
    "0.0.0.0/0",
)
_V6 = (
    "2001:db8::/32",
    "2001:db8:1::/48",
    "2001:db8:1::7/128",
    "fd00::/8",
    "2001:db8:1:2::/64",
    "::/0",
    "2001:db8:1::5/ffff:ffff:ffff:ffff:ffff:ffff:ffff:f00f",
)
_PORTS = (1, 22, 53, 80, 443, 1023, 1024, 8080, 65535)
_FLAG_TESTS = ("FIN,SYN,RST,ACK SYN", "SYN,ACK SYN,ACK", "ALL NONE", "RST RST", "SYN,RST NONE", "ACK,URG ACK")


@dataclass
class Generated:
    """A rule list as text, with the end points that its packets should try."""

    text: str
    addresses: list[int] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)


class RuleMaker:
    """Makes one table after another."""

    def __init__(self, source: random.Random, family: int, *, state: bool = False, mac: bool = False) -> None:
        self.r, self.family, self.state, self.mac = source, family, state, mac
        self.addresses: list[int] = []
        self.ports: list[int] = []

    def prefix(self) -> str:
        text = self.r.choice(_V4 if self.family == 4 else _V6)
        host, _, length = text.partition("/")
        base = int(ipaddress.ip_address(host))
        bits = 32 if self.family == 4 else 128
        span = 1 << (bits - int(length)) if length.isdigit() else 1 << (bits // 4)
        self.addresses += [base, base - 1, base + span - 1, base + span, base + self.r.randrange(span)]
        return text

    def address_range(self) -> str:
        base = int(ipaddress.ip_address("10.1.2.0" if self.family == 4 else "2001:db8:1::"))
        a, b = sorted(base + self.r.randrange(300) for _ in range(2))
        self.addresses += [a - 1, a, b, b + 1]
        make = ipaddress.IPv4Address if self.family == 4 else ipaddress.IPv6Address
        return f"{make(a)}-{make(b)}"

    def port(self) -> int:
        value = self.r.choice(_PORTS)
        self.ports += [max(value - 1, 0), value, min(value + 1, 65535)]
        return value

    def port_range(self) -> str:
        a, b = sorted((self.port(), self.port()))
        return self.r.choice([str(a), f"{a}:{b}", f":{b}", f"{a}:"])

    def no(self) -> str:
        return "! " if self.r.random() < 0.25 else ""

    def port_list(self) -> str:
        parts = []
        for _ in range(self.r.randint(1, 4)):
            a, b = sorted((self.port(), self.port()))
            parts.append(str(a) if a == b or self.r.random() < 0.6 else f"{a}:{b}")
        return ",".join(parts)

    def transport(self) -> list[str]:
        kind = self.r.choice(("tcp", "tcp", "udp", "icmp", "number", "none", "not", "sctp"))
        if kind in ("tcp", "udp", "sctp"):
            out = [f"-p {kind}"]
            if self.r.random() < 0.5:
                out.append(f"-m {kind}")
                for option in ("--sport", "--dport"):
                    if self.r.random() < 0.5:
                        ports = self.port_range()
                        # iptables 1.8.9 loads the negation of all ports as a rule without the condition.
                        out.append(f"{'' if ports == ':65535' else self.no()}{option} {ports}")
                if kind == "tcp" and self.r.random() < 0.4:
                    out.append(f"{self.no()}--tcp-flags {self.r.choice(_FLAG_TESTS)}")
            elif self.r.random() < 0.7:
                out.append(f"-m multiport {self.no()}--{self.r.choice(('dports', 'sports', 'ports'))} {self.port_list()}")
            return out
        if kind == "icmp":
            if self.family == 6:
                return ["-p ipv6-icmp", f"-m icmp6 {self.no()}--icmpv6-type {self.r.choice(('128', 'echo-reply', '1/4', '3'))}"]
            return ["-p icmp", f"-m icmp {self.no()}--icmp-type {self.r.choice(('8', 'echo-reply', '3/4', '3', 'any'))}"]
        return {"number": ["-p 47"], "not": [f"! -p {self.r.choice(('tcp', '17'))}"], "none": []}[kind]

    def match(self, *, inward: bool = True, outward: bool = True) -> str:
        out: list[str] = []
        for option in ("-s", "-d"):
            if self.r.random() < 0.5:
                prefix = self.prefix()
                # nf_tables refuses the negation of every address.
                out.append(f"{'' if prefix.endswith('/0') else self.no()}{option} {prefix}")
        if inward and self.r.random() < 0.15:
            out.append(f"{self.no()}-i {self.r.choice((IN_IF, 'lan+', 'eth0', '+'))}")
        if outward and self.r.random() < 0.15:
            out.append(f"{self.no()}-o {self.r.choice((OUT_IF, 'wan0.+', 'eth1'))}")
        out += self.transport()
        if self.r.random() < 0.15:
            out.append(f"-m iprange {self.no()}--{self.r.choice(('src', 'dst'))}-range {self.address_range()}")
        if self.state and self.r.random() < 0.3:
            states = self.r.sample(("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"), self.r.randint(1, 3))
            out.append(f"-m conntrack {self.no()}--ctstate {','.join(states)}")
        if self.mac and self.r.random() < 0.3:
            out.append(f"-m mac {self.no()}--mac-source 02:00:00:00:00:0{self.r.randint(1, 3)}")
        if self.r.random() < 0.1:
            out.append('-m comment --comment "a \\"quoted\\" -j remark"')
        return " ".join(out)

    def filter_table(self, name: str = "filter", hook: str = "FORWARD") -> str:
        chains = [f"user{i}" for i in range(self.r.randint(0, 4))]
        lines = [f"*{name}", f":{hook} {self.r.choice(('ACCEPT', 'DROP'))} [0:0]", *(f":{c} - [0:0]" for c in chains)]
        for at, chain in enumerate([hook, *chains]):
            later = chains[at:]  # only chains further down: the kernel refuses loops
            for _ in range(self.r.randint(1, 8)):
                ends = ["-j ACCEPT", "-j DROP", "-j RETURN", "-j LOG", ""]
                if later:
                    ends += [f"-j {self.r.choice(later)}", f"-g {self.r.choice(later)}", f"-j {self.r.choice(later)}"]
                end = self.r.choice(ends)
                lines.append(
                    f"-A {chain} {self.match(inward=chain != 'POSTROUTING', outward=chain != 'PREROUTING')} {end}".rstrip()
                )
        return "\n".join([*lines, "COMMIT", ""])

    def generate(self) -> Generated:
        text = self.filter_table()
        if self.r.random() < 0.3:
            text += self.filter_table("mangle", self.r.choice(("PREROUTING", "FORWARD", "POSTROUTING")))
        if self.r.random() < 0.3:
            text += self.filter_table("raw", "PREROUTING")
        return Generated(text, self.addresses, self.ports)


def packets(source: random.Random, made: Generated, family: int, count: int, *, mac: bool = False) -> list[OraclePacket]:
    """Packets at and around the end points of the rules."""
    bits = 32 if family == 4 else 128
    pool = [a for a in made.addresses if 0 <= a < 1 << bits] or [0]
    spare = int(ipaddress.ip_address("203.0.113.9" if family == 4 else "2001:db8:9::9"))
    ports = made.ports or [80]
    out: list[OraclePacket] = []
    while len(out) < count:
        src, dst = (source.choice(pool) if source.random() < 0.85 else spare for _ in range(2))
        src, dst = (a if forwardable(family, a, a) else spare for a in (src, dst))
        proto = source.choice((6, 6, 6, 17, 17, 1 if family == 4 else 58, 47, 132))
        sport, dport = source.choice(ports), source.choice(ports)
        if proto in (1, 58):
            sport, dport = source.choice(((8, 0), (0, 0), (3, 4), (3, 1), (128, 0), (129, 0), (1, 4), (3, 0)))
        out.append(
            OraclePacket(
                family=4 if family == 4 else 6, src=src, dst=dst, protocol=proto, sport=sport, dport=dport,
                flags=source.choice((2, 16, 18, 4, 1, 0, 17, 24, 41, 0x3F, 0xC2)),
                smac=0x020000000000 + source.randint(1, 4) if mac else None,
            )
        )  # fmt: skip
    return out
