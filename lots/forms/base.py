"""Base forms and fields: refusals, reasons, signatures, dates, files."""

import dataclasses
import datetime
import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    ValidationError,
)
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import pretty_name
from django.utils.translation import gettext_lazy as _

from lots import wording
from lots.evidence.documents import LARGEST, Upload
from lots.rules import dates, statements
from lots.rules.refusal import Refusals
from lots.rules.step_table import NotAllowed
from lots.rules.unknown import UNKNOWN

# The choice that is none: where one must be made, and where it need not be.
CHOOSE = _("Choose…")
NONE = _("None")
# What is looked for lies between these, and a moment with its zone can be written.
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
# More digits than this are no key and no count that a database keeps.
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def whole_number(text):
    """Return the whole number that the text is, None if it is none."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


class WholeNumberField(forms.IntegerField):
    """A whole number, in the digits that a reader of the record knows: 3, and no ٣."""

    _DIGITS = re.compile(r"[+-]?[0-9]+(\.0*)?", re.ASCII)

    def to_python(self, value):
        if isinstance(value, str):
            typed = value.strip()
            if typed and not self._DIGITS.fullmatch(typed):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


_REQUIRED = forms.Field.default_error_messages["required"]
_NO_CHOICE = {
    kind.default_error_messages["invalid_choice"]
    for kind in (
        forms.ChoiceField,
        forms.ModelChoiceField,
        forms.ModelMultipleChoiceField,
    )
}


class SaysWhatIsMissing(forms.Form):
    """A form that says of a field left blank which one it is and what to do.

    Of a choice that is none it says which, too: it can come from an old address.
    """

    # A form knows by the name of a field of which kind it is; Django does not.
    fields: dict[str, Any]
    # Fields that may be left blank or not, as what else is chosen asks: the verb says
    # so, and their labels do not say “optional”.
    conditional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in self.conditional:
            self.fields[name].depends = True

    def full_clean(self):
        for name, field in self.fields.items() if self.is_bound else ():
            said = field.error_messages
            if said.get("required") == _REQUIRED:
                label = field.label or pretty_name(name)
                said["required"] = _missing(field) % {"label": label}
            if said.get("invalid_choice") in _NO_CHOICE:
                said["invalid_choice"] = _(
                    "“%(value)s” is not one of the choices; choose one from the list."
                )
        super().full_clean()


def _missing(field):
    """Return the sentence for this field left blank."""
    if isinstance(field, forms.FileField):
        return _("%(label)s is missing; choose a file.")
    if isinstance(field, forms.MultipleChoiceField):
        return _("%(label)s: select at least one.")
    if isinstance(field, forms.ChoiceField):
        return _("%(label)s is missing; choose one.")
    if isinstance(field, forms.DateField):
        return _("%(label)s is missing; type a date such as 2026-11-23.")
    return _("%(label)s is missing; type it.")


class FormOfARefusal(SaysWhatIsMissing):
    """Puts a verb's refusal where the person looks: beside its field, or on top.

    `beside` names the form's field for a verb's, where the two differ; `made` is what
    the verb returned, once the step is taken.
    """

    made: Any
    beside: ClassVar[dict[str, str]] = {}

    def refuse(self, refusal):
        """Add the refusal, or each of several, to the errors of this form, once each.

        A step that is closed to the person's role is no matter of what was typed: it
        is answered as forbidden.
        """
        if isinstance(refusal, Refusals):
            for one in refusal.refusals:
                self.refuse(one)
            return
        if isinstance(refusal, NotAllowed) and refusal.code == "role":
            raise PermissionDenied(self.sentence(refusal))
        named = self.beside.get(refusal.field, refusal.field)
        field = named if named in self.fields else None
        said = self.sentence(refusal)
        if said not in self.errors.get(field or NON_FIELD_ERRORS, ()):
            self.add_error(field, said)

    @property
    def refused(self):
        """Return the names of the fields that are refused."""
        return set(self.fields) & set(self.errors)

    @staticmethod
    def sentence(refusal):
        """Return the refusal in the language of the page."""
        return wording.sentence(refusal)


class Box(forms.CheckboxInput):
    """The box of a statement: ticked only by what the browser sends of a ticked box."""

    def __init__(self):
        # Off, so that no browser ticks it again when the page is loaded again.
        super().__init__(attrs={"class": "form-check-input", "autocomplete": "off"})

    def value_from_datadict(self, data, files, name):
        return data.get(name) == "on"


class StepForm(FormOfARefusal):
    """A form whose values one verb takes.

    `step` is the code of the step: each statement of it (`lots.rules.statements`) gets
    a box, which the verb asks for. `facts_class` is the dataclass of the facts, where
    the verb takes these as one.
    """

    facts_class: ClassVar[Any] = None

    def __init__(self, *args, step="", **options):
        super().__init__(*args, **options)
        self._step = step
        self._stated = {statements.field(one): str(one) for one in statements.of(step)}
        for one in statements.of(step):
            self.fields[statements.field(one)] = forms.BooleanField(
                label=_(one.word), required=False, widget=Box
            )

    def boxes(self):
        """Return the bound fields of the statements."""
        return [self[name] for name in self._stated]

    def entries(self):
        """Return the visible fields that are no statements."""
        return [one for one in self.visible_fields() if one.name not in self._stated]

    def untick(self):
        """Take the ticks away: what is shown now is not what was stated."""
        if self.is_bound and self._stated:
            names = {self.add_prefix(name) for name in self._stated}
            sent = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            for name in names:
                sent.pop(name, None)
            self.data = sent

    def _ticked(self):
        """Return the codes of the statements that were ticked."""
        return tuple(
            code for name, code in self._stated.items() if self.cleaned_data.get(name)
        )

    def what_is_known(self):
        """Return what the verb takes, UNKNOWN in place of each field that is refused.

        A field that is refused has no cleaned value; of a step that is signed, nothing
        is confirmed. Raises NotKnown where a value of several fields cannot be told.
        """
        cleaned, refused = self.cleaned_data, self.refused - set(self._stated)
        self.cleaned_data = {**cleaned, **dict.fromkeys(refused, UNKNOWN)}
        try:
            arguments = self.arguments()
        finally:
            self.cleaned_data = cleaned
        if self.refused & set(self._stated):
            arguments["stated"] = UNKNOWN
        if "password" in self.fields and arguments.pop("password", None) is not None:
            arguments["confirmation"] = UNKNOWN
        return arguments

    def arguments(self):
        """Return what the verb takes, from the cleaned values.

        Each fact has its field: one that the form lacks is an error, not its default.
        Where the step states something, `stated` are the codes of what was ticked.
        """
        values = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in self._stated
        }
        if self._stated:
            values["stated"] = self._ticked()
        if self.facts_class is not None:
            names = [field.name for field in dataclasses.fields(self.facts_class)]
            values["facts"] = self.facts_class(
                **{name: values.pop(name) for name in names}
            )
        return values


class StatementsForm(StepForm):
    """The statements of a step alone, where the rest of it stands in another form."""


class SignedForm(StepForm):
    """A step that is signed: the password, and which text was shown."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean(self):
        """Say what is not ticked together with what else is wrong.

        The verb would say it when all else is right.
        """
        super().clean()
        if self.errors:
            for refusal in statements.against(self._step, self._ticked()):
                self.refuse(refusal)
        return self.cleaned_data

    def entries(self):
        """Return what is typed beside the signature."""
        return [one for one in super().entries() if one.name != "password"]


class ReasonForm(StepForm):
    """A step that takes nothing but its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=400)


class DateField(forms.DateField):
    """A date, ISO in every language and every browser (2026-11-23), as in files.

    Not the browser's own picker: it shows 11/12/2026 to some and 12/11/2026 to
    others.
    """

    widget = forms.DateInput(
        format="%Y-%m-%d",
        attrs={"placeholder": "YYYY-MM-DD", "autocomplete": "off", "maxlength": 10},
    )
    default_error_messages: ClassVar = {
        "invalid": _("Type the date as year-month-day, such as 2026-11-23.")
    }

    def to_python(self, value):
        text = value.strip() if isinstance(value, str) else value
        if text and isinstance(text, str) and dates.parse(text) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)

    def strptime(self, value, _format):
        return dates.parse(value)


class Day(DateField):
    """A day to look for: one that a lot can have."""

    def __init__(self, **options):
        limits = {"from": EARLIEST, "to": LATEST}
        message = _("Choose a date between %(from)s and %(to)s.") % limits
        super().__init__(
            validators=[
                MinValueValidator(EARLIEST, message),
                MaxValueValidator(LATEST, message),
            ],
            **options,
        )


class TextBlockField(forms.CharField):
    """A text of some lines, with the line ends that are stored."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value):
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class UploadField(forms.FileField):
    """A file, cleaned to the Upload that verbs take; None where none was chosen."""

    def clean(self, data, initial=None):
        sent = super().clean(data, initial)
        if not sent:
            return None
        # One byte more than is kept, so that the verb refuses it by its size.
        return Upload(name=sent.name, content=sent.read(LARGEST + 1))
