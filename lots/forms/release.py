"""Forms of QA's decisions: a reason, a signature, the statements of a release."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    SignedForm,
    TextBlockField,
)


class SignedReasonForm(SignedForm):
    """A signed step that says why."""

    reason = forms.CharField(label=_("Reason"), max_length=400)

    field_order: tuple[str, ...] = ("reason",)


class UnaffectedForm(SignedReasonForm):
    """Which of what puts a lot in question does not touch it."""

    about = forms.ChoiceField(
        label=_("Does not touch the lot"), widget=forms.RadioSelect
    )

    field_order = ("about", "reason")

    def __init__(self, *args, offered, **kwargs):
        """Offer these causes, pairs of a key and a sentence."""
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = offered
        if len(offered) == 1:
            self.fields["about"].initial = offered[0][0]


class ConcludeFindingForm(SignedReasonForm):
    """What QA found about doubtful data, and the evidence of it."""

    reason = forms.CharField(
        label=_("What you found, and why the results stand"), max_length=400
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=400,
        help_text=_("Where it is kept, such as notebook pages, chromatograms, logs."),
    )

    field_order = ("reason", "evidence")


class ReopenForm(SignedReasonForm):
    """Reopening names the deviation that asks for it."""

    deviation = forms.CharField(label=_("Deviation number"), max_length=60)

    field_order = ("deviation", "reason")


class ReleaseForm(SignedForm):
    """The statements that a release signs (architecture.md 3)."""

    conditional = ("justification",)
    beside: ClassVar = {"reason": "justification"}

    batch_record = forms.CharField(
        label=_("Number of the batch record that you reviewed"), max_length=120
    )
    deviations = forms.CharField(
        label=_("Closed deviations and investigations"),
        max_length=200,
        help_text=_("Type their numbers, or none."),
    )
    justification = TextBlockField(
        label=_("Justification"),
        max_length=400,
        required=False,
        help_text=_(
            "Required if a result of the lot failed for any use, a release was"
            " refused, the release is for an alternative use, or another lot has the"
            " same manufacturer's lot number: write why this does not affect the"
            " release. The certificate prints it above the results."
        ),
    )

    field_order = ("batch_record", "deviations", "justification")
