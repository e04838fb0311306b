"""Forms of result entry: one row of the grid, and the values for all rows."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lots.accounts import analysts
from lots.forms.base import (
    CHOOSE,
    NONE,
    DateField,
    StepForm,
    TextBlockField,
    UploadField,
    WholeNumberField,
)
from lots.models import CORRECTIONS, Role, Sample, Site, User
from lots.results.validation import FURTHER
from lots.rules import reportable_value
from lots.rules.laboratory_error import WhyInvalid
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Calculation, Determination
from lots.rules.reported_value import ABSENT, PRESENT
from lots.rules.roles import IssuerRole
from lots.rules.unknown import UNKNOWN, if_known, of_known
from lots.wording import choices

BLANK_PEAKS = 2
FEWEST_PEAKS = 4
MOST_PEAKS = 60
# Without a component it says that there was no peak (lots/rules/reportable.py).
NO_PEAKS = "ND"
# The kinds of a further result; a recalculation is the program's own.
FURTHER_KINDS = [(kind.value, kind.label) for kind in FURTHER]

_LABORATORIES = (
    Site.objects.filter(tests=True)
    .select_related("organisation")
    .order_by("organisation__name", "name")
)


class PerformerField(forms.ModelChoiceField):
    """An analyst; of one who has left, only tests until then.

    `reader` is the analyst who fills the form in, if it is one: mostly the answer, and
    read already.
    """

    reader = None

    def to_python(self, value):
        if self.reader is not None and value == str(self.reader.pk):
            return self.reader
        return super().to_python(value)

    def label_from_instance(self, person):
        if person.is_active:
            return person.printed_name
        return gettext("%(name)s (deactivated)") % {"name": person.printed_name}


class DefaultsForm(forms.Form):
    """Who performed what is entered now, when, where and on which sample."""

    # A form knows by the name of a field of which kind it is; Django does not.
    fields: dict[str, Any]

    performed_by = PerformerField(
        label=_("Performed by"), queryset=User.objects.none(), empty_label=CHOOSE
    )
    performed_on = DateField(label=_("Performed on"))
    started_on = DateField(label=_("First day, if earlier"), required=False)
    laboratory = forms.ModelChoiceField(
        label=_("Laboratory"),
        queryset=_LABORATORIES,
        required=False,
        empty_label=_("The manufacturer's site"),
    )
    sample = forms.ModelChoiceField(
        label=_("Sample"),
        queryset=Sample.objects.none(),
        required=False,
        empty_label=NONE,
    )
    raw_data = forms.CharField(
        label=_("Raw data reference"), max_length=120, required=False
    )
    run = forms.CharField(label=_("Run or sequence"), max_length=40, required=False)
    late_reason = forms.CharField(
        label=_("Reason for late entry"), max_length=400, required=False
    )

    def __init__(self, *args, lot, by=None, **kwargs):
        super().__init__(*args, **kwargs)
        if by is not None and by.is_a(Role.ANALYST):
            self.fields["performed_by"].reader = by
        self.fields["performed_by"].queryset = analysts.for_tests_since(
            lot.manufactured_on
        )
        self.fields["sample"].queryset = Sample.objects.filter(lot=lot).order_by("pk")
        if lot.issuer_role != IssuerRole.MANUFACTURER:
            # Another company's site is no default for what we state of its lot.
            laboratory = self.fields["laboratory"]
            laboratory.required = True
            laboratory.empty_label = CHOOSE
            laboratory.error_messages["required"] = _(
                "Choose the Laboratory above the grid."
            )

    def propose_only(self, samples):
        """Propose the sample where the lot has but one; say whether it has any."""
        field = self.fields["sample"]
        named = [(one.pk, field.label_from_instance(one)) for one in samples]
        field.choices = [("", NONE), *named]
        if len(samples) == 1:
            self.initial.setdefault("sample", samples[0].pk)
        return bool(samples)

    def chosen(self):
        """Return the defaults as texts for the hidden inputs of each row."""
        return {name: self[name].value() for name in self.fields}

    def proposed(self):
        """Return what a row without a result begins with.

        Its raw data are those named for all rows, unless the row names others: Enter
        stores it before its own box is reached.
        """
        chosen = self.chosen()
        return chosen | {"raw_reference": chosen["raw_data"]}


class RemarkForm(StepForm):
    """What the reader of a result should know, and whether certificates print it.

    It is left blank to take back one that there is.
    """

    conditional = ("remark",)

    remark = TextBlockField(
        label=_("Remark"),
        max_length=400,
        required=False,
        help_text=_("Leave it blank to take back the one there is."),
    )
    is_printed = forms.BooleanField(
        label=_("Print it on certificates, as a footnote"), required=False
    )


class InvalidRunForm(StepForm):
    """A run that gave no value: which, why, and what shows it."""

    beside: ClassVar = {"reason": "happened"}

    run = forms.CharField(label=_("Run or sequence"), max_length=40)
    laboratory = forms.ModelChoiceField(
        label=_("Laboratory"),
        queryset=_LABORATORIES,
        required=False,
        empty_label=_("The manufacturer's site"),
    )
    why = forms.ChoiceField(
        label=_("Why it gave no value"), choices=[("", CHOOSE), *choices(WhyInvalid)]
    )
    happened = TextBlockField(
        label=_("What happened"),
        max_length=400,
        help_text=_("As the raw data show it: Tailing 2.3, at most 1.5 is allowed."),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=200,
        required=False,
        help_text=_("The record and its number, such as CDS sequence 2026-118."),
    )
    evidence_file = UploadField(label=_("Or a file"), required=False)
    others = TextBlockField(
        label=_("Other lots of the run"),
        max_length=2000,
        required=False,
        help_text=_("Their numbers, one on each line; they get the same record."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("evidence", "evidence_file"):
            self.fields[name].depends = True

    def arguments(self):
        values = dict(self.cleaned_data)
        return values | {"others": of_known(str.splitlines, values["others"])}


class ResultForm(StepForm):
    """What was typed in one row: determinations or peaks, and where they come from.

    `seen` is how many attempts the page showed, so that somebody else's entry in
    between is noticed. `further` asks for the kind and the reason of a result beside
    those already stored. `measurement` is that of the method in use; `corrected` that
    of the value that a correction replaces, where it was measured by another method,
    and `judged_by` the sentence that names that method.
    """

    seen = WholeNumberField(min_value=0, widget=forms.HiddenInput)
    raw_reference = forms.CharField(
        label=_("Raw data reference"), max_length=120, required=False
    )

    def __init__(
        self,
        typed=None,
        *,
        test,
        lot,
        further,
        by=None,
        measurement=None,
        corrected=None,
        judged_by="",
        refusals=(),
        **kwargs,
    ):
        super().__init__(typed, prefix=self.prefix_of(test.pk), **kwargs)
        self.test = test
        # Without a method in use the verb takes corrections alone.
        self.measurement = measurement or corrected
        self.corrected = corrected
        self.judged_by = judged_by
        self.further = further
        self.refusals = refusals
        self._values_refused = False
        self.row = f"form-{test.pk}"
        self.suggestions = f"{self.row}-words"
        self.suggested = ()
        self._add_defaults(lot, by)
        if further:
            self._add_further()
        else:
            self.fields["raw_reference"].widget.attrs["data-default"] = "raw_data"
        self.has_peaks = test.calculation == Calculation.LARGEST_UNSPECIFIED
        if self.has_peaks:
            self._add_peaks()
        else:
            self._add_determinations()
        for name, field in self.fields.items():
            # Cells of a table cannot share a form element around them.
            field.widget.attrs["form"] = self.row
            field.widget.attrs.setdefault(
                "aria-label",
                gettext("%(test)s: %(field)s")
                % {"test": test.name, "field": field.label or name},
            )

    @staticmethod
    def prefix_of(test_pk):
        """Return what the names of a row's fields begin with."""
        return f"t{test_pk}"

    @classmethod
    def typed_in(cls, test_pk, posted):
        """Return what was posted for this row, by the names of its fields."""
        start = f"{cls.prefix_of(test_pk)}-"
        return {
            name.removeprefix(start): text
            for name, text in posted.items()
            if name.startswith(start)
        }

    def _add_defaults(self, lot, by):
        # Only what was sent is looked up; what is shown needs no choices.
        fields = (
            DefaultsForm(lot=lot, by=by).fields
            if self.is_bound
            else {
                name: forms.CharField(label=field.label, required=False)
                for name, field in DefaultsForm.base_fields.items()
            }
        )
        for name, field in fields.items():
            field.widget = forms.HiddenInput(attrs={"data-default": name})
            self.fields[name] = field

    def _add_further(self):
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), choices=[("", _("Kind…")), *FURTHER_KINDS]
        )
        self.fields["reason"] = forms.CharField(label=_("Reason"), max_length=400)
        for name in ("reason", "raw_reference"):
            field = self.fields[name]
            field.widget.attrs["placeholder"] = field.label

    def _add_determinations(self):
        for number in range(1, self.test.determinations + 1):
            for injection in range(1, self.test.injections + 1):
                field = self._value_field()
                field.label = self._label(number, injection)
                field.widget.attrs["aria-label"] = f"{self.test.name}: {field.label}"
                self.fields[_cell_name(number, injection)] = field

    def _label(self, number, injection):
        if self.test.injections > 1:
            return gettext("preparation %(number)s, injection %(injection)s") % {
                "number": number,
                "injection": injection,
            }
        if self.test.determinations > 1:
            return gettext("determination %(number)s") % {"number": number}
        return gettext("result")

    def _words(self, measurement):
        """Return the words that are results; none where they are numbers or texts."""
        if self.test.portion:
            return (ABSENT, PRESENT)
        return tuple(measurement.vocabulary if measurement else self.test.vocabulary)

    def _value_field(self):
        words = self._words(self.measurement)
        of_corrected = self._words(self.corrected or self.measurement)
        if words != of_corrected:
            # The kind says which of them are taken, and is chosen in the same row.
            self.suggested = tuple(dict.fromkeys((*of_corrected, *words)))
        elif words:
            choices = [("", ""), *((word, word) for word in words)]
            return forms.CharField(
                required=False,
                widget=forms.Select(attrs={"class": "cell"}, choices=choices),
            )
        cell = _cell()
        if self.suggested:
            # Without it some browsers suggest nothing.
            del cell.attrs["autocomplete"]
            cell.attrs["list"] = self.suggestions
        if self.suggested or (self.measurement and self.measurement.is_text):
            cell.attrs["class"] = "cell cell-text"
        if self.further:
            # Below boxes that say what they take.
            cell.attrs["placeholder"] = gettext("Value")
        return forms.CharField(required=False, strip=False, widget=cell)

    def _add_peaks(self):
        for number in range(1, self._peak_rows() + 1):
            label = gettext("peak %(number)s, name or RRT") % {"number": number}
            self.fields[f"component{number}"] = forms.CharField(
                label=label, max_length=60, required=False, widget=_cell()
            )
            label = gettext("peak %(number)s, value") % {"number": number}
            self.fields[f"value{number}"] = forms.CharField(
                label=label, required=False, strip=False, widget=_cell()
            )
        self.fields["no_peaks"] = forms.BooleanField(
            label=_("No peaks"), required=False
        )

    def _peak_rows(self):
        typed = (
            self.typed_in(self.test.pk, self.data) if self.is_bound else self.initial
        )
        used = [
            number
            for number in range(1, MOST_PEAKS + 1)
            if typed.get(f"value{number}") or typed.get(f"component{number}")
        ]
        return max(FEWEST_PEAKS, max(used, default=0) + BLANK_PEAKS)

    def clean(self):
        """Refuse each value that is out of grammar beside its own cell."""
        super().clean()
        cleaned = self.cleaned_data
        measurement = self._measurement(cleaned.get("kind"))
        for name, text in list(cleaned.items()):
            if name.startswith("value") and text.strip() and measurement:
                try:
                    reportable_value.entered(measurement, text)
                except Refusal as refusal:
                    self.add_error(name, self.sentence(refusal))
        if self.has_peaks:
            self._check_peaks(cleaned)
        return cleaned

    def _measurement(self, kind):
        """Return what a value of this kind is judged by; None where nobody knows yet.

        A kind that is missing is asked for first, where it makes a difference.
        """
        if self.corrected is None:
            return self.measurement
        if not kind:
            return None
        return self.corrected if kind in CORRECTIONS else self.measurement

    def _check_peaks(self, cleaned):
        if cleaned.get("no_peaks") and self._typed_values(cleaned):
            self.add_error(
                "no_peaks", _("Select No peaks or type the peaks, not both.")
            )
        for name, text in list(cleaned.items()):
            number = name.removeprefix("component")
            if number != name and text and not cleaned.get(f"value{number}", "-"):
                self.add_error(
                    f"value{number}", _("The value of this peak is missing; type it.")
                )

    @staticmethod
    def _typed_values(cleaned):
        return [
            (name.removeprefix("value"), text)
            for name, text in cleaned.items()
            if name.startswith("value") and text.strip()
        ]

    def unseen(self):
        """Return name, default and value of each hidden input, as texts."""
        return [
            (
                field.html_name,
                field.field.widget.attrs.get("data-default", ""),
                "" if (value := field.value()) is None else str(value),
            )
            for field in self.hidden_fields()
        ]

    def cells(self):
        """Return the bound value fields in order."""
        return [self[name] for name in self.fields if name.startswith("value")]

    def complaints(self):
        """Return what is said of the row as a whole, or of what it does not show."""
        hidden = [self[name] for name in self.fields if self[name].is_hidden]
        return [
            *self.refusals,
            *self.non_field_errors(),
            *(error for field in hidden for error in field.errors),
        ]

    def every_complaint(self):
        """Return everything that was refused, for who does not see where it stands."""
        return [
            *self.refusals,
            *(error for errors in self.errors.values() for error in errors),
        ]

    @property
    def is_kept(self):
        """Say whether the row holds what was typed and not stored."""
        return self.is_bound or bool(self.refusals)

    def peaks(self):
        """Return the bound fields of each peak: name and value."""
        return [
            (self[f"component{cell.name.removeprefix('value')}"], cell)
            for cell in self.cells()
        ]

    def determinations(self):
        """Return what was typed, as the rules take it; blank cells are left out."""
        if self.cleaned_data.get("no_peaks"):
            return (Determination(text=NO_PEAKS),)
        if self.has_peaks:
            return tuple(
                Determination(
                    text=text,
                    component=self.cleaned_data.get(f"component{number}", ""),
                )
                for number, text in self._typed_values(self.cleaned_data)
            )
        return tuple(
            Determination(text=text, preparation=number, injection=injection)
            for number in range(1, self.test.determinations + 1)
            for injection in range(1, self.test.injections + 1)
            if (text := self.cleaned_data[_cell_name(number, injection)]).strip()
        )

    def refuse(self, refusal):
        """Say a refusal of the values of the row above them: they are one result."""
        self._values_refused |= refusal.field == "determinations"
        super().refuse(refusal)

    @property
    def refused(self):
        values = {"determinations"} if self._values_refused else set()
        return super().refused | values

    def arguments(self):
        """Return what the verb takes besides who and when."""
        names = [
            "seen",
            "raw_reference",
            "performed_by",
            "performed_on",
            "started_on",
            "laboratory",
            "sample",
            "run",
        ]
        if self.further:
            names += ["kind", "reason"]
        return {
            "reason": self.cleaned_data["late_reason"],
            **{name: self.cleaned_data[name] for name in names},
            "determinations": self._known_determinations(),
        }

    def _known_determinations(self):
        if not self._values_refused:
            with if_known:
                return self.determinations()
        return UNKNOWN


def _cell_name(preparation, injection):
    """Return the name of the cell; the first injection's has the preparation's."""
    return (
        f"value{preparation}" if injection == 1 else f"value{preparation}x{injection}"
    )


def _cell():
    return forms.TextInput(
        attrs={"class": "cell", "autocomplete": "off", "spellcheck": "false"}
    )
