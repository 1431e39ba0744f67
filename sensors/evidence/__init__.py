"""Evidence of violations: packet slices with a chained custody record (LT-07, LT-08)."""
