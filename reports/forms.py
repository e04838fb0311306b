"""Forms of certificates and of the public check page: shape only, rules decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    CHOOSE,
    ReasonForm,
    SaysWhatIsMissing,
    StepForm,
    WholeNumberField,
)
from lots.models import Organisation, Owner
from lots.rules.lot_number import skeleton
from reports.models import Identity


def customers():
    return Organisation.objects.filter(is_customer=True).order_by("name")


class AddresseeForm(StepForm):
    """To whom a certificate goes; all of it may stay blank."""

    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("No named customer"),
    )
    order = forms.CharField(label=_("Order"), max_length=80, required=False)
    shipped = forms.CharField(
        label=_("Quantity shipped"),
        max_length=60,
        required=False,
        help_text=_("With the unit, such as 25.0 kg."),
    )
    identity = forms.ChoiceField(
        label=_("Printed identity"),
        choices=[("", CHOOSE), *Identity.choices],
        required=False,
        help_text=_(
            "What certificates print was changed and approved since the release: the"
            " certificate prints the one text or the other."
        ),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["customer"].queryset = customers()

    def ask_customer(self, specification):
        """Ask for the customer where the specification is a customer's own."""
        self.fields["customer"].depends = specification.owner == Owner.CUSTOMER

    def without_choice(self):
        """Leave out the choice of the printed identity, where there is none."""
        self.fields["identity"].widget = forms.HiddenInput()
        return self


class ReviseForm(AddresseeForm):
    """The reason is printed: "supersedes …, because …"."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        help_text=_("Printed on the revision, after “because”."),
    )

    field_order = ("reason",)


class DuplicateForm(AddresseeForm):
    """A duplicate goes to a customer, by name."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["customer"].required = True
        self.fields["customer"].empty_label = _("Choose…")


class WithdrawForm(ReasonForm):
    """Withdrawal takes nothing but its reason."""


# What a phone or a word processor makes of the hyphens of a number.
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class CheckNumberForm(SaysWhatIsMissing):
    """What is printed at the foot and in the head of every certificate.

    Typed by hand: small letters, spaces and long hyphens are forgiven.
    """

    number = forms.CharField(label=_("Certificate number"), max_length=60)
    revision = WholeNumberField(
        label=_("Revision"), min_value=0, max_value=999, initial=0
    )
    lot = forms.CharField(label=_("Lot number"), max_length=80)

    def clean_number(self):
        return _joined(self.cleaned_data["number"]).upper()

    def clean_lot(self):
        return folded_lot(self.cleaned_data["lot"])


def folded_lot(number):
    """Return what a lot number is compared by, however it was typed."""
    return skeleton(_joined(number))


def _joined(text):
    return "".join(text.split()).translate(_HYPHENS)


class CheckFileForm(SaysWhatIsMissing):
    file = forms.FileField(
        label=_("Certificate as PDF"),
        help_text=_("Drop the PDF here, or choose it."),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )
