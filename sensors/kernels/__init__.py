"""The packet path: bytes of frames to rows of flows, in compiled kernels over numpy arrays.

How a consumer drives it (no I/O, clock or thread below this package)::

    from sensors.kernels.tracker import Tracker, TrackerConfig   # imports numba
    from sensors.kernels.tables import compile_tables

    tracker = Tracker(compile_tables(zone_map, decisions, service_ports), TrackerConfig())
    for block in blocks:              # sensors.kernels.block.Block, e.g. from sensors.capture
        tracker.feed(block)
    flows = tracker.flows()           # numpy structured array, one row a flow, in order of first packet
    reasons = tracker.not_counted()   # frames in no flow; tracker.notes(): VLAN, tunnels, fragments, ...
    pairs = matrix(flows)             # sensors.kernels.view: totals by zone pair, state and decision

Importing :mod:`sensors.kernels`, :mod:`.reasons`, :mod:`.layout`, :mod:`.block`, :mod:`.view`, :mod:`.conversations`
does not import Numba; :mod:`.tracker`, :mod:`.tables` and the kernel modules do.

Modules, in the order in which a packet meets them:

- :mod:`.records` walks the record headers of a capture buffer; :mod:`.block` is what it yields
- :mod:`.link`, :mod:`.shims`, :mod:`.network`, :mod:`.tunnels`, :mod:`.words`, :mod:`.decode`: frames to decoded words
- :mod:`.feed`, :mod:`.table`, :mod:`.track`: decoded words to flow rows; fragments, bindings of addresses to MACs
- :mod:`.tables`, :mod:`.lookup`: the zone model and the judge's decisions as arrays, and their lookup
- :mod:`.view`, :mod:`.conversations`: the rows as a structured array with state, initiator and verdict; sums of them
- :mod:`.compiled`, :mod:`.loads`: how kernels are compiled and cached, and how they read memory

A carrier row (column ``carrier``) is the outside of a tunnel: judge it, but do not add its packets again.  Rows of later
fragments (``later_fragment``) have the ports of their first fragment and are no flows of their own.
"""
