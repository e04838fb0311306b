"""Pages of organisations and their sites."""

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.forms.setup import (
    ChangeOrganisationForm,
    ChangeSiteForm,
    OrganisationForm,
    SiteForm,
)
from lots.models import Organisation, Site
from lots.setup import organisations, printed_identity
from lots.tables.setup import OrganisationTable
from lots.views.setup_base import (
    ADD,
    IDENTITY,
    SAVE,
    Page,
    ask,
    detail,
    initial,
    keeps_set_up,
    listed,
    show,
)


@require_safe
@readable
def organisation_list(request):
    rows = Organisation.objects.prefetch_related("sites").order_by("name", "pk")
    return show(
        request,
        "lots/setup/list.html",
        title=_("Organisations and sites"),
        lead=_(
            "Manufacturers, laboratories and customers, as certificates print them."
        ),
        table=listed(request, OrganisationTable(rows)),
        add_url=reverse("lots:add_organisation"),
        add_label=_("Add an organisation"),
    )


@require_safe
@readable
def organisation_detail(request, pk):
    organisation = get_object_or_404(Organisation, pk=pk)
    sites = list(
        organisation.sites.select_related("organisation").order_by("name", "pk")
    )
    identities = printed_identity.versions_of([organisation, *sites])
    return show(
        request,
        "lots/setup/organisation.html",
        organisation=organisation,
        takes_two=printed_identity.takes_two(organisation),
        identity=identities[organisation],
        sites=[(site, identities[site]) for site in sites],
    )


@keeps_set_up
def add_organisation(request):
    return ask(
        request,
        OrganisationForm(request.POST or None),
        organisations.add_organisation,
        page=Page(
            _("Add an organisation"),
            ADD,
            reverse("lots:organisation_list"),
            lead=IDENTITY,
        ),
        then=lambda made: detail("organisation", made),
    )


@keeps_set_up
def change_organisation(request, pk):
    organisation = get_object_or_404(Organisation, pk=pk)
    back = detail("organisation", organisation)
    return ask(
        request,
        ChangeOrganisationForm(
            request.POST or None, initial=initial(organisation, OrganisationForm)
        ),
        organisations.change_organisation,
        page=Page(
            _("Change %(name)s") % {"name": organisation.name},
            SAVE,
            back,
            lead=IDENTITY,
        ),
        then=back,
        organisation=organisation,
    )


@keeps_set_up
def add_site(request, pk):
    organisation = get_object_or_404(Organisation, pk=pk)
    back = detail("organisation", organisation)
    return ask(
        request,
        SiteForm(request.POST or None),
        organisations.add_site,
        page=Page(
            _("Add a site of %(name)s") % {"name": organisation.name},
            ADD,
            back,
            lead=IDENTITY,
        ),
        then=back,
        organisation=organisation,
    )


@keeps_set_up
def change_site(request, pk):
    site = get_object_or_404(Site.objects.select_related("organisation"), pk=pk)
    back = detail("organisation", site.organisation)
    return ask(
        request,
        ChangeSiteForm(request.POST or None, initial=initial(site, SiteForm)),
        organisations.change_site,
        page=Page(
            _("Change %(name)s") % {"name": str(site)},
            SAVE,
            back,
            lead=IDENTITY,
        ),
        then=back,
        site=site,
    )


urls = [
    path("organisations/", organisation_list, name="organisation_list"),
    path("organisations/add/", add_organisation, name="add_organisation"),
    path("organisations/<int:pk>/", organisation_detail, name="organisation_detail"),
    path(
        "organisations/<int:pk>/change/",
        change_organisation,
        name="change_organisation",
    ),
    path("organisations/<int:pk>/sites/add/", add_site, name="add_site"),
    path("organisations/sites/<int:pk>/change/", change_site, name="change_site"),
]
