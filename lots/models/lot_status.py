"""Lot status: one row for each lot that lists and counters read."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.lot import Lot
from lots.rules.states import LIVE, Stage

# What lists sort by and what their filters ask. Each of them has an index that carries
# all of these, so that a page of keys, and their count, are read from a single index
# whichever the database takes (architecture.md 6.11).
SORTS = ("date_on", "logged_at", "number", "stage_at", "closest_distance")
FILTERS = (
    "material",
    "site",
    "use",
    "stage",
    "outcome",
    "manufactured_on",
    "failures",
    "closest_test",
)
QUALITY = ("corrections", "returns")
DAYS = (
    "days_made_to_released",
    "days_logged_to_submitted",
    "days_submitted_to_reviewed",
    "days_reviewed_to_released",
)


@dataclass(frozen=True)
class Listed:
    """How the lot list shows a column: as it is stored, or as the days since then."""

    heading: str | Promise
    counts_days: bool = False


# What the lot list shows as it is stored, in its last columns. It sorts by those that
# SORTS has.
LISTED = {
    "date_on": Listed(_("Retest or expiry")),
    "logged_at": Listed(_("Logged")),
    "stage_at": Listed(_("Days in state"), counts_days=True),
}
# What the export has as it is stored, by heading, after the outcome.
EXPORTED = {
    "passed": _("Criteria passed"),
    "required": _("Criteria required"),
    "alerts": _("Alerts"),
    "missing": _("Missing"),
    "failures": _("Results ever OOS"),
    "closest_test": _("Test closest to limit"),
}

# Columns, and with them indexes, keep the names that the first version gave them.
_STORED = {"closest_test": "tightest", "closest_distance": "tightest_headroom"}


def _indexes():
    """Return the indexes of `LotStatus`.

    The key follows a sort, to make its order total. A date follows the stage, for
    what falls due is asked of the released lots alone.
    """
    carried = (*SORTS, *FILTERS, *QUALITY, "submitted_at", "released_at")

    def index(column, *before):
        rest = (one for one in carried if one not in (column, *before))
        return models.Index(
            fields=[column, *before, *rest],
            name=f"standing_by_{_STORED.get(column, column)}",
        )

    return [
        models.Index(fields=["is_pending", "stage_at", "lot"], name="standing_pending"),
        # Few lots wait so; no other index is widened for them.
        models.Index(
            fields=["minimum_to_decide", "stage_at", "lot"],
            condition=models.Q(minimum_to_decide__gt=0),
            name="standing_minimum",
        ),
        models.Index(
            fields=["to_confirm", "stage_at", "lot"],
            condition=models.Q(to_confirm__gt=0),
            name="standing_confirm",
        ),
        models.Index(
            fields=["failing_uses", "lot"],
            condition=models.Q(failing_uses__gt=""),
            name="standing_failing",
        ),
        models.Index(
            fields=["exceptions", "exceptions_at", "lot"],
            condition=models.Q(exceptions__gt=0),
            name="standing_exceptions",
        ),
        models.Index(
            fields=["material", "site", "use", "lot"],
            condition=models.Q(spared__gt=""),
            name="standing_spared",
        ),
        *(index(sort, "lot") for sort in SORTS),
        *(index(column, "date_on", "lot") for column in (*FILTERS, "submitted_at")),
        index("released_at", "lot", *DAYS),
    ]


class LotStatusQuerySet(models.QuerySet):
    def also_found_by(self, name, **of):
        """Let a new name of a site, company or material find its lots as before."""
        self.filter(**of).update(search=Concat("search", Value(f" {name.casefold()}")))


class LotStatus(models.Model):
    """Where a lot stands, worked out from its records for lists and counters.

    Not evidence: a read model that `workflow.lot_status` rebuilds from the records in
    the act that changes them, so that 100,000 lots filter and sort on one covered
    row each (architecture.md 6.11).

    Counted now: criteria `required`, `passed` and in `alerts`, over the live
    assessments; tests that are `missing` a result, or a retest that was planned;
    results `to_submit`, `returned` (sent back and not replaced), `to_review`,
    `to_confirm` (corrections that wait for a second person); assessments
    `to_release` and `to_certify`; `open_investigations`.
    Counted over the whole history: `failures` (results that ever failed, also those
    invalidated since), `corrections`, `returns` (times sent back).
    Days are whole days of the company's calendar between two steps, blank until the
    later one is taken. `search` holds, in lower case, all that finds the lot.

    Words, each with a space on both sides, to be matched whole: `released_uses`;
    `certificates`, their numbers; and the ids of people, `hands` who ever entered
    or performed, `reviewers`, `sole_hands` who entered or performed every result
    that waits for review or confirmation, or a part of it, and so can review none,
    `returned_to` whose results were sent back.

    `minimum_failed` are the uses for which a valid result fails the minimum
    specification in force; `minimum_to_decide` counts the uses for which the lot is
    released, but not by a specification that covers the minimum, and QA has not
    decided what becomes of the release. `failing_uses` are the uses for which a valid
    result fails a specification or the minimum: what is blended or repacked from the
    lot is in question for them.

    `investigated_at` is when the oldest open investigation was opened; `phase_ones`
    counts the open ones without a phase I record, `phase_one_hands` are those who
    entered or performed the results of all of these and so can sign none of the
    records.

    `exceptions` counts those of reviewed results, and of the import, that QA has not
    decided by a release or a refusal; `exceptions_at` is when the oldest was signed.

    `is_pending` says that somebody has something to do; `is_stale` that a migration
    changed what the row is worked out from or by, and that it waits for its rebuild.
    """

    lot = models.OneToOneField(
        Lot, models.PROTECT, primary_key=True, related_name="status"
    )
    material = models.ForeignKey(
        "lots.Material", models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey(
        "lots.Site", models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(max_length=40)
    use = models.CharField(max_length=20)
    state = models.CharField(max_length=12)
    stage = CodeField(codes=Stage, max_length=16)
    outcome = models.CharField(max_length=12)
    released_uses = models.CharField(max_length=120, default="")
    manufactured_on = models.DateField()
    date_on = models.DateField()
    logged_at = models.DateTimeField()
    stage_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    days_logged_to_submitted = models.IntegerField(null=True)
    days_submitted_to_reviewed = models.IntegerField(null=True)
    days_reviewed_to_released = models.IntegerField(null=True)
    days_made_to_released = models.IntegerField(null=True)
    required = models.PositiveSmallIntegerField(default=0)
    passed = models.PositiveSmallIntegerField(default=0)
    missing = models.PositiveSmallIntegerField(default=0)
    to_submit = models.PositiveSmallIntegerField(default=0)
    returned = models.PositiveSmallIntegerField(default=0)
    to_review = models.PositiveSmallIntegerField(default=0)
    to_confirm = models.PositiveSmallIntegerField(default=0)
    to_release = models.PositiveSmallIntegerField(default=0)
    to_certify = models.PositiveSmallIntegerField(default=0)
    open_investigations = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    alerts = models.PositiveSmallIntegerField(default=0)
    corrections = models.PositiveSmallIntegerField(default=0)
    returns = models.PositiveSmallIntegerField(default=0)
    closest_test = models.CharField(max_length=120, default="", db_column="tightest")
    closest_distance = models.IntegerField(null=True, db_column="tightest_headroom")
    minimum_failed = models.CharField(max_length=120, default="")
    minimum_to_decide = models.PositiveSmallIntegerField(default=0)
    # Null before its first rebuild: with a default SQLite makes the table anew.
    failing_uses = models.CharField(max_length=120, null=True)  # noqa: DJ001
    investigated_at = models.DateTimeField(null=True)
    phase_ones = models.PositiveSmallIntegerField(null=True)
    # Null, for a default would have SQLite build the table anew.
    phase_one_hands = models.CharField(max_length=400, null=True)  # noqa: DJ001
    exceptions = models.PositiveSmallIntegerField(null=True)
    exceptions_at = models.DateTimeField(null=True)
    # What earlier lots say of the periodic tests that the lot need not have:
    # lots/evaluation/sparing.py writes and reads it.
    spared = models.TextField(null=True)  # noqa: DJ001
    hands = models.CharField(max_length=400, default="")
    reviewers = models.CharField(max_length=400, default="")
    sole_hands = models.CharField(max_length=400, default="")
    returned_to = models.CharField(max_length=400, default="")
    certificates = models.TextField(default="")
    search = models.TextField()
    is_stale = models.BooleanField(default=False)
    is_pending = models.GeneratedField(
        expression=models.Case(
            models.When(
                models.Q(open_investigations__gt=0)
                | models.Q(to_certify__gt=0)
                | models.Q(state__in=list(LIVE))
                & (
                    models.Q(missing__gt=0)
                    | models.Q(to_submit__gt=0)
                    | models.Q(returned__gt=0)
                    | models.Q(to_review__gt=0)
                    | models.Q(to_confirm__gt=0)
                    | models.Q(to_release__gt=0)
                ),
                then=models.Value(1),
            ),
            default=models.Value(0),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = LotStatusQuerySet.as_manager()

    class Meta:
        db_table = "lots_standing"
        indexes = _indexes()

    def __str__(self):
        return self.number


class ReleaseDays(models.Model):
    """Days, both included, on which QA can release a complete lot as its records are.

    Kept of lots whose stage is *To release*; none, while something closes the release.
    Without a first day it is open since the lot was complete. Not evidence: a read
    model beside the lot status, for lists and counts (`workflow.release_days`).
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="release_days")
    first_on = models.DateField(null=True)
    last_on = models.DateField()

    class Meta:
        db_table = "lots_releasedays"
        ordering = ("lot", "last_on")

    def __str__(self):
        since = f"from {self.first_on} " if self.first_on else ""
        return f"{since}until {self.last_on}"
