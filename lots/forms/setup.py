"""Forms of the set-up: organisations, sites, materials, tests, qualifications."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    CHOOSE,
    NONE,
    Box,
    DateField,
    ReasonForm,
    SignedForm,
    StepForm,
    TextBlockField,
    UploadField,
    WholeNumberField,
)
from lots.models import DateKind, Group, Material, Organisation, Qualification, Site
from lots.models import Test as MaterialTest
from lots.models.specification import ATTRIBUTE_CHOICES, CALCULATION_CHOICES
from lots.rules.laboratory_error import MOST_RETESTS
from lots.setup.material_tests import TestFacts
from lots.wording import use_choices


def a_use():
    """Return the choices of a use, none of them chosen."""
    return [("", CHOOSE), *use_choices()]


class LinesField(TextBlockField):
    """Some words, one on each line; cleaned to a tuple."""

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value):
        lines = super().clean(value).split("\n")
        return tuple(line.strip() for line in lines if line.strip())


class WithReason(forms.Form):
    """A change says why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=400, help_text=_("It is kept in the audit trail.")
    )


class OrganisationForm(StepForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    address = TextBlockField(label=_("Address"), max_length=400)
    telephone = forms.CharField(label=_("Telephone"), max_length=60)
    is_ours = forms.BooleanField(
        label=_("Our own company"),
        required=False,
        help_text=_(
            "Select this also for a company of your group: lots from its sites count"
            " as your own."
        ),
    )
    is_customer = forms.BooleanField(label=_("A customer"), required=False)


class ChangeOrganisationForm(OrganisationForm, WithReason):
    pass


class SiteFacts(StepForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    address = TextBlockField(
        label=_("Address"),
        max_length=400,
        help_text=_("As certificates print it."),
    )
    telephone = forms.CharField(label=_("Telephone"), max_length=60)
    manufactures = forms.BooleanField(label=_("Material is made here"), required=False)
    tests = forms.BooleanField(label=_("Material is tested here"), required=False)
    most_retests = WholeNumberField(
        label=_("Most retests of one investigation"),
        min_value=0,
        max_value=MOST_RETESTS,
        required=False,
        initial=MOST_RETESTS,
        help_text=_("Your SOP says how many; nobody can plan more."),
    )


class SiteForm(SiteFacts):
    """A new site: one where nothing is done would be offered nowhere."""

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if not cleaned.get("manufactures") and not cleaned.get("tests"):
            self.add_error(
                "manufactures",
                _("Select at least one: material is made here, or tested here."),
            )
        return cleaned


class ChangeSiteForm(SiteFacts, WithReason):
    """With neither box ticked any more, a site that was given up is offered nowhere."""


class MaterialForm(StepForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    item_code = forms.CharField(label=_("Item code"), max_length=40)
    cas_number = forms.CharField(
        label=_("CAS number"),
        max_length=12,
        help_text=_("The last digit is checked. “not assigned” where there is none."),
    )
    formula = forms.CharField(
        label=_("Molecular formula"), max_length=60, required=False
    )
    storage = forms.CharField(label=_("Storage"), max_length=200)
    note = forms.CharField(
        label=_("Note printed on every certificate"), max_length=300, required=False
    )


class ChangeMaterialForm(MaterialForm, WithReason):
    pass


class TestForm(StepForm):
    """A test of a material: a field for each of its facts."""

    conditional = ("threshold", "water_test", "vocabulary", "portion")

    facts_class = TestFacts

    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        help_text=_("Import files name the test by this code."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("As certificates print it.")
    )
    group = forms.ChoiceField(label=_("Group"), choices=[("", CHOOSE), *Group.choices])
    attribute = forms.ChoiceField(
        label=_("Quality attribute"),
        choices=[("", _("Not stated")), *ATTRIBUTE_CHOICES],
        required=False,
        help_text=_(
            "What the test says of the material; a minimum specification is held to it."
        ),
    )
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    calculation = forms.ChoiceField(
        label=_("Reportable value"), choices=CALCULATION_CHOICES
    )
    determinations = WholeNumberField(
        label=_("Preparations"),
        min_value=1,
        max_value=20,
        initial=1,
        help_text=_(
            "More than one for a mean, or for a value on the anhydrous or dried basis."
        ),
    )
    spread_limit = forms.CharField(
        label=_("Max. difference of preparations"), max_length=20, required=False
    )
    injections = WholeNumberField(
        label=_("Injections of each preparation"),
        min_value=1,
        max_value=12,
        initial=1,
        required=False,
        help_text=_("The injections of a preparation are averaged into one value."),
    )
    water_test = forms.ModelChoiceField(
        label=_("Corrected with the result of"),
        queryset=MaterialTest.objects.none(),
        required=False,
        empty_label=NONE,
        help_text=_("For a value on the anhydrous or dried basis."),
    )
    already_corrected = forms.BooleanField(
        label=_("Values are already on this basis"), required=False
    )
    threshold = forms.CharField(
        label=_("Reporting threshold of peaks"), max_length=20, required=False
    )
    at_threshold_counts = forms.BooleanField(
        label=_("Count peaks equal to the threshold"), required=False
    )
    component_of = forms.ModelChoiceField(
        label=_("Contributes to"),
        queryset=MaterialTest.objects.none(),
        required=False,
        empty_label=NONE,
    )
    vocabulary = LinesField(
        label=_("Possible results"),
        required=False,
        help_text=_("One on each line. Leave blank if results are numbers."),
    )
    portion = forms.CharField(
        label=_("Portion"),
        max_length=20,
        required=False,
        help_text=_(
            "For results such as Absent or Present: the portion tested, such as 1 g."
        ),
    )
    is_text = forms.BooleanField(
        label=_("Results are free text"),
        required=False,
        help_text=_("They are reported, and nothing is compared with them."),
    )

    def __init__(self, *args, material, test=None, **kwargs):
        super().__init__(*args, **kwargs)
        others = MaterialTest.objects.filter(material=material).order_by("name", "pk")
        if test is not None:
            others = others.exclude(pk=test.pk)
        self.fields["water_test"].queryset = others
        self.fields["component_of"].queryset = others.filter(calculation="total")

    def clean_injections(self):
        return self.cleaned_data["injections"] or 1


class ChangeTestForm(TestForm, WithReason):
    pass


class MethodForm(StepForm):
    code = forms.CharField(
        label=_("Method"), max_length=80, help_text=_("As certificates print it.")
    )
    lod = forms.CharField(
        label=_("LOD"),
        max_length=20,
        required=False,
        help_text=_("Limit of detection, in the unit of the test."),
    )
    loq = forms.CharField(
        label=_("LOQ"),
        max_length=20,
        required=False,
        help_text=_("Limit of quantitation, in the unit of the test."),
    )
    is_limit_test = forms.BooleanField(
        label=_("Limit test"),
        required=False,
        help_text=_("Its result is Complies or Does not comply, without a number."),
    )
    uncertainty = forms.CharField(
        label=_("Expanded uncertainty (k = 2)"),
        max_length=20,
        required=False,
        help_text=_(
            "In the unit of the test. Certificates print it behind the result; no"
            " verdict depends on it."
        ),
    )


class StatementForm(StepForm):
    title = forms.CharField(
        label=_("Title"),
        max_length=80,
        help_text=_("A new text with the same title becomes the next version."),
    )
    text = TextBlockField(
        label=_("Text"), max_length=600, help_text=_("As certificates print it.")
    )


class AlternativeUseForm(StepForm):
    made_for = forms.ChoiceField(label=_("Intended use of the lot"), choices=a_use)
    use_for = forms.ChoiceField(label=_("Also suitable for"), choices=a_use)
    justification = TextBlockField(label=_("Justification"), max_length=400)


class QualificationForm(StepForm):
    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.filter(manufactures=True)
        .select_related("organisation")
        .order_by("organisation__name", "name", "pk"),
        empty_label=CHOOSE,
    )
    material = forms.ModelChoiceField(
        label=_("Material"),
        queryset=Material.objects.order_by("name", "pk"),
        empty_label=CHOOSE,
    )
    use = forms.ChoiceField(label=_("Qualified for"), choices=a_use)
    process = forms.CharField(
        label=_("Manufacturing process"),
        max_length=80,
        help_text=_("Name and version. Each lot names the same process."),
    )
    valid_from = DateField(
        label=_("Valid from"),
        help_text=_("Covers lots manufactured on or after this day."),
    )
    valid_until = DateField(
        label=_("Valid until"),
        required=False,
        help_text=_("The last day. Leave blank if there is no end date."),
    )
    storage = forms.CharField(label=_("Storage"), max_length=200)
    date_kind = forms.ChoiceField(
        label=_("Kind of date"),
        choices=DateKind.choices,
        help_text=_("Every lot of this process gets this kind of date."),
    )
    retest_months = WholeNumberField(
        label=_("Period (months)"),
        min_value=1,
        max_value=120,
        help_text=_("From manufacture to the latest retest or expiry date."),
    )
    use_by_days = WholeNumberField(
        label=_("Use after a retest (days)"),
        min_value=1,
        max_value=Qualification.LONGEST_USE_BY,
        initial=Qualification.USED_IMMEDIATELY,
        help_text=_("A lot that passes a retest is used immediately: 30 days."),
    )
    evidence_reference = forms.CharField(
        label=_("Evidence reference"),
        max_length=120,
        help_text=_("Number of the audit report, agreement or filing."),
    )
    evidence = UploadField(
        label=_("Evidence"),
        help_text=_("At most 10 MB. The file is stored with its SHA-256 checksum."),
    )


class CauseForm(ReasonForm):
    """A qualification is suspended for cause: since when lots are in question."""

    since = DateField(
        label=_("Lots in question since"),
        help_text=_(
            "The day of manufacture. Certificates of lots made on this day or later are"
            " under review until QA decides."
        ),
    )

    field_order = ("since", "reason")


class EndForm(CauseForm):
    """A qualification is withdrawn, for cause or because it was replaced."""

    since = DateField(
        label=_("Withdrawn for cause: lots in question since"),
        required=False,
        help_text=_(
            "The day of manufacture. Leave blank if it was replaced or is not needed"
            " any more: then nothing issued changes. A suspended one is withdrawn for"
            " cause, with the day of its suspension or an earlier one."
        ),
    )

    def __init__(self, *args, is_suspended=False, **options):
        super().__init__(*args, **options)
        self.fields["since"].depends = is_suspended


class CertificateHeaderForm(StepForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    address = TextBlockField(label=_("Address"), max_length=400)
    telephone = forms.CharField(label=_("Telephone"), max_length=60)
    email = forms.EmailField(label=_("E-mail"), max_length=120, required=False)


class ApproveIdentitiesForm(SignedForm):
    """The statement that nothing became something else, asked where a text changes."""

    same_identity = forms.BooleanField(
        label=_(
            "Each change is a new name or a correction of the same company, place or"
            " material."
        ),
        required=False,
        help_text=_(
            "Another place is another site, with qualifications of its own: withdraw"
            " its draft, and add that site."
        ),
        widget=Box,
    )

    field_order = ("same_identity",)

    def __init__(self, *args, renames=True, **options):
        super().__init__(*args, **options)
        if not renames:
            del self.fields["same_identity"]


def customers():
    """Return the organisations that a specification can belong to."""
    return Organisation.objects.filter(is_customer=True).order_by("name", "pk")
