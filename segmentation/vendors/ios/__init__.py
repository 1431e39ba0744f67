"""Cisco IOS, IOS-XE, IOS-XR lists, NX-OS and Arista EOS: text to device."""

from segmentation.vendors.ios.assembly import parse

__all__ = ["parse"]
