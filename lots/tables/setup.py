"""Tables of the set-up pages: organisations, materials, versions, accounts."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from lots.models import Material, Organisation, Qualification, Specification, User

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
DATE = {"td": {"class": "date"}}
WORDS = {"td": {"class": "words"}}


class OrganisationTable(tables.Table):
    name = tables.Column(
        linkify=("lots:organisation_detail", {"pk": tables.A("pk")}), attrs=WORDS
    )
    address = tables.Column(orderable=False, attrs=WORDS)
    telephone = tables.Column(orderable=False, attrs=WORDS)
    sites = tables.TemplateColumn(
        template_name="lots/setup/_sites.html",
        verbose_name=_("Sites"),
        orderable=False,
        attrs=WORDS,
    )
    is_ours = tables.BooleanColumn(
        verbose_name=_("Our own company"), yesno=(_("Yes"), "–"), attrs={"span": {}}
    )
    is_customer = tables.BooleanColumn(
        verbose_name=_("Customer"), yesno=(_("Yes"), "–"), attrs={"span": {}}
    )

    class Meta:
        model = Organisation
        fields = ("name", "address", "telephone", "sites", "is_ours", "is_customer")
        empty_text = _("No organisations yet.")


class MaterialTable(tables.Table):
    name = tables.Column(
        linkify=("lots:material_detail", {"pk": tables.A("pk")}), attrs=WORDS
    )
    item_code = tables.Column(attrs=WORDS)
    cas_number = tables.Column(verbose_name=_("CAS number"), attrs=DATE)
    formula = tables.Column(attrs=WORDS)
    storage = tables.Column(attrs=WORDS)

    class Meta:
        model = Material
        fields = ("name", "item_code", "cas_number", "formula", "storage")
        empty_text = _("No materials yet.")


class SpecificationTable(tables.Table):
    code = tables.Column(
        verbose_name=_("Code"),
        linkify=("lots:specification_detail", {"pk": tables.A("pk")}),
        attrs=WORDS,
    )
    version = tables.Column(verbose_name=_("Version"), attrs=NUMBER)
    material = tables.Column(
        accessor="material__name", verbose_name=_("Material"), attrs=WORDS
    )
    use = tables.TemplateColumn(
        template_name="lots/setup/_use.html", verbose_name=_("Use")
    )
    owner = tables.Column(
        verbose_name=_("Owner"), accessor="get_owner_display", orderable=False
    )
    purpose = tables.Column(
        verbose_name=_("Purpose"), accessor="get_purpose_display", orderable=False
    )
    compendium = tables.Column(
        verbose_name=_("Compendium"), orderable=False, attrs=WORDS
    )
    effective_on = tables.Column(verbose_name=_("Effective from"), attrs=DATE)
    validity = tables.TemplateColumn(
        template_name="lots/setup/_validity.html", verbose_name=_("State")
    )

    class Meta:
        model = Specification
        fields = (
            "code",
            "version",
            "material",
            "use",
            "owner",
            "purpose",
            "compendium",
            "effective_on",
            "validity",
        )
        empty_text = _(
            "No specifications yet. Draft the minimum specification of each use first."
        )


class QualificationTable(tables.Table):
    site = tables.Column(
        verbose_name=_("Site"),
        linkify=("lots:qualification_detail", {"pk": tables.A("pk")}),
        order_by=("site__organisation__name", "site__name"),
        attrs=WORDS,
    )
    material = tables.Column(
        accessor="material__name", verbose_name=_("Material"), attrs=WORDS
    )
    use = tables.TemplateColumn(
        template_name="lots/setup/_use.html", verbose_name=_("Use")
    )
    process = tables.Column(attrs=WORDS)
    valid_from = tables.Column(attrs=DATE)
    valid_until = tables.Column(attrs=DATE)
    date_kind = tables.Column(verbose_name=_("Kind of date"), attrs=WORDS)
    retest_months = tables.Column(
        verbose_name=_("Period (months)"),
        attrs=NUMBER,
    )
    state = tables.TemplateColumn(
        template_name="lots/setup/_approval.html", verbose_name=_("State")
    )

    class Meta:
        model = Qualification
        fields = (
            "site",
            "material",
            "use",
            "process",
            "valid_from",
            "valid_until",
            "date_kind",
            "retest_months",
            "state",
        )
        empty_text = _("No qualifications yet. Without one no lot can be logged.")


class AccountTable(tables.Table):
    printed_name = tables.Column(
        linkify=("lots:account_detail", {"pk": tables.A("pk")}), attrs=WORDS
    )
    username = tables.Column(attrs=WORDS)
    title = tables.Column(attrs=WORDS)
    employee_number = tables.Column(attrs=WORDS)
    one_with = tables.BooleanColumn(
        verbose_name=_("Counts as another's"), yesno=(_("Yes"), "–"), orderable=False
    )
    roles = tables.TemplateColumn(
        template_name="lots/accounts/_roles.html", orderable=False
    )
    is_active = tables.BooleanColumn(
        verbose_name=_("Active"),
        yesno=(_("Active"), _("Deactivated")),
        attrs={"span": {}},
    )
    must_change_password = tables.BooleanColumn(
        verbose_name=_("One-time password"), yesno=(_("Not changed yet"), "–")
    )
    awaits_confirmation = tables.BooleanColumn(
        verbose_name=_("Identity"),
        yesno=(_("Not confirmed yet"), "–"),
        attrs={"span": {}},
    )
    last_login = tables.TemplateColumn(
        template_name="lots/accounts/_last_login.html", verbose_name=_("Last sign-in")
    )

    class Meta:
        model = User
        fields = (
            "printed_name",
            "username",
            "title",
            "employee_number",
            "one_with",
            "roles",
            "is_active",
            "must_change_password",
            "awaits_confirmation",
            "last_login",
        )
        empty_text = _("No accounts yet.")
