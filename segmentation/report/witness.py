"""A witness packet in words: ``tcp 10.30.10.53:1024 → 10.20.10.25:25``."""

from __future__ import annotations

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import Packet
from segmentation.model.services import ICMP, ICMPV6, PORT_PROTOCOLS, PROTOCOL_NAMES, TCP
from segmentation.model.text import Text
from segmentation.report.words import CT_STATES

# RFC 9293 3.1, low octet, in the order of the bits.
_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
_ICMP = Text("（タイプ {type}、コード {code}）", " (type {type}, code {code})")
_INTERFACES = Text("受信 {in_} → 送信 {out}", "in {in_} → out {out}")
_IN = Text("受信 {in_}", "in {in_}")
_OUT = Text("送信 {out}", "out {out}")
_FLAG_WORDS = Text("TCPフラグ {flags}", "TCP flags {flags}")
_TRANSLATED = Text("宛先変換後 {to}", "after destination NAT {to}")
_MAC = Text("送信元MAC {mac}", "source MAC {mac}")


def endpoint(family: Family, address: int, port: int | None) -> str:
    """``10.0.0.1:80``, ``[2001:db8::1]:80`` (RFC 5952 6), or the address alone."""
    text = format_address(family, address)
    if port is None:
        return text
    return f"[{text}]:{port}" if family == 6 else f"{text}:{port}"


def packet_line(packet: Packet) -> str:
    """Protocol and both ends, the same in every language."""
    name = PROTOCOL_NAMES.get(packet.protocol, f"proto/{packet.protocol}")
    ports = packet.protocol in PORT_PROTOCOLS
    src = endpoint(packet.family, packet.src, packet.sport if ports else None)
    dst = endpoint(packet.family, packet.dst, packet.dport if ports else None)
    return f"{name} {src} → {dst}"


def packet_words(packet: Packet) -> Text:
    """The packet with everything that made it pass: state, flags, ICMP type, interfaces, MAC, translation."""
    line = packet_line(packet)
    if packet.protocol in (ICMP, ICMPV6):
        icmp = _ICMP.format(type=packet.sport, code=packet.dport)
        lead = Text(line + icmp.ja, line + icmp.en)
    else:
        lead = Text(line, line)
    facts = _facts(packet)
    if not facts:
        return lead
    return Text(f"{lead.ja}（{'、'.join(f.ja for f in facts)}）", f"{lead.en} ({', '.join(f.en for f in facts)})")


def _facts(packet: Packet) -> list[Text]:
    facts = [CT_STATES.get(packet.ct_state, Text(packet.ct_state, packet.ct_state))] if packet.ct_state else []
    if packet.protocol == TCP and packet.tcp_flags:
        flags = ",".join(name for bit, name in enumerate(_FLAGS) if packet.tcp_flags >> bit & 1)
        facts.append(_FLAG_WORDS.format(flags=flags))
    if packet.in_interface and packet.out_interface:
        facts.append(_INTERFACES.format(in_=packet.in_interface, out=packet.out_interface))
    elif packet.in_interface:
        facts.append(_IN.format(in_=packet.in_interface))
    elif packet.out_interface:
        facts.append(_OUT.format(out=packet.out_interface))
    if packet.src_mac is not None:
        facts.append(_MAC.format(mac=packet.src_mac))
    if packet.translated is not None:
        address, port = packet.translated
        to = endpoint(packet.family, address, port if packet.protocol in PORT_PROTOCOLS else None)
        facts.append(_TRANSLATED.format(to=to))
    return facts
