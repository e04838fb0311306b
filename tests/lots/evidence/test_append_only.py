"""The triggers of append-only tables are there, or somebody is told.

The attack: who may alter the database drops a trigger and then changes what was
recorded. Its control: with the trigger the same statement is refused.
"""

import importlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction

from lots.apps import after_migrate
from lots.demo import bench
from lots.evidence import append_only, verification
from lots.models import Signature

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).resolve().parents[3]
EVENTS = (
    ("change", "truncate")
    if "postgres" in os.environ.get("DATABASE_URL", "")
    else ("update", "delete", "replace")
)
NAMES = [f"{table}_no_{event}" for table in append_only.TABLES for event in EVENTS]


def drop(name):
    """Drop a trigger, as whoever owns the database can."""
    table = name.partition("_no_")[0]
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER {name}{on}")


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def checked():
    """Return what `manage.py check --database default` says."""
    said = io.StringIO()
    try:
        call_command("check", databases=["default"], stdout=said)
    except SystemCheckError as error:
        return str(error)
    return said.getvalue()


def test_all_are_there(db):
    assert append_only.missing() == ()
    assert append_only.refused() == ""
    assert "no issues" in checked()
    assert append_only.shut() == ()


@pytest.mark.parametrize("name", NAMES)
def test_dropped_trigger_is_found_and_made_again(db, name):
    drop(name)

    verdict = verification.verify()

    assert (verdict.holds, verdict.unprotected) == (False, (name,))
    assert f"the triggers {name} are missing or altered" in checked()
    assert append_only.shut() == (name,)
    assert verification.verify().holds


def test_attack_is_refused_with_the_trigger_and_found_without(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    connection.check_constraints()
    forged = "UPDATE lots_signature SET printed_name = 'Somebody Else'"

    with pytest.raises(DatabaseError), transaction.atomic():
        run(forged)
    drop(NAMES[len(EVENTS)])
    run(forged)

    assert Signature.objects.filter(printed_name="Somebody Else").exists()
    verdict = verification.verify()
    assert verdict.unprotected == (NAMES[len(EVENTS)],)
    assert verdict.record_fault.table == "lots_signature"


def test_trigger_of_the_same_name_that_refuses_nothing_is_found(db):
    name = NAMES[0]
    drop(name)
    if connection.vendor == "postgresql":
        run(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$"
        )
        run(
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON lots_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION nothing()"
        )
    else:
        run(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON lots_auditentry WHEN 0"
            " BEGIN SELECT RAISE(ABORT, 'lots_auditentry is append-only'); END"
        )

    assert append_only.missing() == (name,)


def test_trigger_that_is_disabled_or_made_harmless_is_found(db):
    if connection.vendor != "postgresql":
        return  # SQLite has neither.
    run("ALTER TABLE lots_mark DISABLE TRIGGER lots_mark_no_change")
    assert append_only.missing() == ("lots_mark_no_change",)
    run(
        "CREATE OR REPLACE FUNCTION lots_append_only() RETURNS trigger"
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    )
    assert set(append_only.missing()) == set(NAMES)

    assert set(append_only.shut()) == set(NAMES)
    assert append_only.missing() == ()


def test_command_says_what_to_do(db):
    drop(NAMES[0])
    said = io.StringIO()

    with pytest.raises(SystemExit):
        call_command("verify_audit_trail", stdout=said)

    assert said.getvalue() == (
        "The audit trail is intact, but the database no longer protects it: the"
        f" triggers {NAMES[0]} are missing or altered. Find out who removed them;"
        " manage.py migrate --skip-checks makes them again.\n"
    )


def test_migrate_makes_again_what_an_altered_table_lost(db):
    """On SQLite Django alters a table by making it anew, without its triggers."""
    drop(NAMES[0])
    said = io.StringIO()

    after_migrate(plan=[], stdout=said)

    assert f"Made again, to keep records as they are: {NAMES[0]}." in said.getvalue()
    assert append_only.missing() == ()


def test_database_without_tables_is_not_called_unprotected(db, monkeypatch):
    monkeypatch.setattr(append_only, "is_made", lambda: False)

    assert "Run manage.py migrate first" in append_only.refused()
    assert append_only.check(databases=["default"]) == []
    # Without `--database` no check may ask a database.
    assert append_only.check(databases=None) == []


def served(address):
    """Load what gunicorn loads; return the exit code and what it says."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            "import qatracker.wsgi; print('served')",
        ],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "qatracker.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_site_is_not_served_without_its_tables(fresh):
    assert served(fresh) == (
        4,
        "The site is not served. This database does not have the tables of this"
        " program. Run manage.py migrate first.\n",
    )


@pytest.fixture(scope="module")
def wsgi(django_db_setup, django_db_blocker):
    """Return the module that a server loads; it asks the database as it is loaded."""
    with django_db_blocker.unblock():
        return importlib.import_module("qatracker.wsgi")


def test_site_is_not_served_without_its_triggers(wsgi, db, monkeypatch, capsys):
    monkeypatch.setattr(os, "_exit", sys.exit)
    assert wsgi.serve_only_what_is_protected()
    drop(NAMES[0])

    with pytest.raises(SystemExit) as ended:
        wsgi.serve_only_what_is_protected()

    assert (ended.value.code, capsys.readouterr().err) == (
        4,
        "The site is not served. The database no longer protects records from being"
        f" changed: the triggers {NAMES[0]} are missing or altered. Find out who"
        " removed them and run manage.py verify_audit_trail; then manage.py migrate"
        " --skip-checks makes them again. If a restore was interrupted, restore the"
        " file that it kept, if any, and then the backup again.\n",
    )


def test_nobody_mends_it_without_having_been_told(db):
    drop(NAMES[0])

    with pytest.raises(SystemCheckError):
        call_command("migrate", skip_checks=False, verbosity=0)
    assert append_only.missing() == (NAMES[0],)
    call_command("migrate", skip_checks=True, verbosity=0)

    assert append_only.missing() == ()


def test_site_starts_before_its_database_answers():
    address = "postgres://nobody@127.0.0.1:1/none"

    assert served(address) == (0, "served\n")
