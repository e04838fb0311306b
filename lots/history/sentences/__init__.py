"""Sentences of the history, by subject."""
