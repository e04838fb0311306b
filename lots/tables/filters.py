"""Filters of the lot list: all of them are in the address of the page."""

import datetime

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.forms.base import Day, SaysWhatIsMissing
from lots.models import LotStatus, Material, Site, Stage
from lots.rules.states import LineOutcome
from lots.tables import lot_search
from lots.wording import choices, use_choices
from lots.workflow import lot_stage, tasks

# A result failed, was corrected or was sent back.
AMISS = Q(failures__gt=0) | Q(corrections__gt=0) | Q(returns__gt=0)

QUICK = {
    "open": (_("Open"), lambda at: lot_stage.open_on(calendar.today(at))),
    "on_hold": (_("On hold"), lambda at: Q(stage=Stage.ON_HOLD)),
    "oos": (_("OOS"), lambda at: Q(failures__gt=0)),
    "ready": (
        _("Ready to release"),
        tasks.releasable,
    ),
    "retest_due": (_("Retest < 90 d"), tasks.due),
    "first_time": (_("Right first time"), lambda at: ~AMISS),
}
OUTCOMES = choices(
    (
        LineOutcome.PASS,
        LineOutcome.FAIL,
        LineOutcome.UNDECIDED,
        LineOutcome.MISSING,
        LineOutcome.WAITS,
    )
)
DATES = {
    "manufactured": ("manufactured_on", _("Manufactured from"), _("to")),
    "logged": ("logged_at", _("Logged from"), _("to")),
    "submitted": ("submitted_at", _("Submitted from"), _("to")),
    "released": ("released_at", _("Released from"), _("to")),
    "retest": ("date_on", _("Retest or expiry from"), _("to")),
    "since": ("stage_at", _("In this state from"), _("to")),
}


class FilterForm(SaysWhatIsMissing):
    """Checks what no single filter can: the order of each pair of dates."""

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        for name in DATES:
            first, last = cleaned.get(f"{name}_from"), cleaned.get(f"{name}_to")
            if first and last and first > last:
                self.add_error(
                    f"{name}_to",
                    _(
                        "The last day %(last)s is before the first day %(first)s;"
                        " correct one of them."
                    )
                    % {"last": last, "first": first},
                )
        return cleaned


class DayFilter(django_filters.Filter):
    """The first or the last day of a range, in the company's time zone."""

    field_class = Day

    def __init__(self, *, is_last, **options):
        super().__init__(lookup_expr="lte" if is_last else "gte", **options)
        self.edge = datetime.time.max if is_last else datetime.time.min

    def filter(self, queryset, value):
        asked = self.parent.form.cleaned_data.get("stage") if value else ""
        if asked == Stage.DATE_PASSED and self.field_name == "stage_at":
            # It has this stage since the day after its last one.
            before = value - datetime.timedelta(days=1)
            queryset = queryset.alias(last_day=lot_stage.last_day())
            return queryset.filter(**{f"last_day__{self.lookup_expr}": before})
        if value and self.field_name.endswith("_at"):
            value = timezone.make_aware(
                datetime.datetime.combine(value, self.edge),
                timezone.get_default_timezone(),
            )
        if value and asked == Stage.RELEASED and self.field_name == "stage_at":
            # One released beside what was complete has it since its release.
            kept, released = (
                f"{one}__{self.lookup_expr}" for one in ("stage_at", "released_at")
            )
            return queryset.filter(
                Q(stage=Stage.RELEASED, **{kept: value})
                | Q(stage=Stage.TO_RELEASE, **{released: value})
            )
        return super().filter(queryset, value)


class LotFilter(django_filters.FilterSet):
    """Every filter of the list. A value that it cannot take finds nothing.

    Takes `at`, by which dates are due, and the acting person for the tasks that
    depend on who asks.
    """

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=120)
    material = django_filters.ModelChoiceFilter(
        empty_label=_("Any"),
        label=_("Material"),
        queryset=Material.objects.order_by("name"),
    )
    site = django_filters.ModelChoiceFilter(
        empty_label=_("Any"),
        label=_("Manufacturer"),
        queryset=Site.objects.filter(manufactures=True)
        .select_related("organisation")
        .order_by("organisation__name", "name"),
    )
    use = django_filters.ChoiceFilter(
        empty_label=_("Any"),
        label=_("Intended use"),
        choices=use_choices,
    )
    stage = django_filters.ChoiceFilter(
        empty_label=_("Any"),
        label=_("State"),
        choices=choices(Stage),
        method="in_stage",
    )
    outcome = django_filters.ChoiceFilter(
        empty_label=_("Any"), label=_("Outcome"), choices=OUTCOMES
    )
    quick = django_filters.ChoiceFilter(
        empty_label=_("Any"),
        label=_("Quick filter"),
        choices=[(code, label) for code, (label, _condition) in QUICK.items()],
        method="quickly",
    )
    task = django_filters.ChoiceFilter(
        empty_label=_("Any"),
        label=_("Task"),
        choices=[(task.code, task.name) for task in tasks.TASKS.values()],
        method="waits",
    )
    mine = django_filters.ChoiceFilter(
        empty_label=_("Any"),
        label=_("Show"),
        choices=[("yes", _("Available to me"))],
        method="waits_for_me",
    )
    closest_test = django_filters.CharFilter(
        label=_("Test closest to limit"), max_length=120
    )

    class Meta:
        model = LotStatus
        form = FilterForm
        fields = ()

    def __init__(self, data, *, person, at):
        super().__init__(data, queryset=LotStatus.objects.all())
        self.person = person
        self.at = at

    @classmethod
    def get_filters(cls):
        filters = super().get_filters()
        for name, (column, first, last) in DATES.items():
            for end, label in (("from", first), ("to", last)):
                filters[f"{name}_{end}"] = DayFilter(
                    field_name=column, is_last=end == "to", label=label
                )
        return filters

    def filter_queryset(self, queryset):
        if self.errors:
            return queryset.none()
        return super().filter_queryset(queryset)

    def search(self, queryset, name, text):
        """Find the text in the lot's numbers, material, manufacturer and certificates.

        One or two characters are taken as the whole number of a lot: they occur in
        too many to be searched for.
        """
        if len(text) < lot_search.SHORTEST:
            return queryset.filter(number__in={text, text.upper(), text.lower()})
        return lot_search.found(queryset, text.casefold())

    def in_stage(self, queryset, name, code):
        on = calendar.today(self.at)
        return queryset.filter(lot_stage.condition(Stage.of(code), on))

    def quickly(self, queryset, name, code):
        return queryset.filter(QUICK[code][1](self.at))

    def waits(self, queryset, name, code):
        return queryset.filter(tasks.TASKS[code].condition(self.at))

    def waits_for_me(self, queryset, name, choice):
        task = tasks.TASKS.get(self.form.cleaned_data.get("task"))
        if task is None:
            return queryset
        return task.open_to(queryset, self.person)
