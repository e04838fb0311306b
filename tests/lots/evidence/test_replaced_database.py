"""A restore over a database in use undoes nothing that must stay done.

The attacks: nobody is asked; a number that a customer has goes to another lot; the tail
of the trail is gone without a word; who left, or lost a role, is back.
"""

import io
import os
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from lots import calendar
from lots.accounts import identity, people, users
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence import (
    audit,
    backup,
    number_series,
    replaced_database,
    restore,
    signatures,
    verification,
)
from lots.history import history
from lots.models import (
    Assessment,
    AuditEntry,
    Installation,
    Investigation,
    NumberFloor,
    User,
)
from lots.rules.refusal import Refusal
from reports.issuing import certificates
from tests import databases
from tests.conftest import connected
from tests.lots.accounts import members
from tests.lots.evidence.another_site import manage

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

REASON = "The disk failed on 30 November (DEV-26-020)"


def run_restore(path, *, by="admin", reason=REASON, password=PASSWORD):
    """Run the command as a person; return what it says."""
    read, write = os.pipe()
    os.write(write, f"{password}\n".encode())
    os.close(write)
    said = io.StringIO()
    try:
        call_command(
            "restore",
            str(path),
            "--replace",
            *(["--by", by] if by else []),
            *(["--reason", reason] if reason else []),
            "--password-fd",
            str(read),
            stdout=said,
        )
    finally:
        os.close(read)
    return said.getvalue()


def released(world, at, number):
    lot = bench.log(world.cast, world, at=at, number=number)
    bench.enter(
        lot, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return bench.assessment(lot, "BAC-ORAL")


def back_again(at, first, *others):
    """Let people come back after a restore: each chooses a password and is confirmed.

    The first, of QA, at the server, and the others by that person.
    """
    new = "the password of after"
    came = {}
    for username in ("admin", first, *others):
        came[username] = users.change_own_password(
            by=User.objects.get(username=username), at=at, current=PASSWORD, new=new
        )
    facts = {"at": at, "reason": "Staff card seen"}
    of_qa = identity.confirm_at_server(person=came[first], by=came["admin"], **facts)
    for username in others:
        identity.confirm_person(
            person=came[username],
            by=of_qa,
            confirmation=signatures.confirm(by=of_qa, at=at, password=new),
            shown=signatures.shown(people.account_text(came[username])),
            **facts,
        )


def failing(world, at, number):
    lot = bench.log(world.cast, world, at=at, number=number)
    bench.enter(lot, world, {"WATER": "1.8"}, by=world.cast.lin, at=at)
    return Investigation.objects.get(lot=lot)


@pytest.fixture
def earlier(world, at, tmp_path):
    """A backup of a released lot that has no certificate yet."""
    released(world, at, "BAC-26-001")
    path = tmp_path / "earlier.backup"
    backup.write(path=path, at=at)
    return path


def test_number_that_a_customer_has_goes_to_no_other_lot(world, at, earlier):
    issued = [
        certificates.issue(
            assessment=released(world, at, f"BAC-26-00{n}"),
            by=world.cast.olga,
            at=at,
            stated=bench.LABEL,
        )
        for n in (2, 3)
    ]
    case = failing(world, at, "BAC-26-004")
    last = AuditEntry.objects.order_by("-sequence").first()
    year = calendar.today(at).year

    said = run_restore(earlier)

    back_again(at, "olga", "lin")
    after = certificates.issue(
        assessment=_assessment("BAC-26-001"),
        by=User.objects.get(username="olga"),
        at=at,
        stated=bench.LABEL,
    )
    again = failing(world, at, "BAC-26-004")
    entry = AuditEntry.objects.filter(action="restore", row="").get()
    assert [one.number for one in issued] == [
        f"TRN-{year}-000001",
        f"TRN-{year}-000002",
    ]
    assert after.number == f"TRN-{year}-000003"
    assert (case.number, again.number) == (f"OOS-{year}-00001", f"OOS-{year}-00002")
    assert "Go on after the last number that was given:" in said
    facts = {name: new for name, (_old, new) in entry.changes.items()}
    assert facts["person"] == "Ada Byron (admin)"
    assert (facts["replaced_entries"], facts["replaced_head"]) == (
        str(last.sequence),
        last.digest,
    )
    assert facts["replaced_numbers"] == {f"TRN-{year}": "2", f"OOS-{year}": "1"}
    assert entry.reason == REASON
    assert verification.verify().holds
    told = history.of(AuditEntry.objects.filter(action="restore").order_by("sequence"))
    assert told[-1].sentence.startswith("Ada Byron restored the backup of ")
    assert f"in the place of a database with {last.sequence};" in told[-1].sentence


def _assessment(number):
    return Assessment.objects.get(lot__number=number, specification__code="BAC-ORAL")


def test_control_number_goes_to_another_lot(world, at, earlier, monkeypatch):
    monkeypatch.setattr(number_series, "lift", lambda _act, _seen: {})
    issued = certificates.issue(
        assessment=released(world, at, "BAC-26-002"),
        by=world.cast.olga,
        at=at,
        stated=bench.LABEL,
    )

    run_restore(earlier)

    User.objects.update(must_change_password=False, awaits_confirmation=False)
    again = certificates.issue(
        assessment=_assessment("BAC-26-001"),
        by=User.objects.get(username="olga"),
        at=at,
        stated=bench.LABEL,
    )
    assert again.number == issued.number


def test_series_stays_lifted_when_it_is_restored_again(world, at, earlier):
    certificates.issue(
        assessment=released(world, at, "BAC-26-002"),
        by=world.cast.olga,
        at=at,
        stated=bench.LABEL,
    )
    series = f"TRN-{calendar.today(at).year}"

    run_restore(earlier)
    User.objects.update(must_change_password=False, awaits_confirmation=False)
    run_restore(earlier)

    assert NumberFloor.objects.get(series=series).last == 1


def test_who_left_and_who_lost_a_role_stay_so(world, at, earlier):
    admin = world.cast.admin
    users.deactivate(person=world.cast.marek, by=admin, at=at, reason="Left")
    users.set_roles(
        person=world.cast.olga, by=admin, at=at, roles=["auditor"], reason="Moved"
    )
    users.set_roles(
        person=world.cast.sofia, by=admin, at=at, roles=["reviewer", "qa"], reason="Up"
    )
    users.add_account(
        by=admin,
        at=at,
        username="nadia",
        printed_name="Nadia Novak",
        title="Analyst",
        employee_number="E-201",
        reason="Passport seen",
        roles=["analyst"],
        password="a password for once",
    )

    said = run_restore(earlier)

    people = {one.username: one for one in User.objects.all()}
    assert (people["marek"].is_active, people["lin"].is_active) == (False, True)
    # Of two roles that do not meet none is left; more than the backup says is none.
    assert (people["olga"].is_active, people["sofia"].roles) == (False, ["reviewer"])
    assert all(one.must_change_password for one in people.values())
    assert all(one.awaits_confirmation for one in people.values())
    assert "an administrator confirms a person of QA with manage.py" in said
    assert "Stay deactivated: marek, olga." in said
    assert "Added since the backup, and to be added again: nadia." in said
    with pytest.raises(Refusal) as caught:
        bench.log(world.cast, world, at=at, number="BAC-26-009")
    assert caught.value.code == "one-time-password"


def test_who_counted_as_one_person_still_does(world, at, earlier):
    """A number that was corrected since, and a name, are not as before again."""
    admin = world.cast.admin
    users.change_account(
        person=world.cast.marek,
        by=admin,
        at=at,
        printed_name="Yue Lin",
        title="Analyst, Plant 2",
        reason="Named as in the passport",
    )
    users.change_employee_number(
        person=world.cast.marek, by=admin, at=at, employee_number="E-333", reason="HR"
    )

    run_restore(earlier)

    marek, lin = (User.objects.get(username=name) for name in ("marek", "lin"))
    assert (marek.printed_name, marek.employee_number) == ("Marek Novak", "E-333")
    assert (marek.one_with, lin.one_with) == ([lin.pk], [marek.pk])
    assert verification.verify().holds


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"by": None},
            "--replace needs a person and a reason; name them with --by and --reason.",
        ),
        (
            {"reason": " "},
            "--replace needs a person and a reason; name them with --by and --reason.",
        ),
        (
            {"password": "wrong"},
            "The password of admin was not confirmed, so nothing was stored; run the"
            " command again, or wait if it was wrong several times.",
        ),
        (
            {"by": "lin"},
            "Lin Yue is neither QA nor an administrator; somebody of either restores a"
            " backup.",
        ),
        (
            {"by": "nobody"},
            "nobody is not the username of an active account; check it.",
        ),
    ],
)
def test_nobody_replaces_a_database_unasked(world, at, earlier, asked, sentence):
    bench.log(world.cast, world, at=at, number="BAC-26-002")

    with pytest.raises(CommandError) as caught:
        run_restore(earlier, **asked)

    assert str(caught.value) == sentence
    assert not AuditEntry.objects.filter(action="restore").exists()


@pytest.fixture
def elsewhere(fresh, database, tmp_path):
    """A backup of another installation, with an administrator of its own."""
    path = tmp_path / "elsewhere.backup"
    if connection.vendor == "sqlite":
        shutil.copyfile(database.migrated, fresh.removeprefix("sqlite:///"))
    read, write = os.pipe()
    os.write(write, b"the password of somewhere else\n")
    os.close(write)
    started = (
        "start_site", "mallory", "--name", "Mallory Reed", "--employee-number", "M-1",
        "--password-fd", str(read),
    )  # fmt: skip
    for command in (("migrate", "-v0"), started, ("backup", path)):
        code, said = manage(fresh, *command, pass_fds=(read,))
        assert code == 0, said
    os.close(read)
    if connection.vendor == "postgresql":
        # Made by the migrations: they end in the tables that tests have.
        tables = databases.schema()
        with connected(fresh.rpartition("/")[2]):
            assert databases.schema() == tables
    return path


def test_backup_of_another_installation_takes_no_place(
    world, at, elsewhere, monkeypatch
):
    """The attack: its people keep the accounts, and a training site becomes real."""
    before = AuditEntry.objects.count()

    with pytest.raises(CommandError) as caught:
        run_restore(elsewhere)

    assert str(caught.value) == (
        f"Nothing was restored: {elsewhere} is the backup of another installation,"
        " whose records, numbers and people are not those of this database. Restore it"
        " into an empty database."
    )
    assert AuditEntry.objects.count() == before
    assert Installation.objects.get().is_training
    # The control: where nobody compares them, it is another site now.
    monkeypatch.setattr(restore, "_check_same_site", lambda *_: None)
    run_restore(elsewhere)
    assert not Installation.objects.get().is_training
    assert [one.username for one in User.objects.all()] == ["mallory"]


def test_verb_asks_too(world, at, earlier):
    with pytest.raises(Refusal) as caught:
        restore.restore(path=earlier, at=at, replace=True)

    assert caught.value.code == "asked"


def test_somebody_can_keep_accounts_afterwards(world, at, earlier):
    """The administrator of the backup has left, and the one of today is not in it."""
    admin = world.cast.admin
    users.add_account(
        by=admin,
        at=at,
        username="nadia",
        printed_name="Nadia Novak",
        title="System administrator",
        employee_number="E-201",
        reason="Passport seen",
        roles=["administrator"],
        password="a password for once",
    )
    nadia = User.objects.get(username="nadia")
    users.change_own_password(
        by=nadia, at=at, current="a password for once", new="five boats in the rain"
    )
    members.confirmed(world, at, nadia)
    users.deactivate(person=admin, by=nadia, at=at, reason="Left")

    with pytest.raises(CommandError) as caught:
        run_restore(earlier, by="nadia", password="five boats in the rain")

    assert str(caught.value) == (
        "Nothing was restored: no administrator of the backup (admin) is an active"
        " administrator of this database, so nobody could keep accounts afterwards."
        " Reactivate one of them first, or restore a later backup."
    )
    assert User.objects.filter(username="nadia").exists()


def spoil():
    """Let the database be one that cannot be read, and return how it is kept."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.close()
        for end in ("-wal", "-shm"):
            if os.path.exists(name + end):
                os.remove(name + end)
        with open(name, "r+b") as file:
            file.write(b"no database any more" * 400)
        return
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lots_user DROP COLUMN roles")


def test_person_is_asked_of_the_backup_where_the_database_cannot_be_read(
    world, at, earlier
):
    spoil()
    with pytest.raises(CommandError) as caught:
        run_restore(earlier, password="wrong")
    assert str(caught.value) == (
        "Not restored: the password of Ada Byron in the backup is another one; type it"
        " again."
    )
    with pytest.raises(CommandError, match="active account of the backup"):
        run_restore(earlier, by="nobody")

    said = run_restore(earlier)

    [kept] = earlier.parent.glob("earlier.backup.replaced-*[0-9]")
    entry = AuditEntry.objects.filter(action="restore", row="").get()
    assert entry.changes["replaced_database"] == [None, "unreadable"]
    assert "could not be read" in said
    assert kept.stat().st_size > 0
    assert all(User.objects.values_list("must_change_password", flat=True))
    assert all(User.objects.values_list("awaits_confirmation", flat=True))
    assert verification.verify().holds


def test_accounts_of_a_backup_are_read_without_restoring_it(world, at, earlier):
    found = restore.people(path=earlier)

    stored = {one.username_key: one for one in User.objects.all()}
    assert found.keys() == stored.keys()
    assert found["olga"] == replaced_database.Account(
        username="olga",
        printed_name="Olga Petrova",
        password=stored["olga"].password,
        is_active=True,
        roles=("qa",),
    )


def test_role_that_was_taken_since_does_not_come_back(world, at, tmp_path):
    admin, sofia = world.cast.admin, world.cast.sofia
    users.set_roles(
        person=sofia, by=admin, at=at, roles=["reviewer", "qa"], reason="Up"
    )
    path = tmp_path / "both.backup"
    backup.write(path=path, at=at)
    users.set_roles(person=sofia, by=admin, at=at, roles=["reviewer"], reason="Back")

    run_restore(path)

    sofia = User.objects.get(username="sofia")
    assert (sofia.is_active, sofia.roles) == (True, ["reviewer"])


def test_database_with_migrations_to_make_cannot_be_read(world):
    """Such a database is kept as it is, and the person is asked of the backup."""
    assert replaced_database.look() is not None

    [last] = MigrationLoader(connection).graph.leaf_nodes("reports")
    MigrationRecorder(connection).record_unapplied(*last)
    found = replaced_database.look()
    MigrationRecorder(connection).record_applied(*last)

    assert found is None


def test_series_is_lifted_above_what_was_lifted_before(world, at):
    with audit.act(by=None, at=at, action="restore", reason=REASON) as act:
        lifted = [
            number_series.lift(act, {"certificates 2026": last}) for last in (3, 7, 5)
        ]

    assert lifted == [{"certificates 2026": 3}, {"certificates 2026": 7}, {}]
