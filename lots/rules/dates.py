"""Dates as people and files write them: 2026-11-23, in the digits 0 to 9 alone.

One grammar for pages, files and commands. Python's own readers take the digits of other
scripts, and 2026-1-3. Standard library only.
"""

import datetime
import re

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse(text: str) -> datetime.date | None:
    """Return the date that the text is; None where it is none."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
