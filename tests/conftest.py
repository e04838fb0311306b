"""What all tests share: the database, and what this machine must have.

On PostgreSQL (DATABASE_URL) only those tests run, a second time, that could go another
way there: the marker `postgres` names them. They touch locks, triggers, constraints,
JSON, the order and search of lists, raw SQL, kept files, backups or attacks; or they
walk through the whole product. Everything that commits is among them. `sqlite` says of
a test that it takes the same way there: how many queries a page asks follows from the
code alone. A long walk marked `postgres(once=True)` is taken there alone where this run
has both databases (ON_BOTH).
"""

import contextlib
import gc
import os
import shutil
import uuid
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase

from tests import databases
from tests.rules import reference

pytest_plugins = ["tests.bench_memory", "tests.world"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# What reads a PDF back: the product needs none of it.
PDF_READERS = ("pdftotext", "pdftoppm", "pdffonts", "zbarimg")
LACKING = [name for name in PDF_READERS if shutil.which(name) is None]
# What collects the texts to translate: only who changes a text needs it.
GETTEXT = shutil.which("xgettext")
COMMITTING_FIXTURES = {"transactional_db", "live_server"}
DATABASE_FIXTURES = {"db", *COMMITTING_FIXTURES}
RUN = pytest.StashKey[str]()
# A module longer than this is worth a look; one subject may well need more.
LONG = 400


def pytest_configure(config):
    if "chromium" in os.environ.get("REQUIRE", "") and CHROMIUM is None:
        pytest.exit("REQUIRE names chromium, and there is none.", returncode=1)
    if "poppler" in os.environ.get("REQUIRE", "") and LACKING:
        missing = ", ".join(LACKING)
        pytest.exit(f"REQUIRE names poppler; not there: {missing}.", returncode=1)
    if "gettext" in os.environ.get("REQUIRE", "") and GETTEXT is None:
        pytest.exit("REQUIRE names gettext, and there is none.", returncode=1)
    if "reference" in os.environ.get("REQUIRE", "") and not reference.FOLDER.is_dir():
        pytest.exit(
            f"REQUIRE names reference; {reference.FOLDER} is not there.", returncode=1
        )


def pytest_collection_modifyitems(config, items):
    """Leave out what cannot run here, and on PostgreSQL what it cannot change."""
    on_postgresql = databases.is_postgresql()
    left_out = []
    for item in items:
        reads_pdf = item.get_closest_marker("poppler") is not None
        in_browser = item.get_closest_marker("browser") is not None
        if (
            (in_browser and (CHROMIUM is None or on_postgresql))
            or (reads_pdf and LACKING)
            or (item.get_closest_marker("gettext") and GETTEXT is None)
            or (item.get_closest_marker("reference") and not reference.FOLDER.is_dir())
            or (on_postgresql and not _is_for_postgresql(item))
            or (not on_postgresql and _ran_on_postgresql(item))
        ):
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=_turn)


def pytest_collection_finish(session):
    """Leave what all tests use out of the search for garbage: it took an eighth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _is_for_postgresql(item):
    """Say whether the test runs on PostgreSQL too; what commits does by itself."""
    if not _uses_database(item) or item.get_closest_marker("sqlite"):
        return False
    return bool(item.get_closest_marker("postgres") or _commits(item))


def _ran_on_postgresql(item):
    """Say whether this run takes the walk on PostgreSQL, and not a second time here."""
    marker = item.get_closest_marker("postgres")
    return bool(marker and marker.kwargs.get("once") and os.environ.get("ON_BOTH"))


def _commits(item):
    marker = item.get_closest_marker("django_db")
    return not COMMITTING_FIXTURES.isdisjoint(item.fixturenames) or bool(
        marker and marker.kwargs.get("transaction")
    )


def _uses_database(item):
    return bool(
        item.get_closest_marker("django_db")
        or not DATABASE_FIXTURES.isdisjoint(item.fixturenames)
    )


def _turn(item):
    """Return what a test is sorted by: in each part of the suite the long ones first.

    The parts are those of pytest-django: what commits comes after what is rolled
    back; what needs no database fills the end, but for what takes long: it runs while
    another process makes the template. What forks a process comes before what
    drives a browser, whose server has a thread and a connection for each request: a
    child that inherits an open connection to an SQLite file takes locks for its own
    that only its parent holds (sqlite.org/howtocorrupt.html, 2.6).
    """
    forks = item.get_closest_marker("killed") is not None
    is_long = item.get_closest_marker("long") is not None
    uses_database = _uses_database(item)
    return (
        uses_database or not is_long,
        not uses_database,
        _commits(item),
        not forks,
        not is_long,
    )


def _long_modules():
    """Return modules of the product long enough to look for a second subject in."""
    root = Path(__file__).resolve().parent.parent
    found = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for package in ("lots", "reports", "qatracker")
        for path in (root / package).rglob("*.py")
        if "migrations" not in path.parts
    }
    return [f"{name} {lines}" for name, lines in sorted(found.items()) if lines > LONG]


def pytest_terminal_summary(terminalreporter):
    ran = sum(
        len(terminalreporter.stats.get(outcome, ())) for outcome in ("passed", "failed")
    )
    terminalreporter.write_line(
        f"On PostgreSQL: {ran} tests, those that could go another way there."
        if databases.is_postgresql()
        else f"On SQLite: {ran} tests."
    )
    if long := _long_modules():
        terminalreporter.write_line(
            f"Over {LONG} lines (one subject each?): {', '.join(long)}."
        )
    if CHROMIUM is None:
        terminalreporter.write_line("Not run here: the browser tests (no Chromium).")
    if LACKING:
        terminalreporter.write_line(
            f"Not run here: the tests that read a PDF back (no {', '.join(LACKING)})."
        )
    if GETTEXT is None:
        terminalreporter.write_line(
            "Not run here: the test that collects texts (no GNU gettext)."
        )
    if not reference.FOLDER.is_dir():
        terminalreporter.write_line(
            "Not run here: the tests against published numbers and the real lots"
            " (no ../shared/reference beside the project)."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.config.stash[RUN] = node.workerinput["testrunuid"]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Drop the databases of the run, also of a worker that was killed."""
    if not hasattr(config, "workerinput"):
        databases.drop(config.stash.get(RUN, None) or databases.run_of(config))


@pytest.fixture(scope="session")
def database(request, tmp_path_factory):
    """Return the database of this process, which is not made yet."""
    folder = tmp_path_factory.getbasetemp()
    worker = getattr(request.config, "workerinput", None)
    return databases.Copy(
        # The workers of one run share the folder above their own.
        folder=folder.parent if worker else folder,
        run=databases.run_of(request.config),
        worker=worker["workerid"] if worker else "alone",
    )


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, database, set_up):
    """Give this process a copy of the template, and anew after each test that commits.

    It is a file on SQLite: in memory all threads would share one connection, and with
    it one transaction.
    """
    with django_db_blocker.unblock():
        database.make(set_up)

    def restore(case):
        database.restore()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield
    with django_db_blocker.unblock():
        connection.close()


@contextlib.contextmanager
def opened():
    """Open the triggers of append-only tables, and shut them again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
                " JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE proname = 'lots_append_only'"
            )
            tables = [table for (table,) in cursor.fetchall()]
            to_open = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
            to_shut = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master"
                " WHERE type = 'trigger' AND sql LIKE '%is append-only%'"
            )
            triggers = cursor.fetchall()
            to_open = [f"DROP TRIGGER {name}" for name, _ in triggers]
            to_shut = [sql for _, sql in triggers]
        for statement in to_open:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in to_shut:
                cursor.execute(statement)


def tamper(statement, *values):
    """Change the database behind the product's back, its triggers opened."""
    # PostgreSQL alters no table while deferred constraints wait.
    connection.check_constraints()
    with opened(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        connection.check_constraints()


@contextlib.contextmanager
def another_database(folder):
    """Make a second database, in which nothing is; yield its name."""
    if connection.vendor == "sqlite":
        yield str(folder / "fresh.sqlite3")
        return
    name = f"fresh_{uuid.uuid4().hex}"
    # By a connection of its own: no transaction can make or drop a database.
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


@contextlib.contextmanager
def connected(name):
    """Let everything inside work on another database instead of the tests' own."""
    # Not above: the apps are not ready when pytest reads this file.
    from django.contrib.contenttypes.models import ContentType

    own = connections["default"]
    other = type(own)({**own.settings_dict, "NAME": name}, alias="default")
    connections["default"] = other
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        other.close()
        connections["default"] = own
        ContentType.objects.clear_cache()


@pytest.fixture
def fresh(tmp_path):
    """Return the address of a second database, in which nothing is."""
    with another_database(tmp_path) as name:
        if connection.vendor == "sqlite":
            yield f"sqlite:///{name}"
            return
        told = connection.settings_dict
        place = f"{told['USER']}:{told['PASSWORD']}@" if told["USER"] else ""
        port = f":{told['PORT']}" if told["PORT"] else ""
        host = told["HOST"].replace("/", "%2F")
        yield f"postgres://{place}{host}{port}/{name}"


@pytest.fixture
def migrated(django_db_setup, database, tmp_path):
    """Return a file of SQLite with all tables, in which nothing is."""
    return shutil.copyfile(database.migrated, tmp_path / "migrated.sqlite3")


@pytest.fixture
def empty(transactional_db):
    """A database in which nothing is, not even the people of the set-up."""
    with opened():
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def _nobody_was_here_before():
    """Forget what this process kept: how often an address asked, and master data.

    A test may change them where the trail does not see it.
    """
    # Not above: the apps are not ready when pytest reads this file.
    from tests.world import forget_master_data

    cache.clear()
    forget_master_data()
