"""One module or package per vendor: configuration text to the vendor-neutral device.  None imports another."""
