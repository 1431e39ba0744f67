"""Demands on particular hosts and services: which packets each forbids, beside the table of zone pairs.

The judge names for every undeclared crossing what its pair of zones breaks.  The demands here look at it from another
side: what a host is for, what a service carries, what the register says of a peer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.lint.subject import Subject
from segmentation.model.addresses import AddressSet
from segmentation.model.conduits import ConduitKind
from segmentation.model.crossings import ANY, IMPORTING, MAIL, REMOTE, SCREEN
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.gateways import GatewayKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, TCP, UDP, ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.rules.mn_20 import CONTRACTOR, is_exchange
from segmentation.rules.mynumber import INTERNET_SIDE, exempt, mynumber_crossings
from segmentation.rules.rule import RuleContext


def _ports(protocol: int, *ports: tuple[int, int]) -> ServiceTerm:
    return ServiceTerm(IntervalSet.single(protocol), ALL_PORTS, IntervalSet.of(*ports))


#: FTP, telnet, web without TLS, POP, IMAP, LDAP, the r-services; NetBIOS sessions, which are SMB version 1; TFTP, SNMP.
#: (SNMP version 3 uses the same port: whether it is meant only traffic can tell.)
CLEARTEXT = (
    _ports(TCP, (21, 21), (23, 23), (80, 80), (110, 110), (139, 139), (143, 143), (389, 389), (512, 514), (8080, 8080)),
    _ports(UDP, (69, 69), (137, 138), (161, 162), (389, 389)),
)
#: DNS, DNS over TLS and QUIC, NTP
NAMES_AND_TIME = (_ports(TCP, (53, 53), (853, 853)), _ports(UDP, (53, 53), (123, 123), (853, 853)))
#: NetBIOS, SMB, AFP, NFS, rsync, NDMP, iSCSI
SHARING = (
    _ports(TCP, (111, 111), (137, 139), (445, 445), (548, 548), (873, 873), (2049, 2049), (3260, 3260), (10000, 10000)),
    _ports(UDP, (111, 111), (137, 138), (2049, 2049)),
)
SMTP = (_ports(TCP, (25, 25)),)
_APPLIANCES = frozenset({"mfp", "printer", "iot", "appliance", "camera", "複合機", "プリンタ", "プリンター", "カメラ", "機器"})
_NO_INTERNET = frozenset({"no_internet", "インターネット不要", "会計年度任用"})
_PUBLIC_SERVERS = frozenset({"public_server", "public_web", "公開サーバ", "公開サーバー"})
_FOR_OUTSIDERS = frozenset({"external_users", "外部利用者", "電子申請"})
_MAIL_GATEWAYS = frozenset({GatewayKind.MAIL_RELAY, GatewayKind.MAIL_SANITIZER, GatewayKind.SECURITY_CLOUD})
_EGRESS_GATEWAYS = frozenset({GatewayKind.PROXY, GatewayKind.SECURITY_CLOUD, GatewayKind.MAIL_RELAY, GatewayKind.UTM})
_OURS = (ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.INTERNET, ZoneKind.MANAGEMENT, ZoneKind.CLOSED, ZoneKind.GENERIC)
_K = ZoneKind


@dataclass(frozen=True, slots=True)
class Demand:
    """Packets that break *rules* (the first is the primary one); with ``declared`` even where a conduit is declared."""

    rules: tuple[str, ...]
    src: AddressSet
    dst: AddressSet
    terms: tuple[ServiceTerm, ...]
    reason: Text
    declared: bool = False
    exception: str = ""

    def decision(self) -> Decision:
        """The demand as a row of the question to the engine."""
        return Decision(
            index=0, src=self.src, dst=self.dst, terms=self.terms, kind=VerdictKind.FORBIDDEN, reason=self.reason
        )  # fmt: skip

    def overlaps(self, other: Demand) -> bool:
        """Whether a packet can belong to both (as far as addresses, protocols and destination ports tell)."""
        return bool(self.src & other.src) and bool(self.dst & other.dst) and any(
            a.protocols.overlaps(b.protocols) and a.dst_ports.overlaps(b.dst_ports) for a in self.terms for b in other.terms
        )  # fmt: skip


def demands(subject: Subject, decisions: tuple[Decision, ...]) -> Iterator[Demand]:
    """Every demand of the model that applies under the policy and forbids anything; *decisions* as they stand on the day."""
    for demand in (*_registers(subject, decisions), *_services(subject), *_hosts(subject)):
        rules = tuple(r for r in demand.rules if subject.policy.applies(r))
        if rules and demand.src and demand.dst:
            yield Demand(rules, demand.src, demand.dst, demand.terms, demand.reason, demand.declared, demand.exception)


def _context(subject: Subject) -> RuleContext:
    assert subject.judge is not None
    return RuleContext(subject.judge.model, subject.policy, subject.at)


def _registers(subject: Subject, decisions: tuple[Decision, ...]) -> Iterator[Demand]:
    """What the register of conduits, peers and exceptions demands."""
    assert subject.judge is not None
    model, sets, context = subject.judge.model, subject.judge.zonemap.sets, _context(subject)
    for decision in decisions:
        if decision.exception and decision.exception in model.exceptions:
            reason = _BEYOND.format(exception=decision.exception)
            yield Demand(("EX-03",), sets[decision.src_zone], decision.dst, ANY, reason, exception=decision.exception)
            yield Demand(("EX-03",), decision.src, sets[decision.dst_zone], ANY, reason, exception=decision.exception)
    internet = subject.of_kind(*INTERNET_SIDE)
    contractors = AddressSet.union(
        e.addresses for e in model.endpoints.values() if e.tags & CONTRACTOR and e.valid_on(subject.at)
    )  # fmt: skip
    for crossing in mynumber_crossings(context):
        ends, conduit = crossing.ends, crossing.ends.conduit
        if conduit.kind is ConduitKind.PUBLIC_INSTITUTION:
            backwards = _BACKWARDS.format(conduit=conduit.id)
            yield Demand(("MN-10",), ends.responder.addresses, ends.initiator.addresses, ANY, backwards)
        if is_exchange(conduit):
            reason = _CONTRACTOR_REACHES.format(conduit=conduit.id)
            yield Demand(("MN-20",), contractors, crossing.peer.addresses, ANY, reason, declared=True)
        if (
            subject.policy.mynumber.peer_internet_forbidden
            and not exempt(context, ends)
            and not crossing.peer.kinds & INTERNET_SIDE
        ):
            peer, reason = crossing.peer.addresses, _PEER_JOINED.format(conduit=conduit.id)
            yield Demand(("MN-06",), peer, internet, ANY, reason, declared=True)
            yield Demand(("MN-06",), internet, peer, ANY, reason, declared=True)
    maintenance = (e for e in context.conduits if e.conduit.kind is ConduitKind.MAINTENANCE)
    vendors = AddressSet.union(e.initiator.addresses for e in maintenance) & subject.of_kind(_K.EXTERNAL_PEER, _K.OUTSIDE)
    yield Demand(("NC-19",), vendors, subject.of_kind(*_OURS), ANY, _PAST_JUMP_HOST)


def _services(subject: Subject) -> Iterator[Demand]:
    """What is demanded of services, whoever uses them."""
    assert subject.judge is not None
    model = subject.judge.model
    ours, mynumber, lgwan = subject.of_kind(*_OURS), subject.of_kind(_K.MYNUMBER), subject.of_kind(_K.LGWAN)
    outside, beyond = subject.of_kind(_K.OUTSIDE), subject.of_kind(*(k for k in _K if k is not _K.MYNUMBER))
    yield Demand(("NC-17",), outside, ours, REMOTE, _REMOTE)
    yield Demand(("ML-01",), outside, ours, SMTP, _OPEN_RELAY)
    yield Demand(("LG-05",), subject.of_kind(*IMPORTING), lgwan, MAIL, _NOT_TEXTISER)
    yield Demand(
        ("LG-16",), subject.of_kind(_K.LGWAN_NETWORK, _K.OUTSIDE, _K.EXTERNAL_PEER, _K.GUEST), lgwan, SCREEN, _TELEWORK
    )  # fmt: skip
    if model.kind in (ModelKind.BETA, ModelKind.BETA_PRIME):
        yield Demand(("IN-09",), subject.of_kind(_K.INTERNET), lgwan, ANY, _NOT_LISTED_SCREEN)
    relays = _faces(subject, _MAIL_GATEWAYS) | _tagged(subject, frozenset({"mta"}))
    senders = ours - relays
    yield Demand(("ML-05", "ML-04"), senders, outside | subject.of_kind(_K.SECURITY_CLOUD), SMTP, _DIRECT_MAIL)
    yield Demand(("MN-13",), mynumber, beyond, NAMES_AND_TIME, _NAMES_OUTSIDE)
    everywhere = mynumber | beyond
    for src, dst in ((mynumber, everywhere), (beyond, mynumber)):
        yield Demand(("MN-14",), src, dst, CLEARTEXT, _CLEARTEXT_IN_MYNUMBER, declared=True)
    yield from _sharing(subject)
    yield Demand(("NC-18",), subject.of_kind(_K.GUEST), ours, ANY, _GUEST)


def _sharing(subject: Subject) -> Iterator[Demand]:
    """Each layer against everything else: file sharing within one is its own matter."""
    assert subject.judge is not None
    model, sets = subject.judge.model, subject.judge.zonemap.sets
    layers: dict[str, AddressSet] = {}
    for zone in model.zones:
        if sets[zone] and model.zones[zone].kind is not _K.OUTSIDE:
            top = model.layer(zone).id
            layers[top] = layers.get(top, AddressSet()) | sets[zone]
    everything = AddressSet.union(layers.values()) | subject.of_kind(_K.OUTSIDE)
    for addresses in layers.values():
        yield Demand(("NC-25",), addresses, everything - addresses, SHARING, _FILES_ACROSS)


def _hosts(subject: Subject) -> Iterator[Demand]:
    """What is demanded of hosts with a certain mark."""
    assert subject.judge is not None
    everywhere = subject.of_kind(*_K)
    appliances = _tagged(subject, _APPLIANCES)
    yield Demand(("NC-24",), appliances, everywhere - appliances, ANY, _APPLIANCE)
    egress = subject.of_kind(_K.OUTSIDE, _K.SECURITY_CLOUD) | _faces(subject, _EGRESS_GATEWAYS)
    yield Demand(("IN-15",), _tagged(subject, _NO_INTERNET), egress, ANY, _NO_NEED, declared=True)
    servers = _tagged(subject, _PUBLIC_SERVERS)
    yield Demand(("IN-12",), servers, subject.of_kind(*_OURS) - servers, ANY, _PUBLIC_INWARD)
    yield Demand(
        ("IN-13",), _tagged(subject, _FOR_OUTSIDERS), subject.of_kind(_K.MYNUMBER, _K.LGWAN), ANY, _OUTSIDERS_INWARD
    )  # fmt: skip


def _tagged(subject: Subject, tags: frozenset[str]) -> AddressSet:
    """The addresses of endpoints and zones that carry one of *tags*."""
    assert subject.judge is not None
    model, sets = subject.judge.model, subject.judge.zonemap.sets
    hosts = (e.addresses for e in model.endpoints.values() if e.tags & tags and e.valid_on(subject.at))
    zones = (sets[i] for z in model.zones.values() if z.tags & tags for i in model.zones_within(z.id))
    return AddressSet.union((*hosts, *zones))


def _faces(subject: Subject, kinds: frozenset[GatewayKind]) -> AddressSet:
    assert subject.judge is not None
    gateways = subject.judge.model.gateways.values()
    return AddressSet.union(f.addresses for g in gateways if g.kind in kinds for f in g.faces)


_BEYOND = Text(
    "承認された例外{exception}の範囲（相手・サービス）を超えています。承認書の内容まで規則を狭めてください。",
    "It goes beyond what exception {exception} approves (hosts, services). Narrow the rule to the approved form.",
)
_BACKWARDS = Text(
    "公的機関等との通信経路{conduit}は、登録では逆の側から開始します。登録と規則のどちらが正しいかを担当課に確認してください。",
    "By the register, conduit {conduit} with a public institution is opened from the other side. Ask the section in charge "
    "which is right, the register or the rule.",
)
_CONTRACTOR_REACHES = Text(
    "委託先の端末から、情報連携の通信経路{conduit}の相手に届きます。委託先の端末を外してください。",
    "Contractors' terminals reach the peer of conduit {conduit} of the inter-agency exchange. Take them out.",
)
_PEER_JOINED = Text(
    "マイナンバー利用事務系の通信経路{conduit}の接続先が、インターネット側ともつながります。どちらかの通信を止めてください。",
    "The peer of the My Number conduit {conduit} is joined to the Internet side as well. Stop one of the two.",
)
_PAST_JUMP_HOST = Text(
    "保守業者の接続元から、登録した踏み台以外に届きます。踏み台への登録した通信だけに限定してください。",
    "The maintenance company's hosts reach more than the registered jump host. Limit them to it.",
)
_REMOTE = Text(
    "インターネットから遠隔操作（RDP・SSH・telnetなど）の口に届きます。直ちに閉じ、VPNを経由させてください。",
    "Remote control (RDP, SSH, telnet and the like) is within reach of the Internet. Close it at once; use the VPN.",
)
_OPEN_RELAY = Text(
    "インターネットからメールサーバに直接届きます。定められた中継サーバからだけに限定してください。",
    "The Internet reaches a mail server directly. Let in the registered relay only.",
)
_NOT_TEXTISER = Text(
    "本文だけに変換する装置を通らずに、メールがLGWAN接続系に届きます。送信元を登録したメール無害化装置に限定してください。",
    "Mail reaches the LGWAN zone without the gateway that reduces it to text. Limit the source to that gateway.",
)
_TELEWORK = Text(
    "外部から開始する画面操作です。テレワークは、庁内の端末側から開始し、登録した中継装置を通すものに限られます。",
    "Screens are opened from outside. Telework must be opened by the agent inside, through the listed gateway.",
)
_NOT_LISTED_SCREEN = Text(
    "βモデルでこの向きに許されるのは、登録した画面サーバへの画面転送だけです。",
    "Under model β nothing but screens of the listed servers may be opened in this direction.",
)
_DIRECT_MAIL = Text(
    "メールサーバでない機器が、外部へ直接メールを送れます。送信元をメールサーバに限定し、添付を監視する中継装置を通してください。",
    "Hosts that are no mail servers can send mail outside directly. Limit the source to the mail server, and send through the "
    "gateway that watches attachments.",
)
_NAMES_OUTSIDE = Text(
    "マイナンバー利用事務系から、登録のない名前解決・時刻のサーバに届きます。庁内のサーバだけを使わせてください。",
    "The My Number zone reaches name or time servers that are not declared. Let it use the internal ones only.",
)
_CLEARTEXT_IN_MYNUMBER = Text(
    "マイナンバー利用事務系で、暗号化されない手順が通ります。個人番号やパスワードが盗み見られるおそれがあります。"
    "暗号化された手順に替え、規則から外してください。",
    "Protocols without encryption pass in the My Number zone: personal numbers and passwords can be read. Use encrypted ones "
    "and take these out of the rule.",
)
_FILES_ACROSS = Text(
    "系をまたぐファイル共有・バックアップで、登録がありません。必要なら通信経路として登録し、不要なら閉じてください。",
    "File sharing or backup between layers without a declared conduit. Declare it if it is needed; otherwise close it.",
)
_GUEST = Text(
    "来庁者用などの公衆回線から庁内に届きます。庁内との経路を切り離してください。",
    "A public line (visitors' Wi-Fi and the like) reaches the inside. Cut it off.",
)
_APPLIANCE = Text(
    "複合機などの機器が、登録した相手以外と通信できます。印刷・読取り・メールの登録した相手だけに限定してください。",
    "Printers or appliances can talk to more than is declared. Limit them to their print, scan and mail servers.",
)
_NO_NEED = Text(
    "インターネットを使う必要がないと印を付けた端末から、その出口に届きます。許可の送信元から外してください。",
    "Terminals marked as not needing the Internet reach its egress. Take them out of the sources.",
)
_PUBLIC_INWARD = Text(
    "公開サーバから内部へ、登録のない接続を開始できます。侵入されたときの足掛かりになります。相手とポートを個別に限定してください。",
    "A public server can open connections inward that are not declared: a foothold for an intruder. List each host and port.",
)
_OUTSIDERS_INWARD = Text(
    "外部の利用者が使うシステムから、LGWAN接続系やマイナンバー利用事務系に直接届きます。登録した取込みの経路だけにしてください。",
    "A system for outside users reaches the LGWAN or My Number zone directly. Use the declared way of import only.",
)
