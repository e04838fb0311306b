"""Forms of QA's decisions: a reason, a signature, the statements of a release."""

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


class ReopenForm(SignedReasonForm):
    """Reopening names the deviation that asks for it."""

    deviation = forms.CharField(label=_("Deviation number"), max_length=60)

    field_order = ("deviation", "reason")


class ReleaseForm(SignedForm):
    """The statements that a release signs (architecture.md 3)."""

    batch_record = forms.CharField(
        label=_("Batch record reviewed, number"), max_length=120
    )
    deviations = forms.CharField(
        label=_("Deviations and investigations closed"),
        max_length=200,
        help_text=_("Their numbers, or the word none."),
    )
    justification = TextBlockField(
        label=_("Justification"),
        max_length=400,
        required=False,
        help_text=_(
            "Printed on the certificate, above the results. Needed where a result of"
            " the lot failed for any use, where a release was refused, for a use that"
            " the lot stands in for, or where another lot bears"
            " its maker's number: why that does not touch this release."
        ),
    )

    field_order = ("batch_record", "deviations", "justification")
