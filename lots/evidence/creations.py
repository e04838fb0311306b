"""Creation entries: what the audit trail says of records that an act made.

Chosen, for the trail is most of what a lot costs on disk (decision 37). A column that
holds nothing is left out, and verification reads it as `chained_names.unsaid` has it.

Records of a table in `chained_names.TOLD_TOGETHER` that are made together for one lot
have one entry. Under the key "" it has the columns that they have in common, and under
the key of each record the others. It names no record, and its digest is that of all
their rows; that of a single one names it and has all columns under "".
"""

import copy
import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from django.db import models

from lots.evidence import chained_names
from lots.models import AuditEntry, Lot
from lots.rules import chain

Row: TypeAlias = "dict[str, chain.Plain]"
# The changes of an entry: by name what was there before, and what is there now.
Changes: TypeAlias = "dict[str, list[chain.Plain]]"
_Record = TypeVar("_Record", bound=models.Model)
NOTHING: tuple[chain.Plain, ...] = (None, "", [])
COMMON = ""
# So many records at most are told of in one entry, so that it can be read at once.
MOST = 200


def parts(
    records: Sequence[_Record], lots: Sequence[Lot] | None
) -> Iterator[tuple[list[_Record], Lot | None]]:
    """Yield the new records of one table, with their lot, as entries tell of them."""
    of_lots = list(itertools.zip_longest(records, lots or ()))
    if records and chained_names.table(records[0]) in chained_names.TOLD_TOGETHER:
        for lot, some in itertools.groupby(of_lots, key=operator.itemgetter(1)):
            new = [record for record, _lot in some]
            for start in range(0, len(new), MOST):
                yield new[start : start + MOST], lot
    else:
        for record, lot in of_lots:
            yield [record], lot


def of_one(table: str, row: Row) -> Changes:
    """Return the changes that tell of one new record of this row."""
    return {name: [None, value] for name, value in _said(table, row).items()}


def together(table: str, rows: Sequence[Row]) -> Changes:
    """Return the changes that tell of new records of these rows, each by its key."""
    told = [_said(table, row) for row in rows]
    first, *others = told
    common = {
        name: value
        for name, value in first.items()
        if name != "id" and all(one.get(name) == value for one in others)
    }
    if not others:
        return {COMMON: [None, common]}
    own: Changes = {
        str(row["id"]): [
            None,
            {n: v for n, v in one.items() if n not in common and n != "id"},
        ]
        for row, one in zip(rows, told, strict=True)
    }
    return {COMMON: [None, common], **own}


def records(
    table: str, record: str, changes: Mapping[str, Sequence[Any]]
) -> dict[str, Changes]:
    """Return what an entry of records told together says of each, column by column.

    In the order of their keys, with what is usual and was left out.
    """
    usual = chained_names.USUAL.get(table, {})
    keys = sorted(changes.keys() - {COMMON}, key=int) or [record]
    own = {key: changes[key][1] if key in changes else {} for key in keys}
    return {
        key: {
            name: [None, value]
            for name, value in {
                **usual,
                **changes[COMMON][1],
                "id": key,
                **own[key],
            }.items()
        }
        for key in keys
    }


def tells_of(record: str) -> models.Q:
    """Return the condition that an entry tells of a record of this key."""
    among = models.Q(
        table__in=chained_names.TOLD_TOGETHER, record="", changes__has_key=record
    )
    return models.Q(record=record) | among


def apart(entry: AuditEntry) -> list[AuditEntry]:
    """Return an entry for each record that the entry tells of, as pages show them."""
    if COMMON not in entry.changes:
        return [entry]
    entries = []
    told = records(entry.table, entry.record, entry.changes)
    for key, changes in told.items():
        one = copy.copy(entry)
        one.record, one.changes = key, changes
        entries.append(one)
    return entries


def _said(table: str, row: Row) -> Row:
    """Return the columns that an entry has to tell of a row."""
    unsaid = chained_names.unsaid(table)
    usual = chained_names.USUAL.get(table, {})
    return {
        name: value
        for name, value in row.items()
        if value != unsaid.get(name) or not (value in NOTHING or name in usual)
    }
