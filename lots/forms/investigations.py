"""Forms of an investigation: its plan and its conclusion."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    SignedForm,
    StepForm,
    TextBlockField,
    WholeNumberField,
)
from lots.models import Conclusion


class PlanForm(StepForm):
    """The hypothesis and the number of retests, fixed before the first retest."""

    hypothesis = TextBlockField(label=_("Hypothesis"), max_length=600)
    planned_retests = WholeNumberField(
        label=_("Retests planned"), min_value=0, max_value=20
    )


class ConclusionForm(SignedForm):
    """The conclusion of an investigation."""

    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=[("", _("Choose…")), *Conclusion.choices]
    )
    cause = TextBlockField(label=_("Cause and evidence"), max_length=600)

    field_order = ("conclusion", "cause")
