"""NEC UNIVERGE IX routers: ``show running-config``."""

from segmentation.vendors.ix.assembly import parse

__all__ = ["parse"]
