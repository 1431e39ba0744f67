"""PAN-OS (Palo Alto Networks) configurations, as XML, as ``set`` commands or in braces: text to device."""

from segmentation.vendors.panos.assembly import parse

__all__ = ["parse"]
