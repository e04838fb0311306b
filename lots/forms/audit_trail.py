"""The filter of the audit trail."""

import datetime

from django import forms
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots.evidence import chained_names, creations
from lots.forms.base import Day, SaysWhatIsMissing
from lots.models import AuditEntry, User
from lots.rules.lot_number import skeleton
from lots.wording import ACTIONS, record_words


def recorded_tables():
    """Return the tables that the trail can speak of, with their words."""
    models = [*apps.get_app_config("lots").get_models()]
    models += apps.get_app_config("reports").get_models()
    tables = sorted(map(chained_names.table, models))
    return [(table, record_words(table)) for table in tables]


class TrailFilter(SaysWhatIsMissing):
    """Who did what to which record, when, and whether a reason is given."""

    by = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.order_by("printed_name", "pk"),
        required=False,
        empty_label=_("Everybody"),
    )
    table = forms.ChoiceField(label=_("Record"), required=False)
    record = forms.CharField(label=_("Record ID"), max_length=40, required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    lot = forms.CharField(label=_("Lot number"), max_length=40, required=False)
    since = Day(label=_("From"), required=False)
    until = Day(label=_("To"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Any")), ("with", _("With reason")), ("without", _("Without"))],
        required=False,
    )

    def __init__(self, asked):
        super().__init__(asked, use_required_attribute=False)
        self.fields["table"].choices = [("", _("All")), *recorded_tables()]
        self.fields["action"].choices = [("", _("All")), *ACTIONS.items()]

    def entries(self):
        """Return the entries asked for, latest first; none where a filter is wrong."""
        entries = AuditEntry.objects.select_related("lot").order_by("-sequence")
        if not self.is_valid():
            return entries.none()
        asked = self.cleaned_data
        for name in ("by", "table", "action"):
            if asked[name]:
                entries = entries.filter(**{name: asked[name]})
        if asked["record"]:
            entries = entries.filter(creations.tells_of(asked["record"]))
        if asked["lot"]:
            entries = entries.filter(lot__number_key=skeleton(asked["lot"].strip()))
        if asked["since"]:
            entries = entries.filter(at__gte=_midnight(asked["since"]))
        if asked["until"]:
            after = asked["until"] + datetime.timedelta(days=1)
            entries = entries.filter(at__lt=_midnight(after))
        if asked["reason"] == "with":
            entries = entries.exclude(reason="")
        elif asked["reason"] == "without":
            entries = entries.filter(reason="")
        return entries


def _midnight(day):
    """Return when the day begins at the company."""
    zone = timezone.get_default_timezone()
    return datetime.datetime.combine(day, datetime.time(), tzinfo=zone)
