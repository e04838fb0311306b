"""Pages with rows ask the database as often for one row as for thirty.

The numbers are written out, so that a query in a loop and a query more both show. The
lists of lots, certificates, set-up and trail, the grid, the record and the dashboard
have their own beside their tests.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import accounts, audit
from lots.demo import bench
from lots.models import Document, ImportedFile
from tests.lots.pages import signed_in

MANY = 30


def count(client, address):
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(caught)


def failed_lot(world, at, number):
    lot = bench.log(world.cast, world, at=at, number=f"F-{number}")
    bench.enter(lot, world, {"ROI": "0.4"}, by=world.cast.lin, at=at)


def account(world, at, number):
    accounts.add_account(
        by=world.cast.admin,
        at=at,
        username=f"visitor{number}",
        printed_name="Vera Visitor",
        title="Visitor",
        roles=["auditor"],
        password="visiting-2026-only",
    )


def imported(world, at, number):
    with audit.act(by=world.cast.lin, at=at, action="import") as act:
        act.create(
            ImportedFile(
                document=Document.objects.first(),
                sha256=f"{number:064}",
                map="",
                rows=0,
                by=world.cast.lin,
                at=at,
            )
        )


@pytest.mark.parametrize(
    ("reader", "address", "add", "queries"),
    [
        ("chen", "/investigations/", failed_lot, 8),
        ("admin", "/accounts/", account, 8),
        ("lin", "/imports/", imported, 8),
    ],
)
def test_list_takes_the_same_queries_for_1_and_for_30_rows(
    world, at, reader, address, add, queries
):
    client = signed_in(getattr(world.cast, reader))
    add(world, at, 0)
    of_one = count(client, address)
    for number in range(1, MANY):
        add(world, at, number)

    assert (of_one, count(client, address)) == (queries, queries)


def results(world):
    return [
        (code, value)
        for code, value in bench.IT_RESULTS.items()
        if code not in ("APP", "WATER", "ASSAY")
    ]


def test_review_takes_the_same_queries_for_1_and_for_30_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    client = signed_in(world.cast.tomas)
    address = f"/examinations/{lot.examinations.get().pk}/review/"
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    of_one = count(client, address)
    bench.enter(lot, world, dict(results(world)), by=world.cast.lin, at=at)

    assert lot.examinations.get().results.count() >= MANY
    assert (of_one, count(client, address)) == (17, 17)


@pytest.mark.parametrize(("code", "queries"), [("release", 25), ("refuse", 25)])
def test_decision_takes_the_same_queries_for_1_and_for_30_results(
    world, at, code, queries
):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    client = signed_in(world.cast.chen)
    address = f"/assessments/{bench.assessment(lot, 'BAC-IT').pk}/{code}/"
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    of_one = count(client, address)
    bench.enter(lot, world, dict(results(world)), by=world.cast.lin, at=at)

    assert (of_one, count(client, address)) == (queries, queries)
