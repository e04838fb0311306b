"""Issuing: the checks before a certificate gets its number, and the steps on it."""
