"""Forms that log a lot and add samples, files, test orders and assessments to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import CHOOSE, DateField, StepForm, UploadField, whole_number
from lots.models import (
    Attachment,
    DateKind,
    Lot,
    Material,
    Occasion,
    Origin,
    Result,
    Site,
    Specification,
    UseDocument,
)
from lots.origin.lot_facts import LotFacts
from lots.rules.roles import IssuerRole
from lots.rules.unknown import UNKNOWN
from lots.wording import use_choices

PARENT_ROWS = 3
MOST_PARENTS = 200
UNITS = [("kg", "kg"), ("g", "g")]


class ParentForm(forms.Form):
    """One lot that the new one is made from; blank rows are left out."""

    # A form knows by the name of a field of which kind it is; Django does not.
    fields: dict[str, Any]

    parent = forms.ModelChoiceField(
        label=_("Parent lot number"),
        queryset=Lot.objects.none(),
        to_field_name="number",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid_choice": _(
                "No lot %(value)s is logged; log the parent lot first, or correct its"
                " number."
            )
        },
    )
    quantity = forms.CharField(
        label=_("Quantity used"), max_length=20, required=False, strip=True
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Lot.objects.all()
        # A blend has parents, a lot that was manufactured has none.
        self.fields["parent"].depends = True


class BaseParentFormSet(forms.BaseFormSet):
    """The parents of a lot as repeated rows."""

    def chosen(self):
        """Return the parents given, each with its quantity as typed."""
        return tuple(
            (row.cleaned_data["parent"], row.cleaned_data["quantity"])
            for row in self.forms
            if row.cleaned_data.get("parent")
        )


ParentFormSet = forms.formset_factory(
    ParentForm,
    formset=BaseParentFormSet,
    extra=PARENT_ROWS,
    max_num=MOST_PARENTS,
    absolute_max=MOST_PARENTS,
)


class LogLotForm(StepForm):
    """What is known of a lot when it is logged: a field for each of its facts."""

    conditional = ("original_certificate_number", "original_certificate")

    facts_class = LotFacts
    number = forms.CharField(
        label=_("Lot number"),
        max_length=60,
        strip=False,
        help_text=_("Your own number: Latin letters, digits and - . / _ + inside."),
    )
    material = forms.ModelChoiceField(
        label=_("Material"),
        queryset=Material.objects.order_by("name"),
        empty_label=CHOOSE,
    )
    origin = forms.ChoiceField(label=_("How produced"), choices=Origin.choices)
    site = forms.ModelChoiceField(
        label=_("Original manufacturer's site"),
        queryset=Site.objects.filter(manufactures=True)
        .select_related("organisation")
        .order_by("organisation__name", "name"),
        empty_label=CHOOSE,
    )
    original_number = forms.CharField(
        label=_("Manufacturer's lot number"),
        max_length=60,
        strip=False,
        help_text=_(
            "As the manufacturer prints it on the lot: Latin letters, Chinese"
            " characters, digits and - . / _ + ( ) # & inside."
        ),
    )
    process = forms.CharField(
        label=_("Manufacturing process"),
        max_length=80,
        help_text=_("Exactly as in the qualification."),
        widget=forms.TextInput(attrs={"list": "processes", "autocomplete": "off"}),
    )
    issuer_role = forms.ChoiceField(
        label=_("Issuer role"),
        choices=[("", CHOOSE), *(Lot._meta.get_field("issuer_role").choices or ())],
    )
    original_certificate_number = forms.CharField(
        label=_("Manufacturer's certificate number"), max_length=80, required=False
    )
    original_certificate = UploadField(
        label=_("Manufacturer's certificate"), required=False
    )
    use = forms.ChoiceField(
        label=_("Intended use"),
        choices=lambda: [("", CHOOSE), *use_choices()],
        help_text=_("As stated in the document below, never taken from the results."),
    )
    use_document_kind = forms.ChoiceField(
        label=_("Basis for intended use"), choices=UseDocument.choices
    )
    use_document_reference = forms.CharField(label=_("Document number"), max_length=120)
    use_document = UploadField(label=_("Document"), required=False)
    manufactured_on = DateField(label=_("Manufactured"))
    date_kind = forms.ChoiceField(
        label=_("Kind of date"),
        choices=[("", _("As the qualification says")), *DateKind.choices],
        required=False,
    )
    date_on = DateField(
        label=_("Retest or expiry date"),
        required=False,
        help_text=_("Leave blank to use the period of the qualification."),
    )
    size = forms.CharField(label=_("Batch size"), max_length=20)
    size_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    packaging = forms.CharField(label=_("Packaging"), max_length=160)
    storage = forms.CharField(
        label=_("Storage"),
        max_length=200,
        required=False,
        help_text=_("Leave blank to use the storage of the qualification."),
    )
    note = forms.CharField(
        label=_("Note printed on every certificate"), max_length=300, required=False
    )

    SECTIONS = (
        (_("Identity"), ("number", "material")),
        (
            _("Origin"),
            (
                "origin",
                "site",
                "original_number",
                "process",
                "issuer_role",
                "original_certificate_number",
                "original_certificate",
            ),
        ),
        (
            _("Use"),
            (
                "use",
                "use_document_kind",
                "use_document_reference",
                "use_document",
            ),
        ),
        (
            _("Dates and quantity"),
            (
                "manufactured_on",
                "date_kind",
                "date_on",
                "size",
                "size_unit",
                "packaging",
                "storage",
                "note",
            ),
        ),
    )

    def __init__(self, *args, parents, **kwargs):
        super().__init__(*args, **kwargs)
        self.parents = parents
        if not self.is_bound:
            self.initial.setdefault("issuer_role", self._likely_role())

    def _likely_role(self):
        """Return the role to propose: manufacturer of what our own site made, or none.

        Of another company's site we are not the manufacturer (ICH Q7 11.43), and which
        of the other roles we have nobody knows but the person at the page.
        """
        field = self.fields["site"]
        # Read once: the page lists them too.
        sites = list(field.queryset)
        named = [(site.pk, field.label_from_instance(site)) for site in sites]
        field.choices = [("", field.empty_label), *named]
        chosen = whole_number(str(self.initial.get("site") or ""))
        made_by = {
            site.organisation.is_ours for site in sites if chosen in (None, site.pk)
        }
        return IssuerRole.MANUFACTURER if made_by == {True} else ""

    @property
    def refused(self):
        parents = set() if self.parents.is_valid() else {"parents"}
        return super().refused | parents

    def is_valid(self):
        # Both, so that everything that is wrong shows at once.
        return all([super().is_valid(), self.parents.is_valid()])

    def clean(self):
        """Add the parents, so that each fact has its cleaned value."""
        super().clean()
        cleaned = self.cleaned_data
        cleaned["parents"] = (
            self.parents.chosen() if self.parents.is_valid() else UNKNOWN
        )
        return cleaned

    def refuse(self, refusal):
        """Put a refusal of the parents beside them, any other beside its field."""
        if refusal.field == "parents":
            said, shown = self.sentence(refusal), self.parents.non_form_errors()
            if said not in shown:
                shown.append(said)
        else:
            super().refuse(refusal)

    def sections(self):
        """Return the sections of the page: heading and bound fields."""
        return [
            (heading, [self[name] for name in names])
            for heading, names in self.SECTIONS
        ]


class SampleForm(StepForm):
    """A sample taken from a lot."""

    conditional = ("early_reason",)

    number = forms.CharField(label=_("Sample number"), max_length=60)
    taken_on = DateField(label=_("Taken on"))
    taken_by = forms.CharField(label=_("Taken by"), max_length=120)
    quantity = forms.CharField(label=_("Quantity"), max_length=40)
    purpose = forms.CharField(label=_("Purpose"), max_length=120)
    is_in_process = forms.BooleanField(label=_("Taken in process"), required=False)
    early_reason = forms.CharField(
        label=_("Reason for sampling before manufacture"),
        max_length=300,
        required=False,
        help_text=_(
            "Only of a blend, a repacked lot or a sample taken in process: why it"
            " stands for the lot."
        ),
    )


class ResultChoice(forms.ModelChoiceField):
    """A result by its test and attempt."""

    def label_from_instance(self, result):
        return _("%(test)s, attempt %(attempt)s") % {
            "test": result.test.name,
            "attempt": result.attempt,
        }


class EarlierFileChoice(forms.ModelChoiceField):
    """A file that is attached to the lot, by its title and name."""

    def label_from_instance(self, attachment):
        return f"{attachment.title} ({attachment.document.name})"


class AttachmentForm(StepForm):
    """A file kept with a lot or with one of its results.

    Another one, or one that the lot has already, which serves a further result.
    """

    title = forms.CharField(
        label=_("Title"),
        max_length=120,
        required=False,
        help_text=_("Blank for a file of this lot: it keeps its title."),
    )
    upload = UploadField(
        label=_("File"),
        required=False,
        help_text=_(
            "At most 10 MB. The file is stored unchanged, with its SHA-256 checksum."
        ),
    )
    earlier = EarlierFileChoice(
        label=_("Or a file of this lot"),
        queryset=Attachment.objects.none(),
        required=False,
        empty_label=_("Another file, chosen above"),
        help_text=_("One file, such as the report of a run, serves several results."),
    )
    result = ResultChoice(
        label=_("Result"),
        queryset=Result.objects.none(),
        required=False,
        empty_label=_("The whole lot"),
    )

    def __init__(self, *args, results, files, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["result"].queryset = results
        earlier = self.fields["earlier"]
        earlier.queryset = files
        if kept := list(files):
            # Read once, whether there are any or not.
            named = [(one.pk, earlier.label_from_instance(one)) for one in kept]
            earlier.choices = [("", earlier.empty_label), *named]
            # A file of the lot is attached to a result.
            for name in ("title", "upload", "earlier", "result"):
                self.fields[name].depends = True
        else:
            del self.fields["earlier"]
            self.fields["title"].help_text = ""
            self.fields["title"].required = self.fields["upload"].required = True


class OriginalCertificateForm(StepForm):
    """The manufacturer's certificate of a lot that we re-issue."""

    upload = UploadField(
        label=_("Manufacturer's certificate"),
        help_text=_(
            "At most 10 MB. The file is stored unchanged, with its SHA-256 checksum."
        ),
    )


class TestOrderForm(StepForm):
    """A further occasion on which a lot is tested."""

    conditional = ("use_by",)

    occasion = forms.ChoiceField(label=_("Occasion"), choices=Occasion.choices)
    use_by = DateField(
        label=_("Use-by date"),
        required=False,
        help_text=_(
            "For a retest: the last day of use if the lot passes, within the days that"
            " the qualification says."
        ),
    )


class AssessmentForm(StepForm):
    """A further specification to evaluate a test order against."""

    specification = forms.ModelChoiceField(
        label=_("Specification"),
        queryset=Specification.objects.none(),
        empty_label=CHOOSE,
    )

    def __init__(self, *args, specifications, offered, **kwargs):
        """Offer some of the specifications; of the others the verb says why not."""
        super().__init__(*args, **kwargs)
        field = self.fields["specification"]
        field.queryset = Specification.objects.filter(
            pk__in=[one.pk for one in specifications]
        )
        field.widget.choices = [("", CHOOSE), *((one.pk, str(one)) for one in offered)]
