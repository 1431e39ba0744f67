"""FortiOS (FortiGate) configurations, from a backup or from ``show``: text to device."""

from segmentation.vendors.fortios.assembly import parse

__all__ = ["parse"]
