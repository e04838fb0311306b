"""Several people who act at the same moment, each in a connection of its own."""

import threading
import time

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


def wait_until_somebody_waits():
    """Return once another connection waits for a lock that this one holds.

    On SQLite at once: who wants to write there waits before reading anything.
    """
    if connection.vendor != "postgresql":
        return
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waited.")
