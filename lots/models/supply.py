"""Organisations, sites, materials, qualifications and certificate headers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField, PlainJSONField
from lots.models.lot import DateKind
from lots.rules.laboratory_error import MOST_RETESTS
from lots.rules.states import Approval

# The records of which certificates print something that two people approve.
_IDENTIFIED = ("organisation", "site", "material", "statement")


class Document(models.Model):
    """A file kept as it came: raw data, an original certificate, evidence.

    In the database with its SHA-256, at most 10 MB, type by content, so that one
    backup holds everything (architecture.md 6.12). Never changed.
    """

    name = PlainCharField(max_length=200)
    content_type = PlainCharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = PlainCharField(max_length=64, db_index=True)
    content = models.BinaryField()
    added_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self):
        return self.name


class Organisation(models.Model):
    """A company: the issuer, a manufacturer, a laboratory, a customer.

    `is_ours`: what its sites make, the issuer has made, be it the company itself or
    one of its group; any other's lots come with their manufacturer's certificate.
    """

    name = PlainCharField(_("name"), max_length=200, unique=True, printed=True)
    address = PlainCharField(_("address"), max_length=400, printed=True, in_lines=True)
    telephone = PlainCharField(_("telephone"), max_length=60, printed=True)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_ours = models.BooleanField(_("our own company"), default=False)

    def __str__(self):
        return self.name


class Site(models.Model):
    """An address of an organisation where material is made, packed or tested.

    `most_retests` is how many retests an investigation of a result obtained here may
    plan at most (FDA OOS guidance 2022: fixed before testing).
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sites")
    name = PlainCharField(_("name"), max_length=120, printed=True)
    address = PlainCharField(_("address"), max_length=400, printed=True, in_lines=True)
    telephone = PlainCharField(_("telephone"), max_length=60, printed=True)
    manufactures = models.BooleanField(_("manufactures"), default=False)
    tests = models.BooleanField(_("tests"), default=False)
    most_retests = models.PositiveSmallIntegerField(
        _("most retests"), default=MOST_RETESTS
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="site_once_per_organisation"
            )
        ]

    def __str__(self):
        return f"{self.organisation.name}, {self.name}"


class Material(models.Model):
    """The active pharmaceutical ingredient."""

    name = PlainCharField(_("name"), max_length=120, unique=True, printed=True)
    item_code = PlainCharField(_("item code"), max_length=40, unique=True, printed=True)
    cas_number = PlainCharField(_("CAS number"), max_length=12, blank=True)
    formula = PlainCharField(
        _("molecular formula"), max_length=60, blank=True, printed=True
    )
    storage = PlainCharField(_("storage"), max_length=200, printed=True)
    note = PlainCharField(
        _("note printed on every certificate"), max_length=300, blank=True, printed=True
    )

    def __str__(self):
        return self.name


class AlternativeUse(models.Model):
    """A signed row: a lot of this material made for one use may also serve another."""

    material = models.ForeignKey(
        Material, models.PROTECT, related_name="alternative_uses"
    )
    made_for = PlainCharField(_("intended use of the lot"), max_length=20)
    use_for = PlainCharField(_("also suitable for"), max_length=20)
    justification = PlainCharField(_("justification"), max_length=400)
    state = CodeField(codes=Approval, max_length=12, default=Approval.DRAFT.value)
    drafted_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "lots_standin"
        constraints = [
            models.UniqueConstraint(
                fields=["material", "made_for", "use_for"],
                condition=models.Q(
                    state__in=[Approval.DRAFT.value, Approval.APPROVED.value]
                ),
                name="stand_in_once_per_material",
            )
        ]

    def __str__(self):
        return f"{self.material}: {self.made_for} for {self.use_for}"


class Qualification(models.Model):
    """Site × material × use × manufacturing process, from–to, evidence attached.

    A fact about a process, not about numbers (domain.md 0.2). Must cover the date
    of manufacture and stand on the day of logging, of release and of issue.
    `valid_until` is the last day; blank while no end is set.

    `date_kind` says what the period gives a lot, a retest or an expiry date;
    `use_by_days` how long a lot that passed a retest may be used. Where it was
    suspended or withdrawn for cause, lots that were made on `cause_since` or later are
    in question; `caused_at` is when that was said.
    """

    # In months.
    LONGEST_PERIOD = 120
    # In days: "immediately" (ICH Q1A, glossary, retest date), and the longest that two
    # people may approve instead.
    USED_IMMEDIATELY, LONGEST_USE_BY = 30, 180

    site = models.ForeignKey(Site, models.PROTECT, related_name="qualifications")
    material = models.ForeignKey(
        Material, models.PROTECT, related_name="qualifications"
    )
    use = PlainCharField(_("use"), max_length=20)
    process = PlainCharField(_("manufacturing process"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    storage = PlainCharField(_("storage"), max_length=200, printed=True)
    date_kind = PlainCharField(
        _("kind of date"), max_length=10, choices=DateKind.choices, default="retest"
    )
    retest_months = models.PositiveSmallIntegerField(_("period (months)"))
    use_by_days = models.PositiveSmallIntegerField(
        _("use after a retest (days)"), default=USED_IMMEDIATELY
    )
    evidence = models.ForeignKey(Document, models.PROTECT, related_name="+")
    evidence_reference = PlainCharField(_("evidence reference"), max_length=120)
    state = CodeField(codes=Approval, max_length=12, default=Approval.DRAFT.value)
    state_reason = PlainCharField(max_length=400, blank=True)
    cause_since = models.DateField(_("lots in question since"), null=True)
    caused_at = models.DateTimeField(null=True)
    drafted_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["material", "site", "use"])]

    def __str__(self):
        return f"{self.site}, {self.material}, {self.use}, {self.process}"


class CertificateHeader(models.Model):
    """The issuer as certificates print it: one company, one role, versioned."""

    version = models.PositiveIntegerField(unique=True)
    name = PlainCharField(_("name"), max_length=200, printed=True)
    address = PlainCharField(_("address"), max_length=400, printed=True, in_lines=True)
    telephone = PlainCharField(_("telephone"), max_length=60, printed=True)
    email = PlainCharField(_("e-mail"), max_length=120, blank=True, printed=True)
    state = CodeField(codes=Approval, max_length=12, default=Approval.DRAFT.value)
    drafted_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "lots_letterhead"

    def __str__(self):
        return f"{self.name} (version {self.version})"


class Statement(models.Model):
    """A versioned text that certificates of a material carry (domain.md 1.2).

    Current once it is approved, until a later one takes its place or it is retired.
    """

    material = models.ForeignKey(Material, models.PROTECT, related_name="statements")
    title = PlainCharField(_("title"), max_length=80, printed=True)
    text = PlainCharField(_("text"), max_length=600, printed=True, in_lines=True)
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "title", "version"], name="statement_version_once"
            )
        ]

    def __str__(self):
        return f"{self.title} (version {self.version})"


class PrintedIdentity(models.Model):
    """A version of what certificates print of one record: drafted, then approved.

    Of an organisation, a site, a material or a statement, exactly one. `texts` are
    its printed columns by name; none where a statement is to be printed no more. The
    record itself has the texts of the approved version (docs/decisions/0027).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="identities"
    )
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="identities")
    material = models.ForeignKey(
        Material, models.PROTECT, null=True, related_name="identities"
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, related_name="identities"
    )
    version = models.PositiveIntegerField()
    # The longest is a statement's.
    texts = PlainJSONField(
        _("printed texts"), max_length=600, printed=True, in_lines=True
    )
    reason = PlainCharField(_("reason"), max_length=400, blank=True)
    state = CodeField(codes=Approval, max_length=12, default=Approval.DRAFT.value)
    drafted_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    *(
                        models.Q(
                            **{f"{name}__isnull": name != one for name in _IDENTIFIED}
                        )
                        for one in _IDENTIFIED
                    ),
                    _connector=models.Q.OR,
                ),
                name="identity_of_one",
            ),
            *(
                models.UniqueConstraint(
                    fields=[name, "version"], name=f"identity_version_of_{name}"
                )
                for name in _IDENTIFIED
            ),
            *(
                models.UniqueConstraint(
                    fields=[name, "state"],
                    condition=models.Q(
                        state__in=[Approval.DRAFT.value, Approval.APPROVED.value]
                    ),
                    name=f"identity_state_of_{name}",
                )
                for name in _IDENTIFIED
            ),
        ]

    def __str__(self):
        # A statement has a version of its own, which says which text it is.
        if self.statement_id is not None:
            return str(self.statement)
        return f"{self.subject} (version {self.version})"

    @property
    def kind(self) -> str:
        """Return the name of the column that points at the record."""
        return next(
            name for name in _IDENTIFIED if getattr(self, f"{name}_id") is not None
        )

    @property
    def subject(self):
        """Return the record."""
        return getattr(self, self.kind)
