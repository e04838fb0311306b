"""Check that the audit trail holds, and that every record is what it says.

Two questions: is the chain whole, and does every row of evidence equal what its last
entry says (architecture.md 6.5). Reads in pieces, never writes. Imports audit and
models; the command and `restore` import it.
"""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction

from lots import audit
from lots.models import AuditEntry, Standing
from lots.rules import chain

APPS = ("lots", "reports")
# The trail itself is checked as a chain; the read model can be rebuilt any time.
NOT_EVIDENCE = (AuditEntry, Standing)
ROWS_AT_ONCE = 500
# Rows that carry files: ten megabytes each at most.
FILES_AT_ONCE = 4


@dataclass(frozen=True)
class Fault:
    """A record that is not what the trail says: which, and in what way."""

    table: str
    record: str
    fault: str

    def __str__(self):
        return f"{self.table} {self.record}: {self.fault}"


@dataclass(frozen=True)
class Verdict:
    """What a check found: separate facts, then `holds` as their sum."""

    entries: int
    head: str
    records: int
    chain_break: chain.Break | None
    record_fault: Fault | None

    @property
    def holds(self):
        return self.chain_break is None and self.record_fault is None


def verify() -> Verdict:
    """Return what the trail and the records say, as of one moment."""
    with snapshot():
        seen = _Seen()
        chain_break = chain.first_break(seen.through(audit.entries_of_chain()))
        counted = [0]
        # Records are compared with entries, so only a whole chain can accuse them.
        record_fault = None if chain_break else next(_faults(counted), None)
        return Verdict(
            entries=seen.entries,
            head=seen.head,
            records=counted[0],
            chain_break=chain_break,
            record_fault=record_fault,
        )


def evidence() -> tuple[type[models.Model], ...]:
    """Return every model whose rows the trail must account for."""
    return tuple(
        model
        for label in APPS
        if apps.is_installed(label)
        for model in apps.get_app_config(label).get_models()
        if model not in NOT_EVIDENCE
    )


class _Seen:
    """Counts the entries that pass through, and keeps the last digest."""

    def __init__(self):
        self.entries, self.head = 0, chain.START

    def through(self, entries):
        for link, stored in entries:
            self.entries, self.head = self.entries + 1, stored
            yield link, stored


@contextlib.contextmanager
def snapshot():
    """Read everything as it was at one moment, while others go on writing.

    A plain transaction would be a writer on SQLite (architecture.md 6.6) and see
    each statement's own moment on PostgreSQL; both would raise false alarms
    (assurance.md T-06).
    """
    connection.ensure_connection()
    sqlite = connection.vendor == "sqlite"
    if connection.in_atomic_block or (sqlite and connection.connection.in_transaction):
        yield
    elif sqlite:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _faults(counted) -> Iterator[Fault]:
    for model in evidence():
        yield from _altered(model, counted)
        yield from _lost(model)
    yield from _of_no_table()


def _altered(model, counted):
    """Yield the rows that have no entry, or differ from what their last one says."""
    table = model._meta.db_table
    for rows in _in_pieces(model):
        said = _said_last(table, [str(row.pk) for row in rows])
        for row in rows:
            counted[0] += 1
            digest = said.get(str(row.pk))
            if digest is None:
                yield Fault(table, str(row.pk), "is not in the audit trail")
            elif digest == "":
                yield Fault(table, str(row.pk), "was removed and is there again")
            elif digest != audit.row_digest(row):
                yield Fault(table, str(row.pk), "differs from its last audit entry")


def _lost(model):
    """Yield the records that entries speak of and that are gone without one."""
    table = model._meta.db_table
    records = (
        AuditEntry.objects.filter(table=table)
        .exclude(row="")
        .order_by("record")
        .values_list("record", flat=True)
        .distinct()
        .iterator(chunk_size=ROWS_AT_ONCE)
    )
    while piece := list(itertools.islice(records, ROWS_AT_ONCE)):
        there = {
            str(pk)
            for pk in model._default_manager.filter(pk__in=piece).values_list(
                "pk", flat=True
            )
        }
        missing = [record for record in piece if record not in there]
        said = _said_last(table, missing)
        for record in missing:
            if said[record] != "":
                yield Fault(table, record, "is gone without an audit entry")


def _of_no_table():
    """Yield the entries that speak of rows in a table that is not evidence."""
    known = [model._meta.db_table for model in evidence()]
    stray = (
        AuditEntry.objects.exclude(table__in=known)
        .exclude(row="")
        .order_by("sequence")
        .first()
    )
    if stray is not None:
        yield Fault(stray.table, stray.record, "is in a table that is not known")


def _said_last(table, records):
    """Return the digest that the last entry gives each record, "" for a removal.

    An entry without a digest either tells of a removal, and then says what the row
    held, or only notes something about the record.
    """
    said = {}
    entries = AuditEntry.objects.filter(table=table, record__in=records)
    for sequence, record, digest in (
        entries.exclude(row="")
        .order_by("sequence")
        .values_list("sequence", "record", "row")
    ):
        said[record] = sequence, digest
    for sequence, record, changes in (
        entries.filter(row="")
        .order_by("sequence")
        .values_list("sequence", "record", "changes")
    ):
        removal = any(old is not None for old, _new in changes.values())
        if removal and record in said and said[record][0] < sequence:
            said[record] = sequence, ""
    return {record: digest for record, (_sequence, digest) in said.items()}


def _in_pieces(model):
    holds_files = any(
        isinstance(field, models.BinaryField) for field in model._meta.concrete_fields
    )
    size = FILES_AT_ONCE if holds_files else ROWS_AT_ONCE
    rows = model._default_manager.order_by("pk").iterator(chunk_size=size)
    while piece := list(itertools.islice(rows, size)):
        yield piece
