"""Results: entry, calculation and review."""
