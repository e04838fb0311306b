"""Replay of the audit trail: each record as its entries tell it, one after the other.

What verification compares the stored records with. Reads in pieces, never writes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.functions import Cast

from lots.evidence import audit, chained_names, creations
from lots.models import AuditEntry
from lots.rules import chain

ROWS_AT_ONCE = 500
# As it is stored: the column would parse it a second time.
_CHANGES = Cast("changes", models.TextField())
# Whole numbers as text, which is how the chain writes them.
decode = json.JSONDecoder(parse_int=str).decode


@dataclass(frozen=True)
class Fault:
    """A record that is not what the trail says: which, and in what way."""

    table: str
    record: str
    fault: str

    def __str__(self) -> str:
        return f"{self.table} {self.record}: {self.fault}"


class Told:
    """A record as its entries tell it, one after the other.

    An act reads a record, changes it and gives the digest of the whole row. One that
    was altered without an entry gets, with the next act, an entry with a digest of
    what is there then: the last entry alone would vouch for it. So every entry must
    begin with what those before it left.

    `digest` is that of the last entry, "" after a removal, None before the first.
    `since` is the first entry, `altered_before` the first that did not find what was
    told before it.
    """

    def __init__(self) -> None:
        self.columns: dict[str, chain.Plain] = {}
        self.digest: str | None = None
        self.since = 0
        self.altered_before: int | None = None

    def hear(
        self, table: str, sequence: int, changes: dict[str, Any], digest: str
    ) -> None:
        """Take in the next entry."""
        removed = not digest and any(old is not None for old, _new in changes.values())
        # Without a digest or an old value it only notes something about the record.
        if not digest and not removed:
            return
        if self.digest is None:
            self.since = sequence
        if self.altered_before is None:
            changes = chained_names.abridged(table, changes)
            self._replay(table, sequence, changes, digest)
        self.digest = digest

    def _replay(
        self, table: str, sequence: int, changes: dict[str, Any], digest: str
    ) -> None:
        unsaid = chained_names.unsaid(table)
        follows = all(
            self.columns.get(column, unsaid.get(column)) == old
            for column, (old, _new) in changes.items()
            if self.digest or old is not None
        )
        if digest:
            is_first = self.digest is None
            self.columns |= {column: new for column, (_old, new) in changes.items()}
            # What a first entry does not tell of is missed by what comes after it.
            follows = follows and (
                is_first or audit.told_digest(table, unsaid | self.columns) == digest
            )
        else:
            follows = follows and self.columns.keys() <= changes.keys()
            self.columns = {}
        if not follows:
            self.altered_before, self.columns = sequence, {}

    def whole(self, table: str) -> dict[str, chain.Plain]:
        """Return the row that the entries leave, without what says nothing new."""
        told = chained_names.unsaid(table) | self.columns
        return chained_names.without_added(table, told)

    def vouches_for(self, record: models.Model) -> bool:
        """Say whether the record is as its entries leave it, column by column."""
        unsaid = chained_names.unsaid(chained_names.table(type(record)))
        unread = record.get_deferred_fields()
        return (
            bool(self.digest)
            and self.altered_before is None
            and all(
                self.columns.get(name, unsaid.get(name))
                == chain.plain(getattr(record, attribute))
                for name, attribute in chained_names.attributes(type(record))
                if attribute not in unread
            )
        )

    def fault(self, table: str, record: str) -> Fault:
        """Return what is wrong with a record that did not stay as it was told."""
        return Fault(
            table,
            record,
            f"was altered without an audit entry before entry {self.altered_before}",
        )


def told(table: str, records: list[str]) -> dict[str, Told]:
    """Return what the entries tell of each of these records, replayed in order."""
    told: dict[str, Told] = {}
    entries = (
        AuditEntry.objects.filter(table=table, record__in=records)
        .order_by("sequence")
        .values_list("sequence", "record", _CHANGES, "row")
        .iterator(chunk_size=ROWS_AT_ONCE)
    )
    for sequence, record, changes, digest in entries:
        of_record = told.setdefault(record, Told())
        of_record.hear(
            table, sequence, _columns(table, record, decode(changes)), digest
        )
    return told


def _columns(table: str, record: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes of an entry column by column, however they are told."""
    if creations.COMMON in changes:
        return creations.records(table, record, changes)[record]
    return changes


class Together:
    """The entries of a table that tell of several records, read as rows ask for them.

    Such records come nearly in the order of their entries: what was read of those to
    come is kept until they do.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._ahead: dict[str, Told] = {}
        self._entries: Iterator[tuple[int, str, str]] = iter(())
        if table in chained_names.TOLD_TOGETHER:
            self._entries = (
                AuditEntry.objects.filter(table=table, record="")
                .exclude(row="")
                .order_by("sequence")
                .values_list("sequence", _CHANGES, "row")
                .iterator(chunk_size=ROWS_AT_ONCE)
            )

    def told(self, wanted: list[str]) -> dict[str, Told]:
        """Return what such entries tell of these records."""
        missing = set(wanted) - self._ahead.keys()
        while missing and (entry := next(self._entries, None)):
            missing -= self._hear(*entry)
        return {key: self._ahead.pop(key) for key in wanted if key in self._ahead}

    def rest(self) -> Iterator[tuple[str, Told]]:
        """Yield the records told of that no row asked for."""
        for entry in self._entries:
            self._hear(*entry)
        yield from self._ahead.items()

    def _hear(self, sequence: int, changes: str, digest: str) -> set[str]:
        told = creations.records(self._table, "", decode(changes))
        for key, columns in told.items():
            of_record = self._ahead.setdefault(key, Told())
            if of_record.digest is not None:
                # Made twice: the row is not the one that was told first.
                of_record.altered_before = of_record.altered_before or sequence
            of_record.hear(self._table, sequence, columns, digest)
        return set(told)
