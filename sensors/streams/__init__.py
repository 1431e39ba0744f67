"""TCP streams and UDP datagrams of the few flows that somebody must read."""
