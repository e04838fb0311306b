"""What a lot of 23 results takes on disk, with trail, review, release and indexes.

On SQLite by the pages of the file, on PostgreSQL by `pg_total_relation_size`, where a
server answers (tests/postgres.py). Entered at once, as an import does, and one by one,
as people do. Certificates are apart. `python -m tests.benchmarks.size` prints these
figures alone.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import Figure, _postgresql

ROOT = Path(__file__).resolve().parents[2]
LOTS = 60
GOAL = 60_000
NAME = "qatracker_bench_size"


def run() -> Iterator[Figure]:
    """Yield the bytes of a lot as a part of the goal, on each database."""
    for how in ("at once", "one by one"):
        with tempfile.TemporaryDirectory() as folder:
            address = f"sqlite:///{folder}/size.sqlite3"
            yield _figure("SQLite", how, address)
    for how in ("at once", "one by one"):
        with _postgresql.database(NAME) as address:
            if address:
                yield _figure("PostgreSQL", how, address)


def _figure(database: str, how: str, address: str) -> Figure:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.size", how],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Figure(
        name=f"a lot of 23 results entered {how} on {database}, bytes / {GOAL:,}",
        ratio=float(done.stdout) / GOAL,
        goal=1.0,
    )


def measure(how: str) -> float:
    """Return how many bytes of disk each further lot takes here."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from lots.demo import bench
    from lots.evidence import audit
    from tests import world

    call_command("migrate", verbosity=0)
    at = timezone.now()
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    with audit.replaying():
        cast, baclofen = world.make()

        def release(number: int) -> None:
            lot = bench.log(cast, baclofen, at=at, number=f"SIZE-{number}")
            if how == "at once":
                bench.enter(lot, baclofen, results, by=cast.lin, at=at)
            else:
                for code, value in results.items():
                    one = {code: value}
                    bench.enter(lot, baclofen, one, by=cast.lin, at=at, submit=False)
                bench.submit(lot, by=cast.lin, at=at)
            bench.review(cast, lot, at=at)
            bench.release(cast, lot, "BAC-ORAL", at=at)
            _tidy()

        for number in range(LOTS):
            release(number)
        before = _bytes()
        for number in range(LOTS, 2 * LOTS):
            release(number)
        return (_bytes() - before) / LOTS


def _tidy() -> None:
    """Let PostgreSQL use again what rows of before left, as its autovacuum does."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM lots_standing")


def _bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relkind = 'r'"
                " AND relnamespace = current_schema()::regnamespace"
            )
            return int(cursor.fetchone()[0])
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute("PRAGMA page_size")
        return pages * cursor.fetchone()[0]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(measure(sys.argv[1]))
    else:
        for figure in run():
            print(f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})")
