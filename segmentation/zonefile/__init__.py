"""``zones.toml`` to the zone model: every problem at once, with its place in the file."""
