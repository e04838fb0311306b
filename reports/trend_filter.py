"""Filter of a trend: which lots are looked at, and what they are held against."""

import copy

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lots.evaluation.test_series import LAST, WINDOWS, Range
from lots.forms.base import SaysWhatIsMissing
from lots.models import Approval, Criterion, Qualification, Site, Specification
from lots.rules.uses import USES

RULES = (
    ("proposed", _("Nelson 1, 2, 3, 5")),
    ("nelson", _("Nelson 1 to 8")),
    ("western_electric", _("Western Electric 1 to 4")),
    ("nelson_1", _("Nelson 1")),
)
# How many of the first lots may make the control limits.
BASELINES = (20, 25, 50)


class TrendFilter(SaysWhatIsMissing):
    """The filter of a test's trend; what is left out has a default, said on the page.

    Choices are what lots of the material can have. `asked()` is what was chosen.
    """

    use = forms.ChoiceField(label=_("Use"), required=False)
    process = forms.ChoiceField(label=_("Process"), required=False)
    site = forms.ChoiceField(label=_("Manufacturer"), required=False)
    last = forms.ChoiceField(label=_("Lots"), required=False)
    since = forms.DateField(
        label=_("Manufactured, from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("Manufactured, to"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    limits = forms.ChoiceField(label=_("Limits of"), required=False)
    rules = forms.ChoiceField(label=_("Run rules"), required=False, choices=RULES)
    baseline = forms.ChoiceField(label=_("Control limits from"), required=False)

    def __init__(self, data, *, material, test, default_use, effective):
        super().__init__(data)
        self.material = material
        self._defaults = {"use": default_use, "last": str(LAST), "rules": "proposed"}
        qualified = list(
            Qualification.objects.filter(material=material)
            .values_list("use", "process", "site")
            .distinct()
        )
        uses = sorted({use for use, _process, _site in qualified} | {default_use})
        self._choose("use", [(use, gettext(USES[use].name)) for use in uses])
        use = self._value("use")
        of_use = [row for row in qualified if row[0] == use]
        processes = sorted({process for _use, process, _site in of_use})
        self._choose(
            "process", [("", gettext("Any")), *((one, one) for one in processes)]
        )
        sites = Site.objects.select_related("organisation").filter(
            pk__in={site for _use, _process, site in of_use}
        )
        self._choose(
            "site",
            [
                ("", gettext("Any")),
                *((str(one.pk), str(one)) for one in sites.order_by("name", "pk")),
            ],
        )
        self._choose(
            "last",
            [(str(n), gettext("the last %(n)s") % {"n": n}) for n in WINDOWS],
        )
        self._specifications = {
            str(one.pk): one
            for one in Specification.objects.filter(
                material=material, use=use, criteria__test=test
            )
            .exclude(state=Approval.WITHDRAWN)
            .order_by("code", "-version")
        }
        first = next((key for key in self._specifications if int(key) in effective), "")
        self._defaults["limits"] = first
        self._choose(
            "limits",
            [
                *((key, str(one)) for key, one in self._specifications.items()),
                ("none", gettext("No specification")),
            ],
        )
        self._choose(
            "baseline",
            [
                ("", gettext("all lots shown")),
                *((str(n), gettext("the first %(n)s") % {"n": n}) for n in BASELINES),
            ],
        )
        for name, field in self.fields.items():
            field.initial = self._defaults.get(name, "")
            css = "form-select" if hasattr(field, "choices") else "form-control"
            field.widget.attrs["class"] = css

    def _choose(self, name, choices):
        self.fields[name].choices = choices

    def _value(self, name):
        """Return what the address says of a field, or its default."""
        text = self.data.get(name, "")
        known = {key for key, _label in self.fields[name].choices}
        return text if text and text in known else self._defaults.get(name, "")

    def shown(self):
        """Return the filter as it is shown: with the defaults of what was left out."""
        data = {name: self.data.get(name, "") for name in self.fields}
        found = copy.copy(self)
        # Django keeps each field with the form that it was first asked of.
        found._bound_fields_cache = {}  # type: ignore[attr-defined]
        found.data = {**data, **{name: self._value(name) for name in self._defaults}}
        return found

    def range(self):
        """Return which lots are asked for. What cannot be read is left out."""
        self.is_valid()
        typed = self.cleaned_data
        site = self._value("site")
        return Range(
            material_id=self.material.pk,
            use=self._value("use"),
            process=self._value("process"),
            site_id=int(site) if site else None,
            since=typed.get("since"),
            until=typed.get("until"),
            last=int(self._value("last")),
        )

    @property
    def specification(self):
        """Return the specification whose limits are shown, None for none."""
        return self._specifications.get(self._value("limits"))

    @property
    def rule_set(self):
        """Return the code of the run rules."""
        return self._value("rules")

    @property
    def first(self):
        """Return how many of the first lots make the limits; None: all of them."""
        chosen = self._value("baseline")
        return int(chosen) if chosen else None

    def said(self):
        """Return what was chosen, by the label of its field, for a file."""
        return [
            (str(self.fields[name].label), self._said(name)) for name in self.fields
        ]

    def _said(self, name):
        field = self.fields[name]
        if hasattr(field, "choices"):
            return str(dict(field.choices).get(self._value(name), gettext("Any")))
        day = self.cleaned_data.get(name)
        return day.isoformat() if day else gettext("Any")


def criterion_of(specification, test):
    """Return the criterion that the specification has for the test, None for none."""
    if specification is None:
        return None
    return Criterion.objects.filter(specification=specification, test=test).first()
