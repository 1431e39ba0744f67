"""Prometheus metrics: plain integers handed to one custom collector, never a labelled increment.

Labels come from closed sets only (zones, rules, states, severities, reasons, interfaces, conduits, exceptions): never an
address, a port, a MAC, a file or a person.
"""

from __future__ import annotations

from sensors.metrics.exposition import serve, text
from sensors.metrics.snapshot import NO_ZONE, Health, InterfaceHealth, Snapshot, Traffic
from sensors.metrics.violations import add_violations, violations

__all__ = [
    "NO_ZONE", "Health", "InterfaceHealth", "Snapshot", "Traffic", "add_violations", "serve", "text", "violations",
]  # fmt: skip
