"""Tests, methods, specifications and their criteria."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules.quality_attributes import Attribute
from lots.rules.reportable_value import Calculation
from lots.rules.rounding import Rule
from lots.rules.states import Approval
from lots.rules.verdicts import CriterionKind, Requirement


class Group(models.TextChoices):
    """The headings under which results are entered and printed (experience.md 2.4)."""

    IDENTITY = "identity", _("Description and identity")
    ASSAY = "assay", _("Assay")
    RELATED = "related", _("Related substances")
    WATER = "water", _("Water and residue")
    INORGANIC = "inorganic", _("Inorganic impurities and limit tests")
    SOLVENTS = "solvents", _("Residual solvents")
    ELEMENTS = "elements", _("Elemental impurities")
    MICROBIOLOGY = "microbiology", _("Microbiology and endotoxins")
    PH = "ph", _("pH")
    PHYSICAL = "physical", _("Physical")


def _choices(kind):
    """Return the codes of a rule's list, each with its word."""
    return [(code.value, _(code.word)) for code in kind]


ATTRIBUTE_CHOICES = _choices(Attribute)
CALCULATION_CHOICES = _choices(Calculation)
KIND_CHOICES = _choices(CriterionKind)
REQUIREMENT_CHOICES = _choices(Requirement)
ROUNDING_CHOICES = _choices(Rule)


class Test(models.Model):
    """Something measured on a material, with how its reportable value arises.

    `water_test` names the test whose result corrects this one to the anhydrous or
    dried basis; `component_of` the total that this test's peaks are added to.
    """

    material = models.ForeignKey("lots.Material", models.PROTECT, related_name="tests")
    code = PlainCharField(_("code"), max_length=30)
    name = PlainCharField(_("name"), max_length=120, printed=True)
    group = PlainCharField(_("group"), max_length=20, choices=Group.choices)
    attribute = PlainCharField(
        _("quality attribute"), max_length=20, choices=ATTRIBUTE_CHOICES, blank=True
    )
    unit = PlainCharField(_("unit"), max_length=20, blank=True, printed=True)
    calculation = PlainCharField(
        _("reportable value"),
        max_length=20,
        choices=CALCULATION_CHOICES,
        default="single",
        db_column="method",
    )
    determinations = models.PositiveSmallIntegerField(_("preparations"), default=1)
    injections = models.PositiveSmallIntegerField(
        _("injections of each preparation"), default=1
    )
    spread_limit = PlainCharField(
        _("max. difference of preparations"), max_length=20, blank=True
    )
    threshold = PlainCharField(_("reporting threshold"), max_length=20, blank=True)
    at_threshold_counts = models.BooleanField(
        _("count peaks equal to the threshold"), default=False
    )
    already_corrected = models.BooleanField(
        _("values are already on this basis"), default=False
    )
    vocabulary = PlainJSONField(
        _("possible results"), default=list, blank=True, printed=True
    )
    portion = PlainCharField(_("portion"), max_length=20, blank=True)
    is_text = models.BooleanField(_("results are free text"), default=False)
    water_test = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrects"
    )
    component_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="components"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["material", "code"], name="test_code_once_per_material"
            )
        ]

    def __str__(self):
        return self.name


class Method(models.Model):
    """A versioned way to measure a test, with LOD and LOQ, which never change.

    One person drafts a version, another approves it, and from then on it is the
    current one. `state` is blank of a version that was added before methods were
    approved: it is used as it was, and nobody signed it. Results of a limit test say
    whether the substance complies, without a number. `uncertainty` is the expanded one
    (k = 2) that certificates print behind results.
    """

    test = models.ForeignKey(Test, models.PROTECT, related_name="methods")
    code = PlainCharField(_("method"), max_length=80, printed=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    lod = PlainCharField(_("LOD"), max_length=20, blank=True)
    loq = PlainCharField(_("LOQ"), max_length=20, blank=True)
    is_limit_test = models.BooleanField(_("limit test"), default=False)
    uncertainty = PlainCharField(_("expanded uncertainty"), max_length=20, blank=True)
    is_current = models.BooleanField(default=True)
    state = CodeField(codes=Approval, max_length=12, blank=True, default="")
    drafted_by = models.ForeignKey(
        "lots.User", models.PROTECT, null=True, related_name="+"
    )
    drafted_at = models.DateTimeField(null=True)
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "lots_procedure"
        constraints = [
            models.UniqueConstraint(
                fields=["test", "version"], name="procedure_version_once"
            ),
            models.UniqueConstraint(
                fields=["test"],
                condition=models.Q(is_current=True),
                name="procedure_one_current",
            ),
            models.UniqueConstraint(
                fields=["test"],
                condition=models.Q(state=Approval.DRAFT.value),
                name="procedure_one_draft",
            ),
        ]

    def __str__(self):
        return f"{self.code} v{self.version}"


class Owner(models.TextChoices):
    IN_HOUSE = "in_house", _("In-house")
    PHARMACOPOEIA = "pharmacopoeia", _("Pharmacopoeia")
    CUSTOMER = "customer", _("Customer")


class Purpose(models.TextChoices):
    """What a specification is for.

    A minimum says what a release for the use must cover, each test with its widest
    acceptable criterion; no lot is assessed against it (docs/decisions/0023).
    """

    RELEASE = "release", _("Release")
    RETEST = "retest", _("Retest")
    STABILITY = "stability", _("Stability")
    MINIMUM = "minimum", _("Minimum specification")


class Specification(models.Model):
    """One version of the acceptance criteria of a material for a use.

    Several codes may be in force side by side; a version supersedes only its own
    code. An approved version never changes. A minimum for a use with an endotoxin
    limit says what the limit K/M rests on: K in EU/kg, the largest dose in mg in one
    hour, the body weight in kg, and where they stand (domain.md 2.2).
    """

    material = models.ForeignKey(
        "lots.Material", models.PROTECT, related_name="specifications"
    )
    code = PlainCharField(_("code"), max_length=30, printed=True)
    version = models.PositiveIntegerField(_("version"))
    use = PlainCharField(_("use"), max_length=20)
    owner = PlainCharField(
        _("owner"), max_length=20, choices=Owner.choices, default=Owner.IN_HOUSE
    )
    customer = models.ForeignKey(
        "lots.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = PlainCharField(
        _("purpose"),
        max_length=12,
        choices=Purpose.choices,
        default=Purpose.RELEASE.value,
    )
    grade = PlainCharField(_("grade"), max_length=60, printed=True)
    compendium = PlainCharField(
        _("compendium and edition"), max_length=120, blank=True, printed=True
    )
    endotoxin_constant = PlainCharField(_("K in EU/kg"), max_length=20, blank=True)
    endotoxin_dose = PlainCharField(
        _("largest dose in one hour, in mg"), max_length=20, blank=True
    )
    body_weight = PlainCharField(_("body weight in kg"), max_length=20, blank=True)
    endotoxin_source = PlainCharField(
        _("source of K, dose and body weight"), max_length=200, blank=True
    )
    prints_in_order = models.BooleanField(
        _("print results in the order of the specification"), default=False
    )
    effective_on = models.DateField(_("effective from"))
    state = CodeField(codes=Approval, max_length=12, default=Approval.DRAFT.value)
    change_reason = PlainCharField(_("reason for this version"), max_length=400)
    drafted_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"], name="specification_version_once"
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(state=Approval.DRAFT.value),
                name="specification_one_draft",
            ),
        ]
        indexes = [models.Index(fields=["material", "use", "state"])]

    def __str__(self):
        return f"{self.code} v{self.version}"

    @property
    def may_release_alone(self):
        """Return whether a lot may be released by it without another release.

        One of a customer or a pharmacopoeia, for a retest or for stability may be
        shorter or wider than the minimum.
        """
        return self.owner == Owner.IN_HOUSE and self.purpose == Purpose.RELEASE


class Criterion(models.Model):
    """A test's acceptance criterion: limits as text, for their decimals count."""

    specification = models.ForeignKey(
        Specification, models.PROTECT, related_name="criteria"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    test = models.ForeignKey(Test, models.PROTECT, related_name="criteria")
    kind = PlainCharField(_("kind"), max_length=10, choices=KIND_CHOICES)
    low = PlainCharField(_("lower limit"), max_length=26, blank=True)
    high = PlainCharField(_("upper limit"), max_length=26, blank=True)
    choices = PlainJSONField(
        _("permitted results"), default=list, blank=True, printed=True
    )
    wording = PlainCharField(
        _("printed wording"), max_length=160, blank=True, printed=True
    )
    portion = PlainCharField(_("portion"), max_length=20, blank=True)
    rounding = PlainCharField(
        _("rounding"), max_length=10, choices=ROUNDING_CHOICES, default="half_up"
    )
    # Blank: those of the limit.
    decimals = models.PositiveSmallIntegerField(
        _("reported decimals"), null=True, blank=True
    )
    alert_low = PlainCharField(_("lower alert limit"), max_length=26, blank=True)
    alert_high = PlainCharField(_("upper alert limit"), max_length=26, blank=True)
    requirement = PlainCharField(
        _("required"), max_length=10, choices=REQUIREMENT_CHOICES, default="every"
    )
    every_lots = models.PositiveSmallIntegerField(
        _("every … lots"), null=True, blank=True
    )
    every_months = models.PositiveSmallIntegerField(
        _("every … months"), null=True, blank=True
    )
    is_compendial = models.BooleanField(_("of the compendium"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["specification", "test"], name="criterion_once_per_test"
            ),
            models.UniqueConstraint(
                fields=["specification", "position"], name="criterion_position_once"
            ),
        ]

    def __str__(self):
        return f"{self.specification}: {self.test}"
