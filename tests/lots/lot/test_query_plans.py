"""How SQLite answers the pages of a lot: by the lot, whoever reads and however many.

A site grows by lots, with results, marks, trail and signatures for each. So no query
of these pages walks down such a table, nor begins at what a person did in it.
"""

import contextlib
import re

import pytest
from django.db import connection

from lots.demo import bench
from lots.evaluation import earlier_lots
from tests.lots.lot.copies import copies, counted, with_their_trail
from tests.lots.pages import signed_in
from tests.lots.results.grid import Grid

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
# Entered last, one after the other.
LEFT = {code: ORAL[code] for code in ("D90", "TAMC", "TYMC", "ECOLI")}
ON_PAGES = (
    ("lin", "/lots/{lot}/"),
    ("chen", "/lots/{lot}/"),
    ("lin", "/test-orders/{order}/"),
    ("tomas", "/test-orders/{order}/review/"),
    ("chen", "/assessments/{one}/release/"),
    ("ines", "/lots/{lot}/record/"),
)
# It reads a window of lots, as many as there are up to a hundred.
OF_A_WINDOW = ("chen", "/lots/{lot}/consistency/")
# What grows with the lots.
GROWS = {
    "lots_assessment",
    "lots_attachment",
    "lots_auditentry",
    "lots_consistencyfinding",
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
            way, name, index = (
                STEP.match(step).groups() if STEP.match(step) else [""] * 3
            )
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
    rest = {code: value for code, value in ORAL.items() if code not in LEFT}
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    return lot


def place(address, lot):
    return address.format(
        lot=lot.pk,
        order=lot.test_orders.get().pk,
        one=bench.assessment(lot, "BAC-ORAL").pk,
    )


def with_counts(client):
    """Have My work count what waits, which every page shows and no page of a lot asks.

    It is remembered until the trail has a new entry
    (tests/reports/pages/test_my_work.py).
    """
    assert client.get("/").status_code == 200
    return client


@pytest.mark.parametrize(("reader", "address"), [*ON_PAGES, OF_A_WINDOW])
def test_page_of_a_lot_is_answered_by_the_lot(world, lot, reader, address):
    client = with_counts(signed_in(getattr(world.cast, reader)))
    shown = place(address, lot)

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


def test_cell_and_pages_cost_the_same_however_many_lots_one_person_entered(
    world, lot, at
):
    """In steps of SQLite; 23 results, samples and the trail of each lot are there."""
    grid = Grid(world, lot, at)
    readers = {name: signed_in(getattr(world.cast, name)) for name, _ in ON_PAGES}
    rest = iter(("D90", "TAMC", "TYMC", "ECOLI"))

    def steps():
        found = {}
        for reader, address in ON_PAGES:
            client = with_counts(readers[reader])
            with counted() as taken:
                assert client.get(place(address, lot)).status_code == 200
            found[address] = len(taken)
        with counted() as taken:
            code = next(rest)
            assert grid.post(code, LEFT[code]).status_code == 200
        return found | {"cell": len(taken)}

    # As many as the pictures beside its results show of a process.
    with_their_trail(lot, copies(lot, range(earlier_lots.LAST), every=1))
    steps()
    few = steps()
    with_their_trail(lot, copies(lot, range(earlier_lots.LAST, 210), every=1))
    many = steps()

    grown = {name for name in few if many[name] > few[name] * 1.15}
    assert {name: (few[name], many[name]) for name in grown} == {}
