"""Audit trail: the only writer of audit entries, and the way to every change.

A verb opens an `act` and changes records through it. The act appends one entry for each
changed record in the same transaction.
"""

import contextlib
import datetime
from collections.abc import Collection, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.dispatch import Signal
from django.utils import timezone

from lots import calendar
from lots.evidence import (
    acting_person,
    chained_names,
    creations,
    stored_entries,
    text_checks,
)
from lots.models import AuditEntry, Lot, User
from lots.rules import chain
from lots.rules.refusal import Refusal
from lots.rules.text import plain_text
from lots.rules.unknown import if_known

# One lock for the one chain; any constant will do as long as it is ours alone.
CHAIN_LOCK = 0x51417472
# What the database says when two acts met: the same unique value, a deadlock, a
# serialization failure, a lock not had in time.
_MET = {"23505", "40P01", "40001", "55P03", "SQLITE_BUSY"}
LONGEST_REASON = AuditEntry._meta.get_field("reason").max_length
_Record = TypeVar("_Record", bound=models.Model)
# Sent with the `act` when all of its records are stored, before its entries are: for
# what is worked out from them and kept for lists.
act_ends = Signal()

_account: ContextVar[str] = ContextVar("account", default="")
_replaying: ContextVar[bool] = ContextVar("replaying", default=False)
_trying: ContextVar[bool] = ContextVar("trying", default=False)
_open: ContextVar["Act | None"] = ContextVar("act", default=None)


@contextlib.contextmanager
def as_account(name: str) -> Iterator[None]:
    """Record this operating-system account with every act inside."""
    token = _account.set(name)
    try:
        yield
    finally:
        _account.reset(token)


@contextlib.contextmanager
def replaying() -> Iterator[None]:
    """Let acts carry a time that is not the clock's: for the demo alone."""
    token = _replaying.set(True)
    try:
        yield
    finally:
        _replaying.reset(token)


class _Tried(Exception):
    """An act of a trial has come to where it would store something."""


@contextlib.contextmanager
def trial() -> Iterator[None]:
    """Let acts check what they are given and store nothing, with facts still UNKNOWN.

    For a form that is refused already: what its other fields are refused for is raised
    as by the act itself. An act ends where it would store its first record, or where it
    cannot go on without what is not known.
    """
    token = _trying.set(True)
    try:
        with if_known, contextlib.suppress(_Tried), transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _trying.reset(token)


def _stores() -> None:
    """End a trial here."""
    if _trying.get():
        raise _Tried


def row(record: models.Model) -> dict[str, chain.Plain]:
    """Return the record's canonical row: plain values by the trail's names."""
    plain = chain.plain
    return {
        name: plain(getattr(record, attribute))
        for name, attribute in chained_names.attributes(type(record))
    }


def row_digest(record: models.Model) -> str:
    """Return the digest of the record's full row, as its last entry must say it."""
    return told_digest(chained_names.table(type(record)), row(record))


def told_digest(table: str, said: dict[str, chain.Plain]) -> str:
    """Return the digest of a canonical row of the table, `said` column by column."""
    return chain.digest(chain.written(chained_names.without_added(table, said)))


def _digest_of(table: str, rows: Sequence[dict[str, chain.Plain]]) -> str:
    """Return the digest of several canonical rows of the table, in their order."""
    said = [chained_names.without_added(table, one) for one in rows]
    return chain.digest(chain.canonical(said))


class Act:
    """One call of a verb: who, when, what, why, and the records that it changes."""

    def __init__(
        self, *, by: User | None, at: datetime.datetime, action: str, reason: str
    ) -> None:
        self._by = by
        self.at = at
        self.action = action
        self.reason = reason
        self._pending: list[tuple[str, str, int | None, dict[str, Any], str]] = []
        self._has_turn = False
        # Lots, by key, of which what is kept beside their records follows at the end.
        self.affected_lots: set[int] = set()

    @property
    def by(self) -> User:
        """Return the person who acts; what the installation does to itself has none."""
        assert self._by is not None
        return self._by

    @property
    def stores_something(self) -> bool:
        """Say whether this act has noted anything so far."""
        return bool(self._pending)

    def is_changing(self, tables: Collection[str]) -> bool:
        """Say whether this act has changed a record of these tables so far."""
        return any(table in tables for table, *_ in self._pending)

    def changed(self, table: str) -> set[int]:
        """Return the keys of the records of the table that this act has changed."""
        return {int(key) for name, key, *_ in self._pending if name == table and key}

    def lock(self, record: _Record) -> _Record:
        """Return the record as it is now, locked until the act ends.

        Every verb that touches a lot locks the lot first, so that two people who
        act on it at once come one after the other; of several lots the smallest key
        first. Others may go on referring to the record: keys never change. SQLite's
        transaction already holds the only write lock.
        """
        return (
            type(record)
            ._default_manager.select_for_update(of=("self",), no_key=True)
            .get(pk=record.pk)
        )

    def take_turn(self) -> None:
        """Wait until this act is the only one that can end.

        From here on everything read is what the chain says, whoever changed it: for
        checks that ask about records not locked, and for numbers in a row. Lock
        records first; whoever has the turn must not wait for one who waits for it.
        """
        if self._has_turn or connection.vendor != "postgresql":
            return
        # A row lock on the head still forks the chain (architecture.md 6.5).
        with connection.cursor() as cursor:  # on PostgreSQL alone
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        self._has_turn = True  # on PostgreSQL alone
        if self._by is not None and (  # on PostgreSQL alone
            acting_person.roles_as_stored(self._by) != self._by.roles
        ):
            raise Refusal(
                "roles",
                "Nothing was stored: your roles were changed in the meantime; load the"
                " page again.",
            )

    def create(self, record: _Record, *, lot: Lot | None = None) -> _Record:
        """Store a new record and note it; return it."""
        text_checks.sound(record)
        _stores()
        record.save(force_insert=True)
        self._note_new([record], lot)
        return record

    def create_all(
        self, records: Sequence[_Record], *, lots: Sequence[Lot] | None = None
    ) -> Sequence[_Record]:
        """Store many new records of one model at once and note each; return them."""
        for record in records:
            text_checks.sound(record)
        _stores()
        if records:
            type(records[0])._default_manager.bulk_create(records)
        for part, lot in creations.parts(records, lots):
            self._note_new(part, lot)
        return records

    def change(
        self, record: _Record, *, lot: Lot | None = None, **values: object
    ) -> _Record:
        """Give the record these values and note what changed; return it."""
        before = row(record)
        for name, value in values.items():
            setattr(record, name, value)
        text_checks.sound(record, changed=values)
        _stores()
        record.save(update_fields=list(values))
        self._note(record, before, lot)
        return record

    def tell(self, record: models.Model, *names: str) -> None:
        """Note what a record holds in columns that its entries never told of.

        `names` are the trail's. For a column that is recorded only since an update.
        """
        table, after = chained_names.table(type(record)), row(record)
        changes = {name: [None, after[name]] for name in names}
        self._pending.append(
            (table, str(record.pk), None, changes, told_digest(table, after))
        )

    def remove(self, record: models.Model) -> None:
        """Delete a row of a draft and note what it held."""
        _stores()
        before = row(record)
        table, key = chained_names.table(type(record)), str(record.pk)
        record.delete()
        self._pending.append(
            (
                table,
                key,
                None,
                {name: [value, None] for name, value in before.items()},
                "",
            )
        )

    def note(
        self,
        *,
        table: str = "",
        record: object = "",
        lot: int | None = None,
        **facts: object,
    ) -> None:
        """Note something that changed no record, for instance a refused signature."""
        self._pending.append(
            (table, str(record), lot, {k: [None, v] for k, v in facts.items()}, "")
        )

    def _note_new(self, records: Sequence[models.Model], lot: Lot | None) -> None:
        table = chained_names.table(type(records[0]))
        if table in chained_names.TOLD_TOGETHER:
            self._note_together(table, records, lot)
        else:
            for record in records:
                self._note(record, {}, lot)

    def _note_together(
        self, table: str, records: Sequence[models.Model], lot: Lot | None
    ) -> None:
        """Note new records of a table whose records may be told in one entry."""
        rows = [row(one) for one in sorted(records, key=lambda one: one.pk)]
        is_one = len(rows) == 1
        self._pending.append(
            (
                table,
                str(records[0].pk) if is_one else "",
                lot.pk if lot else None,
                creations.together(table, rows),
                told_digest(table, rows[0]) if is_one else _digest_of(table, rows),
            )
        )

    def _note(
        self, record: models.Model, before: dict[str, chain.Plain], lot: Lot | None
    ) -> None:
        after = row(record)
        table = chained_names.table(type(record))
        if before:
            changes: creations.Changes = {
                name: [before[name], value]
                for name, value in after.items()
                if before[name] != value
            }
        else:
            changes = creations.of_one(table, after)
        if lot is None and isinstance(record, Lot):
            lot = record
        lot_id = getattr(record, "lot_id", None) if lot is None else lot.pk
        self._pending.append(
            (table, str(record.pk), lot_id, changes, told_digest(table, after))
        )

    def _refuse_set_back(self, latest: datetime.datetime) -> None:
        """Refuse an act that is earlier than those before it: the clock was set back.

        `latest` is the latest time of the trail. It may be of a day on which the clock
        was wrong; two people said so since, or say so now.
        """
        limit = self.at + chain.CLOCK_TOLERANCE
        if latest <= limit or self.action in (chain.CLOCK_ACCEPTED, *chain.UNTIMED):
            return
        ahead = AuditEntry.objects.filter(at__gt=limit)
        accepted = (
            AuditEntry.objects.filter(action=chain.CLOCK_ACCEPTED)
            .order_by("-sequence")
            .values_list("sequence", flat=True)
            .first()
        )
        if accepted is not None:
            ahead = ahead.filter(sequence__gte=accepted)
        last = ahead.order_by("-at").values_list("at", flat=True).first()
        if last is not None:
            raise Refusal(
                "clock",
                "Nothing was stored: the clock of the server says %(now)s, and the"
                " audit trail already has an entry of %(last)s. Have the server's clock"
                " set right, then repeat the step. If the clock is right now and was"
                " wrong then, two people say so at the server with manage.py"
                " accept_clock.",
                now=calendar.stamp(self.at),
                last=calendar.stamp(last),
            )

    def append(self) -> None:
        """Append the entries noted so far to the chain, under its lock."""
        _stores()
        if not self._pending:
            return
        self.take_turn()
        latest = AuditEntry.objects.order_by("-at").values("at")[:1]
        head = (
            AuditEntry.objects.order_by("-sequence")
            .values("sequence", "digest", latest=models.Subquery(latest))
            .first()
        )
        if head and not _replaying.get():
            self._refuse_set_back(head["latest"])
        sequence = head["sequence"] if head else 0
        previous = head["digest"] if head else chain.START
        entries = []
        for table, key, lot_id, changes, digest in self._pending:
            sequence += 1
            link = chain.Entry(
                sequence=sequence,
                at=self.at,
                by=self._by.pk if self._by else None,
                by_name=f"{self.by.printed_name} ({self.by.username})"
                if self._by
                else "",
                account=_account.get(),
                action=self.action,
                table=table,
                record=key,
                lot=lot_id,
                changes=changes,
                reason=self.reason,
                row=digest,
                previous=previous,
            )
            previous = link.digest()
            entries.append(stored_entries.stored(link, previous))
        AuditEntry.objects.bulk_create(entries, batch_size=500)
        self._pending = []


@contextlib.contextmanager
def act(
    *, by: User | None, at: datetime.datetime, action: str, reason: str = ""
) -> Iterator[Act]:
    """Open a transaction for one act and append its entries when it ends.

    `by` is re-read inside the transaction, so that a person deactivated or stripped
    of a role a moment ago is refused. `by` is None only for what the installation
    does to itself before it has people. Who has a password that an administrator set,
    and so knows, changes it before anything else, and does nothing until somebody of QA
    confirmed who it is (21 CFR 11.300). Where two acts meet
    in the database, the one that it ends is refused with a sentence, and nothing of it
    is stored. So is an act that is earlier than the entries before it (assurance.md
    T-89): a clock set back would let a certificate be older than its release, and an
    expired lot be certified again.
    """
    if not _replaying.get() and abs(timezone.now() - at) > chain.CLOCK_TOLERANCE:
        raise ValueError("An act carries the time of the clock.")
    with if_known:
        plain_text(reason, field="reason", longest=LONGEST_REASON)
    try:
        with transaction.atomic():
            this = Act(
                by=by and acting_person.as_stored(by),
                at=at,
                action=action,
                reason=reason,
            )
            if by:
                acting_person.refuse_password_of_another(this.by, action)
            token = _open.set(this)
            try:
                yield this
                if this.stores_something:
                    act_ends.send(sender=Act, act=this)
            finally:
                _open.reset(token)
            this.append()
    except (IntegrityError, OperationalError) as error:
        if not _met_another(error):
            raise
        raise Refusal(
            "meanwhile",
            "Nothing was stored: somebody else changed the same record at the same"
            " moment; check it, then repeat the step.",
        ) from error


def beside_lots() -> "models.QuerySet[AuditEntry, str]":
    """Return the digest of the last entry that is of no lot, as the query for it.

    As long as it is the same, so is every recorded row that is of no lot: each change
    of one has an entry, and no other history has this digest.
    """
    entries = AuditEntry.objects.filter(lot=None).order_by("-sequence")
    return entries.values_list("digest", flat=True)[:1]


def is_changing(tables: Collection[str]) -> bool:
    """Say whether the open act changed a record of these tables, without an entry yet.

    The names are the trail's.
    """
    act = _open.get()
    return act is not None and act.is_changing(tables)


def _met_another(error: Exception) -> bool:
    """Say whether the database ended the act because of another one."""
    said = error.__cause__
    return not _MET.isdisjoint(
        (getattr(said, "sqlstate", ""), getattr(said, "sqlite_errorname", ""))
    )
