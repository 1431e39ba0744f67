"""The running kernel as a device: what is in force now, read over netlink without changing anything."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path

from segmentation.device.device import Device, NotUnderstood
from segmentation.device.management import Aspect
from segmentation.live import netlink
from segmentation.live.document import document
from segmentation.live.host import interfaces, names, routes
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors import nftables
from segmentation.vendors.reading import SourceText

_REFUSED = Text(
    "動作中のカーネルのフィルターを読むには管理者権限（CAP_NET_ADMIN）が必要です。sudo を付けて実行するか、"
    "管理者に「nft -j list ruleset」の出力を保存してもらい、そのファイルを指定してください。",
    "Reading the filters of the running kernel needs administrator rights (CAP_NET_ADMIN). Run it with sudo, or have the "
    "administrator save the output of nft -j list ruleset and give that file.",
)
_NO_NAMESPACE = Text(
    "ネットワーク名前空間「{name}」がありません。「ip netns list」で名前を確認してください。",
    "There is no network namespace {name}. See the names with ip netns list.",
)
_NO_KERNEL = Text(
    "このカーネルの nf_tables を読めません（{why}）。",
    "The nf_tables of this kernel cannot be read ({why}).",
)
_CHANGING = Text(
    "読み取り中にルールが変更され続けたため、一貫した内容を取得できませんでした。変更作業が終わってからもう一度実行してください。",
    "The rules kept changing while they were read, so no consistent state was seen. Run it again when the change is done.",
)
_LEGACY = Text(
    "このカーネルには旧方式（x_tables）の iptables のテーブル（{tables}）があります。nf_tables からは見えないため、"
    "iptables-legacy-save の出力をファイルで渡してください。",
    "This kernel also has tables of the older iptables (x_tables): {tables}. They are not visible through nf_tables; give the "
    "output of iptables-legacy-save as a file.",
)
#: Where a kernel with x_tables names its tables (linux/net/netfilter/x_tables.c: xt_proto_init).
_LEGACY_NAMES = ("ip_tables_names", "ip6_tables_names")


@dataclass(frozen=True, slots=True)
class NotReadable:
    """Why the kernel gave no device."""

    message: Text


def read_kernel(name: str = "", netns: str | None = None) -> Device | NotReadable:
    """The device that this host (or its network namespace *netns*) is now, called *name* or after where it was read.

    Never raises for what a user may meet: missing rights, a missing namespace, a kernel without nf_tables.
    """
    try:
        with netlink.namespace(netns):
            host = netlink.dump_host()
            dump = netlink.dump_nftables()
            legacy = _legacy_tables()
    except netlink.NotPermitted:
        return NotReadable(_REFUSED)
    except netlink.NoSuchNamespace:
        return NotReadable(_NO_NAMESPACE.format(name=netns or ""))
    except OSError as error:
        return NotReadable(_NO_KERNEL.format(why=error.strerror or str(error)))
    if not dump.consistent:
        return NotReadable(_CHANGING)
    return device_of(dump, host, name, f"netns:{netns}" if netns else "kernel", legacy)


def device_of(
    dump: netlink.Dump, host: netlink.Host, name: str = "", place: str = "kernel", legacy: tuple[str, ...] = ()
) -> Device:
    """The device that the answers of the kernel describe, called *name* or after *place*, the file its lines are shown in.

    *legacy* are tables of x_tables beside those of nf_tables.
    """
    text = document(dump, names(host))
    source = SourceText(place, text, hashlib.sha256(text.encode()).hexdigest())
    device = nftables.parse([source], name or place)
    where = Location(place, 1)
    not_understood = device.not_understood
    if legacy:
        reason = _LEGACY.format(tables=", ".join(legacy))
        entry = NotUnderstood(location=where, text=", ".join(legacy), reason=reason.en, widened=True, sentence=reason)
        not_understood = (*not_understood, entry)
    return dataclasses.replace(
        device,
        not_understood=not_understood,
        interfaces=interfaces(host, where),
        routes=routes(host, where),
        aspects=device.aspects | {Aspect.ROUTES},
    )


def _legacy_tables() -> tuple[str, ...]:
    """The tables of x_tables in this namespace, as the kernel lists them for the calling thread."""
    found: list[str] = []
    for each in _LEGACY_NAMES:
        try:
            listed = Path("/proc/thread-self/net", each).read_text(encoding="ascii", errors="replace").split()
        except OSError:
            continue
        family = "ip6tables" if each.startswith("ip6") else "iptables"
        found += [f"{family} {table}" for table in sorted(set(listed))]
    return tuple(found)
