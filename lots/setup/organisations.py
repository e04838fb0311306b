"""Organisations and their sites."""

from lots.accounts import permissions
from lots.evidence import audit, storable
from lots.models import (
    LotStatus,
    Organisation,
    Site,
)
from lots.rules.laboratory_error import MOST_RETESTS
from lots.rules.step_table import STEPS


def add_organisation(
    *, by, at, name, address, telephone, is_customer=False, is_ours=False
):
    """Add a company: our own, a manufacturer, a laboratory, a customer."""
    with audit.act(by=by, at=at, action="add_organisation") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return act.create(
            _new_name(
                Organisation(
                    name=name,
                    address=address,
                    telephone=telephone,
                    is_customer=is_customer,
                    is_ours=is_ours,
                )
            )
        )


def change_organisation(
    *, organisation, by, at, reason, name, address, telephone, is_customer, is_ours
):
    """Change what we know of a company; certificates already issued keep theirs."""
    with audit.act(by=by, at=at, action="change_organisation", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=organisation.name)
        storable.reason_given(reason)
        organisation = act.lock(organisation)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "is_customer": is_customer,
            "is_ours": is_ours,
        }
        _new_name(Organisation(pk=organisation.pk, **values))
        if name != organisation.name:
            LotStatus.objects.also_found_by(name, site__organisation=organisation)
        return act.change(organisation, **values)


def add_site(
    *,
    by,
    at,
    organisation,
    name,
    address,
    telephone,
    manufactures=False,
    tests=False,
    most_retests=None,
):
    """Add an address of an organisation where material is made, packed or tested."""
    with audit.act(by=by, at=at, action="add_site") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return act.create(
            _new_site(
                Site(
                    organisation=organisation,
                    name=name,
                    address=address,
                    telephone=telephone,
                    manufactures=manufactures,
                    tests=tests,
                    most_retests=MOST_RETESTS if most_retests is None else most_retests,
                )
            )
        )


def change_site(
    *,
    site,
    by,
    at,
    reason,
    name,
    address,
    telephone,
    manufactures,
    tests,
    most_retests=None,
):
    """Change what we know of a site; certificates already issued keep theirs."""
    with audit.act(by=by, at=at, action="change_site", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=site.name)
        storable.reason_given(reason)
        site = act.lock(site)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "manufactures": manufactures,
            "tests": tests,
            "most_retests": site.most_retests if most_retests is None else most_retests,
        }
        _new_site(Site(pk=site.pk, organisation_id=site.organisation_id, **values))
        if name != site.name:
            LotStatus.objects.also_found_by(name, site=site)
        return act.change(site, **values)


def _new_name(organisation):
    storable.sound(organisation)
    storable.once(
        Organisation.objects.exclude(pk=organisation.pk),
        text=organisation.name,
        sentence="An organisation with this name, or one that reads the same, already"
        " exists; change that one.",
        field="name",
    )
    return organisation


def _new_site(site):
    storable.sound(site)
    storable.once(
        Site.objects.filter(organisation_id=site.organisation_id).exclude(pk=site.pk),
        text=site.name,
        sentence="This organisation already has this site, or one whose name reads the"
        " same; change that one.",
        field="name",
    )
    return site
