"""Dump of the database: a copy of it by its own tools, and the way back.

On SQLite the copy is a database file; on PostgreSQL what pg_dump writes.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from lots.evidence import verification
from lots.rules import chain
from lots.rules.refusal import Refusal

# The trigger without which the site is not served.
_UNTIL_RECORDED = "lots_auditentry_no_change"


def write(dump: Path) -> dict[str, Any]:
    """Write the database's own dump and return what it holds, of one moment."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as copy:
            # In one step: a moment's read lock, and in WAL writers go on.
            connection.connection.backup(copy)
            # The copy is one file, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()
            return _described(lambda sql: copy.execute(sql).fetchall())
    with transaction.atomic(), connection.cursor() as cursor:  # on PostgreSQL alone
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def query(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        described = _described(query)
        [(snapshot,)] = query("SELECT pg_export_snapshot()")
        run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        return described


def _described(query: Callable[[str], list[Any]]) -> dict[str, Any]:
    """Return migrations, rows and the end of the trail, asked by plain SQL."""
    tables = sorted(model._meta.db_table for model in verification.evidence())
    head = query(
        "SELECT sequence, digest FROM lots_auditentry ORDER BY sequence DESC LIMIT 1"
    )
    return {
        "migrations": tuple(
            f"{app}.{name}"
            for app, name in query(
                "SELECT app, name FROM django_migrations ORDER BY app, name"
            )
        ),
        "entries": head[0][0] if head else 0,
        "head": head[0][1] if head else chain.START,
        "rows": {
            table: query(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables
        },
    }


def load(dump: Path) -> None:
    """Put the dump in the place of the database.

    On PostgreSQL without one trigger, so that nothing is served from it before its
    trail says what it took the place of (`append_only.refused`).
    """
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as source:
            source.backup(connection.connection)
    else:  # on PostgreSQL alone
        order = dump.with_name("order")
        listed = run("pg_restore", "--list", str(dump), has_database=False)
        order.write_text(
            "".join(
                line
                for line in listed.splitlines(keepends=True)
                if f" {_UNTIL_RECORDED} " not in line
            )
        )
        run(
            "pg_restore",
            f"--use-list={order}",
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(dump),
        )
    connection.close()


def left_open() -> tuple[str, ...]:
    """Return the triggers that `load` leaves out until the restore is in the trail."""
    return (_UNTIL_RECORDED,) if connection.vendor == "postgresql" else ()


@contextlib.contextmanager
def opened(dump: Path) -> Iterator[None]:
    """Let the dump be the database, so that it takes the place of the other one whole.

    What is restored is verified and says so in its trail before anybody can work with
    it, whatever ends the restore in between.
    """
    here = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(dump)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here


def table(
    dump: Path, model: type[models.Model], columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return these columns of a table that a dump holds, without restoring it."""
    name = model._meta.db_table
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as copy:
            rows = copy.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]
    told = run(  # on PostgreSQL alone
        "pg_restore", "--data-only", f"--table={name}", "--file=-", str(dump),
        has_database=False,
    )  # fmt: skip
    return _copied(told)  # on PostgreSQL alone


def _copied(told: str) -> list[dict[str, str]]:  # on PostgreSQL alone
    """Return the rows of a COPY as pg_restore writes it."""
    found, columns = [], None
    for line in told.split("\n"):
        if line.startswith("COPY "):
            columns = line.partition("(")[2].partition(")")[0].split(", ")
        elif line == "\\.":
            columns = None
        elif columns:
            values = [
                one.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
                for one in line.split("\t")
            ]
            found.append(dict(zip(columns, values, strict=True)))
    return found


def run(
    tool: str, *arguments: str, has_database: bool = True
) -> str:  # on PostgreSQL alone
    """Run one of PostgreSQL's own tools, on this database; return what it says."""
    found = shutil.which(tool)
    if found is None:
        raise Refusal(
            "no-tool",
            "%(tool)s is not installed on this machine; install the PostgreSQL client"
            " tools of the server's version.",
            tool=tool,
        )
    settings = connection.settings_dict
    options = {"--dbname": settings["NAME"]} if has_database else {}
    for option, key in (("--host", "HOST"), ("--port", "PORT"), ("--username", "USER")):
        if has_database and settings.get(key):
            options[option] = str(settings[key])
    environment = os.environ | {"PGPASSWORD": settings.get("PASSWORD") or ""}
    done = subprocess.run(
        [found, *(f"{key}={value}" for key, value in options.items()), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(
            "tool-failed",
            "%(tool)s failed: %(why)s",
            tool=tool,
            why=" ".join(done.stderr.split())[:300],
        )
    return done.stdout
