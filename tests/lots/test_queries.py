"""Pages with rows ask the database as often for one row as for thirty.

The numbers are written out, so that a query in a loop and a query more both show. The
lists of lots, certificates, set-up and trail, the grid, the record and the dashboard
have their own beside their tests.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import accounts, audit, calendar, entering, intake, measuring, register
from lots.demo import bench
from lots.documents import Upload
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
    assert (of_one, count(client, address)) == (20, 20)


@pytest.mark.parametrize(("code", "queries"), [("release", 28), ("refuse", 28)])
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


def site_of(world, at, number):
    register.add_site(
        by=world.cast.olga,
        at=at,
        organisation=world.works.organisation,
        name=f"Warehouse {number}",
        address="88 Harbour Avenue",
        telephone="+86 574 5550 118",
    )


def statement(world, at, number):
    register.add_statement(
        by=world.cast.olga,
        at=at,
        material=world.material,
        title=f"Statement {number}",
        text="None is used.",
    )


def procedure(world, at, number):
    measuring.add_procedure(
        by=world.cast.olga, at=at, test=world.tests["MEOH"], code=f"GC {number}"
    )


@pytest.mark.parametrize(
    ("address", "add", "queries"),
    [
        ("/organisations/{0.works.organisation_id}/", site_of, 8),
        ("/materials/{0.material.pk}/", statement, 11),
        ("/materials/tests/{0.tests[MEOH].pk}/", procedure, 9),
    ],
    ids=["organisation", "material", "test"],
)
def test_record_of_the_set_up_takes_the_same_queries_for_1_and_for_30_rows(
    world, at, address, add, queries
):
    client = signed_in(world.cast.olga)
    shown = address.format(world)
    add(world, at, 0)
    of_one = count(client, shown)
    for number in range(1, MANY):
        add(world, at, number)

    assert (of_one, count(client, shown)) == (queries, queries)


def sample(world, at, lot, number):
    intake.take_sample(
        lot=lot,
        by=world.cast.lin,
        at=at,
        number=f"{lot.number}/R{number}",
        taken_on=calendar.today(at),
        taken_by="Lin Yue",
        quantity="20 g",
        purpose="Retained",
    )


def attachment(world, at, lot, number):
    entering.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload(f"scan-{number}.txt", f"Scan {number}".encode()),
        title=f"Scan {number}",
    )


def child(world, at, lot, number):
    bench.log(
        world.cast,
        world,
        at=at,
        number=f"{lot.number}-R{number}",
        origin="repacking",
        parents=((lot, "1"),),
        size="1",
    )


@pytest.mark.parametrize(
    ("address", "queries"), [("/lots/{}/", 24), ("/lots/{}/record/", 23)]
)
@pytest.mark.parametrize("add", [sample, attachment, child])
def test_lot_takes_the_same_queries_for_1_and_for_30_of_what_hangs_on_it(
    world, at, add, address, queries
):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    client = signed_in(world.cast.lin)
    shown = address.format(lot.pk)
    add(world, at, lot, 0)
    of_one = count(client, shown)
    for number in range(1, MANY):
        add(world, at, lot, number)

    assert (of_one, count(client, shown)) == (queries, queries)


@pytest.mark.parametrize(
    ("address", "queries"), [("/lots/{lot}/", 64), ("/assessments/{one}/release/", 62)]
)
def test_blend_takes_the_same_queries_for_2_and_for_9_parents(
    world, at, address, queries
):
    counts = []
    for number, parents in (("B-2", 2), ("B-9", 9)):
        blend = bench.log(
            world.cast,
            world,
            at=at,
            number=number,
            origin="blend",
            parents=tuple(
                (complete(world, at, f"{number}-P{each}"), "1")
                for each in range(parents)
            ),
            size=str(parents),
        )
        enter_all(world, at, blend)
        shown = address.format(lot=blend.pk, one=bench.assessment(blend, "BAC-ORAL").pk)
        counts.append(count(signed_in(world.cast.chen), shown))

    assert counts == [queries, queries]


def complete(world, at, number):
    lot = bench.log(world.cast, world, at=at, number=number)
    enter_all(world, at, lot)
    return lot


def enter_all(world, at, lot):
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
