"""A lot, where it came from, what was taken from it, and where it stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LotState(models.TextChoices):
    QUARANTINE = "quarantine", _("Quarantine")
    ON_HOLD = "on_hold", _("On hold")
    REJECTED = "rejected", _("Rejected")
    RECALLED = "recalled", _("Recalled")
    VOID = "void", _("Void")


class Origin(models.TextChoices):
    MANUFACTURE = "manufacture", _("Manufacture")
    BLEND = "blend", _("Blend")
    REPROCESSING = "reprocessing", _("Reprocessing")
    REWORK = "rework", _("Rework")
    REPACKING = "repacking", _("Repacking")


class UseDocument(models.TextChoices):
    BATCH_RECORD = "batch_record", _("Batch record")
    DECLARATION = "declaration", _("Maker's declaration")


class DateKind(models.TextChoices):
    RETEST = "retest", _("Retest date")
    EXPIRY = "expiry", _("Expiry date")


class Lot(models.Model):
    """A lot: unique by material, original manufacturer's site and original number.

    `number` is ours, `original_number` the manufacturer's; the `_key` columns hold
    the skeletons that keep look-alikes out (lots/rules/identity.py). Made for one
    use; a lot may have no use that a parent lacks. `issuer_role` is our part in it
    as certificates print it (ICH Q7 11.4).
    """

    number = models.CharField(_("lot number"), max_length=40)
    number_key = models.CharField(max_length=40, unique=True, editable=False)
    material = models.ForeignKey("lots.Material", models.PROTECT, related_name="lots")
    site = models.ForeignKey("lots.Site", models.PROTECT, related_name="lots")
    original_number = models.CharField(_("original lot number"), max_length=40)
    original_key = models.CharField(max_length=40, editable=False)
    use = models.CharField(_("made for"), max_length=20)
    qualification = models.ForeignKey(
        "lots.Qualification", models.PROTECT, related_name="lots"
    )
    use_document_kind = models.CharField(
        _("document that says so"), max_length=20, choices=UseDocument.choices
    )
    use_document_reference = models.CharField(_("its number"), max_length=120)
    use_document = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    origin = models.CharField(
        _("arises by"),
        max_length=20,
        choices=Origin.choices,
        default=Origin.MANUFACTURE,
    )
    manufactured_on = models.DateField(_("manufactured"))
    date_kind = models.CharField(
        _("kind of date"), max_length=10, choices=DateKind.choices, default="retest"
    )
    date_on = models.DateField(_("retest or expiry date"))
    size = models.CharField(_("batch size"), max_length=20)
    size_unit = models.CharField(_("unit"), max_length=10, default="kg")
    packaging = models.CharField(_("packaging"), max_length=160)
    storage = models.CharField(_("storage"), max_length=200)
    issuer_role = models.CharField(
        _("our role"),
        max_length=20,
        default="manufacturer",
        choices=[
            ("manufacturer", _("Manufacturer")),
            ("repacker", _("Repacker")),
            ("reprocessor", _("Reprocessor")),
            ("agent", _("Agent")),
        ],
    )
    original_certificate_number = models.CharField(
        _("original certificate"), max_length=80, blank=True
    )
    original_certificate = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(
        _("note printed on every document"), max_length=300, blank=True
    )
    state = models.CharField(
        max_length=12, choices=LotState.choices, default=LotState.QUARANTINE
    )
    state_reason = models.CharField(max_length=400, blank=True)
    reopenings = models.PositiveSmallIntegerField(default=0)
    imported = models.ForeignKey(
        "lots.ImportedFile", models.PROTECT, null=True, related_name="lots"
    )
    logged_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    logged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "site", "original_key"],
                # A lot logged by mistake leaves its maker's number to the next.
                condition=~models.Q(state=LotState.VOID),
                name="lot_once_per_maker_and_original_number",
            )
        ]
        indexes = [
            models.Index(
                fields=["material", "site", "original_key"], name="lot_by_maker"
            )
        ]

    def __str__(self):
        return self.number


class Parentage(models.Model):
    """A lot that another lot was made from (ICH Q7 8.4: blends keep their origin)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="parentages")
    parent = models.ForeignKey(Lot, models.PROTECT, related_name="offspring")
    quantity = models.CharField(_("quantity used"), max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "parent"], name="parent_once_per_lot"
            )
        ]

    def __str__(self):
        return f"{self.parent} in {self.lot}"


class Sample(models.Model):
    """Taken from a lot: when, by whom, how much, for what."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="samples")
    number = models.CharField(_("sample number"), max_length=60, unique=True)
    taken_on = models.DateField(_("taken on"))
    taken_by = models.CharField(_("taken by"), max_length=120)
    quantity = models.CharField(_("quantity"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=120)
    recorded_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    def __str__(self):
        return self.number


class Attachment(models.Model):
    """Raw data or another document attached to a lot, or to one of its results."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="attachments")
    result = models.ForeignKey(
        "lots.Result", models.PROTECT, null=True, related_name="attachments"
    )
    document = models.ForeignKey("lots.Document", models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=120)
    attached_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    def __str__(self):
        return self.title


# What lists sort by and what their filters ask. Each of them has an index that carries
# all of these, so that a page of keys, and their count, are read from a single index
# whichever the database takes (architecture.md 6.11).
SORTS = ("date_on", "logged_at", "number", "stage_at", "tightest_headroom")
FILTERS = (
    "material",
    "site",
    "use",
    "stage",
    "outcome",
    "manufactured_on",
    "failures",
    "tightest",
)
QUALITY = ("corrections", "returns")
DAYS = (
    "days_made_to_released",
    "days_logged_to_submitted",
    "days_submitted_to_reviewed",
    "days_reviewed_to_released",
)


def _indexes():
    """Return the indexes of `Standing`.

    The key follows a sort, to make its order total. A date follows the stage, for
    what falls due is asked of the released lots alone.
    """
    carried = (*SORTS, *FILTERS, *QUALITY, "submitted_at", "released_at")

    def index(column, *before):
        rest = (one for one in carried if one not in (column, *before))
        return models.Index(
            fields=[column, *before, *rest], name=f"standing_by_{column}"
        )

    return [
        models.Index(fields=["is_pending", "stage_at", "lot"], name="standing_pending"),
        *(index(sort, "lot") for sort in SORTS),
        *(index(column, "date_on", "lot") for column in (*FILTERS, "submitted_at")),
        index("released_at", "lot", *DAYS),
    ]


class Stage(models.TextChoices):
    """Where a lot stands in one word: its state, or what it waits for next."""

    RETURNED = "returned", _("Sent back")
    TO_ENTER = "to_enter", _("Results to enter")
    TO_SUBMIT = "to_submit", _("To submit")
    TO_REVIEW = "to_review", _("To review")
    UNDECIDED = "undecided", _("Result undecided")
    INVESTIGATION = "investigation", _("Under investigation")
    FAILING = "failing", _("Failing result stands")
    TO_RELEASE = "to_release", _("To release")
    RELEASED = "released", _("Released")
    REFUSED = "refused", _("Release refused")
    ON_HOLD = "on_hold", _("On hold")
    REJECTED = "rejected", _("Rejected")
    RECALLED = "recalled", _("Recalled")
    VOID = "void", _("Void")


class Standing(models.Model):
    """Where a lot stands, worked out from its records for lists and counters.

    Not evidence: a read model that `lots.standing` rebuilds from the records in
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

    `is_pending` says that somebody has something to do.
    """

    lot = models.OneToOneField(
        Lot, models.PROTECT, primary_key=True, related_name="standing"
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
    stage = models.CharField(max_length=16, choices=Stage.choices)
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
    tightest = models.CharField(max_length=120, default="")
    tightest_headroom = models.IntegerField(null=True)
    hands = models.CharField(max_length=400, default="")
    reviewers = models.CharField(max_length=400, default="")
    sole_hands = models.CharField(max_length=400, default="")
    returned_to = models.CharField(max_length=400, default="")
    certificates = models.TextField(default="")
    search = models.TextField()
    is_pending = models.GeneratedField(
        expression=models.Case(
            models.When(
                models.Q(open_investigations__gt=0)
                | models.Q(to_certify__gt=0)
                | models.Q(state__in=[LotState.QUARANTINE, LotState.ON_HOLD])
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

    class Meta:
        indexes = _indexes()

    def __str__(self):
        return self.number
