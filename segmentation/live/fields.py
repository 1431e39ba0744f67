"""What a load from a packet is: the header field at an offset, for the protocols known so far in the rule.

Offsets: RFC 791 3.1, RFC 8200 3, RFC 9293 3.1, RFC 768, RFC 792, RFC 4443 2.1 and IEEE 802.3 (in octets here).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: linux/netfilter/nf_tables.h: enum nft_payload_bases.
LINK, NETWORK, TRANSPORT = 0, 1, 2
_BASES = {LINK: "ll", NETWORK: "nh", TRANSPORT: "th", 3: "ih"}
_PORTS = {(0, 2): "sport", (2, 2): "dport"}
_TRANSPORTS = {6: "tcp", 17: "udp", 136: "udplite", 132: "sctp", 33: "dccp"}
_FIELDS: dict[tuple[str, int, int], str] = {
    ("ether", 0, 6): "daddr", ("ether", 6, 6): "saddr", ("ether", 12, 2): "type",
    ("ip", 1, 1): "dscp", ("ip", 2, 2): "length", ("ip", 4, 2): "id", ("ip", 6, 2): "frag-off", ("ip", 8, 1): "ttl",
    ("ip", 9, 1): "protocol", ("ip", 10, 2): "checksum", ("ip", 12, 4): "saddr", ("ip", 16, 4): "daddr",
    ("ip6", 4, 2): "length", ("ip6", 6, 1): "nexthdr", ("ip6", 7, 1): "hoplimit", ("ip6", 8, 16): "saddr",
    ("ip6", 24, 16): "daddr",
    ("icmp", 0, 1): "type", ("icmp", 1, 1): "code", ("icmp", 4, 2): "id", ("icmp", 6, 2): "sequence",
    ("icmpv6", 0, 1): "type", ("icmpv6", 1, 1): "code", ("icmpv6", 4, 2): "id", ("icmpv6", 6, 2): "sequence",
    ("tcp", 4, 4): "sequence", ("tcp", 8, 4): "ackseq", ("tcp", 13, 1): "flags", ("tcp", 14, 2): "window",
    ("udp", 4, 2): "length", ("udp", 6, 2): "checksum",
}  # fmt: skip
_ADDRESSES = frozenset({"saddr", "daddr"})
#: Fields of which a load takes more bits than the field has: what they hold is masked afterwards.
_WHOLE_OCTETS = frozenset({"dscp", "frag-off"})


@dataclass(slots=True)
class Context:
    """The protocols that a rule has asked for so far."""

    network: str = ""  # ip, ip6 or nothing
    transport: int | None = None

    def header(self, base: int) -> str:
        """The header at *base*, as nft calls it; empty where it is not known."""
        if base == LINK:
            return "ether"
        if base == NETWORK:
            return self.network
        if base == TRANSPORT and self.transport is not None:
            return {1: "icmp", 58: "icmpv6"}.get(self.transport, _TRANSPORTS.get(self.transport, ""))
        return ""

    def learn(self, left: Any, value: int) -> None:
        """Note that *left* equals *value* from here on."""
        meta = left.get("meta", {}).get("key") if isinstance(left, dict) else None
        payload = left.get("payload", {}) if isinstance(left, dict) else {}
        if meta == "nfproto":
            self.network = {2: "ip", 10: "ip6"}.get(value, "")
        elif meta == "protocol":
            self.network = {0x0800: "ip", 0x86DD: "ip6"}.get(value, "")
        elif meta == "l4proto" or (payload.get("protocol"), payload.get("field")) in (("ip", "protocol"), ("ip6", "nexthdr")):
            self.transport = value


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a load: what it is in JSON, and its octets."""

    left: Any
    length: int
    whole: int = 0  # the octets of the field, where only its first ones are loaded: nft compares prefixes that way


def _raw(base: int, offset: int, length: int) -> Any:
    return {"payload": {"base": _BASES.get(base, "nh"), "offset": offset * 8, "len": length * 8}}


def _field(header: str, offset: int, length: int) -> str:
    if header in _TRANSPORTS.values() and (offset, length) in _PORTS:
        return _PORTS[offset, length]
    return _FIELDS.get((header, offset, length), "")


def loaded(context: Context, base: int, offset: int, length: int) -> list[Part]:
    """The fields that *length* octets at *offset* hold: several where nft has put neighbouring comparisons together."""
    header = context.header(base)
    out: list[Part] = []
    at = offset
    while header and at < offset + length:
        size = next((n for n in (16, 6, 4, 2, 1) if at + n <= offset + length and _field(header, at, n)), 0)
        if not size:
            whole = next((n for n in (16, 6, 4) if _field(header, at, n) in _ADDRESSES), 0)
            if whole:
                out.append(
                    Part({"payload": {"protocol": header, "field": _field(header, at, whole)}}, offset + length - at, whole)
                )
                at = offset + length
            break
        found = _field(header, at, size)
        if found in _WHOLE_OCTETS:
            break
        out.append(Part({"payload": {"protocol": header, "field": found}}, size))
        at += size
    if at == offset + length:
        return out
    if base == TRANSPORT and not header and offset == 0 and length == 4:  # both ports of whatever protocol it is
        return [Part(_raw(base, 0, 2), 2), Part(_raw(base, 2, 2), 2)]
    return [Part(_raw(base, offset, length), length)]


#: What a filter decides by, in octets from the header's beginning: protocol and addresses; ports, or type and code.
_DECIDING = {"ip": ((9, 10), (12, 20)), "ip6": ((6, 7), (8, 40))}


def written(context: Context, base: int, offset: int, length: int) -> Any:
    """What a statement overwrites, so that a rewritten address is told from, say, a DSCP value.

    nft writes whole pairs of octets for the checksum's sake; a part of the header that no filter asks for is called ``dscp``.
    """
    header = context.header(base)
    spans = _DECIDING.get(header, ((0, 4),) if base == TRANSPORT else None)
    if base == LINK or (spans is not None and not any(low < offset + length and offset < high for low, high in spans)):
        return {"payload": {"protocol": "ether" if base == LINK else header or "th", "field": "dscp"}}
    return loaded(context, base, offset, length)[0].left
