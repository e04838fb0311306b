"""Backup: the whole database in one file.

The file is a zip of a manifest and the database's own dump. The manifest names the
engine, the migrations, the number of rows, the end of the audit trail and the SHA-256
of the dump (assurance.md T-45). Attached files are in the database too.
"""

import datetime
import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from lots.evidence import database_dump
from lots.rules.formats import Format, UnknownFormat
from lots.rules.refusal import Refusal

BACKUP = Format("backup", number=1)
PRODUCT = "qatracker"
MANIFEST, DUMP = "manifest.json", "database"
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
            why=why(error),
        ) from error


def _write(path: Path, at: datetime.datetime) -> Manifest:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dump = Path(folder) / DUMP
        described = database_dump.write(dump)
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


def why(error: Exception) -> str:
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


def unpack(path: Path, manifest: Manifest, dump: Path) -> None:
    """Write the dump of a backup into a file; raise NotRestored if it was altered."""
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


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _no_backup(path: Path) -> NotRestored:
    return NotRestored(
        "no-backup", "%(file)s is not a backup of this product.", file=str(path)
    )


def _altered(path: Path) -> NotRestored:
    return NotRestored(
        "digest",
        "%(file)s is damaged or was altered: its content does not have the SHA-256"
        " that its manifest names; take another copy.",
        file=str(path),
    )
