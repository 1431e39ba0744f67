"""Device to meaning: first match, anomalies, simulation, and what reaches what.  Pure: no I/O, no clock."""
