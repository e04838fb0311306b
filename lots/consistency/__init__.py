"""Consistency: whether a lot is like those before it, and its process in control."""
