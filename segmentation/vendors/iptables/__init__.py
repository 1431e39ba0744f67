"""iptables-save, ip6tables-save and ipset save of one host: text to device."""

from segmentation.vendors.iptables.assembly import parse

__all__ = ["parse"]
