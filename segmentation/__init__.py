"""What is true of a network without looking at its packets: zone model, configurations, findings."""

__version__ = "0.1.0"
