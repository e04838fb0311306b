"""A database of its own on a PostgreSQL server, for a measurement."""

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import sql

from tests import postgres


@contextlib.contextmanager
def database(name: str) -> Iterator[str | None]:
    """Yield the address of a new, empty database; None, with a line, without a server.

    It is removed afterwards. The server is the one of tests/postgres.py.
    """
    server, reasons = postgres.found()
    if server is None:
        print(f"Not measured on PostgreSQL ({'; '.join(reasons)}).", flush=True)
        yield None
        return
    base, _, _ = server.partition("?")
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as there:
        there.execute(drop)
        there.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{base.rpartition('/')[0]}/{name}"
        finally:
            there.execute(sql.SQL("{} WITH (FORCE)").format(drop))
