"""Pages with rows ask the database as often for one row as for thirty.

The numbers are written out, so that a query in a loop and a query more both show. The
lists of lots, certificates, set-up and trail, the grid, the record and the dashboard
have their own beside their tests.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import (
    accounts,
    audit,
    calendar,
    entering,
    intake,
    measuring,
    qualifying,
    register,
    signing,
    specifications,
    versioning,
)
from lots.demo import bench
from lots.documents import Upload
from lots.models import Document, ImportedFile, Qualification
from lots.versioning import CriterionDraft
from tests.lots.pages import signed_in

pytestmark = pytest.mark.postgres

MANY = 30
ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


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
        printed_name=f"Vera Visitor {number}",
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


def letterhead(world, at, number):
    drafted = register.draft_letterhead(
        by=world.cast.olga,
        at=at,
        name=f"Nepenthe {number}",
        address="Riverside 4",
        telephone="+41 61 555 01 22",
    )
    register.withdraw_letterhead(
        letterhead=drafted, by=world.cast.olga, at=at, reason="Not now"
    )


def suspended(world, at, number):
    """Suspend and resume the qualification of the works for oral products."""
    qualification = qualified(world)
    qualifying.suspend_qualification(
        qualification=qualification, by=world.cast.olga, at=at, reason=f"Audit {number}"
    )
    qualification.refresh_from_db()
    qualifying.resume_qualification(
        qualification=qualification,
        by=world.cast.chen,
        at=at,
        reason="Audit closed",
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signing.shown(qualifying.qualification_text(qualification)),
    )


def qualified(world):
    return Qualification.objects.get(site=world.works, use="oral")


def renamed(world, at, number):
    accounts.change_account(
        person=world.cast.lin,
        by=world.cast.admin,
        at=at,
        printed_name=f"Lin Yue {number}",
        title="Analyst",
        reason="Marriage",
    )


def specification_in_force(world, at, number):
    """A further code for oral products, with one criterion."""
    draft = versioning.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code=f"BAC-X{number}",
        use="oral",
        grade="In-house",
        compendium="In-house",
        effective_on=calendar.today(at),
        change_reason="First version",
        criteria=[CriterionDraft(test=world.tests["MEOH"], kind="nmt", high="3000")],
    )
    versioning.approve_specification(
        specification=draft,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signing.shown(specifications.specification_text(draft)),
    )


@pytest.mark.parametrize(
    ("reader", "address", "add", "queries"),
    [
        ("chen", lambda world: "/letterhead/", letterhead, 7),
        (
            "chen",
            lambda world: f"/qualifications/{qualified(world).pk}/",
            suspended,
            9,
        ),
        ("admin", lambda world: f"/accounts/{world.cast.lin.pk}/", renamed, 8),
    ],
    ids=["letterhead", "qualification", "account"],
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
    attachment(world, at, lot, 0, result=failed)
    of_one = count(client, address)
    for number in range(1, MANY):
        attachment(world, at, lot, number, result=failed)
    values = {name: value for name, value in ORAL.items() if name != "ROI"}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)

    assert (of_one, count(client, address)) == (26, 26)


def test_adding_an_assessment_takes_the_same_queries_for_2_and_for_30_specifications(
    world, at
):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    client = signed_in(world.cast.chen)
    address = f"/examinations/{lot.examinations.get().pk}/assessments/new/"
    of_two = count(client, address)
    for number in range(2, MANY):
        specification_in_force(world, at, number)

    assert (of_two, count(client, address)) == (13, 13)


def test_specification_takes_the_same_queries_for_1_and_for_30_criteria(world, at):
    client = signed_in(world.cast.olga)
    tests = [one for one in world.tests.values() if one.unit][:MANY]
    counts = []
    for code, chosen in (("BAC-X1", tests[:1]), ("BAC-X2", tests)):
        draft = versioning.draft_specification(
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
    assert counts == [13, 13]


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


def attachment(world, at, lot, number, result=None):
    entering.attach(
        lot=lot,
        result=result,
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
    ("address", "queries"), [("/lots/{}/", 25), ("/lots/{}/record/", 24)]
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
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
