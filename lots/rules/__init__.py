"""What decides: pure functions on plain values, standard library only.

Nothing here knows of Django, of the database or of the clock, so that an auditor can
read and run each rule alone. Everything else in the project may import it.
"""
