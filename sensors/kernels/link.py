"""Link layers: from the start of a captured frame to the EtherType of what it carries.

Every function takes ``(buffer, p, e)``: the next octet and the end of what was captured, and reads
nothing at or beyond ``e``.  A negative "EtherType" is a :class:`~sensors.kernels.reasons.NotCounted`
reason with its sign turned.
"""

from __future__ import annotations

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.loads import Memory, be16, be32, le16, le32, u8
from sensors.kernels.reasons import NotCounted

ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_IPV6 = 0x0800, 0x0806, 0x86DD
ETHERTYPE_TEB = 0x6558  # transparent Ethernet bridging: an Ethernet frame follows
#: A PPP frame follows, its protocol field first (also GRE's type for PPP, RFC 2637).
ETHERTYPE_PPP = 0x880B
TRUNCATED = -int(NotCounted.TRUNCATED_LINK)
LLC_ONLY = -int(NotCounted.LLC)
UNSUPPORTED = -int(NotCounted.LINK_TYPE)
CONTROL = -int(NotCounted.PPP_CONTROL)
WIRELESS = -int(NotCounted.WIRELESS_CONTROL)
ENCRYPTED = -int(NotCounted.ENCRYPTED_LINK)
BAD_VERSION = -int(NotCounted.BAD_IP_VERSION)
NO_IP = -int(NotCounted.OTHER_ETHERTYPE)
EMPTY = -int(NotCounted.EMPTY)
#: Types up to here are lengths of an IEEE 802.3 frame (IEEE 802.3-2018 3.2.6).
MAX_LENGTH_FIELD = 1500

Header = tuple[int, int, int, int]


@inlined
def mac(buffer: Memory, p: int) -> int:
    """The 48-bit address at *p*; the caller has checked six octets."""
    return (be16(buffer, p) << 32) | be32(buffer, p + 2)


@kernel
def by_version(buffer: Memory, p: int, e: int) -> int:
    """The EtherType of a bare IP packet, by its version nibble (RFC 791 3.1, RFC 8200 3)."""
    if p >= e:
        return TRUNCATED
    version = u8(buffer, p) >> 4
    if version == 4:
        return ETHERTYPE_IPV4
    if version == 6:
        return ETHERTYPE_IPV6
    return BAD_VERSION


@kernel
def llc(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """IEEE 802.2 LLC: SNAP (RFC 1042) and the IP SAP 0x06 carry IP, everything else does not."""
    if p + 3 > e:
        return TRUNCATED, p
    sap, control = be16(buffer, p), u8(buffer, p + 2)
    if sap == 0xAAAA and control == 3:
        if p + 8 > e:
            return TRUNCATED, p
        oui = be32(buffer, p + 2) & 0xFFFFFF
        # 00-00-00 (RFC 1042) and 00-00-F8 (IEEE 802.1H bridge tunnel) are followed by an EtherType.
        if oui in (0, 0xF8):
            return be16(buffer, p + 6), p + 8
        return LLC_ONLY, p
    if sap == 0x0606 and control == 3:
        return ETHERTYPE_IPV4, p + 3
    return LLC_ONLY, p


@inlined
def ethernet(buffer: Memory, p: int, e: int) -> Header:
    """An Ethernet II or IEEE 802.3 header: EtherType, next octet, source and destination MAC."""
    if p + 14 > e:
        return TRUNCATED, p, 0, 0
    kind = be16(buffer, p + 12)
    source, target = mac(buffer, p + 6), mac(buffer, p)
    q = p + 14
    if kind <= MAX_LENGTH_FIELD:
        kind, q = llc(buffer, q, e)
    return kind, q, source, target


@kernel
def ppp(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """PPP (RFC 1661 2, RFC 1662 3.1): optional ff 03, then a protocol field of one or two octets."""
    if p + 2 <= e and be16(buffer, p) == 0xFF03:
        p += 2
    if p >= e:
        return TRUNCATED, p
    if u8(buffer, p) & 1:
        protocol = u8(buffer, p)
        p += 1
    else:
        if p + 2 > e:
            return TRUNCATED, p
        protocol = be16(buffer, p)
        p += 2
    if protocol == 0x21:
        return ETHERTYPE_IPV4, p
    if protocol == 0x57:
        return ETHERTYPE_IPV6, p
    # RFC 3032 4.3
    if protocol in (0x281, 0x283):
        return 0x8847, p
    return CONTROL, p


@kernel
def ieee80211(buffer: Memory, p: int, e: int) -> Header:
    """IEEE 802.11-2020 9.2.4: only unencrypted data frames carry an LLC header we can read."""
    if p + 24 > e:
        return TRUNCATED, p, 0, 0
    control = le16(buffer, p)
    if (control >> 2) & 3 != 2 or control & 0x40:  # not data, or a data subtype without data
        return WIRELESS, p, 0, 0
    if control & 0x4000:
        return ENCRYPTED, p, 0, 0
    to_ds, from_ds = control & 0x100, control & 0x200
    target = mac(buffer, p + 16) if to_ds else mac(buffer, p + 4)
    source = mac(buffer, p + 16) if from_ds else mac(buffer, p + 10)
    q = p + 24
    if to_ds and from_ds:
        if p + 30 > e:
            return TRUNCATED, p, 0, 0
        source = mac(buffer, p + 24)
        q = p + 30
    if control & 0x80:  # QoS control, and HT control behind it
        q += 6 if control & 0x8000 else 2
    kind, q = llc(buffer, q, e)
    return kind, q, source, target


@kernel
def nflog(buffer: Memory, p: int, e: int) -> tuple[int, int, int]:
    """LINKTYPE_NFLOG: family, version, resource ID, then type-length-values; type 9 is the packet."""
    if p + 4 > e:
        return TRUNCATED, p, e
    family = u8(buffer, p)
    q = p + 4
    while q + 4 <= e:
        size, kind = le16(buffer, q), le16(buffer, q + 2) & 0x7FFF
        if size < 4:
            break
        if kind == 9:
            end = min(e, q + size)
            if family == 2:
                return ETHERTYPE_IPV4, q + 4, end
            if family == 10:
                return ETHERTYPE_IPV6, q + 4, end
            return NO_IP, q, e
        q += (size + 3) & ~3
    return TRUNCATED, p, e


@kernel
def address_family(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """LINKTYPE_NULL and LOOP: an address family in the writer's or in network byte order."""
    if p + 4 > e:
        return TRUNCATED, p
    value = le32(buffer, p)
    if value > 0xFFFF:
        value = be32(buffer, p)
    if value == 2:
        return ETHERTYPE_IPV4, p + 4
    # AF_INET6 of Linux, NetBSD/OpenBSD, FreeBSD and Darwin.
    if value in (10, 24, 28, 30):
        return ETHERTYPE_IPV6, p + 4
    # Some writers put an address family of theirs in two octets and an EtherType behind it.
    if be16(buffer, p + 2) in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
        return be16(buffer, p + 2), p + 4
    return NO_IP, p


@kernel
def cooked(buffer: Memory, p: int, e: int, protocol_at: int, address_at: int, size: int) -> Header:
    """LINKTYPE_LINUX_SLL and SLL2: a protocol field and the sender's address."""
    if p + size > e:
        return TRUNCATED, p, 0, 0
    length = u8(buffer, p + address_at - 1)
    source = mac(buffer, p + address_at) if length == 6 else 0
    kind = be16(buffer, p + protocol_at)
    q = p + size
    # Linux if_ether.h: 1 is raw 802.3, 4 is 802.2 LLC.
    if kind == 4:
        kind, q = llc(buffer, q, e)
    elif kind <= MAX_LENGTH_FIELD:
        kind = LLC_ONLY
    return kind, q, source, 0


@kernel
def frame_relay(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """RFC 2427: Q.922 address, control 3, optional padding, then an NLPID."""
    while p < e and not u8(buffer, p) & 1:  # the extension bit ends the address
        p += 1
    p += 1
    if p + 2 > e:
        return TRUNCATED, p
    if be16(buffer, p) == 0x0800:  # Cisco's own form: an EtherType
        return ETHERTYPE_IPV4, p + 2
    if u8(buffer, p) != 3:
        return LLC_ONLY, p
    p += 1
    if u8(buffer, p) == 0:
        p += 1
    if p >= e:
        return TRUNCATED, p
    nlpid = u8(buffer, p)
    if nlpid == 0xCC:
        return ETHERTYPE_IPV4, p + 1
    if nlpid == 0x8E:
        return ETHERTYPE_IPV6, p + 1
    if nlpid == 0x80 and p + 6 <= e and (be32(buffer, p) & 0xFFFFFF) == 0:
        return be16(buffer, p + 4), p + 6
    return LLC_ONLY, p


@kernel
def wrapped(buffer: Memory, p: int, e: int, link: int) -> tuple[int, int]:
    """Capture headers that name the link type of what follows: radiotap, PPI, PKTAP.  Link type and next octet."""
    if link == 127:  # radiotap.org: version, pad, length (little endian)
        if p + 4 > e:
            return -1, p
        return 105, p + le16(buffer, p + 2)
    if link == 192:  # PPI: version, flags, length, link type
        if p + 8 > e:
            return -1, p
        return le32(buffer, p + 4), p + le16(buffer, p + 2)
    if link in (258, 149):  # PKTAP (Darwin net/pktap.h): length, record type, link type
        if p + 12 > e:
            return -1, p
        return le32(buffer, p + 8), p + le32(buffer, p)
    return link, p


@inlined
def link_header(buffer: Memory, p: int, e: int, link: int) -> tuple[int, int, int, int, int]:
    """The link layer of one frame: EtherType or minus a reason, next octet, end, source and destination MAC.

    Link types are those of www.tcpdump.org/linktypes.html.
    """
    if p >= e:
        return EMPTY, p, e, 0, 0
    source = target = 0
    if link != 1:
        for _ in range(2):
            link, p = wrapped(buffer, p, e, link)
        if link < 0 or p > e:
            return TRUNCATED, p, e, 0, 0
    if link == 1:
        kind, p, source, target = ethernet(buffer, p, e)
    elif link in (12, 14, 101, 228, 229):
        kind = by_version(buffer, p, e)
    elif link == 113:
        kind, p, source, target = cooked(buffer, p, e, 14, 6, 16)
    elif link == 276:
        kind, p, source, target = cooked(buffer, p, e, 0, 12, 20)
    elif link in (0, 108):
        kind, p = address_family(buffer, p, e)
    elif link in (9, 50):
        kind, p = ppp(buffer, p, e)
    elif link == 51:  # PPPoE session header first (RFC 2516 4)
        kind = 0x8864
    elif link == 104:  # Cisco HDLC: address, control, EtherType
        kind = be16(buffer, p + 2) if p + 4 <= e else TRUNCATED
        p += 4
    elif link == 107:
        kind, p = frame_relay(buffer, p, e)
    elif link == 105:
        kind, p, source, target = ieee80211(buffer, p, e)
    elif link == 239:
        kind, p, e = nflog(buffer, p, e)
    elif link == 10:  # FDDI: frame control, destination, source, LLC
        if p + 13 > e:
            return TRUNCATED, p, e, 0, 0
        source, target = mac(buffer, p + 7), mac(buffer, p + 1)
        kind, p = llc(buffer, p + 13, e)
    else:
        kind = UNSUPPORTED
    return kind, p, e, source, target
