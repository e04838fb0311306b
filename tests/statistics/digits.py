"""Digits: in how many of them a computed number agrees with a certified one."""

import math


def digits(value, certified):
    """Return the log relative error, at most 15; the absolute one for 0."""
    if value == certified:
        return 15.0
    error = abs(value - certified) / (abs(certified) or 1)
    return min(15.0, -math.log10(error))
