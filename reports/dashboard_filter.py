"""Filter of the dashboard: the material, site and use that its figures are of."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lots.forms.base import SaysWhatIsMissing
from lots.models import Material, Site
from lots.rules.uses import USES
from lots.wording import use_choices
from reports.dashboard.scope import Scope


class DashboardFilter(SaysWhatIsMissing):
    """Which lots the figures are of; what is left out is any."""

    material = forms.ModelChoiceField(
        Material.objects.order_by("name"),
        label=gettext_lazy("Material"),
        empty_label=gettext_lazy("Any"),
        required=False,
    )
    site = forms.ModelChoiceField(
        Site.objects.filter(manufactures=True)
        .select_related("organisation")
        .order_by("organisation__name", "name"),
        label=gettext_lazy("Manufacturer"),
        empty_label=gettext_lazy("Any"),
        required=False,
    )
    use = forms.ChoiceField(label=gettext_lazy("Intended use"), required=False)

    def __init__(self, data):
        super().__init__(data)
        self.fields["use"].choices = [("", _("Any")), *use_choices()]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    def scope(self):
        """Return what was chosen. What cannot be read is left out, and said."""
        self.is_valid()
        material, site = (self.cleaned_data.get(name) for name in ("material", "site"))
        return Scope(
            material=material.pk if material else None,
            site=site.pk if site else None,
            use=self.cleaned_data.get("use", ""),
        )

    def said(self):
        """Return what was chosen, for the head of the page and of the PDF."""
        material, site = (self.cleaned_data.get(name) for name in ("material", "site"))
        use = self.cleaned_data.get("use")
        return [
            material.name if material else _("All materials"),
            str(site) if site else _("all manufacturers"),
            _(USES[use].name) if use else _("all uses"),
        ]
