"""Zones, the endpoints in them, and who may be a party to a conduit."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from segmentation.model.addresses import NO_ADDRESSES, AddressSet, Mac
from segmentation.model.location import NOWHERE, Location
from segmentation.model.text import Text


class ZoneKind(enum.StrEnum):
    """What a zone is for; the rules depend on it, never on a zone's name."""

    MYNUMBER = "mynumber"  # マイナンバー利用事務系
    LGWAN = "lgwan"  # LGWAN接続系
    INTERNET = "internet"  # インターネット接続系
    OUTSIDE = "outside"  # the Internet itself: every address nobody listed
    LGWAN_NETWORK = "lgwan_network"  # LGWAN and its ASPs, beyond the LGWAN router
    SECURITY_CLOUD = "security_cloud"  # 自治体情報セキュリティクラウド
    EXTERNAL_PEER = "external_peer"  # other organisations over closed lines
    MANAGEMENT = "management"
    CLOSED = "closed"  # a closed network in a two-network scheme (自治体情報システムネットワーク)
    GUEST = "guest"
    GENERIC = "generic"  # anything else; judged by its conduits and its level


class ModelKind(enum.StrEnum):
    """Which scheme the organisation runs."""

    ALPHA = "alpha"
    ALPHA_PRIME = "alpha_prime"
    BETA = "beta"
    BETA_PRIME = "beta_prime"
    TWO_NETWORK = "two_network"
    LEVELS = "levels"
    CUSTOM = "custom"

    @property
    def text(self) -> Text:
        """The words an officer reads."""
        return _MODEL_TEXT[self]


_MODEL_TEXT = {
    ModelKind.ALPHA: Text("αモデル", "model α"),
    ModelKind.ALPHA_PRIME: Text("α′モデル", "model α′"),
    ModelKind.BETA: Text("βモデル", "model β"),
    ModelKind.BETA_PRIME: Text("β′モデル", "model β′"),
    ModelKind.TWO_NETWORK: Text("二系統", "two networks"),
    ModelKind.LEVELS: Text("水準による管理", "protection levels"),
    ModelKind.CUSTOM: Text("独自の構成", "own scheme"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A set of addresses under one protection demand.

    A sub-zone names its ``parent`` and inherits its kind.  ``networks`` are those written at this
    zone itself; an address belongs to the deepest zone whose networks hold it (longest prefix).
    """

    id: str
    name: Text
    kind: ZoneKind
    networks: AddressSet = NO_ADDRESSES
    level: int | None = None  # higher is more protected; only compared, never summed
    vlans: tuple[int, ...] = ()
    parent: str = ""
    isolated: bool = False  # flows to sibling sub-zones need a conduit too (e.g. a test network, NC-23)
    tags: frozenset[str] = frozenset()
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A host (or a bulk ledger row) with its addresses and, where known, its MACs."""

    id: str
    name: Text
    zone: str
    addresses: AddressSet = NO_ADDRESSES
    macs: tuple[Mac, ...] = ()
    mac_scope: tuple[str, ...] = ()  # zone IDs whose own L2 segment shows the true MAC; () means its own zone
    tags: frozenset[str] = frozenset()  # 個人番号利用事務, 戸籍, 人事, 委託先, 入札, resident_info, screen_server …
    business: tuple[str, ...] = ()  # 業務
    valid_from: dt.date | None = None  # ledger rows overlap while old and new terminals coexist
    valid_until: dt.date | None = None
    location: Location = NOWHERE

    def valid_on(self, day: dt.date) -> bool:
        """Whether the ledger row applies on *day*."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a conduit or exception: whole zones, single endpoints and literal networks.

    ``addresses`` is the resolved union of all three, filled when the file is read.
    """

    zones: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    networks: AddressSet = NO_ADDRESSES
    addresses: AddressSet = NO_ADDRESSES
