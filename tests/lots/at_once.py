"""Several people who act at the same moment, each in a connection of its own."""

import threading

from django.db import connection

from lots.rules.refusal import Refusal

LONGEST_WAIT = 30


def at_once(*calls):
    """Start the calls together; return of each the refusal's code, blank if it went.

    Anything but a refusal is a fault, and rises here.
    """
    ready = threading.Barrier(len(calls))
    said, faults = [None] * len(calls), []

    def run(place, call):
        try:
            ready.wait(timeout=LONGEST_WAIT)
            call()
            said[place] = ""
        except Refusal as refusal:
            said[place] = refusal.code
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(place, call), daemon=True)
        for place, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=LONGEST_WAIT)
    assert not any(thread.is_alive() for thread in threads)
    if faults:
        raise faults[0]
    return said
