"""What a policy objects to in a conduit although it is declared.

A declared conduit is not thereby a permitted one: the same crossing is lawful under one policy and a breach under
another.  These are the differences between the policies that change a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.model.conduits import Conduit, ConduitKind, DataDirection, Reachability
from segmentation.model.gateways import GatewayKind
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, Zone, ZoneKind

#: A zone that continues elsewhere, and management flows, have whole networks as their ends by nature.
_WHOLE_NETWORKS = frozenset({ConduitKind.ZONE_EXTENSION, ConduitKind.MANAGEMENT, ConduitKind.MONITORING, ConduitKind.BRANCH})
_INTERNET_SIDE = frozenset({ZoneKind.INTERNET, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD, ZoneKind.GUEST})
#: Gateways that count as the approved egress, by what the policy asks for.
_EGRESS_GATEWAYS: dict[str, frozenset[GatewayKind]] = {
    "security_cloud": frozenset({GatewayKind.SECURITY_CLOUD}),
    "utm": frozenset({GatewayKind.UTM}),
    "operator": frozenset({GatewayKind.SECURITY_CLOUD}),
    "none": frozenset(GatewayKind),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """The rules a declared conduit breaks, and why."""

    rules: tuple[str, ...]
    reason: Text


def objection(conduit: Conduit, src: Zone, dst: Zone, model: ZoneModel, policy: Policy) -> Objection | None:
    """What *policy* objects to in *conduit* between zones *src* (initiator) and *dst*, or ``None``."""
    kinds = {src.kind, dst.kind}
    if ZoneKind.MYNUMBER in kinds and src.kind is not dst.kind:
        return _mynumber(conduit, src, dst, model, policy)
    if ZoneKind.CLOSED in kinds and src.kind is not dst.kind and policy.sanitize.crossing_forbidden:
        return Objection(
            ("Y-01",),
            Text("閉域のネットワークは他のネットワークと完全に分離する定めであり、通信経路の登録はできません。",
                 "The closed network must be entirely separate; no crossing of it can be declared."),
        )  # fmt: skip
    if src.kind is ZoneKind.LGWAN and dst.kind is ZoneKind.OUTSIDE:
        return _breakout(conduit, model, policy)
    if ZoneKind.LGWAN in kinds and kinds & _INTERNET_SIDE:
        return _sanitizing(conduit, src, model, policy)
    if dst.kind is ZoneKind.OUTSIDE:
        return _egress(conduit, model, policy)
    return None


def _mynumber(conduit: Conduit, src: Zone, dst: Zone, model: ZoneModel, policy: Policy) -> Objection | None:
    other = dst if src.kind is ZoneKind.MYNUMBER else src
    demands = policy.mynumber
    if other.kind in _INTERNET_SIDE or other.kind is ZoneKind.CLOSED:
        return Objection(
            ("MN-02", "MN-01"),
            Text("マイナンバー利用事務系とインターネット側との通信経路は、登録しても許可されません。",
                 "A conduit between the My Number layer and the Internet side is never permitted, declared or not."),
        )  # fmt: skip
    if conduit.kind is ConduitKind.SCREEN_TRANSFER and dst.kind is ZoneKind.MYNUMBER:
        if "mn_screen" not in policy.addons or not conduit.risk_decision:
            return Objection(
                ("MN-11", "MN-01"),
                Text("この規程はマイナンバー利用事務系への画面転送を認めていないか、リスク評価の決定が登録されていません。",
                     "This policy does not admit screen transfer into the My Number layer, or no risk decision is recorded."),
            )  # fmt: skip
        return None
    if conduit.kind is ConduitKind.PUBLIC_INSTITUTION:
        return _institution(conduit, policy)
    if (
        demands.peer_internet_forbidden
        and conduit.peer is not None
        and conduit.peer.internet_reachable is Reachability.YES
        and other.kind is ZoneKind.EXTERNAL_PEER
    ):
        return Objection(
            ("MN-06",),
            Text("外部接続先がインターネットに接続していると申告されています。",
                 "The peer states that it is connected to the Internet."),
        )  # fmt: skip
    if {"ip", "port"} & demands.pin and other.kind is not ZoneKind.MYNUMBER and not _pinned(conduit, model):
        if demands.in_principle and conduit.reason:
            return None
        return Objection(
            ("MN-03", "MN-01"),
            Text("マイナンバー利用事務系の外部との通信は、双方の機器とポート番号を個別に限定する必要があります。",
                 "A My Number crossing must enumerate the hosts at both ends and the ports."),
        )  # fmt: skip
    return None


def _pinned(conduit: Conduit, model: ZoneModel) -> bool:
    """Whether both ends are few hosts and every service is one protocol with enumerated ports."""
    if conduit.kind not in _WHOLE_NETWORKS:
        limit = model.settings.max_pinned_hosts
        for party in (conduit.initiator.addresses, conduit.responder.addresses):
            if party.v4.size > limit or party.v6.size > limit:
                return False
    return all(_enumerated(term) for s in conduit.services for term in model.services[s].terms)


def _enumerated(term: ServiceTerm) -> bool:
    return term.single_protocol is not None and term.dst_ports.size <= 1024


def _institution(conduit: Conduit, policy: Policy) -> Objection | None:
    entry, demands = conduit.institution, policy.mynumber
    if entry is None or not demands.institution_exempt:
        return Objection(
            ("MN-08",),
            Text("公的機関等の接続先としての登録がないか、この規程に例外の定めがありません。",
                 "The peer is not registered as a public institution, or this policy has no such exemption."),
        )  # fmt: skip
    if entry.other_sufficiently_safe and not (demands.institution_other_class and entry.reason):
        return Objection(
            ("MN-08",),
            Text("「その他十分に安全な接続先」とする理由が書面で示されていません。",
                 "The written reason for treating the peer as otherwise sufficiently safe is missing."),
        )  # fmt: skip
    if demands.require_via_lgwan and not entry.via_lgwan:
        return Objection(
            ("MN-09",),
            Text("公的機関等との通信はLGWANを経由する必要があります。", "A public institution must be reached via the LGWAN."),
        )
    return None


def _sanitizing(conduit: Conduit, src: Zone, model: ZoneModel, policy: Policy) -> Objection | None:
    from_inside = src.kind is ZoneKind.LGWAN
    if conduit.kind is ConduitKind.SCREEN_TRANSFER and not from_inside:
        beta = model.kind in (ModelKind.BETA, ModelKind.BETA_PRIME) and model.kind in policy.models
        if not beta:
            return Objection(
                ("LG-06", "LG-01"),
                Text("αモデルの画面転送はLGWAN接続系の端末から開始する必要があります。",
                     "Under the alpha model a screen transfer is opened from the LGWAN side."),
            )  # fmt: skip
        return None
    toward = DataDirection.TO_INITIATOR if from_inside else DataDirection.TO_RESPONDER
    imports = conduit.data in (DataDirection.BOTH, toward)
    rules = policy.sanitize
    if not rules.required or not (imports or rules.scope == "both"):
        return None
    if conduit.kind in rules.methods:
        return None
    if conduit.kind is ConduitKind.OTHER_MEASURE:
        if rules.allow_other_with_reason and conduit.reason:
            return None
        return Objection(
            ("K-01", "LG-02") if rules.allow_other_with_reason else ("LG-02", "M-01"),
            Text("無害化に代わる対策を認める定めがないか、その理由が記録されていません。",
                 "This policy admits no other measure instead of sanitizing, or its reason is not recorded."),
        )  # fmt: skip
    return Objection(
        ("LG-02", "LG-01") if imports else ("M-01", "LG-12"),
        Text("データの取込みに、規程が定める無害化の方式が使われていません。",
             "Data crosses without a sanitizing method that the policy names."),
    )  # fmt: skip


def _breakout(conduit: Conduit, model: ZoneModel, policy: Policy) -> Objection | None:
    enabled = model.kind is ModelKind.ALPHA_PRIME and "alpha_prime" in policy.addons and model.kind in policy.models
    if conduit.kind is ConduitKind.LOCAL_BREAKOUT and enabled:
        return None
    return Objection(
        ("LG-14",) if model.kind is ModelKind.ALPHA_PRIME else ("LG-15",),
        Text("LGWAN接続系からインターネットへの直接通信は、α′モデルの承認済み接続先に限られます。",
             "The LGWAN layer may reach the Internet directly only under the alpha-prime model, to approved services."),
    )  # fmt: skip


def _egress(conduit: Conduit, model: ZoneModel, policy: Policy) -> Objection | None:
    gateway = model.gateways.get(conduit.gateway)
    if gateway is not None and gateway.kind in _EGRESS_GATEWAYS[policy.egress]:
        return None
    if policy.egress in {"none", "operator"}:
        return None
    return Objection(
        ("IN-01", "Y-02"),
        Text("インターネットへの出口は、規程が定める集約先に限られます。",
             "Internet traffic must leave through the concentrated egress that the policy names."),
    )  # fmt: skip
