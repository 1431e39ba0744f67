"""Allied Telesis AlliedWare Plus: switches and AR routers, ``show running-config``."""

from segmentation.vendors.awplus.assembly import parse

__all__ = ["parse"]
