"""Append-only tables: the triggers by which the database itself refuses to change them.

Made by the migration `0002_append_only`, and made again after an update, for SQLite
drops them with a table that Django alters. Who drops one on purpose is found: by
`manage.py check --database default`, before the site is served, and by verification
(assurance.md T-07).
"""

from collections.abc import Iterable
from typing import Any

from django.core import checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# The tables, each with its key.
TABLES = {
    "lots_auditentry": "sequence",
    "lots_signature": "id",
    "lots_result": "id",
    "lots_mark": "id",
    "lots_document": "id",
}
MADE_BY = ("lots", "0002_append_only")
_FUNCTION = "lots_append_only"
_REFUSES = " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
# PostgreSQL's bits of a trigger: for each row, before, delete, update, truncate.
_ROW, _BEFORE, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 8, 16, 32


def missing() -> tuple[str, ...]:
    """Return the names of the triggers that are not there, or not as they were made."""
    if connection.vendor == "postgresql":
        there, expected = _of_postgresql()  # on PostgreSQL alone
    else:
        there, expected = _of_sqlite()
    return tuple(name for name, made in expected.items() if there.get(name) != made)


def shut() -> tuple[str, ...]:
    """Make again the triggers that are not as they should be; return their names."""
    names = missing()
    with connection.cursor() as cursor:
        if names and connection.vendor == "postgresql":  # on PostgreSQL alone
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger"
                f" LANGUAGE plpgsql AS $${_REFUSES}$$"
            )
        for name in names:
            table = next(table for table in TABLES if name.startswith(f"{table}_no_"))
            for statement in _statements(name, table):
                cursor.execute(statement)
    return names


def is_made() -> bool:
    """Say whether the migration that makes the triggers has been applied."""
    return MADE_BY in MigrationRecorder(connection).applied_migrations()


def refused() -> str:
    """Return why the site must not be served; nothing where it may."""
    if not is_made():
        return (
            "This database does not have the tables of this program. Run manage.py"
            " migrate first."
        )
    names = missing()
    if not names:
        return ""
    return (
        "The database no longer protects records from being changed: the triggers"
        f" {', '.join(names)} are missing or altered. Find out who removed them and run"
        " manage.py verify_audit_trail; then manage.py migrate --skip-checks makes them"
        " again. If a restore was interrupted, restore the file that it kept, if any,"
        " and then the backup again."
    )


@checks.register(checks.Tags.database)
def check(
    app_configs: Any = None, databases: Iterable[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Return an error where a trigger is missing; for `check --database default`."""
    if not databases or not is_made():
        return []
    why = refused()
    return [checks.Error(why, id="lots.E001")] if why else []


def _statements(name: str, table: str) -> tuple[str, ...]:
    drop = f"DROP TRIGGER IF EXISTS {name}"
    if connection.vendor == "postgresql":  # on PostgreSQL alone
        when = "UPDATE OR DELETE" if name.endswith("_no_change") else "TRUNCATE"
        each = "ROW" if name.endswith("_no_change") else "STATEMENT"
        return (
            f"{drop} ON {table}",
            f"CREATE TRIGGER {name} BEFORE {when} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()",
        )
    return drop, _sqlite_trigger(table, name.removeprefix(f"{table}_no_"))


def _sqlite_trigger(table: str, what: str) -> str:
    """Return the statement that makes the trigger, as SQLite keeps it."""
    refuses = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    if what == "replace":
        # INSERT OR REPLACE passes the other two (architecture.md 6.7).
        key = TABLES[table]
        return (
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {refuses}"
        )
    return (
        f"CREATE TRIGGER {table}_no_{what} BEFORE {what.upper()} ON {table} {refuses}"
    )


def _of_sqlite() -> tuple[dict[str, Any], dict[str, Any]]:
    expected = {
        f"{table}_no_{what}": _sqlite_trigger(table, what)
        for table in TABLES
        for what in ("update", "delete", "replace")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = dict(cursor.fetchall())
    # Where a table was altered, SQLite writes its name between quotes.
    return {name: sql.replace('"', "") for name, sql in there.items()}, expected


def _of_postgresql() -> tuple[dict[str, Any], dict[str, Any]]:  # on PostgreSQL alone
    kinds = {
        "change": _ROW | _BEFORE | _DELETE | _UPDATE,
        "truncate": _BEFORE | _TRUNCATE,
    }
    expected = {
        f"{table}_no_{what}": (table, kind, True, None, _REFUSES)
        for table in TABLES
        for what, kind in kinds.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, relname, tgtype, tgenabled IN ('O', 'A'), tgqual, prosrc"
            " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
        return {name: tuple(made) for name, *made in cursor.fetchall()}, expected
