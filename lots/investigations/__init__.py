"""Investigations of out-of-specification results: opened, planned, concluded."""
