"""What a lot of 23 results takes on disk, with trail, review, release and indexes.

On SQLite by the pages of the file, on PostgreSQL by `pg_total_relation_size`, where a
server answers (tests/postgres.py). Entered at once, as an import does, and one by one,
as people do. Certificates are apart. Verification and backup take what is there: the
bytes of a backup beside those on disk, and the CPU of each with twice as many lots.
`python -m tests.benchmarks.size` prints these figures alone.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import Figure, _postgresql

ROOT = Path(__file__).resolve().parents[2]
LOTS = 60
GOAL = 60_000
NAME = "qatracker_bench_size"
# Where the backups of this process go.
FOLDER = tempfile.TemporaryDirectory()


def run() -> Iterator[Figure]:
    """Yield the bytes of a lot as a part of the goal, on each database."""
    for how in ("at once", "one by one"):
        with tempfile.TemporaryDirectory() as folder:
            address = f"sqlite:///{folder}/size.sqlite3"
            yield from _figures("SQLite", how, address)
    for how in ("at once", "one by one"):
        with _postgresql.database(NAME) as address:
            if address:
                yield from _figures("PostgreSQL", how, address)


def _figures(database: str, how: str, address: str) -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.size", how],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    yield Figure(
        name=f"a lot of 23 results entered {how} on {database}, bytes / {GOAL:,}",
        ratio=found["disk"] / GOAL,
        goal=1.0,
    )
    yield Figure(
        name=f"the same entered {how} in a backup on {database}, bytes / on disk",
        ratio=found["backup"] / found["disk"],
        goal=0.5,
    )
    # Twice the lots at most in twice the time, with a tenth for what a clock tells.
    for what in ("verification", "backup"):
        yield Figure(
            name=f"{what} of {2 * LOTS} such lots on {database}, CPU / of {LOTS}",
            ratio=found[f"{what}_grows"],
            goal=2.2,
        )


def measure(how: str) -> dict[str, float]:
    """Return the bytes that each further lot takes, on disk and in a backup.

    And how much longer the verification and the backup of twice the lots take.
    """
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
    # No lot has all results of another, and none signals.
    values = random.Random(20261201).sample(range(300, 600), 2 * LOTS)
    with audit.replaying():
        cast, baclofen = world.make()

        def release(number: int) -> None:
            lot = bench.log(cast, baclofen, at=at, number=f"SIZE-{number}")
            own = {**results, "IPA": str(values[number])}
            if how == "at once":
                bench.enter(lot, baclofen, own, by=cast.lin, at=at)
            else:
                for code, value in own.items():
                    one = {code: value}
                    bench.enter(lot, baclofen, one, by=cast.lin, at=at, submit=False)
                bench.submit(lot, by=cast.lin, at=at)
            bench.review(cast, lot, at=at)
            bench.release(cast, lot, "BAC-ORAL", at=at)
            _tidy()

        found = []
        for half in range(2):
            for number in range(half * LOTS, (half + 1) * LOTS):
                release(number)
            found.append(
                {
                    "disk": _bytes(),
                    "backup": _backup().stat().st_size,
                    "backup_grows": _seconds(_backup),
                    "verification_grows": _seconds(_verify),
                }
            )
        first, both = found
        return {
            name: both[name] / first[name]
            if name.endswith("grows")
            else (both[name] - first[name]) / LOTS
            for name in first
        }


def _verify() -> None:
    from lots.evidence import verification

    found = verification.verify()
    if found.chain_break or found.record_fault:
        raise AssertionError(f"Verification found {found}.")


def _backup() -> Path:
    """Write a backup of this database; return its file."""
    from django.utils import timezone

    from lots.evidence import backup

    path = Path(tempfile.mkdtemp(dir=FOLDER.name)) / "bench.backup"
    backup.write(path=path, at=timezone.now())
    return path


def _seconds(do: Callable[[], object]) -> float:
    """Return the CPU that it takes here, as the median of five."""
    taken = []
    for _ in range(5):
        start = time.process_time()
        do()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


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
        print(json.dumps(measure(sys.argv[1])))
    else:
        for figure in run():
            print(f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})")
