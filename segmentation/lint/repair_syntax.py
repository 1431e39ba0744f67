"""What an administrator types to take a rule out, in the terms of the device."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from segmentation.analysis.repair import Change, ChangeKind
from segmentation.device.device import Device, Rule, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import format_range

#: iptables(8), -D: "iptables -t table -D chain rulenum"; the name of a chain is family, table and chain.
_IPTABLES = re.compile(r"(ip6?) (\S+) (\S+)")
_JUNOS_POLICY = re.compile(r"from-zone (\S+) to-zone (\S+)")
_JUNOS_FILTER = re.compile(r"filter (inet6?) (\S+)")
_NUMBERED = re.compile(r"access-list (\d+) (.*)")
_IOS_LIST = re.compile(r"(ip|ipv6) access-list (.+)")
_RTX_FILTER = re.compile(r"ip(?:v6)? filter (?:dynamic )?(\d+)\b")
#: Cisco IOS command reference, access-list (IP standard): these numbers are standard lists.
_STANDARD_NUMBERS = (range(1, 100), range(1300, 2000))


class Removal:
    """Commands for the changes of one device, asked in the order of application: positions move as rules go."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._gone: dict[str, list[int]] = {}
        self._lists: dict[str, str] = {}

    def commands(self, change: Change) -> tuple[str, ...]:
        """The lines to type for a change; empty where the file is to be edited instead.

        For a merge, those that take out the rules which the first one replaces.
        """
        rules = (change.rule,) if change.kind is ChangeKind.DELETE else tuple(reversed(change.merged))
        return tuple(line for rule in rules for line in self._one(change.chain, rule))

    def _one(self, chain: str, rule: Rule) -> Iterator[str]:
        match self._device.vendor:
            case "iptables":
                yield from self._iptables(chain, rule)
            case "nftables":
                if rule.id:  # nft(8), "RULES": a handle, where the listing has it (nft -a list ruleset)
                    yield f"nft delete rule {chain} handle {rule.id}"
            case "ios" | "nxos" | "eos":
                yield from _ios(chain, rule)
            case "asa":
                if rule.text.startswith("access-list "):
                    yield f"no {rule.text}"
            case "fortios":
                yield from _fortios(chain, rule)
            case "junos":
                yield from _junos(chain, rule)
            case "panos":
                if chain.endswith(" security") and rule.id:
                    yield f'delete rulebase security rules "{rule.id}"'
            case "rtx":
                yield from self._rtx(rule)
            case _:
                return

    def _iptables(self, chain: str, rule: Rule) -> Iterator[str]:
        named = _IPTABLES.fullmatch(chain)
        if named is None or not rule.id.isdigit():
            return
        family, table, name = named.groups()
        number = int(rule.id)
        gone = self._gone.setdefault(chain, [])
        now = number - sum(g < number for g in gone)
        gone.append(number)
        yield f"{'iptables' if family == 'ip' else 'ip6tables'} -t {table} -D {name} {now}"

    def _rtx(self, rule: Rule) -> Iterator[str]:
        """The lists without the number (RTX command reference, "ip INTERFACE secure filter").

        The filter itself stays defined: NAT, routes and dynamic filters may speak of its number too.
        """
        found = _RTX_FILTER.match(rule.text)
        if found is None:
            return
        for each in self._device.chains.values():
            for binding in each.rules:
                if binding.action.verb in (Verb.GOTO, Verb.JUMP) and " secure filter " in binding.text:
                    before = self._lists.get(binding.text, binding.text)
                    head, direction, numbers = re.split(r"(?<= secure filter )(in|out) ", before, maxsplit=1)
                    left = [n for n in numbers.split() if n != found[1]]
                    after = f"{head}{direction} {' '.join(left)}"
                    if after != before:
                        self._lists[binding.text] = after
                        yield after


def _ios(chain: str, rule: Rule) -> Iterator[str]:
    """In the list's own mode: on IOS ``no access-list 101 …`` takes away the whole list."""
    named = _IOS_LIST.fullmatch(chain)
    if named is None:
        return
    family, name = named.groups()
    text = rule.text
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        text = numbered[2]
    if family == "ipv6":
        yield f"ipv6 access-list {name}"
    else:
        standard = any(int(name) in r for r in _STANDARD_NUMBERS) if name.isdigit() else _is_standard(text)
        yield f"ip access-list {'standard' if standard else 'extended'} {name}"
    yield f" no {rule.id}" if rule.id.isdigit() else f" no {text}"


def _is_standard(text: str) -> bool:
    """Whether an entry of a named list speaks of sources only: an address stands where a protocol would."""
    words = text.split()
    if words and words[0].isdigit():
        words = words[1:]
    second = words[1] if len(words) > 1 else ""
    return second in ("any", "host") or (re.fullmatch(r"[\d.]+(?:/\d+)?", second) is not None and "." in second)


def _fortios(chain: str, rule: Rule) -> Iterator[str]:
    domain, _, kind = chain.rpartition(" ")
    if kind != "policy" or not rule.id.isdigit():
        return
    if domain and domain != "root":
        yield from ("config vdom", f"edit {domain}")
    yield from ("config firewall policy", f"delete {rule.id}", "end")


def _junos(chain: str, rule: Rule) -> Iterator[str]:
    if not rule.id:
        return
    policy, term = _JUNOS_POLICY.fullmatch(chain), _JUNOS_FILTER.fullmatch(chain)
    if policy is not None:
        yield f"delete security policies from-zone {policy[1]} to-zone {policy[2]} policy {rule.id}"
    elif term is not None:
        yield f"delete firewall family {term[1]} filter {term[2]} term {rule.id}"


def written_values(change: Change) -> str:
    """What the field of a merge becomes: a prefix, a range of addresses, ports."""
    assert change.values is not None, "only merges have values"
    lo, hi = change.values.intervals[0]
    if change.field in (Field.SRC, Field.DST):
        if change.family is None:
            return f"{lo}-{hi}"
        size = hi - lo + 1
        if size & (size - 1) == 0 and lo % size == 0:
            bits = (32 if change.family == 4 else 128) - (size.bit_length() - 1)
            base = ipaddress.IPv4Address(lo) if change.family == 4 else ipaddress.IPv6Address(lo)
            return f"{base}/{bits}"
        return format_range(change.family, lo, hi)
    return str(lo) if lo == hi else f"{lo}-{hi}"
