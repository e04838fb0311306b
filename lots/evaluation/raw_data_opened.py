"""Raw-data files that were opened: what the audit trail knows of them.

A review is signed as a comparison with the raw data, so the trail keeps who opened
which file (MHRA, GxP Data Integrity, 2018, 6.15: the review is of the original data).
It counts for the person, whatever account, and for the result as it was submitted then:
a result that was returned is compared again. Reads, never writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lots.accounts.permissions import history
from lots.evaluation.outcome import TestOrderEvaluation
from lots.models import Attachment, AuditEntry, Lot, Mark, MarkKind, Result, User

ACTION = "open_raw_data"


def submission(marks: Iterable[Mark]) -> str:
    """Return which submission of a result these marks end with; "" before the first.

    It is the key of the mark. A file of the lot belongs to no result and has none.
    """
    keys = [mark.pk for mark in marks if mark.kind == MarkKind.SUBMITTED]
    return str(max(keys)) if keys else ""


@dataclass(frozen=True)
class Openings:
    """The openings of a lot's files: attachment, submission and account, by key."""

    found: frozenset[tuple[str, str, int]]

    def has(self, file: Attachment, marks: Iterable[Mark], person: User) -> bool:
        """Say whether the person opened the file of the result with these marks."""
        there = submission(marks)
        return any(
            (str(file.pk), there, account) in self.found for account in person.accounts
        )


def of_lot(lot: Lot) -> Openings:
    """Return the openings of the lot's files, in one query."""
    entries = AuditEntry.objects.filter(lot=lot, action=ACTION).values_list(
        "record", "changes", "by_id"
    )
    return Openings(
        frozenset(
            (record, changes["submission"][1], by) for record, changes, by in entries
        )
    )


def attached(lot: Lot) -> list[Attachment]:
    """Return the lot's files in their order, without their content."""
    return list(
        Attachment.objects.filter(lot=lot)
        .select_related("document", "attached_by")
        .defer("document__content")
        .order_by("pk")
    )


def files_behind(
    test_order: TestOrderEvaluation, results: Iterable[Result], *, by: User
) -> list[tuple[Attachment, bool]]:
    """Return the files that these results rest on, and whether the person opened each.

    Theirs, those of the values that they correct, and those of the lot as a whole.
    """
    attempts = {
        attempt.result.pk: attempt
        for attempts in test_order.attempts.values()
        for attempt in attempts
    }
    keys = {
        earlier.pk for one in results for earlier in history(attempts[one.pk].result)
    }
    lot = test_order.test_order.lot
    openings = of_lot(lot)
    return [
        (file, openings.has(file, marks, by))
        for file in attached(lot)
        if file.result_id is None or file.result_id in keys
        for marks in [attempts[file.result_id].marks if file.result_id else ()]
    ]
