"""The vocabulary everything else speaks: frozen data and the judge.  Pure: no I/O, no clock, no environment."""
