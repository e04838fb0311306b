"""A lot, where it came from, and what was taken from it."""

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
    DECLARATION = "declaration", _("Manufacturer's declaration")


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
    original_number = models.CharField(_("manufacturer's lot number"), max_length=40)
    original_key = models.CharField(max_length=40, editable=False)
    use = models.CharField(_("intended use"), max_length=20)
    qualification = models.ForeignKey(
        "lots.Qualification", models.PROTECT, related_name="lots"
    )
    use_document_kind = models.CharField(
        _("basis for intended use"), max_length=20, choices=UseDocument.choices
    )
    use_document_reference = models.CharField(_("document number"), max_length=120)
    use_document = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    origin = models.CharField(
        _("how produced"),
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
        _("issuer role"),
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
        _("manufacturer's certificate number"), max_length=80, blank=True
    )
    original_certificate = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(
        _("note printed on every certificate"), max_length=300, blank=True
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
