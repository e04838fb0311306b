"""Lots, their parent lots, samples and attachments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules.roles import IssuerRole
from lots.rules.states import LotState


class Origin(models.TextChoices):
    MANUFACTURE = "manufacture", _("Manufacture")
    BLEND = "blend", _("Blend")
    REPROCESSING = "reprocessing", _("Reprocessing")
    REWORK = "rework", _("Rework")
    REPACKING = "repacking", _("Repacking")


class UseDocument(models.TextChoices):
    BATCH_RECORD = "batch_record", _("Batch record")
    DECLARATION = "declaration", _("Manufacturer's declaration")


class DateKind(models.TextChoices):
    RETEST = "retest", _("Retest date")
    EXPIRY = "expiry", _("Expiry date")


class Lot(models.Model):
    """A lot: unique by material, original manufacturer's site and original number.

    `number` is ours, `original_number` the manufacturer's; the `_key` columns hold
    the skeletons that keep look-alikes out (lots/rules/lot_number.py). Made for one
    use; a lot may have no use that a parent lacks. `issuer_role` is our part in it
    as certificates print it (ICH Q7 11.4). `left_out` lists the cells of an imported
    row that became no result, each with `column`, `text`, `why` and `test`.
    """

    number = PlainCharField(_("lot number"), max_length=40)
    number_key = PlainCharField(max_length=40, unique=True, editable=False)
    # An index below begins with the material. That of the qualification alone finds
    # the lots logged last, which no index with a day between does.
    material = models.ForeignKey(
        "lots.Material", models.PROTECT, related_name="lots", db_index=False
    )
    site = models.ForeignKey("lots.Site", models.PROTECT, related_name="lots")
    original_number = PlainCharField(
        _("manufacturer's lot number"), max_length=40, printed=True
    )
    original_key = PlainCharField(max_length=40, editable=False)
    use = PlainCharField(_("intended use"), max_length=20)
    qualification = models.ForeignKey(
        "lots.Qualification", models.PROTECT, related_name="lots"
    )
    use_document_kind = PlainCharField(
        _("basis for intended use"), max_length=20, choices=UseDocument.choices
    )
    use_document_reference = PlainCharField(_("document number"), max_length=120)
    use_document = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    origin = PlainCharField(
        _("how produced"),
        max_length=20,
        choices=Origin.choices,
        default=Origin.MANUFACTURE,
    )
    manufactured_on = models.DateField(_("manufactured"))
    date_kind = PlainCharField(
        _("kind of date"), max_length=10, choices=DateKind.choices, default="retest"
    )
    date_on = models.DateField(_("retest or expiry date"))
    size = PlainCharField(_("batch size"), max_length=20)
    size_unit = PlainCharField(_("unit"), max_length=10, default="kg")
    packaging = PlainCharField(_("packaging"), max_length=160, printed=True)
    storage = PlainCharField(_("storage"), max_length=200, printed=True)
    issuer_role = CodeField(
        _("issuer role"),
        codes=IssuerRole,
        max_length=20,
        default=IssuerRole.MANUFACTURER.value,
    )
    original_certificate_number = PlainCharField(
        _("manufacturer's certificate number"), max_length=80, blank=True, printed=True
    )
    original_certificate = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    note = PlainCharField(
        _("note printed on every certificate"), max_length=300, blank=True, printed=True
    )
    state = CodeField(codes=LotState, max_length=12, default=LotState.QUARANTINE.value)
    state_reason = PlainCharField(max_length=400, blank=True)
    reopenings = models.PositiveSmallIntegerField(default=0)
    imported = models.ForeignKey(
        "lots.ImportedFile", models.PROTECT, null=True, related_name="lots"
    )
    left_out = PlainJSONField(_("not imported"), null=True)
    logged_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    logged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "site", "original_key"],
                # A lot logged by mistake leaves its manufacturer's number to the next.
                condition=~models.Q(state=LotState.VOID),
                name="lot_once_per_maker_and_original_number",
            )
        ]
        indexes = [
            models.Index(
                fields=["material", "site", "original_key"], name="lot_by_maker"
            ),
            # Whatever is made of lots on hold or recalled is asked for at each check.
            models.Index(fields=["state"], name="lot_by_state"),
            # The last lots of a trend are found without reading the others.
            models.Index(
                fields=["material", "use", "manufactured_on", "id"], name="lot_by_day"
            ),
            # The last lots of a process are shown beside each result of a lot.
            models.Index(
                fields=["qualification", "manufactured_on", "id"],
                name="lot_of_qualification",
            ),
        ]

    def __str__(self):
        return self.number


class Parentage(models.Model):
    """A lot that another lot was made from (ICH Q7 8.4: blends keep their origin)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="parentages")
    parent = models.ForeignKey(Lot, models.PROTECT, related_name="offspring")
    quantity = PlainCharField(_("quantity used"), max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "parent"], name="parent_once_per_lot"
            )
        ]

    def __str__(self):
        return f"{self.parent} in {self.lot}"


class Unaffected(models.Model):
    """QA's signed decision that what happened elsewhere does not touch the lot.

    A hold of a lot that it was made from, `held`; the cause for which a
    `qualification` was suspended or withdrawn; or the `failure` of a periodic test
    without which it was released. It `is_over` when the hold or the
    suspension ends: a further one is decided anew.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="unaffected")
    held = models.ForeignKey(
        Lot, models.PROTECT, null=True, related_name="found_unaffected"
    )
    qualification = models.ForeignKey(
        "lots.Qualification",
        models.PROTECT,
        null=True,
        related_name="found_unaffected",
    )
    failure = models.ForeignKey(
        "lots.PeriodicFailure",
        models.PROTECT,
        null=True,
        related_name="found_unaffected",
    )
    reason = PlainCharField(_("reason"), max_length=400)
    is_over = models.BooleanField(default=False)
    signature = models.ForeignKey("lots.Signature", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "held"],
                condition=models.Q(is_over=False),
                name="unaffected_once_by_a_hold",
            ),
            models.UniqueConstraint(
                fields=["lot", "qualification"],
                condition=models.Q(is_over=False),
                name="unaffected_once_by_a_cause",
            ),
            models.UniqueConstraint(
                fields=["lot", "failure"],
                condition=models.Q(is_over=False),
                name="unaffected_once_by_a_failure",
            ),
        ]

    def __str__(self):
        return f"{self.lot}: {self.held or self.qualification or self.failure}"


class Sample(models.Model):
    """Taken from a lot: when, by whom, how much, for what.

    `early_reason` says why a sample of a blend or repacked lot, or one taken in
    process, was taken before the lot was made.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="samples")
    number = PlainCharField(
        _("sample number"), max_length=60, unique=True, printed=True
    )
    taken_on = models.DateField(_("taken on"))
    taken_by = PlainCharField(_("taken by"), max_length=120)
    quantity = PlainCharField(_("quantity"), max_length=40)
    purpose = PlainCharField(_("purpose"), max_length=120)
    is_in_process = models.BooleanField(_("taken in process"), default=False)
    early_reason = PlainCharField(
        _("reason for sampling before manufacture"),
        max_length=300,
        blank=True,
        default="",
    )
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
    title = PlainCharField(_("title"), max_length=120)
    attached_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    def __str__(self):
        return self.title
