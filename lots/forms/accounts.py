"""Forms of accounts."""

from typing import ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lots.forms.base import SaysWhatIsMissing, SignedForm, StepForm
from lots.forms.setup import WithReason
from lots.models import Role, Rows, Theme
from lots.wording import choices


def _new_password(label, help_text=""):
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _employee_number():
    return forms.CharField(
        label=_("Employee number"),
        max_length=40,
        help_text=_(
            "The number that the company gives to this person and to nobody else. Each"
            " person has one active account."
        ),
    )


class RolesField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self):
        super().__init__(
            label=_("Roles"),
            choices=choices(Role),
            help_text=_(
                "An administrator keeps accounts and cannot have another role."
            ),
        )


class AccountForm(StepForm):
    username = forms.CharField(
        label=_("Username"),
        max_length=60,
        help_text=_(
            "A username is never used again, even after the account is deactivated."
        ),
    )
    printed_name = forms.CharField(
        label=_("Printed name"),
        max_length=120,
        help_text=_("As printed with signatures and on certificates."),
    )
    title = forms.CharField(label=_("Title"), max_length=120)
    employee_number = _employee_number()
    reason = forms.CharField(
        label=_("Identity checked against"),
        max_length=400,
        help_text=_(
            "Such as a passport and the contract of employment. It is kept in the audit"
            " trail."
        ),
    )
    roles = RolesField()
    one_time = _new_password(
        _("One-time password"),
        _(
            "The person must change it at the first sign-in, then somebody of QA"
            " confirms who it is. Until then the person can only read."
        ),
    )

    beside: ClassVar = {"password": "one_time"}


class NameForm(StepForm, WithReason):
    printed_name = forms.CharField(label=_("Printed name"), max_length=120)
    title = forms.CharField(label=_("Title"), max_length=120)

    field_order = ("printed_name", "title", "reason")


class EmployeeNumberForm(StepForm, WithReason):
    employee_number = _employee_number()

    field_order = ("employee_number", "reason")


class IdentityForm(SignedForm):
    reason = forms.CharField(
        label=_("How you know who it is"),
        max_length=400,
        help_text=_(
            "Such as the staff card that you saw while the person signed in. It is kept"
            " in the audit trail."
        ),
    )

    field_order = ("reason", "password", "shown")


class ToldApartForm(SignedForm):
    reason = forms.CharField(
        label=_("How you know that they are two people"),
        max_length=400,
        help_text=_("It is kept in the audit trail."),
    )

    field_order = ("reason", "password", "shown")


class RolesForm(StepForm, WithReason):
    roles = RolesField()

    field_order = ("roles", "reason")


class OneTimePasswordForm(StepForm, WithReason):
    one_time = _new_password(
        _("One-time password"),
        _(
            "The person must change it at the next sign-in, then somebody of QA"
            " confirms who it is. Until then the person can only read."
        ),
    )

    field_order = ("one_time", "reason")
    beside: ClassVar = {"password": "one_time"}


class PreferencesForm(SaysWhatIsMissing):
    """How a person likes the pages; the language too, where there is more than one.

    The language is the browser's until it is chosen: a cookie keeps it, for the pages
    that need no sign-in too.
    """

    theme = forms.ChoiceField(
        label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect
    )
    rows = forms.ChoiceField(
        label=_("Rows of tables"), choices=Rows.choices, widget=forms.RadioSelect
    )
    single_keys = forms.BooleanField(
        label=_("Shortcuts of a single key, such as /, ? and j"), required=False
    )
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if len(settings.LANGUAGES) > 1:
            self.fields["language"].choices = settings.LANGUAGES
        else:
            del self.fields["language"]


class OwnPasswordForm(StepForm):
    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = _new_password(
        _("New password"), _("At least 12 characters. A sentence is easy to remember.")
    )
    again = _new_password(_("New password again"))

    def clean(self):
        super().clean()
        typed = self.cleaned_data
        if typed.get("new") and typed.get("new") != typed.get("again"):
            self.add_error("again", _("The two passwords differ; type both again."))
        return typed
