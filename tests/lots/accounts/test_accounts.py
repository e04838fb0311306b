"""Accounts: kept by administrators, who do nothing else; usernames used once."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password

from lots.accounts import users
from lots.demo import bench
from lots.evidence import signatures
from lots.models import AuditEntry, User
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.setup import certificate_headers
from tests.lots.accounts import members

ROOT = Path(__file__).resolve().parents[3]
GOOD = "a horse under the bridge"


def add(world, at, **facts):
    return users.add_account(
        **{
            "by": world.cast.admin,
            "at": at,
            "username": "nadia",
            "printed_name": "Nadia Haddad",
            "title": "Analyst",
            "employee_number": "E-201",
            "reason": "Passport seen",
            "roles": ["analyst"],
            "password": GOOD,
            **facts,
        }
    )


@pytest.mark.postgres
def test_add_account_with_a_one_time_password(world, at):
    person = add(world, at, roles=["reviewer", "analyst"])

    assert (person.roles, person.must_change_password) == (
        ["analyst", "reviewer"],
        True,
    )
    entry = AuditEntry.objects.order_by("sequence").last()
    assert (entry.action, entry.table) == ("add_account", "lots_user")
    # Not the hash, and nothing that a password could be guessed by.
    assert entry.changes["password"] == [None, person.password_digest]
    assert person.password not in str(entry.changes)


@pytest.mark.parametrize("person", ["lin", "sofia", "chen", "maria", "ines"])
def test_accounts_are_for_administrators(world, at, person):
    with pytest.raises(NotAllowed) as refused:
        add(world, at, by=getattr(world.cast, person))

    assert refused.value.code == "role"
    assert not User.objects.filter(username="nadia").exists()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"username": "LIN"}, "username"),
        ({"username": "na dia"}, "username"),
        ({"username": "nаdia"}, "username"),
        ({"printed_name": ""}, "printed_name"),
        ({"printed_name": "Wang \u5586"}, "printed_name"),
        ({"title": "QA \N{THAI CHARACTER KO KAI}"}, "title"),
        ({"roles": []}, "roles"),
        ({"roles": ["administrator", "qa"]}, "roles"),
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
    ],
    ids=[
        "in use in another case",
        "space",
        "Cyrillic а",
        "no name",
        "a name that no certificate can print",
        "a title that no certificate can print",
        "no role",
        "administrator and QA",
        "short",
        "common",
    ],
)
def test_add_account_refuses(world, at, facts, field):
    before = User.objects.count()

    with pytest.raises(Refusal) as refused:
        add(world, at, **facts)

    assert (refused.value.field, User.objects.count()) == (field, before)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("printed_name", "title"),
    [
        ("Lin Yue", "Analyst, Quality Control"),
        ("lin  yue", "Analyst, Quality C0ntrol"),
    ],
)
def test_two_accounts_do_not_sign_alike(world, at, printed_name, title):
    """A signature that could be two people's is nobody's, also of one who has left."""
    lin, admin = world.cast.lin, world.cast.admin
    users.deactivate(person=lin, by=admin, at=at, reason="Left")

    for do in (
        lambda: add(world, at, printed_name=printed_name, title=title),
        lambda: users.change_account(
            person=world.cast.marek,
            by=admin,
            at=at,
            reason="Married",
            printed_name=printed_name,
            title=title,
        ),
    ):
        with pytest.raises(Refusal, match="lin already signs as") as refused:
            do()
        assert refused.value.field == "printed_name"

    assert add(world, at, printed_name="Lin Yue", title="Analyst, Plant 2").pk


@pytest.mark.postgres
def test_account_of_before_whose_name_cannot_be_printed_takes_its_steps(world, at):
    """Its roles change and it ends as ever; its name is changed to another."""
    User.objects.filter(pk=world.cast.lin.pk).update(printed_name="Lin \u5586")
    told = {"person": world.cast.lin, "by": world.cast.admin, "at": at, "reason": "New"}

    users.set_roles(**told, roles=["analyst", "reviewer"])
    with pytest.raises(
        Refusal, match=r"has \u5586 \(U\+5586\), which certificates cannot"
    ):
        users.change_account(**told, printed_name="Lin \u5586", title="Reviewer")
    users.change_account(**told, printed_name="Lin Zhe", title="Reviewer")
    users.deactivate(**told)

    assert User.objects.get(pk=world.cast.lin.pk).printed_name == "Lin Zhe"


@pytest.mark.postgres
def test_username_of_somebody_deactivated_is_not_used_again(world, at):
    users.deactivate(
        person=world.cast.lin, by=world.cast.admin, at=at, reason="Left the company"
    )

    with pytest.raises(Refusal, match="is never used again"):
        add(world, at, username="Lin")


def approve_certificate_header(drafted, *, by, at, password):
    return certificate_headers.approve_certificate_header(
        certificate_header=drafted,
        by=by,
        at=at,
        confirmation=signatures.confirm(by=by, at=at, password=password),
        shown=signatures.shown(certificate_headers.certificate_header_text(drafted)),
    )


@pytest.mark.postgres
def test_one_time_password_stores_nothing_until_its_owner_changed_it(world, at):
    """The administrator knows it, and has no part in what is measured."""
    person = add(world, at, roles=["analyst"])

    with pytest.raises(Refusal, match="an administrator set your password"):
        bench.log(world.cast, world, at=at, number="BAC-26-001", by=person)
    person = users.change_own_password(
        by=person, at=at, current=GOOD, new="my very own sentence"
    )
    with pytest.raises(Refusal, match="nobody of QA has confirmed since who has it"):
        bench.log(world.cast, world, at=at, number="BAC-26-001", by=person)
    person = members.confirmed(world, at, person)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", by=person)

    assert lot.logged_by == person


@pytest.mark.postgres
def test_one_time_password_signs_nothing_until_its_owner_changed_it(world, at):
    person = add(world, at, roles=["qa"])
    drafted = certificate_headers.draft_certificate_header(
        by=world.cast.olga, at=at, name="New name", address="There", telephone="1"
    )

    with pytest.raises(Refusal, match="an administrator set your password"):
        approve_certificate_header(drafted, by=person, at=at, password=GOOD)
    own = "my very own sentence"
    person = users.change_own_password(by=person, at=at, current=GOOD, new=own)
    person = members.confirmed(world, at, person)
    approve_certificate_header(drafted, by=person, at=at, password=own)

    drafted.refresh_from_db()
    assert (drafted.state, drafted.signature.by) == ("approved", person)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "wrong"}, "current"),
        ({"new": GOOD}, "new"),
        ({"new": "nadia haddad"}, "new"),
    ],
    ids=["wrong present one", "the same again", "the own name"],
)
def test_change_own_password_refuses(world, at, typed, field):
    person = add(world, at)

    with pytest.raises(Refusal) as refused:
        users.change_own_password(
            by=person, at=at, **{"current": GOOD, "new": "another sentence", **typed}
        )

    person.refresh_from_db()
    assert refused.value.field == field
    assert check_password(GOOD, person.password)


@pytest.mark.postgres
def test_set_password_makes_it_a_one_time_password(world, at):
    person = users.set_password(
        person=world.cast.lin, by=world.cast.admin, at=at, password=GOOD, reason="Lost"
    )

    assert (check_password(GOOD, person.password), person.must_change_password) == (
        True,
        True,
    )


@pytest.mark.postgres
def test_set_roles_keeps_old_and_new(world, at):
    users.set_roles(
        person=world.cast.lin,
        by=world.cast.admin,
        at=at,
        roles=["analyst", "reviewer"],
        reason="Trained",
    )

    entry = AuditEntry.objects.order_by("sequence").last()
    assert (entry.reason, entry.changes) == (
        "Trained",
        {"roles": [["analyst"], ["analyst", "reviewer"]]},
    )


@pytest.mark.postgres
@pytest.mark.parametrize("step", ["deactivate", "set_roles"])
def test_last_administrator_stays(world, at, step):
    facts = {"roles": ["auditor"]} if step == "set_roles" else {}

    with pytest.raises(Refusal) as refused:
        getattr(users, step)(
            person=world.cast.admin, by=world.cast.admin, at=at, reason="x", **facts
        )

    assert refused.value.code == "last-administrator"


@pytest.mark.postgres
def test_deactivated_person_acts_no_more(world, at):
    users.deactivate(person=world.cast.olga, by=world.cast.admin, at=at, reason="Left")

    with pytest.raises(Refusal) as refused:
        users.change_own_password(
            by=world.cast.olga, at=at, current="x", new="another sentence"
        )

    assert refused.value.code == "inactive"


@pytest.mark.postgres
def test_reactivated_person_comes_back_with_a_one_time_password(world, at):
    users.deactivate(person=world.cast.olga, by=world.cast.admin, at=at, reason="Leave")

    person = users.reactivate(
        person=world.cast.olga, by=world.cast.admin, at=at, password=GOOD, reason="Back"
    )

    assert (person.is_active, person.must_change_password) == (True, True)


# --- start_site ---------------------------------------------------------------------


def manage(database, *arguments, typed=""):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{database}",
            "DJANGO_SETTINGS_MODULE": "qatracker.settings",
        },
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("start_site", "root", "--name", "Ruth Oot", "--employee-number", "1"),
        ("load_demo",),
        ("verify_audit_trail",),
        ("verify_certificate", __file__),
        ("backup", "never-written.backup"),
        ("import_lots", __file__, "--map", __file__, "--by", "lin"),
        ("issue_certificates", "--by", "chen"),
    ],
)
def test_database_without_tables_is_refused_with_a_sentence(tmp_path, command):
    code, said = manage(tmp_path / "new.sqlite3", *command)

    assert code == 1
    assert "Run manage.py migrate first." in said
    assert "Traceback" not in said


def test_start_site_makes_an_empty_database_a_real_site_once(migrated):
    command = ("start_site", "root", "--name", "Ruth Oot", "--employee-number", "E-1")
    command += ("--password-fd", "0")

    weak = manage(migrated, *command, typed="short\n")
    made = manage(migrated, *command, typed=f"{GOOD}\n")
    again = manage(migrated, *command, typed=f"{GOOD}\n")

    with contextlib.closing(sqlite3.connect(migrated)) as kept:
        people = kept.execute("SELECT username, roles FROM lots_user").fetchall()
        sites = kept.execute("SELECT is_training FROM lots_installation").fetchall()
    assert (people, sites) == ([("root", '["administrator"]')], [(0,)])
    assert (weak[0], made[0], again[0]) == (1, 0, 1)
    assert "too short" in weak[1]
    assert "This is a real site now." in made[1]
    assert "This database is already in use" in again[1]
