"""Encoders of findings for other systems."""
