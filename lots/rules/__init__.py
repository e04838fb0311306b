"""Rules: pure functions on plain values that decide. Standard library only.

Nothing here knows Django, the database or the clock, so that an auditor can read and
run each rule alone.
"""
