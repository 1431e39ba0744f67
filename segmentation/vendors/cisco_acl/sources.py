"""Who a list lets in: the sources it permits, for services that a list limits (``access-class``, SNMP, the web server)."""

from __future__ import annotations

from segmentation.model.addresses import ANY, FAMILIES, NO_ADDRESSES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS
from segmentation.vendors.cisco_acl.entry import Entry
from segmentation.vendors.cisco_acl.lists import AccessList


def permitted_sources(acl: AccessList) -> AddressSet:
    """The sources of every packet that *acl* permits, in first-match order.

    Never too few: a denial takes its sources away only where it certainly matches every packet of theirs.
    """
    found, denied = NO_ADDRESSES, NO_ADDRESSES
    for entry in acl.ordered:
        if entry.inactive:
            continue
        for sources, doubts in entry.sources:
            limited = sources & AddressSet(*(ANY[f] if f in acl.families else IntervalSet() for f in FAMILIES))
            if entry.permit:
                found |= limited - denied
            elif not doubts and _of_any_packet(entry):
                denied |= limited
    return found


def _of_any_packet(entry: Entry) -> bool:
    """Whether an entry limits nothing but sources."""
    if entry.doubts or entry.fragments or entry.flags is not None or entry.states is not None:
        return False
    everywhere = any(not d and all(a.family(f) == ANY[f] for f in entry.families) for a, d in entry.destinations)
    return everywhere and any(
        not d and t.protocols == ALL_PROTOCOLS and t.src_ports == ALL_PORTS and t.dst_ports == ALL_PORTS for t, d in entry.terms
    )
