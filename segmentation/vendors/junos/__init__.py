"""Juniper Junos OS and SRX: ``show configuration`` in braces, or ``| display set``."""

from segmentation.vendors.junos.assembly import parse

__all__ = ["parse"]
