"""Where everything stands in the kernels' uint64 words: decoded packets, flow rows, side rows.

The numbers are shared by compiled code (which sees them as constants) and by :mod:`.view`.
Addresses are 128 bits in two words, high first; an IPv4 address is its value in the low word.  The
family is a bit of the key, so that no IPv6 address can pass for an IPv4 one.
"""

from __future__ import annotations

# --- the key word: what a flow is besides its two addresses ------------------------------------
# bits 48-63 port of a (ICMP: type of the request), 32-47 port of b (ICMP: code), 24-31 protocol,
# 12-23 VLAN ID if the configuration keys by it, then the flags, bit 0 always set (0: no flow).
KEY_USED = 0x01
KEY_V6 = 0x02
KEY_LATER_FRAGMENT = 0x04  # a row of non-first fragments; ports are those of their first fragment, if seen
KEY_ICMP_FROM_B = 0x08  # ICMP only: b asks (or sends, where there is no answer)
KEY_CARRIER = 0x10  # the outside of a tunnel whose inside is counted in a row of its own
KEY_PORTS_UNKNOWN = 0x20  # cut before the ports, or later fragments whose first fragment was not seen

# --- one decoded packet ------------------------------------------------------------------------
D_A_HI, D_A_LO, D_B_HI, D_B_LO, D_KEY, D_HASH, D_FACTS, D_PAYLOAD = range(8)
D_SIGN, D_MAC_SRC, D_MAC_DST, D_IDENT, D_INDEX, D_WHERE, D_NETWORK, D_FRAGMENT = range(8, 16)
D_WORDS = 16
# D_WHERE: offset in the buffer of what follows the IP header, from this bit on the captured octets of it.  D_NETWORK: of
# the IP header itself.  D_FRAGMENT: 0-15 offset in octets of a fragment, 16-47 its octets.  In ARP (D_KEY 0) D_WHERE and
# D_NETWORK are those of the message, D_PAYLOAD is the VLAN ID + 1.
WHERE_LENGTH_SHIFT = 40
# D_FACTS: bit 0 the packet goes from b to a, 8-15 TCP flags, then
F_REVERSE = 1 << 0
F_SENDER_ASKS = 1 << 1  # SYN, or an ICMP request
F_SENDER_ANSWERS = 1 << 2  # SYN-ACK, or an ICMP answer
F_FIRST_FRAGMENT = 1 << 3
F_LATER_FRAGMENT = 1 << 4
F_STRONG_SIGN = 1 << 5  # the duplicate signature covers payload or an IP identification
F_PURE_SYN = 1 << 6
F_SYN_ACK = 1 << 7
F_VLAN = 1 << 16  # bits 32-43: the (innermost) VLAN ID
# bits 48-63: ICMP type and code, else in IPv6 the base header's next header; where D_KEY is 0: D_IDENT is the NotCounted reason

# --- a side row: the flow an ICMP error speaks of (addresses, key and hash as above) -------------
E_REFUSES, E_INDEX = 6, 7
E_WORDS = 8
# --- a side row: a binding of an IP address to a MAC --------------------------------------------
N_IP_HI, N_IP_LO, N_MAC, N_INDEX = range(4)  # N_MAC: bits 0-47 MAC, 48-59 VLAN ID (0: none), 60 IPv6, 61-63 how
N_WORDS = 4
SEEN_ARP_REQUEST, SEEN_ARP_REPLY, SEEN_ARP_TARGET, SEEN_ND_SOLICIT, SEEN_ND_ADVERT, SEEN_ND_ROUTER = range(6)

# --- a flow row: three cache lines; the first two are touched by every packet --------------------
R_A_HI, R_A_LO, R_B_HI, R_B_LO, R_KEY, R_PACKETS, R_BYTES_AB, R_BYTES_BA = range(8)  # packets: ab low, ba high half
R_LAST_NS, R_LAST_NO, R_PAYLOAD_AB, R_PAYLOAD_BA, R_FACTS, R_SIGNS, R_VERDICT, R_FIRST_NS = range(8, 16)
R_FIRST_NO, R_HASH, R_MAC_AB_SRC, R_MAC_AB_DST, R_MAC_BA_SRC, R_MAC_BA_DST, R_SEEN, R_SPARE = range(16, 24)
R_WORDS = 24
# R_FACTS: 0-7 TCP flags a to b, 8-15 b to a, 16 initiator (0 a, 1 b), 17-18 evidence, then
G_INITIATOR_B = 1 << 16
G_EVIDENCE_SHIFT = 17
G_SYN_AB, G_SYN_BA, G_SYNACK_AB, G_SYNACK_BA = 1 << 20, 1 << 21, 1 << 22, 1 << 23
G_REFUSED_AB, G_REFUSED_BA = 1 << 24, 1 << 25  # an ICMP unreachable answered a packet from a to b (b to a)
G_ICMP_RELATED = 1 << 26  # the flow is an ICMP error about a flow that is in the table
G_VLAN = 1 << 27  # 32-43: the VLAN ID of the first packet that had one
G_FRAGMENTS = 1 << 28  # later fragments of this flow are in rows with KEY_LATER_FRAGMENT
G_MIDSTREAM = 1 << 29  # its first packet was TCP without SYN
# 48-63: ICMP type and code of the first packet; other IPv6: 56-63 the next header field of its base header
# R_VERDICT: 0-31 decision index + 1 (0: none), 32-47 zone of a, 48-63 zone of b
# R_SEEN: 0-31 suspected duplicates, 32-63 packets of the row that were fragments
# R_SPARE: 0-7 packets with payload a to b that were tapped as first data, 8-15 b to a, 32-47 tap classes of this row alone
SPARE_CLASSES_SHIFT = 32
# Evidence for the initiator, strongest last.  FIRST_SEEN is a guess: the first to speak, in mid-stream TCP the higher port.
FIRST_SEEN, SERVICE_PORT, ANSWERED, ASKED = range(4)

# --- a binding row -------------------------------------------------------------------------------
B_IP_HI, B_IP_LO, B_MAC, B_FIRST_NS, B_LAST_NS, B_FIRST_NO, B_LAST_NO, B_COUNT = range(8)
B_WORDS = 8
# --- a fragment row --------------------------------------------------------------------------------
P_SRC_HI, P_SRC_LO, P_DST_HI, P_DST_LO, P_IDENT, P_PORTS, P_SEEN_NS, P_COUNT, P_RANGES = range(9)
# from P_RANGES on: two ranges of octets a word, each end << 16 | start; P_COUNT of them, PIECES at most
PIECES = 16
P_WORDS = 16

# --- a tap: sensors.kernels.taps says what the columns are --------------------------------------------
TAP_FIELDS = (
    "row", "direction", "number", "ts_ns", "payload", "captured", "length", "seq", "ack", "flags", "ttl", "vlan", "classes",
    "frame", "frame_captured", "network", "protocol", "fragment", "index",
)  # fmt: skip

#: Packets decoded together; their words stay in the first-level cache.
BATCH = 128
