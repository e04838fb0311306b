"""Find a PostgreSQL for the second run of the suite: `python tests/postgres.py`.

Prints the address that answers, or nothing and says why on stderr; with `postgres` in
REQUIRE that is a failure. TEST_DATABASE_URL is asked, or else this machine's own.
"""

import os
import sys

import psycopg

OLDEST = 150000
HERE = ("postgres:///postgres", "postgres://postgres@127.0.0.1:5432/postgres")


def why_not(address):
    """Return why the tests cannot use this server, or nothing if they can."""
    try:
        with psycopg.connect(address, connect_timeout=3, autocommit=True) as server:
            if server.info.server_version < OLDEST:
                return f"it is version {server.info.server_version // 10000}, not 15"
            row = server.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = user"
            ).fetchone()
            return "" if row[0] else "its role may not create the test database"
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]


def found():
    """Return the address that answers, or None, and why the others do not."""
    given = os.environ.get("TEST_DATABASE_URL")
    reasons = []
    for address in (given,) if given else HERE:
        reason = why_not(address)
        if not reason:
            return address, reasons
        reasons.append(reason)
    return None, reasons


def main():
    address, reasons = found()
    if address:
        print(address)
        return
    print(
        f"Not run here: the suite on PostgreSQL ({'; '.join(reasons)}).",
        file=sys.stderr,
    )
    if "postgres" in os.environ.get("REQUIRE", ""):
        raise SystemExit("REQUIRE names postgres, and there is none.")


if __name__ == "__main__":
    main()
