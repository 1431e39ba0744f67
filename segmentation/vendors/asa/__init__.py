"""Cisco ASA: text to device."""

from segmentation.vendors.asa.assembly import parse

__all__ = ["parse"]
