"""Capture files as blocks of frames: pcap and pcapng, plain or gzip, in bounded memory.

::

    from sensors.capture.reader import open_capture

    reader = open_capture(path)                 # raises CaptureError with a bilingual message
    for block in reader:                        # sensors.kernels.block.Block
        tracker.feed(block)
    reader.summary()                            # format, SHA-256, packets, octets, times, interfaces, damage

A damaged file gives every frame before the damage; then ``summary().damage`` says where and why.
Importing this package does not import Numba; :mod:`.reader` does.
"""
