"""Routing instances (VRFs): packets stay in theirs, unless a statement leaks routes.

IOS IP Routing: Protocol-Independent Configuration Guide, "VRF-Lite"; MPLS Layer 3 VPNs Configuration Guide
(``route-target``); NAT Configuration Guide, "Integrating NAT with MPLS VPNs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segmentation.device.device import DROP, Rule
from segmentation.device.match import InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.ios.interfaces import Interface
from segmentation.vendors.reading import shown

_BOTH = frozenset(FAMILIES)
_LEAKING: frozenset[tuple[str, ...]] = frozenset({
    ("set", "vrf"), ("set", "global"), ("vrf", "leaking"), ("leak", "map"), ("leak", "routes"),
    ("set", "ip", "vrf"), ("set", "ipv6", "vrf"), ("set", "ip", "global"), ("set", "ipv6", "global"), ("ip", "vrf", "receive"),
})  # fmt: skip


def instances_apart(blocks: Sequence[Block], interfaces: Mapping[str, Interface]) -> tuple[list[Rule], Line | None]:
    """Rules that drop what would go from one instance to another; nothing, and the line, where routes may leak."""
    groups: dict[str, list[Interface]] = {}
    for interface in interfaces.values():
        # A switch port forwards frames of VLANs, whose interfaces have the instance.
        if interface.forwards and not interface.switched and (interface.families or interface.vrf):
            groups.setdefault(interface.vrf, []).append(interface)
    if len(groups) < 2:
        return [], None
    leak = next(_leaks(blocks, interfaces), None)
    if leak is not None:
        return [], leak
    rules = []
    for vrf, members in groups.items():
        others = tuple(i.name for other, listed in groups.items() if other != vrf for i in listed)
        inside = InterfaceMatch(tuple(i.name for i in members))
        text = shown(f"implicit: {f'vrf {vrf}' if vrf else 'the global table'} has no route to other instances")
        rules.append(
            Rule(
                match=Match(in_interface=inside, out_interface=InterfaceMatch(others)), action=DROP,
                location=members[0].line.location, text=text, families=_BOTH,
            )
        )  # fmt: skip
    return rules, None


def _leaks(blocks: Sequence[Block], interfaces: Mapping[str, Interface]) -> Iterator[Line]:
    """Statements by which a packet may leave its instance."""
    vrf_of = {i.name: i.vrf for i in interfaces.values()}
    for block in blocks:
        for line in (block.head, *block.body):
            if _leaving(line.words) or _route_leaks(line.words, vrf_of, block):
                yield line


def _leaving(words: tuple[str, ...]) -> bool:
    """Targets of other instances, policy routing into one, copied routes, translation between instances."""
    if words[0] in ("route-target", "route-replicate") or "route-replicate" in words[:3] or "match-in-vrf" in words:
        return True
    if words[0] in ("import", "export") and ("map" in words or "vrf" in words):
        return True
    return words[:2] in _LEAKING or words[:3] in _LEAKING


def _route_leaks(words: tuple[str, ...], vrf_of: Mapping[str, str], block: Block) -> bool:
    """A static route whose way out is in another instance: ``global``, ``egress-vrf``, ``vrf`` at the end, an interface."""
    if words[:2] not in (("ip", "route"), ("ipv6", "route")):
        return False
    own = words[3] if words[2:3] == ("vrf",) and len(words) > 3 else ""
    if block.words[:2] == ("vrf", "context") and len(block.words) > 2 and not own:
        own = block.words[2]
    rest = words[4:] if words[2:3] == ("vrf",) else words[2:]
    if (own and "global" in rest) or not {"egress-vrf", "vrf", "nexthop-vrf"}.isdisjoint(rest):
        return True
    return any(vrf_of[w] != own for w in rest if w in vrf_of)
