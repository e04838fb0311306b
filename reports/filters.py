"""Filters of the certificate register: all of them are in the address of the page."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lots.forms.base import SaysWhatIsMissing
from lots.models import Material, Site
from lots.tables.filters import DayFilter
from lots.wording import choices, use_choices
from reports.forms import customers
from reports.models import Certificate, Kind
from reports.status import certificate_status
from reports.status.certificate_status import CertificateStatus


class RegisterForm(SaysWhatIsMissing, forms.Form):
    """Says of a value that no filter can take what to do."""


class CertificateFilter(django_filters.FilterSet):
    """Every filter of the register. With a value it cannot take, it finds nothing."""

    q = django_filters.CharFilter(
        label=_("Number, lot or order"), method="search", max_length=80
    )
    material = django_filters.ModelChoiceFilter(
        label=_("Material"),
        empty_label=_("Any"),
        field_name="lot__material",
        queryset=Material.objects.order_by("name"),
    )
    site = django_filters.ModelChoiceFilter(
        label=_("Manufacturer"),
        empty_label=_("Any"),
        field_name="lot__site",
        queryset=Site.objects.filter(manufactures=True)
        .select_related("organisation")
        .order_by("organisation__name", "name"),
    )
    use = django_filters.ChoiceFilter(
        label=_("Use"),
        empty_label=_("Any"),
        field_name="assessment__use",
        choices=use_choices,
    )
    customer = django_filters.ModelChoiceFilter(
        label=_("Customer"),
        empty_label=_("Any"),
        queryset=lambda request: customers(),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), empty_label=_("Any"), choices=Kind.choices
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        empty_label=_("Any"),
        method="with_status",
        choices=choices(
            code for code in CertificateStatus if code != CertificateStatus.ALTERED
        ),
    )
    issued_from = DayFilter(
        field_name="issued_at", is_last=False, label=_("Issued, from")
    )
    issued_to = DayFilter(field_name="issued_at", is_last=True, label=_("Issued, to"))

    class Meta:
        model = Certificate
        form = RegisterForm
        fields = ()

    def search(self, rows, name, text):
        return rows.filter(
            Q(number__icontains=text)
            | Q(lot__number__icontains=text)
            | Q(lot__original_number__icontains=text)
            | Q(order__icontains=text)
        )

    def with_status(self, rows, name, code):
        return rows.filter(certificate_status.where(code))
