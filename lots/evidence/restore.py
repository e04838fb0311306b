"""Restore: a backup takes the place of the database, and the trail says so."""

import datetime
import json
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.dateparse import parse_datetime

from lots.evidence import (
    append_only,
    audit,
    backup,
    database_dump,
    replaced_database,
    verification,
)
from lots.evidence.backup import DUMP, Manifest, NotRestored
from lots.models import AuditEntry, Installation, User
from lots.rules.refusal import Refusal

_OF_ACCOUNT = ("username", "printed_name", "password", "is_active", "roles")


@dataclass(frozen=True)
class Restored:
    """What a restore did: the backup's manifest, where what was there is kept, and
    what of it lives on.
    """

    manifest: Manifest
    kept: Path | None
    carried: dict[str, Any]


def restore(
    *,
    path: Path,
    at: datetime.datetime,
    replace: bool = False,
    person: str = "",
    reason: str = "",
) -> Restored:
    """Put the backup in the place of the database; return what was done.

    Refuses a file whose digest does not hold, one of another engine, of other
    migrations or of another installation, and a database that is not empty unless
    `replace` is given; what was there is then kept beside the file first. `person`
    proved to be it by password, and says why. Verifies the trail and the records, on
    SQLite before anything in use is replaced. Writes into the trail what the replaced
    database had; its numbers are not given again, its ended accounts stay ended, and
    each password is good for one sign-in.
    """
    manifest = backup.read(path=path)
    _check_fits(path, manifest)
    if not replace and not _is_empty():
        raise NotRestored(
            "not-empty",
            "The database is not empty; restore into an empty database, or use"
            " --replace to put the backup in its place.",
        )
    if replace:
        _check_asked(person, reason)
    kept, was = None, None

    def recorded() -> dict[str, Any]:
        return _recorded(manifest, was, at=at, person=person, reason=reason)

    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as folder:
            dump = Path(folder) / DUMP
            backup.unpack(path, manifest, dump)
            is_used = replace and not _is_empty()
            if is_used:
                was = replaced_database.look()
                if was is not None:
                    _check_same_site(path, dump, was)
            if connection.vendor == "sqlite":
                with database_dump.opened(dump):
                    fault = _fault(manifest)
                    if fault and is_used:
                        raise _unverified(path, fault)
                    carried = recorded()
            if is_used:
                kept = path.with_name(f"{path.name}.replaced-{at:%Y%m%dT%H%M%S%f}")
                _keep(kept, at, is_readable=was is not None)
            database_dump.load(dump)
    except (OSError, DatabaseError, sqlite3.Error) as error:
        raise NotRestored(
            "not-restored",
            "%(file)s was not restored (%(why)s); the database is as it was. Make room"
            " beside the file and beside the database, then repeat it.",
            file=str(path),
            why=backup.why(error),
        ) from error
    if connection.vendor != "sqlite":  # on PostgreSQL alone
        fault = _fault(manifest)
        carried = recorded()
    if fault:
        raise Refusal(
            "not-verified",
            "The backup was restored, but its audit trail or records fail verification"
            " (%(why)s); do not work with it until the cause is found. The earlier"
            " database is kept in %(kept)s.",
            kept=str(kept or "no file, for the database was empty"),
            why=fault,
        )
    return Restored(manifest, kept, carried)


def _recorded(
    manifest: Manifest,
    was: replaced_database.Replaced | None,
    *,
    at: datetime.datetime,
    person: str,
    reason: str,
) -> dict[str, Any]:
    """Write the restore into the trail; return what of the replaced database lives on.

    `person` is blank where the database was empty.
    """
    with audit.act(by=None, at=at, action="restore", reason=reason) as act:
        if connection.vendor == "postgresql":  # on PostgreSQL alone
            append_only.shut()
        carried: dict[str, Any] = {}
        if person:
            carried = {"person": person, **replaced_database.carry_over(act, was)}
        act.note(
            made_at=manifest.made_at,
            sha256=manifest.sha256,
            entries=manifest.entries,
            head=manifest.head,
            **carried,
        )
    return carried


def people(*, path: Path) -> dict[str, replaced_database.Account]:
    """Return the accounts of a backup, by username in small letters.

    For who restores it where nobody can be asked for in what it replaces.
    """
    manifest = backup.read(path=path)
    _check_fits(path, manifest)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as folder:
        dump = Path(folder) / DUMP
        backup.unpack(path, manifest, dump)
        return _accounts(dump)


def _check_asked(person: str, reason: str) -> None:
    if not person or not reason.strip():
        raise NotRestored(
            "asked",
            "The database is not empty, so a restore needs a person and a reason; name"
            " them with --by and --reason.",
        )


def _check_fits(path: Path, manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise NotRestored(
            "engine",
            "%(file)s is a backup of %(engine)s and this database is %(here)s; restore"
            " it there.",
            file=str(path),
            engine=manifest.engine,
            here=connection.vendor,
        )
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    newest = {f"{app}.{name}" for app, name in loader.graph.leaf_nodes()}
    applied = set(manifest.migrations)
    different = sorted((applied - known) | (newest - applied))
    if different:
        raise NotRestored(
            "migrations",
            "%(file)s was made by another version (it differs in %(different)s);"
            " restore it with that version, then upgrade.",
            file=str(path),
            different=", ".join(different)[:200],
        )


def _is_empty() -> bool:
    """Say whether nothing is there; a database that cannot be read is not empty."""
    try:
        return _holds_nothing()
    except DatabaseError:
        return False


def _holds_nothing() -> bool:
    if AuditEntry._meta.db_table not in connection.introspection.table_names():
        return True
    return not (AuditEntry.objects.exists() or User.objects.exists())


def _check_same_site(path: Path, dump: Path, was: replaced_database.Replaced) -> None:
    """Refuse the backup of another installation, and one that leaves no administrator.

    Each has numbers, people and records of its own, and a training site never becomes
    a real one.
    """
    there = {
        (row["is_training"] in (1, "t"), _moment(row["started_at"]))
        for row in database_dump.table(
            dump, Installation, ("is_training", "started_at")
        )
    }
    if was.site is not None and was.site not in there:
        raise NotRestored(
            "another-site",
            "Nothing was restored: %(file)s is the backup of another installation,"
            " whose records, numbers and people are not those of this database. Restore"
            " it into an empty database.",
            file=str(path),
        )
    if was.accounts:
        replaced_database.refuse_without_administrator(was, _accounts(dump))


def _moment(text: str) -> datetime.datetime | None:
    """Return the moment that a dump tells; SQLite leaves out that it is UTC."""
    told = parse_datetime(text)
    if told is not None and told.tzinfo is None:
        told = told.replace(tzinfo=datetime.UTC)
    return told


def _accounts(dump: Path) -> dict[str, replaced_database.Account]:
    """Return the accounts that a dump holds."""
    accounts = [
        replaced_database.Account(
            username=row["username"],
            printed_name=row["printed_name"],
            password=row["password"],
            is_active=row["is_active"] in (1, "t"),
            roles=tuple(json.loads(row["roles"])),
        )
        for row in database_dump.table(dump, User, _OF_ACCOUNT)
    ]
    return {one.key: one for one in accounts}


def _keep(kept: Path, at: datetime.datetime, *, is_readable: bool) -> None:
    """Keep what is there beside the backup: as a backup, or as it is."""
    if is_readable:
        backup.write(path=kept, at=at)
    elif connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.close()
        for end in ("", "-wal", "-shm"):
            if Path(f"{name}{end}").exists():
                shutil.move(f"{name}{end}", f"{kept}{end}")
    else:  # on PostgreSQL alone
        database_dump.run("pg_dump", "--format=custom", f"--file={kept}")


def _fault(manifest: Manifest) -> str:
    """Return what the verification finds in what was restored; blank: nothing."""
    verdict = verification.verify()
    if verdict.chain_break:
        place, fault = verdict.chain_break.sequence, verdict.chain_break.fault
        return f"entry {place} of the trail is {fault}"
    if verdict.record_fault:
        return str(verdict.record_fault)
    if verdict.set_back:
        return f"entry {verdict.set_back} of the trail is earlier than one before it"
    if missing := set(verdict.unprotected) - set(database_dump.left_open()):
        return f"it lacks the triggers {', '.join(sorted(missing))}"
    if (verdict.entries, verdict.head) != (manifest.entries, manifest.head):
        return "it ends elsewhere"
    return ""


def _unverified(path: Path, fault: str) -> NotRestored:
    return NotRestored(
        "not-verified",
        "Nothing was restored: the audit trail or the records of %(file)s fail"
        " verification (%(why)s). The database is as it was; take another backup, or"
        " restore this one into an empty database and look for the cause.",
        file=str(path),
        why=fault,
    )
