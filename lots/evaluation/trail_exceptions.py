"""Exceptions of a lot's audit trail: what a releaser reviews before the signature.

Corrections, late entries, what an import changed or left out, its map where that was
withdrawn since, raw data that nobody opened or that came after the review, holds that
ended, and accounts of the people of the lot that others opened (FDA, Data Integrity and
Compliance With Drug CGMP, 2018, questions 7 and 8: changes to critical data are
reviewed with the record, before its final approval; EU GMP Annex 11, 9). They are read
from the trail and from the records that it vouches for, and say what was done, by whom,
when and why. Reads, never writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min

from lots import calendar
from lots.evaluation import raw_data_opened
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.evaluation.review_exceptions import LATE_AFTER_DAYS, days_late
from lots.evidence import chained_names
from lots.models import (
    Attachment,
    AuditEntry,
    ColumnMap,
    ConsistencyFinding,
    InvalidRun,
    Kind,
    Lot,
    Mark,
    MarkKind,
    Sample,
    Source,
    User,
)
from lots.rules import chain
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class Why(Coded):
    """Why something of the trail is an exception."""

    CORRECTION = "correction", _("Repeat or correction")
    LATE = "late", _("Late entry")
    TRANSLATED = "translated", _("Translated by the column map")
    NOT_IMPORTED = "not_imported", _("Not imported")
    MAP_WITHDRAWN = "map_withdrawn", _("Column map withdrawn")
    RETURNED = "returned", _("Returned by the reviewer")
    INVALID_RUN = "invalid_run", _("Invalid run")
    FINDING = "finding", _("Consistency finding")
    DAYS = "days", _("Days out of order")
    NOT_OPENED = "not_opened", _("Raw data not opened")
    ATTACHED_LATER = "attached_later", _("Raw data after the review")
    DECISION = "decision", _("Decision")
    ACCOUNT = "account", _("Account")
    CLOCK = "clock", _("Clock")


@dataclass(frozen=True)
class TrailException:
    """One exception: a sentence with named places, and where it is looked up.

    In a part of the lot's page, or as the entry of the trail with this number.
    Evidence is English; a page translates the sentence.
    """

    why: Why
    sentence: str
    place: str
    params: Mapping[str, object] = field(default_factory=dict)
    entry: int | None = None

    def __str__(self) -> str:
        return self.sentence % self.params


_KINDS = {
    Kind.TRANSCRIPTION: _(
        "%(who)s entered a transcription correction of %(what)s on %(day)s: %(reason)s"
    ),
    Kind.REPROCESSING: _(
        "%(who)s entered reprocessed data of %(what)s on %(day)s: %(reason)s"
    ),
    Kind.REMEASUREMENT: _(
        "%(who)s entered a re-measurement of %(what)s on %(day)s: %(reason)s"
    ),
    Kind.RETEST: _("%(who)s entered a retest of %(what)s on %(day)s: %(reason)s"),
    Kind.RESAMPLE: _(
        "%(who)s entered the test of a resample, %(what)s, on %(day)s: %(reason)s"
    ),
}
_DECISIONS = {
    "resume": _("%(who)s ended a hold of the lot on %(day)s: %(reason)s"),
    "reopen": _("%(who)s reopened the lot on %(day)s: %(reason)s"),
    "refuse": _("%(who)s refused a release of the lot on %(day)s: %(reason)s"),
    "unaffected": _(
        "%(who)s signed that the lot is not affected on %(day)s: %(reason)s"
    ),
}
_ACCOUNTS = {
    "set_password": _(
        "%(who)s set a one-time password for %(person)s on %(day)s: %(reason)s"
    ),
    "reactivate": _(
        "%(who)s reactivated the account of %(person)s on %(day)s: %(reason)s"
    ),
    "set_roles": _("%(who)s changed the roles of %(person)s on %(day)s: %(reason)s"),
    "change_account": _(
        "%(who)s changed the name or title of %(person)s on %(day)s: %(reason)s"
    ),
    "change_employee_number": _(
        "%(who)s changed the employee number of %(person)s on %(day)s: %(reason)s"
    ),
    "confirm_person": _(
        "%(who)s confirmed who has the password of %(person)s on %(day)s: %(reason)s"
    ),
    "tell_apart": _(
        "%(who)s told %(person)s apart from another account on %(day)s: %(reason)s"
    ),
}


def found(evaluated: LotEvaluation) -> list[TrailException]:
    """Return the exceptions of the lot's trail, in a fixed order."""
    attempts = sorted(
        (
            attempt
            for test_order in evaluated.test_orders
            for of_test in test_order.attempts.values()
            for attempt in of_test
        ),
        key=lambda attempt: attempt.result.pk,
    )
    files = raw_data_opened.attached(evaluated.lot)
    return [
        *(one for attempt in attempts for one in _of_attempt(attempt)),
        *_of_samples(evaluated.lot),
        *_not_imported(evaluated.lot),
        *_map_withdrawn(evaluated.lot),
        *_invalid_runs(evaluated.lot),
        *_findings(evaluated.lot),
        *_not_opened(evaluated.lot, files, attempts),
        *_attached_later(files, attempts),
        *_of_the_trail(evaluated.lot, attempts),
    ]


def _named(attempt: Attempt) -> str:
    return f"{attempt.test.name} ({attempt.result.attempt})"


def _of_attempt(attempt: Attempt) -> Iterator[TrailException]:
    """Yield what is not as usual of a result: that it repeats, comes late, was read."""
    result = attempt.result
    told = {
        "what": _named(attempt),
        "who": result.entered_by.printed_name,
        "day": calendar.today(result.entered_at),
        "reason": result.reason,
    }
    if result.kind in _KINDS:
        yield TrailException(Why.CORRECTION, _KINDS[Kind(result.kind)], "results", told)
    if result.source != Source.COMPUTED and days_late(result) > LATE_AFTER_DAYS:
        yield TrailException(
            Why.LATE,
            _("%(who)s entered %(what)s on %(day)s, %(days)s days after the test"),
            "results",
            {**told, "days": days_late(result)},
        )
    for one in result.determinations:
        if one.get("written"):
            yield TrailException(
                Why.TRANSLATED,
                _("The file says “%(written)s” of %(what)s; the map reads %(text)s"),
                "results",
                {**told, "written": one["written"], "text": one["text"]},
            )
    for mark in attempt.marks:
        if mark.kind == MarkKind.RETURNED or (
            mark.kind == MarkKind.INVALIDATED and mark.signature_id is None
        ):
            yield TrailException(
                Why.RETURNED,
                _("%(who)s returned %(what)s on %(day)s: %(reason)s"),
                "results",
                {
                    "what": _named(attempt),
                    "who": mark.by.printed_name,
                    "day": calendar.today(mark.at),
                    "reason": mark.reason,
                },
            )


def _of_samples(lot: Lot) -> Iterator[TrailException]:
    """Yield the samples that were taken before the lot was made, or recorded late."""
    for one in (
        Sample.objects.filter(lot=lot).select_related("recorded_by").order_by("pk")
    ):
        told = {
            "sample": one.number,
            "taken": one.taken_on,
            "who": one.recorded_by.printed_name,
            "day": calendar.today(one.recorded_at),
            "reason": one.early_reason,
        }
        if one.early_reason:
            yield TrailException(
                Why.DAYS,
                _(
                    "Sample %(sample)s was taken on %(taken)s, before the lot was made:"
                    " %(reason)s"
                ),
                "samples",
                told,
            )
        # A sample of a lot that nobody had logged yet could not be recorded before.
        since = max(one.taken_on, calendar.today(lot.logged_at))
        if (calendar.today(one.recorded_at) - since).days > LATE_AFTER_DAYS:
            yield TrailException(
                Why.LATE,
                _("%(who)s recorded sample %(sample)s on %(day)s, taken on %(taken)s"),
                "samples",
                told,
            )


def _not_imported(lot: Lot) -> Iterator[TrailException]:
    if lot.left_out:
        columns = dict.fromkeys(cell["column"] for cell in lot.left_out)
        yield TrailException(
            Why.NOT_IMPORTED,
            _("Of the lot's row of the file these columns are no results: %(columns)s"),
            "results",
            {"columns": ", ".join(columns)},
        )


def _map_withdrawn(lot: Lot) -> Iterator[TrailException]:
    """Yield that the map was withdrawn by which the lot's values were read."""
    if lot.imported is None:
        return
    for one in ColumnMap.objects.filter(
        sha256=ColumnMap.digest_of(lot.imported.map), withdrawn_at__isnull=False
    ).select_related("withdrawn_by"):
        assert one.withdrawn_by is not None
        assert one.withdrawn_at is not None
        yield TrailException(
            Why.MAP_WITHDRAWN,
            _(
                "%(who)s withdrew the column map by which the lot was imported on"
                " %(day)s: %(reason)s"
            ),
            "results",
            {
                "who": one.withdrawn_by.printed_name,
                "day": calendar.today(one.withdrawn_at),
                "reason": one.withdrawn_because,
            },
        )


def _invalid_runs(lot: Lot) -> Iterator[TrailException]:
    runs = InvalidRun.objects.filter(lot=lot).select_related("recorded_by")
    for one in runs.order_by("pk"):
        yield TrailException(
            Why.INVALID_RUN,
            _("%(who)s recorded run %(run)s as invalid on %(day)s: %(reason)s"),
            "results",
            {
                "who": one.recorded_by.printed_name,
                "run": one.run,
                "day": calendar.today(one.recorded_at),
                "reason": one.happened,
            },
        )


def _findings(lot: Lot) -> Iterator[TrailException]:
    """Yield what was noticed of the lot beside others, and what was made of it."""
    found = ConsistencyFinding.objects.filter(lot=lot)
    for one in found.select_related("review", "signature").order_by("pk"):
        said = [one.text.replace("%", "%%")]
        places: dict[str, object] = {}
        if one.review and one.comment:
            said.append(_("%(reader)s: %(comment)s"))
            places |= {"reader": one.review.printed_name, "comment": one.comment}
        if one.signature:
            said.append(
                _("%(decided_by)s concluded: %(conclusion)s Evidence: %(evidence)s")
            )
            places |= {
                "decided_by": one.signature.printed_name,
                "conclusion": one.conclusion,
                "evidence": one.evidence,
            }
        yield TrailException(Why.FINDING, " ".join(said), "consistency", places)


def _not_opened(
    lot: Lot, files: list[Attachment], attempts: list[Attempt]
) -> Iterator[TrailException]:
    """Yield the files of results of which nothing says that their reviewer opened them.

    True of a review from before the trail kept this, too.
    """
    openings = raw_data_opened.of_lot(lot)
    for attempt in attempts:
        for mark in _reviews(attempt):
            before = [one for one in attempt.marks if one.pk < mark.pk]
            for file in files:
                if (
                    file.result_id == attempt.result.pk
                    and file.attached_at <= mark.at
                    and not openings.has(file, before, mark.by)
                ):
                    yield TrailException(
                        Why.NOT_OPENED,
                        _(
                            "Nothing says that %(who)s opened “%(file)s” before signing"
                            " %(what)s on %(day)s"
                        ),
                        "results",
                        {
                            "who": mark.by.printed_name,
                            "file": file.title,
                            "what": _named(attempt),
                            "day": calendar.today(mark.at),
                        },
                    )


def _attached_later(
    files: list[Attachment], attempts: list[Attempt]
) -> Iterator[TrailException]:
    """Yield the files that came to a result after its last review.

    Nobody compared them; a second person reviews all raw data (ICH Q7 6.60).
    """
    for attempt in attempts:
        reviewed_at = max((mark.at for mark in _reviews(attempt)), default=None)
        for file in files:
            if (
                reviewed_at is not None
                and file.result_id == attempt.result.pk
                and file.attached_at > reviewed_at
            ):
                yield TrailException(
                    Why.ATTACHED_LATER,
                    _(
                        "%(who)s attached “%(file)s” to %(what)s on %(day)s, after its"
                        " review"
                    ),
                    "samples",
                    {
                        "who": file.attached_by.printed_name,
                        "file": file.title,
                        "what": _named(attempt),
                        "day": calendar.today(file.attached_at),
                    },
                )


def _reviews(attempt: Attempt) -> Iterator[Mark]:
    for mark in attempt.marks:
        if mark.kind in (MarkKind.REVIEWED, MarkKind.CONFIRMED):
            yield mark


def _of_the_trail(lot: Lot, attempts: list[Attempt]) -> Iterator[TrailException]:
    """Yield the decisions on the lot, and what happened to accounts and clock since.

    Of the accounts of everybody who acted on the lot, or is named at a result of it.
    """
    entries = AuditEntry.objects.filter(lot=lot).order_by()
    acted = dict(entries.values_list("by_id").annotate(Min("sequence")))
    if not acted:
        return
    begun = min(acted.values())
    seen = set()
    decisions = entries.filter(action__in=_DECISIONS).order_by("sequence")
    for entry in decisions:
        if (entry.action, entry.at) not in seen:
            seen.add((entry.action, entry.at))
            yield _entry(Why.DECISION, _DECISIONS[entry.action], entry)
    people = {key for key in acted if key is not None}
    people |= {one.result.entered_by_id for one in attempts}
    people |= {one.result.performed_by_id for one in attempts}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "printed_name"))
    accounts = AuditEntry.objects.filter(
        table=chained_names.table(User),
        record__in=[str(key) for key in people],
        sequence__gt=begun,
        action__in=_ACCOUNTS,
    ).order_by("sequence")
    for entry in accounts:
        yield _entry(
            Why.ACCOUNT,
            _ACCOUNTS[entry.action],
            entry,
            person=names[int(entry.record)],
        )
    for entry in AuditEntry.objects.filter(
        action=chain.CLOCK_ACCEPTED, sequence__gt=begun
    ).order_by("sequence"):
        yield _entry(
            Why.CLOCK,
            _("%(who)s accepted the clock of the server on %(day)s: %(reason)s"),
            entry,
        )


def _entry(why: Why, sentence: str, entry: AuditEntry, **params: Any) -> TrailException:
    return TrailException(
        why,
        sentence,
        "history",
        {
            "who": entry.by_name,
            "day": calendar.today(entry.at),
            "reason": entry.reason,
            **params,
        },
        entry.sequence,
    )
