"""Imports: files of lots with their results, read, checked and stored."""
