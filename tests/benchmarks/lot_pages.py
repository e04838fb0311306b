"""A lot's pages, and one result stored in the grid, with many lots beside few.

Every lot of before has 23 results with their marks, signatures and audit entries, those
of every second lot entered by one person, the others by two. Two lots are made by the
verbs, and their rows are copied, each copy fifty minutes older; what is looked at is
entered afterwards by the verbs. On SQLite the CPU of a request is taken; on PostgreSQL,
which works in a process of its own, the time until the answer. Requests go in turn.
`python -m tests.benchmarks.lot_pages` prints these figures alone.
"""

import contextlib
import gc
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import Figure, _postgresql

ROOT = Path(__file__).resolve().parents[2]
FEW, SOME, MANY = 1_000, 10_000, 100_000
NAME = "qatracker_bench_pages"
APART = 50  # minutes between two lots: 100,000 in ten years
LOOKS, ROUNDS, CELLS = 31, 4, 20
SECONDS = 0.5


def run() -> Iterator[Figure]:
    """Yield the figures of SQLite, and of PostgreSQL where a server answers."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _figures("SQLite", f"sqlite:///{folder}/few")
    with _postgresql.database(NAME) as address:
        if address:
            yield from _figures("PostgreSQL", address)


def _figures(database: str, address: str) -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.lot_pages", "measure"],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    for name, ratio, goal in json.loads(done.stdout):
        yield Figure(name=f"{name}, on {database}", ratio=ratio, goal=goal)


# -- in a process of its own, with the database of DATABASE_URL ------------------------


def measure() -> list[tuple[str, float, float]]:
    """Return name, ratio and goal of each figure."""
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.core.management import call_command
    from django.db import connection

    from lots.evidence import audit
    from tests import world

    is_sqlite = connection.vendor == "sqlite"
    clock = time.process_time if is_sqlite else time.perf_counter
    call_command("migrate", verbosity=0)
    with audit.replaying(), contextlib.ExitStack() as stack:
        world.make()
        patterns = Patterns()
        patterns.fill(FEW)
        sites = [Site(connection.settings_dict["NAME"], clock)]
        for lots in (SOME, MANY):
            sites.append(stack.enter_context(sites[-1].copy()))
            sites[-1].use()
            patterns.fill(lots)
        few, some, many = sites
        found = _cells(few, some)
        for site in (few, many):
            site.begin()
        return found + [
            (
                f"{page} page, lots with results: {MANY:,} / {FEW:,}",
                _ratio(few, many, page),
                1.2,
            )
            for page in ("lot", "entry", "review", "release")
        ]


def _cells(few: "Site", some: "Site") -> list[tuple[str, float, float]]:
    taken: list[tuple[float, float]] = []
    spent = []
    for number in range(ROUNDS):
        lots = [site.empty_lot(f"CELL-{number}") for site in (few, some)]
        before = len(taken)
        cpu = 0.0
        for cell in range(CELLS):
            one, of_that = few.store(lots[0], cell)
            cpu += of_that
            taken.append((one, some.store(lots[1], cell)[0]))
        # In the first round pages and statements are prepared.
        if number == 0:
            del taken[before:]
        else:
            spent.append(cpu)
    return [
        (
            f"a result stored in the grid, lots with results: {SOME:,} / {FEW:,}",
            statistics.median(large for _, large in taken)
            / statistics.median(small for small, _ in taken),
            1.15,
        ),
        (
            f"{CELLS} results stored in the grid, CPU seconds / {SECONDS}",
            statistics.median(spent) / SECONDS,
            1.0,
        ),
    ]


def _ratio(few: "Site", many: "Site", page: str) -> float:
    """Return the median of the time with many over the one with few, in turn."""
    for _ in range(3):
        few.seconds(page), many.seconds(page)
    gc.collect()
    taken = [(few.seconds(page), many.seconds(page)) for _ in range(LOOKS)]
    return statistics.median(large for _, large in taken) / statistics.median(
        small for small, _ in taken
    )


class Site:
    """A database of the process, and the people who are signed in to it."""

    def __init__(self, name, clock):
        self.name = name
        self.clock = clock
        self.clients = {}
        self.addresses = {}

    def use(self):
        """Let everything that is asked from here on be asked of this database."""
        from django.core.cache import caches
        from django.db import connection

        if connection.settings_dict["NAME"] != self.name:
            connection.close()
            connection.settings_dict["NAME"] = self.name
            caches["default"].key_prefix = str(self.name)
            connection.ensure_connection()

    @contextlib.contextmanager
    def copy(self):
        """Yield a copy of this database under another name."""
        from django.db import connection

        self.use()
        name = f"{self.name}_more"
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copyfile(self.name, name)
            yield Site(name, self.clock)
        else:
            connection.close()
            with _on_server() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
            try:
                yield Site(name, self.clock)
            finally:
                connection.close()
                with _on_server() as cursor:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sign_in(self, username):
        """Return the browser of this person."""
        from django.test import Client

        from lots.models import User

        self.use()
        if username not in self.clients:
            client = Client(SERVER_NAME="127.0.0.1")
            client.force_login(User.objects.get(username=username))
            self.clients[username] = client
        return self.clients[username]

    def begin(self):
        """Bring a lot before each page, and sign in who works with it."""
        from django.utils import timezone

        from lots.demo import bench
        from tests import world

        self.use()
        cast, baclofen = world.found()
        at = timezone.now()
        results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
        for place, (page, username) in enumerate(
            (
                ("lot", "lin"),
                ("entry", "lin"),
                ("review", "sofia"),
                ("release", "chen"),
            )
        ):
            lot = bench.log(cast, baclofen, at=at, number=f"SEEN-{page}")
            # No lot has all results of another.
            own = {**results, "IPA": str(700 + place)}
            bench.enter(lot, baclofen, own, by=cast.lin, at=at, submit=page != "entry")
            if page in ("release", "lot"):
                bench.review(cast, lot, at=at)
            if page == "lot":
                bench.release(cast, lot, "BAC-ORAL", at=at)
            self.addresses[page] = (
                username,
                {
                    "lot": f"/lots/{lot.pk}/",
                    "entry": f"/test-orders/{lot.test_orders.get().pk}/",
                    "review": f"/test-orders/{lot.test_orders.get().pk}/review/",
                    "release": f"/assessments/{lot.assessments.get().pk}/release/",
                }[page],
            )

    def seconds(self, page):
        """Return what an answer takes."""
        username, address = self.addresses[page]
        client = self.sign_in(username)
        self.use()
        start = self.clock()
        answer = client.get(address)
        taken = self.clock() - start
        _expect(answer, address)
        return taken

    def empty_lot(self, number):
        """Return a lot with nothing entered, logged by the verb."""
        from django.utils import timezone

        from lots.demo import bench
        from tests import world

        self.use()
        cast, baclofen = world.found()
        return bench.log(cast, baclofen, at=timezone.now(), number=number)

    def store(self, lot, cell):
        """Store the result of a test; return what the answer takes, and its CPU."""
        from django.utils import timezone

        from lots import calendar
        from lots.demo import bench
        from tests import world

        client = self.sign_in("lin")
        self.use()
        cast, baclofen = world.found()
        results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
        del results["UNSPEC"]  # named peaks, in a form of their own
        code, values = list(results.items())[cell]
        if isinstance(values, str):
            values = bench.typed(values)
        test = baclofen.tests[code]
        row = {
            "seen": 0,
            "performed_by": cast.lin.pk,
            "performed_on": calendar.today(timezone.now()),
            "laboratory": "",
            "sample": "",
            "raw_reference": "LN-1, page 7",
        } | {f"value{one.preparation}": one.text for one in values}
        address = f"/test-orders/{lot.test_orders.get().pk}/tests/{test.pk}/"
        body = {f"t{test.pk}-{name}": value for name, value in row.items()}
        before, start = time.process_time(), self.clock()
        answer = client.post(address, body, headers={"HX-Request": "true"})
        taken, cpu = self.clock() - start, time.process_time() - before
        _expect(answer, address)
        return taken, cpu


def _expect(answer, address):
    if answer.status_code != 200:
        raise AssertionError(f"{address} answered {answer.status_code}.")


@contextlib.contextmanager
def _on_server():
    import psycopg
    from django.db import connection

    values = connection.get_connection_params()
    values["dbname"] = "postgres"
    for name in ("cursor_factory", "context", "prepare_threshold"):
        values.pop(name, None)
    with (
        psycopg.connect(**values, autocommit=True) as there,
        there.cursor() as cursor,
    ):
        yield cursor


class Patterns:
    """Two released lots, made by the verbs, whose rows are copied."""

    TEXTS = {
        "Lot": ("number", "number_key", "original_number", "original_key"),
        "Sample": ("number",),
        "LotStatus": ("number", "search"),
    }
    AT_A_TIME = 500

    def __init__(self):
        import datetime

        from django.apps import apps
        from django.utils import timezone

        from lots.demo import bench
        from tests import world

        cast, baclofen = world.found()
        at = timezone.now() - datetime.timedelta(days=1)
        results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
        models = [
            one
            for one in apps.get_models()
            if one._meta.app_label in ("lots", "reports")
        ]
        before = {one: self._last(one) for one in models}
        for number, people in (
            ("ONE", [cast.lin]),
            ("TWO", [cast.marek, cast.lin]),
        ):
            lot = bench.log(cast, baclofen, at=at, number=number)
            for count, by in enumerate(people):
                codes = list(results)[count :: len(people)]
                mine = {code: results[code] for code in codes}
                bench.enter(lot, baclofen, mine, by=by, at=at)
            bench.review(cast, lot, at=at)
            bench.release(cast, lot, "BAC-ORAL", at=at)
        # What was there before, and how many numbers a copy takes, of each table.
        self.before = {
            one: (first, self._last(one) - first)
            for one, first in before.items()
            if self._last(one) > first
        }
        self.copies = 0

    @staticmethod
    def _last(model):
        from django.db.models import Max

        last = model.objects.aggregate(last=Max("pk"))["last"]
        return last if isinstance(last, int) else 0

    def fill(self, lots):
        """Copy the two lots until there are so many."""
        from django.db import connection, transaction

        is_sqlite = connection.vendor == "sqlite"
        with connection.cursor() as cursor:
            if is_sqlite:
                cursor.execute("PRAGMA synchronous=OFF")
                cursor.execute("PRAGMA foreign_keys=OFF")
            first, end = self.copies + 1, lots // 2
            for start in range(first, end, self.AT_A_TIME):
                stop = min(start + self.AT_A_TIME, end)
                with transaction.atomic():
                    for model in self.before:
                        cursor.execute(self._copy(model, is_sqlite), [start, stop])
            self.copies = end - 1
            if is_sqlite:
                cursor.execute("PRAGMA foreign_keys=ON")
                cursor.execute("PRAGMA synchronous=FULL")
                return
            from django.core.management.color import no_style

            for line in connection.ops.sequence_reset_sql(
                no_style(), list(self.before)
            ):
                cursor.execute(line)
            cursor.execute("VACUUM ANALYZE")

    def _copy(self, model, is_sqlite):
        """Return the statement that writes the copies from one number to another."""
        fields = [one for one in model._meta.concrete_fields if not one.generated]
        names = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(self._value(model, field, is_sqlite) for field in fields)
        first, many = self.before[model]
        pk = model._meta.pk.column
        numbers = (
            "(WITH RECURSIVE n(k) AS (SELECT %s UNION ALL SELECT k + 1 FROM n"
            " WHERE k + 1 < %s) SELECT k FROM n)"
            if is_sqlite
            else "(SELECT k FROM generate_series(%s, %s - 1) AS k)"
        )
        return (
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values}'
            f' FROM {numbers} AS n, "{model._meta.db_table}"'
            f' WHERE "{pk}" > {first} AND "{pk}" <= {first + many}'
            f' ORDER BY k, "{pk}"'
        )

    def _value(self, model, field, is_sqlite):
        from django.db import models

        column = f'"{field.column}"'
        if field.is_relation and field.related_model in self.before:
            first, many = self.before[field.related_model]
            return f"{column} + CASE WHEN {column} > {first} THEN k * {many} ELSE 0 END"
        if field.primary_key:
            return f"{column} + k * {self.before[model][1]}"
        if (model.__name__, field.attname) == ("Result", "inputs"):
            many = self.before[model][1]
            if is_sqlite:
                return (
                    f"(SELECT json_group_array(value + k * {many})"
                    f" FROM json_each({column}))"
                )
            return (
                f"(SELECT coalesce(jsonb_agg(CAST(value AS bigint) + k * {many}), '[]')"
                f" FROM jsonb_array_elements_text({column}))"
            )
        if field.attname in self.TEXTS.get(model.__name__, ()):
            return f"{column} || '-' || k"
        if isinstance(field, models.DateTimeField):
            if is_sqlite:
                return (
                    f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column},"
                    f" '-' || (k * {APART}) || ' minutes')"
                )
            return f"{column} - k * interval '{APART} minutes'"
        if isinstance(field, models.DateField):
            days = f"CAST(k * {APART} / 1440 AS integer)"
            if is_sqlite:
                return f"date({column}, '-' || {days} || ' days')"
            return f"{column} - {days}"
        if model.__name__ == "AuditEntry" and field.attname == "record":
            moved = " ".join(
                f"WHEN \"table\" = '{one._meta.db_table}' AND {column} > ''"
                f" THEN CAST(CAST({column} AS bigint) + k * {many} AS text)"
                for one, (_first, many) in self.before.items()
            )
            return f"CASE {moved} ELSE {column} END"
        return column


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure()))
    else:
        for figure in run():
            print(f"{figure.name}: {figure.ratio:.3f} (goal {figure.goal:.3f})")
