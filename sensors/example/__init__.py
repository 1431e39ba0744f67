"""The reference city on the wire: captures built octet by octet, the same on every machine and every day.

They are what ``sekisho demo`` replays and what the cases under ``tests/cases`` are made of.  Nothing is random: every
choice is a function of the zone model and of counters.
"""
