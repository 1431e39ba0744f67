"""The kernel's rule set as a text in the form of ``nft -j list ruleset``, one object a line, so that lines can be named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from segmentation.live.attributes import Attributes, attributes, expressions, name, number, signed, text, userdata
from segmentation.live.netlink import Dump
from segmentation.live.rules import RuleDecoder
from segmentation.live.sets import KernelSet, fill, kernel_set
from segmentation.live.values import Decoder, Interfaces

#: linux/netfilter/nf_tables.h: enum nft_table_flags.
_TABLE_FLAGS = {1: "dormant", 2: "owner", 4: "persist"}
#: linux/netfilter.h: enum nf_inet_hooks, enum nf_dev_hooks; linux/netfilter_arp.h.
_HOOKS = ("prerouting", "input", "forward", "output", "postrouting", "ingress")
_OTHER_HOOKS = {"netdev": ("ingress", "egress"), "arp": ("input", "output", "forward")}
_COUNTER = 1  # NFT_OBJECT_COUNTER


def document(dump: Dump, interfaces: Interfaces) -> str:
    """The whole rule set."""
    lines = [json.dumps(each, ensure_ascii=False) for each in _objects(dump, Decoder(interfaces))]
    return '{"nftables": [\n' + ",\n".join(lines) + "\n]}\n"


def _objects(dump: Dump, decoder: Decoder) -> Iterator[dict[str, Any]]:
    sets = [kernel_set(family, data) for family, data in dump.sets]
    for held in sets:
        fill(held, dump.elements.get((held.family, held.table, held.name), []), decoder)
    for family, data in dump.tables:
        table = text(data, 1)
        flags = [word for bit, word in _TABLE_FLAGS.items() if number(data, 2) & bit]
        yield {"table": {"family": family, "name": table} | ({"flags": flags} if flags else {})}
        yield from _table(dump, family, table, [s for s in sets if (s.family, s.table) == (family, table)], decoder)


def _of(listed: Iterable[tuple[str, Attributes]], family: str, table: str) -> list[Attributes]:
    return [data for found, data in listed if found == family and text(data, 1) == table]


def _table(dump: Dump, family: str, table: str, sets: list[KernelSet], decoder: Decoder) -> Iterator[dict[str, Any]]:
    owner = {"family": family, "table": table}
    for data in _of(dump.objects, family, table):
        if number(data, 3) == _COUNTER:
            packets = number(attributes(data.get(4, b"")), 2)
            yield {"counter": owner | {"name": text(data, 2), "packets": packets}}
    for held in sets:
        if not held.anonymous:
            yield held.as_json()
    for data in _of(dump.chains, family, table):
        yield {"chain": owner | {"name": text(data, 3)} | _hook(family, data)}
    rules = RuleDecoder(family, {s.name: s for s in sets}, decoder)
    for data in _of(dump.rules, family, table):
        comment = userdata(data.get(7, b"")).get(0)
        body = owner | {"chain": text(data, 2), "handle": number(data, 3)}
        body |= {"expr": rules.statements(expressions(data.get(4, b"")))}
        yield {"rule": body | ({"comment": name(comment)} if comment else {})}


def _hook(family: str, data: Attributes) -> dict[str, Any]:
    if 4 not in data:
        return {}
    hook = attributes(data[4])
    hooks = _OTHER_HOOKS.get(family, _HOOKS)
    found = number(hook, 1)
    return {
        "type": text(data, 7) or "filter",
        "hook": hooks[found] if found < len(hooks) else f"hook {found}",
        "prio": signed(hook, 2),
        "policy": "accept" if number(data, 5, 1) else "drop",
    }
