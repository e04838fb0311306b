"""Certificates as they were issued, and the counters that number them.

Fields and constraints; `reports.issuing` alone writes them.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """The last number given of a series in a year of the company's calendar.

    The row is locked while a number is taken, so that a year has no gaps and no
    number twice (architecture.md 5).
    """

    code = models.CharField(max_length=3)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "year"], name="series_once_a_year")
        ]

    def __str__(self):
        return f"{self.code}-{self.year}"


class Kind(models.TextChoices):
    """How a certificate came about (domain.md 7, re-issue)."""

    ORIGINAL = "original", _("Original")
    REVISION = "revision", _("Revision")
    DUPLICATE = "duplicate", _("Duplicate")


class State(models.TextChoices):
    BEING_MADE = "being_made", _("Issuing")
    ISSUED = "issued", _("Issued")
    SUPERSEDED = "superseded", _("Superseded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CertificateQuerySet(models.QuerySet):
    def light(self):
        """Leave the file and the content where they are; for lists."""
        return self.defer("pdf", "content")

    def printed(self):
        """Those that have a file, whatever became of them since."""
        return self.exclude(pdf_sha256="")

    def live(self):
        """Those that are, or are about to be, the word of the day."""
        return self.filter(state__in=[State.BEING_MADE, State.ISSUED])

    def left_over(self):
        """Those whose making was interrupted, oldest first."""
        return self.filter(state=State.BEING_MADE).order_by("pk")


class Certificate(models.Model):
    """A frozen copy, on the day, of one released assessment. Never deleted.

    `content` is the canonical text that `pdf` prints and `digest` its SHA-256;
    neither they nor `pdf` ever change, only `state` and its reason do. `token` is
    what the QR code carries. A revision keeps the number, a duplicate has its own.
    """

    number = models.CharField(_("number"), max_length=20)
    revision = models.PositiveSmallIntegerField(_("revision"), default=0)
    series = models.CharField(max_length=3)
    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.BEING_MADE
    )
    state_reason = models.CharField(max_length=400, blank=True)
    assessment = models.ForeignKey(
        "lots.Assessment", models.PROTECT, related_name="certificates"
    )
    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="certificates")
    customer = models.ForeignKey(
        "lots.Organisation", models.PROTECT, null=True, related_name="certificates"
    )
    order = models.CharField(_("order"), max_length=80, blank=True)
    shipped = models.CharField(_("quantity shipped"), max_length=60, blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="duplicates"
    )
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    certificate_header = models.ForeignKey(
        "lots.CertificateHeader",
        models.PROTECT,
        related_name="+",
        db_column="letterhead_id",
    )
    content = models.TextField()
    digest = models.CharField(max_length=64)
    token = models.CharField(max_length=64, unique=True)
    pdf = models.BinaryField(null=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    issued_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"))

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number", "revision"], name="certificate_number_once"
            ),
            # One live original per assessment and customer; two constraints, for
            # SQL lets NULL differ from NULL.
            models.UniqueConstraint(
                fields=["assessment", "customer"],
                condition=Q(state="issued", duplicate_of=None),
                name="certificate_one_live_per_customer",
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(state="issued", duplicate_of=None, customer=None),
                name="certificate_one_live_to_nobody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["being_made", "withdrawn"])
                | (Q(pdf__isnull=False) & ~Q(pdf_sha256="")),
                name="certificate_issued_with_its_file",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"]),
            models.Index(fields=["-issued_at", "-id"]),
            # Counting a period must not read the rows, which hold the files.
            models.Index(
                fields=["issued_at", "kind", "state", "lot", "assessment"],
                name="certificate_counted",
            ),
        ]

    def __str__(self):
        return f"{self.number} revision {self.revision}"
