"""Tunnels: where the frame or packet inside begins, and by what EtherType it goes on.

Only encapsulations that mirror ports and municipal networks really use are opened; the outside of
each stays in a *carrier* row, so that nobody hides a crossing by making it look like a tunnel.
"""

from __future__ import annotations

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.link import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_PPP, ETHERTYPE_TEB
from sensors.kernels.loads import Memory, be16, be32, u8
from sensors.kernels.reasons import Note

UDP, GRE, IPV4_IN_IP, IPV6_IN_IP = 17, 47, 4, 41
VXLAN_PORT, VXLAN_GPE_PORT = 4789, 4790  # RFC 7348 8, draft-ietf-nvo3-vxlan-gpe
GTP_PRIME_PORT, GRE_PORT = 3386, 4754  # 3GPP TS 32.295, RFC 8086 3.2
ETHERNET = 143  # RFC 8986 10.1
GENEVE_PORT, GTP_PORT, TEREDO_PORT, MPLS_PORT = 6081, 2152, 3544, 6635  # RFC 8926 3.3, 3GPP TS 29.281, RFC 4380, RFC 7510
NOT_A_TUNNEL = 0
N_GRE, N_ERSPAN, N_VXLAN, N_GENEVE = (
    int(Note.TUNNEL_GRE),
    int(Note.TUNNEL_ERSPAN),
    int(Note.TUNNEL_VXLAN),
    int(Note.TUNNEL_GENEVE),
)
N_ERSPAN_I, N_ERSPAN_II, N_ERSPAN_III = int(Note.TUNNEL_ERSPAN_I), int(Note.TUNNEL_ERSPAN_II), int(Note.TUNNEL_ERSPAN_III)
N_IP, N_6IN4, N_GTP, N_TEREDO, N_OTHER = (
    int(Note.TUNNEL_IP_IN_IP),
    int(Note.TUNNEL_6IN4),
    int(Note.TUNNEL_GTP),
    int(Note.TUNNEL_TEREDO),
    int(Note.TUNNEL_OTHER),
)

#: EtherType of the inside (0: not a tunnel), its first octet, the note to count
Inside = tuple[int, int, int]


@kernel
def nibble_type(buffer: Memory, p: int, e: int) -> int:
    """IPv4 or IPv6 by the version nibble at *p*, 0 for anything else."""
    if p >= e:
        return NOT_A_TUNNEL
    version = u8(buffer, p) >> 4
    if version == 4:
        return ETHERTYPE_IPV4
    return ETHERTYPE_IPV6 if version == 6 else NOT_A_TUNNEL


@kernel
def gre(buffer: Memory, p: int, e: int) -> Inside:
    """RFC 2784, RFC 2890 (key, sequence), RFC 2637 (version 1, PPTP), ERSPAN (draft-foschiano-erspan)."""
    if p + 4 > e:
        return NOT_A_TUNNEL, p, N_GRE
    flags, kind = be16(buffer, p), be16(buffer, p + 2)
    q = p + 4
    if flags & 7 > 1 or (flags & 0x4000 and flags & 7 == 0 and q + 4 > e):
        return NOT_A_TUNNEL, p, N_GRE
    if flags & 0xC000:
        q += 4
    if flags & 0x2000:
        q += 4
    if flags & 0x1000:
        q += 4
    if flags & 7 == 1 and flags & 0x80:  # acknowledgment number
        q += 4
    if kind == 0x88BE:  # ERSPAN type I has no header of its own and no sequence number; type II has 8 octets
        return (ETHERTYPE_TEB, q + 8, N_ERSPAN_II) if flags & 0x1000 else (ETHERTYPE_TEB, q, N_ERSPAN_I)
    if kind == 0x22EB:  # type III: 12 octets, and 8 more if the O bit is set
        if q + 12 > e:
            return NOT_A_TUNNEL, p, N_ERSPAN
        return ETHERTYPE_TEB, q + (20 if u8(buffer, q + 11) & 1 else 12), N_ERSPAN_III
    if kind == 0x883E:  # WCCP: version 2 puts a redirect header of four octets first (draft-mclaggan-wccp)
        if nibble_type(buffer, q, e) == NOT_A_TUNNEL:
            q += 4
        return nibble_type(buffer, q, e), q, N_GRE
    if kind == 0x8909:  # Cisco metadata in GRE: EtherType, version, length, option, security group tag
        return (be16(buffer, q), q + 8, N_GRE) if q + 8 <= e else (NOT_A_TUNNEL, p, N_GRE)
    return kind, q, N_GRE  # 0 is a keepalive: nothing inside


@kernel
def gtp(buffer: Memory, p: int, e: int) -> Inside:
    """GTP-U G-PDU (3GPP TS 29.281 5.1, 5.2): optional fields and extension headers, then IP."""
    if p + 20 <= e and u8(buffer, p) & 0xF0 == 0x10 and u8(buffer, p + 1) == 255:  # version 0 (GSM 09.60): 20 octets
        return nibble_type(buffer, p + 20, e), p + 20, N_GTP
    if p + 8 > e or u8(buffer, p) >> 5 != 1 or not u8(buffer, p) & 0x10 or u8(buffer, p + 1) != 255:
        return NOT_A_TUNNEL, p, N_GTP
    q = p + 8
    if u8(buffer, p) & 7:
        q += 4
        if q > e:
            return NOT_A_TUNNEL, p, N_GTP
        if u8(buffer, p) & 4:
            following = u8(buffer, q - 1)
            for _ in range(8):
                if following == 0:
                    break
                if q >= e or u8(buffer, q) == 0:
                    return NOT_A_TUNNEL, p, N_GTP
                q += u8(buffer, q) * 4
                if q > e:
                    return NOT_A_TUNNEL, p, N_GTP
                following = u8(buffer, q - 1)
    return nibble_type(buffer, q, e), q, N_GTP


@kernel
def teredo(buffer: Memory, p: int, e: int) -> Inside:
    """RFC 4380 5.1.1: optional authentication and origin indications, then IPv6."""
    if p + 4 <= e and be16(buffer, p) == 1:
        p += 4 + u8(buffer, p + 2) + u8(buffer, p + 3) + 9
    if p + 2 <= e and be16(buffer, p) == 0:
        p += 8
    kind = nibble_type(buffer, p, e)
    return (kind if kind == ETHERTYPE_IPV6 else NOT_A_TUNNEL), p, N_TEREDO


@kernel
def vxlan(buffer: Memory, p: int, e: int, port: int) -> Inside:
    """RFC 7348 5: the I flag and 8 octets; GPE (draft-ietf-nvo3-vxlan-gpe) names the next protocol."""
    if p + 8 > e or not u8(buffer, p) & 8:
        return NOT_A_TUNNEL, p, N_VXLAN
    if port != VXLAN_GPE_PORT:
        return ETHERTYPE_TEB, p + 8, N_VXLAN
    following = u8(buffer, p + 3)
    kind = NOT_A_TUNNEL
    if following == 1:
        kind = ETHERTYPE_IPV4
    elif following == 2:
        kind = ETHERTYPE_IPV6
    elif following == 3:
        kind = ETHERTYPE_TEB
    elif following == 4:
        kind = 0x894F
    elif following in (5, 7):
        kind = 0x8847
    return kind, p + 8, N_VXLAN


@inlined
def in_udp(buffer: Memory, p: int, e: int, port: int) -> Inside:
    """What UDP to (or, for some, from) *port* carries; *p* is behind the UDP header."""
    if port in (VXLAN_PORT, VXLAN_GPE_PORT):
        return vxlan(buffer, p, e, port)
    if port == GENEVE_PORT:  # RFC 8926 3.4: version 0, options in words of four octets, EtherType
        if p + 8 > e or u8(buffer, p) >> 6:
            return NOT_A_TUNNEL, p, N_GENEVE
        return be16(buffer, p + 2), p + 8 + (u8(buffer, p) & 0x3F) * 4, N_GENEVE
    if port in (GTP_PORT, GTP_PRIME_PORT):
        return gtp(buffer, p, e)
    if port == GRE_PORT:
        return gre(buffer, p, e)
    if port == TEREDO_PORT:
        return teredo(buffer, p, e)
    if port == MPLS_PORT and p + 4 <= e and be32(buffer, p) != 0:
        return 0x8847, p, N_OTHER
    return NOT_A_TUNNEL, p, N_OTHER


@inlined
def inside(buffer: Memory, protocol: int, q: int, e: int) -> Inside:
    """What the payload at *q* of an unfragmented packet carries."""
    if protocol == IPV4_IN_IP:
        return ETHERTYPE_IPV4, q, N_IP
    if protocol == IPV6_IN_IP:  # RFC 4213 3
        return ETHERTYPE_IPV6, q, N_6IN4
    if protocol == GRE:
        return gre(buffer, q, e)
    if protocol == ETHERNET:
        return ETHERTYPE_TEB, q, N_OTHER
    if protocol == UDP and q + 8 <= e:
        source, target = be16(buffer, q), be16(buffer, q + 2)
        kind, p, note = in_udp(buffer, q + 8, e, target)
        # Only these are answered from their own port; an ephemeral source port that looks like the others is none.
        if kind == NOT_A_TUNNEL and source in (GTP_PORT, GTP_PRIME_PORT, TEREDO_PORT):
            kind, p, note = in_udp(buffer, q + 8, e, source)
        return kind, p, note
    return NOT_A_TUNNEL, q, N_OTHER


__all__ = ["ETHERTYPE_PPP", "NOT_A_TUNNEL", "inside"]
