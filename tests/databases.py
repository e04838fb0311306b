"""The test database: a template made once per run, and a copy for each process.

The template has all tables and the set-up of `tests/world.py`; on SQLite there is also
a copy of it from before the set-up, in which nothing is (`migrated`). After a test that
commits, the copy is replaced by a new one: that takes a tenth of the time of a flush
and a new set-up, and the triggers of append-only tables stay shut.
"""

import contextlib
import datetime
import fcntl
import importlib
import os
import shutil
import sqlite3

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

PREFIX = "test_qatracker_"
SCHEMA_OF_POSTGRESQL = """
    SELECT 'column', attrelid::regclass || '.' || attname, concat_ws(' ',
        format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
        pg_get_expr(adbin, adrelid))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND attnum > 0 AND NOT attisdropped
        -- Django's own key, of another size by the migrations; no row is ever in it.
        AND relname <> 'auth_group_permissions'
    UNION ALL SELECT 'index', indexname, indexdef
    FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname,
        pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang = (
        SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
"""


def is_postgresql():
    return "postgresql" in settings.DATABASES["default"]["ENGINE"]


class Copy:
    """The database of this process, copied from the template of the run.

    `folder` belongs to the run and `run` names it, so that two runs on one server
    never meet; `worker` names the process in it.
    """

    def __init__(self, *, folder, run, worker):
        self.folder = folder
        if is_postgresql():
            self.template = f"{PREFIX}{run}_template"
            self.name = f"{PREFIX}{run}_{worker}"
        else:
            self.template = str(folder / "template.sqlite3")
            self.migrated = folder / "migrated.sqlite3"
            self.name = str(folder / f"{worker}.sqlite3")

    def make(self, fill):
        """Copy the template, and use the copy. The first process makes the template."""
        with (self.folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = self.folder / "template.made"
            if not made.exists():
                self._make_template(fill)
                made.touch()
            self._use(self.name)
            if is_postgresql():
                self._run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
                self._numbers = self._of_sequences()
            else:
                shutil.copyfile(self.template, self.name)

    def load_demo(self, load):
        """Make the copy the training site; return when `load` made that, once per run.

        On SQLite only.
        """
        file = self.folder / "demo.sqlite3"
        with (self.folder / "demo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = self.folder / "demo.made"
            connection.ensure_connection()
            if not made.exists():
                at = load()
                with contextlib.closing(sqlite3.connect(file)) as kept:
                    connection.connection.backup(kept)
                made.write_text(at.isoformat())
                return at
        with contextlib.closing(sqlite3.connect(file)) as kept:
            kept.backup(connection.connection)
        return datetime.datetime.fromisoformat(made.read_text())

    def restart_numbers(self):
        """Give the next rows the numbers that they would have in a new copy."""
        if is_postgresql():
            with connection.cursor() as cursor:
                cursor.execute(self._numbers)

    def restore(self):
        """Make the copy equal to the template again."""
        if not is_postgresql():
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(self.template)) as template:
                template.backup(connection.connection)
            return
        connection.close()
        self._run(
            f'DROP DATABASE "{self.name}" WITH (FORCE)',
            f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"',
        )

    def _make_template(self, fill):
        if is_postgresql():
            self._run(f'CREATE DATABASE "{self.template}"')
        self._use(self.template)
        make_tables()
        if not is_postgresql():
            self._close()
            shutil.copyfile(self.template, self.migrated)
        fill()
        self._close()

    @staticmethod
    def _close():
        """Close the connection, with everything in the one file on SQLite."""
        if not is_postgresql():
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    @staticmethod
    def _use(name):
        connection.close()
        settings.DATABASES["default"]["NAME"] = name
        connection.settings_dict["NAME"] = name

    @staticmethod
    def _of_sequences():
        """Return the statement that sets every sequence to where it is now."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_literal(sequencename), coalesce(last_value, 1),"
                " last_value IS NOT NULL FROM pg_sequences WHERE schemaname = 'public'"
            )
            return "SELECT " + ", ".join(
                f"setval({name}, {value}, {is_used})"
                for name, value, is_used in cursor.fetchall()
            )

    @staticmethod
    def _run(*statements):
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def make_tables():
    """Make the tables of today's models, and note all migrations as made.

    To make them by the migrations takes ten times as long. That both ways end in the
    same tables is a test of the database of the first version, which takes the other.
    """
    known = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = {one.label: None for one in apps.get_app_configs()}
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    finally:
        settings.MIGRATION_MODULES = known
    if is_postgresql():
        # The search of the lots; the signal after `migrate` made that of SQLite.
        search = importlib.import_module("lots.migrations.0003_find_lots_by_text")
        with connection.schema_editor() as editor:
            search.make(apps, editor)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.migration_qs.bulk_create(
        recorder.Migration(app=app, name=name)
        for app, name in sorted(MigrationLoader(None).disk_migrations)
    )


def schema():
    """Return how tables, indexes, constraints and triggers are made, by name."""
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(SCHEMA_OF_POSTGRESQL)
            return {(kind, name): text for kind, name, text in cursor.fetchall()}
        cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE sql > ''")
        return {(kind, name): _written(sql) for kind, name, sql in cursor.fetchall()}


def _written(sql):
    """Return the parts of a statement of SQLite, in whatever order they came to it."""
    head, _, rest = sql.replace('"', "").partition("(")
    parts, depth = [head, ""], 1
    for letter in rest.rpartition(")")[0]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += letter
    return sorted(" ".join(part.split()) for part in [*parts, rest.rpartition(")")[2]])


def drop(run):
    """Drop what the run made on the server; files go with their folder."""
    if not is_postgresql():
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
            [f"{PREFIX}{run}_"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run_of(config):
    """Return the name of the run, the same in all its processes."""
    worker = getattr(config, "workerinput", None)
    return worker["testrunuid"] if worker else f"alone{os.getpid()}"
