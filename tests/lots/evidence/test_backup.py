"""A backup taken while others write is whole, and restores only what it says it is."""

import contextlib
import datetime
import hashlib
import io
import json
import os
import resource
import sqlite3
import threading
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from lots.demo import bench
from lots.evidence import (
    append_only,
    audit,
    backup,
    database_dump,
    restore,
    verification,
)
from lots.models import AuditEntry, Lot, User
from lots.rules.refusal import Refusal
from tests.lots.evidence.another_site import manage

pytestmark = pytest.mark.postgres

# Who replaces a database; that they are asked for is in test_replaced.py.
BY = {"person": "Ada Byron (admin)", "reason": "Disk lost"}


@pytest.fixture
def written(transactional_db, world, at):
    """A database with a lot and its results, committed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    return world


def packed(path, *, manifest=None, dump=None):
    """Rewrite a backup with another manifest or dump."""
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read(backup.MANIFEST))
        data = archive.read(backup.DUMP)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(backup.MANIFEST, json.dumps(told | (manifest or {})))
        archive.writestr(backup.DUMP, dump(data) if dump else data)


def resigned(path, change):
    """Rewrite the dump of a backup, and its manifest so that it agrees."""
    with zipfile.ZipFile(path) as archive:
        data = change(archive.read(backup.DUMP))
    told = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    packed(path, manifest=told, dump=change)


def test_a_backup_says_what_it_holds(written, at, tmp_path):
    path = tmp_path / "today.backup"
    said = io.StringIO()

    call_command("backup", str(path), stdout=said)

    manifest = backup.read(path=path)
    verdict = verification.verify()
    assert (manifest.entries, manifest.head, sum(manifest.rows.values())) == (
        verdict.entries,
        verdict.head,
        verdict.records,
    )
    assert said.getvalue() == (
        f"{path}: {verdict.entries} audit entries, the last with checksum"
        f" {verdict.head}; {verdict.records} records; SHA-256 of the database"
        f" {manifest.sha256}. Keep a copy elsewhere.\n"
    )
    assert (path.stat().st_mode & 0o777, os.listdir(tmp_path)) == (
        0o600,
        ["today.backup"],
    )


def test_a_backup_taken_while_others_write_restores_and_verifies(
    written, at, tmp_path, fresh
):
    path = tmp_path / "busy.backup"
    stop, logged = threading.Event(), []

    def write():
        try:
            with audit.replaying():
                while not stop.is_set():
                    number = f"BAC-26-{len(logged) + 100}"
                    bench.log(written.cast, written, at=at, number=number)
                    logged.append(number)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(logged) < 3:
            assert writer.is_alive()
        manifest = backup.write(path=path, at=at)
        soon = len(logged) + 3
        while len(logged) < soon:
            assert writer.is_alive()
    finally:
        stop.set()
        writer.join()

    restored = manage(fresh, "restore", path)
    verified = manage(fresh, "verify_audit_trail", "--json")

    assert restored == (
        0,
        f"Restored the backup of {manifest.made_at}: {manifest.entries} audit entries;"
        " trail and records were verified.\n",
    )
    code, said = verified
    told = json.loads(said)
    # The restore is itself the next entry.
    assert (code, told["holds"], told["entries"], told["records"]) == (
        0,
        True,
        manifest.entries + 1,
        sum(manifest.rows.values()),
    )
    assert AuditEntry.objects.count() > manifest.entries
    assert verification.verify().holds


def test_restoring_over_a_database_in_use_keeps_what_was_there(written, at, tmp_path):
    path = tmp_path / "before.backup"
    manifest = backup.write(path=path, at=at)
    bench.log(written.cast, written, at=at, number="BAC-26-002")

    with pytest.raises(CommandError) as caught:
        call_command("restore", str(path))
    assert str(caught.value) == (
        "The database is not empty; restore into an empty database, or use --replace"
        " to put the backup in its place."
    )
    restore.restore(path=path, at=at, replace=True, **BY)

    [kept] = tmp_path.glob("before.backup.replaced-*")
    last = AuditEntry.objects.order_by("-sequence").first()
    assert list(Lot.objects.values_list("number", flat=True)) == ["BAC-26-001"]
    people = User.objects.count()
    assert (last.action, last.sequence, last.changes["sha256"]) == (
        "restore",
        manifest.entries + people + 1,
        [None, manifest.sha256],
    )
    assert backup.read(path=kept).rows["lots_lot"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dump": lambda data: data[:-1] + bytes([data[-1] ^ 1])}, "digest"),
        ({"dump": lambda data: data[: len(data) // 2]}, "digest"),
        ({"dump": lambda data: data + b"more"}, "digest"),
        ({"manifest": {"sha256": "0" * 64}}, "digest"),
        ({"manifest": {"engine": "oracle"}}, "engine"),
        ({"manifest": {"format": 2}}, "format"),
        ({"manifest": {"product": "another"}}, "no-backup"),
        ({"manifest": {"migrations": ["lots.0001_initial"]}}, "migrations"),
        ({"manifest": {"migrations": None}}, "no-backup"),
        ({"manifest": {"more": 1}}, "no-backup"),
    ],
    ids=[
        "one bit",
        "cut",
        "longer",
        "digest",
        "engine",
        "format",
        "product",
        "version",
        "no migrations",
        "a further fact",
    ],
)
def test_a_backup_that_is_not_what_it_says_is_refused(
    written, at, tmp_path, change, code
):
    path = tmp_path / "altered.backup"
    backup.write(path=path, at=at)
    packed(path, **change)
    before = AuditEntry.objects.count()

    with pytest.raises(backup.NotRestored) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    assert (caught.value.code, AuditEntry.objects.count()) == (code, before)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\x00"])
def test_another_file_is_no_backup(db, at, tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)

    with pytest.raises(CommandError) as caught:
        call_command("restore", str(path))

    assert str(caught.value) == f"{path} is not a backup of this product."


def test_a_file_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError) as caught:
        call_command("restore", str(tmp_path / "none"))

    assert str(caught.value) == f"There is no file {tmp_path / 'none'}; check the name."


def test_a_zip_of_something_else_is_no_backup(db, tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(backup.MANIFEST, "{}")

    with pytest.raises(CommandError) as caught:
        call_command("restore", str(path))

    assert str(caught.value) == f"{path} is not a backup of this product."


def test_a_damaged_file_is_refused_before_anything_is_replaced(written, at, tmp_path):
    path = tmp_path / "damaged.backup"
    backup.write(path=path, at=at)
    content = bytearray(path.read_bytes())
    # In the midst of the packed dump, which is nearly all of the file.
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = verification.verify()

    with pytest.raises(backup.NotRestored) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    assert (caught.value.code, verification.verify()) == ("digest", before)


def altered(data):
    """Return the dump with another quantity on a lot, as SQL writes it."""
    return data.replace(b"6 HDPE drums of 25 kg", b"9 HDPE drums of 25 kg")


@pytest.mark.parametrize("change", ["cut", "record"])
def test_a_backup_that_fails_verification_does_not_take_the_place(
    written, at, tmp_path, change, monkeypatch
):
    """On SQLite; PostgreSQL restores first, and then writes down that it did."""
    path = tmp_path / "cut.backup"
    manifest = backup.write(path=path, at=at)
    if change == "cut":
        packed(path, manifest={"entries": manifest.entries + 1})
    elif connection.vendor == "sqlite":
        resigned(path, altered)
    else:
        return  # The dump of PostgreSQL is packed.
    before = verification.verify()

    with pytest.raises(Refusal) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    if connection.vendor == "sqlite":
        why = {"cut": "it ends elsewhere", "record": "entry "}
        assert str(caught.value).startswith(
            f"Nothing was restored: the audit trail or the records of {path} fail"
            f" verification ({why[change]}"
        )
        assert str(caught.value).endswith("database and look for the cause.")
        assert (verification.verify(), os.listdir(tmp_path)) == (before, [path.name])
        assert not AuditEntry.objects.filter(action="restore").exists()
        # The control: nothing is verified, and it takes the place.
        monkeypatch.setattr(restore, "_fault", lambda _manifest: "")
        restore.restore(path=path, at=at, replace=True, **BY)
        assert AuditEntry.objects.filter(action="restore").exists()
        return
    [kept] = tmp_path.glob("cut.backup.replaced-*")
    assert str(caught.value) == (
        "The backup was restored, but its audit trail or records fail verification (it"
        " ends elsewhere); do not work with it until the cause is found. The earlier"
        f" database is kept in {kept}."
    )
    assert AuditEntry.objects.filter(action="restore", row="").exists()
    assert all(User.objects.values_list("must_change_password", flat=True))


def test_a_backup_that_fails_verification_can_be_looked_at(
    written, at, tmp_path, fresh
):
    """In an empty database nothing is lost, and after a loss there may be no other."""
    path = tmp_path / "cut.backup"
    manifest = backup.write(path=path, at=at)
    packed(path, manifest={"entries": manifest.entries + 1})

    code, said = manage(fresh, "restore", path)

    assert code == 1
    assert "fail verification (it ends elsewhere); do not work with it" in said
    assert manage(fresh, "verify_audit_trail")[0] == 0


class PowerCut(BaseException):
    """The process ended here."""


def cut(*_arguments, **_more):
    raise PowerCut


def test_a_restore_that_is_cut_off_leaves_the_database_as_it_was(
    written, at, tmp_path, monkeypatch
):
    """The attack: stopped before it says so, it would give numbers a second time."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL restores by a tool of its own, and then says so.
    path = tmp_path / "before.backup"
    backup.write(path=path, at=at)
    bench.log(written.cast, written, at=at, number="BAC-26-002")
    before = verification.verify()

    for module, step in (
        (restore, "_fault"),
        (restore, "_recorded"),
        (restore, "_keep"),
        (database_dump, "load"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(module, step, cut)
            with pytest.raises(PowerCut):
                restore.restore(path=path, at=at, replace=True, **BY)
        assert verification.verify() == before
        assert Lot.objects.filter(number="BAC-26-002").exists()


def test_nothing_is_served_after_a_restore_that_was_cut_off(
    written, at, tmp_path, monkeypatch
):
    """On PostgreSQL; the way on is what the refusal says."""
    if connection.vendor != "postgresql":
        return
    path = tmp_path / "before.backup"
    backup.write(path=path, at=at)
    bench.log(written.cast, written, at=at, number="BAC-26-002")

    with monkeypatch.context() as patched:
        patched.setattr(restore, "_fault", cut)
        with pytest.raises(PowerCut):
            restore.restore(path=path, at=at, replace=True, **BY)

    assert "If a restore was interrupted, restore the file" in append_only.refused()
    assert not AuditEntry.objects.filter(action="restore").exists()
    [kept] = tmp_path.glob("before.backup.replaced-*")
    restore.restore(path=kept, at=at, replace=True, **BY)
    assert Lot.objects.filter(number="BAC-26-002").exists()
    assert append_only.refused() == ""
    # The control: the dump with all its triggers is served at once.
    monkeypatch.setattr(database_dump, "_UNTIL_RECORDED", "no trigger of this name")
    monkeypatch.setattr(restore, "_fault", cut)
    later = at + datetime.timedelta(seconds=1)
    with pytest.raises(PowerCut):
        restore.restore(path=path, at=later, replace=True, **BY)
    assert append_only.refused() == ""


def test_no_file_is_written_over(db, at, tmp_path):
    path = tmp_path / "old.backup"
    path.write_bytes(b"precious")

    with pytest.raises(CommandError) as caught:
        call_command("backup", str(path))

    assert (str(caught.value), path.read_bytes()) == (
        f"{path} already exists and a backup never overwrites a file; name another"
        " file.",
        b"precious",
    )


@contextlib.contextmanager
def full_disk():
    """Let no file grow beyond a few pages, as on a disk that is full.

    Not for longer than the act: the report of the run may itself go to a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_nothing_behind(written, at, tmp_path):
    path = tmp_path / "today.backup"

    with full_disk(), pytest.raises(Refusal) as caught:
        backup.write(path=path, at=at)

    if connection.vendor == "sqlite":
        assert str(caught.value).startswith(f"{path} cannot be written (")
    else:
        assert str(caught.value).startswith("pg_dump failed: ")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_the_database_as_it_was(written, at, tmp_path):
    path = tmp_path / "before.backup"
    backup.write(path=path, at=at)
    before = verification.verify()

    with full_disk(), pytest.raises(backup.NotRestored) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    assert str(caught.value).startswith(f"{path} was not restored (File too large); ")
    assert (verification.verify(), os.listdir(tmp_path)) == (before, ["before.backup"])


def test_a_missing_tool_is_named(written, at, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "today.backup"

    if connection.vendor == "sqlite":
        # It needs no tool.
        backup.write(path=path, at=at)
        assert os.listdir(tmp_path) == ["today.backup"]
        return
    with pytest.raises(Refusal) as caught:
        backup.write(path=path, at=at)

    assert str(caught.value) == (
        "pg_dump is not installed on this machine; install the PostgreSQL client tools"
        " of the server's version."
    )
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError) as caught:
        call_command("backup", str(tmp_path / "none" / "today.backup"))

    assert str(caught.value) == (
        f"The folder {tmp_path / 'none'} does not exist; make it first."
    )


def altered_by_sql(path, *statements):
    """Change the dump of a backup by SQL, and let its manifest agree; SQLite alone."""

    def change(data):
        dump = path.with_name("altered")
        dump.write_bytes(data)
        with contextlib.closing(sqlite3.connect(dump)) as copy:
            for statement in statements:
                copy.execute(statement)
            copy.commit()
        return dump.read_bytes()

    resigned(path, change)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE lots_lot SET packaging = '9 drums'", "lots_lot"),
        (
            "DROP TRIGGER lots_auditentry_no_update",
            "it lacks the triggers lots_auditentry_no_update",
        ),
    ],
    ids=["record", "trigger"],
)
def test_a_backup_that_was_altered_by_sql_does_not_take_the_place(
    written, at, tmp_path, statement, why
):
    if connection.vendor != "sqlite":
        return  # The dump of PostgreSQL is read by its own tools alone.
    path = tmp_path / "altered.backup"
    backup.write(path=path, at=at)
    altered_by_sql(path, statement)

    with pytest.raises(backup.NotRestored) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    assert caught.value.code == "not-verified"
    assert why in str(caught.value)


def test_a_backup_whose_clock_was_set_back_does_not_take_the_place(
    written, at, tmp_path, monkeypatch
):
    if connection.vendor != "sqlite":
        return  # PostgreSQL restores first, and then says so.
    path = tmp_path / "back.backup"
    with monkeypatch.context() as patched:
        patched.setattr(audit.Act, "_refuse_set_back", lambda *_arguments: None)
        earlier = at - datetime.timedelta(hours=1)
        bench.log(written.cast, written, at=earlier, number="BAC-26-002")
    backup.write(path=path, at=at)

    with pytest.raises(backup.NotRestored) as caught:
        restore.restore(path=path, at=at, replace=True, **BY)

    assert "of the trail is earlier than one before it" in str(caught.value)
