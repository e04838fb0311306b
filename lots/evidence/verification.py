"""Verification of the audit trail: the chain is whole, and records match their entries.

Checks every row of evidence against its entries, from the first to the last
(architecture.md 6.5). Reads in pieces, never writes.
"""

import contextlib
import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models, transaction

from lots.evidence import append_only, audit, chained_names, replay, stored_entries
from lots.evidence.replay import ROWS_AT_ONCE, Fault
from lots.models import AuditEntry, LotStatus, Preferences, ReleaseDays
from lots.rules import chain

APPS = ("lots", "reports")
# The trail itself is checked as a chain; the read model can be rebuilt any time.
NOT_EVIDENCE = (AuditEntry, Preferences, LotStatus, ReleaseDays)
_T = TypeVar("_T")
# Rows that carry files: ten megabytes each at most.
FILES_AT_ONCE = 4


@dataclass(frozen=True)
class Verdict:
    """What a check found: separate facts, then `holds` as their sum.

    `set_back` is the first entry that is earlier than one before it, and that nobody
    accepted since. `unprotected` are the triggers of append-only tables that are not as
    they should be.
    """

    entries: int
    head: str
    records: int
    chain_break: chain.Break | None
    record_fault: Fault | None
    set_back: int | None
    unprotected: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return (
            self.chain_break is None
            and self.record_fault is None
            and self.set_back is None
            and not self.unprotected
        )


def verify() -> Verdict:
    """Return what the trail and the records say, as of one moment."""
    with snapshot():
        seen = _Seen()
        chain_break = chain.first_break(seen.through(_read_chain()))
        counted = [0]
        # Records are compared with entries, so only a whole chain can accuse them.
        record_fault = None if chain_break else next(_faults(counted), None)
        return Verdict(
            entries=seen.entries,
            head=seen.head,
            records=counted[0],
            chain_break=chain_break,
            record_fault=record_fault,
            set_back=seen.clock.set_back,
            unprotected=append_only.missing(),
        )


def vouched(records: Collection[models.Model]) -> set[Any]:
    """Return the keys of those of these records that are what the trail tells of them.

    Of one model, in four queries; not of those that entries tell of together. Their
    entries are replayed, and each must
    be what the next one in the chain says it is; whether the whole chain holds is for
    `verify` to say. A column that was left out as they were loaded is not compared.

    A record may be changed, with its entry, after it was loaded. So one that does not
    agree is compared once more, as it is stored now, together with its entries and as
    of one moment; and what was loaded must be what an entry once left.
    """
    sound = {key for key, told in _whole(records).items() if told}
    doubtful = [record for record in records if record.pk not in sound]
    if not doubtful:
        return sound
    unread = doubtful[0].get_deferred_fields()
    with snapshot():
        stored = (
            type(doubtful[0])
            ._default_manager.defer(*unread)
            .in_bulk([record.pk for record in doubtful])
        )
        now = _whole(stored.values(), loaded={each.pk: each for each in doubtful})
    return sound | {key for key, told in now.items() if told}


def _whole(
    records: Collection[models.Model],
    loaded: dict[Any, models.Model] | None = None,
) -> dict[Any, bool]:
    """Say of each record, by its key, whether its entries leave it as it is.

    Where one was `loaded` before, an entry must have left it as it was then too.
    """
    if not records:
        return {}
    table = chained_names.table(type(next(iter(records))))
    keys = {str(record.pk): record for record in records}
    of_records = AuditEntry.objects.filter(table=table, record__in=list(keys))
    told: dict[str, replay.Told] = {}
    entries = {}
    once = set() if loaded else set(keys)
    for entry, stored in stored_entries.unlinked(of_records.order_by("sequence")):
        key = entry["record"]
        of_record = told.setdefault(key, replay.Told())
        of_record.hear(table, entry["sequence"], entry["changes"], entry["row"])
        entries[entry["sequence"]] = entry, stored
        if loaded and of_record.vouches_for(loaded[keys[key].pk]):
            once.add(key)
    broken = _broken(entries)
    return {
        record.pk: key in told
        and key in once
        and key not in broken
        and told[key].vouches_for(record)
        for key, record in keys.items()
    }


def _broken(entries: dict[int, tuple[dict[str, Any], str]]) -> set[str]:
    """Return the records with an entry that is not what the chain goes on from.

    `entries` are theirs, by number. Each must be what its digest says, after the entry
    before it, and the entry after it must follow it. The last entry is asked for
    first: others write meanwhile, and one that is the last no more has a follower by
    the time when those are asked for.
    """
    last = AuditEntry.objects.order_by("-sequence").values_list("digest").first()
    beside = {number + step for number in entries for step in (-1, 1)}
    around = entries | {
        told["sequence"]: (told, digest)
        for told, digest in stored_entries.unlinked(
            AuditEntry.objects.filter(sequence__in=beside - entries.keys())
        )
    }

    def holds(number: int) -> bool:
        told, digest = around[number]
        if number == 1:
            previous = chain.START
        elif number - 1 in around:
            previous = around[number - 1][1]
        else:
            return False
        return bool(chain.Entry(**told, previous=previous).digest() == digest)

    return {
        told["record"]
        for number, (told, digest) in entries.items()
        if not holds(number)
        or not (holds(number + 1) if number + 1 in around else (digest,) == last)
    }


def evidence() -> tuple[type[models.Model], ...]:
    """Return every model whose rows the trail must account for."""
    return tuple(
        model
        for label in APPS
        if apps.is_installed(label)
        for model in apps.get_app_config(label).get_models()
        if model not in NOT_EVIDENCE
    )


def _read_chain() -> Iterator[tuple[chain.Read, str]]:
    """Yield every entry with its stored digest, as quickly as it can be read.

    Past the models, which would turn each value into an object and back into the text
    that it is stored as: a site has a million of them.
    """
    with connection.cursor() as cursor:
        last, previous = 0, chain.START
        while True:
            cursor.execute(_ENTRIES[connection.vendor], [last, ENTRIES_AT_ONCE])
            rows = cursor.fetchall()
            for sequence, at, *told, changes, reason, row, digest in rows:
                link = chain.Read._make(
                    (
                        sequence,
                        _CANONICAL_TIME[connection.vendor](at),
                        *told,
                        replay.decode(changes),
                        reason,
                        row,
                        previous,
                    )
                )
                yield link, digest
                previous = digest
            if len(rows) < ENTRIES_AT_ONCE:
                return
            last = rows[-1][0]


def _time_of_sqlite(stored: str) -> str:
    """Return a time as the chain writes it: SQLite has it in UTC, with a blank.

    One that somebody wrote in another way is another text, and so another digest.
    """
    text = stored.replace(" ", "T")
    return f"{text}+00:00" if len(text) > 19 else f"{text}.000000+00:00"


ENTRIES_AT_ONCE = 2000
_SELECT = (
    "SELECT sequence, {at}, by_id, by_name, account, action,"
    ' "table", record, lot_id, {changes}, reason, "row", digest'
    " FROM lots_auditentry WHERE sequence > %s ORDER BY sequence LIMIT %s"
)
_ENTRIES = {
    "sqlite": _SELECT.format(at="at || ''", changes="changes"),
    "postgresql": _SELECT.format(
        at="to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
        changes="changes::text",
    ),
}
_CANONICAL_TIME = {
    "sqlite": _time_of_sqlite,
    "postgresql": "{}+00:00".format,
}


class _Seen:
    """Counts the entries that pass through, keeps the last digest and the clock."""

    def __init__(self) -> None:
        self.entries, self.head = 0, chain.START
        self.clock = chain.Clock()
        self._latest = ""

    def through(
        self, entries: Iterable[tuple[chain.Read, str]]
    ) -> Iterator[tuple[chain.Read, str]]:
        for link, stored in entries:
            self.entries, self.head = self.entries + 1, stored
            if link.action == chain.CLOCK_ACCEPTED or link.at < self._latest:
                self._hear(link)
            else:
                self._latest = link.at
            yield link, stored

    def _hear(self, link: chain.Read) -> None:
        """Let the clock hear of an entry that is not simply later than all before."""
        with contextlib.suppress(ValueError):  # an altered time; the chain says so
            if self._latest:
                self.clock.latest = datetime.datetime.fromisoformat(self._latest)
            at = datetime.datetime.fromisoformat(link.at)
            self.clock.hear(sequence=link.sequence, at=at, action=link.action)
        if link.action == chain.CLOCK_ACCEPTED:
            self._latest = link.at


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
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
    else:  # on PostgreSQL alone
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _faults(counted: list[int]) -> Iterator[Fault]:
    for model in evidence():
        yield from _altered(model, counted)
        yield from _lost(model)
    yield from _of_no_table()


def _altered(model: type[models.Model], counted: list[int]) -> Iterator[Fault]:
    """Yield the rows that have no entry, or differ from what their entries say."""
    table = chained_names.table(model)
    together = replay.Together(table)
    for rows in _in_pieces(model):
        told = replay.told(table, list(rows))
        told |= together.told([record for record in rows if record not in told])
        counted[0] += len(rows)
        for record, row in rows.items():
            said = told.get(record)
            if said is None or said.digest is None:
                yield Fault(table, record, "is not in the audit trail")
            elif said.altered_before:
                yield said.fault(table, record)
            elif said.digest == "":
                yield Fault(table, record, "was removed and is there again")
            elif said.whole(table) != chained_names.without_added(table, row):
                yield Fault(table, record, "differs from its last audit entry")
    for record, said in together.rest():
        if model._default_manager.filter(pk=record).exists():
            said.altered_before = said.altered_before or said.since
            yield said.fault(table, record)
        else:
            yield Fault(table, record, "is gone without an audit entry")


def _lost(model: type[models.Model]) -> Iterator[Fault]:
    """Yield the records that entries speak of and that are gone without one."""
    table = chained_names.table(model)
    records = (
        AuditEntry.objects.filter(table=table)
        .exclude(row="")
        .exclude(record="")
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
        told = replay.told(table, missing)
        for record in missing:
            if told[record].altered_before:
                yield told[record].fault(table, record)
            elif told[record].digest != "":
                yield Fault(table, record, "is gone without an audit entry")


def _of_no_table() -> Iterator[Fault]:
    """Yield the entries that speak of rows in a table that is not evidence."""
    known = [chained_names.table(model) for model in evidence()]
    stray = (
        AuditEntry.objects.exclude(table__in=known)
        .exclude(row="")
        .order_by("sequence")
        .first()
    )
    if stray is not None:
        yield Fault(stray.table, stray.record, "is in a table that is not known")


def _in_pieces(
    model: type[models.Model],
) -> Iterator[dict[str, dict[str, chain.Plain]]]:
    """Yield the canonical rows of the model by their keys, so many at a time."""
    fields = model._meta.concrete_fields
    holds_files = any(isinstance(field, models.BinaryField) for field in fields)
    size = FILES_AT_ONCE if holds_files else ROWS_AT_ONCE
    for rows in _batches(_canonical_rows(model, size), size):
        yield dict(rows)


def _canonical_rows(
    model: type[models.Model], size: int
) -> Iterator[tuple[str, dict[str, chain.Plain]]]:
    rows = model._default_manager.order_by("pk")
    attributes = chained_names.attributes(model)
    stored = {field.attname for field in model._meta.concrete_fields}
    if not all(attribute in stored for _name, attribute in attributes):
        # One of them is worked out by the model.
        for record in rows.iterator(chunk_size=size):
            yield str(record.pk), audit.row(record)
        return
    names = [name for name, _attribute in attributes]
    plain = chain.plain
    columns = [attribute for _name, attribute in attributes]
    for key, *values in rows.values_list("pk", *columns).iterator(chunk_size=size):
        yield (
            str(key),
            {
                name: value if value.__class__ is str else plain(value)
                for name, value in zip(names, values, strict=True)
            },
        )


def _batches(rows: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while piece := list(itertools.islice(rows, size)):
        yield piece
