"""Exact sets of packets: rank-compressed boxes walked by a compiled kernel, and OxiDD for the set algebra."""
