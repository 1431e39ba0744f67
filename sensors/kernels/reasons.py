"""The closed sets of counters: why a frame is in no flow, and what was noticed on the way.

:class:`NotCounted` is exclusive: every frame is either in exactly one flow or has exactly one of
these reasons, so flows and reasons add up to the packets read.  :class:`Note` is not: a frame may
have several notes, and frames in flows have them too.
"""

from __future__ import annotations

import enum

from segmentation.model.text import Text


class NotCounted(enum.IntEnum):
    """Why a frame is in no flow.  The numbers index the kernels' counters and never change their meaning."""

    IN_A_FLOW = 0
    TRUNCATED_LINK = 1
    TRUNCATED_IP = 2
    BAD_IP_VERSION = 3
    BAD_IP_LENGTH = 4
    ARP = 5
    LLC = 6
    OTHER_ETHERTYPE = 7
    ENCRYPTED_LINK = 8
    TOO_MANY_TAGS = 9
    LINK_TYPE = 10
    PPP_CONTROL = 11
    MPLS_PAYLOAD = 12
    WIRELESS_CONTROL = 13
    TABLE_FULL = 14
    DUPLICATE = 15
    EMPTY = 16

    @property
    def key(self) -> str:
        """The name used in JSON, metrics labels and tables."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """What an officer reads."""
        return _REASONS[self]


_REASONS = {
    NotCounted.IN_A_FLOW: Text("フローとして集計した", "counted in a flow"),
    NotCounted.TRUNCATED_LINK: Text(
        "リンク層ヘッダーの途中でフレームが切れている", "the frame ends inside its link-layer header"
    ),
    NotCounted.TRUNCATED_IP: Text("IPヘッダーの途中でフレームが切れている", "the frame ends inside its IP header"),
    NotCounted.BAD_IP_VERSION: Text("IPのバージョン番号が4でも6でもない", "the IP version is neither 4 nor 6"),
    NotCounted.BAD_IP_LENGTH: Text(
        "IPヘッダー長または全長の値があり得ない", "the IP header length or total length is impossible"
    ),
    NotCounted.ARP: Text("ARP(IPアドレスとMACアドレスの対応として別に記録)", "ARP (recorded as address bindings)"),
    NotCounted.LLC: Text("IPを運ばないIEEE 802.2 LLCフレーム(STP、CDPなど)", "IEEE 802.2 LLC without IP (STP, CDP, ...)"),
    NotCounted.OTHER_ETHERTYPE: Text("IP以外のイーサタイプ(LLDP、EAPOLなど)", "an EtherType other than IP (LLDP, EAPOL, ...)"),
    NotCounted.ENCRYPTED_LINK: Text(
        "リンク層で暗号化されている(MACsec、無線LAN)", "encrypted on the link (MACsec, wireless LAN)"
    ),
    NotCounted.TOO_MANY_TAGS: Text("タグやラベルの段数が上限を超えている", "more tags or labels than the bound"),
    NotCounted.LINK_TYPE: Text("対応していないリンク種別の取得データ", "a link type that is not supported"),
    NotCounted.PPP_CONTROL: Text("IPを運ばないPPPフレーム(LCPなど)", "PPP without IP (LCP, ...)"),
    NotCounted.MPLS_PAYLOAD: Text("MPLSラベルの下がIPではない", "no IP below the MPLS labels"),
    NotCounted.WIRELESS_CONTROL: Text("無線LANの管理・制御フレーム", "wireless LAN management or control"),
    NotCounted.TABLE_FULL: Text(
        "フロー表が満杯のため区域の組だけで分類した", "the flow table was full; classified by zone pair only"
    ),
    NotCounted.DUPLICATE: Text("ミラーによる重複パケット", "a duplicate made by mirroring"),
    NotCounted.EMPTY: Text("長さ0のフレーム", "a frame of no octets"),
}


class Note(enum.IntEnum):
    """What was noticed about frames; not exclusive.  The numbers index the kernels' counters."""

    IPV4 = 0
    IPV6 = 1
    VLAN = 2
    QINQ = 3
    MPLS = 4
    PPPOE = 5
    IPV6_EXTENSION = 6
    FRAGMENT_FIRST = 7
    FRAGMENT_LATER = 8
    FRAGMENT_PORTS_UNKNOWN = 9
    TUNNEL_GRE = 10
    TUNNEL_ERSPAN = 11
    TUNNEL_VXLAN = 12
    TUNNEL_GENEVE = 13
    TUNNEL_IP_IN_IP = 14
    TUNNEL_GTP = 15
    TUNNEL_TEREDO = 16
    TUNNEL_OTHER = 17
    TUNNEL_TOO_DEEP = 18
    INNER_NOT_DECODED = 19
    PORTS_NOT_CAPTURED = 20
    CUT_BY_SNAPLEN = 21
    TOTAL_LENGTH_BEYOND_FRAME = 22
    TOTAL_LENGTH_ZERO = 23
    ICMP_ERROR = 24
    DUPLICATE = 25
    BINDINGS_FULL = 26
    EVENTS_LOST = 27
    NOT_TRACKED_PACKETS = 28
    NOT_TRACKED_FLOWS = 29
    EVICTED = 30
    ENCAPSULATED_LINK = 31
    IPV6_EXTENSIONS_TOO_MANY = 32
    TUNNEL_6IN4 = 33
    FRAGMENT_OVERLAP = 34
    TUNNEL_ERSPAN_I = 35
    TUNNEL_ERSPAN_II = 36
    TUNNEL_ERSPAN_III = 37
    DUPLICATE_SWITCH = 38
    DUPLICATE_ROUTED = 39

    @property
    def key(self) -> str:
        """The name used in JSON, metrics labels and tables."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """What an officer reads."""
        return _NOTES[self]


_NOTES = {
    Note.IPV4: Text("IPv4パケット", "IPv4 packets"),
    Note.IPV6: Text("IPv6パケット", "IPv6 packets"),
    Note.VLAN: Text("VLANタグ付き", "with a VLAN tag"),
    Note.QINQ: Text("VLANタグが2段以上", "with two or more VLAN tags"),
    Note.MPLS: Text("MPLSラベル付き", "with MPLS labels"),
    Note.PPPOE: Text("PPPoEセッション", "in a PPPoE session"),
    Note.IPV6_EXTENSION: Text("IPv6拡張ヘッダー付き", "with IPv6 extension headers"),
    Note.FRAGMENT_FIRST: Text("IPフラグメントの先頭", "first IP fragments"),
    Note.FRAGMENT_LATER: Text("先頭以外のIPフラグメント", "later IP fragments"),
    Note.FRAGMENT_PORTS_UNKNOWN: Text(
        "先頭が見えずポート番号が分からないフラグメント", "fragments whose ports are unknown because the first was not seen"
    ),
    Note.TUNNEL_GRE: Text("GREを展開", "taken out of GRE"),
    Note.TUNNEL_ERSPAN: Text("ERSPANを展開", "taken out of ERSPAN"),
    Note.TUNNEL_VXLAN: Text("VXLANを展開", "taken out of VXLAN"),
    Note.TUNNEL_GENEVE: Text("GENEVEを展開", "taken out of GENEVE"),
    Note.TUNNEL_IP_IN_IP: Text("IP-in-IPを展開", "taken out of IP-in-IP"),
    Note.TUNNEL_GTP: Text("GTP-Uを展開", "taken out of GTP-U"),
    Note.TUNNEL_TEREDO: Text("Teredoを展開", "taken out of Teredo"),
    Note.TUNNEL_OTHER: Text("その他のトンネルを展開", "taken out of another tunnel"),
    Note.TUNNEL_TOO_DEEP: Text(
        "トンネルの段数が上限を超えたため、そこまでの層で集計", "tunnels nested beyond the bound; counted by the layer reached"
    ),
    Note.INNER_NOT_DECODED: Text(
        "トンネルの内側を読めず、外側で集計", "inside of a tunnel not decodable; counted by the outside"
    ),
    Note.PORTS_NOT_CAPTURED: Text("ポート番号の前でデータが切れている", "cut before the port numbers"),
    Note.CUT_BY_SNAPLEN: Text("取得長の制限で後ろが切れている", "cut short by the capture length"),
    Note.TOTAL_LENGTH_BEYOND_FRAME: Text("IP全長がフレームより長い", "an IP total length beyond the frame"),
    Note.TOTAL_LENGTH_ZERO: Text(
        "IP全長が0(送信側の分割処理の前に取得)", "an IP total length of 0 (captured before segmentation offload)"
    ),
    Note.ICMP_ERROR: Text("ICMPのエラー通知", "ICMP errors"),
    Note.DUPLICATE: Text("ミラーによる重複の疑い", "suspected duplicates made by mirroring"),
    Note.BINDINGS_FULL: Text(
        "IPとMACの対応表が満杯で記録できなかった", "address bindings not recorded because their table was full"
    ),
    Note.EVENTS_LOST: Text("通知の待ち行列があふれた", "events lost because their queue was full"),
    Note.NOT_TRACKED_PACKETS: Text("フロー表が満杯で追跡しなかったパケット", "packets not tracked because the table was full"),
    Note.NOT_TRACKED_FLOWS: Text(
        "フロー表が満杯で追跡しなかった接続の開始", "beginnings of flows not tracked because the table was full"
    ),
    Note.EVICTED: Text("無通信のため表から外したフロー", "flows evicted after being idle"),
    Note.ENCAPSULATED_LINK: Text(
        "リンク層の付加ヘッダー(802.1BR、VN-Tagなど)付き", "with another link-layer shim (802.1BR, VN-Tag, ...)"
    ),
    Note.TUNNEL_6IN4: Text("6in4(IPv6をIPで運ぶトンネル)を展開", "taken out of 6in4 (IPv6 carried by IP)"),
    Note.FRAGMENT_OVERLAP: Text(
        "範囲が重なるIPフラグメント(検査逃れの疑い)", "IP fragments that overlap others (a way to evade inspection)"
    ),
    Note.TUNNEL_ERSPAN_I: Text("ERSPAN タイプIを展開", "taken out of ERSPAN type I"),
    Note.TUNNEL_ERSPAN_II: Text("ERSPAN タイプIIを展開", "taken out of ERSPAN type II"),
    Note.TUNNEL_ERSPAN_III: Text("ERSPAN タイプIIIを展開", "taken out of ERSPAN type III"),
    Note.DUPLICATE_SWITCH: Text(
        "スイッチが同じフレームを二度ミラーしたとみられる重複", "duplicates of one frame, as mirrored twice by the switch"
    ),
    Note.DUPLICATE_ROUTED: Text(
        "ルーターの前後で二度ミラーされたとみられる重複(MACアドレスが異なる)",
        "duplicates with another MAC, as mirrored before and after a router",
    ),
    Note.IPV6_EXTENSIONS_TOO_MANY: Text("IPv6拡張ヘッダーの数が上限を超えている", "more IPv6 extension headers than the bound"),
}
