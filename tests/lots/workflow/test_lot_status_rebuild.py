"""The lot status is what the records say; where it is not, that is found and mended.

An attack and its control: a row that lists read is changed behind the program's back,
and who does not compare it does not see it.
"""

import datetime
import io
import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from lots.apps import after_migrate
from lots.demo import bench
from lots.models import LotStatus
from lots.release import disposition
from lots.setup import organisations
from lots.workflow import lot_status_rebuild
from lots.workflow.lot_status_rebuild import Difference
from reports.issuing import certificates
from tests.lots.pages import signed_in, words
from tests.lots.setup import identities

pytestmark = pytest.mark.postgres


@pytest.fixture
def lot(world, at):
    """A lot with results that wait for the reviewer."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    return lot


@pytest.fixture
def certified(world, lot, at):
    """The lot released, and its certificate."""
    bench.enter(lot, world, bench.ELEMENTS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.olga,
        at=at,
        stated=bench.LABEL,
    )


def run(command, *arguments):
    """Run the command; return its exit code and what it says."""
    said = io.StringIO()
    try:
        call_command(command, *arguments, stdout=said)
    except SystemExit as end:
        return end.code, said.getvalue()
    return 0, said.getvalue()


def tamper(**values):
    """Change the row as somebody does who has the database and not the program."""
    columns = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE lots_standing SET {columns}", list(values.values()))
        assert cursor.rowcount == 1


def differing():
    return list(lot_status_rebuild.differences())


def test_every_status_is_what_its_records_say(certified):
    assert differing() == []
    assert run("verify_audit_trail")[1].endswith(
        "The status of every lot is what its records say.\n"
    )


def test_status_changed_by_sql_is_found_and_rebuilt(world, lot):
    """The attack: a lot that nobody reviewed stands in every list as released."""
    before = LotStatus.objects.values().get()
    tamper(stage="released", to_review=0, released_uses=" oral ")
    assert "Released" in words(signed_in(world.cast.maria).get("/lots/"))

    code, said = run("verify_audit_trail")
    as_json = run("verify_audit_trail", "--json")
    rebuilt = run("rebuild_lot_status")

    assert (code, said.partition(" But ")[2]) == (
        1,
        "the status that lists read differs from the records of BAC-26-001 (stage,"
        " released_uses, to_review). Run manage.py rebuild_lot_status, and find out who"
        " or what changed it.\n",
    )
    assert (as_json[0], json.loads(as_json[1])["lot_status_faults"]) == (
        1,
        ["BAC-26-001 (stage, released_uses, to_review)"],
    )
    assert rebuilt == (
        0,
        "The status of 1 lot was rebuilt, 1 differed.\n"
        "  BAC-26-001 (stage, released_uses, to_review)\n",
    )
    assert LotStatus.objects.values().get() == before
    assert run("verify_audit_trail")[0] == 0


def test_control_who_does_not_compare_sees_nothing(lot):
    tamper(stage="released", to_review=0, released_uses=" oral ")

    code, said = run("verify_audit_trail", "--skip-lot-status")
    as_json = run("verify_audit_trail", "--skip-lot-status", "--json")

    assert code == 0
    assert said.endswith("records match it. The status of lots was not checked.\n")
    assert (as_json[0], json.loads(as_json[1])["lot_status_faults"]) == (0, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stage", "to_enter"),
        ("outcome", "fail"),
        ("date_on", "2040-01-01"),
        ("to_certify", 1),
        ("certificates", ""),
        ("hands", ""),
        ("reviewers", ""),
        ("failures", 3),
        ("search", "bac-26-002"),
        ("tightest", "Another test"),
        ("stage_at", "2020-01-01 00:00:00+00:00"),
        ("released_at", "2020-01-01 00:00:00+00:00"),
    ],
)
def test_any_changed_column_is_found_and_rebuilt(certified, column, value):
    before = LotStatus.objects.values().get()
    tamper(**{column: value})

    name = "closest_test" if column == "tightest" else column
    assert differing() == [Difference("BAC-26-001", (name,))]
    lot_status_rebuild.rebuild()

    assert LotStatus.objects.values().get() == before


def test_a_row_that_is_gone_is_found_and_made_again(certified):
    before = LotStatus.objects.values().get()
    LotStatus.objects.all().delete()

    assert [str(one) for one in differing()] == ["BAC-26-001 (it has no row)"]
    assert str(lot_status_rebuild.rebuild()) == (
        "the status of 1 lot was rebuilt, 1 differed"
    )

    assert LotStatus.objects.values().get() == before


def test_what_waits_since_when_stays_as_it_was(world, lot, at):
    """A lot does not become younger in My work by being calculated again."""
    since = LotStatus.objects.get().stage_at
    disposition.hold(
        lot=lot, by=world.cast.lin, at=at + datetime.timedelta(hours=1), reason="Why"
    )
    bench.decide(
        world.cast,
        disposition.resume,
        lot,
        at=at + datetime.timedelta(hours=2),
        reason="Why",
    )
    tamper(missing=9)

    lot_status_rebuild.rebuild()

    assert LotStatus.objects.get().stage_at == since + datetime.timedelta(hours=2)


def test_a_name_of_before_still_finds_its_lots(world, certified, at):
    site = certified.lot.site
    organisations.change_site(
        site=site,
        by=world.cast.olga,
        at=at,
        reason="Renamed",
        name="Plant North",
        **{
            name: getattr(site, name)
            for name in ("address", "telephone", "manufactures", "tests")
        },
    )
    identities.approve(world, at)
    assert differing() == []
    tamper(missing=9)

    lot_status_rebuild.rebuild()

    found = LotStatus.objects.get().search
    assert ("plant 1" in found, "plant north" in found) == (True, True)


def test_many_that_differ_are_counted(world, at, monkeypatch):
    for number in range(4):
        bench.log(world.cast, world, at=at, number=f"BAC-26-00{number}")
    LotStatus.objects.all().delete()
    # In pieces, as on a site with more lots than are read at once.
    monkeypatch.setattr(lot_status_rebuild, "LOTS_AT_ONCE", 3)
    monkeypatch.setattr("lots.management.commands.rebuild_lot_status.NAMED", 1)

    assert run("rebuild_lot_status") == (
        0,
        "The status of 4 lots was rebuilt, 4 differed.\n"
        "  BAC-26-000 (it has no row)\n"
        "  and 3 more\n",
    )
    assert differing() == []


def test_migrate_rebuilds_what_a_migration_marked(lot):
    """The mark stays until a `migrate` comes to its end, however often it must run."""
    before = LotStatus.objects.values().get()
    tamper(missing=9)
    lot_status_rebuild.mark(apps, None)
    assert differing() == [Difference("BAC-26-001", ("missing", "is_stale"))]

    said = io.StringIO()
    call_command("migrate", stdout=said)

    assert LotStatus.objects.values().get() == before
    assert "Status of lots, calculated again: 1." in said.getvalue()


def test_migrate_leaves_alone_what_no_migration_marked(lot):
    tamper(missing=9)

    call_command("migrate", verbosity=0)

    assert differing() == [Difference("BAC-26-001", ("missing",))]


def test_nothing_is_rebuilt_before_the_last_migration(lot, monkeypatch):
    lot_status_rebuild.mark(apps, None)
    monkeypatch.setattr(
        "lots.apps.MigrationExecutor.migration_plan", lambda *_arguments: ["one more"]
    )

    after_migrate(plan=[])

    assert differing() == [Difference("BAC-26-001", ("is_stale",))]


def test_records_that_do_not_hold_say_nothing_of_the_status(lot):
    """Nobody is told to rebuild the status from records that somebody altered."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lots_lot SET state = 'rejected'")

    code, said = run("verify_audit_trail", "--json")

    assert (code, json.loads(said)["lot_status_faults"]) == (1, None)


def test_a_site_without_lots_has_no_status(world):
    assert differing() == []
    assert str(lot_status_rebuild.rebuild()) == (
        "the status of 0 lots was rebuilt, 0 differed"
    )
