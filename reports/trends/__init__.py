"""Trends: the results of a test, lot after lot, held against themselves and limits.

No page but that of trends loads this package: it brings numpy along.
"""
