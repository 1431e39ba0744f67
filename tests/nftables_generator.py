"""Random nft rulesets over a small universe of addresses and ports, so that rules meet, and packets for them."""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, field

from kernel_oracle import OraclePacket, forwardable

IN_IF, OUT_IF = "zin", "zout"
V4 = [f"10.0.{i}.{j}" for i in range(2) for j in (1, 2, 3, 4, 9, 130)] + ["198.51.100.7", "203.0.113.200"]
V6 = [f"2001:db8:{i}::{j}" for i in range(2) for j in (1, 2, 3, 9)] + ["fd00::7", "fd00:1::ff00"]
NETS4 = ["10.0.0.0/24", "10.0.0.0/30", "10.0.1.0/25", "10.0.0.0/16", "198.51.100.0/24", "0.0.0.0/1"]
NETS6 = ["2001:db8::/48", "2001:db8:1::/64", "2001:db8::/32", "fd00::/8", "2001:db8::/126"]
PORTS = [1, 2, 3, 22, 53, 80, 81, 443, 1024, 40000]
RANGES = ["1-3", "50-90", "80-443", "1024-65535", "0-21"]
ICMP_TYPES = ["echo-request", "echo-reply", "destination-unreachable", "time-exceeded", "13", "timestamp-reply"]
ICMPV6_TYPES = ["echo-request", "echo-reply", "destination-unreachable", "packet-too-big", "nd-neighbor-solicit", "200"]
FLAG_WORDS = [
    "tcp flags syn", "tcp flags == syn", "tcp flags != syn", "tcp flags syn,ack", "tcp flags ! syn,rst",
    "tcp flags & (fin | syn | rst | ack) == syn", "tcp flags syn / fin,syn,rst,ack", "tcp flags != syn / syn,ack",
    "tcp flags { syn, syn | ack, ack }", "tcp flags & (syn | ack) == 0", "tcp flags ack | fin", "tcp flags != { rst, ack }",
]  # fmt: skip
STATE_WORDS = [
    "ct state new", "ct state established,related", "ct state invalid", "ct state != new", "ct state { new, untracked }",
    "ct state != { established, related }", "ct state != established,related", "ct state ! invalid,untracked",
    "ct state new,untracked",
    "ct state & (new | established) != 0",
]  # fmt: skip


@dataclass
class Made:
    text: str
    families: tuple[int, ...]
    lines: list[str] = field(default_factory=list)


class RulesetMaker:
    """Makes one table, its sets, maps and chains."""

    def __init__(self, source: random.Random, kind: str, *, state: bool = False, bases: int = 1, nat: bool = False) -> None:
        self.random = source
        self.kind = kind
        self.state = state
        self.bases = bases
        self.nat = nat
        self.families = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}[kind]
        self.chains = [f"c{i}" for i in range(4)]

    # -- values

    def address(self, family: int) -> str:
        single, nets = (V4, NETS4) if family == 4 else (V6, NETS6)
        roll = self.random.random()
        if roll < 0.45:
            return self.random.choice(nets)
        if roll < 0.6:
            a, b = sorted(self.random.sample(single, 2), key=lambda t: int(ipaddress.ip_address(t)))
            return f"{a}-{b}"
        return self.random.choice(single)

    def port(self) -> str:
        return str(self.random.choice(PORTS)) if self.random.random() < 0.6 else self.random.choice(RANGES)

    def disjoint_ports(self, count: int) -> list[str]:
        return [str(p) for p in self.random.sample(PORTS, count)]

    def several(self, make: object, count: int = 3) -> str:
        """An anonymous set; overlapping elements are left out, nft 1.0.6 refuses them."""
        kept: list[str] = []
        spans: list[tuple[int, int]] = []
        for _ in range(self.random.randint(1, count)):
            value: str = make()  # type: ignore[operator]
            lo, hi = span(value)
            if all(hi < a or b < lo for a, b in spans):
                kept.append(value)
                spans.append((lo, hi))
        return "{ " + ", ".join(kept) + " }"

    # -- matches

    def matches(self) -> str:
        family = self.random.choice(self.families)
        parts = []
        if self.random.random() < 0.7:
            parts.append(self.address_match(family))
        if self.random.random() < 0.15:
            parts.append(self.random.choice([
                f'iifname "{IN_IF}"', f'oifname "{IN_IF}"', 'iifname "z*"', f'oifname {{ "{OUT_IF}", "eth9" }}',
                f'iifname != {{ "{IN_IF}", "eth9" }}', 'oifname != "z*"', 'meta iifname "q*"',
            ]))  # fmt: skip
        if self.random.random() < 0.75:
            parts.append(self.transport_match(family))
        if self.state and self.random.random() < 0.4:
            parts.append(self.random.choice(STATE_WORDS))
        return " ".join(parts)

    def address_match(self, family: int) -> str:
        head = "ip" if family == 4 else "ip6"
        side = self.random.choice(["saddr", "daddr"])
        roll = self.random.random()
        negation = "!= " if self.random.random() < 0.25 else ""
        if roll < 0.5:
            return f"{head} {side} {negation}{self.address(family)}"
        if roll < 0.65:
            return f"{head} {side} {negation}@{'a4' if family == 4 else 'a6'}"
        if roll < 0.75 and family == 4:
            return f"ip {side} & 255.255.0.255 {negation or '== '}10.0.0.{self.random.choice([1, 2, 9])}"
        return f"{head} {side} {negation}{self.several(lambda: self.address(family))}"

    def transport_match(self, family: int) -> str:
        roll = self.random.random()
        negation = "!= " if self.random.random() < 0.2 else ""
        proto = self.random.choice(["tcp", "udp"])
        if roll < 0.35:
            return f"{proto} {self.random.choice(['sport', 'dport', 'dport'])} {negation}{self.port()}"
        if roll < 0.5:
            return f"{proto} dport {negation}{self.several(self.port)}"
        if roll < 0.6:
            return f"{proto} dport {negation}@ports"
        if roll < 0.68:
            head = "ip" if family == 4 else "ip6"
            return f"{head} saddr . tcp dport {negation}@{'cc4' if family == 4 else 'cc6'}"
        if roll < 0.8:
            return self.random.choice(FLAG_WORDS)
        if roll < 0.86:
            return f"meta l4proto {{ tcp, udp }} th dport {negation}{self.port()}"
        if roll < 0.9:
            return self.random.choice(["meta l4proto tcp", "meta l4proto != udp", "meta l4proto { tcp, 47 }", "tcp dport < 80"])
        if family == 4:
            return self.random.choice([
                f"icmp type {negation}{self.random.choice(ICMP_TYPES)}", "icmp type . icmp code { 8 . 0, 3 . 1, 13 . 0 }",
                "ip protocol { tcp, icmp }", "meta protocol ip", "@th,16,16 80 meta l4proto tcp",
            ])  # fmt: skip
        return self.random.choice([
            f"icmpv6 type {negation}{self.random.choice(ICMPV6_TYPES)}", "icmpv6 type { 1, 128, 135 }",
            "meta protocol ip6",
        ])  # fmt: skip

    # -- rules

    def verdict(self, depth: int) -> str:
        targets = self.chains[depth:]
        roll = self.random.random()
        if roll < 0.4:
            return self.random.choice(["accept", "counter accept", 'log prefix "x" accept'])
        if roll < 0.72:
            return self.random.choice(["drop", "counter drop", "reject"])
        if roll < 0.78:
            return "return"
        if roll < 0.82:
            return "counter"
        if not targets:
            return "continue"
        return f"{'jump' if self.random.random() < 0.7 else 'goto'} {self.random.choice(targets)}"

    def plain_verdict(self, depth: int) -> str:
        return (
            self.verdict(depth)
            .split('" ')[-1]
            .removeprefix("counter ")
            .replace("reject", "drop")
            .replace("counter", "continue")
        )

    def verdict_map(self, depth: int) -> str:
        roll = self.random.random()
        family = self.random.choice(self.families)
        if roll < 0.4:
            ports = self.disjoint_ports(3)
            pairs = ", ".join(f"{p} : {self.plain_verdict(depth)}" for p in ports)
            return f"{self.random.choice(['tcp', 'udp'])} dport vmap {{ {pairs}, 2000-3000 : drop }}"
        if roll < 0.55:
            return "tcp dport vmap @vm"
        if roll < 0.75:
            head, nets = ("ip", ["10.0.0.0/24", "10.0.1.0/24"]) if family == 4 else ("ip6", ["2001:db8::/48", "fd00::/8"])
            pairs = ", ".join(
                f"{n} . {p} : {self.plain_verdict(depth)}" for n, p in zip(nets, self.disjoint_ports(2), strict=True)
            )
            return f"{head} daddr . udp dport vmap {{ {pairs} }}"
        if roll < 0.85:
            pairs = f'"{IN_IF}" . "{OUT_IF}" : {self.plain_verdict(depth)}, "eth9" . "{OUT_IF}" : accept'
            return f"iifname . oifname vmap {{ {pairs} }}"
        if self.kind == "inet":
            return f"meta nfproto vmap {{ ipv4 : {self.plain_verdict(depth)}, ipv6 : {self.plain_verdict(depth)} }}"
        return f"meta l4proto vmap {{ tcp : {self.plain_verdict(depth)}, udp : {self.plain_verdict(depth)}, 47 : drop }}"

    def rule(self, depth: int) -> str:
        if self.random.random() < 0.2:
            return self.verdict_map(depth)
        comment = ' comment "説明"' if self.random.random() < 0.1 else ""
        verdict = self.verdict(depth)
        return f"{self.matches()} {verdict}{comment}".strip()

    # -- the whole

    def sets(self) -> list[str]:
        out = [
            "\tset ports { type inet_service; flags interval; elements = " + self.several(self.port, 4) + "; }",
            "\tmap vm { type inet_service : verdict; elements = { 22 : drop, 53 : accept, 80 : jump c3 }; }",
        ]
        if 4 in self.families:
            out.append(
                "\tset a4 { type ipv4_addr; flags interval; elements = " + self.several(lambda: self.address(4), 4) + "; }"
            )
            out.append("\tset cc4 { type ipv4_addr . inet_service; flags interval; elements = "
                       "{ 10.0.0.0/24 . 22, 10.0.1.0-10.0.1.9 . 80-90, 198.51.100.7 . 443 }; }")  # fmt: skip
        if 6 in self.families:
            out.append(
                "\tset a6 { type ipv6_addr; flags interval; elements = " + self.several(lambda: self.address(6), 4) + "; }"
            )
            out.append("\tset cc6 { typeof ip6 saddr . tcp dport; flags interval; elements = "
                       "{ 2001:db8::/48 . 22, fd00::7 . 1-100 }; }")  # fmt: skip
        return out

    def generate(self) -> Made:
        lines = [f"table {self.kind} fw {{", *self.sets(), "\tchain c3 {", *(f"\t\t{r}" for r in self.leaf()), "\t}"]
        for depth in (2, 1, 0):
            lines += [f"\tchain c{depth} {{", *(f"\t\t{self.rule(depth + 1)}" for _ in range(self.random.randint(1, 4))), "\t}"]
        for number in range(self.bases):
            hook, priority = [("forward", "filter"), ("forward", "filter + 10"), ("prerouting", "mangle")][number]
            policy = self.random.choice(["accept", "drop"]) if number == 0 else "accept"
            lines += [f"\tchain base{number} {{", f"\t\ttype filter hook {hook} priority {priority}; policy {policy};"]
            rules = [self.rule(0) for _ in range(self.random.randint(4, 9))]
            if hook == "prerouting":
                rules = [r.replace("oifname", "iifname").replace("reject", "drop") for r in rules if "c" not in r.split()[-1]]
                rules = [
                    r for r in rules if "jump" not in r and "goto" not in r and "@vm" not in r and "iifname . iifname" not in r
                ]
            lines += [f"\t\t{r}" for r in rules] + ["\t}"]
        if self.nat:
            lines += self.translation()
        lines.append("}")
        return Made("\n".join(lines) + "\n", self.families)

    def leaf(self) -> list[str]:
        return [f"{self.matches()} {self.random.choice(['accept', 'drop', 'return'])}".strip() for _ in range(3)]

    def translation(self) -> list[str]:
        rules = [
            "\t\ttcp dport 80 dnat ip to 10.0.1.9:81", "\t\tip daddr 10.0.0.0/30 udp dport 53 dnat to 10.0.1.2",
            "\t\tip daddr 10.0.1.4 dnat to ip saddr map { 10.0.0.1 : 10.0.1.1, 10.0.0.2 : 10.0.1.2, 10.0.0.128/25 : 10.0.1.3 }",
            "\t\tmeta l4proto tcp dnat ip to tcp dport map { 1 : 10.0.0.9 . 22, 2 : 10.0.1.9 . 443 }",
            "\t\tip6 daddr 2001:db8:1::/64 tcp dport 443 dnat to [2001:db8::9]:22",
            "\t\tip6 saddr fd00::7 dnat to 2001:db8:1::3",
            "\t\tip daddr 10.0.0.2 tcp dport 443 dnat ip prefix to 10.0.1.0/24", "\t\tudp dport 81 redirect to :99",
            "\t\tudp dport 2 dnat ip to 10.0.1.1-10.0.1.4",
        ]  # fmt: skip
        sources = ["\t\tip saddr 10.0.0.0/24 snat to 198.51.100.77", "\t\tip6 saddr fd00::/8 udp dport 53 snat to 2001:db8::77"]
        chosen = self.random.sample(rules, 7)
        return [
            "\tchain pre {", "\t\ttype nat hook prerouting priority dstnat; policy accept;", *chosen, "\t}",
            "\tchain post {", "\t\ttype nat hook postrouting priority srcnat; policy accept;",
            *self.random.sample(sources, 1), "\t}",
        ]  # fmt: skip


def span(value: str) -> tuple[int, int]:
    """First and last integer of an address, prefix, port or range."""
    low, _, high = value.partition("-")
    if "/" in value:
        net = ipaddress.ip_network(value)
        return int(net[0]), int(net[-1])

    def number(text: str) -> int:
        return int(text) if text.isdigit() else int(ipaddress.ip_address(text))

    return number(low), number(high or low)


def packets(
    source: random.Random, made: Made, count: int, *, stateful: bool = False, ports_only: bool = False
) -> list[OraclePacket]:
    """Packets of different connections (no two share a pair of ends), near the values that rules speak of.

    *ports_only*: TCP and UDP alone, because translated flows without ports may collide, which the kernel drops.
    """
    out: list[OraclePacket] = []
    seen: set[object] = set()
    protocols = [6, 6, 6, 17, 17] + ([] if ports_only else [1, 47] if stateful else [1, 47, 132, 136])
    while len(out) < count and len(seen) < 50 * count:
        family = source.choice(made.families)
        pool = V4 if family == 4 else V6
        src, dst = (int(ipaddress.ip_address(a)) + source.choice([0, 0, 0, 1, 256]) for a in source.sample(pool, 2))
        protocol = source.choice(protocols)
        if protocol == 1:
            protocol = 1 if family == 4 else 58
            sport = source.choice([0, 3, 8, 8, 11, 13, 14] if family == 4 else [1, 2, 128, 128, 129, 135, 200])
            dport, ends = source.choice([0, 0, 1]), (0, 0)
        else:
            sport = len(seen) + 1025 if stateful else source.choice([*PORTS, 2, 21, 91, 50000])
            dport = source.choice([*PORTS, 2, 21, 91, 2500])
            ends = (sport, dport) if protocol in (6, 17) else (0, 0)
        flags = source.choice([2, 2, 2, 16, 18, 4, 1, 17, 0, 20])
        key = (protocol, *sorted(((src, ends[0]), (dst, ends[1]))), None if stateful else (sport, flags, len(seen)))
        fresh = key not in seen
        seen.add(key)
        if fresh and forwardable(family, src, dst) and src != dst:
            out.append(OraclePacket(family=family, src=src, dst=dst, protocol=protocol, sport=sport, dport=dport, flags=flags))
    return out
