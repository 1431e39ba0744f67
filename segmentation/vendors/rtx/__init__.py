"""Yamaha RT series routers (RTX, NVR, FWX): ``show config`` and exported configurations."""

from segmentation.vendors.rtx.assembly import parse

__all__ = ["parse"]
