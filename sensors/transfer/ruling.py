"""The rules a transfer can break, and what an officer is told of each.  Names, sizes, types and hashes only; never content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from segmentation.model.conduits import SANITIZING_KINDS, ConduitKind
from segmentation.model.finding import Confidence, FlowState, Severity
from segmentation.model.flow import VerdictKind
from segmentation.model.gateways import GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.transfer.protocols.base import Kind, Transfer
from sensors.transfer.verdict import ContentVerdict, Factor, MailText
from sensors.transfer.way import UNSAFE, Path, Way, dangers

_FILE = Text("ファイル", "file")
_MAIL = Text("メール", "mail")
_BYPASS = Text(
    "{src_zone}から{dst_zone}へ、無害化装置を通らずに{what}が取り込まれました（{shown}）。",
    "A {what} entered {dst_zone} from {src_zone} without passing a sanitizing gateway ({shown}).",
)
_AROUND = Text(
    "{src_zone}から{dst_zone}へ、無害化装置を通らずに{what}が取り込まれました（{shown}）。"
    "同じ内容が装置{gateway}の取込み側にも送られています。",
    "A {what} entered {dst_zone} from {src_zone} without passing a sanitizing gateway ({shown}). The same bytes also went to "
    "the unsafe side of gateway {gateway}.",
)
_NOT_TEXT = Text(
    "{dst_zone}へ届いたメールが文字だけではありません（{shown}）。{breaches}",
    "A mail delivered to {dst_zone} is more than plain text ({shown}). {breaches}",
)
_RISK = Text(
    "{dst_zone}へ取り込まれた{what}に危険因子があります: {factors}（{shown}）。",
    "A {what} taken into {dst_zone} holds risk factors: {factors} ({shown}).",
)
_UNCHANGED = Text(
    "無害化装置{gateway}が、受け取った{what}を一切書き換えずに渡しました（{shown}）。無害化が働いていないおそれがあります。",
    "Gateway {gateway} handed a {what} on without changing a byte ({shown}). Sanitizing may not be working.",
)
_WRONG_DIRECTION = Text(
    "{src_zone}から{dst_zone}へ、登録と異なる向きに{what}が送られました（{shown}）。",
    "A {what} moved from {src_zone} to {dst_zone}, another direction than the conduit on record allows ({shown}).",
)
_NO_METHOD = Text(
    "{src_zone}から{dst_zone}へ、無害化の方式によらずに{what}が送られました（{shown}）。",
    "A {what} moved from {src_zone} to {dst_zone} without a sanitizing method ({shown}).",
)
_NO_REASON = Text(
    "理由の記録がない「その他の対策」の通信経路{conduit}で{what}が送られました（{shown}）。",
    "A {what} moved over conduit {conduit}, another measure without a recorded reason ({shown}).",
)
_DOWNLOAD = Text(
    "ローカルブレイクアウトから{dst_zone}へ、無害化装置を通らずに{what}が取り込まれました（{shown}）。",
    "A {what} was downloaded into {dst_zone} over the local breakout without passing the file gateway ({shown}).",
)
_CARRIED_OUT = Text(
    "{src_zone}から{dst_zone}へ{what}が持ち出されました（{shown}）。",
    "A {what} was carried out of {src_zone} to {dst_zone} ({shown}).",
)
_SHARED = Text(
    "{src_zone}と{dst_zone}の間で、登録のないファイル共有（{protocol}）が行われています（{shown}）。",
    "File sharing ({protocol}) crosses between {src_zone} and {dst_zone} without a conduit ({shown}).",
)
_SCREEN_IN = Text(
    "{src_zone}の端末が{dst_zone}へ画面転送（{protocol}）を開始しました。画面転送は{dst_zone}の側から開始するものだけが認められます。",
    "A host in {src_zone} opened a screen session ({protocol}) into {dst_zone}; only sessions begun from inside are allowed.",
)
_BULK = Text(
    "画面転送（{protocol}）のセッションで、端末側から{octets:,}バイトが{seconds}秒以上続けて送られました。"
    "ファイルの受渡しの可能性があります（推定）。",
    "In a screen session ({protocol}) the client sent {octets:,} bytes over {seconds} or more seconds; files may be moving "
    "(a hint, not a proof).",
)
_CHANNELS = Text(
    "画面転送（{protocol}）のセッションで、{channels}の受渡し機能が要求されました。実際に使われたかは見えません。",
    "A screen session ({protocol}) asked for the redirection channels {channels}; whether they were used cannot be seen.",
)
_RELAYED = Text(
    "{dst}が、外部の{src}から、組織外の差出人と宛先のメールを受け付けました（不正中継）。",
    "{dst} accepted mail from outside host {src} although neither its sender nor its recipient is in the own domains "
    "(open relay).",
)
_NO_SIZE = Text(
    "メールサーバ{dst}が、大きさの上限（SIZE）を示していません。", "Mail server {dst} announces no size limit (SIZE)."
)
_OVER_SIZE = Text(
    "メールサーバ{dst}が、自ら示した上限（{limit:,}バイト）を超えるメール（{size:,}バイト）を受け付けました。",
    "Mail server {dst} accepted a message of {size:,} bytes, above the limit it announces ({limit:,} bytes).",
)
_UNWATCHED = Text(
    "{src_zone}の{src}が、監視する中継を通さずに添付ファイル付きのメールを外へ送りました（{shown}）。",
    "{src} in {src_zone} sent mail with an attachment outward past the gateway that watches it ({shown}).",
)
_CLAIMED = Text(
    "無害化済みを名乗るヘッダーが付いていますが、登録された装置から届いたものではないため信用しません。",
    "A header claims that it was sanitized, but it did not come from a registered gateway, so the claim is not believed.",
)
_HINT = Text("暗号化された通信の大きさだけによる推定です。", "Inferred from sizes of encrypted traffic alone.")
_DOMAIN_GUESS = Text(
    "自組織のドメインが登録されていないため、サーバの名乗りから推定しました。",
    "No own mail domains are on record; they were inferred from how the server names itself.",
)
_ATTACHED = frozenset({Factor.ATTACHMENT, Factor.MACRO, Factor.EXECUTABLE, Factor.ENCRYPTED, Factor.EMBEDDED_FILE})
_SHARING = frozenset({"smb", "nfs"})
_REDIRECTION = {"rdpdr", "cliprdr"}
_PROTOCOLS = {
    "smtp": "SMTP", "http": "HTTP", "http2": "HTTP/2", "ftp": "FTP", "smb": "SMB", "nfs": "NFS", "tftp": "TFTP", "rdp": "RDP",
    "rfb": "VNC", "ica": "ICA", "pcoip": "PCoIP", "blast": "Blast", "pop3": "POP3", "imap": "IMAP", "lpd": "LPD",
    "raw_print": "RAW",
}  # fmt: skip


@dataclass(slots=True)
class Ruling:
    """One rule that is broken; ``fields`` as the rule registry takes them, without place and witness."""

    rule: str
    message: Text
    cause: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Case:
    """A transfer with everything known of it when it is ruled on."""

    transfer: Transfer
    way: Way
    verdict: ContentVerdict | None
    judge: Judge
    unchanged: bool = False  # the gateway handed on what it was given
    around: str = ""  # gateway that was given the same octets

    @property
    def what(self) -> Text:
        """Mail or file."""
        return _MAIL if self.transfer.kind is Kind.MAIL else _FILE

    @property
    def shown(self) -> Text:
        """Type, size, hash; a name where the transfer has one."""
        t = self.transfer
        kind = self.verdict.type if self.verdict is not None else t.declared or "unknown"
        digest = t.sha256[:16]
        if t.kind is Kind.MAIL or not t.name:
            return Text(f"{kind}、{t.size:,}バイト、SHA-256 {digest}…", f"{kind}, {t.size:,} bytes, SHA-256 {digest}…")
        return Text(
            f"{t.name}、{kind}、{t.size:,}バイト、SHA-256 {digest}…", f"{t.name}, {kind}, {t.size:,} bytes, SHA-256 {digest}…"
        )

    def zone(self, zone: str) -> Text:
        """Its name for officers."""
        zones = self.judge.model.zones
        return zones[zone].name if zone in zones else Text("未割当", "unassigned")

    def names(self) -> dict[str, Text]:
        """The words every sentence may use."""
        return {
            "src_zone": self.zone(self.way.src_zone), "dst_zone": self.zone(self.way.dst_zone), "what": self.what,
            "shown": self.shown,
        }  # fmt: skip

    def ruling(self, rule: str, text: Text, cause: str, words: dict[str, Any] | None = None, **fields: Any) -> Ruling:
        """A ruling about this transfer."""
        used = {k: v for k, v in {**self.names(), **(words or {})}.items() if f"{{{k}" in text.en or f"{{{k}" in text.ja}
        return Ruling(rule, text.format(**used), f"{cause}/{self.way.src}/{self.way.dst}", fields)


def rulings(case: Case) -> Iterator[Ruling]:
    """Every rule the transfer breaks."""
    kind = case.transfer.kind
    if kind is Kind.SCREEN:
        yield from _screen(case)
    if kind is Kind.MAIL:
        yield from _mail_server(case)
    if kind in (Kind.FILE, Kind.MAIL) and not case.transfer.piece and not case.transfer.container:
        yield from _way(case)
        yield from _content(case)


def _way(case: Case) -> Iterator[Ruling]:
    way, transfer, policy = case.way, case.transfer, case.judge.policy
    conduit = way.conduit
    rules = way.verdict.rules if way.verdict.kind is VerdictKind.FORBIDDEN else ()
    if conduit is not None and conduit.kind is ConduitKind.LOCAL_BREAKOUT and way.imports:
        yield case.ruling("LG-14", _DOWNLOAD, "download")
    elif way.path is Path.BYPASS and way.dst_kind is ZoneKind.LGWAN:
        fields: dict[str, Any] = {}
        if transfer.claims_sanitized:
            fields = {"confidence_reason": _CLAIMED}
        text, words = (_AROUND, {"gateway": case.around}) if case.around else (_BYPASS, {})
        yield case.ruling("LG-02" if transfer.kind is Kind.MAIL else "LG-08", text, "bypass", words, **fields)
    elif "LG-12" in rules and way.verdict.conduit and way.exports:
        yield case.ruling("LG-12", _WRONG_DIRECTION, "direction")
    elif "MN-10" in rules and way.verdict.conduit and ZoneKind.MYNUMBER in (way.src_kind, way.dst_kind):
        yield case.ruling("MN-10", _WRONG_DIRECTION, "direction")
    if (
        way.exports
        and policy.sanitize.scope == "both"
        and policy.sanitize.required
        and not policy.sanitize.allow_other_with_reason
    ):
        admitted = conduit is not None and conduit.kind in SANITIZING_KINDS and conduit.kind in policy.sanitize.methods
        if not admitted and way.verdict.kind is not VerdictKind.EXCEPTED:
            yield case.ruling("M-01", _NO_METHOD, "method")
    if (
        conduit is not None and conduit.kind is ConduitKind.OTHER_MEASURE and not conduit.reason
        and (way.imports or way.exports) and policy.sanitize.allow_other_with_reason
    ):  # fmt: skip
        yield case.ruling("K-01", _NO_REASON, "reason", {"conduit": conduit.id})
    forbidden = way.verdict.kind is VerdictKind.FORBIDDEN
    if way.src_kind is ZoneKind.MYNUMBER and way.dst_layer != way.src_layer and forbidden:
        yield case.ruling("MN-12", _CARRIED_OUT, "carried_out")
    if transfer.protocol in _SHARING and forbidden and way.src_layer != way.dst_layer:
        yield case.ruling("NC-25", _SHARED, "shared", {"protocol": _PROTOCOLS[transfer.protocol]})


def _content(case: Case) -> Iterator[Ruling]:
    way, verdict, transfer = case.way, case.verdict, case.transfer
    into = way.dst_kind is ZoneKind.LGWAN and (way.delivered or way.imports or way.src_kind is ZoneKind.LGWAN_NETWORK)
    # Equal octets are right where nothing was to be removed; with something in them the gateway has failed.
    violates = verdict is not None and (dangers(verdict) or verdict.mail_text is MailText.VIOLATES)
    if case.unchanged and way.out_of is not None and violates:
        yield case.ruling("LG-10", _UNCHANGED, "unchanged", {"gateway": way.out_of.name})
    if not into or verdict is None:
        return
    mail_in = way.imports or (way.out_of is not None and way.out_of.kind is GatewayKind.MAIL_SANITIZER)
    if transfer.kind is Kind.MAIL and mail_in and verdict.mail_text is MailText.VIOLATES:
        breaches = [b.text for b in verdict.breaches[:3]]
        words = {"breaches": Text("".join(b.ja for b in breaches), " ".join(b.en for b in breaches))}
        yield case.ruling("LG-05", _NOT_TEXT, "mail_text", words)
    found = dangers(verdict)
    if found:
        named = Text("、".join(f.text.ja for f in found), ", ".join(f.text.en for f in found))
        yield case.ruling(
            "LG-09", _RISK, "risk", {"factors": named}, detail=(("factors", ",".join(sorted(f.value for f in found))),)
        )  # fmt: skip


def _screen(case: Case) -> Iterator[Ruling]:
    way, transfer = case.way, case.transfer
    client, server = way.flow.src_address, way.flow.dst_address
    zones = case.judge.model.zones
    src, dst = way.verdict.src_zone, way.verdict.dst_zone
    src_kind = zones[src].kind if src in zones else None
    dst_kind = zones[dst].kind if dst in zones else None
    protocol = _PROTOCOLS.get(transfer.protocol, transfer.protocol)
    words: dict[str, Any] = {"protocol": protocol, "src_zone": case.zone(src), "dst_zone": case.zone(dst)}
    forbidden = way.verdict.kind is VerdictKind.FORBIDDEN
    if forbidden and dst_kind is ZoneKind.LGWAN and src_kind in UNSAFE and "LG-06" not in way.verdict.rules:
        ruling = case.ruling("LG-06", _SCREEN_IN, "screen", words)
        ruling.cause = f"screen/{client}/{server}"
        yield ruling
    notes = dict(transfer.notes)
    crossing = ZoneKind.LGWAN in (src_kind, dst_kind) and src_kind is not dst_kind
    if not crossing:
        return
    low: dict[str, Any] = {"severity": Severity.LOW, "confidence": Confidence.POSSIBLE, "confidence_reason": _HINT}
    if "bulk_octets" in notes:
        words |= {"octets": int(notes["bulk_octets"]), "seconds": int(notes["bulk_seconds"])}
        yield case.ruling("LG-07", _BULK, "bulk", words, **low)
    asked = sorted(_REDIRECTION & set(notes.get("channels", "").split(",")))
    if asked:
        low["confidence_reason"] = None
        yield case.ruling("LG-07", _CHANNELS, "channels", words | {"channels": ", ".join(asked)}, **low)


def _mail_server(case: Case) -> Iterator[Ruling]:
    way, envelope = case.way, case.transfer.envelope
    if envelope is None:
        return
    own = case.judge.model.settings.mail_domains
    ours = way.dst_kind not in (None, ZoneKind.OUTSIDE, ZoneKind.EXTERNAL_PEER, ZoneKind.LGWAN_NETWORK)
    stranger = way.src_kind is ZoneKind.OUTSIDE
    if ours and stranger and envelope.accepted is not False and envelope.accepted_domains and not envelope.authenticated:
        known = own or _self_named(envelope.server_name)
        if known and not _in(envelope.sender_domain, known) and any(d and not _in(d, known) for d in envelope.accepted_domains):
            guess = {} if own else {"confidence": Confidence.INFERRED, "confidence_reason": _DOMAIN_GUESS}
            yield case.ruling("ML-01", _RELAYED, "relayed", {"src": way.src, "dst": way.dst}, **guess)
    if ours and way.dst_kind is not ZoneKind.SECURITY_CLOUD and envelope.greeted:
        limit = envelope.size_limit
        if limit is None:
            yield case.ruling("ML-03", _NO_SIZE, "no_size", {"dst": way.dst})
        elif 0 < limit < case.transfer.size and envelope.accepted:
            yield case.ruling("ML-03", _OVER_SIZE, "over_size", {"dst": way.dst, "limit": limit, "size": case.transfer.size})


def outbound(case: Case, *, relay: bool) -> Iterator[Ruling]:
    """ML-04: mail with something attached that leaves past the registered relays."""
    way, verdict = case.way, case.verdict
    inside = way.src_kind in (ZoneKind.LGWAN, ZoneKind.INTERNET, ZoneKind.MYNUMBER)
    outward = inside and way.dst_kind in (ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD)
    if not relay and outward and verdict is not None and verdict.names & _ATTACHED:
        yield case.ruling("ML-04", _UNWATCHED, "unwatched", {"src": way.src})


def _self_named(name: str) -> tuple[str, ...]:
    """The domain a server is in by its own greeting: its name, and its parent where that has a dot."""
    parent = name.partition(".")[2]
    return tuple(d for d in (name, parent) if "." in d)


def _in(domain: str, known: tuple[str, ...]) -> bool:
    return not domain or any(domain == k.lower() or domain.endswith("." + k.lower()) for k in known)


def moved_state() -> FlowState:
    """Of a flow that a transfer was read from."""
    return FlowState.DATA
