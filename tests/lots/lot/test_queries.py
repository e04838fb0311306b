"""Pages with rows ask the database as often for one row as for thirty.

The numbers are written out, so that a query in a loop and a query more both show. The
lists of lots, certificates, set-up and trail, the grid, the record and the dashboard
have their own beside their tests.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.evidence import signatures
from lots.models import Qualification
from lots.setup import (
    certificate_headers,
    qualifications,
    specification_versions,
)
from lots.setup.specification_versions import CriterionDraft
from tests.lots.lot import rows
from tests.lots.pages import signed_in

MANY = 30
ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


def count(client, address):
    """Return how many queries a page takes where master data are at hand."""
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(caught)


@pytest.mark.parametrize(
    ("reader", "address", "add", "queries"),
    [
        ("chen", "/investigations/", rows.failed_lot, 6),
        ("admin", "/accounts/", rows.account, 24),
        ("lin", "/imports/", rows.imported, 7),
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
    address = f"/test-orders/{lot.test_orders.get().pk}/review/"
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    of_one = count(client, address)
    bench.enter(lot, world, dict(results(world)), by=world.cast.lin, at=at)

    assert lot.test_orders.get().results.count() >= MANY
    assert (of_one, count(client, address)) == (18, 18)


@pytest.mark.parametrize(("code", "queries"), [("release", 36), ("refuse", 32)])
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


@pytest.mark.parametrize(
    ("address", "add", "queries"),
    [
        ("/organisations/{0.works.organisation_id}/", rows.site_of, 7),
        ("/materials/{0.material.pk}/", rows.statement, 11),
        ("/materials/tests/{0.tests[MEOH].pk}/", rows.method, 7),
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


def certificate_header(world, at, number):
    drafted = certificate_headers.draft_certificate_header(
        by=world.cast.olga,
        at=at,
        name=f"Nepenthe {number}",
        address="Riverside 4",
        telephone="+41 61 555 01 22",
    )
    certificate_headers.withdraw_certificate_header(
        certificate_header=drafted, by=world.cast.olga, at=at, reason="Not now"
    )


def suspended(world, at, number):
    """Suspend and resume the qualification of the works for oral products."""
    qualification = qualified(world)
    qualifications.suspend_qualification(
        qualification=qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason=f"Audit {number}",
    )
    qualification.refresh_from_db()
    qualifications.resume_qualification(
        qualification=qualification,
        by=world.cast.chen,
        at=at,
        reason="Audit closed",
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(qualifications.qualification_text(qualification)),
    )


def qualified(world):
    return Qualification.objects.get(site=world.works, use="oral")


@pytest.mark.parametrize(
    ("reader", "address", "add", "queries"),
    [
        ("chen", lambda world: "/certificate-header/", certificate_header, 5),
        (
            "chen",
            lambda world: f"/qualifications/{qualified(world).pk}/",
            suspended,
            9,
        ),
        ("admin", lambda world: f"/accounts/{world.cast.lin.pk}/", rows.renamed, 7),
    ],
    ids=["certificate_header", "qualification", "account"],
)
def test_record_with_its_history_takes_the_same_queries_for_1_and_for_30_rows(
    world, at, reader, address, add, queries
):
    client = signed_in(getattr(world.cast, reader))
    add(world, at, 0)
    of_one = count(client, address(world))
    for number in range(1, MANY):
        add(world, at, number)

    assert (of_one, count(client, address(world))) == (queries, queries)


def test_investigation_takes_the_same_queries_for_1_and_for_30_of_its_rows(world, at):
    """Attempts and attached raw data, of the test that failed and of others."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    [failed] = bench.enter(lot, world, {"ROI": "0.4"}, by=world.cast.lin, at=at)
    client = signed_in(world.cast.chen)
    address = f"/investigations/{lot.investigations.get().pk}/"
    rows.attachment(world, at, lot, 0, result=failed)
    of_one = count(client, address)
    for number in range(1, MANY):
        rows.attachment(world, at, lot, number, result=failed)
    values = {name: value for name, value in ORAL.items() if name != "ROI"}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)

    assert (of_one, count(client, address)) == (19, 19)


def test_adding_an_assessment_takes_the_same_queries_for_2_and_for_30_specifications(
    world, at
):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    client = signed_in(world.cast.chen)
    address = f"/test-orders/{lot.test_orders.get().pk}/assessments/new/"
    of_two = count(client, address)
    for number in range(2, MANY):
        rows.specification_in_force(world, at, number)

    assert (of_two, count(client, address)) == (11, 11)


def test_specification_takes_the_same_queries_for_1_and_for_30_criteria(world, at):
    client = signed_in(world.cast.olga)
    tests = [one for one in world.tests.values() if one.unit][:MANY]
    counts = []
    for code, chosen in (("BAC-X1", tests[:1]), ("BAC-X2", tests)):
        draft = specification_versions.draft_specification(
            by=world.cast.olga,
            at=at,
            material=world.material,
            code=code,
            use="oral",
            grade="In-house",
            compendium="In-house",
            effective_on=calendar.today(at),
            change_reason="First version",
            criteria=[
                CriterionDraft(test=test, kind="nmt", high="3000") for test in chosen
            ],
        )
        counts.append(count(client, f"/specifications/{draft.pk}/"))

    assert len(tests) > MANY // 2
    assert counts == [16, 16]


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
    ("address", "queries"), [("/lots/{}/", 17), ("/lots/{}/record/", 19)]
)
@pytest.mark.parametrize("add", [rows.sample, rows.attachment, child])
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
    ("address", "queries"), [("/lots/{lot}/", 33), ("/assessments/{one}/release/", 61)]
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
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
