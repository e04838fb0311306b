"""How SQLite answers the pages of a lot: by the lot, whoever reads and however many.

A site grows by lots, with results, marks, trail and signatures for each. So no query
of these pages walks down such a table, nor begins at what a person did in it.
"""

import contextlib
import re

import pytest
from django.db import connection

from lots.demo import bench
from tests.lots.pages import signed_in
from tests.lots.results.grid import Grid

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
# What grows with the lots.
GROWS = {
    "lots_assessment",
    "lots_attachment",
    "lots_auditentry",
    "lots_document",
    "lots_examination",
    "lots_invalidrun",
    "lots_investigation",
    "lots_lot",
    "lots_mark",
    "lots_parentage",
    "lots_phaseone",
    "lots_result",
    "lots_sample",
    "lots_signature",
    "lots_standing",
    "lots_unaffected",
    "reports_certificate",
}
STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
TABLE = re.compile(r'"?\b((?:lots|reports)_\w+)"?(?: (?:AS )?"?(\w+)"?)?')


@contextlib.contextmanager
def asked():
    """Collect the queries with what they were given."""
    found = []

    def kept(execute, sql, params, many, context):
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kept):
        yield found


def plan(sql, params):
    """Return each step that SQLite takes for a query."""
    if not sql.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE")):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [detail for *_, detail in cursor.fetchall()]


def partial():
    """Return the indexes that hold few rows of their table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE '%INDEX% WHERE %'"
        )
        return {name for (name,) in cursor.fetchall()}


def wrong(queries):
    """Return the steps that walk down what grows, or begin at a person's work."""
    few = partial()
    found = {}
    for sql, params in queries:
        tables = {alias: table for table, alias in TABLE.findall(sql)}
        for step in plan(sql, params):
            said = STEP.match(step)
            way, name, index = said.groups() if said else ("", "", "")
            walks = (
                way == "SCAN"
                and tables.get(name, name) in GROWS
                and index not in few
                # The first of an order is one row.
                and not (index and "LIMIT 1" in sql)
            )
            if walks or (index and "_by_id_" in index):
                found[step] = sql
    return found


@pytest.fixture
def lot(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    left = {code: value for code, value in ORAL.items() if code != "D90"}
    bench.enter(lot, world, left, by=world.cast.lin, at=at)
    return lot


@pytest.mark.parametrize(
    ("reader", "address"),
    [
        ("lin", "/lots/{lot}/"),
        ("chen", "/lots/{lot}/"),
        ("lin", "/test-orders/{order}/"),
        ("tomas", "/test-orders/{order}/review/"),
        ("chen", "/assessments/{one}/release/"),
        ("ines", "/lots/{lot}/record/"),
    ],
)
def test_page_of_a_lot_is_answered_by_the_lot(world, lot, reader, address):
    client = signed_in(getattr(world.cast, reader))
    shown = address.format(
        lot=lot.pk,
        order=lot.test_orders.get().pk,
        one=bench.assessment(lot, "BAC-ORAL").pk,
    )

    with asked() as queries:
        answer = client.get(shown)

    assert answer.status_code == 200
    assert len(queries) > 9
    assert wrong(queries) == {}


def test_cell_is_stored_by_the_lot(world, lot, at):
    grid = Grid(world, lot, at)

    with asked() as queries:
        answer = grid.post("D90", "150")

    assert answer.status_code == 200
    assert wrong(queries) == {}
