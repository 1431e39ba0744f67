"""Stateful detectors: what only shows over several packets or hosts."""
