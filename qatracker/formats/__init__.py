"""How dates and times are written, the same in every language: ISO 8601."""
