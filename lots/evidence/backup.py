"""Backup: the whole database in one file, and restoring it.

The file is a zip of a manifest and the database's own dump. The manifest names the
engine, the migrations, the number of rows, the end of the audit trail and the SHA-256
of the dump (assurance.md T-45). Attached files are in the database too.
"""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.dateparse import parse_datetime

from lots.evidence import append_only, audit, replaced_database, verification
from lots.models import AuditEntry, Installation, User
from lots.rules import chain
from lots.rules.formats import Format, UnknownFormat
from lots.rules.refusal import Refusal

BACKUP = Format("backup", number=1)
PRODUCT = "qatracker"
MANIFEST, DUMP = "manifest.json", "database"
# The trigger without which the site is not served.
_UNTIL_RECORDED = "lots_auditentry_no_change"
_PIECE = 1024 * 1024
_LARGEST_MANIFEST = 1024 * 1024


class NotBackedUp(Refusal):
    """No backup was written."""


class NotRestored(Refusal):
    """The database was left as it was."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    product: str
    format: int
    made_at: str
    engine: str
    migrations: tuple[str, ...]
    entries: int
    head: str
    rows: dict[str, int]
    size: int
    sha256: str


@dataclass(frozen=True)
class Restored:
    """What a restore did: the backup's manifest, where what was there is kept, and
    what of it lives on.
    """

    manifest: Manifest
    kept: Path | None
    carried: dict[str, Any]


def write(*, path: Path, at: datetime.datetime) -> Manifest:
    """Write a backup of the database as it is at one moment; return its manifest.

    Others go on writing meanwhile. Nothing is left behind when it fails, and no file
    is written over.
    """
    if path.exists():
        raise NotBackedUp(
            "exists",
            "%(file)s already exists and a backup never overwrites a file; name"
            " another file.",
            file=str(path),
        )
    if not path.parent.is_dir():
        raise NotBackedUp(
            "folder",
            "The folder %(folder)s does not exist; make it first.",
            folder=str(path.parent),
        )
    try:
        return _write(path, at)
    except (OSError, sqlite3.Error) as error:
        # Both name the cause: no space left, no right to write, a disk that fails.
        raise NotBackedUp(
            "not-written",
            "%(file)s cannot be written (%(why)s); nothing was left behind. Make room,"
            " or name a file in another folder.",
            file=str(path),
            why=_why(error),
        ) from error


def _write(path: Path, at: datetime.datetime) -> Manifest:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dump = Path(folder) / DUMP
        described = _dump(dump)
        manifest = Manifest(
            product=PRODUCT,
            format=BACKUP.number,
            made_at=at.isoformat(),
            engine=connection.vendor,
            size=dump.stat().st_size,
            sha256=_sha256(dump),
            **described,
        )
        packed = Path(folder) / "packed"
        # The dump holds password hashes: nobody else may read it.
        with os.fdopen(os.open(packed, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
                archive.write(dump, DUMP)
            file.flush()
            os.fsync(file.fileno())
        packed.rename(path)
    return manifest


def _why(error: Exception) -> str:
    """Return what the operating system or the database says of the cause."""
    return getattr(error, "strerror", None) or str(error)


def read(*, path: Path) -> Manifest:
    """Return what the backup says of itself; raise NotRestored if it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sorted(archive.namelist()) != sorted((MANIFEST, DUMP)):
                raise _no_backup(path)
            with archive.open(MANIFEST) as file:
                told = json.loads(file.read(_LARGEST_MANIFEST))
    except FileNotFoundError:
        raise NotRestored(
            "no-file", "There is no file %(file)s; check the name.", file=str(path)
        ) from None
    except (zipfile.BadZipFile, ValueError, OSError):
        raise _no_backup(path) from None
    if not isinstance(told, dict) or told.get("product") != PRODUCT:
        raise _no_backup(path)
    try:
        manifest: Manifest = BACKUP.read(told)
    except UnknownFormat:
        raise NotRestored(
            "format",
            "%(file)s is a backup of format %(format)s and this version reads formats"
            " 1 to %(known)s; restore it with the version that made it.",
            file=str(path),
            format=told.get("format"),
            known=BACKUP.number,
        ) from None
    except (TypeError, KeyError):
        raise _no_backup(path) from None
    return manifest


@BACKUP.reads(1)
def _manifest(told: dict[str, Any]) -> Manifest:
    return Manifest(**{**told, "migrations": tuple(told["migrations"])})


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
    manifest = read(path=path)
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
            _unpack(path, manifest, dump)
            is_used = replace and not _is_empty()
            if is_used:
                was = replaced_database.look()
                if was is not None:
                    _check_same_site(path, dump, was)
            if connection.vendor == "sqlite":
                with _opened(dump):
                    fault = _fault(manifest)
                    if fault and is_used:
                        raise _unverified(path, fault)
                    carried = recorded()
            if is_used:
                kept = path.with_name(f"{path.name}.replaced-{at:%Y%m%dT%H%M%S%f}")
                _keep(kept, at, is_readable=was is not None)
            _load(dump)
    except (OSError, DatabaseError, sqlite3.Error) as error:
        raise NotRestored(
            "not-restored",
            "%(file)s was not restored (%(why)s); the database is as it was. Make room"
            " beside the file and beside the database, then repeat it.",
            file=str(path),
            why=_why(error),
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


@contextlib.contextmanager
def _opened(dump: Path) -> Iterator[None]:
    """Let the dump be the database, so that it takes the place of the other one whole.

    What is restored is verified and says so in its trail before anybody can work with
    it, whatever ends the restore in between.
    """
    here = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(dump)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here


def _check_same_site(path: Path, dump: Path, was: replaced_database.Replaced) -> None:
    """Refuse the backup of another installation, and one that leaves no administrator.

    Each has numbers, people and records of its own, and a training site never becomes
    a real one.
    """
    there = {
        (row["is_training"] in (1, "t"), _moment(row["started_at"]))
        for row in _table(dump, Installation, ("is_training", "started_at"))
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


def _check_asked(person: str, reason: str) -> None:
    if not person or not reason.strip():
        raise NotRestored(
            "asked",
            "The database is not empty, so a restore needs a person and a reason; name"
            " them with --by and --reason.",
        )


def _keep(kept: Path, at: datetime.datetime, *, is_readable: bool) -> None:
    """Keep what is there beside the backup: as a backup, or as it is."""
    if is_readable:
        write(path=kept, at=at)
    elif connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        connection.close()
        for end in ("", "-wal", "-shm"):
            if Path(f"{name}{end}").exists():
                shutil.move(f"{name}{end}", f"{kept}{end}")
    else:  # on PostgreSQL alone
        _run("pg_dump", "--format=custom", f"--file={kept}")


def people(*, path: Path) -> dict[str, replaced_database.Account]:
    """Return the accounts of a backup, by username in small letters.

    For who restores it where nobody can be asked for in what it replaces.
    """
    manifest = read(path=path)
    _check_fits(path, manifest)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as folder:
        dump = Path(folder) / DUMP
        _unpack(path, manifest, dump)
        return _accounts(dump)


_OF_ACCOUNT = ("username", "printed_name", "password", "is_active", "roles")


def _table(
    dump: Path, model: type[models.Model], columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return these columns of a table that a dump holds, without restoring it."""
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as copy:
            rows = copy.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]
    told = _run(  # on PostgreSQL alone
        "pg_restore", "--data-only", f"--table={table}", "--file=-", str(dump),
        has_database=False,
    )  # fmt: skip
    return _copied(told)  # on PostgreSQL alone


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
        for row in _table(dump, User, _OF_ACCOUNT)
    ]
    return {one.key: one for one in accounts}


def _copied(told: str) -> list[dict[str, str]]:  # on PostgreSQL alone
    """Return the rows of a COPY as pg_restore writes it."""
    found, columns = [], None
    for line in told.split("\n"):
        if line.startswith("COPY "):
            columns = line.partition("(")[2].partition(")")[0].split(", ")
        elif line == "\\.":
            columns = None
        elif columns:
            values = [
                one.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
                for one in line.split("\t")
            ]
            found.append(dict(zip(columns, values, strict=True)))
    return found


def _no_backup(path: Path) -> NotRestored:
    return NotRestored(
        "no-backup", "%(file)s is not a backup of this product.", file=str(path)
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _described(query: Callable[[str], list[Any]]) -> dict[str, Any]:
    """Return migrations, rows and the end of the trail, asked by plain SQL."""
    tables = sorted(model._meta.db_table for model in verification.evidence())
    head = query(
        "SELECT sequence, digest FROM lots_auditentry ORDER BY sequence DESC LIMIT 1"
    )
    return {
        "migrations": tuple(
            f"{app}.{name}"
            for app, name in query(
                "SELECT app, name FROM django_migrations ORDER BY app, name"
            )
        ),
        "entries": head[0][0] if head else 0,
        "head": head[0][1] if head else chain.START,
        "rows": {
            table: query(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables
        },
    }


def _dump(dump: Path) -> dict[str, Any]:
    """Write the database's own dump and return what it holds, of one moment."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as copy:
            # In one step: a moment's read lock, and in WAL writers go on.
            connection.connection.backup(copy)
            # The copy is one file, without a write-ahead log beside it.
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()
            return _described(lambda sql: copy.execute(sql).fetchall())
    with transaction.atomic(), connection.cursor() as cursor:  # on PostgreSQL alone
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def query(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        described = _described(query)
        [(snapshot,)] = query("SELECT pg_export_snapshot()")
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        return described


def _load(dump: Path) -> None:
    """Put the dump in the place of the database.

    On PostgreSQL without one trigger, so that nothing is served from it before its
    trail says what it took the place of (`append_only.refused`).
    """
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(dump)) as source:
            source.backup(connection.connection)
    else:  # on PostgreSQL alone
        order = dump.with_name("order")
        listed = _run("pg_restore", "--list", str(dump), has_database=False)
        order.write_text(
            "".join(
                line
                for line in listed.splitlines(keepends=True)
                if f" {_UNTIL_RECORDED} " not in line
            )
        )
        _run(
            "pg_restore",
            f"--use-list={order}",
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(dump),
        )
    connection.close()


def _run(
    tool: str, *arguments: str, has_database: bool = True
) -> str:  # on PostgreSQL alone
    """Run one of PostgreSQL's own tools, on this database; return what it says."""
    found = shutil.which(tool)
    if found is None:
        raise Refusal(
            "no-tool",
            "%(tool)s is not installed on this machine; install the PostgreSQL client"
            " tools of the server's version.",
            tool=tool,
        )
    settings = connection.settings_dict
    options = {"--dbname": settings["NAME"]} if has_database else {}
    for option, key in (("--host", "HOST"), ("--port", "PORT"), ("--username", "USER")):
        if has_database and settings.get(key):
            options[option] = str(settings[key])
    environment = os.environ | {"PGPASSWORD": settings.get("PASSWORD") or ""}
    done = subprocess.run(
        [found, *(f"{key}={value}" for key, value in options.items()), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(
            "tool-failed",
            "%(tool)s failed: %(why)s",
            tool=tool,
            why=" ".join(done.stderr.split())[:300],
        )
    return done.stdout


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


def _unpack(path: Path, manifest: Manifest, dump: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(DUMP) as packed,
            dump.open("wb") as file,
        ):
            while piece := packed.read(_PIECE):
                size += len(piece)
                if size > manifest.size:
                    break
                digest.update(piece)
                file.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise _altered(path) from error
    if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise _altered(path)


def _altered(path: Path) -> NotRestored:
    return NotRestored(
        "digest",
        "%(file)s is damaged or was altered: its content does not have the SHA-256"
        " that its manifest names; take another copy.",
        file=str(path),
    )


def _unverified(path: Path, fault: str) -> NotRestored:
    return NotRestored(
        "not-verified",
        "Nothing was restored: the audit trail or the records of %(file)s fail"
        " verification (%(why)s). The database is as it was; take another backup, or"
        " restore this one into an empty database and look for the cause.",
        file=str(path),
        why=fault,
    )


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
    if missing := set(verdict.unprotected) - set(_left_open()):
        return f"it lacks the triggers {', '.join(sorted(missing))}"
    if (verdict.entries, verdict.head) != (manifest.entries, manifest.head):
        return "it ends elsewhere"
    return ""


def _left_open() -> tuple[str, ...]:
    """Return the trigger that `_load` leaves out until the restore is in the trail."""
    return (_UNTIL_RECORDED,) if connection.vendor == "postgresql" else ()
