"""Forms of a specification: its facts and the grid of its criteria."""

from dataclasses import fields
from typing import ClassVar, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    CHOOSE,
    NONE,
    DateField,
    FormOfARefusal,
    StepForm,
    WholeNumberField,
    whole_number,
)
from lots.forms.setup import LinesField, a_use, customers
from lots.models import (
    Criterion,
    Material,
    Organisation,
    Owner,
    Purpose,
    Specification,
)
from lots.models import Test as MaterialTest
from lots.models.specification import (
    KIND_CHOICES,
    REQUIREMENT_CHOICES,
)
from lots.rules.criterion import MOST_DECIMALS, CriterionKind
from lots.rules.refusal import Refusal, Refusals
from lots.rules.rounding import Rule
from lots.rules.unknown import UNKNOWN
from lots.setup import frequency, specification_content
from lots.setup.specification_versions import CriterionDraft, NotARow

PREFIX = "criteria"
EXTRA_ROWS = 3
MOST_ROWS = 200
# Short enough for a column; the guide says which pharmacopoeia asks for which.
ROUNDING_WORDS = {rule.value: capfirst(_(rule.said)) for rule in Rule}


def used_by():
    """Return which kinds of criterion use each cell of a row, for the page's script."""
    used: dict[str, list[str]] = {}
    for kind in CriterionKind:
        for cell in (*kind.needs, *kind.may_have):
            used.setdefault(cell, []).append(kind.value)
    return used


# The facts of a row in the order of the grid; `position` only orders the rows.
ROW_FACTS = tuple(fact.name for fact in fields(CriterionDraft))


class SpecificationFacts(StepForm):
    """What every version says beside its criteria."""

    conditional: ClassVar[tuple[str, ...]] = ("customer", "compendium")

    owner = forms.ChoiceField(label=_("Owner"), choices=Owner.choices)
    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=NONE,
    )
    grade = forms.CharField(
        label=_("Grade"), max_length=60, help_text=_("As certificates print it.")
    )
    compendium = forms.CharField(
        label=_("Compendium and edition"),
        max_length=120,
        required=False,
        help_text=_(
            "Such as USP–NF 2026 Issue 1. Printed only for the criteria that you mark"
            " as the compendium's."
        ),
    )
    prints_in_order = forms.BooleanField(
        label=_("Certificates print the results in the order below"),
        required=False,
        help_text=_("Otherwise under headings, such as Related substances."),
    )
    effective_on = DateField(label=_("Effective from"))
    change_reason = forms.CharField(label=_("Reason for this version"), max_length=400)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = customers()


class MinimumFacts(SpecificationFacts):
    """A minimum for an injectable use also says what its endotoxin limit rests on."""

    conditional = (
        *SpecificationFacts.conditional,
        "endotoxin_constant",
        "endotoxin_dose",
        "body_weight",
        "endotoxin_source",
    )

    endotoxin_constant = forms.CharField(
        label=_("K of the endotoxin limit, in EU/kg"),
        max_length=20,
        required=False,
        help_text=_(
            "For a minimum specification of an injectable use: its endotoxin limit is"
            " at most K/M."
        ),
    )
    endotoxin_dose = forms.CharField(
        label=_("Largest dose in one hour, in mg"), max_length=20, required=False
    )
    body_weight = forms.CharField(
        label=_("Body weight, in kg"), max_length=20, required=False
    )
    endotoxin_source = forms.CharField(
        label=_("Source of K, dose and body weight"), max_length=200, required=False
    )


class SpecificationForm(MinimumFacts):
    """A first version also says what it is for."""

    material = forms.ModelChoiceField(
        label=_("Material"),
        queryset=Material.objects.order_by("name", "pk"),
        empty_label=CHOOSE,
    )
    code = forms.CharField(
        label=_("Code"), max_length=30, help_text=_("Such as BAC-ORAL.")
    )
    use = forms.ChoiceField(label=_("Use"), choices=a_use)
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=Purpose.choices,
        help_text=_(
            "A minimum specification says what every release for the use must cover."
        ),
    )

    field_order = ("material", "code", "use", "purpose")


class _Tests:
    """The tests of a material as choices, read once for all rows of the grid."""

    def __init__(self, material):
        rows = list(
            MaterialTest.objects.filter(material=material).order_by("name", "pk")
        )
        self.by_key = {row.pk: row for row in rows}
        self.choices = [("", CHOOSE), *((row.pk, row.name) for row in rows)]


class TestChoice(forms.TypedChoiceField):
    """A test of the material; cleaned to the record without a query for each row."""

    def __init__(self, **options):
        super().__init__(coerce=int, empty_value=None, **options)
        self._by_key: dict[int, MaterialTest] = {}

    def offer(self, tests):
        """Offer these tests."""
        self._by_key = tests.by_key
        self.choices = tests.choices

    def clean(self, value):
        key = super().clean(value)
        return self._by_key[key] if key is not None else None


def _limit(label):
    return forms.CharField(label=label, max_length=26, required=False)


class CriterionForm(FormOfARefusal):
    """A row of the grid."""

    position = WholeNumberField(label=_("No."), min_value=1, max_value=9999)
    test = TestChoice(label=_("Test"))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", CHOOSE), *KIND_CHOICES])
    low = _limit(_("Lower limit"))
    high = _limit(_("Upper limit"))
    choices = LinesField(
        label=_("Permitted results"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    wording = forms.CharField(
        label=_("Printed wording"), max_length=160, required=False
    )
    portion = forms.CharField(label=_("Portion"), max_length=20, required=False)
    rounding = forms.ChoiceField(
        label=_("Rounding"), choices=ROUNDING_WORDS.items(), initial="half_up"
    )
    decimals = WholeNumberField(
        label=_("Reported decimals"),
        min_value=0,
        max_value=MOST_DECIMALS,
        required=False,
    )
    alert_low = _limit(_("Lower alert limit"))
    alert_high = _limit(_("Upper alert limit"))
    requirement = forms.ChoiceField(
        label=_("Required"), choices=REQUIREMENT_CHOICES, initial="every"
    )
    every_lots = WholeNumberField(
        label=_("every … lots"),
        min_value=1,
        max_value=frequency.MOST_LOTS,
        required=False,
    )
    every_months = WholeNumberField(
        label=_("every … months"),
        min_value=1,
        max_value=frequency.MOST_MONTHS,
        required=False,
    )
    is_compendial = forms.BooleanField(label=_("Of the compendium"), required=False)

    def __init__(self, *args, tests, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["test"].offer(tests)
        self.fields["position"].required = False
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label
            field.widget.attrs["data-cell"] = name

    def printed(self):
        """Return the criterion as it would be printed, blank while it is not one."""
        if not self.is_bound or not self.is_valid() or "test" not in self.cleaned_data:
            return self.initial.get("printed", "")
        try:
            return specification_content.printed(self._row())
        except Refusal:
            return ""

    def draft(self):
        """Return the row as the verb takes it, UNKNOWN where a cell is refused."""
        return CriterionDraft(
            **{name: self.cleaned_data.get(name, UNKNOWN) for name in ROW_FACTS}
        )

    def _row(self):
        facts = {name: self.cleaned_data[name] for name in ROW_FACTS}
        return Criterion(**{**facts, "choices": list(facts["choices"])})


class BaseCriterionFormSet(forms.BaseFormSet):
    """The grid: rows in the order of their numbers, blank ones left out."""

    def __init__(self, typed=None, *, material, **kwargs):
        kwargs.setdefault("prefix", PREFIX)
        super().__init__(typed, form_kwargs={"tests": _Tests(material)}, **kwargs)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        # Named by its column for those who see it; here for those who do not.
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Remove")

    def kept(self):
        """Return the forms of the rows that count, in the order of their numbers.

        A row without a number comes after those that have one.
        """
        forms_kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("test")
            # Asked of a grid with a mistake too, where `deleted_forms` has none.
            and not form.cleaned_data.get("DELETE")
        ]
        return sorted(
            forms_kept,
            key=lambda form: form.cleaned_data.get("position") or MOST_ROWS * 100,
        )

    def drafts(self):
        """Return the rows as the verb takes them."""
        return tuple(form.draft() for form in self.kept())

    def refuse(self, refusal):
        """Put each refusal of a row beside its cell; return those of no row."""
        others = []
        rows = self.kept()
        several = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
        for one in several:
            if isinstance(one, NotARow):
                rows[one.row].refuse(one)
            else:
                others.append(one)
        return others


CriterionFormSet = cast(
    # The factory is declared to return a plain form set, whatever it is given.
    type[BaseCriterionFormSet],
    forms.formset_factory(
        CriterionForm,
        formset=BaseCriterionFormSet,
        extra=EXTRA_ROWS,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS,
        can_delete=True,
    ),
)


class DraftForms:
    """The facts and the grid of a draft, which one verb takes."""

    made: Specification

    def __init__(self, facts, grid):
        self.facts, self.grid = facts, grid

    @property
    def fields(self):
        """Return what can be refused: the facts, and each cell with its row."""
        return [*self.facts.fields, *self._cells("fields")]

    @property
    def refused(self):
        """Return which of them are refused."""
        return {*self.facts.refused, *self._cells("errors")}

    def _cells(self, of):
        return [
            (row, name)
            for row, form in enumerate(self.grid.forms)
            for name in getattr(form, of)
        ]

    @property
    def is_bound(self):
        return self.facts.is_bound

    def is_valid(self):
        # Both, so that everything that is wrong shows at once.
        return all([self.facts.is_valid(), self.grid.is_valid()])

    def arguments(self):
        """Return what the verb takes."""
        return {**self.facts.arguments(), "criteria": self.grid.drafts()}

    def what_is_known(self):
        """Return the same, UNKNOWN in place of each field and cell that is refused."""
        return {**self.facts.what_is_known(), "criteria": self.grid.drafts()}

    def refuse(self, refusal):
        """Put each refusal of a row beside its cell, any other beside its field."""
        if others := self.grid.refuse(refusal):
            self.facts.refuse(Refusals(others))


def stored_rows(specification):
    """Return the criteria of a specification as initial values of the grid."""
    return [
        {
            **{name: getattr(row, name) for name in ("position", *ROW_FACTS)},
            "test": row.test_id,
            "printed": specification_content.printed(row),
        }
        for row in specification_content.rows(specification)
    ]


def typed_rows(typed):
    """Return the rows typed so far as initial values, those to be left out too."""
    rows = min(whole_number(typed.get(f"{PREFIX}-TOTAL_FORMS", "")) or 0, MOST_ROWS)
    return [
        {
            name: typed.get(f"{PREFIX}-{number}-{name}", "")
            for name in ("position", *ROW_FACTS)
        }
        for number in range(rows)
        if typed.get(f"{PREFIX}-{number}-test")
    ]
