"""The packet path: bytes of frames to rows of flows, in compiled kernels over numpy arrays.

How a consumer drives it (no I/O, clock or thread below this package)::

    from sensors.kernels.tracker import Tracker, TrackerConfig   # imports numba
    from sensors.kernels.tables import compile_tables

    tracker = Tracker(compile_tables(zone_map, decisions, service_ports), TrackerConfig())
    for block in blocks:              # sensors.kernels.block.Block, e.g. from sensors.capture
        tracker.feed(block)
    flows = tracker.flows()           # numpy structured array, one row a flow, in order of first packet
    counts = tracker.counters()       # not_counted by reason, notes (VLAN, tunnels, fragments, ...)
    pairs = matrix(flows)             # sensors.kernels.view: totals by zone pair, state and decision

Importing :mod:`sensors.kernels`, :mod:`.reasons`, :mod:`.layout`, :mod:`.block`, :mod:`.view` does
not import Numba; :mod:`.tracker` and the kernel modules do.

Modules, in the order in which a packet meets them:

- :mod:`.records` walks the record headers of a capture buffer; :mod:`.block` is what it yields
- :mod:`.link`, :mod:`.network`, :mod:`.tunnels`, :mod:`.decode`: frames to decoded words, stateless
- :mod:`.table`, :mod:`.track`: decoded words to flow rows; fragments, bindings of addresses to MACs
- :mod:`.tables`, :mod:`.lookup`: the zone model and the judge's decisions as arrays, and their lookup
- :mod:`.view`: the rows as a structured array with state, initiator and verdict; the zone matrix
"""
