"""Certificates as they were issued, and the series that number them."""

from dataclasses import dataclass, fields, replace
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lots.evidence import chained_names
from lots.models import Organisation
from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules.stored_codes import Said


class Series(models.Model):
    """The last number given of a series in a year of the company's calendar.

    The row is locked while a number is taken, so that a year has no gaps and no
    number twice (architecture.md 5).
    """

    code = PlainCharField(max_length=3)
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


class Identity(models.TextChoices):
    """Which printed identity a certificate has, where today's is not the signed one."""

    SIGNED = "signed", _("As signed at the release")
    TODAY = "today", _("As approved today")


class State(Said):
    """What became of a certificate; `said` is how a sentence says it."""

    BEING_MADE = "being_made", gettext_noop("Issuing"), gettext_noop("being issued")
    ISSUED = "issued", gettext_noop("Issued"), gettext_noop("issued")
    SUPERSEDED = "superseded", gettext_noop("Superseded"), gettext_noop("superseded")
    WITHDRAWN = "withdrawn", gettext_noop("Withdrawn"), gettext_noop("withdrawn")


@dataclass(frozen=True)
class Asked:
    """What QA asks for with a certificate; its columns of the same names keep it.

    A field of `AddresseeForm` each; blank where nobody and nothing are named.
    """

    customer: Organisation | None = None
    order: str = ""
    shipped: str = ""
    # Blank where there is nothing to choose: a value of Identity.
    identity: str = ""

    @classmethod
    def of(cls, **given: object) -> Self:
        """Return what is asked for, texts without the blanks around them."""
        return cls(**_stripped(given))

    @classmethod
    def before(cls, certificate: "Certificate", **given: object) -> Self:
        """Return what was asked for with a certificate, but for what is given now."""
        kept = {one.name: getattr(certificate, one.name) for one in fields(cls)}
        return replace(cls(**kept), **_stripped(given))

    @property
    def by_name(self) -> dict[str, object]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


def _stripped(given):
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in given.items()
    }


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

    def issued(self):
        """Those that are issued.

        Asked by what they are not: nearly all are issued, and SQLite would begin with
        the list of them, whatever else is asked.
        """
        return self.exclude(
            state__in=[state for state in State if state != State.ISSUED]
        )

    def left_over(self):
        """Those whose making was interrupted, oldest first."""
        return self.filter(state=State.BEING_MADE).order_by("pk")


class Certificate(models.Model):
    """A frozen copy, on the day, of one released assessment. Never deleted.

    `content` is the canonical text that `pdf` prints and `digest` its SHA-256;
    neither they nor `pdf` ever change, only `state` and its reason do. `token` is
    what the QR code carries. A revision keeps the number, a duplicate has its own.
    """

    number = PlainCharField(_("number"), max_length=20)
    revision = models.PositiveSmallIntegerField(_("revision"), default=0)
    series = PlainCharField(max_length=3)
    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveIntegerField()
    kind = PlainCharField(_("kind"), max_length=10, choices=Kind.choices)
    state = CodeField(
        _("state"), codes=State, max_length=10, default=State.BEING_MADE.value
    )
    state_reason = PlainCharField(max_length=400, blank=True)
    assessment = models.ForeignKey(
        "lots.Assessment", models.PROTECT, related_name="certificates"
    )
    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="certificates")
    customer = models.ForeignKey(
        "lots.Organisation", models.PROTECT, null=True, related_name="certificates"
    )
    order = PlainCharField(_("order"), max_length=80, blank=True)
    shipped = PlainCharField(_("quantity shipped"), max_length=60, blank=True)
    identity = PlainCharField(
        _("printed identity"), max_length=6, choices=Identity.choices, blank=True
    )
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="duplicates"
    )
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    reason = PlainCharField(_("reason"), max_length=400, blank=True)
    certificate_header = models.ForeignKey(
        "lots.CertificateHeader",
        models.PROTECT,
        related_name="+",
        db_column="letterhead_id",
    )
    content = models.TextField()
    digest = PlainCharField(max_length=64)
    token = PlainCharField(max_length=64, unique=True)
    pdf = models.BinaryField(null=True)
    pdf_sha256 = PlainCharField(max_length=64, blank=True, db_index=True)
    issued_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"))
    # What who issued it ticked then: the words by the code of the statement.
    stated = PlainJSONField(_("stated"), default=dict, blank=True)

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
                condition=Q(state=State.ISSUED.value, duplicate_of=None),
                name="certificate_one_live_per_customer",
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(state=State.ISSUED.value, duplicate_of=None, customer=None),
                name="certificate_one_live_to_nobody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.BEING_MADE.value, State.WITHDRAWN.value])
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
            # A customer asks by the number of an order; most have none here.
            models.Index(
                Lower("order"), condition=~Q(order=""), name="certificate_order"
            ),
        ]

    def __str__(self):
        return f"{self.number} revision {self.revision}"


# Columns added since certificates were first recorded, with what they say in those of
# before.
chained_names.tell_added(Certificate, {"identity": "", "stated": {}})
