"""The running sensor: one supervising process, one process for each capture ring, and what they tell each other.

- :mod:`.supervisor` starts workers, adds up what they report, reloads the zone model, hands everything to the outputs
- :mod:`.worker` reads a ring, judges, reports each second
- :mod:`.channel`, :mod:`.messages`, :mod:`.ledger`: their talk, and totals that survive a killed worker
- :mod:`.outputs`: metrics, event files and whatever else wants each second's findings
- :mod:`.privileges`, :mod:`.selfcheck`, :mod:`.links`: isolation of the process and of its interfaces
"""
